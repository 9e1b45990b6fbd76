/* host/node.c - see node.h: start in order, run the loop, stop in reverse. Whatever fails at start
 * is said once and leaves nothing behind. */
#include "host/checkpoints.h"
#include "host/fleet.h"
#include "host/hub_policy.h"
#include "host/notices.h"
#include "host/outgoing.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/routes.h"
#include "host/places.h"
#include "host/scan.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_STOP_MS_MAX 8000u
#define CLOCK_BEHIND_S_MAX 300 /* a clock this wrong is told */

void node_wake(node *n) {
    uv_async_send(&n->wake);
}

/* ---- the journal's and the store's threads report ---- */

/* 1 when it was lower. Two threads tell how far the journal is. */
static int32_t raise_to(_Atomic uint64_t *place, uint64_t value) {
    uint64_t known = atomic_load(place);
    while (known < value) {
        if (atomic_compare_exchange_weak(place, &known, value)) {
            return 1;
        }
    }
    return 0;
}

static void on_commit(void *user, uint64_t durable, uint64_t position, int32_t status) {
    node *n = user;
    if (status != KINMU_OK) {
        atomic_store(&n->journal_status, status);
    } else {
        atomic_store(&n->durable, durable);
        (void)raise_to(&n->committed, position);
        store *tables = atomic_load(&n->awake_tables);
        if (tables != NULL) {
            store_wake(tables);
        }
    }
    uv_async_send(&n->wake);
}

static void on_applied(void *user, uint64_t position, uint64_t decision, int32_t status) {
    node *n = user;
    (void)decision;
    if (status == KINMU_OK) {
        atomic_store(&n->applied, position);
        int32_t is_of_others = raise_to(&n->committed, position); /* of other nodes, on a server */
        if (is_of_others || atomic_load(&n->wakes_applied)) {
            node_wake(n);
        }
    } else {
        log_error("store", "cannot apply block after %llu: %s; see kinmu status",
                  (unsigned long long)position, error_name(status));
    }
}

static void fail_closed(node *n) {
    log_error(
        "journal",
        "stopped after a failed write: nothing is acknowledged any more; restarting is needed");
    for (instance *i = n->instances; i != NULL; i = i->next) {
        if (i->local != NULL) {
            hosted_failed(i->local);
        }
    }
    node_stop(n);
}

/* ---- closing ---- */

static int32_t all_stopped(const node *n) {
    for (const instance *i = n->instances; i != NULL; i = i->next) {
        if (i->state != INSTANCE_STOPPED) {
            return 0;
        }
    }
    return 1;
}

