/* host/status.c - what `kinmu status` shows, as JSON: what runs, how it is, how far it is, what was
 * lost. Never collected content. */
#include "host/checkpoints.h"
#include "host/fleet.h"
#include "host/hub_policy.h"
#include "host/notices.h"
#include "host/routes.h"

#include "base/clock.h"
#include "base/text.h"
#include "trust/agent.h"

#include <string.h>

static void key_text(buffer *out, const char *key, const char *text) {
    buffer_printf(out, ",\"%s\":", key);
    text_json(out, text, strlen(text));
}

static void key_number(buffer *out, const char *key, uint64_t number) {
    buffer_printf(out, ",\"%s\":%llu", key, (unsigned long long)number);
}

static void key_time(buffer *out, const char *key, int64_t unix_ns) {
    char time[40] = "";
    if (unix_ns != 0) {
        text_time(time, sizeof time, unix_ns, clock_utc_offset_s(unix_ns));
    }
    key_text(out, key, time);
}

static const char *state_name(const instance *i, int32_t health) {
    static const char *const names[] = {"starting", "ok", "degraded", "unavailable", "failed"};
    if (i->state == INSTANCE_STOPPED || i->state == INSTANCE_STOPPING) {
        return "stopped";
    }
    return health >= 0 && health <= KINMU_HEALTH_FAILED ? names[health] : "unknown";
}

static void write_metrics(const instance *i, buffer *out) {
    const kinmu_table *table = &i->entry->plugin->metrics;
    buffer_text(out, ",\"metrics\":{");
    for (uint32_t at = 0; at < table->count && at < NODE_METRICS_MAX; at++) {
        kinmu_metric metric;
        schema_table_row(table, at, &metric, sizeof metric);
        buffer_printf(out, "%s\"%s\":%lld", at > 0 ? "," : "", metric.name,
                      (long long)atomic_load(&i->metrics[at]));
    }
    buffer_text(out, "}");
}

/* Counters that are not zero when something did not arrive. */
static void write_losses(const instance *i, buffer *out) {
    const kinmu_table *table = &i->entry->plugin->metrics;
    buffer_printf(out, ",\"losses\":{\"rejected\":%llu,\"busy\":%llu,\"quarantined\":%llu",
                  (unsigned long long)atomic_load(&i->publisher.rejected),
                  (unsigned long long)atomic_load(&i->publisher.busy),
                  (unsigned long long)i->quarantined);
    for (uint32_t at = 0; at < table->count && at < NODE_METRICS_MAX; at++) {
        kinmu_metric metric;
        schema_table_row(table, at, &metric, sizeof metric);
        if ((metric.flags & KINMU_METRIC_LOSS) != 0) {
            buffer_printf(out, ",\"%s\":%lld", metric.name,
                          (long long)atomic_load(&i->metrics[at]));
        }
    }
    buffer_text(out, "}");
}

/* With the lock held. Whether anybody can reach what it serves is not for a plugin to know. */
static void write_health(const instance *i, buffer *out) {
    const char *obstacle = routes_obstacle(i);
    int32_t is_cut_off = i->state == INSTANCE_RUNNING && obstacle[0] != '\0' &&
                         (i->health == KINMU_HEALTH_OK || i->health == KINMU_HEALTH_DEGRADED);
    key_text(out, "health", state_name(i, is_cut_off ? KINMU_HEALTH_UNAVAILABLE : i->health));
    key_text(out, "text", is_cut_off ? obstacle : i->health_text);
}

static void write_instance(instance *i, buffer *out) {
    uv_mutex_lock(&i->lock);
    buffer_text(out, "{\"name\":");
    text_json(out, i->name, strlen(i->name));
    key_text(out, "kind", catalog_kind_name(i->entry->plugin->kind));
    key_text(out, "version", i->entry->plugin->version);
    write_health(i, out);
    uv_mutex_unlock(&i->lock);
    key_text(out, "isolation", i->in_process ? "process" : "core");
    key_number(out, "pid",
               i->runner != NULL && i->runner->is_running ? (uint64_t)i->runner->process.pid : 0);
    key_number(out, "restarts", i->restarts);
    key_number(out, "published", atomic_load(&i->publisher.published));
    key_number(out, "dropped_purpose", atomic_load(&i->publisher.dropped_purpose));
    key_number(out, "dropped_quiet", atomic_load(&i->publisher.dropped_quiet));
    key_time(out, "last_event", atomic_load(&i->publisher.last_unix_ns));
    if (i->accepts_some) {
        uint64_t committed = atomic_load(&i->owner->committed);
        key_number(out, "position", i->position);
        key_number(out, "lag_blocks", committed > i->position ? committed - i->position : 0);
    }
    write_losses(i, out);
    write_metrics(i, out);
    buffer_text(out, "}");
}

