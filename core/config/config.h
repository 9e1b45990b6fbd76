/* config/config.h - conf.d read, checked and held.
 *
 * All files conf.d/NAME.yaml are read in name order with libyaml's event parser, every value keeps
 * file:line:column, and all errors of all files are listed. Plugin options are checked against the
 * plugins' own tables, which the caller finds by (kind, type). A config is immutable once loaded.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/buffer.h"
#include <kinmu/option.h>

#define CONFIG_FILE_BYTES_MAX (1u << 20)
#define CONFIG_FILES_MAX 1000u
#define CONFIG_TOTAL_BYTES_MAX (8u << 20) /* all files of a folder */
#define CONFIG_DEPTH_MAX 16u
#define CONFIG_NODES_MAX 100000u /* all files of a folder, aliases counted as often as used */
#define CONFIG_ERRORS_MAX 200u
#define CONFIG_INSTANCES_MAX 256u
#define CONFIG_PURPOSES_MAX 64u
#define CONFIG_NOTICES_MAX 32u
#define CONFIG_NOTICE_VERSION_BYTES_MAX 64
#define CONFIG_NOTICE_TEXT_BYTES_MAX 8000
#define CONFIG_QUIET_MAX 64u /* windows of one quiet: section */
#define CONFIG_POLICY_BYTES_MAX 65536u
#define CONFIG_POLICY_NODES_MAX 20000u
#define CONFIG_KEY_BYTES_MAX 127u /* "type/name" */

/* A parsed YAML value with its place. Maps keep order; children of a map alternate key, value. */
typedef struct config_node config_node;
struct config_node {
    int32_t type;          /* CONFIG_SCALAR … */
    uint32_t line, column; /* from 1 */
    const char *file;
    const char *text; /* scalar: text; NUL-terminated */
    size_t size;
    int32_t quoted;    /* scalar written in quotes: never a number or bool */
    int32_t is_secret; /* value of a SECRET option: no message and no copy shows its text */
    int32_t is_alias;  /* copied from an anchor, which may be a secret: no message shows its text */
    config_node **children;
    uint32_t child_count;
};
#define CONFIG_SCALAR 1
#define CONFIG_LIST 2
#define CONFIG_MAP 3

/* Where the option table of a plugin comes from. kind is KINMU_COLLECTOR…. `options` may be static
 * data of the plugin file. */
typedef struct config_plugin {
    const char *name;
    kinmu_table options;
    uint32_t config_size;
    uint32_t flags;
} config_plugin;
typedef struct config_source {
    /* NULL when there is no such plugin. */
    const config_plugin *(*find)(void *user, uint32_t kind, const char *type);
    /* i-th plugin name of a kind, NULL at the end: for "did you mean". */
    const char *(*name)(void *user, uint32_t kind, uint32_t index);
    void *user;
} config_source;

typedef struct config_instance {
    uint32_t kind;
    const char *type;  /* "csv" */
    const char *name;  /* "csv" or "csv/payroll" */
    int32_t isolation; /* 0 default, 1 process, 2 core */
    int32_t enabled;
    int32_t after_store;        /* events come once the store has applied them */
    const config_node *options; /* checked map, may be NULL */
    const char *const *reads;   /* granted schemas "kinmu.input.minute", "*" */
    uint32_t read_count;
    const config_node *at; /* for messages */
} config_instance;

/* What people are told before a purpose is collected of them, and asked to accept. */
typedef struct config_notice {
    const char *name;
    const char *version;
    const char *ja, *en;
    int32_t keeps;      /* an answer to another version or text of it stays good */
    uint8_t sha256[32]; /* of the texts and the purposes it is for (notices.c) */
} config_notice;

typedef struct config_purpose {
    const char *name;
    int64_t keep_days;           /* 0 = for ever */
    int64_t quota_bytes;         /* 0 = none */
    const config_notice *notice; /* to be accepted first; NULL = none */
    int32_t is_off; /* what is there is kept as long as it says, nothing new is recorded */
    const char *doc;
} config_purpose;

