/* host/holds.h - what must not be destroyed: the legal holds the store knows. Who is meant by them
 * and why is their owner's affair (kinmu.audit.hold/1). */
#ifndef HOST_HOLDS_H
#define HOST_HOLDS_H

#include "base/arena.h"
#include "journal/journal.h"
#include "store/store.h"

/* Appends the spans of all holds in force to `spans`, in `memory`. Brings the store up to date
 * first: a hold that was decided holds. [job] */
int32_t holds_read(const char *data, const schema_registry *schemas, store *tables, arena *memory,
                   journal_spans *spans, kinmu_err *err);

#endif
