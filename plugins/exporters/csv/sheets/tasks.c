/* csv/sheets/tasks.c - see tasks.h. */
#include "sheets/tasks.h"

#include "known/fields.h"
#include "writing/moment.h"
#include "zone_file.h"

#include <kinmu/events/task.h>

#include <stdlib.h>
#include <string.h>

#define MINUTE_NS INT64_C(60000000000)
#define SECOND_NS INT64_C(1000000000)
#define NEVER INT64_MIN
#define ZONES_MAX 64u

typedef struct task {
    uint32_t id;
    uint32_t person;
    uint32_t who;
    uint32_t title;
    uint32_t detail;
    uint32_t report;
    int64_t start_ns; /* NEVER: none */
    int64_t end_ns;
    uint64_t place; /* of the 社員番号 and of the id among all texts */
    int32_t day;
    int32_t start_offset_s; /* of local time: where it was written, then of the day's zone */
    int32_t end_offset_s;
    int16_t progress; /* DAYS_NONE: none */
    uint8_t form;     /* DAYS_FORM_* */
    uint8_t is_all_day;
    uint8_t is_meeting;
    uint8_t is_of_calendar;
} task;

struct tasks {
    words *texts;
    const days *all; /* knows the order of the employee numbers */
    period period;
    task *rows;
    uint32_t count;
    uint32_t capacity;
    int32_t failed;
};

static const char report_header[] =
    "社員番号,業務日,業務開始時間,業務終了時間,終日業務,業務内容,業務内容詳細,"
    "業務報告,進捗,勤務形態,業務種別";

const char *const tasks_headers[] = {
    [TASKS_REPORT] = report_header,
    [TASKS_CONFERENCE] = "社員番号,グループ,開始時刻,終了時刻,会議時間,タイトル",
    [TASKS_OUTSIDE] = "社員番号,グループ,開始時刻,終了時刻,外出時間,業務内容",
    [TASKS_TASK] = "社員番号,グループ,開始時刻,終了時刻,タスク時間,業務内容",
};

int32_t tasks_create(words *texts, const period *p, tasks **out) {
    tasks *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return KINMU_E_NOMEM;
    }
    t->texts = texts;
    t->period = *p;
    *out = t;
    return KINMU_OK;
}

void tasks_destroy(tasks *t) {
    if (t != NULL) {
        free(t->rows);
        free(t);
    }
}

static task *add_row(tasks *t) {
    if (t->count == t->capacity) {
        uint32_t capacity = t->capacity == 0 ? 1024 : t->capacity * 2;
        task *bigger =
            capacity <= TASKS_MAX * 2 ? realloc(t->rows, capacity * sizeof *bigger) : NULL;
        if (bigger == NULL) {
            t->failed = 1;
            return NULL;
        }
        t->rows = bigger;
        t->capacity = capacity;
    }
    return &t->rows[t->count++];
}

static int64_t moment_of(const kinmu_event *record, uint32_t field) {
    kinmu_value value = field_value(record, field);
    return value.type == KINMU_TYPE_TIME ? value.as.i64 : NEVER;
}

void tasks_add(tasks *t, const kinmu_event *record) {
    int32_t day = 0;
    if (field_is(record, KINMU_WORK_TASK_STATE, "deleted") ||
        !period_read_value(field_value(record, KINMU_WORK_TASK_DATE), &day) ||
        !period_has(&t->period, day)) {
        return;
    }
    uint32_t owner = words_value(t->texts, field_value(record, KINMU_WORK_TASK_PERSON));
    uint32_t id = words_value(t->texts, field_value(record, KINMU_WORK_TASK_TASK_ID));
    task *row = owner != WORDS_NONE && id != WORDS_NONE ? add_row(t) : NULL;
    if (row == NULL) {
        return;
    }
    *row = (task){
        .id = id,
        .person = owner,
        .title = words_value(t->texts, field_value(record, KINMU_WORK_TASK_TITLE)),
        .detail = words_value(t->texts, field_value(record, KINMU_WORK_TASK_DETAIL)),
        .report = words_value(t->texts, field_value(record, KINMU_WORK_TASK_REPORT)),
        .start_ns = moment_of(record, KINMU_WORK_TASK_START_NS),
        .end_ns = moment_of(record, KINMU_WORK_TASK_END_NS),
        .day = day,
        .start_offset_s = record->utc_offset_s,
        .end_offset_s = record->utc_offset_s,
        .progress = (int16_t)field_number(record, KINMU_WORK_TASK_PROGRESS_PERCENT, 100, DAYS_NONE),
        .form = (uint8_t)days_form(record, KINMU_WORK_TASK_WORK_FORM),
        .is_all_day = field_is_true(record, KINMU_WORK_TASK_IS_ALL_DAY) != 0,
        .is_meeting = field_is(record, KINMU_WORK_TASK_KIND, "meeting") != 0,
        .is_of_calendar = field_is(record, KINMU_WORK_TASK_SOURCE, "calendar") != 0,
    };
}

