/* sql/engine.h - what a database engine gives the core: one table of functions.
 *
 * SQLite's is built in (sqlite.c); another one comes as a module whose one exported symbol is such
 * a table (module.h). An engine links nothing of the core: this header is all it sees. Who calls
 * goes through sql.h, where the calls are described.
 */
#ifndef SQL_ENGINE_H
#define SQL_ENGINE_H

#include <kinmu/base.h>

/* ---- what a call says ---- */
#define SQL_DONE 0 /* it worked; a step: there is no (further) row */
#define SQL_ROW 1
#define SQL_FAILED (-1) /* sql_failed tells why */

/* Why something failed. */
#define SQL_FAIL_IO 1u      /* anything not below: what was being written cannot be trusted */
#define SQL_FAIL_FULL 2u    /* no space; nothing was written */
#define SQL_FAIL_BUSY 3u    /* locked by another program; nothing was written */
#define SQL_FAIL_MEMORY 4u  /* nothing was written */
#define SQL_FAIL_DAMAGED 5u /* not (or no longer) a healthy database */
#define SQL_FAIL_REFUSED 6u /* a constraint, a value the engine cannot keep */
#define SQL_FAIL_ABSENT 7u  /* there is no such database */
#define SQL_FAIL_LOST                                                                              \
    8u /* the server is out of reach: the transaction is undone, or, when it was                   \
          being committed, its outcome is unknown */

/* Column types; the numbers are part of the store's digest. */
#define SQL_I64 1u
#define SQL_F64 2u
#define SQL_TEXT 3u
#define SQL_BYTES 4u
#define SQL_NULL 5u

#define SQL_REASON_SIZE 256
typedef struct sql_reason {
    uint32_t failure; /* SQL_FAIL_* */
    int32_t code;     /* the engine's own number */
    char text[SQL_REASON_SIZE];
} sql_reason;

/* Heads of the engine's own structs. */
typedef struct sql_db {
    const struct sql_engine *engine;
} sql_db;
typedef struct sql_statement {
    const struct sql_engine *engine;
} sql_statement;

/* ---- opening ---- */
#define SQL_OPEN_WRITE 1u          /* else read-only */
#define SQL_OPEN_MAKE 2u           /* make it when missing */
#define SQL_OPEN_MEMORY_TEMP 4u    /* temporary copies never touch the disk */
#define SQL_OPEN_SETTLE_BY_HAND 8u /* the log goes into the file by sql_settle only */

#define SQL_SYNC_NORMAL 0u /* the newest commits may be lost with the power, never half of one */
#define SQL_SYNC_FULL 1u   /* a commit is on stable storage */
#define SQL_SYNC_OFF 2u    /* tests only */

typedef struct sql_options {
    uint32_t flags;
    uint32_t sync;
    uint32_t cache_kib;
    uint32_t patience_ms;   /* how long to wait for a lock */
    uint32_t log_bytes_max; /* 0 = as the engine likes */
    const char *place;      /* a file, or a server as the engine writes it */
    const char *area;   /* the part of the server's database these tables are in; "" for a file */
    const char *secret; /* the server's password, "" for none */
} sql_options;

#define SQL_BEGIN_READ 0u  /* one snapshot, whatever others write */
#define SQL_BEGIN_WRITE 1u /* E.g. waits for the lock at once instead of in the middle */

#define SQL_PREPARE_MANY 1u  /* many rows: fetch them as they are asked for, not at once */
#define SQL_PREPARE_LATER 2u /* gives no rows, and a failure may show as late as at the commit */

/* Traits of an engine. */
#define SQL_SHARED 1u /* programs on several computers write the same tables */

/* A module exports one table under this name; a change of its meaning gets a new number. */
#define SQL_ENGINE_SYMBOL "kinmu_sql_engine_v1"

typedef struct sql_engine {
    uint32_t struct_size;
    uint32_t traits;
    const char *name;

    int32_t (*open)(const sql_options *options, sql_db **out, sql_reason *reason);
    void (*close)(sql_db *db);
    void (*reason)(sql_db *db, sql_reason *reason);
    const char *(*place)(sql_db *db);

    int32_t (*run)(sql_db *db, const char *script);
    int32_t (*begin)(sql_db *db, uint32_t how);
    int32_t (*commit)(sql_db *db);
    void (*rollback)(sql_db *db);
    int32_t (*in_transaction)(sql_db *db);
    int32_t (*mark)(sql_db *db);
    int32_t (*undo_to_mark)(sql_db *db);
    int32_t (*forget_mark)(sql_db *db);

    int32_t (*prepare)(sql_db *db, const char *text, uint32_t flags, sql_statement **out);
    int32_t (*prepare_rows)(sql_db *db, const char *insert, const char *into, sql_statement **out);
    void (*finish)(sql_statement *s);
    void (*bind_null)(sql_statement *s, int place);
    void (*bind_i64)(sql_statement *s, int place, int64_t value);
    void (*bind_f64)(sql_statement *s, int place, double value);
    void (*bind_text)(sql_statement *s, int place, const char *text, size_t size);
    void (*bind_bytes)(sql_statement *s, int place, const void *data, size_t size);
    int32_t (*step)(sql_statement *s);
    void (*reset)(sql_statement *s);
    int64_t (*changes)(sql_db *db);
    void (*careful)(sql_db *db, int32_t on);

    int (*columns)(sql_statement *s);
    uint32_t (*type)(sql_statement *s, int column);
    int64_t (*i64)(sql_statement *s, int column);
    int32_t (*number)(sql_statement *s, int column, int64_t *out);
    double (*f64)(sql_statement *s, int column);
    const char *(*text)(sql_statement *s, int column);
    const void *(*bytes)(sql_statement *s, int column);
    size_t (*size)(sql_statement *s, int column);

    int32_t (*settle)(sql_db *db, int32_t wholly);
    int32_t (*unsettled)(sql_db *db);
    int32_t (*compact)(sql_db *db);
    int32_t (*check)(sql_db *db, int32_t *healthy);
    int32_t (*space)(sql_db *db, uint64_t *bytes);
    int32_t (*version)(sql_db *db, int64_t *version);
    int32_t (*set_version)(sql_db *db, int64_t version);
    void (*patience)(sql_db *db, uint32_t ms);
    /* NULL: such a database is backed up with its own tools. */
    int32_t (*copy)(sql_db *db, const char *path, sql_reason *reason);
} sql_engine;

#endif
