/* config/load.c - a conf.d folder to a config: read, check everything, and only then build.
 *
 * Nothing is built while there is an error, so a config is always whole. The result lives in one
 * arena together with the trees its options point to.
 */
#include "base/text.h"
#include "config/internal.h"
#include "platform/platform.h"
#include <kinmu/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define DAY_MS INT64_C(86400000)
#define ACCESS_KEEP_DAYS 62 /* what is in force its owner writes anew each month */
#define WHERE_SIZE 200
#define PATH_SIZE 8192

/* ---- checks beyond the tables ---- */

int32_t config_is_always(const char *purpose) {
    return strcmp(purpose, "audit") == 0 || strcmp(purpose, "access") == 0;
}

static void check_purposes(config_loader *l) {
    const config_node *map = l->sections[SECTION_PURPOSES];
    if (map->child_count / 2 > CONFIG_PURPOSES_MAX) {
        config_problem_at(l->problems, CONFIG_ERROR, map->children[(size_t)2 * CONFIG_PURPOSES_MAX],
                          "purposes: more than %u purposes", CONFIG_PURPOSES_MAX);
        return;
    }
    for (uint32_t i = 0; i + 1 < map->child_count; i += 2) {
        const config_node *key = map->children[i];
        char where[WHERE_SIZE];
        char quoted[CONFIG_QUOTE_SIZE];
        snprintf(where, sizeof where, "purposes.%s", key->text);
        if (!config_is_name(key->text, key->size, "-")) {
            config_problem_at(
                l->problems, CONFIG_ERROR, key,
                "purposes: %s is no name of a purpose: write a-z, 0-9 and -, at most %d bytes",
                config_quote(quoted, key), KINMU_NAME_BYTES_MAX);
        }
        config_check_tables(&(config_tables){{&config_core_tables[SECTION_PURPOSES]}, 1}, where,
                            key, map->children[i + 1], l->problems);
        const config_node *collect = config_map_find(map->children[i + 1], "collect");
        if (collect != NULL && config_is_always(key->text) && strcmp(collect->text, "false") == 0) {
            config_problem_at(
                l->problems, CONFIG_ERROR, collect,
                "%s.collect: who looked, who changed and who comes in is always recorded", where);
        }
        const config_node *keep = config_map_find(map->children[i + 1], "keep");
        int64_t keep_ms;
        const char *expected;
        if (keep != NULL &&
            config_read_number(KINMU_OPT_DURATION, keep, &keep_ms, &expected) == KINMU_OK &&
            keep_ms % DAY_MS != 0) {
            config_problem_at(l->problems, CONFIG_ERROR, keep,
                              "%s.keep: %s is not a number of whole days, like 1095d", where,
                              config_quote(quoted, keep));
        }
    }
}

static void check_rule(config_loader *l, const config_node *row, uint32_t index) {
    const config_node *match = config_map_find(row, "match");
    const config_node *action = config_map_find(row, "action");
    const config_node *replace = config_map_find(row, "replace");
    kinmu_err err = {{0}, {0}};
    platform_pattern *pattern = NULL;
    if (match == NULL && config_map_find(row, "app") == NULL &&
        config_map_find(row, "domain") == NULL) {
        config_problem_at(l->problems, CONFIG_ERROR, row,
                          "privacy.rules[%u]: nothing says what it applies to; give app, domain or "
                          "match (app: \"*\" is all)",
                          index);
    }
    if (match != NULL && match->type == CONFIG_SCALAR &&
        platform_pattern_compile(match->text, &pattern, &err) != KINMU_OK) {
        config_problem_at(l->problems, CONFIG_ERROR, match, "privacy.rules[%u].match: %s", index,
                          err.msg);
    }
    platform_pattern_free(pattern);
    if (replace != NULL && action != NULL && strcmp(action->text, "replace") != 0) {
        config_problem_at(l->problems, CONFIG_ERROR, replace,
                          "privacy.rules[%u].replace: works only with action: replace", index);
    }
    if (action != NULL && strcmp(action->text, "replace") == 0 && match == NULL) {
        config_problem_at(
            l->problems, CONFIG_ERROR, action,
            "privacy.rules[%u].action: replace needs match, which says what to replace", index);
    }
}

static void check_rules(config_loader *l) {
    const config_node *rules = config_map_find(l->sections[SECTION_PRIVACY], "rules");
    for (uint32_t i = 0; rules != NULL && rules->type == CONFIG_LIST && i < rules->child_count;
         i++) {
        if (rules->children[i]->type == CONFIG_MAP) {
            check_rule(l, rules->children[i], i + 1);
        }
    }
}

