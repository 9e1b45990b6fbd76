/* config/check.c - a parsed map against option tables: every error, none hidden by another.
 *
 * The same code checks plugin options, rows inside them and the core's own maps. Pure but for
 * SECRET options, whose file or variable is looked at (secret.c). Never stops at the first error.
 */
#include "base/text.h"
#include "config/internal.h"
#include "schema/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHERE_SIZE 256
#define KNOWN_SHOWN_MAX 16u
#define KNOWN_MAX 128u

void config_option_row(const kinmu_table *options, uint32_t index, kinmu_option *row) {
    schema_table_row(options, index, row, sizeof *row);
}

int32_t config_find_option(const config_tables *tables, const char *name, kinmu_option *option) {
    for (uint32_t t = 0; t < tables->count; t++) {
        for (uint32_t i = 0; i < tables->tables[t]->count; i++) {
            config_option_row(tables->tables[t], i, option);
            if (strcmp(option->name, name) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

void config_unknown(config_problems *problems, const config_node *at, const char *where,
                    const char *what, const char *const *known, size_t known_count) {
    char quoted[CONFIG_QUOTE_SIZE];
    const char *dot = where[0] != '\0' ? ": " : "";
    const char *nearest = text_nearest(at->text, known, known_count);
    config_quote(quoted, at);
    if (nearest != NULL) {
        config_problem_at(problems, CONFIG_ERROR, at, "%s%sunknown %s %s (did you mean \"%s\"?)",
                          where, dot, what, quoted, nearest);
        return;
    }
    buffer list = {0};
    for (size_t i = 0; i < known_count && i < KNOWN_SHOWN_MAX; i++) {
        buffer_printf(&list, "%s%s", i > 0 ? ", " : "", known[i]);
    }
    buffer_text(&list, known_count > KNOWN_SHOWN_MAX ? ", …" : known_count == 0 ? "none" : "");
    config_problem_at(problems, CONFIG_ERROR, at, "%s%sunknown %s %s; known: %s", where, dot, what,
                      quoted, buffer_string(&list));
    buffer_free(&list);
}

static void unknown_key(const config_tables *tables, const char *where, const config_node *key,
                        config_problems *problems) {
    const char *known[KNOWN_MAX];
    size_t count = 0;
    for (uint32_t t = tables->count; t > 0; t--) { /* the plugin's own before the general ones */
        for (uint32_t i = 0; i < tables->tables[t - 1]->count && count < KNOWN_MAX; i++) {
            kinmu_option option;
            config_option_row(tables->tables[t - 1], i, &option);
            known[count++] = option.name;
        }
    }
    config_unknown(problems, key, where, "key", known, count);
}

/* ---- one value ---- */

#define WRONG(value, ...)                                                                          \
    (config_problem_at(problems, CONFIG_ERROR, value, __VA_ARGS__), KINMU_E_CONFIG)

static int32_t is_bounded(const kinmu_option *option) {
    return option->min != 0 || option->max != 0;
}

static int32_t check_number(const kinmu_option *option, const char *where, const config_node *value,
                            config_problems *problems) {
    static const char *const words[] = {"", "true or false", "a number", "a duration", "a size"};
    char quoted[CONFIG_QUOTE_SIZE];
    const char *expected;
    int64_t number = 0;
    if (config_read_number(option->type, value, &number, &expected) != KINMU_OK) {
        return WRONG(value, "%s: %s is not %s: %s", where, config_quote(quoted, value),
                     words[option->type], expected);
    }
    if (option->type != KINMU_OPT_BOOL && is_bounded(option) &&
        (number < option->min || number > option->max)) {
        char low[CONFIG_NUMBER_SIZE];
        char high[CONFIG_NUMBER_SIZE];
        config_print_number(option->type, option->min, low);
        config_print_number(option->type, option->max, high);
        return WRONG(value, "%s: %s is out of range: %s to %s", where, config_quote(quoted, value),
                     low, high);
    }
    return KINMU_OK;
}

static int32_t check_text(const kinmu_option *option, const char *where, const config_node *value,
                          config_problems *problems) {
    char quoted[CONFIG_QUOTE_SIZE];
    if (value->type != CONFIG_SCALAR) {
        return WRONG(value, "%s: %s where one text is expected", where,
                     config_quote(quoted, value));
    }
    if (config_is_reference(value->text)) {
        return WRONG(value,
                     "%s: ${…} works only in options that hold a secret; write the text itself",
                     where);
    }
    if (option->type == KINMU_OPT_TEXT && is_bounded(option) &&
        ((int64_t)value->size < option->min || (int64_t)value->size > option->max)) {
        return WRONG(value, "%s: the text has %u bytes; %" PRId64 " to %" PRId64 " are allowed",
                     where, (unsigned)value->size, option->min, option->max);
    }
    return KINMU_OK;
}

#define CHOICES_MAX 64u
#define CHOICES_BYTES_MAX 1024u

static int32_t check_choice(const kinmu_option *option, const char *where, const config_node *value,
                            config_problems *problems) {
    int32_t status = check_text(option, where, value, problems);
    if (status != KINMU_OK || text_is_choice(option->choices, value->text, value->size)) {
        return status;
    }
    char copy[CHOICES_BYTES_MAX];
    const char *words[CHOICES_MAX];
    size_t count = 0;
    text_copy(copy, sizeof copy, option->choices);
    for (char *at = copy; at != NULL && count < CHOICES_MAX;) {
        char *bar = strchr(at, '|');
        words[count++] = at;
        if (bar != NULL) {
            *bar++ = '\0';
        }
        at = bar;
    }
    const char *nearest = text_nearest(value->text, words, count);
    buffer list = {0};
    for (size_t i = 0; i < count; i++) {
        buffer_printf(&list, "%s%s", i > 0 ? ", " : "", words[i]);
    }
    char quoted[CONFIG_QUOTE_SIZE];
    config_quote(quoted, value);
    config_problem_at(problems, CONFIG_ERROR, value, "%s: %s is not one of %s%s%s%s", where, quoted,
                      buffer_string(&list), nearest != NULL ? " (did you mean \"" : "",
                      nearest != NULL ? nearest : "", nearest != NULL ? "\"?)" : "");
    buffer_free(&list);
    return KINMU_E_CONFIG;
}

static int32_t check_count(const kinmu_option *option, const char *where, const config_node *value,
                           config_problems *problems) {
    if (is_bounded(option) &&
        ((int64_t)value->child_count < option->min || (int64_t)value->child_count > option->max)) {
        return WRONG(value, "%s: the list has %u entries; %" PRId64 " to %" PRId64 " are allowed",
                     where, value->child_count, option->min, option->max);
    }
    return KINMU_OK;
}

static int32_t check_list(const kinmu_option *option, const char *where, const config_node *value,
                          config_problems *problems) {
    char quoted[CONFIG_QUOTE_SIZE];
    if (value->type != CONFIG_LIST) {
        return WRONG(value, "%s: %s where a list is expected: write [first, second]", where,
                     config_quote(quoted, value));
    }
    int32_t status = check_count(option, where, value, problems);
    kinmu_option item = *option;
    item.type = option->choices != NULL ? KINMU_OPT_CHOICE : KINMU_OPT_TEXT;
    item.min = item.max = 0;
    for (uint32_t i = 0; i < value->child_count; i++) {
        char place[WHERE_SIZE];
        snprintf(place, sizeof place, "%s[%u]", where, i + 1);
        if (config_check_value(&item, place, value->children[i], problems) != KINMU_OK) {
            status = KINMU_E_CONFIG;
        }
    }
    return status;
}

static int32_t check_rows(const kinmu_option *option, const char *where, const config_node *value,
                          config_problems *problems) {
    char quoted[CONFIG_QUOTE_SIZE];
    if (value->type != CONFIG_LIST) {
        return WRONG(value, "%s: %s where a list of maps is expected: write - key: value", where,
                     config_quote(quoted, value));
    }
    int32_t status = check_count(option, where, value, problems);
    uint32_t errors = problems->errors;
    for (uint32_t i = 0; i < value->child_count; i++) {
        config_node *row = value->children[i];
        char place[WHERE_SIZE];
        snprintf(place, sizeof place, "%s[%u]", where, i + 1);
        config_check_tables(&(config_tables){{&option->columns}, 1}, place, row, row, problems);
    }
    return problems->errors > errors ? KINMU_E_CONFIG : status;
}

int32_t config_check_value(const kinmu_option *option, const char *where, config_node *value,
                           config_problems *problems) {
    if (option->type == KINMU_OPT_SECRET) {
        uint32_t errors = problems->errors;
        config_check_secret(where, value, problems);
        return problems->errors > errors ? KINMU_E_CONFIG : KINMU_OK;
    }
    if (config_is_null(value)) {
        return WRONG(value, "%s: no value; write one, or remove the line to get the default",
                     where);
    }
    switch (option->type) {
    case KINMU_OPT_TEXT:
        return check_text(option, where, value, problems);
    case KINMU_OPT_CHOICE:
        return check_choice(option, where, value, problems);
    case KINMU_OPT_LIST:
        return check_list(option, where, value, problems);
    case KINMU_OPT_ROWS:
        return check_rows(option, where, value, problems);
    default:
        return check_number(option, where, value, problems);
    }
}

/* ---- one map ---- */

static void check_required(const config_tables *tables, const char *where, const config_node *at,
                           const config_node *map, config_problems *problems) {
    for (uint32_t t = 0; t < tables->count; t++) {
        for (uint32_t i = 0; i < tables->tables[t]->count; i++) {
            kinmu_option option;
            config_option_row(tables->tables[t], i, &option);
            if ((option.flags & KINMU_OPTION_REQUIRED) != 0 &&
                config_map_find(map, option.name) == NULL) {
                config_problem_at(problems, CONFIG_ERROR, at, "%s: required key \"%s\" is missing",
                                  where, option.name);
            }
        }
    }
}

void config_check_keys(const config_tables *tables, const char *where, const config_node *map,
                       config_problems *problems) {
    for (uint32_t i = 0; i + 1 < map->child_count; i += 2) {
        const config_node *key = map->children[i];
        kinmu_option option;
        if (!config_find_option(tables, key->text, &option)) {
            unknown_key(tables, where, key, problems);
            continue;
        }
        char place[WHERE_SIZE];
        snprintf(place, sizeof place, "%s.%s", where, option.name);
        if ((option.flags & KINMU_OPTION_DEPRECATED) != 0) {
            config_problem_at(problems, CONFIG_WARNING, key,
                              "%s: this key is going away; see its line in `kinmu plugin info`",
                              place);
        }
        config_check_value(&option, place, map->children[i + 1], problems);
    }
}

void config_check_tables(const config_tables *tables, const char *where, const config_node *at,
                         config_node *map, config_problems *problems) {
    char quoted[CONFIG_QUOTE_SIZE];
    if (config_is_null(map)) {
        check_required(tables, where, at, NULL, problems);
        return;
    }
    if (map->type != CONFIG_MAP) {
        config_problem_at(problems, CONFIG_ERROR, map,
                          "%s: %s where \"key: value\" lines are expected", where,
                          config_quote(quoted, map));
        return;
    }
    config_check_keys(tables, where, map, problems);
    check_required(tables, where, at, map, problems);
}

int32_t config_check_map(const kinmu_table *options, const char *where, config_node *map,
                         config_problems *problems) {
    uint32_t errors = problems->errors;
    config_check_tables(&(config_tables){{options}, 1}, where, map, map, problems);
    return problems->errors > errors ? KINMU_E_CONFIG : KINMU_OK;
}
