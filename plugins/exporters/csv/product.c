/* csv/product.c - see product.h. */
#include "product.h"

#include "approvals.h"
#include "days.h"
#include "directory.h"
#include "tasks.h"
#include "user_sheets.h"
#include "words.h"
#include "work_sheets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct product {
    folder *folder;
    period period;
    uint32_t wanted;
    int32_t with_titles;
    int32_t is_sealed;
    words *texts;
    directory *people;
    days *days;
    tasks *tasks;
    approvals *approvals;
    archive *archive; /* the one being written; NULL between two */
    char archive_name[PERIOD_NAME_SIZE];
    char prefix[PERIOD_NAME_SIZE + 1]; /* of the entries of users */
    user_sheets *users;
};

int32_t product_create(folder *f, const period *p, uint32_t wanted, int32_t with_titles,
                       product **out) {
    product *files = calloc(1, sizeof *files);
    if (files == NULL) {
        return KINMU_E_NOMEM;
    }
    files->folder = f;
    files->period = *p;
    files->wanted = wanted;
    files->with_titles = with_titles;
    int32_t status = words_create(&files->texts);
    if (status == KINMU_OK) {
        status = directory_create(files->texts, &files->people);
    }
    if (status == KINMU_OK) {
        status = days_create(files->texts, p, &files->days);
    }
    if (status == KINMU_OK) {
        status = tasks_create(files->texts, p, &files->tasks);
    }
    if (status == KINMU_OK) {
        status = approvals_create(files->texts, p, &files->approvals);
    }
    if (status != KINMU_OK) {
        product_destroy(files);
        return status;
    }
    *out = files;
    return KINMU_OK;
}

void product_record(product *files, uint32_t kind, const kinmu_event *record) {
    if (files->wanted == 0) {
        return;
    }
    switch (kind) {
    case PRODUCT_PERSON:
        directory_person(files->people, record);
        break;
    case PRODUCT_ASSIGNMENT:
        directory_assignment(files->people, record);
        break;
    case PRODUCT_GROUP:
        directory_group(files->people, record);
        break;
    case PRODUCT_ACCOUNT:
        directory_account(files->people, record);
        break;
    case PRODUCT_SETTING:
        directory_setting(files->people, record);
        break;
    case PRODUCT_DAY:
        days_add(files->days, record);
        break;
    case PRODUCT_TASK:
        tasks_add(files->tasks, record);
        break;
    case PRODUCT_REQUEST:
        approvals_request(files->approvals, record);
        break;
    case PRODUCT_DECISION:
        approvals_decision(files->approvals, record);
        break;
    default:
        break;
    }
}

static int32_t seal(product *files) {
    if (files->is_sealed) {
        return KINMU_OK;
    }
    files->is_sealed = 1;
    int32_t status = directory_seal(files->people);
    if (status == KINMU_OK) {
        status = days_seal(files->days, files->people);
    }
    if (status == KINMU_OK) {
        status = tasks_seal(files->tasks, files->people, files->days);
    }
    return words_failed(files->texts) ? KINMU_E_NOMEM : status;
}

static int32_t is_telework(const product *files) {
    return strcmp(directory_plan(files->people, files->period.last), "telework") == 0;
}

static int32_t write_kinmu(product *files, kinmu_err *err) {
    char name[PERIOD_NAME_SIZE];
    period_name(&files->period, "kinmu", "csv", name);
    return work_sheets_kinmu(files->folder, name, &files->period, files->texts, files->people,
                             files->days, err);
}

/* An entry of an archive: its name, its columns, and the tasks file it is, or none. */
typedef struct entry {
    const char *name;
    const char *headers;
    int32_t (*write)(product *files, sheet *s); /* NULL: tasks_write of `kind` */
    uint32_t kind;
} entry;

static int32_t write_approvals(product *files, sheet *s) {
    return approvals_write(files->approvals, files->people, files->days, s);
}

static int32_t write_overtime(product *files, sheet *s) {
    work_sheets_overtime(s, files->texts, files->people, files->days);
    return KINMU_OK;
}

static int32_t write_undeclared(product *files, sheet *s) {
    work_sheets_undeclared(s, files->texts, files->people, files->days);
    return KINMU_OK;
}

static int32_t write_entry(product *files, const char *archive_name, const entry *one,
                           kinmu_err *err) {
    char name[SHEET_NAME_SIZE];
    sheet *s = NULL;
    int32_t has_calendar = !is_telework(files);
    (void)snprintf(name, sizeof name, "%s/%s", archive_name, one->name);
    int32_t status = folder_open_entry(files->folder, files->archive, name, one->headers, &s, err);
    if (status != KINMU_OK) {
        return status;
    }
    if (one->write != NULL) {
        status = one->write(files, s);
    } else {
        tasks_write(files->tasks, one->kind, has_calendar, files->people, s);
    }
    int32_t closed = sheet_close(s, err);
    return status == KINMU_OK ? closed : status;
}

