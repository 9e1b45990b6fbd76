/* simulate/day.c - see day.h. */
#include "simulate/day.h"

#include "simulate/random.h"

#include <string.h>

#define HOUR 3600
#define MINUTE 60
#define NINE (9 * HOUR)
#define APART_S 120 /* between two sittings at one PC */
#define SITTING_S_MIN 600
#define LEFT_ON_PERCENT 6
#define LOOK_BACK_DAYS 20
#define LOOK_AHEAD_DAYS 40
#define WHAT_DAY 0x646179u
#define WHAT_LEFT_ON 0x6c656674u
#define WHAT_BOOT 0x626f6f74u

int64_t day_moment(int64_t day, int32_t second) {
    return day * DAY_NS + ((int64_t)second - DAY_OFFSET_S) * 1000000000LL;
}

int64_t day_of(int64_t unix_ns) {
    int64_t local_ns = unix_ns + ((int64_t)DAY_OFFSET_S - DAY_BEGIN_S) * 1000000000LL;
    return local_ns >= 0 ? local_ns / DAY_NS : (local_ns - DAY_NS + 1) / DAY_NS;
}

/* ---- one person's day ---- */

typedef struct person_day {
    int32_t works;
    day_span at;
    day_span meeting; /* empty, or with the second PC */
    int32_t by_second_pc;
    chance c; /* goes on for what depends on the PC */
} person_day;

static int32_t is_weekend(int64_t day) {
    int64_t weekday = (day + 4) % 7; /* 1970-01-01 was a Thursday; 0 = Sunday */
    return weekday == 0 || weekday == 6;
}

/* Most go between 18:00 and 19:30, some late, a few by night. */
static int32_t end_of_day(const world_person *person, chance *c) {
    int32_t late = (int32_t)chance_below(c, 100);
    int32_t end = person->shift == WORLD_EARLY ? 15 * HOUR + 1800 : 18 * HOUR;
    if (late < 70) {
        return end + chance_between(c, -20 * MINUTE, 90 * MINUTE);
    }
    if (late < 97) {
        return end + chance_between(c, 90 * MINUTE, 4 * HOUR);
    }
    return end + chance_between(c, 5 * HOUR, 8 * HOUR + 1800); /* until 02:30 */
}

static void plan_shift(const world *w, const world_person *person, person_day *d) {
    chance *c = &d->c;
    if (person->shift == WORLD_BY_NIGHT) {
        d->at.from_s = 21 * HOUR + chance_between(c, -900, 900);
        d->at.to_s = 29 * HOUR + chance_between(c, 0, 1800);
        return;
    }
    d->at.from_s = person->shift == WORLD_EARLY ? 7 * HOUR + chance_between(c, -900, 900)
                                                : NINE + chance_between(c, -1800, 900);
    if (w->rush_s > 0) {
        d->at.from_s = NINE + chance_between(c, 0, w->rush_s - 1);
    }
    d->at.to_s = end_of_day(person, c);
}

/* His part of the shared PC's day, 08:30 to 20:30. */
static void plan_turn(const world *w, const world_person *person, person_day *d) {
    int32_t begin = w->rush_s > 0 ? NINE : 8 * HOUR + 1800;
    int32_t part = 12 * HOUR / person->turns;
    d->at.from_s = begin + part * person->turn + chance_between(&d->c, 0, 300);
    if (w->rush_s > 0 && person->turn == 0) {
        d->at.from_s = NINE + chance_between(&d->c, 0, w->rush_s - 1);
    }
    d->at.to_s = begin + part * (person->turn + 1) - chance_between(&d->c, 300, 1200);
}

static person_day plan_person(const world *w, uint32_t index, int64_t day) {
    const world_person *person = &w->people[index];
    person_day d = {.c = chance_of(w->seed, WHAT_DAY, index, (uint64_t)day)};
    int32_t is_off = chance_percent(&d.c, 5);
    int32_t works_weekend = chance_percent(&d.c, 3);
    d.works = is_weekend(day) ? works_weekend : !is_off || w->rush_s > 0;
    if (person->turns > 1) {
        plan_turn(w, person, &d);
    } else {
        plan_shift(w, person, &d);
    }
    if (person->second_pc != WORLD_NO_PC) {
        uint32_t how = chance_below(&d.c, 100);
        d.by_second_pc = how < 25 && w->rush_s == 0; /* at home, with the notebook */
        if (how >= 25 && how < 60) {
            d.meeting.from_s = chance_between(&d.c, 14 * HOUR, 15 * HOUR);
            d.meeting.to_s = d.meeting.from_s + chance_between(&d.c, 1800, 5400);
        }
    }
    return d;
}

/* ---- at one PC ---- */

static void go_away(day_sitting *s, int32_t from_s, int32_t to_s) {
    int32_t after = s->away_count > 0 ? s->away[s->away_count - 1].to_s : s->at.from_s;
    if (s->away_count < DAY_AWAY_MAX && from_s > after + 300 && to_s < s->at.to_s - 300) {
        s->away[s->away_count++] = (day_span){from_s, to_s};
    }
}

