/* approval/duties.c - see duties.h. */
#include "duties.h"

#include <string.h>

int32_t duties_is_manual(const char *kind, const char *flag, const char *work_form,
                         int64_t overtime_min) {
    int32_t has_flag = strcmp(kind, "start") == 0 || strcmp(kind, "end") == 0;
    if (!has_flag || overtime_min > 0 || strcmp(flag, "manual") == 0) {
        return 1;
    }
    return strcmp(flag, "auto") != 0 && strcmp(work_form, "home") == 0;
}

int32_t duties_is_required(const char *flag, const char *work_form) {
    return strcmp(flag, "required") == 0 ||
           (strcmp(flag, "optional") != 0 && strcmp(work_form, "home") == 0);
}
