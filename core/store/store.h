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
/* Opens or makes DIRECTORY/store.db for writing, makes and widens the tables of all schemas,
 * applies nothing yet. E_CONFIG: a schema changed otherwise than by appending fields. E_REJECT with
 * key "store.damaged" or "store.layout": only store_rebuild helps. */
int32_t store_open(const char *directory, const schema_registry *registry, store **out,
                   kinmu_err *err);
void store_close(store *s); /* stops the thread first; accepts NULL */
/* After schemas were added to the registry: makes their tables and applies what was held for them.
 * [main thread] */
int32_t store_learn(store *s, kinmu_err *err);

/* Applies all committed blocks it has not seen; *position is the last applied. Two processes may do
 * it at once: each transaction starts at the cursor it finds. [any thread] */
int32_t store_catch_up(store *s, journal_reader *reader, uint64_t *position, kinmu_err *err);
/* Starts a thread that catches up now and whenever told; fn is called there after each transaction,
 * and with the status when one failed (it is tried again with back-off). */
typedef void (*store_applied_fn)(void *user, uint64_t position, uint64_t decision, int32_t status);
int32_t store_run(store *s, const char *directory, store_applied_fn fn, void *user, kinmu_err *err);
/* Before store_run, on a server: the thread only looks how far other nodes have come. */
void store_leave_to_others(store *s);
void store_wake(store *s);         /* [any thread] */
uint64_t store_position(store *s); /* [any thread] */
/* Waits until the store has applied `position`: KINMU_OK or E_RETRY. [job] */
int32_t store_wait(store *s, uint64_t position, uint32_t timeout_ms);
/* Rows that follow from others and are in no journal (bus/1 derive): block and version 0. */
typedef struct store_derived {
    journal_entry row;
    int32_t is_removed; /* the derived row of its key goes */
} store_derived;
/* Writes them in one transaction; one takes the place of a derived row of its key, never of a
 * decided one. `owner`: the plugin, whose rows one node writes at a time: E_CONFLICT where another
 * does, until its connection ends. [any thread] */
int32_t store_derive(store *s, const char *owner, const uint8_t origin[16],
                     const store_derived *rows, uint32_t count, kinmu_err *err);
/* Rows that are gone because their history was erased; those of folded detail do not count. */
typedef struct store_forgotten {
    uint64_t rows;
    uint64_t derived;
} store_forgotten;
/* Removes the derived rows of a subject and adds to *gone; the file is compacted by the next
 * forgetting or catching up. [any thread] */
int32_t store_forget_derived(store *s, const char *subject, store_forgotten *gone, kinmu_err *err);

/* Removes all rows of blocks erased or folded in the journal, adds to *gone, and compacts the file,
 * so that nothing of them is left in it. E_RETRY: removed, but a reader still holds an old
 * snapshot; the file is compacted when the store next catches up. [any thread] */
int32_t store_forget_erased(store *s, journal_reader *reader, store_forgotten *gone,
                            kinmu_err *err);

/* Deletes store.db and applies everything again. The caller makes sure nobody has it open. */
int32_t store_rebuild(const char *directory, const schema_registry *registry, uint64_t *blocks,
                      kinmu_err *err);

/* Read-only connection with a snapshot of its own; any thread, any process. */
typedef struct store_reader store_reader;
int32_t store_reader_open(const char *directory, const schema_registry *registry,
                          store_reader **out, kinmu_err *err);
void store_reader_close(store_reader *reader);
/* What `kinmu status` shows of the store. */
typedef struct store_figures {
    uint64_t position;    /* last block applied */
    uint64_t decision;    /* newest decision up to there */
    uint64_t held;        /* blocks with events of schemas not known here */
    uint64_t quarantined; /* blocks that could not be applied */
    uint64_t bytes;       /* of store.db, without its log */
} store_figures;
int32_t store_stat(store_reader *reader, store_figures *figures, kinmu_err *err);
/* Sorted, filtered, paged rows of one schema; event->schema is the schema_info id. A stamp's name
 * means the stamp, even where the schema has a field of that name. Equal rows are ordered by
 * journal position; nulls come first (last when descending). E_NOTFOUND: unknown field; E_REJECT: a
 * limit, comparison or value that cannot be; E_RETRY: query->at_least is not applied yet. */
int32_t store_query(store_reader *reader, const schema_info *info, const kinmu_query *query,
                    kinmu_row_fn row, void *user, kinmu_err *err);
/* All rows of several schemas with from_ns <= unix_ns < to_ns from one snapshot, merged in order of
 * (subject, unix_ns, block, sequence); record schemas: current versions, whatever their time,
 * first. */
int32_t store_replay(store_reader *reader, const schema_info *const *infos, uint32_t info_count,
                     int64_t from_ns, int64_t to_ns, kinmu_row_fn row, void *user, kinmu_err *err);

/* All rows whose subject is one of the names or that name one in a field of people, schema by
 * schema, from one snapshot. Not 0 from row stops. */
typedef int32_t (*store_named_fn)(void *user, const kinmu_schema *schema, const kinmu_event *row);
int32_t store_named(store_reader *reader, const schema_registry *registry, const char *const *names,
                    uint32_t count, store_named_fn row, void *user, kinmu_err *err);

#define STORE_DIGEST_SIZE 65
/* SHA-256 (hex) over all tables in order: equal for equal content, whatever way it came about. */
int32_t store_digest(store_reader *reader, char hex[STORE_DIGEST_SIZE], kinmu_err *err);

#endif
