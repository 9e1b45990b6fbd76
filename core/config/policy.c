/* config/policy.c - what a hub wants of this node, laid over what its conf.d says.
 *
 * The text comes from afar: whoever holds the hub may write it. So it can turn knobs of running
 * plugins that are made for it (LIVE) and make less be recorded, nothing else: no plugin, file,
 * secret or address comes from it, and no file is looked at on its behalf. It is checked by the
 * functions that check conf.d, and one error refuses all of it; sections are changed only then.
 */
#include "config/internal.h"

#include <stdio.h>
#include <string.h>

#define WHERE_SIZE 256
#define OPTIONS_MAX 256u /* set by one policy */

/* One value to be laid over. */
typedef struct change {
    config_node **slot; /* the map it goes into, in its section */
    const config_node *key;
    config_node *value;
    const char *where;
    const char *before;
} change;

typedef struct laying {
    config_loader *l;
    config_problems *problems;
    change *changes;
    uint32_t change_count;
    const config_node *windows; /* of its quiet: */
} laying;

static int32_t has_secret(const kinmu_option *option) {
    for (uint32_t i = 0; option->type == KINMU_OPT_ROWS && i < option->columns.count; i++) {
        kinmu_option column;
        config_option_row(&option->columns, i, &column);
        if (column.type == KINMU_OPT_SECRET) {
            return 1;
        }
    }
    return option->type == KINMU_OPT_SECRET;
}

/* What conf.d says of a key, as YAML; its default when it says nothing. */
static const char *text_before(const laying *y, const config_node *map,
                               const kinmu_option *option) {
    const config_node *value = map->type == CONFIG_MAP ? config_map_find(map, option->name) : NULL;
    if (value == NULL) {
        return option->default_text != NULL ? option->default_text : "";
    }
    buffer out = {0};
    config_write(value, &out);
    const char *text = arena_text(y->l->memory, buffer_string(&out), out.size);
    buffer_free(&out);
    return text != NULL ? text : "";
}

static int32_t note(laying *y, config_node **slot, const config_node *key, config_node *value,
                    const char *where, const char *before) {
    if (y->change_count == OPTIONS_MAX) {
        config_problem_at(y->problems, CONFIG_ERROR, key, "a policy sets at most %u values",
                          OPTIONS_MAX);
        return KINMU_OK;
    }
    const char *kept = arena_text(y->l->memory, where, strlen(where));
    y->changes[y->change_count++] = (change){slot, key, value, kept, before};
    return kept != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

/* ---- instances ---- */

static int32_t lay_option(laying *y, const config_tables *tables, const char *instance,
                          config_node **slot, config_node *pair[2]) {
    kinmu_option option;
    char where[WHERE_SIZE + CONFIG_KEY_BYTES_MAX];
    config_node one = {.type = CONFIG_MAP, .children = pair, .child_count = 2};
    snprintf(where, sizeof where, "%s.%s", instance, pair[0]->text);
    if (config_find_option(tables, pair[0]->text, &option)) {
        if ((option.flags & KINMU_OPTION_LIVE) == 0 || has_secret(&option)) {
            config_problem_at(y->problems, CONFIG_ERROR, pair[0],
                              "%s: %s, so it is set on the node itself, not by a hub", where,
                              has_secret(&option) ? "this key holds a secret"
                                                  : "this key cannot change while it runs");
            return KINMU_OK; /* its value is not looked at: a secret's check would read a file */
        }
    }
    uint32_t errors = y->problems->errors;
    config_check_keys(tables, instance, &one, y->problems);
    return y->problems->errors > errors
               ? KINMU_OK
               : note(y, slot, pair[0], pair[1], where, text_before(y, *slot, &option));
}

static int32_t lay_instance(laying *y, uint32_t section, const config_node *key,
                            const config_node *value) {
    char type[KINMU_NAME_BYTES_MAX + 1];
    char where[WHERE_SIZE];
    char quoted[CONFIG_QUOTE_SIZE];
    config_node *map = y->l->sections[section];
    config_node **slot = NULL;
    for (uint32_t i = 0; i + 1 < map->child_count && slot == NULL; i += 2) {
        slot = strcmp(map->children[i]->text, key->text) == 0 ? &map->children[i + 1] : NULL;
    }
    const config_plugin *plugin = NULL;
    if (slot != NULL && config_read_type(key, type)) {
        const config_source *source = y->l->source;
        plugin = source->find(source->user, config_kind_of(section), type);
    }
    if (plugin == NULL) { /* a policy is for many nodes, which differ in what they have */
        config_problem_at(y->problems, CONFIG_WARNING, key,
                          "%s: this node has no %s; what the policy says of it has no effect here",
                          config_section_names[section], config_quote(quoted, key));
        return KINMU_OK;
    }
    snprintf(where, sizeof where, "%s.%s", config_section_names[section], key->text);
    if (value->type != CONFIG_MAP) {
        config_problem_at(y->problems, CONFIG_ERROR, value,
                          "%s: %s where \"key: value\" lines are expected", where,
                          config_quote(quoted, value));
        return KINMU_OK;
    }
    const config_tables tables = {{&config_core_tables[section], &plugin->options}, 2};
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i + 1 < value->child_count; i += 2) {
        status = lay_option(y, &tables, where, slot, &value->children[i]);
    }
    return status;
}

