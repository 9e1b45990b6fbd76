/* csv/known/words.c - a hash table from texts to numbers. See words.h. */
#include "known/words.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 1024u

struct words {
    char **texts; /* by number */
    uint32_t count;
    uint32_t capacity;
    uint32_t *slots; /* number + 1, 0 = free; slot_count is a power of two, at most half full */
    uint32_t slot_count;
    int32_t failed;
};

/* FNV-1a: the texts are ids of one company, not an attacker's. */
static uint32_t hash_text(const char *text, size_t size) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    }
    return hash;
}

static uint32_t *find_slot(const words *set, const char *text, size_t size) {
    uint32_t at = hash_text(text, size) & (set->slot_count - 1);
    for (; set->slots[at] != 0; at = (at + 1) & (set->slot_count - 1)) {
        const char *known = set->texts[set->slots[at] - 1];
        if (strncmp(known, text, size) == 0 && known[size] == '\0') {
            break;
        }
    }
    return &set->slots[at];
}

static int32_t grow(words *set) {
    if (set->count == set->capacity) {
        uint32_t capacity = set->capacity == 0 ? SLOTS_FIRST / 2 : set->capacity * 2;
        char **bigger = realloc(set->texts, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return KINMU_E_NOMEM;
        }
        set->texts = bigger;
        set->capacity = capacity;
    }
    if (set->count * 2 < set->slot_count) {
        return KINMU_OK;
    }
    uint32_t slot_count = set->slot_count > 0 ? set->slot_count * 2 : SLOTS_FIRST;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (slots == NULL) {
        return KINMU_E_NOMEM;
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = slot_count;
    for (uint32_t i = 0; i < set->count; i++) {
        *find_slot(set, set->texts[i], strlen(set->texts[i])) = i + 1;
    }
    return KINMU_OK;
}

int32_t words_create(words **out) {
    words *set = calloc(1, sizeof *set);
    if (set == NULL || grow(set) != KINMU_OK) {
        words_destroy(set);
        return KINMU_E_NOMEM;
    }
    *out = set;
    return KINMU_OK;
}

void words_destroy(words *set) {
    if (set == NULL) {
        return;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        free(set->texts[i]);
    }
    free(set->texts);
    free(set->slots);
    free(set);
}

uint32_t words_number(words *set, const char *text, size_t size) {
    const char *end = memchr(text, '\0', size);
    size = end != NULL ? (size_t)(end - text) : size;
    uint32_t *slot = find_slot(set, text, size);
    if (*slot != 0) {
        return *slot - 1;
    }
    char *copy = set->count < WORDS_MAX && grow(set) == KINMU_OK ? malloc(size + 1) : NULL;
    if (copy == NULL) {
        set->failed = 1;
        return WORDS_NONE;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    set->texts[set->count++] = copy;
    *find_slot(set, text, size) = set->count;
    return set->count - 1;
}

uint32_t words_value(words *set, kinmu_value value) {
    return value.type == KINMU_TYPE_TEXT ? words_number(set, value.as.text, value.size)
                                         : WORDS_NONE;
}

uint32_t words_find(const words *set, const char *text) {
    uint32_t slot = *find_slot(set, text, strlen(text));
    return slot == 0 ? WORDS_NONE : slot - 1;
}

const char *words_text(const words *set, uint32_t number) {
    return number < set->count ? set->texts[number] : "";
}

uint32_t words_count(const words *set) {
    return set->count;
}

int32_t words_failed(const words *set) {
    return set->failed;
}

typedef struct ranked {
    const char *text;
    uint32_t number;
} ranked;

static int compare_ranked(const void *a, const void *b) {
    return strcmp(((const ranked *)a)->text, ((const ranked *)b)->text);
}

uint32_t *words_ranks(const words *set) {
    size_t count = (size_t)set->count + 1; /* never 0 bytes */
    ranked *order = malloc(count * sizeof *order);
    uint32_t *ranks = malloc(count * sizeof *ranks);
    if (order == NULL || ranks == NULL) {
        free(order);
        free(ranks);
        return NULL;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        order[i] = (ranked){set->texts[i], i};
    }
    qsort(order, set->count, sizeof *order, compare_ranked);
    for (uint32_t i = 0; i < set->count; i++) {
        ranks[order[i].number] = i;
    }
    free(order);
    return ranks;
}
