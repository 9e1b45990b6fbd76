/* api/answers/span.c - see span.h. */
#include "answers/span.h"

#include <stdlib.h>
#include <string.h>

static int by_number(int64_t left, int64_t right) {
    return (left > right) - (left < right);
}

static int by_time(const void *left, const void *right) {
    const span *a = left;
    const span *b = right;
    int order = by_number(a->from_ns, b->from_ns);
    return order != 0 ? order : by_number(a->rank, b->rank);
}

static int by_origin(const void *left, const void *right) {
    const span *a = left;
    const span *b = right;
    int order = strcmp(a->origin, b->origin);
    return order != 0 ? order : by_time(left, right);
}

static const span_word *find_word(const span_word *words, uint32_t count, const char *kind) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(words[i].word, kind) == 0) {
            return &words[i];
        }
    }
    return NULL;
}

uint32_t span_follow(span *moments, uint32_t count, const span_word *words, uint32_t word_count) {
    uint32_t kept = 0;
    if (count > 1) { /* of equal moments in the order they were read: that is their rank */
        qsort(moments, count, sizeof *moments, by_time);
    }
    for (uint32_t i = 0; i < count; i++) {
        const span at = moments[i]; /* its place may be written to */
        const span_word *word = find_word(words, word_count, at.kind);
        if (word == NULL) {
            continue;
        }
        if (kept > 0 && moments[kept - 1].to_ns == SPAN_OPEN && !word->is_fresh) {
            moments[kept - 1].to_ns = at.from_ns;
        }
        if (word->state != NULL) {
            moments[kept] = at;
            moments[kept].kind = word->state;
            moments[kept++].to_ns = SPAN_OPEN;
        }
    }
    return kept;
}

uint32_t span_join(span *spans, uint32_t count) {
    uint32_t kept = 0;
    if (count > 1) {
        qsort(spans, count, sizeof *spans, by_origin);
    }
    for (uint32_t i = 0; i < count; i++) {
        span at = spans[i];
        span *last = kept > 0 ? &spans[kept - 1] : NULL;
        if (last != NULL && strcmp(last->origin, at.origin) == 0 && at.from_ns <= last->to_ns) {
            if (strcmp(last->kind, at.kind) == 0) {
                last->to_ns = at.to_ns > last->to_ns ? at.to_ns : last->to_ns;
                continue;
            }
            at.from_ns = last->to_ns;
        }
        if (at.from_ns < at.to_ns) {
            spans[kept++] = at;
        }
    }
    return kept;
}

uint32_t span_cut(span *spans, uint32_t count, int64_t from_ns, int64_t to_ns) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        span at = spans[i];
        int32_t is_moment = at.from_ns == at.to_ns;
        if (at.from_ns >= to_ns || (is_moment ? at.from_ns < from_ns : at.to_ns <= from_ns)) {
            continue;
        }
        if (at.to_ns != SPAN_OPEN) {
            at.from_ns = at.from_ns > from_ns ? at.from_ns : from_ns;
            at.to_ns = at.to_ns < to_ns ? at.to_ns : to_ns;
        }
        spans[kept++] = at;
    }
    return kept;
}
