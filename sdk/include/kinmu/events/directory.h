/* kinmu/events/directory.h - what a company's directory and cloud services report (COL-23, SEC-20,
 * DEV-01, DEV-11…15, DEV-21). Sources deliver more than once; (source, source_id) tells what is
 * the same. */
#ifndef KINMU_EVENTS_DIRECTORY_H
#define KINMU_EVENTS_DIRECTORY_H

#include <kinmu/schema.h>

/* Field positions of kinmu.directory.signin/1. */
#define KINMU_DIRECTORY_SIGNIN_SOURCE 0
#define KINMU_DIRECTORY_SIGNIN_SOURCE_ID 1
#define KINMU_DIRECTORY_SIGNIN_ACCOUNT 2
#define KINMU_DIRECTORY_SIGNIN_APPLICATION 3
#define KINMU_DIRECTORY_SIGNIN_RESULT 4
#define KINMU_DIRECTORY_SIGNIN_REASON 5
#define KINMU_DIRECTORY_SIGNIN_AUTH 6
#define KINMU_DIRECTORY_SIGNIN_ADDRESS 7
#define KINMU_DIRECTORY_SIGNIN_COUNTRY 8
#define KINMU_DIRECTORY_SIGNIN_DEVICE 9
#define KINMU_DIRECTORY_SIGNIN_RISK 10
#define KINMU_DIRECTORY_SIGNIN_FIELDS 11

