/* workday/facts/intake.c - see intake.h. One function for each schema; fields are checked as they
 * are taken, and the first wrong one is told. */
#include "facts/intake.h"

#include "facts/settings.h"

#include <kinmu/events/attendance.h>
#include <kinmu/events/calendar.h>
#include <kinmu/events/fleet.h>
#include <kinmu/events/input.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/people.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/request.h>
#include <kinmu/events/session.h>
#include <kinmu/events/settings.h>
#include <kinmu/events/task.h>

#include <stdio.h>
#include <string.h>

/* ---- taking fields ---- */

typedef struct taker {
    intake *in;
    const intake_event *event;
    char *why;
    int32_t status;
} taker;

static const kinmu_field *field_at(const taker *t, uint32_t field) {
    return (const kinmu_field *)(const void *)((const char *)t->event->schema->fields.rows +
                                               (size_t)field * t->event->schema->fields.stride);
}

static void refuse(taker *t, uint32_t field, const char *what) {
    if (t->status == KINMU_OK) {
        (void)snprintf(t->why, INTAKE_WHY_SIZE, "%s: \"%s\" %s", t->event->schema->name,
                       field_at(t, field)->name, what);
        t->status = KINMU_E_REJECT;
    }
}

static const kinmu_value *value_at(const taker *t, uint32_t field) {
    return &t->event->values[field];
}

static int32_t is_null(const taker *t, uint32_t field) {
    return value_at(t, field)->type == KINMU_TYPE_NULL;
}

static uint32_t id_of(taker *t, const char *text, size_t size) {
    uint32_t id = texts_id(t->in->texts, text, size);
    if (id == TEXT_NONE && t->status == KINMU_OK) {
        t->status = KINMU_E_NOMEM;
    }
    return id == TEXT_NONE ? 0 : id;
}

/* A text's number; null is "". */
static uint32_t take_id(taker *t, uint32_t field) {
    const kinmu_value *value = value_at(t, field);
    return value->type == KINMU_TYPE_TEXT ? id_of(t, value->as.text, value->size) : 0;
}

static uint32_t need_id(taker *t, uint32_t field) {
    if (is_null(t, field)) {
        refuse(t, field, "is missing");
    }
    return take_id(t, field);
}

static int32_t take_number(taker *t, uint32_t field, int32_t max) {
    int64_t number = value_at(t, field)->as.i64;
    if (is_null(t, field)) {
        return NONE;
    }
    if (number < 0 || number > max) {
        refuse(t, field, "is out of range");
        return NONE;
    }
    return (int32_t)number;
}

static int32_t take_date(taker *t, uint32_t field) {
    const kinmu_value *value = value_at(t, field);
    char text[DATE_SIZE] = "";
    int32_t date = 0;
    if (is_null(t, field)) {
        return NONE;
    }
    if (value->size < sizeof text) {
        memcpy(text, value->as.text, value->size);
    }
    if (!date_parse(text, &date)) {
        refuse(t, field, "is no date like 2026-11-22");
    }
    return date;
}

static int32_t need_date(taker *t, uint32_t field) {
    int32_t date = take_date(t, field);
    if (date == NONE) {
        refuse(t, field, "is missing");
        return 0;
    }
    return date;
}

/* The place of the text among the field's choices; -1 = null. */
static int32_t take_choice(taker *t, uint32_t field) {
    const kinmu_value *value = value_at(t, field);
    int32_t place = 0;
    if (is_null(t, field)) {
        return -1;
    }
    for (const char *at = field_at(t, field)->choices;; place++) {
        size_t size = strcspn(at, "|");
        if (size == value->size && memcmp(at, value->as.text, size) == 0) {
            return place;
        }
        if (at[size] == '\0') {
            refuse(t, field, "is none of its choices");
            return 0;
        }
        at += size + 1;
    }
}

static int32_t need_choice(taker *t, uint32_t field) {
    int32_t place = take_choice(t, field);
    if (place < 0) {
        refuse(t, field, "is missing");
        return 0;
    }
    return place;
}

static int64_t need_time(taker *t, uint32_t field) {
    if (is_null(t, field)) {
        refuse(t, field, "is missing");
    }
    return value_at(t, field)->as.i64;
}

