/* config/fill.c - a checked map and the defaults into the struct an option table points into.
 *
 * Every text is a copy in the caller's arena. What does not fit the table is an error, never a
 * guess: E_CONFIG for the map, E_ABI for the table itself (vendors' tables are outside data).
 */
#include "base/error.h"
#include "config/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HANDLE_SIZE 512

typedef struct filling {
    arena *memory;
    kinmu_err *err;
} filling;

static size_t member_size(uint32_t type) {
    switch (type) {
    case KINMU_OPT_BOOL:
        return sizeof(int32_t);
    case KINMU_OPT_INT:
    case KINMU_OPT_DURATION:
    case KINMU_OPT_SIZE:
        return sizeof(int64_t);
    case KINMU_OPT_TEXT:
    case KINMU_OPT_CHOICE:
    case KINMU_OPT_SECRET:
        return sizeof(const char *);
    case KINMU_OPT_LIST:
        return sizeof(kinmu_text_list);
    case KINMU_OPT_ROWS:
        return sizeof(kinmu_rows);
    default:
        return 0;
    }
}

int32_t config_default_node(arena *memory, const kinmu_option *option, config_node **node) {
    static const config_node nowhere = {.file = "default", .line = 1, .column = 1};
    const char *text = option->default_text;
    *node = NULL;
    if (text == NULL) {
        return KINMU_OK;
    }
    if (option->type == KINMU_OPT_LIST || option->type == KINMU_OPT_ROWS || text[0] == '"' ||
        text[0] == '\'') {
        config_problems problems = {0};
        uint32_t nodes_left = CONFIG_NODES_MAX;
        int32_t status =
            config_read_yaml(memory, "default", text, strlen(text), &nodes_left, node, &problems);
        config_problems_free(&problems);
        return status == KINMU_E_CONFIG ? KINMU_E_ABI : status;
    }
    *node = config_node_new(memory, CONFIG_SCALAR, &nowhere);
    if (*node == NULL) {
        return KINMU_E_NOMEM;
    }
    (*node)->text = text;
    (*node)->size = strlen(text);
    return KINMU_OK;
}

/* A default is held to the rules its option has for a person. */
static int32_t take_default(filling *f, const kinmu_option *option, config_node **node) {
    int32_t status = config_default_node(f->memory, option, node);
    if (status == KINMU_OK && *node != NULL) {
        config_problems problems = {0};
        status = config_check_value(option, option->name, *node, &problems);
        if (status != KINMU_OK) {
            error_set(f->err, KINMU_E_ABI, "option.default",
                      "the plugin's own default is wrong: %s",
                      problems.count > 0 ? problems.items[0].text : option->name);
            status = KINMU_E_ABI;
        }
        config_problems_free(&problems);
    } else if (status == KINMU_E_ABI) {
        error_set(f->err, status, "option.default",
                  "the plugin's own default of \"%s\" is no valid YAML", option->name);
    }
    return status;
}

static int32_t unchecked(filling *f, const kinmu_option *option) {
    return error_set(f->err, KINMU_E_CONFIG, "option.unchecked",
                     "the value of \"%s\" is not of its type", option->name);
}

static int32_t fill_number(filling *f, const kinmu_option *option, const config_node *node,
                           uint8_t *member) {
    int64_t number = 0;
    const char *expected;
    if (config_read_number(option->type, node, &number, &expected) != KINMU_OK) {
        return unchecked(f, option);
    }
    if (option->type == KINMU_OPT_BOOL) {
        int32_t truth = number != 0;
        memcpy(member, &truth, sizeof truth);
    } else {
        memcpy(member, &number, sizeof number);
    }
    return KINMU_OK;
}

static int32_t fill_text(filling *f, const kinmu_option *option, const config_node *node,
                         uint8_t *member) {
    if (node->type != CONFIG_SCALAR) {
        return unchecked(f, option);
    }
    const char *text = arena_text(f->memory, node->text, node->size);
    memcpy(member, &text, sizeof(const char *));
    return text == NULL ? KINMU_E_NOMEM : KINMU_OK;
}

