/* json/miteras.h - M's agent log from events: one line per minute with input (COL-01).
 *
 * Takes events sorted by subject and time, as an export delivers them. Process, title and url are
 * those of the window in the foreground longest in that minute, the earlier one at a tie. A line is
 * written once its minute is over, so at most one minute per device waits. No I/O: lines are
 * appended to bytes.
 */
#ifndef JSON_MITERAS_H
#define JSON_MITERAS_H

#include "buffer.h"

#include <kinmu/value.h>

#define MITERAS_DEVICES_MAX 256 /* of one subject */
#define MITERAS_WINDOWS_MAX 512 /* different windows in one minute; later ones are not counted */

#define MITERAS_MINUTE 1u
#define MITERAS_FOCUS 2u
#define MITERAS_ORIGIN 3u

typedef struct miteras miteras;

/* `computer` names devices the log has no name for; NULL = their origin in hexadecimal. */
int32_t miteras_create(const char *computer, buffer *out, miteras **made);
/* `kind` is MITERAS_*. E_NOMEM, or E_REJECT beyond MITERAS_DEVICES_MAX. */
int32_t miteras_event(miteras *m, uint32_t kind, const kinmu_event *event);
void miteras_finish(miteras *m);  /* writes what waits */
void miteras_destroy(miteras *m); /* NULL is fine */

#endif
