/* json/file_posix.c - files on POSIX systems. See file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER_ONLY 0600

struct file {
    int descriptor;
};

int file_open(const char *path, uint32_t how, file **out, uint64_t *size) {
    int flags = O_CLOEXEC;
    flags |= how == FILE_READ ? O_RDONLY : O_RDWR | O_CREAT;
    flags |= how == FILE_EXCLUSIVE ? O_EXCL | O_NOFOLLOW : 0;
    struct stat info;
    file *f = malloc(sizeof *f);
    if (f == NULL) {
        return ENOMEM;
    }
    f->descriptor = open(path, flags, OWNER_ONLY);
    if (f->descriptor < 0 || fstat(f->descriptor, &info) != 0) {
        int number = errno;
        file_close(f);
        return number;
    }
    if (!S_ISREG(info.st_mode)) {
        file_close(f);
        return S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    }
    *size = (uint64_t)info.st_size;
    *out = f;
    return 0;
}

void file_close(file *f) {
    if (f != NULL) {
        if (f->descriptor >= 0) {
            (void)close(f->descriptor);
        }
        free(f);
    }
}

int file_read(file *f, uint64_t offset, void *data, size_t size) {
    char *to = data;
    while (size > 0) {
        ssize_t got = pread(f->descriptor, to, size, (off_t)offset);
        if (got == 0) {
            return EIO;
        }
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        size_t part = got > 0 ? (size_t)got : 0;
        to += part;
        size -= part;
        offset += part;
    }
    return 0;
}

int file_write(file *f, uint64_t offset, const void *data, size_t size) {
    const char *from = data;
    while (size > 0) {
        ssize_t put = pwrite(f->descriptor, from, size, (off_t)offset);
        if (put < 0 && errno != EINTR) {
            return errno;
        }
        size_t part = put > 0 ? (size_t)put : 0;
        from += part;
        size -= part;
        offset += part;
    }
    return 0;
}

int file_truncate(file *f, uint64_t size) {
    return ftruncate(f->descriptor, (off_t)size) == 0 ? 0 : errno;
}

int file_sync(file *f) {
    return fsync(f->descriptor) == 0 ? 0 : errno;
}

int file_rename(const char *from, const char *to) {
    return rename(from, to) == 0 ? 0 : errno;
}

int file_remove(const char *path) {
    return unlink(path) == 0 ? 0 : errno;
}

int file_sync_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    char *folder = size == 0 ? strdup(".") : strndup(path, size);
    if (folder == NULL) {
        return ENOMEM;
    }
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int number = descriptor < 0 || fsync(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    free(folder);
    return number;
}
