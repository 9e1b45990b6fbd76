/* kinmu/iface/exporting.h - has the host make the files of an export, as `kinmu export` does.
 *
 * Only for Kinmu's own exporter `jobs`, and only where it runs in the daemon: an export reads all
 * that its exporter accepts, so who may order one is decided before. A runner has no such service.
 */
#ifndef KINMU_IFACE_EXPORTING_H
#define KINMU_IFACE_EXPORTING_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_EXPORTING_1 "kinmu.exporting/1"
#define KINMU_EXPORTING_OPTIONS_MAX 16

typedef struct kinmu_export_order {
    uint32_t struct_size;
    uint32_t option_count;
    const char *exporter;       /* "csv", "csv/payroll" */
    const char *from_date;      /* "2026-11-01" */
    const char *to_date;        /* last day, inclusive */
    const char *directory;      /* absolute, below folder(); made when missing */
    const char *const *options; /* "files=[kinmu]": in place of what conf.d says */
} kinmu_export_order;

/* KINMU_OK: all files are there. E_STATE: it was cancelled. E_REJECT: `text` says why. [turn] */
typedef void (*kinmu_export_done_fn)(void *user, int32_t status, const char *text);

typedef struct kinmu_exporting {
    uint32_t struct_size;
    uint32_t reserved;

    /* Where the files of jobs belong, below the data folder. E_NOMEM when it does not fit. [any]
     * Since 1.0 */
    int32_t (*folder)(const kinmu_host *host, char *path, uint32_t size);

    /* Makes the files in a process of its own, from one snapshot of the store. done comes once, in
     * a later turn, unless the instance is stopped before. E_BUSY: one is being made; E_STATE:
     * there is no store; E_REJECT: no order like this. [turn] Since 1.0 */
    int32_t (*begin)(const kinmu_host *host, const kinmu_export_order *order,
                     kinmu_export_done_fn done, void *user);

    /* Ends the one being made, if there is one. [turn] Since 1.0 */
    void (*cancel)(const kinmu_host *host);
} kinmu_exporting;

#ifdef __cplusplus
}
#endif
#endif
