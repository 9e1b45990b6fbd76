/* api/answers/bought.c - see bought.h. */
#include "answers/bought.h"

#include "access/reading.h"
#include "answers/page.h"
#include "plans.h"

#include <kinmu/events/people.h>
#include <kinmu/events/settings.h>

#include <string.h>

/* Without the setting's rows it is the preset, as where nobody set it. */
static int32_t plan_on(exchange *x, const char *date, const plan **bought) {
    const kinmu_filter filters[] = {
        table_where("scope", "company"),
        table_where("name", kinmu_settings[KINMU_SETTING_COMPANY_PLAN].name),
        {"from_date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(date)}};
    uint32_t use = 0;
    table rows = {NULL, 0, 0};
    if (rows_schema(x->owner, "kinmu.people.setting", NULL, &use) != NULL &&
        !reading_all(x, use, KINMU_PEOPLE_SETTING_FIELDS, filters, 3, "-from_date", &rows)) {
        return 0;
    }
    *bought =
        plans_find(rows.count > 0 ? table_text(rows.rows[0], KINMU_PEOPLE_SETTING_VALUE) : NULL);
    return 1;
}

int32_t bought_has(exchange *x, const char *choice, const char *name, const char *date) {
    const plan *bought;
    char names[PLAN_TEXT_SIZE];
    if (!plan_on(x, date, &bought)) {
        return 0;
    }
    if (!plans_has_file(bought, choice, name)) {
        plans_with_choice(choice, names);
        problem_set(x, 422, "plan.report", bought->name,
                    memory_text(&x->memory, names, strlen(names)));
        return 0;
    }
    return 1;
}
