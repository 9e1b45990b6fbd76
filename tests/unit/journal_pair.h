/* tests/unit/journal_pair.h - a device's journal and a hub's, and the device's blocks on their way,
 * as core/fleet carries them. */
#ifndef JOURNAL_PAIR_H
#define JOURNAL_PAIR_H

#include "journal_fixture.h"

#include "journal/transfer.h"

typedef struct pair {
    fixture *device;
    fixture *hub;
    journal_reader *reader; /* of the device */
    journal_foreign_block blocks[64];
    journal_foreign_key keys[8];
    uint8_t bytes[1 << 20];
    uint8_t hash[32];
    uint8_t signature[64];
    journal_parcel parcel;
} pair;

static inline int pair_setup(void **state) {
    pair *p = calloc(1, sizeof *p);
    p->device = fixture_make();
    fixture_open(p->device);
    p->hub = fixture_make();
    fixture_open(p->hub);
    *state = p;
    return 0;
}

static inline int pair_teardown(void **state) {
    pair *p = *state;
    void *fixtures[2] = {p->device, p->hub};
    journal_reader_close(p->reader);
    fixture_teardown(&fixtures[0]);
    fixture_teardown(&fixtures[1]);
    free(p);
    return 0;
}

static inline void pair_record(pair *p, int64_t keys) {
    assert_int_equal(append_minute(p->device, "alice", NOON + keys * SECOND, keys, "vi", NULL), 0);
    journal_flush(p->device->journal);
}

static inline const uint8_t *pair_keep(uint8_t **to, const uint8_t *from, uint32_t size) {
    uint8_t *kept = *to;
    if (from == NULL) {
        return NULL;
    }
    memcpy(kept, from, size);
    *to += size;
    return kept;
}

/* All own blocks above `chain`, at most `most`, with a fresh head. */
static inline void pair_pack(pair *p, uint64_t chain, uint32_t most) {
    journal_own_block block;
    journal_standing at = {0, 0, {0}};
    uint8_t *to = p->bytes;
    kinmu_err err;
    memset(&p->parcel, 0, sizeof p->parcel);
    if (p->reader == NULL) {
        assert_int_equal(journal_reader_open(p->device->directory, &p->reader, &err), KINMU_OK);
    }
    while (p->parcel.block_count < most &&
           journal_read_own(p->reader, chain, &block, &err) == KINMU_OK) {
        journal_foreign_block *kept = &p->blocks[p->parcel.block_count++];
        *kept = block.bytes;
        kept->header = pair_keep(&to, kept->header, kept->header_size);
        kept->payload = pair_keep(&to, kept->payload, kept->payload_size);
        kept->tombstone = pair_keep(&to, kept->tombstone, kept->tombstone_size);
        if (journal_read_key(p->reader, block.key_id, &p->keys[0], &err) == KINMU_OK) {
            p->parcel.key_count = 1;
        }
        chain = at.chain = block.chain;
        at.sequence = block.sequence;
        memcpy(at.hash, block.hash, 32);
    }
    journal_read_own_end(p->reader);
    memcpy(p->hash, at.hash, 32);
    assert_int_equal(journal_reader_sign(p->reader, &at, NOON, p->signature), KINMU_OK);
    p->parcel.public_key = journal_reader_public_key(p->reader);
    p->parcel.blocks = p->blocks;
    p->parcel.keys = p->keys;
    p->parcel.head_chain = at.chain;
    p->parcel.head_sequence = at.sequence;
    p->parcel.head_unix_ns = NOON;
    p->parcel.head_hash = p->hash;
    p->parcel.head_signature = p->signature;
    p->parcel.contact.received_unix_ns = NOON + 5;
    p->parcel.contact.heard_unix_ns = NOON;
}

static inline int32_t pair_take(pair *p, journal_standing *standing) {
    uint64_t ticket;
    int32_t status = journal_take(p->hub->journal, &p->parcel, &ticket, standing, &p->hub->err);
    if (status == KINMU_OK && ticket > 0) {
        assert_int_equal(journal_wait(p->hub->journal, ticket, 10000), KINMU_OK);
    }
    return status;
}

#endif
