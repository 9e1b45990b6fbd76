/* host/export_rows.c - see export_rows.h. The store gives rows one by one that live for a moment;
 * an exporter takes batches. So rows are copied into the memory of a batch, which is thrown away as
 * a whole.
 */
#include "host/export_rows.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define BATCHES 8u                   /* one is written, one is being filled, the others even out */
#define ROOM_BYTES ((size_t)1 << 20) /* what most batches need */

typedef struct row_batch {
    uint8_t *room; /* used again by each batch at this place */
    size_t used;
    arena memory; /* what there was no room for */
    size_t bytes; /* of both */
    uint32_t count;
    kinmu_event events[EXPORT_BATCH_EVENTS];
} row_batch;

struct export_rows {
    const export_rows_wanted *wanted;
    uv_thread_t thread;
    uint64_t decision; /* set before the first batch is handed over */
    row_batch batches[BATCHES];
    uint32_t filling; /* the thread's own place in the ring */

    uv_mutex_t lock; /* guards what follows */
    uv_cond_t changed;
    uint32_t reading;   /* the exporter's place */
    uint32_t count;     /* batches handed over, the one being read included */
    int32_t is_read;    /* the exporter holds the batch at its place */
    int32_t is_stopped; /* nobody wants more */
    int32_t has_ended;  /* nothing more comes, for this reason: */
    int32_t status;
    kinmu_err err;
};

static void empty_batch(row_batch *batch) {
    arena_free(&batch->memory);
    batch->used = 0;
    batch->bytes = 0;
    batch->count = 0;
}

/* ---- the thread's side ---- */

/* Waits until there is a place for the next batch; 0 when nobody wants it. */
static int32_t hand_over(export_rows *rows) {
    uv_mutex_lock(&rows->lock);
    rows->count++;
    uv_cond_broadcast(&rows->changed);
    while (rows->count == BATCHES && !rows->is_stopped) {
        uv_cond_wait(&rows->changed, &rows->lock);
    }
    int32_t is_wanted = !rows->is_stopped;
    uv_mutex_unlock(&rows->lock);
    rows->filling = (rows->filling + 1) % BATCHES;
    return is_wanted;
}

/* Aligned for a value. */
static void *get_memory(row_batch *batch, size_t size) {
    size_t padded = (size + 7) & ~(size_t)7;
    if (padded < size || padded > ROOM_BYTES - batch->used) {
        return arena_get(&batch->memory, size);
    }
    void *memory = batch->room + batch->used;
    batch->used += padded;
    return memory;
}

/* With a NUL behind. */
static const void *keep(row_batch *batch, const void *bytes, size_t size) {
    uint8_t *copy = get_memory(batch, size + 1);
    if (copy != NULL) {
        memcpy(copy, size > 0 ? bytes : "", size);
        copy[size] = 0;
    }
    batch->bytes += size + 1;
    return copy;
}

/* Rows side by side come from the same device and account: the copy of the row before serves. */
static const void *keep_same(row_batch *batch, const void *before, const void *bytes, size_t size) {
    return before != NULL && memcmp(before, bytes, size) == 0 ? before : keep(batch, bytes, size);
}

static const char *keep_same_text(row_batch *batch, const char *before, const char *text) {
    return before != NULL && strcmp(before, text) == 0 ? before : keep(batch, text, strlen(text));
}

