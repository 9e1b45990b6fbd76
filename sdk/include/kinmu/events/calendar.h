/* kinmu/events/calendar.h - appointments of a person's calendar (COL-16…18): today and the two
 * weeks after. Attachments and bodies are never read. */
#ifndef KINMU_EVENTS_CALENDAR_H
#define KINMU_EVENTS_CALENDAR_H

#include <kinmu/schema.h>

/* Field positions of kinmu.calendar.event/1. */
#define KINMU_CALENDAR_EVENT_SOURCE 0
#define KINMU_CALENDAR_EVENT_SOURCE_ID 1
#define KINMU_CALENDAR_EVENT_CHANGE 2
#define KINMU_CALENDAR_EVENT_START_NS 3
#define KINMU_CALENDAR_EVENT_END_NS 4
#define KINMU_CALENDAR_EVENT_TITLE 5
#define KINMU_CALENDAR_EVENT_PLACE 6
#define KINMU_CALENDAR_EVENT_IS_PRIVATE 7
#define KINMU_CALENDAR_EVENT_IS_ALL_DAY 8
#define KINMU_CALENDAR_EVENT_BUSY 9
#define KINMU_CALENDAR_EVENT_ATTENDEES 10
#define KINMU_CALENDAR_EVENT_FIELDS 11

static const kinmu_field kinmu_calendar_event_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "\"outlook\", \"ics\", \"google\"."},
    {"source_id", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PSEUDONYMOUS,
     KINMU_ROLE_NONE, "", NULL, "Id at the source, with the occurrence for repeated ones."},
    {"change", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "",
     "present|removed", "removed: gone since the last look."},
    {"start_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "ns", NULL,
     "Start; null when removed."},
    {"end_ns", KINMU_TYPE_TIME, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "ns", NULL, "End."},
    {"title", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_TITLE, "", NULL,
     "Title; null for private ones (COL-18)."},
    {"place", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_TITLE, "", NULL, "Place."},
    {"is_private", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Marked private: nothing but the time is kept."},
    {"is_all_day", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Whole days."},
    {"busy", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     "free|tentative|busy|out|elsewhere", "How the time is marked."},
    {"attendees", KINMU_TYPE_I64, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "count", NULL,
     "How many are invited."},
};

static const kinmu_schema kinmu_calendar_event = {
    sizeof(kinmu_schema),
    1,
    "kinmu.calendar.event",
    KINMU_KIND_LOG,
    0,
    "presence",
    NULL,
    "source_id",
    KINMU_TABLE(kinmu_calendar_event_fields),
    "An appointment was seen new, changed or removed."};

/* Field positions of kinmu.calendar.sync/1. */
#define KINMU_CALENDAR_SYNC_SOURCE 0
#define KINMU_CALENDAR_SYNC_FROM_NS 1
#define KINMU_CALENDAR_SYNC_TO_NS 2
#define KINMU_CALENDAR_SYNC_SEEN 3
#define KINMU_CALENDAR_SYNC_FIELDS 4

static const kinmu_field kinmu_calendar_sync_fields[] = {
    {"source", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL,
     "As in kinmu.calendar.event."},
    {"from_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "Span looked at."},
    {"to_ns", KINMU_TYPE_TIME, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "ns",
     NULL, "Its end."},
    {"seen", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "count",
     NULL, "Appointments seen."},
};

static const kinmu_schema kinmu_calendar_sync = {
    sizeof(kinmu_schema),
    1,
    "kinmu.calendar.sync",
    KINMU_KIND_LOG,
    0,
    "presence",
    NULL,
    NULL,
    KINMU_TABLE(kinmu_calendar_sync_fields),
    "A complete look at a calendar: what lies in the span and was not seen no longer exists "
    "(COL-17)."};

#endif
