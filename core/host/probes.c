/* host/probes.c - what machines ask the node: does it turn (/healthz), can it be relied on
 * (/readyz), and its figures in Prometheus' text format 0.0.4 (/metrics). Never collected content.
 */
#include "host/routes.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

#define PROBE_LAG_BLOCKS_MAX 10000u /* of the store, for readyz */

static int32_t add_reason(buffer *out, const char *who, const char *why) {
    buffer_printf(out, "%s: %s\n", who, why);
    return 1;
}

/* What keeps the node from being ready; how many reasons. */
static int32_t write_reasons(node *n, buffer *out) {
    int32_t count = 0;
    uint64_t committed = atomic_load(&n->committed);
    uint64_t applied = atomic_load(&n->applied);
    if (n->is_stopping) {
        count += add_reason(out, "node", "stopping");
    }
    if (atomic_load(&n->journal_status) != KINMU_OK) {
        count += add_reason(out, "journal", "a write has failed; nothing is taken any more");
    }
    if (n->tables != NULL && committed > applied + PROBE_LAG_BLOCKS_MAX) {
        count += add_reason(out, "store", "behind the journal");
    }
    if (routes_problem(n)[0] != '\0') {
        count += add_reason(out, "http", routes_problem(n));
    }
    for (instance *i = n->instances; i != NULL; i = i->next) {
        if (i->state == INSTANCE_STARTING) {
            count += add_reason(out, i->name, "starting");
        } else if (i->state == INSTANCE_FAILED) {
            count += add_reason(out, i->name, "failed to start; see kinmu status");
        }
    }
    return count;
}

/* ---- metrics ---- */

/* Escaped as the format has it. */
static void label(buffer *out, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"') {
            buffer_append(out, "\\", 1);
        }
        buffer_append(out, *text == '\n' ? "\\n" : text, *text == '\n' ? 2 : 1);
    }
}

static void family(buffer *out, const char *name, const char *kind, const char *doc) {
    buffer_printf(out, "# HELP %s ", name);
    for (; *doc != '\0'; doc++) { /* only \ and line feed are special here */
        buffer_append(out,
                      *doc == '\n'   ? "\\n"
                      : *doc == '\\' ? "\\\\"
                                     : doc,
                      *doc == '\n' || *doc == '\\' ? 2 : 1);
    }
    buffer_printf(out, "\n# TYPE %s %s\n", name, kind);
}

static void single(buffer *out, const char *name, const char *kind, const char *doc,
                   uint64_t number) {
    family(out, name, kind, doc);
    buffer_printf(out, "%s %llu\n", name, (unsigned long long)number);
}

static void sample(buffer *out, const char *name, const instance *i, int64_t number) {
    buffer_printf(out, "%s{instance=\"", name);
    label(out, i->name);
    buffer_printf(out, "\",kind=\"%s\"} %lld\n", catalog_kind_name(i->entry->plugin->kind),
                  (long long)number);
}

