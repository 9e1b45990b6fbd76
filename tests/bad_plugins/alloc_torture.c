/* alloc_torture.c - writes into memory it may not have got. */
#include "good.h"

static int32_t bad_start(void *instance, kinmu_err *err) {
    volatile char *text = malloc(16); /* or the compiler sees that nobody reads it */
    text[0] = '\0';
    free((void *)(uintptr_t)text);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
