/* session/ledger.c - changes seen while the collector runs: sessions, power, heartbeat.
 *
 * What happened before it ran is decided in ledger_past.c. Every function ends with the state
 * ready to be stored: `alive` never lies behind an event that was handed out as exact.
 */
#include "ledger.h"
#include "ledger_internal.h"

#include <stdio.h>
#include <string.h>

static const char *const kind_names[LEDGER_KINDS] = {
    "boot",   "logon",    "lock",   "unlock",         "idle",
    "active", "sleep",    "resume", "switch_connect", "switch_disconnect",
    "logoff", "shutdown", "gap"};

static const char *const source_names[LEDGER_SOURCES] = {"logind", "utmp", "kernel", "heartbeat"};

const char *ledger_kind_name(ledger_kind kind) {
    return kind_names[kind];
}

const char *ledger_source_name(ledger_source source) {
    return source_names[source];
}

void ledger_copy(char *to, size_t to_size, const char *from) {
    size_t size = strlen(from);
    if (size >= to_size) {
        size = to_size - 1;
        while (size > 0 && ((uint8_t)from[size] & 0xC0) == 0x80) {
            size--;
        }
    }
    memmove(to, from, size);
    to[size] = '\0';
}

void ledger_emit(const ledger_sink *sink, ledger_kind kind, ledger_source source,
                 const ledger_session *session, int64_t unix_ns, int64_t noted_ns) {
    ledger_event event = {.kind = kind,
                          .source = source,
                          .session = session,
                          .unix_ns = unix_ns,
                          .is_estimated = 0,
                          .noted_ns = noted_ns > unix_ns ? noted_ns : 0};
    sink->emit(sink->user, &event);
}

void ledger_emit_estimate(const ledger_sink *sink, ledger_kind kind, ledger_source source,
                          const ledger_session *session, int64_t unix_ns, int64_t noted_ns) {
    ledger_event event = {.kind = kind,
                          .source = source,
                          .session = session,
                          .unix_ns = unix_ns,
                          .is_estimated = 1,
                          .noted_ns = noted_ns};
    sink->emit(sink->user, &event);
}

void ledger_emit_gap(const ledger_sink *sink, const char *cause, const char *detail,
                     int64_t from_ns, int64_t to_ns) {
    ledger_event event = {.kind = LEDGER_GAP,
                          .unix_ns = to_ns,
                          .from_ns = from_ns < to_ns ? from_ns : to_ns,
                          .cause = cause,
                          .detail = detail};
    sink->emit(sink->user, &event);
}

uint64_t ledger_slept_ns(const ledger_moment *before, const ledger_moment *now) {
    return now->suspended_ns > before->suspended_ns ? now->suspended_ns - before->suspended_ns : 0;
}

/* Wall time that cannot be explained by time passing is a clock that was set (X10). */
void ledger_note_clock_step(const ledger_moment *before, const ledger_moment *now,
                            const ledger_sink *sink) {
    if (now->mono_ns < before->mono_ns) {
        return;
    }
    int64_t expected_ns = before->unix_ns + (int64_t)(now->mono_ns - before->mono_ns);
    int64_t step_ns = now->unix_ns - expected_ns;
    if (step_ns > -LEDGER_CLOCK_STEP_NS && step_ns < LEDGER_CLOCK_STEP_NS) {
        return;
    }
    char detail[LEDGER_DETAIL_SIZE];
    int64_t step_s = step_ns / LEDGER_NS_PER_S;
    snprintf(detail, sizeof detail, "the clock was set %s by %lld s",
             step_s < 0 ? "back" : "forward", (long long)(step_s < 0 ? -step_s : step_s));
    ledger_emit_gap(sink, "clock-step", detail, step_ns > 0 ? expected_ns : now->unix_ns,
                    now->unix_ns);
}

static ledger_session *find_session(ledger *book, const char *id) {
    for (uint32_t i = 0; i < book->session_count; i++) {
        if (strcmp(book->sessions[i].id, id) == 0) {
            return &book->sessions[i];
        }
    }
    return NULL;
}

/* The session another source knows under another name: same account, and same terminal or same
 * moment of logon. So a change of backend is not a logoff and a logon. */
