/* kinmu/events/session.h - what happened to a PC and to the login sessions on it (SES-01, SES-02,
 * COL-21, COL-31, TRAP-15). One event per change; states are derived by readers. */
#ifndef KINMU_EVENTS_SESSION_H
#define KINMU_EVENTS_SESSION_H

#include <kinmu/schema.h>

/* Field positions of kinmu.session.change/1. */
#define KINMU_SESSION_CHANGE_KIND 0
#define KINMU_SESSION_CHANGE_QUALITY 1
#define KINMU_SESSION_CHANGE_SOURCE 2
#define KINMU_SESSION_CHANGE_SESSION_ID 3
#define KINMU_SESSION_CHANGE_SESSION_TYPE 4
#define KINMU_SESSION_CHANGE_REMOTE_HOST 5
#define KINMU_SESSION_CHANGE_AUTH 6
#define KINMU_SESSION_CHANGE_NOTED_NS 7
#define KINMU_SESSION_CHANGE_FIELDS 8

static const kinmu_field kinmu_session_change_fields[] = {
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "boot|logon|lock|unlock|idle|active|sleep|resume|switch_connect|switch_disconnect|logoff|"
     "shutdown",
     "What changed. boot, sleep, resume and shutdown concern the machine (empty subject)."},
    {"quality", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "exact|estimated",
     "estimated: derived afterwards, e.g. from the last heartbeat before a power cut (<= 60 s "
     "off)."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "Where it was seen: logind, utmp, kernel, heartbeat, input, wts."},
    {"session_id", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "The system's name of the login session."},
    {"session_type", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "x11, wayland, tty, console, rdp."},
    {"remote_host", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Peer of a remote session."},
    {"auth", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "password|otp|otp+password|face|none",
     "Authentication used for a logon, where known (COL-22)."},
    {"noted_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "When it was noticed, if later than it happened."},
};

static const kinmu_schema kinmu_session_change = {
    sizeof(kinmu_schema),
    1,
    "kinmu.session.change",
    KINMU_KIND_LOG,
    0,
    "working-time",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_session_change_fields),
    "A change of the machine's or a login session's state; unix_ns is when it happened."};

#endif
