/* backup/files.c - see files.h. libuv's file calls, used without a loop. */
#include "backup/files.h"

#include "platform/platform.h"

#include <openssl/evp.h>
#include <uv.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 262144u
#define MODE_TYPE 0170000u /* POSIX file types, which libuv gives on every system */
#define MODE_FOLDER 0040000u

const char *backup_data_name(const char *name) {
    size_t size = sizeof BACKUP_KEYS - 1;
    return strncmp(name, BACKUP_KEYS, size) == 0 ? name + size : name;
}

int32_t backup_path(char path[BACKUP_PATH_SIZE], const char *folder, const char *name,
                    kinmu_err *err) {
    int length = snprintf(path, BACKUP_PATH_SIZE, "%s/%s", folder, name);
    return length > 0 && length < (int)BACKUP_PATH_SIZE
               ? KINMU_OK
               : error_set(err, KINMU_E_CONFIG, "backup.path", "\"%s\": path too long", folder);
}

static int32_t kind_of(const char *path, int32_t *is_folder) {
    uv_fs_t request;
    int found = uv_fs_lstat(NULL, &request, path, NULL) == 0;
    *is_folder = found && (request.statbuf.st_mode & MODE_TYPE) == MODE_FOLDER;
    uv_fs_req_cleanup(&request);
    return found;
}

int32_t backup_exists(const char *path) {
    int32_t is_folder;
    return kind_of(path, &is_folder);
}

int32_t backup_is_empty_folder(const char *path) {
    uv_fs_t scan;
    int count = uv_fs_scandir(NULL, &scan, path, 0, NULL);
    uv_fs_req_cleanup(&scan);
    return count == 0;
}

int32_t backup_remove_tree(const char *path, uint32_t depth) {
    uv_fs_t scan;
    uv_fs_t request;
    uv_dirent_t entry;
    int32_t is_folder;
    if (!kind_of(path, &is_folder)) {
        return KINMU_OK;
    }
    if (is_folder && depth > 0 && uv_fs_scandir(NULL, &scan, path, 0, NULL) >= 0) {
        while (uv_fs_scandir_next(&scan, &entry) == 0) {
            char below[BACKUP_PATH_SIZE];
            if (backup_path(below, path, entry.name, NULL) == KINMU_OK) {
                backup_remove_tree(below, depth - 1);
            }
        }
        uv_fs_req_cleanup(&scan);
    }
    int code = is_folder ? uv_fs_rmdir(NULL, &request, path, NULL)
                         : uv_fs_unlink(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
    return code == 0 ? KINMU_OK : KINMU_E_RETRY;
}

int32_t backup_put_in_place(const char *from, const char *to, kinmu_err *err) {
    char parent[BACKUP_PATH_SIZE];
    uv_fs_t request;
    if (backup_is_empty_folder(to)) {
        uv_fs_rmdir(NULL, &request, to, NULL);
        uv_fs_req_cleanup(&request);
    }
    platform_sync_folder(from);
    int code = uv_fs_rename(NULL, &request, from, to, NULL);
    uv_fs_req_cleanup(&request);
    if (code != 0) {
        return error_set(err, KINMU_E_STATE, "backup.place", "\"%s\" cannot become \"%s\": %s",
                         from, to, uv_strerror(code));
    }
    int length = snprintf(parent, sizeof parent, "%s", to);
    while (length > 1 && parent[length - 1] != '/') {
        length--;
    }
    parent[length > 1 ? length - 1 : 0] = '\0';
    platform_sync_folder(parent[0] != '\0' ? parent : to[0] == '/' ? "/" : ".");
    return KINMU_OK;
}

typedef struct copying {
    uv_file from, to; /* to < 0: none */
    EVP_MD_CTX *digest;
    char *chunk;
} copying;

static int copy_all(copying *c, backup_file *file) {
    uv_fs_t request;
    for (;;) {
        uv_buf_t piece = uv_buf_init(c->chunk, CHUNK);
        int size = uv_fs_read(NULL, &request, c->from, &piece, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        if (size <= 0) {
            return size;
        }
        EVP_DigestUpdate(c->digest, c->chunk, (size_t)size);
        file->size += (uint64_t)size;
        for (int done = 0; c->to >= 0 && done < size;) {
            uv_buf_t rest = uv_buf_init(c->chunk + done, (unsigned)(size - done));
            int written = uv_fs_write(NULL, &request, c->to, &rest, 1, -1, NULL);
            uv_fs_req_cleanup(&request);
            if (written <= 0) {
                return written < 0 ? written : UV_EIO;
            }
            done += written;
        }
    }
}

static void close_file(uv_file file) {
    uv_fs_t request;
    if (file >= 0) {
        uv_fs_close(NULL, &request, file, NULL);
        uv_fs_req_cleanup(&request);
    }
}

int32_t backup_copy(const char *from, const char *to, backup_file *file, kinmu_err *err) {
    uv_fs_t request;
    copying c = {-1, -1, EVP_MD_CTX_new(), malloc(CHUNK)};
    int code =
        c.digest != NULL && c.chunk != NULL && EVP_DigestInit_ex(c.digest, EVP_sha256(), NULL) == 1
            ? 0
            : UV_ENOMEM;
    file->size = 0;
    if (code == 0) {
        code = c.from = uv_fs_open(NULL, &request, from, UV_FS_O_RDONLY, 0, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (code >= 0 && to != NULL) {
        code = c.to = uv_fs_open(NULL, &request, to, UV_FS_O_WRONLY | UV_FS_O_CREAT | UV_FS_O_EXCL,
                                 0600, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (code >= 0) {
        code = copy_all(&c, file);
    }
    if (code >= 0 && to != NULL) {
        code = uv_fs_fsync(NULL, &request, c.to, NULL);
        uv_fs_req_cleanup(&request);
    }
    if (code >= 0) {
        EVP_DigestFinal_ex(c.digest, file->hash, NULL);
    }
    close_file(c.from);
    close_file(c.to);
    EVP_MD_CTX_free(c.digest);
    free(c.chunk);
    return code >= 0 ? KINMU_OK
                     : error_set(err, KINMU_E_RETRY, "backup.copy", "\"%s\"%s%s%s: %s", from,
                                 to != NULL ? " to \"" : "", to != NULL ? to : "",
                                 to != NULL ? "\"" : "", uv_strerror(code));
}
