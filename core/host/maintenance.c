/* host/maintenance.c - the slow work on history and tables: what people want erased, what a purpose
 * keeps no longer, what the store has to forget.
 *
 * One job at a time, on the thread pool, never on the loop. The loop fills the job before and reads
 * it after; in between it belongs to its thread, which uses copies of whatever a reload may change.
 * Journal and store outlive it: a stopping node waits for it (node_settle).
 */
#include "host/audit.h"
#include "host/fleet.h"
#include "host/holds.h"
#include "host/notices.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ERASURES_WAITING_MAX 16u
#define FOLD_HELD_MS 600000u /* nothing more could be folded: it is on hold, or young sums */
#define RETRY_MS                                                                                   \
    600000u /* after a failed pass: a disk is full, or a program reads an old snapshot */
#define AGENT_KEEP_DAYS_MIN 14 /* no hub is backed up more rarely */
#define DAY_NS (86400LL * CLOCK_NS_PER_S)

typedef struct wish {
    struct wish *next;
    arena memory; /* of what follows */
    journal_spans wanted;
    journal_spans spared;
    const char *note;
    maintenance_erased_fn answer;
    uint64_t asker;
} wish;

typedef struct keep {
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    int64_t days;
} keep;

struct maintenance {
    node *n;
    wish *waiting;
    uint32_t waiting_count;
    int64_t expired_day; /* of the last whole pass over the purposes, since 1970; -1 = none */
    uint64_t retry_at_ms;
    uint64_t forgotten;     /* blocks erased or folded when the store last forgot */
    store_forgotten untold; /* rows it has forgotten, and nobody was told yet */
    char problem[KINMU_ERR_MSG_SIZE];
    uint64_t fold_at_ms;
    char full[160]; /* a quota is full and nothing can be folded; "" = not so */
    int32_t is_running;

    /* The job. */
    uv_work_t work;
    wish *asked; /* NULL = the daily pass, or the store alone */
    int64_t unix_ns;
    int32_t is_folding;
    keep keeps[CONFIG_PURPOSES_MAX + 2]; /* and those always in force */
    uint32_t keep_count;
    buffer receipt;
    int32_t status;
    kinmu_err err;
};

/* ---- on the job's thread ---- */

/* Adds what is on hold; a node without a store has no holds. */
static int32_t add_holds(struct maintenance *m, arena *memory, journal_spans *spared) {
    return m->n->tables == NULL
               ? KINMU_OK
               : holds_read(m->n->data, m->n->schemas, m->n->tables, memory, spared, &m->err);
}

static int32_t erase(struct maintenance *m) {
    wish *w = m->asked;
    journal_flush(m->n->j); /* a hold that was decided holds */
    int32_t status = add_holds(m, &w->memory, &w->spared);
    return status == KINMU_OK
               ? journal_erase_spans(m->n->j, &w->wanted, &w->spared, w->note, &m->receipt, &m->err)
               : status;
}

static int32_t expire_kept(struct maintenance *m, const journal_spans *spared) {
    int32_t status = KINMU_OK;
    /* A hub set back to a backup asks for what it lost: an agent can still give it. */
    int64_t days_min = fleet_hold(m->n) ? AGENT_KEEP_DAYS_MIN : 0;
    for (uint32_t i = 0; status == KINMU_OK && i < m->keep_count; i++) {
        const keep *k = &m->keeps[i];
        uint64_t blocks = 0;
        int64_t days = k->days != 0 && k->days < days_min ? days_min : k->days;
        status = journal_expire(m->n->j, k->purpose, days, m->unix_ns, spared, &blocks, &m->err);
        if (blocks > 0) {
            log_info("journal",
                     "purpose \"%s\": %llu blocks were older than %lld days and are gone",
                     k->purpose, (unsigned long long)blocks, (long long)k->days);
        }
    }
    return status;
}

