/* evidence/schema_line.c - a schema as a line, so that the records of a file are readable without
 * any plugin: what each field is, in which unit, and the type its bytes are read by. */
#include "evidence/internal.h"

#include "base/text.h"

#include <string.h>

static const char *const type_names[] = {"null", "bool", "i64", "f64", "text", "bytes", "time"};
#define TYPE_COUNT (sizeof type_names / sizeof type_names[0])
_Static_assert(KINMU_TYPE_BOOL == 1 && KINMU_TYPE_I64 == 2 && KINMU_TYPE_F64 == 3 &&
                   KINMU_TYPE_TEXT == 4 && KINMU_TYPE_BYTES == 5 && KINMU_TYPE_TIME == 6,
               "names in the order of the types");

static void put_text(buffer *out, const char *key, const char *text) {
    buffer_printf(out, "\"%s\":", key);
    text_json(out, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

void evidence_put_schema(buffer *out, const schema_info *info) {
    const kinmu_schema *schema = info->schema;
    buffer_text(out, "{");
    put_text(out, "name", schema->name);
    buffer_printf(out, ",\"version\":%u,\"kind\":\"%s\",", schema->version,
                  schema->kind == KINMU_KIND_RECORD ? "record" : "log");
    put_text(out, "purpose", schema->purpose);
    buffer_text(out, ",");
    put_text(out, "doc", schema->doc);
    buffer_text(out, ",\"fields\":[");
    for (uint32_t i = 0; i < info->field_count; i++) {
        const kinmu_field *field = &info->fields[i];
        buffer_text(out, i > 0 ? ",{" : "{");
        put_text(out, "name", field->name);
        buffer_printf(out, ",\"type\":\"%s\",\"is_key\":%s,", type_names[field->type],
                      (field->flags & KINMU_FIELD_KEY) != 0 ? "true" : "false");
        put_text(out, "unit", field->unit);
        buffer_text(out, ",");
        put_text(out, "choices", field->choices);
        buffer_text(out, ",");
        put_text(out, "doc", field->doc);
        buffer_text(out, "}");
    }
    buffer_text(out, "]}");
}

static void skip_text(lines_reader *r) {
    buffer ignored = {NULL, 0, 0, 0};
    lines_take_long_text(r, &ignored);
    buffer_free(&ignored);
}

static uint32_t take_type(lines_reader *r) {
    char name[16];
    lines_take_text(r, name, sizeof name);
    for (uint32_t type = 1; type < TYPE_COUNT; type++) {
        if (strcmp(name, type_names[type]) == 0) {
            return type;
        }
    }
    r->bad = 1;
    return KINMU_TYPE_NULL;
}

static void take_field(lines_reader *r, kinmu_field *field, char *name) {
    lines_take(r, "{\"name\":");
    lines_take_text(r, name, KINMU_NAME_BYTES_MAX + 1);
    lines_take(r, ",\"type\":");
    field->name = name;
    field->type = take_type(r);
    lines_take(r, ",\"is_key\":");
    if (lines_try(r, "true")) {
        field->flags = KINMU_FIELD_KEY;
    } else {
        lines_take(r, "false");
    }
    lines_take(r, ",\"unit\":");
    skip_text(r);
    lines_take(r, ",\"choices\":");
    skip_text(r);
    lines_take(r, ",\"doc\":");
    skip_text(r);
    lines_take(r, "}");
}

int32_t evidence_take_schema(lines_reader *r, schema_registry *schemas, kinmu_err *err) {
    char names[KINMU_FIELDS_MAX][KINMU_NAME_BYTES_MAX + 1];
    char name[SCHEMA_NAME_SIZE];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    kinmu_field fields[KINMU_FIELDS_MAX] = {{0}};
    uint32_t count = 0;
    kinmu_schema schema = {.struct_size = sizeof schema, .kind = KINMU_KIND_LOG, .doc = ""};
    lines_take(r, "{\"name\":");
    lines_take_text(r, name, sizeof name);
    lines_take(r, ",\"version\":");
    schema.version = (uint32_t)lines_take_u64(r);
    lines_take(r, ",\"kind\":");
    if (lines_try(r, "\"record\"")) {
        schema.kind = KINMU_KIND_RECORD;
    } else {
        lines_take(r, "\"log\"");
    }
    lines_take(r, ",\"purpose\":");
    lines_take_text(r, purpose, sizeof purpose);
    lines_take(r, ",\"doc\":");
    skip_text(r);
    lines_take(r, ",\"fields\":[");
    while (!r->bad && count < KINMU_FIELDS_MAX && !lines_try(r, "]")) {
        if (count > 0) {
            lines_take(r, ",");
        }
        take_field(r, &fields[count], names[count]);
        count++;
    }
    if (count == KINMU_FIELDS_MAX) {
        lines_take(r, "]");
    }
    lines_take(r, "}");
    if (!lines_is_done(r)) {
        return KINMU_E_REJECT;
    }
    schema.name = name;
    schema.purpose = purpose;
    schema.fields = (kinmu_table){fields, count, sizeof fields[0]};
    return schema_registry_add(schemas, &schema, NULL, err);
}
