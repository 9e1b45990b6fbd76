/* host/instance.c - one configured plugin: what it may publish and accept, its tickets, its health,
 * and the backend of those hosted in the core. Where it runs (core or runner) is decided here. */
#include "host/node_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static int32_t learn_schemas(instance *i, kinmu_err *err) {
    const kinmu_plugin *plugin = i->entry->plugin;
    if (plugin->schemas.count > NODE_SCHEMAS_PER_PLUGIN_MAX) {
        return error_set(err, KINMU_E_CONFIG, "plugin.schemas", "%s: declares more than %u schemas",
                         i->name, NODE_SCHEMAS_PER_PLUGIN_MAX);
    }
    i->schema_count = plugin->schemas.count;
    for (uint32_t row = 0; row < plugin->schemas.count; row++) {
        kinmu_schema_use use;
        schema_table_row(&plugin->schemas, row, &use, sizeof use);
        if (use.schema == NULL) {
            i->accepts_any |= (use.flags & KINMU_ACCEPTS) != 0;
            continue;
        }
        char name[SCHEMA_NAME_SIZE];
        snprintf(name, sizeof name, "%s/%u", use.schema->name, use.schema->version);
        const schema_info *info = schema_registry_find(i->owner->schemas, name, strlen(name));
        i->emitted[row] = (use.flags & KINMU_EMITS) != 0 ? info : NULL;
        i->accepted[row] = (use.flags & KINMU_ACCEPTS) != 0 ? info : NULL;
        i->accepts_some |= (use.flags & KINMU_ACCEPTS) != 0;
    }
    i->accepts_some |= i->accepts_any;
    return KINMU_OK;
}

static char *options_text(const config_node *options) {
    buffer out = {0};
    if (options != NULL) {
        config_write(options, &out);
    }
    char *text = text_duplicate(buffer_string(&out));
    buffer_free(&out);
    return text;
}

static int32_t copy_reads(instance *i, const config_instance *from) {
    char **reads = calloc(from->read_count + 1, sizeof *reads);
    if (reads == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t at = 0; at < from->read_count; at++) {
        reads[at] = text_duplicate(from->reads[at]);
    }
    i->reads = (const char *const *)reads;
    i->read_count = from->read_count;
    return KINMU_OK;
}

/* Collectors and whatever does not come with Kinmu run in a process of their own unless told. */
static int32_t wants_process(const catalog_plugin *entry, const config_instance *from,
                             const login_session *session) {
    if (session != NULL && session->id[0] != '\0') {
        return 1; /* another account's session is never served from within the daemon */
    }
    if (from->isolation != 0) {
        return from->isolation == 1;
    }
    return entry->plugin->kind == KINMU_COLLECTOR || !entry->first_party;
}

int32_t instance_create(node *n, const config_instance *from, const login_session *session,
                        instance **out, kinmu_err *err) {
    instance *i = calloc(1, sizeof *i);
    *out = NULL;
    if (i == NULL || uv_mutex_init(&i->lock) != 0) {
        free(i);
        return KINMU_E_NOMEM;
    }
    i->owner = n;
    i->entry = catalog_find(n->plugins, from->kind, from->type);
    text_copy(i->configured, sizeof i->configured, from->name);
    text_copy(i->name, sizeof i->name, from->name);
    if (session != NULL) {
        i->is_session = 1;
        sessions_name(n, session, from->name, i->name, sizeof i->name);
        text_copy(i->session, sizeof i->session, session->id);
        text_copy(i->account, sizeof i->account, session->account);
    }
    i->in_process = wants_process(i->entry, from, session);
    i->options_yaml = options_text(from->options);
    i->publisher.instance = i->name;
    i->publisher.owner = i->entry->plugin->name;
    i->publisher.account = i->account;
    i->publisher.only_own_account = i->is_session;
    i->publisher.schemas = i->emitted;
    int32_t status = learn_schemas(i, err);
    i->publisher.schema_count = i->schema_count;
    if (status == KINMU_OK) {
        status = copy_reads(i, from);
    }
    if (status != KINMU_OK || i->options_yaml == NULL) {
        instance_destroy(i);
        return status != KINMU_OK ? status : KINMU_E_NOMEM;
    }
    i->position = journal_cursor_get(n->j, i->name);
    i->saved_position = i->position;
    i->next = n->instances;
    n->instances = i;
    *out = i;
    return KINMU_OK;
}

