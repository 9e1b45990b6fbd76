/* workday/facts/list.c - see list.h. */
#include "facts/list.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64u
#define BUCKETS_FIRST 1024u /* a power of two */

void *list_add(list *l) {
    if (l->count == l->room) {
        uint32_t room = l->room == 0 ? ROOM_FIRST : l->room * 2;
        void *rows = room > l->room ? realloc(l->rows, (size_t)room * l->size) : NULL;
        if (rows == NULL) {
            return NULL;
        }
        l->rows = rows;
        l->room = room;
    }
    void *row = (char *)l->rows + (size_t)l->count++ * l->size;
    memset(row, 0, l->size);
    return row;
}

int32_t list_copy(list *l, const list *from) {
    list_free(l);
    if (from->count == 0) {
        return 1;
    }
    l->rows = malloc((size_t)from->count * from->size);
    if (l->rows == NULL) {
        return 0;
    }
    memcpy(l->rows, from->rows, (size_t)from->count * from->size);
    l->count = l->room = from->count;
    return 1;
}

void list_free(list *l) {
    free(l->rows);
    l->rows = NULL;
    l->count = 0;
    l->room = 0;
}

/* ---- texts ---- */

struct texts {
    list texts; /* char * */
    uint32_t *buckets;
    uint32_t bucket_count; /* id + 1; 0 = free */
};

static uint32_t hash_of(const char *text, size_t size) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    }
    return hash;
}

static uint32_t *bucket_of(const texts *t, const char *text, size_t size) {
    uint32_t mask = t->bucket_count - 1;
    for (uint32_t i = hash_of(text, size) & mask;; i = (i + 1) & mask) {
        uint32_t id = t->buckets[i];
        if (id == 0) {
            return &t->buckets[i];
        }
        const char *known = texts_at(t, id - 1);
        if (strlen(known) == size && memcmp(known, text, size) == 0) {
            return &t->buckets[i];
        }
    }
}

static int32_t make_room(texts *t) {
    uint32_t *old = t->buckets;
    uint32_t count = t->bucket_count == 0 ? BUCKETS_FIRST : t->bucket_count * 2;
    uint32_t *buckets = calloc(count, sizeof *buckets);
    if (buckets == NULL) {
        return 0;
    }
    t->buckets = buckets;
    t->bucket_count = count;
    for (uint32_t id = 0; id < t->texts.count; id++) {
        const char *text = texts_at(t, id);
        *bucket_of(t, text, strlen(text)) = id + 1;
    }
    free(old);
    return 1;
}

texts *texts_create(void) {
    texts *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->texts.size = sizeof(char *);
    if (!make_room(t) || texts_id(t, "", 0) == TEXT_NONE) {
        texts_destroy(t);
        return NULL;
    }
    return t;
}

void texts_destroy(texts *t) {
    if (t == NULL) {
        return;
    }
    char **all = t->texts.rows;
    for (uint32_t i = 0; i < t->texts.count; i++) {
        free(all[i]);
    }
    list_free(&t->texts);
    free(t->buckets);
    free(t);
}

uint32_t texts_id(texts *t, const char *text, size_t size) {
    if (t->texts.count >= t->bucket_count / 2 && !make_room(t)) {
        return TEXT_NONE;
    }
    uint32_t *bucket = bucket_of(t, text, size);
    if (*bucket != 0) {
        return *bucket - 1;
    }
    char *copy = malloc(size + 1);
    char **row = copy != NULL ? list_add(&t->texts) : NULL;
    if (row == NULL) {
        free(copy);
        return TEXT_NONE;
    }
    memcpy(copy, text, size);
    copy[size] = '\0';
    *row = copy;
    *bucket = t->texts.count;
    return *bucket - 1;
}

uint32_t texts_find(const texts *t, const char *text, size_t size) {
    return *bucket_of(t, text, size) - 1; /* TEXT_NONE where the bucket is free */
}

const char *texts_at(const texts *t, uint32_t id) {
    return ((char *const *)t->texts.rows)[id];
}

uint32_t texts_count(const texts *t) {
    return t->texts.count;
}
