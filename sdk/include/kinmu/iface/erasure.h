/* kinmu/iface/erasure.h - what is kept of somebody: destroy it, or hand it over. It knows accounts
 * and other subjects of events, no persons. Given to Kinmu's own connector for people alone. */
#ifndef KINMU_IFACE_ERASURE_H
#define KINMU_IFACE_ERASURE_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_ERASURE_1 "kinmu.erasure/1"
#define KINMU_ERASURE_SPANS_MAX 4096u

/* Whose events, what for, and of when. Keys are destroyed by months (UTC). */
typedef struct kinmu_span {
    const char *subject; /* NULL = everybody's */
    const char *purpose; /* NULL = all */
    int64_t from_ns, to_ns;
    const char *why; /* of what is spared: a word for the receipt */
} kinmu_span;

/* What became of it; receipt is JSON, "" = none. [turn] */
typedef void (*kinmu_erased)(void *user, int32_t status, const char *receipt, const char *text);

/* A row of the store. Not 0 stops. [job] */
typedef int32_t (*kinmu_named_row)(void *user, const kinmu_schema *schema, const kinmu_event *row);

typedef struct kinmu_erasure {
    uint32_t struct_size;
    uint32_t reserved;

    /* Destroys the keys of all months that lie in one of `wanted` (each names a subject or a
     * purpose) and touch none of `spared`, nor a
     * hold (kinmu.audit.hold), and all rows made of them. `note` stays in the receipt, "" = none.
     * done comes once, unless the instance ends before: KINMU_OK, also when only a part went;
     * E_DENIED: all of it is kept, the receipt says why; E_NOTFOUND: there is nothing; E_RETRY: not
     * all bytes are gone yet, Kinmu goes on by itself. E_BUSY: too many wait. [turn] Since 1.0 */
    int32_t (*erase)(const kinmu_host *host, const kinmu_span *wanted, uint32_t wanted_count,
                     const kinmu_span *spared, uint32_t spared_count, const char *note,
                     kinmu_erased done, void *user);

    /* Gives every row of the store whose subject is one of `names` or that names one in a field of
     * people (also in lists joined by ";"), schema by schema, from one snapshot. E_STATE: this node
     * has no store. [job] Since 1.0 */
    int32_t (*each)(const kinmu_host *host, const char *const *names, uint32_t count,
                    kinmu_named_row row, void *user);

    /* The purposes of all schemas this node knows, joined by ";"; what does not fit is left out.
     * [any] Since 1.0 */
    void (*purposes)(const kinmu_host *host, char *names, uint32_t size);
} kinmu_erasure;

#ifdef __cplusplus
}
#endif
#endif
