/* config/files.c - the files of a conf.d folder, read in name order and merged by section.
 *
 * A file is taken when it ends in .yaml and does not begin with a dot. Every file is read even when
 * another is broken, so that all errors come at once. A folder or file that others may write is
 * refused: whoever writes it decides what is recorded and which plugins run.
 */
#include "config/internal.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define PATH_SIZE 4096
#define MODE_TYPE 0170000u /* POSIX file types, which libuv gives on every system */
#define MODE_REGULAR 0100000u

const char *const config_section_names[SECTION_COUNT] = {
    "node",  "purposes", "notices", "privacy", "quiet",      "journal",    "checkpoint",
    "store", "http",     "proxy",   "log",     "collectors", "connectors", "exporters",
};

typedef struct merged {
    config_node *map;
    uint32_t capacity;
} merged;

typedef struct reader {
    arena *memory;
    const char *directory;
    config_problems *problems;
    const char *names[CONFIG_FILES_MAX];
    uint32_t name_count;
    uint32_t nodes_left;
    size_t bytes_left;
    int32_t is_folder_refused; /* said once, not again for each file */
    merged sections[SECTION_COUNT];
} reader;

/* ---- one file ---- */

static int32_t read_open_file(uv_file file, size_t max, buffer *out, const char **reason) {
    size_t start = out->size;
    for (;;) {
        uv_fs_t request;
        uint8_t *room = buffer_reserve(out, max - (out->size - start) + 1);
        if (room == NULL) {
            return KINMU_E_NOMEM;
        }
        uv_buf_t part = uv_buf_init((char *)room, (unsigned)(max - (out->size - start) + 1));
        int count = uv_fs_read(NULL, &request, file, &part, 1, -1, NULL);
        uv_fs_req_cleanup(&request);
        if (count < 0) {
            *reason = uv_strerror(count);
            return KINMU_E_CONFIG;
        }
        if (count == 0) {
            return KINMU_OK;
        }
        out->size += (size_t)count;
        if (out->size - start > max) {
            *reason = "too large";
            return KINMU_E_CONFIG;
        }
    }
}

int32_t config_read_file(const char *path, size_t max, buffer *out, const char **reason) {
    uv_fs_t request;
    int status = uv_fs_stat(NULL, &request, path, NULL);
    int32_t is_regular = (request.statbuf.st_mode & MODE_TYPE) == MODE_REGULAR;
    uv_fs_req_cleanup(&request);
    if (status == 0 && !is_regular) { /* opening a pipe would wait for its other end */
        *reason = "not a regular file";
        return KINMU_E_CONFIG;
    }
    uv_file file = uv_fs_open(NULL, &request, path, UV_FS_O_RDONLY, 0, NULL);
    uv_fs_req_cleanup(&request);
    if (file < 0) {
        *reason = uv_strerror(file);
        return KINMU_E_CONFIG;
    }
    int32_t result = read_open_file(file, max, out, reason);
    uv_fs_close(NULL, &request, file, NULL);
    uv_fs_req_cleanup(&request);
    return result;
}

/* ---- merging ---- */

static int32_t append_pair(arena *memory, merged *section, config_node *key, config_node *value) {
    config_node *map = section->map;
    if (map->child_count + 2 > section->capacity) {
        uint32_t capacity = section->capacity == 0 ? 16 : section->capacity * 2;
        config_node **children = arena_get(memory, capacity * sizeof *children);
        if (children == NULL) {
            return KINMU_E_NOMEM;
        }
        if (map->child_count > 0) {
            memcpy(children, map->children, map->child_count * sizeof *children);
        }
        map->children = children;
        section->capacity = capacity;
    }
    map->children[map->child_count++] = key;
    map->children[map->child_count++] = value;
    return KINMU_OK;
}

static int32_t merge_section(reader *r, uint32_t section, config_node *value) {
    char quoted[CONFIG_QUOTE_SIZE];
    if (config_is_null(value)) {
        return KINMU_OK;
    }
    if (value->type != CONFIG_MAP) {
        config_problem_at(r->problems, CONFIG_ERROR, value,
                          "%s: %s where \"key: value\" lines are expected",
                          config_section_names[section], config_quote(quoted, value));
        return KINMU_OK;
    }
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i + 1 < value->child_count; i += 2) {
        status = append_pair(r->memory, &r->sections[section], value->children[i],
                             value->children[i + 1]);
    }
    return status;
}

static int32_t merge_file(reader *r, const config_node *root) {
    char quoted[CONFIG_QUOTE_SIZE];
    if (root->type != CONFIG_MAP) {
        config_problem_at(r->problems, CONFIG_ERROR, root,
                          "%s where sections like \"collectors:\" are expected",
                          config_quote(quoted, root));
        return KINMU_OK;
    }
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i + 1 < root->child_count; i += 2) {
        uint32_t section = 0;
        while (section < SECTION_COUNT &&
               strcmp(config_section_names[section], root->children[i]->text) != 0) {
            section++;
        }
        if (section == SECTION_COUNT) {
            config_unknown(r->problems, root->children[i], "", "key", config_section_names,
                           SECTION_COUNT);
        } else {
            status = merge_section(r, section, root->children[i + 1]);
        }
    }
    return status;
}

static int32_t refuse_file(reader *r, const char *path, const char *reason) {
    config_problem_add(r->problems, CONFIG_ERROR, path, 0, 0, "%s", reason);
    return KINMU_OK;
}

