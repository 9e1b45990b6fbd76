/* api/wire/cursor.c - see cursor.h. Hex of a JSON list: question, part, its name, then type and
 * value of each key. */
#include "wire/cursor.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

const char *cursor_print(memory *m, const cursor *c) {
    json_t *list = json_pack("[s, i, s]", c->question, (int)c->part, c->part_name);
    for (uint32_t i = 0; list != NULL && i < c->key_count; i++) {
        const kinmu_value *key = &c->keys[i];
        json_array_append_new(list, json_integer(key->type));
        json_array_append_new(list, key->type == KINMU_TYPE_TEXT
                                        ? json_stringn(key->as.text, key->size)
                                        : json_integer(key->as.i64));
    }
    char *json = list != NULL ? json_dumps(list, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    json_decref(list);
    size_t size = json != NULL ? strlen(json) : 0;
    char *out = json != NULL ? memory_get(m, size * 2 + 1) : NULL;
    for (size_t i = 0; out != NULL && i < size; i++) {
        static const char digits[] = "0123456789abcdef";
        out[2 * i] = digits[(uint8_t)json[i] >> 4];
        out[2 * i + 1] = digits[(uint8_t)json[i] & 15];
    }
    free(json);
    return out;
}

static json_t *read_list(memory *m, const char *text) {
    size_t size = strlen(text);
    char *json = size <= CURSOR_TEXT_MAX ? memory_get(m, size / 2 + 1) : NULL;
    if (json == NULL || size % 2 != 0 || strspn(text, "0123456789abcdef") != size) {
        return NULL;
    }
    for (size_t i = 0; i < size; i += 2) {
        const char pair[3] = {text[i], text[i + 1], '\0'};
        json[i / 2] = (char)strtoul(pair, NULL, 16);
    }
    return json_loadb(json, size / 2, 0, NULL);
}

static int32_t take_key(memory *m, const json_t *type, const json_t *value, kinmu_value *out) {
    switch (json_integer_value(type)) {
    case KINMU_TYPE_TEXT:
        *out = kinmu_null();
        if (!json_is_string(value) ||
            strlen(json_string_value(value)) != json_string_length(value)) {
            return 0;
        }
        out->as.text = memory_text(m, json_string_value(value), json_string_length(value));
        out->size = (uint32_t)json_string_length(value);
        out->type = KINMU_TYPE_TEXT;
        return out->as.text != NULL;
    case KINMU_TYPE_I64:
    case KINMU_TYPE_TIME:
    case KINMU_TYPE_BOOL:
        *out = kinmu_i64(json_integer_value(value));
        out->type = (uint32_t)json_integer_value(type);
        return json_is_integer(value);
    default:
        return 0;
    }
}

int32_t cursor_parse(memory *m, const char *text, cursor *out) {
    json_t *list = read_list(m, text);
    size_t count = json_array_size(list);
    const json_t *question = json_array_get(list, 0);
    const json_t *part = json_array_get(list, 1);
    const json_t *name = json_array_get(list, 2);
    memset(out, 0, sizeof *out);
    int32_t is_one = count >= 3 && count % 2 == 1 && count <= 3 + 2 * CURSOR_KEYS_MAX &&
                     json_is_string(question) && json_is_integer(part) && json_is_string(name) &&
                     json_integer_value(part) >= 0 && json_integer_value(part) <= UINT32_MAX;
    if (is_one) {
        out->question = memory_text(m, json_string_value(question), json_string_length(question));
        out->part = (uint32_t)json_integer_value(part);
        out->part_name = memory_text(m, json_string_value(name), json_string_length(name));
        out->key_count = (uint32_t)(count - 3) / 2;
        is_one = out->question != NULL && out->part_name != NULL;
    }
    for (uint32_t i = 0; is_one && i < out->key_count; i++) {
        is_one = take_key(m, json_array_get(list, 3 + 2 * i), json_array_get(list, 4 + 2 * i),
                          &out->keys[i]);
    }
    json_decref(list);
    return is_one;
}
