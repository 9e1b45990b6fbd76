/* people_schedules_test.c - the file of schedules (WRK-18) in memory: what a line makes of a day,
 * what is refused and where, a plan taken back, a pattern that is planned by (IMP-14). Commands,
 * the download and what is computed of it go through the daemon in e2e/schedules.sh. */
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/sentences.c"
#include "plugins/shared/words.c"

#define take bindings_take
#include "plugins/connectors/people/bindings.c"
#undef take
#undef NAME_CHARACTERS_MAX
#include "plugins/connectors/people/book.c"
#include "plugins/connectors/people/codes.c"
#include "plugins/connectors/people/csv.c"
#include "plugins/connectors/people/n_group.c"
#undef GROUP
#include "plugins/connectors/people/n_pattern.c"
#undef PATTERN
#include "plugins/connectors/people/n_sheet.c"
#include "plugins/connectors/people/n_site.c"
#include "plugins/connectors/people/n_user.c"
#undef PERSON
#include "plugins/connectors/people/problems.c"
#include "plugins/connectors/people/rules.c"
#define take_clock take_schedule_clock
#include "plugins/connectors/people/schedules.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD "ユーザID,日付,種別,勤務パターンID,開始時刻,終了時刻,休憩時間帯\n"

typedef struct bench {
    book book;
    problems problems, warnings;
    importing import;
    decoding *utf8;
    uint32_t mark;
} bench;

static void put(bench *s, uint32_t kind, const kinmu_value *values) {
    assert_non_null(book_put(&s->book, kind, values, (place){NULL, 0}));
}

static void begin(bench *s) {
    s->mark = book_mark(&s->book);
    s->book.change++;
    s->problems = (problems){.memory = &s->book.memory};
}

/* Two people, a pattern that lives and one that is deleted. */
static int setup(void **state) {
    bench *s = calloc(1, sizeof *s);
    kinmu_err err;
    assert_non_null(s);
    s->problems.memory = s->warnings.memory = &s->book.memory;
    (void)snprintf(s->book.today, sizeof s->book.today, "2026-11-22");
    s->import = (importing){.book = &s->book,
                            .problems = &s->problems,
                            .warnings = &s->warnings,
                            .from_date = "",
                            .memory = &s->book.memory};
    begin(s);
    for (uint32_t i = 0; i < 2; i++) {
        kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS];
        person_defaults(values);
        values[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(i == 0 ? "U1" : "U2");
        values[KINMU_PEOPLE_PERSON_EMPLOYEE_NO] = kinmu_text(i == 0 ? "101" : "102");
        put(s, KIND_PERSON, values);
        kinmu_value pattern[KINMU_PEOPLE_PATTERN_FIELDS] = {{0}};
        pattern[KINMU_PEOPLE_PATTERN_PATTERN_ID] = kinmu_text(i == 0 ? "P1" : "P2");
        pattern[KINMU_PEOPLE_PATTERN_FROM_DATE] = kinmu_text(BOOK_EVER);
        pattern[KINMU_PEOPLE_PATTERN_STATE] = kinmu_text(i == 0 ? "active" : "deleted");
        put(s, KIND_PATTERN, pattern);
    }
    *state = s;
    return decoding_create(ENCODE_UTF8_BOM, &s->utf8, &err);
}

static int teardown(void **state) {
    bench *s = *state;
    decoding_destroy(s->utf8);
    book_free(&s->book);
    free(s);
    return 0;
}

/* Takes lines below a head as a file. */
static void take(bench *s, const char *head, const char *lines) {
    char text[4096];
    csv_sheet sheet;
    csv_fault fault = {NULL, 0, 0};
    (void)snprintf(text, sizeof text, "%s%s", head, lines);
    begin(s);
    assert_int_equal(
        csv_read(&s->book.memory, s->utf8, (const uint8_t *)text, strlen(text), &sheet, &fault),
        KINMU_OK);
    assert_int_equal(schedules_are(&sheet.header, NULL), 1);
    schedules_take(&s->import, &sheet, memory_print(&s->book.memory, "schedule.csv"));
}

