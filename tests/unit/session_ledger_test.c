/* What the session collector concludes: cold boot, clean shutdown, power cut, agent crash, clock
 * steps, reboots nobody saw (SES-01, SES-02, COL-31, COL-36, X10, X12). Each event is compared as
 * one line: kind, quality, source, account, seconds since the test's epoch, +noted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/collectors/session/ledger.c"
#include "plugins/collectors/session/ledger_memory.c"
#include "plugins/collectors/session/ledger_past.c"

#define EPOCH_S 1795300000LL
#define S LEDGER_NS_PER_S
#define LINES_MAX 64
#define LINE_SIZE 256

typedef struct told {
    char lines[LINES_MAX][LINE_SIZE];
    uint32_t count;
    ledger book;
    ledger_record records[16];
    ledger_start start;
} told;

static double seconds(int64_t unix_ns) {
    return (double)(unix_ns - EPOCH_S * S) / (double)S;
}

static void note(void *user, const ledger_event *event) {
    told *all = user;
    assert_true(all->count < LINES_MAX);
    char *line = all->lines[all->count++];
    if (event->kind == LEDGER_GAP) {
        snprintf(line, LINE_SIZE, "gap %s %g-%g", event->cause, seconds(event->from_ns),
                 seconds(event->unix_ns));
        return;
    }
    int used = snprintf(
        line, LINE_SIZE, "%s %s %s %s %g", ledger_kind_name(event->kind),
        event->is_estimated != 0 ? "estimated" : "exact", ledger_source_name(event->source),
        event->session != NULL ? event->session->account : "-", seconds(event->unix_ns));
    if (event->noted_ns != 0) {
        snprintf(line + used, LINE_SIZE - (size_t)used, " +%g", seconds(event->noted_ns));
    }
}

static ledger_sink sink_to(told *all) {
    ledger_sink sink = {note, all};
    return sink;
}

/* Wall time in seconds since the epoch, monotonic time since the boot that began at boot_s. */
static ledger_moment at(double wall_s, double boot_s) {
    ledger_moment moment = {EPOCH_S * S + (int64_t)(wall_s * 1e9),
                            (uint64_t)((wall_s - boot_s) * 1e9), 0};
    return moment;
}

static void expect(told *all, const char *const *lines, uint32_t count) {
    for (uint32_t i = 0; i < count && i < all->count; i++) {
        assert_string_equal(all->lines[i], lines[i]);
    }
    assert_int_equal(all->count, count);
    all->count = 0;
}

#define EXPECT(all, ...)                                                                           \
    do {                                                                                           \
        const char *const expected[] = {__VA_ARGS__};                                              \
        expect(all, expected, sizeof expected / sizeof expected[0]);                               \
    } while (0)

static void expect_nothing(told *all) {
    if (all->count != 0) {
        fail_msg("unexpected: %s", all->lines[0]);
    }
}

static ledger_session person(const char *account, const char *id, double logon_s) {
    ledger_session session;
    memset(&session, 0, sizeof session);
    ledger_copy(session.account, sizeof session.account, account);
    ledger_copy(session.id, sizeof session.id, id);
    ledger_copy(session.type, sizeof session.type, "x11");
    ledger_copy(session.line, sizeof session.line, "tty2");
    session.logon_ns = EPOCH_S * S + (int64_t)(logon_s * 1e9);
    session.source = LEDGER_LOGIND;
    session.is_active = 1;
    return session;
}

/* A start of the collector in the boot `boot` that began at boot_s. */
static void begin(told *all, uint8_t boot, double boot_s, double now_s) {
    memset(all->start.boot_id, boot, sizeof all->start.boot_id);
    all->start.boot_ns = EPOCH_S * S + (int64_t)(boot_s * 1e9);
    all->start.now = at(now_s, boot_s);
    all->start.records = all->records;
    ledger_sink sink = sink_to(all);
    ledger_begin(&all->book, &all->start, &sink);
    all->start.record_count = 0;
}

