/* csv/sheets/payroll_columns.c - see payroll_columns.h. */
#include "sheets/payroll_columns.h"

#include "known/days.h"

#include <string.h>

#define CLOCK(member)                                                                              \
    { #member, KIND_CLOCK, offsetof(work_day, member) }
#define MINUTES(member)                                                                            \
    { #member, KIND_MINUTES, offsetof(work_day, member) }
/* The words of FIELDS. */
static const payroll_field fields[] = {
    {"employee_no", KIND_TEXT, TEXT_EMPLOYEE_NO},
    {"person", KIND_TEXT, TEXT_PERSON},
    {"name", KIND_TEXT, TEXT_NAME},
    {"kana", KIND_TEXT, TEXT_KANA},
    {"mail", KIND_TEXT, TEXT_MAIL},
    {"group_id", KIND_TEXT, TEXT_GROUP_ID},
    {"group_name", KIND_TEXT, TEXT_GROUP_NAME},
    {"date", KIND_DATE, 0},
    {"day_kind", KIND_DAY_TEXT, TEXT_DAY_KIND},
    {"work_form", KIND_DAY_TEXT, TEXT_WORK_FORM},
    {"state", KIND_DAY_TEXT, TEXT_STATE},
    CLOCK(work_start),
    CLOCK(work_end),
    CLOCK(deemed_end),
    CLOCK(pc_start),
    CLOCK(pc_end),
    CLOCK(scheduled_start),
    CLOCK(scheduled_end),
    MINUTES(break_min),
    MINUTES(work_min),
    MINUTES(scheduled_min),
    MINUTES(overtime_min),
    MINUTES(holiday_work_min),
    MINUTES(undeclared_min),
    MINUTES(night_min),
    MINUTES(statutory_overtime_min),
    MINUTES(legal_holiday_min),
    MINUTES(pc_span_min),
    MINUTES(pc_active_min),
    MINUTES(missing_min),
};
#define FIELDS                                                                                     \
    "employee_no|person|name|kana|mail|group_id|group_name|date|day_kind|work_form|state|"         \
    "work_start|work_end|deemed_end|pc_start|pc_end|scheduled_start|scheduled_end|"                \
    "break_min|work_min|scheduled_min|"                                                            \
    "overtime_min|holiday_work_min|undeclared_min|night_min|statutory_overtime_min|"               \
    "legal_holiday_min|pc_span_min|pc_active_min|missing_min"

/* The words of FORMATS; the first that fits is the usual one. */
static const payroll_format formats[] = {
    {"hh:mm", KIND_CLOCK | KIND_MINUTES, 0},
    {"h:mm", KIND_CLOCK | KIND_MINUTES, 0},
    {"hhmm", KIND_CLOCK | KIND_MINUTES, 0},
    {"minutes", KIND_CLOCK | KIND_MINUTES, 0},
    {"hours_0", KIND_MINUTES, 1},
    {"hours_1", KIND_MINUTES, 10},
    {"hours_2", KIND_MINUTES, 100},
    {"hours_3", KIND_MINUTES, 1000},
    {"hours_4", KIND_MINUTES, 10000},
    {"yyyy/mm/dd", KIND_DATE, 0},
    {"yyyy-mm-dd", KIND_DATE, 0},
    {"yyyy/m/d", KIND_DATE, 0},
    {"yyyymmdd", KIND_DATE, 0},
    {"yyyy/mm", KIND_DATE, 0},
    {"yyyy-mm", KIND_DATE, 0},
    {"yyyymm", KIND_DATE, 0},
    {"mm/dd", KIND_DATE, 0},
    {"mmdd", KIND_DATE, 0},
    {"dd", KIND_DATE, 0},
};
#define FORMATS                                                                                    \
    "hh:mm|h:mm|hhmm|minutes|hours_0|hours_1|hours_2|hours_3|hours_4|yyyy/mm/dd|yyyy-mm-dd|"       \
    "yyyy/m/d|yyyymmdd|yyyy/mm|yyyy-mm|yyyymm|mm/dd|mmdd|dd"

const kinmu_option payroll_column_options[PAYROLL_COLUMN_OPTIONS] = {
    {.name = "header",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(payroll_column, header),
     .doc = "Name of the column.",
     .doc_ja = "列の見出し。",
     .since = "1.0"},
    {.name = "field",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(payroll_column, field),
     .choices = FIELDS,
     .doc = "What stands in it: a field of kinmu.work.day, or of the person or group.",
     .doc_ja = "列の値。kinmu.work.day の項目、または人・グループの項目。",
     .since = "1.0"},
    {.name = "format",
     .type = KINMU_OPT_CHOICE,
     .offset = offsetof(payroll_column, format),
     .choices = FORMATS,
     .doc = "Form of a date, a clock or minutes; hours_N is decimal hours with N places, half up. "
            "Absent: yyyy/mm/dd and hh:mm.",
     .doc_ja = "日付・時刻・分の形。hours_N は小数 N 桁の時間（四捨五入）。省略時は yyyy/mm/dd と "
               "hh:mm。",
     .since = "1.0"},
    {.name = "text",
     .type = KINMU_OPT_TEXT,
     .offset = offsetof(payroll_column, text),
     .doc = "The same text in every row, instead of a field; may be empty.",
     .doc_ja = "field の代わりに、全行に同じ文字列を書く。空でもよい。",
     .since = "1.0"},
    {.name = "wrapped",
     .type = KINMU_OPT_BOOL,
     .offset = offsetof(payroll_column, is_wrapped),
     .default_text = "false",
     .doc = "A clock past midnight begins at 0:00 again: 1:30, not 25:30.",
     .doc_ja = "24 時を過ぎた時刻を 0 時から数える（25:30 を 1:30 と書く）。",
     .since = "1.0"},
};

static const payroll_field *find_field(const char *name) {
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

const payroll_format *payroll_find_format(const char *name, uint32_t kind) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if ((formats[i].kinds & kind) != 0 &&
            (name == NULL || strcmp(formats[i].name, name) == 0)) {
            return &formats[i];
        }
    }
    return NULL;
}

const char *payroll_read_column(const payroll_column *from, int32_t by_month, payroll_cell *out) {
    *out =
        (payroll_cell){.header = from->header, .text = from->text, .is_wrapped = from->is_wrapped};
    if ((from->field == NULL) == (from->text == NULL)) {
        return "give it either `field` or `text`";
    }
    out->field = from->field != NULL ? find_field(from->field) : NULL;
    uint32_t kind = out->field != NULL ? out->field->kind : KIND_TEXT;
    out->format = payroll_find_format(from->format, kind);
    if (from->format != NULL && out->format == NULL) {
        return kind == KIND_DATE      ? "the format is not one of a date; take one such as yyyymmdd"
               : kind == KIND_CLOCK   ? "the format is not one of a clock; take one such as h:mm"
               : kind == KIND_MINUTES ? "the format is not one of minutes; take one such as hours_2"
                                      : "a text has no format; leave `format` away";
    }
    if (from->is_wrapped && kind != KIND_CLOCK) {
        return "only a clock can be wrapped; leave `wrapped` away";
    }
    if (by_month && (kind & KINDS_OF_MONTH) == 0) {
        return "a month has no such value; take minutes, or payroll_rows: day";
    }
    return NULL;
}
