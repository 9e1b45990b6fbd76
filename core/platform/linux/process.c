/* platform/linux/process.c - what only Linux can tell or do about machine and process. */
#include "platform/platform.h"

#include "base/text.h"

#include <fcntl.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int32_t platform_sync_disk(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -1 : syncfs(fd);
    if (fd >= 0) {
        close(fd);
    }
    return result == 0 ? KINMU_OK : KINMU_E_RETRY;
}

int32_t platform_boot_id(uint8_t id[16]) {
    char text[64];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    char digits[33];
    size_t count = 0;
    for (ssize_t i = 0; i < size && count < 32; i++) {
        if (text[i] != '-' && text[i] != '\n') {
            digits[count++] = text[i];
        }
    }
    digits[count] = '\0';
    memset(id, 0, 16);
    return count == 32 ? text_unhex(id, 16, digits) : KINMU_E_NOTFOUND;
}

void platform_harden_process(int32_t dies_with_parent) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (dies_with_parent) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
}

/* Without it each thread gets a pool of its own, which holds 80 KiB for a few hundred bytes in use.
 */
void platform_keep_small(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
#endif
    setenv("UV_THREADPOOL_SIZE", "2", 0);
}

void platform_trim_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void platform_ignore_broken_pipes(void) {
    signal(SIGPIPE, SIG_IGN);
}

uint32_t platform_allow_files(uint32_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return wanted;
    }
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur < wanted ? (uint32_t)limit.rlim_cur : wanted;
}

int32_t platform_program_path(char *path, size_t size) {
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0) {
        return KINMU_E_NOTFOUND;
    }
    path[length] = '\0';
    return KINMU_OK;
}

int32_t platform_peer_number(intptr_t socket, uint32_t *uid) {
    struct ucred peer;
    socklen_t peer_size = sizeof peer;
    if (getsockopt((int)socket, SOL_SOCKET, SO_PEERCRED, &peer, &peer_size) != 0) {
        return KINMU_E_DENIED;
    }
    *uid = peer.uid;
    return KINMU_OK;
}

void platform_account_name(uint32_t uid, char *name, size_t size) {
    struct passwd entry;
    struct passwd *found = NULL;
    char memory[4096];
    if (getpwuid_r(uid, &entry, memory, sizeof memory, &found) == 0 && found != NULL) {
        text_copy(name, size, entry.pw_name);
    } else {
        snprintf(name, size, "#%u", (unsigned)uid);
    }
}
