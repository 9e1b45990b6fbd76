/* people_history_test.c - a person's fields as they were: what the audit says was replaced since is
 * taken back, newest first; before he was registered there is nobody; without the grant it says so.
 */
#include "plugins/shared/memory.c"
#include "plugins/shared/words.c"

#include "plugins/connectors/people/history.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
    const char *date, *action, *before;
} changes[] = {
    {"2026-11-20", "update", "{\"name\":\"三\",\"is_admin\":true}"},
    {"2026-11-10", "update", "{\"name\":\"二\",\"mail\":null}"},
    {"2026-11-01", "create", NULL},
};
static int32_t answered;

int32_t people_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...) {
    (void)format;
    (void)snprintf(err->key, sizeof err->key, "%s", key);
    return status;
}

static int32_t fake_query(const kinmu_host *host, const kinmu_query *query, kinmu_row_fn give,
                          void *user) {
    (void)host;
    assert_int_equal(query->schema, USE_CHANGE);
    assert_string_equal(query->order, "-unix_ns,-sequence");
    assert_string_equal(query->filters[1].value.as.text, "U1");
    assert_int_equal(query->filter_count, 4); /* found by whose it is: a company's audit is long */
    assert_string_equal(query->filters[3].field, "subject");
    assert_string_equal(query->filters[3].value.as.text, "U1");
    for (size_t i = 0; answered == KINMU_OK && i < sizeof changes / sizeof changes[0]; i++) {
        kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
        const kinmu_event event = {.values = values, .value_count = KINMU_AUDIT_CHANGE_FIELDS};
        values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text(changes[i].action);
        if (changes[i].before != NULL) {
            values[KINMU_AUDIT_CHANGE_BEFORE] = kinmu_text(changes[i].before);
        }
        /* At noon in Tokyo. */
        if (words_date_ns(changes[i].date) + INT64_C(3) * 3600 * 1000000000 >=
                query->filters[2].value.as.i64 &&
            give(user, &event) != 0) {
            break;
        }
    }
    return answered;
}

/* The name as of a date; NULL: refused. */
static const char *name_on(const char *date, json_t **object, kinmu_err *err) {
    static const kinmu_records records = {sizeof records, 0, fake_query};
    people owner = {.records = &records};
    desk_call call = {.utc_offset_s = 9 * 3600};
    change c = {.call = &call, .owner = &owner, .today = "2026-11-22"};
    json_decref(*object);
    *object = json_pack("{s:s, s:b, s:s}", "name", "四", "is_admin", 0, "mail", "a@example.com");
    int32_t status = history_of_person(&c, "U1", date, *object);
    *err = call.err;
    return status == KINMU_OK ? json_string_value(json_object_get(*object, "name")) : NULL;
}

static void changes_are_taken_back(void **state) {
    json_t *object = NULL;
    kinmu_err err;
    (void)state;
    assert_string_equal(name_on("2026-11-22", &object, &err), "四");
    assert_string_equal(name_on("2026-11-21", &object, &err), "四");
    assert_string_equal(name_on("2026-11-20", &object, &err), "四");
    assert_false(json_is_true(json_object_get(object, "is_admin")));
    assert_string_equal(name_on("2026-11-19", &object, &err), "三");
    assert_true(json_is_true(json_object_get(object, "is_admin")));
    assert_true(json_is_string(json_object_get(object, "mail")));
    assert_string_equal(name_on("2026-11-09", &object, &err), "二");
    assert_true(json_is_null(json_object_get(object, "mail")));
    assert_string_equal(name_on("2026-11-01", &object, &err), "二");
    assert_null(name_on("2026-10-31", &object, &err));
    assert_string_equal(err.key, "person.not-yet");
    answered = KINMU_E_DENIED;
    assert_null(name_on("2026-11-19", &object, &err));
    assert_string_equal(err.key, "history.reads");
    assert_string_equal(name_on("2026-11-22", &object, &err), "四");
    json_decref(object);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(changes_are_taken_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
