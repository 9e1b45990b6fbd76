/* kinmu/iface/schemas.h - what an event of any schema looks like, for plugins that accept all. */
#ifndef KINMU_IFACE_SCHEMAS_H
#define KINMU_IFACE_SCHEMAS_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_SCHEMAS_1 "kinmu.schemas/1"

typedef struct kinmu_schemas {
    uint32_t struct_size;
    uint32_t reserved;

    /* The schema of an event whose `schema` is KINMU_SCHEMA_ANY or above; NULL when there is none.
     * Static for the host's life. [any] Since 1.0 */
    const kinmu_schema *(*find)(const kinmu_host *host, uint32_t schema);
} kinmu_schemas;

#ifdef __cplusplus
}
#endif
#endif
