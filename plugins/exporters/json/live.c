/* json/live.c - the live file. See live.h.
 *
 * The turn owns everything while no job runs; the job owns file, size, tail and lines while one
 * does. After a failed write the file is cut back to its last whole state. After a failed flush the
 * kernel may have dropped pages it calls clean, so the instance stops for good (E_RESTART).
 */
#include "live.h"

#include "tail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERED_SIZE 24

enum { PHASE_NEW, PHASE_READY, PHASE_BROKEN };

struct live {
    const kinmu_host *host;
    const kinmu_work *work;
    live_options options;
    char *path;
    int32_t phase;
    int32_t is_working; /* a job is on its way */

    file *file;
    uint64_t size; /* bytes on stable storage */
    tail tail;     /* what the file held when it was opened */
    buffer lines;  /* of the job */
    line_place job_end;

    line_place written; /* last line on stable storage in this life */
    int32_t has_written;

    int32_t status; /* of the last job, until told */
    char message[KINMU_ERR_MSG_SIZE];
};

static int32_t fail(live *l, int32_t status, const char *verb, int number) {
    (void)snprintf(l->message, sizeof l->message, "json: cannot %s \"%.200s\": %s", verb, l->path,
                   number == TAIL_NOT_OURS ? "it holds something else; choose another path"
                                           : strerror(number));
    return status;
}

int32_t live_create(const kinmu_host *host, const live_options *options, live **out) {
    live *l = calloc(1, sizeof *l);
    size_t size = strlen(options->path) + 1;
    if (l == NULL || (l->path = malloc(size)) == NULL) {
        free(l);
        return KINMU_E_NOMEM;
    }
    memcpy(l->path, options->path, size);
    l->host = host;
    l->options = *options;
    l->options.path = l->path;
    *out = l;
    return KINMU_OK;
}

void live_destroy(live *l) {
    if (l == NULL) {
        return;
    }
    file_close(l->file);
    tail_free(&l->tail);
    buffer_free(&l->lines);
    free(l->path);
    free(l);
}

/* PATH.NUMBER, malloc. */
static char *numbered(const live *l, int64_t number) {
    size_t size = strlen(l->path) + NUMBERED_SIZE;
    char *path = malloc(size);
    if (path != NULL) {
        (void)snprintf(path, size, "%s.%lld", l->path, (long long)number);
    }
    return path;
}

/* [job] A missing PATH.1 is no trouble: nothing was rotated yet. */
static int read_rotated(live *l) {
    char *path = numbered(l, 1);
    file *rotated = NULL;
    uint64_t size = 0;
    int number = path == NULL ? -1 : file_open(path, FILE_READ, &rotated, &size);
    free(path);
    if (number == 0) {
        number = tail_read(&l->tail, rotated, size);
        file_close(rotated);
        return number;
    }
    return 0;
}

/* [job] What is found is flushed before it is trusted: a kill may have come before the flush. */
static void open_job(void *user) {
    live *l = user;
    int number = file_open(l->path, FILE_KEEP, &l->file, &l->size);
    if (number != 0) {
        l->status = fail(l, KINMU_E_RETRY, "open", number);
        return;
    }
    number = tail_repair(l->file, &l->size);
    number = number == 0 ? file_sync(l->file) : number;
    number = number == 0 ? file_sync_folder(l->path) : number;
    number = number == 0 ? read_rotated(l) : number;
    number = number == 0 ? tail_read(&l->tail, l->file, l->size) : number;
    tail_sort(&l->tail);
    if (number != 0) {
        file_close(l->file);
        l->file = NULL;
        tail_free(&l->tail);
        l->status = fail(l, KINMU_E_RETRY, "read", number);
        return;
    }
    l->phase = PHASE_READY;
}

/* [job] Renames from the oldest on, so that a kill between two renames loses none but the oldest.
 */
static int rotate(live *l) {
    file_close(l->file);
    l->file = NULL;
    for (int64_t i = l->options.keep_files; i >= 1; i--) {
        char *from = i == 1 ? NULL : numbered(l, i - 1);
        char *to = numbered(l, i);
        if (to != NULL && (i == 1 || from != NULL)) {
            (void)file_rename(i == 1 ? l->path : from, to); /* holes in the numbers are allowed */
        }
        free(from);
        free(to);
    }
    int number = file_open(l->path, FILE_KEEP, &l->file, &l->size);
    return number == 0 ? file_sync_folder(l->path) : number;
}

