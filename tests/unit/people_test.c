/* people_test.c - the pure parts of master data: every 更新区分 against every state, limits and
 * characters of each column, the tree of groups, the guide's own files. The reader of files is
 * tested in people_csv_test.c, what goes through the daemon in e2e/people.sh. */
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/sentences.c"
#include "plugins/shared/words.c"

#include "plugins/connectors/people/book.c"
#include "plugins/connectors/people/codes.c"
#include "plugins/connectors/people/csv.c"
#include "plugins/connectors/people/n_group.c"
#undef GROUP
#include "plugins/connectors/people/n_pattern.c"
#include "plugins/connectors/people/n_sheet.c"
#include "plugins/connectors/people/n_site.c"
#include "plugins/connectors/people/n_user.c"
#include "plugins/connectors/people/problems.c"
#include "plugins/connectors/people/rules.c"
#include "plugins/connectors/people/deadlines.c"
#define demands_after(change) 0
#define contract_look(book, change)
#define contract_after(change) 0
#include "plugins/connectors/people/renew.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define GOLDEN KINMU_SOURCE_DIR "/tests/golden/people/"
#define GROUP_HEADER "更新区分,グループID,グループ名,承認者,上位承認者,上位グループID,削除フラグ\n"
/* clang-format off */
#define USER_HEADER \
    "更新区分,ユーザID,社員番号,ユーザ名,ふりがな,所属グループID,管理者権限," \
    "見える化ダッシュボード閲覧権限,働き方検索権限,メールアドレス," \
    "開始申請承認必須区分,終了申請承認必須区分,申請時業務登録必須区分," \
    "勤務終了時業務報告必須区分,休憩通知区分,勤務終了前通知区分," \
    "勤務終了予定時刻通知区分,勤務時間外バルーン通知区分,残業管理区分," \
    "勤務パターンID,削除区分\n"
#define PATTERN_HEADER \
    "更新区分,勤務パターンID,勤務パターン名,休憩時間帯,業務時間（分）," \
    "午前業務時間（分）,自動終了時刻,削除フラグ\n"
/* clang-format on */
#define SITE_HEADER "URL,HP名称\n"

/* ---- an import in memory ---- */

typedef struct bench {
    book book;
    problems problems, warnings;
    importing import;
    decoding *utf8, *cp932;
    uint32_t mark;
} bench;

static int setup(void **state) {
    bench *s = calloc(1, sizeof *s);
    kinmu_err err;
    s->problems.memory = &s->book.memory;
    s->warnings.memory = &s->book.memory;
    (void)snprintf(s->book.today, sizeof s->book.today, "2026-11-22");
    s->import = (importing){.book = &s->book,
                            .problems = &s->problems,
                            .warnings = &s->warnings,
                            .from_date = "",
                            .memory = &s->book.memory};
    *state = s;
    return decoding_create(ENCODE_UTF8_BOM, &s->utf8, &err) |
           decoding_create(ENCODE_CP932, &s->cp932, &err);
}

static int teardown(void **state) {
    bench *s = *state;
    decoding_destroy(s->utf8);
    decoding_destroy(s->cp932);
    book_free(&s->book);
    free(s);
    return 0;
}

static void begin(bench *s) {
    s->mark = book_mark(&s->book);
    s->book.change++;
    s->problems = (problems){.memory = &s->book.memory};
    s->warnings = (problems){.memory = &s->book.memory};
}

/* Takes text as a file of its kind; without rules_check. */
static void take(bench *s, uint32_t kind, const char *text) {
    csv_sheet sheet;
    csv_fault fault = {NULL, 0, 0};
    assert_int_equal(
        csv_read(&s->book.memory, s->utf8, (const uint8_t *)text, strlen(text), &sheet, &fault),
        KINMU_OK);
    n_take(&s->import, kind, &sheet, "in");
}

static void check(bench *s) {
    rules_check(&s->book, s->mark, &s->problems);
}

