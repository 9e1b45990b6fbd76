/* json/line.c - events to NDJSON lines. See line.h. Pure. */
#include "line.h"

#include "moment.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

static void put_hex(buffer *out, const uint8_t *data, size_t size) {
    buffer_text(out, "\"");
    for (size_t i = 0; i < size; i++) {
        char pair[2] = {hex_digits[data[i] >> 4], hex_digits[data[i] & 15]};
        buffer_put(out, pair, sizeof pair);
    }
    buffer_text(out, "\"");
}

static void put_moment(buffer *out, int64_t unix_ns, int32_t utc_offset_s) {
    char text[MOMENT_SIZE];
    moment_rfc3339(text, unix_ns, utc_offset_s);
    buffer_json_text(out, text, strlen(text));
}

static void put_value(buffer *out, kinmu_value value, int32_t utc_offset_s) {
    char number[32];
    switch (value.type) {
    case KINMU_TYPE_BOOL:
        buffer_text(out, value.as.i64 != 0 ? "true" : "false");
        break;
    case KINMU_TYPE_I64:
        buffer_number(out, value.as.i64);
        break;
    case KINMU_TYPE_F64:
        (void)snprintf(number, sizeof number, "%.17g", value.as.f64);
        buffer_text(out, number);
        break;
    case KINMU_TYPE_TEXT:
        buffer_json_text(out, value.as.text, value.size);
        break;
    case KINMU_TYPE_BYTES:
        put_hex(out, value.as.bytes, value.size);
        break;
    case KINMU_TYPE_TIME:
        put_moment(out, value.as.i64, utc_offset_s);
        break;
    default:
        buffer_text(out, "null");
        break;
    }
}

static const kinmu_field *field_at(const kinmu_schema *schema, uint32_t index) {
    return (const kinmu_field *)(const void *)((const char *)schema->fields.rows +
                                               (size_t)index * schema->fields.stride);
}

void line_put(buffer *out, const kinmu_schema *schema, const kinmu_event *event) {
    buffer_text(out, "{\"schema\":\"");
    buffer_text(out, schema->name);
    buffer_text(out, "/");
    buffer_number(out, schema->version);
    buffer_text(out, "\",\"time\":");
    put_moment(out, event->unix_ns, event->utc_offset_s);
    buffer_text(out, ",\"subject\":");
    buffer_json_text(out, event->subject, strlen(event->subject));
    buffer_text(out, ",\"origin\":");
    put_hex(out, event->origin, LINE_ORIGIN_BYTES);
    buffer_text(out, ",\"sequence\":");
    buffer_number(out, (int64_t)event->sequence);
    buffer_text(out, ",\"block\":");
    buffer_number(out, (int64_t)event->block);
    buffer_text(out, ",\"values\":{");
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const char *name = field_at(schema, i)->name;
        buffer_text(out, i == 0 ? "" : ",");
        buffer_json_text(out, name, strlen(name));
        buffer_text(out, ":");
        put_value(out, i < event->value_count ? event->values[i] : kinmu_null(),
                  event->utc_offset_s);
    }
    buffer_text(out, "}}\n");
}

line_place line_place_of(const kinmu_event *event) {
    line_place place = {event->block, event->sequence, {0}};
    memcpy(place.origin, event->origin, LINE_ORIGIN_BYTES);
    return place;
}

static int32_t parse_origin(const char *hex, uint8_t *origin) {
    if (hex == NULL || strlen(hex) != (size_t)LINE_ORIGIN_BYTES * 2) {
        return 0;
    }
    for (size_t i = 0; i < (size_t)LINE_ORIGIN_BYTES * 2; i++) {
        const char *digit = strchr(hex_digits, hex[i]);
        if (digit == NULL) {
            return 0;
        }
        origin[i / 2] = (uint8_t)(origin[i / 2] << 4 | (digit - hex_digits));
    }
    return 1;
}

int32_t line_parse_place(const char *text, size_t size, line_place *place) {
    json_t *line = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    json_t *block = json_object_get(line, "block");
    json_t *sequence = json_object_get(line, "sequence");
    memset(place, 0, sizeof *place);
    place->block = (uint64_t)json_integer_value(block);
    place->sequence = (uint64_t)json_integer_value(sequence);
    int32_t is_line =
        json_is_integer(block) && json_is_integer(sequence) &&
        parse_origin(json_string_value(json_object_get(line, "origin")), place->origin);
    json_decref(line);
    return is_line;
}

int line_compare(const void *left, const void *right) {
    const line_place *a = left;
    const line_place *b = right;
    if (a->block != b->block) {
        return a->block < b->block ? -1 : 1;
    }
    if (a->sequence != b->sequence) {
        return a->sequence < b->sequence ? -1 : 1;
    }
    return memcmp(a->origin, b->origin, LINE_ORIGIN_BYTES);
}
