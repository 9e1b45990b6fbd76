/* workday/rules/rows.h - days, months and alerts as values of kinmu.work.day/1, kinmu.work.month/1
 * and kinmu.alert/1, in the order of their fields. */
#ifndef WORKDAY_ROWS_H
#define WORKDAY_ROWS_H

#include "rules/days.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/day.h>

typedef struct row {
    kinmu_value values[KINMU_WORK_DAY_FIELDS]; /* the longest of the three */
    uint32_t count;
    char date[DATE_SIZE], other_date[DATE_SIZE];
    char kinds[64], causes[CAUSES_SIZE];
    char text_key[64];
    const texts *texts;
    const facts *facts;
    const char *rule_version;
    int64_t computed_ns;
} row;

/* The texts of a row live in it until the next call. texts, facts, rule_version and computed_ns
 * are given. */
void row_of_day(row *r, const day *d);
void row_of_month(row *r, const month *m);
void row_of_alert(row *r, const alert *a);
const char *row_rule(int32_t rule); /* "overtime.month" */
/* The period of an alert as it is written. */
void row_period(char out[DATE_SIZE], const alert *a);

#endif
