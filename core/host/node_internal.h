/* host/node_internal.h - the node's own structs, shared by its files: node.c (life), reload.c
 * (configuration), instance.c (one configured plugin), delivery.c (journal to instance),
 * link.c (runner processes), door.c (control socket), maintenance.c (erasing, keep times),
 * exporting.c (export jobs), status.c (what people see). */
#ifndef HOST_NODE_INTERNAL_H
#define HOST_NODE_INTERNAL_H

#include "bus/bus.h"
#include "config/config.h"
#include "host/catalog.h"
#include "host/frame.h"
#include "host/hosting.h"
#include "host/node.h"
#include "journal/journal.h"
#include "platform/platform.h"
#include "store/store.h"

#include <stdatomic.h>

#define NODE_SCHEMAS_PER_PLUGIN_MAX 128u
#define NODE_METRICS_MAX 64u
#define NODE_READERS_MAX 4u
#define NODE_TICKETS_MAX 1024u
#define NODE_RESTART_MS_MIN 250u
#define NODE_RESTART_MS_MAX 30000u
#define NODE_HUNG_MS 5000u
#define NODE_CURSOR_SAVE_MS 30000u
#define NODE_DELIVERY_RETRY_MS 1000u
#define NODE_DELIVERY_BUSY_MS 20u

typedef struct node node;
typedef struct instance instance;
typedef struct runner_link runner_link;
typedef struct errand errand; /* a request of an instance on its way out (outgoing.c) */

enum {
    INSTANCE_IDLE,
    INSTANCE_STARTING,
    INSTANCE_RUNNING,
    INSTANCE_FAILED,
    INSTANCE_STOPPING,
    INSTANCE_STOPPED
};

/* Tickets of an instance that wait for one ticket of the journal (publishing.c). */
typedef struct ticket_span {
    uint64_t first, last; /* the instance's own numbers */
    uint64_t core;        /* the journal's; 0 = nothing to wait for */
    int32_t is_staged;    /* known once its block commits */
} ticket_span;

/* A login session that session collectors serve. */
typedef struct login_session {
    char id[64]; /* "" = the session the daemon itself was started in */
    char account[64];
    uint32_t uid, gid;
    char home[256];
    char *environment[KINMU_SESSION_ENVIRONMENT_MAX];
    uint32_t environment_count;
    int32_t is_moved; /* its account or environment changed: what serves it starts anew */
} login_session;

struct instance {
    node *owner;
    instance *next;
    const catalog_plugin *entry;
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];       /* "input", "input@alice" */
    char configured[KINMU_NAME_BYTES_MAX * 2 + 2]; /* as in conf.d: "input" */
    char session[64];                              /* login_session.id it serves */
    char account[64];
    int32_t is_session;
    char *options_yaml;       /* for a runner, and to compare at reload */
    const char *const *reads; /* copies */
    uint32_t read_count;
    int32_t in_process;
    int32_t state;
    bus_publisher publisher;
    const schema_info *emitted[NODE_SCHEMAS_PER_PLUGIN_MAX];
    const schema_info
        *accepted[NODE_SCHEMAS_PER_PLUGIN_MAX]; /* by the plugin's index; NULL = not */
    uint32_t schema_count;
    int32_t accepts_any;
    int32_t accepts_some;
    int32_t after_store; /* gets a block once the store has applied it */

    uv_mutex_t lock; /* tickets, stage, health */
    uint64_t next_local;
    ticket_span tickets[NODE_TICKETS_MAX];
    uint32_t ticket_first, ticket_count;
    buffer stage; /* events published while handling a batch, as frame_event */
    uint32_t stage_count;
    int32_t is_staging;
    int32_t health;
    char health_text[KINMU_ERR_MSG_SIZE];
    _Atomic int64_t metrics[NODE_METRICS_MAX];

    uint64_t position; /* newest block handled */
    uint64_t saved_position;
    int32_t in_flight;       /* a block is with the plugin, or handled and not committed yet */
    int32_t commit_pending;  /* handled; its commit found the journal full and comes again */
    uint64_t life;           /* differs after every start: answers to an earlier one are dropped */
    uint64_t batch_position; /* block in flight */
    uint64_t retry_at_ms;
    uint64_t quarantined;
    uint64_t restarts;
    uint64_t log_since_ms, log_lines; /* of its process, in the while under way */
    uint32_t open_questions; /* jobs that work for its runner: it is not freed before they end */
    int32_t is_doomed;       /* freed once those jobs end */
    int32_t is_leaving;      /* no longer configured, or about to be made anew */

    hosted *local;       /* in core */
    catalog *mapped;     /* its file, opened in this process */
    runner_link *runner; /* in a process */
    uint32_t number;     /* within the runner */
};

