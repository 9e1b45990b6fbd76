/* cli/answer.h - a command's answer for people at a terminal: values as "name: value" lines, lists
 * of records as tables. Scripts get the JSON as it came: who prints decides. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "base/buffer.h"

/* Appends the lines of an answer. What is no JSON object is text already; nothing that would steer
 * a terminal is left in any. */
void answer_lines(buffer *out, const char *answer, size_t size);

#endif