static int compare_tasks(const void *a, const void *b) {
    const task *x = a;
    const task *y = b;
    uint32_t x_who = (uint32_t)(x->place >> 32);
    uint32_t y_who = (uint32_t)(y->place >> 32);
    if (x_who != y_who) {
        return x_who < y_who ? -1 : 1;
    }
    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    if (x->start_ns != y->start_ns) {
        return x->start_ns < y->start_ns ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

/* Zones of business days; a company has few. NULL: this system does not know it. */
typedef struct known_zones {
    const words *texts;
    uint32_t names[ZONES_MAX];
    zone *zones[ZONES_MAX];
    uint32_t count;
} known_zones;

static const zone *find_zone(known_zones *known, uint32_t name) {
    uint32_t i = 0;
    while (i < known->count && known->names[i] != name) {
        i++;
    }
    if (i == known->count) {
        if (i == ZONES_MAX || words_text(known->texts, name)[0] == '\0') {
            return NULL;
        }
        zone *read = malloc(sizeof *read);
        if (read != NULL && zone_read(ZONE_FOLDER, words_text(known->texts, name), read) != NULL) {
            free(read);
            read = NULL;
        }
        known->names[i] = name;
        known->zones[known->count++] = read;
    }
    return known->zones[i];
}

/* Local times are those of the business day the task is of, where one is known. */
static void set_offsets(task *row, const days *all, known_zones *known) {
    const work_day *day = days_find(all, row->who, row->day);
    const zone *local = day != NULL ? find_zone(known, day->zone) : NULL;
    if (local != NULL && row->start_ns != NEVER) {
        row->start_offset_s = zone_offset_s(local, row->start_ns / SECOND_NS);
    }
    if (local != NULL && row->end_ns != NEVER) {
        row->end_offset_s = zone_offset_s(local, row->end_ns / SECOND_NS);
    }
}

int32_t tasks_seal(tasks *t, const directory *people, const days *all) {
    uint32_t kept = 0;
    known_zones known = {.texts = t->texts};
    t->all = all;
    for (uint32_t i = 0; i < t->count; i++) {
        task row = t->rows[i];
        const person *owner = directory_find(people, row.person);
        if (owner == NULL || !owner->is_deleted) {
            row.who = directory_who(people, row.person);
            row.place = (uint64_t)days_rank(all, row.who) << 32 | days_rank(all, row.id);
            set_offsets(&row, all, &known);
            t->rows[kept++] = row;
        }
    }
    for (uint32_t i = 0; i < known.count; i++) {
        free(known.zones[i]);
    }
    t->count = kept;
    if (kept > 0) {
        qsort(t->rows, kept, sizeof *t->rows, compare_tasks);
    }
    return t->failed ? KINMU_E_NOMEM : KINMU_OK;
}

/* The first row of that number and day, or behind it. */
static uint32_t find_first(const tasks *t, uint32_t rank, int32_t day) {
    uint32_t low = 0;
    uint32_t high = t->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t other = (uint32_t)(t->rows[middle].place >> 32);
        if (other < rank || (other == rank && t->rows[middle].day < day)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* One that runs lasts a day at most. */
static int32_t is_during(const task *row, int32_t day, int64_t from_ns, int64_t to_ns) {
    if (row->start_ns == NEVER) {
        return row->is_all_day && row->day == day;
    }
    int64_t end_ns = row->end_ns != NEVER ? row->end_ns : row->start_ns + 1440 * MINUTE_NS;
    return row->start_ns < to_ns && end_ns > from_ns;
}

void tasks_titles(const tasks *t, uint32_t who, int32_t day, int64_t from_ns, int64_t to_ns,
                  char *out, size_t size) {
    size_t filled = 0;
    uint32_t rank = days_rank(t->all, who);
    out[0] = '\0';
    for (uint32_t i = find_first(t, rank, day - 1); i < t->count; i++) {
        const task *row = &t->rows[i];
        const char *title = words_text(t->texts, row->title);
        size_t length = strlen(title);
        if (row->who != who || row->day > day) {
            return;
        }
        if (length > 0 && is_during(row, day, from_ns, to_ns) && filled + length + 2 <= size) {
            out[filled] = ';';
            filled += filled > 0;
            memcpy(out + filled, title, length + 1);
            filled += length;
        }
    }
}

static void put_word(const tasks *t, sheet *s, uint32_t word) {
    sheet_string(s, words_text(t->texts, word));
}

static void put_moment(sheet *s, int64_t unix_ns, int32_t utc_offset_s, char separator) {
    char text[MOMENT_SIZE];
    if (unix_ns == NEVER) {
        sheet_blank(s);
        return;
    }
    moment_slashes(text, unix_ns, utc_offset_s, 0);
    text[4] = separator;
    text[7] = separator;
    sheet_plain(s, text);
}

static int64_t minute_of(int64_t unix_ns) {
    return unix_ns / MINUTE_NS - (unix_ns % MINUTE_NS < 0);
}

/* Seconds are cut, as in the business day's own figures. */
static void put_hours(sheet *s, const task *row) {
    char text[MOMENT_SIZE];
    if (row->start_ns == NEVER || row->end_ns == NEVER || row->end_ns < row->start_ns) {
        sheet_blank(s);
        return;
    }
    moment_hours(text, minute_of(row->end_ns) - minute_of(row->start_ns));
    sheet_plain(s, text);
}

static void put_report(const tasks *t, const task *row, sheet *s) {
    char date[MOMENT_SIZE];
    moment_date(date, row->day, '-');
    put_word(t, s, row->who);
    sheet_plain(s, date);
    put_moment(s, row->start_ns, row->start_offset_s, '-');
    put_moment(s, row->end_ns, row->end_offset_s, '-');
    sheet_string(s, row->is_all_day ? "終日の業務" : "終日でない業務");
    put_word(t, s, row->title);
    put_word(t, s, row->detail);
    put_word(t, s, row->report);
    if (row->progress == DAYS_NONE) {
        sheet_blank(s);
    } else {
        sheet_number(s, row->progress);
    }
    sheet_string(s, days_form_name(row->form));
    sheet_string(s, row->is_meeting ? "会議" : "個人タスク");
    sheet_end_row(s);
}

static void put_time(const tasks *t, const task *row, const directory *people, sheet *s) {
    put_word(t, s, row->who);
    sheet_string(s,
                 directory_group_name(people, directory_group_of(people, row->person, row->day)));
    put_moment(s, row->start_ns, row->start_offset_s, '/');
    put_moment(s, row->end_ns, row->end_offset_s, '/');
    put_hours(s, row);
    put_word(t, s, row->title);
    sheet_end_row(s);
}

void tasks_write(const tasks *t, uint32_t kind, int32_t with_calendar, const directory *people,
                 sheet *s) {
    for (uint32_t i = 0; i < t->count; i++) {
        const task *row = &t->rows[i];
        int32_t is_of_file = kind == TASKS_CONFERENCE ? row->is_meeting
                             : kind == TASKS_OUTSIDE  ? row->form == DAYS_FORM_OUTSIDE
                                                      : !row->is_meeting;
        if (kind == TASKS_REPORT) {
            put_report(t, row, s);
        } else if (is_of_file && (with_calendar || !row->is_of_calendar)) {
            put_time(t, row, people, s);
        }
    }
}
