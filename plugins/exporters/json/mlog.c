/* json/mlog.c - the parser of M's agent log. See mlog.h.
 *
 * jansson checks syntax and UTF-8 of each line; the place of a value that is well-formed but wrong
 * is then found by walking the line once more, which is safe because it is known to be valid JSON.
 */
#include "mlog.h"

#include "moment.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIME_STAMP,
    USER_NAME,
    COMPUTER_NAME,
    PROCESS_NAME,
    KEY_COUNT,
    CLICK_COUNT,
    URL,
    TITLE,
    KEYS
};

static const char *const key_names[KEYS] = {"TimeStamp",   "UserName",   "ComputerName",
                                            "ProcessName", "KeyCount",   "MouseClickedCount",
                                            "url",         "ActiveTitle"};

typedef struct reader {
    const char *name;
    const char *line; /* not terminated */
    size_t size;
    uint32_t number;
    kinmu_err *err;
} reader;

/* Column of a byte: characters before it, plus one. */
static size_t column_of(const reader *r, size_t at) {
    size_t column = 1;
    for (size_t i = 0; i < at && i < r->size; i++) {
        column += ((unsigned char)r->line[i] & 0xC0) != 0x80;
    }
    return column;
}

static int32_t refuse(const reader *r, size_t at, const char *what, const char *why) {
    (void)snprintf(r->err->key, sizeof r->err->key, "json.mlog");
    (void)snprintf(r->err->msg, sizeof r->err->msg, "%.160s:%" PRIu32 ":%zu: error: %s%s%s",
                   r->name, r->number, column_of(r, at), what, *what != '\0' ? " " : "", why);
    return KINMU_E_REJECT;
}

static size_t skip_string(const reader *r, size_t at) {
    for (at++; at < r->size && r->line[at] != '"'; at++) {
        at += r->line[at] == '\\';
    }
    return at + 1;
}

static size_t skip_space(const reader *r, size_t at) {
    while (at < r->size && strchr(" \t\r\n:,", r->line[at]) != NULL) {
        at++;
    }
    return at;
}

/* Behind the value at `at`: a string, or anything up to the comma or brace of its own level. */
static size_t skip_value(const reader *r, size_t at) {
    int32_t depth = 0;
    while (at < r->size) {
        char c = r->line[at];
        if (c == '"') {
            at = skip_string(r, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}')) {
            break;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at++;
    }
    return at;
}

/* Place of the key's value (or of the key itself) in a line known to be one JSON object. A key
 * written with escapes is not found: then the place is the line's beginning. */
static size_t find_place(const reader *r, const char *key, int32_t of_key) {
    size_t at = skip_space(r, 0) + 1;
    size_t key_size = strlen(key);
    for (at = skip_space(r, at); at < r->size && r->line[at] == '"'; at = skip_space(r, at)) {
        size_t end = skip_string(r, at);
        size_t value = skip_space(r, end);
        if (end - at == key_size + 2 && memcmp(r->line + at + 1, key, key_size) == 0) {
            return of_key ? at : value;
        }
        at = skip_value(r, value);
    }
    return 0;
}

static int32_t refuse_value(const reader *r, uint32_t key, size_t inside, const char *why) {
    char what[32];
    (void)snprintf(what, sizeof what, "\"%s\"", key_names[key]);
    return refuse(r, find_place(r, key_names[key], 0) + inside, what, why);
}

/* jansson's text may quote the input ("near ..."), which could be any file of the system. */
static int32_t refuse_syntax(const reader *r, const json_error_t *error) {
    char why[JSON_ERROR_TEXT_LENGTH];
    (void)snprintf(why, sizeof why, "%s", error->text);
    char *quote = strstr(why, " near ");
    if (quote != NULL) {
        *quote = '\0';
    }
    enum json_error_code code = json_error_code(error);
    if (code == json_error_invalid_utf8) {
        (void)snprintf(why, sizeof why,
                       "not UTF-8; convert the file first: iconv -f CP932 -t UTF-8");
    } else if (code == json_error_duplicate_key) {
        (void)snprintf(why, sizeof why, "the same key twice");
    }
    size_t at = error->position > 0 ? (size_t)error->position - 1 : 0;
    return refuse(r, at, "", why);
}

static int32_t check_keys(const reader *r, json_t *object, json_t **values) {
    const char *name = NULL;
    json_t *value = NULL;
    size_t known = 0;
    memset(values, 0, KEYS * sizeof *values);
    json_object_foreach(object, name, value) {
        uint32_t key = 0;
        while (key < KEYS && strcmp(key_names[key], name) != 0) {
            key++;
        }
        if (key == KEYS) {
            return refuse(r, find_place(r, name, 1), "",
                          "unknown key; a line has TimeStamp, UserName, ComputerName, ProcessName, "
                          "KeyCount, MouseClickedCount, url and ActiveTitle");
        }
        values[key] = value;
        known++;
    }
    for (uint32_t key = 0; known < KEYS && key < KEYS; key++) {
        if (values[key] == NULL) {
            return refuse(r, r->size > 0 ? r->size - 1 : 0, key_names[key], "is missing");
        }
    }
    return KINMU_OK;
}

static int32_t has_control(const char *text) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7F) {
            return 1;
        }
    }
    return 0;
}

