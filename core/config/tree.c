/* config/tree.c - small operations on parsed maps. No I/O, no rules of conf.d. */
#include "config/internal.h"

#include <stdlib.h>
#include <string.h>

config_node *config_node_new(arena *memory, int32_t type, const config_node *at) {
    config_node *node = arena_get(memory, sizeof *node);
    if (node != NULL) {
        node->type = type;
        node->file = at->file;
        node->line = at->line;
        node->column = at->column;
        node->text = "";
    }
    return node;
}

config_node *config_map_find(const config_node *map, const char *key) {
    for (uint32_t i = 0; map != NULL && i + 1 < map->child_count; i += 2) {
        if (strcmp(map->children[i]->text, key) == 0) {
            return map->children[i + 1];
        }
    }
    return NULL;
}

int32_t config_is_null(const config_node *node) {
    return node->type == CONFIG_SCALAR && !node->quoted &&
           (node->size == 0 || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0);
}

typedef struct key_place {
    const config_node *key;
    uint32_t index;
    int32_t is_double;
} key_place;

static int compare_keys(const void *a, const void *b) {
    const key_place *first = a;
    const key_place *second = b;
    int order = strcmp(first->key->text, second->key->text);
    return order != 0 ? order : (first->index > second->index) - (first->index < second->index);
}

static int compare_places(const void *a, const void *b) {
    return (((const key_place *)a)->index > ((const key_place *)b)->index) -
           (((const key_place *)a)->index < ((const key_place *)b)->index);
}

static void report_double(const config_node *first, const config_node *second, const char *where,
                          config_problems *problems) {
    char quoted[CONFIG_QUOTE_SIZE];
    config_quote(quoted, second);
    const char *dot = where[0] != '\0' ? ": " : "";
    if (first->file == second->file) {
        config_problem_at(problems, CONFIG_ERROR, second,
                          "%s%sduplicate key %s: it already stands in line %u; remove one", where,
                          dot, quoted, first->line);
    } else {
        config_problem_at(problems, CONFIG_ERROR, second,
                          "%s%sduplicate key %s: it already stands at %s:%u:%u; remove one", where,
                          dot, quoted, first->file, first->line, first->column);
    }
}

/* Sorting keeps a map of 50,000 keys cheap; children stay in their order. */
int32_t config_map_unique(arena *memory, config_node *map, const char *where,
                          config_problems *problems) {
    uint32_t count = map->child_count / 2;
    if (count < 2) {
        return KINMU_OK;
    }
    key_place *keys = arena_get(memory, count * sizeof *keys);
    if (keys == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (key_place){map->children[(size_t)2 * i], i, 0};
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    uint32_t first = 0;
    uint32_t doubles = 0;
    for (uint32_t i = 1; i < count; i++) {
        if (strcmp(keys[first].key->text, keys[i].key->text) != 0) {
            first = i;
            continue;
        }
        report_double(keys[first].key, keys[i].key, where, problems);
        keys[i].is_double = 1;
        doubles++;
    }
    if (doubles == 0) {
        return KINMU_OK;
    }
    qsort(keys, count, sizeof *keys, compare_places);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!keys[i].is_double) {
            map->children[kept++] = map->children[(size_t)2 * i];
            map->children[kept++] = map->children[(size_t)2 * i + 1];
        }
    }
    map->child_count = kept;
    return KINMU_OK;
}