static void write_journal(node *n, buffer *out) {
    journal_figures f;
    journal_stat(n->j, &f);
    buffer_printf(out, ",\"journal\":{\"blocks\":%llu,\"events\":%llu",
                  (unsigned long long)f.blocks, (unsigned long long)f.events);
    key_number(out, "file_bytes", f.file_bytes);
    key_number(out, "position", f.position);
    key_number(out, "decision", f.decision);
    key_number(out, "pending_events", f.pending_events);
    key_number(out, "pending_bytes", f.pending_bytes);
    key_number(out, "refused_busy", f.refused_busy);
    key_number(out, "corrupt_blocks", f.corrupt_blocks);
    key_number(out, "folded_blocks", f.folded_blocks);
    key_number(out, "erased_blocks", f.erased_blocks);
    key_time(out, "last_commit", f.last_commit_unix_ns);
    key_text(out, "failure", f.failure);
    buffer_text(out, "}");
}

/* The hub this node is enrolled with, and how far it has this node's history. */
static void write_hub(const node *n, buffer *out) {
    trust_agent agent;
    trust_facts facts;
    kinmu_fleet_progress progress;
    kinmu_err err = {{0}, {0}};
    if (trust_agent_read(n->data, &agent, &err) != KINMU_OK) {
        return;
    }
    buffer_text(out, ",\"hub\":{\"url\":");
    text_json(out, agent.url, strlen(agent.url));
    key_text(out, "device_name", agent.name);
    key_text(out, "group", agent.group);
    if (trust_agent_certificate(&agent, &facts, &err) == KINMU_OK) {
        key_time(out, "certificate_until", facts.to_ns);
    }
    if (fleet_last_progress(n, &progress)) {
        key_number(out, "newest_block", progress.newest);
        key_number(out, "confirmed_block", progress.confirmed);
        key_number(out, "unsent_blocks", progress.newest - progress.confirmed);
        key_time(out, "unsent_since", progress.oldest_unsent_ns);
        key_time(out, "confirmed", progress.confirmed_ns);
    }
    buffer_text(out, "}");
}

void status_write(node *n, buffer *out) {
    buffer_text(out, "{\"version\":\"" KINMU_VERSION "\"");
    key_text(out, "node", n->conf->node_name != NULL ? n->conf->node_name : n->computer);
    key_number(out, "pid", (uint64_t)uv_os_getpid());
    key_time(out, "started", n->started_unix_ns);
    key_text(out, "conf", n->settings.conf);
    key_text(out, "data", n->data);
    key_number(out, "reloads", (uint64_t)n->reloads);
    key_number(out, "failed_reloads", (uint64_t)n->failed_reloads);
    key_text(out, "reload_problem", n->reload_problem);
    key_text(out, "http_problem", routes_problem(n));
    key_text(out, "maintenance_problem", maintenance_problem(n));
    hub_policy_status(n, out);
    notices_status(n, out);
    key_text(out, "checkpoint_problem", checkpoints_problem(n));
    write_hub(n, out);
    write_journal(n, out);
    if (n->tables != NULL) {
        uint64_t applied = atomic_load(&n->applied);
        uint64_t committed = atomic_load(&n->committed);
        buffer_printf(out, ",\"store\":{\"position\":%llu,\"lag_blocks\":%llu}",
                      (unsigned long long)applied,
                      (unsigned long long)(committed > applied ? committed - applied : 0));
    }
    buffer_text(out, ",\"instances\":[");
    for (instance *i = n->instances; i != NULL; i = i->next) {
        write_instance(i, out);
        buffer_text(out, i->next != NULL ? "," : "");
    }
    buffer_text(out, "]}\n");
}
