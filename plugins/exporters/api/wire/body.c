/* api/wire/body.c - see body.h. */
#include "wire/body.h"

#include "wire/moment.h"
#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

kinmu_field body_field(const kinmu_table *fields, uint32_t index) {
    kinmu_field field;
    size_t size = fields->stride < sizeof field ? fields->stride : sizeof field;
    memset(&field, 0, sizeof field);
    memcpy(&field, (const char *)fields->rows + (size_t)index * fields->stride, size);
    return field;
}

/* ---- in ---- */

static int32_t fail(body_fault *fault, const char *code, const char *one, const char *two) {
    *fault = (body_fault){code, one, two};
    return 0;
}

json_t *body_parse(memory *m, const char *data, size_t size, body_fault *fault) {
    json_error_t error;
    if (size == 0) {
        return json_object();
    }
    json_t *root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        (void)fail(fault, "body.json",
                   memory_print(m, "%d:%d", error.line, error.column), /* no text of the client */
                   NULL);
        return NULL;
    }
    if (!json_is_object(root)) {
        json_decref(root);
        (void)fail(fault, "body.object", NULL, NULL);
        return NULL;
    }
    return root;
}

static const char *type_word(const kinmu_field *field) {
    switch (field->type) {
    case KINMU_TYPE_BOOL:
        return "true/false";
    case KINMU_TYPE_I64:
        return "integer";
    case KINMU_TYPE_F64:
        return "number";
    case KINMU_TYPE_TIME:
        return "RFC 3339 date-time";
    case KINMU_TYPE_BYTES:
        return "hex";
    default:
        return "string";
    }
}

static int32_t take_hex(memory *m, const char *text, kinmu_value *out) {
    size_t size = strlen(text);
    uint8_t *bytes = memory_get(m, size / 2 + 1);
    if (bytes == NULL || size % 2 != 0 || strspn(text, "0123456789abcdef") != size) {
        return 0;
    }
    for (size_t i = 0; i < size; i += 2) {
        const char pair[3] = {text[i], text[i + 1], '\0'};
        bytes[i / 2] = (uint8_t)strtoul(pair, NULL, 16);
    }
    *out = kinmu_bytes(bytes, size / 2);
    return 1;
}

/* A text that stands for a value; `size` is its own, so that a NUL within is seen. */
static int32_t take_text(memory *m, const kinmu_field *field, const char *text, size_t size,
                         kinmu_value *out) {
    int64_t unix_ns = 0;
    if (size != strlen(text) || size > KINMU_TEXT_BYTES_MAX) {
        return 0;
    }
    switch (field->type) {
    case KINMU_TYPE_TEXT:
        *out = kinmu_text_n(memory_text(m, text, size), size);
        return out->as.text != NULL;
    case KINMU_TYPE_TIME:
        if (!moment_parse(text, &unix_ns)) {
            return 0;
        }
        *out = kinmu_time(unix_ns);
        return 1;
    case KINMU_TYPE_BYTES:
        return take_hex(m, text, out);
    default:
        return 0;
    }
}

int32_t body_take(memory *m, const kinmu_field *field, const json_t *member, kinmu_value *out,
                  body_fault *fault) {
    int32_t fits = 0;
    *out = kinmu_null();
    if (json_is_null(member)) {
        return (field->flags & KINMU_FIELD_REQUIRED) == 0
                   ? 1
                   : fail(fault, "body.missing", field->name, NULL);
    }
    if (json_is_string(member)) {
        fits = take_text(m, field, json_string_value(member), json_string_length(member), out);
    } else if (json_is_boolean(member) && field->type == KINMU_TYPE_BOOL) {
        *out = kinmu_bool(json_is_true(member));
        fits = 1;
    } else if (json_is_integer(member) && field->type == KINMU_TYPE_I64) {
        *out = kinmu_i64(json_integer_value(member));
        fits = 1;
    } else if (json_is_number(member) && field->type == KINMU_TYPE_F64) {
        *out = kinmu_f64(json_number_value(member));
        fits = isfinite(out->as.f64);
    }
    if (!fits) {
        return fail(fault, "body.type", field->name, type_word(field));
    }
    if (field->choices != NULL && out->type == KINMU_TYPE_TEXT && out->size > 0 &&
        words_choice(field->choices, out->as.text, out->size) < 0) {
        return fail(fault, "body.choice", field->name, field->choices);
    }
    return 1;
}

