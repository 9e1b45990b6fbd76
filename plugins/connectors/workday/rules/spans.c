/* workday/rules/spans.c - see spans.h. */
#include "rules/spans.h"

#include <stdlib.h>

int32_t spans_add(list *l, int32_t start, int32_t end) {
    span *row = start < end ? list_add(l) : NULL;
    if (row != NULL) {
        *row = (span){start, end};
    }
    return row != NULL || start >= end;
}

static int compare(const void *left, const void *right) {
    const span *a = left;
    const span *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

void spans_unite(list *l) {
    span *rows = l->rows;
    uint32_t kept = 0;
    if (l->count > 1) {
        qsort(rows, l->count, sizeof *rows, compare);
    }
    for (uint32_t i = 0; i < l->count; i++) {
        if (kept > 0 && rows[i].start <= rows[kept - 1].end) {
            rows[kept - 1].end =
                rows[i].end > rows[kept - 1].end ? rows[i].end : rows[kept - 1].end;
        } else {
            rows[kept++] = rows[i];
        }
    }
    l->count = kept;
}

int32_t spans_total(const list *l) {
    const span *rows = l->rows;
    int32_t total = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        total += rows[i].end - rows[i].start;
    }
    return total;
}

int32_t spans_outside(const list *l, int32_t start, int32_t end) {
    const span *rows = l->rows;
    int32_t outside = end - start;
    for (uint32_t i = 0; i < l->count && rows[i].start < end; i++) {
        int32_t from = rows[i].start > start ? rows[i].start : start;
        int32_t to = rows[i].end < end ? rows[i].end : end;
        outside -= to > from ? to - from : 0;
    }
    return outside;
}

int32_t spans_rest(const list *l, int32_t start, int32_t end, list *out) {
    const span *rows = l->rows;
    for (uint32_t i = 0; i < l->count && rows[i].start < end; i++) {
        if (rows[i].end <= start) {
            continue;
        }
        if (!spans_add(out, start, rows[i].start)) {
            return 0;
        }
        start = rows[i].end;
    }
    return spans_add(out, start, end);
}
