/* start_stop_100x.c - has a table for ten starts. */
#include "good.h"

static uint32_t bad_starts;

static int32_t bad_create(const kinmu_host *host, const void *config, void **instance,
                          kinmu_err *err) {
    bad_starts = 0;
    return good_create(host, config, instance, err);
}

static int32_t bad_start(void *instance, kinmu_err *err) {
    if (++bad_starts > 10) {
        return good_refuse(err, KINMU_E_BUSY, "started too often");
    }
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .create = bad_create, .start = bad_start};

KINMU_MODULE(&bad);
