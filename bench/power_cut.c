/* bench/power_cut.c - shuts a file system down at once, without flushing its log: what was not
 * synced is gone, as when the power fails. Argument: a folder of that file system. Root only. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define SHUTDOWN _IOR('X', 125, uint32_t)
#define SHUTDOWN_NO_LOG_FLUSH 2u

int main(int argc, char **argv) {
    uint32_t how = SHUTDOWN_NO_LOG_FLUSH;
    int folder = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
    if (folder < 0 || ioctl(folder, SHUTDOWN, &how) != 0) {
        perror("power_cut");
        return 1;
    }
    return 0;
}