static void write_process(const node *n, buffer *out) {
    uv_rusage_t used;
    size_t resident = 0;
    family(out, "kinmu_build_info", "gauge", "Version of the program.");
    buffer_text(out, "kinmu_build_info{version=\"" KINMU_VERSION "\"} 1\n");
    if (uv_getrusage(&used) == 0) {
        family(out, "process_cpu_seconds_total", "counter", "CPU time of the daemon.");
        buffer_printf(out, "process_cpu_seconds_total %.3f\n",
                      (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                          (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    }
    if (uv_resident_set_memory(&resident) == 0) {
        single(out, "process_resident_memory_bytes", "gauge", "Memory of the daemon.", resident);
    }
    single(out, "process_start_time_seconds", "gauge", "When the daemon started.",
           (uint64_t)(n->started_unix_ns / CLOCK_NS_PER_S));
}

static void write_journal(const node *n, buffer *out) {
    journal_figures f;
    journal_stat(n->j, &f);
    single(out, "kinmu_journal_blocks", "gauge", "Blocks in the journal.", f.blocks);
    single(out, "kinmu_journal_file_bytes", "gauge", "Size of the journal's file.", f.file_bytes);
    single(out, "kinmu_journal_position", "gauge", "Newest block.", f.position);
    single(out, "kinmu_journal_pending_events", "gauge", "Events not durable yet.",
           f.pending_events);
    single(out, "kinmu_journal_pending_bytes", "gauge", "Their size.", f.pending_bytes);
    single(out, "kinmu_journal_refused_total", "counter",
           "Publications refused because the queue was full.", f.refused_busy);
    single(out, "kinmu_journal_corrupt_blocks", "gauge", "Blocks that do not verify.",
           f.corrupt_blocks);
    single(out, "kinmu_journal_last_commit_seconds", "gauge", "When the last block was committed.",
           (uint64_t)(f.last_commit_unix_ns / CLOCK_NS_PER_S));
    single(out, "kinmu_journal_failed", "gauge", "1 after a failed write.",
           atomic_load(&n->journal_status) != KINMU_OK);
    if (n->tables != NULL) {
        uint64_t committed = atomic_load(&n->committed);
        uint64_t applied = atomic_load(&n->applied);
        single(out, "kinmu_store_position", "gauge", "Newest block the store has.", applied);
        single(out, "kinmu_store_lag_blocks", "gauge", "Blocks the store lacks.",
               committed > applied ? committed - applied : 0);
    }
}

typedef struct instance_figure {
    const char *name;
    const char *kind;
    const char *doc;
    int64_t (*read)(instance *i);
} instance_figure;

static int64_t read_health(instance *i) {
    uv_mutex_lock(&i->lock);
    int32_t health = i->health;
    uv_mutex_unlock(&i->lock);
    return i->state == INSTANCE_RUNNING ? health : 0;
}

static int64_t read_restarts(instance *i) {
    return (int64_t)i->restarts;
}

static int64_t read_published(instance *i) {
    return (int64_t)atomic_load(&i->publisher.published);
}

static int64_t read_rejected(instance *i) {
    return (int64_t)atomic_load(&i->publisher.rejected);
}

static int64_t read_busy(instance *i) {
    return (int64_t)atomic_load(&i->publisher.busy);
}

static int64_t read_dropped(instance *i) {
    return (int64_t)atomic_load(&i->publisher.dropped_purpose);
}

static int64_t read_quarantined(instance *i) {
    return (int64_t)i->quarantined;
}

static int64_t read_lag(instance *i) {
    uint64_t committed = atomic_load(&i->owner->committed);
    return i->accepts_some && committed > i->position ? (int64_t)(committed - i->position) : 0;
}

static const instance_figure instance_figures[] = {
    {"kinmu_instance_health", "gauge", "0 not running, 1 ok, 2 degraded, 3 unavailable, 4 failed.",
     read_health},
    {"kinmu_instance_restarts_total", "counter", "Times its process was started again.",
     read_restarts},
    {"kinmu_instance_published_total", "counter", "Events published.", read_published},
    {"kinmu_instance_rejected_total", "counter", "Events refused as wrong.", read_rejected},
    {"kinmu_instance_busy_total", "counter", "Publications refused as too many.", read_busy},
    {"kinmu_instance_dropped_purpose_total", "counter",
     "Events not recorded because no purpose covers them.", read_dropped},
    {"kinmu_instance_quarantined_total", "counter", "Blocks it could not handle.",
     read_quarantined},
    {"kinmu_instance_lag_blocks", "gauge", "Blocks it has not handled yet.", read_lag},
};

static void write_instances(node *n, buffer *out) {
    for (size_t at = 0; at < sizeof instance_figures / sizeof *instance_figures; at++) {
        const instance_figure *f = &instance_figures[at];
        family(out, f->name, f->kind, f->doc);
        for (instance *i = n->instances; i != NULL; i = i->next) {
            sample(out, f->name, i, f->read(i));
        }
    }
}

/* A plugin's family comes once, with all its instances under it. */
static void write_plugin(const node *n, const catalog_plugin *entry, buffer *out) {
    const kinmu_table *table = &entry->plugin->metrics;
    for (uint32_t at = 0; at < table->count && at < NODE_METRICS_MAX; at++) {
        kinmu_metric metric;
        char name[KINMU_NAME_BYTES_MAX * 2 + 16] = "kinmu_";
        schema_table_row(table, at, &metric, sizeof metric);
        size_t size = strlen(name);
        text_copy(name + size, sizeof name - size, entry->plugin->name);
        size = strlen(name);
        text_copy(name + size, sizeof name - size, "_");
        size = strlen(name);
        text_copy(name + size, sizeof name - size, metric.name);
        for (char *c = name; *c != '\0'; c++) {
            *c = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z')
                     ? *c
                     : '_';
        }
        family(out, name, metric.kind == KINMU_METRIC_COUNTER ? "counter" : "gauge", metric.doc);
        for (instance *i = n->instances; i != NULL; i = i->next) {
            if (i->entry == entry) {
                sample(out, name, i, atomic_load(&i->metrics[at]));
            }
        }
    }
}

static void write_plugins(const node *n, buffer *out) {
    for (const instance *i = n->instances; i != NULL; i = i->next) {
        const instance *first = n->instances;
        while (first->entry != i->entry) {
            first = first->next;
        }
        if (first == i) {
            write_plugin(n, i->entry, out);
        }
    }
}

static void write_http(const node *n, buffer *out) {
    const http_figures *f = routes_figures(n);
    if (f == NULL) {
        return;
    }
    single(out, "kinmu_http_connections", "gauge", "Connections open.",
           atomic_load(&f->connections));
    single(out, "kinmu_http_accepted_total", "counter", "Connections let in.",
           atomic_load(&f->accepted));
    single(out, "kinmu_http_refused_full_total", "counter", "Connections there was no room for.",
           atomic_load(&f->refused_full));
    single(out, "kinmu_http_evicted_total", "counter", "Waiting connections that made room.",
           atomic_load(&f->evicted));
    single(out, "kinmu_http_handshakes_total", "counter", "TLS handshakes done.",
           atomic_load(&f->handshakes));
    single(out, "kinmu_http_handshakes_resumed_total", "counter", "Of these, with a ticket.",
           atomic_load(&f->resumed));
    single(out, "kinmu_http_handshakes_failed_total", "counter", "TLS handshakes refused.",
           atomic_load(&f->handshakes_failed));
    single(out, "kinmu_http_requests_total", "counter", "Requests.", atomic_load(&f->requests));
    single(out, "kinmu_http_bad_requests_total", "counter", "Requests refused as malformed.",
           atomic_load(&f->bad_requests));
    single(out, "kinmu_http_timeouts_total", "counter", "Connections ended for being slow.",
           atomic_load(&f->timeouts));
    single(out, "kinmu_http_unanswered_total", "counter",
           "Requests a plugin did not answer in time.", atomic_load(&f->unanswered));
    single(out, "kinmu_http_received_bytes_total", "counter", "Bytes from peers.",
           atomic_load(&f->bytes_in));
    single(out, "kinmu_http_sent_bytes_total", "counter", "Bytes to peers.",
           atomic_load(&f->bytes_out));
    family(out, "kinmu_http_answers_total", "counter", "Answers by the first digit of the status.");
    for (uint32_t class = 2; class <= 5; class ++) {
        buffer_printf(out, "kinmu_http_answers_total{class=\"%uxx\"} %llu\n", class,
                      (unsigned long long)atomic_load(&f->answers[class]));
    }
}

uint32_t probe_answer(node *n, uint32_t which, buffer *out) {
    if (which == PROBE_HEALTH) {
        buffer_text(out, "ok\n");
        return 200;
    }
    if (which == PROBE_READY) {
        int32_t reasons = write_reasons(n, out);
        if (reasons == 0) {
            buffer_text(out, "ready\n");
        }
        return reasons == 0 ? 200 : 503;
    }
    write_process(n, out);
    write_journal(n, out);
    write_http(n, out);
    write_instances(n, out);
    write_plugins(n, out);
    return 200;
}
