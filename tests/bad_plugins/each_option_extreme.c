/* each_option_extreme.c - its table promises more than it takes. */
#include "good.h"

static int32_t bad_create(const kinmu_host *host, const void *config, void **instance,
                          kinmu_err *err) {
    if (((const good_config *)config)->slots > 32) {
        return good_refuse(err, KINMU_E_CONFIG, "more than 32 slots");
    }
    return good_create(host, config, instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .create = bad_create};

KINMU_MODULE(&bad);
