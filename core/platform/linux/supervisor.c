/* platform/linux/supervisor.c - tells the service manager that started this process how it is: the
 * one datagram of sd_notify(3), without libsystemd. Whoever was not started by one sends nothing.
 * It never blocks and never fails its caller: a manager that does not listen is its own affair. */
#include "platform/platform.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void platform_tell_supervisor(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t size = path != NULL ? strlen(path) : 0;
    if (size < 2 || size >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@')) {
        return;
    }
    memcpy(to.sun_path, path, size);
    if (path[0] == '@') { /* an address without a file */
        to.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) {
        socklen_t address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
        (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, address_size);
        close(fd);
    }
}
