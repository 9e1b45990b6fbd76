/* csv/known/fields.h - reading a field of an event: what is missing or of another type is null. */
#ifndef CSV_FIELDS_H
#define CSV_FIELDS_H

#include <kinmu/value.h>

#include <string.h>

static inline kinmu_value field_value(const kinmu_event *event, uint32_t field) {
    return field < event->value_count ? event->values[field] : kinmu_null();
}

static inline int32_t field_is(const kinmu_event *event, uint32_t field, const char *text) {
    kinmu_value value = field_value(event, field);
    return value.type == KINMU_TYPE_TEXT && value.size == strlen(text) &&
           memcmp(value.as.text, text, value.size) == 0;
}

static inline int32_t field_is_true(const kinmu_event *event, uint32_t field) {
    kinmu_value value = field_value(event, field);
    return value.type == KINMU_TYPE_BOOL && value.as.i64 != 0;
}

/* A number within [0, max], else `absent`. */
static inline int32_t field_number(const kinmu_event *event, uint32_t field, int32_t max,
                                   int32_t absent) {
    kinmu_value value = field_value(event, field);
    int32_t is_usable =
        value.type == KINMU_TYPE_I64 && value.as.i64 >= 0 && value.as.i64 <= (int64_t)max;
    return is_usable ? (int32_t)value.as.i64 : absent;
}

#endif