static int32_t keep_values(row_batch *batch, kinmu_event *event) {
    size_t size = event->value_count * sizeof *event->values;
    kinmu_value *values = (kinmu_value *)(uintptr_t)keep(batch, event->values, size);
    for (uint32_t i = 0; values != NULL && i < event->value_count; i++) {
        if (values[i].type == KINMU_TYPE_TEXT) {
            values[i].as.text = keep(batch, values[i].as.text, values[i].size);
        } else if (values[i].type == KINMU_TYPE_BYTES) {
            values[i].as.bytes = keep(batch, values[i].as.bytes, values[i].size);
        } else {
            continue;
        }
        if (values[i].as.text == NULL) { /* text and bytes share the pointer's place */
            return KINMU_E_NOMEM;
        }
    }
    event->values = values;
    return values != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static int32_t take_row(void *user, const kinmu_event *row) {
    export_rows *rows = user;
    row_batch *batch = &rows->batches[rows->filling];
    kinmu_event *event = &batch->events[batch->count];
    *event = *row;
    event->schema = rows->wanted->numbers[row->schema];
    const kinmu_event none = {0};
    const kinmu_event *before = batch->count > 0 ? event - 1 : &none;
    event->origin = keep_same(batch, before->origin, row->origin, 16);
    event->boot_id = keep_same(batch, before->boot_id, row->boot_id, 16);
    event->subject = keep_same_text(batch, before->subject, row->subject);
    event->zone = keep_same_text(batch, before->zone, row->zone);
    int32_t status = keep_values(batch, event);
    if (status != KINMU_OK || event->origin == NULL || event->boot_id == NULL ||
        event->subject == NULL || event->zone == NULL) {
        rows->status = KINMU_E_NOMEM;
        return 1;
    }
    batch->count++;
    int32_t is_full = batch->count == EXPORT_BATCH_EVENTS || batch->bytes >= EXPORT_BATCH_BYTES_MAX;
    return is_full && !hand_over(rows);
}

static int32_t replay(export_rows *rows, kinmu_err *err) {
    const export_rows_wanted *wanted = rows->wanted;
    store_reader *reader = NULL;
    store_figures figures = {0};
    int32_t status = store_reader_open(wanted->data, wanted->schemas, &reader, err);
    if (status == KINMU_OK) {
        status = store_stat(reader, &figures, err);
        rows->decision = figures.decision;
    }
    if (status == KINMU_OK) {
        status = store_replay(reader, wanted->infos, wanted->info_count, wanted->from_ns,
                              wanted->to_ns, take_row, rows, err);
    }
    store_reader_close(reader);
    return status == KINMU_OK ? rows->status : status;
}

static void run(void *user) {
    export_rows *rows = user;
    kinmu_err err = {"", ""};
    int32_t status = replay(rows, &err);
    uv_mutex_lock(&rows->lock);
    rows->count += rows->batches[rows->filling].count > 0 && !rows->is_stopped;
    rows->has_ended = 1;
    rows->status = status;
    rows->err = err;
    uv_cond_broadcast(&rows->changed);
    uv_mutex_unlock(&rows->lock);
}

/* ---- the exporter's side ---- */

static void free_rows(export_rows *rows) {
    for (uint32_t i = 0; i < BATCHES; i++) {
        empty_batch(&rows->batches[i]);
        free(rows->batches[i].room);
    }
    free(rows);
}

static int32_t make_room(export_rows *rows) {
    for (uint32_t i = 0; i < BATCHES; i++) {
        rows->batches[i].room = malloc(ROOM_BYTES);
        if (rows->batches[i].room == NULL) {
            return KINMU_E_NOMEM;
        }
    }
    return KINMU_OK;
}

int32_t export_rows_start(const export_rows_wanted *wanted, export_rows **out, kinmu_err *err) {
    export_rows *rows = calloc(1, sizeof *rows);
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    if (make_room(rows) != KINMU_OK || uv_mutex_init(&rows->lock) != 0) {
        free_rows(rows);
        return KINMU_E_NOMEM;
    }
    rows->wanted = wanted;
    if (uv_cond_init(&rows->changed) != 0) {
        uv_mutex_destroy(&rows->lock);
        free_rows(rows);
        return KINMU_E_NOMEM;
    }
    if (uv_thread_create(&rows->thread, run, rows) != 0) {
        uv_cond_destroy(&rows->changed);
        uv_mutex_destroy(&rows->lock);
        free_rows(rows);
        return error_set(err, KINMU_E_RETRY, "export.thread", "export: cannot start a thread");
    }
    *out = rows;
    return KINMU_OK;
}

int32_t export_rows_next(export_rows *rows, kinmu_batch *out, kinmu_err *err) {
    uv_mutex_lock(&rows->lock);
    if (rows->is_read) {
        empty_batch(&rows->batches[rows->reading]);
        rows->reading = (rows->reading + 1) % BATCHES;
        rows->count--;
        rows->is_read = 0;
        uv_cond_broadcast(&rows->changed);
    }
    while (rows->count == 0 && !rows->has_ended) {
        uv_cond_wait(&rows->changed, &rows->lock);
    }
    /* Rows before a failure are not worth writing: no file will be left of them. */
    int32_t status = rows->has_ended ? rows->status : KINMU_OK;
    if (status != KINMU_OK) {
        *err = rows->err;
    }
    const row_batch *batch = &rows->batches[rows->reading];
    rows->is_read = status == KINMU_OK && rows->count > 0;
    *out =
        (kinmu_batch){sizeof *out, rows->is_read ? batch->count : 0, batch->events, rows->decision};
    uv_mutex_unlock(&rows->lock);
    return status;
}

void export_rows_stop(export_rows *rows) {
    if (rows == NULL) {
        return;
    }
    uv_mutex_lock(&rows->lock);
    rows->is_stopped = 1;
    uv_cond_broadcast(&rows->changed);
    uv_mutex_unlock(&rows->lock);
    uv_thread_join(&rows->thread);
    uv_cond_destroy(&rows->changed);
    uv_mutex_destroy(&rows->lock);
    free_rows(rows);
}