instance *instance_find(node *n, const char *name) {
    for (instance *i = n->instances; i != NULL; i = i->next) {
        if (strcmp(i->name, name) == 0) {
            return i;
        }
    }
    return NULL;
}

void instance_set_health(instance *i, int32_t state, const char *text) {
    uv_mutex_lock(&i->lock);
    int32_t changed = i->health != state || strcmp(i->health_text, text) != 0;
    i->health = state;
    text_copy(i->health_text, sizeof i->health_text, text);
    uv_mutex_unlock(&i->lock);
    if (changed && state != KINMU_HEALTH_OK) {
        log_warn(i->name, "%s", text);
    } else if (changed && text[0] != '\0') {
        log_info(i->name, "%s", text);
    }
}

/* ---- life in the core ---- */

static const config_node *parse_options(const char *yaml, void **memory) {
    config_node *root = NULL;
    config_problems problems = {0};
    if (yaml[0] == '\0' ||
        config_parse("options", yaml, strlen(yaml), &root, memory, &problems) != KINMU_OK) {
        root = NULL;
    }
    config_problems_free(&problems);
    return root;
}

static void start_local(instance *i) {
    kinmu_err err = {{0}, {0}};
    void *memory = NULL;
    const config_node *options = parse_options(i->options_yaml, &memory);
    int32_t status = KINMU_OK;
    const kinmu_plugin *plugin = i->entry->plugin;
    if (plugin->create == NULL) { /* known from the scan only: map it now, in this process */
        if (i->mapped == NULL) {
            status = catalog_load_file(i->entry->file, &i->mapped, &err);
        }
        const catalog_plugin *found =
            status == KINMU_OK ? catalog_find(i->mapped, plugin->kind, plugin->name) : NULL;
        plugin = found != NULL ? found->plugin : NULL;
        status = found != NULL ? KINMU_OK : KINMU_E_ABI;
    }
    if (status == KINMU_OK) {
        status = hosted_create(i->owner->local, plugin, i->name, i->owner->computer,
                               i->publisher.account, options, i, &i->local, &err);
    }
    if (status == KINMU_OK) {
        status = hosted_start(i->local, &err);
    }
    config_memory_free(memory);
    if (status != KINMU_OK) {
        instance_set_health(i, KINMU_HEALTH_FAILED, err.msg);
        i->state = INSTANCE_FAILED;
        return;
    }
    i->state = INSTANCE_RUNNING;
    if (i->health == 0) {
        instance_set_health(i, KINMU_HEALTH_OK, "");
    }
    node_wake(i->owner);
}

void instance_start(instance *i) {
    kinmu_err err = {{0}, {0}};
    i->state = INSTANCE_STARTING;
    if (!i->in_process) {
        start_local(i);
        return;
    }
    i->runner = link_for(i->owner, i, &err);
    if (i->runner == NULL) {
        instance_set_health(i, KINMU_HEALTH_FAILED, err.msg);
        i->state = INSTANCE_FAILED;
    }
}

void instance_stop(instance *i, int32_t is_leaving) {
    kinmu_err err = {{0}, {0}};
    i->is_leaving |= is_leaving;
    if (i->state == INSTANCE_STOPPING || i->state == INSTANCE_STOPPED) {
        return;
    }
    delivery_save(i);
    if (i->runner != NULL && i->runner->is_running) {
        i->state = INSTANCE_STOPPING; /* its last events are on their way; link.c tells the end */
        link_stop(i->runner, i);
        return;
    }
    if (i->local != NULL) {
        hosted_stop(i->local, &err);
    }
    instance_finished(i);
}

