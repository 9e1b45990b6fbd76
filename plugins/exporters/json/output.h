/* json/output.h - one file of an export: written under a temporary name, shown whole or not at all.
 *
 * Blocks: for jobs. After output_commit the file is on stable storage under its name.
 */
#ifndef JSON_OUTPUT_H
#define JSON_OUTPUT_H

#include "buffer.h"

typedef struct output output;

int32_t output_open(const char *directory, const char *name, output **out, kinmu_err *err);
/* Where lines are appended; call output_flush after each batch. */
buffer *output_buffer(output *o);
int32_t output_flush(output *o, kinmu_err *err);
int32_t output_commit(output *o, kinmu_err *err);
/* Removes what was not committed and frees; NULL is fine. */
void output_destroy(output *o);

#endif
