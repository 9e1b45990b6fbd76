/* api_text_test.c - exporter `api`: the texts of the outside. Queries, paths, moments, tokens,
 * cursors and bodies, right and wrong; and spans of time. */
#include "plugins/exporters/api/wire/attachment.c"
#include "plugins/exporters/api/wire/body.c"
#include "plugins/exporters/api/wire/cursor.c"
#include "plugins/exporters/api/wire/moment.c"
#include "plugins/exporters/api/wire/multipart.c"
#include "plugins/exporters/api/answers/span.c"
#include "plugins/exporters/api/wire/target.c"
#include "plugins/exporters/api/wire/token.c"
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static memory m;

static int tear_down(void **state) {
    (void)state;
    memory_free(&m);
    memset(&m, 0, sizeof m);
    return 0;
}

static const char *parse(const char *query, target *t) {
    const char *word = "";
    memset(t, 0, sizeof *t);
    return target_parse_query(&m, query, t, &word);
}

static void attachments(void **state) {
    static const struct {
        const char *header;
        uint64_t bytes;
        int32_t kind;
        uint64_t from, to;
    } ranges[] = {
        {"", 10, ATTACHMENT_WHOLE, 0, 10},
        {"bytes=0-0", 10, ATTACHMENT_PIECE, 0, 1},
        {"bytes=9-", 10, ATTACHMENT_PIECE, 9, 10},
        {"bytes=3-99", 10, ATTACHMENT_PIECE, 3, 10},
        {"bytes=-3", 10, ATTACHMENT_PIECE, 7, 10},
        {"bytes=-99", 10, ATTACHMENT_PIECE, 0, 10},
        {"bytes=10-", 10, ATTACHMENT_NONE, 0, 10},
        {"bytes=-0", 10, ATTACHMENT_NONE, 0, 10},
        {"bytes=0-", 0, ATTACHMENT_NONE, 0, 0},
        {"bytes=5-4", 10, ATTACHMENT_WHOLE, 0, 10},
        {"bytes=-", 10, ATTACHMENT_WHOLE, 0, 10},
        {"bytes=1-2,4-5", 10, ATTACHMENT_WHOLE, 0, 10},
        {"bytes= 1-2", 10, ATTACHMENT_WHOLE, 0, 10},
        {"lines=1-2", 10, ATTACHMENT_WHOLE, 0, 10},
        {"bytes=99999999999999999999999-", 10, ATTACHMENT_WHOLE, 0, 10},
        {"bytes=0-9223372036854775807", 10, ATTACHMENT_WHOLE, 0, 10},
    };
    uint64_t from = 0;
    uint64_t to = 0;
    (void)state;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        assert_int_equal(attachment_range(ranges[i].header, ranges[i].bytes, &from, &to),
                         ranges[i].kind);
        assert_int_equal(from, ranges[i].from);
        assert_int_equal(to, ranges[i].to);
    }
    assert_string_equal(attachment_name(&m, "a b(1).csv"),
                        "attachment; filename=\"a b(1).csv\"; filename*=UTF-8''a%20b%281%29.csv");
    assert_string_equal(attachment_name(&m, "勤\"\r\n;x"),
                        "attachment; filename=\"_______x\"; "
                        "filename*=UTF-8''%E5%8B%A4%22%0D%0A%3Bx");
    assert_string_equal(attachment_type("a.csv"), "text/csv");
    assert_string_equal(attachment_type("a.csv.exe"), "application/octet-stream");
    assert_string_equal(attachment_type(".csv"), "application/octet-stream");
}

/* ---- bodies of several files ---- */

static char told[4096];

static const char *tell_begin(void *user, const char *name) {
    (void)user;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "<%s|", name);
    return strcmp(name, "refuse") == 0 ? "upload.many" : NULL;
}

static const char *tell_data(void *user, const void *bytes, size_t size) {
    (void)user;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%.*s", (int)size,
                   (const char *)bytes);
    return NULL;
}

static const char *tell_end(void *user) {
    (void)user;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), ">");
    return NULL;
}

