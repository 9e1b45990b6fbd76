/* kinmu/events/fleet.h - the agents a hub knows and the invitations by which they came (COL-32,
 * SEC-01, X15). The connector "ingest" owns both; `kinmu hub` sends it commands. */
#ifndef KINMU_EVENTS_FLEET_H
#define KINMU_EVENTS_FLEET_H

#include <kinmu/schema.h>

/* Field positions of kinmu.fleet.device/1. */
#define KINMU_FLEET_DEVICE_ORIGIN 0
#define KINMU_FLEET_DEVICE_NAME 1
#define KINMU_FLEET_DEVICE_GROUP_ID 2
#define KINMU_FLEET_DEVICE_PUBLIC_KEY 3
#define KINMU_FLEET_DEVICE_STATE 4
#define KINMU_FLEET_DEVICE_SERIAL 5
#define KINMU_FLEET_DEVICE_EXPIRES_NS 6
#define KINMU_FLEET_DEVICE_INVITE_ID 7
#define KINMU_FLEET_DEVICE_ENROLLED_NS 8
#define KINMU_FLEET_DEVICE_CHANGED_BY 9
#define KINMU_FLEET_DEVICE_REASON 10
#define KINMU_FLEET_DEVICE_AGENT_VERSION 11
#define KINMU_FLEET_DEVICE_FIELDS 12

static const kinmu_field kinmu_fleet_device_fields[] = {
    {"origin", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "The device: first 16 bytes of SHA-256 of its public key, in hex; its chain's origin."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "Name it gave itself, mostly the computer's; two devices may bear the same."},
    {"group_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Group of the invitation; policy is told by it."},
    {"public_key", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Ed25519 key of its chain and of its client certificate."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|revoked|quarantined",
     "active: may push; revoked: by a person; quarantined: by the hub, since its chain forked."},
    {"serial", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Serial number of its newest certificate, in hex."},
    {"expires_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "End of that certificate."},
    {"invite_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     NULL, "Invitation it came by last."},
    {"enrolled_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "ns", NULL, "First enrolment."},
    {"changed_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Who made this version: \"os:NAME\", \"plugin:NAME\", \"device\" for itself."},
    {"reason", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Reason given or found."},
    {"agent_version", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Version of its Kinmu when it enrolled."},
};

static const kinmu_schema kinmu_fleet_device = {
    sizeof(kinmu_schema),
    1,
    "kinmu.fleet.device",
    KINMU_KIND_RECORD,
    0,
    "audit",
    "ingest",
    "name;state",
    KINMU_TABLE(kinmu_fleet_device_fields),
    "A device that may, or may no longer, push its history to this hub."};

/* Field positions of kinmu.fleet.invite/1. */
#define KINMU_FLEET_INVITE_INVITE_ID 0
#define KINMU_FLEET_INVITE_TOKEN_SHA256 1
#define KINMU_FLEET_INVITE_USES 2
#define KINMU_FLEET_INVITE_USES_LEFT 3
#define KINMU_FLEET_INVITE_EXPIRES_NS 4
#define KINMU_FLEET_INVITE_GROUP_ID 5
#define KINMU_FLEET_INVITE_STATE 6
#define KINMU_FLEET_INVITE_CREATED_BY 7
#define KINMU_FLEET_INVITE_FIELDS 8

static const kinmu_field kinmu_fleet_invite_fields[] = {
    {"invite_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "First 8 bytes of token_sha256, in hex: names the invitation without giving it away."},
    {"token_sha256", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "", NULL, "Hash of the token; the token itself is kept nowhere."},
    {"uses", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Devices it was made for."},
    {"uses_left", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "count", NULL, "Devices that may still come by it."},
    {"expires_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "From here on it is refused."},
    {"group_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Group its devices join."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "open|used|cancelled", "open: uses are left; used: none; cancelled: by a person."},
    {"created_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Who invited, \"os:NAME\"."},
};

static const kinmu_schema kinmu_fleet_invite = {sizeof(kinmu_schema),
                                                1,
                                                "kinmu.fleet.invite",
                                                KINMU_KIND_RECORD,
                                                0,
                                                "audit",
                                                "ingest",
                                                "state",
                                                KINMU_TABLE(kinmu_fleet_invite_fields),
                                                "A token by which devices may enrol."};

#endif