/* What survives is what was encoded: every restart goes through the bytes. */
static void restart(told *all, uint8_t boot, double boot_s, double now_s) {
    static uint8_t bytes[LEDGER_ENCODED_BYTES_MAX];
    size_t size = ledger_encode(&all->book, bytes);
    memset(&all->book, 0xA5, sizeof all->book);
    assert_int_equal(ledger_decode(&all->book, bytes, size), 0);
    begin(all, boot, boot_s, now_s);
}

static void record(told *all, ledger_record_kind kind, double wall_s, const char *account,
                   const char *line) {
    ledger_record *row = &all->records[all->start.record_count++];
    memset(row, 0, sizeof *row);
    row->kind = kind;
    row->unix_ns = EPOCH_S * S + (int64_t)(wall_s * 1e9);
    row->session = person(account, "utmp", wall_s);
    ledger_copy(row->session.line, sizeof row->session.line, line);
}

static void list(told *all, const ledger_session *sessions, uint32_t count, int32_t is_live,
                 ledger_moment now) {
    ledger_sink sink = sink_to(all);
    ledger_list_begin(&all->book);
    for (uint32_t i = 0; i < count; i++) {
        ledger_session_seen(&all->book, &sessions[i], is_live, &now, &sink);
    }
    ledger_list_end(&all->book, is_live, &now, &sink);
}

/* Boot 1 began at 0, alice logged on at 30, the collector knows both; it is 60. */
static int set_up(void **state) {
    told *all = calloc(1, sizeof *all);
    assert_non_null(all);
    *state = all;
    begin(all, 1, 0, 20);
    EXPECT(all, "boot exact kernel - 0 +20");
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(20, 0);
    list(all, NULL, 0, 0, now);
    ledger_sighted(&all->book, 1, "", &now, &sink);
    ledger_session alice = person("alice", "c1", 30);
    now = at(30.5, 0);
    ledger_session_seen(&all->book, &alice, 1, &now, &sink);
    EXPECT(all, "logon exact logind alice 30");
    now = at(60, 0);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    expect_nothing(all);
    return 0;
}

static int tear_down(void **state) {
    free(*state);
    return 0;
}

static void test_first_start_tells_boot_and_sessions_present(void **state) {
    (void)state;
    told *all = calloc(1, sizeof *all);
    begin(all, 1, 0, 7200);
    ledger_session sessions[] = {person("alice", "c1", 30), person("bob", "c2", -5000)};
    sessions[1].is_locked = 1;
    list(all, sessions, 2, 0, at(7201, 0));
    /* bob's time of logon lies before the boot: the system did not know it. */
    EXPECT(all, "boot exact kernel - 0 +7200", "logon exact logind alice 30 +7201",
           "logon estimated logind bob 7201 +7201", "lock estimated logind bob 7201 +7201");
    free(all);
}

static void test_cold_boot_after_seen_shutdown(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(100, 0);
    ledger_shutdown(&all->book, 1, &now, &sink);
    EXPECT(all, "shutdown exact logind - 100");
    ledger_session_gone(&all->book, "c1", &(ledger_moment){now.unix_ns + S, now.mono_ns + S, 0},
                        &sink);
    EXPECT(all, "logoff exact logind alice 101");
    ledger_stop(&all->book, "", &now, &sink);
    record(all, LEDGER_RECORD_SHUTDOWN, 108, "", "~");
    record(all, LEDGER_RECORD_BOOT, 1003, "", "~");
    restart(all, 2, 1000, 1010);
    EXPECT(all, "boot exact kernel - 1000 +1010");
}

static void test_shutdown_seen_but_not_the_end_of_the_session(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(100, 0);
    ledger_shutdown(&all->book, 1, &now, &sink);
    EXPECT(all, "shutdown exact logind - 100");
    restart(all, 2, 1000, 1010);
    EXPECT(all, "logoff estimated heartbeat alice 100 +1010", "boot exact kernel - 1000 +1010");
}

static void test_power_cut_is_estimated_at_the_last_heartbeat(void **state) {
    told *all = *state;
    /* the power went at some moment up to 120, the last heartbeat was at 60 */
    restart(all, 2, 1000, 1010);
    EXPECT(all, "shutdown estimated heartbeat - 60 +1010",
           "logoff estimated heartbeat alice 60 +1010", "boot exact kernel - 1000 +1010");
}