/* The member no field bears, or NULL. */
static const char *unknown_member(const kinmu_table *fields, const json_t *object) {
    const char *name;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)object, name, member) {
        uint32_t at = 0;
        while (at < fields->count && strcmp(body_field(fields, at).name, name) != 0) {
            at++;
        }
        if (at == fields->count) {
            return name;
        }
    }
    return NULL;
}

kinmu_value *body_values(memory *m, const kinmu_table *fields, const json_t *object,
                         body_fault *fault) {
    const char *unknown = unknown_member(fields, object);
    kinmu_value *values = memory_get(m, (fields->count + 1) * sizeof *values);
    if (values == NULL) {
        (void)fail(fault, "memory", NULL, NULL);
        return NULL;
    }
    if (unknown != NULL) {
        (void)fail(fault, "body.unknown", memory_text(m, unknown, strlen(unknown)), NULL);
        return NULL;
    }
    for (uint32_t i = 0; i < fields->count; i++) {
        kinmu_field field = body_field(fields, i);
        const json_t *member = json_object_get(object, field.name);
        if (member == NULL && (field.flags & KINMU_FIELD_REQUIRED) != 0) {
            (void)fail(fault, "body.missing", field.name, NULL);
            return NULL;
        }
        if (member != NULL && !body_take(m, &field, member, &values[i], fault)) {
            return NULL;
        }
    }
    return values;
}

int32_t body_value_of_text(memory *m, const kinmu_field *field, const char *text,
                           kinmu_value *out) {
    char *end = NULL;
    switch (field->type) {
    case KINMU_TYPE_BOOL:
        *out = kinmu_bool(strcmp(text, "true") == 0);
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    case KINMU_TYPE_I64:
        *out = kinmu_i64(strtoll(text, &end, 10));
        return end != text && *end == '\0' && strlen(text) < 19;
    case KINMU_TYPE_F64:
        *out = kinmu_f64(strtod(text, &end));
        return end != text && *end == '\0' && isfinite(out->as.f64);
    default:
        return take_text(m, field, text, strlen(text), out);
    }
}

/* ---- out ---- */

static json_t *hex_json(const kinmu_value *value) {
    static const char digits[] = "0123456789abcdef";
    char *text = malloc((size_t)value->size * 2 + 1);
    if (text == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < value->size; i++) {
        text[2 * i] = digits[value->as.bytes[i] >> 4];
        text[2 * i + 1] = digits[value->as.bytes[i] & 15];
    }
    json_t *json = json_stringn(text, (size_t)value->size * 2);
    free(text);
    return json;
}

json_t *body_json(const kinmu_field *field, const kinmu_value *value) {
    char moment[MOMENT_SIZE];
    switch (value->type) {
    case KINMU_TYPE_BOOL:
        return json_boolean(value->as.i64 != 0);
    case KINMU_TYPE_I64:
        return json_integer(value->as.i64);
    case KINMU_TYPE_F64:
        return json_real(value->as.f64);
    case KINMU_TYPE_TIME:
        moment_print(moment, value->as.i64);
        return json_string(moment);
    case KINMU_TYPE_BYTES:
        return hex_json(value);
    case KINMU_TYPE_TEXT:
        if (field->unit != NULL && strcmp(field->unit, "json") == 0) {
            json_t *json = json_loadb(value->as.text, value->size, JSON_DECODE_ANY, NULL);
            return json != NULL ? json : json_stringn(value->as.text, value->size);
        }
        return json_stringn(value->as.text, value->size);
    default:
        return json_null();
    }
}

json_t *body_object(const kinmu_table *fields, const kinmu_value *values, uint32_t count) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < fields->count && object != NULL; i++) {
        kinmu_field field = body_field(fields, i);
        json_t *member = i < count ? body_json(&field, &values[i]) : json_null();
        if (member == NULL || json_object_set_new(object, field.name, member) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}
