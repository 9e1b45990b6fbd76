/* cli/export_place.c - see export_place.h. */
#include "cli/export_place.h"

#include "backup/files.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#define PREFIX ".kinmu-export-"
#define LETTERS 6u
#define LOCK_FILE "lock"
#define DEPTH_MAX 4u
#define PATH_SIZE 8192
#define TRIES_MAX 8u

/* As mkdtemp names them. */
static int32_t is_working(const char *name) {
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const char *rest = name + sizeof PREFIX - 1;
    return strncmp(name, PREFIX, sizeof PREFIX - 1) == 0 && strlen(rest) == LETTERS &&
           strspn(rest, letters) == LETTERS;
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

/* A folder nobody had before: not even a process with the same number in another container. */
static int32_t make_working(export_place *p, kinmu_err *err) {
    uv_fs_t request;
    char template[EXPORT_PLACE_SIZE];
    int length = snprintf(template, sizeof template, "%s/" PREFIX "XXXXXX", p->directory);
    if (length < 0 || length >= (int)sizeof template) {
        return error_set(err, KINMU_E_CONFIG, "export.folder", "\"%.300s\": path too long",
                         p->directory);
    }
    int code = uv_fs_mkdtemp(NULL, &request, template, NULL);
    snprintf(p->working, sizeof p->working, "%s", code == 0 ? request.path : "");
    uv_fs_req_cleanup(&request);
    return code == 0
               ? KINMU_OK
               : error_set(err, KINMU_E_CONFIG, "export.folder", "cannot write into \"%.300s\": %s",
                           p->directory, uv_strerror(code));
}

int32_t export_place_begin(export_place *p, const char *directory, kinmu_err *err) {
    *p = (export_place){.directory = directory};
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; p->lock == NULL && status == KINMU_OK && i < TRIES_MAX; i++) {
        status = make_working(p, err);
        /* Another export may take it for a dead one's until it is locked: then it takes it away. */
        if (status == KINMU_OK && platform_lock_folder(p->working, &p->lock, err) != KINMU_OK) {
            backup_remove_tree(p->working, 1);
            p->working[0] = '\0';
        }
    }
    if (status == KINMU_OK && p->lock == NULL) {
        return KINMU_E_STATE; /* the lock's own reason is in err */
    }
    if (status == KINMU_OK) {
        clear_dead(p, p->working);
    }
    return status;
}

/* What can be known to be in the way is known before the first file moves. */
static int look(const char *from, const char *to) {
    uv_fs_t request;
    (void)from;
    int code = uv_fs_lstat(NULL, &request, to, NULL);
    int32_t is_folder = code == 0 && (request.statbuf.st_mode & 0170000) == 0040000;
    uv_fs_req_cleanup(&request);
    return is_folder ? UV_EISDIR : 0;
}

static int move(const char *from, const char *to) {
    uv_fs_t request;
    int code = uv_fs_rename(NULL, &request, from, to, NULL);
    uv_fs_req_cleanup(&request);
    return code;
}

/* Does one thing with every file and its place. */
static int32_t each_file(const export_place *p, int (*fn)(const char *from, const char *to),
                         kinmu_err *err) {
    uv_fs_t list;
    uv_dirent_t entry;
    int32_t status = KINMU_OK;
    int code = uv_fs_scandir(NULL, &list, p->working, 0, NULL);
    if (code < 0) {
        status = error_set(err, KINMU_E_STATE, "export.place", "\"%.300s\": %s", p->working,
                           uv_strerror(code));
    }
    while (status == KINMU_OK && uv_fs_scandir_next(&list, &entry) == 0) {
        char from[PATH_SIZE];
        char to[PATH_SIZE];
        if (strcmp(entry.name, LOCK_FILE) == 0) {
            continue;
        }
        snprintf(from, sizeof from, "%s/%s", p->working, entry.name);
        snprintf(to, sizeof to, "%s/%s", p->directory, entry.name);
        code = fn(from, to);
        if (code != 0) {
            status = error_set(err, KINMU_E_STATE, "export.place",
                               "\"%.300s\" cannot be written: %s", to, uv_strerror(code));
        }
    }
    uv_fs_req_cleanup(&list);
    return status;
}

/* A name that outlives a power cut must not outlive what it names. */
int32_t export_place_commit(const export_place *p, kinmu_err *err) {
    int32_t status = each_file(p, look, err);
    if (status == KINMU_OK && platform_sync_disk(p->working) != KINMU_OK) {
        status = error_set(err, KINMU_E_STATE, "export.place",
                           "\"%.300s\" cannot be written to its disk", p->working);
    }
    status = status == KINMU_OK ? each_file(p, move, err) : status;
    return status == KINMU_OK ? platform_sync_folder(p->directory) : status;
}

void export_place_end(export_place *p) {
    if (p->working[0] != '\0') {
        backup_remove_tree(p->working, DEPTH_MAX);
        platform_unlock_folder(p->lock);
        *p = (export_place){0};
    }
}
