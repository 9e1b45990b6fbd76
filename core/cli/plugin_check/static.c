/* cli/plugin_check/static.c - tests of the file itself: who may write it, what it exports, what
 * happens when it is opened, whether its table is whole. */
#include "cli/plugin_check/tests.h"

#include "platform/inspect.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

#define SETTLE_MS 50u

static int32_t change_mode(const char *path, int mode) {
    uv_fs_t request;
    int result = uv_fs_chmod(NULL, &request, path, mode, NULL);
    uv_fs_req_cleanup(&request);
    return result;
}

enum check_verdict check_writable_file_refused(check *c) {
    uv_fs_t request;
    catalog *copy = NULL;
    kinmu_err err = {{0}, {0}};
    if (platform_writable_by_others(c->file, &err) != 0) {
        return check_fail(c, "%s", err.msg);
    }
    int result = uv_fs_copyfile(NULL, &request, c->file, "copy.so", 0, NULL);
    uv_fs_req_cleanup(&request);
    if (result != 0 || change_mode("copy.so", 0666) != 0) {
        return check_skip(c, "the file cannot be copied: %s", uv_strerror(result));
    }
    int32_t status = catalog_load_file("copy.so", &copy, &err);
    catalog_free(copy);
    return status == KINMU_E_DENIED
               ? CHECK_OK
               : check_fail(c, "a copy that anybody may write was not refused by this host");
}

enum check_verdict check_exports_one_symbol(check *c) {
    static inspect_exports exports; /* 32 KiB */
    kinmu_err err = {{0}, {0}};
    char names[256] = "";
    int32_t status = inspect_read_exports(c->file, &exports, &err);
    if (status == KINMU_E_NOTFOUND) {
        return check_skip(c, "%s", err.msg);
    }
    if (status != KINMU_OK) {
        return check_fail(c, "%s", err.msg);
    }
    uint32_t others = 0;
    int32_t has_module = 0;
    for (uint32_t i = 0; i < exports.count && i < INSPECT_EXPORTS_MAX; i++) {
        if (strcmp(exports.names[i], "kinmu_module_v1") == 0) {
            has_module = 1;
        } else if (others++ < 4) {
            size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, " %.40s", exports.names[i]);
        }
    }
    if (exports.count > INSPECT_EXPORTS_MAX) {
        others += exports.count - INSPECT_EXPORTS_MAX;
    }
    if (!has_module) { /* told by `loads` */
        return check_skip(c, "it does not export kinmu_module_v1");
    }
    return others == 0 ? CHECK_OK
                       : check_fail(c,
                                    "exports %u more:%s; compile with -fvisibility=hidden or make "
                                    "them static",
                                    others, names);
}

typedef struct surroundings {
    int64_t files;
    int64_t threads;
    uint64_t caught;
    uint64_t ignored;
} surroundings;

static void look_around(surroundings *s) {
    s->files = inspect_open_files();
    s->threads = inspect_threads();
    s->caught = s->ignored = 0;
    (void)inspect_signals(&s->caught, &s->ignored);
}

static uint32_t count_files_here(void) {
    uv_fs_t request;
    int count = uv_fs_scandir(NULL, &request, ".", 0, NULL);
    uv_fs_req_cleanup(&request);
    return count > 0 ? (uint32_t)count : 0;
}

enum check_verdict check_scan_no_side_effects(check *c) {
    surroundings before;
    surroundings after;
    kinmu_err err = {{0}, {0}};
    look_around(&before);
    if (before.files == INSPECT_UNKNOWN) {
        return check_skip(c, "this system does not tell what a process holds open");
    }
    if (platform_open_library(c->file, &err) == NULL) { /* told by `loads` */
        return check_skip(c, "%s", err.msg);
    }
    uv_sleep(SETTLE_MS);
    look_around(&after);
    if (after.threads != before.threads) {
        return check_fail(c, "opening it starts %d threads", (int)(after.threads - before.threads));
    }
    if (after.files != before.files) {
        return check_fail(c, "opening it leaves %d more open files",
                          (int)(after.files - before.files));
    }
    if (after.caught != before.caught || after.ignored != before.ignored) {
        return check_fail(c, "opening it changes how signals are handled");
    }
    return count_files_here() == 0
               ? CHECK_OK
               : check_fail(c, "opening it writes files into the current folder");
}

enum check_verdict check_loads(check *c) {
    catalog *plugins = NULL;
    kinmu_err err = {{0}, {0}};
    int32_t status = catalog_load_file(c->file, &plugins, &err);
    catalog_free(plugins);
    return status == KINMU_OK ? CHECK_OK : check_fail(c, "%s", err.msg);
}
