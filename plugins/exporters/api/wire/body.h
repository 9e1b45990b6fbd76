/* api/wire/body.h - JSON objects to the values of a table of fields, and back. Pure.
 *
 * Integers are whole JSON numbers, moments RFC 3339 texts in UTC, bytes lower-case hex, and a text
 * whose unit is "json" stands as the JSON it is. Nothing is guessed: an unknown member, a twice
 * given one, a value of another type is an error with the member's name. */
#ifndef API_BODY_H
#define API_BODY_H

#include "memory.h"

#include <jansson.h>
#include <kinmu/schema.h>

/* Where a body is wrong: the code of problem.h and what it is about. */
typedef struct body_fault {
    const char *code;
    const char *one, *two; /* words of its sentence; in the memory given */
} body_fault;

/* Row `index` of a table of kinmu_field. */
kinmu_field body_field(const kinmu_table *fields, uint32_t index);
/* Parses a body: one JSON object. NULL: *fault says why. */
json_t *body_parse(memory *m, const char *data, size_t size, body_fault *fault);
/* The value of a member; 0: it does not fit, and *fault says why. */
int32_t body_take(memory *m, const kinmu_field *field, const json_t *member, kinmu_value *out,
                  body_fault *fault);
/* The values of all fields, fields->count of them. NULL: *fault says why. */
kinmu_value *body_values(memory *m, const kinmu_table *fields, const json_t *object,
                         body_fault *fault);
/* A value given as text, in a query. 0: it does not fit. */
int32_t body_value_of_text(memory *m, const kinmu_field *field, const char *text, kinmu_value *out);
/* A value as JSON; a new reference, NULL when out of memory. */
json_t *body_json(const kinmu_field *field, const kinmu_value *value);
/* Values by name, nulls included. */
json_t *body_object(const kinmu_table *fields, const kinmu_value *values, uint32_t count);

#endif