/* Null is NONE. */
static int32_t take_minute(taker *t, uint32_t field) {
    return is_null(t, field) ? NONE : moment_minute(value_at(t, field)->as.i64);
}

static void take_breaks(taker *t, uint32_t field, span *breaks, uint32_t *count) {
    const char *text = texts_at(t->in->texts, take_id(t, field));
    if (!settings_breaks(text, breaks, count)) {
        refuse(t, field, "is no list of at most 16 breaks like 11:45-12:45;18:30-19:00");
    }
}

/* ---- rows ---- */

/* The row is there even when a field is refused: then nothing is computed at all. */
static void *new_record(taker *t, uint32_t which) {
    record *row = book_add(t->in->book, which);
    if (row == NULL) {
        t->status = KINMU_E_NOMEM;
    } else if (t->event->has_time) {
        row->unix_ns = t->event->unix_ns;
    }
    return row;
}

static uint32_t id_again(taker *t, uint32_t *before, const char *text) {
    if (strcmp(texts_at(t->in->texts, *before), text) != 0) {
        *before = id_of(t, text, strlen(text));
    }
    return *before;
}

static void *new_log(taker *t, uint32_t which, uint32_t account) {
    uint32_t device = id_again(t, &t->in->device, t->event->origin);
    void *row = logs_add(t->in->logs, which, t->event->unix_ns, account, device);
    if (row == NULL || !logs_hear(t->in->logs, device, t->event->unix_ns)) {
        t->status = KINMU_E_NOMEM;
    }
    return row;
}

static uint32_t account_of(taker *t) {
    return id_again(t, &t->in->account, t->event->subject);
}

static void take_person(taker *t) {
    person_row *row = new_record(t, BOOK_PERSON);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_PEOPLE_PERSON_PERSON);
        row->employee_no = take_id(t, KINMU_PEOPLE_PERSON_EMPLOYEE_NO);
        row->is_overtime_managed = !is_null(t, KINMU_PEOPLE_PERSON_OVERTIME_MANAGED) &&
                                   value_at(t, KINMU_PEOPLE_PERSON_OVERTIME_MANAGED)->as.i64 != 0;
        row->is_erased = !is_null(t, KINMU_PEOPLE_PERSON_ERASE_ASKED_NS);
    }
}

static void take_assignment(taker *t) {
    assignment_row *row = new_record(t, BOOK_ASSIGNMENT);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_PEOPLE_ASSIGNMENT_PERSON);
        row->record.key[1] = (uint32_t)need_date(t, KINMU_PEOPLE_ASSIGNMENT_FROM_DATE);
        row->group = take_id(t, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID);
        row->pattern = take_id(t, KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID);
        int32_t work_class = take_choice(t, KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS);
        row->work_class = work_class >= 0 ? work_class : CLASS_ORDINARY;
    }
}

static void take_group(taker *t) {
    group_row *row = new_record(t, BOOK_GROUP);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_PEOPLE_GROUP_GROUP_ID);
        row->parent = take_id(t, KINMU_PEOPLE_GROUP_PARENT_ID);
    }
}

static void take_pattern(taker *t) {
    pattern_row *row = new_record(t, BOOK_PATTERN);
    if (row == NULL) {
        return;
    }
    row->record.key[0] = need_id(t, KINMU_PEOPLE_PATTERN_PATTERN_ID);
    row->record.key[1] = (uint32_t)need_date(t, KINMU_PEOPLE_PATTERN_FROM_DATE);
    take_breaks(t, KINMU_PEOPLE_PATTERN_BREAKS, row->pattern.breaks, &row->pattern.break_count);
    int32_t work_min = take_number(t, KINMU_PEOPLE_PATTERN_WORK_MIN, DAY_MIN);
    int32_t auto_end = take_number(t, KINMU_PEOPLE_PATTERN_AUTO_END_CLOCK, CLOCK_MAX);
    row->pattern.work_min = work_min != NONE ? work_min : 480;
    row->pattern.morning_min = take_number(t, KINMU_PEOPLE_PATTERN_MORNING_MIN, DAY_MIN);
    row->pattern.auto_end_clock = auto_end != NONE ? auto_end : 300;
    row->pattern.start_clock = take_number(t, KINMU_PEOPLE_PATTERN_START_CLOCK, CLOCK_MAX);
    row->pattern.end_clock = take_number(t, KINMU_PEOPLE_PATTERN_END_CLOCK, CLOCK_MAX);
}