static int32_t expire(struct maintenance *m) {
    arena memory = {0};
    journal_spans spared = {NULL, 0};
    int32_t status = m->keep_count > 0 ? add_holds(m, &memory, &spared) : KINMU_OK;
    status = status == KINMU_OK ? expire_kept(m, &spared) : status;
    arena_free(&memory);
    return status;
}

/* What was decided before is known; a hold that comes meanwhile has it done again. */
static int32_t fold(struct maintenance *m) {
    arena memory = {0};
    journal_spans spared = {NULL, 0};
    journal_figures figures;
    journal_flush(m->n->j);
    journal_stat(m->n->j, &figures);
    int32_t status = add_holds(m, &memory, &spared);
    status =
        status == KINMU_OK ? journal_fold(m->n->j, &spared, figures.decision, &m->err) : status;
    arena_free(&memory);
    return status;
}

static uint64_t count_gone(const node *n) {
    journal_figures figures;
    journal_stat(n->j, &figures);
    return figures.erased_blocks + figures.folded_blocks;
}

static int32_t store_must_forget(const struct maintenance *m) {
    return m->n->tables != NULL && count_gone(m->n) != m->forgotten;
}

static int32_t forget(struct maintenance *m, kinmu_err *err) {
    uint64_t gone = count_gone(m->n);
    journal_reader *reader = NULL; /* the loop's is the loop's */
    int32_t status = journal_reader_open(m->n->data, &reader, err);
    if (status == KINMU_OK) {
        status = store_forget_erased(m->n->tables, reader, &m->untold, err);
    }
    journal_reader_close(reader);
    if (status == KINMU_OK) {
        m->forgotten = gone;
    }
    return status;
}

static int32_t must_tell(const struct maintenance *m) {
    return m->untold.rows > 0 || m->untold.derived > 0;
}

/* On this node and all others, to whoever derives rows from those. */
static void tell_forgotten(struct maintenance *m) {
    if (must_tell(m) && audit_note_forgotten(m->n->j, m->n->schemas, &m->untold) == KINMU_OK) {
        memset(&m->untold, 0, sizeof m->untold);
    }
}

static void work(uv_work_t *request) {
    struct maintenance *m = request->data;
    kinmu_err err = {{0}, {0}};
    m->status = m->asked != NULL ? erase(m) : m->is_folding ? fold(m) : expire(m);
    /* Also after a failure: what did go from the journal must not stay in the tables. */
    int32_t status = store_must_forget(m) ? forget(m, &err) : KINMU_OK;
    const journal_spans none = {NULL, 0};
    const journal_spans *asked = m->asked != NULL && m->n->tables != NULL &&
                                         m->status != KINMU_E_DENIED /* all of it stays */
                                     ? &m->asked->wanted
                                     : &none;
    for (uint32_t i = 0; status == KINMU_OK && i < asked->count; i++) {
        if (asked->rows[i].subject == NULL) {
            continue; /* a purpose of everybody: who derives does so anew from what is left */
        }
        status = store_forget_derived(m->n->tables, asked->rows[i].subject, &m->untold, &err);
    }
    tell_forgotten(m);
    if (m->status == KINMU_OK && status != KINMU_OK) {
        m->status = status;
        m->err = err;
    }
    crypto_end_thread();
}

/* ---- on the loop ---- */

static void free_wish(wish *w) {
    arena_free(&w->memory);
    free(w);
}

static wish *take_wish(struct maintenance *m) {
    wish *first = m->waiting;
    if (first != NULL) {
        m->waiting = first->next;
        m->waiting_count--;
    }
    return first;
}

static void answer(const struct maintenance *m, wish *w, int32_t status, const char *text,
                   const buffer *receipt) {
    w->answer(m->n, w->asker, status, text, receipt);
    free_wish(w);
}

static void done(uv_work_t *request, int status);

