/* sql/postgres/statement.c - statements: prepared on the server, run at once or sent ahead, their
 * rows taken whole or, when there may be many, through a cursor. */
#include "sql/postgres/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t postgres_changes(sql_db *db) {
    return ((connection *)db)->changes;
}

int32_t postgres_prepare_here(statement *s) {
    connection *c = s->on;
    if (s->generation == c->generation) {
        return SQL_DONE;
    }
    PGresult *result = PQprepare(c->pg, s->name, s->text, 0, NULL);
    int32_t answer =
        PQresultStatus(result) == PGRES_COMMAND_OK ? SQL_DONE : postgres_failed(c, result);
    PQclear(result);
    if (answer != SQL_DONE) {
        return answer;
    }
    result = PQdescribePrepared(c->pg, s->name);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        answer = postgres_failed(c, result);
    } else if (PQnparams(result) != s->value_count) {
        answer = postgres_fail(c, SQL_FAIL_IO, "a statement skips the number of a value");
    } else {
        for (int i = 0; i < s->value_count; i++) {
            s->types[i] = PQparamtype(result, i);
        }
        s->gives_rows = PQnfields(result) > 0;
        s->generation = c->generation;
    }
    PQclear(result);
    return answer;
}

int32_t postgres_prepare(sql_db *db, const char *text, uint32_t flags, sql_statement **out) {
    connection *c = (connection *)db;
    *out = NULL;
    statement *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return postgres_fail(c, SQL_FAIL_MEMORY, "out of memory");
    }
    s->head.engine = db->engine;
    s->on = c;
    s->flags = flags;
    s->text = postgres_translate(text, &s->value_count);
    snprintf(s->name, sizeof s->name, "kinmu_%u", c->next_name++);
    int32_t answer = SQL_DONE;
    if (s->text == NULL || postgres_make_room(s) != SQL_DONE) {
        answer = postgres_fail(c, SQL_FAIL_MEMORY, "out of memory or too many values");
    }
    int32_t again = 0;
    do {
        if (answer == SQL_DONE || again) {
            answer = postgres_ready(c);
            answer = answer == SQL_DONE ? postgres_sync(c) : answer;
            answer = answer == SQL_DONE ? postgres_prepare_here(s) : answer;
        }
        again = answer != SQL_DONE && !again && postgres_may_retry(c);
    } while (again);
    if (answer != SQL_DONE) {
        sql_reason why = c->reason;
        postgres_finish(&s->head);
        c->reason = why;
        return SQL_FAILED;
    }
    *out = &s->head;
    return SQL_DONE;
}

void postgres_finish(sql_statement *statement_) {
    statement *s = (statement *)statement_;
    connection *c = s->on;
    sql_reason why = c->reason;
    postgres_reset(statement_);
    for (statement **at = &c->rows; *at != NULL; at = &(*at)->next) {
        if (*at == s) {
            *at = s->next;
            break;
        }
    }
    if (s->generation == c->generation && PQstatus(c->pg) == CONNECTION_OK && !c->is_broken &&
        postgres_sync(c) == SQL_DONE && PQtransactionStatus(c->pg) != PQTRANS_INERROR) {
        char text[64];
        snprintf(text, sizeof text, "DEALLOCATE %s", s->name);
        postgres_command(c, text);
    }
    c->reason = why;
    free(s->text);
    free(s->types);
    free(s->values);
    free(s->sizes);
    free(s->formats);
    free(s->numbers);
    free(s->into);
    free(s->pending.data);
    free(s);
}

/* ---- running ---- */

static int32_t keep_result(statement *s, PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        postgres_failed(s->on, result);
        PQclear(result);
        return SQL_FAILED;
    }
    PQclear(s->result);
    s->result = result;
    s->row = 0;
    return SQL_DONE;
}

static int32_t fetch(statement *s) {
    char text[96];
    snprintf(text, sizeof text, "FETCH " POSTGRES_FETCH_ROWS " FROM %s", s->name);
    return keep_result(s, PQexecParams(s->on->pg, text, 0, NULL, NULL, NULL, NULL, 1));
}

