/* config/problems.c - the list of everything found wrong, in the order a person reads files.
 *
 * Texts are copies, so that the list outlives what it speaks of. At most CONFIG_ERRORS_MAX are
 * kept; the last line then says that there are more. Never shows the value of a secret.
 */
#include "base/text.h"
#include "config/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEM_TEXT_SIZE 1024
#define QUOTED_BYTES_MAX 60

static config_problem *new_item(config_problems *problems) {
    if (problems->memory == NULL) {
        problems->memory = calloc(1, sizeof(arena));
        if (problems->memory == NULL) {
            return NULL;
        }
        problems->items =
            arena_get(problems->memory, (CONFIG_ERRORS_MAX + 1) * sizeof *problems->items);
    }
    if (problems->items == NULL || problems->count > CONFIG_ERRORS_MAX) {
        return NULL;
    }
    return &problems->items[problems->count++];
}

static const char *keep_file(config_problems *problems, const char *file) {
    if (problems->count >= 2) {
        const char *last = problems->items[problems->count - 2].file;
        if (last != NULL && strcmp(last, file) == 0) {
            return last;
        }
    }
    return arena_text(problems->memory, file, strlen(file));
}

void config_problem_add(config_problems *problems, int32_t is_warning, const char *file,
                        uint32_t line, uint32_t column, const char *format, ...) {
    problems->errors += is_warning == CONFIG_ERROR;
    config_problem *item = new_item(problems);
    if (item == NULL) {
        return;
    }
    item->is_warning = is_warning;
    if (problems->count > CONFIG_ERRORS_MAX) {
        item->file = NULL; /* sorted last, printed as a closing line */
        item->text = "there are more problems; these are the first ones found";
        return;
    }
    char text[PROBLEM_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    item->file = keep_file(problems, file);
    item->text = arena_text(problems->memory, text, text_cut(text, strlen(text), sizeof text - 1));
    item->line = line;
    item->column = column;
}

static int compare_problems(const void *a, const void *b) {
    const config_problem *first = a;
    const config_problem *second = b;
    if (first->file == NULL || second->file == NULL) {
        return (first->file == NULL) - (second->file == NULL);
    }
    int order = strcmp(first->file, second->file);
    if (order == 0) {
        order = (first->line > second->line) - (first->line < second->line);
    }
    if (order == 0) {
        order = (first->column > second->column) - (first->column < second->column);
    }
    return order != 0 ? order : strcmp(first->text, second->text);
}

void config_problems_sort(config_problems *problems) {
    if (problems->count > 1) {
        qsort(problems->items, problems->count, sizeof *problems->items, compare_problems);
    }
}

void config_problems_free(config_problems *problems) {
    if (problems->memory != NULL) {
        arena_free(problems->memory);
        free(problems->memory);
    }
    memset(problems, 0, sizeof *problems);
}

void config_problems_print(const config_problems *problems, buffer *out) {
    for (uint32_t i = 0; i < problems->count; i++) {
        const config_problem *item = &problems->items[i];
        if (item->file != NULL) {
            buffer_printf(out, "%s:", item->file);
        }
        if (item->line != 0) {
            buffer_printf(out, "%u:%u:", item->line, item->column);
        }
        buffer_printf(out, "%s%s: %s\n", item->file != NULL ? " " : "",
                      item->is_warning ? "warning" : "error", item->text);
    }
}

const char *config_quote(char out[CONFIG_QUOTE_SIZE], const config_node *scalar) {
    if (scalar->is_secret) {
        snprintf(out, CONFIG_QUOTE_SIZE, "***");
        return out;
    }
    if (scalar->type != CONFIG_SCALAR) {
        snprintf(out, CONFIG_QUOTE_SIZE, "%s", scalar->type == CONFIG_LIST ? "a list" : "a map");
        return out;
    }
    if (scalar->is_alias) {
        snprintf(out, CONFIG_QUOTE_SIZE, "the repeated value");
        return out;
    }
    size_t size = text_cut(scalar->text, scalar->size, QUOTED_BYTES_MAX);
    char shown[QUOTED_BYTES_MAX + 1];
    for (size_t i = 0; i < size; i++) {
        uint8_t c = (uint8_t)scalar->text[i];
        shown[i] = c < 0x20 || c == 0x7F ? ' ' : scalar->text[i];
    }
    shown[size] = '\0';
    snprintf(out, CONFIG_QUOTE_SIZE, "\"%s%s\"", shown, size < scalar->size ? "…" : "");
    return out;
}