static void take_account(taker *t) {
    owner_row *row = new_record(t, BOOK_ACCOUNT);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_PEOPLE_ACCOUNT_ACCOUNT);
        row->record.key[1] = (uint32_t)need_date(t, KINMU_PEOPLE_ACCOUNT_FROM_DATE);
        row->person = take_id(t, KINMU_PEOPLE_ACCOUNT_PERSON);
    }
}

static void take_computer(taker *t) {
    owner_row *row = new_record(t, BOOK_COMPUTER);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_PEOPLE_COMPUTER_COMPUTER);
        row->record.key[1] = (uint32_t)need_date(t, KINMU_PEOPLE_COMPUTER_FROM_DATE);
        row->person = take_id(t, KINMU_PEOPLE_COMPUTER_PERSON);
    }
}

static void take_holiday(taker *t) {
    static const int32_t kinds[] = {KIND_LEGAL_HOLIDAY, KIND_COMPANY_HOLIDAY, KIND_COMPANY_HOLIDAY,
                                    KIND_WORK};
    holiday_row *row = new_record(t, BOOK_HOLIDAY);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_PEOPLE_HOLIDAY_CALENDAR);
        row->record.key[1] = (uint32_t)need_date(t, KINMU_PEOPLE_HOLIDAY_DATE);
        row->kind = kinds[need_choice(t, KINMU_PEOPLE_HOLIDAY_KIND)];
    }
}

static void take_setting(taker *t) {
    static const uint32_t scopes[] = {SCOPE_COMPANY, SCOPE_GROUP, SCOPE_PERSON};
    setting_row *row = new_record(t, BOOK_SETTING);
    if (row == NULL) {
        return;
    }
    const char *name = texts_at(t->in->texts, need_id(t, KINMU_PEOPLE_SETTING_NAME));
    int32_t setting = settings_find(name);
    uint32_t scope = scopes[need_choice(t, KINMU_PEOPLE_SETTING_SCOPE)];
    uint32_t scope_id = take_id(t, KINMU_PEOPLE_SETTING_SCOPE_ID);
    row->value = take_id(t, KINMU_PEOPLE_SETTING_VALUE);
    if (setting < 0) {
        refuse(t, KINMU_PEOPLE_SETTING_NAME, "is no setting; docs/replay.md lists them");
        return;
    }
    const char *why =
        settings_check((uint32_t)setting, texts_at(t->in->texts, row->value), t->in->zones);
    if (why != NULL) {
        char text[INTAKE_WHY_SIZE];
        (void)snprintf(text, sizeof text, "of %.40s %.120s", name, why);
        refuse(t, KINMU_PEOPLE_SETTING_VALUE, text);
    }
    if (scope != SCOPE_COMPANY &&
        (kinmu_settings[setting].flags & KINMU_SETTING_COMPANY_ONLY) != 0) {
        refuse(t, KINMU_PEOPLE_SETTING_SCOPE, "must be company for this setting");
    }
    if ((scope == SCOPE_COMPANY) != (scope_id == 0)) {
        refuse(t, KINMU_PEOPLE_SETTING_SCOPE_ID, "names the group or person, and nobody else");
    }
    row->record.key[0] = scope;
    row->record.key[1] = scope_id;
    row->record.key[2] = (uint32_t)setting;
    row->record.key[3] = (uint32_t)need_date(t, KINMU_PEOPLE_SETTING_FROM_DATE);
}

static void take_device(taker *t) {
    device_row *row = new_record(t, BOOK_DEVICE);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_FLEET_DEVICE_ORIGIN);
        row->name = take_id(t, KINMU_FLEET_DEVICE_NAME);
    }
}

static void take_shift(taker *t, pattern *p) {
    if (p->start_clock == NONE || p->end_clock == NONE) {
        refuse(t, KINMU_PEOPLE_SCHEDULE_END_CLOCK, "and \"start_clock\" are given both or not");
        return;
    }
    if (p->end_clock <= p->start_clock) {
        refuse(t, KINMU_PEOPLE_SCHEDULE_END_CLOCK, "is not after \"start_clock\"");
        return;
    }
    take_breaks(t, KINMU_PEOPLE_SCHEDULE_BREAKS, p->breaks, &p->break_count);
    settings_place(p);
}

