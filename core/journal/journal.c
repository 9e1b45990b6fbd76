/* journal/journal.c - the queue half: what publishers call. See journal.h and internal.h.
 *
 * Nothing here touches a file except opening and closing; a call holds the mutex for as long as it
 * takes to encode its entries.
 */
#include "journal/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/intake.h"
#include "journal/schemas.h"
#include "journal/transfer.h"

#include <stdlib.h>
#include <string.h>

#define INTERVAL_MS 1000u
#define FLUSH_BYTES (1u << 20)
#define PLACES_STEP 32u

static int32_t apply_settings(journal *j, const journal_settings *settings, kinmu_err *err) {
    uint32_t interval_ms =
        settings->flush_interval_ms != 0 ? settings->flush_interval_ms : INTERVAL_MS;
    j->flush_interval_ns = (uint64_t)interval_ms * (uint64_t)CLOCK_NS_PER_MS;
    j->flush_bytes = settings->flush_bytes != 0 ? settings->flush_bytes : FLUSH_BYTES;
    j->flush_events = settings->flush_events != 0 ? settings->flush_events : UINT64_MAX;
    j->folds_when_asked = settings->folds_when_asked;
    for (uint32_t i = 0; i < settings->quota_count; i++) {
        const journal_quota *quota = &settings->quotas[i];
        if (quota->may_fold == 0 || quota->bytes_max == 0) {
            continue;
        }
        if (j->limit_count == JOURNAL_QUOTAS_MAX) {
            return error_set(err, KINMU_E_CONFIG, "journal.quotas", "journal: more than %u quotas",
                             JOURNAL_QUOTAS_MAX);
        }
        journal_limit *limit = &j->limits[j->limit_count++];
        text_copy(limit->purpose, sizeof limit->purpose, quota->purpose);
        limit->bytes_max = quota->bytes_max;
    }
    j->fold_schema =
        schema_registry_find(j->registry, JOURNAL_FOLD_SCHEMA, strlen(JOURNAL_FOLD_SCHEMA));
    j->erase_schema =
        schema_registry_find(j->registry, JOURNAL_ERASE_SCHEMA, strlen(JOURNAL_ERASE_SCHEMA));
    j->receipt_schema =
        schema_registry_find(j->registry, JOURNAL_RECEIPT_SCHEMA, strlen(JOURNAL_RECEIPT_SCHEMA));
    j->directory = text_duplicate(settings->directory);
    if (intake_create(&j->intake) != KINMU_OK) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    j->places = calloc(JOURNAL_CURSORS_MAX, sizeof *j->places);
    j->taken_places = calloc(JOURNAL_CURSORS_MAX, sizeof *j->taken_places);
    if (j->directory == NULL || j->places == NULL || j->taken_places == NULL) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    if (j->fold_schema == NULL || j->erase_schema == NULL || j->receipt_schema == NULL) {
        return error_set(err, KINMU_E_STATE, "journal.schemas",
                         "journal: the registry lacks the schemas of journal_schemas()");
    }
    return KINMU_OK;
}

static void destroy(journal *j) {
    journal_close_files(j);
    queue_free(&j->queue);
    intake_destroy(j->intake);
    uv_cond_destroy(&j->work);
    uv_cond_destroy(&j->done);
    uv_mutex_destroy(&j->mutex);
    uv_mutex_destroy(&j->files);
    uv_mutex_destroy(&j->looking);
    free(j->directory);
    free(j->places);
    free(j->taken_places);
    free(j);
}

int32_t journal_open(const journal_settings *settings, const schema_registry *registry,
                     journal **out, kinmu_err *err) {
    journal *j = calloc(1, sizeof *j);
    *out = NULL;
    if (j == NULL) {
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: out of memory");
    }
    if (uv_mutex_init(&j->mutex) != 0 || uv_mutex_init(&j->files) != 0 ||
        uv_mutex_init(&j->looking) != 0 || uv_cond_init(&j->work) != 0 ||
        uv_cond_init(&j->done) != 0) {
        free(j); /* the system is out of resources to run at all */
        return error_set(err, KINMU_E_NOMEM, "journal.memory", "journal: no mutex");
    }
    j->registry = registry;
    j->held_above = UINT64_MAX;
    int32_t status = apply_settings(j, settings, err);
    if (status == KINMU_OK) {
        status = journal_open_files(j, settings, err);
    }
    if (status == KINMU_OK) {
        writer_show(j);
        j->figures.last_commit_unix_ns = j->found_unix_ns;
        status = writer_start(j);
        if (status != KINMU_OK) {
            error_set(err, status, "journal.thread", "journal: no thread for the writer");
        }
    }
    if (status != KINMU_OK) {
        destroy(j);
        return status;
    }
    *out = j;
    return KINMU_OK;
}

