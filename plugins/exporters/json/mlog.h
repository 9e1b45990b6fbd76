/* json/mlog.h - reads M's agent log: NDJSON with exactly eight keys (COL-01).
 *
 * Tolerant where M's own logs vary (BOM, CRLF, a TimeStamp with or without dot and decimals, the
 * order of keys), strict in everything else: the first fault is told as file:line:column and
 * nothing is returned. Columns count characters from 1. No I/O. The text is not trusted.
 */
#ifndef JSON_MLOG_H
#define JSON_MLOG_H

#include <kinmu/base.h>

#define MLOG_BYTES_MAX ((size_t)64 << 20)
#define MLOG_LINES_MAX 500000u
#define MLOG_LINE_BYTES_MAX ((size_t)128 << 10)
#define MLOG_NAME_BYTES_MAX 255 /* of a user, of a computer */
#define MLOG_COUNT_MAX INT64_C(1000000)

typedef struct mlog_line {
    char *user; /* one block of memory holds the five texts */
    const char *computer;
    const char *process;
    const char *url; /* "" = none */
    const char *title;
    int64_t local_s; /* start of the minute, seconds of local time since 1970 */
    int64_t keys;
    int64_t clicks;
    uint32_t number;    /* of the line in the file, from 1 */
    uint32_t is_change; /* not the window of the minute before, or that minute is missing */
} mlog_line;

typedef struct mlog {
    mlog_line *lines; /* sorted by user, computer, time */
    size_t count;
    size_t capacity;
} mlog;

/* `name` stands in messages. E_REJECT with the fault in err, or E_NOMEM; then *out is untouched. */
int32_t mlog_parse(const char *name, const char *text, size_t size, mlog **out, kinmu_err *err);
void mlog_free(mlog *log); /* NULL is fine */

#endif
