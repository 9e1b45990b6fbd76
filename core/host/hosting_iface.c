/* host/hosting_iface.c - the host services a plugin asks for by name. */
#include "host/hosting_internal.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"

#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/secret.h>

#include <stdlib.h>
#include <string.h>

static hosted *of(const kinmu_host *host) {
    return (hosted *)(uintptr_t)host;
}

static const hosting_backend *backend(const hosted *h) {
    return &h->owner->backend;
}

/* ---- bus/1 ---- */

static int32_t bus_publish_(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                            uint64_t *ticket) {
    hosted *h = of(host);
    uint64_t ignored;
    if (count == 0 || events == NULL || count > KINMU_EVENTS_MAX) {
        return KINMU_E_REJECT;
    }
    return backend(h)->publish(backend(h)->context, h, events, count,
                               ticket != NULL ? ticket : &ignored);
}

static uint64_t bus_durable(const kinmu_host *host) {
    return atomic_load(&of(host)->durable);
}

/* At the end: waits for the same ticket are told in the order they were made. */
static wait *add_wait(hosted *h, wait **list, uint64_t token, void *user) {
    if (h->wait_count >= HOSTING_WAITS_MAX) {
        return NULL;
    }
    wait *w = calloc(1, sizeof *w);
    if (w != NULL) {
        w->token = token;
        w->user = user;
        while (*list != NULL) {
            list = &(*list)->next;
        }
        *list = w;
        h->wait_count++;
    }
    return w;
}

static void drop_wait(hosted *h, wait **list, const wait *gone) {
    while (*list != gone) {
        list = &(*list)->next;
    }
    *list = gone->next;
    h->wait_count--;
    free((void *)(uintptr_t)gone);
}

static int32_t bus_when_durable(const kinmu_host *host, uint64_t ticket, kinmu_done done,
                                void *user) {
    hosted *h = of(host);
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    wait *w = add_wait(h, &h->durable_waits, ticket, user);
    if (w == NULL) {
        return KINMU_E_BUSY;
    }
    w->done = done;
    if (ticket <= atomic_load(&h->durable)) {
        uv_async_send(&h->owner->later);
    }
    return KINMU_OK;
}

static uint64_t bus_head(const kinmu_host *host) {
    hosted *h = of(host);
    return backend(h)->head(backend(h)->context, h);
}

static int32_t decide(const kinmu_host *host, uint64_t number, const kinmu_event *events,
                      uint32_t count, kinmu_done done, void *user) {
    hosted *h = of(host);
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    if (count == 0 || events == NULL) {
        return KINMU_E_REJECT;
    }
    wait *w = add_wait(h, &h->decisions, ++h->next_id, user);
    if (w == NULL) {
        return KINMU_E_BUSY;
    }
    w->done = done;
    int32_t status = backend(h)->decide(backend(h)->context, h, w->token, number, events, count);
    if (status != KINMU_OK) {
        drop_wait(h, &h->decisions, w);
    }
    return status;
}

static int32_t bus_append_if(const kinmu_host *host, uint64_t number, const kinmu_event *events,
                             uint32_t count, kinmu_done done, void *user) {
    return number == HOSTING_DERIVE ? KINMU_E_REJECT
                                    : decide(host, number, events, count, done, user);
}

static int32_t bus_derive(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                          kinmu_done done, void *user) {
    return count > KINMU_EVENTS_MAX ? KINMU_E_REJECT
                                    : decide(host, HOSTING_DERIVE, events, count, done, user);
}

static const kinmu_bus bus_table = {sizeof(kinmu_bus), 0,        bus_publish_,  bus_durable,
                                    bus_when_durable,  bus_head, bus_append_if, bus_derive};

/* ---- timer/1, poll/1 ---- */

static void free_watch(uv_handle_t *handle) {
    free(handle->data);
}

static void close_watch(watch *w) {
    if (!w->closed) {
        w->closed = 1;
        uv_close(&w->uv.handle, free_watch);
    }
}

static watch *take_watch(hosted *h, uint64_t id, int32_t is_timer) {
    for (watch **at = &h->watches; *at != NULL; at = &(*at)->next) {
        watch *w = *at;
        if (w->id == id && (w->timer_fn != NULL) == is_timer) {
            *at = w->next;
            return w;
        }
    }
    return NULL;
}

void hosting_drop_watches(hosted *h) {
    while (h->watches != NULL) {
        watch *w = h->watches;
        h->watches = w->next;
        close_watch(w);
    }
    h->timer_count = 0;
    h->poll_count = 0;
}

static watch *new_watch(hosted *h, void *user) {
    watch *w = calloc(1, sizeof *w);
    if (w != NULL) {
        w->h = h;
        w->user = user;
        w->id = ++h->next_id;
        w->uv.handle.data = w;
    }
    return w;
}

