/* cli/plugin_check/front.c - the services as the plugin under check sees them: each forwards to
 * hosting's own and notes what the contract forbids (wrong thread, after stop, after destroy, an
 * event its tables do not allow). Takes services away and lets the clocks run faster on demand.
 */
#include "cli/plugin_check/rig.h"

#include "base/text.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/secret.h>
#include <kinmu/iface/sessions.h>
#include <kinmu/iface/work.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rig_services[RIG_SERVICES] = {
    KINMU_BUS_1,      KINMU_TIMER_1,   KINMU_POLL_1,  KINMU_WORK_1,    KINMU_KV_1,
    KINMU_SECRET_1,   KINMU_RECORDS_1, KINMU_CALLS_1, KINMU_METRICS_1, KINMU_SCHEMAS_1,
    KINMU_SESSIONS_1, KINMU_ROUTES_1,  KINMU_HTTP_1};

static rig *of(const kinmu_host *host) {
    return (rig *)(uintptr_t)host;
}

const void *rig_enter(rig *r, enum tag tag, const char *service, const char *function) {
    uv_thread_t self = uv_thread_self();
    int32_t is_turn = uv_thread_equal(&self, &r->thread);
    uv_mutex_lock(&r->lock);
    enum rig_phase phase = r->phase;
    uv_mutex_unlock(&r->lock);
    if (phase == RIG_NONE) {
        rig_note(r, RIG_LATE, "%s %s was called after destroy", service, function);
        return NULL;
    }
    if (tag == TAG_TURN && !is_turn) {
        rig_note(r, RIG_THREAD, "%s %s is [turn] and was called on another thread", service,
                 function);
    } else if (tag == TAG_JOB && is_turn) {
        rig_note(r, RIG_THREAD, "%s %s is [job] and was called in a turn, where it may not block",
                 service, function);
    }
    return r->real->iface(r->real, service);
}

const void *rig_enter_running(rig *r, enum tag tag, const char *service, const char *function) {
    uv_mutex_lock(&r->lock);
    enum rig_phase phase = r->phase;
    uv_mutex_unlock(&r->lock);
    if (phase == RIG_STOPPED) {
        rig_note(r, RIG_LATE, "%s %s was called after stop", service, function);
    }
    return rig_enter(r, tag, service, function);
}

static void front_now(const kinmu_host *host, kinmu_clock *clock) {
    rig *r = of(host);
    const kinmu_timer *timer = rig_enter(r, TAG_ANY, KINMU_TIMER_1, "now");
    memset(clock, 0, sizeof *clock);
    if (timer == NULL) {
        return;
    }
    timer->now(r->real, clock);
    int64_t speed = r->knobs.speed;
    clock->unix_ns = r->began_unix_ns + (clock->unix_ns - r->began_unix_ns) * speed;
    clock->mono_ns = r->began_mono_ns + (clock->mono_ns - r->began_mono_ns) * (uint64_t)speed;
}

/* ---- bus/1 ---- */

#define TIME_MIN_NS INT64_C(315532800000000000) /* 1980-01-01 */
#define AHEAD_NS_MAX INT64_C(86400000000000)

static void check_event(rig *r, const kinmu_event *event, int32_t is_decision) {
    kinmu_schema_use use = {NULL, 0, 0};
    kinmu_err err = {{0}, {0}};
    char name[SCHEMA_NAME_SIZE];
    kinmu_clock now;
    if (event->schema < r->plugin->schemas.count) {
        schema_table_row(&r->plugin->schemas, event->schema, &use, sizeof use);
    }
    if (use.schema == NULL || (use.flags & KINMU_EMITS) == 0) {
        rig_note(r, RIG_UNDECLARED, "published schema number %u, which is no row with EMITS",
                 event->schema);
        return;
    }
    if (use.schema->kind == KINMU_KIND_RECORD && !is_decision) {
        rig_note(r, RIG_UNDECLARED, "%s is a record: write it by append_if", use.schema->name);
    }
    int size = snprintf(name, sizeof name, "%s/%u", use.schema->name, use.schema->version);
    const schema_info *info = schema_registry_find(r->schemas, name, (size_t)size);
    if (info != NULL && schema_check_event(info, event, &err) != KINMU_OK) {
        rig_note(r, RIG_INVALID, "%s", err.msg);
    }
    if (event->subject != NULL && r->account[0] != '\0' &&
        strcmp(event->subject, r->account) != 0) {
        rig_note(r, RIG_INVALID, "%s: subject \"%s\" is not the account of the session served",
                 name, event->subject);
    }
    front_now(&r->host, &now);
    if (event->unix_ns != 0 &&
        (event->unix_ns < TIME_MIN_NS || event->unix_ns > now.unix_ns + AHEAD_NS_MAX)) {
        rig_note(r, RIG_INVALID, "%s: its time is before 1980 or a day ahead", name);
    }
}

