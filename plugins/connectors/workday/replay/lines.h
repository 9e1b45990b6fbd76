/* workday/replay/lines.h - NDJSON as the json exporter writes it: lines in, rows out. */
#ifndef WORKDAY_LINES_H
#define WORKDAY_LINES_H

#include "facts/intake.h"

#include <stdio.h>

#define LINES_SIZE_MAX (1024 * 1024) /* of one line */

typedef struct lines_report {
    uint64_t faults;
    list ignored; /* uint32_t: lines of a schema no rule reads, by number of its name */
} lines_report;

/* Reads a file to its end; tells every fault on `errors`. KINMU_OK also with faults; KINMU_E_NOMEM;
 * KINMU_E_NOTFOUND when the file cannot be read, which is told too. */
int32_t lines_read(intake *in, const char *path, FILE *errors, lines_report *report);
/* One line of output. */
void lines_put(FILE *out, const kinmu_schema *schema, const kinmu_value *values);

#endif