static void expect_problem(const bench *s, const char *code, uint32_t line, uint32_t column) {
    for (uint32_t i = 0; i < s->problems.count; i++) {
        const problem *p = &s->problems.rows[i];
        if (strcmp(p->code, code) == 0 && p->at.line == line && p->column == column) {
            return;
        }
    }
    for (uint32_t i = 0; i < s->problems.count; i++) {
        print_message("%u:%u %s %s\n", s->problems.rows[i].at.line, s->problems.rows[i].column,
                      s->problems.rows[i].code, s->problems.rows[i].ja);
    }
    fail_msg("no %s at %u:%u", code, line, column);
}

static void expect_none(const bench *s) {
    if (s->problems.total > 0) {
        fail_msg("%u:%u %s %s", s->problems.rows[0].at.line, s->problems.rows[0].column,
                 s->problems.rows[0].code, s->problems.rows[0].en);
    }
}

static const char *user_line(char *line, size_t size, const char *code, const char *id,
                             const char *name, const char *group) {
    (void)snprintf(line, size, "%s,%s,n-%s,%s,,%s,0,0,0,%s@example.com,0,0,0,0,0,0,0,0,0,,0\n",
                   code, id, id, name, group, id[0] == '=' ? "x" : "u");
    return line;
}

/* A company of one group and one approver. */
static void found(bench *s) {
    char user[512];
    char text[2048];
    (void)snprintf(text, sizeof text, "%s%s", USER_HEADER,
                   user_line(user, sizeof user, "1", "U1", "社長", "G1"));
    begin(s);
    take(s, N_GROUP, GROUP_HEADER "1,G1,本社,U1,,,\n");
    take(s, N_USER, text);
    check(s);
    expect_none(s);
}

/* ---- codes ---- */

static void make_state(bench *s, uint32_t kind, const char *state) {
    kinmu_value values[BOOK_FIELDS_MAX];
    const row *made = book_first(&s->book, kind, "X");
    assert_non_null(made);
    memcpy(values, made->values, kind_fields(kind) * sizeof *values);
    values[kinds[kind].state_field] = kinmu_text(state);
    assert_non_null(book_put(&s->book, kind, values, (place){NULL, 0}));
}

/* Takes a row with the code when X is in that state; "!absent" = refused with code.absent. */
static void try_code(bench *s, uint32_t table, uint32_t code, uint32_t from, const char *outcome) {
    static const char *const states[] = {"", "active", "suspended", "deleted", "erased"};
    static const char *const headers[] = {GROUP_HEADER, USER_HEADER, PATTERN_HEADER};
    static const uint32_t of[] = {KIND_GROUP, KIND_PERSON, KIND_PATTERN};
    char text[2048];
    char user[512];
    char expected[32];
    uint32_t kind = of[table];
    begin(s);
    uint32_t outer = s->mark;
    int at = snprintf(text, sizeof text, "%s", headers[table]);
    (void)snprintf(text + at, sizeof text - (size_t)at, "1%s",
                   kind == KIND_GROUP     ? ",X,x,U1,,,\n"
                   : kind == KIND_PATTERN ? ",X,x,,480,,,\n"
                                          : user_line(user, sizeof user, "", "X", "x", "G1"));
    if (from > 0) {
        take(s, table, text);
        make_state(s, kind, states[from]);
    }
    text[at] = (char)('0' + code);
    uint32_t mark = book_mark(&s->book);
    s->book.change++;
    s->problems.total = s->problems.count = 0;
    take(s, table, text);
    if (outcome[0] == '!') {
        (void)snprintf(expected, sizeof expected, "code.%s", outcome + 1);
        expect_problem(s, expected, 2, 2);
        assert_int_equal(book_mark(&s->book), mark);
    } else {
        const row *now = book_latest(&s->book, kind, "X");
        now = kind == KIND_PATTERN ? now : book_first(&s->book, kind, "X");
        expect_none(s);
        if (strcmp(book_text(now, kinds[kind].state_field), outcome) != 0) {
            fail_msg("table %u code %u from \"%s\": \"%s\", expected \"%s\"", table, code,
                     states[from], book_text(now, kinds[kind].state_field), outcome);
        }
    }
    book_undo(&s->book, outer);
}

