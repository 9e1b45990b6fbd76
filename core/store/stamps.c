/* store/stamps.c - see stamps.h. */
#include "store/stamps.h"

#include <string.h>

static const char *const queries[STAMPS_KINDS] = {
    [STAMPS_ORIGIN] = "SELECT origin FROM kinmu_origin WHERE id = ?",
    [STAMPS_ZONE] = "SELECT zone FROM kinmu_zone WHERE id = ?",
    [STAMPS_BOOT_ID] = "SELECT boot_id FROM kinmu_boot WHERE id = ?",
    [STAMPS_SUBJECT] = "SELECT subject FROM kinmu_subject WHERE id = ?",
};

void stamps_begin(stamps *s) {
    for (uint32_t kind = 0; kind < STAMPS_KINDS; kind++) {
        for (uint32_t i = 0; i < STAMPS_REMEMBERED; i++) {
            s->known[kind][i].is_filled = 0;
        }
    }
}

static void copy_answer(sql_statement *statement, uint32_t kind, stamp_text *into) {
    int32_t is_text = kind == STAMPS_ZONE || kind == STAMPS_SUBJECT;
    const void *bytes = is_text ? sql_text(statement, 0) : sql_bytes(statement, 0);
    size_t size = sql_size(statement, 0);
    int32_t fits = is_text ? size < STAMPS_BYTES_MAX : size == 16;
    if (bytes != NULL && fits) {
        memcpy(into->bytes, bytes, size);
    }
}

static int32_t look_up(stamps *s, uint32_t kind, int64_t number, stamp_text *into, kinmu_err *err) {
    if (s->find[kind] == NULL) {
        int32_t status = store_db_prepare(s->db, queries[kind], &s->find[kind], err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    sql_bind_i64(s->find[kind], 1, number);
    int code = sql_step(s->find[kind]);
    *into = (stamp_text){.number = number, .is_filled = code != SQL_FAILED};
    if (code == SQL_ROW) {
        copy_answer(s->find[kind], kind, into);
    }
    int32_t status =
        code == SQL_FAILED ? store_db_error(s->db, "reading a row's stamp", err) : KINMU_OK;
    sql_reset(s->find[kind]);
    return status;
}

int32_t stamps_find(stamps *s, uint32_t kind, int64_t number, const uint8_t **out, kinmu_err *err) {
    stamp_text *known = &s->known[kind][(uint64_t)number & (STAMPS_REMEMBERED - 1)];
    *out = known->bytes;
    return known->is_filled && known->number == number ? KINMU_OK
                                                       : look_up(s, kind, number, known, err);
}

void stamps_finish(stamps *s) {
    for (uint32_t kind = 0; kind < STAMPS_KINDS; kind++) {
        sql_finish(s->find[kind]);
        s->find[kind] = NULL;
    }
}
