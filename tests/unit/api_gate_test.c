/* api_gate_test.c - exporter `api`: what is read of somebody who wants in is the same whether he is
 * known, suspended, of an earlier time or nobody, since how long it takes can be measured. */
#include "plugins/exporters/api/access/gate.c"
#include "plugins/exporters/api/access/reading.c"
#include "plugins/exporters/api/wire/cookie.c"
#include "plugins/exporters/api/wire/token.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/table.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define GROUPS 2500u

static uint32_t people_read;
static uint32_t groups_read;

void problem_set(exchange *x, uint32_t status, const char *code, const char *one, const char *two) {
    (void)code;
    (void)one;
    (void)two;
    x->status = status;
}

void problem_of_status(exchange *x, int32_t status, const char *text, json_t *output) {
    (void)status;
    (void)text;
    (void)output;
    x->status = 500;
}

int32_t login_has_admin(const api *a, memory *m, uint64_t decision, int32_t *has) {
    (void)a;
    (void)m;
    (void)decision;
    *has = 1;
    return KINMU_OK;
}

int32_t session_enter(exchange *x, const char *text) {
    (void)x;
    (void)text;
    return 0;
}

void session_csrf(const char *text, char csrf[LOGIN_CSRF_SIZE]) {
    (void)text;
    csrf[0] = '\0';
}

json_t *factor_describe(exchange *x) {
    (void)x;
    return NULL;
}

void moment_print(char out[MOMENT_SIZE], int64_t unix_ns) {
    (void)unix_ns;
    out[0] = '\0';
}

void exchange_json(exchange *x, uint32_t status, json_t *json) {
    (void)x;
    (void)status;
    (void)json;
}

static int32_t query(const kinmu_host *host, const kinmu_query *q, kinmu_row_fn row, void *user) {
    static const char *const known[][2] = {{"U1", "active"}, {"U2", "suspended"}, {"U3", "active"}};
    (void)host;
    people_read += q->schema == USE_PERSON;
    for (uint32_t i = 0; q->schema == USE_PERSON && i < 3; i++) {
        kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS] = {{0}};
        const kinmu_event event = {.values = values, .value_count = KINMU_PEOPLE_PERSON_FIELDS};
        values[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(known[i][0]);
        values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text(known[i][1]);
        values[KINMU_PEOPLE_PERSON_RESUMED] = kinmu_i64(i == 2);
        if (strcmp(q->filters[0].value.as.text, known[i][0]) == 0) {
            return row(user, &event) < 0;
        }
    }
    for (uint32_t i = 0; q->schema == USE_GROUP && i < GROUPS; i++) {
        kinmu_value values[KINMU_PEOPLE_GROUP_FIELDS] = {{0}};
        const kinmu_event event = {.values = values, .value_count = KINMU_PEOPLE_GROUP_FIELDS};
        values[KINMU_PEOPLE_GROUP_GROUP_ID] = kinmu_text("G");
        values[KINMU_PEOPLE_GROUP_APPROVERS] = kinmu_text("U1");
        groups_read++;
        assert_int_equal(row(user, &event), KINMU_OK);
    }
    return KINMU_OK;
}

static void as_much_of_everybody(void **state) {
    static const kinmu_records records = {.struct_size = sizeof records, .query = query};
    static const struct {
        const char *role, *person;
        uint32_t rights;
    } rows[] = {{"manager", "U1", KINMU_RIGHT_SELF | KINMU_RIGHT_MANAGER},
                {"manager", "U2", 0},
                {"manager", "U3", 0}, /* let in again since */
                {"", "nobody", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        api owner = {.records = &records};
        exchange x = {.owner = &owner};
        people_read = groups_read = 0;
        assert_int_equal(gate_rights(&x, rows[i].role, rows[i].person, 0), rows[i].rights);
        assert_int_equal(people_read, 1);
        assert_int_equal(groups_read, GROUPS);
        memory_free(&x.memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_much_of_everybody)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