/* The plan of a person and date as a line. */
static void expect(const bench *s, const char *person, const char *date, const char *wanted) {
    const kinmu_value key[] = {kinmu_text(person), kinmu_text(date)};
    char line[256];
    const row *r = book_find(&s->book, KIND_SCHEDULE, key);
    assert_non_null(r);
    (void)snprintf(
        line, sizeof line, "%s %s %lld-%lld %s %s", book_text(r, KINMU_PEOPLE_SCHEDULE_KIND),
        book_text(r, KINMU_PEOPLE_SCHEDULE_PATTERN_ID),
        (long long)book_number(r, KINMU_PEOPLE_SCHEDULE_START_CLOCK),
        (long long)book_number(r, KINMU_PEOPLE_SCHEDULE_END_CLOCK),
        book_text(r, KINMU_PEOPLE_SCHEDULE_BREAKS), book_text(r, KINMU_PEOPLE_SCHEDULE_STATE));
    assert_string_equal(line, wanted);
}

static void assert_problem(const bench *s, const char *code, uint32_t line, const char *said) {
    const problem *first = s->problems.rows;
    assert_true(first != NULL && strcmp(first->code, code) == 0 && first->at.line == line &&
                strstr(first->en, said) != NULL);
}

static void a_line_plans_a_day(void **state) {
    bench *s = *state;
    take(s, HEAD,
         "U1,2026-11-24,出勤日,,9:00,18:00,12:00-13:00;\n"
         "U1,2026/11/25,,P1,,,\n"
         "U1,2026-11-26,休み,,,,\n"
         "U1,2026-11-27,,,22:00,31:00,\"02:00-03:00;29:30-30:00\"\n"
         "U2,2026-11-29,法定休日,,10:00,15:00,\n"
         "U2,2026-11-30,leave,,,,\n");
    assert_int_equal(s->problems.total, 0);
    expect(s, "U1", "2026-11-24", "work  540-1080 12:00-13:00 planned");
    expect(s, "U1", "2026-11-25", "work P1 0-0  planned");
    expect(s, "U1", "2026-11-26", "company  0-0  planned");
    expect(s, "U1", "2026-11-27", "work  1320-1860 02:00-03:00;29:30-30:00 planned");
    expect(s, "U2", "2026-11-29", "legal  600-900  planned");
    expect(s, "U2", "2026-11-30", "leave  0-0  planned");
}

static void people_are_named_by_number_too(void **state) {
    bench *s = *state;
    take(s, "社員番号,日付,種別,勤務パターンID,開始時刻,終了時刻,休憩時間帯\n",
         "102,2026-11-24,,P1,,,\n");
    assert_int_equal(s->problems.total, 0);
    expect(s, "U2", "2026-11-24", "work P1 0-0  planned");
}

static void the_same_again_changes_nothing(void **state) {
    bench *s = *state;
    const char *lines = "U1,2026-11-24,,,9:00,18:00,12:00-13:00\nU1,2026-11-25,,P1,,,\n";
    take(s, HEAD, lines);
    assert_int_equal(book_mark(&s->book) - s->mark, 2);
    take(s, HEAD, lines);
    assert_int_equal(s->problems.total, 0);
    assert_int_equal(book_mark(&s->book) - s->mark, 0);
}

static void set_state(bench *s, uint32_t kind, const kinmu_value *key, uint32_t field,
                      const char *word) {
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS + KINMU_PEOPLE_PATTERN_FIELDS];
    const row *known = book_find(&s->book, kind, key);
    assert_true(known != NULL && known->values != NULL);
    if (known != NULL) {
        memcpy(values, known->values, kind_fields(kind) * sizeof *values);
    }
    values[field] = kinmu_text(word);
    put(s, kind, values);
}

