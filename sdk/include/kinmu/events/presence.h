/* kinmu/events/presence.h - whether a person is there and can be reached (COL-15, COL-20, SES-12).
 * Equal states in a row are written once. */
#ifndef KINMU_EVENTS_PRESENCE_H
#define KINMU_EVENTS_PRESENCE_H

#include <kinmu/schema.h>

/* Field positions of kinmu.presence.change/1. */
#define KINMU_PRESENCE_CHANGE_STATE 0
#define KINMU_PRESENCE_CHANGE_SOURCE 1
#define KINMU_PRESENCE_CHANGE_LABEL 2
#define KINMU_PRESENCE_CHANGE_DETAIL 3
#define KINMU_PRESENCE_CHANGE_FIELDS 4

static const kinmu_field kinmu_presence_change_fields[] = {
    {"state", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "available|busy|do-not-disturb|away|offline|seated|absent|unknown",
     "seated and absent (在席, 離席) are seen by a camera, the others said by a messenger."},
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"teams\", \"slack\", \"skype\", \"face\"."},
    {"label", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "The source's own word, \"退席中\" (EXP-19)."},
    {"detail", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_TITLE, "", NULL,
     "Status text written by the person."},
};

static const kinmu_schema kinmu_presence_change = {
    sizeof(kinmu_schema),
    1,
    "kinmu.presence.change",
    KINMU_KIND_LOG,
    0,
    "presence",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_presence_change_fields),
    "A state of presence began; it holds until the next of the same source."};

#endif
