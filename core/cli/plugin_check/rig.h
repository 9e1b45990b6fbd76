/* cli/plugin_check/rig.h - one instance of a plugin on a host that watches and can be made to fail.
 *
 * Two layers: host/hosting.h hosts the instance as a runner does; in front of it stands a table of
 * services of our own (front.c), which notes every offence against the contract, runs
 * the clocks faster and takes services away. Behind it a backend keeps everything in memory.
 * One rig per process; its memory outlives the instance, so that a thread the plugin left behind
 * finds a host that notes it instead of freed memory.
 */
#ifndef CLI_PLUGIN_CHECK_RIG_H
#define CLI_PLUGIN_CHECK_RIG_H

#include "host/hosting.h"
#include "schema/registry.h"
#include <kinmu/iface/http.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/routes.h>
#include <kinmu/iface/timer.h>

#define RIG_TEXT_SIZE 512
#define RIG_KEYS_MAX 64u
#define RIG_STEP_MS 5u
#define RIG_SERVICES 13u
extern const char *const rig_services[RIG_SERVICES];

enum tag { TAG_TURN, TAG_ANY, TAG_JOB };

/* Offences; the first of each kind is kept as text. */
enum rig_offence { RIG_UNDECLARED, RIG_INVALID, RIG_THREAD, RIG_LATE, RIG_SLOW, RIG_OFFENCES };

enum rig_phase { RIG_NONE, RIG_CREATED, RIG_STARTED, RIG_STOPPED };

/* What kv/1 gives back: what was put, or something a broken disk or an older version left. */
enum rig_state {
    RIG_STATE_TRUE,
    RIG_STATE_GARBAGE,
    RIG_STATE_FLIPPED,
    RIG_STATE_TRUNCATED,
    RIG_STATE_EMPTY,
    RIG_STATE_OVERSIZED,
    RIG_STATE_UNREADABLE,
    RIG_STATES
};

typedef struct rig_knobs {
    const char *missing; /* a service this host has not got; "*": none at all */
    uint32_t speed;      /* clocks and timers run so many times faster */
    int32_t is_bus_full; /* publish answers E_BUSY; read by any thread */
    enum rig_state state;
} rig_knobs;

typedef struct rig_seen {
    int32_t health; /* 0: nothing said */
    char health_text[RIG_TEXT_SIZE];
    uint64_t published; /* events taken */
    uint64_t refused;   /* publish calls answered E_BUSY */
    uint64_t reads;     /* kv/1 get */
    uint64_t answers;
    int32_t answer; /* of the last call */
    uint32_t offences[RIG_OFFENCES];
    char texts[RIG_OFFENCES][RIG_TEXT_SIZE];
} rig_seen;

typedef struct rig_pair {
    char key[KINMU_KV_KEY_BYTES_MAX + 1];
    uint8_t *data;
    uint32_t size;
} rig_pair;

/* A timer or a descriptor the plugin waits for. */
typedef struct rig_watch rig_watch;

typedef struct rig {
    kinmu_host host; /* first: what the plugin gets is the rig */
    const kinmu_host *real;
    const kinmu_plugin *plugin;
    kinmu_plugin shown; /* the plugin with our create, which swaps the host */
    const schema_registry *schemas;
    uv_loop_t loop;
    uv_async_t settle; /* publishes that have become durable, decisions, answers */
    uv_thread_t thread;
    hosting *owner;
    hosted *instance;
    void *self; /* the plugin's own instance */
    char account[256];
    int64_t began_unix_ns;
    uint64_t began_mono_ns;
    rig_watch *watches;
    uint64_t random;
    uint64_t sequence; /* of the last event delivered */
    rig_pair pairs[RIG_KEYS_MAX];
    uv_mutex_t lock; /* everything below */
    enum rig_phase phase;
    rig_knobs knobs;
    rig_seen seen;
    uint64_t ticket;
    uint64_t decisions[64]; /* tokens to be answered in a later turn */
    uint32_t decision_count;
    uint64_t sent[64];
    uint32_t sent_count;
    uint64_t head;
} rig;

/* `schemas` and `plugin` live longer. Dies with a message when the process cannot even do this. */
rig *rig_open(const kinmu_plugin *plugin, const schema_registry *schemas, uint64_t seed);

/* Life cycle of one instance; options are YAML text. A new instance forgets what was seen, knobs
 * stay. rig_destroy waits for jobs under way. */
int32_t rig_create(rig *r, const char *options, kinmu_err *err);
int32_t rig_start(rig *r, kinmu_err *err);
int32_t rig_stop(rig *r, kinmu_err *err);
int32_t rig_reconfigure(rig *r, const char *options, kinmu_err *err);
void rig_destroy(rig *r);

/* Lets the loop turn for so long; until `done` (may be NULL) says 1, which is returned. */
int32_t rig_run(rig *r, uint64_t ms, int32_t (*done)(rig *r));
/* One round of what is due now. */
void rig_turn(rig *r);

uint64_t rig_random(rig *r); /* from the seed */
void rig_random_fill(rig *r, void *to, size_t size);
/* Timers and descriptors the instance still waits for. */
uint32_t rig_watch_count(const rig *r);
void rig_note(rig *r, enum rig_offence offence, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* front.c: the services the plugin sees. rig_enter is the real table when the call is
 * allowed to go on, else NULL; rig_enter_running is for what begins something, which a stopped
 * instance does not. */
const void *rig_enter(rig *r, enum tag tag, const char *service, const char *function);
const void *rig_enter_running(rig *r, enum tag tag, const char *service, const char *function);
extern const kinmu_routes rig_routes; /* routes.c */
extern const kinmu_http rig_http;     /* http.c */
const void *rig_iface(const kinmu_host *host, const char *name);
void rig_log(const kinmu_host *host, int32_t level, const char *text);
void rig_health(const kinmu_host *host, int32_t state, const char *text);
void rig_drop_watches(rig *r);

#endif