/* What the guide says of each code and what ADR 0026 adds, cell by cell: the new state, or why not.
 */
static void every_code_in_every_state(void **state) {
    static const struct {
        uint32_t table, code;
        const char *outcome[STATES];
    } cells[] = {
        {CODES_GROUP, 0, {"", "active", NULL, "deleted", "erased"}},
        {CODES_GROUP, 1, {"active", "!exists", NULL, "!deleted", "active"}},
        {CODES_GROUP, 2, {"!absent", "active", NULL, "!deleted", "!absent"}},
        {CODES_GROUP, 3, {"!absent", "deleted", NULL, "deleted", "!absent"}},
        {CODES_GROUP, 4, {"!absent", "!active", NULL, "active", "!absent"}},
        {CODES_GROUP, 5, {"!absent", "erased", NULL, "erased", "erased"}},
        {CODES_PERSON, 0, {"", "active", "suspended", "deleted", "erased"}},
        {CODES_PERSON, 1, {"active", "!exists", "!suspended", "!deleted", "!erased"}},
        {CODES_PERSON, 2, {"!absent", "active", "suspended", "!deleted", "!erased"}},
        {CODES_PERSON, 3, {"!absent", "suspended", "suspended", "!deleted", "!erased"}},
        {CODES_PERSON, 4, {"!absent", "!active", "active", "active", "!erased"}},
        {CODES_PERSON, 5, {"!absent", "active", "!suspended", "!deleted", "!erased"}},
        {CODES_PERSON, 6, {"!absent", "deleted", "deleted", "deleted", "!erased"}},
        {CODES_PERSON, 7, {"!absent", "erased", "erased", "erased", "erased"}},
        {CODES_PATTERN, 0, {"", "active", NULL, "deleted", NULL}},
        {CODES_PATTERN, 1, {"active", "!exists", NULL, "!deleted", NULL}},
        {CODES_PATTERN, 2, {"!absent", "active", NULL, "!deleted", NULL}},
        {CODES_PATTERN, 3, {"!absent", "deleted", NULL, "deleted", NULL}},
        {CODES_PATTERN, 4, {"!absent", "!active", NULL, "active", NULL}},
    };
    bench *s = *state;
    found(s);
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        for (uint32_t from = 0; from < STATES; from++) {
            if (cells[i].outcome[from] != NULL) {
                try_code(s, cells[i].table, cells[i].code, from, cells[i].outcome[from]);
            }
        }
    }
}

static void an_erased_person_leaves_the_id_alone(void **state) {
    bench *s = *state;
    char text[2048];
    char user[512];
    found(s);
    begin(s);
    (void)snprintf(text, sizeof text, "%s%s", USER_HEADER,
                   user_line(user, sizeof user, "1", "X", "佐藤", "G1"));
    take(s, N_USER, text);
    text[strlen(USER_HEADER)] = '7';
    take(s, N_USER, text);
    expect_none(s);
    const row *person = book_first(&s->book, KIND_PERSON, "X");
    assert_string_equal(book_text(person, KINMU_PEOPLE_PERSON_NAME), "");
    assert_string_equal(book_text(person, KINMU_PEOPLE_PERSON_MAIL), "");
    assert_string_equal(book_text(person, KINMU_PEOPLE_PERSON_EMPLOYEE_NO), "");
}

/* ---- columns ---- */

static void repeat(char *out, const char *character, uint32_t count) {
    size_t size = strlen(character);
    for (uint32_t i = 0; i < count; i++) {
        memcpy(out + i * size, character, size);
    }
    out[count * size] = '\0';
}