static int32_t check_events(rig *r, const kinmu_event *events, uint32_t count,
                            int32_t is_decision) {
    for (uint32_t i = 0; events != NULL && i < count; i++) {
        check_event(r, &events[i], is_decision);
    }
    uv_mutex_lock(&r->lock);
    int32_t status = r->knobs.is_bus_full ? KINMU_E_BUSY : KINMU_OK;
    r->seen.refused += status != KINMU_OK;
    uv_mutex_unlock(&r->lock);
    return status;
}

static int32_t front_publish(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                             uint64_t *ticket) {
    rig *r = of(host);
    const kinmu_bus *bus = rig_enter_running(r, TAG_ANY, KINMU_BUS_1, "publish");
    int32_t status = bus != NULL ? check_events(r, events, count, 0) : KINMU_E_STATE;
    return status == KINMU_OK ? bus->publish(r->real, events, count, ticket) : status;
}

static uint64_t front_durable(const kinmu_host *host) {
    const kinmu_bus *bus = rig_enter(of(host), TAG_ANY, KINMU_BUS_1, "durable");
    return bus != NULL ? bus->durable(of(host)->real) : 0;
}

static int32_t front_when_durable(const kinmu_host *host, uint64_t ticket, kinmu_done done,
                                  void *user) {
    const kinmu_bus *bus = rig_enter_running(of(host), TAG_TURN, KINMU_BUS_1, "when_durable");
    return bus != NULL ? bus->when_durable(of(host)->real, ticket, done, user) : KINMU_E_STATE;
}

static uint64_t front_head(const kinmu_host *host) {
    const kinmu_bus *bus = rig_enter(of(host), TAG_ANY, KINMU_BUS_1, "head");
    return bus != NULL ? bus->head(of(host)->real) : 0;
}

static int32_t front_append_if(const kinmu_host *host, uint64_t number, const kinmu_event *events,
                               uint32_t count, kinmu_done done, void *user) {
    rig *r = of(host);
    const kinmu_bus *bus = rig_enter_running(r, TAG_TURN, KINMU_BUS_1, "append_if");
    int32_t status = bus != NULL ? check_events(r, events, count, 1) : KINMU_E_STATE;
    return status == KINMU_OK ? bus->append_if(r->real, number, events, count, done, user) : status;
}

static int32_t front_derive(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                            kinmu_done done, void *user) {
    rig *r = of(host);
    const kinmu_bus *bus = rig_enter_running(r, TAG_TURN, KINMU_BUS_1, "derive");
    int32_t status = bus != NULL ? check_events(r, events, count, 1) : KINMU_E_STATE;
    return status == KINMU_OK ? bus->derive(r->real, events, count, done, user) : status;
}

/* ---- timer/1, poll/1 ---- */

struct rig_watch {
    rig_watch *next;
    rig *owner;
    uint64_t id;
    uint64_t repeat_ms;
    kinmu_timer_fn timer_fn;
    kinmu_poll_fn poll_fn;
    void *user;
};

uint32_t rig_watch_count(const rig *r) {
    uint32_t count = 0;
    for (const rig_watch *w = r->watches; w != NULL; w = w->next) {
        count++;
    }
    return count;
}

void rig_drop_watches(rig *r) {
    while (r->watches != NULL) {
        rig_watch *w = r->watches;
        r->watches = w->next;
        free(w);
    }
}

static void forget(rig *r, uint64_t id, int32_t is_timer) {
    for (rig_watch **at = &r->watches; *at != NULL; at = &(*at)->next) {
        rig_watch *w = *at;
        if (w->id == id && (w->timer_fn != NULL) == is_timer) {
            *at = w->next;
            free(w);
            return;
        }
    }
}

static void on_timer(void *user) {
    rig_watch *w = user;
    kinmu_timer_fn fn = w->timer_fn;
    void *its_user = w->user;
    if (w->owner->phase == RIG_STOPPED) {
        rig_note(w->owner, RIG_LATE, "a timer still ran after stop");
    }
    if (w->repeat_ms == 0) {
        forget(w->owner, w->id, 1);
    }
    fn(its_user);
}

static void on_poll(void *user, uint32_t ready) {
    rig_watch *w = user;
    if (w->owner->phase == RIG_STOPPED) {
        rig_note(w->owner, RIG_LATE, "a descriptor was still watched after stop");
    }
    w->poll_fn(w->user, ready);
}

static rig_watch *new_watch(rig *r, void *user) {
    rig_watch *w = calloc(1, sizeof *w);
    if (w != NULL) {
        w->owner = r;
        w->user = user;
    }
    return w;
}

