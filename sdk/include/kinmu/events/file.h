/* kinmu/events/file.h - operations on files, devices, printers and services (COL-25): the nine
 * kinds of an operation log. Each kind can be switched off; then it is not written at all. */
#ifndef KINMU_EVENTS_FILE_H
#define KINMU_EVENTS_FILE_H

#include <kinmu/schema.h>

/* Field positions of kinmu.file.operation/1. */
#define KINMU_FILE_OPERATION_KIND 0
#define KINMU_FILE_OPERATION_ACTION 1
#define KINMU_FILE_OPERATION_PROCESS 2
#define KINMU_FILE_OPERATION_PATH 3
#define KINMU_FILE_OPERATION_TARGET 4
#define KINMU_FILE_OPERATION_URL 5
#define KINMU_FILE_OPERATION_DEVICE 6
#define KINMU_FILE_OPERATION_TITLE 7
#define KINMU_FILE_OPERATION_SIZE_BYTES 8
#define KINMU_FILE_OPERATION_PAGES 9
#define KINMU_FILE_OPERATION_IS_ALLOWED 10
#define KINMU_FILE_OPERATION_FIELDS 11

static const kinmu_field kinmu_file_operation_fields[] = {
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "system|external-device|file-operation|file-access|web-access|cloud-storage|webmail|power|"
     "printer",
     "Which log it belongs to."},
    {"action", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "start|stop|connect|disconnect|create|read|write|rename|move|copy|delete|upload|download|send|"
     "print|visit|deny",
     "What was done."},
    {"process", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_APPLICATION, "", NULL,
     "Program that did it."},
    {"path", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_PATH, "", NULL,
     "File or folder."},
    {"target", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_PATH, "", NULL,
     "New place, for rename, move and copy."},
    {"url", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_URL, "", NULL,
     "Address, for web, cloud and mail."},
    {"device", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "vendor:product:serial of a device; name of a printer."},
    {"title", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_TITLE, "", NULL,
     "Subject of a mail, name of a printed document."},
    {"size_bytes", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "B", NULL,
     "Bytes moved."},
    {"pages", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "count", NULL,
     "Pages printed."},
    {"is_allowed", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "False: a policy refused it."},
};

static const kinmu_schema kinmu_file_operation = {
    sizeof(kinmu_schema),
    1,
    "kinmu.file.operation",
    KINMU_KIND_LOG,
    0,
    "operations",
    NULL,
    "kind,unix_ns",
    KINMU_TABLE(kinmu_file_operation_fields),
    "One operation. The four kinds of the console's own log are kinmu.audit.change."};

#endif
