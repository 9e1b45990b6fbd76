/* host/audit.h - the core's own entries in the audit: evidence about a person was taken out of this
 * node, the store has forgotten what was erased. What plugins read is told where they read it. */
#ifndef HOST_AUDIT_H
#define HOST_AUDIT_H

#include "base/arena.h"
#include "bus/agreements.h"
#include "journal/journal.h"
#include "store/store.h"

typedef struct audit_reading {
    char subject[256];
    char month[8]; /* "2026-11" */
    char reason[256];
    uint64_t rows;
} audit_reading;

/* As it travels over the control socket: lines subject, month, rows, reason. */
int32_t audit_reading_print(const audit_reading *reading, char *line, size_t size, kinmu_err *err);
int32_t audit_reading_parse(const char *line, audit_reading *reading, kinmu_err *err);

/* Appends kinmu.audit.forget/1. E_BUSY and the like: not appended, try later. [any thread] */
int32_t audit_note_forgotten(journal *j, const schema_registry *schemas,
                             const store_forgotten *gone);

/* Appends kinmu.audit.agreement/1 under the account's own subject: what he was told or answered. */
int32_t audit_note_agreement(journal *j, const schema_registry *schemas,
                             const agreement_event *agreed, uint64_t *ticket);
/* The same read back: 1 with *agreed, whose texts lie in `memory`; 0 when the event is another. */
int32_t audit_read_agreement(const kinmu_event *event, const schema_info *info, arena *memory,
                             agreement_event *agreed);

/* Appends kinmu.audit.read/1 under the person's own subject, so that he sees it. Not durable before
 * its ticket is. */
int32_t audit_note(journal *j, const schema_registry *schemas, const audit_reading *reading,
                   uint64_t *ticket, kinmu_err *err);

#endif
