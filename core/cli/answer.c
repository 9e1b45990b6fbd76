/* cli/answer.c - see answer.h. The core knows no record: names are the answer's own, what people
 * read in their place is the plugin's, and a name's ending tells what a value is, "_ns" a moment,
 * "_clock" minutes from the day's midnight.
 */
#include "cli/answer.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/reply.h"
#include "schema/registry.h"

#include <kinmu/plugin.h>

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
    size_t width;      /* of its widest value; 0 = nobody has one */
    size_t head_width; /* of its name */
} column;

/* What is written, for whom. */
typedef struct page {
    buffer *out;
    const kinmu_table *titles; /* rows of kinmu_title */
    size_t width_max;          /* columns of the terminal */
} page;

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

/* What people call it; NULL where the plugin does not say. */
static const char *title_of(const kinmu_table *titles, const char *key) {
    for (uint32_t i = 0; i < titles->count; i++) {
        kinmu_title title;
        schema_table_row(titles, i, &title, sizeof title);
        if (title.name != NULL && strcmp(title.name, key) == 0) {
            return title.ja;
        }
    }
    return NULL;
}

static void write_head(buffer *out, const kinmu_table *titles, const char *key) {
    const char *title = title_of(titles, key);
    if (title != NULL) {
        write_clean(out, title, strlen(title), 0);
    } else {
        write_name(out, key);
    }
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
    int64_t unix_ns = 0;
    if (ends_with(key, "_ns") && text_moment_parse(value->text, &unix_ns)) {
        write_moment(out, unix_ns);
    } else if (is_number && number >= 0 && number < CLOCK_MINUTES_MAX && ends_with(key, "_clock")) {
        buffer_printf(out, "%02lld:%02lld", number / 60, number % 60);
    } else if (!is_null(value)) {
        write_clean(out, value->text, value->size, 0);
    }
}

/* In one line: "a, b" of a list, "name=value name=value" of an object; as deep as the parser
 * reads. */
