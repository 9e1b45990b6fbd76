/* csv/product_internal.h - what product.c, which takes records and logs, and product_finish.c,
 * which writes the files, share. */
#ifndef CSV_PRODUCT_INTERNAL_H
#define CSV_PRODUCT_INTERNAL_H

#include "known/days.h"
#include "known/directory.h"
#include "known/sites.h"
#include "known/words.h"
#include "product.h"
#include "sheets/app_times.h"
#include "sheets/approvals.h"
#include "sheets/attendance_log.h"
#include "sheets/results.h"
#include "sheets/tasks.h"
#include "sheets/user_sheets.h"
#include "spool.h"

/* A ZIP file being written; its archive is NULL before and after. */
typedef struct pack {
    archive *archive;
    const char *choice; /* as plans.h has it */
    char name[PERIOD_NAME_SIZE];
} pack;

struct product {
    folder *folder;
    period period;
    uint32_t wanted;
    int32_t with_titles;
    const plan *bought; /* as of the last day; NULL until records are sealed */
    const payroll *payroll;
    apart_question question;
    words *texts;
    directory *people;
    days *days;
    days *days_before; /* of the period before: NULL where nobody asks */
    tasks *tasks;
    approvals *approvals;
    sites *sites;
    results *results;
    sheet *log_list; /* open from the first log on, like the next */
    attendance_log *attendance;
    spool *spool;    /* where computers are bound: logs in order of people */
    log_user user;   /* else: of the last log */
    char *user_name; /* its own copy of the name */
    /* Open from the first log on. */
    pack pc;
    char prefix[PERIOD_NAME_SIZE + 1]; /* of the entries of users */
    user_sheets *users;
    pack aggregation;
    sheet *app_sheet;
    app_times *app_times;
};

int32_t product_open_pack(const product *files, const char *stem, pack *out, kinmu_err *err);
int32_t product_close_pack(pack *done, kinmu_err *err);
int32_t product_open_entry(product *files, const pack *into, const char *file, const char *headers,
                           sheet **out, kinmu_err *err);

/* After the last log: what none has opened is open, and those that waited are written. */
int32_t product_end_logs(product *files, kinmu_err *err);
/* Unless they are open. */
int32_t product_open_log_list(product *files, kinmu_err *err);
int32_t product_open_attendance(product *files);

#endif
