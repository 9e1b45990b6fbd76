/* store/store.c - the life of the projection: open, apply committed blocks transaction by
 * transaction. The thread that drives it is in run.c, forgetting in forget.c.
 *
 * Invariant: rows, block ids and cursor change in one transaction, and each transaction starts from
 * the cursor it reads under the write lock. So a crash, or a second process doing the same, neither
 * loses nor doubles a block.
 */
#include "store/internal.h"

#include "base/clock.h"
#include "platform/platform.h"
#include "store/layout.h"

#include <stdlib.h>
#include <string.h>

int32_t store_begin(store *s, kinmu_err *err) {
    uv_mutex_lock(&s->work);
    int32_t status = store_db_begin(s->db, SQL_BEGIN_WRITE, err);
    store_cursor ignored;
    if (status == KINMU_OK && sql_is_shared(s->db) && s->get_cursor != NULL &&
        (status = store_get_cursor(s, &ignored, err)) != KINMU_OK) {
        sql_rollback(s->db);
    }
    if (status != KINMU_OK) {
        uv_mutex_unlock(&s->work);
    }
    return status;
}

int32_t store_end(store *s, int32_t status, kinmu_err *err) {
    if (status == KINMU_OK) {
        status = store_db_commit(s->db, err);
    }
    if (status != KINMU_OK) {
        apply_reset(s);
        sql_rollback(s->db);
    }
    uv_mutex_unlock(&s->work);
    return status;
}

int32_t store_get_cursor(store *s, store_cursor *at, kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (sql_step(s->get_cursor) == SQL_ROW) {
        at->position = sql_u64(s->get_cursor, 0);
        at->decision = sql_u64(s->get_cursor, 1);
        at->held_for = sql_u64(s->get_cursor, 2);
        at->compact = sql_u64(s->get_cursor, 3);
    } else {
        status = store_db_error(s->db, "reading the cursor", err);
    }
    sql_reset(s->get_cursor);
    return status;
}

static int32_t set_cursor(store *s, const store_cursor *at, kinmu_err *err) {
    sql_bind_i64(s->set_cursor, 1, (int64_t)at->position);
    sql_bind_i64(s->set_cursor, 2, (int64_t)at->decision);
    sql_bind_i64(s->set_cursor, 3, (int64_t)at->held_for);
    return store_db_step(s->db, s->set_cursor, err);
}

/* Changes whenever a schema or a field is added (FNV-1a over names and field counts). */
static uint64_t schemas_fingerprint(const schema_registry *registry) {
    uint64_t hash = 14695981039346656037ull;
    uint32_t count = schema_registry_count(registry);
    for (uint32_t i = 0; i < count; i++) {
        const schema_info *info = schema_registry_at(registry, i);
        for (const char *c = info->full_name; *c != '\0'; c++) {
            hash = (hash ^ (uint8_t)*c) * 1099511628211ull;
        }
        hash = (hash ^ info->field_count) * 1099511628211ull;
    }
    return hash >> 1; /* fits a signed column */
}

static int32_t learn(store *s, kinmu_err *err) {
    int32_t status = store_begin(s, err);
    if (status != KINMU_OK) {
        return status;
    }
    apply_drop_rows(s);
    status = layout_create(s->db, err);
    if (status == KINMU_OK) {
        status = layout_learn(s->db, s->registry, err);
    }
    if (status == KINMU_OK) {
        months_reset(&s->months); /* other programs may have made some */
        status = months_make_ahead(&s->months, s->registry, clock_unix_ns(), err);
    }
    return store_end(s, status, err);
}

int32_t store_learn(store *s, kinmu_err *err) {
    int32_t status = learn(s, err);
    store_wake(s);
    return status;
}

