/* no_fd_leak.c - opens a file at each start and closes none. */
#include "good.h"

#include <fcntl.h>

static int bad_file = -1;

static int32_t bad_start(void *instance, kinmu_err *err) {
    bad_file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
