/* config/instances.c - the plugin sections of conf.d: names of instances, plugins that exist, and
 * each instance's map against the tables of its plugin. Knows nothing of what a plugin does. */
#include "config/internal.h"
#include <kinmu/plugin.h>

#include <stdio.h>
#include <string.h>

#define WHERE_SIZE 200
#define TYPES_MAX 256u

uint32_t config_kind_of(uint32_t section) {
    return section - SECTION_COLLECTORS + KINMU_COLLECTOR;
}

int32_t config_is_name(const char *text, size_t size, const char *others) {
    for (size_t i = 0; i < size; i++) {
        int is_word = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9');
        if (!is_word && (text[i] == '\0' || strchr(others, text[i]) == NULL)) {
            return 0;
        }
    }
    return size > 0 && size <= KINMU_NAME_BYTES_MAX;
}

int32_t config_read_type(const config_node *key, char type[KINMU_NAME_BYTES_MAX + 1]) {
    size_t size = strcspn(key->text, "/");
    if (!config_is_name(key->text, size, ".-_") ||
        (key->text[size] == '/' &&
         !config_is_name(key->text + size + 1, key->size - size - 1, ".-_"))) {
        return 0;
    }
    memcpy(type, key->text, size);
    type[size] = '\0';
    return 1;
}

static void report_unknown_plugin(config_loader *l, uint32_t section, const config_node *key,
                                  const char *type, int32_t is_off) {
    const char *known[TYPES_MAX];
    size_t count = 0;
    uint32_t kind = config_kind_of(section);
    while (count < TYPES_MAX &&
           (known[count] = l->source->name(l->source->user, kind, (uint32_t)count)) != NULL) {
        count++;
    }
    config_node shown = *key;
    shown.text = type;
    shown.size = strlen(type);
    if (is_off) {
        config_problem_at(
            l->problems, CONFIG_WARNING, key,
            "%s: plugin \"%s\" is not installed; its options are not checked while it is disabled",
            config_section_names[section], type);
        return;
    }
    for (uint32_t other = SECTION_COLLECTORS; other < SECTION_COUNT; other++) {
        if (l->source->find(l->source->user, config_kind_of(other), type) != NULL) {
            config_problem_at(l->problems, CONFIG_ERROR, key,
                              "%s: \"%s\" stands below %s: put it there",
                              config_section_names[section], type, config_section_names[other]);
            return;
        }
    }
    config_unknown(l->problems, &shown, config_section_names[section], "plugin", known, count);
}

static int32_t is_disabled(const config_node *value) {
    const config_node *enabled =
        value->type == CONFIG_MAP ? config_map_find(value, "enabled") : NULL;
    return enabled != NULL && strcmp(enabled->text, "false") == 0;
}

static void check_instance(config_loader *l, uint32_t section, const config_node *key,
                           config_node *value) {
    char type[KINMU_NAME_BYTES_MAX + 1];
    char where[WHERE_SIZE];
    char quoted[CONFIG_QUOTE_SIZE];
    if (!config_read_type(key, type)) {
        config_problem_at(
            l->problems, CONFIG_ERROR, key,
            "%s: %s is no name of an instance: write type or type/name with a-z, 0-9, . - _",
            config_section_names[section], config_quote(quoted, key));
        return;
    }
    const config_plugin *plugin = l->source->find(l->source->user, config_kind_of(section), type);
    if (plugin == NULL) {
        report_unknown_plugin(l, section, key, type, is_disabled(value));
        return;
    }
    snprintf(where, sizeof where, "%s.%s", config_section_names[section], key->text);
    config_check_tables(&(config_tables){{&config_core_tables[section], &plugin->options}, 2},
                        where, key, value, l->problems);
}

/* Cursors, secrets and status go by the instance's name alone. */
static void check_names(config_loader *l) {
    const config_node *keys[CONFIG_INSTANCES_MAX];
    uint32_t count = 0;
    for (uint32_t section = SECTION_COLLECTORS; section < SECTION_COUNT; section++) {
        for (uint32_t i = 0; i < l->sections[section]->child_count; i += 2) {
            const config_node *key = l->sections[section]->children[i];
            if (count == CONFIG_INSTANCES_MAX) {
                config_problem_at(l->problems, CONFIG_ERROR, key, "%s: more than %u instances",
                                  config_section_names[section], CONFIG_INSTANCES_MAX);
                return;
            }
            for (uint32_t j = 0; j < count; j++) {
                if (strcmp(keys[j]->text, key->text) == 0) {
                    config_problem_at(
                        l->problems, CONFIG_ERROR, key,
                        "%s: the name \"%s\" is taken at %s:%u:%u; name one of them \"%s/other\"",
                        config_section_names[section], key->text, keys[j]->file, keys[j]->line,
                        keys[j]->column, key->text);
                }
            }
            keys[count++] = key;
        }
    }
}

static int32_t is_single(const config_loader *l, uint32_t section, const char *type) {
    const config_plugin *plugin = l->source->find(l->source->user, config_kind_of(section), type);
    return plugin != NULL && (plugin->flags & KINMU_PLUGIN_SINGLE) != 0;
}

/* The first enabled instance of that type; the one at `until` when there is none before it. */
static const config_node *find_first(const config_node *map, const char *type, uint32_t until) {
    char other[KINMU_NAME_BYTES_MAX + 1];
    uint32_t i = 0;
    while (i < until && (is_disabled(map->children[i + 1]) ||
                         !config_read_type(map->children[i], other) || strcmp(other, type) != 0)) {
        i += 2;
    }
    return map->children[i];
}

static void check_single(config_loader *l, uint32_t section, uint32_t i) {
    const config_node *map = l->sections[section];
    const config_node *key = map->children[i];
    char type[KINMU_NAME_BYTES_MAX + 1];
    if (is_disabled(map->children[i + 1]) || !config_read_type(key, type) ||
        !is_single(l, section, type)) {
        return;
    }
    const config_node *first = find_first(map, type, i);
    if (first != key) {
        config_problem_at(l->problems, CONFIG_ERROR, key,
                          "%s: a node has one \"%s\" at most, and %s:%u:%u is one; take one of "
                          "them out, or write enabled: false",
                          config_section_names[section], type, first->file, first->line,
                          first->column);
    }
}

void config_check_instances(config_loader *l) {
    uint32_t errors = l->problems->errors;
    for (uint32_t section = SECTION_COLLECTORS; section < SECTION_COUNT; section++) {
        const config_node *map = l->sections[section];
        for (uint32_t i = 0; i + 1 < map->child_count; i += 2) {
            check_instance(l, section, map->children[i], map->children[i + 1]);
            check_single(l, section, i);
        }
    }
    if (l->problems->errors == errors) { /* else an instance in the wrong section is told twice */
        check_names(l);
    }
}
