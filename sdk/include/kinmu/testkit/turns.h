/* kinmu/testkit/turns.h - what a plugin does in its turns: log, health, metrics, bus/1, timer/1
 * with the simulated clock, poll/1 over real descriptors. Part of kinmu/testkit.h. */
#ifndef KINMU_TESTKIT_TURNS_H
#define KINMU_TESTKIT_TURNS_H

#include <kinmu/testkit/kit.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline void tk_log(const kinmu_host *host, int32_t level, const char *text) {
    static const char *const names[] = {"?", "error", "warn", "info", "debug"};
    testkit *kit = tk_kit(host);
    char line[1024];
    tk_say(line, sizeof line, "%s: %s", names[level >= 1 && level <= 4 ? level : 0], text);
    tk_lock(kit);
    if (kit->line_count < TESTKIT_LINES_MAX) {
        kit->lines[kit->line_count++] = tk_text(kit, line, strlen(line));
    }
    tk_unlock(kit);
}

/* 1 when some log line contains the text. */
static inline int32_t testkit_logged(const testkit *kit, const char *text) {
    for (uint32_t i = 0; i < kit->line_count; i++) {
        if (strstr(kit->lines[i], text) != NULL) {
            return 1;
        }
    }
    return 0;
}

static inline void tk_health(const kinmu_host *host, int32_t state, const char *text) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    kit->health = state;
    tk_say(kit->health_text, sizeof kit->health_text, "%s", text == NULL ? "" : text);
    tk_unlock(kit);
}

static inline void tk_metrics_add(const kinmu_host *host, uint32_t metric, uint64_t amount) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    if (metric < TESTKIT_METRICS_MAX && metric < kit->plugin.metrics.count) {
        kit->metrics[metric] += (int64_t)amount;
    }
    tk_unlock(kit);
}

static inline void tk_metrics_set(const kinmu_host *host, uint32_t metric, int64_t value) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    if (metric < TESTKIT_METRICS_MAX && metric < kit->plugin.metrics.count) {
        kit->metrics[metric] = value;
    }
    tk_unlock(kit);
}

/* schemas/1: what testkit_know was told. */
static inline const kinmu_schema *tk_schemas_find(const kinmu_host *host, uint32_t schema) {
    return schema < KINMU_SCHEMA_ANY ? NULL : tk_schema_at(tk_kit(host), schema);
}

static inline int32_t tk_present(const kinmu_host *host, const kinmu_login_session *sessions,
                                 uint32_t count) {
    testkit *kit = tk_kit(host);
    char text[TESTKIT_TEXT_SIZE] = "";
    size_t used = 0;
    int32_t status = tk_need_turn(kit, "sessions/1 present outside a turn");
    if (status != KINMU_OK || count > KINMU_SESSIONS_MAX) {
        return status != KINMU_OK ? status : KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (sessions[i].environment_count > KINMU_SESSION_ENVIRONMENT_MAX) {
            return KINMU_E_REJECT;
        }
        for (uint32_t word = 0; word < sessions[i].environment_count + 2; word++) {
            const char *next = word == 0   ? sessions[i].id
                               : word == 1 ? sessions[i].account
                                           : sessions[i].environment[word - 2];
            tk_say(text + used, sizeof text - used, "%s%s", word == 0 ? "" : " ", next);
            used += strlen(text + used);
        }
        tk_say(text + used, sizeof text - used, "\n");
        used += strlen(text + used);
    }
    tk_lock(kit);
    kit->presented = tk_text(kit, text, used);
    kit->present_count++;
    tk_unlock(kit);
    return KINMU_OK;
}

/* Value of a counter or gauge by its name, -1 when the plugin declares none. */
static inline int64_t testkit_metric(const testkit *kit, const char *name) {
    for (uint32_t i = 0; i < kit->plugin.metrics.count && i < TESTKIT_METRICS_MAX; i++) {
        kinmu_metric metric;
        testkit_table_row(&kit->plugin.metrics, i, &metric, sizeof metric);
        if (strcmp(metric.name, name) == 0) {
            return kit->metrics[i];
        }
    }
    return -1;
}

static inline int32_t tk_later(testkit *kit, const testkit_later *what) {
    if (kit->later_count >= TESTKIT_LATER_MAX) {
        return KINMU_E_BUSY;
    }
    testkit_later **last = &kit->later;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = (testkit_later *)tk_memory(sizeof **last);
    **last = *what;
    (*last)->next = NULL;
    kit->later_count++;
    return KINMU_OK;
}