void instance_finished(instance *i) {
    node *n = i->owner;
    i->state = INSTANCE_STOPPED;
    calls_expire(n, i);
    if (i->runner != NULL) {
        runner_link *l = i->runner;
        i->runner = NULL;
        link_release(l);
    }
    if (i->is_leaving) {
        instance_destroy(i);
    }
    node_settle(n);
}

void instance_destroy(instance *i) {
    for (instance **at = &i->owner->instances; *at != NULL; at = &(*at)->next) {
        if (*at == i) {
            *at = i->next;
            break;
        }
    }
    if (i->open_questions > 0) {
        i->is_doomed = 1; /* the last question's end comes back here */
        return;
    }
    int32_t has_jobs = i->local != NULL && hosted_is_busy(i->local);
    hosted_destroy(i->local);
    if (!has_jobs) {
        catalog_free(i->mapped);
    } /* else its tables stay: the jobs under way end after this instance */
    for (uint32_t at = 0; at < i->read_count; at++) {
        free((void *)(uintptr_t)i->reads[at]);
    }
    free((void *)(uintptr_t)i->reads);
    free(i->options_yaml);
    buffer_wipe(&i->stage);
    uv_mutex_destroy(&i->lock);
    free(i);
}

void instance_reconfigure(instance *i, const config_instance *from) {
    kinmu_err err = {{0}, {0}};
    char *yaml = options_text(from->options);
    if (yaml == NULL) {
        return;
    }
    free(i->options_yaml);
    i->options_yaml = yaml;
    if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_RECONFIGURE, i->number);
        frame_text(&out, yaml);
        frame_end(&out, begin);
        link_send(i->runner, &out);
        return;
    }
    void *memory = NULL;
    const config_node *options = parse_options(yaml, &memory);
    if (i->local != NULL && hosted_reconfigure(i->local, options, &err) != KINMU_OK) {
        hosted_stop(i->local, &err);
        hosted_destroy(i->local);
        i->local = NULL;
        instance_start(i);
    }
    config_memory_free(memory);
}

/* ---- publishing: tickets and staging ---- */

/* The caller holds the lock. A full ring merges into its newest pair, which only waits longer. */
static void note_ticket(instance *i, uint64_t local, uint64_t core) {
    if (i->ticket_count == NODE_TICKETS_MAX) {
        uint32_t last = (i->ticket_first + i->ticket_count - 1) % NODE_TICKETS_MAX;
        i->tickets[last] = (ticket_pair){local, core};
        return;
    }
    uint32_t at = (i->ticket_first + i->ticket_count++) % NODE_TICKETS_MAX;
    i->tickets[at] = (ticket_pair){local, core};
}

static int32_t publish_locked(instance *i, const kinmu_event *events, uint32_t count,
                              uint64_t local) {
    if (i->is_staging) {
        for (uint32_t at = 0; at < count; at++) {
            frame_event(&i->stage, &events[at]);
        }
        i->stage_count += count;
        note_ticket(i, local, UINT64_MAX); /* known once the stage commits */
        return i->stage.failed;
    }
    kinmu_err err = {{0}, {0}};
    uint64_t core = 0;
    int32_t status =
        bus_publish(i->owner->in, &i->publisher, events, count, NULL, NULL, &core, &err);
    if (status == KINMU_OK) {
        note_ticket(i, local, core);
        if (core == 0) {
            node_wake(i->owner);
        }
    } else if (status == KINMU_E_REJECT || status == KINMU_E_DENIED) {
        log_warn(i->name, "refused: %s", err.msg);
    }
    return status;
}

int32_t instance_publish(instance *i, const kinmu_event *events, uint32_t count, uint64_t *local) {
    uv_mutex_lock(&i->lock);
    int32_t status = publish_locked(i, events, count, i->next_local + 1);
    if (status == KINMU_OK) {
        *local = ++i->next_local;
    }
    uv_mutex_unlock(&i->lock);
    return status;
}

