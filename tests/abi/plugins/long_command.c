/* A plugin whose command has more fields than callers have room for: it must be refused. */
#include "variant.h"

static const kinmu_field fields[KINMU_FIELDS_MAX + 1] = {
    {"first", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, NULL, NULL, "First."}};
static const kinmu_command commands[] = {
    {"list", "operator", KINMU_TABLE(fields), KINMU_TABLE_EMPTY, "Lists.", NULL}};
static const kinmu_plugin long_command = {.struct_size = sizeof(kinmu_plugin),
                                          .kind = KINMU_COLLECTOR,
                                          .name = "com.acme.long-command",
                                          .version = "1.0.0",
                                          .commands = KINMU_TABLE(commands),
                                          .create = variant_create,
                                          .start = variant_start,
                                          .stop = variant_stop,
                                          .destroy = variant_destroy};

KINMU_MODULE(&long_command);
