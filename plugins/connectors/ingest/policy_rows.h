/* ingest/policy_rows.h - the rows of `policy` read and checked: each sets one option of an agent's
 * plugin, says of one purpose whether it is collected, or names quiet hours. */
#ifndef INGEST_POLICY_ROWS_H
#define INGEST_POLICY_ROWS_H

#include "policy.h"

enum { POLICY_OPTION, POLICY_PURPOSE, POLICY_QUIET };
#define POLICY_SECTIONS 3u
extern const char *const policy_sections[POLICY_SECTIONS];

/* A row as it will be written; all texts are its own. */
typedef struct policy_item {
    int32_t kind;
    int32_t collect;
    uint32_t section; /* of an option's instance */
    char *group;      /* "" = all */
    char *device;
    char *name;   /* instance, purpose, or hours */
    char *option; /* "" unless it is one */
    char *yaml;   /* an option's value; ", days: […]" of quiet hours, or "" */
} policy_item;

int32_t policy_items_read(const kinmu_rows *rows, policy_item **out, uint32_t *count,
                          kinmu_err *err);
void policy_items_free(policy_item *items, uint32_t count);
char *policy_copy(const char *text); /* malloc; NULL counts as "" */
/* 1 when both set the same option, or say something of the same purpose. */
int32_t policy_same_target(const policy_item *a, const policy_item *b);

#endif
