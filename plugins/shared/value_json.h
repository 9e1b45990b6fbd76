/* shared/value_json.h - a value as answers of commands tell it: moments as RFC 3339. */
#ifndef SHARED_VALUE_JSON_H
#define SHARED_VALUE_JSON_H

#include "words.h"

#include <kinmu/value.h>

#include <jansson.h>

static inline json_t *moment_json(int64_t unix_ns) {
    char moment[WORDS_MOMENT_SIZE];
    words_moment(unix_ns, moment);
    return json_string(moment);
}

static inline json_t *value_json(const kinmu_value *value) {
    switch (value->type) {
    case KINMU_TYPE_TEXT:
        return json_stringn(value->as.text, value->size);
    case KINMU_TYPE_BOOL:
        return json_boolean(value->as.i64);
    case KINMU_TYPE_I64:
        return json_integer(value->as.i64);
    case KINMU_TYPE_TIME:
        return moment_json(value->as.i64);
    default:
        return json_null();
    }
}

#endif
