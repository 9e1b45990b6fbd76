/* journal/writer.c - the thread that makes groups durable.
 *
 * It sleeps without a timeout while nothing is pending. It acknowledges only what a successful
 * COMMIT covers, tries again only what was never acknowledged and never half written (E_RETRY), and
 * stops for good at anything else: after a failed fsync nobody knows what the disk holds.
 */
#include "journal/internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <string.h>

static int32_t has_work(const journal *j) {
    return j->ticket != j->taken;
}

void writer_wake(journal *j, int32_t was_empty) {
    if (was_empty) {
        j->pending_since = uv_hrtime();
        uv_cond_signal(&j->work);
    }
    const queue_group *pending = &j->queue.pending;
    if (!j->flush_wanted &&
        (pending->bytes >= j->flush_bytes || pending->events >= j->flush_events)) {
        j->flush_wanted = 1;
        uv_cond_signal(&j->work);
    }
}

/* Until a group is due. With the mutex held. */
static void wait_for_work(journal *j) {
    while (!j->stopping && !j->announce) {
        if (!has_work(j)) {
            uv_cond_wait(&j->work, &j->mutex);
            continue;
        }
        uint64_t age = uv_hrtime() - j->pending_since;
        if (j->flush_wanted || j->is_hurried || age >= j->flush_interval_ns) {
            return;
        }
        uv_cond_timedwait(&j->work, &j->mutex, j->flush_interval_ns - age);
    }
}

static void take_group(journal *j, queue_group *group) {
    queue_take(&j->queue, group);
    j->taken = j->ticket;
    j->flush_wanted = 0;
    j->taken_place_count = 0;
    for (uint32_t i = 0; i < j->place_count; i++) {
        if (j->places[i].dirty) {
            j->taken_places[j->taken_place_count++] = j->places[i];
            j->places[i].dirty = 0;
        }
    }
}

/* Shows trouble, lets those in journal_flush go, and waits; 0 when the end came meanwhile. */
static int32_t wait_to_retry(journal *j, const kinmu_err *trouble) {
    uint64_t pause_ms = j->is_shared ? JOURNAL_RETRY_SHARED_MS : JOURNAL_RETRY_MS;
    uint64_t deadline = uv_hrtime() + pause_ms * (uint64_t)CLOCK_NS_PER_MS;
    uv_mutex_lock(&j->mutex);
    j->retrying = 1;
    j->retry_now = 0;
    j->attempts++;
    text_copy(j->figures.failure, sizeof j->figures.failure, trouble->msg);
    uv_cond_broadcast(&j->done);
    uint64_t now = uv_hrtime();
    while (!j->stopping && !j->retry_now && now < deadline) {
        uv_cond_timedwait(&j->work, &j->mutex, deadline - now);
        now = uv_hrtime();
    }
    int32_t go_on = !j->stopping;
    uv_mutex_unlock(&j->mutex);
    return go_on;
}

/* With `files` held. */
static void show(journal *j) {
    uv_mutex_lock(&j->mutex);
    j->figures.blocks = j->tally.blocks;
    j->figures.events = j->tally.events;
    j->figures.bytes = j->tally.bytes;
    j->figures.position = j->tally.position;
    j->figures.erased_blocks = j->tally.erased;
    j->figures.folded_blocks = j->tally.folded;
    j->figures.over_quota_bytes = fold_excess(j);
    uv_mutex_unlock(&j->mutex);
}

void writer_show(journal *j) {
    uv_mutex_lock(&j->files);
    show(j);
    uv_mutex_unlock(&j->files);
}

static int32_t commit_or_retry(journal *j, queue_group *group, kinmu_err *err) {
    int32_t status;
    do {
        uv_mutex_lock(&j->files);
        status = commit_group(j, group, err);
        show(j);
        uv_mutex_unlock(&j->files);
    } while (status == KINMU_E_RETRY && wait_to_retry(j, err));
    return status;
}

