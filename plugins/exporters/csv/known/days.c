/* csv/known/days.c - see days.h. */
#include "known/days.h"

#include "known/fields.h"

#include <kinmu/events/day.h>

#include <stdlib.h>

struct days {
    words *texts;
    period period;
    work_day *rows;
    uint32_t count;
    uint32_t capacity;
    uint32_t *ranks; /* of all texts known at the seal */
    uint32_t rank_count;
    int32_t failed;
};

int32_t days_create(words *texts, const period *p, days **out) {
    days *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return KINMU_E_NOMEM;
    }
    d->texts = texts;
    d->period = *p;
    *out = d;
    return KINMU_OK;
}

void days_destroy(days *d) {
    if (d != NULL) {
        free(d->rows);
        free(d->ranks);
        free(d);
    }
}

uint32_t days_form(const kinmu_event *event, uint32_t field) {
    return field_is(event, field, "ordinary")  ? DAYS_FORM_ORDINARY
           : field_is(event, field, "outside") ? DAYS_FORM_OUTSIDE
           : field_is(event, field, "home")    ? DAYS_FORM_HOME
                                               : DAYS_FORM_NONE;
}

const char *days_form_name(uint32_t form) {
    static const char *const names[] = {"", "通常", "外出", "在宅"};
    return names[form];
}

static int16_t minutes(const kinmu_event *record, uint32_t field) {
    return (int16_t)field_number(record, field, INT16_MAX, DAYS_NONE);
}

/* One that may be below 0. */
static int16_t difference(const kinmu_event *record, uint32_t field) {
    kinmu_value value = field_value(record, field);
    int32_t is_usable =
        value.type == KINMU_TYPE_I64 && value.as.i64 > INT16_MIN && value.as.i64 <= INT16_MAX;
    return is_usable ? (int16_t)value.as.i64 : DAYS_NONE;
}

static work_day *add_row(days *d) {
    if (d->count == d->capacity) {
        uint32_t capacity = d->capacity == 0 ? 1024 : d->capacity * 2;
        work_day *bigger =
            capacity <= DAYS_ROWS_MAX * 2 ? realloc(d->rows, capacity * sizeof *bigger) : NULL;
        if (bigger == NULL) {
            d->failed = 1;
            return NULL;
        }
        d->rows = bigger;
        d->capacity = capacity;
    }
    return &d->rows[d->count++];
}

void days_add(days *d, const kinmu_event *record) {
    int32_t day = 0;
    if (!period_read_value(field_value(record, KINMU_WORK_DAY_DATE), &day) ||
        !period_has(&d->period, day)) {
        return;
    }
    uint32_t id = words_value(d->texts, field_value(record, KINMU_WORK_DAY_PERSON));
    uint32_t employee_no = words_value(d->texts, field_value(record, KINMU_WORK_DAY_EMPLOYEE_NO));
    work_day *row = id != WORDS_NONE ? add_row(d) : NULL;
    if (row == NULL) {
        return;
    }
    *row = (work_day){
        .who = words_text(d->texts, employee_no)[0] != '\0' ? employee_no : id,
        .id = id,
        .group = words_value(d->texts, field_value(record, KINMU_WORK_DAY_GROUP_ID)),
        .zone = words_value(d->texts, field_value(record, KINMU_WORK_DAY_ZONE)),
        .kind = words_value(d->texts, field_value(record, KINMU_WORK_DAY_DAY_KIND)),
        .state = words_value(d->texts, field_value(record, KINMU_WORK_DAY_STATE)),
        .day = day,
        .work_start = minutes(record, KINMU_WORK_DAY_WORK_START),
        .work_end = minutes(record, KINMU_WORK_DAY_WORK_END),
        .deemed_end = minutes(record, KINMU_WORK_DAY_DEEMED_END),
        .break_min = minutes(record, KINMU_WORK_DAY_BREAK_MIN),
        .work_min = minutes(record, KINMU_WORK_DAY_WORK_MIN),
        .overtime_min = minutes(record, KINMU_WORK_DAY_OVERTIME_MIN),
        .holiday_work_min = minutes(record, KINMU_WORK_DAY_HOLIDAY_WORK_MIN),
        .undeclared_min = minutes(record, KINMU_WORK_DAY_UNDECLARED_MIN),
        .scheduled_min = minutes(record, KINMU_WORK_DAY_SCHEDULED_MIN),
        .scheduled_start = minutes(record, KINMU_WORK_DAY_SCHEDULED_START),
        .scheduled_end = minutes(record, KINMU_WORK_DAY_SCHEDULED_END),
        .night_min = minutes(record, KINMU_WORK_DAY_NIGHT_MIN),
        .statutory_overtime_min = minutes(record, KINMU_WORK_DAY_STATUTORY_OVERTIME_MIN),
        .legal_holiday_min = minutes(record, KINMU_WORK_DAY_LEGAL_HOLIDAY_MIN),
        .missing_min = minutes(record, KINMU_WORK_DAY_MISSING_MIN),
        .pc_start = minutes(record, KINMU_WORK_DAY_PC_START),
        .pc_end = minutes(record, KINMU_WORK_DAY_PC_END),
        .pc_span_min = minutes(record, KINMU_WORK_DAY_PC_SPAN_MIN),
        .pc_active_min = minutes(record, KINMU_WORK_DAY_PC_ACTIVE_MIN),
        .divergence_start_min = difference(record, KINMU_WORK_DAY_DIVERGENCE_START_MIN),
        .divergence_end_min = difference(record, KINMU_WORK_DAY_DIVERGENCE_END_MIN),
        .form = (uint8_t)days_form(record, KINMU_WORK_DAY_WORK_FORM),
        .is_scheduled = field_value(record, KINMU_WORK_DAY_SCHEDULED_BY).type == KINMU_TYPE_TEXT,
        .is_auto_ended = field_is_true(record, KINMU_WORK_DAY_IS_AUTO_ENDED) != 0,
        .is_fold_start = field_is_true(record, KINMU_WORK_DAY_FOLD_START) != 0,
        .is_fold_end = field_is_true(record, KINMU_WORK_DAY_FOLD_END) != 0,
    };
}

