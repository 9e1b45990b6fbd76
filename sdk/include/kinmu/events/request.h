/* kinmu/events/request.h - requests and what was decided about them (APR-*, ATT-03, DEV-16). The
 * plugin "approval" owns both; a request's history is its decisions. */
#ifndef KINMU_EVENTS_REQUEST_H
#define KINMU_EVENTS_REQUEST_H

#include <kinmu/schema.h>

/* Field positions of kinmu.request.request/1. */
#define KINMU_REQUEST_REQUEST_REQUEST_ID 0
#define KINMU_REQUEST_REQUEST_KIND 1
#define KINMU_REQUEST_REQUEST_PERSON 2
#define KINMU_REQUEST_REQUEST_DATE 3
#define KINMU_REQUEST_REQUEST_STATE 4
#define KINMU_REQUEST_REQUEST_WORK_FORM 5
#define KINMU_REQUEST_REQUEST_FROM_CLOCK 6
#define KINMU_REQUEST_REQUEST_TO_CLOCK 7
#define KINMU_REQUEST_REQUEST_BREAK_MIN 8
#define KINMU_REQUEST_REQUEST_OVERTIME_MIN 9
#define KINMU_REQUEST_REQUEST_BEFORE 10
#define KINMU_REQUEST_REQUEST_CAUSE 11
#define KINMU_REQUEST_REQUEST_REASON 12
#define KINMU_REQUEST_REQUEST_OBJECT 13
#define KINMU_REQUEST_REQUEST_EXPIRES_NS 14
#define KINMU_REQUEST_REQUEST_GROUP_ID 15
#define KINMU_REQUEST_REQUEST_SCHEDULED_MIN 16
#define KINMU_REQUEST_REQUEST_AFTER 17
#define KINMU_REQUEST_REQUEST_FIELDS 18

static const kinmu_field kinmu_request_request_fields[] = {
    {"request_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Id of the request."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "start|end|correction|overtime|holiday-work|divergence-reason|leave|device|incident|contract|"
     "late-evidence",
     "What is asked for; late-evidence: that a closed day becomes what came to light."},
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Who asks, or whom it concerns."},
    {"date", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Business day it concerns."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "draft|pending|approved|denied|returned|withdrawn|expired|illicit|harmless",
     "Where it stands; illicit and harmless: an incident that was judged (APR-11)."},
    {"work_form", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "ordinary|outside|home", "Form of work."},
    {"from_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Wall-clock minutes from 00:00 of the date."},
    {"to_clock", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Up to 2879."},
    {"break_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Breaks asked for."},
    {"overtime_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Overtime asked for."},
    {"before", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "What a correction replaces, \"start=09:00 end=18:00\" (APR-09); of late evidence the figures "
     "as closed."},
    {"cause", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Divergence: the cause chosen (U9)."},
    {"reason", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "Why, in the person's words; required for corrections (APR-09) and divergences (APR-10)."},
    {"object", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "device: vendor:product:serial (DEV-16); incident: kinmu.camera.incident; contract: what is "
     "agreed to, with its version (APR-12)."},
    {"expires_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "End of a grant that expires (APR-13)."},
    {"group_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Group whose approvers decide."},
    {"scheduled_min", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "min", NULL,
     "Scheduled work of that day where the person changes it (WRK-07)."},
    {"after", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Late evidence: the figures that would be others, \"work_end=18:30 work_min=510\"."},
};

static const kinmu_schema kinmu_request_request = {
    sizeof(kinmu_schema),
    1,
    "kinmu.request.request",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "approval",
    "person,date;state,expires_ns",
    KINMU_TABLE(kinmu_request_request_fields),
    "A request of a person; the newest version is its state."};

/* Field positions of kinmu.request.decision/1. */
#define KINMU_REQUEST_DECISION_REQUEST_ID 0
#define KINMU_REQUEST_DECISION_STEP 1
#define KINMU_REQUEST_DECISION_ACTION 2
#define KINMU_REQUEST_DECISION_DECIDED_BY 3
#define KINMU_REQUEST_DECISION_DECIDED_AS 4
#define KINMU_REQUEST_DECISION_COMMENT 5
#define KINMU_REQUEST_DECISION_FIELDS 6

static const kinmu_field kinmu_request_decision_fields[] = {
    {"request_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "The request."},
    {"step", KINMU_TYPE_I64, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "1, 2, 3 …"},
    {"action", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "submit|approve|deny|return|withdraw|expire|illicit|harmless",
     "What was done; illicit and harmless judge an incident (APR-11)."},
    {"decided_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Person, \"\" = a rule."},
    {"decided_as", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "self|approver|upper-approver|admin|rule", "In which role (APR-02…04)."},
    {"comment", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "In the decider's words."},
};

static const kinmu_schema kinmu_request_decision = {
    sizeof(kinmu_schema),
    1,
    "kinmu.request.decision",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "approval",
    "decided_by,unix_ns",
    KINMU_TABLE(kinmu_request_decision_fields),
    "One step of a request; steps are never changed (APR-07)."};

#endif
