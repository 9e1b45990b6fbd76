/* workday/show.c - the command `day`: rows of the store as a table for people. The figures are
 * those of the rows; nothing is computed here. */
#include "live.h"

#include "rounds/uses.h"

#include <kinmu/events/day.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS (DAY_MIN * MINUTE_NS)
#define TOKYO_NS (9 * 60 * MINUTE_NS)
#define WEEK_DAYS 6
#define DAYS_MAX 400
#define TEXT_MAX 15000u /* who asked takes a text of 16 KiB */

typedef struct show {
    workday *workday;
    uint64_t call;
    char person[256];
    char from[DATE_SIZE], to[DATE_SIZE];
    list rows;        /* saved */
    int32_t is_known; /* the person: is registered, or has days of whatever date */
    int32_t status;
    char text[TEXT_MAX + 512];
    size_t size;
} show;

static int32_t take_row(void *user, const kinmu_event *row) {
    show *s = user;
    char date[DATE_SIZE] = "";
    const kinmu_value *value = &row->values[KINMU_WORK_DAY_DATE];
    s->is_known = 1;
    if (row->value_count < KINMU_WORK_DAY_FIELDS || value->size >= sizeof date) {
        return KINMU_OK;
    }
    memcpy(date, value->as.text, value->size);
    if (strcmp(date, s->from) < 0 || strcmp(date, s->to) > 0) {
        return KINMU_OK;
    }
    return saved_add(&s->rows, USE_DAY, row->values, row->value_count, "") != NULL ? KINMU_OK
                                                                                   : KINMU_E_NOMEM;
}

static int32_t take_person(void *user, const kinmu_event *row) {
    show *s = user;
    (void)row;
    s->is_known = 1;
    return KINMU_OK;
}

static int compare_texts(const kinmu_value *a, const kinmu_value *b) {
    size_t size = a->size < b->size ? a->size : b->size;
    int order = size > 0 ? memcmp(a->as.text, b->as.text, size) : 0;
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static int compare_rows(const void *left, const void *right) {
    const saved *a = left;
    const saved *b = right;
    int order = compare_texts(&a->values[KINMU_WORK_DAY_DATE], &b->values[KINMU_WORK_DAY_DATE]);
    return order != 0 ? order
                      : compare_texts(&a->values[KINMU_WORK_DAY_PERSON],
                                      &b->values[KINMU_WORK_DAY_PERSON]);
}

/* "09:05", "27:00", or "-" for null. */
static void print_clock(char out[16], const kinmu_value *value) {
    if (value->type == KINMU_TYPE_NULL) {
        (void)snprintf(out, 16, "-");
        return;
    }
    int64_t minutes = value->as.i64;
    (void)snprintf(out, 16, "%02" PRId64 ":%02" PRId64, minutes / 60 % 100, minutes % 60);
}

static void print_row(show *s, const kinmu_value *v) {
    static const uint32_t clocks[] = {KINMU_WORK_DAY_PC_START,    KINMU_WORK_DAY_PC_END,
                                      KINMU_WORK_DAY_WORK_START,  KINMU_WORK_DAY_WORK_END,
                                      KINMU_WORK_DAY_BREAK_MIN,   KINMU_WORK_DAY_WORK_MIN,
                                      KINMU_WORK_DAY_OVERTIME_MIN};
    char c[7][16];
    for (size_t i = 0; i < 7; i++) {
        print_clock(c[i], &v[clocks[i]]);
    }
    const kinmu_value *kinds = &v[KINMU_WORK_DAY_DIVERGENCE_KINDS];
    int size = snprintf(s->text + s->size, sizeof s->text - s->size,
                        "%.*s  %-16.*s  %5s %5s  %5s %5s  %5s %5s %5s  %-11.*s  %.*s%s\n",
                        (int)v[KINMU_WORK_DAY_DATE].size, v[KINMU_WORK_DAY_DATE].as.text,
                        (int)v[KINMU_WORK_DAY_PERSON].size, v[KINMU_WORK_DAY_PERSON].as.text, c[0],
                        c[1], c[2], c[3], c[4], c[5], c[6], (int)v[KINMU_WORK_DAY_STATE].size,
                        v[KINMU_WORK_DAY_STATE].as.text,
                        kinds->type == KINMU_TYPE_TEXT ? (int)kinds->size : 0,
                        kinds->type == KINMU_TYPE_TEXT ? kinds->as.text : "",
                        v[KINMU_WORK_DAY_DIVERGENCE_ALERT].as.i64 != 0 ? " !" : "");
    s->size += size > 0 ? (size_t)size : 0;
}

typedef struct word {
    const char *name, *japanese, *english;
} word;

static const word causes[] = {
    {"windows-update", "更新による再起動", "restarted by an update"},
    {"wake-timer", "自動起動", "it woke by itself"},
    {"other-pc", "別の PC", "another PC"},
    {"meeting-away", "会議・外出", "away in a meeting"},
    {"private-time", "私用", "private time"},
    {"forgot-shutdown", "切り忘れ", "left on"},
    {"work-before-boot", "起動前の勤務", "work before the PC was on"},
};
static const word evidence[] = {
    {"restart", "再起動", "restart"},
    {"resume", "スリープからの復帰", "resume"},
    {"boot", "起動", "boot"},
    {"left-on", "操作のない稼働", "on and not used"},
    {"device", "その PC の操作", "use"},
    {"appointment", "予定", "appointment"},
    {"task", "会議の登録", "task"},
    {"messenger", "在席状況", "messenger"},
};

static const word *find_word(const word *words, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].name, name) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