/* A stretch of local wall time, repeated; it may go over midnight. */
typedef struct config_quiet {
    int32_t from_s, to_s; /* seconds of the day, to_s is outside; to_s < from_s: over midnight */
    uint32_t days;        /* on which it begins; bit 0 = Monday */
} config_quiet;

/* One value that a hub's policy set. */
typedef struct config_policy_value {
    const char *where;  /* "collectors.input.idle_after" */
    const char *value;  /* as YAML */
    const char *before; /* what it would be without, "" = nothing */
} config_policy_value;

typedef struct config_rule { /* privacy.rules[] */
    const char *app;         /* glob on APPLICATION fields, NULL = any */
    const char *domain;      /* suffix of a URL's host, NULL = any */
    const char *match;       /* POSIX extended regex on TITLE/URL/PATH fields, NULL = any */
    const char *action;  /* "drop" (the fields), "exclude" (the whole event's texts), "replace" */
    const char *replace; /* for replace; default "***" */
} config_rule;

typedef struct config_http {
    const char *const *listen; /* "address:port" */
    uint32_t listen_count;
    const char *metrics_listen; /* NULL = none */
    const char *certificate;    /* absolute paths; NULL = DATA/hub/server.pem … */
    const char *key;
    const char *authority;
    const char *client_certificates; /* "off" | "optional" | "required" */
    uint32_t connections_max;
    uint32_t connections_per_address_max;
    const char *const *proxies;
    uint32_t proxy_count;
} config_http;

typedef struct config_proxy {    /* the way out */
    const char *url;             /* "http://proxy:3128", NULL = none */
    const char *user;            /* NULL = it asks for nothing */
    const config_node *password; /* for config_secret_at; NULL = none */
    const char *const *except;
    uint32_t except_count;
    int32_t from_environment;
} config_proxy;

typedef struct config_checkpoint {   /* what proves later that nothing was lost */
    const char *folder;              /* absolute; NULL = none */
    uint32_t files_max;              /* kept there */
    const char *timestamp_url;       /* of an RFC 3161 authority; NULL = none */
    const char *timestamp_authority; /* absolute; PEM; NULL = whoever signed it */
} config_checkpoint;

typedef struct config {
    const char *directory;
    const char *node_name; /* NULL = the computer's name */
    const char *data;      /* data directory, NULL = the caller's default; relative ones are made to
                              begin at `directory` */
    config_purpose *purposes; /* "audit" is always among them */
    uint32_t purpose_count;
    config_notice *notices;
    uint32_t notice_count;
    const char *title; /* "off" | "on" | "hashed" */
    const char *url;   /* "off" | "host" | "host-path" | "full" */
    config_rule *rules;
    uint32_t rule_count;
    config_quiet *quiet;
    uint32_t quiet_count;
    int64_t flush_interval_ms;
    int32_t store_enabled;
    int32_t store_applies; /* 0: other nodes bring the tables up to date */
    config_checkpoint checkpoint;
    config_http http;
    config_proxy proxy;
    const char *journal_postgres; /* connection string, NULL = files */
    const char *store_postgres;
    const config_node *journal_password; /* for config_secret_at; NULL = none */
    const config_node *store_password;
    int32_t log_level;
    const char *log_file; /* NULL = standard error */
    config_instance *instances;
    uint32_t instance_count;
    config_policy_value *policy_values; /* in force because a hub says so */
    uint32_t policy_value_count;
    void *memory; /* owns everything above */
} config;

typedef struct config_problem {
    const char *file;
    uint32_t line, column;
    int32_t is_warning;
    const char *text;
} config_problem;

typedef struct config_problems {
    config_problem *items;
    uint32_t count, errors;
    void *memory;
} config_problems;

