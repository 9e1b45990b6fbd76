/* host/instance_services.c - what lies behind the services of an instance: decisions, state,
 * secrets, the store, calls; and the backend of those hosted in the core. */
#include "host/outgoing.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/routes.h"
#include <kinmu/iface/commands.h>
#include <kinmu/iface/erasure.h>
#include <kinmu/iface/exporting.h>
#include <kinmu/iface/fleet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- decisions ---- */

void instance_tell_decided(instance *i, uint64_t token, int32_t status, uint64_t number) {
    if (i->local != NULL) {
        hosted_decided(i->local, token, status, number);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_DECIDED, i->number);
        frame_u64(&out, token);
        frame_i64(&out, status);
        frame_u64(&out, number);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

typedef struct decision_wait {
    uv_timer_t timer;
    node *n;
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];
    uint64_t life;
    uint64_t token, number, ticket;
    int32_t status;
} decision_wait;

static void free_decision(uv_handle_t *handle) {
    free(handle->data);
}

static void on_decision(uv_timer_t *timer) {
    decision_wait *w = timer->data;
    int32_t failed = atomic_load(&w->n->journal_status);
    int32_t is_over = w->n->is_stopping && !w->n->has_handles;
    if (w->status == KINMU_OK && failed == KINMU_OK && !is_over &&
        atomic_load(&w->n->durable) < w->ticket) {
        return; /* asked again in a millisecond: append_if commits at once */
    }
    instance *i = instance_alive(w->n, w->name, w->life);
    uv_timer_stop(timer);
    int32_t status = w->status != KINMU_OK ? w->status : failed;
    if (status == KINMU_OK && !is_over) {
        status = journal_decided(w->n->j, w->ticket, &w->number);
    }
    if (i != NULL) {
        instance_tell_decided(i, w->token, status, w->number);
    }
    uv_close((uv_handle_t *)timer, free_decision);
}

int32_t instance_decide(instance *i, uint64_t token, uint64_t number, const kinmu_event *events,
                        uint32_t count) {
    if (number == HOSTING_DERIVE) {
        return deriving_add(i, token, events, count);
    }
    decision_wait *w = calloc(1, sizeof *w); /* before anything is decided */
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    kinmu_err err = {{0}, {0}};
    uint64_t head = number;
    uint64_t ticket = 0;
    int32_t status =
        bus_publish(i->owner->in, &i->publisher, events, count, NULL, &head, &ticket, &err);
    if (status != KINMU_OK && status != KINMU_E_CONFLICT) {
        log_warn(i->name, "decision refused: %s", err.msg);
        free(w);
        return status;
    }
    *w = (decision_wait){
        .n = i->owner, .token = token, .number = head, .ticket = ticket, .status = status};
    text_copy(w->name, sizeof w->name, i->name);
    w->life = i->life;
    uv_timer_init(&i->owner->loop, &w->timer);
    w->timer.data = w;
    uv_timer_start(&w->timer, on_decision, 0, 1);
    return KINMU_OK;
}

/* ---- what lies behind the services in the core ---- */

static int32_t core_publish(void *context, hosted *h, const kinmu_event *events, uint32_t count,
                            uint64_t *ticket) {
    (void)context;
    return instance_publish(hosted_tag(h), events, count, ticket);
}

static int32_t core_decide(void *context, hosted *h, uint64_t token, uint64_t number,
                           const kinmu_event *events, uint32_t count) {
    (void)context;
    return instance_decide(hosted_tag(h), token, number, events, count);
}

static uint64_t core_head(void *context, hosted *h) {
    (void)h;
    return journal_decision(((node *)context)->j);
}

static int32_t core_kv(void *context, hosted *h, uint32_t what, const char *key, void *data,
                       uint32_t *size) {
    const instance *i = hosted_tag(h);
    journal *j = ((node *)context)->j;
    if (what == HOSTING_KV_GET) {
        return journal_state_get(j, i->name, key, data, size);
    }
    return what == HOSTING_KV_PUT ? journal_state_put(j, i->name, key, data, *size)
                                  : journal_state_remove(j, i->name, key);
}

int32_t instance_secret(instance *i, const char *handle, char *data, uint32_t *size) {
    size_t length = strlen(i->name);
    if (strncmp(handle, i->name, length) != 0 || handle[length] != ':') {
        return KINMU_E_DENIED; /* another instance's secret */
    }
    kinmu_err err = {{0}, {0}};
    uv_rwlock_rdlock(&i->owner->conf_lock);
    int32_t status = config_secret(i->owner->conf, handle, data, size, &err);
    uv_rwlock_rdunlock(&i->owner->conf_lock);
    return status;
}

