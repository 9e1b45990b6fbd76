/* journal/checkpoint.h - a small signed file of all chain heads, to be kept outside this machine.
 *
 * JSON of one fixed shape (docs/journal.md). Whoever holds it can show that a journal has lost
 * nothing that was there when it was made.
 */
#ifndef JOURNAL_CHECKPOINT_H
#define JOURNAL_CHECKPOINT_H

#include "base/buffer.h"
#include "journal/device.h"

#define CHECKPOINT_HEADS_MAX 100000u

typedef struct checkpoint_head {
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint64_t chain;
    uint64_t sequence;
} checkpoint_head;

typedef struct checkpoint {
    int64_t unix_ns;
    checkpoint_head *heads;
    uint32_t count;
    uint8_t signer[CRYPTO_PUBLIC_SIZE];
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
} checkpoint;

/* E_REJECT with the place when the file is no checkpoint. The signature is not checked here. */
int32_t checkpoint_read(const char *path, checkpoint *out, kinmu_err *err);
/* The same from memory; `name` is for the message. */
int32_t checkpoint_parse(const char *text, size_t size, const char *name, checkpoint *out,
                         kinmu_err *err);
/* KINMU_OK when the signature fits the content and the signer named in it. */
int32_t checkpoint_check(const checkpoint *c);
void checkpoint_free(checkpoint *c);
/* Fills signer and signature for what stands there. */
int32_t checkpoint_sign(checkpoint *c, const device *d);
/* A signed checkpoint over the newest blocks in that folder's journal. */
int32_t checkpoint_make(const char *directory, const device *d, checkpoint *out, kinmu_err *err);
/* Appends the bytes of the file. The same checkpoint always has the same bytes. */
void checkpoint_write(const checkpoint *c, buffer *out);

#endif