static void limits_count_characters_not_bytes(void **state) {
    static const struct {
        const char *character;
        uint32_t count;
        int32_t fits;
    } names[] = {{"a", 64, 1}, {"a", 65, 0}, {"𠮷", 64, 1}, {"𠮷", 65, 0},
                 {"😀", 64, 1}, {"😀", 65, 0}, {"表", 64, 1}, {"表", 65, 0}};
    bench *s = *state;
    found(s);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[512];
        char user[2048];
        char text[4096];
        repeat(name, names[i].character, names[i].count);
        (void)snprintf(text, sizeof text, "%s%s", USER_HEADER,
                       user_line(user, sizeof user, "1", "X", name, "G1"));
        begin(s);
        take(s, N_USER, text);
        if (names[i].fits) {
            expect_none(s);
            assert_string_equal(
                book_text(book_first(&s->book, KIND_PERSON, "X"), KINMU_PEOPLE_PERSON_NAME), name);
        } else {
            expect_problem(s, "cell.long", 2, 4);
        }
        book_undo(&s->book, s->mark);
    }
}

static void ids_have_the_symbols_of_the_guide(void **state) {
    (void)state;
    char id[2] = {0, 0};
    for (int c = 1; c < 128; c++) {
        id[0] = (char)c;
        int32_t is_plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        int32_t in_both = strchr("!#$%'()+-.=@[]_`{}~", c) != NULL;
        int32_t in_groups = strchr("*:;?|", c) != NULL;
        assert_int_equal(words_is_id(id, WORDS_PERSON_SYMBOLS), is_plain || in_both);
        assert_int_equal(words_is_id(id, WORDS_GROUP_SYMBOLS), is_plain || in_both || in_groups);
    }
    assert_false(words_is_id("", WORDS_GROUP_SYMBOLS));
    assert_false(words_is_id("｀", WORDS_GROUP_SYMBOLS)); /* TRAP-06 */
}

static void what_a_pattern_may_say(void **state) {
    static const struct {
        const char *line, *code;
        uint32_t column;
    } lines[] = {
        {"1,P,p,11:45-12:45;18:30-19:00,450,180,5:00,", NULL, 0},
        {"1,P,p,11:45-12:45;18:30-19:00;,450,180,5:00,", NULL, 0}, /* N's row 07 */
        {"1,P,p,23:30-0:30,450,,,", NULL, 0},
        {"1,P,p,,450,,23:59,", NULL, 0},
        {"1,P,p,12:45-11:45,450,,,", "cell.breaks", 4},
        {"1,P,p,18:30-19:00;11:45-12:45,450,,,", "cell.breaks", 4},
        {"1,P,p,12:00-13:00;12:30-13:30,450,,,", "cell.breaks", 4},
        {"1,P,p,12:00-13,450,,,", "cell.breaks", 4},
        {"1,P,p,12:60-13:00,450,,,", "cell.breaks", 4},
        {"1,P,p,,,180,5:00,", "cell.required", 5},
        {"1,P,p,,0,,5:00,", "cell.number", 5},
        {"1,P,p,,1441,,5:00,", "cell.number", 5},
        {"1,P,p,,-1,,5:00,", "cell.number", 5},
        {"1,P,p,,480,0,5:00,", "cell.zero", 6},
        {"1,P,p,,480,480,5:00,", "cell.morning", 6},
        {"1,P,p,,480,,25:00,", "cell.clock", 7},
        {"1,P,p,,480,,5,", "cell.clock", 7},
        {"1,P,p,,480,,05:0,", "cell.clock", 7},
        {"1,,p,,480,,,", "cell.required", 2},
        {"5,P,p,,480,,,", "cell.code", 1},
        {",P,p,,480,,,", "cell.required", 1},
        {"11,P,p,,480,,,", "cell.code", 1},
    };
    bench *s = *state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, "%s%s\n", PATTERN_HEADER, lines[i].line);
        begin(s);
        take(s, N_PATTERN, text);
        if (lines[i].code == NULL) {
            expect_none(s);
            assert_int_equal(book_mark(&s->book), s->mark + 1);
        } else {
            expect_problem(s, lines[i].code, 2, lines[i].column);
        }
        book_undo(&s->book, s->mark);
    }
}