static int32_t check_text(const reader *r, uint32_t key, json_t *value) {
    if (!json_is_string(value)) {
        return refuse_value(r, key, 0, "must be a text");
    }
    int32_t is_name = key == USER_NAME || key == COMPUTER_NAME;
    size_t size = json_string_length(value);
    if (is_name && (size == 0 || size > MLOG_NAME_BYTES_MAX)) {
        return refuse_value(r, key, 0, "must have 1 to 255 bytes");
    }
    if (is_name && has_control(json_string_value(value))) {
        return refuse_value(r, key, 0, "must not have control characters");
    }
    if (size > KINMU_TEXT_BYTES_MAX) {
        return refuse_value(r, key, 0, "is longer than 16384 bytes");
    }
    return KINMU_OK;
}

static int32_t read_count(const reader *r, uint32_t key, json_t *value, int64_t *count) {
    *count = json_integer_value(value);
    if (!json_is_integer(value) || *count < 0 || *count > MLOG_COUNT_MAX) {
        return refuse_value(r, key, 0, "must be a whole number from 0 to 1000000");
    }
    return KINMU_OK;
}

static int32_t read_moment(const reader *r, json_t *value, int64_t *local_s) {
    size_t at = 0;
    if (!json_is_string(value)) {
        return refuse_value(r, TIME_STAMP, 0, "must be a text");
    }
    const char *why =
        moment_parse_miteras(json_string_value(value), json_string_length(value), local_s, &at);
    if (why != NULL) {
        return refuse_value(r, TIME_STAMP, at + 1, why);
    }
    if (*local_s % 60 != 0) {
        return refuse_value(r, TIME_STAMP, 18, "must have seconds 00: the log is one of minutes");
    }
    return KINMU_OK;
}

static int32_t copy_texts(mlog_line *line, json_t **values) {
    static const uint32_t order[] = {USER_NAME, COMPUTER_NAME, PROCESS_NAME, URL, TITLE};
    const char **targets[] = {NULL, &line->computer, &line->process, &line->url, &line->title};
    size_t size = 0;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        size += json_string_length(values[order[i]]) + 1;
    }
    line->user = malloc(size);
    if (line->user == NULL) {
        return KINMU_E_NOMEM;
    }
    char *to = line->user;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        size_t length = json_string_length(values[order[i]]) + 1;
        memcpy(to, json_string_value(values[order[i]]), length);
        if (targets[i] != NULL) {
            *targets[i] = to;
        }
        to += length;
    }
    return KINMU_OK;
}

static int32_t read_values(const reader *r, json_t *object, mlog_line *line) {
    json_t *values[KEYS];
    int32_t status = check_keys(r, object, values);
    for (uint32_t key = USER_NAME; status == KINMU_OK && key < KEYS; key++) {
        if (key != KEY_COUNT && key != CLICK_COUNT) {
            status = check_text(r, key, values[key]);
        }
    }
    if (status == KINMU_OK) {
        status = read_moment(r, values[TIME_STAMP], &line->local_s);
    }
    if (status == KINMU_OK) {
        status = read_count(r, KEY_COUNT, values[KEY_COUNT], &line->keys);
    }
    if (status == KINMU_OK) {
        status = read_count(r, CLICK_COUNT, values[CLICK_COUNT], &line->clicks);
    }
    return status == KINMU_OK ? copy_texts(line, values) : status;
}

