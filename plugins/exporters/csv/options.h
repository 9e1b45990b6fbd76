/* csv/options.h - the options of the csv exporter, and what they mean. */
#ifndef CSV_OPTIONS_H
#define CSV_OPTIONS_H

#include "sheets/payroll.h"
#include "plans.h"
#include "writing/sheet.h"

#include <kinmu/option.h>

#define FILES_LOGS 0x80000000u /* beside PRODUCT_* */

typedef struct csv_config {
    kinmu_text_list files;
    const char *format;
    const char *layout; /* there is one so far: said to be kept */
    const char *encoding;
    const char *replacement;
    const char *profile;
    const char *headers;
    kinmu_text_list schemas;
    const char *separator;
    const char *line_end;
    kinmu_rows payroll; /* of payroll_column */
    const char *payroll_name;
    const char *payroll_rows;
    const char *differences_against;
    int64_t differences_threshold;
    int32_t title_changes;
    int32_t reserved;
} csv_config;

#define CSV_OPTIONS 16u
extern const kinmu_option csv_options[CSV_OPTIONS];

/* FILES_LOGS | PRODUCT_* of the option `files`. */
uint32_t options_files(const kinmu_text_list *names);
/* E_REJECT names the first choice of them that the plan has no file of. */
int32_t options_check_plan(uint32_t files, const plan *bought, const char *date, kinmu_err *err);
folder_style options_style(const csv_config *config);

#endif
