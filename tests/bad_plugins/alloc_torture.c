/* alloc_torture.c - writes into memory it may not have got. */
#include "good.h"

static int32_t bad_start(void *instance, kinmu_err *err) {
    char *volatile text = malloc(16);
    text[0] = '\0';
    free(text);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