/* U2 has left and P1 is deleted since. */
static void what_could_not_be_planned_now_comes_back(void **state) {
    const kinmu_value person[] = {kinmu_text("U2")};
    const kinmu_value pattern[] = {kinmu_text("P1"), kinmu_text(BOOK_EVER)};
    const char *lines = "U1,2026-11-20,,P1,,,\nU2,2026-11-20,,,9:00,18:00,12:00-13:00\n";
    bench *s = *state;
    take(s, HEAD, lines);
    set_state(s, KIND_PERSON, person, KINMU_PEOPLE_PERSON_STATE, "deleted");
    set_state(s, KIND_PATTERN, pattern, KINMU_PEOPLE_PATTERN_STATE, "deleted");
    take(s, HEAD, lines);
    assert_int_equal(s->problems.total, 0);
    assert_int_equal(book_mark(&s->book) - s->mark, 0);
    take(s, HEAD, "U2,2026-11-20,,,9:00,17:00,12:00-13:00\nU1,2026-11-19,,P1,,,\n");
    assert_int_equal(s->problems.total, 2);
    assert_problem(s, "person.unknown", 2, "U2");
    assert_string_equal(s->problems.rows[1].code, "schedule.pattern");
    take(s, HEAD, "U2,2026-11-20,取消,,,,\n");
    assert_int_equal(s->problems.total, 0);
    expect(s, "U2", "2026-11-20", "work  540-1080 12:00-13:00 withdrawn");
}

static void a_plan_is_taken_back(void **state) {
    bench *s = *state;
    take(s, HEAD, "U1,2026-11-24,,P1,,,\nU2,2026-11-24,,P1,,,\n");
    take(s, HEAD, "U1,2026-11-24,取消,,,,\n");
    assert_int_equal(s->problems.total, 0);
    expect(s, "U1", "2026-11-24", "work P1 0-0  withdrawn");
    expect(s, "U2", "2026-11-24", "work P1 0-0  planned");
    take(s, HEAD, "U1,2026-11-24,,,9:00,10:00,\n");
    expect(s, "U1", "2026-11-24", "work  540-600  planned");
}

static void what_is_wrong_is_told_with_its_place(void **state) {
    static const struct {
        const char *line, *code;
        uint32_t column;
    } cases[] = {
        {"U9,2026-11-24,,P1,,,", "person.unknown", 1},
        {"U1,2026-02-30,,P1,,,", "cell.date", 2},
        {"U1,2026-11-24,夜勤,P1,,,", "cell.word", 3},
        {"U1,2026-11-24,,,9:60,18:00,", "cell.clock", 5},
        {"U1,2026-11-24,,,9:00,48:00,", "cell.clock", 6},
        {"U1,2026-11-24,,P1,9:00,18:00,", "schedule.both", 4},
        {"U1,2026-11-24,,,9:00,,", "schedule.clocks", 6},
        {"U1,2026-11-24,,,,18:00,", "schedule.clocks", 6},
        {"U1,2026-11-24,,,22:00,7:00,", "schedule.clocks", 6},
        {"U1,2026-11-24,,,9:00,18:00,8:00-9:30", "schedule.breaks", 7},
        {"U1,2026-11-24,,,9:00,18:00,17:30-18:30", "schedule.breaks", 7},
        {"U1,2026-11-24,,,9:00,18:00,13:00-14:00;12:00-12:30", "schedule.breaks", 7},
        {"U1,2026-11-24,,,9:00,18:00,正午", "schedule.breaks", 7},
        {"U1,2026-11-24,,P1,,,12:00-13:00", "schedule.breaks", 7},
        {"U1,2026-11-24,休暇,P1,,,", "schedule.leave", 3},
        {"U1,2026-11-24,休暇,,9:00,18:00,", "schedule.leave", 3},
        {"U1,2026-11-24,出勤日,,,,", "schedule.none", 3},
        {"U1,2026-11-24,,,,,", "schedule.none", 3},
        {"U1,2026-11-24,,P9,,,", "schedule.pattern", 4},
        {"U1,2026-11-24,,P2,,,", "schedule.pattern", 4},
        {"U1,2026-11-24,取消,,,,", "schedule.absent", 2},
        {"U1,2026-11-24,,P1,,", "csv.columns", 0},
    };
    bench *s = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char lines[256];
        (void)snprintf(lines, sizeof lines, "U2,2026-11-24,,P1,,,\n%s\n", cases[i].line);
        take(s, HEAD, lines);
        if (s->problems.total != 1 || strcmp(s->problems.rows[0].code, cases[i].code) != 0 ||
            s->problems.rows[0].column != cases[i].column || s->problems.rows[0].at.line != 3) {
            fail_msg("%s: %u problems, %s at %u:%u", cases[i].line, s->problems.total,
                     s->problems.total > 0 ? s->problems.rows[0].code : "",
                     s->problems.total > 0 ? s->problems.rows[0].at.line : 0,
                     s->problems.total > 0 ? s->problems.rows[0].column : 0);
        }
        book_undo(&s->book, s->mark);
    }
}

