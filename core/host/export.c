/* host/export.c - see export.h. The store gives rows one by one that live for a moment; an exporter
 * takes batches. So rows are copied into the memory of a batch, which is thrown away as a whole.
 */
#include "host/export.h"

#include "base/arena.h"
#include "base/error.h"
#include "host/embed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_ACCEPTED UINT32_MAX

typedef struct run {
    const export_job *job;
    void *exporter;              /* the plugin's run */
    uint32_t index[SCHEMAS_MAX]; /* schema_info id -> row of the plugin's schema table */
    const schema_info *infos[SCHEMAS_MAX];
    uint32_t info_count;
    uint64_t decision;
    arena memory; /* of the batch */
    size_t bytes;
    kinmu_event events[EXPORT_BATCH_EVENTS];
    uint32_t count;
    uint64_t given;
    int32_t status;    /* of the receiving side */
    int32_t is_enough; /* it needs no more */
    kinmu_err *err;
} run;

static void accept(run *r, const schema_info *info, uint32_t number) {
    if (info != NULL && r->index[info->id] == NOT_ACCEPTED) {
        r->infos[r->info_count++] = info;
        r->index[info->id] = number;
    }
}

/* Schemas the exporter names, by its own numbers; with an accept-any row all others too. */
static void choose_schemas(run *r) {
    const kinmu_table *table = &r->job->plugin->schemas;
    int32_t any = 0;
    for (uint32_t i = 0; i < SCHEMAS_MAX; i++) {
        r->index[i] = NOT_ACCEPTED;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        kinmu_schema_use use;
        char name[SCHEMA_NAME_SIZE];
        schema_table_row(table, i, &use, sizeof use);
        if ((use.flags & KINMU_ACCEPTS) != 0 && use.schema != NULL) {
            int size = snprintf(name, sizeof name, "%s/%u", use.schema->name, use.schema->version);
            accept(r, schema_registry_find(r->job->schemas, name, (size_t)size), i);
        }
        any |= (use.flags & KINMU_ACCEPTS) != 0 && use.schema == NULL;
    }
    uint32_t known = schema_registry_count(r->job->schemas);
    for (uint32_t i = 0; any && i < known; i++) {
        accept(r, schema_registry_at(r->job->schemas, i), KINMU_SCHEMA_ANY + i);
    }
}

static int32_t give_batch(run *r) {
    if (r->count == 0 || r->is_enough) {
        return KINMU_OK;
    }
    kinmu_batch batch = {sizeof batch, r->count, r->events, r->decision};
    int32_t status = r->job->plugin->export_events(r->exporter, &batch, r->err);
    r->given += r->count;
    r->count = 0;
    r->bytes = 0;
    arena_free(&r->memory);
    r->is_enough = status == KINMU_ENOUGH;
    return r->is_enough ? KINMU_OK : status;
}

static const void *keep(run *r, const void *bytes, size_t size) {
    void *copy = arena_get(&r->memory, size + 1);
    if (copy != NULL && size > 0) {
        memcpy(copy, bytes, size);
    }
    r->bytes += size + 1;
    return copy;
}

static int32_t keep_values(run *r, kinmu_event *event) {
    size_t size = event->value_count * sizeof *event->values;
    kinmu_value *values = (kinmu_value *)(uintptr_t)keep(r, event->values, size);
    for (uint32_t i = 0; values != NULL && i < event->value_count; i++) {
        if (values[i].type == KINMU_TYPE_TEXT) {
            values[i].as.text = keep(r, values[i].as.text, values[i].size);
        } else if (values[i].type == KINMU_TYPE_BYTES) {
            values[i].as.bytes = keep(r, values[i].as.bytes, values[i].size);
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
    run *r = user;
    kinmu_event *event = &r->events[r->count];
    *event = *row;
    event->schema = r->index[row->schema];
    event->origin = keep(r, row->origin, 16);
    event->boot_id = keep(r, row->boot_id, 16);
    event->subject = keep(r, row->subject, strlen(row->subject));
    event->zone = keep(r, row->zone, strlen(row->zone));
    r->status = keep_values(r, event);
    if (event->origin == NULL || event->boot_id == NULL || event->subject == NULL ||
        event->zone == NULL) {
        r->status = KINMU_E_NOMEM;
    }
    r->count += r->status == KINMU_OK;
    if (r->status == KINMU_OK &&
        (r->count == EXPORT_BATCH_EVENTS || r->bytes >= EXPORT_BATCH_BYTES_MAX)) {
        r->status = give_batch(r);
    }
    return r->status != KINMU_OK || r->is_enough;
}

static int32_t replay(run *r) {
    store_reader *reader = NULL;
    const export_job *job = r->job;
    store_figures figures = {0};
    int32_t status = store_reader_open(job->data, job->schemas, &reader, r->err);
    if (status == KINMU_OK) {
        status = store_stat(reader, &figures, r->err);
        r->decision = figures.decision;
    }
    if (status == KINMU_OK) {
        status = store_replay(reader, r->infos, r->info_count, job->from_ns, job->to_ns, take_row,
                              r, r->err);
    }
    store_reader_close(reader);
    if (status == KINMU_OK) {
        status = r->status;
    }
    return status == KINMU_OK ? give_batch(r) : status;
}

static int32_t run_instance(run *r, void *instance) {
    const kinmu_plugin *plugin = r->job->plugin;
    kinmu_export job = {0};
    job.struct_size = sizeof job;
    job.from_ns = r->job->from_ns;
    job.to_ns = r->job->to_ns;
    job.from_date = r->job->from_date;
    job.to_date = r->job->to_date;
    job.directory = r->job->directory;
    int32_t status = plugin->export_open(instance, &job, &r->exporter, r->err);
    if (status != KINMU_OK) {
        return status;
    }
    status = replay(r);
    if (status == KINMU_OK) {
        return plugin->export_close(r->exporter, 1, r->err);
    }
    kinmu_err ignored; /* the first error is the one to tell */
    plugin->export_close(r->exporter, 0, &ignored);
    return status;
}

int32_t export_run(const export_job *job, uint64_t *events, kinmu_err *err) {
    const kinmu_host *host = NULL;
    void *instance = NULL;
    run *r = calloc(1, sizeof *r);
    int32_t status =
        r != NULL ? embed_create(job->schemas, job->instance, job->node, &host) : KINMU_E_NOMEM;
    if (status == KINMU_OK) {
        r->job = job;
        r->err = err;
        choose_schemas(r);
        status = job->plugin->create(host, job->config, &instance, err);
        if (status == KINMU_OK) {
            status = run_instance(r, instance);
        }
        job->plugin->destroy(instance);
        *events = r->given;
        arena_free(&r->memory);
    }
    embed_destroy(host);
    free(r);
    if (status != KINMU_OK && err->msg[0] == '\0') {
        error_set(err, status, "export.failed", "%s: the export failed: %s", job->instance,
                  error_name(status));
    }
    return status;
}