static void check_single(config_loader *l, uint32_t section) {
    config_check_tables(&(config_tables){{&config_core_tables[section]}, 1},
                        config_section_names[section], l->sections[section], l->sections[section],
                        l->problems);
}

/* What the option table cannot say: a plain address, without user and password in it. */
static void check_proxy(config_loader *l) {
    const config_node *url = config_map_find(l->sections[SECTION_PROXY], "url");
    if (url == NULL || url->type != CONFIG_SCALAR) {
        return;
    }
    if (strncmp(url->text, "http://", 7) != 0 || url->text[7] == '\0') {
        config_problem_at(l->problems, CONFIG_ERROR, url,
                          "proxy.url: a proxy is written http://host:port");
    } else if (strchr(url->text, '@') != NULL) {
        config_problem_at(l->problems, CONFIG_ERROR, url,
                          "proxy.url: user and password do not stand in it; use `user` and "
                          "`password`");
    }
}

/* A relative path begins at the configuration folder. */
static const char *absolute(config_loader *l, const char *path) {
    if (path == NULL || path[0] == '/' || path[0] == '\\' || path[1] == ':') {
        return path;
    }
    char full[PATH_SIZE];
    snprintf(full, sizeof full, "%s/%s", l->result->directory, path);
    return arena_text(l->memory, full, strlen(full));
}

/* Whether `size` bytes are an IPv4 address, or an IPv6 one in brackets. */
static int is_address(const char *text, size_t size) {
    char host[64];
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    size_t bracket = size > 2 && text[0] == '[' && text[size - 1] == ']';
    size -= 2 * bracket;
    if (size >= sizeof host) {
        return 0;
    }
    memcpy(host, text + bracket, size);
    host[size] = '\0';
    return bracket ? uv_ip6_addr(host, 0, &v6) == 0 : uv_ip4_addr(host, 0, &v4) == 0;
}

static void check_listen(config_loader *l, const config_node *address) {
    const char *colon = address->type == CONFIG_SCALAR ? strrchr(address->text, ':') : NULL;
    char *end = NULL;
    unsigned long port = colon != NULL ? strtoul(colon + 1, &end, 10) : 0;
    if (address->type == CONFIG_SCALAR &&
        (colon == NULL || end == colon + 1 || *end != '\0' || port > 65535 ||
         !is_address(address->text, (size_t)(colon - address->text)))) {
        char quoted[CONFIG_QUOTE_SIZE];
        config_problem_at(l->problems, CONFIG_ERROR, address,
                          "http: %s is no address to listen at; write 127.0.0.1:8443 or "
                          "[::1]:8443: an IP address, no name, and a port up to 65535",
                          config_quote(quoted, address));
    }
}