static void take_schedule(taker *t) {
    static const int32_t kinds[] = {KIND_WORK, KIND_LEGAL_HOLIDAY, KIND_COMPANY_HOLIDAY,
                                    KIND_LEAVE};
    schedule_row *row = new_record(t, BOOK_SCHEDULE);
    if (row == NULL) {
        return;
    }
    row->record.key[0] = need_id(t, KINMU_PEOPLE_SCHEDULE_PERSON);
    row->record.key[1] = (uint32_t)need_date(t, KINMU_PEOPLE_SCHEDULE_DATE);
    row->kind = kinds[need_choice(t, KINMU_PEOPLE_SCHEDULE_KIND)];
    row->is_withdrawn = need_choice(t, KINMU_PEOPLE_SCHEDULE_STATE) == 1;
    row->pattern = take_id(t, KINMU_PEOPLE_SCHEDULE_PATTERN_ID);
    row->clocks.start_clock = take_number(t, KINMU_PEOPLE_SCHEDULE_START_CLOCK, CLOCK_MAX);
    row->clocks.end_clock = take_number(t, KINMU_PEOPLE_SCHEDULE_END_CLOCK, CLOCK_MAX);
    if (row->clocks.start_clock != NONE || row->clocks.end_clock != NONE) {
        take_shift(t, &row->clocks);
        row->shift = SHIFT_BY_CLOCKS;
    } else if (row->pattern != 0) {
        row->shift = SHIFT_BY_PATTERN;
    }
    row->shift = row->kind == KIND_LEAVE ? SHIFT_NONE : row->shift;
}

static void take_attendance(taker *t) {
    attendance_row *row = new_record(t, BOOK_ATTENDANCE);
    if (row == NULL) {
        return;
    }
    row->record.key[0] = need_id(t, KINMU_ATTENDANCE_DAY_EMPLOYEE_NO);
    row->record.key[1] = (uint32_t)need_date(t, KINMU_ATTENDANCE_DAY_DATE);
    row->start_clock = take_number(t, KINMU_ATTENDANCE_DAY_START_CLOCK, CLOCK_MAX);
    row->end_clock = take_number(t, KINMU_ATTENDANCE_DAY_END_CLOCK, CLOCK_MAX);
    row->break_min = take_number(t, KINMU_ATTENDANCE_DAY_BREAK_MIN, CLOCK_MAX);
    row->has_breaks = !is_null(t, KINMU_ATTENDANCE_DAY_BREAKS);
    take_breaks(t, KINMU_ATTENDANCE_DAY_BREAKS, row->breaks, &row->break_count);
    int32_t holiday = take_choice(t, KINMU_ATTENDANCE_DAY_HOLIDAY);
    row->holiday = holiday >= 0 ? holiday : ATTENDANCE_NONE;
    row->form = take_choice(t, KINMU_ATTENDANCE_DAY_WORK_FORM);
}

static void take_request(taker *t) {
    static const int32_t kinds[] = {REQUEST_START,    REQUEST_END,          REQUEST_CORRECTION,
                                    REQUEST_OVERTIME, REQUEST_HOLIDAY_WORK, REQUEST_REASON,
                                    REQUEST_LEAVE,    REQUEST_OTHER,        REQUEST_OTHER,
                                    REQUEST_OTHER,    REQUEST_LATE};
    static const int32_t states[] = {REQUEST_DRAFT,  REQUEST_PENDING,  REQUEST_APPROVED,
                                     REQUEST_DENIED, REQUEST_RETURNED, REQUEST_GONE,
                                     REQUEST_GONE,   REQUEST_GONE,     REQUEST_GONE};
    request_row *row = new_record(t, BOOK_REQUEST);
    if (row == NULL) {
        return;
    }
    row->record.key[0] = need_id(t, KINMU_REQUEST_REQUEST_REQUEST_ID);
    row->kind = kinds[need_choice(t, KINMU_REQUEST_REQUEST_KIND)];
    row->state = states[need_choice(t, KINMU_REQUEST_REQUEST_STATE)];
    row->person = need_id(t, KINMU_REQUEST_REQUEST_PERSON);
    row->date = take_date(t, KINMU_REQUEST_REQUEST_DATE);
    row->form = take_choice(t, KINMU_REQUEST_REQUEST_WORK_FORM);
    row->from_clock = take_number(t, KINMU_REQUEST_REQUEST_FROM_CLOCK, CLOCK_MAX);
    row->to_clock = take_number(t, KINMU_REQUEST_REQUEST_TO_CLOCK, CLOCK_MAX);
    row->break_min = take_number(t, KINMU_REQUEST_REQUEST_BREAK_MIN, CLOCK_MAX);
    row->scheduled_min = take_number(t, KINMU_REQUEST_REQUEST_SCHEDULED_MIN, CLOCK_MAX);
    row->after = take_id(t, KINMU_REQUEST_REQUEST_AFTER);
}

