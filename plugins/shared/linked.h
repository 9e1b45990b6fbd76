/* shared/linked.h - which log of a day became its start or its end (出退勤ログ, SES-10). Pure.
 *
 * The day says the clock (work_start, work_end of kinmu.work.day/1), and the log is the one that
 * stands at that minute: a punch before a change of the session before a minute of input; of equal
 * ones the first for a start, the last for an end. Nothing of the day is computed again. */
#ifndef SHARED_LINKED_H
#define SHARED_LINKED_H

#include "zone.h"

enum { LINKED_PUNCH, LINKED_CHANGE, LINKED_INPUT };

/* The better the higher; 0: it begins or ends no work. `kind` is that of a punch or a change. */
int32_t linked_rank(uint32_t what, const char *kind, int32_t is_end);
/* 1 when a log of that rank and moment is taken before the one there is; its rank is 0 for none. */
int32_t linked_is_better(int32_t rank, int64_t unix_ns, int32_t rank_before, int64_t ns_before,
                         int32_t is_end);
/* The moment of a clock of a date (days since 1970), of two equal ones the second on request. */
int64_t linked_moment_s(const zone *z, int64_t day, int64_t clock_min, int32_t is_second);

#endif
