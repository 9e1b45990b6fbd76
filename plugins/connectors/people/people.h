/* people/people.h - one instance and what its files do for each other.
 *
 *   people.c    the plugin's table, the instance's life       commands.c  what people may call
 *   flow.c      waiting calls → a job → one decision          rows.c      the book, read from the
 * store book.c      rows in memory, changed and taken back        rules.c     what must hold (pure)
 *   sets.c      one record set by a command                   lists.c     show and list
 *   import.c    files → changes of the book                   csv.c n_*.c codes.c  what files say
 * (pure) export_n.c  the four files of N as they would be imported problems.c  every sentence about
 * errors
 *
 * The instance keeps nothing between calls: each decision is judged on rows read as of the newest
 * decision, in a job, and written only if no other came between (DESIGN.md section 6, ADR 0016).
 */
#ifndef PEOPLE_PEOPLE_H
#define PEOPLE_PEOPLE_H

#include "book.h"
#include "problems.h"
#include "words.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>
#include <kinmu/plugin.h>

#define PEOPLE_WAITING_MAX 1024u /* calls that wait for a decision */
#define PEOPLE_BATCH_MAX 64u     /* of them judged together */
#define PEOPLE_READERS_MAX 8u    /* lists and downloads at once */
#define PEOPLE_OUT_MAX 12u       /* values of an answer */
#define PEOPLE_EVENTS_MAX 60000u /* of one decision; the bus takes 65,536 */
#define PEOPLE_CALLER_SIZE 160u
#define PEOPLE_REASON_SIZE 1025u

enum { USE_CHANGE = KINDS, USES };
enum { METRIC_DECISIONS, METRIC_CONFLICTS, METRIC_REFUSED };

typedef struct people people;
typedef struct change change;
typedef struct decision decision;

/* How a command is carried out. prepare, in the job, once: reads what is not in the store. judge,
 * in the job, on the rows as of the decision; again when somebody else decided first. What it put
 * into the book is taken back unless it answers KINMU_OK. */
typedef struct work_kind {
    int32_t (*prepare)(change *c);
    int32_t (*judge)(book *b, change *c);
    uint32_t reads;       /* KIND_BIT of what it looks at */
    int32_t is_reading;   /* changes nothing: waits for no decision */
    uint32_t kind;        /* KIND_* a set or list is about */
    int32_t reason;       /* the input that holds the reason; -1 = none */
    const int8_t *fields; /* of a set: the record's field per input; -1 = something else */
    uint32_t field_count;
} work_kind;

struct change {
    change *next;
    people *owner;
    const work_kind *work;
    uint64_t call;
    memory memory;
    char caller[PEOPLE_CALLER_SIZE];
    const char *channel;
    const char *reason; /* "" = none given */
    const kinmu_value *values;
    uint32_t value_count;
    char today[WORDS_DATE_SIZE];
    int64_t now_ns;
    int32_t utc_offset_s;
    char from_date[WORDS_DATE_SIZE], to_date[WORDS_DATE_SIZE]; /* of KIND_DAY; "" = none */
    uint32_t more_reads; /* KIND_BIT of what the files need beside work->reads */
    void *prepared;
    int32_t is_prepared, prepared_status;
    /* The outcome. */
    int32_t status;
    kinmu_err err;
    kinmu_value out[PEOPLE_OUT_MAX];
    uint32_t out_count;
    uint32_t position_at; /* the output that is the decision's number; UINT32_MAX = none */
};

typedef struct change_list {
    change *first, *last;
    uint32_t count;
} change_list;

typedef struct people_config {
    kinmu_rows attendance; /* of profile (sheets.h) */
} people_config;

struct people {
    const kinmu_host *host;
    const people_config *config;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_records *records;
    const kinmu_calls *calls;
    const kinmu_metrics *metrics;
    int32_t is_running;
    int32_t is_deciding;
    uint32_t readers;
    change_list queue;
    decision *written; /* appended, and not yet durable */
    uint64_t retry_timer;
    uint64_t needed; /* decide by no older rows */
};

/* ---- people.c ---- */
int32_t people_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* ---- flow.c ---- */
int32_t flow_call(people *p, const kinmu_call *call, const work_kind *work, kinmu_err *err);
void flow_stop(people *p);
void flow_end(people *p); /* frees what is left; before the instance is freed */
/* Inputs of a call. */
const char *change_text(const change *c, uint32_t input); /* "" = not given; with a NUL behind */
int64_t change_number(const change *c, uint32_t input, int64_t otherwise);
int32_t change_is_given(const change *c, uint32_t input);
void change_answer(change *c, kinmu_value value); /* the next output */

/* ---- rows.c ---- */
/* Fills the book with rows as of the decision, or newer; days of these dates. [job] */
int32_t rows_read(people *p, book *b, uint32_t reads, const char *from, const char *to,
                  uint64_t number);

/* ---- commands.c ---- */
#define PEOPLE_COMMANDS 20u
extern const kinmu_command people_command_rows[PEOPLE_COMMANDS];
int32_t people_call(void *instance, const kinmu_call *call, kinmu_err *err);

/* ---- sets.c, lists.c, import.c, export_n.c ---- */
int32_t set_judge(book *b, change *c);
int32_t set_person_judge(book *b, change *c);
int32_t set_state_judge(book *b, change *c);
int32_t set_setting_judge(book *b, change *c);
int32_t list_judge(book *b, change *c);
int32_t show_judge(book *b, change *c);
int32_t import_prepare(change *c);
int32_t import_judge(book *b, change *c);
int32_t export_judge(book *b, change *c);

/* Fields that differ, as JSON for an audit entry: in *before and *after, NULL for none. */
void audit_fields(memory *m, uint32_t kind, const kinmu_value *before, const kinmu_value *after,
                  const char **before_text, const char **after_text);
/* "G01", "U01 2026-11-22": the key of a row. */
const char *audit_key(memory *m, uint32_t kind, const kinmu_value *values);

#endif