static inline void tk_run_later(testkit *kit, testkit_later *item) {
    if (item->job_done != NULL) {
        kit->in_job = 1;
        item->job(item->user);
        kit->in_job = 0;
        item->job_done(item->user, KINMU_OK);
    } else if (item->run != NULL) {
        item->run(kit, item);
    } else if (item->answer != NULL) {
        item->answer(item->user, item->status, item->values, item->value_count, item->text);
    } else {
        item->done(item->user, item->status, item->number);
    }
}

/* One round of turns: events become durable, waiting callbacks run. Returns how many ran. */
static inline uint32_t testkit_turn(testkit *kit) {
    uint32_t ran = 0;
    uint32_t left = kit->later_count; /* what is added meanwhile waits for the next round */
    tk_lock(kit);
    if (!kit->hold_durable) {
        kit->durable = kit->ticket;
    }
    tk_unlock(kit);
    testkit_later **at = &kit->later;
    for (; left > 0; left--) {
        testkit_later *item = *at;
        if (item->ticket > kit->durable) {
            at = &item->next;
            continue;
        }
        *at = item->next;
        kit->later_count--;
        tk_run_later(kit, item);
        free(item);
        ran++;
    }
    return ran;
}

/* Turns until nothing waits (or everything waits for hold_durable). */
static inline void testkit_settle(testkit *kit) {
    for (uint32_t i = 0; i < TESTKIT_TURNS_MAX && testkit_turn(kit) > 0; i++) {
    }
}

static inline int32_t tk_take_events(testkit *kit, const kinmu_event *events, uint32_t count,
                                     uint32_t kind, int32_t is_derived) {
    kit->refusal[0] = '\0';
    if (count > KINMU_EVENTS_MAX) {
        tk_say(kit->refusal, sizeof kit->refusal, "%u events in one call", (unsigned)count);
        return KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < count; i++) {
        int32_t status = tk_check_event(kit, &events[i], KINMU_EMITS, kind);
        if (status == KINMU_OK && !is_derived && (events[i].flags & KINMU_EVENT_REMOVED) != 0) {
            tk_say(kit->refusal, sizeof kit->refusal, "only a derived row is removed");
            status = KINMU_E_REJECT;
        }
        if (status != KINMU_OK) {
            return status;
        }
    }
    if (kit->busy > 0 || kit->event_count + count > TESTKIT_EVENTS_MAX) {
        kit->busy -= kit->busy > 0 && kit->busy != UINT32_MAX;
        return KINMU_E_BUSY;
    }
    for (uint32_t i = 0; i < count; i++) {
        tk_grow((void ***)(void *)&kit->events, kit->event_count, &kit->event_room);
        kinmu_event *copy = tk_copy_event(kit, &events[i]);
        copy->sequence = ++kit->ticket;
        copy->block = is_derived ? 0 : kit->ticket;
        kit->events[kit->event_count++] = copy;
    }
    return KINMU_OK;
}

static inline int32_t tk_publish(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                                 uint64_t *ticket) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    int32_t status = tk_take_events(kit, events, count, KINMU_KIND_LOG, 0);
    if (status == KINMU_OK && ticket != NULL) {
        *ticket = kit->ticket;
    }
    tk_unlock(kit);
    return status;
}

static inline uint64_t tk_durable(const kinmu_host *host) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    uint64_t ticket = kit->durable;
    tk_unlock(kit);
    return ticket;
}

static inline int32_t tk_when_durable(const kinmu_host *host, uint64_t ticket, kinmu_done done,
                                      void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    memset(&item, 0, sizeof item);
    item.done = done;
    item.user = user;
    item.ticket = ticket;
    item.number = ticket;
    int32_t status = tk_need_turn(kit, "bus/1 when_durable outside a turn");
    return status == KINMU_OK ? tk_later(kit, &item) : status;
}

static inline uint64_t tk_head(const kinmu_host *host) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    uint64_t head = kit->head;
    tk_unlock(kit);
    return head;
}

/* The kind events of a decision must have: any, if one of them is a record. */
static inline uint32_t tk_decides(const testkit *kit, const kinmu_event *events, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const kinmu_schema *schema = tk_schema_at(kit, events[i].schema);
        if (schema != NULL && schema->kind == KINMU_KIND_RECORD) {
            return 0;
        }
    }
    return KINMU_KIND_RECORD;
}

