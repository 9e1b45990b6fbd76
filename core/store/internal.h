/* store/internal.h - what the files of the writing side share. Internal to core/store and its
 * tests.
 *
 * `work` guards the connection: a transaction of the store's thread and a call from another thread
 * (forgetting) never mix. Lock order: work, then gate.
 */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "store/db.h"
#include "store/months.h"
#include "store/store.h"

#include <stdatomic.h>
#include <uv.h>

#define STORE_TRANSACTION_BLOCKS_MAX 500
#define STORE_TRANSACTION_BYTES_MAX ((size_t)8 << 20)
#define STORE_LOOK_MS 250 /* on a server: for what other nodes committed */
#define STORE_RETRY_MS_MIN 1000
#define STORE_RETRY_MS_MAX 60000

/* A text or id that repeats in many rows and lives once. Blocks come from few subjects and devices,
 * so the last value answers most look-ups. */
#define STORE_REMEMBERED_BYTES 128
typedef struct store_remembered {
    uint8_t bytes[STORE_REMEMBERED_BYTES];
    size_t size;
    int64_t id; /* 0 = nothing remembered */
} store_remembered;

/* In a file one place is enough; a server is asked across a wire, and its devices are many. */
#define STORE_REMEMBERED_ON_SERVER 4096u
typedef struct store_dictionary {
    sql_statement *find;
    sql_statement *add;
    store_remembered *remembered;
    uint32_t remembered_count; /* a power of two */
} store_dictionary;

/* Where blocks come from: the journal, or a test. read is journal_read's contract. */
typedef struct store_source {
    int32_t (*read)(void *user, uint64_t position, journal_block *block, kinmu_err *err);
    void *user;
} store_source;

struct store {
    sql_db *db;
    const schema_registry *registry;
    store_dictionary origins, subjects, zones, boots;
    sql_statement *add_block, *add_held, *remove_held, *next_held;
    sql_statement *add_quarantine, *get_cursor, *set_cursor;
    sql_statement *add_row[SCHEMAS_MAX];
    months months;
    uv_mutex_t work;

    uv_mutex_t gate; /* guards what follows */
    uv_cond_t woken, applied;
    int32_t wake, stopping, running;
    int32_t follows; /* other nodes apply */
    _Atomic uint64_t position;
    uv_thread_t thread;
    journal_reader *reader;
    store_applied_fn fn;
    void *user;
};

/* ---- apply.c: blocks become rows, inside the caller's transaction ---- */
int32_t apply_prepare(store *s, kinmu_err *err);
void apply_finish(store *s);
/* Forgets the INSERTs of all schemas; needed whenever one of them got more fields. */
void apply_drop_rows(store *s);
/* Forgets remembered ids; needed whenever a transaction was rolled back or dictionaries shrank. */
void apply_reset(store *s);
#define APPLY_ALL 0
#define APPLY_RECORDS 1 /* only rows of record schemas, of a block applied before */
/* Rows of a live block; rows already there stay. *held: some events are of unknown schemas. */
int32_t apply_rows(store *s, const journal_block *block, int32_t which, int32_t *held,
                   kinmu_err *err);
/* A block of any state, once: a block known by (origin, chain) changes nothing. */
int32_t apply_block(store *s, const journal_block *block, kinmu_err *err);
/* Tries a held block again. */
int32_t apply_held(store *s, const journal_block *block, kinmu_err *err);

/* A derived row. `number` orders it among others. */
int32_t apply_derived(store *s, const uint8_t origin[16], const journal_entry *row, uint64_t number,
                      kinmu_err *err);

/* ---- store.c ---- */
typedef struct store_cursor {
    uint64_t position, decision;
    uint64_t held_for; /* fingerprint of the schemas the held blocks were last tried with */
    uint64_t compact;  /* FORGET_COMPACT_* */
} store_cursor;
int32_t store_get_cursor(store *s, store_cursor *at, kinmu_err *err);
/* Takes `work` and the right to write, which on a server is the cursor's row; when it fails neither
 * is held. */
int32_t store_begin(store *s, kinmu_err *err);
/* Commits when status is KINMU_OK, else takes everything back; gives both locks back. */
int32_t store_end(store *s, int32_t status, kinmu_err *err);
/* One transaction of at most STORE_TRANSACTION_BLOCKS_MAX blocks, more only to end a decision;
 * *more: there may be others. */
int32_t store_advance(store *s, const store_source *source, uint64_t *position, uint64_t *decision,
                      int32_t *more, kinmu_err *err);
/* Where the tables stand, whoever applied. */
int32_t store_look(store *s, uint64_t *position, uint64_t *decision, kinmu_err *err);
int32_t store_catch_up_from(store *s, const store_source *source, uint64_t *position,
                            kinmu_err *err);

/* ---- forget.c ---- */
int32_t store_forget_from(store *s, const store_source *source, store_forgotten *gone,
                          kinmu_err *err);
/* Takes a subject that no row mentions any more out of the dictionary; what stood in the file is to
 * be compacted away. Inside the caller's transaction. */
int32_t forget_subject(store *s, const char *subject, kinmu_err *err);
#define FORGET_COMPACT_DONE 0u
#define FORGET_COMPACT_FILE 1u /* the file has to be rewritten */
#define FORGET_COMPACT_LOG 2u  /* only the write-ahead log has to be emptied */
/* Does what the cursor says is left: rewrites the file without old pages, empties its log. */
int32_t forget_compact(store *s, kinmu_err *err);

/* ---- run.c ---- */
store_source store_journal_source(journal_reader *reader);

/* ---- reader.c ---- */
sql_db *store_reader_db(store_reader *reader);
/* A read transaction: one snapshot. */
int32_t store_reader_begin(store_reader *reader, kinmu_err *err);
void store_reader_end(store_reader *reader);
/* Gives the row a statement of layout_select stands on; *stop is what `row` says. */
int32_t store_reader_give(store_reader *reader, sql_statement *statement, const schema_info *info,
                          kinmu_row_fn row, void *user, int32_t *stop, kinmu_err *err);

#endif
