/* simulate/minute.c - see minute.h. */
#include "simulate/minute.h"

#include "simulate/random.h"

#include <string.h>

#define NS_PER_S 1000000000LL
#define MINUTE_S 60
#define STARTS_UP_S 12 /* until the first event after power on */
#define SWITCHES_MAX 8u
#define WHAT_MINUTE 0x6d696e757465u
#define WHAT_BOOT_ID 0x626f6f746964u

/* ---- programs ---- */

typedef struct front {
    const char *process, *url;
} front;

static const front fronts[] = {
    {"EXCEL.EXE", NULL},
    {"OUTLOOK.EXE", NULL},
    {"ms-teams.exe", NULL},
    {"WINWORD.EXE", NULL},
    {"POWERPNT.EXE", NULL},
    {"explorer.exe", NULL},
    {"AcroRd32.exe", NULL},
    {"notepad.exe", NULL},
    {"Code.exe", NULL},
    {"WindowsTerminal.exe", NULL},
    {"sakura.exe", NULL},
    {"chrome.exe", "https://kintai.example.co.jp/timecard"},
    {"chrome.exe", "https://www.yahoo.co.jp/"},
    {"chrome.exe", "https://keihi.example.co.jp/applications/new"},
    {"chrome.exe", "https://wiki.example.co.jp/pages/manual"},
    {"msedge.exe", "https://crm.example.co.jp/accounts/list"},
    {"msedge.exe", "https://transit.example.jp/search/result"},
};
#define FRONT_COUNT ((uint32_t)(sizeof fronts / sizeof fronts[0]))
#define FRONTS_OF_KIND 10u
static const uint8_t fronts_of[WORLD_KINDS][FRONTS_OF_KIND] = {
    [WORLD_CLERK] = {0, 0, 0, 1, 1, 5, 6, 11, 13, 3},
    [WORLD_ENGINEER] = {8, 8, 8, 9, 9, 14, 2, 12, 10, 1},
    [WORLD_SALES] = {1, 1, 4, 2, 2, 15, 15, 16, 0, 12},
    [WORLD_MANAGER] = {1, 1, 2, 2, 4, 0, 6, 12, 13, 5},
};

/* Mean counts of a minute of work. */
static const struct {
    int32_t keys, clicks, digit_percent;
} habits[WORLD_KINDS] = {
    [WORLD_CLERK] = {95, 14, 38},
    [WORLD_ENGINEER] = {120, 9, 8},
    [WORLD_SALES] = {60, 16, 12},
    [WORLD_MANAGER] = {40, 12, 10},
};

/* ---- adding ---- */

typedef struct making {
    const world *w;
    const day_plan *plan;
    int32_t from_s; /* of the minute */
    minute *out;
    chance c;
} making;

static minute_event *add(making *m, uint32_t kind, uint32_t value_count, int32_t second,
                         const char *subject) {
    if (m->out->count == MINUTE_EVENTS_MAX) {
        return NULL;
    }
    uint32_t at = m->out->count++;
    int64_t at_ns = day_moment(m->plan->day, second);
    minute_event *events = m->out->events;
    while (at > 0 && events[at - 1].at_ns > at_ns) {
        events[at] = events[at - 1];
        at--;
    }
    int64_t boot_ns = day_moment(m->plan->boot_day, m->plan->boot_day_s);
    memset(&events[at], 0, sizeof events[at]); /* values: null */
    events[at].kind = kind;
    events[at].value_count = value_count;
    events[at].at_ns = at_ns;
    events[at].unix_ns = at_ns;
    events[at].mono_ns = (uint64_t)(at_ns - boot_ns + STARTS_UP_S * NS_PER_S);
    events[at].subject = subject;
    return &events[at];
}

static int32_t is_now(const making *m, int32_t second) {
    return second >= m->from_s && second < m->from_s + MINUTE_S;
}

static void add_session(making *m, const char *kind, int32_t second, const char *subject) {
    minute_event *e = is_now(m, second)
                          ? add(m, MINUTE_SESSION, KINMU_SESSION_CHANGE_FIELDS, second, subject)
                          : NULL;
    if (e != NULL) {
        int32_t is_machine = subject[0] == '\0';
        e->values[KINMU_SESSION_CHANGE_KIND] = kinmu_text(kind);
        e->values[KINMU_SESSION_CHANGE_QUALITY] = kinmu_text("exact");
        e->values[KINMU_SESSION_CHANGE_SOURCE] = kinmu_text(is_machine ? "kernel" : "wts");
        if (!is_machine) {
            e->values[KINMU_SESSION_CHANGE_SESSION_ID] = kinmu_text("1");
            e->values[KINMU_SESSION_CHANGE_SESSION_TYPE] = kinmu_text("console");
        }
    }
}

