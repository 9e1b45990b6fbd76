/* kinmu/civil.h - dates and clocks from moments, and back: the proleptic Gregorian calendar.
 *
 * Pure functions without a time zone database: local time is UTC plus the offset that stands in
 * every event. Years begin in March inside, so that the leap day comes last; 146,097 days are 400
 * years. Right for every moment that 64-bit nanoseconds reach (years 1677 to 2262).
 */
#ifndef KINMU_CIVIL_H
#define KINMU_CIVIL_H

#include <kinmu/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kinmu_civil {
    int32_t year;
    int32_t month; /* 1 … 12 */
    int32_t day;   /* 1 … 31 */
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t nanosecond;
} kinmu_civil;

/* Counts the days from 1970-01-01 to a date; the date itself is not checked. [any] Since 1.0 */
static inline int64_t kinmu_days_from_date(int32_t year, int32_t month, int32_t day) {
    int64_t shifted_year = (int64_t)year - (month <= 2);
    int64_t era = (shifted_year >= 0 ? shifted_year : shifted_year - 399) / 400;
    int64_t of_era = shifted_year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Fills year, month and day from the days since 1970-01-01. [any] Since 1.0 */
static inline void kinmu_date_from_days(int64_t days, kinmu_civil *civil) {
    int64_t shifted = days + 719468; /* since 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day = shifted - era * 146097;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 = March */
    civil->day = (int32_t)(of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int32_t)(month < 10 ? month + 3 : month - 9);
    civil->year = (int32_t)(year + era * 400 + (civil->month <= 2));
}

/* Gives date and clock of a moment at an offset, seconds east of UTC. [any] Since 1.0 */
static inline kinmu_civil kinmu_civil_from(int64_t unix_ns, int32_t utc_offset_s) {
    kinmu_civil civil;
    int64_t rest_ns = unix_ns % 1000000000;
    int64_t local_s = unix_ns / 1000000000 - (rest_ns < 0) + utc_offset_s;
    int64_t days = local_s / 86400 - (local_s % 86400 < 0);
    int64_t of_day = local_s - days * 86400;
    kinmu_date_from_days(days, &civil);
    civil.hour = (int32_t)(of_day / 3600);
    civil.minute = (int32_t)(of_day / 60 % 60);
    civil.second = (int32_t)(of_day % 60);
    civil.nanosecond = (int32_t)(rest_ns + (rest_ns < 0 ? 1000000000 : 0));
    return civil;
}

#ifdef __cplusplus
}
#endif
#endif
