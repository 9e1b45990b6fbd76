/* host/speaking.c - commands/1: which commands there are, and calls in somebody's name. Given by
 * name to Kinmu's own exporter `api` only, which makes sure who that somebody is; a runner has
 * none, so a plugin in a process of its own speaks for itself alone. */
#include "host/node_internal.h"

#include <string.h>

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
           (strncmp(caller, "person:", 7) == 0 || strncmp(caller, "token:", 6) == 0) &&
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

const kinmu_commands commands_table = {sizeof(kinmu_commands), 0, at, send_for};
