/* csv/product.h - the files of the reference products (SPEC section 6), from the records of an
 * export: which are wanted, what they need to know, and when they can be written.
 *
 * Takes records first (in any order), as exports come; writes when the last one is there.
 */
#ifndef CSV_PRODUCT_H
#define CSV_PRODUCT_H

#include "period.h"
#include "sheet.h"

#include <kinmu/value.h>

#define PRODUCT_KINMU 1u       /* kinmu_yyyyMM.csv */
#define PRODUCT_GYOMU 2u       /* gyomu_yyyyMM.zip: task reports and approvals */
#define PRODUCT_AGGREGATION 4u /* aggregation_yyyyMM.zip: meetings, tasks, overtime … */

/* What a record is about. */
enum {
    PRODUCT_PERSON,
    PRODUCT_ASSIGNMENT,
    PRODUCT_GROUP,
    PRODUCT_SETTING,
    PRODUCT_DAY,
    PRODUCT_TASK,
    PRODUCT_REQUEST,
    PRODUCT_DECISION,
    PRODUCT_RECORDS,
};

typedef struct product product;
/* `wanted`: PRODUCT_* bits. */
int32_t product_create(folder *f, const period *p, uint32_t wanted, product **out);
void product_record(product *files, uint32_t kind, const kinmu_event *record);
int32_t product_finish(product *files, kinmu_err *err);
void product_destroy(product *files); /* before its folder; NULL is fine */

#endif