/* One candidate, "windows-update restart 27:12-27:14", for the person to confirm. */
static void print_cause(show *s, const char *text) {
    char kind[24], seen_by[16], clocks[16];
    if (sscanf(text, "%23s %15s %15[0-9:-]", kind, seen_by, clocks) != 3) {
        return;
    }
    const word *c = find_word(causes, sizeof causes / sizeof *causes, kind);
    const word *e = find_word(evidence, sizeof evidence / sizeof *evidence, seen_by);
    if (c == NULL || e == NULL) {
        return;
    }
    int size = snprintf(s->text + s->size, sizeof s->text - s->size,
                        "            原因の候補: %s（%s %s）/ may be: %s (%s %s)\n", c->japanese,
                        e->japanese, clocks, c->english, e->english, clocks);
    s->size += size > 0 ? (size_t)size : 0;
}

static void print_causes(show *s, const kinmu_value *v) {
    const kinmu_value *value = &v[KINMU_WORK_DAY_DIVERGENCE_CAUSES];
    char text[CAUSES_SIZE] = "";
    if (value->type != KINMU_TYPE_TEXT || value->size >= sizeof text) {
        return;
    }
    memcpy(text, value->as.text, value->size);
    for (char *at = text; *at != '\0' && s->size < TEXT_MAX - 512;) {
        char *end = at + strcspn(at, ";");
        int32_t is_last = *end == '\0';
        *end = '\0';
        print_cause(s, at);
        at = is_last ? end : end + 1;
    }
}

static void print_all(show *s) {
    const saved *rows = s->rows.rows;
    s->size = (size_t)snprintf(
        s->text, sizeof s->text,
        "業務日・社員・PC 開始/終了・勤務 開始/終了・休憩・実働・残業・状態・乖離（! 警告）\n"
        "date        person                   PC         work  break  work  over  state       "
        " divergence\n");
    uint32_t at = 0;
    for (; at < s->rows.count && s->size < TEXT_MAX - 512; at++) {
        print_row(s, rows[at].values);
        if (rows[at].values[KINMU_WORK_DAY_DIVERGENCE_ALERT].as.i64 != 0) {
            print_causes(s, rows[at].values);
        }
    }
    if (at < s->rows.count) {
        (void)snprintf(s->text + s->size, sizeof s->text - s->size,
                       "ほかに %" PRIu32 " 行。人か期間を絞ってください / %" PRIu32
                       " more rows: ask for a person or fewer days\n",
                       s->rows.count - at, s->rows.count - at);
    } else if (at == 0) {
        (void)snprintf(s->text + s->size, sizeof s->text - s->size,
                       "%s から %s までの業務日はありません / no days\n", s->from, s->to);
    }
}

