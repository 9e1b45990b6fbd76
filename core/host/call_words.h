/* host/call_words.h - what stands on a command line, as values of a plugin's command. The way back
 * is call_text.h. */
#ifndef HOST_CALL_WORDS_H
#define HOST_CALL_WORDS_H

#include <kinmu/plugin.h>

/* 1 when the plugin has a command of that name. */
int32_t call_words_command(const kinmu_plugin *plugin, const char *name, kinmu_command *row);

/* "field=value" words to KINMU_FIELDS_MAX values in the command's order. Texts point into the
 * words. */
int32_t call_words_parse(const kinmu_command *command, char **words, uint32_t word_count,
                         kinmu_value *values, kinmu_err *err);

/* Whom the values name in their field "person"; "" = nobody. */
const char *call_words_person(const kinmu_command *command, const kinmu_value *values);

#endif
