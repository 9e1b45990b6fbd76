/* cli/export_place.c - see export_place.h. */
#include "cli/export_place.h"

#include "backup/files.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#define PREFIX ".kinmu-export-"
#define LOCK_FILE "lock"
#define DEPTH_MAX 4u
#define PATH_SIZE 8192

static int32_t is_working(const char *name) {
    return strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 &&
           strspn(name + sizeof PREFIX - 1, "0123456789") == strlen(name + sizeof PREFIX - 1);
}

/* A private folder of the same owner as the one made here; never through a link. */
static int32_t is_ours(const char *path, uint64_t owner) {
    uv_fs_t request;
    int code = uv_fs_lstat(NULL, &request, path, NULL);
    uint64_t mode = request.statbuf.st_mode;
    uint64_t uid = request.statbuf.st_uid;
    uv_fs_req_cleanup(&request);
    return code == 0 && (mode & 0170000) == 0040000 && (mode & 0077) == 0 && uid == owner;
}

static uint64_t owner_of(const char *path) {
    uv_fs_t request;
    int code = uv_fs_lstat(NULL, &request, path, NULL);
    uint64_t uid = code == 0 ? request.statbuf.st_uid : UINT64_MAX;
    uv_fs_req_cleanup(&request);
    return uid;
}

/* Who still works in one holds its lock. */
static void clear_dead(const export_place *p, const char *own) {
    uint64_t owner = owner_of(own);
    uv_fs_t list;
    uv_dirent_t entry;
    int code = uv_fs_scandir(NULL, &list, p->directory, 0, NULL);
    while (code >= 0 && uv_fs_scandir_next(&list, &entry) == 0) {
        char path[PATH_SIZE];
        platform_lock *lock = NULL;
        snprintf(path, sizeof path, "%s/%s", p->directory, entry.name);
        if (is_working(entry.name) && strcmp(path, own) != 0 && is_ours(path, owner) &&
            platform_lock_folder(path, &lock, NULL) == KINMU_OK) {
            backup_remove_tree(path, DEPTH_MAX);
            platform_unlock_folder(lock);
        }
    }
    uv_fs_req_cleanup(&list);
}

int32_t export_place_begin(export_place *p, const char *directory, kinmu_err *err) {
    uv_fs_t request;
    *p = (export_place){.directory = directory};
    int length = snprintf(p->working, sizeof p->working, "%s/" PREFIX "%ld", directory,
                          (long)uv_os_getpid());
    if (length < 0 || length >= (int)sizeof p->working) {
        p->working[0] = '\0';
        return error_set(err, KINMU_E_CONFIG, "export.folder", "\"%.300s\": path too long",
                         directory);
    }
    backup_remove_tree(p->working, DEPTH_MAX); /* of a dead process with this number */
    int code = uv_fs_mkdir(NULL, &request, p->working, 0700, NULL);
    uv_fs_req_cleanup(&request);
    if (code != 0) {
        p->working[0] = '\0';
        return error_set(err, KINMU_E_CONFIG, "export.folder", "cannot write into \"%.300s\": %s",
                         directory, uv_strerror(code));
    }
    int32_t status = platform_lock_folder(p->working, &p->lock, err);
    if (status == KINMU_OK) {
        clear_dead(p, p->working);
    }
    return status;
}

int32_t export_place_commit(const export_place *p, kinmu_err *err) {
    uv_fs_t list;
    uv_dirent_t entry;
    int32_t status = KINMU_OK;
    int code = uv_fs_scandir(NULL, &list, p->working, 0, NULL);
    while (code >= 0 && status == KINMU_OK && uv_fs_scandir_next(&list, &entry) == 0) {
        char from[PATH_SIZE];
        char to[PATH_SIZE];
        uv_fs_t request;
        if (strcmp(entry.name, LOCK_FILE) == 0) {
            continue;
        }
        snprintf(from, sizeof from, "%s/%s", p->working, entry.name);
        snprintf(to, sizeof to, "%s/%s", p->directory, entry.name);
        int moved = uv_fs_rename(NULL, &request, from, to, NULL);
        uv_fs_req_cleanup(&request);
        if (moved != 0) {
            status = error_set(err, KINMU_E_STATE, "export.place",
                               "\"%.300s\" cannot be written: %s", to, uv_strerror(moved));
        }
    }
    uv_fs_req_cleanup(&list);
    if (status == KINMU_OK && code >= 0) {
        status = platform_sync_folder(p->directory);
    }
    return code < 0 ? error_set(err, KINMU_E_STATE, "export.place", "\"%.300s\": %s", p->working,
                                uv_strerror(code))
                    : status;
}

void export_place_end(export_place *p) {
    if (p->working[0] != '\0') {
        backup_remove_tree(p->working, DEPTH_MAX);
        platform_unlock_folder(p->lock);
        *p = (export_place){0};
    }
}
