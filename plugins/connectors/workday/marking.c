/* workday/marking.c - see live.h. Nothing is looked up here: the round finds out whose an account
 * is. */
#include "live.h"

#include "rounds/uses.h"

#include <kinmu/events/attendance.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>
#include <kinmu/events/task.h>

#include <stdio.h>
#include <string.h>

#define DAY_NS (DAY_MIN * MINUTE_NS)
#define ORIGIN_BYTES 16
#define SUBJECT_MAX 256

static int32_t put_value(workday *w, int32_t kind, const kinmu_event *e, uint32_t field,
                         int64_t unix_ns) {
    const kinmu_value *value = field < e->value_count ? &e->values[field] : NULL;
    return value == NULL || value->type != KINMU_TYPE_TEXT ||
           marks_put(&w->marks, kind, value->as.text, value->size, unix_ns);
}

/* The beginning of a date, or a little before: days begin later than that in most zones. */
static int64_t date_ns(const kinmu_event *e, uint32_t field) {
    const kinmu_value *value = field < e->value_count ? &e->values[field] : NULL;
    char text[DATE_SIZE] = "";
    int32_t date = 0;
    if (value != NULL && value->type == KINMU_TYPE_TEXT && value->size < sizeof text) {
        memcpy(text, value->as.text, value->size);
    }
    return date_parse(text, &date) ? date * DAY_NS : 0;
}

static void print_origin(char *out, const uint8_t *origin) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ORIGIN_BYTES; i++) {
        out[2 * i] = digits[origin[i] >> 4];
        out[2 * i + 1] = digits[origin[i] & 15];
    }
}

/* The device, and whose account it was; of input which day's. */
static int32_t mark_log(workday *w, const kinmu_event *e) {
    char name[ROSTER_ORIGIN + ROSTER_DAY + SUBJECT_MAX + 1];
    size_t size = ROSTER_ORIGIN;
    size_t subject = strlen(e->subject);
    int64_t unix_ns = e->unix_ns;
    print_origin(name, e->origin);
    if (e->schema == USE_GAP && e->values[KINMU_OBSERVATION_GAP_FROM_NS].as.i64 < unix_ns) {
        unix_ns = e->values[KINMU_OBSERVATION_GAP_FROM_NS].as.i64;
    }
    if (subject == 0 && e->schema != USE_PUNCH) {
        return marks_put(&w->marks, MARK_MACHINE, name, size, unix_ns) &&
               marks_put(&w->marks, MARK_MACHINE, name, size, e->unix_ns);
    }
    if (subject > SUBJECT_MAX) {
        return 1; /* nobody is called so */
    }
    if (e->schema == USE_INPUT) {
        unsigned date = (unsigned)(moment_minute(unix_ns) / DAY_MIN);
        (void)snprintf(name + size, ROSTER_DAY + 1, "%08x", date);
        size += ROSTER_DAY;
    }
    memcpy(name + size, e->subject, subject);
    size += subject;
    int32_t kind = e->schema == USE_INPUT ? MARK_INPUT : MARK_LANE;
    return marks_put(&w->marks, kind, name, size, unix_ns) &&
           (unix_ns == e->unix_ns || marks_put(&w->marks, kind, name, size, e->unix_ns));
}

/* Evidence of a closed month that was approved: of whatever time, at once. */
static int32_t is_late_decided(const kinmu_event *e) {
    return e->value_count > KINMU_REQUEST_REQUEST_AFTER &&
           saved_is(&e->values[KINMU_REQUEST_REQUEST_KIND], "late-evidence") &&
           !saved_is(&e->values[KINMU_REQUEST_REQUEST_STATE], "pending");
}

/* The table it is of; a place is below 32, so that the character is never the text's end. */
static int32_t mark_table(workday *w, const kinmu_event *e) {
    const char place = (char)e->schema;
    return e->schema < USE_PERSON || e->schema > USE_DEVICE ||
           marks_put(&w->marks, MARK_TABLE, &place, 1, e->unix_ns);
}

int32_t marking_event(workday *w, const kinmu_event *e) {
    if (!mark_table(w, e)) {
        return 0;
    }
    switch (e->schema) {
    case USE_PUNCH:
        return mark_log(w, e) &&
               put_value(w, MARK_PERSON, e, KINMU_ATTENDANCE_PUNCH_PERSON, e->unix_ns);
    case USE_INPUT:
    case USE_CHANGE:
    case USE_GAP:
    case USE_PRESENCE:
    case USE_MEETING:
        return mark_log(w, e);
    case USE_PERSON:
        return put_value(w, MARK_PERSON, e, KINMU_PEOPLE_PERSON_PERSON, 0);
    case USE_ASSIGNMENT:
        return put_value(w, MARK_PERSON, e, KINMU_PEOPLE_ASSIGNMENT_PERSON, 0);
    case USE_ACCOUNT:
        return put_value(w, MARK_ACCOUNT, e, KINMU_PEOPLE_ACCOUNT_ACCOUNT, 0);
    case USE_GROUP:
    case USE_PATTERN:
    case USE_COMPUTER:
    case USE_HOLIDAY:
    case USE_SETTING:
        return marks_put(&w->marks, MARK_EVERYBODY, "", 0, 0);
    case USE_ATTENDANCE:
        return put_value(w, MARK_NUMBER, e, KINMU_ATTENDANCE_DAY_EMPLOYEE_NO,
                         date_ns(e, KINMU_ATTENDANCE_DAY_DATE));
    case USE_REQUEST:
        if (is_late_decided(e) && !put_value(w, MARK_FORCED, e, KINMU_REQUEST_REQUEST_PERSON,
                                             date_ns(e, KINMU_REQUEST_REQUEST_DATE))) {
            return 0;
        }
        return put_value(w, MARK_PERSON, e, KINMU_REQUEST_REQUEST_PERSON,
                         date_ns(e, KINMU_REQUEST_REQUEST_DATE));
    case USE_TASK:
        return put_value(w, MARK_PERSON, e, KINMU_WORK_TASK_PERSON,
                         date_ns(e, KINMU_WORK_TASK_DATE));
    case USE_SCHEDULE: /* the day before looks at the next one's start */
        return put_value(w, MARK_PERSON, e, KINMU_PEOPLE_SCHEDULE_PERSON,
                         date_ns(e, KINMU_PEOPLE_SCHEDULE_DATE) - DAY_NS);
    case USE_FORGET:
        return marks_put(&w->marks, MARK_FORGOTTEN, "", 0, e->unix_ns);
    default:
        return 1;
    }
}
