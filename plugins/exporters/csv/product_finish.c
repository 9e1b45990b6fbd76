/* csv/product_finish.c - see product.h: the files that are written when the last record is there,
 * one function each, and the archives some of them are entries of. */
#include "product_internal.h"

#include "sheets/differences.h"
#include "sheets/log_list.h"
#include "sheets/members.h"
#include "sheets/work_sheets.h"

#include <stdio.h>

static int32_t write_kinmu(product *files, kinmu_err *err) {
    return work_sheets_kinmu(files->folder, &files->period, files->texts, files->people,
                             files->days, err);
}

static int32_t write_sheet(product *files, const char *stem, const char *headers,
                           int32_t (*write)(product *files, sheet *s), kinmu_err *err) {
    char name[PERIOD_NAME_SIZE];
    sheet *s = NULL;
    period_name(&files->period, stem, "csv", name);
    int32_t status = folder_open_sheet(files->folder, name, headers, &s, err);
    if (status == KINMU_OK) {
        status = write(files, s);
    }
    int32_t closed = sheet_close(s, err);
    return status == KINMU_OK ? closed : status;
}

static int32_t put_jinjer(product *files, sheet *s) {
    work_sheets_jinjer(s, files->texts, files->people, files->days);
    return KINMU_OK;
}

static int32_t write_jinjer(product *files, kinmu_err *err) {
    return write_sheet(files, "jinjer", work_sheets_jinjer_headers, put_jinjer, err);
}

static int32_t write_payroll(product *files, kinmu_err *err) {
    const payroll_source source = {files->period, files->texts, files->people, files->days};
    return payroll_write(files->payroll, files->folder, &source, err);
}

/* An entry of an archive: its name without .csv, its columns, and the tasks file it is, or none. */
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

static int32_t write_entry(product *files, const pack *into, const entry *one, kinmu_err *err) {
    sheet *s = NULL;
    int32_t has_calendar = plans_has(files->bought, PLAN_CALENDAR);
    int32_t status = product_open_entry(files, into, one->name, one->headers, &s, err);
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

static int32_t write_entries(product *files, pack *into, const entry *entries, size_t count,
                             kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (size_t i = 0; status == KINMU_OK && i < count; i++) {
        if (plans_has_file(files->bought, into->choice, entries[i].name)) {
            status = write_entry(files, into, &entries[i], err);
        }
    }
    return status == KINMU_OK ? product_close_pack(into, err) : status;
}

static int32_t finish_log_list(product *files, kinmu_err *err) {
    int32_t status = product_open_log_list(files, err); /* a period without a log has its header */
    int32_t closed = sheet_close(files->log_list, err);
    files->log_list = NULL;
    return status == KINMU_OK ? closed : status;
}

static int32_t put_attendance(product *files, sheet *s) {
    attendance_log_write(files->attendance, s);
    return KINMU_OK;
}

static int32_t write_attendance(product *files, kinmu_err *err) {
    int32_t status = product_open_attendance(files);
    return status == KINMU_OK
               ? write_sheet(files, "attendance_log", log_list_headers, put_attendance, err)
               : status;
}

static int32_t put_work_results(product *files, sheet *s) {
    results_work(s, files->texts, files->people, files->days);
    return KINMU_OK;
}

static int32_t put_task_results(product *files, sheet *s) {
    return results_tasks(files->results, s, plans_has(files->bought, PLAN_CALENDAR), files->people,
                         files->days);
}

static int32_t write_results(product *files, kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (plans_has_file(files->bought, "results", "work_result")) {
        status = write_sheet(files, "work_result", results_work_headers, put_work_results, err);
    }
    return status == KINMU_OK
               ? write_sheet(files, "task_result", results_task_headers, put_task_results, err)
               : status;
}

static int32_t write_differences(product *files, kinmu_err *err) {
    const differences_source source = {
        files->texts, files->people, {files->days, files->days_before}, files->question};
    return differences_write(files->folder, &files->period, &source, err);
}

static int32_t write_members(product *files, kinmu_err *err) {
    const members_source source = {files->period, files->texts, files->people, files->days,
                                   files->bought};
    return members_write(files->folder, &source, err);
}

static int32_t write_users(product *files, kinmu_err *err) {
    int32_t status = user_sheets_finish(files->users, err);
    return status == KINMU_OK ? product_close_pack(&files->pc, err) : status;
}

static int32_t finish_app_times(product *files, kinmu_err *err) {
    if (files->app_times == NULL) {
        return KINMU_OK;
    }
    int32_t status = app_times_finish(files->app_times);
    int32_t closed = sheet_close(files->app_sheet, err);
    files->app_sheet = NULL;
    return status == KINMU_OK ? closed : status;
}

static int32_t write_gyomu(product *files, kinmu_err *err) {
    const entry entries[] = {
        {"task_report", tasks_headers[TASKS_REPORT], NULL, TASKS_REPORT},
        {"approval_history", approvals_headers, write_approvals, 0},
    };
    pack gyomu = {NULL, "", ""};
    int32_t status = product_open_pack(files, "gyomu", &gyomu, err);
    if (status == KINMU_OK) {
        status = write_entries(files, &gyomu, entries, sizeof entries / sizeof entries[0], err);
    }
    (void)archive_close(gyomu.archive);
    return status;
}

static int32_t write_aggregation(product *files, kinmu_err *err) {
    const entry entries[] = {
        {"conference", tasks_headers[TASKS_CONFERENCE], NULL, TASKS_CONFERENCE},
        {"outside_work_report", tasks_headers[TASKS_OUTSIDE], NULL, TASKS_OUTSIDE},
        {"overtime_holiday_work", work_sheets_overtime_headers, write_overtime, 0},
        {"not_applicable_work", work_sheets_undeclared_headers, write_undeclared, 0},
        {"task", tasks_headers[TASKS_TASK], NULL, TASKS_TASK},
    };
    int32_t status = finish_app_times(files, err);
    return status == KINMU_OK ? write_entries(files, &files->aggregation, entries,
                                              sizeof entries / sizeof entries[0], err)
                              : status;
}

int32_t product_finish(product *files, kinmu_err *err) {
    static const struct {
        uint32_t wanted;
        int32_t (*write)(product *files, kinmu_err *err);
    } outputs[] = {
        {PRODUCT_PC, write_users},
        {PRODUCT_KINMU, write_kinmu},
        {PRODUCT_JINJER, write_jinjer},
        {PRODUCT_GYOMU, write_gyomu},
        {PRODUCT_AGGREGATION, write_aggregation},
        {PRODUCT_LOG_LIST, finish_log_list},
        {PRODUCT_ATTENDANCE_LOG, write_attendance},
        {PRODUCT_RESULTS, write_results},
        {PRODUCT_DIFFERENCES, write_differences},
        {PRODUCT_MEMBERS, write_members},
        {PRODUCT_PAYROLL, write_payroll}, /* last: its name must be nobody else's */
    };
    if (files->wanted == 0) {
        return KINMU_OK;
    }
    int32_t status = product_end_logs(files, err);
    for (size_t i = 0; status == KINMU_OK && i < sizeof outputs / sizeof outputs[0]; i++) {
        if ((files->wanted & outputs[i].wanted) != 0) {
            status = outputs[i].write(files, err);
        }
    }
    return status;
}
