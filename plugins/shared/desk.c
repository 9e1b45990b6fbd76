/* shared/desk.c - see desk.h. */
#include "desk.h"

#include "caller.h"

#include <kinmu/events/audit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 20u

/* ---- lists ---- */

static void push(desk_calls *list, desk_call *call) {
    call->next = NULL;
    if (list->last != NULL) {
        list->last->next = call;
    } else {
        list->first = call;
    }
    list->last = call;
    list->count++;
}

static desk_call *pop(desk_calls *list) {
    desk_call *call = list->first;
    if (call != NULL) {
        list->first = call->next;
        list->last = call->next != NULL ? list->last : NULL;
        list->count--;
    }
    return call;
}

static void free_call(desk_call *call) {
    memory_free(&call->memory);
    free(call);
}

static void free_calls(desk_calls *list) {
    for (desk_call *call = pop(list); call != NULL; call = pop(list)) {
        free_call(call);
    }
}

/* The calls go to the front of the queue again, in their order. */
static void put_back(desk *k, desk_calls *calls) {
    if (calls->last != NULL) {
        calls->last->next = k->queue.first;
        k->queue.last = k->queue.last != NULL ? k->queue.last : calls->last;
        k->queue.first = calls->first;
        k->queue.count += calls->count;
    }
    memset(calls, 0, sizeof *calls);
}

static void free_decision(desk_decision *d) {
    if (d != NULL) {
        free_calls(&d->calls);
        if (d->desk->empty != NULL && d->book != NULL) {
            d->desk->empty(d->book);
        }
        memory_free(&d->memory);
        free(d);
    }
}

static desk_decision *make_decision(desk *k) {
    desk_decision *d = calloc(1, sizeof *d);
    if (d != NULL) {
        d->desk = k;
        d->book = memory_get(&d->memory, k->book_size);
        if (d->book == NULL) {
            free_decision(d);
            return NULL;
        }
    }
    return d;
}

/* ---- what a call gave, and gets ---- */

int32_t desk_is_given(const desk_call *call, uint32_t input) {
    return input < call->value_count && call->values[input].type != KINMU_TYPE_NULL;
}

const char *desk_text(const desk_call *call, uint32_t input) {
    return desk_is_given(call, input) && call->values[input].type == KINMU_TYPE_TEXT
               ? call->values[input].as.text
               : "";
}

int64_t desk_number(const desk_call *call, uint32_t input, int64_t otherwise) {
    return desk_is_given(call, input) && call->values[input].type != KINMU_TYPE_TEXT
               ? call->values[input].as.i64
               : otherwise;
}

void desk_answer(desk_call *call, kinmu_value value) {
    if (call->out_count < DESK_OUT_MAX) {
        call->out[call->out_count++] = value;
    }
}

void desk_answer_position(desk_call *call) {
    call->position_at = call->out_count;
    desk_answer(call, kinmu_null());
}

/* ---- events ---- */

void desk_add(desk_decision *d, uint32_t schema, const char *subject, int64_t unix_ns,
              const kinmu_value *values, uint32_t count) {
    kinmu_event *events =
        memory_grow(&d->memory, d->events, d->count, &d->capacity, sizeof *events);
    if (events == NULL) {
        return; /* the memory remembers */
    }
    d->events = events;
    events[d->count] = (kinmu_event){.schema = schema,
                                     .subject = subject,
                                     .unix_ns = unix_ns,
                                     .sequence = d->count,
                                     .values = values,
                                     .value_count = count};
    d->count++;
}