static ledger_session *find_counterpart(ledger *book, const ledger_session *seen) {
    for (uint32_t i = 0; i < book->session_count; i++) {
        ledger_session *known = &book->sessions[i];
        if (known->source == seen->source || known->is_listed != 0 ||
            strcmp(known->account, seen->account) != 0) {
            continue;
        }
        int64_t apart_ns = known->logon_ns - seen->logon_ns;
        int32_t same_line = seen->line[0] != '\0' && strcmp(known->line, seen->line) == 0;
        if (same_line != 0 ||
            (apart_ns >= -LEDGER_SAME_LOGON_NS && apart_ns <= LEDGER_SAME_LOGON_NS)) {
            return known;
        }
    }
    return NULL;
}

void ledger_drop_session(ledger *book, ledger_session *session) {
    size_t index = (size_t)(session - book->sessions);
    book->session_count--;
    memmove(session, session + 1, (book->session_count - index) * sizeof *session);
}

static void set_alive(ledger *book, const ledger_moment *now) {
    book->alive = *now;
    if (book->is_current != 0) {
        book->known_ns = now->unix_ns;
    }
}

/* What the clocks say about the time since `alive`: sleep nobody announced, a stall, a step. Sleep
 * and shutdown that were announced keep their moment until they are over. */
static void catch_up(ledger *book, const ledger_moment *now, const ledger_sink *sink) {
    if (book->phase != LEDGER_RUNNING || now->mono_ns < book->alive.mono_ns) {
        return;
    }
    int64_t slept_ns = (int64_t)ledger_slept_ns(&book->alive, now);
    int64_t awake_ns = (int64_t)(now->mono_ns - book->alive.mono_ns) - slept_ns;
    if (slept_ns >= LEDGER_NS_PER_S) {
        ledger_emit_estimate(sink, LEDGER_SLEEP, LEDGER_HEARTBEAT, NULL, book->alive.unix_ns,
                             now->unix_ns);
        ledger_emit_estimate(sink, LEDGER_RESUME, LEDGER_HEARTBEAT, NULL,
                             book->alive.unix_ns + slept_ns, now->unix_ns);
    } else if (book->beat_ns != 0 && awake_ns > LEDGER_STALL_BEATS * book->beat_ns) {
        ledger_emit_gap(sink, "stalled", "the collector got no processor time", book->alive.unix_ns,
                        now->unix_ns);
    }
    ledger_note_clock_step(&book->alive, now, sink);
    set_alive(book, now);
}

/* Changes one flag; a change found after an unwatched time is an estimate. */
static void set_flag(ledger_session *session, ledger_flag flag, int32_t is_on, int32_t is_live,
                     const ledger_moment *now, const ledger_sink *sink) {
    uint8_t *value = flag == LEDGER_IS_LOCKED ? &session->is_locked
                     : flag == LEDGER_IS_IDLE ? &session->is_idle
                                              : &session->is_active;
    if (*value == (uint8_t)(is_on != 0)) {
        return;
    }
    *value = (uint8_t)(is_on != 0);
    static const ledger_kind kinds[3][2] = {{LEDGER_UNLOCK, LEDGER_LOCK},
                                            {LEDGER_ACTIVE, LEDGER_IDLE},
                                            {LEDGER_SWITCH_DISCONNECT, LEDGER_SWITCH_CONNECT}};
    if (flag == LEDGER_IS_ACTIVE && is_on != 0 && session->was_active == 0) {
        session->was_active = 1;
        return;
    }
    ledger_kind kind = kinds[flag][is_on != 0];
    ledger_source source = (ledger_source)session->source;
    if (is_live != 0) {
        ledger_emit(sink, kind, source, session, now->unix_ns, 0);
    } else {
        ledger_emit_estimate(sink, kind, source, session, now->unix_ns, now->unix_ns);
    }
}

