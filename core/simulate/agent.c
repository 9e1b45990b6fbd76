/* simulate/agent.c - see agent.h: keys, recording. What goes to the hub and comes back is push.c.
 */
#include "simulate/agent.h"

#include "base/array.h"
#include "base/error.h"
#include "simulate/internal.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_MAX 8u /* (subject, purpose) within one flush: users of a PC and the PC itself */
#define LABEL_SIZE 160u

static const char *const purposes[AGENT_PURPOSES] = {"working-time", "activity"};
static const uint8_t purpose_of[MINUTE_KINDS] = {
    [MINUTE_SESSION] = 0, [MINUTE_INPUT] = 1, [MINUTE_FOCUS] = 1};

/* ---- the kit ---- */

int32_t agent_kit_init(agent_kit *kit, kinmu_err *err) {
    static const kinmu_schema *const schemas[MINUTE_KINDS] = {[MINUTE_SESSION] =
                                                                  &kinmu_session_change,
                                                              [MINUTE_INPUT] = &kinmu_input_minute,
                                                              [MINUTE_FOCUS] = &kinmu_window_focus};
    int32_t status = schema_registry_create(&kit->schemas);
    for (uint32_t i = 0; i < MINUTE_KINDS && status == KINMU_OK; i++) {
        status = schema_registry_add(kit->schemas, schemas[i], &kit->infos[i], err);
    }
    return status == KINMU_OK ? seal_init(&kit->sealer) : status;
}

void agent_kit_finish(agent_kit *kit) {
    world_free(&kit->w);
    seal_finish(&kit->sealer);
    schema_registry_destroy(kit->schemas);
    crypto_wipe(kit->secret, sizeof kit->secret);
}

/* ---- the agent ---- */

static int32_t derive(const agent_kit *kit, const char *label, uint8_t out[CRYPTO_KEY_SIZE]) {
    return crypto_hmac(kit->secret, label, strlen(label), out);
}

int32_t agent_init(agent_kit *kit, agent *a, uint32_t index, int64_t first_day, kinmu_err *err) {
    char label[LABEL_SIZE];
    memset(a, 0, sizeof *a);
    a->index = index;
    minute_begin(&a->cursor, index, first_day);
    snprintf(label, sizeof label, "device %u", index);
    if (derive(kit, label, a->seed) != KINMU_OK ||
        crypto_public(a->seed, a->public_key) != KINMU_OK ||
        device_origin(a->public_key, a->made.origin) != KINMU_OK) {
        return error_set(err, KINMU_E_RETRY, "simulate.key", "an agent's key cannot be made");
    }
    return KINMU_OK;
}

void agent_finish(agent *a) {
    crypto_wipe(a->seed, sizeof a->seed);
    if (a->keys != NULL) {
        crypto_wipe(a->keys, a->key_count * sizeof *a->keys);
    }
    free(a->keys);
    free(a->blocks);
    free(a->certificate);
    buffer_free(&a->bytes);
    memset(a, 0, sizeof *a);
}

int32_t agent_keep_certificate(agent *a, const uint8_t *der, uint32_t size) {
    uint8_t *copy = size > 0 && size <= AGENT_CERTIFICATE_BYTES_MAX ? malloc(size) : NULL;
    if (copy == NULL) {
        return KINMU_E_REJECT;
    }
    memcpy(copy, der, size);
    free(a->certificate);
    a->certificate = copy;
    a->certificate_size = size;
    return KINMU_OK;
}

