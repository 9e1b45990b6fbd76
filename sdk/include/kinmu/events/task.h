/* kinmu/events/task.h - what was worked on (WRK-21, WRK-22): one entity for all files about tasks
 * and meetings. These words are declared by the person for this purpose, so privacy.title does not
 * touch them. */
#ifndef KINMU_EVENTS_TASK_H
#define KINMU_EVENTS_TASK_H

#include <kinmu/schema.h>

/* Field positions of kinmu.work.task/1. */
#define KINMU_WORK_TASK_TASK_ID 0
#define KINMU_WORK_TASK_PERSON 1
#define KINMU_WORK_TASK_DATE 2
#define KINMU_WORK_TASK_TITLE 3
#define KINMU_WORK_TASK_DETAIL 4
#define KINMU_WORK_TASK_START_NS 5
#define KINMU_WORK_TASK_END_NS 6
#define KINMU_WORK_TASK_IS_ALL_DAY 7
#define KINMU_WORK_TASK_WORK_FORM 8
#define KINMU_WORK_TASK_KIND 9
#define KINMU_WORK_TASK_REPORT 10
#define KINMU_WORK_TASK_PROGRESS_PERCENT 11
#define KINMU_WORK_TASK_MEMBERS 12
#define KINMU_WORK_TASK_SOURCE 13
#define KINMU_WORK_TASK_SOURCE_ID 14
#define KINMU_WORK_TASK_STATE 15
#define KINMU_WORK_TASK_FIELDS 16

static const kinmu_field kinmu_work_task_fields[] = {
    {"task_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Id of the task."},
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Whose it is."},
    {"date", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Business day."},
    {"title", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "",
     NULL, "業務内容."},
    {"detail", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "業務内容詳細."},
    {"start_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "ns", NULL,
     "Start; null for a whole day."},
    {"end_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "ns", NULL,
     "End; null = still running or a whole day."},
    {"is_all_day", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "終日業務."},
    {"work_form", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", "ordinary|outside|home", "Form of work."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "personal|meeting", "個人タスク or 会議."},
    {"report", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL, "業務報告."},
    {"progress_percent", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "%", NULL,
     "進捗率, 0 to 100."},
    {"members", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Other persons, joined by \";\"."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "manual|calendar|punch|import", "Where it comes from."},
    {"source_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Id at the source."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "planned|running|done|deleted", "deleted tasks keep their history."},
};

static const kinmu_schema kinmu_work_task = {sizeof(kinmu_schema),
                                             1,
                                             "kinmu.work.task",
                                             KINMU_KIND_RECORD,
                                             0,
                                             "working-time",
                                             "approval",
                                             "person,date",
                                             KINMU_TABLE(kinmu_work_task_fields),
                                             "A task or meeting of a person."};

#endif
