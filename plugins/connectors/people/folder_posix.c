/* people/folder_posix.c - see folder.h. */
#include "folder.h"

#include <kinmu/base.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_make(const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

static int32_t is_of_export(const char *name) {
    static const char ending[] = ".ndjson";
    size_t size = strlen(name);
    return strcmp(name, "index.html") == 0 || strcmp(name, FOLDER_ARCHIVE) == 0 ||
           (size >= sizeof ending && strcmp(name + size - (sizeof ending - 1), ending) == 0);
}

static int32_t is_entry(const char *name) {
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Looks at all names before it removes the first. */
static int32_t clear_left(DIR *folder) {
    const struct dirent *one;
    while ((one = readdir(folder)) != NULL) {
        if (is_entry(one->d_name) && !is_of_export(one->d_name)) {
            return 0;
        }
    }
    rewinddir(folder);
    while ((one = readdir(folder)) != NULL) {
        if (is_entry(one->d_name) && unlinkat(dirfd(folder), one->d_name, 0) != 0) {
            return 0;
        }
    }
    return 1;
}

static int clear_ours(DIR *folder) {
    struct stat about;
    if (flock(dirfd(folder), LOCK_EX | LOCK_NB) != 0) {
        return EBUSY;
    }
    int32_t is_ours = fstat(dirfd(folder), &about) == 0 && about.st_uid == geteuid() &&
                      (about.st_mode & 077) == 0 && clear_left(folder);
    return is_ours ? 0 : EEXIST;
}

int folder_take(const char *path, int *held) {
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return errno;
    }
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int looking = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 0) : -1;
    DIR *folder = looking >= 0 ? fdopendir(looking) : NULL;
    int number = folder != NULL ? clear_ours(folder) : EEXIST;
    if (folder != NULL) {
        (void)closedir(folder);
    } else if (looking >= 0) {
        (void)close(looking);
    }
    if (number != 0 && descriptor >= 0) {
        (void)close(descriptor);
    }
    *held = number == 0 ? descriptor : -1;
    return number;
}

static int sync_path(const char *path, int flags) {
    int descriptor = open(path, flags | O_NOFOLLOW | O_CLOEXEC);
    int number = descriptor < 0 || fsync(descriptor) != 0 ? errno : 0;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    return number;
}

/* Where the file system knows no second name for a file, the look before the move has to do. */
static int move_new(const char *from, const char *to) {
    struct stat about;
    if (link(from, to) == 0) {
        return unlink(from) == 0 ? 0 : errno;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) {
        return errno;
    }
    return lstat(to, &about) == 0 ? EEXIST : rename(from, to) == 0 ? 0 : errno;
}

int folder_publish(const char *from, const char *to) {
    const char *slash = strrchr(to, '/');
    char *folder = slash != NULL ? strndup(to, (size_t)(slash - to) + 1) : NULL;
    int number = folder != NULL ? sync_path(from, O_RDONLY) : ENOMEM;
    number = number == 0 ? move_new(from, to) : number;
    number = number == 0 ? sync_path(folder, O_RDONLY | O_DIRECTORY) : number;
    free(folder);
    return number;
}

void folder_drop(const char *path, int held) {
    (void)rmdir(path);
    (void)close(held);
}
