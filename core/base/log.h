/* base/log.h - the program's own log: one line "TIME LEVEL component: text" on standard error or a
 * file. Library code does not log what it returns; collected content is never logged. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/error.h"

void log_set_level(int32_t level);                  /* KINMU_LOG_*; default INFO */
int32_t log_shows(int32_t level);                   /* whether such lines are written at all */
int32_t log_open(const char *path, kinmu_err *err); /* NULL = standard error */
void log_write(int32_t level, const char *component, const char *format, ...) KINMU_PRINTF(3, 4);

#define log_error(component, ...) log_write(1, component, __VA_ARGS__)
#define log_warn(component, ...) log_write(2, component, __VA_ARGS__)
#define log_info(component, ...) log_write(3, component, __VA_ARGS__)
#define log_debug(component, ...) log_write(4, component, __VA_ARGS__)

#endif
