/* no_memory_growth.c - forgets a buffer of each life. */
#include "good.h"

static void *volatile bad_buffer;

static int32_t bad_start(void *instance, kinmu_err *err) {
    bad_buffer = malloc(1000);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
