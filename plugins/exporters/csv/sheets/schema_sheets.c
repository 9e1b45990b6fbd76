/* csv/sheets/schema_sheets.c - generic CSV of any declared schema. See schema_sheets.h. */
#include "sheets/schema_sheets.h"

#include "writing/moment.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_SIZE ((size_t)(KINMU_FIELDS_MAX + 4) * (KINMU_NAME_BYTES_MAX + 1))
#define ORIGIN_BYTES 16

struct schema_sheets {
    uint32_t count;
    schema_pick picks[SCHEMA_SHEETS_MAX];
    sheet *sheets[SCHEMA_SHEETS_MAX]; /* by pick */
};

static const kinmu_field *field_at(const kinmu_schema *schema, uint32_t index) {
    return (const kinmu_field *)(const void *)((const char *)schema->fields.rows +
                                               (size_t)index * schema->fields.stride);
}

static int32_t open_sheet(folder *f, const kinmu_schema *schema, sheet **out, kinmu_err *err) {
    char *headers = malloc(HEADERS_SIZE);
    if (headers == NULL) {
        return KINMU_E_NOMEM;
    }
    size_t size = (size_t)snprintf(headers, HEADERS_SIZE, "time,subject,origin");
    for (uint32_t i = 0; i < schema->fields.count && size < HEADERS_SIZE; i++) {
        size +=
            (size_t)snprintf(headers + size, HEADERS_SIZE - size, ",%s", field_at(schema, i)->name);
    }
    char name[SHEET_NAME_SIZE];
    (void)snprintf(name, sizeof name, "%.100s-%u.csv", schema->name, (unsigned)schema->version);
    int32_t status = folder_open_sheet(f, name, headers, out, err);
    free(headers);
    return status;
}

static uint32_t find_pick(const schema_sheets *sheets, uint32_t number) {
    uint32_t i = 0;
    while (i < sheets->count && sheets->picks[i].number != number) {
        i++;
    }
    return i;
}

int32_t schema_sheets_create(folder *f, const schema_pick *picks, uint32_t count,
                             schema_sheets **out, kinmu_err *err) {
    assert(count <= SCHEMA_SHEETS_MAX);
    schema_sheets *sheets = calloc(1, sizeof *sheets);
    if (sheets == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (find_pick(sheets, picks[i].number) < sheets->count) {
            continue;
        }
        int32_t status = open_sheet(f, picks[i].schema, &sheets->sheets[sheets->count], err);
        if (status != KINMU_OK) {
            schema_sheets_destroy(sheets);
            return status;
        }
        sheets->picks[sheets->count++] = picks[i];
    }
    *out = sheets;
    return KINMU_OK;
}

static void put_hex(sheet *s, const uint8_t *bytes, size_t size) {
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(size * 2 + 1);
    if (text == NULL) {
        sheet_blank(s);
        return;
    }
    for (size_t i = 0; i < size; i++) {
        text[i * 2] = digits[bytes[i] >> 4];
        text[i * 2 + 1] = digits[bytes[i] & 15];
    }
    text[size * 2] = '\0';
    sheet_plain(s, text);
    free(text);
}

static void put_value(sheet *s, kinmu_value value, int32_t utc_offset_s) {
    char text[MOMENT_SIZE];
    switch (value.type) {
    case KINMU_TYPE_BOOL:
    case KINMU_TYPE_I64:
        sheet_number(s, value.as.i64);
        break;
    case KINMU_TYPE_F64:
        (void)snprintf(text, sizeof text, "%.17g", value.as.f64);
        sheet_plain(s, text);
        break;
    case KINMU_TYPE_TEXT:
        sheet_text(s, value.as.text, value.size);
        break;
    case KINMU_TYPE_BYTES:
        put_hex(s, value.as.bytes, value.size);
        break;
    case KINMU_TYPE_TIME:
        moment_rfc3339(text, value.as.i64, utc_offset_s);
        sheet_plain(s, text);
        break;
    default:
        sheet_blank(s);
        break;
    }
}

void schema_sheets_event(schema_sheets *sheets, const kinmu_event *event) {
    uint32_t at = find_pick(sheets, event->schema);
    if (at == sheets->count) {
        return;
    }
    sheet *s = sheets->sheets[at];
    char when[MOMENT_SIZE];
    moment_rfc3339(when, event->unix_ns, event->utc_offset_s);
    sheet_plain(s, when);
    sheet_string(s, event->subject);
    put_hex(s, event->origin, ORIGIN_BYTES);
    for (uint32_t i = 0; i < sheets->picks[at].schema->fields.count; i++) {
        kinmu_value value = i < event->value_count ? event->values[i] : kinmu_null();
        put_value(s, value, event->utc_offset_s);
    }
    sheet_end_row(s);
}

int32_t schema_sheets_finish(schema_sheets *sheets, kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; i < sheets->count; i++) {
        kinmu_err later = {"", ""};
        int32_t one = sheet_close(sheets->sheets[i], status == KINMU_OK ? err : &later);
        status = status == KINMU_OK ? one : status;
        sheets->sheets[i] = NULL;
    }
    return status;
}

void schema_sheets_destroy(schema_sheets *sheets) {
    if (sheets != NULL) {
        kinmu_err ignored = {"", ""};
        (void)schema_sheets_finish(sheets, &ignored);
        free(sheets);
    }
}
