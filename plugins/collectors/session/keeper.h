/* session/keeper.h - keeps the ledger's state on disk, one write at a time.
 *
 * The newest state wins: a state handed over while a write is under way is written by the same job
 * right after it, so writes never overtake each other, not even the last one at stop.
 */
#ifndef SESSION_KEEPER_H
#define SESSION_KEEPER_H

#include <stdatomic.h>

#include <kinmu/iface/kv.h>
#include <kinmu/iface/work.h>

#include "ledger.h"

#define KEEPER_KEY "ledger"

typedef struct keeper {
    const kinmu_host *host;
    const kinmu_kv *kv;
    const kinmu_work *work;
    void (*on_stored)(void *user, int32_t status); /* [turn] */
    void *user;
    uint64_t handed;   /* states handed over so far */
    uint64_t stored;   /* up to which they are on disk; [turn] */
    atomic_flag guard; /* protects what follows; held for a few instructions only */
    uint8_t *next;     /* state to write, owned */
    size_t next_size;
    uint64_t next_number;
    int32_t is_writing;
    int32_t status; /* of the last write */
    uint64_t written;
} keeper;

void keeper_init(keeper *self, const kinmu_host *host, const kinmu_kv *kv, const kinmu_work *work,
                 void (*on_stored)(void *user, int32_t status), void *user);
void keeper_finish(keeper *self); /* no job is under way */

/* Hands over the state as it is now. [turn] */
void keeper_store(keeper *self, const ledger *book);
int32_t keeper_is_writing(keeper *self);

/* Reads the stored state: KINMU_OK, E_NOTFOUND (never stored), E_REJECT (not ours or damaged), or
 * kv's error. [job] */
int32_t keeper_load(const keeper *self, ledger *book);

#endif
