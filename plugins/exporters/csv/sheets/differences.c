/* csv/sheets/differences.c - see differences.h. */
#include "sheets/differences.h"

#include "writing/moment.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char people_headers[] =
    "社員番号,氏名,開始日数,開始差異日数,開始平均（分）,開始最大（分）,前期間開始日数,"
    "前期間開始差異日数,前期間開始平均（分）,前期間開始最大（分）,終了日数,終了差異日数,"
    "終了平均（分）,終了最大（分）,前期間終了日数,前期間終了差異日数,前期間終了平均（分）,"
    "前期間終了最大（分）";
static const char group_headers[] =
    "グループID,グループ,人数,開始日数,開始差異日数,開始差異人数,開始平均（分）,開始最大（分）,"
    "前期間開始日数,前期間開始差異日数,前期間開始差異人数,前期間開始平均（分）,"
    "前期間開始最大（分）,終了日数,終了差異日数,終了差異人数,終了平均（分）,終了最大（分）,"
    "前期間終了日数,前期間終了差異日数,前期間終了差異人数,前期間終了平均（分）,"
    "前期間終了最大（分）";

/* ---- days ---- */

static int64_t known(int16_t minutes) {
    return minutes != DAYS_NONE ? minutes : APART_NONE;
}

static apart_day take_day(const differences_source *from, const work_day *row) {
    apart_day day = {
        .divergence = {known(row->divergence_start_min), known(row->divergence_end_min)},
        .pc = {known(row->pc_start), known(row->pc_end)},
        .schedule = {known(row->scheduled_start), known(row->scheduled_end)},
        .is_auto_ended = row->is_auto_ended,
        .is_workday = strcmp(words_text(from->texts, row->kind), "work") == 0,
    };
    if (from->question.is_schedule && !row->is_scheduled) {
        directory_schedule(from->people, row->id, row->day, day.schedule);
    }
    return day;
}

/* The first day of the employee who comes next, `at` being where each period stands. NULL: there is
 * none left. */
static const work_day *next_employee(const differences_source *from,
                                     const uint32_t at[APART_PERIODS]) {
    const days *ranks = from->periods[APART_ASKED];
    const work_day *next = NULL;
    for (uint32_t i = 0; i < APART_PERIODS; i++) {
        const days *all = from->periods[i];
        const work_day *row = at[i] < days_count(all) ? days_at(all, at[i]) : NULL;
        if (row != NULL &&
            (next == NULL || days_rank(ranks, row->who) < days_rank(ranks, next->who))) {
            next = row;
        }
    }
    return next;
}

/* ---- rows ---- */

static void put_sum(sheet *s, const apart_sum *sum, int32_t with_people) {
    char text[MOMENT_SIZE];
    int64_t tenths = apart_average(sum);
    sheet_number(s, sum->days);
    sheet_number(s, sum->over_days);
    if (with_people) {
        sheet_number(s, sum->over_people);
    }
    if (tenths == APART_NONE) {
        sheet_blank(s);
    } else {
        (void)snprintf(text, sizeof text, "%" PRId64 ".%" PRId64, tenths / 10, tenths % 10);
        sheet_plain(s, text);
    }
    sheet_number(s, sum->max_min);
}

static void put_sums(sheet *s, const apart_sums *sums, int32_t with_people) {
    for (uint32_t side = 0; side < APART_SIDES; side++) {
        for (uint32_t i = 0; i < APART_PERIODS; i++) {
            put_sum(s, &sums->of[i][side], with_people);
        }
    }
    sheet_end_row(s);
}

static void put_employee(sheet *s, const differences_source *from, const work_day *row,
                         const apart_sums *sums) {
    const person *one = directory_find(from->people, row->id);
    sheet_string(s, words_text(from->texts, row->who));
    sheet_string(s, words_text(from->texts, one != NULL ? one->name : WORDS_NONE));
    put_sums(s, sums, 0);
}

