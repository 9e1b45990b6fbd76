/* session/ledger_past.c - what happened between the stored state and this start.
 *
 * Evidence, best first: what was published then, the system's login history (wtmp), the last
 * heartbeat. Without a record of a shutdown the machine went off at the last evidence that it was
 * on: at most one heartbeat too early (SES-02). Nothing before the first start ever is told.
 */
#include "ledger.h"
#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

typedef struct passage {
    ledger *book;
    const ledger_start *start;
    const ledger_sink *sink;
    int64_t on_until_ns;        /* last evidence that the machine was on */
    ledger_source on_source;    /* who gave it */
    int64_t unwatched_since_ns; /* the machine was on and nobody watched since then */
    const char *cause;          /* why nobody watched */
    int32_t is_on;
} passage;

static int32_t is_same_boot(const ledger *book, const ledger_start *start) {
    static const uint8_t unknown[LEDGER_BOOT_ID_BYTES];
    if (memcmp(start->boot_id, unknown, sizeof unknown) != 0) {
        return memcmp(book->boot_id, start->boot_id, sizeof start->boot_id) == 0;
    }
    int64_t apart_ns = book->boot_ns - start->boot_ns;
    return apart_ns >= -LEDGER_SAME_BOOT_NS && apart_ns <= LEDGER_SAME_BOOT_NS;
}

static int64_t noted(const passage *way) {
    return way->start->now.unix_ns;
}

static void gap_until(const passage *way, int64_t to_ns, int64_t min_ns, const char *detail) {
    if (to_ns - way->unwatched_since_ns >= min_ns) {
        ledger_emit_gap(way->sink, way->cause, detail, way->unwatched_since_ns, to_ns);
    }
}

static void end_sessions(const passage *way, int64_t unix_ns) {
    ledger *book = way->book;
    while (book->session_count > 0) {
        ledger_emit_estimate(way->sink, LEDGER_LOGOFF, way->on_source, &book->sessions[0], unix_ns,
                             noted(way));
        ledger_drop_session(book, &book->sessions[0]);
    }
}

static void recorded_shutdown(passage *way, int64_t unix_ns) {
    if (way->is_on != 0) {
        gap_until(way, unix_ns, LEDGER_TRANSITION_NS, "the PC was on, the collector was not");
        ledger_emit(way->sink, LEDGER_SHUTDOWN, LEDGER_UTMP, NULL, unix_ns, noted(way));
    }
    way->on_source = LEDGER_UTMP;
    end_sessions(way, unix_ns);
    way->is_on = 0;
}

/* The machine came up at boot_ns; if it was still thought on, its power went without a word. */
static void next_boot(passage *way, int64_t boot_ns, ledger_source source) {
    if (way->is_on != 0) {
        if (strcmp(way->cause, "stopped") == 0 && way->book->is_watching != 0) {
            gap_until(way, boot_ns, LEDGER_GAP_MIN_NS,
                      "when the PC went off is not known, the collector was stopped");
        }
        ledger_emit_estimate(way->sink, LEDGER_SHUTDOWN, way->on_source, NULL, way->on_until_ns,
                             noted(way));
        if (way->on_until_ns > boot_ns + LEDGER_CLOCK_STEP_NS) {
            ledger_emit_gap(way->sink, "clock-step", "the clock is behind the previous run",
                            boot_ns, boot_ns);
        }
    }
    end_sessions(way, way->on_until_ns);
    ledger_emit(way->sink, LEDGER_BOOT, source, NULL, boot_ns, noted(way));
    way->is_on = 1;
    way->on_until_ns = boot_ns;
    way->on_source = LEDGER_UTMP;
    way->unwatched_since_ns = boot_ns;
    way->cause = "stopped";
    way->book->is_watching = 0;
}

