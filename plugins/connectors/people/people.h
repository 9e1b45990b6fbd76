/* people/people.h - one instance and what its files do for each other.
 *
 *   people.c    the plugin's table, the instance's life
 *   commands.c  what people may call          flow.c      a call → changes of the book → events
 *   book.c      rows in memory (pure)         rows.c      the book, read from the store
 *   sets.c      one record set by a command   rules.c     what must hold (pure)
 *   lists.c     show and list                 export_n.c  the four files of N, as for an import
 *   import.c    files → changes of the book   csv.c n_*.c codes.c bindings.c calendar.c days.c
 *   audit.c     changes as JSON                           schedules.c what files say (pure)
 *   problems.c  every sentence about errors   holds.c     what must not be destroyed
 *   erase.c     all about a person, destroyed handover.c  the same, handed over
 *   renew.c     the daily work                demands.c deadlines.c  what people ask for
 *   access.c    what operators may look at    contract.c  what goes after the contract's end
 *   schedule_calls.c  single days set, withdrawn, listed
 *   licences.c  licences of past months       licence_rules.c  how they are counted (pure)
 *
 * The instance keeps nothing between calls: each decision is judged on rows read as of the newest
 * decision, in a job, and written only if no other came between (plugins/shared/desk.h).
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include "book.h"
#include "desk.h"
#include "problems.h"
#include "words.h"

#include <kinmu/iface/erasure.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/records.h>

#define PEOPLE_EVENTS_MAX 60000u /* of one decision; the bus takes 65,536 */
#define PEOPLE_REASON_BYTES_MAX 1024u

enum { USE_CHANGE = KINDS, USE_READ, USE_IMPORT, USE_SESSION, USES };
typedef struct people people;
typedef struct change change;

/* How a command is carried out. prepare, in the job, once: reads what is not in the store. judge,
 * in the job, on the rows as of the decision; again when somebody else decided first. What it put
 * into the book is taken back unless it answers KINMU_OK. */
typedef struct work_kind {
    int32_t (*prepare)(change *c);
    int32_t (*judge)(book *b, change *c);
    int32_t (*after)(change *c); /* once decided: 1 = it answers later. [turn] NULL = nothing */
    uint32_t reads;              /* KIND_BIT of what it looks at */
    int32_t is_reading;          /* changes nothing: waits for no decision */
    uint32_t kind;               /* KIND_* a set or list is about */
    int32_t reason;              /* the input that holds the reason; -1 = none */
    const int8_t *fields;        /* of a set: the record's field per input; -1 = something else */
    uint32_t field_count;
} work_kind;

/* What a call is here; kept while it is judged again. */
struct change {
    desk_call *call;
    people *owner;
    const work_kind *work;
    char today[WORDS_DATE_SIZE];
    char from_date[WORDS_DATE_SIZE], to_date[WORDS_DATE_SIZE]; /* of KIND_DAY and KIND_SCHEDULE; ""
                                                                  = none */
    uint32_t more_reads; /* KIND_BIT of what the files need beside work->reads */
    void *prepared;
    const char *contract_end, *contract_due, *contract_erase; /* NULL: no memory; "" = none */
    uint32_t demands_open, demands_overdue, demands_told;
    const char *demand_next; /* "D20261122-1 (2026-12-22)"; "" = none is open */
    int32_t prepared_status;
    kinmu_err prepared_err;
    int32_t is_told;           /* import: its result was published */
    uint32_t warned;           /* import: what was passed over */
    const kinmu_value *result; /* import: kinmu.import.result, to go with the decision */
    const char **reissues;     /* who needs a new password by this change */
    uint32_t reissue_count;
    int32_t is_reissued; /* they stand in the audit */
};

typedef struct people_config {
    kinmu_rows attendance; /* of profile (sheets.h) */
    int64_t time_records_ms;
} people_config;

struct people {
    desk desk;
    const kinmu_host *host;
    const people_config *config;
    const kinmu_records *records;
    const kinmu_metrics *metrics;
    const kinmu_erasure *erasure; /* NULL: this host has none */
    uint64_t daily_timer;
    /* For `kinmu status`; "" = nothing to tell. [turn] */
    char demands[448], contract[512];
    int32_t is_overdue, is_erasing;
};

/* ---- people.c ---- */
int32_t people_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;
/* Refuses a person or a group that is not registered; "" = none is meant. */
int32_t people_known(const book *b, change *c, const char *person, const char *group);

void people_tell_health(people *p); /* [turn] */

/* ---- flow.c: for the desk [job] ---- */
int32_t flow_read(desk_decision *d);
int32_t flow_judge(desk_decision *d, desk_call *call);
void flow_write(desk_decision *d);
int32_t flow_after(desk_call *call); /* [turn] */
void flow_empty(void *read);