/* In the order of the day: go_away leaves out what does not fit. */
static void plan_breaks(day_sitting *s, const world_person *person, const person_day *d,
                        chance *c) {
    int32_t lunch = person->shift == WORLD_BY_NIGHT ? 25 * HOUR : 12 * HOUR;
    int32_t lunch_end;
    int32_t early = s->at.from_s + chance_between(c, 2400, 7200);
    go_away(s, early, early + chance_between(c, 180, 900));
    lunch += chance_between(c, -600, 1800);
    lunch_end = lunch + chance_between(c, 2400, 3900);
    go_away(s, lunch, lunch_end);
    if (d->meeting.to_s > 0) {
        go_away(s, d->meeting.from_s - chance_between(c, 30, 90),
                d->meeting.to_s + chance_between(c, 60, 300));
    }
    for (int32_t hour = 15; hour < 29; hour += 2) {
        int32_t from = hour * HOUR + chance_between(c, 0, 5400);
        if (chance_percent(c, 60)) {
            go_away(s, from, from + chance_between(c, 120, 1200));
        }
    }
}

static void add_sitting(day_plan *plan, const day_sitting *s) {
    uint32_t at = plan->count;
    if (plan->count == DAY_SITTINGS_MAX || s->at.to_s - s->at.from_s < SITTING_S_MIN) {
        return;
    }
    while (at > 0 && plan->sittings[at - 1].at.from_s > s->at.from_s) {
        plan->sittings[at] = plan->sittings[at - 1];
        at--;
    }
    plan->sittings[at] = *s;
    plan->count++;
}

static void sit_down(const world *w, day_plan *plan, uint32_t index) {
    const world_person *person = &w->people[index];
    person_day d = plan_person(w, index, plan->day);
    int32_t is_second = w->pcs[plan->pc].is_second != 0;
    day_sitting s = {.person = index, .at = d.at};
    chance c = d.c;
    if (!d.works) {
        return;
    }
    if (is_second == d.by_second_pc) {
        plan_breaks(&s, person, &d, &c);
        add_sitting(plan, &s);
    } else if (is_second && d.meeting.to_s > 0 && d.meeting.from_s > d.at.from_s + 600 &&
               d.meeting.to_s < d.at.to_s - 600) {
        s.at = d.meeting;
        add_sitting(plan, &s);
    }
}

/* Who comes late on a shared PC comes after the one before has gone. */
static void keep_apart(day_plan *plan) {
    for (uint32_t i = 1; i < plan->count; i++) {
        int32_t free_s = plan->sittings[i - 1].at.to_s + APART_S;
        if (plan->sittings[i].at.from_s < free_s) {
            plan->sittings[i - 1].at.to_s = plan->sittings[i].at.from_s - APART_S;
        }
    }
}

static void plan_sittings(const world *w, uint32_t pc, int64_t day, day_plan *out) {
    memset(out, 0, sizeof *out);
    out->pc = pc;
    out->day = day;
    out->boot_s = DAY_NEVER;
    out->shutdown_s = DAY_NEVER;
    for (uint32_t i = 0; i < w->pcs[pc].user_count; i++) {
        sit_down(w, out, w->pcs[pc].users[i]);
    }
    keep_apart(out);
}

/* Forgotten to be shut down that evening; only where one person works. */
static int32_t is_left_on(const world *w, const day_plan *plan) {
    chance c = chance_of(w->seed, WHAT_LEFT_ON, plan->pc, (uint64_t)plan->day);
    return plan->count == 1 && w->pcs[plan->pc].user_count == 1 &&
           chance_percent(&c, LEFT_ON_PERCENT);
}

static int32_t boot_second(const world *w, const day_plan *plan) {
    chance c = chance_of(w->seed, WHAT_BOOT, plan->pc, (uint64_t)plan->day);
    int32_t before = chance_between(&c, 25, 90);
    return plan->sittings[0].at.from_s - before;
}

/* The last day before on which it was used, if it was left on then. */
static int32_t was_left_on(const world *w, uint32_t pc, int64_t day, day_plan *before) {
    for (int64_t back = 1; back <= LOOK_BACK_DAYS; back++) {
        plan_sittings(w, pc, day - back, before);
        if (before->count > 0) {
            return is_left_on(w, before);
        }
    }
    return 0;
}

void day_make(const world *w, uint32_t pc, int64_t day, day_plan *out) {
    day_plan first;
    day_plan before;
    plan_sittings(w, pc, day, out);
    if (out->count == 0) {
        return;
    }
    first = *out;
    while (was_left_on(w, pc, first.day, &before)) {
        first = before;
    }
    out->boot_day = first.day;
    out->boot_day_s = boot_second(w, &first);
    out->boot_s = first.day == day ? out->boot_day_s : DAY_NEVER;
    out->sittings[0].continues = first.day != day;
    day_sitting *last = &out->sittings[out->count - 1];
    last->is_left_on = is_left_on(w, out);
    out->shutdown_s = last->is_left_on ? DAY_NEVER : last->at.to_s + 20;
}

int64_t day_next_on(const world *w, uint32_t pc, int64_t unix_ns) {
    int64_t day = day_of(unix_ns);
    day_plan plan;
    for (int64_t i = 0; i <= LOOK_AHEAD_DAYS; i++) {
        day_make(w, pc, day + i, &plan);
        if (plan.count == 0) {
            if (i == 0 && was_left_on(w, pc, day, &plan)) {
                return unix_ns;
            }
            continue;
        }
        int64_t from = plan.boot_s == DAY_NEVER ? INT64_MIN : day_moment(day + i, plan.boot_s);
        int64_t to =
            plan.shutdown_s == DAY_NEVER ? INT64_MAX : day_moment(day + i, plan.shutdown_s);
        if (unix_ns <= to) {
            return from > unix_ns ? from : unix_ns;
        }
    }
    return INT64_MAX;
}
