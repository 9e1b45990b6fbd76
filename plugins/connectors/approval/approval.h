/* approval/approval.h - one instance and what its files do for each other.
 *
 *   approval.c   the plugin's table, the instance's life
 *   commands.c   what people may call          states.c    state × action (pure)
 *   who.c        who asks, who may decide      duties.c    what flags demand (pure)
 *   calendar.c   settings, business days       book.c      rows read and written
 *   punch.c      start, break, resume, end     task.c      tasks and meetings
 *   request.c    asking                        decide.c    approve, deny, return, withdraw, judge
 *   late.c       evidence of closed months     lists.c     what there is, as JSON
 *   inputs.c     what several commands take
 *   texts.c      every sentence of a refusal
 *
 * The instance keeps nothing between calls: each decision is judged on rows as of the newest
 * decision, in a job, and written only if no other came between (plugins/shared/desk.h). A call
 * changes rows only after all that could refuse it.
 */
#ifndef APPROVAL_APPROVAL_H
#define APPROVAL_APPROVAL_H

#include "book.h"
#include "states.h"
#include "words.h"
#include "zone.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/attendance.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>
#include <kinmu/events/task.h>
#include <kinmu/iface/metrics.h>

#define APPROVAL_REASON_BYTES_MAX 4096u
#define APPROVAL_CLOCK_SIZE 8u
#define APPROVAL_AUTO_END_CLOCK 300 /* without a pattern: 5:00, and eight hours (WRK-19) */
#define APPROVAL_WORK_MIN 480
#define APPROVAL_DAY_MIN 1440
#define APPROVAL_FORMS "ordinary|outside|home" /* of work */
#define SECOND_NS INT64_C(1000000000)
#define MINUTE_NS (60 * SECOND_NS)

typedef struct approval {
    desk desk;
    const kinmu_host *host;
    const kinmu_records *records;
    const kinmu_metrics *metrics;
    uint64_t expiry_timer;
} approval;

/* One call being judged. */
typedef struct hearing {
    desk_decision *decision;
    desk_call *call;
    book *book;
    memory *memory;     /* of the decision */
    const char *asker;  /* the caller's person, "" = none */
    int32_t is_admin;   /* he may act for others */
    const char *author; /* what to write down as his name */
    const char *word;   /* what is to be done, of several that one judge knows */
} hearing;

typedef struct work_kind {
    int32_t (*judge)(hearing *h);
    int32_t is_reading;
    const char *word; /* see hearing */
} work_kind;

/* ---- texts.c ---- */
/* Refuses with the sentence of a code; returns the status. NULL for one or two = "". */
int32_t refuse(hearing *h, int32_t status, const char *code, const char *one, const char *two);
const char *texts_find(const char *code, int32_t is_japanese);

/* ---- inputs.c: KINMU_OK, or refused ---- */
int32_t inputs_word(hearing *h, const char *name, const char *choices, const char *word);
int32_t inputs_form(hearing *h, uint32_t input); /* of work, where one is given */
int32_t inputs_length(hearing *h, const char *name, const char *text, uint32_t bytes_max);
/* 0 to `max`; the value stays as it is where nothing is given, here and next. */
int32_t inputs_number(hearing *h, uint32_t input, const char *name, int64_t max,
                      kinmu_value *value);
/* "9:00" or "27:00" as minutes. */
int32_t inputs_clock(hearing *h, uint32_t input, kinmu_value *value);

/* ---- who.c ---- */
/* Finds out who asks. KINMU_OK, or refused. */
int32_t who_asks(hearing *h);
/* Whom the call concerns: the input, or the asker. Not himself: only an admin. The person's rows
 * are read, and he must be active. NULL: refused, with the status in *status. */
const char *who_concerns(hearing *h, uint32_t input, int32_t *status);
/* Reads a person with all that says who decides over him and what holds for him. */
void who_read(book *b, const char *person);
/* Reads everybody who may decide over requests of the group. */
void who_read_approvers(book *b, const char *group_id);
int32_t who_is_active(const book *b, const char *person);
/* As what a person may decide over requests of a group (APR-02 to APR-04): "approver",
 * "upper-approver", "admin", or NULL. */
const char *who_decides_as(const hearing *h, const char *group_id, const char *person);
/* 1 when somebody active other than the person may decide, admins not counted. */
int32_t who_else_decides(const book *b, const char *group_id, const char *person);

/* ---- decide.c ---- */
/* As what the decider may decide over the request now; NULL: he may not. is_named: he was given as
 * input. "" is nobody: root, or a token. Groups and his own row have been read. */
const char *decide_role(hearing *h, const row *request, const char *decider, int32_t is_named);

