/* approval/calendar.c - the settings that hold for a person on a date, the business day of a
 * moment, wall clocks; as docs/replay.md says under "Time" and "People and accounts". */
#include "approval.h"
#include "zone_file.h"

#include <kinmu/civil.h>
#include <kinmu/events/settings.h>

#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 64u
#define DAY_S INT64_C(86400)

const char *calendar_group(const book *b, const char *person, const char *date) {
    return row_text(book_in_force(b, USE_ASSIGNMENT, person, date),
                    KINMU_PEOPLE_ASSIGNMENT_GROUP_ID);
}

/* Within one scope: the newest not after the date. */
static const row *setting_of(const book *b, const char *scope, const char *id, const char *name,
                             const char *date) {
    const row *best = NULL;
    for (const row *r = b->first[USE_SETTING]; r != NULL; r = r->next) {
        const char *from = row_text(r, KINMU_PEOPLE_SETTING_FROM_DATE);
        if (row_is(r, KINMU_PEOPLE_SETTING_NAME, name) &&
            row_is(r, KINMU_PEOPLE_SETTING_SCOPE, scope) &&
            row_is(r, KINMU_PEOPLE_SETTING_SCOPE_ID, id) && strcmp(from, date) <= 0 &&
            (best == NULL || strcmp(from, row_text(best, KINMU_PEOPLE_SETTING_FROM_DATE)) > 0)) {
            best = r;
        }
    }
    return best;
}

const char *calendar_setting(const book *b, const char *person, uint32_t setting,
                             const char *date) {
    const char *name = kinmu_settings[setting].name;
    const char *group_id = calendar_group(b, person, date);
    const row *found = setting_of(b, "person", person, name, date);
    for (uint32_t i = 0; found == NULL && i < DEPTH_MAX && group_id[0] != '\0'; i++) {
        found = setting_of(b, "group", group_id, name, date);
        group_id = row_text(book_find(b, USE_GROUP, group_id), KINMU_PEOPLE_GROUP_PARENT_ID);
    }
    found = found != NULL ? found : setting_of(b, "company", "", name, date);
    return found != NULL ? row_text(found, KINMU_PEOPLE_SETTING_VALUE)
                         : kinmu_settings[setting].preset;
}

/* 00:00 of the date, were it shown in UTC. */
static int64_t midnight_s(const char *date) {
    return words_date_ns(date) / SECOND_NS;
}

static int64_t seconds_of(int64_t unix_ns) {
    return unix_ns / SECOND_NS - (unix_ns % SECOND_NS < 0);
}

/* The latest date whose start is not after the moment, with zone and boundary in force on it. */
calendar *calendar_find(hearing *h, const char *person, int64_t unix_ns) {
    calendar *c = memory_get(h->memory, sizeof *c);
    int64_t first = seconds_of(unix_ns) / DAY_S + 1;
    for (int64_t day = first; c != NULL && day > first - 4; day--) {
        const char *why;
        int64_t boundary = 0;
        words_today(day * DAY_S * SECOND_NS, 0, c->date);
        const char *name = calendar_setting(h->book, person, KINMU_SETTING_DAY_ZONE, c->date);
        if ((why = zone_read(ZONE_FOLDER, name, &c->zone)) != NULL) {
            (void)refuse(h, KINMU_E_REJECT, "zone.unreadable", name, why);
            return NULL;
        }
        (void)words_clock(calendar_setting(h->book, person, KINMU_SETTING_DAY_BOUNDARY, c->date), 0,
                          &boundary);
        if (zone_moment_s(&c->zone, day * DAY_S + boundary * 60) <= seconds_of(unix_ns)) {
            return c;
        }
    }
    return c;
}

int64_t calendar_at(const calendar *c, const char *date, int64_t clock) {
    return zone_moment_s(&c->zone, midnight_s(date) + clock * 60) * SECOND_NS;
}

int64_t calendar_clock(const calendar *c, const char *date, int64_t unix_ns) {
    int64_t unix_s = seconds_of(unix_ns);
    return (unix_s + zone_offset_s(&c->zone, unix_s) - midnight_s(date)) / 60;
}

int64_t calendar_next(const calendar *c, int64_t from_ns, int64_t clock) {
    int64_t from_s = seconds_of(from_ns);
    int64_t local_s = from_s + zone_offset_s(&c->zone, from_s);
    int64_t today_s = local_s - local_s % DAY_S;
    int64_t at_s = zone_moment_s(&c->zone, today_s + clock * 60);
    if (at_s <= from_s) {
        at_s = zone_moment_s(&c->zone, today_s + DAY_S + clock * 60);
    }
    return at_s * SECOND_NS;
}

void calendar_print(char out[APPROVAL_CLOCK_SIZE], int64_t clock) {
    clock = clock < 0 ? 0 : clock > WORDS_CLOCK_MAX ? WORDS_CLOCK_MAX : clock;
    (void)snprintf(out, APPROVAL_CLOCK_SIZE, "%02d:%02d", (int)(clock / 60), (int)(clock % 60));
}

const char *calendar_moment(hearing *h, const calendar *c, int64_t unix_ns) {
    int32_t offset_s = zone_offset_s(&c->zone, seconds_of(unix_ns));
    int32_t of_day = offset_s < 0 ? -offset_s : offset_s;
    kinmu_civil at = kinmu_civil_from(unix_ns, offset_s);
    const char *text = memory_print(h->memory, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", at.year,
                                    at.month, at.day, at.hour, at.minute, at.second,
                                    offset_s < 0 ? '-' : '+', of_day / 3600, of_day / 60 % 60);
    return text != NULL ? text : "";
}