void store_close(store *s) {
    if (s == NULL) {
        return;
    }
    if (s->running) {
        uv_mutex_lock(&s->gate);
        s->stopping = 1;
        uv_cond_signal(&s->woken);
        uv_mutex_unlock(&s->gate);
        uv_thread_join(&s->thread);
    }
    apply_finish(s);
    sql_close(s->db);
    uv_cond_destroy(&s->applied);
    uv_cond_destroy(&s->woken);
    uv_mutex_destroy(&s->gate);
    uv_mutex_destroy(&s->work);
    free(s);
}

int32_t store_open(const char *directory, const schema_registry *registry, store **out,
                   kinmu_err *err) {
    *out = NULL;
    int32_t status = platform_make_private_folder(directory, err);
    store *s = status == KINMU_OK ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        return status != KINMU_OK ? status : KINMU_E_NOMEM;
    }
    s->registry = registry;
    uv_mutex_init(&s->work);
    uv_mutex_init(&s->gate);
    uv_cond_init(&s->woken);
    uv_cond_init(&s->applied);
    status = store_db_open(directory, 0, &s->db, err);
    if (status == KINMU_OK) {
        months_init(&s->months, s->db);
        status = learn(s, err);
    }
    if (status == KINMU_OK) {
        status = apply_prepare(s, err);
    }
    store_cursor at = {0};
    if (status == KINMU_OK) {
        status = store_get_cursor(s, &at, err);
    }
    if (status != KINMU_OK) {
        store_close(s);
        return status;
    }
    atomic_store(&s->position, at.position);
    *out = s;
    return KINMU_OK;
}

/* A decision of many blocks is never cut by the end of a transaction: readers as of a decision see
 * all of it. */
static int32_t take_blocks(store *s, const store_source *source, store_cursor *at, int32_t *more,
                           kinmu_err *err) {
    size_t bytes = 0;
    uint64_t open_decision = 0; /* of the block before; 0 = log */
    *more = 1;
    for (uint32_t i = 0;; i++) {
        journal_block block;
        err->msg[0] = '\0'; /* a corrupt block's reason comes in it */
        int32_t status = source->read(source->user, at->position, &block, err);
        if (status == KINMU_E_NOTFOUND) {
            *more = 0;
            return KINMU_OK;
        }
        int32_t is_full = i >= STORE_TRANSACTION_BLOCKS_MAX || bytes >= STORE_TRANSACTION_BYTES_MAX;
        if (status == KINMU_OK && is_full &&
            (open_decision == 0 || block.decision != open_decision)) {
            return KINMU_OK;
        }
        if (status == KINMU_OK) {
            status = apply_block(s, &block, err);
        }
        if (status != KINMU_OK) {
            return status;
        }
        at->position = block.position;
        at->decision = block.decision > at->decision ? block.decision : at->decision;
        open_decision = block.decision;
        bytes += block.payload_size;
    }
}

static int32_t take_held(store *s, const store_source *source, uint64_t applied, kinmu_err *err) {
    uint64_t position = 0;
    for (;;) {
        sql_bind_i64(s->next_held, 1, (int64_t)position);
        int code = sql_step(s->next_held);
        position = code == SQL_ROW ? sql_u64(s->next_held, 0) : 0;
        sql_reset(s->next_held);
        if (code != SQL_ROW) {
            return store_db_error(s->db, "reading held blocks", err);
        }
        if (position == 0 || position > applied) {
            return KINMU_OK;
        }
        journal_block block;
        int32_t status = source->read(source->user, position - 1, &block, err);
        if (status == KINMU_OK && block.position == position) {
            status = apply_held(s, &block, err);
        }
        if (status != KINMU_OK && status != KINMU_E_NOTFOUND) {
            return status;
        }
    }
}

static void announce(store *s, uint64_t position) {
    uv_mutex_lock(&s->gate);
    atomic_store(&s->position, position);
    uv_cond_broadcast(&s->applied);
    uv_mutex_unlock(&s->gate);
}