static int32_t core_secret(void *context, hosted *h, const char *handle, char *data,
                           uint32_t *size) {
    (void)context;
    return instance_secret(hosted_tag(h), handle, data, size);
}

int32_t instance_grants(const instance *i, const schema_info *info) {
    const char *owner = info->schema->owner;
    if (owner != NULL && strcmp(owner, i->entry->plugin->name) == 0) {
        return 1; /* who decides over records has to know them */
    }
    if (schema_is_access(info->schema->purpose)) {
        return 0;
    }
    for (uint32_t at = 0; at < i->read_count; at++) {
        if (strcmp(i->reads[at], "*") == 0 || strcmp(i->reads[at], info->schema->name) == 0 ||
            strcmp(i->reads[at], info->full_name) == 0) {
            return 1;
        }
    }
    return 0;
}

typedef struct row_map {
    kinmu_row_fn row;
    void *user;
    uint32_t schema;
} row_map;

static int32_t map_row(void *user, const kinmu_event *row) {
    const row_map *map = user;
    kinmu_event mapped = *row;
    mapped.schema = map->schema;
    return map->row(map->user, &mapped);
}

#define QUERY_WAITS_MAX 200
#define QUERY_WAIT_MS 10

/* To open a reader costs more than most pages it reads, so some stay open. Without a statement
 * under way one holds no snapshot. */
static int32_t take_reader(node *n, store_reader **reader, kinmu_err *err) {
    *reader = NULL;
    uv_mutex_lock(&n->readers_lock);
    if (n->reader_count > 0) {
        *reader = n->readers[--n->reader_count];
    }
    uv_mutex_unlock(&n->readers_lock);
    return *reader != NULL ? KINMU_OK : store_reader_open(n->data, n->schemas, reader, err);
}

static void keep_reader(node *n, store_reader *reader, int32_t is_sound) {
    uv_mutex_lock(&n->readers_lock);
    if (is_sound && n->reader_count < NODE_READERS_MAX) {
        n->readers[n->reader_count++] = reader;
        reader = NULL;
    }
    uv_mutex_unlock(&n->readers_lock);
    store_reader_close(reader);
}

/* A reader that sees the decision; E_RETRY when the store is not so far in time. */
static int32_t read_at(const instance *i, uint64_t decision, int *waited, store_reader **reader) {
    kinmu_err err = {{0}, {0}};
    int32_t status = take_reader(i->owner, reader, &err);
    while (status == KINMU_OK && decision > 0) {
        store_figures figures = {0};
        status = store_stat(*reader, &figures, &err);
        if (status == KINMU_OK && figures.decision >= decision) {
            return KINMU_OK;
        }
        if (status == KINMU_OK && ++*waited >= QUERY_WAITS_MAX) {
            status = KINMU_E_RETRY;
        }
        if (status == KINMU_OK) {
            uv_sleep(QUERY_WAIT_MS);
        } else {
            store_reader_close(*reader);
        }
    }
    return status;
}

int32_t instance_query(instance *i, const kinmu_query *query, kinmu_row_fn row, void *user) {
    kinmu_err err = {{0}, {0}};
    if (i->owner->tables == NULL) {
        return KINMU_E_STATE;
    }
    const schema_info *info = query->schema < i->schema_count ? i->accepted[query->schema] : NULL;
    if (i->accepts_any && !i->in_process && query->schema >= KINMU_SCHEMA_ANY) {
        info = schema_registry_at(i->owner->schemas, query->schema - KINMU_SCHEMA_ANY);
    }
    if (info == NULL) {
        return KINMU_E_NOTFOUND;
    }
    if (!instance_grants(i, info)) {
        return KINMU_E_DENIED;
    }
    int waited = 0;
    for (; query->at_least > atomic_load(&i->owner->applied) && waited < QUERY_WAITS_MAX;
         waited++) {
        uv_sleep(QUERY_WAIT_MS);
    }
    store_reader *reader = NULL;
    int32_t status = read_at(i, query->decision, &waited, &reader);
    row_map map = {row, user, query->schema};
    if (status == KINMU_OK) {
        status = store_query(reader, info, query, map_row, &map, &err);
        keep_reader(i->owner, reader, status == KINMU_OK);
    }
    return status;
}

static int32_t core_query(void *context, hosted *h, const kinmu_query *query, kinmu_row_fn row,
                          void *user) {
    (void)context;
    return instance_query(hosted_tag(h), query, row, user);
}

