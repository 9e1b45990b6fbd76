/* host/holds.c - see holds.h. */
#include "host/holds.h"

#include "base/error.h"
#include <kinmu/events/audit.h>

#include <string.h>

#define HOLD_SCHEMA "kinmu.audit.hold/1"

typedef struct reading {
    arena *memory;
    journal_span *rows;
    uint32_t count, capacity;
    int32_t status;
} reading;

static const char *text_of(reading *r, const kinmu_value *value) {
    return value->type == KINMU_TYPE_TEXT ? arena_text(r->memory, value->as.text, value->size)
                                          : arena_text(r->memory, "", 0);
}

static int32_t take(void *user, const kinmu_event *event) {
    reading *r = user;
    const kinmu_value *v = event->values;
    if (r->count == r->capacity) {
        uint32_t capacity = r->capacity == 0 ? 64 : r->capacity * 2;
        journal_span *grown = arena_get(r->memory, capacity * sizeof *grown);
        if (grown != NULL && r->count > 0) {
            memcpy(grown, r->rows, r->count * sizeof *grown);
        }
        r->rows = grown;
        r->capacity = capacity;
    }
    journal_span *span = r->rows != NULL ? &r->rows[r->count++] : NULL;
    const char *subject = text_of(r, &v[KINMU_AUDIT_HOLD_ACCOUNT]);
    const char *hold = text_of(r, &v[KINMU_AUDIT_HOLD_HOLD_ID]);
    if (span == NULL || subject == NULL || hold == NULL) {
        r->status = KINMU_E_NOMEM;
        return 1;
    }
    const kinmu_value *to = &v[KINMU_AUDIT_HOLD_TO_NS];
    *span = (journal_span){.subject = subject,
                           .from_ns = v[KINMU_AUDIT_HOLD_FROM_NS].as.i64,
                           .to_ns = to->type == KINMU_TYPE_NULL ? INT64_MAX : to->as.i64,
                           .why = hold};
    return 0;
}

static int32_t query(const char *data, const schema_registry *schemas, reading *r, kinmu_err *err) {
    const schema_info *info = schema_registry_find(schemas, HOLD_SCHEMA, strlen(HOLD_SCHEMA));
    const kinmu_filter in_force = {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text("active")};
    kinmu_query all = {.struct_size = sizeof all,
                       .filters = &in_force,
                       .filter_count = 1,
                       .limit = KINMU_RECORDS_PAGE_MAX};
    store_reader *reader = NULL;
    if (info == NULL) {
        return KINMU_OK;
    }
    int32_t status = store_reader_open(data, schemas, &reader, err);
    uint32_t before;
    do {
        before = r->count;
        status = status == KINMU_OK ? store_query(reader, info, &all, take, r, err) : status;
        all.offset += all.limit;
    } while (status == KINMU_OK && r->status == KINMU_OK && r->count - before == all.limit);
    store_reader_close(reader);
    return status == KINMU_OK ? r->status : status;
}

int32_t holds_read(const char *data, const schema_registry *schemas, store *tables, arena *memory,
                   journal_spans *spans, kinmu_err *err) {
    journal_reader *reader = NULL;
    uint64_t position = 0;
    reading r = {.memory = memory};
    int32_t status = journal_reader_open(data, &reader, err);
    if (status == KINMU_OK) {
        status = store_catch_up(tables, reader, &position, err);
    }
    journal_reader_close(reader);
    if (status == KINMU_OK) {
        status = query(data, schemas, &r, err);
    }
    if (status != KINMU_OK || r.count == 0) {
        return status;
    }
    journal_span *all = arena_get(memory, (spans->count + r.count) * sizeof *all);
    if (all == NULL) {
        return error_set(err, KINMU_E_NOMEM, "holds.memory", "out of memory");
    }
    if (spans->count > 0) {
        memcpy(all, spans->rows, spans->count * sizeof *all);
    }
    memcpy(all + spans->count, r.rows, r.count * sizeof *all);
    spans->rows = all;
    spans->count += r.count;
    return KINMU_OK;
}