/* One transaction; *at: where it ended. */
static int32_t apply_some(store *s, const store_source *source, store_cursor *end, int32_t *more,
                          kinmu_err *err) {
    store_cursor at = {0};
    int32_t status = store_begin(s, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = store_get_cursor(s, &at, err);
    store_cursor before = at;
    uint64_t schemas = schemas_fingerprint(s->registry);
    if (status == KINMU_OK && at.held_for != schemas) {
        at.held_for = schemas;
        status = take_held(s, source, at.position, err);
    }
    if (status == KINMU_OK) {
        status = take_blocks(s, source, &at, more, err);
    }
    if (status == KINMU_OK && memcmp(&before, &at, sizeof at) != 0) {
        status = set_cursor(s, &at, err);
    }
    *end = at;
    return store_end(s, status, err);
}

/* 1 when a row that was sent with others may be what failed: then each is tried by itself. */
static int32_t may_be_a_row(store *s, int32_t status) {
    uint32_t failure = status != KINMU_OK && sql_is_shared(s->db) ? sql_failure(s->db) : 0;
    return failure == SQL_FAIL_REFUSED || failure == SQL_FAIL_IO;
}

int32_t store_advance(store *s, const store_source *source, uint64_t *position, uint64_t *decision,
                      int32_t *more, kinmu_err *err) {
    kinmu_err unused;
    err = err != NULL ? err : &unused;
    store_cursor at = {0};
    *more = 0;
    int32_t status = apply_some(s, source, &at, more, err);
    if (may_be_a_row(s, status)) {
        sql_careful(s->db, 1);
        status = apply_some(s, source, &at, more, err);
        sql_careful(s->db, 0);
    }
    if (status != KINMU_OK) {
        return status;
    }
    *position = at.position;
    *decision = at.decision;
    announce(s, at.position);
    if (at.compact != FORGET_COMPACT_DONE && !*more) {
        /* Left over from a crash or from readers in the way: not waited for, tried again next time.
         */
        sql_patience(s->db, 0);
        forget_compact(s, NULL);
        sql_patience(s->db, STORE_DB_BUSY_MS);
    }
    return KINMU_OK;
}

int32_t store_look(store *s, uint64_t *position, uint64_t *decision, kinmu_err *err) {
    sql_statement *select = NULL;
    uv_mutex_lock(&s->work);
    int32_t status =
        store_db_prepare(s->db, "SELECT position, decision FROM kinmu_cursor", &select, err);
    if (status == KINMU_OK && sql_step(select) == SQL_ROW) {
        *position = sql_u64(select, 0);
        *decision = sql_u64(select, 1);
    } else if (status == KINMU_OK) {
        status = store_db_error(s->db, "reading the cursor", err);
    }
    sql_finish(select);
    uv_mutex_unlock(&s->work);
    if (status == KINMU_OK) {
        announce(s, *position);
    }
    return status;
}

uint64_t store_position(store *s) {
    return atomic_load(&s->position);
}

void store_wake(store *s) {
    uv_mutex_lock(&s->gate);
    s->wake = 1;
    uv_cond_signal(&s->woken);
    uv_mutex_unlock(&s->gate);
}

int32_t store_wait(store *s, uint64_t position, uint32_t timeout_ms) {
    uint64_t deadline = uv_hrtime() + (uint64_t)timeout_ms * CLOCK_NS_PER_MS;
    uv_mutex_lock(&s->gate);
    for (;;) {
        uint64_t now = uv_hrtime();
        if (atomic_load(&s->position) >= position || now >= deadline) {
            break;
        }
        uv_cond_timedwait(&s->applied, &s->gate, deadline - now);
    }
    uv_mutex_unlock(&s->gate);
    return atomic_load(&s->position) >= position ? KINMU_OK : KINMU_E_RETRY;
}

int32_t store_catch_up_from(store *s, const store_source *source, uint64_t *position,
                            kinmu_err *err) {
    int32_t more = 1;
    int32_t status = KINMU_OK;
    uint64_t decision = 0;
    while (status == KINMU_OK && more) {
        status = store_advance(s, source, position, &decision, &more, err);
    }
    return status;
}
