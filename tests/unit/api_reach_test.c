/* api_reach_test.c - exporter `api`: whom a manager may see in a company of more people and groups
 * than a page of the store holds. */
#include "plugins/exporters/api/access/reach.c"
#include "plugins/exporters/api/access/reading.c"
#include "plugins/exporters/api/wire/moment.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/table.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define GROUPS (KINMU_RECORDS_PAGE_MAX + 500u)
#define PEOPLE (KINMU_RECORDS_PAGE_MAX + 2500u)
#define IN_LAST 8000u /* so many people are in the last group, which the manager approves for */
#define NAME_SIZE 16u

static char people[PEOPLE][NAME_SIZE];
static char groups[GROUPS][NAME_SIZE];

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

kinmu_field body_field(const kinmu_table *fields, uint32_t index) {
    return ((const kinmu_field *)fields->rows)[index];
}

static int32_t is_wanted(const kinmu_query *q, const char *key) {
    int order = q->filter_count > 0 ? strcmp(key, q->filters[0].value.as.text) : 1;
    return q->filter_count > 0 && q->filters[0].compare == KINMU_COMPARE_EQUAL ? order == 0
                                                                               : order > 0;
}

static int32_t give(kinmu_row_fn row, void *user, const kinmu_value *values, uint32_t count) {
    const kinmu_event event = {.values = values, .value_count = count};
    return row(user, &event);
}

/* Two rows a person, of the group he left and of that he is in now, but one of the first: so a page
 * ends between the two of somebody in the last group. */
static int32_t query(const kinmu_host *host, const kinmu_query *q, kinmu_row_fn row, void *user) {
    uint32_t given = 0;
    (void)host;
    for (uint32_t i = 0; q->schema == USE_GROUP && i < GROUPS && given < q->limit; i++) {
        kinmu_value values[KINMU_PEOPLE_GROUP_FIELDS] = {{0}};
        values[KINMU_PEOPLE_GROUP_GROUP_ID] = kinmu_text(groups[i]);
        values[KINMU_PEOPLE_GROUP_APPROVERS] = kinmu_text(i + 1 == GROUPS ? "boss" : "other");
        if (is_wanted(q, groups[i])) {
            assert_int_equal(give(row, user, values, KINMU_PEOPLE_GROUP_FIELDS), KINMU_OK);
            given++;
        }
    }
    for (uint32_t i = 0; q->schema == USE_ASSIGNMENT && i < PEOPLE; i++) {
        for (uint32_t k = i == 0 ? 1 : 0; k < 2 && given < q->limit && is_wanted(q, people[i]);
             k++) {
            int32_t is_last = k == 1 && i + IN_LAST >= PEOPLE;
            kinmu_value values[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {{0}};
            values[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text(people[i]);
            values[KINMU_PEOPLE_ASSIGNMENT_FROM_DATE] =
                kinmu_text(k == 0 ? "1970-01-01" : "2026-01-01");
            values[KINMU_PEOPLE_ASSIGNMENT_GROUP_ID] =
                kinmu_text(is_last ? groups[GROUPS - 1] : groups[0]);
            assert_int_equal(give(row, user, values, KINMU_PEOPLE_ASSIGNMENT_FIELDS), KINMU_OK);
            given++;
        }
    }
    return KINMU_OK;
}

static const kinmu_records records = {.struct_size = sizeof records, .query = query};
static const kinmu_field fields[] = {{.name = "person"}};
static const kinmu_schema schema = {.name = "test",
                                    .purpose = "working-time",
                                    .kind = KINMU_KIND_LOG,
                                    .fields = KINMU_TABLE(fields)};

static int set_up(void **state) {
    (void)state;
    for (uint32_t i = 0; i < GROUPS; i++) {
        snprintf(groups[i], NAME_SIZE, "g%06u", i);
    }
    for (uint32_t i = 0; i < PEOPLE; i++) {
        snprintf(people[i], NAME_SIZE, "p%06u", i);
    }
    return 0;
}

/* Himself, and everybody of the last group. */
static void all_of_a_large_company(void **state) {
    api owner = {.records = &records};
    exchange x = {.owner = &owner, .now_ns = INT64_C(1800000000000000000)};
    reach seen;
    (void)state;
    x.caller.rights = KINMU_RIGHT_SELF | KINMU_RIGHT_MANAGER;
    x.caller.person = "boss";
    assert_int_equal(reach_find(&x, &schema, NULL, &seen), 1);
    assert_int_equal(x.status, 0);
    assert_int_equal(seen.count, IN_LAST + 1);
    assert_non_null(seen.parts);
    for (uint32_t i = 0; i < IN_LAST; i++) {
        assert_string_equal(seen.parts[i + 1].person, people[PEOPLE - IN_LAST + i]);
        assert_int_equal(seen.parts[i + 1].relation, REACH_MANAGED);
    }
    assert_int_equal(reach_relation(&x, people[PEOPLE - 1]), REACH_MANAGED);
    assert_int_equal(reach_relation(&x, people[0]), REACH_NONE);
    memory_free(&x.memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_of_a_large_company)};
    return cmocka_run_group_tests(tests, set_up, NULL);
}
