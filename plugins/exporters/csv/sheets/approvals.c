/* csv/sheets/approvals.c - see approvals.h. */
#include "sheets/approvals.h"

#include "known/fields.h"
#include "sheets/put.h"
#include "writing/moment.h"

#include <kinmu/events/request.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEFORE_SIZE 512
#define CHANGE_SIZE 704

typedef struct request {
    uint32_t id;
    uint32_t person;
    uint32_t group;
    uint32_t before;
    uint32_t reason;
    int32_t day;
    int16_t from_clock; /* DAYS_NONE: as it was */
    int16_t to_clock;
    int16_t overtime_min;
    uint8_t form;
    uint8_t is_correction;
    uint8_t is_overtime;
    uint8_t is_holiday_work;
} request;

typedef struct decision {
    uint32_t request_id;
    uint32_t by;
    uint32_t comment;
    int32_t step;
    const char *action; /* in Japanese */
    const request *of;
    uint64_t place; /* of the 社員番号 and of the request among all texts */
} decision;

typedef struct list {
    void *rows;
    uint32_t count;
    uint32_t capacity;
} list;

struct approvals {
    words *texts;
    period period;
    list requests;
    list decisions;
    int32_t failed;
};

const char approvals_headers[] =
    "業務日,勤務修正,承認コメント,承認の履歴,メールアドレス,申請者名,グループ,勤務時間,勤務形態,"
    "残業時間,残業理由,休日勤務,承認者名";

int32_t approvals_create(words *texts, const period *p, approvals **out) {
    approvals *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return KINMU_E_NOMEM;
    }
    a->texts = texts;
    a->period = *p;
    *out = a;
    return KINMU_OK;
}

void approvals_destroy(approvals *a) {
    if (a != NULL) {
        free(a->requests.rows);
        free(a->decisions.rows);
        free(a);
    }
}

/* Room for one row more, not counted yet; 0 when there is none. */
static int32_t make_room(approvals *a, list *l, size_t size) {
    if (l->count < l->capacity) {
        return 1;
    }
    uint32_t capacity = l->capacity == 0 ? 256 : l->capacity * 2;
    void *bigger = capacity <= APPROVALS_MAX * 2 ? realloc(l->rows, capacity * size) : NULL;
    if (bigger == NULL) {
        a->failed = 1;
        return 0;
    }
    l->rows = bigger;
    l->capacity = capacity;
    return 1;
}

static int16_t clock_of(const kinmu_event *record, uint32_t field) {
    return (int16_t)field_number(record, field, INT16_MAX, DAYS_NONE);
}

static int32_t is_of_work(const kinmu_event *record) {
    static const char *const others[] = {"device", "incident", "contract"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (field_is(record, KINMU_REQUEST_REQUEST_KIND, others[i])) {
            return 0;
        }
    }
    return 1;
}

void approvals_request(approvals *a, const kinmu_event *record) {
    int32_t day = 0;
    if (!is_of_work(record) ||
        !period_read_value(field_value(record, KINMU_REQUEST_REQUEST_DATE), &day) ||
        !period_has(&a->period, day)) {
        return;
    }
    uint32_t id = words_value(a->texts, field_value(record, KINMU_REQUEST_REQUEST_REQUEST_ID));
    if (id == WORDS_NONE || !make_room(a, &a->requests, sizeof(request))) {
        return;
    }
    ((request *)a->requests.rows)[a->requests.count++] = (request){
        .id = id,
        .person = words_value(a->texts, field_value(record, KINMU_REQUEST_REQUEST_PERSON)),
        .group = words_value(a->texts, field_value(record, KINMU_REQUEST_REQUEST_GROUP_ID)),
        .before = words_value(a->texts, field_value(record, KINMU_REQUEST_REQUEST_BEFORE)),
        .reason = words_value(a->texts, field_value(record, KINMU_REQUEST_REQUEST_REASON)),
        .day = day,
        .from_clock = clock_of(record, KINMU_REQUEST_REQUEST_FROM_CLOCK),
        .to_clock = clock_of(record, KINMU_REQUEST_REQUEST_TO_CLOCK),
        .overtime_min = clock_of(record, KINMU_REQUEST_REQUEST_OVERTIME_MIN),
        .form = (uint8_t)days_form(record, KINMU_REQUEST_REQUEST_WORK_FORM),
        .is_correction = field_is(record, KINMU_REQUEST_REQUEST_KIND, "correction") != 0,
        .is_overtime = field_is(record, KINMU_REQUEST_REQUEST_KIND, "overtime") != 0,
        .is_holiday_work = field_is(record, KINMU_REQUEST_REQUEST_KIND, "holiday-work") != 0,
    };
}

void approvals_decision(approvals *a, const kinmu_event *record) {
    static const struct {
        const char *action;
        const char *name;
    } actions[] = {{"approve", "承認"}, {"deny", "否認"}, {"return", "差戻し"}};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (!field_is(record, KINMU_REQUEST_DECISION_ACTION, actions[i].action) ||
            !make_room(a, &a->decisions, sizeof(decision))) {
            continue;
        }
        ((decision *)a->decisions.rows)[a->decisions.count++] = (decision){
            .request_id =
                words_value(a->texts, field_value(record, KINMU_REQUEST_DECISION_REQUEST_ID)),
            .by = words_value(a->texts, field_value(record, KINMU_REQUEST_DECISION_DECIDED_BY)),
            .comment = words_value(a->texts, field_value(record, KINMU_REQUEST_DECISION_COMMENT)),
            .step = field_number(record, KINMU_REQUEST_DECISION_STEP, INT32_MAX, 0),
            .action = actions[i].name,
        };
    }
}