/* ---- the company as a whole ---- */

static char *many_users(uint32_t count, const char *group) {
    size_t room = strlen(USER_HEADER) + count * 160u + 1;
    char *text = malloc(room);
    size_t used = (size_t)snprintf(text, room, "%s", USER_HEADER);
    for (uint32_t i = 0; i < count; i++) {
        used +=
            (size_t)snprintf(text + used, room - used,
                             "1,M%u,m%u,n,,%s,0,0,0,m@example.com,0,0,0,0,,,,,,,\n", i, i, group);
    }
    return text;
}

static void a_hundred_people_and_no_more(void **state) {
    bench *s = *state;
    found(s);
    begin(s);
    char *text = many_users(99, "G1"); /* and U1 */
    take(s, N_USER, text);
    check(s);
    expect_none(s);
    free(text);
    begin(s);
    take(s, N_USER, USER_HEADER "1,Z,z,n,,G1,0,0,0,m@example.com,0,0,0,0,,,,,,,\n");
    check(s);
    expect_problem(s, "group.people", 2, 0);
    assert_non_null(strstr(s->problems.rows[0].ja, "「G1」"));
}

static void licences_stop_the_one_too_many(void **state) {
    bench *s = *state;
    found(s);
    const kinmu_value limit[KINMU_PEOPLE_SETTING_FIELDS] = {
        kinmu_text("company"), kinmu_text(""), kinmu_text("company.licences"),
        kinmu_text("2026-01-01"), kinmu_text("3")};
    assert_non_null(book_put(&s->book, KIND_SETTING, limit, (place){NULL, 0}));
    begin(s);
    char *text = many_users(2, "G1");
    take(s, N_USER, text);
    check(s);
    expect_none(s);
    free(text);
    begin(s);
    take(s, N_USER, USER_HEADER "1,Z,z,n,,G1,0,0,0,m@example.com,0,0,0,0,,,,,,,\n");
    check(s);
    expect_problem(s, "company.licences", 2, 0);
    book_undo(&s->book, s->mark);
    begin(s); /* one may not log in: room for another (IMP-12) */
    take(s, N_USER,
         USER_HEADER "3,M0,m0,n,,G1,0,0,0,m@example.com,0,0,0,0,,,,,,,\n"
                     "1,Z,z,n,,G1,0,0,0,m@example.com,0,0,0,0,,,,,,,\n");
    check(s);
    expect_none(s);
}

static void groups_form_a_tree(void **state) {
    bench *s = *state;
    char text[4096];
    found(s);
    size_t used = (size_t)snprintf(text, sizeof text, "%s", GROUP_HEADER);
    for (uint32_t i = 0; i < 20; i++) { /* 20 levels below G1 */
        used += (size_t)snprintf(text + used, sizeof text - used, "1,D%u,d,U1,,%s%u,\n", i,
                                 i == 0 ? "G" : "D", i == 0 ? 1 : i - 1);
    }
    begin(s);
    take(s, N_GROUP, text);
    check(s);
    expect_none(s);
    begin(s);
    take(s, N_GROUP, GROUP_HEADER "2,G1,本社,U1,,D19,\n");
    check(s);
    expect_problem(s, "group.cycle", 2, 0);
    book_undo(&s->book, s->mark);
    begin(s);
    take(s, N_GROUP, GROUP_HEADER "2,D3,d,U1,,nowhere,\n");
    check(s);
    expect_problem(s, "group.parent", 2, 0);
    book_undo(&s->book, s->mark);
    begin(s);
    take(s, N_GROUP, GROUP_HEADER "3,D3,d,U1,,,\n"); /* D4 lies below it */
    check(s);
    expect_problem(s, "group.parent", 2, 0);
    book_undo(&s->book, s->mark);
    begin(s);
    take(s, N_GROUP, GROUP_HEADER "1,E,e,U1;;U9;,,,\n");
    check(s);
    expect_problem(s, "group.approver-unknown", 2, 0);
}

