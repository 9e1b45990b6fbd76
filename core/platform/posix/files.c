/* platform/posix/files.c - private folders, atomic files, locks, rights. */
#include "platform/platform.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096

int32_t platform_make_private_folder(const char *path, kinmu_err *err) {
    char part[PATH_SIZE];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof part) {
        return error_set(err, KINMU_E_CONFIG, "folder.path",
                         "folder \"%s\": path is empty or too long", path);
    }
    memcpy(part, path, size + 1);
    for (size_t i = 1; i <= size; i++) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        char saved = part[i];
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return error_set(err, KINMU_E_CONFIG, "folder.make",
                             "folder \"%s\": cannot be made: %s; choose another or make it by hand",
                             part, strerror(errno));
        }
        part[i] = saved;
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return error_set(err, KINMU_E_CONFIG, "folder.kind", "\"%s\" is not a folder", path);
    }
    return KINMU_OK;
}

int32_t platform_sync_folder(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return KINMU_E_RETRY;
    }
    int result = fsync(fd);
    close(fd);
    return result == 0 ? KINMU_OK : KINMU_E_RETRY;
}

static int write_all(int fd, const uint8_t *data, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return -1;
        }
        data += written;
        size -= (size_t)written;
    }
    return 0;
}

int32_t platform_write_file(const char *path, const void *data, size_t size, int32_t is_private,
                            kinmu_err *err) {
    char temporary[PATH_SIZE];
    char folder[PATH_SIZE];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        return error_set(err, KINMU_E_CONFIG, "file.path", "file \"%s\": path too long", path);
    }
    memcpy(folder, temporary, sizeof folder);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                  is_private ? 0600 : 0644);
    int failed = fd < 0 || write_all(fd, data, size) != 0 || fsync(fd) != 0;
    int reason = errno;
    if (fd >= 0 && close(fd) != 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    if (!failed && rename(temporary, path) != 0) {
        failed = 1;
        reason = errno;
    }
    if (failed) {
        if (fd >= 0) {
            unlink(temporary);
        }
        return error_set(err, KINMU_E_RETRY, "file.write", "file \"%s\": cannot be written: %s",
                         path, strerror(reason));
    }
    return platform_sync_folder(dirname(folder));
}

static int32_t others_may_write(const char *path, kinmu_err *err) {
    struct stat info;
    if (stat(path, &info) != 0) {
        return error_set(err, KINMU_E_NOTFOUND, "file.stat", "\"%s\": %s", path, strerror(errno));
    }
    if (info.st_uid != 0 && info.st_uid != geteuid()) {
        error_set(err, KINMU_OK, "file.owner",
                  "\"%s\" belongs to uid %u, neither root nor the user Kinmu runs under; chown it",
                  path, (unsigned)info.st_uid);
        return 1;
    }
    /* In a sticky folder (a shared temporary one) nobody replaces another's file. */
    int is_sticky_folder = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !is_sticky_folder) {
        error_set(err, KINMU_OK, "file.rights", "\"%s\" may be written by others; chmod go-w it",
                  path);
        return 1;
    }
    return 0;
}

int32_t platform_writable_by_others(const char *path, kinmu_err *err) {
    char folder[PATH_SIZE];
    int32_t loose = others_may_write(path, err);
    if (loose != 0 || snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder) {
        return loose;
    }
    return others_may_write(dirname(folder), err);
}

int32_t platform_readable_by_others(const char *path, kinmu_err *err) {
    struct stat info;
    if (stat(path, &info) != 0) {
        return error_set(err, KINMU_E_NOTFOUND, "file.stat", "\"%s\": %s", path, strerror(errno));
    }
    return (info.st_mode & S_IROTH) != 0;
}

void platform_private_files(void) {
    umask(077);
}

struct platform_lock {
    int fd;
};

static int32_t lock_held(const char *path, int fd, kinmu_err *err) {
    char holder[32] = "";
    ssize_t length = read(fd, holder, sizeof holder - 1);
    holder[length > 0 ? length : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return error_set(err, KINMU_E_BUSY, "lock.held",
                     "\"%s\" is in use by process %s; stop it or choose another data folder", path,
                     holder[0] != '\0' ? holder : "(unknown)");
}

int32_t platform_lock_folder(const char *path, platform_lock **lock, kinmu_err *err) {
    char file[PATH_SIZE];
    *lock = NULL;
    if (snprintf(file, sizeof file, "%s/lock", path) >= (int)sizeof file) {
        return error_set(err, KINMU_E_CONFIG, "lock.path", "\"%s\": path too long", path);
    }
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_set(err, KINMU_E_CONFIG, "lock.open", "\"%s\": %s; check the folder's rights",
                         file, strerror(errno));
    }
    char pid[32];
    int length = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    int32_t status = KINMU_OK;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        status = lock_held(path, fd, err);
    } else if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)length, 0) != length) {
        status = error_set(err, KINMU_E_RETRY, "lock.write", "\"%s\": cannot be written: %s", file,
                           strerror(errno));
    }
    platform_lock *made = status == KINMU_OK ? calloc(1, sizeof *made) : NULL;
    if (made == NULL) {
        close(fd);
        return status != KINMU_OK ? status : KINMU_E_NOMEM;
    }
    made->fd = fd;
    *lock = made;
    return KINMU_OK;
}

void platform_unlock_folder(platform_lock *lock) {
    if (lock != NULL) {
        close(lock->fd);
        free(lock);
    }
}
