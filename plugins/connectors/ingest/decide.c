/* ingest/decide.c - the one place where records are written: waiting changes become one decision.
 *
 * All changes that wait are judged against rows as of the newest decision known, in the order they
 * came; what they stage goes out by one append_if. If somebody else decided first, nothing
 * happened: the rows are read again and the same changes are judged anew. So uniqueness, counts
 * and races are settled here and nowhere else. */
#include "ingest.h"

#include <string.h>

#define RETRY_MS 20u

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

/* ---- what a change sees and stages ---- */

const device_row *decide_device(const ingest *in, const uint8_t key[ROWS_KEY_SIZE]) {
    for (uint32_t i = in->staged.device_count; i > 0; i--) {
        if (memcmp(in->staged.devices[i - 1].public_key, key, ROWS_KEY_SIZE) == 0) {
            return &in->staged.devices[i - 1];
        }
    }
    return sorted_find(&in->devices, key);
}

const invite_row *decide_invite(const ingest *in, const uint8_t id[ROWS_ID_SIZE]) {
    for (uint32_t i = in->staged.invite_count; i > 0; i--) {
        if (memcmp(in->staged.invites[i - 1].id, id, ROWS_ID_SIZE) == 0) {
            return &in->staged.invites[i - 1];
        }
    }
    return sorted_find(&in->invites, id);
}

/* A key stands once in a decision: the last version counts. */
void decide_put_device(ingest *in, const device_row *row) {
    device_row *known = NULL;
    for (uint32_t i = 0; i < in->staged.device_count; i++) {
        if (memcmp(in->staged.devices[i].public_key, row->public_key, ROWS_KEY_SIZE) == 0) {
            known = &in->staged.devices[i];
        }
    }
    *(known != NULL ? known : &in->staged.devices[in->staged.device_count++]) = *row;
}

void decide_put_invite(ingest *in, const invite_row *row) {
    invite_row *known = NULL;
    for (uint32_t i = 0; i < in->staged.invite_count; i++) {
        if (memcmp(in->staged.invites[i].id, row->id, ROWS_ID_SIZE) == 0) {
            known = &in->staged.invites[i];
        }
    }
    *(known != NULL ? known : &in->staged.invites[in->staged.invite_count++]) = *row;
}

/* ---- one decision ---- */

static void end_batch(ingest *in, int32_t status, const char *text) {
    change_list batch = in->batch;
    memset(&in->batch, 0, sizeof in->batch);
    memset(&in->staged, 0, sizeof in->staged);
    for (change *c = pop(&batch); c != NULL; c = pop(&batch)) {
        int32_t verdict = c->verdict != KINMU_OK ? c->verdict : status;
        if (c->verdict == KINMU_OK && status != KINMU_OK) {
            ingest_fail(&c->err, status, "ingest.decision", "%s", text);
        }
        c->done(in, c, verdict, &c->err);
    }
}

static void keep_staged(ingest *in) {
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; i < in->staged.device_count && status == KINMU_OK; i++) {
        status = sorted_put(&in->devices, &in->staged.devices[i]);
    }
    for (uint32_t i = 0; i < in->staged.invite_count && status == KINMU_OK; i++) {
        status = sorted_put(&in->invites, &in->staged.invites[i]);
    }
    if (status != KINMU_OK) { /* durable, but not in memory: read it all again */
        in->next_block = 0;
        in->is_loaded = 0;
    }
}

/* The batch goes to the front of the queue again, in its order. */
static void put_back(ingest *in) {
    if (in->batch.last != NULL) {
        in->batch.last->next = in->queue.first;
        in->queue.last = in->queue.last != NULL ? in->queue.last : in->batch.last;
        in->queue.first = in->batch.first;
        in->queue.count += in->batch.count;
    }
    memset(&in->batch, 0, sizeof in->batch);
    memset(&in->staged, 0, sizeof in->staged);
}

