/* kinmu/events/access.h - who may come in by the API, and what it answered to requests that may be
 * repeated. The plugin "api" owns every record. They are of the purpose "access": the host gives
 * them to their owner alone, and keeps what is in force only as long as its owner writes it anew.
 */
#ifndef KINMU_EVENTS_ACCESS_H
#define KINMU_EVENTS_ACCESS_H

#include <kinmu/schema.h>

/* Field positions of kinmu.access.token/1. */
#define KINMU_ACCESS_TOKEN_TOKEN_ID 0
#define KINMU_ACCESS_TOKEN_NAME 1
#define KINMU_ACCESS_TOKEN_SHA256 2
#define KINMU_ACCESS_TOKEN_ROLE 3
#define KINMU_ACCESS_TOKEN_PERSON 4
#define KINMU_ACCESS_TOKEN_SCOPE 5
#define KINMU_ACCESS_TOKEN_STATE 6
#define KINMU_ACCESS_TOKEN_CREATED_BY 7
#define KINMU_ACCESS_TOKEN_CREATED_NS 8
#define KINMU_ACCESS_TOKEN_EXPIRES_NS 9
#define KINMU_ACCESS_TOKEN_RESUMED 10
#define KINMU_ACCESS_TOKEN_FIELDS 11

static const kinmu_field kinmu_access_token_fields[] = {
    {"token_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The part of the token that is no secret."},
    {"name", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "What it is for, \"payroll\"."},
    {"sha256", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "",
     NULL, "Hash of the token; the token itself is kept nowhere."},
    {"role", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "self|manager|admin|operator", "What it reaches at most."},
    {"person", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "For whom it speaks; null = for nobody."},
    {"scope", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "What of that it may, joined by \";\": read, call, read:SCHEMA, call:INSTANCE, "
     "call:INSTANCE/COMMAND; null = all."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|revoked", "A revoked one never comes back."},
    {"created_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Who made it, \"os:NAME\"."},
    {"created_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When."},
    {"expires_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "From here on it is refused."},
    {"resumed", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "Of kinmu.people.person when it was made: the token of an earlier time is void."},
};

static const kinmu_schema kinmu_access_token = {sizeof(kinmu_schema),
                                                1,
                                                "kinmu.access.token",
                                                KINMU_KIND_RECORD,
                                                0,
                                                "access",
                                                "api",
                                                "person",
                                                KINMU_TABLE(kinmu_access_token_fields),
                                                "A token by which a program uses the API."};

/* Field positions of kinmu.access.answer/1. */
#define KINMU_ACCESS_ANSWER_CALLER 0
#define KINMU_ACCESS_ANSWER_KEY 1
#define KINMU_ACCESS_ANSWER_REQUEST_SHA256 2
#define KINMU_ACCESS_ANSWER_ASKED_NS 3
#define KINMU_ACCESS_ANSWER_STATUS 4
#define KINMU_ACCESS_ANSWER_BODY 5
#define KINMU_ACCESS_ANSWER_FIELDS 6

static const kinmu_field kinmu_access_answer_fields[] = {
    {"caller", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Who asked, \"token:ID\" or \"person:ID\"."},
    {"key", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The Idempotency-Key it came with."},
    {"request_sha256", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE,
     KINMU_ROLE_NONE, "", NULL, "Hash of path and body: what the key stands for."},
    {"asked_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When it was asked first; a day later the key is free again."},
    {"status", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "The HTTP status answered; null = not answered yet."},
    {"body", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "The body answered; null = too long to be kept."},
};

static const kinmu_schema kinmu_access_answer = {
    sizeof(kinmu_schema),
    1,
    "kinmu.access.answer",
    KINMU_KIND_RECORD,
    0,
    "access",
    "api",
    NULL,
    KINMU_TABLE(kinmu_access_answer_fields),
    "What the API answered to a request with an Idempotency-Key, so that a repeated one gets the "
    "same and does nothing."};

/* Field positions of kinmu.access.login/1. */
#define KINMU_ACCESS_LOGIN_PERSON 0
#define KINMU_ACCESS_LOGIN_STATE 1
#define KINMU_ACCESS_LOGIN_ROLE 2
#define KINMU_ACCESS_LOGIN_GENERATION 3
#define KINMU_ACCESS_LOGIN_VERIFIER 4
#define KINMU_ACCESS_LOGIN_PASSWORD_NS 5
#define KINMU_ACCESS_LOGIN_INVITE_SHA256 6
#define KINMU_ACCESS_LOGIN_INVITE_EXPIRES_NS 7
#define KINMU_ACCESS_LOGIN_CREATED_BY 8
#define KINMU_ACCESS_LOGIN_CREATED_NS 9
#define KINMU_ACCESS_LOGIN_RESUMED 10
#define KINMU_ACCESS_LOGIN_FIELDS 11

static const kinmu_field kinmu_access_login_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Whose it is."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "invited|active|closed", "invited: no password yet; closed: until the next invitation."},
    {"role", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "self|manager|admin|bootstrap",
     "What it reaches at most; bootstrap = of nobody, to set up a hub (ROL-05)."},
    {"generation", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "count", NULL, "Sessions of an earlier one are over."},
    {"verifier", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "scrypt of the password, with its cost and salt; null = none."},
    {"password_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "When the password was set."},
    {"invite_sha256", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "Hash of the invitation that may set a password, once; null = none."},
    {"invite_expires_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "From here on it is refused."},
    {"created_by", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "", NULL, "Who invited first, \"os:NAME\"."},
    {"created_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When."},
    {"resumed", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "Of kinmu.people.person at the last invitation: password, invitation and sessions of an "
     "earlier time are void (SCR-14)."},
};

static const kinmu_schema kinmu_access_login = {sizeof(kinmu_schema),
                                                1,
                                                "kinmu.access.login",
                                                KINMU_KIND_RECORD,
                                                0,
                                                "access",
                                                "api",
                                                NULL,
                                                KINMU_TABLE(kinmu_access_login_fields),
                                                "By what a person logs in."};

/* Field positions of kinmu.access.session/1. */
#define KINMU_ACCESS_SESSION_SESSION_ID 0
#define KINMU_ACCESS_SESSION_SHA256 1
#define KINMU_ACCESS_SESSION_PERSON 2
#define KINMU_ACCESS_SESSION_GENERATION 3
#define KINMU_ACCESS_SESSION_STATE 4
#define KINMU_ACCESS_SESSION_CREATED_NS 5
#define KINMU_ACCESS_SESSION_SEEN_NS 6
#define KINMU_ACCESS_SESSION_EXPIRES_NS 7
#define KINMU_ACCESS_SESSION_ADDRESS 8
#define KINMU_ACCESS_SESSION_FIELDS 9

static const kinmu_field kinmu_access_session_fields[] = {
    {"session_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "The part of the session's text that is no secret."},
    {"sha256", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "",
     NULL, "Hash of the text; the text itself is kept nowhere."},
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Who logged in."},
    {"generation", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE,
     "count", NULL, "Of kinmu.access.login when it began."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "active|ended", "An ended one never comes back."},
    {"created_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When it began."},
    {"seen_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When it was used last, some minutes less exact."},
    {"expires_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "Its end, however much it is used."},
    {"address", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "IP address it began from."},
};

static const kinmu_schema kinmu_access_session = {sizeof(kinmu_schema),
                                                  1,
                                                  "kinmu.access.session",
                                                  KINMU_KIND_RECORD,
                                                  0,
                                                  "access",
                                                  "api",
                                                  "person",
                                                  KINMU_TABLE(kinmu_access_session_fields),
                                                  "A person is logged in."};

/* Field positions of kinmu.access.factor/1. */
#define KINMU_ACCESS_FACTOR_PERSON 0
#define KINMU_ACCESS_FACTOR_STATE 1
#define KINMU_ACCESS_FACTOR_SEALED 2
#define KINMU_ACCESS_FACTOR_OFFERED 3
#define KINMU_ACCESS_FACTOR_OFFERED_NS 4
#define KINMU_ACCESS_FACTOR_STEP 5
#define KINMU_ACCESS_FACTOR_RECOVERY 6
#define KINMU_ACCESS_FACTOR_SINCE_NS 7
#define KINMU_ACCESS_FACTOR_FIELDS 8

static const kinmu_field kinmu_access_factor_fields[] = {
    {"person", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "",
     NULL, "Whose it is."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "none|active", "active: logging in needs a code."},
    {"sealed", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "The secret of the codes, encrypted with a key that no store has; null = none."},
    {"offered", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "One that was shown and waits for its first code, encrypted likewise; null = none."},
    {"offered_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "When it was shown."},
    {"step", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "The newest step of 30 seconds whose code was taken; none up to it is taken again."},
    {"recovery", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", NULL,
     "Hashes of the recovery codes that are left, 32 bytes each, by a key that no store has."},
    {"since_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "When it was set up."},
};

static const kinmu_schema kinmu_access_factor = {sizeof(kinmu_schema),
                                                 1,
                                                 "kinmu.access.factor",
                                                 KINMU_KIND_RECORD,
                                                 0,
                                                 "access",
                                                 "api",
                                                 NULL,
                                                 KINMU_TABLE(kinmu_access_factor_fields),
                                                 "A person's second factor: codes by time."};

#endif
