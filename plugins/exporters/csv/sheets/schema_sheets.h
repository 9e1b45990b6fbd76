/* csv/sheets/schema_sheets.h - one CSV file for every schema asked for, with all its fields as they
 * are.
 *
 * Columns: time, subject, origin, then the fields under their own names. Times are RFC 3339 with
 * the offset in force; bytes are hexadecimal; null is an empty cell. A schema without events gives
 * a header only. Rows keep the order of delivery.
 */
#ifndef CSV_SCHEMA_SHEETS_H
#define CSV_SCHEMA_SHEETS_H

#include "writing/sheet.h"

#include <kinmu/schema.h>

#define SCHEMA_SHEETS_MAX 64

typedef struct schema_sheets schema_sheets;

/* A schema asked for, and the number its events come under. */
typedef struct schema_pick {
    uint32_t number;
    const kinmu_schema *schema;
} schema_pick;

/* A schema picked twice is written once. */
int32_t schema_sheets_create(folder *f, const schema_pick *picks, uint32_t count,
                             schema_sheets **out, kinmu_err *err);
void schema_sheets_event(schema_sheets *sheets, const kinmu_event *event);
int32_t schema_sheets_finish(schema_sheets *sheets, kinmu_err *err);
void schema_sheets_destroy(schema_sheets *sheets); /* before its folder; NULL is fine */

#endif
