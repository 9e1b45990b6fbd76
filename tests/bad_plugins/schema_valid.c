/* schema_valid.c - says that a schema of the vocabulary has other fields than it has. */
#include "good.h"

static const kinmu_field bad_fields[] = {
    {"title", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "A title."}};
static const kinmu_schema bad_focus = {sizeof(kinmu_schema),
                                       1,
                                       "kinmu.window.focus",
                                       KINMU_KIND_LOG,
                                       0,
                                       "activity",
                                       NULL,
                                       NULL,
                                       KINMU_TABLE(bad_fields),
                                       "Something else."};
static const kinmu_schema_use bad_schemas[] = {{&good_tick, KINMU_EMITS, 0},
                                               {&bad_focus, KINMU_ACCEPTS, 0}};

static const kinmu_plugin bad = {GOOD_TABLE, .schemas = KINMU_TABLE(bad_schemas)};

KINMU_MODULE(&bad);
