/* jobs/shelf_posix.c - the folders of jobs on POSIX systems. See shelf.h. */
#include "shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int32_t shelf_path(const char *root, int64_t job, char path[SHELF_PATH_SIZE]) {
    int length = snprintf(path, SHELF_PATH_SIZE, "%s/%" PRId64, root, job);
    return length > 0 && (uint32_t)length < SHELF_PATH_SIZE ? KINMU_OK : KINMU_E_NOMEM;
}

static int open_folder(const char *root, int64_t job) {
    char path[SHELF_PATH_SIZE];
    return shelf_path(root, job, path) == KINMU_OK
               ? open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
               : -1;
}

int32_t shelf_list(const char *root, int64_t job, shelf_file_fn fn, void *user) {
    int descriptor = open_folder(root, job);
    DIR *folder = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    int32_t status = folder != NULL ? KINMU_OK : KINMU_E_NOTFOUND;
    if (folder == NULL && descriptor >= 0) {
        (void)close(descriptor);
    }
    for (const struct dirent *entry = NULL;
         status == KINMU_OK && (entry = readdir(folder)) != NULL;) {
        struct stat info;
        if (fstatat(descriptor, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode)) {
            status = fn(user, entry->d_name, (uint64_t)info.st_size);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return status;
}

static int32_t read_all(int descriptor, uint64_t offset, void *data, uint32_t *size) {
    uint32_t filled = 0;
    while (filled < *size) {
        ssize_t got =
            pread(descriptor, (char *)data + filled, *size - filled, (off_t)(offset + filled));
        if (got < 0 && errno != EINTR) {
            return KINMU_E_RETRY;
        }
        if (got == 0) {
            break;
        }
        filled += got > 0 ? (uint32_t)got : 0;
    }
    *size = filled;
    return KINMU_OK;
}

int32_t shelf_read(const char *root, int64_t job, const char *name, uint64_t offset, void *data,
                   uint32_t *size, shelf_file *about) {
    struct stat info;
    int folder = name[0] != '\0' && strchr(name, '/') == NULL ? open_folder(root, job) : -1;
    int file =
        folder >= 0 ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    int32_t status = KINMU_E_NOTFOUND;
    if (file >= 0 && fstat(file, &info) == 0 && S_ISREG(info.st_mode)) {
        about->bytes = (uint64_t)info.st_size;
        (void)snprintf(about->stamp, sizeof about->stamp, "%llx-%llx-%llx",
                       (unsigned long long)info.st_ino, (unsigned long long)info.st_mtim.tv_sec,
                       (unsigned long long)info.st_mtim.tv_nsec);
        status = read_all(file, offset, data, size);
    }
    if (file >= 0) {
        (void)close(file);
    }
    if (folder >= 0) {
        (void)close(folder);
    }
    return status;
}

static int32_t remove_file(void *user, const char *name, uint64_t bytes) {
    const int *folder = user;
    (void)bytes;
    (void)unlinkat(*folder, name, 0);
    return KINMU_OK;
}

static int32_t is_kept(const char *name, const int64_t *kept, uint32_t count) {
    char number[24];
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(number, sizeof number, "%" PRId64, kept[i]);
        if (strcmp(number, name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Only folders named by a number are jobs'. */
static void remove_job(const char *root, const char *name) {
    char *end = NULL;
    char path[SHELF_PATH_SIZE];
    long long job = strtoll(name, &end, 10);
    if (job <= 0 || *end != '\0' || shelf_path(root, job, path) != KINMU_OK) {
        return;
    }
    int folder = open_folder(root, job);
    if (folder >= 0) {
        (void)shelf_list(root, job, remove_file, &folder);
        (void)close(folder);
        (void)rmdir(path);
    }
}

void shelf_sweep(const char *root, const int64_t *kept, uint32_t count) {
    DIR *folder = opendir(root);
    for (const struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (!is_kept(entry->d_name, kept, count)) {
            remove_job(root, entry->d_name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}
