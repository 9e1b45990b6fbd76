/* kinmu/events/access.h - who may come in by the API, and what it answered to requests that may be
 * repeated. The plugin "api" owns every record; hashes are never shown by it. */
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
#define KINMU_ACCESS_TOKEN_FIELDS 10

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
};

static const kinmu_schema kinmu_access_token = {sizeof(kinmu_schema),
                                                1,
                                                "kinmu.access.token",
                                                KINMU_KIND_RECORD,
                                                0,
                                                "audit",
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
    "audit",
    "api",
    NULL,
    KINMU_TABLE(kinmu_access_answer_fields),
    "What the API answered to a request with an Idempotency-Key, so that a repeated one gets the "
    "same and does nothing."};

#endif