void journal_close(journal *j) {
    if (j == NULL) {
        return;
    }
    writer_stop(j);
    commit_state state;
    if (j->failed == 0 && j->chain.chain != j->signed_chain &&
        commit_begin(j, &state, NULL) == KINMU_OK) {
        commit_end(j, &state, commit_head(j, &state, NULL), NULL);
    }
    destroy(j);
}

void journal_hold(journal *j, uint64_t chain) {
    uv_mutex_lock(&j->mutex);
    j->held_above = chain;
    uv_mutex_unlock(&j->mutex);
}

const uint8_t *journal_origin(const journal *j) {
    return j->device.origin;
}

/* Room for a cursor of that name; NULL when there are too many. */
static journal_place *find_place(journal *j, const char *name, int32_t make) {
    for (uint32_t i = 0; i < j->place_count; i++) {
        if (strcmp(j->places[i].name, name) == 0) {
            return &j->places[i];
        }
    }
    if (!make || j->place_count == JOURNAL_CURSORS_MAX ||
        strlen(name) > JOURNAL_INSTANCE_BYTES_MAX) {
        return NULL;
    }
    journal_place *place = &j->places[j->place_count];
    memset(place, 0, sizeof *place);
    text_copy(place->name, sizeof place->name, name);
    return place; /* counted by the caller once its batch is in */
}

static int32_t add(journal *j, const journal_entry *entries, uint32_t count, uint64_t decision,
                   const journal_cursor *cursor) {
    journal_place *place = NULL;
    int32_t was_empty = j->ticket == j->taken;
    if (cursor != NULL && (place = find_place(j, cursor->name, 1)) == NULL) {
        return KINMU_E_REJECT;
    }
    int32_t status = queue_add(&j->queue, entries, count, decision);
    if (status != KINMU_OK) {
        j->figures.refused_busy += status == KINMU_E_BUSY;
        return status;
    }
    if (place != NULL) {
        j->place_count += place == &j->places[j->place_count];
        place->position = cursor->position;
        place->dirty = 1;
    }
    j->queue.pending.ticket = ++j->ticket;
    writer_wake(j, was_empty);
    return KINMU_OK;
}

int32_t journal_append(journal *j, const journal_entry *entries, uint32_t count,
                       const journal_cursor *cursor, uint64_t *ticket) {
    uv_mutex_lock(&j->mutex);
    int32_t status = j->failed != 0 ? KINMU_E_RESTART : add(j, entries, count, 0, cursor);
    if (status == KINMU_OK && ticket != NULL) {
        *ticket = j->ticket;
    }
    uv_mutex_unlock(&j->mutex);
    return status;
}

/* Decisions that stand are forgotten once they are durable. */
static void forget_decided(journal *j) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < j->undecided_count; i++) {
        if (j->undecided[i].is_overtaken || j->undecided[i].ticket > j->durable) {
            j->undecided[kept++] = j->undecided[i];
        }
    }
    j->undecided_count = kept;
}

int32_t journal_decided(journal *j, uint64_t ticket, uint64_t *head) {
    int32_t status = KINMU_OK;
    uv_mutex_lock(&j->mutex);
    for (uint32_t i = 0; i < j->undecided_count; i++) {
        journal_undecided *known = &j->undecided[i];
        if (known->ticket == ticket && known->is_overtaken) {
            known->is_overtaken = 0; /* told */
            status = KINMU_E_CONFLICT;
            *head = j->decision;
        }
    }
    forget_decided(j);
    uv_mutex_unlock(&j->mutex);
    return status;
}

int32_t journal_append_if(journal *j, uint64_t number, const journal_entry *entries, uint32_t count,
                          uint64_t *ticket, uint64_t *head) {
    turn_refresh_decision(j);
    uv_mutex_lock(&j->mutex);
    int32_t status = KINMU_E_CONFLICT;
    if (j->failed != 0) {
        status = KINMU_E_RESTART;
    } else if (number == j->decision) {
        forget_decided(j);
        status = count == 0 ? KINMU_E_REJECT
                 : j->undecided_count == JOURNAL_DECISIONS_MAX
                     ? KINMU_E_BUSY
                     : add(j, entries, count, number + 1, NULL);
    }
    if (status == KINMU_OK) {
        j->decision++;
        j->undecided[j->undecided_count++] = (journal_undecided){.ticket = j->ticket};
        j->flush_wanted = 1;
        uv_cond_signal(&j->work);
        if (ticket != NULL) {
            *ticket = j->ticket;
        }
    }
    if (head != NULL) {
        *head = j->decision;
    }
    uv_mutex_unlock(&j->mutex);
    return status;
}

