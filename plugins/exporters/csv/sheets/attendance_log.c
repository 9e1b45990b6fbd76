/* csv/sheets/attendance_log.c - see attendance_log.h. The clocks are the day's; which log of that
 * minute it is says shared/linked.h. */
#include "sheets/attendance_log.h"

#include "known/fields.h"
#include "linked.h"
#include "writing/moment.h"
#include "zone_file.h"

#include <kinmu/events/attendance.h>
#include <kinmu/events/session.h>

#include <stdio.h>
#include <stdlib.h>

#define SECOND_NS INT64_C(1000000000)
#define MINUTE_S 60
#define ZONES_MAX 64u
#define MEANS_PC 1u
#define NOWHERE INT64_MIN
/* A clock may lie two days after its date, and the zone of the day may be another than the PC's. */
#define NEAR_DAYS 4
#define NEAR_BEFORE 2

enum { START, END, SIDES };

/* The log that became a side. */
typedef struct side {
    int64_t minute_s; /* of the day's clock; NOWHERE: the day has none */
    int64_t unix_ns;
    int32_t utc_offset_s;
    int32_t rank;     /* 0: none stands there */
    const char *word; /* "ログオン" */
} side;

typedef struct linked_day {
    side sides[SIDES];
    uint32_t means; /* MEANS_PC, and a bit for each source of punches */
} linked_day;

struct attendance_log {
    words *texts;
    const directory *people;
    const days *all;
    linked_day *days; /* as many, in the same order */
    uint32_t zone_names[ZONES_MAX];
    zone *zones[ZONES_MAX];
    uint32_t zone_count;
    /* Days around the log before: most come one behind the other. */
    uint32_t who;
    int32_t date;
    const work_day *near[NEAR_DAYS];
};

/* ---- the days ---- */

static const zone *find_zone(attendance_log *a, uint32_t name) {
    uint32_t i = 0;
    while (i < a->zone_count && a->zone_names[i] != name) {
        i++;
    }
    if (i == a->zone_count && i < ZONES_MAX) {
        zone *read = malloc(sizeof *read);
        if (read != NULL && zone_read(ZONE_FOLDER, words_text(a->texts, name), read) != NULL) {
            free(read);
            read = NULL;
        }
        a->zone_names[i] = name;
        a->zones[a->zone_count++] = read;
    }
    return i < ZONES_MAX ? a->zones[i] : NULL;
}

static int64_t minute_of(attendance_log *a, const work_day *row, int16_t clock, int32_t is_second) {
    const zone *there = clock != DAYS_NONE ? find_zone(a, row->zone) : NULL;
    return there != NULL ? linked_moment_s(there, row->day, clock, is_second) : NOWHERE;
}

int32_t attendance_log_create(words *texts, const directory *people, const days *all,
                              attendance_log **out) {
    attendance_log *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return KINMU_E_NOMEM;
    }
    *out = a;
    a->texts = texts;
    a->people = people;
    a->all = all;
    a->who = WORDS_NONE;
    a->days = calloc((size_t)days_count(all) + 1, sizeof *a->days);
    if (a->days == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < days_count(all); i++) {
        const work_day *row = days_at(all, i);
        a->days[i].sides[START].minute_s = minute_of(a, row, row->work_start, row->is_fold_start);
        a->days[i].sides[END].minute_s = minute_of(a, row, row->work_end, row->is_fold_end);
    }
    return KINMU_OK;
}

void attendance_log_destroy(attendance_log *a) {
    if (a == NULL) {
        return;
    }
    for (uint32_t i = 0; i < a->zone_count; i++) {
        free(a->zones[i]);
    }
    free(a->days);
    free(a);
}

/* ---- logs ---- */

/* Sources of punches by which somebody comes or goes; what rules and requests write is none. */
static uint32_t means_of(uint32_t kind, const kinmu_event *event) {
    static const char *const names[] = {"pc", "manual", "face", "import"};
    for (uint32_t i = 0; kind == LOG_LIST_PUNCH && i < 4; i++) {
        if (field_is(event, KINMU_ATTENDANCE_PUNCH_SOURCE, names[i])) {
            return MEANS_PC << i;
        }
    }
    return kind == LOG_LIST_PUNCH ? 0 : MEANS_PC;
}

static int32_t rank_of(uint32_t kind, const kinmu_event *event, int32_t is_end) {
    char word[24] = "";
    uint32_t field =
        kind == LOG_LIST_PUNCH ? KINMU_ATTENDANCE_PUNCH_KIND : KINMU_SESSION_CHANGE_KIND;
    kinmu_value value = kind != LOG_LIST_MINUTE ? field_value(event, field) : kinmu_null();
    if (value.type == KINMU_TYPE_TEXT) {
        (void)snprintf(word, sizeof word, "%.*s", (int)value.size, value.as.text);
    }
    return linked_rank(kind == LOG_LIST_PUNCH    ? LINKED_PUNCH
                       : kind == LOG_LIST_CHANGE ? LINKED_CHANGE
                                                 : LINKED_INPUT,
                       word, is_end);
}