static void log_on(ledger *book, const ledger_session *seen, int32_t is_live,
                   const ledger_moment *now, const ledger_sink *sink) {
    if (book->session_count == LEDGER_SESSIONS_MAX) {
        book->sessions_refused++;
        return;
    }
    ledger_session *session = &book->sessions[book->session_count++];
    *session = *seen;
    session->is_locked = 0;
    session->is_idle = 0;
    /* Found in the background: somebody switched away from it before we looked. */
    session->was_active = seen->is_active != 0 || is_live == 0;
    session->is_listed = 1;
    /* A time before the boot or in the future is no time: the system did not know it. */
    int32_t is_sane = seen->logon_ns >= book->boot_ns - LEDGER_CLOCK_STEP_NS &&
                      seen->logon_ns <= now->unix_ns + LEDGER_CLOCK_STEP_NS;
    session->logon_ns = is_sane != 0 ? seen->logon_ns : now->unix_ns;
    if (is_sane != 0 || is_live != 0) {
        int64_t noted_ns = is_live != 0 ? 0 : now->unix_ns;
        ledger_emit(sink, LEDGER_LOGON, (ledger_source)seen->source, session, session->logon_ns,
                    noted_ns);
    } else {
        ledger_emit_estimate(sink, LEDGER_LOGON, (ledger_source)seen->source, session,
                             session->logon_ns, now->unix_ns);
    }
    set_flag(session, LEDGER_IS_LOCKED, seen->is_locked, is_live, now, sink);
    set_flag(session, LEDGER_IS_IDLE, seen->is_idle, is_live, now, sink);
}

void ledger_list_begin(ledger *book) {
    for (uint32_t i = 0; i < book->session_count; i++) {
        book->sessions[i].is_listed = 0;
    }
}

void ledger_list_end(ledger *book, int32_t is_live, const ledger_moment *now,
                     const ledger_sink *sink) {
    for (uint32_t i = 0; i < book->session_count;) {
        ledger_session *session = &book->sessions[i];
        if (session->is_listed != 0) {
            i++;
            continue;
        }
        if (is_live != 0) {
            ledger_emit(sink, LEDGER_LOGOFF, (ledger_source)session->source, session, now->unix_ns,
                        0);
        } else {
            ledger_emit_estimate(sink, LEDGER_LOGOFF, LEDGER_HEARTBEAT, session, book->known_ns,
                                 now->unix_ns);
        }
        ledger_drop_session(book, session);
    }
    book->is_current = 1;
    catch_up(book, now, sink);
}

void ledger_session_seen(ledger *book, const ledger_session *seen, int32_t is_live,
                         const ledger_moment *now, const ledger_sink *sink) {
    if (is_live != 0) {
        catch_up(book, now, sink);
    }
    ledger_session *session = find_session(book, seen->id);
    if (session == NULL) {
        session = find_counterpart(book, seen);
    }
    if (session == NULL) {
        log_on(book, seen, is_live, now, sink);
        return;
    }
    int32_t is_adopted = session->source != seen->source;
    if (is_adopted != 0) {
        ledger_copy(session->id, sizeof session->id, seen->id);
        ledger_copy(session->type, sizeof session->type, seen->type);
        ledger_copy(session->line, sizeof session->line, seen->line);
        session->source = seen->source;
    }
    session->is_listed = 1;
    /* utmp knows no flags: what it says about them is not a change. */
    if (seen->source == LEDGER_LOGIND) {
        set_flag(session, LEDGER_IS_LOCKED, seen->is_locked, is_live, now, sink);
        set_flag(session, LEDGER_IS_IDLE, seen->is_idle, is_live, now, sink);
        set_flag(session, LEDGER_IS_ACTIVE, seen->is_active, is_live, now, sink);
    }
}

void ledger_session_gone(ledger *book, const char *id, const ledger_moment *now,
                         const ledger_sink *sink) {
    ledger_session *session = find_session(book, id);
    if (session == NULL) {
        return;
    }
    catch_up(book, now, sink);
    ledger_emit(sink, LEDGER_LOGOFF, (ledger_source)session->source, session, now->unix_ns, 0);
    ledger_drop_session(book, session);
}

void ledger_session_flag(ledger *book, const char *id, ledger_flag flag, int32_t is_on,
                         const ledger_moment *now, const ledger_sink *sink) {
    ledger_session *session = find_session(book, id);
    if (session != NULL) {
        catch_up(book, now, sink);
        set_flag(session, flag, is_on, 1, now, sink);
    }
}