static int32_t is_known(const ledger *book, const ledger_record *logon) {
    for (uint32_t i = 0; i < book->session_count; i++) {
        const ledger_session *known = &book->sessions[i];
        if (strcmp(known->account, logon->session.account) != 0) {
            continue;
        }
        int64_t apart_ns = known->logon_ns - logon->unix_ns;
        if (strcmp(known->line, logon->session.line) == 0 ||
            (apart_ns >= -LEDGER_SAME_LOGON_NS && apart_ns <= LEDGER_SAME_LOGON_NS)) {
            return 1;
        }
    }
    return 0;
}

static void past_logon(const passage *way, const ledger_record *record) {
    ledger *book = way->book;
    if (is_known(book, record) != 0 || book->session_count == LEDGER_SESSIONS_MAX) {
        return;
    }
    ledger_session *session = &book->sessions[book->session_count++];
    *session = record->session;
    session->source = LEDGER_UTMP;
    session->logon_ns = record->unix_ns;
    ledger_emit(way->sink, LEDGER_LOGON, LEDGER_UTMP, session, record->unix_ns, noted(way));
}

static void past_logoff(const passage *way, const ledger_record *record) {
    ledger *book = way->book;
    for (uint32_t i = 0; i < book->session_count; i++) {
        ledger_session *session = &book->sessions[i];
        if (session->line[0] != '\0' && strcmp(session->line, record->session.line) == 0) {
            ledger_emit(way->sink, LEDGER_LOGOFF, LEDGER_UTMP, session, record->unix_ns,
                        noted(way));
            ledger_drop_session(book, session);
            return;
        }
    }
}

/* A logon without a recorded end is still open: whoever lists the sessions now will tell it. */
static int32_t has_ended(const ledger_start *start, uint32_t logon) {
    for (uint32_t i = logon + 1; i < start->record_count; i++) {
        if (strcmp(start->records[i].session.line, start->records[logon].session.line) == 0) {
            return start->records[i].kind == LEDGER_RECORD_LOGOFF;
        }
    }
    return 0;
}

/* Logons and logoffs of the running boot, from record `first` on. */
static void replay_present(const passage *way, uint32_t first, int64_t since_ns) {
    const ledger_start *start = way->start;
    for (uint32_t i = first; i < start->record_count; i++) {
        const ledger_record *record = &start->records[i];
        if (record->unix_ns <= since_ns) {
            continue;
        }
        if (record->kind == LEDGER_RECORD_LOGON && has_ended(start, i) != 0) {
            past_logon(way, record);
        } else if (record->kind == LEDGER_RECORD_LOGOFF) {
            past_logoff(way, record);
        }
    }
}

static void replay_past(passage *way, uint32_t end, int64_t since_ns) {
    for (uint32_t i = 0; i < end; i++) {
        const ledger_record *record = &way->start->records[i];
        if (record->unix_ns <= since_ns) {
            continue;
        }
        switch (record->kind) {
        case LEDGER_RECORD_BOOT:
            next_boot(way, record->unix_ns, LEDGER_UTMP);
            break;
        case LEDGER_RECORD_SHUTDOWN:
            recorded_shutdown(way, record->unix_ns);
            break;
        case LEDGER_RECORD_LOGON:
            past_logon(way, record);
            break;
        case LEDGER_RECORD_LOGOFF:
            past_logoff(way, record);
            break;
        }
        if (way->is_on != 0 && record->unix_ns > way->on_until_ns) {
            way->on_until_ns = record->unix_ns;
            way->on_source = LEDGER_UTMP;
        }
    }
}

/* Index of the first record of the running boot; *skip is 1 when that is its boot record. */
static uint32_t find_present(const ledger_start *start, uint32_t *skip) {
    *skip = 0;
    for (uint32_t i = start->record_count; i > 0; i--) {
        const ledger_record *record = &start->records[i - 1];
        if (record->kind == LEDGER_RECORD_BOOT) {
            int64_t apart_ns = record->unix_ns - start->boot_ns;
            if (apart_ns >= -LEDGER_SAME_BOOT_NS && apart_ns <= LEDGER_SAME_BOOT_NS) {
                *skip = 1;
                return i - 1;
            }
            break;
        }
    }
    /* Its boot was not recorded. The running boot has no shutdown yet. */
    uint32_t first = start->record_count;
    while (first > 0 && start->records[first - 1].unix_ns >= start->boot_ns &&
           (start->records[first - 1].kind == LEDGER_RECORD_LOGON ||
            start->records[first - 1].kind == LEDGER_RECORD_LOGOFF)) {
        first--;
    }
    return first;
}

