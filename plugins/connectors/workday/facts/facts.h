/* workday/facts/facts.h - everything the rules need to know of one person, sorted by time: the
 * input of the rules. Filled from logs and book by facts_collect, or by hand in a test. */
#ifndef WORKDAY_FACTS_H
#define WORKDAY_FACTS_H

#include "facts/logs.h"
#include "facts/zones.h"

typedef struct input_fact {
    int32_t minute;
    uint32_t lane;
    int32_t is_active;
} input_fact;

typedef struct change_fact {
    int64_t unix_ns;
    uint32_t device;  /* place in devices */
    uint32_t lane;    /* LANE_NONE: of the machine */
    uint32_t session; /* id */
    int32_t kind;     /* CHANGE_*, or CHANGE_RELEASED */
    int32_t is_estimated;
} change_fact;

#define LANE_NONE UINT32_MAX
#define CHANGE_RELEASED                                                                            \
    (-1) /* the account passes to somebody else: its sessions are followed no more */

typedef struct gap_fact {
    int64_t from_ns, to_ns, unix_ns;
    uint32_t device;
    int32_t is_counted, is_own;
} gap_fact;

typedef struct punch_fact {
    int32_t minute, kind, form;
} punch_fact;

/* A span in which the calendar, a task or a messenger says busy, or private. */
typedef struct busy_fact {
    int32_t start, end;
    int32_t is_private, evidence; /* EVIDENCE_APPOINTMENT, _TASK, _MESSENGER */
} busy_fact;

/* One account on one device. */
typedef struct lane_fact {
    uint32_t device, account; /* place in devices; id */
} lane_fact;

typedef struct device_fact {
    uint32_t device; /* id */
    int64_t heard_ns;
} device_fact;

typedef struct facts {
    uint32_t person, employee_no;
    list terms;   /* terms, by date, without holes */
    list inputs;  /* by minute, then lane, active ones first */
    list changes; /* by time, then as CHANGE_* are listed */
    list gaps;    /* by their beginning */
    list punches; /* by minute, then as PUNCH_* are listed */
    list busy;    /* by start */
    list devices, lanes;
    uint32_t attendance_first, attendance_end; /* rows of the book */
    uint32_t schedule_first, schedule_end;
    uint32_t request_first, request_end;
    uint32_t task_first, task_end;
} facts;

void facts_init(facts *f);
void facts_finish(facts *f);
/* Forgets the person before. 0 when out of memory. `z` is asked for zones it has read already. */
int32_t facts_collect(facts *f, const book *b, logs *l, zones *z, const book_id *person);

/* 1 for an active input minute, once for each minute and lane. */
int32_t facts_is_new_active(const facts *f, uint32_t input);

/* What holds on a date; those of the first or last one outside of all. */
const terms *facts_terms(const facts *f, int32_t date);
/* The moment at which a business day begins. */
int32_t facts_day_begin(const facts *f, int32_t date);
/* Kind of day, for any date. */
int32_t facts_kind(const facts *f, const book *b, int32_t date);

#endif