/* Takes a body in pieces of `piece` bytes; what came of it stands in `told`. */
static const char *take(const char *type, const char *body, size_t piece, int32_t *is_whole) {
    const multipart_sink sink = {NULL, tell_begin, tell_data, tell_end};
    const char *wrong = NULL;
    multipart form;
    told[0] = '\0';
    assert_true(multipart_begin(&form, type));
    for (size_t at = 0; at < strlen(body) && wrong == NULL; at += piece) {
        size_t left = strlen(body) - at;
        wrong = multipart_take(&form, body + at, left < piece ? left : piece, &sink);
    }
    *is_whole = multipart_is_whole(&form);
    return wrong;
}

#define TYPE "multipart/form-data; boundary=AB"
#define FILE_PART(name) "Content-Disposition: form-data; name=\"f\"; filename=\"" name "\"\r\n"

static void forms(void **state) {
    static const struct {
        const char *body, *told;
    } good[] = {
        {"--AB\r\n" FILE_PART("a.csv") "\r\nx\r\n--AB--", "<a.csv|x>"},
        {"\r\n--AB\r\n" FILE_PART("a.csv") "\r\n\r\n--AB--\r\n", "<a.csv|>"},
        {"for old clients\r\n--AB \t\r\n" FILE_PART("a") "\r\nx\r\n--AB--epilogue --AB", "<a|x>"},
        {"--AB\r\n" FILE_PART("a") "X: y\r\n\r\nx\r\n--A\r\n\r\n--AB\r\ncontent-disposition: "
                                   "form-data;filename=\"b;\\\"c\"; "
                                   "name=\"a;filename=\\\"no\\\"\"\r\n\r\n\r\r\n--A\r\n--AB--",
         "<a|x\r\n--A\r\n><b;\"c|\r\r\n--A>"},
        {"--AB\r\n" FILE_PART("../../etc/passwd") "\r\nx\r\n--AB--", "<passwd|x>"},
        {"--AB\r\n" FILE_PART("C:\\\\x\\\\y.csv") "\r\nx\r\n--AB--", "<y.csv|x>"},
        {"--AB--", ""},
    };
    static const struct {
        const char *body, *code;
    } bad[] = {
        {"--ABC\r\n", "upload.body"},
        {"--AB-x", "upload.body"},
        {"--AB\r\n\r\nx\r\n--AB--", "upload.field"},
        {"--AB\r\nContent-Disposition: form-data; name=\"dry_run\"\r\n\r\n1\r\n--AB--",
         "upload.field"},
        {"--AB\r\n" FILE_PART("refuse") "\r\nx\r\n--AB--", "upload.many"},
    };
    int32_t is_whole = 0;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        for (size_t piece = 1; piece < strlen(good[i].body) + 2; piece++) {
            assert_null(take(TYPE, good[i].body, piece, &is_whole));
            assert_true(is_whole);
            assert_string_equal(told, good[i].told);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        for (size_t piece = 1; piece < strlen(bad[i].body) + 2; piece++) {
            assert_string_equal(take(TYPE, bad[i].body, piece, &is_whole), bad[i].code);
        }
    }
    assert_null(take(TYPE, "--AB\r\n" FILE_PART("a") "\r\nx\r\n--AB", 7, &is_whole));
    assert_false(is_whole);
    char *header = memory_get(&m, 8192);
    memset(header, 'x', 8000);
    memcpy(header, "--AB\r\n", 6);
    assert_string_equal(take(TYPE, header, 1000, &is_whole), "upload.body");
    multipart form;
    assert_true(multipart_begin(&form, "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""));
    static const char *const types[] = {
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=a\x01",
        "multipart/form-datax; boundary=a",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary="
        "12345678901234567890123456789012345678901234567890123456789012345678901"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_false(multipart_begin(&form, types[i]));
    }
}

static void queries(void **state) {
    target t;
    (void)state;
    assert_null(parse("", &t));
    assert_null(parse("a=1&b=%E4%BD%90+x&&c", &t));
    assert_int_equal(t.parameter_count, 3);
    assert_string_equal(target_find(&t, "b"), "佐+x");
    assert_string_equal(target_find(&t, "c"), "");
    assert_null(target_find(&t, "d"));
    assert_string_equal(parse("a=1&%61=2", &t), "query.twice");
    const char *const bad[] = {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "%c3=1", "a=%ed%a0%80"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_string_equal(parse(bad[i], &t), "query.encoding");
    }
    char many[512] = "";
    for (int i = 0; i <= (int)TARGET_PARAMETERS_MAX; i++) {
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "p%d=&", i);
    }
    assert_string_equal(parse(many, &t), "query.many");
    assert_null(parse("limit=1000", &t));
    assert_int_equal(target_number(&t, "limit", 100, 1000), 1000);
    assert_int_equal(target_number(&t, "other", 100, 1000), 100);
    assert_null(parse("limit=1001", &t));
    assert_int_equal(target_number(&t, "limit", 100, 1000), -1);
    assert_null(parse("limit=-1", &t));
    assert_int_equal(target_number(&t, "limit", 100, 1000), -1);
}

static void paths(void **state) {
    target t = {.segment_count = 0};
    (void)state;
    assert_true(target_parse_path(&m, "/v1/rows/kinmu.work.day/1", &t));
    assert_int_equal(t.segment_count, 3);
    assert_string_equal(t.segments[1], "kinmu.work.day");
    const char *const bad[] = {"/v1/", "/v2/rows", "/v1", "/v1//x", "/v1/1/2/3/4/5/6/7/8/9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memset(&t, 0, sizeof t);
        assert_false(target_parse_path(&m, bad[i], &t));
    }
}

static void moments(void **state) {
    static const struct {
        const char *text;
        int64_t unix_ns;
        const char *printed;
    } good[] = {
        {"2026-11-22T10:00:07.5+09:00", INT64_C(1795309207500000000), "2026-11-22T01:00:07.500Z"},
        {"2026-11-22T01:00:07Z", INT64_C(1795309207000000000), "2026-11-22T01:00:07Z"},
        {"2024-02-29T23:59:59.000000001-15:59", INT64_C(1709308739000000001),
         "2024-03-01T15:58:59.000000001Z"},
    };
    static const char *const bad[] = {
        "",
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-11-22 10:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00:00.1234567890Z",
        "2026-11-22T10:00:00+0900",
        "2026-11-22T10:00:00+09:60",
        "2026-11-22T10:00:00Zx",
        "1969-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    };
    char text[MOMENT_SIZE];
    int64_t unix_ns = 0;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(moment_parse(good[i].text, &unix_ns));
        assert_int_equal(unix_ns, good[i].unix_ns);
        moment_print(text, unix_ns);
        assert_string_equal(text, good[i].printed);
        moment_print_at(text, unix_ns, moment_offset_s(good[i].text)); /* as it was given */
        assert_memory_equal(text, good[i].text, 19);
        assert_int_equal(moment_offset_s(text), moment_offset_s(good[i].text));
        assert_true(moment_parse(text, &unix_ns));
        assert_int_equal(unix_ns, good[i].unix_ns);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (moment_parse(bad[i], &unix_ns)) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
    assert_true(moment_of_date("2026-11-22", 32400, &unix_ns));
    assert_int_equal(unix_ns, INT64_C(1795273200000000000));
    assert_false(moment_of_date("2026-02-29", 0, &unix_ns));
    assert_false(moment_of_date("2026-11-22T", 0, &unix_ns));
    assert_false(moment_of_date("1970-01-01", 0, &unix_ns));
}

static void tokens(void **state) {
    char text[TOKEN_SIZE] = "";
    char other[TOKEN_SIZE] = "";
    char id[TOKEN_ID_SIZE];
    char found[TOKEN_ID_SIZE];
    uint8_t hash[TOKEN_HASH_SIZE];
    (void)state;
    for (int32_t kind = TOKEN_PROGRAM; kind <= TOKEN_INVITE; kind++) {
        assert_true(token_make(kind, text, id));
        for (int32_t as = TOKEN_PROGRAM; as <= TOKEN_INVITE; as++) {
            assert_int_equal(token_parse(as, text, found), as == kind);
        }
        assert_string_equal(found, id);
        assert_true(token_make(kind, other, id));
        assert_string_not_equal(text, other);
        text[strlen(text) - 1] = 'G';
        assert_false(token_parse(kind, text, found));
        text[strlen(text) - 1] = '\0';
        assert_false(token_parse(kind, text, found));
        assert_false(token_parse(kind, "", found));
    }
    assert_true(token_hash("abc", 3, hash));
    assert_int_equal(hash[0], 0xBA); /* FIPS 180-2's example */
    assert_int_equal(hash[31], 0xAD);
}

static void cursors(void **state) {
    cursor in = {.question = "0123456789abcdef", .part = 2, .part_name = "佐藤", .key_count = 3};
    cursor out;
    (void)state;
    in.keys[0] = kinmu_text("U\"1");
    in.keys[1] = kinmu_time(INT64_MAX);
    in.keys[2] = kinmu_i64(INT64_MIN);
    const char *text = cursor_print(&m, &in);
    assert_non_null(text);
    assert_true(cursor_parse(&m, text, &out));
    assert_string_equal(out.question, in.question);
    assert_string_equal(out.part_name, in.part_name);
    assert_int_equal(out.part, 2);
    assert_int_equal(out.key_count, 3);
    assert_string_equal(out.keys[0].as.text, "U\"1");
    assert_int_equal(out.keys[1].type, KINMU_TYPE_TIME);
    assert_int_equal(out.keys[2].as.i64, INT64_MIN);
    static const char *const bad[] = {
        "",
        "5",
        "zz",
        "5b5d",
        "5B5D",
        "5b2278222c302c22225d5d",       /* ["x",0,""]] */
        "5b2278222c2d312c22225d",       /* ["x",-1,""] */
        "5b2278222c302c22222c345d",     /* ["x",0,"",4] */
        "5b2278222c302c22222c342c315d", /* ["x",0,"",4,1]: a text that is a number */
        "5b2278222c302c22222c352c315d", /* ["x",0,"",5,1]: bytes are no key */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (cursor_parse(&m, bad[i], &out)) {
            fail_msg("\"%s\" was taken", bad[i]);
        }
    }
}

static const kinmu_field fields[] = {
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, 0, 0, "", "start|end", ""},
    {"at", KINMU_TYPE_TIME, 0, 0, 0, "ns", NULL, ""},
    {"minutes", KINMU_TYPE_I64, 0, 0, 0, "min", NULL, ""},
    {"share", KINMU_TYPE_F64, 0, 0, 0, "", NULL, ""},
    {"is_all", KINMU_TYPE_BOOL, 0, 0, 0, "", NULL, ""},
    {"hash", KINMU_TYPE_BYTES, 0, 0, 0, "", NULL, ""},
    {"rows", KINMU_TYPE_TEXT, 0, 0, 0, "json", NULL, ""},
};
static const kinmu_table table_of_fields = KINMU_TABLE(fields);

static const char *fault_of(const char *body) {
    body_fault fault = {NULL, NULL, NULL};
    json_t *object = body_parse(&m, body, strlen(body), &fault);
    if (object != NULL) {
        (void)body_values(&m, &table_of_fields, object, &fault);
    }
    json_decref(object);
    return fault.code != NULL ? fault.code : "";
}

static void bodies_in(void **state) {
    static const struct {
        const char *body, *code;
    } rows[] = {
        {"{\"kind\":\"start\"}", ""},
        {"{\"kind\":\"start\",\"at\":null,\"minutes\":9007199254740993,\"share\":1}", ""},
        {"", "body.missing"},
        {"{\"kind\":null}", "body.missing"},
        {"{\"kind\":\"begin\"}", "body.choice"},
        {"{\"kind\":\"start\",\"at\":0}", "body.type"},
        {"{\"kind\":\"start\",\"minutes\":1.0}", "body.type"},
        {"{\"kind\":\"start\",\"minutes\":true}", "body.type"},
        {"{\"kind\":\"start\",\"minutes\":99999999999999999999}", "body.json"},
        {"{\"kind\":\"start\",\"share\":1e999}", "body.json"},
        {"{\"kind\":\"start\",\"hash\":\"0\"}", "body.type"},
        {"{\"kind\":\"start\",\"hash\":\"0G\"}", "body.type"},
        {"{\"kind\":\"start\",\"x\":1}", "body.unknown"},
        {"{\"kind\":\"start\"", "body.json"},
        {"{\"kind\":\"start\"} x", "body.json"},
        {"[]", "body.object"},
        {"{\"kind\":\"\\ud800\"}", "body.json"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *code = fault_of(rows[i].body);
        if (strcmp(code, rows[i].code) != 0) {
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].body, code, rows[i].code);
        }
    }
}

