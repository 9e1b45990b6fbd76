/* unruly_system.c - preloaded into a daemon under test: a system whose fsync fails and whose clock
 * jumps. Both are told by small files, so that a test can change them while the daemon runs:
 *
 *     CRASH_SYNC_FILE   a number n: fsync and fdatasync of journal.db, its log and keys.db work n
 *                       times more and then fail with EIO for ever; no file: they work
 *     CRASH_CLOCK_FILE  seconds added to the wall clock; no file: none
 *     CRASH_NAMES_FILE  while it is there, no account's name is told: getpwuid_r writes FILE.asked
 *                       and waits */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* `none` when there is no such file. Called below everything, so without stdio. */
static long read_number(const char *variable, long none) {
    const char *path = getenv(variable);
    char text[32] = "";
    int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) {
        return none;
    }
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    return size > 0 ? strtol(text, NULL, 10) : none;
}

static int is_history(int fd) {
    char link[64];
    char path[4096] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    return size > 0 && (strstr(path, "/journal.db") != NULL || strstr(path, "/keys.db") != NULL);
}

static int fails(int fd) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static long seen;
    if (!is_history(fd)) {
        return 0;
    }
    long limit = read_number("CRASH_SYNC_FILE", -1);
    pthread_mutex_lock(&lock);
    int result = limit >= 0 && seen++ >= limit;
    pthread_mutex_unlock(&lock);
    return result;
}

__attribute__((visibility("default"))) int fsync(int fd) {
    int (*real)(int) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "fsync");
    memcpy(&real, &symbol, sizeof real);
    if (fails(fd)) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd) {
    int (*real)(int) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "fdatasync");
    memcpy(&real, &symbol, sizeof real);
    if (fails(fd)) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = NULL;
    void *symbol = dlsym(RTLD_NEXT, "clock_gettime");
    memcpy(&real, &symbol, sizeof real);
    int result = real(id, now);
    if (result == 0 && id == CLOCK_REALTIME) {
        now->tv_sec += read_number("CRASH_CLOCK_FILE", 0);
    }
    return result;
}

__attribute__((visibility("default"))) int getpwuid_r(uid_t uid, struct passwd *entry, char *memory,
                                                      size_t size, struct passwd **found) {
    int (*next)(uid_t, struct passwd *, char *, size_t, struct passwd **) = NULL;
    const char *path = getenv("CRASH_NAMES_FILE");
    *(void **)&next = dlsym(RTLD_NEXT, "getpwuid_r");
    if (path != NULL && access(path, F_OK) == 0) {
        char asked[4096];
        snprintf(asked, sizeof asked, "%s.asked", path);
        close(open(asked, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        while (access(path, F_OK) == 0) {
            usleep(2000);
        }
    }
    return next(uid, entry, memory, size, found);
}
