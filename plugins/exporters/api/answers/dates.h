/* api/answers/dates.h - a period of business days that is asked for: date.min and date.max. */
#ifndef API_DATES_H
#define API_DATES_H

#include "api.h"

#define DATES_DEFAULT 30

typedef struct dates {
    const char *min, *max; /* "2026-11-22" */
    int64_t first, last;   /* days since 1970-01-01 */
} dates;

/* The last 30 days when nothing is given; at most those of the option search_days. 0: answered. */
int32_t dates_take(exchange *x, dates *out);
/* date >= min and date <= max, for the table of days. */
void dates_filter(const dates *d, kinmu_filter filters[2]);
/* Days since 1970-01-01 of a date as rows have it, "2026-11-22". */
int64_t dates_number(const char *date);
/* "2026-11-22" of days since 1970-01-01; NULL without memory. */
const char *dates_print(memory *m, int64_t day);

#endif
