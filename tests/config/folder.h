/* tests/config/folder.h - a private conf.d in a temporary folder, which is also the working folder,
 * so that messages name "conf.d/FILE" whatever the rights and the place of the source tree are. */
#ifndef TESTS_CONFIG_FOLDER_H
#define TESTS_CONFIG_FOLDER_H

#include "base/buffer.h"
#include "config/config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder_path[64];

static inline int folder_create(void) {
    snprintf(folder_path, sizeof folder_path, "/tmp/kinmu-config-XXXXXX");
    umask(022);
    return mkdtemp(folder_path) != NULL && chdir(folder_path) == 0 ? mkdir("conf.d", 0755) : -1;
}

static inline void folder_clear(const char *path) {
    DIR *dir = opendir(path);
    struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char file[600];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.') {
            remove(file);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static inline int folder_remove(void) {
    folder_clear("conf.d");
    rmdir("conf.d");
    folder_clear(".");
    return chdir("/") == 0 ? rmdir(folder_path) : -1;
}

/* A folder for each test of a program. */
static inline int folder_set_up(void **state) {
    (void)state;
    return folder_create();
}

static inline int folder_tear_down(void **state) {
    (void)state;
    return folder_remove();
}

static inline int folder_write(const char *path, const char *text, size_t size) {
    FILE *file = fopen(path, "wb");
    int written = file != NULL && fwrite(text, 1, size, file) == size;
    return (file == NULL || fclose(file) == 0) && written ? 0 : -1;
}

static inline int folder_put(const char *name, const char *text) {
    char path[300];
    snprintf(path, sizeof path, "conf.d/%s", name);
    return folder_write(path, text, strlen(text));
}

static inline void folder_read(const char *path, buffer *out) {
    char part[4096];
    FILE *file = fopen(path, "rb");
    size_t size;
    while (file != NULL && (size = fread(part, 1, sizeof part, file)) > 0) {
        buffer_append(out, part, size);
    }
    if (file != NULL) {
        fclose(file);
    }
}

/* Copies the .yaml and .yml files of a corpus folder into conf.d. */
static inline int folder_copy(const char *from) {
    DIR *dir = opendir(from);
    struct dirent *entry;
    int status = dir != NULL ? 0 : -1;
    folder_clear("conf.d");
    while (status == 0 && (entry = readdir(dir)) != NULL) {
        char source[1000];
        char target[300];
        buffer text = {0};
        if (strstr(entry->d_name, ".y") == NULL) {
            continue;
        }
        snprintf(source, sizeof source, "%s/%s", from, entry->d_name);
        snprintf(target, sizeof target, "conf.d/%.255s", entry->d_name);
        folder_read(source, &text);
        status = folder_write(target, (const char *)text.data, text.size);
        buffer_free(&text);
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return status;
}

/* Loads conf.d; the listing of problems goes to `listing`. */
static inline int32_t folder_load(const config_source *source, config **out, buffer *listing) {
    config_problems problems = {0};
    int32_t status = config_load("conf.d", source, out, &problems);
    config_problems_print(&problems, listing);
    config_problems_free(&problems);
    return status;
}

#endif
