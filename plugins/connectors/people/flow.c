/* people/flow.c - calls become decisions. All changes that wait are judged together, in a job, each
 * on what those before it left; what they put into the book goes out by one append_if, with an
 * audit entry each. If somebody else decided first, nothing happened: rows are read as of the
 * decision found and the same changes are judged again (ADR 0016). Lists and downloads have jobs of
 * their own. */
#include "people.h"

#include <kinmu/events/audit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 20u
#define ONE_BY_ONE_MAX                                                                             \
    1000u /* days or sites of one change that are told one by one in the audit                     \
           */

struct decision {
    people *owner;
    change_list batch;
    book book;
    uint64_t number; /* the rows are as of this one */
    int32_t status;  /* of reading */
    kinmu_event *events;
    uint32_t count, capacity;
    int32_t is_reading;
};

/* ---- lists ---- */

static void push(change_list *list, change *c) {
    c->next = NULL;
    if (list->last != NULL) {
        list->last->next = c;
    } else {
        list->first = c;
    }
    list->last = c;
    list->count++;
}

static change *pop(change_list *list) {
    change *c = list->first;
    if (c != NULL) {
        list->first = c->next;
        list->last = c->next != NULL ? list->last : NULL;
        list->count--;
    }
    return c;
}

static void free_change(change *c) {
    memory_free(&c->memory);
    free(c);
}

static void free_list(change_list *list) {
    for (change *c = pop(list); c != NULL; c = pop(list)) {
        free_change(c);
    }
}

/* The batch goes to the front of the queue again, in its order. */
static void put_back(people *p, change_list *batch) {
    if (batch->last != NULL) {
        batch->last->next = p->queue.first;
        p->queue.last = p->queue.last != NULL ? p->queue.last : batch->last;
        p->queue.first = batch->first;
        p->queue.count += batch->count;
    }
    memset(batch, 0, sizeof *batch);
}

/* ---- what a call gave ---- */

int32_t change_is_given(const change *c, uint32_t input) {
    return input < c->value_count && c->values[input].type != KINMU_TYPE_NULL;
}

const char *change_text(const change *c, uint32_t input) {
    return change_is_given(c, input) && c->values[input].type == KINMU_TYPE_TEXT
               ? c->values[input].as.text
               : "";
}

int64_t change_number(const change *c, uint32_t input, int64_t otherwise) {
    return change_is_given(c, input) && c->values[input].type != KINMU_TYPE_TEXT
               ? c->values[input].as.i64
               : otherwise;
}

void change_answer(change *c, kinmu_value value) {
    if (c->out_count < PEOPLE_OUT_MAX) {
        c->out[c->out_count++] = value;
    }
}

/* ---- answers ---- */

static void tell(change *c, int32_t status, const char *text) {
    people *p = c->owner;
    if (status != KINMU_OK) {
        p->metrics->add(p->host, METRIC_REFUSED, 1);
    }
    int32_t has_values = status == KINMU_OK || status == KINMU_E_REJECT;
    (void)p->calls->answer(p->host, c->call, status, has_values ? c->out : NULL,
                           has_values ? c->out_count : 0, text);
}

static void answer_all(decision *d, int32_t status, const char *text) {
    for (change *c = pop(&d->batch); c != NULL; c = pop(&d->batch)) {
        if (c->status != KINMU_OK) {
            tell(c, c->status, c->err.msg);
        } else if (status != KINMU_OK) {
            c->out_count = 0;
            tell(c, status, text);
        } else {
            if (c->position_at < c->out_count) {
                c->out[c->position_at] = kinmu_i64((int64_t)d->number);
            }
            tell(c, KINMU_OK, "");
        }
        free_change(c);
    }
}

static void free_decision(decision *d) {
    free_list(&d->batch);
    book_free(&d->book);
    free(d);
}

/* ---- events, in the job ---- */

static kinmu_event *add_event(decision *d) {
    kinmu_event *events =
        memory_grow(&d->book.memory, d->events, d->count, &d->capacity, sizeof *events);
    if (events == NULL) {
        return NULL;
    }
    d->events = events;
    return &d->events[d->count++];
}

/* Whom a row concerns: its block can then be erased with that person (ADR 0004 keeps the name out
 * of the header). */
static const char *subject_of(const row *r, const kinmu_value *before) {
    const row old = {.values = before, .kind = r->kind};
    uint32_t field = kinds[r->kind].person_field;
    if (r->kind == KIND_SETTING && book_is(r, KINMU_PEOPLE_SETTING_SCOPE, "person")) {
        field = KINMU_PEOPLE_SETTING_SCOPE_ID;
    }
    if (field == UINT32_MAX) {
        return r->whom != NULL ? r->whom : "";
    }
    return book_text(r, field)[0] != '\0' ? book_text(r, field) : book_text(&old, field);
}