static int32_t fill_secret(filling *f, const kinmu_option *option, const char *prefix,
                           uint8_t *member) {
    char handle[HANDLE_SIZE];
    snprintf(handle, sizeof handle, "%s%s", prefix, option->name);
    const char *text = arena_text(f->memory, handle, strlen(handle));
    memcpy(member, &text, sizeof(const char *));
    return text == NULL ? KINMU_E_NOMEM : KINMU_OK;
}

static int32_t fill_list(filling *f, const kinmu_option *option, const config_node *node,
                         uint8_t *member) {
    if (node->type != CONFIG_LIST) {
        return unchecked(f, option);
    }
    const char **items = arena_get(f->memory, (node->child_count + 1) * sizeof *items);
    if (items == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < node->child_count; i++) {
        status = fill_text(f, option, node->children[i], (uint8_t *)&items[i]);
    }
    kinmu_text_list list = {items, node->child_count, 0};
    memcpy(member, &list, sizeof list);
    return status;
}

static int32_t fill_rows(filling *f, const kinmu_option *option, const char *prefix,
                         const config_node *node, uint8_t *member) {
    if (node->type != CONFIG_LIST || option->row_size == 0) {
        return unchecked(f, option);
    }
    uint8_t *rows = arena_get(f->memory, ((size_t)node->child_count + 1) * option->row_size);
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < node->child_count; i++) {
        char row_prefix[HANDLE_SIZE];
        snprintf(row_prefix, sizeof row_prefix, "%s%s.%u.", prefix, option->name, i);
        status = config_fill_struct(f->memory, &option->columns, option->row_size, row_prefix,
                                    node->children[i], rows + (size_t)i * option->row_size, f->err);
    }
    kinmu_rows filled = {rows, node->child_count, 0};
    memcpy(member, &filled, sizeof filled);
    return status;
}

static int32_t fill_option(filling *f, const kinmu_option *option, const char *prefix,
                           const config_node *map, uint8_t *member) {
    config_node *node =
        map != NULL && map->type == CONFIG_MAP ? config_map_find(map, option->name) : NULL;
    if (node == NULL) {
        int32_t status = take_default(f, option, &node);
        if (status != KINMU_OK || node == NULL) {
            return status;
        }
    }
    switch (option->type) {
    case KINMU_OPT_TEXT:
    case KINMU_OPT_CHOICE:
        return fill_text(f, option, node, member);
    case KINMU_OPT_SECRET:
        return fill_secret(f, option, prefix, member);
    case KINMU_OPT_LIST:
        return fill_list(f, option, node, member);
    case KINMU_OPT_ROWS:
        return fill_rows(f, option, prefix, node, member);
    default:
        return fill_number(f, option, node, member);
    }
}

int32_t config_fill_struct(arena *memory, const kinmu_table *options, size_t struct_size,
                           const char *prefix, const config_node *map, void *to, kinmu_err *err) {
    filling f = {memory, err};
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < options->count; i++) {
        kinmu_option option;
        config_option_row(options, i, &option);
        size_t size = member_size(option.type);
        if (size == 0 || option.offset > struct_size || size > struct_size - option.offset) {
            return error_set(
                err, KINMU_E_ABI, "option.table",
                "option \"%s\": its type or place in the config struct is wrong; ask the "
                "plugin's vendor",
                option.name);
        }
        status = fill_option(&f, &option, prefix, map, (uint8_t *)to + option.offset);
    }
    return status;
}

int32_t config_fill(const kinmu_table *options, uint32_t config_size, const char *instance,
                    const config_node *map, void **filled, void **memory, kinmu_err *err) {
    char prefix[HANDLE_SIZE];
    *filled = calloc(1, config_size > 0 ? config_size : 1);
    arena *owned = calloc(1, sizeof *owned);
    *memory = owned;
    snprintf(prefix, sizeof prefix, "%s:", instance);
    int32_t status =
        *filled == NULL || owned == NULL
            ? error_set(err, KINMU_E_NOMEM, "option.memory", "out of memory")
            : config_fill_struct(owned, options, config_size, prefix, map, *filled, err);
    if (status != KINMU_OK) {
        config_fill_free(*filled, *memory);
        *filled = NULL;
        *memory = NULL;
    }
    return status;
}

void config_fill_free(void *filled, void *memory) {
    free(filled);
    config_memory_free(memory);
}