static int32_t open_archive(product *files, const char *stem, kinmu_err *err) {
    period_name(&files->period, stem, "zip", files->archive_name);
    return folder_open_archive(files->folder, files->archive_name, &files->archive, err);
}

static int32_t close_archive(product *files, kinmu_err *err) {
    archive *done = files->archive;
    files->archive = NULL;
    return folder_close_archive(done, files->archive_name, err);
}

static int32_t write_archive(product *files, const char *stem, const entry *entries, size_t count,
                             kinmu_err *err) {
    int32_t status = open_archive(files, stem, err);
    for (size_t i = 0; status == KINMU_OK && i < count; i++) {
        status = write_entry(files, files->archive_name, &entries[i], err);
    }
    return status == KINMU_OK ? close_archive(files, err) : status;
}

/* Opened with the first log, or at the end: then everybody's files are empty. */
static int32_t open_users(product *files, kinmu_err *err) {
    int32_t status = seal(files);
    if (status == KINMU_OK) {
        status = open_archive(files, "pc", err);
    }
    if (status != KINMU_OK) {
        return status;
    }
    (void)snprintf(files->prefix, sizeof files->prefix, "%s/", files->archive_name);
    const user_style style = {.into = files->archive,
                              .prefix = files->prefix,
                              .people = files->people,
                              .texts = files->texts,
                              .last_day = files->period.last,
                              .with_titles = files->with_titles,
                              .with_app = !is_telework(files),
                              .with_presence = 1};
    return user_sheets_create(files->folder, &style, &files->users);
}

int32_t product_log(product *files, uint32_t kind, const kinmu_event *event, kinmu_err *err) {
    if ((files->wanted & PRODUCT_PC) == 0) {
        return KINMU_OK;
    }
    int32_t status = files->users == NULL ? open_users(files, err) : KINMU_OK;
    if (status == KINMU_OK) {
        status = user_sheets_turn_to(files->users, event->subject, err);
    }
    if (status == KINMU_OK && kind == PRODUCT_MINUTE) {
        status = user_sheets_minute(files->users, event, err);
    } else if (status == KINMU_OK && kind == PRODUCT_FOCUS) {
        user_sheets_focus(files->users, event);
    } else if (status == KINMU_OK && kind == PRODUCT_PRESENCE) {
        user_sheets_presence(files->users, event);
    }
    return status;
}

static int32_t write_users(product *files, kinmu_err *err) {
    int32_t status = files->users == NULL ? open_users(files, err) : KINMU_OK;
    if (status == KINMU_OK) {
        status = user_sheets_finish(files->users, err);
    }
    return status == KINMU_OK ? close_archive(files, err) : status;
}

static int32_t write_gyomu(product *files, kinmu_err *err) {
    const entry entries[] = {
        {"task_report.csv", tasks_headers[TASKS_REPORT], NULL, TASKS_REPORT},
        {"approval_history.csv", approvals_headers, write_approvals, 0},
    };
    return write_archive(files, "gyomu", entries, sizeof entries / sizeof entries[0], err);
}

static int32_t write_aggregation(product *files, kinmu_err *err) {
    const entry entries[] = {
        {"conference.csv", tasks_headers[TASKS_CONFERENCE], NULL, TASKS_CONFERENCE},
        {"outside_work_report.csv", tasks_headers[TASKS_OUTSIDE], NULL, TASKS_OUTSIDE},
        {"overtime_holiday_work.csv", work_sheets_overtime_headers, write_overtime, 0},
        {"not_applicable_work.csv", work_sheets_undeclared_headers, write_undeclared, 0},
        {"task.csv", tasks_headers[TASKS_TASK], NULL, TASKS_TASK},
    };
    return write_archive(files, "aggregation", entries, sizeof entries / sizeof entries[0], err);
}

int32_t product_finish(product *files, kinmu_err *err) {
    static const struct {
        uint32_t wanted;
        int32_t (*write)(product *files, kinmu_err *err);
    } outputs[] = {
        {PRODUCT_PC, write_users}, /* its archive is open already */
        {PRODUCT_KINMU, write_kinmu},
        {PRODUCT_GYOMU, write_gyomu},
        {PRODUCT_AGGREGATION, write_aggregation},
    };
    if (files->wanted == 0) {
        return KINMU_OK;
    }
    int32_t status = seal(files);
    for (size_t i = 0; status == KINMU_OK && i < sizeof outputs / sizeof outputs[0]; i++) {
        if ((files->wanted & outputs[i].wanted) != 0) {
            status = outputs[i].write(files, err);
        }
    }
    return status;
}

void product_destroy(product *files) {
    if (files == NULL) {
        return;
    }
    user_sheets_destroy(files->users);
    (void)archive_close(files->archive);
    approvals_destroy(files->approvals);
    tasks_destroy(files->tasks);
    days_destroy(files->days);
    directory_destroy(files->people);
    words_destroy(files->texts);
    free(files);
}