/* A runner process and its pipe. */
struct runner_link {
    node *owner;
    runner_link *next;
    char group[160];
    char session[64]; /* the login session it runs in; "" = the daemon's own */
    uv_process_t process;
    uv_pipe_t pipe;
    uv_timer_t timer;     /* restart after back-off, or ping */
    int32_t is_running;   /* the child lives */
    int32_t process_open; /* its handle is not closed yet */
    int32_t pipe_open, timer_open, is_ending;
    int32_t is_retired; /* its session ended or moved: takes nobody in any more */
    uint32_t backoff_ms;
    uint64_t started_ms, ping_ms; /* ping_ms: unanswered since; 0 = none */
    uint8_t *input;
    size_t input_size, input_capacity;
    int32_t is_stalled; /* journal queue full: not reading */
    uint32_t exits;
    char last_exit[160];
};

struct node {
    uv_loop_t loop;
    uv_async_t wake;
    uv_signal_t signals[3];
    uv_fs_event_t conf_watch;
    uv_timer_t reload_timer, chores, end_timer, delivery_timer;
    node_settings settings;
    char data[4096];
    platform_lock *lock;
    config *conf;
    catalog *plugins;
    schema_registry *schemas;
    journal *j;
    journal_reader *reader;
    store *tables;
    _Atomic(store *) awake_tables; /* the same, once its thread runs: for the journal's thread */
    bus *in;
    hosting *local;
    instance *instances;
    runner_link *links;
    login_session *sessions;
    uint32_t session_count;
    struct http_client *http;
    errand *errands;
    struct door *door;
    struct notice_door *notice_door; /* NULL = no purpose asks for a notice */
    struct maintenance *maintenance;
    struct deriving *deriving;
    struct exporting *exporting; /* NULL = none is being made */
    struct checkpoints *checkpoints;
    struct routes *routes;
    struct fleet_state *fleet;
    struct hub_policy *policy;
    struct pending_call *calls;
    uint64_t next_call;
    uint64_t next_life;
    uv_thread_t thread;    /* the loop's */
    uv_rwlock_t conf_lock; /* guards `conf` against jobs that read secrets */
    uv_mutex_t readers_lock;
    store_reader *readers[NODE_READERS_MAX]; /* of the store, that nobody uses now */
    uint32_t reader_count;
    int32_t settle_wanted;
    int32_t has_agreements;     /* answers to notices were read (notices.c) */
    int32_t agreements_unread;  /* the last time they could not be */
    int32_t agreements_stale;   /* they are to be read again */
    uint64_t agreements_chain;  /* newest own block looked at for them */
    uint64_t agreements_ticket; /* of the newest answer */
    _Atomic uint64_t durable;
    _Atomic uint64_t committed;    /* newest block position */
    _Atomic uint64_t applied;      /* by the store */
    _Atomic int32_t wakes_applied; /* an instance waits for that */
    _Atomic int32_t journal_status;
    int32_t is_stopping;
    int32_t has_handles; /* those of the loop are open */
    int32_t reloads, failed_reloads;
    char reload_problem[KINMU_ERR_MSG_SIZE];
    int64_t started_unix_ns;
    uint64_t server_looked_ms; /* at the hub's server certificate; 0 = not yet */
    char program[4096];
    char account[256];
    char computer[256];
};

/* instance.c */
/* session NULL: the plugin watches the whole machine. */
int32_t instance_create(node *n, const config_instance *from, const login_session *session,
                        instance **out, kinmu_err *err);
