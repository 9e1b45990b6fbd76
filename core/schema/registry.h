/* schema/registry.h - the schemas this process knows, learnt from plugins (and the core's own).
 *
 * A registry deep-copies what it is given. Adding the same name/version again keeps the version
 * with more fields when the shorter is a prefix of the longer, and refuses anything else, naming
 * the first field that differs. Infos are never freed or moved before the registry. Adding is [main
 * thread]; finding and reading are safe from any thread while nobody adds.
 */
#ifndef SCHEMA_REGISTRY_H
#define SCHEMA_REGISTRY_H

#include <kinmu/schema.h>

#define SCHEMA_NAME_SIZE 96
#define SCHEMAS_MAX 512

typedef struct schema_info {
    uint32_t id; /* 0 … count-1, in this process only */
    uint32_t field_count;
    char full_name[SCHEMA_NAME_SIZE]; /* "kinmu.input.minute/1" */
    const kinmu_schema *schema;       /* deep copy */
    const kinmu_field *fields;        /* deep copy, stride 1 row */
} schema_info;

typedef struct schema_registry schema_registry;
int32_t schema_registry_create(schema_registry **out);
void schema_registry_destroy(schema_registry *registry);
/* E_CONFIG with the difference in err; *out (may be NULL) is the merged info. */
int32_t schema_registry_add(schema_registry *registry, const kinmu_schema *schema,
                            const schema_info **out, kinmu_err *err);
const schema_info *schema_registry_find(const schema_registry *registry, const char *full_name,
                                        size_t name_size);
const schema_info *schema_registry_at(const schema_registry *registry, uint32_t id);
uint32_t schema_registry_count(const schema_registry *registry);

/* 1: a record in a block that decided nothing. Only a device sends such, under the name of a schema
 * that its hub did not know at the time; no reader may take it for a decision. */
int32_t schema_is_undecided(const schema_info *info, uint64_t decision);

/* Who may come in: passwords' hashes, sessions, tokens, kept answers. Rows of this purpose are
 * their owner's to read, from the store; nobody is sent, given out or printed them (ADR 0030). */
#define SCHEMA_PURPOSE_ACCESS "access"
int32_t schema_is_access(const char *purpose);

/* Reads row `index` of a table whose stride may differ from sizeof row. */
void schema_table_row(const kinmu_table *table, uint32_t index, void *row, size_t row_size);

/* Checks values against a schema: count, types, required, choices, UTF-8, sizes. Returns KINMU_OK
 * or E_REJECT with "schema.field: what" in err. */
int32_t schema_check_values(const schema_info *info, const kinmu_value *values, uint32_t count,
                            kinmu_err *err);
/* The same for an event; one with KINMU_EVENT_REMOVED needs its key fields only. */
int32_t schema_check_event(const schema_info *info, const kinmu_event *event, kinmu_err *err);

#endif
