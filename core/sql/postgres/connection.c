/* sql/postgres/connection.c - connecting, connecting again, and what the server's errors mean. */
#include "sql/postgres/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- failures ---- */

typedef struct meaning {
    const char *state; /* SQLSTATE, or its first two letters */
    uint32_t failure;
} meaning;

/* The first that fits. https://www.postgresql.org/docs/15/errcodes-appendix.html */
static const meaning meanings[] = {
    {"08", SQL_FAIL_LOST},       {"57P", SQL_FAIL_LOST},
    {"25006", SQL_FAIL_LOST}, /* read-only: this server is no primary any more */
    {"53300", SQL_FAIL_LOST},    {"53100", SQL_FAIL_FULL},
    {"53200", SQL_FAIL_MEMORY},  {"40", SQL_FAIL_BUSY},
    {"55P03", SQL_FAIL_BUSY},    {"57014", SQL_FAIL_BUSY},
    {"22", SQL_FAIL_REFUSED},    {"23", SQL_FAIL_REFUSED},
    {"54", SQL_FAIL_REFUSED},    {"XX001", SQL_FAIL_DAMAGED},
    {"XX002", SQL_FAIL_DAMAGED}, {"3D000", SQL_FAIL_ABSENT},
    {"3F000", SQL_FAIL_ABSENT},  {"42P01", SQL_FAIL_ABSENT},
};

int32_t postgres_fail(connection *c, uint32_t failure, const char *text) {
    c->reason.failure = failure;
    c->reason.code = 0;
    snprintf(c->reason.text, sizeof c->reason.text, "%s", text);
    for (size_t size = strlen(c->reason.text); size > 0 && c->reason.text[size - 1] == '\n';) {
        c->reason.text[--size] = '\0';
    }
    c->is_broken = c->in_transaction && failure == SQL_FAIL_LOST ? 1 : c->is_broken;
    return SQL_FAILED;
}

int32_t postgres_failed(connection *c, const PGresult *result) {
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *text = result != NULL ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    uint32_t failure = SQL_FAIL_IO;
    text = text != NULL ? text : PQerrorMessage(c->pg);
    for (size_t i = 0; state != NULL && i < sizeof meanings / sizeof *meanings; i++) {
        if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0) {
            failure = meanings[i].failure;
            break;
        }
    }
    if (PQstatus(c->pg) != CONNECTION_OK) {
        failure = SQL_FAIL_LOST;
    }
    postgres_fail(c, failure, text);
    /* The five letters of the state as a number people can look up: base 36. */
    c->reason.code = state != NULL ? (int32_t)strtol(state, NULL, 36) : 0;
    return SQL_FAILED;
}

void postgres_reason(sql_db *db, sql_reason *reason) {
    *reason = ((connection *)db)->reason;
}

const char *postgres_place(sql_db *db) {
    return ((connection *)db)->name;
}

/* ---- connecting ---- */

int32_t postgres_command(connection *c, const char *text) {
    PGresult *result = PQexec(c->pg, text);
    ExecStatusType status = PQresultStatus(result);
    int32_t answer = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
                         ? SQL_DONE
                         : postgres_failed(c, result);
    PQclear(result);
    return answer;
}

/* What a session needs to be like, whatever the server's own settings are. */
static int32_t set_up(connection *c) {
    static const char *const syncs[] = {"on", "on", "off"};
    char text[512];
    char *area = PQescapeIdentifier(c->pg, c->area, strlen(c->area));
    if (area == NULL) {
        return postgres_fail(c, SQL_FAIL_MEMORY, "out of memory");
    }
    int32_t answer = SQL_DONE;
    if ((c->flags & SQL_OPEN_MAKE) != 0) {
        snprintf(text, sizeof text, "CREATE SCHEMA IF NOT EXISTS %s", area);
        answer = postgres_command(c, text);
    }
    if (answer == SQL_DONE) {
        snprintf(text, sizeof text,
                 "SET search_path TO %s; SET synchronous_commit TO %s; SET lock_timeout TO %u;"
                 " SET default_transaction_isolation TO"
                 " 'read committed'; SET idle_in_transaction_session_timeout TO 120000;"
                 " SET tcp_keepalives_idle TO 15; SET tcp_keepalives_interval TO 5;"
                 " SET tcp_keepalives_count TO 3", /* a dead node holds no lock for long */
                 area, syncs[c->sync], c->patience_ms);
        answer = postgres_command(c, text);
    }
    PQfreemem(area);
    return answer;
}

/* Notices ("already exists, skipping") are nobody's concern. */
static void ignore_notice(void *user, const PGresult *result) {
    (void)user;
    (void)result;
}

static int32_t connect_now(connection *c) {
    /* What stands before dbname gives way to what the place says. */
    const char *const keys[] = {"fallback_application_name",
                                "connect_timeout",
                                "keepalives_idle",
                                "keepalives_interval",
                                "keepalives_count",
                                "tcp_user_timeout",
                                "target_session_attrs",
                                "dbname",
                                "client_encoding",
                                c->secret[0] != '\0' ? "password" : NULL,
                                NULL};
    const char *const values[] = {"kinmu",      "5",      "15",   "5",       "3", "20000",
                                  "read-write", c->place, "UTF8", c->secret, NULL};
    PQfinish(c->pg);
    c->generation++;
    c->queued = 0;
    c->pg = PQconnectdbParams(keys, values, 1);
    if (c->pg == NULL) {
        return postgres_fail(c, SQL_FAIL_MEMORY, "out of memory");
    }
    if (PQstatus(c->pg) != CONNECTION_OK) {
        int32_t is_absent = strstr(PQerrorMessage(c->pg), "does not exist") != NULL;
        return postgres_fail(c, is_absent ? SQL_FAIL_ABSENT : SQL_FAIL_LOST, PQerrorMessage(c->pg));
    }
    PQsetNoticeReceiver(c->pg, ignore_notice, NULL);
    snprintf(c->name, sizeof c->name, "%s:%s/%s", PQhost(c->pg), PQport(c->pg), PQdb(c->pg));
    return set_up(c);
}