static void close_handle(uv_handle_t *handle) {
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void close_all(node *n) {
    door_close(n);
    notice_door_close(n);
    routes_close(n);
    for (size_t i = 0; i < sizeof n->signals / sizeof n->signals[0]; i++) {
        close_handle((uv_handle_t *)&n->signals[i]);
    }
    close_handle((uv_handle_t *)&n->conf_watch);
    close_handle((uv_handle_t *)&n->reload_timer);
    close_handle((uv_handle_t *)&n->chores);
    close_handle((uv_handle_t *)&n->end_timer);
    close_handle((uv_handle_t *)&n->delivery_timer);
    instance *i = n->instances;
    while (i != NULL) {
        instance *next = i->next;
        instance_destroy(i);
        i = next;
    }
    checkpoints_stop(n);
    outgoing_close(n);
    hosting_destroy(n->local);
    n->local = NULL;
    n->has_handles = 0;
    uv_unref((uv_handle_t *)&n->wake); /* the journal's thread may still send it: closed last */
}

/* Asked for from deep inside, done in a turn of its own: nothing is freed under a caller. */
void node_settle(node *n) {
    n->settle_wanted = 1;
    node_wake(n);
}

/* Returns 1 when the node has closed everything. */
static int32_t settle(node *n) {
    n->settle_wanted = 0;
    if (!n->is_stopping) {
        node_start_missing(n);
    } else if (all_stopped(n) && n->has_handles && !maintenance_is_running(n) &&
               !deriving_is_running(n) && !exporting_is_running(n) && !checkpoints_is_running(n) &&
               !routes_is_running(n)) {
        close_all(n);
        return 1;
    }
    return 0;
}

/* ---- waking ---- */

static void on_wake(uv_async_t *async) {
    node *n = async->data;
    if (n->settle_wanted && settle(n)) {
        return;
    }
    uint64_t durable = atomic_load(&n->durable);
    if (atomic_load(&n->journal_status) != KINMU_OK && !n->is_stopping) {
        fail_closed(n);
        return;
    }
    for (runner_link *l = n->links; l != NULL; l = l->next) {
        link_resume(l);
    }
    for (instance *i = n->instances; i != NULL; i = i->next) {
        instance_settle(i, durable);
    }
    fleet_turn(n);
    for (instance *i = n->instances; i != NULL; i = i->next) {
        delivery_pump(i);
    }
    hub_policy_turn(n);
    notices_turn(n);
    notice_door_turn(n);
}

/* Slow chores: what must go, cursors, time-outs of calls, stalled runners, memory of a burst. */
static void on_chores(uv_timer_t *timer) {
    node *n = timer->data;
    maintenance_tick(n);
    fleet_renew_server(n);
    checkpoints_tick(n);
    calls_expire(n, NULL);
    hub_policy_tick(n);
    for (instance *i = n->instances; i != NULL; i = i->next) {
        delivery_save(i);
    }
    on_wake(&n->wake);
    platform_trim_memory();
    platform_tell_supervisor(PLATFORM_WORKING);
}

/* ---- stopping ---- */

static void on_stop_late(uv_timer_t *timer) {
    node *n = timer->data;
    instance *next = NULL;
    if (maintenance_is_running(n)) {
        log_info("node", "waiting for the journal and the store to finish erasing");
    }
    if (all_stopped(n)) {
        return;
    }
    log_warn("node", "some plugins did not stop in time");
    for (instance *i = n->instances; i != NULL; i = next) {
        next = i->next;
        if (i->runner != NULL && i->runner->is_running) {
            uv_process_kill(&i->runner->process, SIGKILL);
        }
    }
}

void node_stop_instances(node *n) {
    instance *next = NULL;
    for (instance *i = n->instances; i != NULL; i = next) {
        next = i->next;
        instance_stop(i, 0);
    }
    node_settle(n);
}

void node_stop(node *n) {
    if (n->is_stopping) {
        return;
    }
    n->is_stopping = 1;
    log_info("node", "stopping");
    platform_tell_supervisor(PLATFORM_STOPPING);
    uv_timer_start(&n->end_timer, on_stop_late, NODE_STOP_MS_MAX, 0);
    if (routes_is_running(n)) {
        routes_stop(n); /* answers under way go out first; comes back to node_stop_instances */
    } else {
        node_stop_instances(n);
    }
}

static void on_signal(uv_signal_t *handle, int number) {
    node *n = handle->data;
    if (number == SIGHUP) {
        node_reload(n);
    } else {
        node_stop(n);
    }
}

static void on_end(uv_timer_t *timer) {
    node_stop(timer->data);
}

/* ---- starting ---- */

static int32_t find_plugins(node *n, kinmu_err *err) {
    int32_t status = scan_plugins(n->program, n->settings.plugins, &n->plugins, err);
    for (uint32_t i = 0; status == KINMU_OK && i < n->plugins->problem_count; i++) {
        log_warn("plugins", "%s", n->plugins->problems[i].text);
    }
    return status;
}

/* Between two runs nobody sees the clock being set: what was written last tells. */
static void tell_clock(int64_t newest_unix_ns) {
    int64_t unix_ns = clock_unix_ns();
    int64_t behind_s = (newest_unix_ns - unix_ns) / CLOCK_NS_PER_S;
    char newest[40];
    if (behind_s > CLOCK_BEHIND_S_MAX) {
        text_time(newest, sizeof newest, newest_unix_ns, clock_utc_offset_s(unix_ns));
        log_warn("clock",
                 "this computer's clock is %lld s behind the newest block of the journal (%s): it "
                 "was set back, or stood ahead before; set it right (NTP)",
                 (long long)behind_s, newest);
    }
}

static int32_t open_journal(node *n, kinmu_err *err) {
    journal_quota *quotas = calloc(n->conf->purpose_count + 1, sizeof *quotas);
    if (quotas == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < n->conf->purpose_count; i++) {
        quotas[i].purpose = n->conf->purposes[i].name;
        quotas[i].bytes_max = (uint64_t)n->conf->purposes[i].quota_bytes;
        quotas[i].may_fold = strcmp(quotas[i].purpose, "working-time") != 0 &&
                             strcmp(quotas[i].purpose, "audit") != 0;
    }
    journal_settings settings = {.directory = n->data,
                                 .flush_interval_ms = (uint32_t)n->conf->flush_interval_ms,
                                 .folds_when_asked = n->conf->store_enabled,
                                 .quotas = quotas,
                                 .quota_count = n->conf->purpose_count,
                                 .node =
                                     n->conf->node_name != NULL ? n->conf->node_name : n->computer};
    int32_t status = places_use(n->conf, n->data, err);
    status = status != KINMU_OK ? status : journal_open(&settings, n->schemas, &n->j, err);
    free(quotas);
    if (status == KINMU_OK) {
        journal_figures figures;
        journal_on_commit(n->j, on_commit, n);
        journal_stat(n->j, &figures);
        atomic_store(&n->committed, figures.position);
        tell_clock(figures.last_commit_unix_ns);
        status = journal_reader_open(n->data, &n->reader, err);
    }
    return status;
}

/* Plugins judge by what the tables say: none starts on tables that a rebuild which was ended, or a
 * file that was lost, left behind. When it cannot be, recording goes on all the same. */
static void catch_up(node *n) {
    uint64_t position = store_position(n->tables);
    uint64_t committed = atomic_load(&n->committed);
    kinmu_err why = {{0}, {0}};
    if (!n->conf->store_applies || position >= committed) {
        return;
    }
    log_info("store", "at block %llu of %llu; the others are applied first",
             (unsigned long long)position, (unsigned long long)committed);
    if (store_catch_up(n->tables, n->reader, &position, &why) != KINMU_OK) {
        log_warn("store", "%s; plugins start on older tables", why.msg);
    }
}

static int32_t open_store(node *n, kinmu_err *err) {
    if (!n->conf->store_enabled) {
        return KINMU_OK;
    }
    kinmu_err why = {{0}, {0}};
    int32_t status = store_open(n->data, n->schemas, &n->tables, &why);
    if (status == KINMU_E_REJECT) { /* the store holds no truth: made again from the journal */
        uint64_t blocks = 0;
        log_warn("store", "%s; building it again from the journal", why.msg);
        status = store_rebuild(n->data, n->schemas, &blocks, &why);
        status = status == KINMU_OK ? store_open(n->data, n->schemas, &n->tables, &why) : status;
    }
    if (status != KINMU_OK) {
        return error_set(err, status, why.key, "%s", why.msg);
    }
    catch_up(n);
    atomic_store(&n->applied, store_position(n->tables));
    if (!n->conf->store_applies) {
        store_leave_to_others(n->tables);
    }
    status = store_run(n->tables, n->data, on_applied, n, err);
    if (status == KINMU_OK) {
        atomic_store(&n->awake_tables, n->tables);
        store_wake(n->tables);
    }
    return status;
}

static void open_handles(node *n) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    uv_async_init(&n->loop, &n->wake, on_wake);
    n->wake.data = n;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uv_signal_init(&n->loop, &n->signals[i]);
        n->signals[i].data = n;
        uv_signal_start(&n->signals[i], on_signal, numbers[i]);
    }
    uv_fs_event_init(&n->loop, &n->conf_watch);
    uv_timer_init(&n->loop, &n->reload_timer);
    uv_timer_init(&n->loop, &n->chores);
    uv_timer_init(&n->loop, &n->end_timer);
    uv_timer_init(&n->loop, &n->delivery_timer);
    n->delivery_timer.data = n;
    n->conf_watch.data = n;
    n->reload_timer.data = n;
    n->chores.data = n;
    n->end_timer.data = n;
    uv_fs_event_start(&n->conf_watch, node_on_conf_changed, n->settings.conf, 0);
    uv_timer_start(&n->chores, on_chores, NODE_CURSOR_SAVE_MS, NODE_CURSOR_SAVE_MS);
    if (n->settings.run_ms > 0) {
        uv_timer_start(&n->end_timer, on_end, n->settings.run_ms, 0);
    }
    n->has_handles = 1;
}

