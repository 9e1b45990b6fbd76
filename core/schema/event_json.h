/* schema/event_json.h - an event as one JSON object, the same bytes for the same event everywhere.
 *
 * `kinmu journal cat --json` prints it, an evidence file holds it and its verifier writes it anew
 * to compare. Times of values are RFC 3339 in UTC with milliseconds, bytes are hexadecimal.
 */
#ifndef SCHEMA_EVENT_JSON_H
#define SCHEMA_EVENT_JSON_H

#include "base/buffer.h"
#include "schema/registry.h"
#include <kinmu/value.h>

/* Where an event stands, which it does not say itself. */
typedef struct event_place {
    const uint8_t *origin; /* 16 bytes */
    uint64_t sequence;
    const char *number_name; /* what `number` is: "block", "chain" */
    uint64_t number;
    uint64_t decision; /* 0 = of a log */
} event_place;

/* info NULL: of a schema not known here; its values are left out. */
void event_json(buffer *out, const kinmu_event *event, const schema_info *info,
                const event_place *place);
void event_json_value(buffer *out, const kinmu_value *value);

#endif
