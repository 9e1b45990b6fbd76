/* ingest/policy.h - what the hub's conf.d wants of its agents, as the YAML text each of them gets
 * with its answers.
 *
 * Rows hold for all devices, for a group or for one device; the narrower one wins. What is the same
 * for many is built once. Purposes that are not in force here are named too, so that agents do not
 * write what this hub would decline. An agent checks the text itself; here every value is written
 * so that it can be nothing but a value.
 */
#ifndef INGEST_POLICY_H
#define INGEST_POLICY_H

#include <kinmu/option.h>

#define FLEET_POLICY_ROWS_MAX 500
#define FLEET_POLICY_ROWS_BYTES_MAX 57000u /* of all rows: any text then fits into an answer */
#define FLEET_POLICY_PURPOSES_MAX 64u
#define FLEET_POLICY_COLUMNS 10u

typedef struct fleet_policy_row {
    const char *group;  /* NULL = all */
    const char *device; /* name or id, NULL = all */
    const char *instance;
    const char *option;
    const char *value;
    kinmu_text_list values;
    const char *purpose;
    int32_t collect;
    const char *quiet;
    kinmu_text_list days;
} fleet_policy_row;

extern const kinmu_option fleet_policy_columns[FLEET_POLICY_COLUMNS];

typedef struct fleet_policy fleet_policy;

/* Copies the rows. E_CONFIG names the first that no agent could take. */
int32_t fleet_policy_create(const kinmu_rows *rows, fleet_policy **out, kinmu_err *err);
void fleet_policy_destroy(fleet_policy *p); /* accepts NULL */

/* Purposes not in force here; KINMU_OK or E_NOMEM. The same again costs nothing. */
int32_t fleet_policy_decline(fleet_policy *p, const char *const *purposes, uint32_t count);

/* The text of a device; NULL when out of memory. Valid until the next decline or destroy. */
const char *fleet_policy_for(fleet_policy *p, const char *group, const char *name, const char *id);

#endif
