/* host/reload.c - from a configuration to running instances: what is configured and missing is
 * started; a changed configuration is applied by difference; a broken one leaves the old one in
 * force. */
#include "host/hub_policy.h"
#include "host/notices.h"
#include "host/outgoing.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/routes.h"

#include <string.h>

#define NODE_RELOAD_DELAY_MS 300u

static const config_instance *configured(const config *conf, const instance *i) {
    for (uint32_t at = 0; at < conf->instance_count; at++) {
        const config_instance *c = &conf->instances[at];
        if (c->enabled && c->kind == i->entry->plugin->kind &&
            strcmp(c->name, i->configured) == 0) {
            return c;
        }
    }
    return NULL;
}

static void start_one(node *n, const config_instance *c, const login_session *session) {
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];
    kinmu_err err = {{0}, {0}};
    instance *i = NULL;
    text_copy(name, sizeof name, c->name);
    if (session != NULL) {
        if (sessions_served_by(n, c->name, session) != NULL) {
            return;
        }
        sessions_name(n, session, c->name, name, sizeof name);
    }
    if (instance_find(n, name) != NULL) {
        return;
    }
    if (instance_create(n, c, session, &i, &err) != KINMU_OK) {
        log_error("node", "%s: %s", name, err.msg);
        return;
    }
    instance_start(i);
}

void node_start_missing(node *n) {
    for (uint32_t at = 0; at < n->conf->instance_count; at++) {
        const config_instance *c = &n->conf->instances[at];
        const catalog_plugin *entry =
            c->enabled ? catalog_find(n->plugins, c->kind, c->type) : NULL;
        if (entry == NULL) {
            continue;
        }
        if ((entry->plugin->flags & KINMU_PLUGIN_SESSION) == 0) {
            start_one(n, c, NULL);
            continue;
        }
        for (uint32_t s = 0; s < n->session_count; s++) {
            start_one(n, c, &n->sessions[s]);
        }
    }
}

/* What serves it must end: it is over, or it is reached in another way now. */
static int32_t is_over(const node *n, const char *session) {
    const login_session *now = sessions_find(n, session);
    return now == NULL || now->is_moved;
}

void node_apply_sessions(node *n) {
    for (runner_link *l = n->links; l != NULL; l = l->next) {
        l->is_retired |= l->session[0] != '\0' && is_over(n, l->session);
    }
    instance *next = NULL;
    for (instance *i = n->instances; i != NULL; i = next) {
        next = i->next;
        if (i->is_session && is_over(n, i->session)) {
            instance_stop(i, 1);
        }
    }
    for (uint32_t i = 0; i < n->session_count; i++) {
        n->sessions[i].is_moved = 0;
    }
    node_settle(n);
}

static int32_t same_reads(const instance *i, const config_instance *c) {
    uint32_t same = i->read_count == c->read_count;
    for (uint32_t at = 0; same && at < i->read_count; at++) {
        same = strcmp(i->reads[at], c->reads[at]) == 0;
    }
    return (int32_t)same;
}

/* Untouched instances go on without noticing; the rest is reconfigured or made anew. */
static void apply_difference(node *n, const config *old) {
    instance *next = NULL;
    for (instance *i = n->instances; i != NULL; i = next) {
        next = i->next;
        const config_instance *now = configured(n->conf, i);
        const config_instance *before = configured(old, i);
        int32_t difference =
            now == NULL || before == NULL || now->isolation != before->isolation ||
                    now->after_store != before->after_store || !same_reads(i, now) ||
                    i->state == INSTANCE_FAILED
                ? 2
                : config_difference(&i->entry->plugin->options, before->options, now->options);
        if (difference == 2) {
            instance_stop(i, 1);
        } else if (difference == 1) {
            instance_reconfigure(i, now);
        }
    }
    node_start_missing(n);
}

int32_t node_load_config(node *n, config **out, kinmu_err *err) {
    config_problems problems = {0};
    int32_t status = hub_policy_load(n, out, &problems);
    for (uint32_t i = 0; i < problems.count; i++) {
        const config_problem *p = &problems.items[i];
        log_write(p->is_warning ? 2 : 1, "config", "%s:%u:%u: %s", p->file, p->line, p->column,
                  p->text);
    }
    if (status != KINMU_OK) {
        error_set(
            err, status, "config.errors",
            "configuration \"%s\": %u errors, the first: %s:%u:%u: %s; list them with: kinmu check",
            n->settings.conf, problems.errors, problems.count > 0 ? problems.items[0].file : "",
            problems.count > 0 ? problems.items[0].line : 0,
            problems.count > 0 ? problems.items[0].column : 0,
            problems.count > 0 ? problems.items[0].text : "");
    }
    config_problems_free(&problems);
    return status;
}

static void keep_old(node *n, const kinmu_err *err) {
    n->failed_reloads++;
    text_copy(n->reload_problem, sizeof n->reload_problem, err->msg);
    log_error("config", "the changed configuration is not used, the old one stays: %s", err->msg);
}

void node_use_config(node *n, config *fresh) {
    kinmu_err err = {{0}, {0}};
    if (bus_reload(n->in, fresh, &err) != KINMU_OK) {
        keep_old(n, &err);
        config_free(fresh);
        return;
    }
    config *old = n->conf;
    uv_rwlock_wrlock(&n->conf_lock);
    n->conf = fresh;
    uv_rwlock_wrunlock(&n->conf_lock);
    n->reloads++;
    n->reload_problem[0] = '\0';
    log_set_level(fresh->log_level);
    log_info("config", "reloaded");
    notices_open(n);
    notice_door_apply(n);
    routes_apply(n);
    outgoing_configure(n);
    apply_difference(n, old);
    config_free(old);
}

void node_reload(node *n) {
    kinmu_err err = {{0}, {0}};
    config *fresh = NULL;
    if (node_load_config(n, &fresh, &err) != KINMU_OK) {
        keep_old(n, &err);
        return;
    }
    node_use_config(n, fresh);
    node_wake(n); /* what the hub wanted may fit now */
}

static void on_quiet(uv_timer_t *timer) {
    node *n = timer->data;
    if (!n->is_stopping) {
        node_reload(n);
    }
}

/* An editor writes a file in several steps: wait until it is quiet. */
void node_on_conf_changed(uv_fs_event_t *watch, const char *file, int events, int status) {
    node *n = watch->data;
    (void)events;
    if (status == 0 && (file == NULL || strstr(file, ".yaml") != NULL)) {
        uv_timer_start(&n->reload_timer, on_quiet, NODE_RELOAD_DELAY_MS, 0);
    }
}
