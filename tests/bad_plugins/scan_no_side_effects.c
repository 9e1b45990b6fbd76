/* scan_no_side_effects.c - opens a file as soon as somebody looks at it. */
#include "good.h"

#include <fcntl.h>

static int bad_file = -1;

__attribute__((constructor)) static void bad_constructor(void) {
    bad_file = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static const kinmu_plugin bad = {GOOD_TABLE};

KINMU_MODULE(&bad);
