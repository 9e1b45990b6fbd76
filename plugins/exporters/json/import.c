/* json/import.c - reading, publishing and answering. See import.h.
 *
 * The job owns path, log and error while it runs; afterwards everything is the turn's. A line is
 * published in one call with its marker, so that their sequence numbers are neighbours (origin.h).
 */
#include "import.h"

#include "mlog.h"
#include "origin.h"

#include <kinmu/events/input.h>
#include <kinmu/events/window.h>
#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define EVENTS_PER_LINE 3

_Static_assert(IMPORT_LINES_PER_CALL *EVENTS_PER_LINE <= KINMU_EVENTS_MAX, "one call takes them");

enum { IDLE, READING, PUBLISHING, FLUSHING };

/* Values of one line's events, alive until publish returns. */
typedef struct line_values {
    kinmu_value origin[ORIGIN_FIELDS];
    kinmu_value minute[KINMU_INPUT_MINUTE_CLICKS + 1];
    kinmu_value focus[KINMU_WINDOW_FOCUS_CAUSE + 1];
} line_values;

struct import {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const kinmu_calls *calls;
    import_schemas schemas;
    int32_t zone_offset_s;
    int32_t has_zone_offset;

    int32_t phase;
    uint64_t call;
    uint64_t timer_id;
    char *path;
    mlog *log;
    int32_t status; /* of the job */
    kinmu_err err;
    int32_t utc_offset_s; /* of this import */
    size_t next;          /* line to publish */
    uint64_t events;      /* published */
    uint64_t ticket;
    line_values *values; /* IMPORT_LINES_PER_CALL */
    kinmu_event *batch;  /* EVENTS_PER_LINE times as many */
};

int32_t import_create(const kinmu_host *host, const import_schemas *schemas,
                      const int32_t *zone_offset_s, import **out) {
    import *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->schemas = *schemas;
    self->has_zone_offset = zone_offset_s != NULL;
    self->zone_offset_s = zone_offset_s != NULL ? *zone_offset_s : 0;
    *out = self;
    return KINMU_OK;
}

int32_t import_start(import *self, kinmu_err *err) {
    self->bus = self->host->iface(self->host, KINMU_BUS_1);
    self->timer = self->host->iface(self->host, KINMU_TIMER_1);
    self->work = self->host->iface(self->host, KINMU_WORK_1);
    self->calls = self->host->iface(self->host, KINMU_CALLS_1);
    if (self->bus == NULL || self->timer == NULL || self->work == NULL || self->calls == NULL) {
        (void)snprintf(err->key, sizeof err->key, "json.services");
        (void)snprintf(err->msg, sizeof err->msg,
                       "json: this host lacks one of bus/1, timer/1, work/1, calls/1");
        return KINMU_E_ABI;
    }
    return KINMU_OK;
}

static void release(import *self) {
    mlog_free(self->log);
    free(self->path);
    free(self->values);
    free(self->batch);
    self->log = NULL;
    self->path = NULL;
    self->values = NULL;
    self->batch = NULL;
    self->phase = IDLE;
}

static void answer(import *self, int32_t status, const char *text) {
    kinmu_value values[IMPORT_ANSWERS] = {kinmu_i64((int64_t)self->next),
                                          kinmu_i64((int64_t)self->events)};
    (void)self->calls->answer(self->host, self->call, status, values,
                              status == KINMU_OK ? IMPORT_ANSWERS : 0, text);
    release(self);
}

static void answer_partial(import *self, int32_t status, const char *why) {
    char text[KINMU_ERR_MSG_SIZE];
    (void)snprintf(text, sizeof text,
                   "json: %s; %zu of %zu lines were published, none of the others", why, self->next,
                   self->log->count);
    answer(self, status, text);
}