/* While sorting, who and id are ranks: numbers in order of the texts. */
static int compare_rows(const void *a, const void *b) {
    const work_day *x = a;
    const work_day *y = b;
    if (x->who != y->who) {
        return x->who < y->who ? -1 : 1;
    }
    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static int32_t is_shown(const directory *people, uint32_t id) {
    const person *known = directory_find(people, id);
    return known == NULL || !known->is_deleted;
}

int32_t days_seal(days *d, const directory *people) {
    d->ranks = words_ranks(d->texts);
    d->rank_count = words_count(d->texts);
    uint32_t *numbers = malloc(((size_t)d->rank_count + 1) * sizeof *numbers);
    if (d->failed || d->ranks == NULL || numbers == NULL) {
        free(numbers);
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < d->rank_count; i++) {
        numbers[d->ranks[i]] = i;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < d->count; i++) {
        if (is_shown(people, d->rows[i].id)) {
            d->rows[kept] = d->rows[i];
            d->rows[kept].who = d->ranks[d->rows[i].who];
            d->rows[kept++].id = d->ranks[d->rows[i].id];
        }
    }
    if (kept > 0) {
        qsort(d->rows, kept, sizeof *d->rows, compare_rows);
    }
    d->count = 0;
    for (uint32_t i = 0; i < kept; i++) {
        const work_day *row = &d->rows[i];
        if (i > 0 && row->who == d->rows[i - 1].who && row->day == d->rows[i - 1].day) {
            continue;
        }
        d->rows[d->count++] = *row;
    }
    for (uint32_t i = 0; i < d->count; i++) {
        d->rows[i].who = numbers[d->rows[i].who];
        d->rows[i].id = numbers[d->rows[i].id];
    }
    free(numbers);
    return KINMU_OK;
}

uint32_t days_count(const days *d) {
    return d->count;
}

uint32_t days_rank(const days *d, uint32_t text) {
    return text < d->rank_count ? d->ranks[text] : UINT32_MAX;
}

const work_day *days_at(const days *d, uint32_t index) {
    return &d->rows[index];
}

uint32_t days_index(const days *d, const work_day *row) {
    return (uint32_t)(row - d->rows);
}

const work_day *days_find(const days *d, uint32_t who, int32_t day) {
    uint32_t low = 0;
    uint32_t high = d->count;
    if (who >= d->rank_count) {
        return NULL;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const work_day *row = &d->rows[middle];
        uint32_t rank = d->ranks[row->who];
        if (rank < d->ranks[who] || (rank == d->ranks[who] && row->day < day)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    int32_t is_found = low < d->count && d->rows[low].who == who && d->rows[low].day == day;
    return is_found ? &d->rows[low] : NULL;
}
