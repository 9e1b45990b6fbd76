/* json/selection.c - names to schema numbers and numbers to schemas. See selection.h. */
#include "selection.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const kinmu_schema *schema_of(const selection *s, uint32_t number) {
    if (number < s->own_count) {
        return s->own[number].schema;
    }
    return number >= KINMU_SCHEMA_ANY && s->others != NULL ? s->others->find(s->host, number)
                                                           : NULL;
}

static int32_t is_named(const kinmu_schema *schema, const char *full_name) {
    char known[KINMU_NAME_BYTES_MAX * 2];
    if (schema == NULL) {
        return 0;
    }
    (void)snprintf(known, sizeof known, "%s/%u", schema->name, (unsigned)schema->version);
    return strcmp(known, full_name) == 0;
}

/* Own numbers go first: the host delivers a schema of our table under our number. */
static int32_t find_number(const selection *s, const char *full_name, uint32_t *number) {
    for (uint32_t i = 0; i < s->own_count; i++) {
        if (is_named(schema_of(s, i), full_name)) {
            *number = i;
            return 1;
        }
    }
    for (uint32_t i = 0; i < SELECTION_SEARCH_MAX; i++) {
        const kinmu_schema *schema = schema_of(s, KINMU_SCHEMA_ANY + i);
        if (schema == NULL) {
            return 0;
        }
        if (is_named(schema, full_name)) {
            *number = KINMU_SCHEMA_ANY + i;
            return 1;
        }
    }
    return 0;
}

int32_t selection_make(selection *s, const kinmu_host *host, const kinmu_table *own,
                       const kinmu_text_list *names, kinmu_err *err) {
    assert(own->stride == sizeof *s->own);
    memset(s, 0, sizeof *s);
    s->host = host;
    s->others = host->iface(host, KINMU_SCHEMAS_1);
    s->own = own->rows;
    s->own_count = own->count;
    for (uint32_t i = 0; i < names->count && i < SELECTION_NAMES_MAX; i++) {
        if (!find_number(s, names->items[i], &s->numbers[s->number_count])) {
            (void)snprintf(err->key, sizeof err->key, "json.schema");
            (void)snprintf(err->msg, sizeof err->msg,
                           "json: schemas: no installed plugin knows \"%.80s\"; names look like "
                           "kinmu.input.minute/1",
                           names->items[i]);
            return KINMU_E_CONFIG;
        }
        s->number_count++;
    }
    return KINMU_OK;
}

const kinmu_schema *selection_schema(const selection *s, uint32_t number) {
    for (uint32_t i = 0; i < s->number_count; i++) {
        if (s->numbers[i] == number) {
            return schema_of(s, number);
        }
    }
    return s->number_count == 0 ? schema_of(s, number) : NULL;
}
