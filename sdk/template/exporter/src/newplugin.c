/* newplugin.c - writes the session changes of a period as lines of text, one file per export.
 *
 * An export is a job: it may block. open creates "<file>.part", events append to it, close renames
 * it when committed and removes it when not, so a reader never sees half a file. */
#include <kinmu/events/session.h>
#include <kinmu/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEWPLUGIN_PATH_SIZE 4096

/* ---- what it accepts ---- */

#define NEWPLUGIN_SESSION 0 /* its place in the schema table */
static const kinmu_schema_use newplugin_schemas[] = {{&kinmu_session_change, KINMU_ACCEPTS, 0}};

/* ---- what can be configured ---- */

typedef struct newplugin_config {
    const char *file;
} newplugin_config;

static const kinmu_option newplugin_options[] = {
    {"file", KINMU_OPT_TEXT, 0, offsetof(newplugin_config, file), 0, "newplugin.txt", 1, 200, NULL,
     KINMU_TABLE_EMPTY, 0, 0, "Name of the file written, without folders.",
     "書き出すファイル名(フォルダーなし)。", "0.1"},
};

/* ---- the instance ---- */

typedef struct newplugin_state {
    const kinmu_host *host;
    newplugin_config config;
} newplugin_state;

typedef struct newplugin_run {
    FILE *file;
    char path[NEWPLUGIN_PATH_SIZE];
    char part[NEWPLUGIN_PATH_SIZE + 8];
} newplugin_run;

static int32_t newplugin_fail(kinmu_err *err, const char *what, const char *path) {
    (void)snprintf(err->key, sizeof err->key, "newplugin.file");
    (void)snprintf(err->msg, sizeof err->msg,
                   "newplugin: cannot %s \"%.300s\"; look at the folder and its space", what, path);
    return KINMU_E_RETRY;
}

/* [job] */
static int32_t newplugin_export_open(void *instance, const kinmu_export *job, void **run,
                                     kinmu_err *err) {
    const newplugin_state *self = (const newplugin_state *)instance;
    newplugin_run *out = (newplugin_run *)calloc(1, sizeof *out);
    *run = out;
    if (out == NULL) {
        return KINMU_E_NOMEM;
    }
    int size = snprintf(out->path, sizeof out->path, "%s/%s", job->directory, self->config.file);
    if (size < 0 || (size_t)size >= sizeof out->path) {
        return newplugin_fail(err, "use so long a path,", job->directory);
    }
    (void)snprintf(out->part, sizeof out->part, "%s.part", out->path);
    out->file = fopen(out->part, "wb");
    return out->file == NULL ? newplugin_fail(err, "create", out->part) : KINMU_OK;
}

/* One line: account, seconds since 1970, what changed. Control characters cannot occur in accounts.
 */
static int newplugin_write(FILE *file, const kinmu_event *event) {
    const kinmu_value *kind = &event->values[KINMU_SESSION_CHANGE_KIND];
    return fprintf(file, "%s\t%lld\t%.*s\n", event->subject,
                   (long long)(event->unix_ns / 1000000000), (int)kind->size, kind->as.text);
}

/* [job] */
static int32_t newplugin_export_events(void *run, const kinmu_batch *batch, kinmu_err *err) {
    newplugin_run *out = (newplugin_run *)run;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (batch->events[i].schema == NEWPLUGIN_SESSION &&
            newplugin_write(out->file, &batch->events[i]) < 0) {
            return newplugin_fail(err, "write", out->part);
        }
    }
    return KINMU_OK;
}

/* [job] */
static int32_t newplugin_export_close(void *run, int32_t commit, kinmu_err *err) {
    newplugin_run *out = (newplugin_run *)run;
    int32_t status = KINMU_OK;
    if (out == NULL) {
        return KINMU_OK;
    }
    if (out->file != NULL && fclose(out->file) != 0) {
        status = newplugin_fail(err, "write", out->part);
    }
    if (commit && status == KINMU_OK) {
        (void)remove(out->path); /* Windows does not rename onto an existing file */
        if (rename(out->part, out->path) != 0) {
            status = newplugin_fail(err, "rename", out->part);
        }
    }
    if ((!commit || status != KINMU_OK) && out->part[0] != '\0') {
        (void)remove(out->part);
    }
    free(out);
    return status;
}

/* ---- life cycle ---- */

static int32_t newplugin_create(const kinmu_host *host, const void *config, void **instance,
                                kinmu_err *err) {
    newplugin_state *self = (newplugin_state *)calloc(1, sizeof *self);
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->config = *(const newplugin_config *)config;
    if (strpbrk(self->config.file, "/\\:") != NULL) {
        (void)snprintf(err->key, sizeof err->key, "newplugin.name");
        (void)snprintf(err->msg, sizeof err->msg,
                       "newplugin: `file` \"%s\" names a folder; give a plain file name",
                       self->config.file);
        return KINMU_E_CONFIG;
    }
    return KINMU_OK;
}

static int32_t newplugin_start(void *instance, kinmu_err *err) {
    const newplugin_state *self = (const newplugin_state *)instance;
    (void)err;
    self->host->health(self->host, KINMU_HEALTH_OK, "waiting for an export");
    return KINMU_OK;
}

static int32_t newplugin_stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void newplugin_destroy(void *instance) {
    free(instance);
}

/* ---- the table ---- */

static const kinmu_plugin newplugin_table = {
    sizeof(kinmu_plugin),
    KINMU_EXPORTER,
    0, /* flags */
    sizeof(newplugin_config),
    "com.example.newplugin",
    "0.1.0",
    "com.example",
    "LicenseRef-choose",
    "Writes the session changes of a period as lines of text.",
    "期間内のセッションの変化をテキストで書き出す。",
    KINMU_TABLE(newplugin_options),
    KINMU_TABLE(newplugin_schemas),
    KINMU_TABLE_EMPTY, /* commands */
    KINMU_TABLE_EMPTY, /* metrics */
    newplugin_create,
    newplugin_start,
    newplugin_stop,
    newplugin_destroy,
    NULL, /* reconfigure */
    NULL, /* events: exports only, nothing live */
    NULL, /* call */
    newplugin_export_open,
    newplugin_export_events,
    newplugin_export_close,
    KINMU_TABLE_EMPTY, /* tools */
    KINMU_TABLE_EMPTY, /* titles */
};

KINMU_MODULE(&newplugin_table);
