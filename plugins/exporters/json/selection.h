/* json/selection.h - which schemas are written, and what an event's schema number stands for.
 *
 * Own schemas have the numbers of the plugin's table; all others are the host's to explain
 * (kinmu/iface/schemas.h). Pure but for asking the host.
 */
#ifndef JSON_SELECTION_H
#define JSON_SELECTION_H

#include <kinmu/iface/schemas.h>

#define SELECTION_NAMES_MAX 64
#define SELECTION_SEARCH_MAX 4096 /* schemas of other plugins looked through for a name */

typedef struct selection {
    const kinmu_host *host;
    const kinmu_schemas *others; /* NULL: this host has none to tell of */
    const kinmu_schema_use *own;
    uint32_t own_count;
    uint32_t number_count; /* 0 = everything */
    uint32_t numbers[SELECTION_NAMES_MAX];
} selection;

/* Takes names like "kinmu.input.minute/1"; none = everything. E_CONFIG for an unknown one. `own`
 * must outlive it; a row without a schema (accept any) stands for nothing itself. */
int32_t selection_make(selection *s, const kinmu_host *host, const kinmu_table *own,
                       const kinmu_text_list *names, kinmu_err *err);
/* The schema, or NULL when such events are not to be written. */
const kinmu_schema *selection_schema(const selection *s, uint32_t number);

#endif
