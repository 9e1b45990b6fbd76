/* config/internal.h - what the files of this module share and nobody else sees.
 *
 * The flow of a load: files.c reads and merges (yaml.c makes trees, tree.c helps), check.c compares
 * maps with option tables (scalar.c reads values, secret.c references; instances.c, notices.c and
 * quiet.c know sections), policy.c lays a hub's policy over them, load.c fills the config (fill.c,
 * tables.c has the core's own tables). describe*.c, write.c and difference.c stand apart.
 */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"

/* ---- problems.c ---- */
#define CONFIG_ERROR 0
#define CONFIG_WARNING 1
/* line 0: the problem is the file's or the folder's as a whole. */
void config_problem_add(config_problems *problems, int32_t is_warning, const char *file,
                        uint32_t line, uint32_t column, const char *format, ...) KINMU_PRINTF(6, 7);
/* At a node. */
#define config_problem_at(problems, is_warning, node, ...)                                         \
    config_problem_add(problems, is_warning, (node)->file, (node)->line, (node)->column,           \
                       __VA_ARGS__)
void config_problems_sort(config_problems *problems);

#define CONFIG_QUOTE_SIZE 104
/* "\"text\"" made printable and cut for a message; "***" for a secret. Returns out. */
const char *config_quote(char out[CONFIG_QUOTE_SIZE], const config_node *scalar);

/* ---- tree.c ---- */
config_node *config_node_new(arena *memory, int32_t type, const config_node *at);
/* Value of a key, NULL when absent; map may be NULL. */
config_node *config_map_find(const config_node *map, const char *key);
int32_t config_is_null(const config_node *node);
/* Reports every second use of a key and takes it out of the map. */
int32_t config_map_unique(arena *memory, config_node *map, const char *where,
                          config_problems *problems);

/* ---- yaml.c ---- */
/* As config_parse; takes what it makes from *nodes_left. *root is set whenever the tree is whole,
 * also when E_CONFIG tells of a double key. */
int32_t config_read_yaml(arena *memory, const char *file, const char *text, size_t size,
                         uint32_t *nodes_left, config_node **root, config_problems *problems);

/* ---- scalar.c ---- */
/* KINMU_OK and the number, or E_REJECT and what is expected (static text). */
int32_t config_read_number(uint32_t option_type, const config_node *node, int64_t *number,
                           const char **expected);
#define CONFIG_NUMBER_SIZE 32
/* The shortest exact writing of a number of that type: "5m", "20MiB". */
void config_print_number(uint32_t option_type, int64_t number, char out[CONFIG_NUMBER_SIZE]);
int32_t config_is_number_type(uint32_t option_type);

/* ---- check.c ---- */
#define CONFIG_TABLES_MAX 2u
typedef struct config_tables { /* the last one may be the plugin's, the first the general one */
    const kinmu_table *tables[CONFIG_TABLES_MAX];
    uint32_t count;
} config_tables;
void config_option_row(const kinmu_table *options, uint32_t index, kinmu_option *row);
int32_t config_find_option(const config_tables *tables, const char *name, kinmu_option *option);
/* Keys and values of a map; whether something is missing is not asked. */
void config_check_keys(const config_tables *tables, const char *where, const config_node *map,
                       config_problems *problems);
/* As config_check_map for several tables side by side; `at` is where a missing option is reported.
 */
void config_check_tables(const config_tables *tables, const char *where, const config_node *at,
                         config_node *map, config_problems *problems);
int32_t config_check_value(const kinmu_option *option, const char *where, config_node *value,
                           config_problems *problems);
/* Appends: unknown word, nearest or the list of known ones. */
void config_unknown(config_problems *problems, const config_node *at, const char *where,
                    const char *what, const char *const *known, size_t known_count);

/* ---- files.c ---- */
enum config_section {
    SECTION_NODE,
    SECTION_PURPOSES,
    SECTION_NOTICES,
    SECTION_PRIVACY,
    SECTION_QUIET,
    SECTION_JOURNAL,
    SECTION_CHECKPOINT,
    SECTION_STORE,
    SECTION_HTTP,
    SECTION_PROXY,
    SECTION_LOG,
    SECTION_COLLECTORS,
    SECTION_CONNECTORS,
    SECTION_EXPORTERS,
    SECTION_COUNT
};
extern const char *const config_section_names[SECTION_COUNT];
/* All files of a folder as one map per section, keys in the order of files. */
int32_t config_read_folder(arena *memory, const char *directory,
                           config_node *sections[SECTION_COUNT], config_problems *problems);

/* Appends a whole file of at most `max` bytes. E_CONFIG and the reason, as a person would say it.
 */
int32_t config_read_file(const char *path, size_t max, buffer *out, const char **reason);

/* ---- load.c ---- */
typedef struct config_loader {
    arena *memory;
    const config_source *source; /* NULL: plugins are left out */
    config_node *sections[SECTION_COUNT];
    config_problems *problems;
    config *result;
} config_loader;