static void take_task(taker *t) {
    task_row *row = new_record(t, BOOK_TASK);
    if (row != NULL) {
        row->record.key[0] = need_id(t, KINMU_WORK_TASK_TASK_ID);
        row->person = need_id(t, KINMU_WORK_TASK_PERSON);
        row->date = need_date(t, KINMU_WORK_TASK_DATE);
        row->form = take_choice(t, KINMU_WORK_TASK_WORK_FORM);
        row->is_deleted = take_choice(t, KINMU_WORK_TASK_STATE) == 3;
        row->is_meeting = take_choice(t, KINMU_WORK_TASK_KIND) == 1;
        row->start = take_minute(t, KINMU_WORK_TASK_START_NS);
        row->end = take_minute(t, KINMU_WORK_TASK_END_NS);
    }
}

static void take_calendar(taker *t) {
    uint32_t account = account_of(t);
    meeting_row *row = new_record(t, BOOK_MEETING);
    int32_t is_removed = take_choice(t, KINMU_CALENDAR_EVENT_CHANGE) == 1;
    int32_t busy = take_choice(t, KINMU_CALENDAR_EVENT_BUSY);
    if (row == NULL || !logs_hear(t->in->logs, id_of(t, t->event->origin, strlen(t->event->origin)),
                                  t->event->unix_ns)) {
        t->status = KINMU_E_NOMEM;
        return;
    }
    row->record.key[0] = account;
    row->record.key[1] = take_id(t, KINMU_CALENDAR_EVENT_SOURCE);
    row->record.key[2] = need_id(t, KINMU_CALENDAR_EVENT_SOURCE_ID);
    row->is_private = !is_null(t, KINMU_CALENDAR_EVENT_IS_PRIVATE) &&
                      value_at(t, KINMU_CALENDAR_EVENT_IS_PRIVATE)->as.i64 != 0;
    row->start = row->end = NONE;
    /* Of a private one nothing but the time may be kept. */
    if (!is_removed && (busy > 0 || (row->is_private && busy < 0))) {
        row->start = take_minute(t, KINMU_CALENDAR_EVENT_START_NS);
        row->end = take_minute(t, KINMU_CALENDAR_EVENT_END_NS);
    }
}

static void take_input(taker *t) {
    input_row *row = new_log(t, LOG_INPUT, account_of(t));
    for (uint32_t i = 0; row != NULL && i < KINMU_INPUT_MINUTE_OBSERVED_MS; i++) {
        if (!is_null(t, i) && value_at(t, i)->as.i64 < 0) {
            refuse(t, i, "is below 0");
        }
        row->is_active |= !is_null(t, i) && value_at(t, i)->as.i64 > 0;
    }
}

static void take_change(taker *t) {
    static const int32_t kinds[] = {
        CHANGE_BOOT,    CHANGE_LOGON,      CHANGE_LOCK,   CHANGE_UNLOCK,
        CHANGE_IDLE,    CHANGE_ACTIVE,     CHANGE_SLEEP,  CHANGE_RESUME,
        CHANGE_CONNECT, CHANGE_DISCONNECT, CHANGE_LOGOFF, CHANGE_SHUTDOWN,
    };
    change_row *row = new_log(t, LOG_CHANGE, account_of(t));
    if (row != NULL) {
        row->kind = kinds[need_choice(t, KINMU_SESSION_CHANGE_KIND)];
        row->is_estimated = take_choice(t, KINMU_SESSION_CHANGE_QUALITY) == 1;
        row->session = take_id(t, KINMU_SESSION_CHANGE_SESSION_ID);
    }
}

