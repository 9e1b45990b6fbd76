/* json/json.c - the json exporter: options, schemas, and who does what.
 *
 * Three jobs share the instance: live.c appends committed events to a file, an export writes those
 * of a period (as they are, or as M's agent log by miteras.c), import.c reads M's agent log.
 */
#include "import.h"
#include "line.h"
#include "live.h"
#include "miteras.h"
#include "moment.h"
#include "origin.h"
#include "output.h"
#include "selection.h"

#include <kinmu/events/input.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/session.h>
#include <kinmu/events/window.h>
#include <kinmu/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USE_MINUTE, USE_FOCUS, USE_SESSION, USE_GAP, USE_ORIGIN, USE_ANY, USES };

static const kinmu_schema_use uses[USES] = {
    [USE_MINUTE] = {&kinmu_input_minute, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_FOCUS] = {&kinmu_window_focus, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_SESSION] = {&kinmu_session_change, KINMU_ACCEPTS, 0},
    [USE_GAP] = {&kinmu_observation_gap, KINMU_ACCEPTS, 0},
    [USE_ORIGIN] = {&origin_schema, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_ANY] = {NULL, KINMU_ACCEPTS, 0},
};

typedef struct json_config {
    const char *path;
    int64_t rotate_size;
    int64_t rotate_keep;
    kinmu_text_list schemas;
    const char *profile;
    const char *zone_offset;
    const char *computer_name;
} json_config;

static const kinmu_option options[] = {
    {.name = "path",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(json_config, path),
     .min = 1,
     .max = 4000,
     .doc = "File to which committed events are appended as NDJSON. Absent: no live file.",
     .doc_ja = "確定したイベントを NDJSON で追記していくファイル。省略するとライブ出力をしない。",
     .since = "1.0"},
    {.name = "rotate_size",
     .type = KINMU_OPT_SIZE,
     .offset = offsetof(json_config, rotate_size),
     .default_text = "100MiB",
     .min = 1024,
     .max = INT64_C(1) << 40,
     .doc = "The live file is renamed path.1 (and path.1 path.2 ...) before it would exceed this.",
     .doc_ja = "ライブ出力ファイルがこの大きさを超える前に path.1 へ改名する。",
     .since = "1.0"},
    {.name = "rotate_keep",
     .type = KINMU_OPT_INT,
     .offset = offsetof(json_config, rotate_keep),
     .default_text = "10",
     .min = 1,
     .max = 1000,
     .doc = "How many renamed files are kept; the oldest is overwritten. The journal keeps all.",
     .doc_ja = "改名したファイルを残す数。古いものから上書きする（ジャーナルには残る）。",
     .since = "1.0"},
    {.name = "schemas",
     .type = KINMU_OPT_LIST,
     .offset = offsetof(json_config, schemas),
     .max = SELECTION_NAMES_MAX,
     .doc = "Schemas to write, such as kinmu.input.minute/1. Absent or empty: all.",
     .doc_ja = "書き出すスキーマ。省略するとすべて。",
     .since = "1.0"},
    {.name = "profile",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(json_config, profile),
     .default_text = "kinmu",
     .choices = "kinmu|miteras",
     .doc = "Lines of an export. kinmu: events as they are (events.ndjson). miteras: one line of "
            "eight "
            "keys per minute with input (miteras.ndjson), which needs a period and so has no live "
            "file.",
     .doc_ja = "エクスポートの行形式。kinmu はイベントそのまま、miteras は 1 分 1 行・8 キーの形式"
               "（期間指定のエクスポートのみ）。",
     .since = "1.0"},
    {.name = "zone_offset",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(json_config, zone_offset),
     .min = 6,
     .max = 6,
     .doc = "Offset of the local times in imported logs, such as \"+09:00\". Absent: today's.",
     .doc_ja = "取り込むログの現地時刻の時差（例 \"+09:00\"）。省略すると現在の時差。",
     .since = "1.0"},
    {.name = "computer_name",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(json_config, computer_name),
     .default_text = "node",
     .choices = "node|origin",
     .doc = "ComputerName of minutes not imported: this node's name (right on a single PC), or the "
            "device's identifier (right on a hub).",
     .doc_ja = "取り込み以外の行の ComputerName。node はこのノード名（単独の PC 向け）、"
               "origin は端末の識別子（ハブ向け）。",
     .since = "1.0"},
};