static void add_focus(making *m, const char *cause, int32_t second, const char *subject,
                      uint32_t program) {
    minute_event *e = add(m, MINUTE_FOCUS, KINMU_WINDOW_FOCUS_FIELDS, second, subject);
    if (e != NULL) {
        e->values[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text(cause);
        if (program < FRONT_COUNT) {
            e->values[KINMU_WINDOW_FOCUS_PROCESS] = kinmu_text(fronts[program].process);
            e->values[KINMU_WINDOW_FOCUS_ELEVATED] = kinmu_bool(0);
        }
        if (program < FRONT_COUNT && fronts[program].url != NULL) {
            e->values[KINMU_WINDOW_FOCUS_URL] = kinmu_text(fronts[program].url);
        }
    }
}

/* ---- one sitting ---- */

/* Seconds of this minute in which somebody is at the PC, and the first of them. */
static int32_t presence(const making *m, const day_sitting *s, int32_t *first_s) {
    int32_t from = s->at.from_s > m->from_s ? s->at.from_s : m->from_s;
    int32_t to = s->at.to_s < m->from_s + MINUTE_S ? s->at.to_s : m->from_s + MINUTE_S;
    for (uint32_t i = 0; i < s->away_count; i++) {
        day_span away = s->away[i];
        if (away.from_s <= from && away.to_s > from) {
            from = away.to_s;
        } else if (away.from_s > from && away.from_s < to) {
            to = away.from_s;
        }
    }
    *first_s = from;
    return to > from ? to - from : 0;
}

static void put(minute_event *e, uint32_t field, int32_t count) {
    e->values[field] = kinmu_i64(count);
}

static void add_input(making *m, const day_sitting *s, int32_t present_s, int32_t is_busy) {
    const world_person *person = &m->w->people[s->person];
    chance *c = &m->c;
    int32_t share = is_busy ? present_s : 0;
    int32_t keys = habits[person->kind].keys * chance_between(c, 10, 220) / 100 * share / MINUTE_S;
    int32_t clicks =
        habits[person->kind].clicks * chance_between(c, 10, 200) / 100 * share / MINUTE_S;
    int32_t digits = keys * habits[person->kind].digit_percent / 100;
    int32_t numpad = person->kind == WORLD_CLERK ? digits * 7 / 10 : digits / 8;
    int32_t symbols = keys * chance_between(c, 2, 9) / 100;
    int32_t others = keys * chance_between(c, 10, 26) / 100;
    int32_t right = clicks * chance_between(c, 0, 18) / 100;
    int32_t end_s = m->from_s + MINUTE_S;
    if (m->plan->shutdown_s != DAY_NEVER && end_s >= m->plan->shutdown_s) {
        end_s = m->plan->shutdown_s - 1; /* a collector that stops says what it has */
    }
    minute_event *e = add(m, MINUTE_INPUT, KINMU_INPUT_MINUTE_FIELDS, end_s, person->account);
    if (e == NULL) {
        return;
    }
    e->unix_ns = day_moment(m->plan->day, m->from_s);
    put(e, KINMU_INPUT_MINUTE_KEYS, keys);
    put(e, KINMU_INPUT_MINUTE_CLICKS, clicks);
    put(e, KINMU_INPUT_MINUTE_KEY_ALPHA, keys - digits - symbols - others);
    put(e, KINMU_INPUT_MINUTE_KEY_DIGIT, digits - numpad);
    put(e, KINMU_INPUT_MINUTE_KEY_NUMPAD, numpad);
    put(e, KINMU_INPUT_MINUTE_KEY_SYMBOL, symbols);
    put(e, KINMU_INPUT_MINUTE_KEY_OTHER, others);
    put(e, KINMU_INPUT_MINUTE_MOUSE_LEFT, clicks - right);
    put(e, KINMU_INPUT_MINUTE_MOUSE_RIGHT, right);
    put(e, KINMU_INPUT_MINUTE_MOUSE_WHEEL, chance_between(c, 0, 30) * share / MINUTE_S);
    put(e, KINMU_INPUT_MINUTE_MOUSE_MOVE, chance_between(c, 20, 900) * share / MINUTE_S);
    put(e, KINMU_INPUT_MINUTE_OBSERVED_MS, present_s * 1000);
}

static void add_switches(making *m, const day_sitting *s, int32_t first_s, int32_t present_s,
                         uint32_t *program) {
    const world_person *person = &m->w->people[s->person];
    uint32_t count = chance_below(&m->c, 6);
    count += chance_percent(&m->c, 10) ? chance_below(&m->c, SWITCHES_MAX - 5) : 0;
    for (uint32_t i = 0; i < count; i++) {
        int32_t part = present_s / (int32_t)count;
        if (part < 2) {
            return;
        }
        uint32_t next = fronts_of[person->kind][chance_below(&m->c, FRONTS_OF_KIND)];
        int32_t second = first_s + part * (int32_t)i + chance_between(&m->c, 1, part - 1);
        if (next != *program) {
            add_focus(m, "focus", second, person->account, next);
            *program = next;
        }
    }
}

static void sit(making *m, const day_sitting *s, uint32_t *program) {
    const world_person *person = &m->w->people[s->person];
    int32_t first_s;
    int32_t present_s = presence(m, s, &first_s);
    add_session(m, s->continues ? "unlock" : "logon", s->at.from_s, person->account);
    if (is_now(m, s->at.from_s)) {
        *program = fronts_of[person->kind][0];
        add_focus(m, "start", s->at.from_s, person->account, *program);
    }
    for (uint32_t i = 0; i < s->away_count; i++) {
        add_session(m, "lock", s->away[i].from_s, person->account);
        add_session(m, "unlock", s->away[i].to_s, person->account);
    }
    if (present_s > 0) {
        int32_t mood = (int32_t)chance_below(&m->c, 100); /* typing, reading, idle */
        if (mood < 78) {
            add_switches(m, s, first_s, present_s, program);
        }
        if (mood < 93) {
            add_input(m, s, present_s, mood < 84);
        }
    }
    if (is_now(m, s->at.to_s)) {
        if (!s->is_left_on) {
            add_focus(m, "end", s->at.to_s, person->account, FRONT_COUNT);
        }
        add_session(m, s->is_left_on ? "lock" : "logoff", s->at.to_s, person->account);
    }
}

static void make_boot_id(const world *w, const day_plan *plan, uint8_t id[16]) {
    chance c = chance_of(w->seed, WHAT_BOOT_ID, plan->pc, (uint64_t)plan->boot_day);
    uint64_t halves[2] = {chance_next(&c), chance_next(&c)};
    for (uint32_t i = 0; i < 16; i++) {
        id[i] = (uint8_t)(halves[i / 8] >> (i % 8 * 8));
    }
}

void minute_make(const world *w, const day_plan *plan, int32_t number, uint32_t *program,
                 minute *out) {
    making m = {w, plan, number * MINUTE_S, out, {0}};
    m.c = chance_of(w->seed, WHAT_MINUTE, plan->pc,
                    (uint64_t)plan->day * MINUTE_END + (uint64_t)number);
    out->count = 0;
    make_boot_id(w, plan, out->boot_id);
    if (plan->boot_s != DAY_NEVER) {
        add_session(&m, "boot", plan->boot_s, "");
    }
    for (uint32_t i = 0; i < plan->count; i++) {
        const day_sitting *s = &plan->sittings[i];
        if (s->at.from_s < m.from_s + MINUTE_S && s->at.to_s >= m.from_s) {
            sit(&m, s, program);
        }
    }
    if (plan->shutdown_s != DAY_NEVER) {
        add_session(&m, "shutdown", plan->shutdown_s, "");
    }
}

/* ---- reading on ---- */

void minute_begin(minute_cursor *c, uint32_t pc, int64_t day) {
    memset(c, 0, sizeof *c);
    c->pc = pc;
    c->day = day;
    c->number = MINUTE_FIRST;
    c->program = FRONT_COUNT;
}

static void load(const world *w, const minute_cursor *c, minute_cache *cache) {
    if (!cache->has_plan || cache->pc != c->pc || cache->plan.day != c->day) {
        day_make(w, c->pc, c->day, &cache->plan);
        cache->pc = c->pc;
        cache->has_plan = 1;
        cache->has_minute = 0;
    }
    if (!cache->has_minute || cache->number != c->number) {
        cache->program_after = c->program;
        minute_make(w, &cache->plan, c->number, &cache->program_after, &cache->made);
        cache->number = c->number;
        cache->has_minute = 1;
    }
}

static void next_day(minute_cursor *c) {
    c->day++;
    c->number = MINUTE_FIRST;
    c->index = 0;
}

const minute_event *minute_next(const world *w, minute_cursor *c, int64_t until_ns,
                                minute_cache *cache) {
    while (day_moment(c->day, c->number * MINUTE_S) < until_ns) {
        load(w, c, cache);
        if (cache->plan.count == 0) {
            next_day(c);
            continue;
        }
        if (c->index < cache->made.count) {
            const minute_event *e = &cache->made.events[c->index];
            if (e->at_ns >= until_ns) {
                return NULL;
            }
            c->index++;
            return e;
        }
        c->program = cache->program_after;
        c->index = 0;
        if (++c->number == MINUTE_END) {
            next_day(c);
        }
    }
    return NULL;
}
