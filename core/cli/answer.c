/* cli/answer.c - see answer.h. The core knows no record: names are the answer's own, and a name's
 * ending tells what a number is, "_ns" a moment, "_clock" minutes from the day's midnight.
 */
#include "cli/answer.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/reply.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 128u
#define WIDTH_MAX 100u   /* a longer value moves the rest of its row */
#define SECOND_CHARS 19u /* of "2026-11-22T15:00:00…" */
#define CLOCK_MINUTES_MAX (100 * 60)

typedef struct range {
    uint32_t first, last;
} range;

/* One record's value, a column of all records. */
typedef struct column {
    const char *key;
    size_t width; /* of its widest value; 0 = nobody has one */
} column;

/* ---- characters ---- */

static int is_in(const range *ranges, size_t count, uint32_t character) {
    for (size_t i = 0; i < count; i++) {
        if (character >= ranges[i].first && character <= ranges[i].last) {
            return 1;
        }
    }
    return 0;
}

/* Controls of C0 and C1, line separators, and what turns the direction of writing. */
static int is_control(uint32_t character) {
    static const range controls[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0x061C, 0x061C},
                                     {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}};
    return is_in(controls, sizeof controls / sizeof controls[0], character);
}

/* Columns of a terminal, by Unicode's East Asian width: W and F take two, combining marks none. */
static size_t columns_of(uint32_t character) {
    static const range none[] = {{0x0300, 0x036F}, {0x200B, 0x200D}, {0x3099, 0x309A},
                                 {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};
    static const range two[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                                {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                                {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
                                {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
                                {0x20000, 0x3FFFD}};
    return is_in(none, sizeof none / sizeof none[0], character) ? 0
           : is_in(two, sizeof two / sizeof two[0], character)  ? 2
                                                                : 1;
}

/* The character at text, *length its bytes: 1 and a control where it is none. */
static uint32_t character_at(const char *text, size_t size, size_t *length) {
    uint8_t first = (uint8_t)text[0];
    *length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (*length > size || !text_is_utf8(text, *length)) {
        *length = 1;
        return 0;
    }
    uint32_t character = *length == 1 ? first : first & (0x7Fu >> *length);
    for (size_t i = 1; i < *length; i++) {
        character = character << 6 | ((uint8_t)text[i] & 0x3Fu);
    }
    return character;
}

/* A line break stays where is_lines, elsewhere it becomes a blank. */
static void write_clean(buffer *out, const char *text, size_t size, int is_lines) {
    size_t length = 0;
    for (size_t at = 0; at < size; at += length) {
        uint32_t character = character_at(text + at, size - at, &length);
        if (character == '\n' && is_lines) {
            buffer_text(out, "\n");
        } else if (character == '\n' || character == '\t') {
            buffer_text(out, " ");
        } else if (is_control(character)) {
            buffer_text(out, "?");
        } else {
            buffer_append(out, text + at, length);
        }
    }
}

static size_t width_of(const char *text, size_t size) {
    size_t width = 0;
    size_t length = 0;
    for (size_t at = 0; at < size; at += length) {
        width += columns_of(character_at(text + at, size - at, &length));
    }
    return width;
}

/* ---- values ---- */

static int ends_with(const char *key, const char *ending) {
    size_t size = strlen(key);
    size_t ending_size = strlen(ending);
    return size > ending_size && strcmp(key + size - ending_size, ending) == 0;
}

/* A name without the unit its values no longer have. */
static void write_name(buffer *out, const char *key) {
    write_clean(out, key, strlen(key) - (ends_with(key, "_ns") ? strlen("_ns") : 0), 0);
}

static void write_moment(buffer *out, int64_t unix_ns) {
    char text[64];
    text_time(text, sizeof text, unix_ns, clock_utc_offset_s(unix_ns));
    text[10] = ' ';
    text[SECOND_CHARS] = '\0';
    buffer_text(out, text);
}

static int is_null(const config_node *value) {
    return value->type == CONFIG_SCALAR && !value->quoted && strcmp(value->text, "null") == 0;
}

static void write_scalar(buffer *out, const char *key, const config_node *value) {
    char *end = NULL;
    long long number = value->quoted ? 0 : strtoll(value->text, &end, 10);
    int is_number = end != NULL && end != value->text && *end == '\0';
    if (is_number && number > 0 && ends_with(key, "_ns")) {
        write_moment(out, number);
    } else if (is_number && number >= 0 && number < CLOCK_MINUTES_MAX && ends_with(key, "_clock")) {
        buffer_printf(out, "%02lld:%02lld", number / 60, number % 60);
    } else if (!is_null(value)) {
        write_clean(out, value->text, value->size, 0);
    }
}

/* In one line: "a, b" of a list, "name=value name=value" of an object; as deep as the parser
 * reads. */
static void write_value(buffer *out, const char *key, const config_node *value) {
    if (value->type == CONFIG_SCALAR) {
        write_scalar(out, key, value);
    } else if (value->type == CONFIG_LIST) {
        for (uint32_t i = 0; i < value->child_count; i++) {
            buffer_text(out, i > 0 ? ", " : "");
            write_value(out, key, value->children[i]);
        }
    } else {
        for (uint32_t i = 0; i + 1 < value->child_count; i += 2) {
            const char *name = value->children[i]->text;
            buffer_text(out, i > 0 ? " " : "");
            write_name(out, name);
            buffer_text(out, "=");
            write_value(out, name, value->children[i + 1]);
        }
    }
}

/* ---- tables ---- */

static void widen(column *columns, uint32_t *count, const char *key, size_t width) {
    uint32_t i = 0;
    while (i < *count && strcmp(columns[i].key, key) != 0) {
        i++;
    }
    if (i == *count && *count < COLUMNS_MAX) {
        columns[(*count)++] = (column){key, 0};
    }
    if (i < *count && width > columns[i].width) {
        columns[i].width = width < WIDTH_MAX ? width : WIDTH_MAX;
    }
}

/* The columns of all records, in the order their names come. */
static uint32_t measure(const config_node *list, column columns[COLUMNS_MAX]) {
    uint32_t count = 0;
    buffer cell = {0};
    for (uint32_t row = 0; row < list->child_count; row++) {
        const config_node *record = list->children[row];
        for (uint32_t i = 0; record->type == CONFIG_MAP && i + 1 < record->child_count; i += 2) {
            const char *key = record->children[i]->text;
            buffer_clear(&cell);
            write_value(&cell, key, record->children[i + 1]);
            widen(columns, &count, key, width_of(buffer_string(&cell), cell.size));
        }
    }
    buffer_wipe(&cell);
    return count;
}

/* A row of the table; the names where there is no record. Nothing follows a row's last value. */
static void write_row(buffer *out, const column *columns, uint32_t count,
                      const config_node *record) {
    buffer cell = {0};
    size_t blanks = 0;
    for (uint32_t i = 0; i < count; i++) {
        const config_node *value = cli_reply_member(record, columns[i].key);
        if (columns[i].width == 0) {
            continue;
        }
        buffer_clear(&cell);
        if (record == NULL) {
            write_name(&cell, columns[i].key);
        } else if (value != NULL) {
            write_value(&cell, columns[i].key, value);
        }
        size_t width = width_of(buffer_string(&cell), cell.size);
        if (width > 0) {
            buffer_printf(out, "%*s", (int)blanks, "");
            buffer_append(out, cell.data, cell.size);
            blanks = 0;
        }
        blanks += (width < columns[i].width ? columns[i].width - width : 0) + 2;
    }
    buffer_text(out, "\n");
    buffer_wipe(&cell);
}

static void write_table(buffer *out, const config_node *list) {
    column columns[COLUMNS_MAX];
    buffer head = {0};
    uint32_t count = measure(list, columns);
    for (uint32_t i = 0; i < count; i++) {
        buffer_clear(&head);
        write_name(&head, columns[i].key);
        size_t width = width_of(buffer_string(&head), head.size);
        columns[i].width =
            columns[i].width > 0 && width > columns[i].width ? width : columns[i].width;
    }
    buffer_free(&head);
    write_row(out, columns, count, NULL);
    for (uint32_t row = 0; row < list->child_count; row++) {
        write_row(out, columns, count, list->children[row]);
    }
}

/* ---- answers ---- */

static int is_table(const config_node *value) {
    return value->type == CONFIG_LIST && value->child_count > 0 &&
           value->children[0]->type == CONFIG_MAP;
}

static void write_object(buffer *out, const config_node *object) {
    for (uint32_t i = 0; i + 1 < object->child_count; i += 2) {
        const char *key = object->children[i]->text;
        const config_node *value = object->children[i + 1];
        if (is_null(value)) {
            continue;
        }
        write_name(out, key);
        if (value->type != CONFIG_SCALAR && value->child_count == 0) {
            buffer_text(out, ": (なし / none)\n");
        } else if (is_table(value)) {
            buffer_text(out, ":\n");
            write_table(out, value);
        } else if (value->type == CONFIG_MAP) {
            buffer_text(out, ":\n");
            write_object(out, value);
        } else {
            buffer_text(out, ": ");
            write_value(out, key, value);
            buffer_text(out, "\n");
        }
    }
}

void answer_lines(buffer *out, const char *answer, size_t size) {
    cli_reply reply = {NULL, NULL};
    if (size > 0 && answer[0] == '{') {
        reply = cli_reply_read(answer, size);
    }
    if (reply.root != NULL && reply.root->type == CONFIG_MAP) {
        write_object(out, reply.root);
    } else {
        write_clean(out, answer, size, 1);
    }
    cli_reply_free(&reply);
}
