/* csv_fixture.h - the csv exporter in a test kit, records for it, and a shell to look at archives.
 *
 * For tests only; POSIX. cmocka.h and its companions must be included before.
 */
#ifndef TESTS_CSV_FIXTURE_H
#define TESTS_CSV_FIXTURE_H

#include "export_folder.h"

#include <kinmu/events/people.h>

#define MODULE KINMU_BUILD_DIR "/plugins/exporters/csv.so"
#define GOLDEN KINMU_SOURCE_DIR "/tests/golden/csv/"
#define NOON INT64_C(1790823600000000000) /* 2026-10-01 12:00:00 in Tokyo */
#define MINUTE INT64_C(60000000000)

static inline void expect_golden(const char *name, const char *golden) {
    char path[EXPORT_PATH_SIZE];
    (void)snprintf(path, sizeof path, GOLDEN "%s", golden);
    expect_same(in_folder(name), path);
}

static inline testkit *open_kit(const char *const *options) {
    testkit *kit = testkit_new("csv");
    if (testkit_load(kit, MODULE, "csv") != KINMU_OK) {
        fail_msg("%s", kit->err.msg);
    }
    assert_int_equal(testkit_create(kit, options), KINMU_OK);
    return kit;
}

static inline void add_record(testkit *kit, const char *schema, kinmu_value *values,
                              uint32_t count) {
    testkit_add_row(kit, testkit_make(kit, schema, NOON, "", values, count));
}

static inline void add_person(testkit *kit, const char *id, const char *employee_no,
                              const char *state) {
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS] = {{0}};
    values[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text(id);
    values[KINMU_PEOPLE_PERSON_EMPLOYEE_NO] = kinmu_text(employee_no);
    values[KINMU_PEOPLE_PERSON_NAME] = kinmu_text("髙橋 一郎");
    values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text(state);
    add_record(kit, "kinmu.people.person/1", values, KINMU_PEOPLE_PERSON_FIELDS);
}

static inline void add_plan(testkit *kit, const char *plan) {
    kinmu_value values[KINMU_PEOPLE_SETTING_FIELDS] = {kinmu_text("company"), kinmu_text(""),
                                                       kinmu_text("company.plan"),
                                                       kinmu_text("2026-01-01"), kinmu_text(plan)};
    add_record(kit, "kinmu.people.setting/1", values, KINMU_PEOPLE_SETTING_FIELDS);
}

#endif