/* ---- calendar.c ---- */
typedef struct calendar {
    char date[WORDS_DATE_SIZE]; /* business day of a moment */
    zone zone;
} calendar;
/* The business day of the moment, for that person. NULL when a zone cannot be read: refused. */
calendar *calendar_find(hearing *h, const char *person, int64_t unix_ns);
const char *calendar_setting(const book *b, const char *person, uint32_t setting, const char *date);
const char *calendar_group(const book *b, const char *person, const char *date);
/* The first moment of that wall clock, and wall-clock minutes from 00:00 of the date. */
int64_t calendar_at(const calendar *c, const char *date, int64_t clock);
int64_t calendar_clock(const calendar *c, const char *date, int64_t unix_ns);
/* The first moment after `from_ns` at which the wall clock shows these minutes (below 1440). */
int64_t calendar_next(const calendar *c, int64_t from_ns, int64_t clock);
/* "09:05" or "27:00". */
void calendar_print(char out[APPROVAL_CLOCK_SIZE], int64_t clock);
/* "2026-11-22T09:05:00+09:00" */
const char *calendar_moment(hearing *h, const calendar *c, int64_t unix_ns);

/* ---- request.c ---- */
typedef struct request_draft {
    const char *kind, *person, *date, *group_id;
    const kinmu_value *values; /* KINMU_REQUEST_REQUEST_FIELDS of them; those above are filled in */
    const char *comment;
    int32_t is_automatic; /* approved by rule at once */
} request_draft;
/* Writes the request and its first steps; returns its id. */
const char *request_make(hearing *h, const request_draft *draft);
/* One more step of its history. */
void request_step(hearing *h, const row *request, const char *action, const char *decided_by,
                  const char *decided_as, const char *comment);
/* The request with its history read; NULL: refused. */
const row *request_find(hearing *h, const char *id);
/* Refuses as if there were none: what is not for somebody is not there for him. */
int32_t request_hide(hearing *h, const char *id);
void request_read_day(book *b, const char *person, const char *date);
void request_withdraw(hearing *h, const row *request);

/* ---- task.c ---- */
void task_read_day(book *b, const char *person, const char *date);
/* The task of the person with that id; NULL: there is none, so the words are a title. */
const row *task_named(hearing *h, const char *person, const char *words);
/* Ends a task in that moment; "" leaves the report it has. */
void task_end(hearing *h, const row *task, int64_t unix_ns, const char *report);
/* Starts the task, a new one where it is NULL; returns its id. */
const char *task_start(hearing *h, const row *task, const char *person, const calendar *c,
                       const char *title, const char *work_form, int64_t unix_ns);

/* ---- punch.c ---- */
int32_t punch_judge(hearing *h);
int32_t shift_show_judge(hearing *h);
/* A shift as it stands at a moment: after the last punch here, later ones of other sources, and the
 * automatic end (WRK-06). */
typedef struct shift {
    const char *state;                      /* "off", "working", "break" */
    const char *date, *work_form, *task_id; /* "" = none */
    int64_t started_ns, punched_ns;
    int64_t auto_end_ns;   /* when it ends by itself, or ended; INT64_MAX = it is off */
    int32_t is_auto_ended; /* "off" for that reason */
} shift;
int32_t shift_read(hearing *h, const char *person, int64_t at_ns, const calendar *c, shift *out);
/* The schedule of the date that was not withdrawn; NULL: none, or this node's conf.d does not let
 * schedules be read. */
const row *planned_on(hearing *h, const char *person, const char *date);
/* Writes a punch and where the shift stands now; NULL: as it did. */
void shift_write(hearing *h, const char *person, const char *kind, const char *task_id,
                 const char *work_form, int64_t at_ns, const shift *now);
/* The moment a punch is for: now, or what the input says where that is allowed. */
int32_t punch_moment(hearing *h, uint32_t input, int64_t *at_ns);

/* ---- commands.c ---- */
#define APPROVAL_COMMANDS 20u
/* The instance calls these itself. */
#define APPROVAL_EXPIRE APPROVAL_COMMANDS
#define APPROVAL_LATE (APPROVAL_COMMANDS + 1)
extern const kinmu_command approval_command_rows[APPROVAL_COMMANDS];
int32_t approval_call(void *instance, const kinmu_call *call, kinmu_err *err);
int32_t approval_judge(desk_decision *d, desk_call *call);

/* ---- the judges ---- */
int32_t request_judge(hearing *h);
int32_t resubmit_judge(hearing *h);
int32_t decide_judge(hearing *h);
int32_t expire_judge(hearing *h);
int32_t late_judge(hearing *h);
int32_t task_start_judge(hearing *h);
int32_t task_end_judge(hearing *h);
int32_t task_add_judge(hearing *h);
int32_t task_set_judge(hearing *h);
int32_t task_delete_judge(hearing *h);
int32_t task_list_judge(hearing *h);
int32_t request_list_judge(hearing *h);
int32_t request_show_judge(hearing *h);
int32_t inbox_judge(hearing *h);
int32_t terms_judge(hearing *h);

#endif