static void test_power_cut_while_asleep_is_dated_at_the_sleep(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(80, 0);
    ledger_sleep(&all->book, 1, &now, &sink);
    EXPECT(all, "sleep exact logind - 80");
    restart(all, 2, 1000, 1010);
    EXPECT(all, "shutdown estimated heartbeat - 80 +1010",
           "logoff estimated heartbeat alice 80 +1010", "boot exact kernel - 1000 +1010");
}

static void test_recorded_shutdown_is_exact(void **state) {
    told *all = *state;
    record(all, LEDGER_RECORD_LOGOFF, 95, "", "tty2");
    record(all, LEDGER_RECORD_SHUTDOWN, 99, "", "~");
    record(all, LEDGER_RECORD_BOOT, 1004, "", "~");
    restart(all, 2, 1000, 1010);
    EXPECT(all, "logoff exact utmp alice 95 +1010", "shutdown exact utmp - 99 +1010",
           "boot exact kernel - 1000 +1010");
}

static void test_crash_of_the_agent_is_a_gap_not_a_shutdown(void **state) {
    told *all = *state;
    restart(all, 1, 0, 75);
    EXPECT(all, "gap crashed 60-75");
    ledger_session alice = person("alice", "c1", 30);
    list(all, &alice, 1, 0, at(75.1, 0));
    expect_nothing(all);
}

static void test_stopped_agent_is_a_gap_and_finds_what_changed(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(70, 0);
    ledger_stop(&all->book, "", &now, &sink);
    record(all, LEDGER_RECORD_LOGON, 200, "carol", "tty3");
    record(all, LEDGER_RECORD_LOGOFF, 300, "", "tty3");
    record(all, LEDGER_RECORD_LOGON, 400, "dave", "tty4");
    restart(all, 1, 0, 500);
    EXPECT(all, "gap stopped 70-500", "logon exact utmp carol 200 +500",
           "logoff exact utmp carol 300 +500");
    /* alice is gone without a record; dave is still here and is told by the listing */
    ledger_session dave = person("dave", "c9", 400);
    list(all, &dave, 1, 0, at(501, 0));
    EXPECT(all, "logon exact logind dave 400 +501", "logoff estimated heartbeat alice 70 +501");
}

static void test_quick_restart_is_no_gap_and_boots_once(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    for (int round = 0; round < 5; round++) {
        ledger_moment now = at(70 + round * 0.5, 0);
        ledger_stop(&all->book, "", &now, &sink);
        restart(all, 1, 0, 70.2 + round * 0.5);
    }
    expect_nothing(all);
}

static void test_boot_recorded_twice_is_one_boot(void **state) {
    told *all = *state;
    record(all, LEDGER_RECORD_SHUTDOWN, 99, "", "~");
    record(all, LEDGER_RECORD_BOOT, 1000, "", "~");
    restart(all, 2, 1001, 1010);
    EXPECT(all, "shutdown exact utmp - 99 +1010", "logoff estimated utmp alice 99 +1010",
           "boot exact kernel - 1001 +1010");
    restart(all, 2, 1001, 1010.5);
    expect_nothing(all);
}

static void test_reboots_while_the_agent_was_disabled(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(70, 0);
    ledger_stop(&all->book, "", &now, &sink);
    record(all, LEDGER_RECORD_SHUTDOWN, 600, "", "~");
    record(all, LEDGER_RECORD_BOOT, 1000, "", "~");
    record(all, LEDGER_RECORD_LOGON, 1100, "bob", "tty2");
    record(all, LEDGER_RECORD_BOOT, 5000, "", "~"); /* no shutdown: that boot lost its power */
    restart(all, 3, 4998, 5010);
    EXPECT(all, "gap stopped 70-600", "shutdown exact utmp - 600 +5010",
           "logoff estimated utmp alice 600 +5010", "boot exact utmp - 1000 +5010",
           "logon exact utmp bob 1100 +5010", "shutdown estimated utmp - 1100 +5010",
           "logoff estimated utmp bob 1100 +5010", "boot exact kernel - 4998 +5010");
}

