/* journal/state.c - small sealed state of the instances. A change rides in the next group, so it is
 * ordered with what the instance published before it. */
#include "journal/internal.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MS 30000u
#define NAME_BYTES_MAX (JOURNAL_INSTANCE_BYTES_MAX + 1 + JOURNAL_STATE_KEY_BYTES_MAX)

/* instance NUL key: authenticated with the value, so that values cannot change places. */
static size_t bind_name(const char *instance, const char *key, char out[NAME_BYTES_MAX]) {
    size_t instance_size = strlen(instance);
    size_t key_size = strlen(key);
    if (instance_size > JOURNAL_INSTANCE_BYTES_MAX || key_size == 0 ||
        key_size > JOURNAL_STATE_KEY_BYTES_MAX) {
        return 0;
    }
    memcpy(out, instance, instance_size + 1);
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): bytes of a known size, no C text */
    memcpy(out + instance_size + 1, key, key_size);
    return instance_size + 1 + key_size;
}

static int32_t open_value(journal *j, sql_statement *row, const char *name, size_t name_size,
                          void *data, uint32_t *size) {
    const void *sealed = sql_bytes(row, 0);
    size_t sealed_size = sql_size(row, 0);
    if (sealed_size < CRYPTO_SEAL_OVERHEAD) {
        return KINMU_E_REJECT;
    }
    uint32_t capacity = *size;
    *size = (uint32_t)(sealed_size - CRYPTO_SEAL_OVERHEAD);
    if (*size > capacity) {
        return KINMU_E_REJECT;
    }
    return crypto_open(j->sealer.crypto, j->device.state_key, name, name_size, sealed, sealed_size,
                       data);
}

int32_t journal_state_get(journal *j, const char *instance, const char *key, void *data,
                          uint32_t *size) {
    char name[NAME_BYTES_MAX];
    size_t name_size = bind_name(instance, key, name);
    sql_statement *select = NULL;
    if (name_size == 0) {
        return KINMU_E_REJECT;
    }
    uv_mutex_lock(&j->files);
    int32_t status = files_prepare(j->db, "SELECT value FROM state WHERE instance = ? AND key = ?",
                                   &select, NULL);
    if (status == KINMU_OK) {
        sql_bind_text(select, 1, instance);
        sql_bind_text(select, 2, key);
        int code = sql_step(select);
        if (code == SQL_ROW) {
            status = open_value(j, select, name, name_size, data, size);
        } else {
            status = code == SQL_DONE ? KINMU_E_NOTFOUND : files_failed(j->db, NULL);
        }
    }
    sql_finish(select);
    uv_mutex_unlock(&j->files);
    return status;
}

/* The limit counts what is durable; a few changes in flight may pass it. */
static int32_t has_room(journal *j, const char *instance, const char *key) {
    sql_statement *select = NULL;
    int32_t room = 1;
    uv_mutex_lock(&j->files);
    if (files_prepare(j->db, "SELECT count(*) FROM state WHERE instance = ? AND key <> ?", &select,
                      NULL) == KINMU_OK) {
        sql_bind_text(select, 1, instance);
        sql_bind_text(select, 2, key);
        room = sql_step(select) != SQL_ROW || sql_i64(select, 0) < JOURNAL_STATE_KEYS_MAX;
    }
    sql_finish(select);
    uv_mutex_unlock(&j->files);
    return room;
}

static int32_t seal_value(journal *j, const char *name, size_t name_size, const void *data,
                          uint32_t size, queue_change *change) {
    crypto *c = NULL;
    change->size = size + CRYPTO_SEAL_OVERHEAD;
    change->value = malloc(change->size);
    int32_t status = change->value != NULL ? crypto_create(&c) : KINMU_E_NOMEM;
    if (status == KINMU_OK) {
        status = crypto_seal(c, j->device.state_key, name, name_size, data, size, change->value);
    }
    crypto_destroy(c);
    return status;
}

/* Takes the change over; durable on KINMU_OK. */
static int32_t commit_change(journal *j, queue_change *change) {
    uv_mutex_lock(&j->mutex);
    if (j->failed != 0 || j->queue.pending.bytes + j->queue.in_commit_bytes >
                              JOURNAL_QUEUE_BYTES_MAX - change->size) {
        int32_t status = j->failed != 0 ? KINMU_E_RESTART : KINMU_E_BUSY;
        uv_mutex_unlock(&j->mutex);
        queue_change_free(change);
        return status;
    }
    int32_t was_empty = j->ticket == j->taken;
    queue_add_change(&j->queue, change);
    uint64_t ticket = ++j->ticket;
    j->queue.pending.ticket = ticket;
    writer_wake(j, was_empty);
    j->flush_wanted = 1;
    uv_cond_signal(&j->work);
    uv_mutex_unlock(&j->mutex);
    return journal_wait(j, ticket, WAIT_MS);
}

static int32_t change_state(journal *j, const char *instance, const char *key, const void *data,
                            uint32_t size) {
    char name[NAME_BYTES_MAX];
    size_t name_size = bind_name(instance, key, name);
    queue_change *change = calloc(1, sizeof *change);
    int32_t status = KINMU_E_NOMEM;
    if (change != NULL) {
        change->instance = text_duplicate(instance);
        change->key = text_duplicate(key);
        if (name_size == 0) {
            status = KINMU_E_REJECT;
        } else if (change->instance != NULL && change->key != NULL) {
            status = data != NULL ? seal_value(j, name, name_size, data, size, change) : KINMU_OK;
        }
    }
    if (status != KINMU_OK) {
        queue_change_free(change);
        return status;
    }
    return commit_change(j, change);
}

int32_t journal_state_put(journal *j, const char *instance, const char *key, const void *data,
                          uint32_t size) {
    if (size > JOURNAL_STATE_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    return has_room(j, instance, key) ? change_state(j, instance, key, size > 0 ? data : "", size)
                                      : KINMU_E_REJECT;
}

int32_t journal_state_remove(journal *j, const char *instance, const char *key) {
    return change_state(j, instance, key, NULL, 0);
}
