/* api/answers/exports.c - GET jobs, GET jobs/{job}: export jobs as they stand; GET master/{file}:
 * the master files. They are made and known by exporter `jobs` and connector `people`; these are
 * their commands by other addresses, so that who waits for a file asks by GET, with an ETag. */
#include "api.h"
#include "words.h"

#include <string.h>

#define EXPORTS "jobs" /* the instance; there is one at most */
#define MASTER "people"

static int32_t may(exchange *x, const char *off) {
    if (x->row.name == NULL) {
        problem_set(x, 404, off, NULL, NULL);
        return 0;
    }
    return run_may(x);
}

/* The job's number in the path, as the first value of a call. NULL: answered. */
static kinmu_value *take_job(exchange *x) {
    const char *text = x->target.segments[1];
    kinmu_value *values = memory_get(&x->memory, 2 * sizeof *values);
    int64_t number = 0;
    if (values == NULL) {
        return NULL;
    }
    if (!words_number(text, INT64_C(1) << 53, &number) || number < 1) {
        problem_set(x, 404, "jobs.unknown", text, NULL);
        return NULL;
    }
    values[0] = kinmu_i64(number);
    return values;
}

void export_list_find(exchange *x) {
    run_name(x, EXPORTS, "list");
}

void export_list_job(exchange *x) {
    (void)may(x, "jobs.off");
}

void export_show_find(exchange *x) {
    run_name(x, EXPORTS, "show");
}

void export_show_job(exchange *x) {
    x->values = may(x, "jobs.off") ? take_job(x) : NULL;
}

void download_find(exchange *x) {
    run_name(x, EXPORTS, "read");
}

void download_job(exchange *x) {
    kinmu_value *values = may(x, "jobs.off") ? take_job(x) : NULL;
    const char *name = x->target.segments[3];
    if (values != NULL) {
        values[1] = kinmu_text(name);
        x->values = values;
        download_prepare(x, memory_print(&x->memory, "%s/%s", x->target.segments[1], name), name,
                         "files.absent", 0);
    }
}

void master_find(exchange *x) {
    run_name(x, MASTER, "sheet_read");
}

/* Schedules are those of some days, and of a group. */
static const char *const schedule_parameters[DOWNLOAD_MORE_MAX] = {"from_date", "to_date",
                                                                   "group_id"};

static int32_t take_schedule(exchange *x, const char *name, kinmu_value *more) {
    int32_t is_of_days = strcmp(name, "schedule") == 0;
    char date[WORDS_DATE_SIZE];
    for (uint32_t i = 0; i < DOWNLOAD_MORE_MAX; i++) {
        const char *parameter = schedule_parameters[i];
        const char *text = target_find(&x->target, parameter);
        more[i] = text != NULL ? kinmu_text(text) : kinmu_null();
        if (text != NULL && !is_of_days) {
            problem_set(x, 422, "query.unknown", parameter, NULL);
            return 0;
        }
        if (text != NULL && i < 2 && !words_date(text, date)) {
            problem_set(x, 422, "query.value", parameter, "2026-11-22");
            return 0;
        }
    }
    return 1;
}

/* What is taken, for the audit and the ETag: "user/cp932", "schedule/cp932/2026-11-01//G1". */
static const char *master_id(exchange *x, const char *name, const kinmu_value *values,
                             int32_t is_of_days) {
    const char *id = memory_print(&x->memory, "%s/%s", name, values[1].as.text);
    for (uint32_t i = 0; is_of_days && id != NULL && i < DOWNLOAD_MORE_MAX; i++) {
        const char *text = target_find(&x->target, schedule_parameters[i]);
        id = memory_print(&x->memory, "%s/%s", id, text != NULL ? text : "");
    }
    return id;
}

void master_job(exchange *x) {
    const char *encoding = target_find(&x->target, "encoding");
    const char *name = x->target.segments[1];
    int32_t is_of_days = strcmp(name, "schedule") == 0;
    kinmu_value *values = may(x, "imports.off")
                              ? memory_get(&x->memory, (2 + DOWNLOAD_MORE_MAX) * sizeof *values)
                              : NULL;
    if (values == NULL || !endpoint_takes(x) || !take_schedule(x, name, values + 2)) {
        return;
    }
    if (encoding != NULL && strcmp(encoding, "cp932") != 0 && strcmp(encoding, "utf8") != 0) {
        problem_set(x, 422, "query.value", "encoding", "cp932, utf8");
        return;
    }
    values[0] = kinmu_text(name);
    values[1] = kinmu_text(encoding != NULL ? encoding : "cp932");
    x->values = values;
    download_prepare(x, master_id(x, name, values, is_of_days), name, "master.unknown",
                     is_of_days ? DOWNLOAD_MORE_MAX : 0);
}