/* ---- purposes and quiet hours ---- */

static int32_t lay_purpose(laying *y, const config_node *key, config_node *value) {
    char where[WHERE_SIZE];
    char quoted[CONFIG_QUOTE_SIZE];
    uint32_t errors = y->problems->errors;
    if (!config_is_name(key->text, key->size, "-")) {
        config_problem_at(y->problems, CONFIG_ERROR, key, "purposes: %s is no name of a purpose",
                          config_quote(quoted, key));
        return KINMU_OK;
    }
    snprintf(where, sizeof where, "purposes.%s", key->text);
    config_check_tables(&(config_tables){{&config_core_tables[SECTION_PURPOSES]}, 1}, where, key,
                        value, y->problems);
    if (y->problems->errors > errors) {
        return KINMU_OK;
    }
    const config_node *collect = NULL;
    for (uint32_t i = 0; value->type == CONFIG_MAP && i + 1 < value->child_count; i += 2) {
        collect = value->children[i + 1];
        if (strcmp(value->children[i]->text, "collect") != 0 ||
            strcmp(collect->text, "false") != 0) {
            config_problem_at(y->problems, CONFIG_ERROR, value->children[i],
                              "%s.%s: a hub may make less be recorded, by collect: false; all else "
                              "is set on the node itself",
                              where, value->children[i]->text);
            return KINMU_OK;
        }
    }
    if (collect != NULL && config_is_always(key->text)) {
        config_problem_at(y->problems, CONFIG_ERROR, collect,
                          "%s.collect: who looked, who changed and who comes in is always recorded",
                          where);
        return KINMU_OK;
    }
    config_node *map = y->l->sections[SECTION_PURPOSES];
    for (uint32_t i = 0; collect != NULL && i + 1 < map->child_count; i += 2) {
        if (strcmp(map->children[i]->text, key->text) == 0) {
            const config_node *own = map->children[i + 1]->type == CONFIG_MAP
                                         ? config_map_find(map->children[i + 1], "collect")
                                         : NULL;
            snprintf(where, sizeof where, "purposes.%s.collect", key->text);
            return note(y, &map->children[i + 1], value->children[0], value->children[1], where,
                        own != NULL ? own->text : "true");
        }
    }
    return KINMU_OK; /* not collected here anyway */
}

static void lay_quiet(laying *y, config_node *section) {
    uint32_t errors = y->problems->errors;
    config_check_tables(&(config_tables){{&config_core_tables[SECTION_QUIET]}, 1}, "quiet", section,
                        section, y->problems);
    if (y->problems->errors == errors && section->type == CONFIG_MAP) {
        config_check_quiet(section, y->problems);
        y->windows = config_map_find(section, "windows");
    }
}

/* ---- the whole ---- */

static int32_t lay_pairs(laying *y, uint32_t section, config_node *map) {
    char quoted[CONFIG_QUOTE_SIZE];
    int32_t status = KINMU_OK;
    if (config_is_null(map)) {
        return KINMU_OK;
    }
    if (map->type != CONFIG_MAP) {
        config_problem_at(y->problems, CONFIG_ERROR, map,
                          "%s: %s where \"key: value\" lines are expected",
                          config_section_names[section], config_quote(quoted, map));
        return KINMU_OK;
    }
    for (uint32_t i = 0; status == KINMU_OK && i + 1 < map->child_count; i += 2) {
        status = section == SECTION_PURPOSES
                     ? lay_purpose(y, map->children[i], map->children[i + 1])
                     : lay_instance(y, section, map->children[i], map->children[i + 1]);
    }
    return status;
}

static int32_t lay_section(laying *y, const config_node *key, config_node *value) {
    static const char *const known[] = {"collectors", "connectors", "exporters", "purposes",
                                        "quiet"};
    uint32_t section = 0;
    while (section < SECTION_COUNT && strcmp(config_section_names[section], key->text) != 0) {
        section++;
    }
    if (section == SECTION_QUIET) {
        lay_quiet(y, value);
        return KINMU_OK;
    }
    if (section == SECTION_PURPOSES || (section >= SECTION_COLLECTORS && section < SECTION_COUNT)) {
        return lay_pairs(y, section, value);
    }
    if (section < SECTION_COUNT) {
        config_problem_at(y->problems, CONFIG_ERROR, key,
                          "%s: is set on the node itself, not by a hub", key->text);
    } else {
        config_unknown(y->problems, key, "", "key", known, sizeof known / sizeof known[0]);
    }
    return KINMU_OK;
}

