/* no_iface.c - takes for granted in start a service it never asked about. */
#include "good.h"

#include <kinmu/iface/schemas.h>

static int32_t bad_start(void *instance, kinmu_err *err) {
    const good *self = instance;
    const kinmu_schemas *schemas = self->host->iface(self->host, KINMU_SCHEMAS_1);
    (void)schemas->find(self->host, KINMU_SCHEMA_ANY);
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
