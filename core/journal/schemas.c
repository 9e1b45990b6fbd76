/* journal/schemas.c - see schemas.h. */
#include "journal/schemas.h"

static const kinmu_field fold_fields[] = {
    {"schema", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "schema of the folded events; \"unknown\" when no plugin here knows it"},
    {"purpose", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "purpose whose quota was full"},
    {"first", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "time of the earliest folded event; it lies in the hour this event stands for"},
    {"last", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "time of the latest folded event"},
    {"events", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "number of folded events"},
    {"sums", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "sum of each counting field: \"keys=120;clicks=33\""},
};

static const kinmu_field erase_fields[] = {
    {"key_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "id of the destroyed key in hexadecimal, as in the headers of its blocks"},
    {"purpose", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "purpose the key was for"},
    {"month", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "month (UTC) the key was for: \"2026-11\""},
    {"blocks", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "number of blocks whose payload was removed"},
    {"reason", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"" JOURNAL_ERASE_REQUEST "\": somebody asked for it; \"" JOURNAL_ERASE_RETENTION
     "\": the purpose's keep time was over"},
    {"receipt", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "the kinmu.journal.receipt it belongs to"},
};

static const kinmu_field receipt_fields[] = {
    {"receipt", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "one erasure; random"},
    {"reason", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"" JOURNAL_ERASE_REQUEST "\" or \"" JOURNAL_ERASE_RETENTION "\""},
    {"keep_days", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "the keep time that was over"},
    {"note", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "the reason somebody gave; it stays, so it names nobody"},
    {"purpose", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "purpose of what was destroyed"},
    {"month", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "its month (UTC): \"2026-11\""},
    {"subjects", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "of how many accounts and people"},
    {"keys", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "keys destroyed; a kinmu.journal.erase tells each"},
    {"blocks", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "blocks whose payload was removed"},
    {"events", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "events in them"},
    {"kept", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "keys of that purpose and month that a hold or the law spared"},
};

static const kinmu_schema schemas[] = {
    {sizeof(kinmu_schema), 1, "kinmu.journal.fold", KINMU_KIND_LOG, 0, "audit", NULL, NULL,
     KINMU_TABLE(fold_fields),
     "Detail of one subject, schema and hour (UTC) was replaced by sums to keep a quota. Several "
     "of the "
     "same hour add up."},
    {sizeof(kinmu_schema), 1, "kinmu.journal.erase", KINMU_KIND_LOG, 0, "audit", NULL, NULL,
     KINMU_TABLE(erase_fields),
     "The key of one subject, purpose and month was destroyed, and with it all its events. It does "
     "not "
     "tell whose."},
    {sizeof(kinmu_schema), 1, "kinmu.journal.receipt", KINMU_KIND_LOG, 0, "audit", NULL, NULL,
     KINMU_TABLE(receipt_fields),
     "What an erasure destroyed of one purpose and month; several of one receipt add up."},
};

const kinmu_schema *journal_schemas(uint32_t *count) {
    *count = (uint32_t)(sizeof schemas / sizeof schemas[0]);
    return schemas;
}
