/* cli/receipts.h - `kinmu journal receipts`: what was destroyed, and that it is. */
#ifndef CLI_RECEIPTS_H
#define CLI_RECEIPTS_H

#include "schema/registry.h"

/* Prints the receipts of erasures, or the one named, oldest first, each with what is true of it
 * now: its keys are in no file here, no payload is left, the chain is whole. *code: the exit code,
 * not 0 when one does not hold. */
int32_t receipts_show(const char *data, const schema_registry *schemas, const char *only, int *code,
                      kinmu_err *err);

#endif
