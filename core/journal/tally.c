/* journal/tally.c - see tally.h. */
#include "journal/tally.h"

#include "journal/files.h"
#include "journal/journal.h"

#include <string.h>

static tally_purpose *find(tally *t, const char *purpose) {
    for (uint32_t i = 0; i < t->purpose_count; i++) {
        if (strcmp(t->purposes[i].name, purpose) == 0) {
            return &t->purposes[i];
        }
    }
    return NULL;
}

const tally_purpose *tally_find(const tally *t, const char *purpose) {
    for (uint32_t i = 0; i < t->purpose_count; i++) {
        if (strcmp(t->purposes[i].name, purpose) == 0) {
            return &t->purposes[i];
        }
    }
    return NULL;
}

static tally_purpose *find_or_make(tally *t, const char *purpose) {
    tally_purpose *found = find(t, purpose);
    if (found == NULL && t->purpose_count < TALLY_PURPOSES_MAX) {
        found = &t->purposes[t->purpose_count++];
        memset(found, 0, sizeof *found);
        memcpy(found->name, purpose, strlen(purpose) + 1);
    }
    return found;
}

void tally_add(tally *t, uint64_t position, const layout_header *header) {
    uint64_t events = header->last_sequence - header->first_sequence + 1;
    tally_purpose *purpose = find_or_make(t, header->purpose);
    t->position = position;
    t->blocks++;
    t->events += events;
    t->bytes += header->payload_size;
    if (header->decision > t->decision) {
        t->decision = header->decision;
    }
    if (purpose != NULL) {
        purpose->blocks++;
        purpose->events += events;
        purpose->bytes += header->payload_size;
    }
}

static void subtract(uint64_t *from, uint64_t amount) {
    *from -= amount < *from ? amount : *from;
}

void tally_drop(tally *t, const layout_header *header, uint32_t state) {
    tally_purpose *purpose = find(t, header->purpose);
    if (state == JOURNAL_BLOCK_ERASED) {
        t->erased++;
    } else if (state == JOURNAL_BLOCK_FOLDED) {
        t->folded++;
    }
    subtract(&t->bytes, header->payload_size);
    if (purpose != NULL) {
        subtract(&purpose->bytes, header->payload_size);
    }
}

typedef struct total {
    const char *name;
    uint64_t *value;
} total;

#define TOTALS 7

static void list_totals(tally *t, total totals[TOTALS]) {
    const total list[TOTALS] = {{"position", &t->position}, {"decision", &t->decision},
                                {"blocks", &t->blocks},     {"events", &t->events},
                                {"bytes", &t->bytes},       {"erased", &t->erased},
                                {"folded", &t->folded}};
    memcpy(totals, list, sizeof list);
}

static int32_t load_saved(sql_db *db, tally *t, kinmu_err *err) {
    sql_statement *select = NULL;
    total totals[TOTALS];
    int code = SQL_DONE;
    list_totals(t, totals);
    int32_t status = files_prepare(db, "SELECT name, value FROM total", &select, err);
    while (status == KINMU_OK && (code = sql_step(select)) == SQL_ROW) {
        const char *name = sql_text(select, 0);
        for (uint32_t i = 0; name != NULL && i < TOTALS; i++) {
            if (strcmp(name, totals[i].name) == 0) {
                *totals[i].value = sql_u64(select, 1);
            }
        }
    }
    sql_finish(select);
    if (status == KINMU_OK) {
        status =
            files_prepare(db, "SELECT purpose, blocks, events, bytes FROM usage", &select, err);
    }
    while (status == KINMU_OK && (code = sql_step(select)) == SQL_ROW) {
        const char *name = sql_text(select, 0);
        tally_purpose *purpose =
            name != NULL && strlen(name) <= KINMU_NAME_BYTES_MAX ? find_or_make(t, name) : NULL;
        if (purpose != NULL) {
            purpose->blocks = sql_u64(select, 1);
            purpose->events = sql_u64(select, 2);
            purpose->bytes = sql_u64(select, 3);
        }
    }
    if (status == KINMU_OK) {
        sql_finish(select);
    }
    return status == KINMU_OK && code != SQL_DONE ? files_failed(db, err) : status;
}

int32_t tally_catch_up(sql_db *db, tally *t, kinmu_err *err) {
    sql_statement *select = NULL;
    int32_t status = files_prepare_many(
        db, "SELECT position, header, state FROM block WHERE position > ? ORDER BY position",
        &select, err);
    if (status != KINMU_OK) {
        return status;
    }
    int32_t code;
    uint64_t newest = t->position;
    sql_bind_i64(select, 1, (int64_t)t->position);
    while ((code = sql_step(select)) == SQL_ROW) {
        layout_header header;
        uint32_t state = (uint32_t)sql_i64(select, 2);
        newest = sql_u64(select, 0);
        if (layout_header_decode(&header, sql_bytes(select, 1), sql_size(select, 1)) != KINMU_OK) {
            continue; /* shown by reading and verifying */
        }
        tally_add(t, newest, &header);
        if (state != JOURNAL_BLOCK_LIVE) {
            tally_drop(t, &header, state);
        }
    }
    status = code == SQL_DONE ? KINMU_OK : files_failed(db, err);
    sql_finish(select);
    t->position = newest;
    return status;
}

int32_t tally_load(sql_db *db, tally *t, kinmu_err *err) {
    sql_statement *select = NULL;
    uint64_t newest = 0;
    memset(t, 0, sizeof *t);
    int32_t status = load_saved(db, t, err);
    if (status == KINMU_OK) {
        status = files_prepare(db, "SELECT max(position) FROM block", &select, err);
    }
    if (status == KINMU_OK && sql_step(select) == SQL_ROW) {
        newest = sql_u64(select, 0);
    }
    sql_finish(select);
    if (newest < t->position) {
        memset(t, 0, sizeof *t); /* saved for another, longer file */
    }
    return status == KINMU_OK ? tally_catch_up(db, t, err) : status;
}

int32_t tally_save(sql_db *db, const tally *t, kinmu_err *err) {
    sql_statement *put = NULL;
    total totals[TOTALS];
    tally copy = *t;
    list_totals(&copy, totals);
    int32_t status = files_prepare_later(
        db, "INSERT INTO total VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        &put, err);
    for (uint32_t i = 0; status == KINMU_OK && i < TOTALS; i++) {
        sql_bind_text(put, 1, totals[i].name);
        sql_bind_i64(put, 2, (int64_t)*totals[i].value);
        status = files_step(db, put, err);
    }
    sql_finish(put);
    put = NULL;
    if (status == KINMU_OK) {
        status = files_prepare_later(
            db,
            "INSERT INTO usage VALUES(?,?,?,?) ON CONFLICT(purpose) DO UPDATE SET blocks = "
            "excluded.blocks, events = excluded.events, bytes = excluded.bytes",
            &put, err);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < t->purpose_count; i++) {
        const tally_purpose *purpose = &t->purposes[i];
        sql_bind_text(put, 1, purpose->name);
        sql_bind_i64(put, 2, (int64_t)purpose->blocks);
        sql_bind_i64(put, 3, (int64_t)purpose->events);
        sql_bind_i64(put, 4, (int64_t)purpose->bytes);
        status = files_step(db, put, err);
    }
    sql_finish(put);
    return status;
}