static int32_t read_line(const reader *r, mlog_line *line) {
    json_error_t error;
    if (r->size > MLOG_LINE_BYTES_MAX) {
        return refuse(r, 0, "", "the line is longer than 131072 bytes");
    }
    json_t *object = json_loadb(r->line, r->size, JSON_REJECT_DUPLICATES, &error);
    if (object == NULL) {
        return refuse_syntax(r, &error);
    }
    memset(line, 0, sizeof *line);
    line->number = r->number;
    int32_t status = json_is_object(object) ? read_values(r, object, line)
                                            : refuse(r, 0, "", "a line must be an object, { ... }");
    json_decref(object);
    return status;
}

static int32_t add_line(mlog *log, const mlog_line *line) {
    if (log->count == log->capacity) {
        size_t capacity = log->capacity == 0 ? 64 : log->capacity * 2;
        mlog_line *bigger = realloc(log->lines, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return KINMU_E_NOMEM;
        }
        log->lines = bigger;
        log->capacity = capacity;
    }
    log->lines[log->count++] = *line;
    return KINMU_OK;
}

static int32_t read_lines(reader *r, const char *text, size_t size, mlog *log) {
    static const char bom[] = "\xEF\xBB\xBF";
    size_t at = size >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
    while (at < size) {
        const char *feed = memchr(text + at, '\n', size - at);
        size_t end = feed != NULL ? (size_t)(feed - text) : size;
        mlog_line line;
        r->line = text + at;
        r->size = end - at;
        r->number++;
        if (r->size > 0 && r->line[r->size - 1] == '\r') {
            r->size--;
        }
        if (log->count == MLOG_LINES_MAX) {
            return refuse(r, 0, "", "more than 500000 lines; split the file");
        }
        int32_t status = read_line(r, &line);
        if (status == KINMU_OK && (status = add_line(log, &line)) != KINMU_OK) {
            free(line.user);
        }
        if (status != KINMU_OK) {
            return status;
        }
        at = end + 1;
    }
    return KINMU_OK;
}

static int compare_place(const mlog_line *a, const mlog_line *b) {
    int order = strcmp(a->user, b->user);
    return order != 0 ? order : strcmp(a->computer, b->computer);
}

static int compare_lines(const void *left, const void *right) {
    const mlog_line *a = left;
    const mlog_line *b = right;
    int order = compare_place(a, b);
    if (order == 0 && a->local_s != b->local_s) {
        order = a->local_s < b->local_s ? -1 : 1;
    }
    return order != 0 ? order : a->number < b->number ? -1 : 1;
}

static int32_t is_same_window(const mlog_line *a, const mlog_line *b) {
    return strcmp(a->process, b->process) == 0 && strcmp(a->url, b->url) == 0 &&
           strcmp(a->title, b->title) == 0;
}

/* Sorts, refuses a minute told twice (COL-02), and marks where the window changes. */
static int32_t relate(reader *r, mlog *log) {
    qsort(log->lines, log->count, sizeof *log->lines, compare_lines);
    for (size_t i = 0; i < log->count; i++) {
        mlog_line *line = &log->lines[i];
        const mlog_line *before = i > 0 ? &log->lines[i - 1] : NULL;
        int32_t is_next = before != NULL && compare_place(before, line) == 0;
        if (is_next && before->local_s == line->local_s) {
            char why[96];
            (void)snprintf(why, sizeof why,
                           "the same user, computer and minute stand on line %" PRIu32 " already",
                           before->number);
            r->number = line->number;
            return refuse(r, 0, "", why);
        }
        line->is_change =
            !is_next || line->local_s - before->local_s != 60 || !is_same_window(before, line);
    }
    return KINMU_OK;
}

int32_t mlog_parse(const char *name, const char *text, size_t size, mlog **out, kinmu_err *err) {
    reader r = {name, text, 0, 0, err};
    mlog *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = KINMU_OK;
    if (size > MLOG_BYTES_MAX) {
        r.number = 1;
        status = refuse(&r, 0, "", "the file is larger than 64 MiB; split it");
    }
    if (status == KINMU_OK) {
        status = read_lines(&r, text, size, log);
    }
    if (status == KINMU_OK && log->count > 0) {
        status = relate(&r, log);
    }
    if (status != KINMU_OK) {
        mlog_free(log);
        return status;
    }
    *out = log;
    return KINMU_OK;
}

void mlog_free(mlog *log) {
    if (log == NULL) {
        return;
    }
    for (size_t i = 0; i < log->count; i++) {
        free(log->lines[i].user);
    }
    free(log->lines);
    free(log);
}