static void link_watch(hosted *h, watch *w) {
    w->next = h->watches;
    h->watches = w;
}

static void timer_now(const kinmu_host *host, kinmu_clock *clock) {
    (void)host;
    memset(clock, 0, sizeof *clock);
    clock->unix_ns = clock_unix_ns();
    clock->mono_ns = clock_mono_ns();
    clock->utc_offset_s = clock_utc_offset_s(clock->unix_ns);
}

static void on_timer(uv_timer_t *timer) {
    watch *w = timer->data;
    hosted *h = w->h;
    void (*fn)(void *) = w->timer_fn;
    void *user = w->user;
    if (w->repeat_ms == 0 && take_watch(h, w->id, 1) != NULL) {
        h->timer_count--;
        close_watch(w);
    }
    uint64_t begin = hosting_turn_begin(h);
    fn(user);
    hosting_turn_end(h, begin);
}

static int32_t timer_start(const kinmu_host *host, uint64_t delay_ms, uint64_t repeat_ms,
                           kinmu_timer_fn fn, void *user, uint64_t *id) {
    hosted *h = of(host);
    if (!hosting_on_turn(h) || fn == NULL) {
        return KINMU_E_STATE;
    }
    if (h->timer_count >= KINMU_TIMERS_MAX) {
        return KINMU_E_BUSY;
    }
    watch *w = new_watch(h, user);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    w->timer_fn = fn;
    w->repeat_ms = repeat_ms;
    uv_timer_init(h->owner->loop, &w->uv.timer);
    w->uv.handle.data = w;
    uv_update_time(h->owner->loop);
    uv_timer_start(&w->uv.timer, on_timer, delay_ms, repeat_ms);
    link_watch(h, w);
    h->timer_count++;
    if (id != NULL) {
        *id = w->id;
    }
    return KINMU_OK;
}

static void timer_cancel(const kinmu_host *host, uint64_t id) {
    hosted *h = of(host);
    watch *w = hosting_on_turn(h) ? take_watch(h, id, 1) : NULL;
    if (w != NULL) {
        h->timer_count--;
        close_watch(w);
    }
}

static const kinmu_timer timer_table = {sizeof(kinmu_timer), 0, timer_now, timer_start,
                                        timer_cancel};

static void on_poll(uv_poll_t *poll, int status, int events) {
    watch *w = poll->data;
    uint32_t ready = status < 0 ? KINMU_POLL_ERROR : 0;
    ready |= (events & UV_READABLE) != 0 ? KINMU_POLL_READ : 0;
    ready |= (events & UV_WRITABLE) != 0 ? KINMU_POLL_WRITE : 0;
    ready |= (events & UV_DISCONNECT) != 0 ? KINMU_POLL_ERROR : 0;
    uint64_t begin = hosting_turn_begin(w->h);
    w->poll_fn(w->user, ready);
    hosting_turn_end(w->h, begin);
}

static int32_t set_poll(watch *w, uint32_t wanted) {
    int events = (wanted & KINMU_POLL_READ) != 0 ? UV_READABLE : 0;
    events |= (wanted & KINMU_POLL_WRITE) != 0 ? UV_WRITABLE : 0;
    int result =
        events == 0 ? uv_poll_stop(&w->uv.poll) : uv_poll_start(&w->uv.poll, events, on_poll);
    return result == 0 ? KINMU_OK : KINMU_E_REJECT;
}

static int32_t poll_add(const kinmu_host *host, intptr_t handle, uint32_t wanted, kinmu_poll_fn fn,
                        void *user, uint64_t *id) {
    hosted *h = of(host);
    if (!hosting_on_turn(h) || fn == NULL) {
        return KINMU_E_STATE;
    }
    if (h->poll_count >= KINMU_POLLS_MAX) {
        return KINMU_E_BUSY;
    }
    watch *w = new_watch(h, user);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    w->poll_fn = fn;
    if (uv_poll_init_socket(h->owner->loop, &w->uv.poll, (uv_os_sock_t)handle) != 0) {
        free(w);
        return KINMU_E_REJECT;
    }
    w->uv.handle.data = w;
    if (set_poll(w, wanted) != KINMU_OK) {
        close_watch(w);
        return KINMU_E_REJECT;
    }
    link_watch(h, w);
    h->poll_count++;
    if (id != NULL) {
        *id = w->id;
    }
    return KINMU_OK;
}

static int32_t poll_modify(const kinmu_host *host, uint64_t id, uint32_t wanted) {
    hosted *h = of(host);
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    for (watch *w = h->watches; w != NULL; w = w->next) {
        if (w->id == id && w->poll_fn != NULL) {
            return set_poll(w, wanted);
        }
    }
    return KINMU_E_NOTFOUND;
}