/* The PC counts where it registered the side by itself: its clock is the day's. */
static int32_t is_open_to(const work_day *row, uint32_t kind, uint32_t which) {
    return kind == LOG_LIST_PUNCH ||
           (which == START ? row->work_start == row->pc_start : row->work_end == row->pc_end);
}

static void take_of_day(attendance_log *a, const work_day *row, uint32_t kind,
                        const kinmu_event *event) {
    linked_day *day = &a->days[days_index(a->all, row)];
    int64_t unix_s = event->unix_ns / SECOND_NS;
    const int32_t ranks[SIDES] = {rank_of(kind, event, 0), rank_of(kind, event, 1)};
    for (uint32_t i = 0; i < SIDES; i++) {
        side *s = &day->sides[i];
        int32_t is_there = s->minute_s != NOWHERE && unix_s >= s->minute_s &&
                           unix_s < s->minute_s + MINUTE_S && is_open_to(row, kind, i);
        if (is_there && ranks[i] > 0 &&
            linked_is_better(ranks[i], event->unix_ns, s->rank, s->unix_ns, i == END)) {
            s->rank = ranks[i];
            s->unix_ns = event->unix_ns;
            s->utc_offset_s = event->utc_offset_s;
            s->word = kind == LOG_LIST_MINUTE ? "PC操作" : log_list_word(kind, event);
        }
    }
    int64_t first_s = day->sides[day->sides[START].minute_s != NOWHERE ? START : END].minute_s;
    int64_t last_s = day->sides[day->sides[END].minute_s != NOWHERE ? END : START].minute_s;
    if (kind == LOG_LIST_PUNCH && first_s != NOWHERE && unix_s >= first_s &&
        unix_s < last_s + MINUTE_S && (ranks[START] > 0 || ranks[END] > 0)) {
        day->means |= means_of(kind, event);
    }
}

void attendance_log_take(attendance_log *a, uint32_t kind, uint32_t owner,
                         const kinmu_event *event) {
    int32_t date = moment_day(event->unix_ns, event->utc_offset_s);
    uint32_t who = owner != WORDS_NONE ? directory_who(a->people, owner) : WORDS_NONE;
    if (who != a->who || date != a->date) {
        for (int32_t i = 0; i < NEAR_DAYS; i++) {
            a->near[i] = who != WORDS_NONE ? days_find(a->all, who, date - NEAR_BEFORE + i) : NULL;
        }
        a->who = who;
        a->date = date;
    }
    for (int32_t i = 0; i < NEAR_DAYS; i++) {
        if (a->near[i] != NULL) {
            take_of_day(a, a->near[i], kind, event);
        }
    }
}

/* ---- the file ---- */

static int32_t is_error(const linked_day *day) {
    uint32_t means = day->means;
    for (uint32_t i = 0; i < SIDES; i++) {
        means |= day->sides[i].rank == 1 || day->sides[i].rank == 2 ? MEANS_PC : 0;
    }
    return (means & (means - 1)) != 0;
}

static void put_side(const attendance_log *a, sheet *s, const work_day *row, const linked_day *day,
                     uint32_t which) {
    const side *one = &day->sides[which];
    char time[MOMENT_SIZE];
    char what[96];
    const char *user = words_text(a->texts, row->id);
    if (one->minute_s == NOWHERE) {
        return;
    }
    if (one->rank > 0) {
        moment_slashes(time, one->unix_ns, one->utc_offset_s, 0);
    } else {
        int16_t clock = which == START ? row->work_start : row->work_end;
        char date[MOMENT_SIZE];
        char text[MOMENT_SIZE];
        moment_date(date, row->day + clock / 1440, '/');
        moment_clock(text, clock % 1440);
        (void)snprintf(time, sizeof time, "%.20s %.20s:00", date, text);
    }
    int32_t is_punch = one->rank == 3;
    (void)snprintf(what, sizeof what, "%s%s%.60s%s", which == START ? "出勤" : "退勤",
                   one->rank > 0 ? "（" : "",
                   is_punch        ? "打刻"
                   : one->rank > 0 ? one->word
                                   : "",
                   one->rank > 0 ? "）" : "");
    const log_row out = {.time = time,
                         .user = user,
                         .what = what,
                         .target = user,
                         .note = is_error(day)    ? "エラー勤務"
                                 : one->rank == 0 ? "申請・規則・勤怠による時刻"
                                                  : NULL};
    log_list_row(s, &out);
}

void attendance_log_write(const attendance_log *a, sheet *s) {
    for (uint32_t i = 0; i < days_count(a->all); i++) {
        for (uint32_t which = 0; which < SIDES; which++) {
            put_side(a, s, days_at(a->all, i), &a->days[i], which);
        }
    }
}
