/* csv/sheets/results.c - see results.h. */
#include "sheets/results.h"

#include "known/fields.h"
#include "writing/moment.h"

#include <kinmu/events/task.h>

#include <stdlib.h>

#define MINUTE_NS INT64_C(60000000000)
#define TASKS_MAX 20000000u

const char results_work_headers[] =
    "社員番号,氏名,グループ,勤務日数,予定時間,勤務時間,予実差（分）,残業時間,休出時間,深夜時間,"
    "休憩時間,申請外勤務時間";
const char results_task_headers[] =
    "社員番号,グループ,業務内容,業務種別,予定件数,予定時間,実績件数,実績時間,予実差（分）";

static void put_minutes(sheet *s, int64_t minutes) {
    char text[MOMENT_SIZE];
    moment_clock(text, (int32_t)minutes);
    sheet_plain(s, text);
}

/* ---- 勤務実績 ---- */

typedef struct work_sum {
    int64_t days, planned, worked, overtime, holiday, night, breaks, undeclared;
} work_sum;

static int64_t known(int16_t minutes) {
    return minutes > 0 ? minutes : 0;
}

/* A day that waits for the correction of its end adds nothing but its plan (WRK-04). */
static void add_day(work_sum *sum, const work_day *row) {
    sum->planned += known(row->scheduled_min);
    if (row->is_auto_ended) {
        return;
    }
    sum->days += row->work_min > 0;
    sum->worked += known(row->work_min);
    sum->overtime += known(row->overtime_min);
    sum->holiday += known(row->holiday_work_min);
    sum->night += known(row->night_min);
    sum->breaks += row->work_min > 0 ? known(row->break_min) : 0;
    sum->undeclared += known(row->undeclared_min);
}

static void put_employee(sheet *s, const words *texts, const directory *people,
                         const work_day *last, const work_sum *sum) {
    const person *one = directory_find(people, last->id);
    sheet_string(s, words_text(texts, last->who));
    sheet_string(s, words_text(texts, one != NULL ? one->name : WORDS_NONE));
    sheet_string(s, directory_group_name(people, last->group));
    sheet_number(s, sum->days);
    put_minutes(s, sum->planned);
    put_minutes(s, sum->worked);
    sheet_number(s, sum->worked - sum->planned);
    put_minutes(s, sum->overtime);
    put_minutes(s, sum->holiday);
    put_minutes(s, sum->night);
    put_minutes(s, sum->breaks);
    put_minutes(s, sum->undeclared);
    sheet_end_row(s);
}

void results_work(sheet *s, const words *texts, const directory *people, const days *all) {
    work_sum sum = {0};
    for (uint32_t i = 0; i < days_count(all); i++) {
        const work_day *row = days_at(all, i);
        add_day(&sum, row);
        if (i + 1 == days_count(all) || days_at(all, i + 1)->who != row->who) {
            put_employee(s, texts, people, row, &sum);
            sum = (work_sum){0};
        }
    }
}

/* ---- タスク実績 ---- */

typedef struct task_row {
    uint32_t person, who, title;
    uint64_t place; /* of 社員番号 and title among all texts */
    int32_t day;
    uint8_t is_meeting, is_planned, is_done, is_of_calendar;
    int64_t minutes;
} task_row;

struct results {
    words *texts;
    period period;
    task_row *rows;
    uint32_t count, capacity;
    int32_t failed;
};

int32_t results_create(words *texts, const period *p, results **out) {
    results *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return KINMU_E_NOMEM;
    }
    r->texts = texts;
    r->period = *p;
    *out = r;
    return KINMU_OK;
}

void results_destroy(results *r) {
    if (r != NULL) {
        free(r->rows);
        free(r);
    }
}

static task_row *add_row(results *r) {
    if (r->count == r->capacity) {
        uint32_t capacity = r->capacity == 0 ? 1024 : r->capacity * 2;
        task_row *bigger =
            capacity <= TASKS_MAX * 2 ? realloc(r->rows, capacity * sizeof *bigger) : NULL;
        if (bigger == NULL) {
            r->failed = 1;
            return NULL;
        }
        r->rows = bigger;
        r->capacity = capacity;
    }
    return &r->rows[r->count++];
}

