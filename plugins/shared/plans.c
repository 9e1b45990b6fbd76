/* shared/plans.c - see plans.h. */
#include "plans.h"

#include <kinmu/events/settings.h>

#include <stdio.h>
#include <string.h>

#define ALL (PLAN_ATTENDANCE | PLAN_DETAIL | PLAN_APPLICATIONS | PLAN_CALENDAR)

const plan plans[PLANS] = {
    {"time-report", {"working-time", "audit", "access"}, PLAN_ATTENDANCE | PLAN_CALENDAR},
    {"job-report", {NULL}, ALL & ~PLAN_ATTENDANCE},
    {"telework", {NULL}, PLAN_ATTENDANCE | PLAN_DETAIL},
    {"standard", {NULL}, ALL},
    {"advanced", {NULL}, ALL | PLAN_DASHBOARD},
};

const plan_file plan_files[PLAN_FILES] = {
    /* The twelve of PLN-02. */
    {"kinmu", "kinmu", PLAN_ATTENDANCE},
    {"gyomu", "task_report", 0},
    {"gyomu", "approval_history", 0},
    {"aggregation", "conference", 0},
    {"aggregation", "outside_work_report", 0},
    {"aggregation", "overtime_holiday_work", PLAN_ATTENDANCE},
    {"aggregation", "not_applicable_work", PLAN_ATTENDANCE},
    {"aggregation", "task", 0},
    {"aggregation", "application_aggregation", PLAN_APPLICATIONS},
    {"pc", "presence", PLAN_DETAIL},
    {"pc", "pc", PLAN_DETAIL},
    {"pc", "app", PLAN_APPLICATIONS},
    /* Others. */
    {"logs", "pc", PLAN_DETAIL},
    {"logs", "app", PLAN_APPLICATIONS},
    {"jinjer", "jinjer", PLAN_ATTENDANCE},
    {"payroll", "payroll", PLAN_ATTENDANCE},
    {"log_list", "log_list", 0},
    {"attendance_log", "attendance_log", PLAN_ATTENDANCE},
    {"results", "work_result", PLAN_ATTENDANCE},
    {"results", "task_result", 0},
    {"differences", "difference", PLAN_ATTENDANCE},
    {"differences", "difference_group", PLAN_ATTENDANCE},
    {"members", "member_list", 0},
    {"members", "group_day", PLAN_ATTENDANCE},
};

static const plan *find(const char *name) {
    for (uint32_t i = 0; i < PLANS; i++) {
        if (strcmp(plans[i].name, name) == 0) {
            return &plans[i];
        }
    }
    return NULL;
}

const plan *plans_find(const char *name) {
    const plan *found = name != NULL ? find(name) : NULL;
    return found != NULL ? found : find(kinmu_settings[KINMU_SETTING_COMPANY_PLAN].preset);
}

int32_t plans_has(const plan *p, uint32_t feature) {
    return (p->features & feature) == feature;
}

int32_t plans_has_purpose(const plan *p, const char *purpose) {
    int32_t is_listed = p->purposes[0] == NULL;
    for (uint32_t i = 0; i < PLAN_PURPOSES_MAX && p->purposes[i] != NULL; i++) {
        is_listed |= strcmp(p->purposes[i], purpose) == 0;
    }
    return is_listed;
}

int32_t plans_has_file(const plan *p, const char *choice, const char *name) {
    for (uint32_t i = 0; i < PLAN_FILES; i++) {
        if (strcmp(plan_files[i].choice, choice) == 0 && strcmp(plan_files[i].name, name) == 0) {
            return plans_has(p, plan_files[i].needs);
        }
    }
    return 0;
}

int32_t plans_has_choice(const plan *p, const char *choice) {
    for (uint32_t i = 0; i < PLAN_FILES; i++) {
        if (strcmp(plan_files[i].choice, choice) == 0 && plans_has(p, plan_files[i].needs)) {
            return 1;
        }
    }
    return 0;
}

void plans_with_choice(const char *choice, char names[PLAN_TEXT_SIZE]) {
    size_t size = 0;
    names[0] = '\0';
    for (uint32_t i = 0; i < PLANS && size < PLAN_TEXT_SIZE; i++) {
        if (plans_has_choice(&plans[i], choice)) {
            size += (size_t)snprintf(names + size, PLAN_TEXT_SIZE - size, "%s%s",
                                     size > 0 ? ", " : "", plans[i].name);
        }
    }
}
