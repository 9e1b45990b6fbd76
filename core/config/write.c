/* config/write.c - a tree back as YAML flow text on one line that reads as the same tree.
 *
 * Plain scalars stay plain where that is safe, because only a plain one is a number or a bool.
 * Secrets are never written.
 */
#include "config/internal.h"

#include <string.h>

/* One character from valid UTF-8; advances *at. */
static uint32_t next_character(const char *text, size_t *at) {
    uint8_t first = (uint8_t)text[*at];
    size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    uint32_t character = more == 0 ? first : first & (0x3Fu >> more);
    for (size_t i = 1; i <= more; i++) {
        character = character << 6 | ((uint8_t)text[*at + i] & 0x3Fu);
    }
    *at += more + 1;
    return character;
}

/* What libyaml refuses or breaks lines at when it stands there as itself. */
static int32_t needs_escape(uint32_t character) {
    return character < 0x20 || character == '"' || character == '\\' ||
           (character >= 0x7F && character <= 0x9F) || character == 0x2028 || character == 0x2029 ||
           character == 0xFEFF || character == 0xFFFE || character == 0xFFFF;
}

static void write_quoted(const char *text, size_t size, buffer *out) {
    buffer_text(out, "\"");
    for (size_t at = 0; at < size;) {
        size_t start = at;
        uint32_t character = next_character(text, &at);
        if (needs_escape(character)) {
            buffer_printf(out, "\\u%04X", character);
        } else {
            buffer_append(out, text + start, at - start);
        }
    }
    buffer_text(out, "\"");
}

static int32_t is_safe_plain(const config_node *node) {
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-";
    if (node->quoted || node->size == 0 || strspn(node->text, safe) != node->size) {
        return 0;
    }
    int32_t is_number = node->text[0] >= '0' && node->text[0] <= '9';
    int32_t is_signed = strchr("+-", node->text[0]) != NULL;
    return is_signed ? node->size > 1 && node->text[1] >= '0' && node->text[1] <= '9'
                     : is_number || node->text[0] != '.';
}

static void write_scalar(const config_node *node, buffer *out) {
    if (node->is_secret) {
        buffer_text(out, "\"***\"");
    } else if (config_is_null(node)) {
        buffer_text(out, "null");
    } else if (is_safe_plain(node)) {
        buffer_append(out, node->text, node->size);
    } else {
        write_quoted(node->text, node->size, out);
    }
}

void config_write(const config_node *node, buffer *out) {
    if (node == NULL) {
        buffer_text(out, "{}");
        return;
    }
    if (node->type == CONFIG_SCALAR) {
        write_scalar(node, out);
        return;
    }
    int32_t is_map = node->type == CONFIG_MAP;
    buffer_text(out, is_map ? "{" : "[");
    for (uint32_t i = 0; i < node->child_count; i++) {
        const config_node *child = node->children[i];
        if (is_map && i % 2 == 1) {
            buffer_text(out, ": ");
        } else if (i > 0) {
            buffer_text(out, ", ");
        }
        if (is_map && i % 2 == 0) {
            write_quoted(child->text, child->size, out);
        } else {
            config_write(child, out);
        }
    }
    buffer_text(out, is_map ? "}" : "]");
}