static int compare_requests(const void *a, const void *b) {
    const request *x = a;
    const request *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int compare_decisions(const void *a, const void *b) {
    const decision *x = a;
    const decision *y = b;
    if (x->of->day != y->of->day) {
        return x->of->day < y->of->day ? -1 : 1;
    }
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    return (x->step > y->step) - (x->step < y->step);
}

static const request *find_request(const approvals *a, uint32_t id) {
    const request key = {.id = id};
    return a->requests.count == 0 ? NULL
                                  : bsearch(&key, a->requests.rows, a->requests.count,
                                            sizeof(request), compare_requests);
}

/* Keeps the decisions whose request is of the period and of somebody who is shown. */
static void join(approvals *a, const directory *people, const days *all) {
    decision *rows = a->decisions.rows;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < a->decisions.count; i++) {
        decision row = rows[i];
        row.of = find_request(a, row.request_id);
        const person *asker = row.of != NULL ? directory_find(people, row.of->person) : NULL;
        if (row.of == NULL || (asker != NULL && asker->is_deleted)) {
            continue;
        }
        uint32_t who = directory_who(people, row.of->person);
        row.place = (uint64_t)days_rank(all, who) << 32 | days_rank(all, row.request_id);
        rows[kept++] = row;
    }
    a->decisions.count = kept;
}

static void put_word(const approvals *a, sheet *s, uint32_t word) {
    sheet_string(s, words_text(a->texts, word));
}

/* What a request keeps of the day before, "none" or "start=09:00 end=18:00", in Japanese. */
static void print_before(char out[BEFORE_SIZE], const char *before) {
    char start[MOMENT_SIZE] = "";
    char end[MOMENT_SIZE] = "";
    if (strcmp(before, "none") == 0) {
        (void)snprintf(out, BEFORE_SIZE, "なし");
    } else if (sscanf(before, "start=%15[0-9:] end=%15[0-9:]", start, end) == 2) {
        (void)snprintf(out, BEFORE_SIZE, "開始 %s 終了 %s", start, end);
    } else if (sscanf(before, "start=%15[0-9:]", start) == 1) {
        (void)snprintf(out, BEFORE_SIZE, "開始 %s", start);
    } else if (sscanf(before, "end=%15[0-9:]", end) == 1) {
        (void)snprintf(out, BEFORE_SIZE, "終了 %s", end);
    } else { /* written by somebody else */
        (void)snprintf(out, BEFORE_SIZE, "%.400s", before);
    }
}

/* "開始 09:00 終了 18:00 → 09:30-18:00": what was, and what it became. */
static void put_change(const approvals *a, sheet *s, const request *of) {
    char from[MOMENT_SIZE] = "";
    char to[MOMENT_SIZE] = "";
    char before[BEFORE_SIZE];
    char text[CHANGE_SIZE];
    if (!of->is_correction) {
        sheet_blank(s);
        return;
    }
    if (of->from_clock != DAYS_NONE) {
        moment_clock(from, of->from_clock);
    }
    if (of->to_clock != DAYS_NONE) {
        moment_clock(to, of->to_clock);
    }
    print_before(before, words_text(a->texts, of->before));
    (void)snprintf(text, sizeof text, "%s → %s-%s", before, from, to);
    sheet_string(s, text);
}

static void put_decision(const approvals *a, const decision *row, const directory *people,
                         const days *all, sheet *s) {
    char date[MOMENT_SIZE];
    const request *of = row->of;
    const person *asker = directory_find(people, of->person);
    const person *decider = directory_find(people, row->by);
    const work_day *day = days_find(all, directory_who(people, of->person), of->day);
    int16_t overtime = of->overtime_min != DAYS_NONE ? of->overtime_min
                       : day != NULL                 ? day->overtime_min
                                                     : DAYS_NONE;
    int32_t is_holiday_work = of->is_holiday_work || (day != NULL && day->holiday_work_min > 0);
    moment_date(date, of->day, '/');
    sheet_plain(s, date);
    put_change(a, s, of);
    put_word(a, s, row->comment);
    sheet_string(s, row->action);
    put_word(a, s, asker != NULL ? asker->mail : WORDS_NONE);
    put_word(a, s, asker != NULL ? asker->name : of->person);
    sheet_string(s, directory_group_name(people, of->group));
    put_clock(s, day != NULL ? day->work_min : DAYS_NONE);
    sheet_string(s, days_form_name(of->form != DAYS_FORM_NONE ? of->form
                                   : day != NULL              ? day->form
                                                              : DAYS_FORM_NONE));
    put_clock(s, overtime);
    put_word(a, s, of->is_overtime ? of->reason : WORDS_NONE);
    sheet_string(s, is_holiday_work ? "休日勤務" : "");
    put_word(a, s, decider != NULL ? decider->name : row->by);
    sheet_end_row(s);
}

int32_t approvals_write(approvals *a, const directory *people, const days *all, sheet *s) {
    if (a->requests.count > 0) {
        qsort(a->requests.rows, a->requests.count, sizeof(request), compare_requests);
    }
    join(a, people, all);
    if (a->decisions.count > 0) {
        qsort(a->decisions.rows, a->decisions.count, sizeof(decision), compare_decisions);
    }
    for (uint32_t i = 0; i < a->decisions.count; i++) {
        put_decision(a, &((const decision *)a->decisions.rows)[i], people, all, s);
    }
    return a->failed ? KINMU_E_NOMEM : KINMU_OK;
}