int32_t instance_publish_as(instance *i, const kinmu_event *events, uint32_t count,
                            uint64_t local) {
    uv_mutex_lock(&i->lock);
    int32_t status = publish_locked(i, events, count, local);
    uv_mutex_unlock(&i->lock);
    return status;
}

typedef struct staged {
    kinmu_event *events;
    kinmu_value *values;
    char (*subjects)[256];
} staged;

static int32_t decode_stage(instance *i, staged *s) {
    frame_reader reader = {i->stage.data, i->stage.size, 0, 0};
    s->events = calloc(i->stage_count, sizeof *s->events);
    s->values = calloc((size_t)i->stage_count * KINMU_FIELDS_MAX, sizeof *s->values);
    s->subjects = calloc(i->stage_count, sizeof *s->subjects);
    if (s->events == NULL || s->values == NULL || s->subjects == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t at = 0; at < i->stage_count; at++) {
        if (frame_read_event(&reader, &s->events[at], s->subjects[at],
                             s->values + (size_t)at * KINMU_FIELDS_MAX) != KINMU_OK) {
            return KINMU_E_REJECT;
        }
    }
    return KINMU_OK;
}

int32_t instance_commit_stage(instance *i, uint64_t position) {
    journal_cursor cursor = {i->name, position};
    staged s = {NULL, NULL, NULL};
    kinmu_err err = {{0}, {0}};
    uint64_t core = 0;
    uv_mutex_lock(&i->lock);
    int32_t status = i->stage_count > 0 ? decode_stage(i, &s) : KINMU_OK;
    if (status == KINMU_OK && i->stage_count > 0) {
        status = bus_publish(i->owner->in, &i->publisher, s.events, i->stage_count, &cursor, NULL,
                             &core, &err);
    }
    if (status == KINMU_OK) {
        for (uint32_t at = 0; at < i->ticket_count; at++) {
            ticket_pair *pair = &i->tickets[(i->ticket_first + at) % NODE_TICKETS_MAX];
            pair->core = pair->core == UINT64_MAX ? core : pair->core;
        }
        i->saved_position = i->stage_count > 0 ? position : i->saved_position;
    } else if (status != KINMU_E_BUSY) {
        log_warn(i->name, "what it published for block %llu was refused: %s",
                 (unsigned long long)position, err.msg);
    }
    uv_mutex_unlock(&i->lock);
    free(s.events);
    free(s.values);
    free(s.subjects);
    if (status != KINMU_E_BUSY) {
        instance_drop_stage(i);
    }
    return status;
}

void instance_drop_stage(instance *i) {
    uv_mutex_lock(&i->lock);
    buffer_clear(&i->stage);
    i->stage_count = 0;
    i->is_staging = 0;
    for (uint32_t at = 0; at < i->ticket_count; at++) { /* dropped ones count as settled */
        ticket_pair *pair = &i->tickets[(i->ticket_first + at) % NODE_TICKETS_MAX];
        pair->core = pair->core == UINT64_MAX ? 0 : pair->core;
    }
    uv_mutex_unlock(&i->lock);
}

void instance_settle(instance *i, uint64_t durable) {
    uint64_t local = 0;
    uv_mutex_lock(&i->lock);
    while (i->ticket_count > 0 && i->tickets[i->ticket_first].core <= durable) {
        local = i->tickets[i->ticket_first].local;
        i->ticket_first = (i->ticket_first + 1) % NODE_TICKETS_MAX;
        i->ticket_count--;
    }
    uv_mutex_unlock(&i->lock);
    if (local == 0) {
        return;
    }
    if (i->local != NULL) {
        hosted_durable(i->local, local);
    } else if (i->runner != NULL) {
        buffer out = {0};
        size_t begin = frame_begin(&out, FRAME_DURABLE, i->number);
        frame_u64(&out, local);
        frame_end(&out, begin);
        link_send(i->runner, &out);
    }
}

/* ---- decisions ---- */

static void tell_decided(instance *i, uint64_t token, int32_t status, uint64_t number) {
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
    uint64_t token, number, ticket;
    int32_t status;
} decision_wait;

