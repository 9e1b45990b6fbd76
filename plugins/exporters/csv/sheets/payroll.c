/* csv/sheets/payroll.c - see payroll.h. */
#include "sheets/payroll.h"

#include "known/employees.h"
#include "writing/moment.h"
#include "writing/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MONTH_DAYS_MAX 31

struct payroll {
    const char *file_name;
    int32_t by_month;
    int32_t with_headers;
    uint32_t count;
    payroll_cell columns[PAYROLL_COLUMNS_MAX];
};

/* What one row is about: a day, or the days of a month that are asked for. */
typedef struct span {
    const employee *one;
    int32_t first;
    int32_t last;
    int32_t count; /* of days known */
    const work_day *days[MONTH_DAYS_MAX];
} span;

static int32_t fail(kinmu_err *err, const payroll_column *from, uint32_t number, const char *what) {
    (void)snprintf(err->key, sizeof err->key, "csv.payroll");
    (void)snprintf(err->msg, sizeof err->msg, "csv: payroll: column %u \"%.60s\"%s%.30s: %s",
                   (unsigned)number, from->header, from->field != NULL ? ", field " : "",
                   from->field != NULL ? from->field : "", what);
    return KINMU_E_CONFIG;
}

/* "kyuyo_202611.csv" of "kyuyo_{from:yyyymm}.csv"; 0 when what stands between braces is no form. */
static int32_t make_name(const char *from, const period *p, char out[SHEET_NAME_SIZE]) {
    size_t filled = 0;
    while (*from != '\0') {
        char part[MOMENT_SIZE] = {*from, '\0'};
        size_t size = 1;
        if (*from == '{' || *from == '}') {
            int32_t is_first = strncmp(from, "{from:", sizeof "{from:" - 1) == 0;
            size_t start = is_first ? sizeof "{from:" - 1 : sizeof "{to:" - 1;
            size = strcspn(from, "}") + 1;
            if ((!is_first && strncmp(from, "{to:", start) != 0) || size - start > sizeof part) {
                return 0;
            }
            (void)snprintf(part, sizeof part, "%.*s", (int)(size - 1 - start), from + start);
            const payroll_format *form = payroll_find_format(part, KIND_DATE);
            if (form == NULL || from[size - 1] == '\0') {
                return 0;
            }
            moment_date_as(part, form->name, is_first ? p->first : p->last);
        }
        int length = snprintf(out + filled, SHEET_NAME_SIZE - filled, "%s", part);
        filled += (size_t)length;
        if (filled >= SHEET_NAME_SIZE) {
            return 0;
        }
        from += size;
    }
    return 1;
}

static int32_t fail_name(kinmu_err *err, const char *name, const char *what) {
    (void)snprintf(err->key, sizeof err->key, "csv.payroll");
    (void)snprintf(err->msg, sizeof err->msg, "csv: payroll_name \"%.100s\": %s", name, what);
    return KINMU_E_CONFIG;
}

int32_t payroll_create(const payroll_config *config, payroll **out, kinmu_err *err) {
    if (config->count == 0 || config->count > PAYROLL_COLUMNS_MAX) {
        (void)snprintf(err->key, sizeof err->key, "csv.payroll");
        (void)snprintf(err->msg, sizeof err->msg,
                       "csv: files: [payroll] needs the columns of the file in `payroll`");
        return KINMU_E_CONFIG;
    }
    payroll *layout = calloc(1, sizeof *layout);
    if (layout == NULL) {
        return KINMU_E_NOMEM;
    }
    layout->file_name = config->file_name;
    layout->by_month = config->by_month;
    layout->with_headers = config->with_headers;
    layout->count = config->count;
    for (uint32_t i = 0; i < config->count; i++) {
        const char *wrong =
            payroll_read_column(&config->columns[i], config->by_month, &layout->columns[i]);
        if (wrong != NULL) {
            free(layout);
            return fail(err, &config->columns[i], i + 1, wrong);
        }
    }
    char name[SHEET_NAME_SIZE];
    if (!make_name(layout->file_name, &(period){0, 0}, name)) {
        free(layout);
        return fail_name(err, config->file_name,
                         "write {from:yyyymm} or {to:yyyymmdd}, with a form a date may have");
    }
    *out = layout;
    return KINMU_OK;
}

void payroll_destroy(payroll *layout) {
    free(layout);
}

static void write_minutes(char out[MOMENT_SIZE], const payroll_format *form, int64_t minutes) {
    if (strcmp(form->name, "minutes") == 0) {
        (void)snprintf(out, MOMENT_SIZE, "%" PRId64, minutes);
    } else if (form->scale > 0) {
        int64_t parts = (minutes * form->scale + 30) / 60;
        char places[24]; /* behind a 1 that keeps the zeros */
        (void)snprintf(places, sizeof places, "%" PRId64, form->scale + parts % form->scale);
        (void)snprintf(out, MOMENT_SIZE, "%" PRId64 "%s%s", parts / form->scale,
                       form->scale > 1 ? "." : "", places + 1);
    } else {
        const int32_t numbers[] = {(int32_t)(minutes / 60), (int32_t)(minutes % 60), 0};
        moment_pattern(out, form->name, numbers);
    }
}

