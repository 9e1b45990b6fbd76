/* journal/transfer.h - blocks on their way from one journal to another, as they lie there.
 *
 * A device reads its own chain out and signs a head; a hub takes it in behind what it has of that
 * chain, in the same transaction as its own events, and countersigns. Nothing is decrypted or
 * encoded anew on the way. How it travels is core/fleet's affair.
 */
#ifndef JOURNAL_TRANSFER_H
#define JOURNAL_TRANSFER_H

#include "journal/journal.h"

/* ---- taking in (a hub) ---- */
#define JOURNAL_ORIGINS_MAX 100000u
#define JOURNAL_PARCEL_BLOCKS_MAX 4096u
#define JOURNAL_PARCEL_KEYS_MAX 1024u

/* Where a device's chain stands here: its newest block. All zero: nothing of it yet. */
typedef struct journal_standing {
    uint64_t chain;
    uint64_t sequence;
    uint8_t hash[32];
} journal_standing;

/* A data key as its device made it, and whose it is. */
typedef struct journal_foreign_key {
    uint8_t id[16];
    uint8_t key[32];
    char subject[256];
    char purpose[KINMU_NAME_BYTES_MAX + 1];
    int32_t month; /* year * 12 + month - 1, UTC */
} journal_foreign_key;

/* A block as it lies in the device's journal. */
typedef struct journal_foreign_block {
    const uint8_t *header;
    const uint8_t *payload;   /* NULL: gone, or held back */
    const uint8_t *tombstone; /* the device's, when the payload is gone; NULL otherwise */
    uint32_t header_size;
    uint32_t payload_size;
    uint32_t tombstone_size;
} journal_foreign_block;

/* What a device says of itself with a parcel. */
typedef struct journal_contact {
    int64_t received_unix_ns; /* this node's clock */
    int64_t heard_unix_ns; /* everything up to then is here: head's time, if nothing is unsent; else
                            * 0, and what was kept before stays */
    uint64_t unsent;       /* blocks the device still has */
} journal_contact;

typedef struct journal_parcel {
    const uint8_t *public_key; /* 32 bytes, as proved by the connection */
    const journal_foreign_block *blocks;
    const journal_foreign_key *keys;
    uint32_t block_count; /* 0: the head alone, a sign of life */
    uint32_t key_count;
    uint64_t head_chain; /* the signed head: of the last block */
    uint64_t head_sequence;
    int64_t head_unix_ns;
    const uint8_t *head_hash;      /* 32 bytes */
    const uint8_t *head_signature; /* 64 bytes */
    journal_contact contact;
} journal_parcel;

/* Takes what continues the chain of a device; blocks known already are passed over. *standing is
 * always where the chain stands afterwards, durable once `ticket` is.
 * E_STATE: there is a gap, send from standing->chain + 1 on. E_CONFLICT: the chain forked, another
 * block with that number is here (a copied disk, a machine set back). E_REJECT: not what a device
 * may send: err says what. E_BUSY: the queue is full, or another parcel of it is being taken.
 * E_RESTART: the journal has failed. [any thread] */
int32_t journal_take(journal *j, const journal_parcel *parcel, uint64_t *ticket,
                     journal_standing *standing, kinmu_err *err);
/* Where the chain of that device stands. [any thread] */
int32_t journal_standing_of(journal *j, const uint8_t public_key[32], journal_standing *standing,
                            kinmu_err *err);
/* This node's word that it has the chain up to there: Ed25519 over
 * "kinmu countersign 1\n" | origin | chain (8) | sequence (8) | hash | unix_ns (8). [any thread] */
int32_t journal_countersign(const journal *j, const uint8_t origin[16],
                            const journal_standing *standing, int64_t unix_ns,
                            uint8_t signature[64]);
const uint8_t *journal_public_key(const journal *j); /* 32 bytes */

/* Every device with blocks or a head here, this node too; also while another process has the
 * journal open. A status other than KINMU_OK ends it and is returned. */
typedef struct journal_origin_row {
    uint8_t origin[16];
    uint8_t public_key[32];
    journal_standing head; /* signed by the device */
    int64_t head_unix_ns;
    journal_contact contact; /* all zero: never heard of, or this node itself */
} journal_origin_row;
typedef int32_t (*journal_origin_fn)(void *user, const journal_origin_row *row);
int32_t journal_origins(const char *directory, journal_origin_fn fn, void *user, kinmu_err *err);

/* ---- reading out (a device) ---- */
typedef struct journal_own_block {
    uint64_t chain;
    uint64_t sequence;  /* of its last event */
    int32_t is_damaged; /* the payload no longer has its hash: only the header can be sent */
    uint8_t key_id[16];
    uint8_t hash[32];            /* of the header */
    journal_foreign_block bytes; /* until the next read */
} journal_own_block;
/* The first own block numbered above `chain`; E_NOTFOUND at the end. Its bytes stay until the next
 * read or journal_read_own_end, which lets the transaction go. */
int32_t journal_read_own(journal_reader *reader, uint64_t chain, journal_own_block *block,
                         kinmu_err *err);
void journal_read_own_end(journal_reader *reader);
/* The key of that id and whose it is; E_NOTFOUND when it was destroyed. */
int32_t journal_read_key(journal_reader *reader, const uint8_t id[16], journal_foreign_key *key,
                         kinmu_err *err);
/* The device's signature of a head as journal_take wants it. */
int32_t journal_reader_sign(const journal_reader *reader, const journal_standing *standing,
                            int64_t unix_ns, uint8_t signature[64]);
const uint8_t *journal_reader_public_key(const journal_reader *reader);
/* Own blocks numbered above `chain` are nowhere else yet: no keep time removes them (an explicit
 * erasure does, and so does folding). UINT64_MAX, as at the start: no such limit. [any thread] */
void journal_hold(journal *j, uint64_t chain);
/* The first own block of a purpose numbered above *chain: its place, for journal_read, and its
 * number. E_NOTFOUND: none; *chain is then the newest one looked at. */
int32_t journal_find_own(journal_reader *reader, const char *purpose, uint64_t *chain,
                         uint64_t *position, kinmu_err *err);
/* Newest own block, by number; 0 = none. */
int32_t journal_own_newest(journal_reader *reader, uint64_t *chain, kinmu_err *err);

#endif
