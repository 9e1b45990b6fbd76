/* host/call_text.h - what a command answered, as a line of JSON for the command line. */
#ifndef HOST_CALL_TEXT_H
#define HOST_CALL_TEXT_H

#include "base/buffer.h"
#include <kinmu/value.h>

/* By the names of the command's output fields; a text whose unit is "json" stands as it is. */
void call_text(buffer *out, const kinmu_table *fields, const kinmu_value *values, uint32_t count);

/* Whether the answer is one text, which people are shown as it is. */
int32_t call_text_is_plain(const kinmu_table *fields);

#endif
