/* csv/sheets/payroll_columns.h - what may stand in a column of a payroll file: fields, their forms,
 * and the check of what conf.d says of one. Pure. */
#ifndef CSV_PAYROLL_COLUMNS_H
#define CSV_PAYROLL_COLUMNS_H

#include <kinmu/option.h>

#include <stddef.h>

#define PAYROLL_COLUMNS_MAX 256

/* One row of the option `payroll`. */
typedef struct payroll_column {
    const char *header;
    const char *field;  /* NULL: text */
    const char *format; /* NULL: the usual one of the field */
    const char *text;
    int32_t is_wrapped;
    int32_t reserved;
} payroll_column;

#define PAYROLL_COLUMN_OPTIONS 5u
extern const kinmu_option payroll_column_options[PAYROLL_COLUMN_OPTIONS];

/* What a field is, as a bit: which formats fit, and whether a month has one. */
#define KIND_TEXT 1u     /* of the person */
#define KIND_DAY_TEXT 2u /* of a day */
#define KIND_DATE 4u
#define KIND_CLOCK 8u
#define KIND_MINUTES 16u
#define KINDS_OF_MONTH (KIND_TEXT | KIND_DATE | KIND_MINUTES)

enum {
    TEXT_EMPLOYEE_NO,
    TEXT_PERSON,
    TEXT_NAME,
    TEXT_KANA,
    TEXT_MAIL,
    TEXT_GROUP_ID,
    TEXT_GROUP_NAME,
    TEXT_DAY_KIND,
    TEXT_WORK_FORM,
    TEXT_STATE
};

typedef struct payroll_field {
    const char *name;
    uint32_t kind;
    size_t at; /* of a text: which; of clocks and minutes: the place within work_day */
} payroll_field;

typedef struct payroll_format {
    const char *name; /* in a pattern each run of a letter is a number of at least that length */
    uint32_t kinds;
    int64_t scale; /* of decimal hours: 1, 10 … ; 0: a pattern */
} payroll_format;

/* A column that was checked. */
typedef struct payroll_cell {
    const char *header;
    const char *text;
    const payroll_field *field; /* NULL: text */
    const payroll_format *format;
    int32_t is_wrapped;
} payroll_cell;

/* NULL as the name: the usual one of the kind. NULL: none of this name fits. */
const payroll_format *payroll_find_format(const char *name, uint32_t kind);
/* NULL, or what is wrong. */
const char *payroll_read_column(const payroll_column *from, int32_t by_month, payroll_cell *out);

#endif