/* Only warned of: a node records without them, and its status tells that it serves nothing. */
static void check_http_file(config_loader *l, const char *key) {
    const config_node *node = config_map_find(l->sections[SECTION_HTTP], key);
    const char *path = node != NULL && node->type == CONFIG_SCALAR ? absolute(l, node->text) : NULL;
    uv_fs_t request;
    if (path == NULL) {
        return;
    }
    int result = uv_fs_stat(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
    if (result == UV_ENOENT || result == UV_ENOTDIR) {
        config_problem_at(l->problems, CONFIG_WARNING, node,
                          "http.%s: \"%s\" is missing: nothing is served until it is there", key,
                          path);
    }
}

static void check_http(config_loader *l) {
    const config_node *listen = config_map_find(l->sections[SECTION_HTTP], "listen");
    const config_node *metrics = config_map_find(l->sections[SECTION_HTTP], "metrics_listen");
    for (uint32_t i = 0; listen != NULL && listen->type == CONFIG_LIST && i < listen->child_count;
         i++) {
        check_listen(l, listen->children[i]);
    }
    if (metrics != NULL) {
        check_listen(l, metrics);
    }
    check_http_file(l, "certificate");
    check_http_file(l, "key");
}

static void check_checkpoint(config_loader *l) {
    const config_node *url = config_map_find(l->sections[SECTION_CHECKPOINT], "timestamp_url");
    if (url != NULL && url->type == CONFIG_SCALAR && strncmp(url->text, "https://", 8) != 0 &&
        strncmp(url->text, "http://127.0.0.1", 16) != 0) {
        config_problem_at(l->problems, CONFIG_ERROR, url,
                          "checkpoint.timestamp_url: write https://… (http only for 127.0.0.1)");
    }
}

static void check_store(config_loader *l) {
    const config_node *section = l->sections[SECTION_STORE];
    const config_node *apply = config_map_find(section, "apply");
    if (apply != NULL && strcmp(apply->text, "false") == 0 &&
        config_map_find(section, "postgres") == NULL) {
        config_problem_at(l->problems, CONFIG_ERROR, apply,
                          "store.apply: false leaves the tables to other nodes on one PostgreSQL: "
                          "write store.postgres, too, or take this out");
    }
}

static void check_sections(config_loader *l) {
    check_single(l, SECTION_NODE);
    check_purposes(l);
    config_check_notices(l);
    check_single(l, SECTION_PRIVACY);
    check_rules(l);
    check_single(l, SECTION_QUIET);
    config_check_quiet(l->sections[SECTION_QUIET], l->problems);
    check_single(l, SECTION_JOURNAL);
    check_single(l, SECTION_CHECKPOINT);
    check_checkpoint(l);
    check_single(l, SECTION_STORE);
    check_store(l);
    check_single(l, SECTION_HTTP);
    check_http(l);
    check_single(l, SECTION_PROXY);
    check_proxy(l);
    check_single(l, SECTION_LOG);
    if (l->source != NULL) {
        config_check_instances(l);
    }
    const config_node *collectors = l->sections[SECTION_COLLECTORS];
    if (l->sections[SECTION_PURPOSES]->child_count == 0 && collectors->child_count > 0) {
        config_problem_at(
            l->problems, CONFIG_WARNING, collectors->children[0],
            "collectors: no purpose is declared (purposes:), so what they observe is not recorded");
    }
}

/* ---- building ---- */

static int32_t fill_section(config_loader *l, uint32_t section, const config_node *map, void *to,
                            size_t size) {
    kinmu_err err = {{0}, {0}};
    int32_t status =
        config_fill_struct(l->memory, &config_core_tables[section], size, "", map, to, &err);
    if (status != KINMU_OK && status != KINMU_E_NOMEM) {
        config_problem_add(l->problems, CONFIG_ERROR, l->result->directory, 0, 0, "%s: %s",
                           config_section_names[section], err.msg);
    }
    return status;
}

static int32_t build_node(config_loader *l) {
    config_node_map node = {0};
    int32_t status = fill_section(l, SECTION_NODE, l->sections[SECTION_NODE], &node, sizeof node);
    l->result->node_name = node.name;
    l->result->data = status == KINMU_OK ? absolute(l, node.data) : NULL;
    return status;
}

static int32_t build_purposes(config_loader *l) {
    const config_node *map = l->sections[SECTION_PURPOSES];
    config *c = l->result;
    c->purposes = arena_get(l->memory, (map->child_count / 2 + 2) * sizeof *c->purposes);
    if (c->purposes == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i + 1 < map->child_count; i += 2) {
        config_purpose_map filled = {0};
        int32_t status =
            fill_section(l, SECTION_PURPOSES, map->children[i + 1], &filled, sizeof filled);
        if (status != KINMU_OK) {
            return status;
        }
        c->purposes[c->purpose_count++] =
            (config_purpose){map->children[i]->text, filled.keep_ms / DAY_MS,
                             filled.quota_bytes,     NULL,
                             !filled.collect,        filled.doc != NULL ? filled.doc : ""};
    }
    if (config_map_find(map, "audit") == NULL) {
        c->purposes[c->purpose_count++] =
            (config_purpose){"audit", 0, 0, NULL, 0, "Who looked, who changed what."};
    }
    if (config_map_find(map, "access") == NULL) {
        c->purposes[c->purpose_count++] =
            (config_purpose){"access", ACCESS_KEEP_DAYS, 0, NULL, 0, "Who may come in, and how."};
    }
    return KINMU_OK;
}

static int32_t build_privacy(config_loader *l) {
    config_privacy_map privacy = {0};
    config *c = l->result;
    int32_t status =
        fill_section(l, SECTION_PRIVACY, l->sections[SECTION_PRIVACY], &privacy, sizeof privacy);
    if (status != KINMU_OK) {
        return status;
    }
    c->title = privacy.title;
    c->url = privacy.url;
    c->rule_count = privacy.rules.count;
    c->rules = arena_get(l->memory, (c->rule_count + 1) * sizeof *c->rules);
    if (c->rules == NULL) {
        return KINMU_E_NOMEM;
    }
    const config_rule_row *rows = privacy.rules.rows;
    for (uint32_t i = 0; i < c->rule_count; i++) {
        c->rules[i] = (config_rule){rows[i].app, rows[i].domain, rows[i].match, rows[i].action,
                                    rows[i].replace != NULL ? rows[i].replace : "***"};
    }
    return KINMU_OK;
}

static int32_t build_http(config_loader *l) {
    static const char *const nowhere[] = {"127.0.0.1:8443"};
    config_http_map map = {0};
    int32_t status = fill_section(l, SECTION_HTTP, l->sections[SECTION_HTTP], &map, sizeof map);
    if (status == KINMU_OK) {
        l->result->http = (config_http){
            .listen = map.listen.count > 0 ? map.listen.items : nowhere,
            .listen_count = map.listen.count > 0 ? map.listen.count : 1,
            .metrics_listen = map.metrics_listen,
            .certificate = absolute(l, map.certificate),
            .key = absolute(l, map.key),
            .authority = absolute(l, map.authority),
            .client_certificates = map.client_certificates,
            .connections_max = (uint32_t)map.connections,
            .connections_per_address_max = (uint32_t)map.connections_per_address,
            .proxies = map.trusted_proxies.items,
            .proxy_count = map.trusted_proxies.count,
        };
    }
    return status;
}

static int32_t build_proxy(config_loader *l) {
    config_proxy_map proxy = {0};
    config *c = l->result;
    const config_node *map = l->sections[SECTION_PROXY];
    int32_t status = fill_section(l, SECTION_PROXY, map, &proxy, sizeof proxy);
    c->proxy.url = proxy.url;
    c->proxy.user = proxy.user;
    c->proxy.password = config_map_find(map, "password");
    c->proxy.except = proxy.except.items;
    c->proxy.except_count = proxy.except.count;
    c->proxy.from_environment = proxy.environment;
    return status;
}

static int32_t build_checkpoint(config_loader *l) {
    config_checkpoint_map map = {0};
    const config_node *section = l->sections[SECTION_CHECKPOINT];
    int32_t status = fill_section(l, SECTION_CHECKPOINT, section, &map, sizeof map);
    if (status == KINMU_OK) {
        l->result->checkpoint =
            (config_checkpoint){.folder = absolute(l, map.folder),
                                .files_max = (uint32_t)map.keep,
                                .timestamp_url = map.timestamp_url,
                                .timestamp_authority = absolute(l, map.timestamp_authority)};
    }
    return status;
}

static int32_t build_rest(config_loader *l) {
    static const char *const levels[] = {"", "error", "warn", "info", "debug"};
    config_journal_map journal = {0};
    config_store_map store = {0};
    config_log_map log = {0};
    config *c = l->result;
    int32_t status =
        fill_section(l, SECTION_JOURNAL, l->sections[SECTION_JOURNAL], &journal, sizeof journal);
    if (status == KINMU_OK) {
        status = fill_section(l, SECTION_STORE, l->sections[SECTION_STORE], &store, sizeof store);
    }
    if (status == KINMU_OK) {
        status = build_http(l);
    }
    if (status == KINMU_OK) {
        status = fill_section(l, SECTION_LOG, l->sections[SECTION_LOG], &log, sizeof log);
    }
    c->flush_interval_ms = journal.flush_interval_ms;
    c->store_enabled = store.enabled;
    c->store_applies = store.apply;
    c->journal_postgres = journal.postgres;
    c->store_postgres = store.postgres;
    c->journal_password = config_map_find(l->sections[SECTION_JOURNAL], "password");
    c->store_password = config_map_find(l->sections[SECTION_STORE], "password");
    c->log_file = log.file;
    for (int32_t level = KINMU_LOG_ERROR; status == KINMU_OK && level <= KINMU_LOG_DEBUG; level++) {
        if (strcmp(levels[level], log.level) == 0) {
            c->log_level = level;
        }
    }
    return status;
}

/* The map without the keys every instance has; NULL when nothing is left. */
static int32_t plugin_options(config_loader *l, const config_node *map, const config_node **out) {
    *out = NULL;
    if (map->type != CONFIG_MAP || map->child_count == 0) {
        return KINMU_OK;
    }
    config_node *options = config_node_new(l->memory, CONFIG_MAP, map);
    if (options == NULL) {
        return KINMU_E_NOMEM;
    }
    options->children = arena_get(l->memory, map->child_count * sizeof *options->children);
    if (options->children == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i + 1 < map->child_count; i += 2) {
        if (!config_is_instance_key(map->children[i]->text)) {
            options->children[options->child_count++] = map->children[i];
            options->children[options->child_count++] = map->children[i + 1];
        }
    }
    *out = options->child_count > 0 ? options : NULL;
    return KINMU_OK;
}

static int32_t build_instance(config_loader *l, uint32_t section, const config_node *key,
                              const config_node *value) {
    char type[KINMU_NAME_BYTES_MAX + 1];
    config_instance_map generic = {0};
    config_instance *instance = &l->result->instances[l->result->instance_count];
    int32_t status = fill_section(l, section, value, &generic, sizeof generic);
    if (status != KINMU_OK || !config_read_type(key, type)) {
        return status;
    }
    instance->kind = config_kind_of(section);
    instance->type = arena_text(l->memory, type, strlen(type));
    instance->name = key->text;
    instance->isolation = generic.isolation == NULL                   ? 0
                          : strcmp(generic.isolation, "process") == 0 ? 1
                                                                      : 2;
    instance->enabled = generic.enabled;
    instance->after_store = strcmp(generic.after, "store") == 0;
    if (instance->after_store && !l->result->store_enabled) {
        config_problem_at(l->problems, CONFIG_ERROR, key,
                          "%s.%s: after: store needs the store, and store.enabled is false",
                          config_section_names[section], key->text);
        return KINMU_E_CONFIG;
    }
    instance->reads = generic.reads.items;
    instance->read_count = generic.reads.count;
    instance->at = key;
    l->result->instance_count++;
    status = plugin_options(l, value, &instance->options);
    return instance->type == NULL ? KINMU_E_NOMEM : status;
}

static int32_t build_instances(config_loader *l) {
    l->result->instances =
        arena_get(l->memory, CONFIG_INSTANCES_MAX * sizeof *l->result->instances);
    int32_t status = l->result->instances == NULL ? KINMU_E_NOMEM : KINMU_OK;
    for (uint32_t section = SECTION_COLLECTORS; section < SECTION_COUNT && l->source != NULL;
         section++) {
        const config_node *map = l->sections[section];
        for (uint32_t i = 0; status == KINMU_OK && i + 1 < map->child_count; i += 2) {
            status = build_instance(l, section, map->children[i], map->children[i + 1]);
        }
    }
    return status;
}

static int32_t build(config_loader *l) {
    int32_t status = build_node(l);
    if (status == KINMU_OK) {
        status = build_purposes(l);
    }
    if (status == KINMU_OK) {
        status = config_build_notices(l);
    }
    if (status == KINMU_OK) {
        status = build_privacy(l);
    }
    if (status == KINMU_OK) {
        status = config_build_quiet(l);
    }
    if (status == KINMU_OK) {
        status = build_checkpoint(l);
    }
    if (status == KINMU_OK) {
        status = build_proxy(l);
    }
    if (status == KINMU_OK) {
        status = build_rest(l);
    }
    return status == KINMU_OK ? build_instances(l) : status;
}

/* ---- the whole ---- */

static int32_t load(config_loader *l, const char *directory, config_policy *policy) {
    size_t size = strlen(directory);
    while (size > 1 && directory[size - 1] == '/') {
        size--;
    }
    l->result = arena_get(l->memory, sizeof *l->result);
    const char *shown = arena_text(l->memory, directory, size);
    if (l->result == NULL || shown == NULL) {
        return KINMU_E_NOMEM;
    }
    l->result->directory = shown;
    l->result->memory = l->memory;
    int32_t status = config_read_folder(l->memory, shown, l->sections, l->problems);
    if (status != KINMU_OK) {
        return status;
    }
    check_sections(l);
    if (l->problems->errors > 0) {
        return KINMU_E_CONFIG;
    }
    status = policy != NULL && l->source != NULL ? config_apply_policy(l, policy) : KINMU_OK;
    return status == KINMU_OK ? build(l) : status;
}

int32_t config_load_with(const char *directory, const config_source *source, config_policy *policy,
                         config **out, config_problems *problems) {
    config_loader l = {.memory = calloc(1, sizeof(arena)), .source = source, .problems = problems};
    *out = NULL;
    int32_t status = l.memory == NULL ? KINMU_E_NOMEM : load(&l, directory, policy);
    config_problems_sort(problems);
    if (status == KINMU_OK) {
        *out = l.result;
        return KINMU_OK;
    }
    if (problems->errors == 0) {
        config_problem_add(problems, CONFIG_ERROR, directory, 0, 0, "out of memory");
    }
    config_memory_free(l.memory);
    return KINMU_E_CONFIG;
}

int32_t config_load(const char *directory, const config_source *source, config **out,
                    config_problems *problems) {
    return config_load_with(directory, source, NULL, out, problems);
}

void config_free(config *c) {
    if (c != NULL) {
        config_memory_free(c->memory);
    }
}
