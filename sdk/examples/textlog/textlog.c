/* textlog.c - an example exporter: events of every schema as lines of text,
 *
 *     2026-11-22T09:00:00+09:00 alice kinmu.session.change/1 kind=logon quality=exact
 *
 * Live, a batch is written by a job and acknowledged only when it is on disk: the first delivery
 * answers E_BUSY and starts the job, the same batch comes again and gets KINMU_OK. After a crash in
 * between, its lines are written twice and none is lost. An export of a period writes a file of its
 * own, which appears whole or not at all. Control characters inside texts become spaces. */
#include <kinmu/civil.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/work.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTLOG_LINE_SIZE 131072 /* a text value has at most 16384 bytes, an event 60000 */
#define TEXTLOG_PATH_SIZE 4096

/* ---- what it accepts, what can be configured ---- */

static const kinmu_schema_use schemas[] = {{NULL, KINMU_ACCEPTS, 0}}; /* any */

typedef struct textlog_config {
    const char *file;
} textlog_config;

static const kinmu_option options[] = {
    {"file", KINMU_OPT_TEXT, KINMU_OPTION_REQUIRED, offsetof(textlog_config, file), 0, NULL, 1,
     4000, NULL, KINMU_TABLE_EMPTY, 0, 0, "File to which lines are appended as events come.",
     "行を追記するファイル。", "1.0"},
};

/* ---- lines ---- */

typedef struct line {
    char text[TEXTLOG_LINE_SIZE];
    size_t size;
} line;

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static void
add(line *out, const char *format, ...) {
    size_t room = sizeof out->text - out->size;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(out->text + out->size, room, format, arguments);
    va_end(arguments);
    if (size > 0) {
        out->size += (size_t)size < room ? (size_t)size : room - 1;
    }
}

/* RFC 3339 in local time of the event, to the second. */
static void add_time(line *out, const kinmu_event *event) {
    kinmu_civil c = kinmu_civil_from(event->unix_ns, event->utc_offset_s);
    int offset_min = event->utc_offset_s / 60;
    add(out, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
        c.second, offset_min < 0 ? '-' : '+', abs(offset_min) / 60, abs(offset_min) % 60);
}

static void add_value(line *out, const kinmu_value *value) {
    size_t from = out->size;
    switch (value->type) {
    case KINMU_TYPE_TEXT:
        add(out, "%.*s", (int)value->size, value->as.text);
        break;
    case KINMU_TYPE_F64:
        add(out, "%.15g", value->as.f64);
        break;
    case KINMU_TYPE_BYTES:
        add(out, "(%u bytes)", value->size);
        break;
    default:
        add(out, "%lld", (long long)value->as.i64);
        break;
    }
    for (; from < out->size; from++) {
        if ((unsigned char)out->text[from] < ' ') {
            out->text[from] = ' ';
        }
    }
}

static void make_line(line *out, const kinmu_event *event, const kinmu_schema *schema) {
    const kinmu_table *fields = &schema->fields;
    out->size = 0;
    add_time(out, event);
    add(out, " %s %s/%u", event->subject[0] == '\0' ? "-" : event->subject, schema->name,
        schema->version);
    for (uint32_t i = 0; i < event->value_count && i < fields->count; i++) {
        const char *row = (const char *)fields->rows + (size_t)i * fields->stride;
        if (event->values[i].type != KINMU_TYPE_NULL) {
            add(out, " %s=", ((const kinmu_field *)(const void *)row)->name);
            add_value(out, &event->values[i]);
        }
    }
    out->size -= out->size == sizeof out->text - 1; /* room for the end of the line */
    out->text[out->size++] = '\n';
}

/* ---- live ---- */

#define LIVE_IDLE 0
#define LIVE_WRITING 1 /* `lines` is the job's */
#define LIVE_WRITTEN 2
#define LIVE_FAILED 3

typedef struct textlog {
    const kinmu_host *host;
    const kinmu_work *work;
    const kinmu_schemas *known;
    textlog_config config;
    line *scratch;
    int32_t live;
    int32_t job_status;
    uint64_t block; /* of the batch under way */
    char *lines;
    size_t lines_size;
} textlog;

/* [job] A write cut short by a full disk leaves one torn line; the batch is written anew behind. */
static void append_lines(void *user) {
    textlog *self = user;
    FILE *file = fopen(self->config.file, "ab");
    self->job_status = KINMU_E_RETRY;
    if (file != NULL) {
        size_t written = fwrite(self->lines, 1, self->lines_size, file);
        self->job_status =
            fclose(file) == 0 && written == self->lines_size ? KINMU_OK : KINMU_E_RETRY;
    }
}

/* [turn] */
static void append_done(void *user, int32_t status) {
    textlog *self = user;
    free(self->lines);
    self->lines = NULL;
    self->live = status == KINMU_OK && self->job_status == KINMU_OK ? LIVE_WRITTEN : LIVE_FAILED;
}

static int32_t gather_lines(textlog *self, const kinmu_batch *batch) {
    self->lines_size = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        const kinmu_schema *schema = self->known->find(self->host, batch->events[i].schema);
        if (schema == NULL) {
            continue;
        }
        make_line(self->scratch, &batch->events[i], schema);
        char *longer = realloc(self->lines, self->lines_size + self->scratch->size);
        if (longer == NULL) {
            free(self->lines);
            self->lines = NULL;
            return KINMU_E_NOMEM;
        }
        self->lines = longer;
        memcpy(self->lines + self->lines_size, self->scratch->text, self->scratch->size);
        self->lines_size += self->scratch->size;
    }
    return KINMU_OK;
}

