/* store/store.h - the projection of the journal into plain SQLite tables, one per schema.
 *
 * The store is a consumer like any other, on a thread of its own: rows, cursor and ids of the
 * applied blocks are committed in one transaction, so each block counts exactly once. It holds no
 * truth: `store_rebuild` gives identical tables.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "journal/journal.h"
#include "schema/registry.h"
#include <kinmu/iface/records.h>

typedef struct store store;
/* Opens or makes DIRECTORY/store.db for writing and applies nothing yet. */
int32_t store_open(const char *directory, const schema_registry *registry, store **out, kinmu_err *err);
void store_close(store *s);

/* Applies all committed blocks it has not seen; *position is the last applied. [its own thread] */
int32_t store_catch_up(store *s, journal_reader *reader, uint64_t *position, kinmu_err *err);
/* Starts and stops a thread that catches up whenever told; fn is called there after each apply. */
typedef void (*store_applied_fn)(void *user, uint64_t position, uint64_t decision, int32_t status);
int32_t store_run(store *s, const char *directory, store_applied_fn fn, void *user, kinmu_err *err);
void store_wake(store *s); /* [any thread] */
uint64_t store_position(store *s);
/* Removes all rows of erased blocks (state changed in the journal) and compacts the file. */
int32_t store_forget_erased(store *s, journal_reader *reader, kinmu_err *err);

/* Empties and applies everything again. */
int32_t store_rebuild(const char *directory, const schema_registry *registry, uint64_t *blocks,
                      kinmu_err *err);

/* Read-only connection with a snapshot of its own; any thread, any process. */
typedef struct store_reader store_reader;
int32_t store_reader_open(const char *directory, const schema_registry *registry, store_reader **out,
                          kinmu_err *err);
void store_reader_close(store_reader *reader);
/* Sorted, filtered, paged rows of one schema; event->schema is the schema_info id. */
int32_t store_query(store_reader *reader, const schema_info *info, const kinmu_query *query,
                    kinmu_row_fn row, void *user, kinmu_err *err);
/* All rows of several schemas with from_ns <= unix_ns < to_ns from one snapshot, merged in order of
 * (subject, unix_ns, block, sequence); record schemas: current versions, whatever their time, first. */
int32_t store_replay(store_reader *reader, const schema_info *const *infos, uint32_t info_count,
                     int64_t from_ns, int64_t to_ns, kinmu_row_fn row, void *user, kinmu_err *err);

#endif
