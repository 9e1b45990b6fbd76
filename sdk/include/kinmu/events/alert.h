/* kinmu/events/alert.h - what people are warned about (R3-R5, ATT-04, NTF-07): each rule, level
 * and period once. */
#ifndef KINMU_EVENTS_ALERT_H
#define KINMU_EVENTS_ALERT_H

#include <kinmu/schema.h>

/* Field positions of kinmu.alert/1. */
#define KINMU_ALERT_RULE 0
#define KINMU_ALERT_PERSON 1
#define KINMU_ALERT_PERIOD 2
#define KINMU_ALERT_LEVEL 3
#define KINMU_ALERT_GROUP_ID 4
#define KINMU_ALERT_STATE 5
#define KINMU_ALERT_SEVERITY 6
#define KINMU_ALERT_IS_FORECAST 7
#define KINMU_ALERT_VALUE 8
#define KINMU_ALERT_LIMIT_VALUE 9
#define KINMU_ALERT_UNIT 10
#define KINMU_ALERT_FORECAST_DATE 11
#define KINMU_ALERT_TEXT_KEY 12
#define KINMU_ALERT_AUDIENCE 13
#define KINMU_ALERT_RULE_VERSION 14
#define KINMU_ALERT_EARLIEST_NS 15
#define KINMU_ALERT_BEFORE 16
#define KINMU_ALERT_AFTER 17
#define KINMU_ALERT_FIELDS 18

static const kinmu_field kinmu_alert_fields[] = {
    {"rule", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"overtime.month\", \"interval\", \"divergence\", \"no-attendance\"."},
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Whom it is about; \"\" with a group."},
    {"period", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Day, month or year it is about: \"2026-11-22\", \"2026-11\", \"2026\"."},
    {"level", KINMU_TYPE_I64, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "1, 2, 3 …; each is reached at its value (R3)."},
    {"group_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Group, for alerts about groups."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "open|seen|resolved", "resolved: no longer so, since data came late or was corrected."},
    {"severity", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "information|warning|violation", "How bad."},
    {"is_forecast", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "With the pace so far the limit will be passed (R3)."},
    {"value", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "unit", NULL,
     "The figure, in minutes or a count."},
    {"limit_value", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "unit", NULL,
     "The limit, in the same unit."},
    {"unit", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", "min|days|count",
     "Of value and limit_value."},
    {"forecast_date", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "When the limit will be passed."},
    {"text_key", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Message of the catalogue, \"alert.overtime.month\"."},
    {"audience", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Who is told, joined by \";\": self, approvers, admins, persons."},
    {"rule_version", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "As in kinmu.work.day."},
    {"earliest_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "ns", NULL,
     "With \"interval.forecast\": the earliest start that leaves enough rest (R4)."},
    {"before", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "With \"late-evidence\": figures of the closed day, as in kinmu.request.request."},
    {"after", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "With \"late-evidence\": the same as they would be."},
};

static const kinmu_schema kinmu_alert = {
    sizeof(kinmu_schema),
    1,
    "kinmu.alert",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "workday",
    "person,period;state",
    KINMU_TABLE(kinmu_alert_fields),
    "A warning about one person or group; the newest version is its state. Data of poor quality "
    "raises none about a person (U23)."};

#endif
