/* bench/sample_schema.h - the schema of the event every bench uses, for programs and plugins alike.
 */
#ifndef SAMPLE_SCHEMA_H
#define SAMPLE_SCHEMA_H

#include <kinmu/schema.h>

#define SAMPLE_FIELDS 8u

static const kinmu_field sample_fields[SAMPLE_FIELDS] = {
    {"number", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, 0, "count", NULL,
     "running number"},
    {"process", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_APPLICATION, "", NULL,
     "program"},
    {"title", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_TITLE, "", NULL,
     "window title"},
    {"url", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_URL, "", NULL, "address"},
    {"cause", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, 0, "",
     "focus|title|start|end", "why"},
    {"keys", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, 0, "count", NULL, "keys"},
    {"moves", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, 0, "count", NULL, "mouse moves"},
    {"elevated", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, 0, "", NULL, "higher rights"},
};

static const kinmu_schema sample_schema = {sizeof(kinmu_schema),
                                           1,
                                           "bench.sample",
                                           KINMU_KIND_LOG,
                                           0,
                                           "activity",
                                           NULL,
                                           NULL,
                                           KINMU_TABLE(sample_fields),
                                           "an event to measure with"};

#endif
