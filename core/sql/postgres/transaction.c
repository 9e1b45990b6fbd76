/* sql/postgres/transaction.c - begin, commit, marks. A mark is a savepoint only once something was
 * sent behind it: going back over buffered rows costs nothing. */
#include "sql/postgres/postgres.h"

#include <string.h>

int32_t postgres_in_transaction(sql_db *db) {
    return ((connection *)db)->in_transaction;
}

int32_t postgres_begin(sql_db *db, uint32_t how) {
    connection *c = (connection *)db;
    const char *text =
        how == SQL_BEGIN_READ ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN";
    if (c->in_transaction) {
        return postgres_fail(c, SQL_FAIL_IO, "a transaction within a transaction");
    }
    if (postgres_ready(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    if (postgres_command(c, text) != SQL_DONE &&
        !(postgres_may_retry(c) && postgres_command(c, text) == SQL_DONE)) {
        return SQL_FAILED;
    }
    c->in_transaction = 1;
    c->mark = MARK_NONE;
    return SQL_DONE;
}

static void leave(connection *c) {
    c->in_transaction = 0;
    c->is_broken = 0;
    c->mark = MARK_NONE;
    postgres_cut_rows(c, 1);
}

int32_t postgres_commit(sql_db *db) {
    connection *c = (connection *)db;
    if (postgres_ready(c) != SQL_DONE || postgres_sync(c) != SQL_DONE ||
        postgres_send_rows(c, 1) != SQL_DONE) {
        return SQL_FAILED;
    }
    PGresult *result = PQexec(c->pg, "COMMIT");
    int32_t answer = SQL_DONE;
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        answer = postgres_failed(c, result);
    } else if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        /* A failure before made this a ROLLBACK. */
        answer = postgres_fail(c, SQL_FAIL_REFUSED, "the transaction had failed before its end");
    }
    PQclear(result);
    if (answer == SQL_DONE) {
        leave(c);
    }
    return answer;
}

void postgres_rollback(sql_db *db) {
    connection *c = (connection *)db;
    if (!c->in_transaction) {
        return;
    }
    sql_reason why = c->reason; /* what the caller will ask for */
    if (PQstatus(c->pg) == CONNECTION_OK) {
        postgres_sync(c);
    }
    if (PQstatus(c->pg) == CONNECTION_OK && PQtransactionStatus(c->pg) != PQTRANS_IDLE) {
        postgres_command(c, "ROLLBACK");
    }
    leave(c);
    c->reason = why;
}

int32_t postgres_mark(sql_db *db) {
    connection *c = (connection *)db;
    c->mark = MARK_WANTED;
    postgres_mark_rows(c);
    return postgres_ready(c);
}

/* Sent ahead, so that a mark costs no wait. */
static int32_t send_ahead(connection *c, const char *text) {
    if (postgres_look_ahead(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    if (PQsendQueryParams(c->pg, text, 0, NULL, NULL, NULL, NULL, 1) != 1) {
        return postgres_failed(c, NULL);
    }
    c->queued++;
    return SQL_DONE;
}

int32_t postgres_place_mark(connection *c) {
    if (c->mark != MARK_WANTED) {
        return SQL_DONE;
    }
    c->mark = MARK_SENT;
    return send_ahead(c, "SAVEPOINT mark");
}

int32_t postgres_undo_to_mark(sql_db *db) {
    connection *c = (connection *)db;
    postgres_cut_rows(c, 0);
    if (c->mark != MARK_SENT) {
        return postgres_ready(c);
    }
    postgres_sync(c); /* its failure is what is undone */
    if (postgres_ready(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    return postgres_command(c, "ROLLBACK TO mark");
}

int32_t postgres_forget_mark(sql_db *db) {
    connection *c = (connection *)db;
    int32_t was_sent = c->mark == MARK_SENT;
    c->mark = MARK_NONE;
    if (was_sent && send_ahead(c, "RELEASE mark") != SQL_DONE) {
        return SQL_FAILED;
    }
    return postgres_send_rows(c, POSTGRES_ROWS_BYTES);
}