/* Guarded numbers are read through these; the mutex is no part of what a caller sees as constant.
 */
static uint64_t read_number(const journal *j, const uint64_t *number) {
    uv_mutex_t *mutex = (uv_mutex_t *)(uintptr_t)&j->mutex;
    uv_mutex_lock(mutex);
    uint64_t value = *number;
    uv_mutex_unlock(mutex);
    return value;
}

uint64_t journal_decision(const journal *j) {
    return read_number(j, &j->decision);
}

uint64_t journal_durable(const journal *j) {
    return read_number(j, &j->durable);
}

void journal_hurry(journal *j, int32_t is_on) {
    uv_mutex_lock(&j->mutex);
    j->is_hurried = is_on;
    uv_cond_signal(&j->work);
    uv_mutex_unlock(&j->mutex);
}

/* What became of a ticket until now. With the mutex held. */
static int32_t fate_of(const journal *j, uint64_t ticket) {
    if (j->durable >= ticket) {
        return KINMU_OK;
    }
    return j->failed != 0 ? KINMU_E_RESTART : KINMU_E_RETRY;
}

int32_t journal_flush(journal *j) {
    uv_mutex_lock(&j->mutex);
    uint64_t wanted = j->ticket;
    uint64_t attempts = j->attempts;
    if (j->durable < wanted) {
        j->flush_wanted = 1;
        j->retry_now = j->retrying;
        uv_cond_signal(&j->work);
    }
    while (j->durable < wanted && j->failed == 0 && (!j->retrying || j->attempts == attempts)) {
        uv_cond_wait(&j->done, &j->mutex);
    }
    int32_t status = fate_of(j, wanted);
    uv_mutex_unlock(&j->mutex);
    return status;
}

int32_t journal_wait(journal *j, uint64_t ticket, uint32_t timeout_ms) {
    uint64_t deadline = uv_hrtime() + (uint64_t)timeout_ms * (uint64_t)CLOCK_NS_PER_MS;
    uv_mutex_lock(&j->mutex);
    uint64_t now = uv_hrtime();
    while (j->durable < ticket && j->failed == 0 && now < deadline) {
        uv_cond_timedwait(&j->done, &j->mutex, deadline - now);
        now = uv_hrtime();
    }
    int32_t status = fate_of(j, ticket);
    uv_mutex_unlock(&j->mutex);
    return status;
}

void journal_on_commit(journal *j, journal_commit_fn fn, void *user) {
    uv_mutex_lock(&j->mutex);
    j->on_commit = fn;
    j->on_commit_user = user;
    uv_mutex_unlock(&j->mutex);
}

uint64_t journal_cursor_get(journal *j, const char *name) {
    uv_mutex_lock(&j->mutex);
    const journal_place *place = find_place(j, name, 0);
    uint64_t position = place != NULL ? place->position : 0;
    uv_mutex_unlock(&j->mutex);
    return position;
}

/* What the files alone know: blocks found damaged by readers, maybe other processes, and the size.
 * Old news while a commit is on, so that a status question never waits for the disk. */
static void look_at_files(journal *j) {
    sql_statement *select = NULL;
    if (uv_mutex_trylock(&j->files) != 0) {
        return;
    }
    uint64_t corrupt = 0;
    uint64_t bytes = 0;
    if (files_prepare(j->db, "SELECT count(*) FROM quarantine", &select, NULL) == KINMU_OK &&
        sql_step(select) == SQL_ROW) {
        corrupt = sql_u64(select, 0);
    }
    sql_space(j->db, &bytes);
    sql_finish(select);
    uv_mutex_lock(&j->mutex);
    j->figures.corrupt_blocks = corrupt;
    j->figures.file_bytes = bytes;
    uv_mutex_unlock(&j->mutex);
    uv_mutex_unlock(&j->files);
}

void journal_stat(journal *j, journal_figures *figures) {
    look_at_files(j);
    uv_mutex_lock(&j->mutex);
    *figures = j->figures;
    figures->decision = j->decision;
    figures->pending_events = j->queue.pending.events;
    figures->pending_bytes = j->queue.pending.bytes + j->queue.in_commit_bytes;
    figures->failed = j->failed;
    uv_mutex_unlock(&j->mutex);
}