static void after_restart(passage *way) {
    const ledger *book = way->book;
    const ledger_start *start = way->start;
    int64_t since_ns = book->alive.unix_ns;
    if (book->blind_since_ns != 0) {
        char detail[] = "sessions could not be seen";
        ledger_emit_gap(way->sink, "unknown", detail, book->blind_since_ns, since_ns);
    }
    uint32_t skip;
    uint32_t present = find_present(start, &skip);
    replay_past(way, present, since_ns);
    next_boot(way, start->boot_ns, LEDGER_KERNEL);
    replay_present(way, present + skip, start->boot_ns);
    gap_until(way, start->now.unix_ns, LEDGER_TRANSITION_NS,
              "the collector was started long after the PC");
}

static void same_boot(passage *way) {
    ledger *book = way->book;
    const ledger_moment *now = &way->start->now;
    char detail[LEDGER_DETAIL_SIZE];
    uint64_t slept_ns = ledger_slept_ns(&book->alive, now);
    if (book->phase == LEDGER_DOWN) {
        ledger_emit_estimate(way->sink, LEDGER_RESUME, LEDGER_HEARTBEAT, NULL, now->unix_ns,
                             now->unix_ns);
    } else if (book->phase == LEDGER_ASLEEP) {
        way->unwatched_since_ns = book->alive.unix_ns + (int64_t)slept_ns;
        ledger_emit_estimate(way->sink, LEDGER_RESUME, LEDGER_HEARTBEAT, NULL,
                             way->unwatched_since_ns, now->unix_ns);
        gap_until(way, now->unix_ns, LEDGER_GAP_MIN_NS, "the collector was not running");
    } else {
        snprintf(detail, sizeof detail, "the collector was not running; the PC slept %lld s of it",
                 (long long)(slept_ns / (uint64_t)LEDGER_NS_PER_S));
        gap_until(way, now->unix_ns, LEDGER_GAP_MIN_NS, detail);
    }
    ledger_note_clock_step(&book->alive, now, way->sink);
    replay_present(way, 0, book->known_ns);
}

void ledger_begin(ledger *book, const ledger_start *start, const ledger_sink *sink) {
    int64_t seen_ns = book->blind_since_ns != 0 ? book->blind_since_ns : book->alive.unix_ns;
    passage way = {.book = book,
                   .start = start,
                   .sink = sink,
                   .on_until_ns = book->alive.unix_ns,
                   .on_source = LEDGER_HEARTBEAT,
                   .unwatched_since_ns = seen_ns,
                   .cause = book->phase == LEDGER_STOPPED ? "stopped" : "crashed",
                   .is_on = book->phase != LEDGER_DOWN};
    int64_t boot_ns = start->boot_ns;
    if (book->phase == LEDGER_NEVER) {
        ledger_emit(sink, LEDGER_BOOT, LEDGER_KERNEL, NULL, boot_ns, start->now.unix_ns);
        book->known_ns = start->now.unix_ns;
    } else if (is_same_boot(book, start) != 0) {
        same_boot(&way);
        boot_ns = book->boot_ns;
    } else {
        way.unwatched_since_ns = book->alive.unix_ns;
        after_restart(&way);
        book->known_ns = boot_ns;
    }
    memcpy(book->boot_id, start->boot_id, sizeof book->boot_id);
    book->boot_ns = boot_ns;
    book->phase = LEDGER_RUNNING;
    book->is_watching = 0;
    book->is_current = 0;
    book->blind_since_ns = 0;
    book->alive = start->now;
}
