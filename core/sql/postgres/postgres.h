/* sql/postgres/postgres.h - the PostgreSQL engine as its own files see it. A module: it links libpq
 * and nothing of the core (see ../engine.h).
 *
 * A connection that breaks is made again by the next call outside a transaction; inside one, every
 * call fails with SQL_FAIL_LOST until the caller rolls back. So no half of a transaction is ever
 * committed. What runs outside a transaction may run twice and has to bear that.
 */
#ifndef SQL_POSTGRES_POSTGRES_H
#define SQL_POSTGRES_POSTGRES_H

#include "sql/engine.h"

#include <libpq-fe.h>

#define POSTGRES_VALUES_MAX 400 /* of one statement: a wide schema's fields and stamps */
#define POSTGRES_QUEUE_MAX 256u /* statements sent ahead; their answers must fit the socket */
#define POSTGRES_ROWS_BYTES ((size_t)1 << 20) /* of one table's rows, then they are sent */
#define POSTGRES_FETCH_ROWS "500"

#define MARK_NONE 0
#define MARK_WANTED 1 /* nothing but buffered rows came since */
#define MARK_SENT 2   /* the server has a savepoint */

typedef struct statement statement;

__attribute__((visibility("default"))) extern const sql_engine kinmu_sql_engine_v1;

typedef struct connection {
    sql_db head;
    PGconn *pg;
    char *place;
    char *area;
    char *secret;
    char name[128]; /* host, port and database, for messages */
    uint32_t flags;
    uint32_t sync;
    uint32_t patience_ms;
    uint64_t generation; /* of pg: what was prepared before is gone */
    int32_t in_transaction;
    int32_t is_broken;  /* the transaction cannot be saved */
    int32_t is_careful; /* nothing is deferred */
    int32_t mark;
    uint32_t queued; /* statements sent, not answered yet */
    uint32_t next_name;
    int64_t changes;
    statement *rows; /* those with buffered rows or without, of this connection */
    sql_reason reason;
} connection;

/* A growing array of bytes. */
typedef struct byte_array {
    char *data;
    size_t size;
    size_t capacity;
} byte_array;

struct statement {
    sql_statement head;
    connection *on;
    char *text;
    char name[24];
    uint64_t generation; /* prepared there; 0 = not yet */
    uint32_t flags;
    int value_count;
    Oid *types;
    const char **values;
    int *sizes;
    int *formats;
    char (*numbers)[8]; /* where fixed-size values stand */
    int32_t is_refused; /* a value PostgreSQL cannot keep */
    PGresult *result;
    int row;        /* in result */
    int has_cursor; /* a cursor of its own name is open */
    int was_run;    /* since the last reset */
    int gives_rows;
    /* Only of rows: */
    char *into; /* "table (column, ...)" */
    byte_array pending;
    size_t marked; /* size of pending at the mark */
    statement *next;
};

/* ---- text.c ---- */
char *postgres_copy_text(const char *text);
/* "?" and "?3" become "$1" and "$3"; NULL without memory. *count = values. */
char *postgres_translate(const char *text, int *count);

/* ---- connection.c ---- */
int32_t postgres_fail(connection *c, uint32_t failure, const char *text);
/* Fails with what the result or the connection says. */
int32_t postgres_failed(connection *c, const PGresult *result);
/* Before anything is sent: connected, or connected again. */
int32_t postgres_ready(connection *c);
/* 1 when the last failure may be answered by trying once more on a new connection. */
int32_t postgres_may_retry(connection *c);
/* Ready to send statements ahead, without waiting for their answers; and waiting for those. */
int32_t postgres_look_ahead(connection *c);
int32_t postgres_sync(connection *c);
/* The server gets the savepoint that was only wanted so far. */
int32_t postgres_place_mark(connection *c);
int32_t postgres_command(connection *c, const char *text); /* one, in any state */

int32_t postgres_open(const sql_options *options, sql_db **out, sql_reason *reason);
void postgres_close(sql_db *db);
void postgres_reason(sql_db *db, sql_reason *reason);
const char *postgres_place(sql_db *db);
int32_t postgres_run(sql_db *db, const char *script);

/* ---- transaction.c ---- */
int32_t postgres_begin(sql_db *db, uint32_t how);
int32_t postgres_commit(sql_db *db);
void postgres_rollback(sql_db *db);
int32_t postgres_in_transaction(sql_db *db);
int32_t postgres_mark(sql_db *db);
int32_t postgres_undo_to_mark(sql_db *db);
int32_t postgres_forget_mark(sql_db *db);

/* ---- statement.c ---- */
int32_t postgres_prepare(sql_db *db, const char *text, uint32_t flags, sql_statement **out);
int32_t postgres_prepare_here(statement *s); /* on this very connection; nothing is sent ahead */
void postgres_finish(sql_statement *s);
int32_t postgres_step(sql_statement *s);
void postgres_reset(sql_statement *s);
int64_t postgres_changes(sql_db *db);

/* ---- values.c ---- */
int32_t postgres_make_room(statement *s); /* for value_count values */
void postgres_bind_null(sql_statement *s, int place);
void postgres_bind_i64(sql_statement *s, int place, int64_t value);
void postgres_bind_f64(sql_statement *s, int place, double value);
void postgres_bind_text(sql_statement *s, int place, const char *text, size_t size);
void postgres_bind_bytes(sql_statement *s, int place, const void *data, size_t size);
int postgres_columns(sql_statement *s);
uint32_t postgres_type(sql_statement *s, int column);
int64_t postgres_i64(sql_statement *s, int column);
int32_t postgres_number(sql_statement *s, int column, int64_t *out);
double postgres_f64(sql_statement *s, int column);
const char *postgres_text(sql_statement *s, int column);
const void *postgres_bytes(sql_statement *s, int column);
size_t postgres_size(sql_statement *s, int column);

/* ---- rows.c ---- */
int32_t postgres_prepare_rows(sql_db *db, const char *insert, const char *into,
                              sql_statement **out);
int32_t postgres_add_row(statement *s);
/* Sends the buffered rows; those of tables with at least `size_min` bytes. */
int32_t postgres_send_rows(connection *c, size_t size_min);
void postgres_mark_rows(connection *c);
void postgres_cut_rows(connection *c, int32_t wholly); /* back to the mark, or all */

#endif
