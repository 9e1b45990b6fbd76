/* json/tail.c - repairing and reading the end of a live file. See tail.h. */
#include "tail.h"

#include "live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char line_start[] = "{\"schema\":\"";

/* 1 when the file begins like a line, or with the NULs a power cut may leave of its first one. */
static int is_ours(file *f, uint64_t size, int32_t *answer) {
    char start[sizeof line_start - 1];
    size_t count = size < sizeof start ? (size_t)size : sizeof start;
    int number = file_read(f, 0, start, count);
    size_t zeros = 0;
    while (number == 0 && zeros < count && start[zeros] == '\0') {
        zeros++;
    }
    *answer = number == 0 && (memcmp(start, line_start, count) == 0 || zeros == count);
    return number;
}

int tail_repair(file *f, uint64_t *size) {
    int32_t answer = 0;
    if (*size == 0) {
        return 0;
    }
    int number = is_ours(f, *size, &answer);
    if (number != 0 || !answer) {
        return number != 0 ? number : TAIL_NOT_OURS;
    }
    size_t count = *size < LIVE_LINE_BYTES_MAX ? (size_t)*size : LIVE_LINE_BYTES_MAX;
    char *text = malloc(count);
    if (text == NULL) {
        return ENOMEM;
    }
    number = file_read(f, *size - count, text, count);
    size_t kept = count;
    while (kept > 0 && text[kept - 1] != '\n') {
        kept--;
    }
    free(text);
    if (number == 0 && kept == 0 && count < *size) {
        return TAIL_NOT_OURS;
    }
    if (number == 0 && kept < count) {
        *size -= count - kept;
        number = file_truncate(f, *size);
    }
    return number;
}

static int add_place(tail *t, const line_place *place) {
    if (t->count == t->capacity) {
        size_t capacity = t->capacity == 0 ? 256 : t->capacity * 2;
        line_place *bigger = realloc(t->places, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return ENOMEM;
        }
        t->places = bigger;
        t->capacity = capacity;
    }
    t->places[t->count++] = *place;
    return 0;
}

int tail_read(tail *t, file *f, uint64_t size) {
    size_t count = size < LIVE_TAIL_BYTES_MAX ? (size_t)size : LIVE_TAIL_BYTES_MAX;
    char *text = malloc(count + 1);
    if (text == NULL) {
        return ENOMEM;
    }
    int number = file_read(f, size - count, text, count);
    const char *end = text + count;
    for (const char *line = text; number == 0 && line < end;) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        line_place place;
        if (feed == NULL) {
            break;
        }
        /* The first line may be cut by the window; it is then no line and skipped. */
        if (line_parse_place(line, (size_t)(feed - line), &place)) {
            number = add_place(t, &place);
        }
        line = feed + 1;
    }
    free(text);
    return number;
}

void tail_sort(tail *t) {
    if (t->count > 0) {
        qsort(t->places, t->count, sizeof *t->places, line_compare);
    }
}

int32_t tail_has(const tail *t, const line_place *place) {
    return t->count > 0 &&
           bsearch(place, t->places, t->count, sizeof *t->places, line_compare) != NULL;
}

void tail_free(tail *t) {
    free(t->places);
    memset(t, 0, sizeof *t);
}
