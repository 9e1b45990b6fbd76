/* journal/receipt.h - an erasure under way, and what is told of it: events in the audit trail,
 * which stay, and JSON for who asked. */
#ifndef JOURNAL_RECEIPT_H
#define JOURNAL_RECEIPT_H

#include "journal/internal.h"

#define RECEIPT_NAME_SIZE 17

typedef struct doomed {
    uint8_t id[LAYOUT_KEY_ID_SIZE];
    keys_owner owner;
    uint64_t blocks;
    uint64_t events;
} doomed;

/* Keys that are meant and stay. */
typedef struct kept {
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    int32_t month;
    const char *why;
    uint64_t keys;
} kept;

typedef struct erasure {
    const char *reason;
    const char *note;     /* NULL = none */
    int64_t keep_days;    /* 0 = it is no keep time that is over */
    journal_spans wanted; /* months that lie in one of them */
    journal_spans spared; /* and touch none of them */
    uint64_t held_above;  /* own blocks above are nowhere else: their keys stay */
    char receipt[RECEIPT_NAME_SIZE];
    kept *kept;
    uint32_t kept_count;
    uint32_t kept_capacity;
    int32_t has_more; /* beyond KEYS_MAX: for another transaction */
    doomed *keys;
    uint32_t count;
    uint32_t capacity;
    uint64_t blocks;
    uint64_t events;
    int64_t unix_ns;
} erasure;

/* Writes the events of the erasure, in its transaction. */
int32_t receipt_record(journal *j, commit_state *state, const erasure *e, const keys_key *audit_key,
                       kinmu_err *err);
void receipt_write(const erasure *e, struct buffer *out);

#endif