static void free_decision(uv_handle_t *handle) {
    free(handle->data);
}

static void on_decision(uv_timer_t *timer) {
    decision_wait *w = timer->data;
    int32_t failed = atomic_load(&w->n->journal_status);
    if (w->status == KINMU_OK && failed == KINMU_OK && atomic_load(&w->n->durable) < w->ticket) {
        return; /* asked again in a millisecond: append_if commits at once */
    }
    instance *i = instance_find(w->n, w->name);
    uv_timer_stop(timer);
    if (i != NULL) {
        tell_decided(i, w->token, w->status != KINMU_OK ? w->status : failed, w->number);
    }
    uv_close((uv_handle_t *)timer, free_decision);
}

int32_t instance_decide(instance *i, uint64_t token, uint64_t number, const kinmu_event *events,
                        uint32_t count) {
    kinmu_err err = {{0}, {0}};
    uint64_t head = number;
    uint64_t ticket = 0;
    int32_t status =
        bus_publish(i->owner->in, &i->publisher, events, count, NULL, &head, &ticket, &err);
    if (status != KINMU_OK && status != KINMU_E_CONFLICT) {
        log_warn(i->name, "decision refused: %s", err.msg);
        return status;
    }
    decision_wait *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    *w = (decision_wait){
        .n = i->owner, .token = token, .number = head, .ticket = ticket, .status = status};
    text_copy(w->name, sizeof w->name, i->name);
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
    return config_secret(i->owner->conf, handle, data, size, &err);
}

static int32_t core_secret(void *context, hosted *h, const char *handle, char *data,
                           uint32_t *size) {
    (void)context;
    return instance_secret(hosted_tag(h), handle, data, size);
}

int32_t instance_grants(const instance *i, const schema_info *info) {
    for (uint32_t at = 0; at < i->read_count; at++) {
        if (strcmp(i->reads[at], "*") == 0 || strcmp(i->reads[at], info->full_name) == 0) {
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

int32_t instance_query(instance *i, const kinmu_query *query, kinmu_row_fn row, void *user) {
    kinmu_err err = {{0}, {0}};
    if (i->owner->tables == NULL) {
        return KINMU_E_STATE;
    }
    const schema_info *info = query->schema < i->schema_count ? i->accepted[query->schema] : NULL;
    if (info == NULL) {
        return KINMU_E_NOTFOUND;
    }
    if (!instance_grants(i, info)) {
        return KINMU_E_DENIED;
    }
    for (int waited = 0; query->at_least > atomic_load(&i->owner->applied) && waited < 200;
         waited++) {
        uv_sleep(10);
    }
    store_reader *reader = NULL;
    int32_t status = store_reader_open(i->owner->data, i->owner->schemas, &reader, &err);
    row_map map = {row, user, query->schema};
    if (status == KINMU_OK) {
        status = store_query(reader, info, query, map_row, &map, &err);
        store_reader_close(reader);
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
    instance *i = instance_find(w->n, w->name);
    if (i != NULL && i->local != NULL) {
        hosted_answered(i->local, w->token, status, values, count, text);
    }
    free(w);
}

static int32_t core_send(void *context, hosted *h, uint64_t token, const char *to,
                         const char *command, const kinmu_value *values, uint32_t count) {
    instance *i = hosted_tag(h);
    kinmu_err err = {{0}, {0}};
    char caller[160];
    wait_for_answer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    w->n = context;
    w->token = token;
    text_copy(w->name, sizeof w->name, i->name);
    snprintf(caller, sizeof caller, "plugin:%s", i->name);
    int32_t status =
        calls_send(context, caller, to, command, values, count, answer_local, w, i, &err);
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

hosting_backend instance_backend(node *n) {
    hosting_backend backend = {
        n,         core_publish, core_decide, core_head,     core_kv,     core_secret, core_query,
        core_send, core_answer,  core_schema, core_sessions, core_metric, core_health, core_log};
    return backend;
}
