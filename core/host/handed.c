/* host/handed.c - see handed.h. */
#include "host/handed.h"

#include "backup/files.h"
#include "base/error.h"
#include "base/text.h"
#include "host/frame.h"
#include "platform/platform.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "handed"
#define DEPTH 2u

void handed_sweep(const char *data) {
    char path[HANDED_PATH_SIZE];
    snprintf(path, sizeof path, "%s/" FOLDER, data);
    backup_remove_tree(path, DEPTH);
}

static int32_t is_name(const char *name) {
    size_t size = strlen(name);
    for (size_t i = 0; i < size; i++) {
        if (name[i] == '/' || (unsigned char)name[i] < ' ' || name[i] == 0x7F) {
            return 0;
        }
    }
    return size > 0 && size <= HANDED_NAME_MAX && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0 && text_is_utf8(name, size);
}

static void end_file(handed *h) {
    uv_fs_t request;
    if (h->count > 0 && h->file >= 0) {
        uv_fs_close(NULL, &request, h->file, NULL);
        uv_fs_req_cleanup(&request);
    }
    h->file = -1;
}

/* As commands want paths: absolute. */
static int32_t make_absolute(char *path, size_t size) {
    uv_fs_t real;
    int result = uv_fs_realpath(NULL, &real, path, NULL);
    int length = result == 0 ? snprintf(path, size, "%s", (const char *)real.ptr) : -1;
    uv_fs_req_cleanup(&real);
    return length >= 0 && (size_t)length + HANDED_NAME_MAX + 2 <= size ? length : -1;
}

static int32_t refuse(kinmu_err *err, const char *why) {
    return error_set(err, KINMU_E_REJECT, "door.file", "%s", why);
}

/* What the disk said of the newest file. */
static int32_t fail_write(const handed *h, int result, kinmu_err *err) {
    return error_set(err, KINMU_E_RETRY, "door.file",
                     "データフォルダーに写しを置けません / its copy cannot be kept in the data "
                     "folder while it is read: %s: %s",
                     uv_strerror(result), strrchr(h->paths[h->count - 1], '/') + 1);
}

static int32_t begin_file(handed *h, const char *data, uint64_t client, const char *name,
                          kinmu_err *err) {
    char path[HANDED_PATH_SIZE];
    uv_fs_t request;
    end_file(h);
    if (h->count == HANDED_FILES_MAX) {
        return refuse(err, "ファイルが多すぎます / too many files at once");
    }
    if (!is_name(name)) {
        return refuse(err, "ファイル名に使えない文字があります。名前を変えてください / the "
                           "file's name is too long or has control characters; rename it");
    }
    int length = snprintf(path, sizeof path, "%s/" FOLDER "/%llu-%u", data,
                          (unsigned long long)client, h->count);
    if (length < 0 || (size_t)length + HANDED_NAME_MAX + 2 > sizeof path) {
        return refuse(err, "the data folder's path is too long");
    }
    int32_t status = platform_make_private_folder(path, err);
    if (status != KINMU_OK) {
        return status;
    }
    length = make_absolute(path, sizeof path);
    if (length < 0) {
        return refuse(err, "the data folder's path is too long");
    }
    snprintf(path + length, sizeof path - (size_t)length, "/%s", name);
    h->paths[h->count] = text_duplicate(path);
    if (h->paths[h->count] == NULL) {
        return error_set(err, KINMU_E_NOMEM, "door.memory", "no memory for the file");
    }
    h->count++;
    h->bytes = 0;
    h->file = uv_fs_open(NULL, &request, path, O_WRONLY | O_CREAT | O_EXCL, 0600, NULL);
    uv_fs_req_cleanup(&request);
    return h->file >= 0 ? KINMU_OK : fail_write(h, h->file, err);
}

/* A name begins the next file, "" goes on with the one before. */
static int32_t take(handed *h, const char *data, uint64_t client, const char *name,
                    const void *bytes, size_t size, kinmu_err *err) {
    int32_t status = name[0] != '\0' ? begin_file(h, data, client, name, err) : KINMU_OK;
    h->bytes += size;
    if (status != KINMU_OK) {
        return status;
    }
    if (h->count == 0 || h->file < 0 || h->bytes > HANDED_FILE_BYTES_MAX) {
        return refuse(err, "a piece of no file, or a file that is too large");
    }
    while (size > 0) {
        uv_fs_t request;
        uv_buf_t piece = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
        int written = uv_fs_write(NULL, &request, h->file, &piece, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        if (written <= 0) {
            return fail_write(h, written, err);
        }
        bytes = (const char *)bytes + written;
        size -= (size_t)written;
    }
    return KINMU_OK;
}

int32_t handed_take_all(handed *h, const char *data, uint64_t client, buffer *input,
                        kinmu_err *err) {
    uint32_t type = 0;
    uint32_t number = 0;
    frame_reader body;
    int32_t status = KINMU_OK;
    int64_t whole;
    while (status == KINMU_OK &&
           (whole = frame_whole(input->data, input->size, &type, &number, &body)) > 0 &&
           type == FRAME_DOOR_FILE) {
        char name[HANDED_NAME_MAX + 1];
        size_t size = 0;
        frame_read_text(&body, name, sizeof name);
        const uint8_t *bytes = frame_read_bytes(&body, &size);
        status = body.failed ? refuse(err, "the file is not as a command line hands it over")
                             : take(h, data, client, name, bytes, size, err);
        memmove(input->data, input->data + whole, input->size - (size_t)whole);
        input->size -= (size_t)whole;
    }
    return status;
}

char *handed_expand(const handed *h, const char *words) {
    buffer out = {0};
    for (const char *at = words; *at != '\0'; at++) {
        uint32_t index = (uint32_t)(unsigned char)at[1] - '0';
        if (*at == HANDED_MARK && index < h->count) {
            buffer_text(&out, h->paths[index]);
            at++;
        } else {
            buffer_append(&out, at, 1);
        }
    }
    char *text = out.failed == KINMU_OK ? text_duplicate(buffer_string(&out)) : NULL;
    buffer_wipe(&out);
    return text;
}

void handed_remove(handed *h) {
    end_file(h);
    for (uint32_t i = 0; i < h->count; i++) {
        uv_fs_t request;
        char *slash = strrchr(h->paths[i], '/');
        uv_fs_unlink(NULL, &request, h->paths[i], NULL);
        uv_fs_req_cleanup(&request);
        *slash = '\0';
        uv_fs_rmdir(NULL, &request, h->paths[i], NULL);
        uv_fs_req_cleanup(&request);
        free(h->paths[i]);
    }
    h->count = 0;
}
