/* kinmu/events/import.h - what came of files that were imported (IMP-01, IMP-17). */
#ifndef KINMU_EVENTS_IMPORT_H
#define KINMU_EVENTS_IMPORT_H

#include <kinmu/schema.h>

#define KINMU_IMPORT_PROBLEMS_TOLD 20u

/* Field positions of kinmu.import.result/1. */
#define KINMU_IMPORT_RESULT_IMPORTED_BY 0
#define KINMU_IMPORT_RESULT_RESULT 1
#define KINMU_IMPORT_RESULT_FILES 2
#define KINMU_IMPORT_RESULT_ADDED 3
#define KINMU_IMPORT_RESULT_CHANGED 4
#define KINMU_IMPORT_RESULT_REMOVED 5
#define KINMU_IMPORT_RESULT_ERRORS 6
#define KINMU_IMPORT_RESULT_WARNINGS 7
#define KINMU_IMPORT_RESULT_PROBLEMS 8
#define KINMU_IMPORT_RESULT_FIELDS 9

static const kinmu_field kinmu_import_result_fields[] = {
    {"imported_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Who imported, as in kinmu.audit.change."},
    {"result", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "done|refused", "refused: nothing was changed."},
    {"files", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Names of the files, one a line."},
    {"added", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Records that came."},
    {"changed", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Records that became otherwise."},
    {"removed", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Records that went."},
    {"errors", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "What is wrong with the files."},
    {"warnings", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "What was passed over."},
    {"problems", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "json", NULL,
     "The first 20 errors: file, line, column, code, ja, en."},
};

static const kinmu_schema kinmu_import_result = {
    sizeof(kinmu_schema),
    1,
    "kinmu.import.result",
    KINMU_KIND_LOG,
    0,
    "working-time",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_import_result_fields),
    "Files of master data or attendance were imported, or refused; a dry run tells nobody."};

#endif