/* [job] */
static void run(void *user) {
    show *s = user;
    stored source = {.host = s->workday->host, .records = s->workday->records};
    if (s->person[0] != '\0') {
        stored_rows(&source, USE_DAY, "person", s->person, take_row, s);
        stored_rows(&source, USE_PERSON, "person", s->person, take_person, s);
    } else {
        int32_t first = 0;
        int32_t last = 0;
        (void)date_parse(s->from, &first);
        (void)date_parse(s->to, &last);
        last = last - first < DAYS_MAX ? last : first + DAYS_MAX - 1;
        date_print(s->to, last);
        for (int32_t date = first; date <= last && source.status == KINMU_OK; date++) {
            char text[DATE_SIZE];
            date_print(text, date);
            stored_rows(&source, USE_DAY, "date", text, take_row, s);
        }
    }
    s->status = source.status;
    if (s->status == KINMU_OK && s->person[0] != '\0' && !s->is_known) {
        s->status = KINMU_E_NOTFOUND;
    }
    if (s->rows.count > 1) {
        qsort(s->rows.rows, s->rows.count, sizeof(saved), compare_rows);
    }
    print_all(s);
}

static void done(void *user, int32_t status) {
    show *s = user;
    const workday *w = s->workday;
    char unknown[1024];
    kinmu_value text = kinmu_text(s->text);
    status = status == KINMU_OK ? s->status : status;
    (void)snprintf(unknown, sizeof unknown,
                   "「%s」という人は登録されておらず、業務日もありません。ID は kinmu person list "
                   "で確かめてください / there is no person \"%s\", and no day of one; see kinmu "
                   "person list",
                   s->person, s->person);
    (void)w->calls->answer(w->host, s->call, status, &text, status == KINMU_OK,
                           status == KINMU_OK ? ""
                           : status == KINMU_E_NOTFOUND
                               ? unknown
                               : "the store cannot be read now; try again");
    saved_free(&s->rows);
    free(s);
}

/* A week up to today in Tokyo, which is over everywhere a little later. */
static void take_week(const workday *w, show *s) {
    kinmu_clock now = {0};
    int32_t date = 0;
    w->timer->now(w->host, &now);
    date_print(s->to, (int32_t)((now.unix_ns + TOKYO_NS) / DAY_NS));
    (void)date_parse(s->to, &date);
    date_print(s->from, date - WEEK_DAYS);
}

int32_t show_days(workday *w, uint64_t call, const char *person, const char *from, const char *to,
                  kinmu_err *err) {
    int32_t first = 0;
    int32_t last = 0;
    if ((*from != '\0' && !date_parse(from, &first)) || (*to != '\0' && !date_parse(to, &last))) {
        return live_fail(err, KINMU_E_REJECT, "workday.date",
                         "from と to は 2026-11-22 のような日付です / from and to must be dates "
                         "like 2026-11-22");
    }
    if (*from != '\0' && *to != '\0' && first > last) {
        return live_fail(err, KINMU_E_REJECT, "workday.order",
                         "from が to より後の日付です。早い日付を先にしてください / from is after "
                         "to; give the earlier date first");
    }
    show *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return live_fail(err, KINMU_E_NOMEM, "memory", "no memory");
    }
    s->workday = w;
    s->call = call;
    s->rows = (list)LIST_OF(saved);
    (void)snprintf(s->person, sizeof s->person, "%s", person);
    (void)snprintf(s->from, sizeof s->from, "%s", from);
    (void)snprintf(s->to, sizeof s->to, "%s", to);
    if (*from == '\0' && *to == '\0') {
        take_week(w, s);
    } else if (*from == '\0' || *to == '\0') { /* one date */
        (void)snprintf(s->from, sizeof s->from, "%s", *from != '\0' ? from : to);
        (void)snprintf(s->to, sizeof s->to, "%s", s->from);
    }
    int32_t status = w->work->submit(w->host, run, done, s);
    if (status != KINMU_OK) {
        free(s);
        return live_fail(err, status, "workday.busy", "too much at once; try again");
    }
    return KINMU_OK;
}
