/* host/export.c - see export.h. Which schemas an exporter gets, and the flow of one export; the
 * rows come from export_rows.h.
 */
#include "host/export.h"

#include "base/error.h"
#include "host/embed.h"
#include "host/export_rows.h"

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
    uint64_t given;
    kinmu_err *err;
} run;

static void accept(run *r, const schema_info *info, uint32_t number) {
    if (info != NULL && r->index[info->id] == NOT_ACCEPTED &&
        !schema_is_access(info->schema->purpose)) {
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

static int32_t give_batches(run *r, export_rows *rows) {
    for (;;) {
        kinmu_batch batch;
        int32_t status = export_rows_next(rows, &batch, r->err);
        if (status != KINMU_OK || batch.count == 0) {
            return status;
        }
        status = r->job->plugin->export_events(r->exporter, &batch, r->err);
        r->given += batch.count;
        if (status != KINMU_OK) {
            return status == KINMU_ENOUGH ? KINMU_OK : status;
        }
    }
}

static int32_t replay(run *r) {
    const export_job *job = r->job;
    const export_rows_wanted wanted = {.data = job->data,
                                       .schemas = job->schemas,
                                       .from_ns = job->from_ns,
                                       .to_ns = job->to_ns,
                                       .infos = r->infos,
                                       .info_count = r->info_count,
                                       .numbers = r->index};
    export_rows *rows = NULL;
    int32_t status = export_rows_start(&wanted, &rows, r->err);
    if (status == KINMU_OK) {
        status = give_batches(r, rows);
    }
    export_rows_stop(rows);
    return status;
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
    }
    embed_destroy(host);
    free(r);
    if (status != KINMU_OK && err->msg[0] == '\0') {
        error_set(err, status, "export.failed", "%s: the export failed: %s", job->instance,
                  error_name(status));
    }
    return status;
}
