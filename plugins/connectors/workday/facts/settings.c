/* workday/facts/settings.c - see settings.h. */
#include "facts/settings.h"

#include "plans.h"

#include <kinmu/events/settings.h>

#include <stdlib.h>
#include <string.h>

#define GROUP_DEPTH_MAX 64
#define PATTERN_WORK_MIN 480 /* without a pattern (WRK-19) */
#define PATTERN_END_CLOCK 300
#define ENTRY_SIZE 64

int32_t settings_find(const char *name) {
    for (int32_t i = 0; i < KINMU_SETTINGS; i++) {
        if (strcmp(kinmu_settings[i].name, name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- values ---- */

/* The place of a text among "a|b|c"; -1 when it is none of them. */
static int32_t choice_of(const char *choices, const char *text, size_t size) {
    int32_t place = 0;
    for (const char *at = choices;; place++) {
        size_t length = strcspn(at, "|");
        if (length == size && memcmp(at, text, size) == 0) {
            return place;
        }
        if (at[length] == '\0') {
            return -1;
        }
        at += length + 1;
    }
}

/* 1 when the text is a whole number from min to max. */
static int32_t number_of(const char *text, size_t size, int64_t min, int64_t max, int32_t *number) {
    int64_t value = 0;
    if (size == 0 || size > 9) {
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }
        value = value * 10 + (text[i] - '0');
    }
    *number = (int32_t)value;
    return value >= min && value <= max;
}

/* The next entry of a list joined by ';'; NULL after the last. */
static const char *entry(const char **rest, size_t *size) {
    const char *at = *rest;
    if (at == NULL || *at == '\0') {
        return NULL;
    }
    *size = strcspn(at, ";");
    *rest = at[*size] == ';' ? at + *size + 1 : NULL;
    return at;
}

static const char *check_list(const kinmu_setting *setting, const char *value) {
    size_t size;
    uint32_t count = 0;
    for (const char *at; (at = entry(&value, &size)) != NULL;) {
        int32_t number;
        if (++count > LIST_MAX) {
            return "has more than 16 entries";
        }
        if (setting->choices != NULL && choice_of(setting->choices, at, size) < 0) {
            return "has an entry that is none of its choices";
        }
        if (setting->choices == NULL && setting->max > 0 &&
            !number_of(at, size, setting->min, setting->max, &number)) {
            return "has an entry that is no number in its range";
        }
        if (size == 0 || size >= ENTRY_SIZE) {
            return "has an empty or overlong entry";
        }
    }
    return NULL;
}

const char *settings_check(uint32_t setting, const char *value, zones *z) {
    const kinmu_setting *row = &kinmu_settings[setting];
    const char *why = NULL;
    const char *end;
    int32_t number = 0;
    switch (row->type) {
    case KINMU_SETTING_NUMBER:
        return number_of(value, strlen(value), row->min, row->max, &number)
                   ? NULL
                   : "is no whole number in its range";
    case KINMU_SETTING_CLOCK:
        end = clock_parse(value, &number);
        return end != NULL && *end == '\0' && number >= row->min && number <= row->max
                   ? NULL
                   : "is no clock in its range";
    case KINMU_SETTING_CHOICE:
        return choice_of(row->choices, value, strlen(value)) >= 0 ? NULL : "is none of its choices";
    case KINMU_SETTING_LIST:
        return check_list(row, value);
    case KINMU_SETTING_DATE:
        return NULL; /* none of the rules asks for one */
    default:
        return zones_find(z, value, &why) != NULL ? NULL : why;
    }
}

int32_t settings_breaks(const char *text, span *breaks, uint32_t *count) {
    size_t size;
    *count = 0;
    for (const char *at; (at = entry(&text, &size)) != NULL;) {
        span *row = &breaks[*count];
        const char *rest = *count < LIST_MAX ? clock_parse(at, &row->start) : NULL;
        rest = rest != NULL && *rest == '-' ? clock_parse(rest + 1, &row->end) : NULL;
        if (rest != at + size) {
            return 0;
        }
        (*count)++;
    }
    return 1;
}

/* ---- what holds ---- */

typedef struct scopes {
    const book *book;
    zones *zones;
    uint32_t person;
    uint32_t groups[GROUP_DEPTH_MAX]; /* the person's, then its parents upward */
    uint32_t group_count;
    int32_t date;
} scopes;

static const setting_row *value_in(const scopes *s, uint32_t scope, uint32_t id, uint32_t setting) {
    uint32_t key[3] = {scope, id, setting};
    return book_in_force(s->book, BOOK_SETTING, key, 3, s->date);
}

static const char *value_of(const scopes *s, uint32_t setting) {
    const setting_row *row = value_in(s, SCOPE_PERSON, s->person, setting);
    for (uint32_t i = 0; row == NULL && i < s->group_count; i++) {
        row = value_in(s, SCOPE_GROUP, s->groups[i], setting);
    }
    if (row == NULL) {
        row = value_in(s, SCOPE_COMPANY, 0, setting);
    }
    return row != NULL ? texts_at(s->book->texts, row->value) : kinmu_settings[setting].preset;
}

static int32_t number(const scopes *s, uint32_t setting) {
    const char *value = value_of(s, setting);
    int32_t out = 0;
    if (kinmu_settings[setting].type == KINMU_SETTING_CLOCK) {
        (void)clock_parse(value, &out);
    } else {
        (void)number_of(value, strlen(value), 0, INT32_MAX, &out);
    }
    return out;
}

static int32_t choice(const scopes *s, uint32_t setting) {
    const char *value = value_of(s, setting);
    return choice_of(kinmu_settings[setting].choices, value, strlen(value));
}

static uint32_t weekdays(const scopes *s, uint32_t setting) {
    const char *value = value_of(s, setting);
    uint32_t bits = 0;
    size_t size;
    for (const char *at; (at = entry(&value, &size)) != NULL;) {
        int32_t weekday = choice_of(KINMU_WEEKDAYS, at, size);
        bits |= weekday >= 0 ? 1u << weekday : 0;
    }
    return bits;
}

static void fill_lists(const scopes *s, terms *out) {
    const char *value = value_of(s, KINMU_SETTING_FORM_ORDER);
    size_t size;
    const char *at;
    while ((at = entry(&value, &size)) != NULL) {
        out->form_order[out->form_count++] = choice_of("ordinary|outside|home", at, size);
    }
    value = value_of(s, KINMU_SETTING_OVERTIME_LEVELS_MIN);
    while ((at = entry(&value, &size)) != NULL) {
        (void)number_of(at, size, 0, INT32_MAX, &out->levels_min[out->level_count++]);
    }
    value = value_of(s, KINMU_SETTING_CALENDAR);
    while ((at = entry(&value, &size)) != NULL) {
        /* A calendar nobody names has no days: texts_id may then only run out of memory, which
         * leaves the calendar out. */
        uint32_t id = texts_id(s->book->texts, at, size);
        if (id != TEXT_NONE) {
            out->calendars[out->calendar_count++] = id;
        }
    }
}

static void fill_limits(const scopes *s, terms *out) {
    out->threshold_min = number(s, KINMU_SETTING_DIVERGENCE_THRESHOLD_MIN);
    out->is_owner_attendance = choice(s, KINMU_SETTING_DIVERGENCE_OWNER) == 1;
    out->month_min = number(s, KINMU_SETTING_OVERTIME_MONTH_MIN);
    out->year_min = number(s, KINMU_SETTING_OVERTIME_YEAR_MIN);
    out->is_special = choice(s, KINMU_SETTING_OVERTIME_SPECIAL) == 1;
    out->special_year_min = number(s, KINMU_SETTING_OVERTIME_SPECIAL_YEAR_MIN);
    out->special_month_min = number(s, KINMU_SETTING_OVERTIME_SPECIAL_MONTH_MIN);
    out->average_min = number(s, KINMU_SETTING_OVERTIME_AVERAGE_MIN);
    out->special_months = number(s, KINMU_SETTING_OVERTIME_SPECIAL_MONTHS);
    out->year_month = number(s, KINMU_SETTING_OVERTIME_YEAR_MONTH);
    out->health_limit_min = number(s, KINMU_SETTING_HEALTH_LIMIT_MIN);
    out->interval_limit_min = number(s, KINMU_SETTING_INTERVAL_LIMIT_MIN);
    out->interval_by_punch = choice(s, KINMU_SETTING_INTERVAL_BY) == 1;
    out->warn_days = number(s, KINMU_SETTING_CONSECUTIVE_WARN_DAYS);
    out->limit_days = number(s, KINMU_SETTING_CONSECUTIVE_LIMIT_DAYS);
}

/* In its form of the date; as without a pattern where it has none. */
static pattern pattern_of(const book *b, uint32_t pattern_id, int32_t date) {
    const pattern_row *found =
        pattern_id != 0 ? book_in_force(b, BOOK_PATTERN, &pattern_id, 1, date) : NULL;
    return found != NULL ? found->pattern
                         : (pattern){.work_min = PATTERN_WORK_MIN,
                                     .morning_min = NONE,
                                     .auto_end_clock = PATTERN_END_CLOCK,
                                     .start_clock = NONE,
                                     .end_clock = NONE};
}

/* The group of the assignment in force and all above it; the pattern. */
static void fill_assignment(scopes *s, terms *out) {
    const assignment_row *row = book_in_force(s->book, BOOK_ASSIGNMENT, &s->person, 1, s->date);
    uint32_t pattern_id = 0;
    if (row != NULL) {
        out->group = row->group;
        out->work_class = row->work_class;
        pattern_id = row->pattern;
    }
    for (uint32_t group = out->group; group != 0 && s->group_count < GROUP_DEPTH_MAX;) {
        const group_row *above = book_find(s->book, BOOK_GROUP, &group, 1);
        s->groups[s->group_count++] = group;
        group = above != NULL ? above->parent : 0;
    }
    out->pattern = pattern_of(s->book, pattern_id, s->date);
}

/* The first date after this one on which a setting, a pattern or the assignment may change. */
static int32_t next_change(const scopes *s) {
    const int32_t *dates = s->book->dates.rows;
    uint32_t low = 0;
    uint32_t high = s->book->dates.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dates[middle] <= s->date) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    int32_t next = low < s->book->dates.count ? dates[low] : INT32_MAX;
    uint32_t key[2] = {s->person, (uint32_t)s->date + 1};
    uint32_t i = book_first(s->book, BOOK_ASSIGNMENT, key, 2);
    if (i < book_count(s->book, BOOK_ASSIGNMENT)) {
        const assignment_row *row = book_row(s->book, BOOK_ASSIGNMENT, i);
        if (row->record.key[0] == s->person && (int32_t)row->record.key[1] < next) {
            next = (int32_t)row->record.key[1];
        }
    }
    return next;
}

void settings_terms(const book *b, zones *z, uint32_t person, int32_t date, terms *out) {
    scopes s = {.book = b, .zones = z, .person = person, .date = date};
    const char *why = NULL;
    memset(out, 0, sizeof *out);
    out->from_date = date;
    out->planned_kind = NONE;
    fill_assignment(&s, out);
    out->to_date = next_change(&s);
    out->zone_name = value_of(&s, KINMU_SETTING_DAY_ZONE);
    out->zone = zones_find(z, out->zone_name, &why);
    out->boundary_min = number(&s, KINMU_SETTING_DAY_BOUNDARY);
    const plan *bought = plans_find(value_of(&s, KINMU_SETTING_COMPANY_PLAN));
    out->has_input = plans_has(bought, PLAN_DETAIL);
    out->is_compared = plans_has(bought, PLAN_ATTENDANCE);
    out->is_miteras = !out->has_input || choice(&s, KINMU_SETTING_PC_PROFILE) == 1;
    out->starts_by_boot = choice(&s, KINMU_SETTING_PC_START) == 1;
    out->idle_min = number(&s, KINMU_SETTING_PC_IDLE_MIN);
    out->is_auto = choice(&s, KINMU_SETTING_REGISTRATION_AUTO) == 1;
    out->lock_min = number(&s, KINMU_SETTING_BREAK_LOCK_MIN);
    out->holiday_by_calendar = choice(&s, KINMU_SETTING_HOLIDAY_WORK) == 1;
    out->legal_weekdays = weekdays(&s, KINMU_SETTING_WEEK_LEGAL_HOLIDAY);
    out->company_weekdays = weekdays(&s, KINMU_SETTING_WEEK_COMPANY_HOLIDAY);
    out->week_start = choice(&s, KINMU_SETTING_WEEK_START);
    fill_lists(&s, out);
    fill_limits(&s, out);
}

/* ---- schedules of single days ---- */

void settings_place(pattern *shift) {
    int32_t work = 0;
    for (uint32_t i = 0; i < shift->break_count; i++) {
        span *one = &shift->breaks[i];
        one->start += one->start < shift->start_clock ? DAY_MIN : 0;
        while (one->end <= one->start) {
            one->end += DAY_MIN;
        }
    }
    for (int32_t clock = shift->start_clock; clock < shift->end_clock; clock++) {
        int32_t is_break = 0;
        for (uint32_t i = 0; i < shift->break_count; i++) {
            is_break |= shift->breaks[i].start <= clock && clock < shift->breaks[i].end;
        }
        work += !is_break;
    }
    shift->work_min = work;
    shift->morning_min = NONE;
    shift->is_placed = 1;
}

void settings_scheduled(const book *b, const schedule_row *row, const terms *usual, terms *out) {
    int32_t date = (int32_t)row->record.key[1];
    *out = *usual;
    out->from_date = date;
    out->to_date = date + 1;
    out->planned_kind = row->kind;
    out->has_shift = row->shift != SHIFT_NONE;
    if (row->shift == SHIFT_BY_PATTERN) {
        out->pattern = pattern_of(b, row->pattern, date);
    } else if (row->shift == SHIFT_BY_CLOCKS) {
        out->pattern = row->clocks;
        out->pattern.auto_end_clock = usual->pattern.auto_end_clock;
    } else {
        out->pattern.work_min = 0;
        out->pattern.morning_min = NONE;
    }
}

int32_t settings_company_is(const book *b, uint32_t setting, int32_t date, const char *value) {
    scopes s = {.book = b, .date = date};
    const setting_row *row = value_in(&s, SCOPE_COMPANY, 0, setting);
    return strcmp(row != NULL ? texts_at(b->texts, row->value) : kinmu_settings[setting].preset,
                  value) == 0;
}