static void bodies_out(void **state) {
    static const uint8_t hash[] = {0x00, 0xAF};
    const kinmu_value values[] = {
        kinmu_text("start"), kinmu_time(0),        kinmu_i64(INT64_MAX),     kinmu_null(),
        kinmu_bool(1),       kinmu_bytes(hash, 2), kinmu_text("[{\"a\":1}]")};
    (void)state;
    json_t *object = body_object(&table_of_fields, values, 7);
    char *text = json_dumps(object, JSON_COMPACT);
    assert_string_equal(text, "{\"kind\":\"start\",\"at\":\"1970-01-01T00:00:00Z\","
                              "\"minutes\":9223372036854775807,\"share\":null,\"is_all\":true,"
                              "\"hash\":\"00af\",\"rows\":[{\"a\":1}]}");
    free(text);
    json_decref(object);
}

static void check_spans(const span *spans, uint32_t count, const char *wanted) {
    char text[256] = "";
    for (uint32_t i = 0; i < count; i++) {
        size_t end = strlen(text);
        (void)snprintf(text + end, sizeof text - end, "%s %s %lld-%lld;", spans[i].origin,
                       spans[i].kind, (long long)spans[i].from_ns,
                       spans[i].to_ns == SPAN_OPEN ? -1 : (long long)spans[i].to_ns);
    }
    assert_string_equal(text, wanted);
}