void ledger_sleep(ledger *book, int32_t begins, const ledger_moment *now, const ledger_sink *sink) {
    if (begins != 0 && book->phase == LEDGER_RUNNING) {
        catch_up(book, now, sink);
        ledger_emit(sink, LEDGER_SLEEP, LEDGER_LOGIND, NULL, now->unix_ns, 0);
        book->phase = LEDGER_ASLEEP;
        set_alive(book, now);
    } else if (begins == 0 && book->phase == LEDGER_ASLEEP) {
        ledger_emit(sink, LEDGER_RESUME, LEDGER_LOGIND, NULL, now->unix_ns, 0);
        ledger_note_clock_step(&book->alive, now, sink);
        book->phase = LEDGER_RUNNING;
        set_alive(book, now);
    } else if (begins == 0 && book->phase == LEDGER_RUNNING &&
               ledger_slept_ns(&book->alive, now) >= LEDGER_NS_PER_S) {
        ledger_emit_estimate(sink, LEDGER_SLEEP, LEDGER_HEARTBEAT, NULL, book->alive.unix_ns,
                             now->unix_ns);
        ledger_emit(sink, LEDGER_RESUME, LEDGER_LOGIND, NULL, now->unix_ns, 0);
        set_alive(book, now);
    }
}

/* A shutdown called off leaves a published shutdown behind; `resume` says that the machine went on
 * after all. */
void ledger_shutdown(ledger *book, int32_t begins, const ledger_moment *now,
                     const ledger_sink *sink) {
    if (begins != 0 && book->phase != LEDGER_DOWN) {
        catch_up(book, now, sink);
        ledger_emit(sink, LEDGER_SHUTDOWN, LEDGER_LOGIND, NULL, now->unix_ns, 0);
        book->phase = LEDGER_DOWN;
        set_alive(book, now);
    } else if (begins == 0 && book->phase == LEDGER_DOWN) {
        ledger_emit(sink, LEDGER_RESUME, LEDGER_LOGIND, NULL, now->unix_ns, 0);
        book->phase = LEDGER_RUNNING;
        set_alive(book, now);
    }
}

/* Announced and not over: the word that ends it is exact, so it is given time to come. */
static void end_overdue(ledger *book, int64_t interval_ns, const ledger_moment *now,
                        const ledger_sink *sink) {
    if (now->mono_ns < book->alive.mono_ns) {
        return;
    }
    int64_t slept_ns = (int64_t)ledger_slept_ns(&book->alive, now);
    int64_t awake_ns = (int64_t)(now->mono_ns - book->alive.mono_ns) - slept_ns;
    int32_t is_down = book->phase == LEDGER_DOWN;
    if (awake_ns < (is_down != 0 ? LEDGER_SHUTDOWN_MAX_NS : interval_ns)) {
        return;
    }
    int64_t resumed_ns = is_down != 0 ? book->alive.unix_ns : now->unix_ns - awake_ns;
    ledger_emit_estimate(sink, LEDGER_RESUME, LEDGER_HEARTBEAT, NULL, resumed_ns, now->unix_ns);
    ledger_note_clock_step(&book->alive, now, sink);
    book->phase = LEDGER_RUNNING;
    set_alive(book, now);
}

void ledger_beat(ledger *book, int64_t interval_ns, const ledger_moment *now,
                 const ledger_sink *sink) {
    book->beat_ns = interval_ns;
    if (book->phase == LEDGER_RUNNING) {
        catch_up(book, now, sink);
    } else {
        end_overdue(book, interval_ns, now, sink);
    }
}

void ledger_blind(ledger *book, const ledger_moment *now) {
    if (book->is_current != 0) {
        book->known_ns = now->unix_ns;
    }
    book->is_watching = 0;
    book->is_current = 0;
    if (book->blind_since_ns == 0) {
        book->blind_since_ns = now->unix_ns;
    }
}

void ledger_sighted(ledger *book, int32_t is_watching, const char *why, const ledger_moment *now,
                    const ledger_sink *sink) {
    int64_t since_ns = book->blind_since_ns;
    book->blind_since_ns = 0;
    book->is_watching = is_watching;
    if (since_ns != 0 && now->unix_ns - since_ns >= LEDGER_GAP_MIN_NS) {
        ledger_emit_gap(sink, "unknown", why, since_ns, now->unix_ns);
    }
    catch_up(book, now, sink);
}

void ledger_stop(ledger *book, const char *why_blind, const ledger_moment *now,
                 const ledger_sink *sink) {
    if (book->phase != LEDGER_RUNNING) {
        return; /* stopped because of a shutdown or sleep already told */
    }
    catch_up(book, now, sink);
    if (book->blind_since_ns != 0) {
        ledger_sighted(book, 0, why_blind, now, sink);
    }
    book->alive = *now;
    book->phase = LEDGER_STOPPED;
}