static void test_reboot_while_disabled_without_records_leaves_a_gap(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(70, 0);
    ledger_stop(&all->book, "", &now, &sink);
    restart(all, 2, 5000, 5010);
    EXPECT(all, "gap stopped 70-5000", "shutdown estimated heartbeat - 70 +5010",
           "logoff estimated heartbeat alice 70 +5010", "boot exact kernel - 5000 +5010");
}

static void test_agent_started_long_after_the_boot(void **state) {
    told *all = *state;
    record(all, LEDGER_RECORD_SHUTDOWN, 99, "", "~");
    record(all, LEDGER_RECORD_BOOT, 1001, "", "~");
    record(all, LEDGER_RECORD_LOGON, 1050, "bob", "tty2");
    record(all, LEDGER_RECORD_LOGOFF, 1090, "", "tty2");
    restart(all, 2, 1000, 3000);
    EXPECT(all, "shutdown exact utmp - 99 +3000", "logoff estimated utmp alice 99 +3000",
           "boot exact kernel - 1000 +3000", "logon exact utmp bob 1050 +3000",
           "logoff exact utmp bob 1090 +3000", "gap stopped 1000-3000");
}

static void test_clock_steps_are_told_and_do_not_look_like_time(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(120, 0);
    now.unix_ns += 3600 * S;
    ledger_beat(&all->book, 60 * S, &now, &sink);
    EXPECT(all, "gap clock-step 120-3720");
    now = at(180, 0); /* back to the true time */
    ledger_beat(&all->book, 60 * S, &now, &sink);
    EXPECT(all, "gap clock-step 180-180");
    now = at(240.5, 0); /* a slew is no step */
    now.mono_ns -= (uint64_t)(S / 2);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    expect_nothing(all);
}

static void test_clock_set_back_across_a_power_cut(void **state) {
    told *all = *state;
    restart(all, 2, -1000, -990); /* the RTC lost its battery */
    EXPECT(all, "shutdown estimated heartbeat - 60 +-990", "gap clock-step -1000--1000",
           "logoff estimated heartbeat alice 60 +-990", "boot exact kernel - -1000 +-990");
}

static void test_sleep_and_resume_announced(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(70, 0);
    ledger_sleep(&all->book, 1, &now, &sink);
    now = at(72, 0); /* the beat between the announcement and the sleep is not a resume */
    ledger_beat(&all->book, 60 * S, &now, &sink);
    EXPECT(all, "sleep exact logind - 70");
    now = at(3672, 0);
    now.suspended_ns = (uint64_t)(3600 * S);
    ledger_beat(&all->book, 60 * S, &now, &sink); /* before logind's own word: wait for it */
    expect_nothing(all);
    ledger_sleep(&all->book, 0, &now, &sink);
    EXPECT(all, "resume exact logind - 3672");
    now = at(3732, 0);
    now.suspended_ns = (uint64_t)(3600 * S);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    expect_nothing(all);
}

static void test_sleep_nobody_announced(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(60 + 60 + 3600, 0);
    now.suspended_ns = (uint64_t)(3600 * S);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    EXPECT(all, "sleep estimated heartbeat - 60 +3720", "resume estimated heartbeat - 3660 +3720");
}

static void test_resume_that_was_never_announced(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(70, 0);
    ledger_sleep(&all->book, 1, &now, &sink);
    now = at(70 + 3600 + 61, 0);
    now.suspended_ns = (uint64_t)(3600 * S);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    EXPECT(all, "sleep exact logind - 70", "resume estimated heartbeat - 3670 +3731");
}

static void test_stall_is_a_gap_not_a_sleep(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(660, 0); /* awake all the time, ten minutes without a turn */
    ledger_beat(&all->book, 60 * S, &now, &sink);
    EXPECT(all, "gap stalled 60-660");
}

static void test_shutdown_called_off(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(100, 0);
    ledger_shutdown(&all->book, 1, &now, &sink);
    now = at(130, 0);
    ledger_shutdown(&all->book, 0, &now, &sink);
    EXPECT(all, "shutdown exact logind - 100", "resume exact logind - 130");
    ledger_shutdown(&all->book, 1, &now, &sink);
    now = at(760, 0); /* and once more, without a word */
    ledger_beat(&all->book, 60 * S, &now, &sink);
    EXPECT(all, "shutdown exact logind - 130", "resume estimated heartbeat - 130 +760");
}