static int32_t keep_watch(rig *r, rig_watch *w, int32_t status, uint64_t *id) {
    if (status != KINMU_OK) {
        free(w);
        return status;
    }
    if (id != NULL) {
        *id = w->id;
    }
    w->next = r->watches;
    r->watches = w;
    return KINMU_OK;
}

static uint64_t faster(const rig *r, uint64_t ms) {
    return ms / r->knobs.speed + (ms % r->knobs.speed > 0);
}

static int32_t front_timer_start(const kinmu_host *host, uint64_t delay_ms, uint64_t repeat_ms,
                                 kinmu_timer_fn fn, void *user, uint64_t *id) {
    rig *r = of(host);
    const kinmu_timer *timer = rig_enter_running(r, TAG_TURN, KINMU_TIMER_1, "start");
    rig_watch *w = timer != NULL && fn != NULL ? new_watch(r, user) : NULL;
    if (w == NULL) {
        return KINMU_E_STATE;
    }
    w->timer_fn = fn;
    w->repeat_ms = repeat_ms;
    int32_t status =
        timer->start(r->real, faster(r, delay_ms), faster(r, repeat_ms), on_timer, w, &w->id);
    return keep_watch(r, w, status, id);
}

static void front_timer_cancel(const kinmu_host *host, uint64_t id) {
    rig *r = of(host);
    const kinmu_timer *timer = rig_enter(r, TAG_TURN, KINMU_TIMER_1, "cancel");
    if (timer != NULL) {
        timer->cancel(r->real, id);
        forget(r, id, 1);
    }
}

static int32_t front_poll_add(const kinmu_host *host, intptr_t handle, uint32_t wanted,
                              kinmu_poll_fn fn, void *user, uint64_t *id) {
    rig *r = of(host);
    const kinmu_poll *poll = rig_enter_running(r, TAG_TURN, KINMU_POLL_1, "add");
    rig_watch *w = poll != NULL && fn != NULL ? new_watch(r, user) : NULL;
    if (w == NULL) {
        return KINMU_E_STATE;
    }
    w->poll_fn = fn;
    return keep_watch(r, w, poll->add(r->real, handle, wanted, on_poll, w, &w->id), id);
}

static int32_t front_poll_modify(const kinmu_host *host, uint64_t id, uint32_t wanted) {
    const kinmu_poll *poll = rig_enter(of(host), TAG_TURN, KINMU_POLL_1, "modify");
    return poll != NULL ? poll->modify(of(host)->real, id, wanted) : KINMU_E_STATE;
}

static void front_poll_remove(const kinmu_host *host, uint64_t id) {
    rig *r = of(host);
    const kinmu_poll *poll = rig_enter(r, TAG_TURN, KINMU_POLL_1, "remove");
    if (poll != NULL) {
        poll->remove(r->real, id);
        forget(r, id, 0);
    }
}

/* ---- work/1, kv/1, secret/1, records/1 ---- */

static int32_t front_submit(const kinmu_host *host, kinmu_job_fn job, kinmu_job_done_fn done,
                            void *user) {
    const kinmu_work *work = rig_enter(of(host), TAG_TURN, KINMU_WORK_1, "submit");
    return work != NULL ? work->submit(of(host)->real, job, done, user) : KINMU_E_STATE;
}

static int32_t front_kv_get(const kinmu_host *host, const char *key, void *data, uint32_t *size) {
    const kinmu_kv *kv = rig_enter(of(host), TAG_JOB, KINMU_KV_1, "get");
    return kv != NULL ? kv->get(of(host)->real, key, data, size) : KINMU_E_STATE;
}

static int32_t front_kv_put(const kinmu_host *host, const char *key, const void *data,
                            uint32_t size) {
    const kinmu_kv *kv = rig_enter(of(host), TAG_JOB, KINMU_KV_1, "put");
    return kv != NULL ? kv->put(of(host)->real, key, data, size) : KINMU_E_STATE;
}

static int32_t front_kv_remove(const kinmu_host *host, const char *key) {
    const kinmu_kv *kv = rig_enter(of(host), TAG_JOB, KINMU_KV_1, "remove");
    return kv != NULL ? kv->remove(of(host)->real, key) : KINMU_E_STATE;
}

static int32_t front_secret_get(const kinmu_host *host, const char *handle, char *data,
                                uint32_t *size) {
    const kinmu_secret *secret = rig_enter(of(host), TAG_JOB, KINMU_SECRET_1, "get");
    return secret != NULL ? secret->get(of(host)->real, handle, data, size) : KINMU_E_STATE;
}