static int64_t minutes_of(const kinmu_event *record) {
    kinmu_value start = field_value(record, KINMU_WORK_TASK_START_NS);
    kinmu_value end = field_value(record, KINMU_WORK_TASK_END_NS);
    return start.type == KINMU_TYPE_TIME && end.type == KINMU_TYPE_TIME && end.as.i64 > start.as.i64
               ? (end.as.i64 - start.as.i64) / MINUTE_NS
               : 0;
}

void results_add(results *r, const kinmu_event *record) {
    int32_t day = 0;
    if (field_is(record, KINMU_WORK_TASK_STATE, "deleted") ||
        !period_read_value(field_value(record, KINMU_WORK_TASK_DATE), &day) ||
        !period_has(&r->period, day)) {
        return;
    }
    uint32_t owner = words_value(r->texts, field_value(record, KINMU_WORK_TASK_PERSON));
    task_row *row = owner != WORDS_NONE ? add_row(r) : NULL;
    if (row != NULL) {
        *row = (task_row){
            .person = owner,
            .title = words_value(r->texts, field_value(record, KINMU_WORK_TASK_TITLE)),
            .day = day,
            .is_meeting = field_is(record, KINMU_WORK_TASK_KIND, "meeting") != 0,
            .is_planned = !field_is(record, KINMU_WORK_TASK_SOURCE, "punch"),
            .is_done = field_is(record, KINMU_WORK_TASK_STATE, "done") != 0,
            .is_of_calendar = field_is(record, KINMU_WORK_TASK_SOURCE, "calendar") != 0,
            .minutes = minutes_of(record),
        };
    }
}

static int compare_rows(const void *a, const void *b) {
    const task_row *x = a;
    const task_row *y = b;
    if (x->place != y->place) {
        return x->place < y->place ? -1 : 1;
    }
    if (x->is_meeting != y->is_meeting) {
        return x->is_meeting < y->is_meeting ? -1 : 1;
    }
    return (x->day > y->day) - (x->day < y->day); /* the last one says the group */
}

static void put_tasks(sheet *s, const results *r, const directory *people, const task_row *rows,
                      uint32_t count) {
    const task_row *last = &rows[count - 1];
    int64_t counts[2] = {0, 0};
    int64_t minutes[2] = {0, 0};
    for (uint32_t i = 0; i < count; i++) {
        counts[0] += rows[i].is_planned;
        counts[1] += rows[i].is_done;
        minutes[0] += rows[i].is_planned ? rows[i].minutes : 0;
        minutes[1] += rows[i].is_done ? rows[i].minutes : 0;
    }
    sheet_string(s, words_text(r->texts, last->who));
    sheet_string(s,
                 directory_group_name(people, directory_group_of(people, last->person, last->day)));
    sheet_string(s, words_text(r->texts, last->title));
    sheet_string(s, last->is_meeting ? "会議" : "個人タスク");
    for (uint32_t i = 0; i < 2; i++) {
        sheet_number(s, counts[i]);
        put_minutes(s, minutes[i]);
    }
    sheet_number(s, minutes[1] - minutes[0]);
    sheet_end_row(s);
}

int32_t results_tasks(results *r, sheet *s, int32_t with_calendar, const directory *people,
                      const days *all) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        task_row *row = &r->rows[i];
        const person *one = directory_find(people, row->person);
        int32_t is_shown = with_calendar || !row->is_of_calendar;
        if (is_shown && (one == NULL || !one->is_deleted)) {
            row->who = directory_who(people, row->person);
            row->place = (uint64_t)days_rank(all, row->who) << 32 | days_rank(all, row->title);
            r->rows[kept++] = *row;
        }
    }
    r->count = kept;
    if (kept > 1) {
        qsort(r->rows, kept, sizeof *r->rows, compare_rows);
    }
    for (uint32_t from = 0, to = 0; from < kept; from = to) {
        for (to = from; to < kept && r->rows[to].place == r->rows[from].place &&
                        r->rows[to].is_meeting == r->rows[from].is_meeting;
             to++) {
        }
        put_tasks(s, r, people, &r->rows[from], to - from);
    }
    return r->failed ? KINMU_E_NOMEM : KINMU_OK;
}
