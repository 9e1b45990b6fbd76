/* kinmu/events/inventory.h - what a PC is and what is installed (COL-26, DEV-01…08, SUP-20).
 * Written when something has changed, and once a day. */
#ifndef KINMU_EVENTS_INVENTORY_H
#define KINMU_EVENTS_INVENTORY_H

#include <kinmu/schema.h>

/* Field positions of kinmu.inventory.device/1. */
#define KINMU_INVENTORY_DEVICE_COMPUTER 0
#define KINMU_INVENTORY_DEVICE_OS 1
#define KINMU_INVENTORY_DEVICE_OS_VERSION 2
#define KINMU_INVENTORY_DEVICE_MODEL 3
#define KINMU_INVENTORY_DEVICE_SERIAL 4
#define KINMU_INVENTORY_DEVICE_PROCESSOR 5
#define KINMU_INVENTORY_DEVICE_CORES 6
#define KINMU_INVENTORY_DEVICE_MEMORY_BYTES 7
#define KINMU_INVENTORY_DEVICE_ACCOUNT 8
#define KINMU_INVENTORY_DEVICE_COMPLIANCE 9
#define KINMU_INVENTORY_DEVICE_ANTIVIRUS 10
#define KINMU_INVENTORY_DEVICE_ANTIVIRUS_VERSION 11
#define KINMU_INVENTORY_DEVICE_ANTIVIRUS_STATE 12
#define KINMU_INVENTORY_DEVICE_AGENT_VERSION 13
#define KINMU_INVENTORY_DEVICE_BOOTED_NS 14
#define KINMU_INVENTORY_DEVICE_FIELDS 15

static const kinmu_field kinmu_inventory_device_fields[] = {
    {"computer", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Computer name."},
    {"os", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"Windows 11 Pro\", \"Debian GNU/Linux 12\"."},
    {"os_version", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "\"10.0.22631.4317\"."},
    {"model", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Maker and model."},
    {"serial", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Serial number."},
    {"processor", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "Processor."},
    {"cores", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "Physical cores."},
    {"memory_bytes", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "B", NULL,
     "Installed memory."},
    {"account", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_ACCOUNT, "", NULL,
     "Account mostly logged in (利用者)."},
    {"compliance", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "compliant|not-compliant|unknown", "Against the company's rules."},
    {"antivirus", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Product, \"\" = none."},
    {"antivirus_version", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Signatures' version."},
    {"antivirus_state", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "on|off|outdated|unknown", "Whether it works."},
    {"agent_version", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Version of Kinmu (DEP-11)."},
    {"booted_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "Last start."},
};

static const kinmu_schema kinmu_inventory_device = {
    sizeof(kinmu_schema),
    1,
    "kinmu.inventory.device",
    KINMU_KIND_LOG,
    0,
    "inventory",
    NULL,
    "computer",
    KINMU_TABLE(kinmu_inventory_device_fields),
    "A PC as a whole: its system, hardware and protection."};

/* Field positions of kinmu.inventory.volume/1. */
#define KINMU_INVENTORY_VOLUME_NAME 0
#define KINMU_INVENTORY_VOLUME_SIZE_BYTES 1
#define KINMU_INVENTORY_VOLUME_FREE_BYTES 2
#define KINMU_INVENTORY_VOLUME_ENCRYPTION 3
#define KINMU_INVENTORY_VOLUME_IS_KEY_ESCROWED 4
#define KINMU_INVENTORY_VOLUME_FIELDS 5

static const kinmu_field kinmu_inventory_volume_fields[] = {
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"C:\", \"/home\"."},
    {"size_bytes", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "B",
     NULL, "Size."},
    {"free_bytes", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "B",
     NULL, "Free."},
    {"encryption", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "on|off|partial|unknown", "State of the encryption."},
    {"is_key_escrowed", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The recovery key is kept elsewhere."},
};

static const kinmu_schema kinmu_inventory_volume = {
    sizeof(kinmu_schema),
    1,
    "kinmu.inventory.volume",
    KINMU_KIND_LOG,
    0,
    "inventory",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_inventory_volume_fields),
    "A volume of a PC and whether it is encrypted (DEV-08)."};

/* Field positions of kinmu.inventory.application/1. */
#define KINMU_INVENTORY_APPLICATION_NAME 0
#define KINMU_INVENTORY_APPLICATION_VERSION 1
#define KINMU_INVENTORY_APPLICATION_PUBLISHER 2
#define KINMU_INVENTORY_APPLICATION_SCOPE 3
#define KINMU_INVENTORY_APPLICATION_CHANGE 4
#define KINMU_INVENTORY_APPLICATION_INSTALLED_NS 5
#define KINMU_INVENTORY_APPLICATION_FIELDS 6

static const kinmu_field kinmu_inventory_application_fields[] = {
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Name."},
    {"version", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Version."},
    {"publisher", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "Publisher."},
    {"scope", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "machine|account", "For whom it is installed."},
    {"change", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "present|removed", "removed: no longer there."},
    {"installed_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "Installed when, where known."},
};

static const kinmu_schema kinmu_inventory_application = {
    sizeof(kinmu_schema),
    1,
    "kinmu.inventory.application",
    KINMU_KIND_LOG,
    0,
    "inventory",
    NULL,
    "name",
    KINMU_TABLE(kinmu_inventory_application_fields),
    "An application was seen new, changed or removed."};

/* Field positions of kinmu.inventory.patch/1. */
#define KINMU_INVENTORY_PATCH_PATCH 0
#define KINMU_INVENTORY_PATCH_TITLE 1
#define KINMU_INVENTORY_PATCH_STATE 2
#define KINMU_INVENTORY_PATCH_RELEASED_DATE 3
#define KINMU_INVENTORY_PATCH_INSTALLED_NS 4
#define KINMU_INVENTORY_PATCH_FIELDS 5

static const kinmu_field kinmu_inventory_patch_fields[] = {
    {"patch", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"KB5046617\", a package name."},
    {"title", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "Title."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "installed|missing|failed|pending-restart", "Where it stands."},
    {"released_date", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Day of release."},
    {"installed_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "Installed when."},
};

static const kinmu_schema kinmu_inventory_patch = {sizeof(kinmu_schema),
                                                   1,
                                                   "kinmu.inventory.patch",
                                                   KINMU_KIND_LOG,
                                                   0,
                                                   "inventory",
                                                   NULL,
                                                   "patch",
                                                   KINMU_TABLE(kinmu_inventory_patch_fields),
                                                   "An update of the system (DEV-04)."};

#endif
