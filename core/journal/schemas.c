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
};

const kinmu_schema *journal_schemas(uint32_t *count) {
    *count = (uint32_t)(sizeof schemas / sizeof schemas[0]);
    return schemas;
}