/* Its place in `keys`, or -1 without memory. Few: persons, purposes and months of one PC. */
static int32_t key_of(agent_kit *kit, agent *a, const char *subject, uint8_t purpose,
                      int32_t month) {
    char label[LABEL_SIZE];
    uint8_t id[CRYPTO_KEY_SIZE];
    for (uint32_t i = a->key_count; i > 0; i--) {
        const agent_key *k = &a->keys[i - 1];
        if (k->month == month && k->purpose == purpose && strcmp(k->subject, subject) == 0) {
            return (int32_t)(i - 1);
        }
    }
    if (a->key_count == a->key_room) {
        agent_key *grown = array_grow(a->keys, &a->key_room, AGENT_KEYS_MAX, sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        a->keys = grown;
    }
    agent_key *k = &a->keys[a->key_count];
    memset(k, 0, sizeof *k);
    k->subject = subject;
    k->purpose = purpose;
    k->month = month;
    snprintf(label, sizeof label, "key %u %s %u %d", a->index, subject, purpose, month);
    int32_t status = derive(kit, label, k->key.key);
    snprintf(label, sizeof label, "key id %u %s %u %d", a->index, subject, purpose, month);
    if (status != KINMU_OK || derive(kit, label, id) != KINMU_OK) {
        return -1;
    }
    memcpy(k->key.id, id, sizeof k->key.id);
    return (int32_t)a->key_count++;
}

/* ---- sealing ---- */

typedef struct open_block {
    queue_block *block;
    const char *subject;
    uint8_t purpose;
    uint32_t events[MINUTE_KINDS];
    uint32_t key_sum;
} open_block;

typedef struct recording {
    agent_kit *kit;
    agent *a;
    open_block open[OPEN_MAX];
    uint32_t count;
    int64_t flush_end_ns;
    int32_t status;
} recording;

static int32_t fold_digest(agent_kit *kit, agent *a, const buffer *payload) {
    uint8_t both[2 * CRYPTO_HASH_SIZE];
    memcpy(both, a->digest, CRYPTO_HASH_SIZE);
    int32_t status =
        crypto_hash(kit->sealer.crypto, payload->data, payload->size, both + CRYPTO_HASH_SIZE);
    return status == KINMU_OK ? crypto_hash(kit->sealer.crypto, both, sizeof both, a->digest)
                              : status;
}

static int32_t make_room(agent *a) {
    if (a->block_count < a->block_room) {
        return KINMU_OK;
    }
    agent_block *grown = array_grow(a->blocks, &a->block_room, AGENT_BLOCKS_MAX, sizeof *grown);
    if (grown == NULL) {
        return KINMU_E_NOMEM;
    }
    a->blocks = grown;
    return KINMU_OK;
}

static void count_block(agent *a, const agent_block *block) {
    agent_tally one = {.keys = block->key_sum, .blocks = 1};
    for (uint32_t i = 0; i < MINUTE_KINDS; i++) {
        one.events[i] = block->events[i];
    }
    agent_tally_add(&a->total, &one);
}

static int32_t seal_open_block(recording *r, open_block *o) {
    agent *a = r->a;
    seal_result sealed;
    int32_t key = key_of(r->kit, a, o->subject, o->purpose, o->block->month);
    if (key < 0 || make_room(a) != KINMU_OK) {
        return KINMU_E_NOMEM;
    }
    o->block->key = a->keys[key].key;
    int32_t status = fold_digest(r->kit, a, &o->block->writer.out);
    if (status == KINMU_OK) {
        status = seal_block(&r->kit->sealer, &a->made, o->block, &sealed);
    }
    if (status != KINMU_OK) {
        return status;
    }
    agent_block *block = &a->blocks[a->block_count++];
    memset(block, 0, sizeof *block);
    block->chain = a->made.chain;
    block->sequence = a->made.sequence;
    memcpy(block->hash, a->made.hash, CRYPTO_HASH_SIZE);
    block->offset = a->bytes.size;
    block->header_size = (uint32_t)sealed.header_size;
    block->payload_size = (uint32_t)sealed.payload_size;
    block->key = (uint16_t)key;
    memcpy(block->events, o->events, sizeof block->events);
    block->key_sum = o->key_sum;
    buffer_append(&a->bytes, sealed.header_bytes, sealed.header_size);
    buffer_append(&a->bytes, sealed.payload, sealed.payload_size);
    count_block(a, block);
    return a->bytes.failed;
}

static void end_blocks(recording *r, int32_t keep) {
    for (uint32_t i = 0; i < r->count; i++) {
        if (keep && r->status == KINMU_OK) {
            r->status = seal_open_block(r, &r->open[i]);
        }
        queue_block_free(r->open[i].block);
    }
    r->count = 0;
}

/* ---- recording ---- */

static journal_entry entry_of(const recording *r, const minute_event *e) {
    return (journal_entry){.schema = r->kit->infos[e->kind],
                           .subject = e->subject,
                           .zone = DAY_ZONE,
                           .boot_id = r->kit->cache.made.boot_id,
                           .utc_offset_s = DAY_OFFSET_S,
                           .value_count = e->value_count,
                           .unix_ns = e->unix_ns + r->a->clock_off_ns,
                           .mono_ns = e->mono_ns,
                           .values = e->values};
}

static open_block *block_for(recording *r, const minute_event *e, const journal_entry *entry) {
    uint8_t purpose = purpose_of[e->kind];
    for (uint32_t i = 0; i < r->count; i++) {
        open_block *o = &r->open[i];
        if (o->purpose == purpose && strcmp(o->subject, e->subject) == 0 &&
            entry->unix_ns >= o->block->month_start_ns && entry->unix_ns < o->block->month_end_ns &&
            memcmp(o->block->boot_id, entry->boot_id, sizeof o->block->boot_id) == 0) {
            return o;
        }
    }
    if (r->count == OPEN_MAX) {
        end_blocks(r, 1);
    }
    open_block *o = &r->open[r->count];
    memset(o, 0, sizeof *o);
    o->subject = e->subject;
    o->purpose = purpose;
    o->block = queue_block_make(entry, purposes[purpose], 0);
    if (o->block == NULL) {
        return NULL;
    }
    r->count++;
    return o;
}

/* A block of as many events as were asked for is full. */
static void end_full(recording *r, open_block *o) {
    if (r->kit->block_events > 0 && o->block->writer.event_count >= r->kit->block_events) {
        r->status = seal_open_block(r, o);
        queue_block_free(o->block);
        *o = r->open[--r->count];
    }
}

static void record_event(recording *r, const minute_event *e) {
    journal_entry entry = entry_of(r, e);
    open_block *o = block_for(r, e, &entry);
    if (o == NULL || block_add(&o->block->writer, entry.schema, entry.unix_ns, entry.mono_ns,
                               entry.values, entry.value_count) != KINMU_OK) {
        r->status = KINMU_E_NOMEM;
        return;
    }
    o->events[e->kind]++;
    if (e->kind == MINUTE_INPUT) {
        o->key_sum += (uint32_t)e->values[KINMU_INPUT_MINUTE_KEYS].as.i64;
    }
    end_full(r, o);
}

int32_t agent_record(agent_kit *kit, agent *a, int64_t until_ns, kinmu_err *err) {
    recording r = {.kit = kit, .a = a};
    const minute_event *e;
    while (r.status == KINMU_OK &&
           (e = minute_next(&kit->w, &a->cursor, until_ns, &kit->cache)) != NULL) {
        if (kit->block_events == 0 && e->at_ns >= r.flush_end_ns) {
            end_blocks(&r, 1);
            r.flush_end_ns = e->at_ns - e->at_ns % kit->flush_ns + kit->flush_ns;
        }
        record_event(&r, e);
    }
    end_blocks(&r, kit->block_events == 0);
    return r.status == KINMU_OK ? KINMU_OK
                                : error_set(err, r.status, "simulate.record",
                                            "agent %u: its events cannot be kept", a->index);
}

/* ---- tallies ---- */

void agent_tally_add(agent_tally *to, const agent_tally *from) {
    for (uint32_t i = 0; i < MINUTE_KINDS; i++) {
        to->events[i] += from->events[i];
    }
    to->keys += from->keys;
    to->blocks += from->blocks;
}

uint64_t agent_tally_events(const agent_tally *tally) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < MINUTE_KINDS; i++) {
        sum += tally->events[i];
    }
    return sum;
}

const char *agent_purpose(uint8_t purpose) {
    return purposes[purpose];
}
