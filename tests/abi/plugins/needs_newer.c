/* A plugin that cannot work with any host below minor 999: it must be refused, both versions named.
 */
#include "variant.h"

static const kinmu_plugin needs_newer = VARIANT(sizeof(kinmu_plugin), "com.acme.needs-newer");
static const kinmu_plugin *const plugins[] = {&needs_newer};

KINMU_EXPORT extern const kinmu_module kinmu_module_v1;
const kinmu_module kinmu_module_v1 = {sizeof(kinmu_module), 999, 999, 0, KINMU_TABLE(plugins)};
