/* workday/replay/lines.c - see lines.h. JSON is jansson's; what a field may hold is the schema's.
 */
#include "replay/lines.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 65536

typedef struct reader {
    intake *in;
    const char *path;
    FILE *errors;
    lines_report *report;
    uint64_t number;
    int32_t status;
} reader;

static void tell(reader *r, const char *what) {
    fprintf(r->errors, "%s:%" PRIu64 ": %s\n", r->path, r->number, what);
    r->report->faults++;
}

/* ---- values ---- */

static const kinmu_field *field_at(const kinmu_schema *schema, uint32_t index) {
    return (const kinmu_field *)(const void *)((const char *)schema->fields.rows +
                                               (size_t)index * schema->fields.stride);
}

/* 1 with the value of a field; 0 when it is of another type. */
static int32_t read_value(const json_t *json, uint32_t type, kinmu_value *value) {
    int64_t unix_ns;
    *value = kinmu_null();
    if (json == NULL || json_is_null(json)) {
        return 1;
    }
    switch (type) {
    case KINMU_TYPE_BOOL:
        *value = kinmu_bool(json_is_true(json));
        return json_is_boolean(json);
    case KINMU_TYPE_I64:
        *value = kinmu_i64(json_integer_value(json));
        return json_is_integer(json);
    case KINMU_TYPE_F64:
        *value = kinmu_f64(json_number_value(json));
        return json_is_number(json);
    case KINMU_TYPE_TIME:
        if (!json_is_string(json) || !moment_parse(json_string_value(json), &unix_ns)) {
            return 0;
        }
        *value = kinmu_time(unix_ns);
        return 1;
    default: /* bytes are hexadecimal here, and no rule reads any */
        if (json_is_string(json)) {
            *value = kinmu_text_n(json_string_value(json), json_string_length(json));
        }
        return json_is_string(json);
    }
}

static const char *type_name(uint32_t type) {
    return type == KINMU_TYPE_BOOL   ? "true or false"
           : type == KINMU_TYPE_I64  ? "a whole number"
           : type == KINMU_TYPE_F64  ? "a number"
           : type == KINMU_TYPE_TIME ? "a moment like 2026-11-22T10:00:00+09:00"
                                     : "a text";
}

static int32_t read_values(reader *r, const json_t *json, const kinmu_schema *schema,
                           kinmu_value *values) {
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const kinmu_field *field = field_at(schema, i);
        if (!read_value(json_object_get(json, field->name), field->type, &values[i])) {
            char what[INTAKE_WHY_SIZE];
            (void)snprintf(what, sizeof what, "%s: \"%s\" must be %s", schema->name, field->name,
                           type_name(field->type));
            tell(r, what);
            return 0;
        }
    }
    return 1;
}

/* ---- lines ---- */

/* "kinmu.input.minute/1" */
static const kinmu_schema *schema_of(const char *text) {
    const char *slash = strrchr(text, '/');
    if (slash == NULL || slash[1] < '1' || slash[1] > '9' || slash[2] != '\0') {
        return NULL;
    }
    return intake_schema(text, (size_t)(slash - text), slash[1] - '0');
}

static int32_t count_ignored(reader *r, const char *schema) {
    uint32_t id = texts_id(r->in->texts, schema, strlen(schema));
    while (id != TEXT_NONE && r->report->ignored.count <= id) {
        if (list_add(&r->report->ignored) == NULL) {
            return KINMU_E_NOMEM;
        }
    }
    if (id == TEXT_NONE) {
        return KINMU_E_NOMEM;
    }
    ((uint32_t *)r->report->ignored.rows)[id]++;
    return KINMU_OK;
}

/* A text of the line itself, "" when it is missing; NULL when it is no text. */
static const char *text_of(const json_t *line, const char *key) {
    const json_t *json = json_object_get(line, key);
    return json == NULL || json_is_null(json) ? "" : json_string_value(json);
}