static void test_flags_become_events_once(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(61, 0);
    ledger_session_flag(&all->book, "c1", LEDGER_IS_LOCKED, 1, &now, &sink); /* Lock */
    ledger_session_flag(&all->book, "c1", LEDGER_IS_LOCKED, 1, &now, &sink); /* LockedHint */
    ledger_session_flag(&all->book, "c1", LEDGER_IS_LOCKED, 0, &now, &sink);
    ledger_session_flag(&all->book, "c1", LEDGER_IS_IDLE, 1, &now, &sink);
    ledger_session_flag(&all->book, "c1", LEDGER_IS_IDLE, 0, &now, &sink);
    ledger_session_flag(&all->book, "greeter", LEDGER_IS_LOCKED, 1, &now, &sink);
    EXPECT(all, "lock exact logind alice 61", "unlock exact logind alice 61",
           "idle exact logind alice 61", "active exact logind alice 61");
}

static void test_user_switch(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(61, 0);
    ledger_session bob = person("bob", "c2", 61);
    bob.is_active = 0; /* comes to the front a moment after its logon: that is no switch */
    ledger_session_flag(&all->book, "c1", LEDGER_IS_ACTIVE, 0, &now, &sink);
    ledger_session_seen(&all->book, &bob, 1, &now, &sink);
    ledger_session_flag(&all->book, "c2", LEDGER_IS_ACTIVE, 1, &now, &sink);
    EXPECT(all, "switch_disconnect exact logind alice 61", "logon exact logind bob 61");
    ledger_session_flag(&all->book, "c2", LEDGER_IS_ACTIVE, 0, &now, &sink);
    ledger_session_flag(&all->book, "c1", LEDGER_IS_ACTIVE, 1, &now, &sink);
    EXPECT(all, "switch_disconnect exact logind bob 61", "switch_connect exact logind alice 61");
}

static void test_time_without_a_bus_is_a_gap(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(100, 0);
    ledger_blind(&all->book, &now);
    now = at(120, 0);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    /* utmp takes over: the same session under another name */
    ledger_session same = person("alice", "tty2@77", 31);
    same.source = LEDGER_UTMP;
    list(all, &same, 1, 0, at(121, 0));
    expect_nothing(all);
    ledger_session back = person("alice", "c1", 30);
    back.is_locked = 1;
    for (int beat = 3; beat < 7; beat++) {
        now = at(beat * 60, 0);
        ledger_beat(&all->book, 60 * S, &now, &sink);
    }
    expect_nothing(all);
    now = at(400, 0);
    list(all, &back, 1, 0, now);
    ledger_sighted(&all->book, 1, "why", &now, &sink);
    EXPECT(all, "lock estimated logind alice 400 +400", "gap unknown 100-400");
}

static void test_session_that_ended_while_blind(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(100, 0);
    ledger_blind(&all->book, &now);
    for (int beat = 2; beat < 6; beat++) {
        now = at(beat * 60, 0);
        ledger_beat(&all->book, 60 * S, &now, &sink);
    }
    now = at(400, 0);
    list(all, NULL, 0, 0, now);
    ledger_sighted(&all->book, 1, "why", &now, &sink);
    EXPECT(all, "logoff estimated heartbeat alice 100 +400", "gap unknown 100-400");
}

static void test_power_cut_while_blind(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(100, 0);
    ledger_blind(&all->book, &now);
    now = at(120, 0);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    record(all, LEDGER_RECORD_SHUTDOWN, 290, "", "~");
    restart(all, 2, 1000, 1010);
    EXPECT(all, "gap unknown 100-120", "shutdown exact utmp - 290 +1010",
           "logoff estimated utmp alice 290 +1010", "boot exact kernel - 1000 +1010");
}

static void test_crash_while_blind_is_one_gap(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(100, 0);
    ledger_blind(&all->book, &now);
    now = at(120, 0);
    ledger_beat(&all->book, 60 * S, &now, &sink);
    restart(all, 1, 0, 150);
    EXPECT(all, "gap crashed 100-150");
}

