/* json/output.c - files of an export. See output.h. */
#include "output.h"

#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMPORARY_SUFFIX ".part"
#define FLUSH_BYTES ((size_t)1 << 16)

struct output {
    char *path;
    char *temporary; /* NULL once it has its final name */
    file *file;
    uint64_t size;
    buffer pending;
};

static int32_t fail(kinmu_err *err, const char *verb, const char *path, int number) {
    (void)snprintf(err->key, sizeof err->key, "json.write");
    (void)snprintf(
        err->msg, sizeof err->msg,
        "json: cannot %s \"%.200s\": %s; free space or fix the folder, then export again", verb,
        path, strerror(number));
    return KINMU_E_RETRY;
}

static char *join(const char *directory, const char *name, const char *suffix) {
    size_t size = strlen(directory) + strlen(name) + strlen(suffix) + 2;
    char *path = malloc(size);
    if (path != NULL) {
        (void)snprintf(path, size, "%s/%s%s", directory, name, suffix);
    }
    return path;
}

int32_t output_open(const char *directory, const char *name, output **out, kinmu_err *err) {
    output *o = calloc(1, sizeof *o);
    if (o == NULL) {
        return KINMU_E_NOMEM;
    }
    o->path = join(directory, name, "");
    char *temporary = join(directory, name, TEMPORARY_SUFFIX);
    if (o->path == NULL || temporary == NULL) {
        free(temporary);
        output_destroy(o);
        return KINMU_E_NOMEM;
    }
    (void)file_remove(temporary); /* left by an export that was killed */
    int number = file_open(temporary, FILE_EXCLUSIVE, &o->file, &o->size);
    if (number != 0) {
        int32_t status = fail(err, "create", temporary, number);
        free(temporary);
        output_destroy(o);
        return status;
    }
    o->temporary = temporary;
    *out = o;
    return KINMU_OK;
}

buffer *output_buffer(output *o) {
    return &o->pending;
}

static int32_t write_pending(output *o, kinmu_err *err) {
    if (o->pending.failed) {
        return o->pending.failed;
    }
    int number = file_write(o->file, o->size, o->pending.data, o->pending.size);
    if (number != 0) {
        return fail(err, "write", o->path, number);
    }
    o->size += o->pending.size;
    o->pending.size = 0;
    return KINMU_OK;
}

int32_t output_flush(output *o, kinmu_err *err) {
    int32_t is_due = o->pending.failed || o->pending.size >= FLUSH_BYTES;
    return is_due ? write_pending(o, err) : KINMU_OK;
}

int32_t output_commit(output *o, kinmu_err *err) {
    int32_t status = write_pending(o, err);
    if (status != KINMU_OK) {
        return status;
    }
    int number = file_sync(o->file);
    if (number == 0) {
        number = file_rename(o->temporary, o->path);
    }
    if (number != 0) {
        return fail(err, "finish", o->path, number);
    }
    free(o->temporary);
    o->temporary = NULL;
    number = file_sync_folder(o->path);
    return number == 0 ? KINMU_OK : fail(err, "finish", o->path, number);
}

void output_destroy(output *o) {
    if (o == NULL) {
        return;
    }
    file_close(o->file);
    if (o->temporary != NULL) {
        (void)file_remove(o->temporary);
    }
    buffer_free(&o->pending);
    free(o->temporary);
    free(o->path);
    free(o);
}
