/* csv/known/period.c - see period.h. Pure. */
#include "known/period.h"

#include <kinmu/civil.h>

#include <stdio.h>

int32_t period_read_date(const char *text, size_t size, int32_t *day) {
    static const char form[] = "0000-00-00";
    int32_t part[3] = {0, 0, 0};
    if (size != sizeof form - 1) {
        return 0;
    }
    for (size_t i = 0, at = 0; i < size; i++) {
        if (form[i] == '-') {
            if (text[i] != '-') {
                return 0;
            }
            at++;
        } else if (text[i] < '0' || text[i] > '9') {
            return 0;
        } else {
            part[at] = part[at] * 10 + (text[i] - '0');
        }
    }
    kinmu_civil back;
    *day = (int32_t)kinmu_days_from_date(part[0], part[1], part[2]);
    kinmu_date_from_days(*day, &back);
    return back.year == part[0] && back.month == part[1] && back.day == part[2];
}

int32_t period_read_value(kinmu_value value, int32_t *day) {
    return value.type == KINMU_TYPE_TEXT && period_read_date(value.as.text, value.size, day);
}

int32_t period_has(const period *p, int32_t day) {
    return day >= p->first && day <= p->last;
}

int32_t period_end_of_month(int32_t day) {
    kinmu_civil c;
    kinmu_date_from_days(day, &c);
    int32_t is_december = c.month == 12;
    return (int32_t)kinmu_days_from_date(c.year + is_december, is_december ? 1 : c.month + 1, 1) -
           1;
}

static int32_t is_month(const period *p) {
    kinmu_civil first;
    kinmu_date_from_days(p->first, &first);
    return first.day == 1 && p->last == period_end_of_month(p->first);
}

period period_before(const period *p) {
    kinmu_civil c;
    kinmu_date_from_days((int64_t)p->first - 1, &c);
    int32_t first = is_month(p) ? (int32_t)kinmu_days_from_date(c.year, c.month, 1)
                                : p->first - (p->last - p->first) - 1;
    return (period){first, p->first - 1};
}

void period_name(const period *p, const char *stem, const char *extension,
                 char out[PERIOD_NAME_SIZE]) {
    kinmu_civil first;
    kinmu_civil last;
    kinmu_date_from_days(p->first, &first);
    kinmu_date_from_days(p->last, &last);
    if (is_month(p)) {
        (void)snprintf(out, PERIOD_NAME_SIZE, "%s_%04d%02d.%s", stem, first.year, first.month,
                       extension);
    } else {
        (void)snprintf(out, PERIOD_NAME_SIZE, "%s_%04d%02d%02d_%04d%02d%02d.%s", stem, first.year,
                       first.month, first.day, last.year, last.month, last.day, extension);
    }
}
