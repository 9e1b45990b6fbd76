/* kinmu/iface/timer.h - clocks and timers. */
#ifndef KINMU_IFACE_TIMER_H
#define KINMU_IFACE_TIMER_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_TIMER_1 "kinmu.timer/1"
#define KINMU_TIMERS_MAX 256

typedef void (*kinmu_timer_fn)(void *user); /* [turn] */

/* The host's clocks; under a test they may be simulated, so never ask the system. */
typedef struct kinmu_clock {
    int64_t unix_ns;
    uint64_t mono_ns;     /* goes on during sleep where the system offers it (CLOCK_BOOTTIME) */
    int32_t utc_offset_s; /* of local time now */
    uint32_t reserved;
} kinmu_clock;

typedef struct kinmu_timer {
    uint32_t struct_size;
    uint32_t reserved;

    /* Reads all clocks. [any] Since 1.0 */
    void (*now)(const kinmu_host *host, kinmu_clock *clock);

    /* Starts a timer; repeat_ms 0 = once. *id is never 0. E_BUSY beyond KINMU_TIMERS_MAX. [turn] */
    int32_t (*start)(const kinmu_host *host, uint64_t delay_ms, uint64_t repeat_ms,
                     kinmu_timer_fn fn, void *user, uint64_t *id);

    /* Stops a timer; 0 and unknown ids are ignored. fn is not called afterwards. [turn] */
    void (*cancel)(const kinmu_host *host, uint64_t id);
} kinmu_timer;

#ifdef __cplusplus
}
#endif
#endif
