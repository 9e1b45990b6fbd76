/* simulate/run.h - a fleet of simulated agents against real hubs: enrol, record, push, obey, add
 * up.
 *
 * Time: with speed 0 every agent goes through its days as fast as the hub takes them; with a speed
 * all agents share one clock, which runs that many times faster than the real one, and a PC that is
 * switched off says nothing. One thread, one libuv loop.
 */
#ifndef SIMULATE_RUN_H
#define SIMULATE_RUN_H

#include "simulate/agent.h"
#include "simulate/faults.h"
#include "simulate/histogram.h"
#include "simulate/peer.h"

#define RUN_DAYS_MAX 3700
#define RUN_CONNECTIONS_MAX 20000u
#define RUN_PUSHES_MAX 1000000u
#define RUN_SPEED_MAX 1e6

typedef struct run_settings {
    const char *hubs[PEER_HUBS_MAX]; /* "https://HOST:PORT" */
    uint32_t hub_count;
    const char *token; /* NULL: all agents are in the state already */
    const char *state; /* folder; NULL = nothing is kept */
    const char *version;
    uint64_t seed;
    uint32_t agents, people;
    int64_t first_day; /* since 1970, local */
    int32_t begin_s;   /* second of that day at which it begins */
    int32_t days;
    double speed;
    int64_t interval_ns;  /* simulated time between two pushes of an agent */
    int64_t flush_ns;     /* what is published within it becomes one block */
    int64_t duration_ns;  /* real time after which nothing more is recorded; 0 = no limit */
    int64_t reconnect_ns; /* real time over which agents come back after a lost connection */
    int32_t rush_s;
    uint32_t connections; /* at the same time; without speed: agents at work at once */
    int32_t keeps_blocks;
    int32_t stays;   /* agents whose days are over push heads until the run is interrupted */
    int32_t reopens; /* a new connection for every push */
    faults faults;
    /* Pushes made before the first is sent; 0 = as described above. */
    uint32_t pregenerated, push_blocks, block_events;
    void (*say)(const char *text); /* progress, for people; may be NULL */
} run_settings;

typedef struct run_report {
    uint32_t agents, enrolled;
    uint32_t refused, forked, bad; /* agents that had to give up */
    agent_tally made, acknowledged, declined;
    uint64_t unsent;                       /* blocks the hub has not confirmed */
    uint64_t pushes, again, later, lost;   /* confirmed; repeated by 409; put off; broken off */
    uint64_t faults[FAULT_DISCONNECT + 1]; /* that happened */
    uint64_t clock_steps;
    uint64_t statuses[6]; /* answers by first digit */
    peer_figures peers;
    uint64_t lateness_ns_max; /* of this program itself: how late it was to send */
    double seconds, enrol_seconds, pregenerate_seconds;
    double back_seconds; /* the longest outage until all agents were heard again */
    histogram push, connect;
    uint8_t digest[CRYPTO_HASH_SIZE];      /* over all events made, before encryption */
    char problem[WIRE_TEXT_BYTES_MAX + 1]; /* the newest one a hub named */
} run_report;

int32_t run_simulation(const run_settings *settings, run_report *out, kinmu_err *err);

/* The digest that run would come to, without a hub. */
int32_t run_digest(const run_settings *settings, run_report *out, kinmu_err *err);

#endif
