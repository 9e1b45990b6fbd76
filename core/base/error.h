/* base/error.h - one place where statuses get names and errors get text. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <kinmu/base.h>

/* "conflict" for KINMU_E_CONFLICT. */
const char *error_name(int32_t status);

/* Fills err (may be NULL) and returns status, so that `return error_set(...)` reads well. */
int32_t error_set(kinmu_err *err, int32_t status, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