static void tell_committed(journal *j, int32_t status) {
    uv_mutex_lock(&j->mutex);
    journal_commit_fn fn = j->on_commit;
    void *user = j->on_commit_user;
    uint64_t durable = j->durable;
    uint64_t position = j->figures.position;
    uv_mutex_unlock(&j->mutex);
    if (fn != NULL) {
        fn(user, durable, position, status);
    }
}

/* After a commit: the log into the file when it has grown, detail into sums when a quota is full.
 */
static int32_t maintain(journal *j, kinmu_err *err) {
    uint32_t folded = 0;
    uv_mutex_lock(&j->files);
    const journal_spans none = {NULL, 0};
    int32_t status = j->folds_when_asked ? KINMU_OK : fold_over_quota(j, &none, &folded, err);
    show(j);
    if (status == KINMU_OK && sql_unsettled(j->db) >= JOURNAL_WAL_PAGES_MAX) {
        status = files_checkpoint(j->db, 0, err);
    }
    uv_mutex_unlock(&j->files);
    if (folded > 0) {
        tell_committed(j, KINMU_OK);
    }
    return status == KINMU_E_RESTART ? status : KINMU_OK; /* else the next commit tries again */
}

void writer_fail(journal *j, int32_t status, const kinmu_err *err) {
    uv_mutex_lock(&j->mutex);
    if (j->failed == 0) {
        j->failed = status;
        text_copy(j->figures.failure, sizeof j->figures.failure, err->msg);
    }
    uv_cond_broadcast(&j->done);
    uv_cond_broadcast(&j->work);
    uv_mutex_unlock(&j->mutex);
    tell_committed(j, KINMU_E_RESTART);
}

static void acknowledge(journal *j, queue_group *group) {
    queue_wipe(group);
    uv_mutex_lock(&j->mutex);
    j->durable = group->ticket > j->durable ? group->ticket : j->durable;
    j->retrying = 0;
    j->figures.failure[0] = '\0';
    j->figures.commits++;
    j->figures.last_commit_unix_ns = clock_unix_ns();
    queue_recycle(&j->queue, group);
    uv_cond_broadcast(&j->done);
    uv_mutex_unlock(&j->mutex);
    queue_discard(group);
}

/* One group; 0 when the thread has to end. Called and left with the mutex held. */
static int32_t serve(journal *j) {
    queue_group group;
    kinmu_err err = {"", ""};
    int32_t status = KINMU_OK;
    int32_t has_group = has_work(j);
    j->announce = 0;
    if (has_group) {
        take_group(j, &group);
    }
    uv_mutex_unlock(&j->mutex);
    if (has_group) {
        status = commit_or_retry(j, &group, &err);
        if (status == KINMU_OK) {
            acknowledge(j, &group);
        } else {
            queue_wipe(&group);
            queue_discard(&group);
        }
    }
    if (status == KINMU_OK) {
        tell_committed(j, KINMU_OK);
        status = maintain(j, &err);
    }
    if (status != KINMU_OK) {
        writer_fail(j, status, &err);
    }
    uv_mutex_lock(&j->mutex);
    return status == KINMU_OK;
}

static void run(void *arg) {
    journal *j = arg;
    uv_mutex_lock(&j->mutex);
    for (;;) {
        wait_for_work(j);
        if (j->failed != 0 || (!has_work(j) && !j->announce && j->stopping)) {
            break;
        }
        if (!serve(j)) {
            break;
        }
    }
    uv_mutex_unlock(&j->mutex);
}

int32_t writer_start(journal *j) {
    if (uv_thread_create(&j->thread, run, j) != 0) {
        return KINMU_E_NOMEM;
    }
    j->running = 1;
    return KINMU_OK;
}

void writer_stop(journal *j) {
    if (!j->running) {
        return;
    }
    uv_mutex_lock(&j->mutex);
    j->stopping = 1;
    uv_cond_signal(&j->work);
    uv_mutex_unlock(&j->mutex);
    uv_thread_join(&j->thread);
    j->running = 0;
}
