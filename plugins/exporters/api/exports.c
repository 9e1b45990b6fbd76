/* api/exports.c - GET jobs, GET jobs/{job}: export jobs as they stand. They are made and known by
 * exporter `jobs`; these are its commands by other addresses, so that who waits for a file asks by
 * GET, with an ETag. */
#include "api.h"
#include "words.h"

#define EXPORTS "jobs" /* the instance; there is one at most */

static int32_t may(exchange *x) {
    if (x->row.name == NULL) {
        problem_set(x, 404, "jobs.off", NULL, NULL);
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
    (void)may(x);
}

void export_show_find(exchange *x) {
    run_name(x, EXPORTS, "show");
}

void export_show_job(exchange *x) {
    x->values = may(x) ? take_job(x) : NULL;
}

void download_find(exchange *x) {
    run_name(x, EXPORTS, "read");
}

void download_job(exchange *x) {
    kinmu_value *values = may(x) ? take_job(x) : NULL;
    if (values != NULL) {
        values[1] = kinmu_text(x->target.segments[3]);
        x->values = values;
        x->go = download_go;
    }
}
