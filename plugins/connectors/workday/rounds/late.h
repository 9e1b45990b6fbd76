/* workday/rounds/late.h - evidence about a day of a closed month: it stays as it is until somebody
 * who may decide has approved a request, kind late-evidence, that shows the figures which would be
 * others. The warning carries them; `approval` makes the request of it.
 */
#ifndef WORKDAY_LATE_H
#define WORKDAY_LATE_H

#include "rounds/room.h"

#define LATE_TEXT_SIZE 2048 /* of all figures of a day */

/* Figures of a closed row that are others in the line. */
int32_t late_differs(const saved *old, const row *line);
/* Whether the month of a day was closed, also one in which nothing was known of the person. */
int32_t late_is_closed(room *o, int32_t date);
/* After the person was computed: warns of days of closed months that would become others, or come
 * anew, and are not approved, and holds them as they are. Of who is erased nothing is told. 1 when
 * any is held: then he is to be computed again. */
int32_t late_hold(room *o, int32_t from_date);

#endif