static void poll_remove(const kinmu_host *host, uint64_t id) {
    hosted *h = of(host);
    watch *w = hosting_on_turn(h) ? take_watch(h, id, 0) : NULL;
    if (w != NULL) {
        h->poll_count--;
        uv_poll_stop(&w->uv.poll);
        close_watch(w);
    }
}

static const kinmu_poll poll_table = {sizeof(kinmu_poll), 0, poll_add, poll_modify, poll_remove};

/* ---- work/1 ---- */

static void run_job(uv_work_t *work) {
    job *j = work->data;
    j->run(j->user);
    crypto_end_thread();
}

static void finish_job(uv_work_t *work, int status) {
    job *j = work->data;
    hosted *h = j->h;
    uint64_t begin = hosting_turn_begin(h);
    j->done(j->user, status == 0 ? KINMU_OK : KINMU_E_STATE);
    hosting_turn_end(h, begin);
    free(j);
    h->job_count--;
    if (h->is_doomed && h->job_count == 0) {
        hosted_destroy(h);
    }
}

static int32_t work_submit(const kinmu_host *host, kinmu_job_fn run, kinmu_job_done_fn done,
                           void *user) {
    hosted *h = of(host);
    if (!hosting_on_turn(h) || run == NULL || done == NULL) {
        return KINMU_E_STATE;
    }
    if (h->job_count >= KINMU_JOBS_MAX) {
        return KINMU_E_BUSY;
    }
    job *j = calloc(1, sizeof *j);
    if (j == NULL) {
        return KINMU_E_NOMEM;
    }
    *j = (job){.h = h, .run = run, .done = done, .user = user};
    j->work.data = j;
    if (uv_queue_work(h->owner->loop, &j->work, run_job, finish_job) != 0) {
        free(j);
        return KINMU_E_BUSY;
    }
    h->job_count++;
    return KINMU_OK;
}

static const kinmu_work work_table = {sizeof(kinmu_work), 0, work_submit};

/* ---- kv/1, secret/1, records/1: [job], straight to the backend ---- */

static int32_t kv_do(const kinmu_host *host, uint32_t what, const char *key, void *data,
                     uint32_t *size) {
    hosted *h = of(host);
    if (hosting_on_turn(h)) {
        return KINMU_E_STATE; /* it may block */
    }
    if (key == NULL || key[0] == '\0' || strlen(key) > KINMU_KV_KEY_BYTES_MAX ||
        (what == HOSTING_KV_PUT && *size > KINMU_KV_VALUE_BYTES_MAX)) {
        return KINMU_E_REJECT;
    }
    return backend(h)->kv(backend(h)->context, h, what, key, data, size);
}

static int32_t kv_get(const kinmu_host *host, const char *key, void *data, uint32_t *size) {
    return kv_do(host, HOSTING_KV_GET, key, data, size);
}

static int32_t kv_put(const kinmu_host *host, const char *key, const void *data, uint32_t size) {
    return kv_do(host, HOSTING_KV_PUT, key, (void *)(uintptr_t)data, &size);
}

static int32_t kv_remove(const kinmu_host *host, const char *key) {
    uint32_t none = 0;
    return kv_do(host, HOSTING_KV_REMOVE, key, NULL, &none);
}

static const kinmu_kv kv_table = {sizeof(kinmu_kv), 0, kv_get, kv_put, kv_remove};