static int32_t take_file(reader *r, const char *name) {
    char path[PATH_SIZE];
    if (snprintf(path, sizeof path, "%s/%s", r->directory, name) >= (int)sizeof path) {
        return refuse_file(r, name, "the path is too long");
    }
    kinmu_err err = {{0}, {0}};
    if (!r->is_folder_refused && platform_writable_by_others(path, &err) != 0) {
        config_problem_add(r->problems, CONFIG_ERROR, path, 0, 0, "refused: %s", err.msg);
    }
    const char *reason = "";
    buffer text = {0};
    int32_t status = config_read_file(path, CONFIG_FILE_BYTES_MAX, &text, &reason);
    if (status == KINMU_E_CONFIG) {
        config_problem_add(r->problems, CONFIG_ERROR, path, 0, 0,
                           "cannot be read: %s (at most %u bytes)", reason, CONFIG_FILE_BYTES_MAX);
        status = KINMU_OK;
    } else if (status == KINMU_OK && text.size > r->bytes_left) {
        config_problem_add(r->problems, CONFIG_ERROR, path, 0, 0,
                           "all files together have more than %u bytes", CONFIG_TOTAL_BYTES_MAX);
    } else if (status == KINMU_OK) {
        config_node *root = NULL;
        const char *shown = arena_text(r->memory, path, strlen(path));
        r->bytes_left -= text.size;
        status = shown == NULL ? KINMU_E_NOMEM
                               : config_read_yaml(r->memory, shown, buffer_string(&text), text.size,
                                                  &r->nodes_left, &root, r->problems);
        if (status != KINMU_E_NOMEM) {
            /* After doubles and tags there is a whole tree, whose other errors are worth telling,
             * too. */
            status = root != NULL ? merge_file(r, root) : KINMU_OK;
        }
    }
    buffer_wipe(&text); /* somebody may have written a secret where none belongs */
    return status;
}

/* ---- the folder ---- */

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int32_t ends_with(const char *name, const char *suffix) {
    size_t size = strlen(name);
    return size > strlen(suffix) && strcmp(name + size - strlen(suffix), suffix) == 0;
}

static int32_t list_files(reader *r) {
    uv_fs_t request;
    uv_dirent_t entry;
    int count = uv_fs_scandir(NULL, &request, r->directory, 0, NULL);
    if (count < 0) {
        uv_fs_req_cleanup(&request);
        config_problem_add(
            r->problems, CONFIG_ERROR, r->directory, 0, 0,
            "the configuration folder cannot be read: %s; give another by --conf DIR",
            uv_strerror(count));
        return KINMU_E_CONFIG;
    }
    int32_t status = KINMU_OK;
    while (status == KINMU_OK && uv_fs_scandir_next(&request, &entry) == 0) {
        if (entry.name[0] == '.' || entry.type == UV_DIRENT_DIR) {
            continue;
        }
        if (ends_with(entry.name, ".yml")) {
            config_problem_add(r->problems, CONFIG_WARNING, r->directory, 0, 0,
                               "\"%s\" is not read: its name must end in .yaml", entry.name);
        } else if (ends_with(entry.name, ".yaml") && r->name_count == CONFIG_FILES_MAX) {
            config_problem_add(r->problems, CONFIG_ERROR, r->directory, 0, 0, "more than %u files",
                               CONFIG_FILES_MAX);
            status = KINMU_E_CONFIG;
        } else if (ends_with(entry.name, ".yaml")) {
            const char *name = arena_text(r->memory, entry.name, strlen(entry.name));
            r->names[r->name_count] = name;
            r->name_count += name != NULL;
            status = name == NULL ? KINMU_E_NOMEM : KINMU_OK;
        }
    }
    uv_fs_req_cleanup(&request);
    if (status == KINMU_OK && r->name_count == 0) {
        config_problem_add(r->problems, CONFIG_ERROR, r->directory, 0, 0,
                           "no file NAME.yaml here, so nothing is configured; copy those of "
                           "conf.d/standalone");
        status = KINMU_E_CONFIG;
    }
    qsort(r->names, r->name_count, sizeof r->names[0], compare_names);
    return status;
}

static int32_t start_sections(reader *r) {
    config_node at = {0};
    at.file = r->directory;
    for (uint32_t i = 0; i < SECTION_COUNT; i++) {
        r->sections[i].map = config_node_new(r->memory, CONFIG_MAP, &at);
        if (r->sections[i].map == NULL) {
            return KINMU_E_NOMEM;
        }
    }
    return KINMU_OK;
}

static void check_rights(reader *r) {
    kinmu_err err = {{0}, {0}};
    if (platform_writable_by_others(r->directory, &err) != 0) {
        r->is_folder_refused = 1;
        config_problem_add(r->problems, CONFIG_ERROR, r->directory, 0, 0, "refused: %s", err.msg);
    }
}

int32_t config_read_folder(arena *memory, const char *directory,
                           config_node *sections[SECTION_COUNT], config_problems *problems) {
    reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return KINMU_E_NOMEM;
    }
    r->memory = memory;
    r->directory = directory;
    r->problems = problems;
    r->nodes_left = CONFIG_NODES_MAX;
    r->bytes_left = CONFIG_TOTAL_BYTES_MAX;
    int32_t status = start_sections(r);
    if (status == KINMU_OK) {
        status = list_files(r);
    }
    if (status == KINMU_OK) {
        check_rights(r);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < r->name_count; i++) {
        status = take_file(r, r->names[i]);
    }
    for (uint32_t i = 0; status == KINMU_OK && i < SECTION_COUNT; i++) {
        status = config_map_unique(memory, r->sections[i].map, config_section_names[i], problems);
        sections[i] = r->sections[i].map;
    }
    free(r);
    return status;
}
