/* workday/rounds/stored.h - rows of the store into book and logs: what replay.c does with two
 * files. All of it runs in a job.
 *
 * Pages follow the time or the block, so that nothing is missed; what two pages share is read
 * twice, which counts once.
 */
#ifndef WORKDAY_STORED_H
#define WORKDAY_STORED_H

#include "facts/intake.h"

#include <kinmu/iface/records.h>

#define STORED_ORIGIN_BYTES 16

typedef struct stored {
    const kinmu_host *host;
    const kinmu_records *records;
    uint64_t decision; /* rows are at least as new as it */
    intake intake;
    uint32_t refused;                    /* rows that fit no rule, left out */
    uint8_t origin[STORED_ORIGIN_BYTES]; /* of the row before, and as digits */
    char device[2 * STORED_ORIGIN_BYTES + 1];
    int32_t status; /* of the first failure; later reads do nothing */
} stored;

/* A table of master data, whatever its date. */
void stored_master(stored *s, uint32_t use);
/* Input of an account from a moment on; NULL = everybody's. */
void stored_input(stored *s, const char *account, int64_t from_ns);
/* Its other logs; "" = the machines themselves. */
void stored_logs(stored *s, const char *account, int64_t from_ns);
/* Punches that name the person, whoever's account made them. */
void stored_punches(stored *s, const char *person, int64_t from_ns);
/* What was requested and planned for a person, and what the attendance system says, of dates not
 * before "2026-11-22". */
void stored_papers(stored *s, const char *person, const char *employee_no, const char *from_date);

/* A row's origin as devices are called here; until the next call. */
const char *stored_device(stored *s, const uint8_t *origin);
/* Every row of a log from a moment on, which reads its whole table. */
void stored_since(stored *s, uint32_t schema, int64_t from_ns, kinmu_row_fn row, void *user);
/* The plugin's own rows and any others: every row of `schema` with field = text. */
void stored_rows(stored *s, uint32_t schema, const char *field, const char *text, kinmu_row_fn row,
                 void *user);
/* Whether the month, "2026-11", is closed: then it is for everybody. */
int32_t stored_has_closed(stored *s, const char *month_text);
/* Whether a record tells that it is, and who closed it. */
int32_t stored_tells_closing(stored *s, const char *month_text);

#endif
