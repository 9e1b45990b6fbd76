/* approval/duties.h - what a person's flags ask of a start and an end (APR-05, APR-06, WRK-13,
 * WRK-14). Pure. */
#ifndef APPROVAL_DUTIES_H
#define APPROVAL_DUTIES_H

#include <stdint.h>

/* Whether somebody has to approve it: `flag` is form, auto or manual. Overtime always is. */
int32_t duties_is_manual(const char *kind, const char *flag, const char *work_form,
                         int64_t overtime_min);
/* Whether a task or report is required: `flag` is form, optional or required. */
int32_t duties_is_required(const char *flag, const char *work_form);

#endif
