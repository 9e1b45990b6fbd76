/* Reading the store: filters, order, pages, and the sorted replay that exporters get. */
#include "store_fixture.h"

#include "store/query.h"
#include "store/stamps.h"

typedef struct seen {
    char text[4096]; /* what the rows said, one word a row */
    uint32_t count;
    uint32_t stop_after; /* 0 = never */
} seen;

static void add_word(seen *to, const char *word) {
    size_t used = strlen(to->text);
    snprintf(to->text + used, sizeof to->text - used, "%s%s", used > 0 ? " " : "", word);
    to->count++;
}

static int32_t see_keys(void *user, const kinmu_event *row) {
    seen *to = user;
    char word[64];
    snprintf(word, sizeof word, "%s:%lld", row->subject, (long long)row->values[0].as.i64);
    add_word(to, word);
    return to->stop_after != 0 && to->count == to->stop_after;
}

/* Three people, ten minutes each, every minute's number of keys is unique. */
static fixture *make_minutes(const schema_info **input) {
    static const char *const subjects[] = {"tanaka", "Abe", "\xE5\xB1\xB1\xE7\x94\xB0"};
    fixture *f = fixture_create();
    *input = fixture_add(f, &kinmu_input_minute);
    for (int64_t minute = 9; minute >= 0; minute--) {
        for (int64_t i = 0; i < 3; i++) {
            fixture_minute_block(f, *input, subjects[i], minute, minute * 10 + i);
        }
    }
    fixture_apply_all(f);
    return f;
}

static kinmu_query query_of(const kinmu_filter *filters, uint32_t count, const char *order) {
    kinmu_query query = {sizeof(kinmu_query), 0, filters, count, 100, order, 0, 0, 0};
    return query;
}