static inline int32_t tk_append_if(const kinmu_host *host, uint64_t number,
                                   const kinmu_event *events, uint32_t count, kinmu_done done,
                                   void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    memset(&item, 0, sizeof item);
    item.done = done;
    item.user = user;
    int32_t status = tk_need_turn(kit, "bus/1 append_if outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    tk_lock(kit);
    if (number != kit->head) {
        item.status = KINMU_E_CONFLICT;
    } else {
        status = tk_take_events(kit, events, count, tk_decides(kit, events, count), 0);
        if (status == KINMU_OK) {
            kit->head++;
            item.ticket = kit->ticket;
        }
    }
    item.number = kit->head;
    tk_unlock(kit);
    return status == KINMU_OK ? tk_later(kit, &item) : status;
}

static inline int32_t tk_derive(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                                kinmu_done done, void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    memset(&item, 0, sizeof item);
    item.done = done;
    item.user = user;
    int32_t status = tk_need_turn(kit, "bus/1 derive outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    tk_lock(kit);
    status = tk_take_events(kit, events, count, KINMU_KIND_RECORD, 1);
    tk_unlock(kit);
    return status == KINMU_OK ? tk_later(kit, &item) : status;
}

static inline void tk_now(const kinmu_host *host, kinmu_clock *clock) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    *clock = kit->clock;
    tk_unlock(kit);
}

static inline int32_t tk_timer_start(const kinmu_host *host, uint64_t delay_ms, uint64_t repeat_ms,
                                     kinmu_timer_fn fn, void *user, uint64_t *id) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_turn(kit, "timer/1 start outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    for (uint32_t i = 0; i < KINMU_TIMERS_MAX; i++) {
        testkit_timer *timer = &kit->timers[i];
        if (timer->id == 0) {
            timer->id = ++kit->next_id;
            timer->due_ns = kit->timer_ns + (delay_ms == 0 ? 1 : delay_ms) * 1000000u;
            timer->repeat_ns = repeat_ms * 1000000u;
            timer->fn = fn;
            timer->user = user;
            *id = timer->id;
            kit->timer_count++;
            return KINMU_OK;
        }
    }
    return KINMU_E_BUSY;
}

static inline void tk_timer_cancel(const kinmu_host *host, uint64_t id) {
    testkit *kit = tk_kit(host);
    for (uint32_t i = 0; id != 0 && i < KINMU_TIMERS_MAX; i++) {
        if (kit->timers[i].id == id) {
            kit->timers[i].id = 0;
            kit->timer_count--;
        }
    }
}

/* Steps the clocks without running timers: a clock set by hand (mono 0) or a sleep (both). */
static inline void testkit_step(testkit *kit, int64_t unix_step_ns, int64_t mono_step_ns) {
    tk_lock(kit);
    kit->clock.unix_ns += unix_step_ns;
    kit->clock.mono_ns += (uint64_t)mono_step_ns;
    tk_unlock(kit);
}

static inline testkit_timer *tk_next_timer(testkit *kit, uint64_t until_ns) {
    testkit_timer *next = NULL;
    for (uint32_t i = 0; i < KINMU_TIMERS_MAX; i++) {
        testkit_timer *timer = &kit->timers[i];
        if (timer->id != 0 && timer->due_ns <= until_ns &&
            (next == NULL || timer->due_ns < next->due_ns ||
             (timer->due_ns == next->due_ns && timer->id < next->id))) {
            next = timer;
        }
    }
    return next;
}

static inline void tk_move_to(testkit *kit, uint64_t timer_ns) {
    uint64_t step_ns = timer_ns > kit->timer_ns ? timer_ns - kit->timer_ns : 0;
    kit->timer_ns += step_ns;
    testkit_step(kit, (int64_t)step_ns, (int64_t)step_ns);
}

/* Lets `ms` pass: timers run in the order they are due, with the clocks at that moment. 0 ms counts
 * as 1 ms, so that a timer which restarts itself cannot hold the clock still. */
static inline void testkit_advance(testkit *kit, uint64_t ms) {
    uint64_t until_ns = kit->timer_ns + ms * 1000000u;
    testkit_timer *timer = NULL;
    testkit_settle(kit);
    while ((timer = tk_next_timer(kit, until_ns)) != NULL) {
        kinmu_timer_fn fn = timer->fn;
        void *user = timer->user;
        tk_move_to(kit, timer->due_ns);
        if (timer->repeat_ns > 0) {
            timer->due_ns += timer->repeat_ns;
        } else {
            tk_timer_cancel(&kit->host, timer->id);
        }
        fn(user);
        testkit_settle(kit);
    }
    tk_move_to(kit, until_ns);
    testkit_settle(kit);
}