static void a_day_stands_in_one_line(void **state) {
    bench *s = *state;
    take(s, HEAD, "U1,2026-11-24,,P1,,,\nU1,2026-11-25,,P1,,,\nU1,2026/11/24,休暇,,,,\n");
    assert_int_equal(s->problems.total, 1);
    assert_problem(s, "row.twice", 4, "line 2");
}

static void a_pattern_that_is_planned_by_stays(void **state) {
    bench *s = *state;
    kinmu_value pattern[KINMU_PEOPLE_PATTERN_FIELDS];
    const kinmu_value key[] = {kinmu_text("P1"), kinmu_text(BOOK_EVER)};
    take(s, HEAD, "U1,2026-11-21,,P1,,,\nU2,2026-11-22,,P1,,,\n");
    begin(s);
    const row *known = book_find(&s->book, KIND_PATTERN, key);
    assert_true(known != NULL && known->values != NULL);
    if (known != NULL) {
        memcpy(pattern, known->values, sizeof pattern);
    }
    pattern[KINMU_PEOPLE_PATTERN_STATE] = kinmu_text("deleted");
    put(s, KIND_PATTERN, pattern);
    check_schedules(&s->book, &s->problems);
    assert_int_equal(s->problems.total, 1); /* the day of the past does not hold it */
    assert_problem(s, "pattern.in-use", 0, "U2");
    book_undo(&s->book, s->mark);
    take(s, HEAD, "U2,2026-11-22,取消,,,,\n");
    begin(s);
    put(s, KIND_PATTERN, pattern);
    check_schedules(&s->book, &s->problems);
    assert_int_equal(s->problems.total, 0);
}

static void other_files_are_none(void **state) {
    static const char *const heads[] = {
        "ユーザID,日付,種別,勤務パターンID,開始時刻,終了時刻\n",
        "ユーザID,日付,種別,勤務パターンID,開始時刻,終了時刻,休憩\n",
        "氏名,日付,種別,勤務パターンID,開始時刻,終了時刻,休憩時間帯\n",
    };
    bench *s = *state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        csv_sheet sheet;
        csv_fault fault = {NULL, 0, 0};
        assert_int_equal(csv_read(&s->book.memory, s->utf8, (const uint8_t *)heads[i],
                                  strlen(heads[i]), &sheet, &fault),
                         KINMU_OK);
        assert_int_equal(schedules_are(&sheet.header, NULL), 0);
    }
}

#define WITH_BOOK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOOK(a_line_plans_a_day),
        WITH_BOOK(people_are_named_by_number_too),
        WITH_BOOK(the_same_again_changes_nothing),
        WITH_BOOK(what_could_not_be_planned_now_comes_back),
        WITH_BOOK(a_plan_is_taken_back),
        WITH_BOOK(what_is_wrong_is_told_with_its_place),
        WITH_BOOK(a_day_stands_in_one_line),
        WITH_BOOK(a_pattern_that_is_planned_by_stays),
        WITH_BOOK(other_files_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
