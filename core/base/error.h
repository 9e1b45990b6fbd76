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

/* Fills err (may be NULL) and is status, so that `return error_set(...)` reads well; as a macro, so
 * that an analyser of one file sees which status comes out. */
#define error_set(err, status, key, ...) (error_fill((err), (key), __VA_ARGS__), error_pass(status))
void error_fill(kinmu_err *err, const char *key, const char *format, ...) KINMU_PRINTF(3, 4);
static inline int32_t error_pass(int32_t status) {
    return status;
}

#endif