static const kinmu_field import_input[] = {
    {"path", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_PATH, "", NULL,
     "Absolute path of the log, readable by this node."},
};
static const kinmu_field import_output[] = {
    {"lines", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Lines imported."},
    {"events", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Events published for them."},
};
static const kinmu_command commands[] = {
    {"import", "operator", KINMU_TABLE(import_input), KINMU_TABLE(import_output),
     "Imports an agent log of M (NDJSON of eight keys): all lines of a faultless file, or "
     "nothing.",
     NULL},
};

typedef struct exporter {
    const kinmu_host *host;
    selection selection;
    int32_t is_miteras;
    int32_t names_origin;
    live *live; /* NULL without a path */
    import *import;
} exporter;

typedef struct run {
    const exporter *owner;
    output *output;
    miteras *miteras; /* NULL under profile kinmu */
} run;

static int32_t refuse(kinmu_err *err, const char *text, const char *value) {
    (void)snprintf(err->key, sizeof err->key, "json.config");
    (void)snprintf(err->msg, sizeof err->msg, "json: %s%s%.80s%s", text,
                   *value != '\0' ? " \"" : "", value, *value != '\0' ? "\"" : "");
    return KINMU_E_CONFIG;
}

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    static const kinmu_table own = KINMU_TABLE(uses);
    static const import_schemas import_rows = {USE_ORIGIN, USE_MINUTE, USE_FOCUS};
    const json_config *from = config;
    int32_t zone_offset_s = 0;
    exporter *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    *instance = self;
    self->host = host;
    self->is_miteras = strcmp(from->profile, "miteras") == 0;
    self->names_origin = strcmp(from->computer_name, "origin") == 0;
    if (self->is_miteras && from->path != NULL) {
        return refuse(err, "profile miteras has no live file; remove path, and use kinmu export",
                      "");
    }
    if (from->zone_offset != NULL && !moment_parse_offset(from->zone_offset, &zone_offset_s)) {
        return refuse(err, "zone_offset must look like +09:00, not", from->zone_offset);
    }
    int32_t status = selection_make(&self->selection, host, &own, &from->schemas, err);
    if (status == KINMU_OK && from->path != NULL) {
        live_options file = {from->path, from->rotate_size, from->rotate_keep, &self->selection};
        status = live_create(host, &file, &self->live);
    }
    if (status == KINMU_OK) {
        status = import_create(host, &import_rows,
                               from->zone_offset != NULL ? &zone_offset_s : NULL, &self->import);
    }
    return status;
}

static int32_t start(void *instance, kinmu_err *err) {
    exporter *self = instance;
    int32_t status = import_start(self->import, err);
    if (status == KINMU_OK && self->live != NULL) {
        status = live_start(self->live, err);
    }
    if (status == KINMU_OK) {
        self->host->health(self->host, KINMU_HEALTH_OK,
                           self->live != NULL ? "opening the live file" : "ready, no live file");
    }
    return status;
}

static int32_t stop(void *instance, kinmu_err *err) {
    exporter *self = instance;
    (void)err;
    if (self->import != NULL) {
        import_stop(self->import);
    }
    return KINMU_OK;
}

static void destroy(void *instance) {
    exporter *self = instance;
    if (self != NULL) {
        live_destroy(self->live);
        import_destroy(self->import);
        free(self);
    }
}

static int32_t events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    exporter *self = instance;
    return self->live != NULL ? live_events(self->live, batch, err) : KINMU_OK;
}

static int32_t call(void *instance, const kinmu_call *request, kinmu_err *err) {
    exporter *self = instance;
    return import_call(self->import, request, err);
}

static void free_run(run *r) {
    miteras_destroy(r->miteras);
    output_destroy(r->output);
    free(r);
}

static int32_t export_open(void *instance, const kinmu_export *job, void **out, kinmu_err *err) {
    const exporter *self = instance;
    run *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return KINMU_E_NOMEM;
    }
    r->owner = self;
    int32_t status = output_open(
        job->directory, self->is_miteras ? "miteras.ndjson" : "events.ndjson", &r->output, err);
    if (status == KINMU_OK && self->is_miteras) {
        status = miteras_create(self->names_origin ? NULL : self->host->node,
                                output_buffer(r->output), &r->miteras);
    }
    if (status != KINMU_OK) {
        free_run(r);
        return status;
    }
    *out = r;
    return KINMU_OK;
}

static int32_t export_miteras(run *r, const kinmu_event *event, kinmu_err *err) {
    static const uint32_t kinds[USES] = {
        [USE_MINUTE] = MITERAS_MINUTE, [USE_FOCUS] = MITERAS_FOCUS, [USE_ORIGIN] = MITERAS_ORIGIN};
    if (event->schema >= USES || kinds[event->schema] == 0) {
        return KINMU_OK;
    }
    int32_t status = miteras_event(r->miteras, kinds[event->schema], event);
    if (status == KINMU_E_REJECT) {
        (void)snprintf(err->key, sizeof err->key, "json.devices");
        (void)snprintf(err->msg, sizeof err->msg, "json: one user has more than %d devices",
                       MITERAS_DEVICES_MAX);
    }
    return status;
}

static int32_t export_events(void *state, const kinmu_batch *batch, kinmu_err *err) {
    run *r = state;
    for (uint32_t i = 0; i < batch->count; i++) {
        const kinmu_event *event = &batch->events[i];
        const kinmu_schema *schema = selection_schema(&r->owner->selection, event->schema);
        int32_t status = KINMU_OK;
        if (r->miteras != NULL) {
            status = export_miteras(r, event, err);
        } else if (schema != NULL) {
            line_put(output_buffer(r->output), schema, event);
        }
        if (status == KINMU_OK) {
            status = output_flush(r->output, err);
        }
        if (status != KINMU_OK) {
            return status;
        }
    }
    return KINMU_OK;
}

static int32_t export_close(void *state, int32_t commit, kinmu_err *err) {
    run *r = state;
    int32_t status = KINMU_OK;
    if (commit) {
        if (r->miteras != NULL) {
            miteras_finish(r->miteras);
        }
        status = output_commit(r->output, err);
    }
    free_run(r);
    return status;
}

static const kinmu_plugin json_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_EXPORTER,
    .config_size = sizeof(json_config),
    .name = "json",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc =
        "Writes events as NDJSON, live or for a period, and M's agent log; imports M's agent log.",
    .doc_ja = "イベントを NDJSON で書き出す（ライブ・期間指定）。M のログ形式の入出力もできる。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(uses),
    .commands = KINMU_TABLE(commands),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .events = events,
    .call = call,
    .export_open = export_open,
    .export_events = export_events,
    .export_close = export_close,
};

KINMU_MODULE(&json_plugin);