void desk_audit_by(desk_decision *d, const char *caller, const char *subject,
                   const kinmu_value *values, const char *reason) {
    kinmu_value *kept = memory_get(&d->memory, KINMU_AUDIT_CHANGE_FIELDS * sizeof *kept);
    if (kept == NULL) {
        return;
    }
    memcpy(kept, values, KINMU_AUDIT_CHANGE_FIELDS * sizeof *kept);
    kept[KINMU_AUDIT_CHANGE_CHANGED_BY] = kinmu_text(caller_name(caller));
    kept[KINMU_AUDIT_CHANGE_RESULT] = kinmu_text("done");
    kept[KINMU_AUDIT_CHANGE_CHANNEL] = kinmu_text(caller_channel(caller));
    kept[KINMU_AUDIT_CHANGE_DECISION] = kinmu_i64((int64_t)d->number + 1);
    if (reason[0] != '\0') {
        kept[KINMU_AUDIT_CHANGE_REASON] = kinmu_text(reason);
    }
    desk_add(d, d->desk->audit_schema, subject, 0, kept, KINMU_AUDIT_CHANGE_FIELDS);
}

void desk_audit_change(desk_decision *d, const desk_call *call, const char *subject,
                       const kinmu_value *values, const char *reason) {
    desk_audit_by(d, call->caller, subject, values, reason);
}

