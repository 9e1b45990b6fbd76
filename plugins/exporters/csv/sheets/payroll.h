/* csv/sheets/payroll.h - one file of the customer's own layout: which columns, in which form, is
 * said in conf.d (the option `payroll`). Figures are those of kinmu.work.day; only sums of a
 * month's minutes are made here. */
#ifndef CSV_PAYROLL_H
#define CSV_PAYROLL_H

#include "known/days.h"
#include "known/directory.h"
#include "sheets/payroll_columns.h"
#include "writing/sheet.h"

#define PAYROLL_NAME_MAX 120

typedef struct payroll_config {
    const payroll_column *columns; /* their texts must outlive the layout */
    uint32_t count;
    const char *file_name;
    int32_t by_month; /* a row per person and month, else per person and day */
    int32_t with_headers;
} payroll_config;

typedef struct payroll payroll;
/* E_CONFIG, told with the column, when a format does not fit its field. */
int32_t payroll_create(const payroll_config *config, payroll **out, kinmu_err *err);
void payroll_destroy(payroll *layout); /* NULL is fine */

/* What the rows are made from; people and days are sealed. */
typedef struct payroll_source {
    period period;
    const words *texts;
    const directory *people;
    const days *days;
} payroll_source;

int32_t payroll_write(const payroll *layout, folder *f, const payroll_source *from, kinmu_err *err);

#endif