static const kinmu_field kinmu_directory_signin_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"entra\", \"pam\", \"credential-provider\"."},
    {"source_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Id at the source."},
    {"account", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_ACCOUNT,
     "", NULL, "Account."},
    {"application", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_APPLICATION, "", NULL,
     "What was signed in to."},
    {"result", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "success|failure|interrupted", "How it ended."},
    {"reason", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Why it failed, as the source says."},
    {"auth", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "password|otp|otp+password|face|key|none|other", "Methods used (COL-22)."},
    {"address", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "IP address."},
    {"country", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "ISO 3166 code, where the source gives it."},
    {"device", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Device."},
    {"risk", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "none|low|medium|high", "The source's opinion."},
};

static const kinmu_schema kinmu_directory_signin = {
    sizeof(kinmu_schema),
    1,
    "kinmu.directory.signin",
    KINMU_KIND_LOG,
    0,
    "directory",
    NULL,
    "source_id;account,unix_ns",
    KINMU_TABLE(kinmu_directory_signin_fields),
    "A sign-in to the company's services or, with the second factor, to a PC."};

/* Field positions of kinmu.directory.account/1. */
#define KINMU_DIRECTORY_ACCOUNT_SOURCE 0
#define KINMU_DIRECTORY_ACCOUNT_SOURCE_ID 1
#define KINMU_DIRECTORY_ACCOUNT_ACCOUNT 2
#define KINMU_DIRECTORY_ACCOUNT_NAME 3
#define KINMU_DIRECTORY_ACCOUNT_MAIL 4
#define KINMU_DIRECTORY_ACCOUNT_IS_ENABLED 5
#define KINMU_DIRECTORY_ACCOUNT_LICENCES 6
#define KINMU_DIRECTORY_ACCOUNT_CHANGE 7
#define KINMU_DIRECTORY_ACCOUNT_FIELDS 8

static const kinmu_field kinmu_directory_account_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"entra\"."},
    {"source_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Immutable id."},
    {"account", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_ACCOUNT,
     "", NULL, "Login name."},
    {"name", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Display name."},
    {"mail", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL, "Address."},
    {"is_enabled", KINMU_TYPE_BOOL, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Can log in."},
    {"licences", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Licences assigned, joined by \";\"."},
    {"change", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "present|removed", "removed: no longer there."},
};

static const kinmu_schema kinmu_directory_account = {
    sizeof(kinmu_schema),
    1,
    "kinmu.directory.account",
    KINMU_KIND_LOG,
    0,
    "directory",
    NULL,
    "account",
    KINMU_TABLE(kinmu_directory_account_fields),
    "An account as it stands (DEV-21: managed = enabled, licensed and named)."};

/* Field positions of kinmu.directory.licence/1. */
#define KINMU_DIRECTORY_LICENCE_SOURCE 0
#define KINMU_DIRECTORY_LICENCE_SKU 1
#define KINMU_DIRECTORY_LICENCE_NAME 2
#define KINMU_DIRECTORY_LICENCE_OWNED 3
#define KINMU_DIRECTORY_LICENCE_ASSIGNED 4
#define KINMU_DIRECTORY_LICENCE_FIELDS 5

static const kinmu_field kinmu_directory_licence_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"entra\"."},
    {"sku", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Id of the licence."},
    {"name", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "Name."},
    {"owned", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Owned."},
    {"assigned", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Assigned."},
};

static const kinmu_schema kinmu_directory_licence = {
    sizeof(kinmu_schema),
    1,
    "kinmu.directory.licence",
    KINMU_KIND_LOG,
    0,
    "directory",
    NULL,
    "sku",
    KINMU_TABLE(kinmu_directory_licence_fields),
    "Licences owned and used; the surplus is their difference (DEV-13)."};

/* Field positions of kinmu.directory.device/1. */
#define KINMU_DIRECTORY_DEVICE_SOURCE 0
#define KINMU_DIRECTORY_DEVICE_SOURCE_ID 1
#define KINMU_DIRECTORY_DEVICE_COMPUTER 2
#define KINMU_DIRECTORY_DEVICE_OS 3
#define KINMU_DIRECTORY_DEVICE_ACCOUNT 4
#define KINMU_DIRECTORY_DEVICE_COMPLIANCE 5
#define KINMU_DIRECTORY_DEVICE_ENCRYPTION 6
#define KINMU_DIRECTORY_DEVICE_SEEN_NS 7
#define KINMU_DIRECTORY_DEVICE_CHANGE 8
#define KINMU_DIRECTORY_DEVICE_FIELDS 9

static const kinmu_field kinmu_directory_device_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"intune\"."},
    {"source_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Id at the source."},
    {"computer", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Computer name."},
    {"os", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Operating system and version."},
    {"account", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_ACCOUNT, "", NULL,
     "Its user."},
    {"compliance", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "compliant|not-compliant|unknown", "As managed."},
    {"encryption", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "on|off|partial|unknown", "State of the encryption."},
    {"seen_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "Last contact."},
    {"change", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "present|removed", "removed: no longer there."},
};

static const kinmu_schema kinmu_directory_device = {sizeof(kinmu_schema),
                                                    1,
                                                    "kinmu.directory.device",
                                                    KINMU_KIND_LOG,
                                                    0,
                                                    "directory",
                                                    NULL,
                                                    "source_id",
                                                    KINMU_TABLE(kinmu_directory_device_fields),
                                                    "A managed device (DEV-01)."};

/* Field positions of kinmu.directory.threat/1. */
#define KINMU_DIRECTORY_THREAT_SOURCE 0
#define KINMU_DIRECTORY_THREAT_SOURCE_ID 1
#define KINMU_DIRECTORY_THREAT_COMPUTER 2
#define KINMU_DIRECTORY_THREAT_ACCOUNT 3
#define KINMU_DIRECTORY_THREAT_NAME 4
#define KINMU_DIRECTORY_THREAT_SEVERITY 5
#define KINMU_DIRECTORY_THREAT_STATE 6
#define KINMU_DIRECTORY_THREAT_PATH 7
#define KINMU_DIRECTORY_THREAT_FIELDS 8

static const kinmu_field kinmu_directory_threat_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"defender\"."},
    {"source_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Id at the source."},
    {"computer", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Where."},
    {"account", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_ACCOUNT, "", NULL,
     "Whose session."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Name of the threat."},
    {"severity", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "information|low|medium|high", "As the source says."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|blocked|removed|allowed", "What became of it."},
    {"path", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_PATH, "", NULL,
     "Where it lay."},
};

static const kinmu_schema kinmu_directory_threat = {sizeof(kinmu_schema),
                                                    1,
                                                    "kinmu.directory.threat",
                                                    KINMU_KIND_LOG,
                                                    0,
                                                    "directory",
                                                    NULL,
                                                    "source_id",
                                                    KINMU_TABLE(kinmu_directory_threat_fields),
                                                    "Something harmful was found (DEV-11)."};

/* Field positions of kinmu.directory.service/1. */
#define KINMU_DIRECTORY_SERVICE_SOURCE 0
#define KINMU_DIRECTORY_SERVICE_SOURCE_ID 1
#define KINMU_DIRECTORY_SERVICE_SERVICE 2
#define KINMU_DIRECTORY_SERVICE_STATE 3
#define KINMU_DIRECTORY_SERVICE_TITLE 4
#define KINMU_DIRECTORY_SERVICE_FIELDS 5

static const kinmu_field kinmu_directory_service_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"m365\"."},
    {"source_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Id of the report."},
    {"service", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "\"Exchange Online\"."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "ok|degraded|down|restored|information", "As it stands."},
    {"title", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Title of the report."},
};

static const kinmu_schema kinmu_directory_service = {sizeof(kinmu_schema),
                                                     1,
                                                     "kinmu.directory.service",
                                                     KINMU_KIND_LOG,
                                                     0,
                                                     "directory",
                                                     NULL,
                                                     "source_id",
                                                     KINMU_TABLE(kinmu_directory_service_fields),
                                                     "Health of a cloud service (DEV-12)."};

/* Field positions of kinmu.directory.storage/1. */
#define KINMU_DIRECTORY_STORAGE_SOURCE 0
#define KINMU_DIRECTORY_STORAGE_KIND 1
#define KINMU_DIRECTORY_STORAGE_NAME 2
#define KINMU_DIRECTORY_STORAGE_USED_BYTES 3
#define KINMU_DIRECTORY_STORAGE_QUOTA_BYTES 4
#define KINMU_DIRECTORY_STORAGE_FIELDS 5

static const kinmu_field kinmu_directory_storage_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"m365\"."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "mailbox|drive|site|tenant", "What it is."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Which."},
    {"used_bytes", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "B",
     NULL, "Used."},
    {"quota_bytes", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "B", NULL,
     "Limit; null = none."},
};

static const kinmu_schema kinmu_directory_storage = {
    sizeof(kinmu_schema),
    1,
    "kinmu.directory.storage",
    KINMU_KIND_LOG,
    0,
    "directory",
    NULL,
    "name",
    KINMU_TABLE(kinmu_directory_storage_fields),
    "Room used by a mailbox, drive or site (DEV-15, SUP-20)."};

#endif