static const char *action_of(const row *r, const kinmu_value *before) {
    const row old = {.values = before, .kind = r->kind};
    return before == NULL ? "create" : book_lives(&old) && !book_lives(r) ? "delete" : "update";
}

static void add_audit(decision *d, const change *c, const char *subject,
                      const kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS]) {
    kinmu_value *kept = memory_get(&d->book.memory, KINMU_AUDIT_CHANGE_FIELDS * sizeof *kept);
    kinmu_event *event = kept != NULL ? add_event(d) : NULL;
    if (event == NULL) {
        return;
    }
    memcpy(kept, values, KINMU_AUDIT_CHANGE_FIELDS * sizeof *kept);
    kept[KINMU_AUDIT_CHANGE_CHANGED_BY] = kinmu_text(c->caller);
    kept[KINMU_AUDIT_CHANGE_RESULT] = kinmu_text("done");
    kept[KINMU_AUDIT_CHANGE_CHANNEL] = kinmu_text(c->channel);
    kept[KINMU_AUDIT_CHANGE_DECISION] = kinmu_i64((int64_t)d->number + 1);
    if (c->reason[0] != '\0') {
        kept[KINMU_AUDIT_CHANGE_REASON] = kinmu_text(c->reason);
    }
    *event = (kinmu_event){.schema = USE_CHANGE,
                           .subject = subject,
                           .values = kept,
                           .value_count = KINMU_AUDIT_CHANGE_FIELDS};
}

