/* kinmu/events/mail.h - mails to people (NTF-*, IMP-07, IMP-17): what is to be sent, and what came
 * of it. A mail's words are not kept: they are made when it is sent, from what is so then. */
#ifndef KINMU_EVENTS_MAIL_H
#define KINMU_EVENTS_MAIL_H

#include <kinmu/schema.h>

/* Field positions of kinmu.mail.message/1. */
#define KINMU_MAIL_MESSAGE_MESSAGE_ID 0
#define KINMU_MAIL_MESSAGE_KIND 1
#define KINMU_MAIL_MESSAGE_PERSON 2
#define KINMU_MAIL_MESSAGE_ADDRESS 3
#define KINMU_MAIL_MESSAGE_ABOUT 4
#define KINMU_MAIL_MESSAGE_ITEMS 5
#define KINMU_MAIL_MESSAGE_STATE 6
#define KINMU_MAIL_MESSAGE_ATTEMPTS 7
#define KINMU_MAIL_MESSAGE_QUEUED_NS 8
#define KINMU_MAIL_MESSAGE_DUE_NS 9
#define KINMU_MAIL_MESSAGE_SENT_NS 10
#define KINMU_MAIL_MESSAGE_PROBLEM 11
#define KINMU_MAIL_MESSAGE_RESUMED 12
#define KINMU_MAIL_MESSAGE_FIELDS 13

#define KINMU_MAIL_KINDS "request|auto-end|import|digest|registration|reissue"

static const kinmu_field kinmu_mail_message_fields[] = {
    {"message_id", KINMU_TYPE_TEXT, KINMU_FIELD_KEY, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "What it is about and whom it goes to: the same news makes no second mail."},
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     KINMU_MAIL_KINDS, "Which mail."},
    {"person", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "", NULL,
     "Who gets it, at the address he has when it is sent."},
    {"address", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Where it goes when that is nobody's: an address of conf.d."},
    {"about", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE,
     "", NULL, "Request, person and day, import, or date."},
    {"items", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PSEUDONYMOUS, KINMU_ROLE_NONE, "json", NULL,
     "digest: the warnings in it, as rule, person, period and level."},
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "queued|sent|failed|dropped",
     "sent: the mail server took it; failed: given up; dropped: no longer needed."},
    {"attempts", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count",
     NULL, "Answers of the mail server so far."},
    {"queued_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "When it was decided to send it."},
    {"due_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "Not tried before."},
    {"sent_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns", NULL,
     "When the mail server took it."},
    {"problem", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Why it was put off, given up or dropped; the mail server's last answer."},
    {"resumed", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "count", NULL,
     "reissue: how often the person was let in again when it was decided; null = never."},
};

static const kinmu_schema kinmu_mail_message = {
    sizeof(kinmu_schema),
    1,
    "kinmu.mail.message",
    KINMU_KIND_RECORD,
    0,
    "working-time",
    "email",
    "state,due_ns;person,queued_ns;kind,queued_ns",
    KINMU_TABLE(kinmu_mail_message_fields),
    "A mail to one receiver and where it stands; its words are made when it is sent."};

#endif
