/* bus/policy.c - see policy.h. */
#include "bus/policy.h"

#include "base/buffer.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "platform/platform.h"

#include <stdlib.h>
#include <string.h>

enum { TITLE_OFF, TITLE_ON, TITLE_HASHED };
enum { URL_OFF, URL_HOST, URL_HOST_PATH, URL_FULL };
enum { ACTION_DROP, ACTION_EXCLUDE, ACTION_REPLACE };

#define HASH_TEXT_SIZE 32u /* hex digits of a hashed title */
#define DAY_S 86400

typedef struct rule {
    const char *app;
    const char *domain;
    platform_pattern *pattern;
    const char *replace;
    int32_t action;
} rule;

typedef struct declared {
    const char *name;
    const config_notice *notice; /* NULL = none */
} declared;

struct policy {
    arena memory;
    declared *purposes;
    uint32_t purpose_count;
    config_quiet *quiet;
    uint32_t quiet_count;
    int32_t title;
    int32_t url;
    rule *rules;
    uint32_t rule_count;
    uint8_t hash_key[32];
};

static int32_t word_index(const char *const *words, int32_t count, const char *word,
                          int32_t fallback) {
    for (int32_t i = 0; word != NULL && i < count; i++) {
        if (strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return fallback;
}

static const char *kept(policy *p, const char *text) {
    return text == NULL ? NULL : arena_text(&p->memory, text, strlen(text));
}

static int32_t compile_rules(policy *p, const config *conf, kinmu_err *err) {
    static const char *const actions[] = {"drop", "exclude", "replace"};
    p->rules = arena_get(&p->memory, (conf->rule_count + 1) * sizeof *p->rules);
    if (p->rules == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < conf->rule_count; i++) {
        const config_rule *from = &conf->rules[i];
        rule *to = &p->rules[p->rule_count++];
        to->app = kept(p, from->app);
        to->domain = kept(p, from->domain);
        to->replace = kept(p, from->replace != NULL ? from->replace : "***");
        to->action = word_index(actions, 3, from->action, ACTION_DROP);
        if (from->match != NULL) {
            int32_t status = platform_pattern_compile(from->match, &to->pattern, err);
            if (status != KINMU_OK) {
                return status;
            }
        }
    }
    return KINMU_OK;
}

static int32_t copy_quiet(policy *p, const config *conf) {
    p->quiet = arena_get(&p->memory, (conf->quiet_count + 1) * sizeof *p->quiet);
    if (p->quiet != NULL && conf->quiet_count > 0) {
        memcpy(p->quiet, conf->quiet, conf->quiet_count * sizeof *p->quiet);
        p->quiet_count = conf->quiet_count;
    }
    return p->quiet != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

/* What of a notice decides later; its texts are not needed. */
static const config_notice *copy_notice(policy *p, const config_notice *from) {
    config_notice *to = arena_get(&p->memory, sizeof *to);
    if (to == NULL) {
        return NULL;
    }
    *to = *from;
    to->name = kept(p, from->name);
    to->version = kept(p, from->version);
    to->ja = to->en = NULL;
    return to->name != NULL && to->version != NULL ? to : NULL;
}

static int32_t add_purpose(policy *p, const config_purpose *from) {
    declared *to = &p->purposes[p->purpose_count];
    to->name = kept(p, from->name);
    to->notice = from->notice != NULL ? copy_notice(p, from->notice) : NULL;
    if (to->name == NULL || (from->notice != NULL && to->notice == NULL)) {
        return KINMU_E_NOMEM;
    }
    p->purpose_count++;
    return KINMU_OK;
}

int32_t policy_create(const config *conf, const uint8_t hash_key[32], policy **out,
                      kinmu_err *err) {
    static const char *const titles[] = {"off", "on", "hashed"};
    static const char *const urls[] = {"off", "host", "host-path", "full"};
    policy *p = calloc(1, sizeof *p);
    *out = p;
    if (p == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(p->hash_key, hash_key, sizeof p->hash_key);
    p->title = word_index(titles, 3, conf->title, TITLE_OFF);
    p->url = word_index(urls, 4, conf->url, URL_HOST_PATH);
    p->purposes = arena_get(&p->memory, (conf->purpose_count + 1) * sizeof *p->purposes);
    int32_t status = p->purposes != NULL ? compile_rules(p, conf, err) : KINMU_E_NOMEM;
    if (status == KINMU_OK) {
        status = copy_quiet(p, conf);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < conf->purpose_count; i++) {
        if (!conf->purposes[i].is_off) {
            status = add_purpose(p, &conf->purposes[i]);
        }
    }
    if (status != KINMU_OK) {
        policy_destroy(p);
        *out = NULL;
    }
    return status;
}

void policy_destroy(policy *p) {
    if (p == NULL) {
        return;
    }
    for (uint32_t i = 0; i < p->rule_count; i++) {
        platform_pattern_free(p->rules[i].pattern);
    }
    arena_free(&p->memory);
    crypto_wipe(p->hash_key, sizeof p->hash_key);
    free(p);
}

static const declared *find_purpose(const policy *p, const char *name) {
    for (uint32_t i = 0; i < p->purpose_count; i++) {
        if (strcmp(p->purposes[i].name, name) == 0) {
            return &p->purposes[i];
        }
    }
    return NULL;
}

int32_t policy_in_force(const policy *p, const char *purpose) {
    /* always: who did what, who may come in */
    return config_is_always(purpose) || find_purpose(p, purpose) != NULL;
}

int32_t policy_allows(const policy *p, const schema_info *info) {
    return policy_in_force(p, info->schema->purpose);
}

const config_notice *policy_notice(const policy *p, const schema_info *info) {
    const declared *found =
        info->schema->kind == KINMU_KIND_RECORD ? NULL : find_purpose(p, info->schema->purpose);
    return found != NULL ? found->notice : NULL;
}

/* ---- quiet hours ---- */

static int64_t floor_division(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int32_t covers(const config_quiet *window, int32_t second, int32_t weekday) {
    int32_t yesterday = (weekday + 6) % 7;
    int32_t today_begins = (window->days >> weekday & 1u) != 0;
    if (window->from_s < window->to_s) {
        return today_begins && second >= window->from_s && second < window->to_s;
    }
    int32_t yesterday_began = (window->days >> yesterday & 1u) != 0;
    return (today_begins && second >= window->from_s) || (yesterday_began && second < window->to_s);
}

int32_t policy_is_quiet(const policy *p, const schema_info *info, int64_t unix_ns,
                        int32_t utc_offset_s) {
    const char *purpose = info->schema->purpose;
    if (p->quiet_count == 0 || info->schema->kind == KINMU_KIND_RECORD ||
        strcmp(purpose, "working-time") == 0 || strcmp(purpose, "audit") == 0) {
        return 0;
    }
    int64_t local_s = floor_division(unix_ns, 1000000000) + utc_offset_s;
    int64_t days = floor_division(local_s, DAY_S);
    int32_t second = (int32_t)(local_s - days * DAY_S);
    int32_t weekday = (int32_t)((days % 7 + 10) % 7); /* 1970-01-01 was a Thursday; 0 = Monday */
    for (uint32_t i = 0; i < p->quiet_count; i++) {
        if (covers(&p->quiet[i], second, weekday)) {
            return 1;
        }
    }
    return 0;
}

/* ---- redaction ---- */

typedef struct span {
    const char *text;
    size_t size;
} span;

/* A backslash too: browsers take it for a slash, and what follows it for the path. */
static int32_t ends_host(char c) {
    return c == '/' || c == '\\' || c == '?' || c == '#';
}

/* Host of "https://user@h.example:8080/p?q#f" or of "h.example/p". */
static span url_host(span url) {
    const char *end = url.text + url.size;
    const char *at = url.text;
    for (const char *c = url.text; c + 2 < end; c++) {
        if (c[0] == ':' && c[1] == '/' && c[2] == '/') {
            at = c + 3;
            break;
        }
        if (ends_host(*c)) {
            break;
        }
    }
    span host = {at, 0};
    const char *c = at;
    for (; c < end && !ends_host(*c); c++) {
        if (*c == '@') {
            host.text = c + 1;
        }
    }
    host.size = (size_t)(c - host.text);
    return host;
}

/* How much of a host stands before ":port"; the colons of an address in brackets are its own. */
static size_t name_size(span host) {
    size_t size = 0;
    int32_t bracket = 0;
    while (size < host.size && (host.text[size] != ':' || bracket)) {
        bracket = host.text[size] == '[' || (bracket && host.text[size] != ']');
        size++;
    }
    return size;
}

/* Letters, digits and what else a host name holds, then at most a port. "data:text" and the like
 * are no hosts: what follows them is content. */
static int32_t is_host(span host) {
    size_t name = name_size(host);
    for (size_t i = 0; i < name; i++) {
        unsigned char c = (unsigned char)host.text[i];
        int32_t letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && c < 0x80 && strchr("-._~%[]:", c) == NULL) {
            return 0;
        }
    }
    for (size_t i = name + 1; i < host.size; i++) {
        if (host.text[i] < '0' || host.text[i] > '9') {
            return 0;
        }
    }
    return name > 0;
}

static int32_t in_domain(span host, const char *domain) {
    size_t port = name_size(host);
    port -= port > 0 && host.text[port - 1] == '.'; /* "h.example." is h.example */
    size_t size = strlen(domain);
    if (size > port || (size < port && host.text[port - size - 1] != '.')) {
        return 0;
    }
    char part[256];
    if (size >= sizeof part || strpbrk(domain, "*?") != NULL) {
        return 1; /* cannot be judged: fail closed */
    }
    memcpy(part, host.text + port - size, size);
    part[size] = '\0';
    return text_glob(domain, part, size);
}

static int32_t is_free_text(uint32_t role) {
    return role == KINMU_ROLE_TITLE || role == KINMU_ROLE_URL || role == KINMU_ROLE_PATH;
}

static span value_of_role(const schema_info *info, const kinmu_value *values, uint32_t count,
                          uint32_t role) {
    span none = {"", 0};
    for (uint32_t i = 0; i < count; i++) {
        if (info->fields[i].role == role && values[i].type == KINMU_TYPE_TEXT &&
            values[i].size > 0) {
            none.text = values[i].as.text;
            none.size = values[i].size;
            break;
        }
    }
    return none;
}

static int32_t any_text_matches(const rule *r, const schema_info *info, const kinmu_value *values,
                                uint32_t count, arena *scratch) {
    for (uint32_t i = 0; i < count; i++) {
        size_t start;
        size_t end;
        if (!is_free_text(info->fields[i].role) || values[i].type != KINMU_TYPE_TEXT) {
            continue;
        }
        const char *text = arena_text(scratch, values[i].as.text, values[i].size);
        if (text == NULL || platform_pattern_find(r->pattern, text, 0, &start, &end) != 0) {
            return 1;
        }
    }
    return 0;
}

/* A program that could not be named may be the excluded one: rules for programs then apply. */
static int32_t rule_applies(const rule *r, const schema_info *info, const kinmu_value *values,
                            uint32_t count, arena *scratch) {
    if (r->app != NULL) {
        span app = value_of_role(info, values, count, KINMU_ROLE_APPLICATION);
        int32_t unknown = app.size == 0 && r->action != ACTION_REPLACE;
        if (!unknown && !text_glob(r->app, app.text, app.size)) {
            return 0;
        }
    }
    if (r->domain != NULL) {
        span url = value_of_role(info, values, count, KINMU_ROLE_URL);
        if (url.size == 0 || !in_domain(url_host(url), r->domain)) {
            return 0;
        }
    }
    return r->pattern == NULL || any_text_matches(r, info, values, count, scratch);
}

static void set_text(kinmu_value *value, const char *text, size_t size, arena *scratch) {
    const char *copy = size <= KINMU_TEXT_BYTES_MAX ? arena_text(scratch, text, size) : NULL;
    *value = copy != NULL ? kinmu_text_n(copy, size) : kinmu_null();
}

/* Puts `text` with every match replaced into `out`; without a pattern the whole text is one match.
 * 0 when a match could not be decided. */
static int32_t write_replaced(const rule *r, const char *text, size_t size, buffer *out) {
    size_t from = 0;
    size_t start = 0;
    size_t end = size;
    int32_t found = 1;
    while (from < size && found == 1) {
        if (r->pattern != NULL) {
            found = platform_pattern_find(r->pattern, text, from, &start, &end);
        }
        if (found < 0) {
            return 0;
        }
        if (found == 0 || end == start) {
            break;
        }
        buffer_append(out, text + from, start - from);
        buffer_text(out, r->replace);
        from = end;
    }
    buffer_append(out, text + from, size - from);
    return out->failed == KINMU_OK;
}

static void replace_text(const rule *r, kinmu_value *value, arena *scratch) {
    buffer out = {0};
    const char *text = arena_text(scratch, value->as.text, value->size);
    if (text != NULL && write_replaced(r, text, value->size, &out)) {
        set_text(value, out.data != NULL ? (const char *)out.data : "", out.size, scratch);
    } else {
        *value = kinmu_null();
    }
    buffer_free(&out);
}

static void apply_rule(const rule *r, const schema_info *info, kinmu_value *values, uint32_t count,
                       arena *scratch) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t role = info->fields[i].role;
        if (values[i].type != KINMU_TYPE_TEXT || role == KINMU_ROLE_NONE ||
            role == KINMU_ROLE_ACCOUNT) {
            continue;
        }
        if (r->action == ACTION_EXCLUDE || (r->action == ACTION_DROP && is_free_text(role))) {
            values[i] = kinmu_null();
        } else if (r->action == ACTION_REPLACE && is_free_text(role)) {
            replace_text(r, &values[i], scratch);
        }
    }
}

static void redact_title(const policy *p, kinmu_value *value, arena *scratch) {
    if (p->title == TITLE_ON) {
        return;
    }
    uint8_t mac[CRYPTO_HASH_SIZE];
    if (p->title == TITLE_OFF ||
        crypto_hmac(p->hash_key, value->as.text, value->size, mac) != KINMU_OK) {
        *value = kinmu_null();
        return;
    }
    char hex[2 * CRYPTO_HASH_SIZE + 1];
    text_hex(hex, mac, sizeof mac);
    set_text(value, hex, HASH_TEXT_SIZE, scratch);
}

/* What stays is a part of the given text: nothing is copied. */
static void redact_url(const policy *p, kinmu_value *value) {
    span url = {value->as.text, value->size};
    span host = url_host(url);
    if (p->url == URL_FULL) {
        return;
    }
    if (p->url == URL_OFF || !is_host(host)) {
        *value = kinmu_null();
        return;
    }
    size_t size = host.size;
    if (p->url == URL_HOST_PATH) {
        size = url.size - (size_t)(host.text - url.text);
        const char *query = memchr(host.text, '?', size);
        size = query != NULL ? (size_t)(query - host.text) : size;
        const char *fragment = memchr(host.text, '#', size);
        size = fragment != NULL ? (size_t)(fragment - host.text) : size;
    }
    *value = kinmu_text_n(host.text, size);
}

int32_t policy_redact(const policy *p, const schema_info *info, kinmu_value *values, uint32_t count,
                      arena *scratch) {
    uint32_t roles = 0;
    for (uint32_t i = 0; i < count; i++) {
        roles |= info->fields[i].role;
    }
    if (roles == 0) {
        return KINMU_OK;
    }
    for (uint32_t i = 0; i < p->rule_count; i++) {
        if (rule_applies(&p->rules[i], info, values, count, scratch)) {
            apply_rule(&p->rules[i], info, values, count, scratch);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].type != KINMU_TYPE_TEXT) {
            continue;
        }
        if (info->fields[i].role == KINMU_ROLE_TITLE || info->fields[i].role == KINMU_ROLE_PATH) {
            redact_title(p, &values[i], scratch);
        } else if (info->fields[i].role == KINMU_ROLE_URL) {
            redact_url(p, &values[i]);
        }
    }
    return KINMU_OK;
}
