/* probe.h - a plugin that asks every host service what it does and writes down the answers, so that
 * a host in the daemon and one in a runner can be compared line by line (iface_same.sh).
 *
 * One step after the other; a step notes findings that are the same in every run (no times, no
 * numbers a node chooses) and calls probe_next. A step that never ends is noted by a watchdog. */
#ifndef CONTRACT_PROBE_H
#define CONTRACT_PROBE_H

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/http.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/routes.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/secret.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>
#include <kinmu/plugin.h>

#define PROBE_NAME "com.example.probe"
#define PROBE_REPORT_SIZE 32768u

enum { PROBE_NOTE, PROBE_STATE, PROBE_OTHER }; /* rows of the schema table */
enum { NOTE_NUMBER, NOTE_TEXT, NOTE_FIELDS };
enum { STATE_NAME, STATE_NUMBER, STATE_FIELDS };
enum { METRIC_STEPS, METRIC_LEVEL };

typedef struct probe_config {
    const char *report;
    const char *secret;
    const char *server; /* "http://127.0.0.1:PORT" of tests/http/peer.py */
} probe_config;

/* What probe_routes.c remembers; the script asks for it afterwards. */
typedef struct probe_requests {
    uint64_t counted; /* body bytes of the request to /count under way */
    uint32_t parts;
    uint64_t paused;               /* the request whose next part is asked for in a later turn */
    uint64_t left;                 /* bytes of the answer in parts under way */
    uint32_t waits;                /* E_BUSY of send */
    uint32_t complete, incomplete; /* requests that are over */
    uint64_t last;                 /* id of one that is answered */
    char notes[2048];
} probe_requests;

typedef struct probe {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    const kinmu_poll *poll;
    const kinmu_work *work;
    const kinmu_kv *kv;
    const kinmu_secret *secret;
    const kinmu_records *records;
    const kinmu_calls *calls;
    const kinmu_metrics *metrics;
    const kinmu_schemas *schemas;
    const kinmu_http *http;
    const kinmu_routes *routes;
    probe_config config;
    uint32_t step;
    uint64_t watchdog;
    char report[PROBE_REPORT_SIZE];
    size_t report_size;

    /* of the step under way */
    uint64_t ticket;
    uint64_t head;
    uint64_t timer_id;
    uint64_t poll_id;
    int sockets[2];
    uint32_t count;
    uint32_t done;
    uint64_t request_id;
    uint32_t received;
    int32_t is_resting;  /* a part was answered E_BUSY */
    uint64_t last_block; /* of the newest event delivered */

    /* of deliveries, from the beginning on */
    uint32_t notes_seen;
    uint32_t states_seen;
    int32_t has_refused; /* the first batch was answered E_BUSY */
    int32_t is_echoed;
    char first_note[256];
    char first_state[256];
    int32_t is_calling; /* inside send or answer, which never call back */
    probe_requests requests;
    uint64_t call_id; /* to be answered in a later turn */
    char call_text[64];
} probe;

typedef void (*probe_step)(probe *p);

/* One line of the report. [turn], or in the only job under way. */
void probe_note(probe *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *probe_status(int32_t status);
/* Goes on to the next step in a later turn. */
void probe_next(probe *p);
/* Runs a step's work as a job, then goes on. */
void probe_job(probe *p, kinmu_job_fn job);
/* A note and a state event; values live as long as `values`. */
kinmu_event probe_note_event(kinmu_value values[NOTE_FIELDS], int64_t number, const char *text);
kinmu_event probe_state_event(kinmu_value values[STATE_FIELDS], const char *name, int64_t number);

/* probe_bus.c */
void probe_bus_refusals(probe *p);
void probe_bus_publish(probe *p);
void probe_bus_many(probe *p);
void probe_bus_decide(probe *p);
void probe_bus_delivery(probe *p);
int32_t probe_take_events(probe *p, const kinmu_batch *batch);
/* probe_derive.c */
void probe_derive(probe *p);
/* probe_turns.c */
void probe_host_table(probe *p);
void probe_timers(probe *p);
void probe_timer_limit(probe *p);
void probe_polls(probe *p);
void probe_work_order(probe *p);
void probe_calls_sent(probe *p);
int32_t probe_take_call(probe *p, const kinmu_call *call);
/* probe_http.c */
void probe_http(probe *p);
/* probe_jobs.c */
void probe_wrong_thread(probe *p);
void probe_state(probe *p);
void probe_secrets(probe *p);
void probe_records(probe *p);

/* probe_routes.c */
void probe_routes(probe *p);

#endif
