/* base/error.c - status names and error text. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *error_name(int32_t status) {
    static const char *const names[] = {"ok",        "config",  "state",  "busy",
                                        "retry",     "reject",  "denied", "conflict",
                                        "no-memory", "restart", "abi",    "not-found"};
    int32_t index = status <= 0 && status > -64 ? -status : -1;
    if (index < 0 || index >= (int32_t)(sizeof names / sizeof names[0])) {
        return "unknown";
    }
    return names[index];
}

void error_fill(kinmu_err *err, const char *key, const char *format, ...) {
    if (err == NULL) {
        return;
    }
    snprintf(err->key, sizeof err->key, "%s", key);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->msg, sizeof err->msg, format, arguments);
    va_end(arguments);
}