static int32_t open_services(node *n, kinmu_err *err) {
    hosting_backend backend = instance_backend(n);
    int32_t status = hosting_create(&n->loop, &backend, &n->local);
    if (status == KINMU_OK) {
        status = outgoing_open(n);
    }
    if (status == KINMU_OK) {
        status = maintenance_open(n);
    }
    if (status == KINMU_OK) {
        status = deriving_open(n);
    }
    if (status == KINMU_OK) {
        status = checkpoints_open(n);
    }
    if (status == KINMU_OK) {
        status = routes_open(n);
    }
    if (status == KINMU_OK) {
        status = fleet_open(n);
    }
    return status == KINMU_OK ? door_open(n, err) : status;
}

void node_data_folder(const char *configured_folder, char *data, size_t size) {
    const char *home = getenv("HOME");
    if (configured_folder == NULL && platform_may_change_account()) {
        configured_folder = KINMU_DATA_DIR; /* the machine's, not a person's */
    }
    if (configured_folder != NULL) {
        text_copy(data, size, configured_folder);
    } else {
        snprintf(data, size, "%s/.local/share/kinmu", home != NULL ? home : ".");
    }
}

/* Known before the configuration is: what the hub wants of this node lies in it. */
static void find_data(node *n) {
    config *places = NULL;
    config_problems problems = {0};
    const char *given = n->settings.data[0] != '\0' ? n->settings.data : NULL;
    if (given == NULL && config_load(n->settings.conf, NULL, &places, &problems) == KINMU_OK) {
        given = places->data;
    }
    node_data_folder(given, n->data, sizeof n->data);
    config_problems_free(&problems);
    config_free(places);
}