static const char *day_kind(const char *kind) {
    static const char *const kinds[][2] = {{"work", "平日"},
                                           {"company-holiday", "所定休日"},
                                           {"legal-holiday", "法定休日"},
                                           {"leave", "休暇"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i][0], kind) == 0) {
            return kinds[i][1];
        }
    }
    return kind;
}

static const char *text_of(const payroll_source *from, const span *about, size_t which) {
    const person *known = directory_find(from->people, about->one->id);
    const work_day *row = about->count > 0 ? about->days[about->count - 1] : NULL;
    uint32_t group =
        row != NULL ? row->group : directory_group_of(from->people, about->one->id, about->last);
    switch (which) {
    case TEXT_EMPLOYEE_NO:
        return words_text(from->texts, about->one->who);
    case TEXT_PERSON:
        return words_text(from->texts, about->one->id);
    case TEXT_NAME:
        return words_text(from->texts, known != NULL ? known->name : WORDS_NONE);
    case TEXT_KANA:
        return words_text(from->texts, known != NULL ? known->kana : WORDS_NONE);
    case TEXT_MAIL:
        return words_text(from->texts, known != NULL ? known->mail : WORDS_NONE);
    case TEXT_GROUP_ID:
        return words_text(from->texts, group);
    case TEXT_GROUP_NAME:
        return group != WORDS_NONE ? directory_group_name(from->people, group) : "";
    case TEXT_DAY_KIND:
        return day_kind(words_text(from->texts, row != NULL ? row->kind : WORDS_NONE));
    case TEXT_WORK_FORM:
        return row != NULL ? days_form_name(row->form) : "";
    default:
        return words_text(from->texts, row != NULL ? row->state : WORDS_NONE);
    }
}

/* The sum of what is known of the days; 0 when nothing is. */
static int32_t add_up(const span *about, size_t member, int64_t *sum) {
    int32_t is_known = 0;
    *sum = 0;
    for (int32_t i = 0; i < about->count; i++) {
        int16_t minutes = DAYS_NONE;
        memcpy(&minutes, (const char *)about->days[i] + member, sizeof minutes);
        if (minutes != DAYS_NONE) {
            *sum += minutes;
            is_known = 1;
        }
    }
    return is_known;
}

static void put_cell(sheet *s, const payroll_cell *c, const payroll_source *from,
                     const span *about) {
    char text[MOMENT_SIZE] = "";
    int64_t minutes = 0;
    if (c->field == NULL) {
        sheet_string(s, c->text);
    } else if ((c->field->kind & (KIND_TEXT | KIND_DAY_TEXT)) != 0) {
        sheet_string(s, text_of(from, about, c->field->at));
    } else if (c->field->kind == KIND_DATE) {
        moment_date_as(text, c->format->name, about->first);
        sheet_plain(s, text);
    } else {
        if (add_up(about, c->field->at, &minutes)) {
            write_minutes(text, c->format, c->is_wrapped ? minutes % 1440 : minutes);
        }
        sheet_plain(s, text);
    }
}

/* The days of the span, out of those known; an automatic end that nobody corrected is not (WRK-04).
 * 1 when there is a row to write. */
static int32_t find_days(span *about, const days *all) {
    int32_t is_there = about->last >= about->one->from_day;
    about->count = 0;
    for (int32_t day = about->first; day <= about->last; day++) {
        const work_day *row = days_find(all, about->one->who, day);
        is_there = is_there || row != NULL;
        if (row != NULL && !row->is_auto_ended) {
            about->days[about->count++] = row;
        }
    }
    return is_there;
}

static void write_person(sheet *s, const payroll *layout, const payroll_source *from,
                         const employee *one) {
    span about = {.one = one};
    for (int32_t day = from->period.first; day <= from->period.last; day = about.last + 1) {
        int32_t last = layout->by_month ? period_end_of_month(day) : day;
        about.first = day;
        about.last = last < from->period.last ? last : from->period.last;
        if (!find_days(&about, from->days)) {
            continue;
        }
        for (uint32_t i = 0; i < layout->count; i++) {
            put_cell(s, &layout->columns[i], from, &about);
        }
        sheet_end_row(s);
    }
}

int32_t payroll_write(const payroll *layout, folder *f, const payroll_source *from,
                      kinmu_err *err) {
    char name[SHEET_NAME_SIZE];
    sheet *s = NULL;
    size_t count = 0;
    if (!make_name(layout->file_name, &from->period, name) ||
        !names_is_plain(folder_encoder(f), name) || folder_has(f, name)) {
        return fail_name(err, name, "cannot be the name of this file; take another");
    }
    employee *list = employees_list(from->people, from->days, &count);
    if (list == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = folder_open_sheet(f, name, NULL, &s, err);
    if (status != KINMU_OK) {
        free(list);
        return status;
    }
    for (uint32_t i = 0; layout->with_headers && i < layout->count; i++) {
        sheet_string(s, layout->columns[i].header);
    }
    if (layout->with_headers) {
        sheet_end_headers(s);
    }
    for (size_t i = 0; i < count; i++) {
        write_person(s, layout, from, &list[i]);
    }
    free(list);
    return sheet_close(s, err);
}