static int32_t read_text(laying *y, const config_policy *policy, config_node **root) {
    char quoted[CONFIG_QUOTE_SIZE];
    uint32_t nodes_left = CONFIG_POLICY_NODES_MAX;
    const char *file = arena_text(y->l->memory, policy->file, strlen(policy->file));
    *root = NULL;
    if (file == NULL) {
        return KINMU_E_NOMEM;
    }
    if (policy->size > CONFIG_POLICY_BYTES_MAX) {
        config_problem_add(y->problems, CONFIG_ERROR, file, 0, 0, "has more than %u bytes",
                           CONFIG_POLICY_BYTES_MAX);
        return KINMU_OK;
    }
    int32_t status = config_read_yaml(y->l->memory, file, policy->text, policy->size, &nodes_left,
                                      root, y->problems);
    if (status != KINMU_E_NOMEM && *root != NULL && (*root)->type != CONFIG_MAP) {
        config_problem_at(y->problems, CONFIG_ERROR, *root,
                          "%s where sections like \"collectors:\" are expected",
                          config_quote(quoted, *root));
        *root = NULL;
    }
    return status == KINMU_E_NOMEM ? status : KINMU_OK;
}

/* ---- taking effect ---- */

/* A copy of the map with one value set; the tree of conf.d itself stays as it was read. */
static config_node *with_value(arena *memory, const config_node *map, const config_node *key,
                               config_node *value) {
    uint32_t count = map->type == CONFIG_MAP ? map->child_count : 0;
    config_node *copy = config_node_new(memory, CONFIG_MAP, map);
    config_node *own_key = config_node_new(memory, CONFIG_SCALAR, key);
    if (copy == NULL || own_key == NULL) {
        return NULL;
    }
    copy->children = arena_get(memory, ((size_t)count + 2) * sizeof *copy->children);
    if (copy->children == NULL) {
        return NULL;
    }
    *own_key = *key;
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        if (strcmp(map->children[i]->text, key->text) != 0) {
            copy->children[copy->child_count++] = map->children[i];
            copy->children[copy->child_count++] = map->children[i + 1];
        }
    }
    copy->children[copy->child_count++] = own_key;
    copy->children[copy->child_count++] = value;
    return copy;
}

static int32_t tell(config *c, arena *memory, const char *where, const config_node *value,
                    const char *before) {
    buffer out = {0};
    config_write(value, &out);
    const char *text = arena_text(memory, buffer_string(&out), out.size);
    buffer_free(&out);
    c->policy_values[c->policy_value_count++] = (config_policy_value){where, text, before};
    return text != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

/* The windows of both: quiet hours are added, never taken away. */
static int32_t add_windows(laying *y) {
    arena *memory = y->l->memory;
    config_node *section = y->l->sections[SECTION_QUIET];
    const config_node *own = config_map_find(section, "windows");
    uint32_t own_count = own != NULL ? own->child_count : 0;
    config_node *key = config_node_new(memory, CONFIG_SCALAR, y->windows);
    config_node *all = config_node_new(memory, CONFIG_LIST, y->windows);
    if (key == NULL || all == NULL) {
        return KINMU_E_NOMEM;
    }
    key->text = "windows";
    key->size = strlen(key->text);
    all->children = arena_get(memory, ((size_t)own_count + y->windows->child_count + 1) *
                                          sizeof *all->children);
    if (all->children == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < own_count; i++) {
        all->children[all->child_count++] = own->children[i];
    }
    for (uint32_t i = 0; i < y->windows->child_count; i++) {
        all->children[all->child_count++] = y->windows->children[i];
    }
    y->l->sections[SECTION_QUIET] = with_value(memory, section, key, all);
    return y->l->sections[SECTION_QUIET] != NULL
               ? tell(y->l->result, memory, "quiet.windows", y->windows, "")
               : KINMU_E_NOMEM;
}

static int32_t take_effect(laying *y) {
    arena *memory = y->l->memory;
    config *c = y->l->result;
    int32_t status = KINMU_OK;
    c->policy_values = arena_get(memory, ((size_t)y->change_count + 1) * sizeof *c->policy_values);
    if (c->policy_values == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; status == KINMU_OK && i < y->change_count; i++) {
        const change *one = &y->changes[i];
        config_node *changed = with_value(memory, *one->slot, one->key, one->value);
        if (changed == NULL) {
            return KINMU_E_NOMEM;
        }
        *one->slot = changed;
        status = tell(c, memory, one->where, one->value, one->before);
    }
    if (status == KINMU_OK && y->windows != NULL && y->windows->child_count > 0) {
        status = add_windows(y);
    }
    return status;
}

int32_t config_apply_policy(config_loader *l, config_policy *policy) {
    laying y = {.l = l, .problems = &policy->problems};
    config_node *root = NULL;
    policy->is_applied = 0;
    y.changes = arena_get(l->memory, OPTIONS_MAX * sizeof *y.changes);
    int32_t status = y.changes != NULL ? read_text(&y, policy, &root) : KINMU_E_NOMEM;
    for (uint32_t i = 0; status == KINMU_OK && root != NULL && i + 1 < root->child_count; i += 2) {
        status = lay_section(&y, root->children[i], root->children[i + 1]);
    }
    config_problems_sort(&policy->problems);
    if (status == KINMU_OK && policy->problems.errors == 0) {
        status = take_effect(&y);
        policy->is_applied = status == KINMU_OK;
    }
    return status;
}
