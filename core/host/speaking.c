/* host/speaking.c - commands/1: which commands there are, and calls in somebody's name. Given by
 * name to Kinmu's own exporter `api` only, which makes sure who that somebody is; a runner has
 * none, so a plugin in a process of its own speaks for itself alone. */
#include "host/node_internal.h"

#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

#define FOLDER_SIZE 4352u

static instance *of(const kinmu_host *host) {
    return hosted_tag((const hosted *)(const void *)host);
}

static int32_t at(const kinmu_host *host, uint32_t index, const char **name,
                  kinmu_command *command) {
    for (const instance *i = of(host)->owner->instances; i != NULL; i = i->next) {
        const kinmu_table *table = &i->entry->plugin->commands;
        if (i->state != INSTANCE_RUNNING) {
            continue;
        }
        if (index < table->count) {
            *name = i->name;
            schema_table_row(table, index, command, sizeof *command);
            return KINMU_OK;
        }
        index -= table->count;
    }
    return KINMU_E_NOTFOUND;
}

static int32_t is_caller(const char *caller) {
    return caller != NULL && strlen(caller) <= KINMU_CALLER_BYTES_MAX &&
           (strncmp(caller, "person:", 7) == 0 || strncmp(caller, "token:", 6) == 0 ||
            strncmp(caller, "login:", 6) == 0) &&
           strchr(caller, ':')[1] != '\0';
}

static int32_t send_for(const kinmu_host *host, const kinmu_behalf *whose, const char *name,
                        const char *command, const kinmu_value *values, uint32_t count,
                        kinmu_answer_fn answer, void *user) {
    if (whose == NULL || whose->struct_size < sizeof *whose || !is_caller(whose->caller)) {
        return KINMU_E_REJECT;
    }
    return hosted_send((hosted *)(uintptr_t)host, whose, name, command, values, count, answer,
                       user);
}

/* What a daemon that was killed left there is nobody's. */
static int32_t empty(const char *path) {
    uv_fs_t list;
    uv_dirent_t entry;
    int32_t status = uv_fs_scandir(NULL, &list, path, 0, NULL) >= 0 ? KINMU_OK : KINMU_E_RETRY;
    while (status == KINMU_OK && uv_fs_scandir_next(&list, &entry) != UV_EOF) {
        char file[FOLDER_SIZE + 256];
        uv_fs_t gone;
        (void)snprintf(file, sizeof file, "%s/%s", path, entry.name);
        (void)uv_fs_unlink(NULL, &gone, file, NULL);
        uv_fs_req_cleanup(&gone);
    }
    uv_fs_req_cleanup(&list);
    return status;
}

/* As commands want paths: absolute. */
static int32_t print_absolute(const char *path, char *out, uint32_t size) {
    uv_fs_t real;
    int length = uv_fs_realpath(NULL, &real, path, NULL) == 0
                     ? snprintf(out, size, "%s", (const char *)real.ptr)
                     : -1;
    uv_fs_req_cleanup(&real);
    return length < 0 ? KINMU_E_RETRY : (uint32_t)length < size ? KINMU_OK : KINMU_E_NOMEM;
}

static int32_t folder(const kinmu_host *host, char *path, uint32_t size) {
    kinmu_err err;
    char made[FOLDER_SIZE];
    (void)snprintf(made, sizeof made, "%s/uploads", of(host)->owner->data);
    int32_t status = platform_make_private_folder(made, &err);
    status = status == KINMU_OK ? print_absolute(made, path, size) : KINMU_E_RETRY;
    return status == KINMU_OK ? empty(path) : status;
}

const kinmu_commands commands_table = {sizeof(kinmu_commands), 0, at, send_for, folder};