static void expect(fixture *f, const schema_info *info, const kinmu_query *query,
                   const char *words) {
    seen got = {0};
    kinmu_err err = {0};
    store_reader *reader = fixture_reader(f);
    int32_t status = store_query(reader, info, query, see_keys, &got, &err);
    store_reader_close(reader);
    if (status != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    assert_string_equal(got.text, words);
}

static void filters_hold_together(void **state) {
    (void)state;
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    kinmu_filter filters[] = {
        {"subject", KINMU_COMPARE_EQUAL, 0, kinmu_text("Abe")},
        {"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_time(FIXTURE_T0 + 2 * 60000000000LL)},
        {"keys", KINMU_COMPARE_LESS, 0, kinmu_i64(51)},
    };
    kinmu_query query = query_of(filters, 3, "unix_ns");
    expect(f, input, &query, "Abe:21 Abe:31 Abe:41");
    filters[2].compare = KINMU_COMPARE_LESS_EQUAL;
    query.order = "-keys";
    expect(f, input, &query, "Abe:51 Abe:41 Abe:31 Abe:21");
    filters[2].compare = KINMU_COMPARE_GREATER;
    expect(f, input, &query, "Abe:91 Abe:81 Abe:71 Abe:61");
    filters[0].value = kinmu_text("abe"); /* case counts */
    expect(f, input, &query, "");
    filters[0].compare = KINMU_COMPARE_CONTAINS;
    expect(f, input, &query, "");
    filters[0].value = kinmu_text("be");
    expect(f, input, &query, "Abe:91 Abe:81 Abe:71 Abe:61");
    filters[0].value = kinmu_text("%b_"); /* no wild cards */
    expect(f, input, &query, "");
    filters[0].value = kinmu_text("be");
    filters[0].field = "subject;subject"; /* in one of them */
    expect(f, input, &query, "Abe:91 Abe:81 Abe:71 Abe:61");
    kinmu_filter unknown = {"key_alpha", KINMU_COMPARE_EQUAL, 0, kinmu_null()};
    query = query_of(&unknown, 1, NULL);
    query.limit = 2;
    expect(f, input, &query, "tanaka:90 Abe:91");
    unknown.field = "keys";
    expect(f, input, &query, "");
    fixture_destroy(f);
}

/* Bytes decide the order of texts: upper case, lower case, then what is not ASCII. */
static void order_and_pages_are_stable(void **state) {
    (void)state;
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    kinmu_query query = query_of(NULL, 0, "-subject,unix_ns");
    query.limit = 2;
    expect(f, input, &query, "\xE5\xB1\xB1\xE7\x94\xB0:2 \xE5\xB1\xB1\xE7\x94\xB0:12");
    query.order = "subject,-unix_ns";
    expect(f, input, &query, "Abe:91 Abe:81");
    query.offset = 9;
    expect(f, input, &query, "Abe:1 tanaka:90");
    query = query_of(NULL, 0, NULL); /* journal order */
    query.limit = 4;
    expect(f, input, &query, "tanaka:90 Abe:91 \xE5\xB1\xB1\xE7\x94\xB0:92 tanaka:80");
    query.order = "clicks"; /* all equal: journal order decides, so pages never overlap */
    query.offset = 3;
    query.limit = 1;
    expect(f, input, &query, "tanaka:80");
    query.offset = 30;
    expect(f, input, &query, "");
    fixture_destroy(f);
}

/* The journal has the newest minute first, so its order is not that of time. */
static void a_log_is_paged_in_the_order_of_the_journal(void **state) {
    (void)state;
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    kinmu_filter filters[] = {
        {"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_time(FIXTURE_T0 + 3 * 60000000000LL)},
        {"unix_ns", KINMU_COMPARE_LESS, 0, kinmu_time(FIXTURE_T0 + 5 * 60000000000LL)},
        {"keys", KINMU_COMPARE_GREATER, 0, kinmu_i64(30)},
    };
    kinmu_query query = query_of(filters, 3, "block,sequence");
    expect(f, input, &query,
           "tanaka:40 Abe:41 \xE5\xB1\xB1\xE7\x94\xB0:42 Abe:31 \xE5\xB1\xB1\xE7\x94\xB0:32");
    query.order = "-block,-sequence";
    query.limit = 2;
    expect(f, input, &query, "\xE5\xB1\xB1\xE7\x94\xB0:32 Abe:31");
    filters[2] =
        (kinmu_filter){"subject", KINMU_COMPARE_GREATER, 0, kinmu_text("Abe")}; /* not one alone */
    expect(f, input, &query, "\xE5\xB1\xB1\xE7\x94\xB0:32 tanaka:30");
    filters[2] = (kinmu_filter){"block", KINMU_COMPARE_GREATER, 0, kinmu_i64(17)};
    query.order = "block,sequence";
    query.limit = 100;
    expect(f, input, &query,
           "\xE5\xB1\xB1\xE7\x94\xB0:42 tanaka:30 Abe:31 "
           "\xE5\xB1\xB1\xE7\x94\xB0:32");
    filters[0] = (kinmu_filter){"block", KINMU_COMPARE_EQUAL, 0, kinmu_i64(17)};
    filters[1] = (kinmu_filter){"sequence", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_i64(17)};
    query.filter_count = 2;
    expect(f, input, &query, "Abe:41");
    filters[1].compare = KINMU_COMPARE_GREATER;
    expect(f, input, &query, "");
    fixture_destroy(f);
}

/* How SQLite would answer, a line a step. */
static void explain(fixture *f, const schema_info *info, const kinmu_query *query, char *plan,
                    size_t size) {
    buffer sql = {0};
    sql_statement *statement = NULL;
    kinmu_err err = {0};
    sql_db *db = server_open(f->directory, SQL_STORE, "store.db");
    buffer_text(&sql, "EXPLAIN QUERY PLAN ");
    assert_int_equal(query_build(db, &sql, info, info->field_count, query, &err), KINMU_OK);
    assert_int_equal(sql_prepare(db, buffer_string(&sql), 0, &statement), SQL_DONE);
    plan[0] = '\0';
    while (sql_step(statement) == SQL_ROW) {
        size_t used = strlen(plan);
        snprintf(plan + used, size - used, "%s\n", sql_text(statement, 3));
    }
    sql_finish(statement);
    buffer_free(&sql);
    sql_close(db);
}

/* However large a log is, nobody reads it to find few of its rows: not for somebody's, not for
 * everybody's of an hour, and the order of the journal is looked for in its index alone. */
static void a_log_is_read_by_its_orders(void **state) {
    needs_files();
    (void)state;
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    static const char by_place[] = "SCAN p USING COVERING INDEX kinmu_input_minute_1$place\n"
                                   "SEARCH t USING PRIMARY KEY (subject=? AND unix_ns=? AND "
                                   "block=? AND sequence=?)\n"
                                   "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)\n";
    static const char hour[] = "SEARCH t USING PRIMARY KEY (subject=? AND unix_ns>? AND unix_ns<?)";
    char plan[1024];
    const kinmu_filter filters[] = {
        {"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_time(FIXTURE_T0)},
        {"unix_ns", KINMU_COMPARE_LESS, 0, kinmu_time(FIXTURE_T0 + 1)},
        {"subject", KINMU_COMPARE_EQUAL, 0, kinmu_text("Abe")},
    };
    kinmu_query query = query_of(filters, 2, "block,sequence");
    explain(f, input, &query, plan, sizeof plan);
    assert_string_equal(plan, by_place);
    query.order = NULL;
    explain(f, input, &query, plan, sizeof plan);
    assert_string_equal(plan, by_place);
    query.order = "-unix_ns,-block,-sequence";
    explain(f, input, &query, plan, sizeof plan);
    assert_non_null(strstr(plan, hour));
    query.filter_count = 3;
    explain(f, input, &query, plan, sizeof plan);
    assert_non_null(strstr(plan, hour));
    assert_null(strstr(plan, "ORDER BY")); /* it comes in that order */
    query.order = "block,sequence";
    explain(f, input, &query, plan, sizeof plan);
    assert_non_null(strstr(plan, hour));
    fixture_destroy(f);
}

static void refuse(fixture *f, const schema_info *info, const kinmu_query *query, int32_t status,
                   const char *part) {
    seen got = {0};
    kinmu_err err = {0};
    store_reader *reader = fixture_reader(f);
    assert_int_equal(store_query(reader, info, query, see_keys, &got, &err), status);
    assert_non_null(strstr(err.msg, part));
    assert_int_equal(got.count, 0);
    store_reader_close(reader);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    kinmu_filter filter = {"kyes", KINMU_COMPARE_EQUAL, 0, kinmu_i64(1)};
    kinmu_query query = query_of(&filter, 1, NULL);
    refuse(f, input, &query, KINMU_E_NOTFOUND, "did you mean \"keys\"?");
    filter.field = "keys = 1 OR 1";
    refuse(f, input, &query, KINMU_E_NOTFOUND, "no field");
    filter.field = "keys";
    filter.value = kinmu_text("1");
    refuse(f, input, &query, KINMU_E_REJECT, "another type");
    filter.value = kinmu_null();
    filter.compare = KINMU_COMPARE_LESS;
    refuse(f, input, &query, KINMU_E_REJECT, "comparison");
    filter.compare = 7;
    refuse(f, input, &query, KINMU_E_REJECT, "comparison");
    filter.compare = KINMU_COMPARE_CONTAINS;
    filter.value = kinmu_i64(1);
    refuse(f, input, &query, KINMU_E_REJECT, "comparison");
    filter.value = kinmu_text("1");
    refuse(f, input, &query, KINMU_E_REJECT, "another type");
    filter.field = "subject;keys";
    refuse(f, input, &query, KINMU_E_REJECT, "another type");
    filter.field = "subject;";
    refuse(f, input, &query, KINMU_E_NOTFOUND, "no field");
    filter.field = "a;b;c;d;e;f;g;h;i;j;k;l;m";
    refuse(f, input, &query, KINMU_E_REJECT, "more than 12 fields");
    filter.field = "subject";
    filter.value = kinmu_text("");
    refuse(f, input, &query, KINMU_E_REJECT, "comparison");
    query = query_of(NULL, 0, "unix_ns,1;DROP TABLE kinmu_cursor");
    refuse(f, input, &query, KINMU_E_NOTFOUND, "no field");
    query = query_of(NULL, 0, NULL);
    query.limit = 0;
    refuse(f, input, &query, KINMU_E_REJECT, "limit");
    query.limit = KINMU_RECORDS_PAGE_MAX + 1;
    refuse(f, input, &query, KINMU_E_REJECT, "limit");
    query.limit = 1;
    query.at_least = 31;
    refuse(f, input, &query, KINMU_E_RETRY, "30");
    query.at_least = 30;
    expect(f, input, &query, "tanaka:90");
    fixture_destroy(f);
}

static int32_t see_all_types(void *user, const kinmu_event *row) {
    seen *to = user;
    const kinmu_value *v = row->values;
    assert_int_equal(row->value_count, 7);
    assert_int_equal(v[0].type, KINMU_TYPE_TEXT);
    assert_int_equal(v[0].size, 0);
    assert_int_equal(v[1].type, KINMU_TYPE_BOOL);
    assert_int_equal(v[1].as.i64, 1);
    assert_int_equal(v[2].type, KINMU_TYPE_F64);
    assert_true(v[2].as.f64 > 1e300);
    assert_int_equal(v[3].type, KINMU_TYPE_BYTES);
    assert_memory_equal(v[3].as.bytes, "\0\1\2", 3);
    assert_int_equal(v[4].type, KINMU_TYPE_TIME);
    assert_int_equal(v[4].as.i64, INT64_MIN);
    assert_int_equal(v[5].type, KINMU_TYPE_NULL);
    assert_int_equal(row->origin[15], 0xA5);
    assert_int_equal(row->boot_id[0], 7);
    assert_int_equal(row->utc_offset_s, 32400);
    assert_string_equal(row->zone, "Asia/Tokyo");
    assert_int_equal(row->mono_ns, 2000);
    assert_int_equal(row->sequence, 1);
    assert_int_equal(row->block, 1);
    to->count++;
    return 0;
}

/* The writer knew five fields, the reader knows seven; and a schema the store never met is empty.
 */
static void values_come_back_as_they_went(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *wide = fixture_add(f, &fixture_narrow);
    uint8_t bytes[3] = {0, 1, 2};
    kinmu_value values[5] = {kinmu_text(""), kinmu_bool(1), kinmu_f64(1.5e300),
                             kinmu_bytes(bytes, 3), kinmu_time(INT64_MIN)};
    fixture_begin(f, "tanaka");
    fixture_event(f, wide, INT64_MAX - 1, values, 5);
    fixture_end(f, 0);
    fixture_apply_all(f);
    wide = fixture_add(f, &fixture_wide);
    const schema_info *person = fixture_add(f, &fixture_person);
    store_reader *reader = fixture_reader(f);
    seen got = {0};
    kinmu_query query = query_of(NULL, 0, "count,-added");
    assert_int_equal(store_query(reader, wide, &query, see_all_types, &got, NULL), KINMU_OK);
    assert_int_equal(got.count, 1);
    query.order = "name";
    assert_int_equal(store_query(reader, person, &query, see_all_types, &got, NULL), KINMU_OK);
    assert_int_equal(got.count, 1);
    kinmu_filter filter = {"ratio", KINMU_COMPARE_GREATER, 0, kinmu_i64(3)};
    query = query_of(&filter, 1, NULL);
    assert_int_equal(store_query(reader, wide, &query, see_all_types, &got, NULL), KINMU_OK);
    assert_int_equal(got.count, 2);
    store_reader_close(reader);
    fixture_destroy(f);
}

static int32_t see_place(void *user, const kinmu_event *row) {
    seen *to = user;
    char word[96];
    snprintf(word, sizeof word, "%u/%s@%lld#%llu.%llu", row->schema, row->subject,
             (long long)(row->unix_ns - FIXTURE_T0), (unsigned long long)row->block,
             (unsigned long long)row->sequence);
    add_word(to, word);
    return to->stop_after != 0 && to->count == to->stop_after;
}

static void a_replay_is_one_sorted_row_of_events(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    const schema_info *window = fixture_add(f, &kinmu_window_focus);
    const schema_info *person = fixture_add(f, &fixture_person);
    const kinmu_value counts[2] = {kinmu_i64(1), kinmu_i64(1)};
    const kinmu_value focus[4] = {kinmu_text("xterm"), kinmu_null(), kinmu_null(),
                                  kinmu_text("focus")};
    fixture_begin(f, "b");
    fixture_event(f, window, FIXTURE_T0 + 50, focus, 4);
    fixture_event(f, input, FIXTURE_T0 + 10, counts, 2);
    fixture_event(f, window, FIXTURE_T0 + 10, focus, 4);
    fixture_end(f, 0);
    fixture_begin(f, "a");
    fixture_event(f, window, FIXTURE_T0 + 90, focus, 4);
    fixture_event(f, input, FIXTURE_T0 + 89, counts, 2);
    fixture_event(f, input, FIXTURE_T0 + 100, counts, 2); /* the period's end is outside */
    fixture_event(f, input, FIXTURE_T0 - 1, counts, 2);
    fixture_end(f, 0);
    fixture_begin(f, "b");
    fixture_event(f, input, FIXTURE_T0, counts, 2);
    fixture_event(f, input, FIXTURE_T0 + 10, counts, 2);
    fixture_end(f, 0);
    fixture_person_block(f, person, 1, "7", "Sato");
    fixture_apply_all(f);
    const schema_info *const infos[] = {input, window, person};
    seen got = {0};
    store_reader *reader = fixture_reader(f);
    assert_int_equal(
        store_replay(reader, infos, 3, FIXTURE_T0 + 0, FIXTURE_T0 + 100, see_place, &got, NULL),
        KINMU_OK);
    assert_string_equal(got.text, "2/@0#4.10 0/a@89#2.5 1/a@90#2.4 0/b@0#3.8 0/b@10#1.2 1/b@10#1.3 "
                                  "0/b@10#3.9 1/b@50#1.1");
    seen some = {.stop_after = 2};
    assert_int_equal(
        store_replay(reader, infos, 3, FIXTURE_T0, FIXTURE_T0 + 100, see_place, &some, NULL),
        KINMU_OK);
    assert_int_equal(some.count, 2);
    /* A record of long ago is current all the same; a log event is not. */
    seen later = {0};
    assert_int_equal(store_replay(reader, infos, 3, FIXTURE_T0 + 1000, FIXTURE_T0 + 2000, see_place,
                                  &later, NULL),
                     KINMU_OK);
    assert_string_equal(later.text, "2/@0#4.10");
    store_reader_close(reader);
    fixture_destroy(f);
}

typedef struct meddler {
    fixture *f;
    const schema_info *input;
    store *writer;
    uint32_t count;
} meddler;

static int32_t write_meanwhile(void *user, const kinmu_event *row) {
    meddler *m = user;
    (void)row;
    m->count++;
    fixture_minute_block(m->f, m->input, "zzz", 5, 1);
    fixture_catch_up(m->f, m->writer);
    return 0;
}

static void a_replay_sees_one_snapshot(void **state) {
    (void)state;
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    meddler m = {f, input, fixture_open(f), 0};
    store_reader *reader = fixture_reader(f);
    assert_int_equal(
        store_replay(reader, &input, 1, FIXTURE_T0, INT64_MAX, write_meanwhile, &m, NULL),
        KINMU_OK);
    assert_int_equal(m.count, 30);
    kinmu_query query = query_of(NULL, 0, NULL);
    seen got = {0};
    assert_int_equal(store_query(reader, input, &query, see_keys, &got, NULL), KINMU_OK);
    assert_int_equal(got.count, 60);
    store_close(m.writer);
    store_reader_close(reader);
    fixture_destroy(f);
}

/* A device of its own number per block: origin, zone, boot and keys must tell the same. */
#define DEVICES (STAMPS_REMEMBERED + 6)

static void number_device(uint8_t id[16], uint32_t number, uint8_t kind) {
    memset(id, 0, 16);
    id[0] = kind;
    id[1] = (uint8_t)number;
}

static int32_t see_device(void *user, const kinmu_event *row) {
    seen *to = user;
    uint32_t number = (uint32_t)row->values[0].as.i64;
    uint8_t origin[16];
    uint8_t boot[16];
    char zone[32];
    number_device(origin, number, 1);
    number_device(boot, number, 2);
    snprintf(zone, sizeof zone, "Zone/%u", (unsigned)number);
    assert_memory_equal(row->origin, origin, 16);
    assert_memory_equal(row->boot_id, boot, 16);
    assert_string_equal(row->zone, to->text[0] != '\0' ? to->text : zone);
    to->count++;
    return 0;
}

/* More devices than are remembered, two of which share a place, turn by turn. */
static void rows_of_many_devices_keep_their_own(void **state) {
    (void)state;
    fixture *f = fixture_create();
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    for (uint32_t i = 0; i < DEVICES * 2; i++) {
        uint32_t number = i % 3 == 0 ? 1 : i % 3 == 1 ? 1 + STAMPS_REMEMBERED : i % DEVICES;
        uint8_t boot[16];
        char zone[32];
        number_device(boot, number, 2);
        snprintf(zone, sizeof zone, "Zone/%u", (unsigned)number);
        const block_stamp stamp = {"tanaka", zone, 32400, boot};
        block_begin(&f->writer, &stamp, FIXTURE_T0, 1000);
        fixture_minute(f, input, i, number);
        fixture_end(f, 0);
        number_device(f->blocks[i].head.origin, number, 1);
    }
    fixture_apply_all(f);
    kinmu_query query = query_of(NULL, 0, "unix_ns");
    query.limit = DEVICES * 2;
    store_reader *reader = fixture_reader(f);
    seen got = {0};
    assert_int_equal(store_query(reader, input, &query, see_device, &got, NULL), KINMU_OK);
    assert_int_equal(got.count, DEVICES * 2);
    /* The same reader does not go on believing what the tables no longer say. */
    fixture_sql(f, "UPDATE kinmu_zone SET zone = 'Zone/new' WHERE zone = 'Zone/1' RETURNING zone");
    const kinmu_filter one = {"keys", KINMU_COMPARE_EQUAL, 0, kinmu_i64(1)};
    query = query_of(&one, 1, "unix_ns");
    snprintf(got.text, sizeof got.text, "%s", "Zone/new");
    got.count = 0;
    assert_int_equal(store_query(reader, input, &query, see_device, &got, NULL), KINMU_OK);
    assert_true(got.count > 0);
    store_reader_close(reader);
    fixture_destroy(f);
}

typedef struct asked {
    store_reader *reader;
    char subjects[512], origins[512]; /* how many look-ups the connection knows */
} asked;

static int32_t see_lookups(void *user, const kinmu_event *row) {
    asked *to = user;
    sql_db *db = store_reader_db(to->reader);
    (void)row;
    server_ask(db,
               "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE"
               " 'SELECT subject FROM kinmu_subject%'",
               to->subjects);
    server_ask(db,
               "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE"
               " 'SELECT origin FROM kinmu_origin%'",
               to->origins);
    return 0;
}

/* In order of time each row is somebody else's: a look-up each would be a way there and back. */
static void a_server_tells_subjects_with_their_rows(void **state) {
    (void)state;
    if (!on_server()) {
        skip();
    }
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    kinmu_query query = query_of(NULL, 0, "unix_ns");
    asked got = {.reader = fixture_reader(f)};
    assert_int_equal(store_query(got.reader, input, &query, see_lookups, &got, NULL), KINMU_OK);
    assert_string_equal(got.subjects, "0");
    assert_string_equal(got.origins, "1"); /* few, and remembered */
    store_reader_close(got.reader);
    fixture_destroy(f);
}

static void there_is_no_store_yet(void **state) {
    (void)state;
    fixture *f = fixture_create();
    store_reader *reader = NULL;
    kinmu_err err = {0};
    assert_int_equal(store_reader_open(f->directory, f->registry, &reader, &err), KINMU_E_NOTFOUND);
    assert_null(reader);
    fixture_destroy(f);
}

static int32_t see_schema(void *user, const kinmu_schema *schema, const kinmu_event *row) {
    char word[128];
    snprintf(word, sizeof word, "%s:%s", strrchr(schema->name, '.') + 1, row->subject);
    add_word(user, word);
    return 0;
}

/* Of a person everything: what stands on his accounts, and where a field of people names him, alone
 * or in a list; not where his name is part of another's. */
static void all_rows_about_somebody(void **state) {
    (void)state;
    static const char *const names[] = {"Abe", "7"};
    const schema_info *input = NULL;
    fixture *f = make_minutes(&input);
    const schema_info *person = fixture_add(f, &fixture_person);
    seen got = {0};
    kinmu_err err = {0};
    fixture_person_block(f, person, 1, "7", "of his own");
    fixture_person_block(f, person, 2, "8", "77;Abe;x");
    fixture_person_block(f, person, 3, "77", "Abel;b");
    fixture_apply_all(f);
    store_reader *reader = fixture_reader(f);
    int32_t status = store_named(reader, f->registry, names, 2, see_schema, &got, &err);
    store_reader_close(reader);
    if (status != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    assert_int_equal(got.count, 12);
    assert_non_null(strstr(got.text, "minute:Abe minute:Abe"));
    assert_null(strstr(got.text, "tanaka"));
    fixture_destroy(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_hold_together),
        cmocka_unit_test(order_and_pages_are_stable),
        cmocka_unit_test(a_log_is_paged_in_the_order_of_the_journal),
        cmocka_unit_test(a_log_is_read_by_its_orders),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(a_replay_is_one_sorted_row_of_events),
        cmocka_unit_test(a_replay_sees_one_snapshot),
        cmocka_unit_test(all_rows_about_somebody),
        cmocka_unit_test(rows_of_many_devices_keep_their_own),
        cmocka_unit_test(a_server_tells_subjects_with_their_rows),
        cmocka_unit_test(there_is_no_store_yet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