/* ---- rows.c ---- */
/* Fills the book with rows as of the decision, or newer; days of these dates. [job] */
int32_t rows_read(people *p, book *b, uint32_t reads, const char *from, const char *to,
                  uint64_t number);

/* ---- commands.c ---- */
#define PEOPLE_READY "ready: kinmu call people …"
#define PEOPLE_COMMANDS 42u
#define PEOPLE_ERASE 23u /* the command person_erase */
#define PEOPLE_RENEW 42u /* no command: the daily work */
#define PEOPLE_WORKS 43u
extern const kinmu_command people_command_rows[PEOPLE_COMMANDS];
extern const work_kind people_works[PEOPLE_WORKS];
int32_t people_call(void *instance, const kinmu_call *call, kinmu_err *err);

/* ---- sets.c, lists.c, import.c, export_n.c ---- */
int32_t set_judge(book *b, change *c);
int32_t set_person_judge(book *b, change *c);
int32_t set_state_judge(book *b, change *c);
int32_t set_setting_judge(book *b, change *c);
int32_t list_judge(book *b, change *c);
/* A page of rows in the order of their keys, from the one behind `after` on. */
int32_t lists_answer(book *b, change *c, const row **rows, uint32_t count, const char *after,
                     const char *date);
int32_t show_judge(book *b, change *c);
int32_t import_prepare(change *c);
int32_t import_judge(book *b, change *c);
int32_t export_judge(book *b, change *c);
int32_t export_read_judge(book *b, change *c);
int32_t export_read_prepare(change *c);
int32_t export_schedules_judge(book *b, change *c);
int32_t export_schedules_prepare(change *c);

/* ---- schedule_calls.c ---- */
int32_t schedule_day_prepare(change *c);
int32_t schedule_list_prepare(change *c);
int32_t pattern_prepare(change *c);
int32_t schedule_set_judge(book *b, change *c);
int32_t schedule_withdraw_judge(book *b, change *c);
int32_t schedule_list_judge(book *b, change *c);
/* The call is about these dates, inputs of it. */
int32_t schedule_range(change *c, uint32_t from_input, uint32_t to_input);
/* Of dates from today on. */
void schedule_read_future(change *c);
/* A plan of one of its dates, of who is in this group then or in one below; "" = any. */
int32_t schedule_is_asked(const book *b, const change *c, const row *r, const char *group);
int32_t licences_judge(book *b, change *c); /* licences.c */

/* ---- holds.c ---- */
int32_t hold_add_judge(book *b, change *c);
int32_t hold_release_judge(book *b, change *c);
/* Accounts and people that came under a hold by the change are held too. */
void holds_extend(book *b, const change *c);

int32_t holds_is_below(const book *b, const char *group, const char *top);

/* ---- access.c ---- */
int32_t access_ask_judge(book *b, change *c);
int32_t access_grant_judge(book *b, change *c);
int32_t access_refuse_judge(book *b, change *c);
int32_t access_end_judge(book *b, change *c);
int32_t access_use_judge(book *b, change *c);
int32_t access_is_approved(const book *b);
int32_t access_is_operator(const char *caller);

/* ---- contract.c ---- */
/* The day on which what is recorded goes, a month after the end. */
const char *contract_due(memory *m, const char *end);
/* Whether a setting may be set so. */
int32_t contract_check(const book *b, change *c, const char *name, const char *value,
                       const char *from_date);
void contract_look(const book *b, change *c);
int32_t contract_after(change *c); /* [turn] */

/* ---- demands.c ---- */
int32_t demand_add_judge(book *b, change *c);
int32_t demand_identify_judge(book *b, change *c);
int32_t demand_answer_judge(book *b, change *c);
int32_t demand_withdraw_judge(book *b, change *c);
/* Whether a deadline is near, or over; told once, by the record and the log. */
int32_t demands_watch(book *b, change *c);
int32_t demands_after(change *c); /* [turn] */
int32_t demands_is_open(const row *r);
/* NULL when there is no memory. */
const char *demands_day_after(memory *m, const char *date, int32_t days);

/* ---- erase.c, handover.c, renew.c ---- */
int32_t erase_judge(book *b, change *c);
int32_t erase_after(change *c);
int32_t handover_judge(book *b, change *c);
int32_t renew_judge(book *b, change *c);
int32_t renew_after(change *c);
void renew_begin(people *p); /* [turn] */

/* Fields that differ, as JSON for an audit entry: in *before and *after, NULL for none. */
void audit_fields(memory *m, uint32_t kind, const kinmu_value *before, const kinmu_value *after,
                  const char **before_text, const char **after_text);
/* "G01", "U01 2026-11-22": the key of a row. */
const char *audit_key(memory *m, uint32_t kind, const kinmu_value *values);

#endif