static void test_another_person_is_another_session(void **state) {
    told *all = *state;
    ledger_moment now = at(100, 0);
    ledger_blind(&all->book, &now);
    ledger_session bob = person("bob", "tty2@77", 30); /* alice's terminal and second */
    bob.source = LEDGER_UTMP;
    list(all, &bob, 1, 0, now);
    EXPECT(all, "logon exact utmp bob 30 +100", "logoff estimated heartbeat alice 100 +100");
}

static void test_records_of_what_was_seen_are_not_told_again(void **state) {
    told *all = *state;
    record(all, LEDGER_RECORD_SHUTDOWN, -500, "", "~");
    record(all, LEDGER_RECORD_BOOT, 2, "", "~");
    record(all, LEDGER_RECORD_LOGON, 10, "carol", "tty3"); /* logged on and off before 60 */
    record(all, LEDGER_RECORD_LOGON, 30.4, "alice", "tty2");
    record(all, LEDGER_RECORD_LOGOFF, 40, "", "tty3");
    restart(all, 2, 1000, 1010);
    EXPECT(all, "shutdown estimated heartbeat - 60 +1010",
           "logoff estimated heartbeat alice 60 +1010", "boot exact kernel - 1000 +1010");
}

static void test_record_written_just_after_the_logon_was_seen(void **state) {
    told *all = *state;
    record(all, LEDGER_RECORD_LOGON, 60.1, "alice", "tty2");
    restart(all, 2, 1000, 1010);
    EXPECT(all, "shutdown estimated utmp - 60.1 +1010", "logoff estimated utmp alice 60.1 +1010",
           "boot exact kernel - 1000 +1010");
}

static void test_a_change_does_not_hide_what_the_clocks_say(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_moment now = at(60 + 3600 + 5, 0); /* woken five seconds ago, no beat yet */
    now.suspended_ns = (uint64_t)(3600 * S);
    ledger_session_flag(&all->book, "c1", LEDGER_IS_LOCKED, 1, &now, &sink);
    EXPECT(all, "sleep estimated heartbeat - 60 +3665", "resume estimated heartbeat - 3660 +3665",
           "lock exact logind alice 3665");
    now.mono_ns += (uint64_t)S;
    now.unix_ns += 100 * S;
    ledger_session_flag(&all->book, "c1", LEDGER_IS_LOCKED, 0, &now, &sink);
    EXPECT(all, "gap clock-step 3666-3765", "unlock exact logind alice 3765");
    now.mono_ns += (uint64_t)(500 * S);
    now.unix_ns += 500 * S;
    ledger_session_gone(&all->book, "c1", &now, &sink);
    EXPECT(all, "gap stalled 3765-4265", "logoff exact logind alice 4265");
}

static void test_session_found_in_the_background_can_come_back(void **state) {
    told *all = *state;
    ledger_sink sink = sink_to(all);
    ledger_session both[] = {person("alice", "c1", 30), person("bob", "c2", 40)};
    both[1].is_active = 0;
    list(all, both, 2, 0, at(61, 0));
    EXPECT(all, "logon exact logind bob 40 +61");
    ledger_moment now = at(62, 0);
    ledger_session_flag(&all->book, "c2", LEDGER_IS_ACTIVE, 1, &now, &sink);
    EXPECT(all, "switch_connect exact logind bob 62");
}

static void test_damaged_state_is_refused_whole(void **state) {
    told *all = *state;
    static uint8_t bytes[LEDGER_ENCODED_BYTES_MAX];
    size_t size = ledger_encode(&all->book, bytes);
    ledger book;
    memset(&book, 0, sizeof book);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(ledger_decode(&book, bytes, cut), -1);
    }
    assert_int_equal(ledger_decode(&book, bytes, size + 1), -1);
    assert_int_equal(book.session_count, 0);
    uint32_t seed = 12345;
    for (int round = 0; round < 20000; round++) {
        uint8_t noise[400];
        memcpy(noise, bytes, size < sizeof noise ? size : sizeof noise);
        for (int i = 0; i < 4; i++) {
            seed = seed * 1664525u + 1013904223u;
            noise[(seed >> 8) % size] = (uint8_t)(seed >> 24);
        }
        (void)ledger_decode(&book, noise, size); /* ASan and UBSan watch */
    }
}