/* Rows that may be many. The cursor outlives what is not a transaction. */
static int32_t open_cursor(statement *s) {
    connection *c = s->on;
    size_t size = strlen(s->text) + 128;
    char *text = malloc(size);
    if (text == NULL) {
        return postgres_fail(c, SQL_FAIL_MEMORY, "out of memory");
    }
    snprintf(text, size, "DECLARE %s NO SCROLL CURSOR %s FOR %s", s->name,
             c->in_transaction ? "" : "WITH HOLD", s->text);
    PGresult *result =
        PQexecParams(c->pg, text, s->value_count, s->types, s->values, s->sizes, s->formats, 1);
    free(text);
    s->has_cursor = PQresultStatus(result) == PGRES_COMMAND_OK;
    int32_t answer = s->has_cursor ? SQL_DONE : postgres_failed(c, result);
    PQclear(result);
    return answer == SQL_DONE ? fetch(s) : answer;
}

static int32_t run_ahead(statement *s) {
    connection *c = s->on;
    if (s->generation != c->generation &&
        (postgres_sync(c) != SQL_DONE || postgres_prepare_here(s) != SQL_DONE)) {
        return SQL_FAILED;
    }
    if (postgres_place_mark(c) != SQL_DONE || postgres_look_ahead(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    if (PQsendQueryPrepared(c->pg, s->name, s->value_count, s->values, s->sizes, s->formats, 1) !=
        1) {
        return postgres_failed(c, NULL);
    }
    c->queued++;
    c->changes = 1;
    s->was_run = 1;
    return SQL_DONE;
}

/* Looking something up, or adding what may stay, needs no savepoint of its own: when it fails the
 * caller begins anew, carefully. */
static int32_t run_now(statement *s) {
    connection *c = s->on;
    if (postgres_ready(c) != SQL_DONE || postgres_sync(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    if ((c->is_careful || !s->gives_rows) &&
        (postgres_place_mark(c) != SQL_DONE || postgres_sync(c) != SQL_DONE)) {
        return SQL_FAILED;
    }
    if (postgres_prepare_here(s) != SQL_DONE) {
        return SQL_FAILED;
    }
    int32_t answer;
    if ((s->flags & SQL_PREPARE_MANY) != 0) {
        answer = open_cursor(s);
    } else {
        answer = keep_result(
            s, PQexecPrepared(c->pg, s->name, s->value_count, s->values, s->sizes, s->formats, 1));
        c->changes = answer == SQL_DONE ? strtoll(PQcmdTuples(s->result), NULL, 10) : 0;
    }
    s->was_run = answer == SQL_DONE;
    return answer;
}

static int32_t run(statement *s) {
    connection *c = s->on;
    if (s->is_refused) {
        s->is_refused = 0;
        return postgres_fail(c, SQL_FAIL_REFUSED, "a text holds a NUL character");
    }
    if (s->into != NULL && c->in_transaction && !c->is_careful) {
        return postgres_add_row(s);
    }
    if ((s->flags & SQL_PREPARE_LATER) != 0 && c->in_transaction && !c->is_careful) {
        return postgres_ready(c) == SQL_DONE ? run_ahead(s) : SQL_FAILED;
    }
    int32_t answer = run_now(s);
    if (answer != SQL_DONE && postgres_may_retry(c)) {
        answer = run_now(s);
    }
    return answer;
}

int32_t postgres_step(sql_statement *statement_) {
    statement *s = (statement *)statement_;
    if (s->was_run && s->result == NULL) {
        postgres_reset(statement_); /* stepped again without a reset: a new run */
    }
    if (!s->was_run) {
        s->row = 0;
        if (run(s) != SQL_DONE) {
            return SQL_FAILED;
        }
    } else {
        s->row++;
    }
    if (s->result == NULL) {
        return SQL_DONE;
    }
    if (s->has_cursor && s->row >= PQntuples(s->result) && s->row > 0 && fetch(s) != SQL_DONE) {
        return SQL_FAILED;
    }
    return s->row < PQntuples(s->result) ? SQL_ROW : SQL_DONE;
}

void postgres_reset(sql_statement *statement_) {
    statement *s = (statement *)statement_;
    connection *c = s->on;
    PQclear(s->result);
    s->result = NULL;
    s->was_run = 0;
    if (!s->has_cursor) {
        return;
    }
    s->has_cursor = 0;
    if (s->generation == c->generation && PQstatus(c->pg) == CONNECTION_OK &&
        PQtransactionStatus(c->pg) != PQTRANS_INERROR && postgres_sync(c) == SQL_DONE) {
        char text[64];
        sql_reason why = c->reason;
        snprintf(text, sizeof text, "CLOSE %s", s->name);
        postgres_command(c, text); /* gone with its transaction: no harm */
        c->reason = why;
    }
}
