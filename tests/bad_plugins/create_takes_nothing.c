/* create_takes_nothing.c - opens its device already in create. */
#include "good.h"

#include <fcntl.h>
#include <unistd.h>

static int bad_device = -1; /* there is one instance at a time in the check */

static int32_t bad_create(const kinmu_host *host, const void *config, void **instance,
                          kinmu_err *err) {
    bad_device = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return good_create(host, config, instance, err);
}

static void bad_destroy(void *instance) {
    if (bad_device >= 0) {
        (void)close(bad_device);
        bad_device = -1;
    }
    good_destroy(instance);
}

static const kinmu_plugin bad = {GOOD_TABLE, .create = bad_create, .destroy = bad_destroy};

KINMU_MODULE(&bad);
