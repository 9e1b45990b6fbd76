/* host/call_text.c - see call_text.h. */
#include "host/call_text.h"

#include "base/text.h"
#include "schema/registry.h"

#include <string.h>

static void write_value(buffer *out, const kinmu_value *value) {
    char moment[TEXT_MOMENT_SIZE];
    switch (value->type) {
    case KINMU_TYPE_BOOL:
        buffer_text(out, value->as.i64 ? "true" : "false");
        break;
    case KINMU_TYPE_I64:
        buffer_printf(out, "%lld", (long long)value->as.i64);
        break;
    case KINMU_TYPE_TIME:
        text_moment(moment, value->as.i64);
        buffer_printf(out, "\"%s\"", moment);
        break;
    case KINMU_TYPE_F64:
        buffer_printf(out, "%.17g", value->as.f64);
        break;
    case KINMU_TYPE_TEXT:
        text_json(out, value->as.text, value->size);
        break;
    default:
        buffer_text(out, "null");
        break;
    }
}

void call_text(buffer *out, const kinmu_table *fields, const kinmu_value *values, uint32_t count) {
    buffer_text(out, "{");
    for (uint32_t i = 0; i < count && i < fields->count; i++) {
        kinmu_field field;
        schema_table_row(fields, i, &field, sizeof field);
        buffer_printf(out, "%s\"%s\":", i > 0 ? "," : "", field.name);
        if (values[i].type == KINMU_TYPE_TEXT && field.unit != NULL &&
            strcmp(field.unit, "json") == 0) {
            buffer_append(out, values[i].as.text, values[i].size);
        } else {
            write_value(out, &values[i]);
        }
    }
    buffer_text(out, "}\n");
}

int32_t call_text_is_plain(const kinmu_table *fields) {
    kinmu_field field;
    if (fields->count != 1) {
        return 0;
    }
    schema_table_row(fields, 0, &field, sizeof field);
    return field.type == KINMU_TYPE_TEXT && strcmp(field.name, "text") == 0;
}
