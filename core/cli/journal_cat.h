/* cli/journal_cat.h - prints committed events, oldest first, as lines for people or as NDJSON. */
#ifndef CLI_JOURNAL_CAT_H
#define CLI_JOURNAL_CAT_H

#include "schema/registry.h"

typedef struct cat_options {
    int is_json;
    int follows;        /* waits for more until it is ended */
    const char *schema; /* "kinmu.input.minute/1", NULL = all */
} cat_options;

/* To standard output. Damaged blocks and unknown schemas are told on standard error. */
int32_t cat_journal(const char *data, const schema_registry *schemas, const cat_options *options,
                    kinmu_err *err);

#endif
