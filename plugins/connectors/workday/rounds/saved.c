/* workday/rounds/saved.c - see saved.h. */
#include "rounds/saved.h"

#include <stdlib.h>
#include <string.h>

static int32_t has_bytes(const kinmu_value *value) {
    return value->type == KINMU_TYPE_TEXT || value->type == KINMU_TYPE_BYTES;
}

saved *saved_add(list *rows, uint32_t use, const kinmu_value *values, uint32_t count,
                 const char *subject) {
    size_t subject_size = strlen(subject) + 1;
    size_t size = count * sizeof *values + subject_size;
    for (uint32_t i = 0; i < count; i++) {
        size += has_bytes(&values[i]) ? values[i].size : 0;
    }
    kinmu_value *copy = malloc(size);
    saved *row = copy != NULL ? list_add(rows) : NULL;
    if (row == NULL) {
        free(copy);
        return NULL;
    }
    char *bytes = (char *)(copy + count);
    memcpy(copy, values, count * sizeof *values);
    for (uint32_t i = 0; i < count; i++) {
        if (has_bytes(&values[i])) {
            memcpy(bytes, values[i].as.text, values[i].size);
            copy[i].as.text = bytes;
            bytes += values[i].size;
        }
    }
    memcpy(bytes, subject, subject_size);
    *row = (saved){
        .use = use, .count = count, .values = copy, .subject = bytes, .number = rows->count};
    return row;
}

void saved_free(list *rows) {
    saved *all = rows->rows;
    for (uint32_t i = 0; i < rows->count; i++) {
        free(all[i].values);
    }
    list_free(rows);
}

static int compare_ways(const void *left, const void *right) {
    const saved *a = left;
    const saved *b = right;
    return a->way != b->way ? a->way - b->way : a->number < b->number ? -1 : a->number > b->number;
}

void saved_order(list *rows) {
    if (rows->count > 1) {
        qsort(rows->rows, rows->count, sizeof(saved), compare_ways);
    }
}

int32_t saved_same(const kinmu_value *a, const kinmu_value *b) {
    if (a->type != b->type) {
        return 0;
    }
    if (has_bytes(a)) {
        return a->size == b->size && memcmp(a->as.text, b->as.text, a->size) == 0;
    }
    return a->type == KINMU_TYPE_NULL || a->as.i64 == b->as.i64;
}

int32_t saved_is(const kinmu_value *value, const char *text) {
    return value->type == KINMU_TYPE_TEXT && value->size == strlen(text) &&
           memcmp(value->as.text, text, value->size) == 0;
}

saved *saved_find(const list *rows, uint32_t use, const kinmu_value *values, uint32_t keys) {
    saved *all = rows->rows;
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t equal = 0;
        while (all[i].use == use && equal < keys &&
               saved_same(&all[i].values[equal], &values[equal])) {
            equal++;
        }
        if (equal == keys) {
            return &all[i];
        }
    }
    return NULL;
}