/* ---- instances.c ---- */
/* The plugin sections stand in the order of KINMU_COLLECTOR, CONNECTOR, EXPORTER. */
uint32_t config_kind_of(uint32_t section);
/* a-z, 0-9 and `others`, at most KINMU_NAME_BYTES_MAX bytes. */
int32_t config_is_name(const char *text, size_t size, const char *others);
/* "csv/payroll" -> "csv"; 0 when the key is malformed. */
int32_t config_read_type(const config_node *key, char type[KINMU_NAME_BYTES_MAX + 1]);
void config_check_instances(config_loader *l);

/* ---- quiet.c ---- */
/* Windows beyond what the table says. */
void config_check_quiet(const config_node *section, config_problems *problems);
/* A checked section as windows. */
int32_t config_build_quiet(config_loader *l);

/* ---- notices.c ---- */
/* The section, and the names of notices that purposes give. */
void config_check_notices(config_loader *l);
/* Builds them and gives each purpose, which are built before, its own. */
int32_t config_build_notices(config_loader *l);

/* ---- policy.c ---- */
/* Lays the policy over the checked sections, all of it or nothing; policy->problems tells. E_NOMEM,
 * else KINMU_OK. */
int32_t config_apply_policy(config_loader *l, config_policy *policy);

/* ---- secret.c ---- */
#define CONFIG_SECRET_FORMS "${file:/path/to/file} or ${env:NAME}"
int32_t config_is_reference(const char *text);
void config_check_secret(const char *where, config_node *value, config_problems *problems);

/* ---- fill.c ---- */
/* Fills an existing, zeroed struct. `prefix` begins the handles of secrets: "INSTANCE:". */
int32_t config_fill_struct(arena *memory, const kinmu_table *options, size_t struct_size,
                           const char *prefix, const config_node *map, void *to, kinmu_err *err);
/* The default of an option as a node; NULL node when it has none. E_ABI when it cannot be read. */
int32_t config_default_node(arena *memory, const kinmu_option *option, config_node **node);

/* ---- tables.c: the core's own maps ---- */
typedef struct config_node_map {
    const char *name;
    const char *data;
} config_node_map;
typedef struct config_purpose_map {
    int64_t keep_ms;
    int64_t quota_bytes;
    const char *notice;
    int32_t collect;
    const char *doc;
} config_purpose_map;
typedef struct config_notice_map {
    const char *version;
    const char *ja;
    const char *en;
    const char *renew;
} config_notice_map;
typedef struct config_rule_row {
    const char *app;
    const char *domain;
    const char *match;
    const char *action;
    const char *replace;
} config_rule_row;
typedef struct config_privacy_map {
    const char *title;
    const char *url;
    kinmu_rows rules;
} config_privacy_map;
typedef struct config_quiet_row {
    const char *hours;
    kinmu_text_list days;
} config_quiet_row;
typedef struct config_quiet_map {
    kinmu_rows windows;
} config_quiet_map;
typedef struct config_journal_map {
    int64_t flush_interval_ms;
    const char *postgres;
    const char *password;
} config_journal_map;
typedef struct config_store_map {
    int32_t enabled;
    int32_t apply;
    const char *postgres;
    const char *password;
} config_store_map;
typedef struct config_http_map {
    kinmu_text_list listen;
    const char *metrics_listen;
    const char *certificate;
    const char *key;
    const char *authority;
    const char *client_certificates;
    int64_t connections;
    int64_t connections_per_address;
    kinmu_text_list trusted_proxies;
} config_http_map;
typedef struct config_proxy_map {
    const char *url;
    const char *user;
    const char *password;
    kinmu_text_list except;
    int32_t environment;
} config_proxy_map;
typedef struct config_checkpoint_map {
    const char *folder;
    int64_t keep;
    const char *timestamp_url;
    const char *timestamp_authority;
} config_checkpoint_map;
typedef struct config_log_map {
    const char *level;
    const char *file;
} config_log_map;
typedef struct config_instance_map {
    int32_t enabled;
    const char *isolation;
    const char *after;
    kinmu_text_list reads;
} config_instance_map;

/* Table of a section; of one purpose for PURPOSES, of one instance for the plugin sections. */
extern const kinmu_table config_core_tables[SECTION_COUNT];
extern const char *const config_section_docs[SECTION_COUNT];
extern const char *const config_section_docs_ja[SECTION_COUNT];

/* ---- describe.c, describe_schema.c ---- */
typedef struct config_topic {
    const char *title; /* "input" */
    const char *kind;  /* "collector" */
    const char *doc;
    const char *doc_ja;
    const kinmu_table *options;
    const kinmu_table *generic; /* keys every instance has; NULL for the core's own maps */
} config_topic;
void config_describe_markdown(const config_topic *topic, buffer *out);
void config_describe_sample(const config_topic *topic, buffer *out);
/* {"type":"object",…} of a map, without $schema. */
void config_schema_object(const config_tables *tables, const char *doc, buffer *out);

#endif
