/* cli/export_files.c - see export_files.h. An exporter says nothing of its files, so the folder is
 * asked: that also tells the truth about an exporter of a vendor. */
#include "cli/export_files.h"

#include "base/error.h"
#include "platform/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define READ_BYTES 65536u

static int compare_names(const void *a, const void *b) {
    return strcmp(((const export_file *)a)->name, ((const export_file *)b)->name);
}

static int32_t stat_file(const char *directory, export_file *file) {
    char path[8192];
    uv_fs_t request;
    snprintf(path, sizeof path, "%s/%s", directory, file->name);
    int code = uv_fs_stat(NULL, &request, path, NULL);
    file->size = request.statbuf.st_size;
    file->changed_s = request.statbuf.st_mtim.tv_sec;
    file->changed_ns = request.statbuf.st_mtim.tv_nsec;
    file->inode = request.statbuf.st_ino;
    uv_fs_req_cleanup(&request);
    return code == 0 ? KINMU_OK : KINMU_E_NOTFOUND;
}

static int32_t add_file(export_files *list, const char *name) {
    if (list->count % 64 == 0) {
        export_file *grown = realloc(list->files, (list->count + 64) * sizeof *grown);
        if (grown == NULL) {
            return KINMU_E_NOMEM;
        }
        list->files = grown;
    }
    export_file file = {0};
    size_t size = strlen(name) + 1;
    file.name = malloc(size);
    if (file.name == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(file.name, name, size);
    if (stat_file(list->directory, &file) != KINMU_OK) {
        free(file.name); /* gone meanwhile */
        return KINMU_OK;
    }
    list->files[list->count++] = file;
    return KINMU_OK;
}

static int32_t list_files(export_files *list, kinmu_err *err) {
    uv_fs_t request;
    uv_dirent_t entry;
    int32_t status = KINMU_OK;
    if (uv_fs_scandir(NULL, &request, list->directory, 0, NULL) < 0) {
        status = error_set(err, KINMU_E_CONFIG, "export.folder",
                           "cannot read the folder \"%.300s\"", list->directory);
    }
    while (status == KINMU_OK && uv_fs_scandir_next(&request, &entry) == 0) {
        if (list->count >= EXPORT_FILES_MAX) {
            status =
                error_set(err, KINMU_E_CONFIG, "export.folder",
                          "more than %u files in the folder; use an empty one", EXPORT_FILES_MAX);
        } else if (entry.type != UV_DIRENT_DIR) {
            status = add_file(list, entry.name);
        }
    }
    uv_fs_req_cleanup(&request);
    if (list->count > 1) {
        qsort(list->files, list->count, sizeof *list->files, compare_names);
    }
    return status;
}

int32_t export_files_look(const char *directory, export_files *before, kinmu_err *err) {
    uv_fs_t request;
    memset(before, 0, sizeof *before);
    int32_t status = platform_make_private_folder(directory, err);
    if (status != KINMU_OK) {
        return status;
    }
    if (uv_fs_realpath(NULL, &request, directory, NULL) == 0) {
        snprintf(before->directory, sizeof before->directory, "%s", (const char *)request.ptr);
    }
    uv_fs_req_cleanup(&request);
    if (before->directory[0] == '\0') {
        return error_set(err, KINMU_E_CONFIG, "export.folder", "cannot use the folder \"%.300s\"",
                         directory);
    }
    return list_files(before, err);
}

void export_files_free(export_files *files) {
    for (uint32_t i = 0; i < files->count; i++) {
        free(files->files[i].name);
    }
    free(files->files);
    memset(files, 0, sizeof *files);
}

static int32_t is_same(const export_file *a, const export_file *b) {
    return a->size == b->size && a->changed_s == b->changed_s && a->changed_ns == b->changed_ns &&
           a->inode == b->inode;
}

/* Lines of a text file; -1 for a file that is no text. */
static int64_t count_lines(const char *directory, const char *name) {
    static char chunk[READ_BYTES];
    char path[8192];
    int64_t lines = 0;
    size_t size;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "rb");
    while (file != NULL && lines >= 0 && (size = fread(chunk, 1, sizeof chunk, file)) > 0) {
        for (size_t i = 0; i < size && lines >= 0; i++) {
            lines = chunk[i] == '\0' ? -1 : lines + (chunk[i] == '\n');
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return lines;
}

uint32_t export_files_print(const export_files *before) {
    export_files now = {0};
    kinmu_err ignored;
    uint32_t written = 0;
    memcpy(now.directory, before->directory, sizeof now.directory);
    list_files(&now, &ignored);
    for (uint32_t i = 0; i < now.count; i++) {
        const export_file *file = &now.files[i];
        const export_file *old = before->count == 0 ? NULL
                                                    : bsearch(file, before->files, before->count,
                                                              sizeof *file, compare_names);
        if (old != NULL && is_same(old, file)) {
            continue;
        }
        int64_t lines = count_lines(now.directory, file->name);
        written++;
        if (lines >= 0) {
            printf("  %s  %" PRId64 " 行 / lines  %" PRIu64 " bytes\n", file->name, lines,
                   file->size);
        } else {
            printf("  %s  %" PRIu64 " bytes\n", file->name, file->size);
        }
    }
    export_files_free(&now);
    return written;
}