void desk_audit(desk_decision *d, const desk_call *call, const char *subject, const char *object,
                const char *object_id, const char *reason) {
    const kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {
        [KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("command"),
        [KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text(object),
        [KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text(object_id)};
    desk_audit_change(d, call, subject, values, reason);
}

/* Events of one subject together: a block is of one subject. */
static int by_subject(const void *left, const void *right) {
    const kinmu_event *a = left;
    const kinmu_event *b = right;
    int order = strcmp(a->subject, b->subject);
    order = order != 0 ? order : (a->schema > b->schema) - (a->schema < b->schema);
    return order != 0 ? order : (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* ---- the job ---- */

static void judge_one(desk_decision *d, desk_call *call) {
    uint32_t mark = d->count;
    call->out_count = 0;
    call->position_at = UINT32_MAX;
    memset(&call->err, 0, sizeof call->err);
    call->status = d->desk->judge(d, call);
    if (call->memory.failed) {
        call->status = KINMU_E_NOMEM;
    }
    if (call->status != KINMU_OK) {
        d->count = mark;
    }
}

static void judge_all(void *user) {
    desk_decision *d = user;
    desk *k = d->desk;
    d->status = k->read != NULL ? k->read(d) : KINMU_OK;
    for (desk_call *call = d->calls.first; d->status == KINMU_OK && call != NULL;
         call = call->next) {
        judge_one(d, call);
    }
    if (d->status == KINMU_OK && k->write != NULL) {
        k->write(d);
    }
    if (d->memory.failed) {
        d->status = KINMU_E_NOMEM;
    } else if (d->count > 0) {
        qsort(d->events, d->count, sizeof *d->events, by_subject);
    }
}

/* ---- answers ---- */

static void explain(const desk *k, int32_t status, char *text, size_t size) {
    const char *words = status == KINMU_E_STATE
                            ? "needs the store, and reads: of what it looks at (conf.d)"
                        : status == KINMU_E_NOMEM  ? "has no memory"
                        : status == KINMU_E_DENIED ? "may not read or write this (reads: in "
                                                     "conf.d); see the log"
                        : status == KINMU_E_BUSY   ? "is busy; try again"
                                                   : "waits for the store; try again";
    (void)snprintf(text, size, "%s %s", k->name, words);
}

static void tell(desk *k, const desk_call *call, int32_t status, const char *text) {
    int32_t has_values = status == KINMU_OK || call->status == KINMU_E_REJECT;
    if (status != KINMU_OK && k->count != NULL) {
        k->count(k->owner, DESK_REFUSED, 1);
    }
    if (call->id != 0) {
        (void)k->calls->answer(k->host, call->id, status, has_values ? call->out : NULL,
                               has_values ? call->out_count : 0, text);
    }
}

void desk_finish(desk *k, desk_call *call, int32_t status, const char *text) {
    desk_calls others = {NULL, NULL, 0};
    for (desk_call *one = pop(&k->away); one != NULL; one = pop(&k->away)) {
        if (one != call) {
            push(&others, one);
        }
    }
    k->away = others;
    tell(k, call, status, text);
    free_call(call);
}

/* 1 = the owner answers it later. It may do so at once. */
static int32_t is_taken(desk *k, desk_call *call) {
    if (k->after == NULL) {
        return 0;
    }
    push(&k->away, call);
    if (k->after(call)) {
        return 1;
    }
    k->away.count--;
    desk_call **at = &k->away.first;
    desk_call *before = NULL;
    while (*at != call) {
        before = *at;
        at = &before->next;
    }
    *at = NULL; /* it is the last */
    k->away.last = before;
    return 0;
}

static void answer_all(desk_decision *d, int32_t status) {
    char text[160];
    for (desk_call *call = pop(&d->calls); call != NULL; call = pop(&d->calls)) {
        int32_t outcome = call->status != KINMU_OK ? call->status : status;
        if (call->position_at < call->out_count) {
            call->out[call->position_at] = kinmu_i64((int64_t)d->number);
        }
        if (outcome == KINMU_OK && is_taken(d->desk, call)) {
            continue;
        }
        if (outcome == KINMU_OK) {
            text[0] = '\0';
        } else {
            explain(d->desk, outcome, text, sizeof text);
        }
        tell(d->desk, call, outcome, call->err.msg[0] != '\0' ? call->err.msg : text);
        free_call(call);
    }
}

/* ---- turns ---- */

static void go_on(desk *k);

static void on_retry(void *user) {
    desk *k = user;
    k->retry_timer = 0;
    go_on(k);
}

static void again_soon(desk *k, desk_decision *d) {
    put_back(k, &d->calls);
    if (k->timer->start(k->host, RETRY_MS, 0, on_retry, k, &k->retry_timer) != KINMU_OK) {
        k->retry_timer = 0;
    }
}

static void on_decided(void *user, int32_t status, uint64_t number) {
    desk_decision *d = user;
    desk *k = d->desk;
    k->is_deciding = 0;
    k->written = NULL;
    if (!k->is_open) {
        free_decision(d);
        return;
    }
    if (k->count != NULL && (status == KINMU_OK || status == KINMU_E_CONFLICT)) {
        k->count(k->owner, status == KINMU_OK ? DESK_DECISIONS : DESK_CONFLICTS, 1);
    }
    if (status == KINMU_E_CONFLICT) {
        k->needed = number;
        put_back(k, &d->calls);
    } else {
        d->number = number;
        k->needed = status == KINMU_OK ? number : k->needed;
        answer_all(d, status);
    }
    free_decision(d);
    go_on(k);
}

static void on_judged(void *user, int32_t ran) {
    desk_decision *d = user;
    desk *k = d->desk;
    int32_t status = ran != KINMU_OK ? ran : d->status;
    if (d->is_reading) {
        k->readers--;
    } else {
        k->is_deciding = 0;
    }
    if (!k->is_open) {
        free_decision(d);
        return;
    }
    int32_t is_full = 0;
    if (status == KINMU_OK && d->count > 0) {
        k->is_deciding = 1;
        status = k->bus->append_if(k->host, d->number, d->events, d->count, on_decided, d);
        if (status == KINMU_OK) {
            k->written = d;
            return;
        }
        k->is_deciding = 0;
        is_full = status == KINMU_E_BUSY;
    }
    if (is_full) {
        again_soon(k, d);
    } else {
        answer_all(d, status);
    }
    free_decision(d);
    go_on(k);
}

static int32_t submit(desk_decision *d) {
    desk *k = d->desk;
    uint64_t head = k->bus->head(k->host);
    d->number = head > k->needed ? head : k->needed;
    return k->work->submit(k->host, judge_all, on_judged, d);
}

static void go_on(desk *k) {
    if (!k->is_open || k->is_deciding || k->retry_timer != 0 || k->queue.first == NULL) {
        return;
    }
    desk_decision *d = make_decision(k);
    if (d == NULL) {
        return; /* the next call tries again */
    }
    while (k->queue.first != NULL && d->calls.count < DESK_BATCH_MAX) {
        push(&d->calls, pop(&k->queue));
    }
    k->is_deciding = 1;
    if (submit(d) != KINMU_OK) {
        k->is_deciding = 0;
        again_soon(k, d);
        free_decision(d);
    }
}

/* A call that only reads, beside the decisions. */
static int32_t read_beside(desk *k, desk_call *call) {
    desk_decision *d = k->readers < DESK_READERS_MAX ? make_decision(k) : NULL;
    if (d == NULL) {
        free_call(call);
        return KINMU_E_BUSY;
    }
    d->is_reading = 1;
    push(&d->calls, call);
    if (submit(d) != KINMU_OK) {
        free_decision(d);
        return KINMU_E_BUSY;
    }
    k->readers++;
    return KINMU_OK;
}

static desk_call *make_call(desk *k, const kinmu_call *from) {
    kinmu_clock now;
    desk_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    k->timer->now(k->host, &now);
    call->now_ns = now.unix_ns;
    call->utc_offset_s = now.utc_offset_s;
    call->id = from->id;
    call->command = from->command;
    call->rights = from->rights;
    call->values = memory_values(&call->memory, from->values, from->value_count, 1);
    call->value_count = from->value_count;
    (void)snprintf(call->caller, sizeof call->caller, "%s", from->caller);
    call->kept = memory_get(&call->memory, k->kept_size);
    if (call->values == NULL || call->kept == NULL) {
        free_call(call);
        return NULL;
    }
    return call;
}

int32_t desk_take(desk *k, const kinmu_call *from, int32_t is_reading, kinmu_err *err) {
    int32_t status = KINMU_OK;
    desk_call *call = NULL;
    if (!k->is_open) {
        status = KINMU_E_RETRY;
    } else if (!is_reading && k->queue.count >= DESK_WAITING_MAX) {
        status = KINMU_E_BUSY;
    } else if ((call = make_call(k, from)) == NULL) {
        status = KINMU_E_NOMEM;
    } else if (is_reading) {
        status = read_beside(k, call);
    } else {
        push(&k->queue, call);
        go_on(k);
    }
    if (status != KINMU_OK && err != NULL) {
        (void)snprintf(err->key, sizeof err->key, "%s",
                       status == KINMU_E_NOMEM ? "memory" : "desk.busy");
        explain(k, status, err->msg, sizeof err->msg);
    }
    return status;
}

int32_t desk_lacks(const desk *k, kinmu_err *err) {
    (void)snprintf(err->key, sizeof err->key, "%s.host", k->name);
    (void)snprintf(err->msg, sizeof err->msg,
                   "%s: this host lacks a service it needs; update Kinmu", k->name);
    return KINMU_E_ABI;
}

int32_t desk_create(desk *k, kinmu_err *err) {
    const kinmu_host *host = k->host;
    k->bus = host->iface(host, KINMU_BUS_1);
    k->timer = host->iface(host, KINMU_TIMER_1);
    k->work = host->iface(host, KINMU_WORK_1);
    k->calls = host->iface(host, KINMU_CALLS_1);
    k->records = host->iface(host, KINMU_RECORDS_1);
    k->metrics = host->iface(host, KINMU_METRICS_1);
    return k->bus != NULL && k->timer != NULL && k->work != NULL && k->calls != NULL &&
                   k->records != NULL && k->metrics != NULL
               ? KINMU_OK
               : desk_lacks(k, err);
}

void desk_open(desk *k) {
    k->is_open = 1;
}

void desk_close(desk *k) {
    k->is_open = 0;
    if (k->retry_timer != 0) {
        k->timer->cancel(k->host, k->retry_timer);
        k->retry_timer = 0;
    }
    free_calls(&k->queue);
    k->is_deciding = 0;
}

void desk_end(desk *k) {
    free_calls(&k->queue);
    free_calls(&k->away);
    free_decision(k->written);
    k->written = NULL;
}
