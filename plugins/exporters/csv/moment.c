/* csv/moment.c - civil dates from a count of seconds. See moment.h. */
#include "moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND_NS INT64_C(1000000000)
#define MILLISECOND_NS INT64_C(1000000)
#define DAY_S INT64_C(86400)

typedef struct civil {
    int64_t year;
    int32_t month, day, hour, minute, second, millisecond;
} civil;

/* The proleptic Gregorian calendar counted in 400-year eras that begin on 1 March. */
static civil civil_from(int64_t unix_ns, int32_t utc_offset_s) {
    int64_t seconds = unix_ns / SECOND_NS;
    int64_t rest_ns = unix_ns % SECOND_NS;
    if (rest_ns < 0) {
        rest_ns += SECOND_NS;
        seconds--;
    }
    seconds += utc_offset_s;
    int64_t days = seconds / DAY_S;
    int64_t of_day = seconds % DAY_S;
    if (of_day < 0) {
        of_day += DAY_S;
        days--;
    }
    int64_t shifted = days + 719468; /* days from 0000-03-01 to 1970-01-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 = March */
    civil c = {.year = year + era * 400 + (month >= 10),
               .month = (int32_t)(month < 10 ? month + 3 : month - 9),
               .day = (int32_t)(of_year - (153 * month + 2) / 5 + 1),
               .hour = (int32_t)(of_day / 3600),
               .minute = (int32_t)(of_day / 60 % 60),
               .second = (int32_t)(of_day % 60),
               .millisecond = (int32_t)(rest_ns / MILLISECOND_NS)};
    return c;
}

void moment_slashes(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s,
                    int32_t to_minute) {
    civil c = civil_from(unix_ns, utc_offset_s);
    (void)snprintf(out, MOMENT_SIZE, "%04" PRId64 "/%02d/%02d %02d:%02d:%02d", c.year, c.month,
                   c.day, c.hour, c.minute, to_minute ? 0 : c.second);
}

void moment_rfc3339(char out[MOMENT_SIZE], int64_t unix_ns, int32_t utc_offset_s) {
    civil c = civil_from(unix_ns, utc_offset_s);
    int32_t offset_min = abs(utc_offset_s) / 60;
    (void)snprintf(out, MOMENT_SIZE, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d",
                   c.year, c.month, c.day, c.hour, c.minute, c.second, c.millisecond,
                   utc_offset_s < 0 ? '-' : '+', offset_min / 60, offset_min % 60);
}