/* Minutes in any order, twice, of two computers: one span where they touch, a hole stays a hole. */
static void minutes_joined(void **state) {
    span spans[] = {
        {3, 4, "operated", "b", NULL, 0}, {5, 6, "operated", "a", NULL, 0},
        {2, 3, "quiet", "a", NULL, 1},    {2, 3, "operated", "a", NULL, 0},
        {1, 2, "operated", "a", NULL, 0}, {3, 4, "quiet", "a", NULL, 1},
        {1, 2, "operated", "a", NULL, 0}, {9, 9, "operated", "a", NULL, 0},
    };
    span gaps[] = {{4, 9, "gap", "a", NULL, 1}, {1, 6, "gap", "a", NULL, 0}};
    (void)state;
    check_spans(spans, span_join(spans, 8),
                "a operated 1-3;a quiet 3-4;a operated 5-6;b operated 3-4;");
    check_spans(gaps, span_join(gaps, 2), "a gap 1-9;");
    assert_int_equal(span_join(spans, 0), 0);
}

/* Punches to spans: an end that was forgotten is open and not made up, an end of nothing is none.
 */
static void words_followed(void **state) {
    static const span_word words[] = {
        {"start", "work", 1}, {"resume", "work", 0}, {"break", "break", 0}, {"end", NULL, 0}};
    span spans[] = {
        {9, 9, "end", "a", NULL, 6},   {1, 1, "end", "a", NULL, 0},
        {3, 3, "start", "a", NULL, 2}, {2, 2, "start", "a", NULL, 1},
        {5, 5, "break", "a", NULL, 3}, {6, 6, "resume", "a", NULL, 4},
        {6, 6, "other", "a", NULL, 5}, {10, 10, "start", "a", NULL, 7},
    };
    (void)state;
    uint32_t count = span_follow(spans, 8, words, 4);
    check_spans(spans, count, "a work 2--1;a work 3-5;a break 5-6;a work 6-9;a work 10--1;");
    count = span_cut(spans, count, 4, 8);
    check_spans(spans, count, "a work 2--1;a work 4-5;a break 5-6;a work 6-8;");
    span moments[] = {{4, 4, "lock", "a", NULL, 0},
                      {3, 3, "logon", "a", NULL, 0},
                      {8, 8, "logoff", "a", NULL, 0}};
    check_spans(moments, span_cut(moments, 3, 4, 8), "a lock 4-4;");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(attachments, tear_down),
        cmocka_unit_test_teardown(forms, tear_down),
        cmocka_unit_test_teardown(queries, tear_down),
        cmocka_unit_test_teardown(paths, tear_down),
        cmocka_unit_test_teardown(moments, tear_down),
        cmocka_unit_test_teardown(tokens, tear_down),
        cmocka_unit_test_teardown(cursors, tear_down),
        cmocka_unit_test_teardown(bodies_in, tear_down),
        cmocka_unit_test_teardown(bodies_out, tear_down),
        cmocka_unit_test(minutes_joined),
        cmocka_unit_test(words_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
