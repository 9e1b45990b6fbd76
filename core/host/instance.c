/* host/instance.c - one configured plugin: making it, starting and stopping it, its health. Where
 * it runs (core or runner) is decided here; what it publishes is in publishing.c, what it asks for
 * in instance_services.c. */
#include "host/outgoing.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/routes.h"

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
    i->after_store = from->after_store;
    if (i->after_store) {
        atomic_store(&n->wakes_applied, 1);
    }
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

instance *instance_find(const node *n, const char *name) {
    for (instance *i = n->instances; i != NULL; i = i->next) {
        if (strcmp(i->name, name) == 0) {
            return i;
        }
    }
    return NULL;
}

instance *instance_alive(const node *n, const char *name, uint64_t life) {
    instance *i = instance_find(n, name);
    return i != NULL && i->life == life ? i : NULL;
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
    i->life = ++i->owner->next_life;
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
        routes_forget(i);
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
    i->in_flight = 0;
    i->commit_pending = 0;
    instance_drop_stage(i); /* not committed: the same block comes again in the next life */
    calls_expire(n, i);
    routes_forget(i);
    outgoing_drop(i);
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

static void free_instance(instance *i) {
    catalog_free(i->mapped);
    for (uint32_t at = 0; at < i->read_count; at++) {
        free((void *)(uintptr_t)i->reads[at]);
    }
    free((void *)(uintptr_t)i->reads);
    free(i->options_yaml);
    buffer_wipe(&i->stage);
    uv_mutex_destroy(&i->lock);
    free(i);
}

static void unlink_instance(instance *i) {
    for (instance **at = &i->owner->instances; *at != NULL; at = &(*at)->next) {
        if (*at == i) {
            *at = i->next;
            return;
        }
    }
}

/* Jobs under way, its own or those that work for its runner, still use it: the last one's end comes
 * back here. */
void instance_release(instance *i) {
    if (i->is_doomed && i->open_questions == 0 && i->local == NULL) {
        free_instance(i);
    }
}

void instance_destroy(instance *i) {
    outgoing_drop(i);
    unlink_instance(i);
    i->is_doomed = 1;
    if (i->local != NULL) {
        hosted_destroy(i->local); /* answers with instance_gone */
    } else {
        instance_release(i);
    }
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
        instance_stop(i, 1); /* made anew once it is gone */
    }
    config_memory_free(memory);
}
