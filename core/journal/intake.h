/* journal/intake.h - blocks of other devices on their way into this journal: checked, then queued.
 *
 * A parcel is what one device sent at once: keys, blocks that continue its chain, one signed head.
 * Checking is pure over the parcel and where the chain stood before; queueing is memory; committing
 * is the writer's, in the same transaction as everything else. Nothing here decrypts.
 */
#ifndef JOURNAL_INTAKE_H
#define JOURNAL_INTAKE_H

#include "journal/journal.h"
#include "journal/keys.h"
#include "journal/layout.h"
#include "journal/transfer.h"

/* A device this journal holds or will hold blocks of. Guarded by the journal's mutex. */
typedef struct intake_origin {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    int64_t row; /* in table origin; 0 = not there yet; the writer's own */
    journal_standing queued;
    uint64_t ticket; /* of its newest parcel */
    int32_t in_use;  /* a parcel of it is being checked */
    int32_t is_loaded;
} intake_origin;

typedef struct intake_block {
    const uint8_t *header;
    const uint8_t *payload;   /* NULL: a tombstone instead */
    const uint8_t *tombstone; /* NULL: this node signs one, JOURNAL_BLOCK_WITHHELD */
    uint32_t header_size;
    uint32_t payload_size;
} intake_block;

/* In the queue; owns all its bytes. */
typedef struct intake_parcel {
    struct intake_parcel *next;
    intake_origin *from;
    uint64_t bytes;
    uint64_t events;
    layout_head head;
    journal_contact contact;
    intake_block *blocks;
    journal_foreign_key *keys;
    uint32_t block_count;
    uint32_t key_count;
    uint8_t data[]; /* headers, payloads, tombstones */
} intake_parcel;

typedef struct intake intake; /* origins by their id */
int32_t intake_create(intake **out);
void intake_destroy(intake *in);
/* Found or made; NULL without memory or beyond JOURNAL_ORIGINS_MAX. */
intake_origin *intake_find(intake *in, const uint8_t origin[LAYOUT_ORIGIN_SIZE]);
intake_origin *intake_add(intake *in, const uint8_t origin[LAYOUT_ORIGIN_SIZE]);

/* Checks the parcel against the place its chain stood at; *first is the first block not known yet,
 * *after where the chain stands behind the last. What it says is journal_take's. */
int32_t intake_check(crypto *digest, const journal_standing *before, const journal_parcel *parcel,
                     uint32_t *first, journal_standing *after, kinmu_err *err);
/* Copies blocks from `first` on, the keys and the head. */
intake_parcel *intake_pack(const journal_parcel *parcel, uint32_t first);
void intake_parcel_free(intake_parcel *parcel);

#endif