static void an_id_stands_once_in_a_file(void **state) {
    bench *s = *state;
    found(s);
    begin(s);
    take(s, N_GROUP, GROUP_HEADER "1,E,e,U1,,,\n# comment\n1,F,f,U1,,,\n2,E,e2,U1,,,\n");
    expect_problem(s, "row.twice", 5, 2);
}

/* ---- the guide's files ---- */

static uint8_t *golden(const char *name, size_t *size) {
    char path[512];
    (void)snprintf(path, sizeof path, GOLDEN "%s", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s is missing", path);
        abort();
    }
    uint8_t *data = malloc(1u << 16);
    *size = fread(data, 1, 1u << 16, file);
    fclose(file);
    return data;
}

static void take_golden(bench *s, uint32_t kind, const char *name, int32_t is_lenient) {
    csv_sheet sheet;
    csv_fault fault = {NULL, 0, 0};
    size_t size;
    uint8_t *data = golden(name, &size);
    begin(s);
    s->import.is_lenient = is_lenient;
    assert_null(csv_refuse_bytes(data, size, ENCODE_CP932));
    assert_int_equal(csv_read(&s->book.memory, s->cp932, data, size, &sheet, &fault), KINMU_OK);
    assert_int_equal(n_is_meant(&n_files[kind], &sheet.header), 1);
    n_take(&s->import, kind, &sheet, name);
    free(data);
}

static void the_examples_of_the_guide(void **state) {
    bench *s = *state;
    take_golden(s, N_GROUP, "sample-group-3-1.csv", 0); /* TRAP-01: 8, 7, 6, 8, 8 */
    expect_problem(s, "csv.columns", 4, 0);
    expect_problem(s, "csv.columns", 6, 0);
    expect_problem(s, "csv.columns", 7, 0);
    expect_problem(s, "csv.columns", 8, 0);
    assert_int_equal(s->problems.total, 4);
    assert_string_equal(s->problems.rows[0].ja, "カラム数が異常です");
    book_undo(&s->book, s->mark);
    take_golden(s, N_GROUP, "sample-group-3-1.csv", 1);
    expect_problem(s, "cell.required", 4, 4); /* 承認者 */
    expect_problem(s, "code.absent", 6, 2);   /* 2 of a group nobody registered */
    expect_problem(s, "code.absent", 7, 2);
    expect_problem(s, "code.absent", 8, 2);
    assert_int_equal(s->problems.total, 4);
    book_undo(&s->book, s->mark);
    take_golden(s, N_USER, "sample-user-3-3.csv", 0); /* TRAP-02: a header of 20 */
    expect_problem(s, "csv.columns", 1, 0);
    assert_int_equal(s->problems.total, 1);
    take_golden(s, N_USER, "sample-user-3-3.csv", 1);
    assert_int_equal(s->problems.total, 6); /* 2 to 7 of people nobody registered */
    book_undo(&s->book, s->mark);
    take_golden(s, N_PATTERN, "sample-pattern-3-5.csv", 0);
    expect_problem(s, "code.absent", 7, 2); /* its breaks end with ";": no matter */
    assert_int_equal(s->problems.total, 4);
    book_undo(&s->book, s->mark);
    take_golden(s, N_PATTERN, "typo-pattern-3-9.csv", 0); /* TRAP-05 */
    expect_problem(s, "header.column", 1, 4);
    take_golden(s, N_PATTERN, "typo-pattern-3-9.csv", 1);
    expect_none(s);
    assert_int_equal(
        book_number(book_latest(&s->book, KIND_PATTERN, "P02"), KINMU_PEOPLE_PATTERN_WORK_MIN),
        240);
}

