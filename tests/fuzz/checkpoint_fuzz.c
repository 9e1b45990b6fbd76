/* checkpoint_fuzz.c - any bytes as a checkpoint file: refused with the file's name, or read into
 * bounded heads whose signature can be judged. */
#include "fuzz.h"

#include "journal/checkpoint.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char path[64];
    static int file = -1;
    if (file < 0) {
        file = memfd_create("checkpoint", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    FUZZ_REQUIRE(file >= 0 && ftruncate(file, 0) == 0);
    FUZZ_REQUIRE(pwrite(file, data, size, 0) == (ssize_t)size);
    checkpoint c;
    kinmu_err err = {{0}, {0}};
    int32_t status = checkpoint_read(path, &c, &err);
    if (status == KINMU_OK) {
        FUZZ_REQUIRE(c.count <= CHECKPOINT_HEADS_MAX && (c.count == 0 || c.heads != NULL));
        (void)checkpoint_check(&c);
    } else {
        FUZZ_REQUIRE(c.heads == NULL && strstr(err.msg, path) != NULL);
    }
    checkpoint_free(&c);
    return 0;
}