void instance_start(instance *i);
/* Saves its cursor and stops it, now or when its runner has said its last; leaving: then freed. */
void instance_stop(instance *i, int32_t is_leaving);
void instance_finished(instance *i);
void instance_destroy(instance *i);
void instance_release(instance *i);
void instance_reconfigure(instance *i, const config_instance *from);
instance *instance_find(const node *n, const char *name);
/* The same, if it still lives the life in which it asked. */
instance *instance_alive(const node *n, const char *name, uint64_t life);
/* Publishes what came from the plugin; decides between staging and the bus. [any thread] */
int32_t instance_publish(instance *i, const kinmu_event *events, uint32_t count, uint64_t *local);
/* The same for a runner, which counts its tickets itself. E_BUSY: nothing taken. */
int32_t instance_publish_as(instance *i, const kinmu_event *events, uint32_t count, uint64_t local,
                            uint64_t position);
int32_t instance_decide(instance *i, uint64_t token, uint64_t number, const kinmu_event *events,
                        uint32_t count);
void instance_tell_decided(instance *i, uint64_t token, int32_t status, uint64_t number);
void instance_settle(instance *i, uint64_t durable); /* tells the plugin how far it is durable */
/* Its process is gone and with it whoever waited; the next one counts its tickets from 1 again. */
void instance_forget_tickets(instance *i);
void instance_set_health(instance *i, int32_t state, const char *text);
/* Commits staged events with the cursor. E_BUSY: try again later. */
int32_t instance_commit_stage(instance *i, uint64_t position);
void instance_drop_stage(instance *i);
hosting_backend instance_backend(node *n);
int32_t instance_query(instance *i, const kinmu_query *query, kinmu_row_fn row,
                       void *user); /* [job] */
int32_t instance_secret(instance *i, const char *handle, char *data, uint32_t *size);
int32_t instance_grants(const instance *i, const schema_info *info);

/* deriving.c: rows for the store alone, written by one job at a time, in the order of the calls */
int32_t deriving_open(node *n);
void deriving_close(node *n); /* once nothing runs; accepts that it was never opened */
int32_t deriving_is_running(const node *n);
/* Takes copies. E_BUSY: too much waits; E_STATE: no store. The instance is told by
 * instance_tell_decided. */
int32_t deriving_add(instance *i, uint64_t token, const kinmu_event *events, uint32_t count);

/* delivery.c */
void delivery_pump(instance *i);
void delivery_on_timer(uv_timer_t *timer);
void delivery_handled(instance *i, uint64_t position, int32_t status, const char *text);
void delivery_save(instance *i);
/* Decodes a block for a plugin: batch of accepted events. Memory is reused between calls. */
typedef struct delivery_batch {
    block_reader reader;
    kinmu_event *events;
    kinmu_value *values;
    uint32_t event_capacity;
    size_t value_capacity;
    kinmu_batch batch;
} delivery_batch;
int32_t delivery_decode(delivery_batch *d, const schema_registry *schemas,
                        const schema_info *const *accepted, uint32_t accepted_count,
                        int32_t accepts_any, const journal_block *block, kinmu_err *err);
void delivery_batch_free(delivery_batch *d);

/* calls.c */
typedef void (*call_answer_fn)(void *user, int32_t status, const kinmu_value *values,
                               uint32_t count, const char *text);
/* The instance of a plugin that a word of the shell means: the one named, or the only one. */
int32_t calls_bearer(node *n, const char *plugin, const char *name, const char **found,
                     kinmu_err *err);
int32_t calls_send(node *n, const kinmu_behalf *whose, const char *to, const char *command,
                   const kinmu_value *values, uint32_t count, call_answer_fn answer, void *user,
                   instance *from, kinmu_err *err);
void calls_answer(node *n, instance *from, uint64_t id, int32_t status, const kinmu_value *values,
                  uint32_t count, const char *text);
/* Who gets an answer that comes later; found again by name and life, because it may be gone. */
typedef struct wait_for_answer {
    node *n;
    uint64_t life;
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];
    uint64_t token;
} wait_for_answer;
void calls_expire(node *n, instance *gone); /* time-outs; gone != NULL: answers nobody will give */

