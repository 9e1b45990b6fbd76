/* csv/known/sites.c - see sites.h. The beginnings stand in order of their bytes, each with the
 * longest other one it begins with. What an address begins with is then the last beginning that is
 * not behind it, or one of those that this one begins with: a search and a few steps. */
#include "known/sites.h"

#include "known/fields.h"

#include <kinmu/events/people.h>

#include <stdlib.h>
#include <string.h>

#define NO_SITE UINT32_MAX

typedef struct site {
    const char *prefix; /* without its scheme */
    size_t size;
    size_t scheme_size; /* of two that differ by scheme the longer one counts: https */
    uint32_t name;
    uint32_t shorter; /* the longest other prefix this one begins with */
} site;

struct sites {
    words *texts;
    site *rows;
    uint32_t count;
    uint32_t capacity;
    int32_t failed;
};

int32_t sites_create(words *texts, sites **out) {
    sites *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return KINMU_E_NOMEM;
    }
    s->texts = texts;
    *out = s;
    return KINMU_OK;
}

void sites_destroy(sites *s) {
    if (s != NULL) {
        free(s->rows);
        free(s);
    }
}

static const char *without_scheme(const char *url, size_t *size) {
    for (size_t i = 0; i + 2 < *size && url[i] != '/' && url[i] != '.'; i++) {
        if (memcmp(url + i, "://", 3) == 0) {
            *size -= i + 3;
            return url + i + 3;
        }
    }
    return url;
}

void sites_add(sites *s, const kinmu_event *record) {
    if (field_is(record, KINMU_PEOPLE_SITE_STATE, "deleted")) {
        return;
    }
    uint32_t text = words_value(s->texts, field_value(record, KINMU_PEOPLE_SITE_PREFIX));
    if (text == WORDS_NONE) {
        return;
    }
    if (s->count == s->capacity) {
        uint32_t capacity = s->capacity == 0 ? 64 : s->capacity * 2;
        site *bigger =
            capacity <= SITES_MAX * 2 ? realloc(s->rows, capacity * sizeof *bigger) : NULL;
        if (bigger == NULL) {
            s->failed = 1;
            return;
        }
        s->rows = bigger;
        s->capacity = capacity;
    }
    const char *whole = words_text(s->texts, text);
    site one = {.size = strlen(whole),
                .name = words_value(s->texts, field_value(record, KINMU_PEOPLE_SITE_NAME))};
    one.prefix = without_scheme(whole, &one.size);
    one.scheme_size = (size_t)(one.prefix - whole);
    s->rows[s->count++] = one;
}

static int compare_texts(const char *a, size_t a_size, const char *b, size_t b_size) {
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_sites(const void *a, const void *b) {
    const site *x = a;
    const site *y = b;
    int order = compare_texts(x->prefix, x->size, y->prefix, y->size);
    return order != 0 ? order
                      : (x->scheme_size > y->scheme_size) - (x->scheme_size < y->scheme_size);
}

static int32_t begins_with(const char *text, size_t size, const site *one) {
    return one->size <= size && memcmp(text, one->prefix, one->size) == 0;
}

int32_t sites_seal(sites *s) {
    if (s->count > 0) {
        qsort(s->rows, s->count, sizeof *s->rows, compare_sites);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        site *one = &s->rows[i];
        uint32_t at = i > 0 ? i - 1 : NO_SITE;
        while (at != NO_SITE && !begins_with(one->prefix, one->size, &s->rows[at])) {
            at = s->rows[at].shorter;
        }
        one->shorter = at;
    }
    return s->failed ? KINMU_E_NOMEM : KINMU_OK;
}

const char *sites_name(const sites *s, const char *url, size_t size) {
    uint32_t low = 0;
    uint32_t high = s->count;
    url = without_scheme(url, &size);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_texts(s->rows[middle].prefix, s->rows[middle].size, url, size) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t at = low > 0 ? low - 1 : NO_SITE;
    while (at != NO_SITE && !begins_with(url, size, &s->rows[at])) {
        at = s->rows[at].shorter;
    }
    return at != NO_SITE && s->rows[at].size > 0 ? words_text(s->texts, s->rows[at].name) : "";
}
