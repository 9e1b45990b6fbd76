/* host/call_words.c - see call_words.h. */
#include "host/call_words.h"

#include "base/error.h"
#include "schema/registry.h"

#include <stdlib.h>
#include <string.h>

int32_t call_words_command(const kinmu_plugin *plugin, const char *name, kinmu_command *row) {
    const kinmu_table *table = &plugin->commands;
    for (uint32_t at = 0; at < table->count; at++) {
        schema_table_row(table, at, row, sizeof *row);
        if (strcmp(row->name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

int32_t call_words_parse(const kinmu_command *command, char **words, uint32_t word_count,
                         kinmu_value *values, kinmu_err *err) {
    memset(values, 0, KINMU_FIELDS_MAX * sizeof *values);
    for (uint32_t w = 0; w < word_count; w++) {
        char *equals = strchr(words[w], '=');
        uint32_t i = 0;
        kinmu_field field = {0};
        for (; equals != NULL && i < command->input.count; i++) {
            schema_table_row(&command->input, i, &field, sizeof field);
            if (strlen(field.name) == (size_t)(equals - words[w]) &&
                memcmp(field.name, words[w], (size_t)(equals - words[w])) == 0) {
                break;
            }
        }
        if (equals == NULL || i == command->input.count) {
            return error_set(err, KINMU_E_REJECT, "call.word",
                             "%s has no field for \"%s\"; give field=value", command->name,
                             words[w]);
        }
        char *end = NULL;
        if (field.type == KINMU_TYPE_TEXT) {
            values[i] = kinmu_text(equals + 1);
        } else if (field.type == KINMU_TYPE_F64) {
            values[i] = kinmu_f64(strtod(equals + 1, &end));
        } else if (field.type == KINMU_TYPE_BOOL) {
            values[i] = kinmu_bool(strcmp(equals + 1, "true") == 0);
        } else {
            values[i] = kinmu_i64(strtoll(equals + 1, &end, 10));
            values[i].type = field.type;
        }
        if (end != NULL && (*end != '\0' || end == equals + 1)) {
            return error_set(err, KINMU_E_REJECT, "call.number", "\"%s\": not a number", words[w]);
        }
    }
    return KINMU_OK;
}

const char *call_words_person(const kinmu_command *command, const kinmu_value *values) {
    for (uint32_t i = 0; i < command->input.count; i++) {
        kinmu_field field;
        schema_table_row(&command->input, i, &field, sizeof field);
        if (strcmp(field.name, "person") == 0 && values[i].type == KINMU_TYPE_TEXT) {
            return values[i].as.text;
        }
    }
    return "";
}