static int32_t front_query(const kinmu_host *host, const kinmu_query *query, kinmu_row_fn row,
                           void *user) {
    const kinmu_records *records = rig_enter(of(host), TAG_JOB, KINMU_RECORDS_1, "query");
    return records != NULL ? records->query(of(host)->real, query, row, user) : KINMU_E_STATE;
}

/* ---- calls/1, metrics/1, schemas/1, sessions/1 ---- */

static int32_t front_send(const kinmu_host *host, const char *instance, const char *command,
                          const kinmu_value *values, uint32_t count, kinmu_answer_fn answer,
                          void *user) {
    rig *r = of(host);
    const kinmu_calls *calls = rig_enter_running(r, TAG_TURN, KINMU_CALLS_1, "send");
    return calls != NULL ? calls->send(r->real, instance, command, values, count, answer, user)
                         : KINMU_E_STATE;
}

static int32_t front_answer(const kinmu_host *host, uint64_t id, int32_t status,
                            const kinmu_value *values, uint32_t count, const char *text) {
    const kinmu_calls *calls = rig_enter(of(host), TAG_TURN, KINMU_CALLS_1, "answer");
    return calls != NULL ? calls->answer(of(host)->real, id, status, values, count, text)
                         : KINMU_E_STATE;
}

static void front_metric_add(const kinmu_host *host, uint32_t metric, uint64_t amount) {
    const kinmu_metrics *metrics = rig_enter(of(host), TAG_ANY, KINMU_METRICS_1, "add");
    if (metrics != NULL) {
        metrics->add(of(host)->real, metric, amount);
    }
}

static void front_metric_set(const kinmu_host *host, uint32_t metric, int64_t value) {
    const kinmu_metrics *metrics = rig_enter(of(host), TAG_ANY, KINMU_METRICS_1, "set");
    if (metrics != NULL) {
        metrics->set(of(host)->real, metric, value);
    }
}

static const kinmu_schema *front_find(const kinmu_host *host, uint32_t schema) {
    const kinmu_schemas *schemas = rig_enter(of(host), TAG_ANY, KINMU_SCHEMAS_1, "find");
    return schemas != NULL ? schemas->find(of(host)->real, schema) : NULL;
}

static int32_t front_present(const kinmu_host *host, const kinmu_login_session *list,
                             uint32_t count) {
    const kinmu_sessions *sessions =
        rig_enter_running(of(host), TAG_TURN, KINMU_SESSIONS_1, "present");
    return sessions != NULL ? sessions->present(of(host)->real, list, count) : KINMU_E_STATE;
}

/* ---- the host's table ---- */

const void *rig_iface(const kinmu_host *host, const char *name) {
    static const kinmu_bus bus = {sizeof bus,         0,          front_publish,   front_durable,
                                  front_when_durable, front_head, front_append_if, front_derive};
    static const kinmu_timer timer = {sizeof timer, 0, front_now, front_timer_start,
                                      front_timer_cancel};
    static const kinmu_poll poll = {sizeof poll, 0, front_poll_add, front_poll_modify,
                                    front_poll_remove};
    static const kinmu_work work = {sizeof work, 0, front_submit};
    static const kinmu_kv kv = {sizeof kv, 0, front_kv_get, front_kv_put, front_kv_remove};
    static const kinmu_secret secret = {sizeof secret, 0, front_secret_get};
    static const kinmu_records records = {sizeof records, 0, front_query};
    static const kinmu_calls calls = {sizeof calls, 0, front_send, front_answer};
    static const kinmu_metrics metrics = {sizeof metrics, 0, front_metric_add, front_metric_set};
    static const kinmu_schemas schemas = {sizeof schemas, 0, front_find};
    static const kinmu_sessions sessions = {sizeof sessions, 0, front_present};
    static const void *const tables[RIG_SERVICES] = {
        &bus,   &timer,   &poll,    &work,     &kv,         &secret,  &records,
        &calls, &metrics, &schemas, &sessions, &rig_routes, &rig_http};
    const char *missing = of(host)->knobs.missing;
    if (missing != NULL && (missing[0] == '*' || strcmp(missing, name) == 0)) {
        return NULL;
    }
    for (uint32_t i = 0; i < RIG_SERVICES; i++) {
        if (strcmp(rig_services[i], name) == 0) {
            return tables[i];
        }
    }
    return NULL;
}

void rig_log(const kinmu_host *host, int32_t level, const char *text) {
    (void)host;
    (void)level;
    (void)text;
}

void rig_health(const kinmu_host *host, int32_t state, const char *text) {
    rig *r = of(host);
    uv_mutex_lock(&r->lock);
    r->seen.health = state;
    text_copy(r->seen.health_text, sizeof r->seen.health_text, text != NULL ? text : "");
    uv_mutex_unlock(&r->lock);
}
