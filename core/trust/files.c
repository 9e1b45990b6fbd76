/* trust/files.c - see files.h. */
#include "trust/files.h"

#include "platform/platform.h"
#include "trust/certificate.h"

#include <stdio.h>
#include <uv.h>

int32_t trust_path(char path[TRUST_PATH_SIZE], const char *data, const char *folder,
                   const char *file, kinmu_err *err) {
    int length = snprintf(path, TRUST_PATH_SIZE, "%s/%s%s%s", data, folder,
                          file[0] != '\0' ? "/" : "", file);
    return length > 0 && length < (int)TRUST_PATH_SIZE
               ? KINMU_OK
               : error_set(err, KINMU_E_CONFIG, "file.path", "data folder: its path is too long");
}

int32_t trust_exists(const char *path) {
    uv_fs_t request;
    int found = uv_fs_stat(NULL, &request, path, NULL) == 0;
    uv_fs_req_cleanup(&request);
    return found;
}

int32_t trust_read_file(const char *path, buffer *out, kinmu_err *err) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "file.open", "\"%s\": cannot be opened", path);
    }
    uint8_t *room = buffer_reserve(out, TRUST_PEM_BYTES_MAX + 1);
    size_t size = room != NULL ? fread(room, 1, TRUST_PEM_BYTES_MAX + 1, file) : 0;
    int32_t is_bad = ferror(file);
    fclose(file);
    if (room == NULL) {
        return error_set(err, KINMU_E_NOMEM, "memory", "no memory to read \"%s\"", path);
    }
    if (is_bad || size > TRUST_PEM_BYTES_MAX) {
        return error_set(err, KINMU_E_CONFIG, "file.read", "\"%s\": %s", path,
                         is_bad ? "cannot be read" : "is larger than 64 KiB");
    }
    out->size += size;
    return KINMU_OK;
}

int32_t trust_read_private(const char *path, buffer *out, kinmu_err *err) {
    if (trust_exists(path) && platform_readable_by_others(path, err) != 0) {
        return error_set(err, KINMU_E_DENIED, "file.rights",
                         "\"%s\" is a private key that others may read; chmod 600 it", path);
    }
    return trust_read_file(path, out, err);
}
