/* kinmu/iface/poll.h - wait for a file descriptor (Linux) or socket (Windows). */
#ifndef KINMU_IFACE_POLL_H
#define KINMU_IFACE_POLL_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_POLL_1 "kinmu.poll/1"
#define KINMU_POLL_READ 1u
#define KINMU_POLL_WRITE 2u
#define KINMU_POLL_ERROR 4u /* reported only: the peer is gone or the descriptor is broken */
#define KINMU_POLLS_MAX 64

typedef void (*kinmu_poll_fn)(void *user, uint32_t ready); /* [turn] */

typedef struct kinmu_poll {
    uint32_t struct_size;
    uint32_t reserved;

    /* Watches `handle`, which stays the plugin's and is removed before it is closed. [turn] */
    int32_t (*add)(const kinmu_host *host, intptr_t handle, uint32_t wanted, kinmu_poll_fn fn,
                   void *user, uint64_t *id);

    /* Changes what is waited for; 0 pauses. [turn] Since 1.0 */
    int32_t (*modify)(const kinmu_host *host, uint64_t id, uint32_t wanted);

    /* Ends watching; 0 and unknown ids are ignored. fn is not called afterwards. [turn] */
    void (*remove)(const kinmu_host *host, uint64_t id);
} kinmu_poll;

#ifdef __cplusplus
}
#endif
#endif
