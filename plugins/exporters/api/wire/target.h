/* api/wire/target.h - what a request's target says: segments of the path, parameters of the query.
 * Pure.
 *
 * A parameter comes once. '+' is a plus sign, not a blank, so that a moment with its offset may
 * stand as it is (RFC 3986). */
#ifndef API_TARGET_H
#define API_TARGET_H

#include "memory.h"

#define TARGET_PARAMETERS_MAX 32u
#define TARGET_SEGMENTS_MAX 8u

typedef struct target_parameter {
    const char *name, *value; /* decoded, UTF-8, with a NUL behind */
} target_parameter;

typedef struct target {
    target_parameter parameters[TARGET_PARAMETERS_MAX];
    uint32_t parameter_count;
    const char *segments[TARGET_SEGMENTS_MAX]; /* "v1" not counted */
    uint32_t segment_count;
} target;

/* NULL, or the code of what is wrong (problem.h), with the word it is about in *word. */
const char *target_parse_query(memory *m, const char *query, target *out, const char **word);
/* The path as the host gives it, decoded: "/v1/rows/kinmu.work.day". 0: it is none of ours. */
int32_t target_parse_path(memory *m, const char *path, target *out);
int32_t target_is_utf8(const char *text, size_t size);
/* NULL when it is not given. */
const char *target_find(const target *t, const char *name);
/* 1 … max; `otherwise` when it is not given, -1 when it is no such number. */
int64_t target_number(const target *t, const char *name, int64_t otherwise, int64_t max);

#endif
