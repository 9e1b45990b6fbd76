/* ledger.h - a journal of numbered events without a daemon, for tests that damage its files.
 *
 * Each number is published once, with some noise as filler that is derived from it; reading tells
 * which numbers are there and whether each is exactly what was published. */
#ifndef CRASH_LEDGER_H
#define CRASH_LEDGER_H

#include "daemon.h"

#include "journal/journal.h"
#include "journal/verify.h"

#define LEDGER_NUMBERS_MAX 12000u
#define LEDGER_FILLER_MAX 6000u

typedef struct ledger {
    char directory[DAEMON_PATH_SIZE];
    schema_registry *schemas;
    const schema_info *number;
    journal *j;
    uint32_t unsafe_sync_off;
} ledger;

typedef struct ledger_content {
    uint8_t seen[LEDGER_NUMBERS_MAX]; /* how often */
    uint32_t events;
    uint32_t blocks;
    uint32_t damaged_blocks; /* told as such */
    uint32_t wrong_events;   /* not what was published, and nobody said so */
    int32_t status;          /* KINMU_OK when reading came to the end */
} ledger_content;

void ledger_prepare(ledger *l);
void ledger_finish(ledger *l); /* the folder stays */
int32_t ledger_open(ledger *l, kinmu_err *err);
/* Publishes `number` with that much filler; a cursor goes with it when it is odd. */
void ledger_append(ledger *l, uint32_t number, uint32_t filler_size, uint64_t *ticket);
/* The same, for a journal that may have failed: what journal_append says. */
int32_t ledger_try_append(ledger *l, uint32_t number, uint32_t filler_size, uint64_t *ticket);
void ledger_read(const ledger *l, ledger_content *content);
/* VERIFY_*, or -1 when the check could not be made. */
int32_t ledger_verify(const ledger *l);

#endif
