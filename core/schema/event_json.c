/* schema/event_json.c - see event_json.h. */
#include "schema/event_json.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

#define TIME_SIZE 64

static void put_bytes(buffer *out, const uint8_t *bytes, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
        buffer_printf(out, "%02x", bytes[i]);
    }
}

void event_json_value(buffer *out, const kinmu_value *value) {
    char moment[TIME_SIZE];
    switch (value->type) {
    case KINMU_TYPE_BOOL:
        buffer_text(out, value->as.i64 != 0 ? "true" : "false");
        break;
    case KINMU_TYPE_I64:
        buffer_printf(out, "%" PRId64, value->as.i64);
        break;
    case KINMU_TYPE_F64:
        buffer_printf(out, "%.17g", value->as.f64);
        break;
    case KINMU_TYPE_TEXT:
        text_json(out, value->as.text, value->size);
        break;
    case KINMU_TYPE_BYTES:
        buffer_text(out, "\"");
        put_bytes(out, value->as.bytes, value->size);
        buffer_text(out, "\"");
        break;
    case KINMU_TYPE_TIME:
        text_time(moment, sizeof moment, value->as.i64, 0);
        buffer_printf(out, "\"%s\"", moment);
        break;
    default:
        buffer_text(out, "null");
        break;
    }
}

void event_json(buffer *out, const kinmu_event *event, const schema_info *info,
                const event_place *place) {
    char moment[TIME_SIZE];
    text_time(moment, sizeof moment, event->unix_ns, event->utc_offset_s);
    buffer_printf(out, "{\"time\":\"%s\",\"schema\":\"%s\",\"subject\":", moment,
                  info != NULL ? info->full_name : "unknown");
    text_json(out, event->subject, strlen(event->subject));
    buffer_text(out, ",\"zone\":");
    text_json(out, event->zone, strlen(event->zone));
    buffer_text(out, ",\"origin\":\"");
    put_bytes(out, place->origin, 16);
    buffer_printf(out, "\",\"sequence\":%" PRIu64 ",\"%s\":%" PRIu64, place->sequence,
                  place->number_name, place->number);
    if (place->decision != 0) {
        buffer_printf(out, ",\"decision\":%" PRIu64, place->decision);
    }
    buffer_text(out, ",\"values\":{");
    for (uint32_t i = 0; info != NULL && i < info->field_count; i++) {
        const kinmu_value missing = kinmu_null();
        buffer_printf(out, "%s\"%s\":", i > 0 ? "," : "", info->fields[i].name);
        event_json_value(out, i < event->value_count ? &event->values[i] : &missing);
    }
    buffer_text(out, "}}");
}