static int32_t prepare(node *n, kinmu_err *err) {
    platform_account(n->account, sizeof n->account);
    platform_computer_name(n->computer, sizeof n->computer);
    int32_t status = platform_program_path(n->program, sizeof n->program);
    if (status == KINMU_OK) {
        status = find_plugins(n, err);
    }
    if (status == KINMU_OK) {
        status = hub_policy_open(n);
    }
    if (status == KINMU_OK) {
        find_data(n);
        status = node_load_config(n, &n->conf, err);
    }
    if (status == KINMU_OK) {
        log_set_level(n->conf->log_level);
        status = log_open(n->conf->log_file, err);
    }
    if (status == KINMU_OK) {
        status = schema_registry_create(&n->schemas);
    }
    if (status == KINMU_OK) {
        status = sessions_open(n);
    }
    return status == KINMU_OK ? catalog_register(n->plugins, n->schemas, err) : status;
}

static int32_t open_all(node *n, kinmu_err *err) {
    int32_t status = prepare(n, err);
    if (status == KINMU_OK) {
        open_handles(n);
        status = open_journal(n, err);
    }
    if (status == KINMU_OK) {
        status = bus_create(n->j, n->conf, &n->in, err);
    }
    if (status == KINMU_OK) {
        notices_open(n);
        status = open_store(n, err);
    }
    if (status == KINMU_OK) {
        status = open_services(n, err);
    }
    return status;
}

static void close_rest(node *n) {
    int32_t had_handles = n->wake.data != NULL;
    if (n->has_handles) {
        close_all(n); /* the start failed before anything ran */
    }
    uv_run(&n->loop, UV_RUN_DEFAULT);
    maintenance_close(n);
    deriving_close(n);
    checkpoints_close(n);
    fleet_close(n);
    journal_reader_close(n->reader);
    bus_destroy(n->in);
    journal_close(n->j); /* its last commit still wakes the store */
    while (n->reader_count > 0) {
        store_reader_close(n->readers[--n->reader_count]);
    }
    store_close(n->tables);
    schema_registry_destroy(n->schemas);
    config_free(n->conf);
    catalog_free(n->plugins);
    sessions_free(n);
    hub_policy_close(n);
    if (had_handles) {
        close_handle((uv_handle_t *)&n->wake);
        uv_run(&n->loop, UV_RUN_DEFAULT);
    }
    uv_loop_close(&n->loop);
    uv_mutex_destroy(&n->readers_lock);
    uv_rwlock_destroy(&n->conf_lock);
    free(n);
}

int32_t node_run(const node_settings *settings, kinmu_err *err) {
    platform_keep_small();
    node *n = calloc(1, sizeof *n);
    if (n == NULL || uv_loop_init(&n->loop) != 0) {
        free(n);
        return error_set(err, KINMU_E_NOMEM, "node.memory", "out of memory");
    }
    n->thread = uv_thread_self();
    uv_rwlock_init(&n->conf_lock);
    uv_mutex_init(&n->readers_lock);
    n->settings = *settings;
    n->started_unix_ns = clock_unix_ns();
    int32_t status = open_all(n, err);
    if (status == KINMU_OK) {
        log_info("node", "recording; data in %s, configuration in %s", n->data, settings->conf);
        routes_apply(n);
        notice_door_apply(n);
        node_start_missing(n);
        maintenance_tick(n);
        checkpoints_tick(n);
        node_wake(n);
        platform_tell_supervisor(PLATFORM_READY);
        uv_run(&n->loop, UV_RUN_DEFAULT);
        status = atomic_load(&n->journal_status);
        if (status != KINMU_OK) {
            journal_figures figures;
            journal_stat(n->j, &figures);
            error_set(err, status, "journal.failed",
                      "journal: %s; check disk and file system, then start again", figures.failure);
        }
    }
    close_rest(n);
    return status;
}
