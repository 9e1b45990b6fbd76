/* sql/sql.h - one small door to a SQL database, the same for the journal and the store.
 *
 * Statements are plain SQL with `?` or `?1` for values; each engine makes of it what its server
 * wants. Tables are the caller's affair: their definitions differ per engine (sql_is_shared). It
 * knows nothing of blocks or rows, and it gives no advice to users: who calls turns a reason into a
 * message.
 *
 * Values bound are never copied: they must live until the step. What a column gives lives until the
 * next step or reset. A connection and its statements belong to one thread at a time.
 */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include "sql/engine.h"

#include <string.h>

const sql_engine *sql_sqlite(void);

/* Opens or makes a database; on SQL_FAILED *out is NULL and reason is filled. */
static inline int32_t sql_open(const sql_engine *engine, const sql_options *options, sql_db **out,
                               sql_reason *reason) {
    return engine->open(options, out, reason);
}
/* Statements are finished before. Accepts NULL. */
static inline void sql_close(sql_db *db) {
    if (db != NULL) {
        db->engine->close(db);
    }
}
/* Why the last call on this connection failed. */
static inline void sql_why(sql_db *db, sql_reason *reason) {
    db->engine->reason(db, reason);
}
/* The last failure's class alone. */
static inline uint32_t sql_failure(sql_db *db) {
    sql_reason reason;
    db->engine->reason(db, &reason);
    return reason.failure;
}
/* The file or server, for messages; no secrets. */
static inline const char *sql_place(sql_db *db) {
    return db->engine->place(db);
}
static inline int32_t sql_is_shared(const sql_db *db) {
    return (db->engine->traits & SQL_SHARED) != 0;
}

/* Runs statements without values and rows, separated by semicolons. */
static inline int32_t sql_run(sql_db *db, const char *script) {
    return db->engine->run(db, script);
}
static inline int32_t sql_begin(sql_db *db, uint32_t how) {
    return db->engine->begin(db, how);
}
/* On SQL_FAILED the transaction may still be open: roll back. */
static inline int32_t sql_commit(sql_db *db) {
    return db->engine->commit(db);
}
static inline void sql_rollback(sql_db *db) { /* if a transaction is still open */
    db->engine->rollback(db);
}
static inline int32_t sql_in_transaction(sql_db *db) {
    return db->engine->in_transaction(db);
}
/* A place within the transaction to go back to; marks do not nest. forget_mark ends the mark, also
 * after an undo. */
static inline int32_t sql_mark(sql_db *db) {
    return db->engine->mark(db);
}
static inline int32_t sql_undo_to_mark(sql_db *db) {
    return db->engine->undo_to_mark(db);
}
static inline int32_t sql_forget_mark(sql_db *db) {
    return db->engine->forget_mark(db);
}

/* flags: SQL_PREPARE_*. On SQL_FAILED *out is NULL. */
static inline int32_t sql_prepare(sql_db *db, const char *text, uint32_t flags,
                                  sql_statement **out) {
    return db->engine->prepare(db, text, flags, out);
}
/* For many rows of one table: `insert` is the whole statement, `into` its "table (columns)" with
 * the values in the same order. An engine may keep rows until the commit and send them together,
 * without the statement's ON CONFLICT: then the commit fails with SQL_FAIL_REFUSED, and the caller
 * does the transaction again, carefully. */
static inline int32_t sql_prepare_rows(sql_db *db, const char *insert, const char *into,
                                       sql_statement **out) {
    return db->engine->prepare_rows(db, insert, into, out);
}
/* From now on every failure shows where it is made (and `insert` means what it says), or not. */
static inline void sql_careful(sql_db *db, int32_t on) {
    db->engine->careful(db, on);
}
static inline void sql_finish(sql_statement *s) { /* NULL is fine */
    if (s != NULL) {
        s->engine->finish(s);
    }
}

