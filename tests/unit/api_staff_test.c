/* api_staff_test.c - exporter `api`: who stands in a list of everybody, read page by page from a
 * table larger than a page. */
#include "plugins/exporters/api/access/reading.c"
#include "plugins/exporters/api/answers/staff.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/table.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define PERSONS 3u
#define MANY (KINMU_RECORDS_PAGE_MAX + 5000u)
#define DATE_SIZE 11u

/* The second person was moved more often than a page holds. */
static const uint32_t moves[PERSONS] = {2, MANY, 1};
static char dates[MANY][DATE_SIZE];

int32_t reach_find(exchange *x, const kinmu_schema *schema, const char *person, reach *out) {
    (void)x;
    (void)schema;
    *out = (reach){.relation = person == NULL ? REACH_ALL : REACH_NONE};
    if (person != NULL) {
        out->parts = memory_get(&x->memory, sizeof *out->parts);
        out->parts[out->count++] = (reach_part){.person = person, .relation = REACH_OWN};
    }
    return 1;
}

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

static int32_t is_wanted(const kinmu_query *q, const char *person) {
    const kinmu_filter *filter = &q->filters[0];
    int order = strcmp(person, filter->value.as.text);
    assert_int_equal(q->filter_count, 1);
    assert_string_equal(filter->field, "person");
    return filter->compare == KINMU_COMPARE_EQUAL ? order == 0 : order > 0;
}

/* Without an order of dates the newest come first, as they may. */
static int32_t query(const kinmu_host *host, const kinmu_query *q, kinmu_row_fn row, void *user) {
    static const char *const persons[PERSONS] = {"p1", "p2", "p3"};
    int32_t is_by_date = strcmp(q->order, "person,from_date") == 0;
    uint32_t given = 0;
    (void)host;
    for (uint32_t p = 0; p < PERSONS; p++) {
        uint32_t rows = q->schema == USE_PERSON ? 1 : moves[p];
        for (uint32_t i = 0; is_wanted(q, persons[p]) && i < rows && given < q->limit; i++) {
            kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS] = {{0}};
            const kinmu_event event = {.value_count = q->schema == USE_PERSON
                                                          ? KINMU_PEOPLE_PERSON_FIELDS
                                                          : KINMU_PEOPLE_ASSIGNMENT_FIELDS,
                                       .values = values};
            if (q->schema == USE_PERSON) {
                values[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(persons[p]);
            } else {
                values[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text(persons[p]);
                values[KINMU_PEOPLE_ASSIGNMENT_FROM_DATE] =
                    kinmu_text(dates[is_by_date ? i : rows - 1 - i]);
            }
            assert_int_equal(row(user, &event), KINMU_OK);
            given++;
        }
    }
    return KINMU_OK;
}

static const kinmu_records records = {.struct_size = sizeof records, .query = query};
static const kinmu_schema schema = {.name = "test"};

static int set_up(void **state) {
    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(dates[i], DATE_SIZE, "%04u-%02u-%02u", 1900 + i / 336, 1 + i / 28 % 12,
                 1 + i % 28);
    }
    return 0;
}

static void everybody_is_there_with_the_first_date(void **state) {
    api owner = {.records = &records};
    exchange x = {.owner = &owner};
    staff all;
    (void)state;
    assert_int_equal(staff_read(&x, &schema, NULL, &all), 1);
    assert_int_equal(x.status, 0);
    assert_int_equal(all.count, PERSONS);
    for (uint32_t i = 0; i < PERSONS; i++) {
        assert_string_equal(all.members[i].from_date, "1900-01-01");
        assert_int_equal(all.members[i].relation, REACH_ALL);
    }
    assert_string_equal(all.members[PERSONS - 1].person, "p3");
    memory_free(&x.memory);
}

static void one_alone_too(void **state) {
    api owner = {.records = &records};
    exchange x = {.owner = &owner};
    staff one;
    (void)state;
    assert_int_equal(staff_read(&x, &schema, "p2", &one), 1);
    assert_int_equal(one.count, 1);
    assert_string_equal(one.members[0].person, "p2");
    assert_string_equal(one.members[0].from_date, "1900-01-01");
    memory_free(&x.memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_is_there_with_the_first_date),
        cmocka_unit_test(one_alone_too),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