static void take_gap(taker *t) {
    gap_row *row = new_log(t, LOG_GAP, account_of(t));
    if (row != NULL) {
        const char *stream = texts_at(t->in->texts, need_id(t, KINMU_OBSERVATION_GAP_STREAM));
        row->is_counted = strcmp(stream, "input") == 0 || strcmp(stream, "session") == 0;
        row->from_ns = need_time(t, KINMU_OBSERVATION_GAP_FROM_NS);
        row->to_ns = need_time(t, KINMU_OBSERVATION_GAP_TO_NS);
    }
}

static void take_punch(taker *t) {
    static const int32_t kinds[] = {PUNCH_START, PUNCH_BREAK, PUNCH_RESUME,
                                    PUNCH_END,   PUNCH_OTHER, PUNCH_OTHER};
    uint32_t person = take_id(t, KINMU_ATTENDANCE_PUNCH_PERSON);
    punch_row *row =
        person != 0 ? new_log(t, LOG_NAMED_PUNCH, person) : new_log(t, LOG_PUNCH, account_of(t));
    if (row != NULL) {
        row->kind = kinds[need_choice(t, KINMU_ATTENDANCE_PUNCH_KIND)];
        row->form = take_choice(t, KINMU_ATTENDANCE_PUNCH_WORK_FORM);
    }
}

/* The person's own word for it: 私用 (private business), 私用中. */
static int32_t is_private_label(taker *t) {
    static const char word[] = "私用";
    const kinmu_value *label = value_at(t, KINMU_PRESENCE_CHANGE_LABEL);
    return label->type == KINMU_TYPE_TEXT && label->size >= sizeof word - 1 &&
           memcmp(label->as.text, word, sizeof word - 1) == 0;
}

static void take_presence(taker *t) {
    presence_row *row = new_log(t, LOG_PRESENCE, account_of(t));
    if (row != NULL) {
        int32_t state = need_choice(t, KINMU_PRESENCE_CHANGE_STATE);
        row->source = take_id(t, KINMU_PRESENCE_CHANGE_SOURCE);
        row->is_busy = state == 1 || state == 2; /* busy, do-not-disturb */
        row->is_private = is_private_label(t);
    }
}

/* ---- the table ---- */

static const struct {
    const kinmu_schema *schema;
    void (*take)(taker *t);
} schemas[] = {
    {&kinmu_input_minute, take_input},       {&kinmu_session_change, take_change},
    {&kinmu_observation_gap, take_gap},      {&kinmu_attendance_punch, take_punch},
    {&kinmu_presence_change, take_presence}, {&kinmu_calendar_event, take_calendar},
    {&kinmu_people_person, take_person},     {&kinmu_people_assignment, take_assignment},
    {&kinmu_people_group, take_group},       {&kinmu_people_pattern, take_pattern},
    {&kinmu_people_account, take_account},   {&kinmu_people_computer, take_computer},
    {&kinmu_people_holiday, take_holiday},   {&kinmu_people_setting, take_setting},
    {&kinmu_fleet_device, take_device},      {&kinmu_attendance_day, take_attendance},
    {&kinmu_request_request, take_request},  {&kinmu_work_task, take_task},
    {&kinmu_people_schedule, take_schedule},
};
#define SCHEMA_COUNT (sizeof schemas / sizeof schemas[0])

const kinmu_schema *intake_schema(const char *name, size_t size, int64_t version) {
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        const kinmu_schema *schema = schemas[i].schema;
        if (schema->version == version && strlen(schema->name) == size &&
            memcmp(schema->name, name, size) == 0) {
            return schema;
        }
    }
    return NULL;
}

int32_t intake_take(intake *in, const intake_event *event, char why[INTAKE_WHY_SIZE]) {
    taker t = {in, event, why, KINMU_OK};
    if (event->schema->kind == KINMU_KIND_LOG && !event->has_time) {
        (void)snprintf(why, INTAKE_WHY_SIZE, "%s: \"time\" is missing", event->schema->name);
        return KINMU_E_REJECT;
    }
    if (event->has_time && event->unix_ns > in->now_ns) {
        in->later++;
        return KINMU_OK;
    }
    if (event->has_time && event->unix_ns > in->last_ns) {
        in->last_ns = event->unix_ns;
    }
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (schemas[i].schema == event->schema) {
            schemas[i].take(&t);
        }
    }
    return t.status;
}