/* Loads and checks a folder. KINMU_OK with *out, or E_CONFIG with at least one error; problems are
 * sorted by file, line, column and freed by the caller in both cases. `source` NULL: plugins are
 * not looked up and the config has no instances, for a caller that wants node.data alone. */
int32_t config_load(const char *directory, const config_source *source, config **out,
                    config_problems *problems);
void config_free(config *c);

/* What a hub wants of this node: LIVE options of instances the folder has, purposes not collected,
 * quiet windows more; in the form of conf.d. Checked like it, taken as a whole or not at all. */
typedef struct config_policy {
    const char *file; /* for messages */
    const char *text;
    size_t size;
    int32_t is_applied;       /* out */
    config_problems problems; /* out: the caller's to free; warnings tell what has no effect here */
} config_policy;
/* As config_load, with a policy laid over what the folder says. A policy that is refused leaves the
 * folder's configuration as it is: nobody far away can stop this node. */
int32_t config_load_with(const char *directory, const config_source *source, config_policy *policy,
                         config **out, config_problems *problems);

/* problems: zeroed by the caller before first use. */
void config_problems_free(config_problems *problems);
/* "file:line:column: error: text" per line. */
void config_problems_print(const config_problems *problems, buffer *out);

/* Reads one YAML text into a tree (for the runner's options and for fuzzing). An empty text is an
 * empty map. The tree lives in *memory, freed with config_memory_free, also after a failure. */
int32_t config_parse(const char *file, const char *text, size_t size, config_node **root,
                     void **memory, config_problems *problems);
void config_memory_free(void *memory);

/* Checks a map against an option table and lists every error. `where` begins each message
 * ("collectors.input"). Marks the values of SECRET options. KINMU_OK or E_CONFIG. */
int32_t config_check_map(const kinmu_table *options, const char *where, config_node *map,
                         config_problems *problems);

/* Fills a plugin's config struct (calloc'ed config_size bytes) from a checked options map (NULL =
 * empty) and the defaults. Texts live in *memory, freed with config_fill_free. SECRET options get
 * the handle "INSTANCE:OPTION", in rows "INSTANCE:OPTION.INDEX.COLUMN". E_CONFIG: the map was not
 * checked; E_ABI: the plugin's own table is wrong (a default it refuses, an offset outside the
 * struct). */
int32_t config_fill(const kinmu_table *options, uint32_t config_size, const char *instance,
                    const config_node *map, void **filled, void **memory, kinmu_err *err);
void config_fill_free(void *filled, void *memory);
/* The secret a checked option refers to, read now. *size is the room of `data` and becomes the size
 * of the secret, without the NUL that is added; the caller wipes it. */
int32_t config_secret(const config *c, const char *handle, char *data, uint32_t *size,
                      kinmu_err *err);
/* The same for the value of a secret option of the core's own. */
int32_t config_secret_at(const config_node *value, char *data, uint32_t *size, kinmu_err *err);

/* 0: same options; 1: only LIVE options differ; 2: others differ. A value and its default are the
 * same. Maps are checked ones, NULL = empty. */
int32_t config_difference(const kinmu_table *options, const config_node *a, const config_node *b);

/* A checked options map back as one line of YAML flow text, for handing it to a runner. Values of
 * SECRET options are written as "***": a runner needs the handle only. */
void config_write(const config_node *node, buffer *out);

/* Whether every instance has that key, so that no plugin can have an option of that name. */
int32_t config_is_instance_key(const char *name);
/* 1 for the purposes that are in force without being declared: audit, access. */
int32_t config_is_always(const char *purpose);

/* Reference page ("md"), commented sample ("yaml"), JSON Schema ("json-schema") from an option
 * table. The second is about the core's own maps. E_NOTFOUND: no such format. */
struct kinmu_plugin;
int32_t config_describe(const struct kinmu_plugin *plugin, const char *format, buffer *out);
int32_t config_describe_core(const char *format, buffer *out);

#endif