static inline int32_t tk_poll_add(const kinmu_host *host, intptr_t handle, uint32_t wanted,
                                  kinmu_poll_fn fn, void *user, uint64_t *id) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_turn(kit, "poll/1 add outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    for (uint32_t i = 0; i < KINMU_POLLS_MAX; i++) {
        testkit_poll *item = &kit->polls[i];
        if (item->id == 0) {
            item->id = ++kit->next_id;
            item->handle = handle;
            item->wanted = wanted;
            item->fn = fn;
            item->user = user;
            *id = item->id;
            kit->poll_count++;
            return KINMU_OK;
        }
    }
    return KINMU_E_BUSY;
}

static inline testkit_poll *tk_poll_find(testkit *kit, uint64_t id) {
    for (uint32_t i = 0; id != 0 && i < KINMU_POLLS_MAX; i++) {
        if (kit->polls[i].id == id) {
            return &kit->polls[i];
        }
    }
    return NULL;
}

static inline int32_t tk_poll_modify(const kinmu_host *host, uint64_t id, uint32_t wanted) {
    testkit_poll *item = tk_poll_find(tk_kit(host), id);
    if (item == NULL) {
        return KINMU_E_NOTFOUND;
    }
    item->wanted = wanted;
    return KINMU_OK;
}

static inline void tk_poll_remove(const kinmu_host *host, uint64_t id) {
    testkit *kit = tk_kit(host);
    testkit_poll *item = tk_poll_find(kit, id);
    if (item != NULL) {
        item->id = 0;
        kit->poll_count--;
    }
}

static inline int64_t tk_real_ns(void) {
#ifdef _WIN32
    return (int64_t)GetTickCount64() * 1000000;
#else
    struct timespec now;
    (void)timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#endif
}

/* Waits at most wait_ms for real descriptors and runs the callbacks of those ready. */
static inline void tk_poll_once(testkit *kit, int wait_ms) {
    testkit_pollfd set[KINMU_POLLS_MAX];
    uint64_t ids[KINMU_POLLS_MAX];
    uint32_t count = 0;
    memset(set, 0, sizeof set);
    for (uint32_t i = 0; i < KINMU_POLLS_MAX; i++) {
        const testkit_poll *item = &kit->polls[i];
        if (item->id != 0 && item->wanted != 0) {
            short events = (short)((item->wanted & KINMU_POLL_READ ? POLLIN : 0) |
                                   (item->wanted & KINMU_POLL_WRITE ? POLLOUT : 0));
            ids[count] = item->id;
            set[count].events = events;
#ifdef _WIN32
            set[count++].fd = (SOCKET)item->handle;
#else
            set[count++].fd = (int)item->handle;
#endif
        }
    }
#ifdef _WIN32
    if (count == 0) {
        Sleep((DWORD)wait_ms);
    } else if (WSAPoll(set, count, wait_ms) <= 0) {
        return;
    }
#else
    if (poll(set, (nfds_t)count, wait_ms) <= 0) {
        return;
    }
#endif
    for (uint32_t i = 0; i < count; i++) {
        testkit_poll *item =
            tk_poll_find(kit, ids[i]); /* an earlier callback may have removed it */
        uint32_t ready = (set[i].revents & POLLIN ? KINMU_POLL_READ : 0u) |
                         (set[i].revents & POLLOUT ? KINMU_POLL_WRITE : 0u) |
                         (set[i].revents & (POLLERR | POLLHUP | POLLNVAL) ? KINMU_POLL_ERROR : 0u);
        if (item != NULL && ready != 0) {
            item->fn(item->user, ready);
        }
    }
}

/* Runs turns and real descriptors until the predicate holds (1) or real timeout_ms passed (0). A
 * NULL predicate waits the whole time. Simulated time stands still unless kit->clock_follows. */
static inline int32_t testkit_run_until(testkit *kit,
                                        int32_t (*predicate)(testkit *kit, void *user), void *user,
                                        uint32_t timeout_ms) {
    int64_t started_ns = tk_real_ns();
    uint64_t passed_ms = 0;
    for (;;) {
        testkit_settle(kit);
        if (predicate != NULL && predicate(kit, user)) {
            return 1;
        }
        uint64_t now_ms = (uint64_t)((tk_real_ns() - started_ns) / 1000000);
        if (now_ms >= timeout_ms) {
            return predicate == NULL;
        }
        if (kit->clock_follows && now_ms > passed_ms) {
            testkit_advance(kit, now_ms - passed_ms);
        }
        passed_ms = now_ms;
        tk_poll_once(kit, 5); /* short: threads of the plugin may publish without a descriptor */
    }
}

#ifdef __cplusplus
}
#endif
#endif
