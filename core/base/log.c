/* base/log.c - see log.h. One write(2)-sized line per call, so lines of threads do not mix. */
#include "base/log.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define LOG_LINE_SIZE 1024

static _Atomic int32_t threshold = 3;
static FILE *log_file;

void log_set_level(int32_t level) {
    atomic_store(&threshold, level);
}

int32_t log_shows(int32_t level) {
    return level >= 1 && level <= atomic_load(&threshold);
}

int32_t log_open(const char *path, kinmu_err *err) {
    FILE *file = path == NULL ? NULL : fopen(path, "ae");
    if (path != NULL && file == NULL) {
        return error_set(err, KINMU_E_CONFIG, "log.open",
                         "log: cannot append to \"%s\": %s; check log.file and its folder's rights",
                         path, strerror(errno));
    }
    if (log_file != NULL) {
        fclose(log_file);
    }
    log_file = file;
    return KINMU_OK;
}

void log_write(int32_t level, const char *component, const char *format, ...) {
    static const char *const names[] = {"?", "error", "warn", "info", "debug"};
    if (!log_shows(level)) {
        return;
    }
    int64_t now = clock_unix_ns();
    char time[40];
    text_time(time, sizeof time, now, clock_utc_offset_s(now));
    char line[LOG_LINE_SIZE];
    int size =
        snprintf(line, sizeof line, "%s %-5s %s: ", time, names[level > 4 ? 4 : level], component);
    if (size < 0 || size >= (int)sizeof line - 2) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int body = vsnprintf(line + size, sizeof line - (size_t)size - 1, format, arguments);
    va_end(arguments);
    size_t length = strlen(line);
    if (body < 0) {
        return;
    }
    for (size_t i = (size_t)size; i < length; i++) {
        if ((unsigned char)line[i] < 0x20) { /* one event, one line: nobody forges a second */
            line[i] = ' ';
        }
    }
    line[length] = '\n';
    FILE *out = log_file != NULL ? log_file : stderr;
    fwrite(line, 1, length + 1, out);
    fflush(out);
}
