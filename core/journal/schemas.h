/* journal/schemas.h - the events the journal itself writes: what it folded and what it erased.
 *
 * Both must be in the registry given to journal_open.
 */
#ifndef JOURNAL_SCHEMAS_H
#define JOURNAL_SCHEMAS_H

#include <kinmu/schema.h>

#define JOURNAL_FOLD_SCHEMA "kinmu.journal.fold/1"
#define JOURNAL_ERASE_SCHEMA "kinmu.journal.erase/1"
#define JOURNAL_RECEIPT_SCHEMA "kinmu.journal.receipt/1"
#define JOURNAL_ERASE_REQUEST "request"
#define JOURNAL_ERASE_RETENTION "retention"
#define JOURNAL_AUDIT_PURPOSE "audit"

/* The table and its length; static data. */
const kinmu_schema *journal_schemas(uint32_t *count);

#endif
