/* host/call_text.h - what a command answered, as a line of JSON for the command line. */
#ifndef HOST_CALL_TEXT_H
#define HOST_CALL_TEXT_H

#include "base/buffer.h"
#include <kinmu/value.h>

/* By the names of the command's output fields; a text whose unit is "json" stands as it is. */
void call_text(buffer *out, const kinmu_table *fields, const kinmu_value *values, uint32_t count);

#endif
