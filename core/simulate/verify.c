/* simulate/verify.c - see verify.h. Plain SQL over the store's documented tables (docs/store.md).
 */
#include "simulate/verify.h"

#include "base/error.h"
#include "base/text.h"
#include "simulate/state.h"
#include "sql/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS 10000u
#define PATH_SIZE 4096

typedef struct stored_agent {
    agent_tally tally;
    uint64_t doubled;
} stored_agent;

static const char *const tables[MINUTE_KINDS] = {[MINUTE_SESSION] = "kinmu_session_change_1",
                                                 [MINUTE_INPUT] = "kinmu_input_minute_1",
                                                 [MINUTE_FOCUS] = "kinmu_window_focus_1"};

/* ---- agents by origin: a search over a sorted copy ---- */

typedef struct place {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint32_t index;
} place;

static int by_origin(const void *a, const void *b) {
    return memcmp(a, b, LAYOUT_ORIGIN_SIZE);
}

static place *sort_places(const state_agent *kept, uint32_t count) {
    place *places = calloc(count, sizeof *places);
    for (uint32_t i = 0; places != NULL && i < count; i++) {
        memcpy(places[i].origin, kept[i].origin, LAYOUT_ORIGIN_SIZE);
        places[i].index = i;
    }
    if (places != NULL) {
        qsort(places, count, sizeof *places, by_origin);
    }
    return places;
}

/* ---- the store ---- */

static int32_t failed(sql_db *db, kinmu_err *err) {
    sql_reason reason;
    sql_why(db, &reason);
    return error_set(err, KINMU_E_RETRY, "simulate.store", "the store cannot be read: %s",
                     reason.text);
}

/* Counts of one table per device; a device others wrote is passed over. */
static int32_t count_table(sql_db *db, uint32_t kind, const place *places, uint32_t count,
                           stored_agent *stored, kinmu_err *err) {
    char text[512];
    sql_statement *rows = NULL;
    int32_t step;
    snprintf(text, sizeof text,
             "SELECT o.origin, count(*), count(DISTINCT t.sequence), %s FROM %s t "
             "JOIN kinmu_origin o ON o.id = t.origin GROUP BY o.origin",
             kind == MINUTE_INPUT ? "sum(t.keys)" : "0", tables[kind]);
    if (sql_prepare(db, text, SQL_PREPARE_MANY, &rows) != SQL_DONE) {
        return failed(db, err);
    }
    while ((step = sql_step(rows)) == SQL_ROW) {
        const void *origin = sql_bytes(rows, 0);
        const place *found = origin != NULL && sql_size(rows, 0) == LAYOUT_ORIGIN_SIZE
                                 ? bsearch(origin, places, count, sizeof *places, by_origin)
                                 : NULL;
        if (found != NULL) {
            stored_agent *s = &stored[found->index];
            s->tally.events[kind] = sql_u64(rows, 1);
            s->doubled += sql_u64(rows, 1) - sql_u64(rows, 2);
            s->tally.keys += sql_u64(rows, 3);
        }
    }
    int32_t status = step == SQL_DONE ? KINMU_OK : failed(db, err);
    sql_finish(rows);
    return status;
}

static int32_t read_store(const char *data, const place *places, uint32_t count,
                          stored_agent *stored, kinmu_err *err) {
    char path[PATH_SIZE];
    sql_db *db = NULL;
    sql_reason reason;
    snprintf(path, sizeof path, "%s/store.db", data);
    const sql_options options = {.flags = 0, .place = path, .patience_ms = PATIENCE_MS, .area = ""};
    if (sql_open(sql_sqlite(), &options, &db, &reason) != SQL_DONE) {
        return error_set(err, KINMU_E_RETRY, "simulate.store", "\"%s\": %s", path, reason.text);
    }
    int32_t status = sql_begin(db, SQL_BEGIN_READ) == SQL_DONE ? KINMU_OK : failed(db, err);
    for (uint32_t kind = 0; kind < MINUTE_KINDS && status == KINMU_OK; kind++) {
        status = count_table(db, kind, places, count, stored, err);
    }
    sql_rollback(db);
    sql_close(db);
    return status;
}

/* ---- comparing ---- */

static void note(verify_report *out, const state_agent *kept, const char *what, uint64_t wanted,
                 uint64_t found) {
    char origin[2 * LAYOUT_ORIGIN_SIZE + 1];
    if (out->first[0] == '\0') {
        text_hex(origin, kept->origin, LAYOUT_ORIGIN_SIZE);
        snprintf(out->first, sizeof out->first, "%s: %s: acknowledged %llu, stored %llu", origin,
                 what, (unsigned long long)wanted, (unsigned long long)found);
    }
}

/* Between what was acknowledged and, of an agent cut short, what it made. */
static int32_t compare(verify_report *out, const state_agent *kept, const char *what,
                       uint64_t wanted, uint64_t made, uint64_t found, int32_t counts) {
    uint64_t most = kept->is_drained ? wanted : made;
    if (found >= wanted && found <= most) {
        return 0;
    }
    note(out, kept, what, wanted, found);
    if (counts) {
        out->missing += found < wanted ? wanted - found : 0;
        out->surplus += found > most ? found - most : 0;
    }
    return 1;
}

static void compare_agent(verify_report *out, const state_agent *kept, const stored_agent *stored) {
    int32_t differs = stored->doubled > 0;
    for (uint32_t i = 0; i < MINUTE_KINDS; i++) {
        differs |= compare(out, kept, tables[i], kept->acknowledged.events[i], kept->made.events[i],
                           stored->tally.events[i], 1);
    }
    differs |= compare(out, kept, "sum of keys", kept->acknowledged.keys, kept->made.keys,
                       stored->tally.keys, 0);
    if (stored->doubled > 0) {
        note(out, kept, "events stored twice", 0, stored->doubled);
    }
    out->doubled += stored->doubled;
    out->differing += differs != 0;
    agent_tally_add(&out->acknowledged, &kept->acknowledged);
    agent_tally_add(&out->stored, &stored->tally);
}

int32_t verify_run(const char *state, const char *data, verify_report *out, kinmu_err *err) {
    state_agent *kept = NULL;
    memset(out, 0, sizeof *out);
    int32_t status = state_read(state, &kept, &out->agents, err);
    place *places = status == KINMU_OK ? sort_places(kept, out->agents) : NULL;
    stored_agent *stored = status == KINMU_OK ? calloc(out->agents, sizeof *stored) : NULL;
    if (status == KINMU_OK && (places == NULL || stored == NULL)) {
        status = error_set(err, KINMU_E_NOMEM, "memory", "no memory for %u agents", out->agents);
    }
    if (status == KINMU_OK) {
        status = read_store(data, places, out->agents, stored, err);
    }
    for (uint32_t i = 0; i < out->agents && status == KINMU_OK; i++) {
        compare_agent(out, &kept[i], &stored[i]);
    }
    free(stored);
    free(places);
    free(kept);
    return status;
}