static void put_group(sheet *s, const char *id, const char *name, const apart_sums *sums) {
    sheet_string(s, id);
    sheet_string(s, name);
    sheet_number(s, sums->people);
    put_sums(s, sums, 1);
}

/* ---- groups ---- */

typedef struct group {
    uint32_t number;
    const char *id;
    apart_sums sums;
} group;

typedef struct groups {
    group *rows;
    uint32_t count, capacity;
    apart_sums total;
} groups;

/* NULL: no memory. */
static apart_sums *group_of(groups *all, const words *texts, uint32_t number) {
    for (uint32_t i = all->count; i > 0; i--) { /* most are in the one before */
        if (all->rows[i - 1].number == number) {
            return &all->rows[i - 1].sums;
        }
    }
    if (all->count == all->capacity) {
        uint32_t capacity = all->capacity == 0 ? 64 : all->capacity * 2;
        group *bigger = realloc(all->rows, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return NULL;
        }
        all->rows = bigger;
        all->capacity = capacity;
    }
    all->rows[all->count] = (group){.number = number, .id = words_text(texts, number)};
    return &all->rows[all->count++].sums;
}

static int by_id(const void *left, const void *right) {
    return strcmp(((const group *)left)->id, ((const group *)right)->id);
}

static void put_groups(sheet *s, const differences_source *from, groups *all) {
    if (all->count > 1) {
        qsort(all->rows, all->count, sizeof *all->rows, by_id);
    }
    for (uint32_t i = 0; i < all->count; i++) {
        const group *one = &all->rows[i];
        put_group(s, one->id, directory_group_name(from->people, one->number), &one->sums);
    }
    put_group(s, "", "全体", &all->total);
}

/* ---- both ---- */

/* Adds the days of an employee from `*at` on. 0: no memory. */
static int32_t add_days(const differences_source *from, uint32_t which, uint32_t who, uint32_t *at,
                        uint32_t number, apart_sums *one, groups *all) {
    const days *rows = from->periods[which];
    for (; *at < days_count(rows) && days_at(rows, *at)->who == who; (*at)++) {
        const apart_day day = take_day(from, days_at(rows, *at));
        apart_sums *sums[] = {one, &all->total,
                              group_of(all, from->texts, days_at(rows, *at)->group)};
        for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
            if (sums[i] == NULL) {
                return 0;
            }
            apart_add(sums[i], &from->question, which, &day, number);
        }
    }
    return 1;
}

static int32_t put_all(sheet *people, sheet *by_group, const differences_source *from) {
    uint32_t at[APART_PERIODS] = {0, 0};
    groups all = {0};
    const work_day *row;
    int32_t is_good = 1;
    for (uint32_t number = 1; is_good && (row = next_employee(from, at)) != NULL; number++) {
        apart_sums one = {0};
        for (uint32_t i = 0; is_good && i < APART_PERIODS; i++) {
            is_good = add_days(from, i, row->who, &at[i], number, &one, &all);
        }
        if (one.people > 0) {
            put_employee(people, from, row, &one);
        }
    }
    put_groups(by_group, from, &all);
    free(all.rows);
    return is_good ? KINMU_OK : KINMU_E_NOMEM;
}

int32_t differences_write(folder *f, const period *p, const differences_source *from,
                          kinmu_err *err) {
    char name[PERIOD_NAME_SIZE];
    sheet *sheets[2] = {NULL, NULL};
    period_name(p, "difference", "csv", name);
    int32_t status = folder_open_sheet(f, name, people_headers, &sheets[0], err);
    period_name(p, "difference_group", "csv", name);
    if (status == KINMU_OK) {
        status = folder_open_sheet(f, name, group_headers, &sheets[1], err);
    }
    if (status == KINMU_OK) {
        status = put_all(sheets[0], sheets[1], from);
    }
    for (size_t i = 0; i < 2; i++) {
        int32_t closed = sheet_close(sheets[i], err);
        status = status == KINMU_OK ? closed : status;
    }
    return status;
}
