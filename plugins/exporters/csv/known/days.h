/* csv/known/days.h - the business days of the period, out of kinmu.work.day: as they are, in the
 * order the files want.
 *
 * One row per employee number and day; of several ids the smallest counts (ATT-12). Days of people
 * who are deleted are left out. Compact, because every day of everybody waits in memory until all
 * records are there.
 */
#ifndef CSV_DAYS_H
#define CSV_DAYS_H

#include "known/directory.h"
#include "known/period.h"

#define DAYS_NONE INT16_MIN /* not known, or none */
#define DAYS_ROWS_MAX 20000000u

typedef struct work_day {
    uint32_t who; /* 社員番号 */
    uint32_t id;
    uint32_t group;
    uint32_t zone; /* "Asia/Tokyo" */
    uint32_t kind; /* "company-holiday" */
    uint32_t state;
    int32_t day;
    int16_t work_start; /* clocks and minutes */
    int16_t work_end;
    int16_t deemed_end;
    int16_t break_min;
    int16_t work_min;
    int16_t overtime_min;
    int16_t holiday_work_min;
    int16_t undeclared_min;
    int16_t scheduled_min;
    int16_t scheduled_start; /* where a schedule plans the day */
    int16_t scheduled_end;
    int16_t night_min;
    int16_t statutory_overtime_min;
    int16_t legal_holiday_min;
    int16_t missing_min;
    int16_t pc_start;
    int16_t pc_end;
    int16_t pc_span_min;
    int16_t pc_active_min;
    int16_t divergence_start_min; /* below 0: the PC lies within */
    int16_t divergence_end_min;
    uint8_t form; /* DAYS_FORM_* */
    uint8_t is_auto_ended;
    uint8_t is_scheduled;  /* by a schedule of the day, with a shift or without */
    uint8_t is_fold_start; /* the clock is the second of two equal ones */
    uint8_t is_fold_end;
} work_day;

enum { DAYS_FORM_NONE, DAYS_FORM_ORDINARY, DAYS_FORM_OUTSIDE, DAYS_FORM_HOME };

/* 通常, 外出, 在宅; "" for none. */
const char *days_form_name(uint32_t form);
/* DAYS_FORM_* of a field of an event. */
uint32_t days_form(const kinmu_event *event, uint32_t field);

typedef struct days days;
int32_t days_create(words *texts, const period *p, days **out);
void days_destroy(days *d); /* NULL is fine */
void days_add(days *d, const kinmu_event *record);
/* Sorts by 社員番号 (its bytes) and day; the directory is sealed. */
int32_t days_seal(days *d, const directory *people);

uint32_t days_count(const days *d);
/* The place of a text known at the seal in the order of texts; a later one comes last. */
uint32_t days_rank(const days *d, uint32_t text);
const work_day *days_at(const days *d, uint32_t index);
uint32_t days_index(const days *d, const work_day *row);
/* NULL: nothing is known of that day. */
const work_day *days_find(const days *d, uint32_t who, int32_t day);

#endif