/* [job] */
static void write_job(void *user) {
    live *l = user;
    int32_t is_full = l->size > 0 && l->size + l->lines.size > (uint64_t)l->options.rotate_bytes;
    int number = is_full ? rotate(l) : 0;
    if (number != 0) {
        l->phase = PHASE_BROKEN;
        l->status = fail(l, KINMU_E_RESTART, "rotate", number);
        return;
    }
    number = file_write(l->file, l->size, l->lines.data, l->lines.size);
    if (number != 0) {
        l->status = fail(l, KINMU_E_RETRY, "write", number);
        if (file_truncate(l->file, l->size) != 0) {
            l->phase = PHASE_BROKEN;
        }
        return;
    }
    number = file_sync(l->file);
    if (number != 0) {
        (void)file_truncate(l->file, l->size);
        l->phase = PHASE_BROKEN;
        l->status = fail(l, KINMU_E_RESTART, "flush", number);
        return;
    }
    l->size += l->lines.size;
    l->written = l->job_end;
    l->has_written = 1;
}

static void job_done(void *user, int32_t status) {
    live *l = user;
    l->is_working = 0;
    l->lines.size = 0;
    if (status != KINMU_OK) {
        return; /* never ran: the batch comes again */
    }
    if (l->phase == PHASE_BROKEN) {
        l->host->health(l->host, KINMU_HEALTH_FAILED, l->message);
    } else if (l->status != KINMU_OK) {
        l->host->health(l->host, KINMU_HEALTH_DEGRADED, l->message);
    } else {
        l->host->health(l->host, KINMU_HEALTH_OK, "writing");
    }
}

static int32_t submit(live *l, kinmu_job_fn job) {
    int32_t status = l->work->submit(l->host, job, job_done, l);
    l->is_working = status == KINMU_OK;
    return status == KINMU_OK ? KINMU_E_BUSY : status;
}

int32_t live_start(live *l, kinmu_err *err) {
    l->work = l->host->iface(l->host, KINMU_WORK_1);
    if (l->work == NULL) {
        (void)snprintf(err->key, sizeof err->key, "json.no-work");
        (void)snprintf(err->msg, sizeof err->msg, "json: this host has no " KINMU_WORK_1);
        return KINMU_E_ABI;
    }
    if (l->phase == PHASE_NEW && !l->is_working) {
        int32_t status = submit(l, open_job);
        return status == KINMU_E_BUSY ? KINMU_OK : status;
    }
    return KINMU_OK;
}

static int32_t is_written(const live *l, const line_place *place) {
    if (l->has_written && line_compare(place, &l->written) <= 0) {
        return 1;
    }
    return tail_has(&l->tail, place);
}

/* Formats the first lines of the batch that are not in the file yet. */
static void format_new(live *l, const kinmu_batch *batch) {
    for (uint32_t i = 0; i < batch->count && l->lines.size < LIVE_JOB_BYTES_MAX; i++) {
        const kinmu_event *event = &batch->events[i];
        const kinmu_schema *schema = selection_schema(l->options.selection, event->schema);
        line_place place = line_place_of(event);
        if (schema != NULL && !is_written(l, &place)) {
            line_put(&l->lines, schema, event);
            l->job_end = place;
        }
    }
}

int32_t live_events(live *l, const kinmu_batch *batch, kinmu_err *err) {
    if (l->is_working) {
        return KINMU_E_BUSY;
    }
    if (l->status != KINMU_OK) {
        int32_t status = l->status;
        l->status = l->phase == PHASE_BROKEN ? KINMU_E_RESTART : KINMU_OK;
        (void)snprintf(err->key, sizeof err->key, "json.live");
        (void)snprintf(err->msg, sizeof err->msg, "%s", l->message);
        return status;
    }
    if (l->phase == PHASE_NEW) {
        return submit(l, open_job);
    }
    format_new(l, batch);
    if (l->lines.failed) {
        buffer_free(&l->lines);
        return KINMU_E_NOMEM;
    }
    return l->lines.size == 0 ? KINMU_OK : submit(l, write_job);
}