int32_t postgres_ready(connection *c) {
    if (c->is_broken) {
        return postgres_fail(c, SQL_FAIL_LOST, "the connection was lost within a transaction");
    }
    if (PQstatus(c->pg) == CONNECTION_OK) {
        return SQL_DONE;
    }
    if (c->in_transaction) {
        return postgres_fail(c, SQL_FAIL_LOST, "the connection was lost within a transaction");
    }
    return connect_now(c);
}

int32_t postgres_may_retry(connection *c) {
    if (c->in_transaction || c->reason.failure != SQL_FAIL_LOST) {
        return 0;
    }
    return connect_now(c) == SQL_DONE;
}

int32_t postgres_look_ahead(connection *c) {
    if (c->queued >= POSTGRES_QUEUE_MAX && postgres_sync(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    return PQpipelineStatus(c->pg) == PQ_PIPELINE_ON || PQenterPipelineMode(c->pg) == 1
               ? SQL_DONE
               : postgres_failed(c, NULL);
}

int32_t postgres_sync(connection *c) {
    int32_t answer = SQL_DONE;
    if (c->queued == 0 && PQpipelineStatus(c->pg) == PQ_PIPELINE_OFF) {
        return SQL_DONE;
    }
    if (PQpipelineSync(c->pg) != 1) {
        c->queued = 0;
        return postgres_failed(c, NULL);
    }
    /* Each statement's results end with a NULL; the sync itself is the last. A second NULL in a row
     * means that the connection is gone. */
    int nulls = 0;
    for (;;) {
        PGresult *result = PQgetResult(c->pg);
        ExecStatusType status = PQresultStatus(result);
        nulls = result == NULL ? nulls + 1 : 0;
        if (result != NULL && status == PGRES_FATAL_ERROR && answer == SQL_DONE) {
            answer = postgres_failed(c, result);
        }
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC) {
            break;
        }
        if (nulls > 1 || PQstatus(c->pg) != CONNECTION_OK) {
            c->queued = 0;
            return postgres_fail(c, SQL_FAIL_LOST, PQerrorMessage(c->pg));
        }
    }
    c->queued = 0;
    if (PQexitPipelineMode(c->pg) != 1 && answer == SQL_DONE) {
        answer = postgres_failed(c, NULL);
    }
    return answer;
}

int32_t postgres_open(const sql_options *options, sql_db **out, sql_reason *reason) {
    connection *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL || PQisthreadsafe() != 1) {
        free(c);
        memset(reason, 0, sizeof *reason);
        reason->failure = SQL_FAIL_MEMORY;
        return SQL_FAILED;
    }
    c->head.engine = &kinmu_sql_engine_v1;
    c->flags = options->flags;
    c->sync = options->sync;
    c->patience_ms = options->patience_ms;
    c->place = postgres_copy_text(options->place);
    c->area = postgres_copy_text(options->area);
    c->secret = postgres_copy_text(options->secret);
    snprintf(c->name, sizeof c->name, "PostgreSQL");
    int32_t answer = SQL_FAILED;
    if (c->place != NULL && c->area != NULL && c->secret != NULL) {
        answer = connect_now(c);
    } else {
        postgres_fail(c, SQL_FAIL_MEMORY, "out of memory");
    }
    if (answer != SQL_DONE) {
        *reason = c->reason;
        postgres_close(&c->head);
        return SQL_FAILED;
    }
    *out = &c->head;
    return SQL_DONE;
}

void postgres_close(sql_db *db) {
    connection *c = (connection *)db;
    PQfinish(c->pg);
    free(c->place);
    free(c->area);
    if (c->secret != NULL) {
        volatile char *secret = c->secret;
        for (size_t i = 0; secret[i] != '\0'; i++) {
            secret[i] = '\1'; /* volatile: not optimised away */
        }
    }
    free(c->secret);
    free(c);
}

int32_t postgres_run(sql_db *db, const char *script) {
    connection *c = (connection *)db;
    if (postgres_ready(c) != SQL_DONE || postgres_sync(c) != SQL_DONE ||
        postgres_place_mark(c) != SQL_DONE || postgres_sync(c) != SQL_DONE) {
        return SQL_FAILED;
    }
    int32_t again = 0;
    int32_t answer;
    do {
        PGresult *result = PQexec(c->pg, script);
        ExecStatusType status = PQresultStatus(result);
        answer = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
                     ? SQL_DONE
                     : postgres_failed(c, result);
        c->changes = answer == SQL_DONE ? strtoll(PQcmdTuples(result), NULL, 10) : 0;
        PQclear(result);
        again = answer != SQL_DONE && !again && postgres_may_retry(c);
    } while (again);
    return answer;
}