/* link.c */
runner_link *link_for(node *n, instance *i, kinmu_err *err); /* the runner of its group, started */
void link_load(runner_link *l, instance *i);
void link_send(runner_link *l, buffer *frames); /* takes the buffer's content */
/* KINMU_OK, KINMU_E_BUSY (come again with this frame) or KINMU_E_REJECT (end this runner). */
int32_t link_on_frame(runner_link *l, uint32_t type, uint32_t number, frame_reader *body);
void link_resume(runner_link *l);
/* Tells how many lines were left out of the log, once that is known. */
void link_count_log(instance *i, int32_t is_ended);
void link_stop(runner_link *l, instance *i);
void link_release(runner_link *l); /* ends the runner when nobody is left in it */

/* sessions.c */
int32_t sessions_open(node *n); /* the daemon's own session, if it stands in one */
void sessions_free(node *n);
const login_session *sessions_find(const node *n, const char *id);
/* What a collector that watches the machine says; starts and ends session collectors. */
int32_t sessions_present(node *n, const instance *from, const kinmu_login_session *list,
                         uint32_t count);
/* The instance that serves the session under that configured name; or one on its way out whose
 * name the session may get: until it is gone, the session waits. */
const instance *sessions_served_by(const node *n, const char *configured_name,
                                   const login_session *session);
/* Name of a new instance for a session: "input", "input@alice", "input@alice#c2" for a second. */
void sessions_name(const node *n, const login_session *session, const char *configured_name,
                   char *name, size_t size);

/* door.c */
int32_t door_open(node *n, kinmu_err *err);
void door_close(node *n);

/* maintenance.c: slow work on journal and store, on a thread of the pool */
int32_t maintenance_open(node *n);
void maintenance_close(node *n); /* once nothing runs; accepts that it was never opened */
void maintenance_tick(node *n);  /* now and then: starts what is due, if nothing runs */
int32_t maintenance_is_running(const node *n);
const char *maintenance_problem(const node *n); /* why something is not gone yet, "" = nothing */
/* Called on the loop, whatever came of it; receipt NULL = nothing was erased. */
typedef void (*maintenance_erased_fn)(node *n, uint64_t asker, int32_t status, const char *text,
                                      const buffer *receipt);
/* Erases in journal and store, after those that asked before, what no hold spares; "" = all.
 * E_BUSY: too many wait; E_RETRY: the node is stopping. */
int32_t maintenance_erase_spans(node *n, const journal_spans *wanted, const journal_spans *spared,
                                const char *note, maintenance_erased_fn answer, uint64_t asker,
                                kinmu_err *err);
int32_t maintenance_erase(node *n, const char *subject, const char *purpose, const char *month,
                          maintenance_erased_fn answer, uint64_t asker, kinmu_err *err);

/* fleet.c, exporting.c, speaking.c, erasure.c: what only some of Kinmu's own plugins get, in the
 * daemon alone; who gets what stands in instance_services.c */
extern const struct kinmu_fleet fleet_table;
extern const struct kinmu_exporting exporting_table;
extern const struct kinmu_commands commands_table;
extern const struct kinmu_erasure erasure_table;

/* fleet.c */
/* Now and then: a hub's own server certificate is made anew before it expires. */
void fleet_renew_server(node *n);

/* exporting.c */
int32_t exporting_is_running(const node *n);

/* status.c */
void status_write(node *n, buffer *out);

/* reload.c */
int32_t node_load_config(node *n, config **out, kinmu_err *err);
/* Puts a whole configuration in force by difference; takes it. What cannot be used is freed and
 * told, and the old one stays. */
void node_use_config(node *n, config *fresh);
void node_start_missing(node *n);
void node_on_conf_changed(uv_fs_event_t *watch, const char *file, int events, int status);

/* node.c, reload.c */
void node_wake(node *n); /* [any thread] */
void node_stop(node *n);
void node_stop_instances(node *n); /* once nothing is served any more */
void node_reload(node *n);
/* After an instance or a job ended: starts what is configured and missing, or ends a stopping node.
 */
void node_settle(node *n);
/* Stops what serves a session that is gone and starts what a new one lacks. */
void node_apply_sessions(node *n);

#endif
