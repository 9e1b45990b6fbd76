/* simulate/agent.h - one simulated agent: its keys, its chain, what it made and the hub has not
 * confirmed yet. It makes blocks as core/journal does and pushes as core/fleet/sender does, but in
 * memory: ten thousand databases would measure the disk. The transport is peer.h, when is run.h.
 *
 * Keys come from one secret of the run, so that a run can be taken up again. What is acknowledged
 * is added up in a tally, which verify.h compares with a hub's store.
 */
#ifndef SIMULATE_AGENT_H
#define SIMULATE_AGENT_H

#include "fleet/wire.h"
#include "journal/seal.h"
#include "journal/device.h"
#include "simulate/minute.h"

#define AGENT_SECRET_SIZE 32u
#define AGENT_PUSH_BYTES (1u << 20)
#define AGENT_BLOCKS_MAX 1000000u
#define AGENT_CERTIFICATE_BYTES_MAX 2048u /* DER */

/* What all agents of a run share. One thread. */
typedef struct agent_kit {
    world w;
    uint8_t secret[AGENT_SECRET_SIZE];
    uint8_t hub_key[CRYPTO_PUBLIC_SIZE]; /* countersigns */
    uint8_t hub_box[CRYPTO_PUBLIC_SIZE];
    int64_t flush_ns;       /* a block holds what was published within it */
    uint32_t block_events;  /* > 0: blocks of so many events instead, of any time */
    uint32_t push_blocks;   /* > 0: a push holds at most so many */
    int32_t keeps_blocks;   /* confirmed ones too: for a hub restored from a backup */
    int32_t trusts_answers; /* does not check countersignatures: the bench's sender */
    schema_registry *schemas;
    const schema_info *infos[MINUTE_KINDS];
    sealer sealer;
    minute_cache cache;
} agent_kit;

int32_t agent_kit_init(agent_kit *kit,
                       kinmu_err *err); /* the rest zeroed or filled by the caller */
void agent_kit_finish(agent_kit *kit);

/* Counts that a hub's store must show. */
typedef struct agent_tally {
    uint64_t events[MINUTE_KINDS];
    uint64_t keys; /* sum of kinmu.input.minute's keys */
    uint64_t blocks;
} agent_tally;

typedef struct agent_block {
    uint64_t chain, sequence; /* of its last event */
    uint8_t hash[CRYPTO_HASH_SIZE];
    size_t offset; /* header, payload in `bytes` */
    uint32_t header_size, payload_size;
    uint16_t key; /* index in `keys` */
    uint8_t is_declined;
    uint8_t is_counted; /* in acknowledged */
    uint32_t events[MINUTE_KINDS];
    uint32_t key_sum;
} agent_block;

typedef struct agent_key {
    keys_key key;
    const char *subject;
    uint8_t purpose;
    uint8_t is_known;  /* to the hub */
    uint8_t is_flying; /* in the push under way */
    int32_t month;
} agent_key;

typedef struct agent {
    uint32_t index;
    uint8_t seed[CRYPTO_SEED_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    uint8_t *certificate; /* DER; NULL = not enrolled */
    uint32_t certificate_size;
    seal_chain made;            /* the newest block there is */
    journal_standing confirmed; /* by the hub, countersigned */
    journal_standing start;     /* the next push begins behind it */
    minute_cursor cursor;
    int64_t clock_off_ns; /* its clock stands wrong by so much */
    agent_block *blocks;
    uint32_t block_count, block_room;
    buffer bytes;
    agent_key *keys;
    uint32_t key_count, key_room;
    agent_tally total, acknowledged, declined;
    uint8_t digest[CRYPTO_HASH_SIZE]; /* over all events made, before encryption */
} agent;

int32_t agent_init(agent_kit *kit, agent *a, uint32_t index, int64_t first_day, kinmu_err *err);
void agent_finish(agent *a);
int32_t agent_keep_certificate(agent *a, const uint8_t *der, uint32_t size);

/* Makes blocks of everything published before then. */
int32_t agent_record(agent_kit *kit, agent *a, int64_t until_ns, kinmu_err *err);
uint32_t agent_unsent(const agent *a); /* blocks the hub has not confirmed */

/* Writes the next push, of blocks behind `start`; *newest is the last of them. `now_ns`: the
 * simulated time. */
int32_t agent_build(agent_kit *kit, agent *a, const journal_standing *start, int64_t now_ns,
                    const char *version, buffer *out, journal_standing *newest, kinmu_err *err);

enum {
    AGENT_DONE,    /* confirmed */
    AGENT_AGAIN,   /* the hub lacks something: build and push again at once */
    AGENT_LATER,   /* busy */
    AGENT_REFUSED, /* not admitted */
    AGENT_FORKED,  /* quarantined */
    AGENT_BAD      /* refused as forged or damaged, or no sensible answer */
};
/* What the answer to the last push means; `problem` gets the hub's words, if any. */
int32_t agent_take(agent_kit *kit, agent *a, uint32_t http_status, const void *body, size_t size,
                   char problem[WIRE_TEXT_BYTES_MAX + 1]);

void agent_tally_add(agent_tally *to, const agent_tally *from);
uint64_t agent_tally_events(const agent_tally *tally);

#endif
