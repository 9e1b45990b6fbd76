/* store/stamps.h - texts and ids behind the dictionary numbers of rows, for readers. Internal to
 * core/store.
 *
 * A row names its origin, zone, boot and subject by number. Rows that are read together share few
 * of them, so the last ones seen are remembered and most rows need no look-up; as a sub-query of
 * each row they took longer than all the rest of it. Numbers mean something within one transaction
 * only: a rebuilt store gives them anew.
 */
#ifndef STORE_STAMPS_H
#define STORE_STAMPS_H

#include "store/db.h"

#define STAMPS_REMEMBERED 64u /* of each kind; a power of two */
#define STAMPS_BYTES_MAX 256  /* the longest subject, its NUL included (schema/block.h) */

enum { STAMPS_ORIGIN, STAMPS_ZONE, STAMPS_BOOT_ID, STAMPS_SUBJECT, STAMPS_KINDS };

typedef struct stamp_text {
    int64_t number;
    int32_t is_filled;
    uint8_t bytes[STAMPS_BYTES_MAX]; /* an unknown number: zeros */
} stamp_text;

typedef struct stamps {
    sql_db *db; /* set by the owner */
    sql_statement *find[STAMPS_KINDS];
    stamp_text known[STAMPS_KINDS][STAMPS_REMEMBERED];
} stamps;

/* At the begin of each transaction: forgets what earlier ones said. */
void stamps_begin(stamps *s);
/* 16 bytes, or a terminated text; lives until the next call for the same kind. */
int32_t stamps_find(stamps *s, uint32_t kind, int64_t number, const uint8_t **out, kinmu_err *err);
/* Before the database is closed. */
void stamps_finish(stamps *s);

#endif
