/* csv/known/period.h - the days an export is about, and the file names that say so (EXP-03,
 * EXP-04). */
#ifndef CSV_PERIOD_H
#define CSV_PERIOD_H

#include <kinmu/value.h>

#define PERIOD_NAME_SIZE 64

typedef struct period {
    int32_t first; /* days since 1970-01-01 */
    int32_t last;
} period;

/* Reads "2026-11-22"; 0 when it is no date. */
int32_t period_read_date(const char *text, size_t size, int32_t *day);
/* The same of a TEXT value. */
int32_t period_read_value(kinmu_value value, int32_t *day);
int32_t period_has(const period *p, int32_t day);
/* The last day of a day's month. */
int32_t period_end_of_month(int32_t day);
/* The month before a whole month, else as many days that end the day before. */
period period_before(const period *p);
/* "kinmu_202611.csv" for a whole month, else "kinmu_20261101_20261115.csv". */
void period_name(const period *p, const char *stem, const char *extension,
                 char out[PERIOD_NAME_SIZE]);

#endif