static void write_value(buffer *out, const kinmu_table *titles, const char *key,
                        const config_node *value) {
    if (value->type == CONFIG_SCALAR) {
        write_scalar(out, key, value);
    } else if (value->type == CONFIG_LIST) {
        for (uint32_t i = 0; i < value->child_count; i++) {
            buffer_text(out, i > 0 ? ", " : "");
            write_value(out, titles, key, value->children[i]);
        }
    } else {
        for (uint32_t i = 0; i + 1 < value->child_count; i += 2) {
            const char *name = value->children[i]->text;
            buffer_text(out, i > 0 ? " " : "");
            write_head(out, titles, name);
            buffer_text(out, "=");
            write_value(out, titles, name, value->children[i + 1]);
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
        columns[(*count)++] = (column){key, 0, 0};
    }
    if (i < *count && width > columns[i].width) {
        columns[i].width = width < WIDTH_MAX ? width : WIDTH_MAX;
    }
}

/* The columns of all records that somebody has a value of, in the order their names come. */
static uint32_t measure(const page *p, const config_node *list, column columns[COLUMNS_MAX]) {
    uint32_t count = 0;
    uint32_t kept = 0;
    buffer cell = {0};
    for (uint32_t row = 0; row < list->child_count; row++) {
        const config_node *record = list->children[row];
        for (uint32_t i = 0; record->type == CONFIG_MAP && i + 1 < record->child_count; i += 2) {
            const char *key = record->children[i]->text;
            buffer_clear(&cell);
            write_value(&cell, p->titles, key, record->children[i + 1]);
            widen(columns, &count, key, width_of(buffer_string(&cell), cell.size));
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        buffer_clear(&cell);
        write_head(&cell, p->titles, columns[i].key);
        columns[i].head_width = width_of(buffer_string(&cell), cell.size);
        if (columns[i].width > 0) {
            columns[kept++] = columns[i];
        }
    }
    buffer_wipe(&cell);
    return kept;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* A row of the table; the heads where there is no record. Nothing follows a row's last value. */
static void write_row(const page *p, const column *columns, uint32_t count,
                      const config_node *record) {
    buffer cell = {0};
    size_t blanks = 0;
    for (uint32_t i = 0; i < count; i++) {
        const config_node *value = cli_reply_member(record, columns[i].key);
        size_t column_width = larger(columns[i].width, columns[i].head_width);
        buffer_clear(&cell);
        if (record == NULL) {
            write_head(&cell, p->titles, columns[i].key);
        } else if (value != NULL) {
            write_value(&cell, p->titles, columns[i].key, value);
        }
        size_t width = width_of(buffer_string(&cell), cell.size);
        if (width > 0) {
            buffer_printf(p->out, "%*s", (int)blanks, "");
            buffer_append(p->out, cell.data, cell.size);
            blanks = 0;
        }
        blanks += (width < column_width ? column_width - width : 0) + 2;
    }
    buffer_text(p->out, "\n");
    buffer_wipe(&cell);
}

/* A record that is too wide for a row: a line for each of its values, an empty line behind. */
static void write_record(const page *p, const column *columns, uint32_t count, size_t head_width,
                         const config_node *record) {
    for (uint32_t i = 0; i < count; i++) {
        const config_node *value = cli_reply_member(record, columns[i].key);
        size_t begin = p->out->size;
        if (value == NULL || is_null(value)) {
            continue;
        }
        write_head(p->out, p->titles, columns[i].key);
        buffer_printf(p->out, "%*s", (int)(head_width - columns[i].head_width + 2), "");
        size_t value_begin = p->out->size;
        write_value(p->out, p->titles, columns[i].key, value);
        if (p->out->size == value_begin) {
            p->out->size = begin; /* "" says nothing */
            continue;
        }
        buffer_text(p->out, "\n");
    }
    buffer_text(p->out, "\n");
}

static void write_table(const page *p, const config_node *list) {
    column columns[COLUMNS_MAX];
    uint32_t count = measure(p, list, columns);
    size_t head_width = 0;
    size_t row_width = 0;
    for (uint32_t i = 0; i < count; i++) {
        head_width = larger(head_width, columns[i].head_width);
        row_width += larger(columns[i].width, columns[i].head_width) + (i > 0 ? 2 : 0);
    }
    int is_table = row_width <= p->width_max;
    if (is_table) {
        write_row(p, columns, count, NULL);
    }
    for (uint32_t row = 0; row < list->child_count; row++) {
        if (is_table) {
            write_row(p, columns, count, list->children[row]);
        } else {
            write_record(p, columns, count, head_width, list->children[row]);
        }
    }
}

/* ---- answers ---- */

static int is_table(const config_node *value) {
    return value->type == CONFIG_LIST && value->child_count > 0 &&
           value->children[0]->type == CONFIG_MAP;
}

/* "状態 / state", so that who reads it knows the name it is asked for by. */
static void write_label(const page *p, const char *key) {
    const char *title = title_of(p->titles, key);
    if (title != NULL) {
        write_clean(p->out, title, strlen(title), 0);
        buffer_text(p->out, " / ");
    }
    write_name(p->out, key);
}

static void write_object(const page *p, const config_node *object) {
    buffer *out = p->out;
    for (uint32_t i = 0; i + 1 < object->child_count; i += 2) {
        const char *key = object->children[i]->text;
        const config_node *value = object->children[i + 1];
        if (is_null(value)) {
            continue;
        }
        write_label(p, key);
        if (value->type != CONFIG_SCALAR && value->child_count == 0) {
            buffer_text(out, ": (なし / none)\n");
        } else if (is_table(value)) {
            buffer_text(out, ":\n");
            write_table(p, value);
        } else if (value->type == CONFIG_MAP) {
            buffer_text(out, ":\n");
            write_object(p, value);
        } else {
            buffer_text(out, ": ");
            write_value(out, p->titles, key, value);
            buffer_text(out, "\n");
        }
    }
}

void answer_lines(buffer *out, const char *answer, size_t size, const kinmu_table *titles,
                  size_t width_max) {
    const page p = {out, titles, width_max};
    cli_reply reply = {NULL, NULL};
    if (size > 0 && answer[0] == '{') {
        reply = cli_reply_read(answer, size);
    }
    if (reply.root != NULL && reply.root->type == CONFIG_MAP) {
        write_object(&p, reply.root);
    } else {
        write_clean(out, answer, size, 1);
    }
    cli_reply_free(&reply);
}
