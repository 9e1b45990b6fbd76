/* host/deriving.c - derived rows (bus/1 derive) on their way to the store: checked and copied in
 * the turn, written by one job at a time, so that of two calls for a row the later one stays. What
 * waits is bounded; what a stopping node has taken it still writes.
 */
#include "host/node_internal.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>

#define DERIVING_ROWS_MAX 65536u /* that wait, of all instances */

/* One call. */
typedef struct derivation {
    struct derivation *next;
    arena memory;
    store_derived *rows;
    uint32_t count;
    uint32_t asked; /* events given; some may have been dropped */
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];
    char owner[KINMU_NAME_BYTES_MAX + 1];
    uint64_t life;
    uint64_t token;
    int32_t status;
} derivation;

struct deriving {
    node *n;
    uv_work_t work;
    derivation *waiting, **last;
    derivation *at_work; /* the job's while it runs */
    uint32_t rows;
    int32_t is_running;
};

static void free_all(derivation *first) {
    while (first != NULL) {
        derivation *next = first->next;
        arena_free(&first->memory);
        free(first);
        first = next;
    }
}

static void write_rows(uv_work_t *work) {
    struct deriving *d = work->data;
    for (derivation *one = d->at_work; one != NULL; one = one->next) {
        kinmu_err err = {{0}, {0}};
        one->status = one->count == 0
                          ? KINMU_OK
                          : store_derive(d->n->tables, one->owner, journal_origin(d->n->j),
                                         one->rows, one->count, &err);
        if (one->status != KINMU_OK && one->status != KINMU_E_CONFLICT) {
            log_warn(one->name, "derived rows were not written: %s", err.msg);
        }
    }
}

static void begin(struct deriving *d);

static void on_written(uv_work_t *work, int status) {
    struct deriving *d = work->data;
    derivation *done = d->at_work;
    (void)status;
    d->at_work = NULL;
    d->is_running = 0;
    for (const derivation *one = done; one != NULL; one = one->next) {
        instance *i = instance_alive(d->n, one->name, one->life);
        d->rows -= one->asked;
        if (i != NULL) {
            int32_t is_told = one->status == KINMU_OK || one->status == KINMU_E_CONFLICT;
            instance_tell_decided(i, one->token, is_told ? one->status : KINMU_E_RETRY, 0);
        }
    }
    free_all(done);
    begin(d);
    if (d->n->is_stopping) {
        node_settle(d->n);
    }
}

static void begin(struct deriving *d) {
    if (d->is_running || d->waiting == NULL) {
        return;
    }
    d->at_work = d->waiting;
    d->waiting = NULL;
    d->last = &d->waiting;
    d->is_running = 1;
    if (uv_queue_work(&d->n->loop, &d->work, write_rows, on_written) != 0) {
        write_rows(&d->work); /* no thread: late is better than never */
        on_written(&d->work, 0);
    }
}

int32_t deriving_add(instance *i, uint64_t token, const kinmu_event *events, uint32_t count) {
    struct deriving *d = i->owner->deriving;
    kinmu_err err = {{0}, {0}};
    if (i->owner->tables == NULL) {
        return KINMU_E_STATE;
    }
    if (d->rows + count > DERIVING_ROWS_MAX) {
        return KINMU_E_BUSY;
    }
    derivation *one = calloc(1, sizeof *one);
    if (one == NULL) {
        return KINMU_E_NOMEM;
    }
    one->token = token;
    one->life = i->life;
    one->asked = count;
    text_copy(one->name, sizeof one->name, i->name);
    text_copy(one->owner, sizeof one->owner, i->publisher.owner);
    int32_t status = bus_derive(i->owner->in, &i->publisher, events, count, &one->memory,
                                &one->rows, &one->count, &err);
    if (status != KINMU_OK) {
        log_warn(i->name, "derived rows refused: %s", err.msg);
        free_all(one);
        return status;
    }
    *d->last = one;
    d->last = &one->next;
    d->rows += count;
    begin(d);
    return KINMU_OK;
}

int32_t deriving_open(node *n) {
    struct deriving *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return KINMU_E_NOMEM;
    }
    d->n = n;
    d->work.data = d;
    d->last = &d->waiting;
    n->deriving = d;
    return KINMU_OK;
}

void deriving_close(node *n) {
    if (n->deriving != NULL) {
        free_all(n->deriving->waiting);
        free(n->deriving);
        n->deriving = NULL;
    }
}

int32_t deriving_is_running(const node *n) {
    return n->deriving != NULL && n->deriving->is_running;
}