static void take_line(reader *r, const json_t *line) {
    const char *name = json_string_value(json_object_get(line, "schema"));
    const json_t *json = json_object_get(line, "values");
    if (name == NULL || !json_is_object(json)) {
        tell(r, "must be an object with \"schema\" and \"values\", as kinmu export json writes it");
        return;
    }
    kinmu_value values[INTAKE_FIELDS_MAX];
    intake_event event = {.schema = schema_of(name), .values = values};
    if (event.schema == NULL) {
        r->status = count_ignored(r, name);
        return;
    }
    const char *time = text_of(line, "time");
    event.subject = text_of(line, "subject");
    event.origin = text_of(line, "origin");
    event.has_time = time == NULL || *time != '\0';
    if (event.subject == NULL || event.origin == NULL || time == NULL ||
        (event.has_time && !moment_parse(time, &event.unix_ns))) {
        tell(r, "\"time\" must be a moment like 2026-11-22T10:00:00+09:00, \"subject\" and "
                "\"origin\" texts");
        return;
    }
    char why[INTAKE_WHY_SIZE];
    if (!read_values(r, json, event.schema, values)) {
        return;
    }
    int32_t status = intake_take(r->in, &event, why);
    if (status == KINMU_E_REJECT) {
        tell(r, why);
    } else {
        r->status = status;
    }
}

static void read_line(reader *r, const char *text, size_t size) {
    json_error_t error;
    size_t blank = 0;
    r->number++;
    while (blank < size && strchr(" \t\r", text[blank]) != NULL && text[blank] != '\0') {
        blank++;
    }
    if (blank == size) {
        return;
    }
    json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (line == NULL) {
        char what[INTAKE_WHY_SIZE];
        (void)snprintf(what, sizeof what, "is no JSON: %.160s", error.text);
        tell(r, what);
        return;
    }
    take_line(r, line);
    json_decref(line);
}

/* Lines out of what has been read so far; gives how much of it is used up. */
static size_t split(reader *r, const char *text, size_t size, int32_t is_end) {
    size_t at = 0;
    while (at < size && r->status == KINMU_OK) {
        const char *end = memchr(text + at, '\n', size - at);
        if (end == NULL && !is_end) {
            break;
        }
        size_t length = end != NULL ? (size_t)(end - text) - at : size - at;
        read_line(r, text + at, length);
        at += length + (end != NULL);
    }
    return at;
}

static int32_t read_all(reader *r, FILE *file, char *text) {
    size_t size = 0;
    size_t count;
    do {
        count = fread(text + size, 1, CHUNK_SIZE, file);
        size += count;
        size_t used = split(r, text, size, count == 0);
        memmove(text, text + used, size - used);
        size -= used;
        if (size > LINES_SIZE_MAX) {
            r->number++;
            tell(r, "is longer than 1 MiB");
            return KINMU_OK;
        }
    } while (count > 0 && r->status == KINMU_OK);
    return r->status;
}

int32_t lines_read(intake *in, const char *path, FILE *errors, lines_report *report) {
    reader r = {in, path, errors, report, 0, KINMU_OK};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(errors, "workday: cannot read \"%s\": %s\n", path, strerror(errno));
        return KINMU_E_NOTFOUND;
    }
    char *text = malloc(LINES_SIZE_MAX + CHUNK_SIZE + 1);
    int32_t status = text != NULL ? read_all(&r, file, text) : KINMU_E_NOMEM;
    if (ferror(file)) {
        fprintf(errors, "workday: cannot read \"%s\": it is a folder, or the disk fails\n", path);
        status = KINMU_E_NOTFOUND;
    }
    free(text);
    (void)fclose(file);
    return status;
}

/* ---- output ---- */

static void put_text(FILE *out, const char *text, size_t size) {
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            fputc('\\', out);
            fputc(c, out);
        } else if (c < 0x20) {
            fprintf(out, "\\u%04x", c);
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

static void put_value(FILE *out, const kinmu_value *value) {
    char moment[MOMENT_TEXT_SIZE];
    switch (value->type) {
    case KINMU_TYPE_BOOL:
        fputs(value->as.i64 != 0 ? "true" : "false", out);
        break;
    case KINMU_TYPE_I64:
        fprintf(out, "%" PRId64, value->as.i64);
        break;
    case KINMU_TYPE_TIME:
        moment_print(moment, value->as.i64);
        put_text(out, moment, strlen(moment));
        break;
    case KINMU_TYPE_TEXT:
        put_text(out, value->as.text, value->size);
        break;
    default:
        fputs("null", out);
        break;
    }
}

void lines_put(FILE *out, const kinmu_schema *schema, const kinmu_value *values) {
    fprintf(out, "{\"schema\":\"%s/%" PRIu32 "\",\"values\":{", schema->name, schema->version);
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const char *name = field_at(schema, i)->name;
        fprintf(out, "%s\"%s\":", i == 0 ? "" : ",", name);
        put_value(out, &values[i]);
    }
    fputs("}}\n", out);
}
