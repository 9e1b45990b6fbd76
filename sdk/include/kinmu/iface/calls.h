/* kinmu/iface/calls.h - send commands to other instances and answer those received. */
#ifndef KINMU_IFACE_CALLS_H
#define KINMU_IFACE_CALLS_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_CALLS_1 "kinmu.calls/1"
#define KINMU_CALLS_OPEN_MAX 1024
#define KINMU_CALL_TIMEOUT_MS 30000

/* Output values in the order of the command's output fields; text explains a failure. [turn] */
typedef void (*kinmu_answer_fn)(void *user, int32_t status, const kinmu_value *values,
                                uint32_t count, const char *text);

typedef struct kinmu_calls {
    uint32_t struct_size;
    uint32_t reserved;

    /* Sends a command to an instance ("workday", "csv/payroll"). answer comes exactly once in a
     * later turn: E_NOTFOUND, E_REJECT for values that do not fit, E_RETRY after
     * KINMU_CALL_TIMEOUT_MS. E_BUSY beyond KINMU_CALLS_OPEN_MAX. [turn] Since 1.0 */
    int32_t (*send)(const kinmu_host *host, const char *instance, const char *command,
                    const kinmu_value *values, uint32_t count, kinmu_answer_fn answer, void *user);

    /* Answers a call given to kinmu_plugin.call, once. Values come with KINMU_OK; with E_REJECT
     * they may, to say what exactly is wrong. Unknown ids are ignored. [turn] */
    int32_t (*answer)(const kinmu_host *host, uint64_t id, int32_t status,
                      const kinmu_value *values, uint32_t count, const char *text);
} kinmu_calls;

#ifdef __cplusplus
}
#endif
#endif
