/* kinmu/events/audit.h - who looked, who changed, who agreed (COL-24, U2, U4, U29, APR-12).
 * Everybody sees the entries about himself. */
#ifndef KINMU_EVENTS_AUDIT_H
#define KINMU_EVENTS_AUDIT_H

#include <kinmu/schema.h>

/* Field positions of kinmu.audit.read/1. */
#define KINMU_AUDIT_READ_READER 0
#define KINMU_AUDIT_READ_READER_ROLE 1
#define KINMU_AUDIT_READ_OF_PERSON 2
#define KINMU_AUDIT_READ_SCHEMA 3
#define KINMU_AUDIT_READ_COLUMNS 4
#define KINMU_AUDIT_READ_ROWS 5
#define KINMU_AUDIT_READ_FROM_NS 6
#define KINMU_AUDIT_READ_TO_NS 7
#define KINMU_AUDIT_READ_CHANNEL 8
#define KINMU_AUDIT_READ_INSTANCE 9
#define KINMU_AUDIT_READ_REASON 10
#define KINMU_AUDIT_READ_ADDRESS 11
#define KINMU_AUDIT_READ_FIELDS 12

static const kinmu_field kinmu_audit_read_fields[] = {
    {"reader", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Who looked: a person, or \"os:NAME\"."},
    {"reader_role", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "approver|upper-approver|admin|operator|analyst|support|union|plugin", "In which role."},
    {"of_person", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Whose data; null = of more people than are listed one by one (bulk)."},
    {"schema", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"kinmu.window.focus/1\"."},
    {"columns", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Fields that were readable, joined by \";\"."},
    {"rows", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Rows given."},
    {"from_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "Span asked for."},
    {"to_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL, "Its end."},
    {"channel", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "api|console|cli|export|plugin|support", "By which way."},
    {"instance", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Instance that gave it, \"api\", \"csv/payroll\"."},
    {"reason", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Reason given, required where names are revealed (U29)."},
    {"address", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "IP address."},
};

static const kinmu_schema kinmu_audit_read = {
    sizeof(kinmu_schema),
    1,
    "kinmu.audit.read",
    KINMU_KIND_LOG,
    0,
    "audit",
    NULL,
    "of_person,unix_ns;reader,unix_ns",
    KINMU_TABLE(kinmu_audit_read_fields),
    "Somebody read data about another person (U2); unix_ns is the moment. One entry per query, "
    "person and schema."};

/* Field positions of kinmu.audit.change/1. */
#define KINMU_AUDIT_CHANGE_CHANGED_BY 0
#define KINMU_AUDIT_CHANGE_ACTION 1
#define KINMU_AUDIT_CHANGE_RESULT 2
#define KINMU_AUDIT_CHANGE_OBJECT 3
#define KINMU_AUDIT_CHANGE_OBJECT_ID 4
#define KINMU_AUDIT_CHANGE_BEFORE 5
#define KINMU_AUDIT_CHANGE_AFTER 6
#define KINMU_AUDIT_CHANGE_REASON 7
#define KINMU_AUDIT_CHANGE_CHANNEL 8
#define KINMU_AUDIT_CHANGE_ADDRESS 9
#define KINMU_AUDIT_CHANGE_DECISION 10
#define KINMU_AUDIT_CHANGE_FIELDS 11

static const kinmu_field kinmu_audit_change_fields[] = {
    {"changed_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Who: a person, \"os:NAME\", \"plugin:NAME\"."},
    {"action", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "login|logout|create|update|delete|command|import|export|erase", "What was done."},
    {"result", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "done|refused|failed", "Whether it took effect."},
    {"object", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Schema or command, \"kinmu.people.group/1\", \"workday.close\"."},
    {"object_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Key of the object."},
    {"before", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "Fields that changed, before, as JSON: {\"name\":\"Sales\"}; null = there was none, or "
     "erased."},
    {"after", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "The same fields after; secrets never."},
    {"reason", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Reason given."},
    {"channel", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "api|console|cli|conf|plugin|support", "By which way."},
    {"address", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "IP address."},
    {"decision", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "Number of the decision it became."},
};

static const kinmu_schema kinmu_audit_change = {
    sizeof(kinmu_schema),
    1,
    "kinmu.audit.change",
    KINMU_KIND_LOG,
    0,
    "audit",
    NULL,
    "changed_by,unix_ns;object,object_id",
    KINMU_TABLE(kinmu_audit_change_fields),
    "Somebody changed something, or tried (COL-24, W's console log)."};

/* Field positions of kinmu.audit.agreement/1. */
#define KINMU_AUDIT_AGREEMENT_PERSON 0
#define KINMU_AUDIT_AGREEMENT_DOCUMENT 1
#define KINMU_AUDIT_AGREEMENT_DOCUMENT_VERSION 2
#define KINMU_AUDIT_AGREEMENT_SHA256 3
#define KINMU_AUDIT_AGREEMENT_ACTION 4
#define KINMU_AUDIT_AGREEMENT_LANGUAGE 5
#define KINMU_AUDIT_AGREEMENT_CHANNEL 6
#define KINMU_AUDIT_AGREEMENT_FIELDS 7

static const kinmu_field kinmu_audit_agreement_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Who."},
    {"document", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Notice, terms or item, \"notice/activity\", \"camera\"."},
    {"document_version", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", NULL, "Version shown."},
    {"sha256", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Hash of the text shown."},
    {"action", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "shown|acknowledge|agree|decline|withdraw|consult",
     "The answer; consult = the representatives were heard."},
    {"language", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Language shown."},
    {"channel", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "api|console|cli|agent|paper", "Where it was shown."},
};

static const kinmu_schema kinmu_audit_agreement = {
    sizeof(kinmu_schema),
    1,
    "kinmu.audit.agreement",
    KINMU_KIND_LOG,
    0,
    "audit",
    NULL,
    "person,document",
    KINMU_TABLE(kinmu_audit_agreement_fields),
    "A person was told something and answered (U4, APR-12)."};

/* Field positions of kinmu.audit.forget/1. */
#define KINMU_AUDIT_FORGET_ROWS 0
#define KINMU_AUDIT_FORGET_DERIVED_ROWS 1
#define KINMU_AUDIT_FORGET_FIELDS 2

static const kinmu_field kinmu_audit_forget_fields[] = {
    {"rows", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Rows of events that were erased."},
    {"derived_rows", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "count", NULL, "Derived rows that went along (bus/1 derive)."},
};

static const kinmu_schema kinmu_audit_forget = {
    sizeof(kinmu_schema),
    1,
    "kinmu.audit.forget",
    KINMU_KIND_LOG,
    0,
    "audit",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_audit_forget_fields),
    "The store has forgotten what was erased from the journal, and does not tell whose. Who owns "
    "derived rows derives anew what is left to derive."};

/* Field positions of kinmu.audit.hold/1. */
#define KINMU_AUDIT_HOLD_HOLD_ID 0
#define KINMU_AUDIT_HOLD_ACCOUNT 1
#define KINMU_AUDIT_HOLD_PERSON 2
#define KINMU_AUDIT_HOLD_GROUP_ID 3
#define KINMU_AUDIT_HOLD_FROM_NS 4
#define KINMU_AUDIT_HOLD_TO_NS 5
#define KINMU_AUDIT_HOLD_STATE 6
#define KINMU_AUDIT_HOLD_REASON 7
#define KINMU_AUDIT_HOLD_HELD_BY 8
#define KINMU_AUDIT_HOLD_FIELDS 9

static const kinmu_field kinmu_audit_hold_fields[] = {
    {"hold_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The hold; one row for each account and person it holds."},
    {"account", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_ACCOUNT, "",
     NULL, "Subject of events: a login account, or the person's id."},
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Whose it is."},
    {"group_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The group the hold was set on; null = on the person."},
    {"from_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "Begin of the time that is held."},
    {"to_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "Its end; null = open."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|released", "An active hold survives keep times and erasures."},
    {"reason", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Why it was set."},
    {"held_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Who set it; the audit tells who released it."},
};

static const kinmu_schema kinmu_audit_hold = {
    sizeof(kinmu_schema),
    1,
    "kinmu.audit.hold",
    KINMU_KIND_RECORD,
    0,
    "audit",
    "people",
    "person",
    KINMU_TABLE(kinmu_audit_hold_fields),
    "A legal hold: what was recorded of an account in that time is not destroyed."};

/* Field positions of kinmu.audit.demand/1. */
#define KINMU_AUDIT_DEMAND_DEMAND_ID 0
#define KINMU_AUDIT_DEMAND_PERSON 1
#define KINMU_AUDIT_DEMAND_KIND 2
#define KINMU_AUDIT_DEMAND_STATE 3
#define KINMU_AUDIT_DEMAND_DETAIL 4
#define KINMU_AUDIT_DEMAND_RECEIVED_DATE 5
#define KINMU_AUDIT_DEMAND_DUE_DATE 6
#define KINMU_AUDIT_DEMAND_ENTERED_BY 7
#define KINMU_AUDIT_DEMAND_IDENTITY 8
#define KINMU_AUDIT_DEMAND_IDENTIFIED_BY 9
#define KINMU_AUDIT_DEMAND_ANSWER 10
#define KINMU_AUDIT_DEMAND_ANSWERED_BY 11
#define KINMU_AUDIT_DEMAND_ANSWERED_NS 12
#define KINMU_AUDIT_DEMAND_NOTICE 13
#define KINMU_AUDIT_DEMAND_FIELDS 14

static const kinmu_field kinmu_audit_demand_fields[] = {
    {"demand_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The demand, \"D20261122-1\"."},
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Whose demand it is."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "inquiry|disclosure|correction|erasure",
     "To be told, to be shown, to have something corrected, to have it erased."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "received|identified|done|refused|withdrawn",
     "Where it stands; identified: it was checked who asks."},
    {"detail", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "What is asked."},
    {"received_date", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", NULL, "The day it came."},
    {"due_date", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "By which day it is to be answered, thirty days later."},
    {"entered_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Who wrote it down."},
    {"identity", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "How it was checked who asks; \"login\" = by his own login."},
    {"identified_by", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Who checked."},
    {"answer", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "What he was told; of a refusal, why."},
    {"answered_by", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Who answered."},
    {"answered_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "When it was over."},
    {"notice", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", "none|soon|overdue",
     "What was told of the deadline."},
};

static const kinmu_schema kinmu_audit_demand = {
    sizeof(kinmu_schema),
    1,
    "kinmu.audit.demand",
    KINMU_KIND_RECORD,
    0,
    "audit",
    "people",
    "person",
    KINMU_TABLE(kinmu_audit_demand_fields),
    "What a person asks of those who keep his records, until it is answered."};

/* Field positions of kinmu.audit.access/1. */
#define KINMU_AUDIT_ACCESS_ACCESS_ID 0
#define KINMU_AUDIT_ACCESS_OPERATOR 1
#define KINMU_AUDIT_ACCESS_PERSON 2
#define KINMU_AUDIT_ACCESS_GROUP_ID 3
#define KINMU_AUDIT_ACCESS_STATE 4
#define KINMU_AUDIT_ACCESS_REASON 5
#define KINMU_AUDIT_ACCESS_HOURS 6
#define KINMU_AUDIT_ACCESS_ASKED_NS 7
#define KINMU_AUDIT_ACCESS_DECIDED_BY 8
#define KINMU_AUDIT_ACCESS_DECIDED_NS 9
#define KINMU_AUDIT_ACCESS_UNTIL_NS 10
#define KINMU_AUDIT_ACCESS_FIELDS 11

static const kinmu_field kinmu_audit_access_fields[] = {
    {"access_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The access, \"A20261122-1\"."},
    {"operator", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Who asks to look, \"os:NAME\"."},
    {"person", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Whose data; null = of the group, or of everybody."},
    {"group_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Of whom it is in that group or one below it."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "asked|granted|refused|ended", "Where it stands; granted ends by itself at until_ns."},
    {"reason", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "What for."},
    {"hours", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "h", NULL,
     "For how long, from the moment it is granted."},
    {"asked_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When it was asked."},
    {"decided_by", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Who granted, refused or ended it last."},
    {"decided_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL, "When."},
    {"until_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "From then on nothing may be looked at by it."},
};

static const kinmu_schema kinmu_audit_access = {
    sizeof(kinmu_schema),
    1,
    "kinmu.audit.access",
    KINMU_KIND_RECORD,
    0,
    "audit",
    "people",
    "person",
    KINMU_TABLE(kinmu_audit_access_fields),
    "An operator's wish to look at what was recorded of people, and what an administrator said."};

#endif