/* X20, TRAP-07, TRAP-08: what a spreadsheet would run is kept as it is. */
static void texts_are_kept_as_they_are(void **state) {
    static const char *const names[] = {"=1+1",      "+1",
                                        "-1",        "@SUM(A1)",
                                        "\tx",       "\rx",
                                        "\nx",       "＝x",
                                        "＋x",       "－x",
                                        "＠x",       "a,b",
                                        "say \"x\"", "two\r\nlines",
                                        "a;b",       "=cmd|'/C calc'!A0",
                                        "表ソ能\\",  " ",
                                        "#x"};
    bench *s = *state;
    take_golden(s, N_USER, "injection-user.csv", 0);
    expect_none(s);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "=U%zu", i);
        assert_string_equal(
            book_text(book_first(&s->book, KIND_PERSON, id), KINMU_PEOPLE_PERSON_NAME), names[i]);
    }
}

/* ---- the daily work ---- */

int32_t desk_take(desk *d, const kinmu_call *from, int32_t is_reading, kinmu_err *err) {
    (void)d;
    (void)from;
    (void)is_reading;
    (void)err;
    return KINMU_OK;
}

static uint32_t renewed(bench *s, int64_t now_ns) {
    desk_call call = {.now_ns = now_ns};
    change c = {.call = &call};
    uint32_t mark = book_mark(&s->book);
    assert_int_equal(renew_judge(&s->book, &c), KINMU_OK);
    uint32_t count = book_mark(&s->book) - mark;
    book_undo(&s->book, mark);
    memory_free(&call.memory);
    return count;
}

/* The company's rows (group, person, assignment) outlive any keep time; of somebody who left only
 * once after that. */
static void what_is_in_force_is_written_anew(void **state) {
    bench *s = *state;
    const int64_t day_ns = INT64_C(86400) * 1000000000;
    found(s);
    assert_int_equal(renewed(s, 180 * day_ns), 0);
    assert_int_equal(renewed(s, 180 * day_ns + 1), 3);
    row *person = book_first(&s->book, KIND_PERSON, "U1");
    kinmu_value values[BOOK_FIELDS_MAX];
    memcpy(values, person->values, KINMU_PEOPLE_PERSON_FIELDS * sizeof *values);
    values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("deleted");
    values[KINMU_PEOPLE_PERSON_ERASE_ASKED_NS] = kinmu_time(1);
    assert_ptr_equal(book_put(&s->book, KIND_PERSON, values, (place){NULL, 0}), person);
    assert_int_equal(renewed(s, 10 * day_ns), 0);
    person->unix_ns = 9 * day_ns; /* deleted then: what is older is renewed once */
    assert_int_equal(renewed(s, 10 * day_ns), 1);
    book_first(&s->book, KIND_ASSIGNMENT, "U1")->unix_ns = 10 * day_ns;
    assert_int_equal(renewed(s, 10 * day_ns), 0);
    assert_int_equal(renewed(s, 1000 * day_ns), 1); /* the group, not the person who left */
    person_set_state(&s->import, person, DO_REVIVE, (place){NULL, 0}); /* nor is he erased then */
    assert_int_equal(person->values[KINMU_PEOPLE_PERSON_ERASE_ASKED_NS].type, KINMU_TYPE_NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_in_force_is_written_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(every_code_in_every_state, setup, teardown),
        cmocka_unit_test_setup_teardown(an_erased_person_leaves_the_id_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_count_characters_not_bytes, setup, teardown),
        cmocka_unit_test(ids_have_the_symbols_of_the_guide),
        cmocka_unit_test_setup_teardown(what_a_pattern_may_say, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hundred_people_and_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(licences_stop_the_one_too_many, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_form_a_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_stands_once_in_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(the_examples_of_the_guide, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_are_kept_as_they_are, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
