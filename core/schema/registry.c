/* schema/registry.c - see registry.h. Copies live in chunks that are only freed as a whole. */
#include "schema/registry.h"

#include "base/error.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct schema_entry {
    schema_info info;
    kinmu_schema schema;
    kinmu_field fields[KINMU_FIELDS_MAX];
    char *texts[KINMU_FIELDS_MAX * 4 + 5];
    uint32_t text_count;
} schema_entry;

struct schema_registry {
    schema_entry *entries[SCHEMAS_MAX];
    uint32_t count;
};

int32_t schema_registry_create(schema_registry **out) {
    *out = calloc(1, sizeof **out);
    return *out != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static void free_texts(schema_entry *entry) {
    for (uint32_t i = 0; i < entry->text_count; i++) {
        free(entry->texts[i]);
    }
    entry->text_count = 0;
}

void schema_registry_destroy(schema_registry *registry) {
    if (registry == NULL) {
        return;
    }
    for (uint32_t i = 0; i < registry->count; i++) {
        free_texts(registry->entries[i]);
        free(registry->entries[i]);
    }
    free(registry);
}

void schema_table_row(const kinmu_table *table, uint32_t index, void *row, size_t row_size) {
    size_t size = table->stride < row_size ? table->stride : row_size;
    memset(row, 0, row_size);
    memcpy(row, (const uint8_t *)table->rows + (size_t)index * table->stride, size);
}

static const char *keep(schema_entry *entry, const char *text) {
    if (text == NULL) {
        return NULL;
    }
    char *copy = text_duplicate(text);
    if (copy != NULL) {
        entry->texts[entry->text_count++] = copy;
    }
    return copy;
}

/* Deep copy of a schema of any table stride into an entry that holds no texts yet. */
static int32_t copy_schema(schema_entry *entry, const kinmu_schema *schema) {
    size_t size = schema->struct_size < sizeof *schema ? schema->struct_size : sizeof *schema;
    memset(&entry->schema, 0, sizeof entry->schema);
    memcpy(&entry->schema, schema, size);
    kinmu_table table = entry->schema.fields;
    for (uint32_t i = 0; i < table.count; i++) {
        kinmu_field *field = &entry->fields[i];
        schema_table_row(&table, i, field, sizeof *field);
        field->name = keep(entry, field->name);
        field->unit = keep(entry, field->unit != NULL ? field->unit : "");
        field->choices = keep(entry, field->choices);
        field->doc = keep(entry, field->doc != NULL ? field->doc : "");
        if (field->name == NULL || field->unit == NULL || field->doc == NULL) {
            return KINMU_E_NOMEM;
        }
    }
    entry->schema.struct_size = (uint32_t)sizeof entry->schema;
    entry->schema.name = keep(entry, schema->name);
    entry->schema.purpose = keep(entry, schema->purpose);
    entry->schema.owner = keep(entry, entry->schema.owner);
    entry->schema.indexes = keep(entry, entry->schema.indexes);
    entry->schema.doc = keep(entry, entry->schema.doc != NULL ? entry->schema.doc : "");
    entry->schema.fields.rows = entry->fields;
    entry->schema.fields.count = table.count;
    entry->schema.fields.stride = (uint32_t)sizeof(kinmu_field);
    entry->info.schema = &entry->schema;
    entry->info.fields = entry->fields;
    entry->info.field_count = table.count;
    return entry->schema.name != NULL && entry->schema.purpose != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static int32_t is_taken(const kinmu_schema *schema, uint32_t index, const char *name) {
    for (uint32_t i = 0; i < index; i++) {
        kinmu_field other;
        schema_table_row(&schema->fields, i, &other, sizeof other);
        if (strcmp(other.name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int32_t check_shape(const kinmu_schema *schema, char *full_name, kinmu_err *err) {
    if (schema == NULL || schema->struct_size < offsetof(kinmu_schema, doc) ||
        schema->name == NULL || schema->purpose == NULL || schema->version == 0 ||
        schema->fields.count == 0 || schema->fields.count > KINMU_FIELDS_MAX ||
        schema->fields.rows == NULL || schema->fields.stride < offsetof(kinmu_field, doc) ||
        (schema->kind != KINMU_KIND_LOG && schema->kind != KINMU_KIND_RECORD) ||
        snprintf(full_name, SCHEMA_NAME_SIZE, "%s/%u", schema->name, schema->version) >=
            SCHEMA_NAME_SIZE) {
        return error_set(
            err, KINMU_E_CONFIG, "schema.shape",
            "schema \"%s\": name, version, kind, purpose or fields are missing or out of bounds",
            schema != NULL && schema->name != NULL ? schema->name : "(none)");
    }
    uint32_t keys = 0;
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        kinmu_field field;
        schema_table_row(&schema->fields, i, &field, sizeof field);
        keys += (field.flags & KINMU_FIELD_KEY) != 0;
        if (field.name == NULL || field.name[0] == '\0' ||
            strlen(field.name) > KINMU_NAME_BYTES_MAX || field.type == KINMU_TYPE_NULL ||
            field.type > KINMU_TYPE_TIME) {
            return error_set(err, KINMU_E_CONFIG, "schema.field",
                             "schema \"%s\": field %u has no valid name or type", full_name, i);
        }
        if (is_taken(schema, i, field.name)) {
            return error_set(err, KINMU_E_CONFIG, "schema.twice",
                             "schema \"%s\": field \"%s\" stands there twice", full_name,
                             field.name);
        }
    }
    if (schema->kind == KINMU_KIND_RECORD && keys == 0) {
        return error_set(err, KINMU_E_CONFIG, "schema.key",
                         "schema \"%s\": a record needs a KEY field", full_name);
    }
    return KINMU_OK;
}

static int32_t same_text(const char *a, const char *b) {
    return (a == NULL ? 1 : a[0] == '\0') == (b == NULL ? 1 : b[0] == '\0') &&
           (a == NULL || b == NULL || strcmp(a, b) == 0);
}

/* The common fields must agree in everything that changes meaning. */
static int32_t check_compatible(const schema_entry *known, const kinmu_schema *schema,
                                kinmu_err *err) {
    uint32_t common = known->info.field_count < schema->fields.count ? known->info.field_count
                                                                     : schema->fields.count;
    for (uint32_t i = 0; i < common; i++) {
        kinmu_field field;
        schema_table_row(&schema->fields, i, &field, sizeof field);
        const kinmu_field *mine = &known->fields[i];
        if (strcmp(field.name, mine->name) != 0 || field.type != mine->type ||
            field.flags != mine->flags || field.privacy != mine->privacy ||
            field.role != mine->role || !same_text(field.unit, mine->unit) ||
            !same_text(field.choices, mine->choices)) {
            return error_set(
                err, KINMU_E_CONFIG, "schema.changed",
                "schema \"%s\": field %u is \"%s\" here and \"%s\" there, or differs in type, "
                "unit, class or choices; only appending fields is allowed: raise the version",
                known->info.full_name, i, field.name, mine->name);
        }
    }
    if (schema->kind != known->schema.kind || strcmp(schema->purpose, known->schema.purpose) != 0 ||
        !same_text(schema->owner, known->schema.owner)) {
        return error_set(err, KINMU_E_CONFIG, "schema.changed",
                         "schema \"%s\": kind, purpose or owner differs from another plugin's",
                         known->info.full_name);
    }
    return KINMU_OK;
}

int32_t schema_registry_add(schema_registry *registry, const kinmu_schema *schema,
                            const schema_info **out, kinmu_err *err) {
    char full_name[SCHEMA_NAME_SIZE];
    int32_t status = check_shape(schema, full_name, err);
    if (status != KINMU_OK) {
        return status;
    }
    const schema_info *found = schema_registry_find(registry, full_name, strlen(full_name));
    schema_entry *entry = found != NULL ? registry->entries[found->id] : NULL;
    if (entry != NULL) {
        status = check_compatible(entry, schema, err);
        if (status == KINMU_OK && schema->fields.count > entry->info.field_count) {
            free_texts(entry);
            status = copy_schema(entry, schema);
        }
    } else if (registry->count == SCHEMAS_MAX) {
        return error_set(err, KINMU_E_CONFIG, "schema.many", "more than %d schemas", SCHEMAS_MAX);
    } else {
        entry = calloc(1, sizeof *entry);
        if (entry == NULL) {
            return KINMU_E_NOMEM;
        }
        memcpy(entry->info.full_name, full_name, sizeof full_name);
        entry->info.id = registry->count;
        status = copy_schema(entry, schema);
        if (status != KINMU_OK) {
            free_texts(entry);
            free(entry);
            return status;
        }
        registry->entries[registry->count++] = entry;
    }
    if (out != NULL) {
        *out = &entry->info;
    }
    return status;
}

const schema_info *schema_registry_find(const schema_registry *registry, const char *full_name,
                                        size_t name_size) {
    for (uint32_t i = 0; i < registry->count; i++) {
        const char *name = registry->entries[i]->info.full_name;
        if (strlen(name) == name_size && memcmp(name, full_name, name_size) == 0) {
            return &registry->entries[i]->info;
        }
    }
    return NULL;
}

const schema_info *schema_registry_at(const schema_registry *registry, uint32_t id) {
    return id < registry->count ? &registry->entries[id]->info : NULL;
}

int32_t schema_is_access(const char *purpose) {
    return strcmp(purpose, SCHEMA_PURPOSE_ACCESS) == 0;
}

int32_t schema_is_undecided(const schema_info *info, uint64_t decision) {
    return info->schema->kind == KINMU_KIND_RECORD && decision == 0;
}

uint32_t schema_registry_count(const schema_registry *registry) {
    return registry->count;
}

static const char *check_value(const kinmu_field *field, const kinmu_value *value) {
    if (value->type == KINMU_TYPE_NULL) {
        return (field->flags & (KINMU_FIELD_REQUIRED | KINMU_FIELD_KEY)) != 0 ? "is required"
                                                                              : NULL;
    }
    if (value->type != field->type) {
        return "has the wrong type";
    }
    switch (value->type) {
    case KINMU_TYPE_BOOL:
        return value->as.i64 == 0 || value->as.i64 == 1 ? NULL : "is neither true nor false";
    case KINMU_TYPE_F64:
        return isfinite(value->as.f64) ? NULL : "is not a finite number";
    case KINMU_TYPE_TEXT:
        if (value->size > KINMU_TEXT_BYTES_MAX || (value->size > 0 && value->as.text == NULL)) {
            return "is too long";
        }
        if (!text_is_utf8(value->as.text, value->size)) {
            return "is not valid UTF-8";
        }
        return field->choices == NULL || text_is_choice(field->choices, value->as.text, value->size)
                   ? NULL
                   : "is not one of its choices";
    case KINMU_TYPE_BYTES:
        return value->size > KINMU_TEXT_BYTES_MAX || (value->size > 0 && value->as.bytes == NULL)
                   ? "is too long"
                   : NULL;
    default:
        return NULL;
    }
}

/* At most so much of an encoded event is not the content of texts and bytes. */
#define EVENT_HEAD_BYTES (SCHEMA_NAME_SIZE + 32u)
#define VALUE_HEAD_BYTES 9u

static int32_t check_values(const schema_info *info, const kinmu_value *values, uint32_t count,
                            int32_t only_keys, kinmu_err *err) {
    if (count > info->field_count || (count > 0 && values == NULL)) {
        return error_set(err, KINMU_E_REJECT, "schema.count", "%s: %u values for %u fields",
                         info->full_name, count, info->field_count);
    }
    static const kinmu_value null;
    size_t bytes = EVENT_HEAD_BYTES + (size_t)count * VALUE_HEAD_BYTES;
    for (uint32_t i = 0; i < count; i++) {
        int32_t has_bytes = values[i].type == KINMU_TYPE_TEXT || values[i].type == KINMU_TYPE_BYTES;
        bytes += has_bytes ? values[i].size : 0;
    }
    if (bytes > KINMU_EVENT_BYTES_MAX) {
        return error_set(err, KINMU_E_REJECT, "schema.size",
                         "%s: the event is larger than %d bytes", info->full_name,
                         KINMU_EVENT_BYTES_MAX);
    }
    for (uint32_t i = 0; i < info->field_count; i++) {
        if (only_keys && (info->fields[i].flags & KINMU_FIELD_KEY) == 0 &&
            (i >= count || values[i].type == KINMU_TYPE_NULL)) {
            continue;
        }
        const char *problem = check_value(&info->fields[i], i < count ? &values[i] : &null);
        if (problem != NULL) {
            return error_set(err, KINMU_E_REJECT, "schema.value", "%s.%s %s", info->full_name,
                             info->fields[i].name, problem);
        }
    }
    return KINMU_OK;
}

int32_t schema_check_values(const schema_info *info, const kinmu_value *values, uint32_t count,
                            kinmu_err *err) {
    return check_values(info, values, count, 0, err);
}

int32_t schema_check_event(const schema_info *info, const kinmu_event *event, kinmu_err *err) {
    return check_values(info, event->values, event->value_count,
                        (event->flags & KINMU_EVENT_REMOVED) != 0, err);
}