/* [job] Plain stdio: the file is read once, from its beginning to its end. */
static int32_t read_all(import *self, char **text, size_t *size) {
    FILE *file = fopen(self->path, "rb");
    int number = errno;
    char *data = file != NULL ? malloc(MLOG_BYTES_MAX + 1) : NULL;
    size_t count = 0;
    int32_t is_read = 0;
    if (data != NULL) {
        count = fread(data, 1, MLOG_BYTES_MAX + 1, file);
        number = errno;
        is_read = ferror(file) == 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!is_read) {
        free(data);
        (void)snprintf(self->err.key, sizeof self->err.key, "json.import");
        (void)snprintf(self->err.msg, sizeof self->err.msg, "json: cannot read \"%.200s\": %s",
                       self->path, strerror(number));
        return KINMU_E_REJECT;
    }
    *text = data;
    *size = count;
    return KINMU_OK;
}

/* [job] */
static void read_job(void *user) {
    import *self = user;
    char *text = NULL;
    size_t size = 0;
    self->status = read_all(self, &text, &size);
    if (self->status == KINMU_OK) {
        self->status = mlog_parse(self->path, text, size, &self->log, &self->err);
    }
    free(text);
}

static kinmu_event make_event(const import *self, const mlog_line *line, uint32_t schema,
                              const kinmu_value *values, uint32_t count) {
    kinmu_event event = {.schema = schema,
                         .value_count = count,
                         .unix_ns = (line->local_s - self->utc_offset_s) * SECOND_NS,
                         .subject = line->user,
                         .utc_offset_s = self->utc_offset_s,
                         .flags = KINMU_EVENT_OFFSET,
                         .values = values};
    return event;
}