static void audit_row(decision *d, const change *c, const book_entry *entry) {
    const row *r = entry->row;
    memory *m = &d->book.memory;
    const kinmu_schema *schema = kinds[r->kind].schema;
    kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    const char *before = NULL;
    const char *after = NULL;
    audit_fields(m, r->kind, entry->before, r->values, &before, &after);
    const char *name = memory_print(m, "%s/%u", schema->name, schema->version);
    const char *key = audit_key(m, r->kind, r->values);
    if (name == NULL || key == NULL) {
        return;
    }
    values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text(action_of(r, entry->before));
    values[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text(name);
    values[KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text(key);
    values[KINMU_AUDIT_CHANGE_BEFORE] = before != NULL ? kinmu_text(before) : kinmu_null();
    values[KINMU_AUDIT_CHANGE_AFTER] = after != NULL ? kinmu_text(after) : kinmu_null();
    add_audit(d, c, subject_of(r, entry->before), values);
}

/* Each row that the change left otherwise than it found it, once. */
static void audit_change(decision *d, const change *c, uint32_t mark) {
    book *b = &d->book;
    uint32_t many = 0;
    for (uint32_t i = mark; i < b->log_count; i++) {
        many += b->log[i].row->kind == KIND_DAY || b->log[i].row->kind == KIND_SITE;
    }
    for (uint32_t i = mark; i < b->log_count; i++) {
        const book_entry *entry = &b->log[i];
        const row *r = entry->row;
        int32_t is_first = entry->touched != b->change;
        int32_t is_told = many <= ONE_BY_ONE_MAX || (r->kind != KIND_DAY && r->kind != KIND_SITE);
        if (is_first && is_told && !values_equal(r->kind, entry->before, r->values)) {
            audit_row(d, c, entry);
        }
    }
    if (many > ONE_BY_ONE_MAX) {
        kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
        const char *count = memory_print(&b->memory, "{\"rows\":%u}", many);
        values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("import");
        values[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text("people.import");
        values[KINMU_AUDIT_CHANGE_AFTER] = count != NULL ? kinmu_text(count) : kinmu_null();
        add_audit(d, c, "", values);
    }
}

static void write_rows(decision *d) {
    book *b = &d->book;
    for (uint32_t i = 0; i < b->log_count; i++) {
        row *r = b->log[i].row;
        if (r->is_written || values_equal(r->kind, b->log[i].before, r->values)) {
            r->is_written = 1; /* the first entry has what was before all */
            continue;
        }
        r->is_written = 1;
        kinmu_event *event = add_event(d);
        if (event != NULL) {
            *event = (kinmu_event){.schema = r->kind,
                                   .subject = subject_of(r, b->log[i].before),
                                   .values = r->values,
                                   .value_count = kind_fields(r->kind)};
        }
    }
}

/* Events of one subject together: a block is of one subject. */
static int by_subject(const void *left, const void *right) {
    const kinmu_event *a = left;
    const kinmu_event *b = right;
    int order = strcmp(a->subject, b->subject);
    return order != 0 ? order : a->schema < b->schema ? -1 : a->schema > b->schema;
}

/* ---- the job ---- */

static int32_t judge_one(decision *d, change *c) {
    book *b = &d->book;
    uint32_t mark = book_mark(b);
    b->change++;
    c->out_count = 0;
    c->position_at = UINT32_MAX;
    memset(&c->err, 0, sizeof c->err);
    memcpy(b->today, c->today, sizeof c->today);
    int32_t status = c->work->judge(b, c);
    if (status == KINMU_OK && b->log_count - mark > PEOPLE_EVENTS_MAX / 2) {
        status =
            people_fail(&c->err, KINMU_E_REJECT, "people.many",
                        "more than %u changes at once; split the files", PEOPLE_EVENTS_MAX / 2);
    }
    if (c->memory.failed || b->memory.failed) {
        status = people_fail(&c->err, KINMU_E_NOMEM, "memory", "no memory");
    }
    if (status != KINMU_OK) {
        book_undo(b, mark);
    } else {
        audit_change(d, c, mark);
    }
    return status;
}

static void judge_all(void *user) {
    decision *d = user;
    uint32_t reads = 0;
    char from[WORDS_DATE_SIZE] = "";
    char to[WORDS_DATE_SIZE] = "";
    for (change *c = d->batch.first; c != NULL; c = c->next) {
        if (!c->is_prepared && c->work->prepare != NULL) {
            c->prepared_status = c->work->prepare(c);
            c->is_prepared = 1;
        }
        c->status = c->prepared_status;
        reads |= c->work->reads | c->more_reads;
        if (c->from_date[0] != '\0') { /* days of all that ask for some */
            if (from[0] == '\0' || strcmp(c->from_date, from) < 0) {
                memcpy(from, c->from_date, sizeof from);
            }
            if (strcmp(c->to_date, to) > 0) {
                memcpy(to, c->to_date, sizeof to);
            }
        }
    }
    d->status = rows_read(d->owner, &d->book, reads, from, to, d->number);
    for (change *c = d->batch.first; d->status == KINMU_OK && c != NULL; c = c->next) {
        if (c->status == KINMU_OK) {
            c->status = judge_one(d, c);
        }
    }
    if (d->status == KINMU_OK && d->book.log_count > 0) {
        write_rows(d);
        qsort(d->events, d->count, sizeof *d->events, by_subject);
    }
    if (d->book.memory.failed) {
        d->status = KINMU_E_NOMEM;
    }
}

/* ---- turns ---- */

static void go_on(people *p);

static const char *explain(int32_t status) {
    switch (status) {
    case KINMU_E_STATE:
        return "people needs the store: set store.enabled in conf.d";
    case KINMU_E_NOMEM:
        return "no memory";
    case KINMU_E_DENIED:
        return "the hub refuses to write this; see its log";
    default:
        return "the store is behind or the hub cannot write; try again";
    }
}

static void on_retry(void *user) {
    people *p = user;
    p->retry_timer = 0;
    go_on(p);
}

static void again_soon(people *p, decision *d) {
    put_back(p, &d->batch);
    if (p->timer->start(p->host, RETRY_MS, 0, on_retry, p, &p->retry_timer) != KINMU_OK) {
        p->retry_timer = 0;
    }
}

static void on_decided(void *user, int32_t status, uint64_t number) {
    decision *d = user;
    people *p = d->owner;
    p->is_deciding = 0;
    p->written = NULL;
    if (!p->is_running) {
        free_decision(d);
        return;
    }
    if (status == KINMU_E_CONFLICT) {
        p->metrics->add(p->host, METRIC_CONFLICTS, 1);
        p->needed = number;
        put_back(p, &d->batch);
    } else {
        p->metrics->add(p->host, METRIC_DECISIONS, status == KINMU_OK);
        d->number = number;
        p->needed = status == KINMU_OK ? number : p->needed;
        answer_all(d, status, explain(status));
    }
    free_decision(d);
    go_on(p);
}

static void on_judged(void *user, int32_t ran) {
    decision *d = user;
    people *p = d->owner;
    int32_t status = ran != KINMU_OK ? ran : d->status;
    p->readers -= d->is_reading != 0;
    p->is_deciding = d->is_reading ? p->is_deciding : 0;
    if (!p->is_running) {
        free_decision(d);
        return;
    }
    if (status != KINMU_OK || d->count == 0) {
        answer_all(d, status, explain(status));
        free_decision(d);
        go_on(p);
        return;
    }
    p->is_deciding = 1;
    status = p->bus->append_if(p->host, d->number, d->events, d->count, on_decided, d);
    if (status == KINMU_OK) {
        p->written = d;
        return;
    }
    p->is_deciding = 0;
    if (status == KINMU_E_BUSY) {
        again_soon(p, d);
    } else {
        answer_all(d, status, explain(KINMU_E_DENIED));
    }
    free_decision(d);
    go_on(p);
}

static int32_t submit(people *p, decision *d) {
    uint64_t head = p->bus->head(p->host);
    d->owner = p;
    d->number = head > p->needed ? head : p->needed;
    return p->work->submit(p->host, judge_all, on_judged, d);
}

static void go_on(people *p) {
    if (!p->is_running || p->is_deciding || p->retry_timer != 0 || p->queue.first == NULL) {
        return;
    }
    decision *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return; /* the next call tries again */
    }
    while (p->queue.first != NULL && d->batch.count < PEOPLE_BATCH_MAX) {
        push(&d->batch, pop(&p->queue));
    }
    p->is_deciding = 1;
    if (submit(p, d) != KINMU_OK) {
        p->is_deciding = 0;
        again_soon(p, d);
        free_decision(d);
    }
}

/* A list or a download, beside the decisions. */
static int32_t read_beside(people *p, change *c, kinmu_err *err) {
    decision *d = p->readers < PEOPLE_READERS_MAX ? calloc(1, sizeof *d) : NULL;
    if (d != NULL) {
        d->is_reading = 1;
        push(&d->batch, c);
        if (submit(p, d) == KINMU_OK) {
            p->readers++;
            return KINMU_OK;
        }
        (void)pop(&d->batch);
        free(d);
    }
    free_change(c);
    return people_fail(err, KINMU_E_BUSY, "people.busy", "the hub is busy; try again");
}

static const char *channel_of(const char *caller) {
    return strncmp(caller, "os:", 3) == 0               ? "cli"
           : strncmp(caller, "plugin:api", 10) == 0     ? "api"
           : strncmp(caller, "plugin:console", 14) == 0 ? "console"
                                                        : "plugin";
}

static change *make_change(people *p, const kinmu_call *call, const work_kind *work) {
    kinmu_clock now;
    change *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->owner = p;
    c->work = work;
    c->call = call->id;
    c->values = memory_values(&c->memory, call->values, call->value_count, 1);
    c->value_count = call->value_count;
    (void)snprintf(c->caller, sizeof c->caller, "%s", call->caller);
    c->channel = channel_of(call->caller);
    p->timer->now(p->host, &now);
    c->now_ns = now.unix_ns;
    c->utc_offset_s = now.utc_offset_s;
    words_today(now.unix_ns, now.utc_offset_s, c->today);
    if (c->values == NULL) {
        free_change(c);
        return NULL;
    }
    c->reason = work->reason >= 0 ? change_text(c, (uint32_t)work->reason) : "";
    return c;
}

int32_t flow_call(people *p, const kinmu_call *call, const work_kind *work, kinmu_err *err) {
    if (!p->is_running) {
        return people_fail(err, KINMU_E_RETRY, "people.stopped", "people is not running");
    }
    change *c = make_change(p, call, work);
    if (c == NULL) {
        return people_fail(err, KINMU_E_NOMEM, "memory", "no memory");
    }
    if (strlen(c->reason) >= PEOPLE_REASON_SIZE) {
        free_change(c);
        return people_fail(err, KINMU_E_REJECT, "people.reason", "a reason has at most %u bytes",
                           PEOPLE_REASON_SIZE - 1);
    }
    if (work->is_reading) {
        return read_beside(p, c, err);
    }
    if (p->queue.count >= PEOPLE_WAITING_MAX) {
        free_change(c);
        return people_fail(err, KINMU_E_BUSY, "people.busy", "the hub is busy; try again");
    }
    push(&p->queue, c);
    go_on(p);
    return KINMU_OK;
}

void flow_stop(people *p) {
    if (p->retry_timer != 0) {
        p->timer->cancel(p->host, p->retry_timer);
        p->retry_timer = 0;
    }
    free_list(&p->queue); /* the host ends their calls */
    p->is_deciding = 0;
}

void flow_end(people *p) {
    free_list(&p->queue);
    if (p->written != NULL) {
        free_decision(p->written);
        p->written = NULL;
    }
}
