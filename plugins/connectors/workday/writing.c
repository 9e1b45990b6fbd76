/* workday/writing.c - see live.h. What is derived goes first, call by call; then decisions, each
 * only if nobody decided since the round read: otherwise the round is done again, and finds equal
 * what was written already. */
#include "live.h"

#define ROWS_MAX 1024u
#define RETRY_MS 50u

static void write_next(workday *w);

static void on_written(void *user, int32_t status, uint64_t number) {
    workday *w = user;
    const saved *rows = w->round.rows.rows;
    if (rows[w->written].way == SAVED_DERIVE) {
        w->is_elsewhere = status == KINMU_E_CONFLICT;
    }
    if (status != KINMU_OK) {
        live_written(w, 0);
        return;
    }
    if (rows[w->written].way == SAVED_DECIDE) {
        w->decision = number;
    }
    w->written += w->writing;
    write_next(w);
}

static void on_retry(void *user) {
    workday *w = user;
    w->timer_id = 0;
    write_next(w);
}

static void write_next(workday *w) {
    const saved *rows = w->round.rows.rows;
    uint32_t count = w->round.rows.count;
    kinmu_event events[ROWS_MAX];
    uint32_t given = 0;
    if (w->written == count || !w->is_running) {
        live_written(w, w->written == count);
        return;
    }
    int32_t way = rows[w->written].way;
    for (uint32_t i = w->written; i < count && given < ROWS_MAX && rows[i].way == way; i++) {
        events[given++] = (kinmu_event){.schema = rows[i].use,
                                        .value_count = rows[i].count,
                                        .unix_ns = rows[i].unix_ns,
                                        .subject = rows[i].subject,
                                        .flags = rows[i].flags,
                                        .values = rows[i].values};
    }
    w->writing = given;
    int32_t status = way == SAVED_DERIVE
                         ? w->bus->derive(w->host, events, given, on_written, w)
                         : w->bus->append_if(w->host, w->decision, events, given, on_written, w);
    if (status == KINMU_E_BUSY) {
        status = w->timer->start(w->host, RETRY_MS, 0, on_retry, w, &w->timer_id);
    }
    if (status != KINMU_OK) {
        w->host->log(w->host, KINMU_LOG_ERROR, "the host refuses to write days");
        live_written(w, 0);
    }
}

void writing_begin(workday *w) {
    w->written = 0;
    w->decision = w->round.decision;
    saved_order(&w->round.rows);
    write_next(w);
}
