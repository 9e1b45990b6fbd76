/* kinmu/iface/work.h - run a blocking job beside the turns. */
#ifndef KINMU_IFACE_WORK_H
#define KINMU_IFACE_WORK_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_WORK_1 "kinmu.work/1"
#define KINMU_JOBS_MAX 32

typedef void (*kinmu_job_fn)(void *user);                      /* [job] */
typedef void (*kinmu_job_done_fn)(void *user, int32_t status); /* [turn]; E_STATE = never ran */

typedef struct kinmu_work {
    uint32_t struct_size;
    uint32_t reserved;

    /* Runs job on a worker thread, then done in a turn. Exactly one done per accepted job, also
     * when the instance stops meanwhile (stop is answered first, destroy waits for the job).
     * E_BUSY beyond KINMU_JOBS_MAX. [turn] Since 1.0 */
    int32_t (*submit)(const kinmu_host *host, kinmu_job_fn job, kinmu_job_done_fn done, void *user);
} kinmu_work;

#ifdef __cplusplus
}
#endif
#endif
