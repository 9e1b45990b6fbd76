/* people/folder_posix.c - see folder.h. */
#include "folder.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_make(const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
}

void folder_remove(const char *path) {
    (void)rmdir(path);
}
