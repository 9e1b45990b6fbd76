/* cli/answer.h - a command's answer for people at a terminal: values as "name: value" lines, lists
 * of records as tables, or, where the terminal is too narrow for a row, record by record. Scripts
 * get the JSON as it came: who prints decides. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include "base/buffer.h"

#include <kinmu/base.h>

/* Appends the lines of an answer. `titles` has rows of kinmu_title: what names are called;
 * width_max is how many columns the terminal has. What is no JSON object is text already; nothing
 * that would steer a terminal is left in any. */
void answer_lines(buffer *out, const char *answer, size_t size, const kinmu_table *titles,
                  size_t width_max);

#endif