static void test_full_house_fits_the_store(void **state) {
    told *all = *state;
    ledger_sink sink = {note, all};
    ledger_moment now = at(61, 0);
    for (int i = 0; i < LEDGER_SESSIONS_MAX + 10; i++) {
        char id[32];
        snprintf(id, sizeof id, "s%d", i);
        ledger_session session = person("x", id, 61);
        memset(session.account, 'a', sizeof session.account - 1);
        memset(session.remote_host, 'h', sizeof session.remote_host - 1);
        all->count = 0;
        ledger_session_seen(&all->book, &session, 1, &now, &sink);
    }
    assert_int_equal(all->book.session_count, LEDGER_SESSIONS_MAX);
    assert_int_equal(all->book.sessions_refused, 11);
    static uint8_t bytes[LEDGER_ENCODED_BYTES_MAX];
    size_t size = ledger_encode(&all->book, bytes);
    static ledger back;
    assert_int_equal(ledger_decode(&back, bytes, size), 0);
    assert_int_equal(back.session_count, LEDGER_SESSIONS_MAX);
}

static void test_copy_never_cuts_a_character(void **state) {
    (void)state;
    char to[8];
    ledger_copy(to, sizeof to, "勤務者");
    assert_string_equal(to, "勤務");
    ledger_copy(to, sizeof to, "1234567");
    assert_string_equal(to, "1234567");
}

#define WITH_ALICE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_start_tells_boot_and_sessions_present),
        WITH_ALICE(test_cold_boot_after_seen_shutdown),
        WITH_ALICE(test_shutdown_seen_but_not_the_end_of_the_session),
        WITH_ALICE(test_power_cut_is_estimated_at_the_last_heartbeat),
        WITH_ALICE(test_power_cut_while_asleep_is_dated_at_the_sleep),
        WITH_ALICE(test_recorded_shutdown_is_exact),
        WITH_ALICE(test_crash_of_the_agent_is_a_gap_not_a_shutdown),
        WITH_ALICE(test_stopped_agent_is_a_gap_and_finds_what_changed),
        WITH_ALICE(test_quick_restart_is_no_gap_and_boots_once),
        WITH_ALICE(test_boot_recorded_twice_is_one_boot),
        WITH_ALICE(test_reboots_while_the_agent_was_disabled),
        WITH_ALICE(test_reboot_while_disabled_without_records_leaves_a_gap),
        WITH_ALICE(test_agent_started_long_after_the_boot),
        WITH_ALICE(test_clock_steps_are_told_and_do_not_look_like_time),
        WITH_ALICE(test_clock_set_back_across_a_power_cut),
        WITH_ALICE(test_sleep_and_resume_announced),
        WITH_ALICE(test_sleep_nobody_announced),
        WITH_ALICE(test_resume_that_was_never_announced),
        WITH_ALICE(test_stall_is_a_gap_not_a_sleep),
        WITH_ALICE(test_shutdown_called_off),
        WITH_ALICE(test_flags_become_events_once),
        WITH_ALICE(test_user_switch),
        WITH_ALICE(test_time_without_a_bus_is_a_gap),
        WITH_ALICE(test_session_that_ended_while_blind),
        WITH_ALICE(test_power_cut_while_blind),
        WITH_ALICE(test_crash_while_blind_is_one_gap),
        WITH_ALICE(test_another_person_is_another_session),
        WITH_ALICE(test_records_of_what_was_seen_are_not_told_again),
        WITH_ALICE(test_record_written_just_after_the_logon_was_seen),
        WITH_ALICE(test_a_change_does_not_hide_what_the_clocks_say),
        WITH_ALICE(test_session_found_in_the_background_can_come_back),
        WITH_ALICE(test_damaged_state_is_refused_whole),
        WITH_ALICE(test_full_house_fits_the_store),
        cmocka_unit_test(test_copy_never_cuts_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
