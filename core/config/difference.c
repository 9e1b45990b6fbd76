/* config/difference.c - what a new configuration changes for a running instance. Compares meanings:
 * 60s equals 1m, and a value equals the same default left out. */
#include "config/internal.h"

#include <string.h>

static int32_t same_options(arena *memory, const kinmu_table *options, const config_node *a,
                            const config_node *b);

static int32_t same_list(arena *memory, const kinmu_option *option, const config_node *a,
                         const config_node *b) {
    if (a->type != CONFIG_LIST || b->type != CONFIG_LIST || a->child_count != b->child_count) {
        return 0;
    }
    for (uint32_t i = 0; i < a->child_count; i++) {
        int32_t same = option->type == KINMU_OPT_ROWS
                           ? same_options(memory, &option->columns, a->children[i], b->children[i])
                           : strcmp(a->children[i]->text, b->children[i]->text) == 0;
        if (!same) {
            return 0;
        }
    }
    return 1;
}

static int32_t same_value(arena *memory, const kinmu_option *option, const config_node *a,
                          const config_node *b) {
    if (a == NULL || b == NULL) {
        return a == b;
    }
    if (option->type == KINMU_OPT_LIST || option->type == KINMU_OPT_ROWS) {
        return same_list(memory, option, a, b);
    }
    int64_t first;
    int64_t second;
    const char *expected;
    if (config_is_number_type(option->type) &&
        config_read_number(option->type, a, &first, &expected) == KINMU_OK &&
        config_read_number(option->type, b, &second, &expected) == KINMU_OK) {
        return first == second;
    }
    return strcmp(a->text, b->text) == 0;
}

static int32_t same_option(arena *memory, const kinmu_option *option, const config_node *a,
                           const config_node *b) {
    config_node *absent = NULL;
    const config_node *first = config_map_find(a, option->name);
    const config_node *second = config_map_find(b, option->name);
    if ((first == NULL) != (second == NULL) &&
        config_default_node(memory, option, &absent) != KINMU_OK) {
        return 0;
    }
    return same_value(memory, option, first != NULL ? first : absent,
                      second != NULL ? second : absent);
}

static int32_t same_options(arena *memory, const kinmu_table *options, const config_node *a,
                            const config_node *b) {
    for (uint32_t i = 0; i < options->count; i++) {
        kinmu_option option;
        config_option_row(options, i, &option);
        if (!same_option(memory, &option, a, b)) {
            return 0;
        }
    }
    return 1;
}

int32_t config_difference(const kinmu_table *options, const config_node *a, const config_node *b) {
    arena memory = {0};
    int32_t difference = 0;
    for (uint32_t i = 0; i < options->count && difference < 2; i++) {
        kinmu_option option;
        config_option_row(options, i, &option);
        if (!same_option(&memory, &option, a, b)) {
            difference = (option.flags & KINMU_OPTION_LIVE) != 0 ? 1 : 2;
        }
    }
    arena_free(&memory);
    return difference;
}
