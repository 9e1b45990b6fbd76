/* csv/product.h - the files of the reference products (SPEC section 6), from the records of an
 * export: which are wanted, what they need to know, and when they can be written.
 *
 * Takes records first (in any order), as exports come; writes when the last one is there.
 */
#ifndef CSV_PRODUCT_H
#define CSV_PRODUCT_H

#include "apart.h"
#include "sheets/payroll.h"
#include "known/period.h"
#include "plans.h"
#include "writing/sheet.h"

#include <kinmu/value.h>

#define PRODUCT_KINMU 1u       /* kinmu_yyyyMM.csv */
#define PRODUCT_GYOMU 2u       /* gyomu_yyyyMM.zip: task reports and approvals */
#define PRODUCT_AGGREGATION 4u /* aggregation_yyyyMM.zip: meetings, tasks, overtime, windows */

#define PRODUCT_PC 8u /* pc_yyyyMM.zip: presence, PC and application log of every user */

#define PRODUCT_JINJER 16u /* jinjer_yyyyMM.csv: PC hours in jinjer's layout */

#define PRODUCT_PAYROLL 32u /* a file of the customer's own layout */

#define PRODUCT_LOG_LIST 64u        /* log_list_yyyyMM.csv: ログ一覧 */
#define PRODUCT_ATTENDANCE_LOG 128u /* attendance_log_yyyyMM.csv: 出退勤ログ */
#define PRODUCT_RESULTS                                                                            \
    256u /* work_result_yyyyMM.csv, task_result_yyyyMM.csv: 勤務・タスク実績               \
          */

#define PRODUCT_DIFFERENCES                                                                        \
    512u /* difference_yyyyMM.csv, difference_group_yyyyMM.csv: 勤怠差異                       \
          */

#define PRODUCT_MEMBERS 1024u /* member_list_yyyyMM.csv, group_day_yyyyMM.csv: 一覧 */

/* What a record is about. */
enum {
    PRODUCT_PERSON,
    PRODUCT_ASSIGNMENT,
    PRODUCT_GROUP,
    PRODUCT_PATTERN,
    PRODUCT_ACCOUNT,
    PRODUCT_SETTING,
    PRODUCT_COMPUTER,
    PRODUCT_DEVICE,
    PRODUCT_SITE,
    PRODUCT_DAY,
    PRODUCT_TASK,
    PRODUCT_REQUEST,
    PRODUCT_DECISION,
    PRODUCT_RECORDS,
};

/* What a log event is about. */
enum { PRODUCT_MINUTE, PRODUCT_FOCUS, PRODUCT_PRESENCE, PRODUCT_OTHER_LOG };

typedef struct product_style {
    uint32_t wanted; /* PRODUCT_* bits */
    int32_t with_titles;
    const payroll *payroll;     /* of PRODUCT_PAYROLL */
    apart_question differences; /* of PRODUCT_DIFFERENCES */
} product_style;

typedef struct product product;
int32_t product_create(folder *f, const period *p, const product_style *style, product **out);
void product_record(product *files, uint32_t kind, const kinmu_event *record);
/* What was bought, as of the last day of the period; after all records. NULL: no memory. */
const plan *product_plan(product *files);
/* After all records, sorted by account and time; where computers are bound (COL-08) they are put in
 * order of people first, and written by product_finish. */
int32_t product_log(product *files, uint32_t kind, const kinmu_event *event, kinmu_err *err);
/* The same for the lists of logs: a LOG_LIST_* kind, also of machines and of nobody. */
int32_t product_list(product *files, uint32_t kind, const kinmu_event *event, kinmu_err *err);
int32_t product_finish(product *files, kinmu_err *err);
void product_destroy(product *files); /* before its folder; NULL is fine */

#endif