/* Appends the line's two or three events to the batch; returns how many. */
static uint32_t put_line(const import *self, const mlog_line *line, line_values *v,
                         kinmu_event *events) {
    uint32_t count = 0;
    v->origin[ORIGIN_COMPUTER_NAME] = kinmu_text(line->computer);
    v->origin[ORIGIN_SOURCE] = kinmu_text("miteras");
    v->origin[ORIGIN_LINE] = kinmu_i64(line->number);
    v->origin[ORIGIN_EVENTS] = kinmu_i64(line->is_change ? 2 : 1);
    events[count++] = make_event(self, line, self->schemas.origin, v->origin, ORIGIN_FIELDS);
    v->minute[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(line->keys);
    v->minute[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(line->clicks);
    events[count++] = make_event(self, line, self->schemas.minute, v->minute,
                                 sizeof v->minute / sizeof v->minute[0]);
    if (line->is_change) {
        v->focus[KINMU_WINDOW_FOCUS_PROCESS] = kinmu_text(line->process);
        v->focus[KINMU_WINDOW_FOCUS_TITLE] = kinmu_text(line->title);
        v->focus[KINMU_WINDOW_FOCUS_URL] =
            *line->url != '\0' ? kinmu_text(line->url) : kinmu_null();
        v->focus[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text("focus");
        events[count++] = make_event(self, line, self->schemas.focus, v->focus,
                                     sizeof v->focus / sizeof v->focus[0]);
    }
    return count;
}

static void all_durable(void *user, int32_t status, uint64_t number) {
    import *self = user;
    (void)number;
    if (self->phase != FLUSHING) {
        return; /* stopped and answered meanwhile */
    }
    if (status == KINMU_OK) {
        answer(self, KINMU_OK, "");
    } else {
        answer(self, status, "json: the lines were published, but the host could not store them");
    }
}

static void publish_some(void *user);

static void publish_later(import *self, uint64_t delay_ms) {
    int32_t status =
        self->timer->start(self->host, delay_ms, 0, publish_some, self, &self->timer_id);
    if (status != KINMU_OK) {
        answer_partial(self, status, "no timer left");
    }
}

/* One publish call in a turn; the next part goes out in a later turn. */
static void publish_some(void *user) {
    import *self = user;
    uint32_t count = 0;
    size_t line = self->next;
    self->timer_id = 0;
    for (uint32_t i = 0; i < IMPORT_LINES_PER_CALL && line < self->log->count; i++, line++) {
        count += put_line(self, &self->log->lines[line], &self->values[i], &self->batch[count]);
    }
    int32_t status =
        count == 0 ? KINMU_OK : self->bus->publish(self->host, self->batch, count, &self->ticket);
    if (status == KINMU_E_BUSY) {
        publish_later(self, IMPORT_RETRY_MS);
        return;
    }
    if (status != KINMU_OK) {
        answer_partial(self, status, "the bus refused the rest");
        return;
    }
    self->next = line;
    self->events += count;
    if (line < self->log->count) {
        publish_later(self, 0);
        return;
    }
    self->phase = FLUSHING;
    status = count == 0 ? KINMU_E_NOTFOUND
                        : self->bus->when_durable(self->host, self->ticket, all_durable, self);
    if (count == 0) {
        answer(self, KINMU_OK, "");
    } else if (status != KINMU_OK) {
        answer(self, status, "json: published, but the host cannot tell when it is stored");
    }
}

static void read_done(void *user, int32_t status) {
    import *self = user;
    if (self->phase != READING) {
        release(self); /* stopped and answered meanwhile */
        return;
    }
    if (status != KINMU_OK) {
        answer(self, KINMU_E_RETRY, "json: stopped before the file was read; nothing was imported");
        return;
    }
    if (self->status != KINMU_OK) {
        answer(self, self->status, self->err.msg);
        return;
    }
    self->values = malloc(IMPORT_LINES_PER_CALL * sizeof *self->values);
    self->batch = malloc((size_t)IMPORT_LINES_PER_CALL * EVENTS_PER_LINE * sizeof *self->batch);
    if (self->values == NULL || self->batch == NULL) {
        answer(self, KINMU_E_NOMEM, "json: out of memory; nothing was imported");
        return;
    }
    self->phase = PUBLISHING;
    publish_some(self);
}

static int32_t refuse(kinmu_err *err, int32_t status, const char *text) {
    (void)snprintf(err->key, sizeof err->key, "json.import");
    (void)snprintf(err->msg, sizeof err->msg, "json: %s", text);
    return status;
}

static int32_t is_absolute(const char *path, size_t size) {
    return (size > 0 && (path[0] == '/' || path[0] == '\\')) || (size > 2 && path[1] == ':');
}

int32_t import_call(import *self, const kinmu_call *call, kinmu_err *err) {
    const kinmu_value *path = call->value_count > 0 ? &call->values[0] : NULL;
    if (self->calls == NULL || self->path != NULL) {
        return refuse(err, KINMU_E_BUSY, "another import is running; wait until it has ended");
    }
    if (path == NULL || path->type != KINMU_TYPE_TEXT || !is_absolute(path->as.text, path->size)) {
        return refuse(err, KINMU_E_REJECT, "path must be an absolute path of a file");
    }
    kinmu_clock clock;
    self->timer->now(self->host, &clock);
    self->utc_offset_s = self->has_zone_offset ? self->zone_offset_s : clock.utc_offset_s;
    self->path = malloc((size_t)path->size + 1);
    if (self->path == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(self->path, path->as.text, path->size);
    self->path[path->size] = '\0';
    self->call = call->id;
    self->next = 0;
    self->events = 0;
    memset(&self->err, 0, sizeof self->err);
    self->phase = READING;
    int32_t status = self->work->submit(self->host, read_job, read_done, self);
    if (status != KINMU_OK) {
        release(self);
        return refuse(err, status, "no worker is free; try again");
    }
    return KINMU_OK;
}

void import_stop(import *self) {
    if (self->phase == READING) {
        /* The job still owns path and log: only the phase tells read_done to drop them. */
        self->phase = IDLE;
        (void)self->calls->answer(self->host, self->call, KINMU_E_RETRY, NULL, 0,
                                  "json: stopped while reading; nothing was imported");
    } else if (self->phase == PUBLISHING) {
        self->timer->cancel(self->host, self->timer_id);
        self->timer_id = 0;
        answer_partial(self, KINMU_E_RETRY, "stopped");
    } else if (self->phase == FLUSHING) {
        answer(self, KINMU_E_RETRY,
               "json: stopped; all lines were published, but are not known to be stored");
    }
}

void import_destroy(import *self) {
    if (self != NULL) {
        release(self);
        free(self);
    }
}
