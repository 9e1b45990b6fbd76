/* workday_zone_test.c - time zones of connector workday: the system's files, hostile bytes, and the
 * promise that every minute belongs to exactly one business day (SES-13, SES-14). */
#include "plugins/connectors/workday/facts/list.c"
#include "plugins/connectors/workday/facts/moment.c"
#include "plugins/shared/zone.c"
#include "plugins/shared/zone_file.c"
#include "plugins/connectors/workday/facts/zones.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const names[] = {"Asia/Tokyo", "America/New_York", "Europe/London",
                                    "Australia/Lord_Howe", "America/St_Johns"};

static const zone *open_zone(zones *z, const char *name) {
    const char *why = NULL;
    const zone *found = zones_find(z, name, &why);
    if (found == NULL) {
        fail_msg("%s: %s", name, why);
    }
    return found;
}

/* Begins of business days are in order, a day apart but for the change of clocks, and each begins
 * with the clock of the boundary or behind the jump that leaves it out. */
static void every_minute_is_in_one_day(void **state) {
    static const int32_t boundaries[] = {0, 60, 90, 120, 150, 300, 720};
    zones *z = zones_create(NULL);
    int32_t first = 0;
    (void)state;
    assert_true(date_parse("2026-01-01", &first));
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        const zone *there = open_zone(z, names[n]);
        for (size_t b = 0; b < sizeof boundaries / sizeof boundaries[0]; b++) {
            int32_t from = clock_moment(there, first, boundaries[b]);
            int32_t begin = from;
            int32_t minutes = 0;
            for (int32_t date = first; date < first + 366; date++) {
                int32_t end = clock_moment(there, date + 1, boundaries[b]);
                assert_in_range(end - begin, 23 * 60, 25 * 60);
                for (int32_t minute = begin; minute < end; minute += 7) {
                    int32_t clock = moment_clock(there, date, minute);
                    assert_in_range(clock, 0, CLOCK_MAX);
                    int32_t again = clock_moment(there, date, clock);
                    int32_t is_second = zone_is_second(there, minute * INT64_C(60));
                    assert_true(is_second ? again < minute : again == minute);
                }
                minutes += end - begin;
                begin = end;
            }
            assert_int_equal(minutes, begin - from);
        }
    }
    zones_destroy(z);
}

static void clocks_that_are_left_out_or_come_twice(void **state) {
    static const struct {
        const char *zone, *date;
        int32_t clock;
        const char *moment;
        int32_t is_second; /* an hour (half of one on Lord Howe) later is the second */
    } cases[] = {
        {"America/New_York", "2026-03-08", 150, "2026-03-08T07:00:00Z", 0},
        {"America/New_York", "2026-03-08", 180, "2026-03-08T07:00:00Z", 0},
        {"America/New_York", "2026-11-01", 90, "2026-11-01T05:30:00Z", 1},
        {"Europe/London", "2026-03-29", 75, "2026-03-29T01:00:00Z", 0},
        {"Europe/London", "2026-10-25", 90, "2026-10-25T00:30:00Z", 1},
        {"Australia/Lord_Howe", "2026-10-04", 135, "2026-10-03T15:30:00Z", 0},
        {"Australia/Lord_Howe", "2026-04-05", 105, "2026-04-04T14:45:00Z", 1},
        {"America/New_York", "2100-03-14", 150, "2100-03-14T07:00:00Z", 0},
        {"Asia/Tokyo", "2026-11-20", 2879, "2026-11-21T14:59:00Z", 0},
    };
    zones *z = zones_create(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const zone *there = open_zone(z, cases[i].zone);
        int32_t date = 0;
        int64_t unix_ns = 0;
        assert_true(date_parse(cases[i].date, &date));
        assert_true(moment_parse(cases[i].moment, &unix_ns));
        int32_t minute = clock_moment(there, date, cases[i].clock);
        assert_int_equal(minute, moment_minute(unix_ns));
        assert_false(zone_is_second(there, minute * INT64_C(60)));
        int32_t later = strcmp(cases[i].zone, "Australia/Lord_Howe") == 0 ? 30 : 60;
        assert_int_equal(zone_is_second(there, (minute + later) * INT64_C(60)), cases[i].is_second);
    }
    zones_destroy(z);
}

static void names_that_lead_elsewhere_are_refused(void **state) {
    static const char *const bad[] = {
        "",          "..",       "../passwd",   "/etc/passwd", "Asia", "Asia/../UTC",
        "right/UTC", "No/Where", "Asia/Tokyo/", "tzdata.zi"};
    zones *z = zones_create(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *why = NULL;
        if (zones_find(z, bad[i], &why) != NULL || why == NULL) {
            fail_msg("\"%s\" is taken", bad[i]);
        }
    }
    assert_string_not_equal(zones_version(z), "");
    zones_destroy(z);
}

/* Each byte of a real file changed in turn: refused, or a zone within bounds. */
static void damaged_files_are_refused_or_bounded(void **state) {
    static uint8_t data[ZONE_BYTES_MAX];
    static zone out;
    FILE *in = fopen("/usr/share/zoneinfo/America/New_York", "rb");
    (void)state;
    assert_non_null(in);
    size_t size = fread(data, 1, sizeof data, in);
    (void)fclose(in);
    assert_null(zone_parse(data, size, &out));
    for (size_t cut = 0; cut < size; cut++) {
        assert_non_null(zone_parse(data, cut, &out));
    }
    uint32_t refused = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t kept = data[i];
        data[i] ^= 0x81;
        if (zone_parse(data, size, &out) == NULL) {
            assert_in_range(out.count, 1, ZONE_STEPS_MAX);
            for (uint32_t step = 1; step < out.count; step++) {
                assert_true(out.steps[step].from_s > out.steps[step - 1].from_s);
            }
        } else {
            refused++;
        }
        data[i] = kept;
    }
    assert_true(refused > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_minute_is_in_one_day),
        cmocka_unit_test(clocks_that_are_left_out_or_come_twice),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(damaged_files_are_refused_or_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