/* [turn] */
static int32_t textlog_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    textlog *self = instance;
    uint64_t block = batch->count > 0 ? batch->events[0].block : 0;
    if (self->live == LIVE_WRITING) {
        return KINMU_E_BUSY;
    }
    if (self->live == LIVE_FAILED) {
        self->live = LIVE_IDLE;
        self->host->health(self->host, KINMU_HEALTH_UNAVAILABLE,
                           "the file cannot be written; see `file`");
        snprintf(err->key, sizeof err->key, "textlog.write");
        snprintf(err->msg, sizeof err->msg,
                 "textlog: cannot write \"%.300s\"; look at its folder and space",
                 self->config.file);
        return KINMU_E_RETRY;
    }
    if (self->live == LIVE_WRITTEN && self->block == block) {
        self->live = LIVE_IDLE;
        self->host->health(self->host, KINMU_HEALTH_OK, "writing");
        return KINMU_OK;
    }
    int32_t status = gather_lines(self, batch);
    if (status != KINMU_OK || self->lines_size == 0) {
        return status;
    }
    self->block = block;
    if (self->work->submit(self->host, append_lines, append_done, self) == KINMU_OK) {
        self->live = LIVE_WRITING;
    } else {
        free(self->lines);
        self->lines = NULL;
    }
    return KINMU_E_BUSY;
}

/* ---- exports, all [job] ---- */

typedef struct textlog_run {
    textlog *owner;
    FILE *file;
    line scratch;
    char path[TEXTLOG_PATH_SIZE];
    char part[TEXTLOG_PATH_SIZE];
} textlog_run;

static int32_t fail(kinmu_err *err, const char *what, const char *path) {
    snprintf(err->key, sizeof err->key, "textlog.export");
    snprintf(err->msg, sizeof err->msg,
             "textlog: cannot %s \"%.300s\"; look at its folder and space", what, path);
    return KINMU_E_RETRY;
}

static int32_t textlog_export_open(void *instance, const kinmu_export *job, void **run,
                                   kinmu_err *err) {
    textlog_run *out = calloc(1, sizeof *out);
    *run = out;
    if (out == NULL) {
        return KINMU_E_NOMEM;
    }
    out->owner = instance;
    int path_size = snprintf(out->path, sizeof out->path, "%s/events_%s_%s.txt", job->directory,
                             job->from_date, job->to_date);
    int part_size = snprintf(out->part, sizeof out->part, "%s/events.part", job->directory);
    if (path_size >= TEXTLOG_PATH_SIZE || part_size >= TEXTLOG_PATH_SIZE) {
        out->part[0] = '\0';
        return fail(err, "use so long a path:", job->directory);
    }
    out->file = fopen(out->part, "wb");
    return out->file == NULL ? fail(err, "create", out->part) : KINMU_OK;
}

static int32_t textlog_export_events(void *run, const kinmu_batch *batch, kinmu_err *err) {
    textlog_run *out = run;
    for (uint32_t i = 0; i < batch->count; i++) {
        const kinmu_schema *schema =
            out->owner->known->find(out->owner->host, batch->events[i].schema);
        if (schema == NULL) {
            continue;
        }
        make_line(&out->scratch, &batch->events[i], schema);
        if (fwrite(out->scratch.text, 1, out->scratch.size, out->file) != out->scratch.size) {
            return fail(err, "write", out->part);
        }
    }
    return KINMU_OK;
}

static int32_t textlog_export_close(void *run, int32_t commit, kinmu_err *err) {
    textlog_run *out = run;
    int32_t status = KINMU_OK;
    if (out->file != NULL && fclose(out->file) != 0) {
        status = fail(err, "write", out->part);
    }
    if (commit && status == KINMU_OK) {
        (void)remove(out->path); /* Windows does not rename onto an existing file */
        status = rename(out->part, out->path) == 0 ? KINMU_OK : fail(err, "rename", out->part);
    }
    if ((!commit || status != KINMU_OK) && out->part[0] != '\0') {
        (void)remove(out->part);
    }
    free(out);
    return status;
}

/* ---- life cycle, all [turn] ---- */

static int32_t textlog_create(const kinmu_host *host, const void *config, void **instance,
                              kinmu_err *err) {
    textlog *self = calloc(1, sizeof *self);
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->config = *(const textlog_config *)config;
    self->work = host->iface(host, KINMU_WORK_1);
    self->known = host->iface(host, KINMU_SCHEMAS_1);
    self->scratch = malloc(sizeof *self->scratch);
    if (self->work == NULL || self->known == NULL) {
        snprintf(err->key, sizeof err->key, "textlog.host");
        snprintf(err->msg, sizeof err->msg,
                 "textlog: this host lacks a service it needs; update Kinmu");
        return KINMU_E_ABI;
    }
    return self->scratch == NULL ? KINMU_E_NOMEM : KINMU_OK;
}

static int32_t textlog_start(void *instance, kinmu_err *err) {
    textlog *self = instance;
    (void)err;
    self->host->health(self->host, KINMU_HEALTH_OK, "waiting for events");
    return KINMU_OK;
}

static int32_t textlog_stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void textlog_destroy(void *instance) {
    textlog *self = instance;
    if (self != NULL) {
        free(self->lines);
        free(self->scratch);
        free(self);
    }
}

static const kinmu_plugin textlog_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_EXPORTER,
    .config_size = sizeof(textlog_config),
    .name = "com.example.textlog",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Writes every event as a line of text.",
    .doc_ja = "すべてのイベントを一行ずつ書き出す。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(schemas),
    .create = textlog_create,
    .start = textlog_start,
    .stop = textlog_stop,
    .destroy = textlog_destroy,
    .events = textlog_events,
    .export_open = textlog_export_open,
    .export_events = textlog_export_events,
    .export_close = textlog_export_close,
};

KINMU_MODULE(&textlog_plugin);