static int32_t secret_get(const kinmu_host *host, const char *handle, char *data, uint32_t *size) {
    hosted *h = of(host);
    if (hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    if (handle == NULL) {
        return KINMU_E_NOTFOUND;
    }
    return backend(h)->secret(backend(h)->context, h, handle, data, size);
}

static const kinmu_secret secret_table = {sizeof(kinmu_secret), 0, secret_get};

static int32_t records_query(const kinmu_host *host, const kinmu_query *query, kinmu_row_fn row,
                             void *user) {
    hosted *h = of(host);
    kinmu_query known = {0};
    if (hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    if (query == NULL || row == NULL || query->limit == 0 ||
        query->limit > KINMU_RECORDS_PAGE_MAX) {
        return KINMU_E_REJECT;
    }
    memcpy(&known, query, query->struct_size < sizeof known ? query->struct_size : sizeof known);
    return backend(h)->query(backend(h)->context, h, &known, row, user);
}

static const kinmu_records records_table = {sizeof(kinmu_records), 0, records_query};

/* ---- calls/1 ---- */

int32_t hosted_send(hosted *h, const kinmu_behalf *whose, const char *instance, const char *command,
                    const kinmu_value *values, uint32_t count, kinmu_answer_fn answer, void *user) {
    if (!hosting_on_turn(h) || answer == NULL) {
        return KINMU_E_STATE;
    }
    if (instance == NULL || command == NULL || count > KINMU_FIELDS_MAX ||
        strlen(instance) > 2 * KINMU_NAME_BYTES_MAX || strlen(command) > KINMU_NAME_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    wait *w = add_wait(h, &h->calls, ++h->next_id, user);
    if (w == NULL) {
        return KINMU_E_BUSY;
    }
    w->answer = answer;
    int32_t status =
        backend(h)->send(backend(h)->context, h, w->token, whose, instance, command, values, count);
    if (status != KINMU_OK) {
        drop_wait(h, &h->calls, w);
    }
    return status;
}

static int32_t calls_send(const kinmu_host *host, const char *instance, const char *command,
                          const kinmu_value *values, uint32_t count, kinmu_answer_fn answer,
                          void *user) {
    return hosted_send(of(host), NULL, instance, command, values, count, answer, user);
}

static int32_t calls_answer(const kinmu_host *host, uint64_t id, int32_t status,
                            const kinmu_value *values, uint32_t count, const char *text) {
    hosted *h = of(host);
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    if (count > KINMU_FIELDS_MAX) {
        return KINMU_E_REJECT;
    }
    return backend(h)->answer(backend(h)->context, h, id, status, values, count,
                              text != NULL ? text : "");
}

static const kinmu_calls calls_table = {sizeof(kinmu_calls), 0, calls_send, calls_answer};

/* ---- metrics/1 ---- */

static void metrics_add(const kinmu_host *host, uint32_t metric, uint64_t amount) {
    hosted *h = of(host);
    if (metric < h->plugin->metrics.count) {
        backend(h)->metric(backend(h)->context, h, metric, 0, (int64_t)amount);
    }
}

static void metrics_set(const kinmu_host *host, uint32_t metric, int64_t value) {
    hosted *h = of(host);
    if (metric < h->plugin->metrics.count) {
        backend(h)->metric(backend(h)->context, h, metric, 1, value);
    }
}

static const kinmu_metrics metrics_table = {sizeof(kinmu_metrics), 0, metrics_add, metrics_set};

/* ---- schemas/1 ---- */

static const kinmu_schema *schemas_find(const kinmu_host *host, uint32_t schema) {
    hosted *h = of(host);
    return schema < KINMU_SCHEMA_ANY ? NULL : backend(h)->schema(backend(h)->context, h, schema);
}

static const kinmu_schemas schemas_table = {sizeof(kinmu_schemas), 0, schemas_find};

/* ---- sessions/1 ---- */

static int32_t word_fits(const char *word, size_t max) {
    return word != NULL && strlen(word) <= max && text_is_utf8(word, strlen(word));
}

static int32_t session_fits(const kinmu_login_session *session) {
    int32_t fits = session->environment_count <= KINMU_SESSION_ENVIRONMENT_MAX &&
                   (session->environment != NULL || session->environment_count == 0) &&
                   word_fits(session->id, KINMU_SESSION_NAME_BYTES_MAX) &&
                   word_fits(session->account, KINMU_SESSION_NAME_BYTES_MAX);
    for (uint32_t i = 0; fits && i < session->environment_count; i++) {
        fits = word_fits(session->environment[i], KINMU_SESSION_WORD_BYTES_MAX);
    }
    return fits;
}

static int32_t sessions_present_(const kinmu_host *host, const kinmu_login_session *sessions,
                                 uint32_t count) {
    hosted *h = of(host);
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    if (count > KINMU_SESSIONS_MAX || (count > 0 && sessions == NULL)) {
        return KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!session_fits(&sessions[i])) {
            return KINMU_E_REJECT;
        }
    }
    return backend(h)->sessions(backend(h)->context, h, sessions, count);
}

static const kinmu_sessions sessions_table = {sizeof(kinmu_sessions), 0, sessions_present_};

const void *hosting_iface(const kinmu_host *host, const char *name) {
    static const struct {
        const char *name;
        const void *table;
    } tables[] = {
        {KINMU_BUS_1, &bus_table},
        {KINMU_TIMER_1, &timer_table},
        {KINMU_POLL_1, &poll_table},
        {KINMU_WORK_1, &work_table},
        {KINMU_KV_1, &kv_table},
        {KINMU_SECRET_1, &secret_table},
        {KINMU_RECORDS_1, &records_table},
        {KINMU_CALLS_1, &calls_table},
        {KINMU_METRICS_1, &metrics_table},
        {KINMU_SCHEMAS_1, &schemas_table},
        {KINMU_SESSIONS_1, &sessions_table},
        {KINMU_ROUTES_1, &hosting_routes},
        {KINMU_HTTP_1, &hosting_http_table},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (strcmp(tables[i].name, name) == 0) {
            return tables[i].table;
        }
    }
    hosted *h = of(host);
    return backend(h)->special != NULL ? backend(h)->special(backend(h)->context, h, name) : NULL;
}
