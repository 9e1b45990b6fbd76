/* create_destroy.c - never comes into being. */
#include "good.h"

static int32_t bad_create(const kinmu_host *host, const void *config, void **instance,
                          kinmu_err *err) {
    (void)host;
    (void)config;
    (void)instance;
    return good_refuse(err, KINMU_E_STATE, "not today");
}

static const kinmu_plugin bad = {GOOD_TABLE, .create = bad_create};

KINMU_MODULE(&bad);
