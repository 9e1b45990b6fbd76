/* store/run.c - the store's thread, its wake-ups, and everything that reads a real journal. The
 * thread sleeps without a time-out while there is nothing to do, so an idle store costs nothing.
 */
#include "store/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "store/dialect.h"

#include <stdio.h>
#include <stdlib.h>

static int32_t read_journal(void *user, uint64_t position, journal_block *block, kinmu_err *err) {
    return journal_read(user, position, block, err);
}

store_source store_journal_source(journal_reader *reader) {
    store_source source = {read_journal, reader};
    return source;
}

int32_t store_catch_up(store *s, journal_reader *reader, uint64_t *position, kinmu_err *err) {
    store_source source = store_journal_source(reader);
    return store_catch_up_from(s, &source, position, err);
}

int32_t store_forget_erased(store *s, journal_reader *reader, store_forgotten *gone,
                            kinmu_err *err) {
    store_source source = store_journal_source(reader);
    return store_forget_from(s, &source, gone, err);
}

/* Sleeps until told, or for `pause_ms` after a failure; on a server it also looks by itself what
 * other nodes did. 0 = stop. */
static int32_t wait_for_work(store *s, uint32_t pause_ms) {
    uv_mutex_lock(&s->gate);
    if (pause_ms > 0 && !s->stopping) {
        uv_cond_timedwait(&s->woken, &s->gate, (uint64_t)pause_ms * CLOCK_NS_PER_MS);
    } else if (sql_is_shared(s->db) && !s->wake && !s->stopping) {
        uv_cond_timedwait(&s->woken, &s->gate, (uint64_t)STORE_LOOK_MS * CLOCK_NS_PER_MS);
        pause_ms = STORE_LOOK_MS;
    }
    while (pause_ms == 0 && !s->wake && !s->stopping) {
        uv_cond_wait(&s->woken, &s->gate);
    }
    s->wake = 0;
    int32_t go_on = !s->stopping;
    uv_mutex_unlock(&s->gate);
    return go_on;
}

static int32_t is_stopping(store *s) {
    uv_mutex_lock(&s->gate);
    int32_t stopping = s->stopping;
    uv_mutex_unlock(&s->gate);
    return stopping;
}

static void run(void *argument) {
    store *s = argument;
    store_source source = store_journal_source(s->reader);
    uint64_t position = store_position(s);
    uint64_t decision = 0;
    uint32_t pause_ms = 0;
    while (wait_for_work(s, pause_ms)) {
        int32_t more = 1;
        while (more && !is_stopping(s)) {
            more = !s->follows;
            int32_t status = s->follows
                                 ? store_look(s, &position, &decision, NULL)
                                 : store_advance(s, &source, &position, &decision, &more, NULL);
            s->fn(s->user, position, decision, status);
            if (status == KINMU_OK) {
                pause_ms = 0;
                continue;
            }
            more = 0;
            pause_ms = pause_ms == 0 ? STORE_RETRY_MS_MIN : pause_ms * 2;
            pause_ms = pause_ms > STORE_RETRY_MS_MAX ? STORE_RETRY_MS_MAX : pause_ms;
        }
    }
    journal_reader_close(s->reader);
}

static void applied_nowhere(void *user, uint64_t position, uint64_t decision, int32_t status) {
    (void)user;
    (void)position;
    (void)decision;
    (void)status;
}

void store_leave_to_others(store *s) {
    s->follows = 1;
}

int32_t store_run(store *s, const char *directory, store_applied_fn fn, void *user,
                  kinmu_err *err) {
    int32_t status = journal_reader_open(directory, &s->reader, err);
    if (status != KINMU_OK) {
        return status;
    }
    s->fn = fn != NULL ? fn : applied_nowhere;
    s->user = user;
    s->wake = 1;
    if (uv_thread_create(&s->thread, run, s) != 0) {
        journal_reader_close(s->reader);
        return error_set(err, KINMU_E_RETRY, "store.thread", "store: cannot start a thread");
    }
    s->running = 1;
    return KINMU_OK;
}

/* Views and the rights on the area stay the administrator's; the tables go in one transaction. */
static int32_t drop_tables(const char *directory, kinmu_err *err) {
    sql_db *db = NULL;
    int32_t status = store_db_open(directory, 0, &db, err);
    if (status == KINMU_OK) {
        status = store_db_run(db, dialect_drop_all, err);
    }
    sql_close(db);
    return status;
}

int32_t store_rebuild(const char *directory, const schema_registry *registry, uint64_t *blocks,
                      kinmu_err *err) {
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char path[STORE_DB_PATH_SIZE];
    journal_reader *reader = NULL;
    store *s = NULL;
    int32_t status = store_db_path(directory, path, err);
    if (status == KINMU_OK) {
        status = journal_reader_open(directory, &reader, err); /* no journal: keep what there is */
    }
    if (status != KINMU_OK) {
        return status;
    }
    if (!store_db_is_shared(directory)) {
        for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
            char file[STORE_DB_PATH_SIZE + 8];
            snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
            remove(file);
        }
    } else {
        status = drop_tables(directory, err);
    }
    status = status != KINMU_OK ? status : store_open(directory, registry, &s, err);
    if (status == KINMU_OK) {
        status = store_catch_up(s, reader, blocks, err);
    }
    store_close(s);
    journal_reader_close(reader);
    return status;
}