static void run(struct maintenance *m) {
    memset(&m->err, 0, sizeof m->err);
    m->unix_ns = clock_unix_ns();
    m->work.data = m;
    m->is_running = uv_queue_work(&m->n->loop, &m->work, work, done) == 0;
    if (!m->is_running && m->asked != NULL) {
        answer(m, m->asked, KINMU_E_RETRY, "erase: no thread to work on it; try again", NULL);
        m->asked = NULL;
    }
}

static void run_wish(struct maintenance *m) {
    m->keep_count = 0;
    m->is_folding = 0;
    m->asked = take_wish(m);
    if (m->asked != NULL) {
        run(m);
    }
}

static void note_failure(struct maintenance *m) {
    m->retry_at_ms = uv_now(&m->n->loop) + RETRY_MS;
    m->expired_day = -1; /* its next pass also finishes an erasure that could not be finished */
    text_copy(m->problem, sizeof m->problem,
              m->err.msg[0] != '\0' ? m->err.msg : error_name(m->status));
    log_warn("journal", "what should be gone is not all gone; tried again in %u min: %s",
             RETRY_MS / 60000u, m->problem);
}

static uint64_t over_quota(const node *n) {
    journal_figures figures;
    journal_stat(n->j, &figures);
    return figures.over_quota_bytes;
}

/* The quota is passed rather than what is on hold lost; that is told, once each time. */
static void note_folded(struct maintenance *m) {
    uint64_t bytes = over_quota(m->n);
    int32_t is_full = m->status == KINMU_OK && bytes > 0;
    m->fold_at_ms = is_full ? uv_now(&m->n->loop) + FOLD_HELD_MS : 0;
    if (is_full && m->full[0] == '\0') {
        log_warn("journal", "quotas are passed by %llu bytes: what is left is on hold or sums",
                 (unsigned long long)bytes);
    }
    if (is_full) {
        snprintf(m->full, sizeof m->full,
                 "quotas are passed by %llu bytes: what is left is on hold or sums (kinmu hold "
                 "list); give more room or release a hold",
                 (unsigned long long)bytes);
    } else if (m->status == KINMU_OK) {
        m->full[0] = '\0';
    }
}

static void done(uv_work_t *request, int status) {
    struct maintenance *m = request->data;
    node *n = m->n;
    (void)status; /* jobs are never cancelled */
    m->is_running = 0;
    if (m->is_folding) {
        note_folded(m);
    } else if (m->status == KINMU_E_RETRY || (m->asked == NULL && m->status != KINMU_OK)) {
        note_failure(m);
    } else if (m->asked == NULL) {
        m->problem[0] = '\0';
        m->expired_day = m->keep_count > 0 ? m->unix_ns / DAY_NS : m->expired_day;
    }
    if (!m->is_folding) {
        notices_forget(n);
    }
    if (m->asked != NULL) {
        answer(m, m->asked, m->status, m->err.msg, m->receipt.size > 0 ? &m->receipt : NULL);
        m->asked = NULL;
    }
    buffer_wipe(&m->receipt);
    while (n->is_stopping && m->waiting != NULL) {
        answer(m, take_wish(m), KINMU_E_RETRY, "erase: Kinmu is stopping; ask again later", NULL);
    }
    run_wish(m);
    if (n->is_stopping) {
        node_settle(n);
    }
}

static void copy_keeps(struct maintenance *m) {
    const config *conf = m->n->conf;
    for (uint32_t i = 0; i < conf->purpose_count && i < CONFIG_PURPOSES_MAX + 2; i++) {
        text_copy(m->keeps[i].purpose, sizeof m->keeps[i].purpose, conf->purposes[i].name);
        m->keeps[i].days = conf->purposes[i].keep_days;
        m->keep_count++;
    }
}

