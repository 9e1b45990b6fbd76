/* json/line.h - one event as one line of NDJSON, and a line's place in the journal back from it.
 *
 *   {"schema":"kinmu.input.minute/1","time":"2026-11-22T10:00:00+09:00","subject":"alice",
 *    "origin":"<32 hex digits>","sequence":7,"block":3,"values":{"keys":5,...}}
 *
 * All fields of the schema stand in `values`, null included; bytes are hexadecimal, moments RFC
 * 3339. (block, sequence) orders lines as the journal does and, with origin, names an event for
 * ever.
 */
#ifndef JSON_LINE_H
#define JSON_LINE_H

#include "buffer.h"

#include <kinmu/schema.h>

#define LINE_ORIGIN_BYTES 16

typedef struct line_place {
    uint64_t block;
    uint64_t sequence;
    uint8_t origin[LINE_ORIGIN_BYTES];
} line_place;

/* Appends the line with its line feed. */
void line_put(buffer *out, const kinmu_schema *schema, const kinmu_event *event);
line_place line_place_of(const kinmu_event *event);
/* 1 when the text is a line of this form. */
int32_t line_parse_place(const char *text, size_t size, line_place *place);
/* Order of the journal; origin settles what else is equal. */
int line_compare(const void *left, const void *right);

#endif
