/* create_fail_leaves_nothing.c - forgets what it has opened when it has to give up. */
#include "good.h"

#include <fcntl.h>

static int bad_file = -1;

static int32_t bad_create(const kinmu_host *host, const void *config, void **instance,
                          kinmu_err *err) {
    int32_t status = good_create(host, config, instance, err);
    if (status == KINMU_E_ABI) {
        bad_file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    return status;
}

static const kinmu_plugin bad = {GOOD_TABLE, .create = bad_create};

KINMU_MODULE(&bad);
