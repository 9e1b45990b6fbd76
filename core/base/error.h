/* base/error.h - one place where statuses get names and errors get text. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <kinmu/base.h>

/* A function with a C99 format; left alone, gcc for Windows judges it by an older C library. */
#if defined(__GNUC__) && !defined(__clang__)
#define KINMU_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#else
#define KINMU_PRINTF(text, first) __attribute__((format(printf, text, first)))
#endif

/* "conflict" for KINMU_E_CONFLICT. */
const char *error_name(int32_t status);

/* Fills err (may be NULL) and returns status, so that `return error_set(...)` reads well. */
int32_t error_set(kinmu_err *err, int32_t status, const char *key, const char *format, ...)
    KINMU_PRINTF(4, 5);

#endif
