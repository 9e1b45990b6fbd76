/* shared/apart.h - 勤怠差異 (ATT-13): how far PC and punches, or PC and the pattern's clocks
 * (基準時刻), lie apart on a day, and the sums of many days. Pure.
 *
 * Differences to punches are those of kinmu.work.day/1 as they stand there; those to the schedule
 * are its PC clocks less the clocks of the pattern in force. What is at most the threshold is
 * ignored; averages are of the days above it. */
#ifndef SHARED_APART_H
#define SHARED_APART_H

#include <kinmu/base.h>

#define APART_THRESHOLD_DEFAULT 30
#define APART_THRESHOLD_MAX 1440
#define APART_NONE INT64_MIN /* not known */

enum { APART_START, APART_END, APART_SIDES };
enum { APART_ASKED, APART_BEFORE, APART_PERIODS };

/* Of a day what counts here, in minutes, by side. */
typedef struct apart_day {
    int64_t divergence[APART_SIDES];
    int64_t pc[APART_SIDES];
    int64_t schedule[APART_SIDES]; /* of the pattern in force */
    int32_t is_auto_ended;
    int32_t is_workday; /* its kind is "work" */
} apart_day;

/* Of one side in one period. */
typedef struct apart_sum {
    int64_t days;      /* that could be compared */
    int64_t over_days; /* above the threshold; the next two are theirs */
    int64_t over_min, max_min;
    int64_t over_people;
    uint32_t last_person; /* of over_people, from 1 on */
} apart_sum;

/* Of a person, a group or everybody. */
typedef struct apart_sums {
    apart_sum of[APART_PERIODS][APART_SIDES];
    int64_t people; /* with a day in the period asked for */
    uint32_t last_person;
} apart_sums;

typedef struct apart_question {
    int64_t threshold;
    int32_t is_schedule; /* 1: against the pattern's clocks, 0: against punches */
} apart_question;

/* Adds a day of `person`, a number from 1 on; the days of a person come one after the other. */
void apart_add(apart_sums *sums, const apart_question *question, uint32_t period,
               const apart_day *day, uint32_t person);
/* In tenths of a minute, half up; APART_NONE without a day above the threshold. */
int64_t apart_average(const apart_sum *sum);

#endif