void maintenance_tick(node *n) {
    struct maintenance *m = n->maintenance;
    if (m->is_running || n->is_stopping || uv_now(&n->loop) < m->retry_at_ms) {
        return;
    }
    m->keep_count = 0;
    if (clock_unix_ns() / DAY_NS != m->expired_day) {
        copy_keeps(m);
    }
    uint64_t excess = over_quota(n);
    if (excess == 0) {
        m->full[0] = '\0';
    }
    m->is_folding =
        m->keep_count == 0 && n->tables != NULL && excess > 0 && uv_now(&n->loop) >= m->fold_at_ms;
    if (m->is_folding || m->keep_count > 0 || store_must_forget(m) || must_tell(m)) {
        run(m);
    }
}

static const char *copy_text(arena *memory, const char *text) {
    return text != NULL ? arena_text(memory, text, strlen(text)) : NULL;
}

static int32_t copy_spans(arena *memory, const journal_spans *from, journal_spans *to) {
    journal_span *rows = arena_get(memory, (from->count + 1) * sizeof *rows);
    for (uint32_t i = 0; rows != NULL && i < from->count; i++) {
        const journal_span *span = &from->rows[i];
        rows[i] = (journal_span){copy_text(memory, span->subject), copy_text(memory, span->purpose),
                                 span->from_ns, span->to_ns, copy_text(memory, span->why)};
        if ((span->subject != NULL && rows[i].subject == NULL) ||
            (span->purpose != NULL && rows[i].purpose == NULL) ||
            (span->why != NULL && rows[i].why == NULL)) {
            return KINMU_E_NOMEM; /* NULL would mean everybody */
        }
    }
    *to = (journal_spans){rows, from->count};
    return rows != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

int32_t maintenance_erase_spans(node *n, const journal_spans *wanted, const journal_spans *spared,
                                const char *note, maintenance_erased_fn answer_fn, uint64_t asker,
                                kinmu_err *err) {
    struct maintenance *m = n->maintenance;
    if (n->is_stopping) {
        return error_set(err, KINMU_E_RETRY, "erase.stopping",
                         "erase: Kinmu is stopping; ask again later");
    }
    if (m->waiting_count == ERASURES_WAITING_MAX) {
        return error_set(err, KINMU_E_BUSY, "erase.busy",
                         "erase: %u others are waiting; ask again later", ERASURES_WAITING_MAX);
    }
    wish *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    w->answer = answer_fn;
    w->asker = asker;
    w->note = copy_text(&w->memory, note);
    if (w->note == NULL || copy_spans(&w->memory, wanted, &w->wanted) != KINMU_OK ||
        copy_spans(&w->memory, spared, &w->spared) != KINMU_OK) {
        free_wish(w);
        return KINMU_E_NOMEM;
    }
    wish **end = &m->waiting;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = w;
    m->waiting_count++;
    if (!m->is_running) {
        run_wish(m);
    }
    return KINMU_OK;
}

int32_t maintenance_erase(node *n, const char *subject, const char *purpose, const char *month,
                          maintenance_erased_fn answer_fn, uint64_t asker, kinmu_err *err) {
    journal_span span = {.subject = subject, .purpose = purpose[0] != '\0' ? purpose : NULL};
    const journal_spans wanted = {&span, 1};
    const journal_spans none = {NULL, 0};
    int32_t status = journal_span_month(month, &span, err);
    return status == KINMU_OK
               ? maintenance_erase_spans(n, &wanted, &none, "", answer_fn, asker, err)
               : status;
}

int32_t maintenance_is_running(const node *n) {
    return n->maintenance != NULL && n->maintenance->is_running;
}

const char *maintenance_problem(const node *n) {
    return n->maintenance->problem[0] != '\0' ? n->maintenance->problem : n->maintenance->full;
}

int32_t maintenance_open(node *n) {
    n->maintenance = calloc(1, sizeof *n->maintenance);
    if (n->maintenance == NULL) {
        return KINMU_E_NOMEM;
    }
    n->maintenance->n = n;
    n->maintenance->expired_day = -1;
    return KINMU_OK;
}

void maintenance_close(node *n) {
    free(n->maintenance);
    n->maintenance = NULL;
}
