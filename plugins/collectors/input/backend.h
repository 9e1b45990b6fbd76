/* backend.h - what stands between the flow (input.c) and an operating system's source of input.
 *
 * One file per source, and one per system that lists them (linux.c). A backend counts; it knows
 * neither minutes nor events. It never retries: it says why it is lost, and the flow opens it anew.
 */
#ifndef INPUT_BACKEND_H
#define INPUT_BACKEND_H

#include "keyclass.h"

#include <kinmu/iface/poll.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#define BACKEND_TEXT_BYTES_MAX 320u

/* What a backend may use, and whom it tells. All of it outlives the backend. */
typedef struct backend_flow {
    const kinmu_host *host;
    const kinmu_timer *timer;
    const kinmu_poll *poll;
    const kinmu_work *work;
    const char *display; /* "" where none is known */
    void *user;

    /* Observation begins. `text` says of what, for the health line. [turn] */
    void (*ready)(void *user, const char *text);

    /* Input arrived. [turn] */
    void (*counts)(void *user, const input_counts *counts);

    /* The system threw input away before it could be read. [turn] */
    void (*overrun)(void *user, const char *detail);

    /* There is nothing to observe (any more); the backend has closed itself. `cause` and `detail`
     * are static and as in kinmu.observation.gap; `text` says why and what to do. [turn] */
    void (*lost)(void *user, const char *cause, const char *detail, const char *text);
} backend_flow;

typedef struct backend_type {
    const char *name;

    /* Takes no resource yet; copies *flow. NULL: out of memory. [turn] */
    void *(*create)(const backend_flow *flow);

    /* Starts observing; ready or lost follows, now or in a later turn. E_BUSY: still closing.
     * [turn] */
    int32_t (*open)(void *backend);

    /* Counts what has arrived, then lets go of everything; also when not open. [turn] */
    void (*close)(void *backend);

    /* After close; NULL is fine. [turn] */
    void (*destroy)(void *backend);
} backend_type;

/* The source to use for the option's word (auto, x11, evdev) in this session. `display` is the
 * option or NULL; *display_used gets what the backend is to be given. */
const backend_type *backend_choose(const char *wanted, const char *display,
                                   const char **display_used);

/* How long the machine has slept since it started, 0 where the system does not tell. The host's
 * clocks go on during sleep and so cannot tell a sleep from a stall. */
uint64_t backend_slept_ns(void);

/* Overwrites memory that held input; never optimised away. */
void backend_wipe(void *memory, size_t size);

#endif