/* ---- values; places count from 1; a NULL pointer is NULL, whatever the size ---- */
static inline void sql_bind_null(sql_statement *s, int place) {
    s->engine->bind_null(s, place);
}
static inline void sql_bind_i64(sql_statement *s, int place, int64_t value) {
    s->engine->bind_i64(s, place, value);
}
static inline void sql_bind_f64(sql_statement *s, int place, double value) {
    s->engine->bind_f64(s, place, value);
}
static inline void sql_bind_text_n(sql_statement *s, int place, const char *text, size_t size) {
    s->engine->bind_text(s, place, text, size);
}
static inline void sql_bind_text(sql_statement *s, int place, const char *text) {
    s->engine->bind_text(s, place, text, strlen(text));
}
static inline void sql_bind_bytes(sql_statement *s, int place, const void *data, size_t size) {
    s->engine->bind_bytes(s, place, data, size);
}

/* SQL_ROW, SQL_DONE or SQL_FAILED. A statement that ended is reset before its next step. */
static inline int32_t sql_step(sql_statement *s) {
    return s->engine->step(s);
}
/* Ready for the next step; values stay bound. */
static inline void sql_reset(sql_statement *s) {
    s->engine->reset(s);
}
/* Rows the last step wrote. */
static inline int64_t sql_changes(sql_db *db) {
    return db->engine->changes(db);
}

/* ---- the row a statement stands on; columns count from 0 ---- */
static inline int sql_columns(sql_statement *s) {
    return s->engine->columns(s);
}
static inline uint32_t sql_type(sql_statement *s, int column) { /* SQL_I64 ... SQL_NULL */
    return s->engine->type(s, column);
}
static inline int64_t sql_i64(sql_statement *s, int column) { /* NULL is 0 */
    return s->engine->i64(s, column);
}
static inline uint64_t sql_u64(sql_statement *s, int column) {
    return (uint64_t)s->engine->i64(s, column);
}
/* 1 with *out filled when it is a SQL_I64: type and value in one step, for readers of many rows. */
static inline int32_t sql_number(sql_statement *s, int column, int64_t *out) {
    return s->engine->number(s, column, out);
}
static inline double sql_f64(sql_statement *s, int column) {
    return s->engine->f64(s, column);
}
static inline const char *sql_text(sql_statement *s, int column) { /* terminated; NULL for NULL */
    return s->engine->text(s, column);
}
static inline const void *sql_bytes(sql_statement *s, int column) { /* maybe NULL when empty */
    return s->engine->bytes(s, column);
}
static inline size_t sql_size(sql_statement *s, int column) { /* of the text or bytes */
    return s->engine->size(s, column);
}

/* ---- what engines do each in their own way ---- */
/* Moves what was committed to where it stays; `wholly`: all of it, waiting for readers. */
static inline int32_t sql_settle(sql_db *db, int32_t wholly) {
    return db->engine->settle(db, wholly);
}
/* Pages a settling would move. */
static inline int32_t sql_unsettled(sql_db *db) {
    return db->engine->unsettled(db);
}
/* Rewrites the tables without what was deleted. Outside a transaction. */
static inline int32_t sql_compact(sql_db *db) {
    return db->engine->compact(db);
}
/* Looks at the database's own structure, all of it. */
static inline int32_t sql_check(sql_db *db, int32_t *healthy) {
    return db->engine->check(db, healthy);
}
static inline int32_t sql_space(sql_db *db, uint64_t *bytes) {
    return db->engine->space(db, bytes);
}
/* A number kept with the tables: the version of their layout, 0 before it was set. */
static inline int32_t sql_version(sql_db *db, int64_t *version) {
    return db->engine->version(db, version);
}
static inline int32_t sql_set_version(sql_db *db, int64_t version) {
    return db->engine->set_version(db, version);
}
/* Writes the whole database, as of now and whatever others write meanwhile, into the empty file
 * `path`, durably. Ask sql_can_copy first. */
static inline int32_t sql_can_copy(const sql_db *db) {
    return db->engine->struct_size >= sizeof(sql_engine) && db->engine->copy != NULL;
}
static inline int32_t sql_copy(sql_db *db, const char *path, sql_reason *reason) {
    return db->engine->copy(db, path, reason);
}
static inline void sql_patience(sql_db *db, uint32_t ms) {
    db->engine->patience(db, ms);
}

#endif