static void answer_local(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                         const char *text) {
    wait_for_answer *w = user;
    instance *i = instance_alive(w->n, w->name, w->life);
    if (i != NULL && i->local != NULL) {
        hosted_answered(i->local, w->token, status, values, count, text);
    }
    free(w);
}

static int32_t core_send(void *context, hosted *h, uint64_t token, const kinmu_behalf *behalf,
                         const char *to, const char *command, const kinmu_value *values,
                         uint32_t count) {
    instance *i = hosted_tag(h);
    kinmu_err err = {{0}, {0}};
    char caller[160];
    wait_for_answer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    w->n = context;
    w->life = i->life;
    w->token = token;
    text_copy(w->name, sizeof w->name, i->name);
    snprintf(caller, sizeof caller, "plugin:%s", i->name);
    const kinmu_behalf own = {(uint32_t)sizeof own, KINMU_RIGHTS_ALL, caller};
    int32_t status = calls_send(context, behalf != NULL ? behalf : &own, to, command, values, count,
                                answer_local, w, i, &err);
    if (status != KINMU_OK) {
        free(w);
    }
    return status;
}

static int32_t core_answer(void *context, hosted *h, uint64_t call, int32_t status,
                           const kinmu_value *values, uint32_t count, const char *text) {
    calls_answer(context, hosted_tag(h), call, status, values, count, text);
    return KINMU_OK;
}

static const kinmu_schema *core_schema(void *context, hosted *h, uint32_t schema) {
    (void)h;
    const schema_info *info =
        schema_registry_at(((node *)context)->schemas, schema - KINMU_SCHEMA_ANY);
    return info != NULL ? info->schema : NULL;
}

static int32_t core_sessions(void *context, hosted *h, const kinmu_login_session *list,
                             uint32_t count) {
    return sessions_present(context, hosted_tag(h), list, count);
}

static int32_t core_serve(void *context, hosted *h, const kinmu_route *routes, uint32_t count) {
    (void)context;
    return routes_serve(hosted_tag(h), routes, count);
}

static int32_t core_reply(void *context, hosted *h, const hosting_reply *reply) {
    (void)context;
    return routes_reply(hosted_tag(h), reply);
}

static void core_metric(void *context, hosted *h, uint32_t index, int32_t is_set, int64_t number) {
    (void)context;
    instance *i = hosted_tag(h);
    if (index < NODE_METRICS_MAX && is_set) {
        atomic_store(&i->metrics[index], number);
    } else if (index < NODE_METRICS_MAX) {
        atomic_fetch_add(&i->metrics[index], number);
    }
}

static void core_health(void *context, hosted *h, int32_t state, const char *text) {
    (void)context;
    instance_set_health(hosted_tag(h), state, text);
}

static void core_log(void *context, hosted *h, int32_t level, const char *text) {
    (void)context;
    const instance *i = hosted_tag(h);
    log_write(level, i->name, "%s", text);
}

static void core_gone(void *context, void *tag) {
    instance *i = tag;
    (void)context;
    i->local = NULL;
    instance_release(i);
}

/* Services with which a plugin could speak, read or destroy for others: for Kinmu's own that need
 * them, and for nobody else. */
static const struct {
    const char *iface;
    uint32_t kind;
    const char *plugin;
    const void *table;
} special[] = {
    {KINMU_FLEET_1, KINMU_CONNECTOR, "ingest", &fleet_table},
    {KINMU_FLEET_1, KINMU_CONNECTOR, "uplink", &fleet_table},
    {KINMU_EXPORTING_1, KINMU_EXPORTER, "jobs", &exporting_table},
    {KINMU_COMMANDS_1, KINMU_EXPORTER, "api", &commands_table},
    {KINMU_ERASURE_1, KINMU_CONNECTOR, "people", &erasure_table},
};

static const void *core_special(void *context, hosted *h, const char *name) {
    const catalog_plugin *entry = ((const instance *)hosted_tag(h))->entry;
    (void)context;
    for (size_t i = 0; entry->first_party && i < sizeof special / sizeof special[0]; i++) {
        if (strcmp(special[i].iface, name) == 0 && special[i].kind == entry->plugin->kind &&
            strcmp(special[i].plugin, entry->plugin->name) == 0) {
            return special[i].table;
        }
    }
    return NULL;
}

hosting_backend instance_backend(node *n) {
    hosting_backend backend = {n,           core_publish, core_decide,   core_head,
                               core_kv,     core_secret,  core_query,    core_send,
                               core_answer, core_schema,  core_sessions, core_serve,
                               core_reply,  core_metric,  core_health,   core_log,
                               core_gone,   core_special, &outgoing_http};
    return backend;
}
