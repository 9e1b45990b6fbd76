/* host/looks.c - see looks.h. */
#include "host/looks.h"

#include <string.h>

#define MASTER_DATA "people"
#define MAY_LOOK "access_use"

uint32_t looks_privacy(const kinmu_command *command) {
    uint32_t highest = KINMU_PRIVACY_NONE;
    for (uint32_t i = 0; i < command->output.count; i++) {
        kinmu_field field;
        schema_table_row(&command->output, i, &field, sizeof field);
        highest = field.privacy > highest ? field.privacy : highest;
    }
    return highest;
}

int32_t looks_ask(node *n, const char *caller, const char *what, const char *person,
                  call_answer_fn answer, void *user, kinmu_err *err) {
    const kinmu_behalf whose = {(uint32_t)sizeof whose, KINMU_RIGHTS_ALL, caller};
    const kinmu_value values[] = {kinmu_text(what),
                                  person[0] != '\0' ? kinmu_text(person) : kinmu_null()};
    for (const instance *i = n->instances; i != NULL; i = i->next) {
        if (strcmp(i->entry->plugin->name, MASTER_DATA) == 0) {
            int32_t status =
                calls_send(n, &whose, i->name, MAY_LOOK, values, 2, answer, user, NULL, err);
            return status == KINMU_OK ? 1 : status;
        }
    }
    return 0;
}