static void on_decided(void *user, int32_t status, uint64_t number) {
    ingest *in = user;
    in->is_deciding = 0;
    if (status == KINMU_OK) {
        keep_staged(in);
        in->decision = number;
        end_batch(in, KINMU_OK, "");
        ingest_say_health(in, in->has_identity ? NULL : in->identity_problem);
        decide_go_on(in);
        return;
    }
    if (status != KINMU_E_CONFLICT || !in->is_running) {
        end_batch(in, status == KINMU_E_CONFLICT ? KINMU_E_RETRY : status,
                  "the hub could not write; try again later");
        return;
    }
    put_back(in);
    refresh_now(in, number);
}

static void on_retry(void *user) {
    ingest *in = user;
    in->decide_timer = 0;
    decide_go_on(in);
}

/* Every staged row as one event; E_BUSY leaves all as it was. */
static int32_t append(ingest *in) {
    kinmu_event events[2 * INGEST_BATCH_MAX];
    kinmu_value devices[INGEST_BATCH_MAX][KINMU_FLEET_DEVICE_FIELDS];
    kinmu_value invites[INGEST_BATCH_MAX][KINMU_FLEET_INVITE_FIELDS];
    row_texts texts[2 * INGEST_BATCH_MAX];
    uint32_t count = 0;
    memset(events, 0, sizeof events);
    for (uint32_t i = 0; i < in->staged.device_count; i++, count++) {
        rows_from_device(&in->staged.devices[i], &texts[count], devices[i]);
        events[count].schema = USE_DEVICE;
        events[count].values = devices[i];
        events[count].value_count = KINMU_FLEET_DEVICE_FIELDS;
        events[count].subject = "";
    }
    for (uint32_t i = 0; i < in->staged.invite_count; i++, count++) {
        rows_from_invite(&in->staged.invites[i], &texts[count], invites[i]);
        events[count].schema = USE_INVITE;
        events[count].values = invites[i];
        events[count].value_count = KINMU_FLEET_INVITE_FIELDS;
        events[count].subject = "";
    }
    return in->bus->append_if(in->host, in->decision, events, count, on_decided, in);
}

static void judge_waiting(ingest *in) {
    memset(&in->staged, 0, sizeof in->staged);
    while (in->queue.first != NULL && in->batch.count < INGEST_BATCH_MAX) {
        change *c = pop(&in->queue);
        memset(&c->err, 0, sizeof c->err);
        c->verdict = c->judge(in, c, &c->err);
        push(&in->batch, c);
    }
}

void decide_go_on(ingest *in) {
    while (in->is_running && !in->is_deciding && !in->is_refreshing && in->decide_timer == 0 &&
           in->queue.first != NULL) {
        uint64_t head = in->bus->head(in->host);
        if (!in->is_loaded || head > in->decision) {
            refresh_now(in, head);
            return;
        }
        judge_waiting(in);
        if (in->staged.device_count + in->staged.invite_count == 0) {
            end_batch(in, KINMU_OK, "");
            continue;
        }
        in->is_deciding = 1;
        int32_t status = append(in);
        if (status == KINMU_OK) {
            return;
        }
        in->is_deciding = 0;
        if (status != KINMU_E_BUSY) {
            end_batch(in, status, "the hub refuses to write this; see its log");
            continue;
        }
        put_back(in);
        (void)in->timer->start(in->host, RETRY_MS, 0, on_retry, in, &in->decide_timer);
        return;
    }
}

void decide(ingest *in, change *c) {
    memset(&c->err, 0, sizeof c->err);
    if (!in->is_running || in->queue.count >= INGEST_CHANGES_MAX) {
        int32_t status =
            ingest_fail(&c->err, KINMU_E_BUSY, "ingest.busy", "the hub is busy; try again later");
        c->done(in, c, status, &c->err);
        return;
    }
    push(&in->queue, c);
    decide_go_on(in);
}

void decide_stop(ingest *in) {
    in->timer->cancel(in->host, in->decide_timer);
    in->decide_timer = 0;
    for (change *c = pop(&in->queue); c != NULL; c = pop(&in->queue)) {
        ingest_fail(&c->err, KINMU_E_RETRY, "ingest.stopped", "the hub is stopping");
        c->done(in, c, KINMU_E_RETRY, &c->err);
    }
}

void decide_end(ingest *in) {
    end_batch(in, KINMU_E_RETRY, "the hub is stopping");
}
