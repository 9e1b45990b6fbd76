/* fleet/sender.c - see sender.h. */
#include "fleet/sender.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/device.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN_KEYS_MAX 4096u /* then all are sent again once: harmless */
#define RECEIPT_VERSION 1u
#define SECTION_ROOM 2048u /* what a push needs beside its blocks */

typedef struct receipt {
    journal_standing standing;
    uint8_t hub_key[CRYPTO_PUBLIC_SIZE];
    int64_t unix_ns;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
} receipt;

struct fleet_sender {
    journal_reader *reader;
    uint8_t hub_key[CRYPTO_PUBLIC_SIZE];
    uint8_t hub_box[CRYPTO_PUBLIC_SIZE];
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    receipt confirmed;
    journal_standing start;              /* the next push begins behind it */
    uint8_t (*keys)[LAYOUT_KEY_ID_SIZE]; /* the hub has them */
    uint32_t key_count;
    uint8_t (*sent_keys)[LAYOUT_KEY_ID_SIZE]; /* in the push under way */
    uint32_t sent_key_count;
    uint64_t *declined; /* sent without payload */
    uint32_t declined_count;
    uint32_t futile;
    uint64_t oldest_chain; /* an unsent block, and when it was first seen */
    int64_t oldest_unix_ns;
};

static int32_t no_memory(kinmu_err *err) {
    return error_set(err, KINMU_E_NOMEM, "fleet.memory", "out of memory");
}

/* ---- the receipt ---- */

static size_t message_of(const fleet_sender *s, const receipt *r,
                         uint8_t out[LAYOUT_MESSAGE_BYTES_MAX]) {
    layout_head head = {
        .chain = r->standing.chain, .sequence = r->standing.sequence, .unix_ns = r->unix_ns};
    memcpy(head.origin, s->origin, LAYOUT_ORIGIN_SIZE);
    memcpy(head.hash, r->standing.hash, CRYPTO_HASH_SIZE);
    return layout_countersign_message(&head, out);
}

static int32_t is_genuine(const fleet_sender *s, const receipt *r) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    size_t size = message_of(s, r, message);
    return memcmp(r->hub_key, s->hub_key, CRYPTO_PUBLIC_SIZE) == 0 &&
           crypto_verify(s->hub_key, message, size, r->signature) == KINMU_OK;
}

void fleet_sender_receipt(const fleet_sender *s, uint8_t out[FLEET_RECEIPT_SIZE]) {
    const receipt *r = &s->confirmed;
    uint8_t *to = out;
    *to++ = RECEIPT_VERSION;
    to = layout_put_u64(to, r->standing.chain);
    to = layout_put_u64(to, r->standing.sequence);
    to = layout_put(to, r->standing.hash, CRYPTO_HASH_SIZE);
    to = layout_put(to, r->hub_key, CRYPTO_PUBLIC_SIZE);
    to = layout_put_u64(to, (uint64_t)r->unix_ns);
    layout_put(to, r->signature, CRYPTO_SIGNATURE_SIZE);
}

/* One of another hub, or a damaged one, is none: the hub then says where it stands. */
static void load_receipt(fleet_sender *s, const uint8_t *bytes, uint32_t size) {
    receipt r;
    uint64_t unix_ns;
    if (bytes == NULL || size != FLEET_RECEIPT_SIZE || *bytes++ != RECEIPT_VERSION) {
        return;
    }
    bytes = layout_take_u64(bytes, &r.standing.chain);
    bytes = layout_take_u64(bytes, &r.standing.sequence);
    memcpy(r.standing.hash, bytes, CRYPTO_HASH_SIZE);
    memcpy(r.hub_key, bytes + CRYPTO_HASH_SIZE, CRYPTO_PUBLIC_SIZE);
    bytes = layout_take_u64(bytes + CRYPTO_HASH_SIZE + CRYPTO_PUBLIC_SIZE, &unix_ns);
    r.unix_ns = (int64_t)unix_ns;
    memcpy(r.signature, bytes, CRYPTO_SIGNATURE_SIZE);
    if (is_genuine(s, &r)) {
        s->confirmed = r;
        s->start = r.standing;
    }
}

int32_t fleet_sender_open(const char *directory, const uint8_t hub_key[CRYPTO_PUBLIC_SIZE],
                          const uint8_t hub_box[CRYPTO_PUBLIC_SIZE], const uint8_t *receipt_bytes,
                          uint32_t receipt_size, fleet_sender **out, kinmu_err *err) {
    fleet_sender *s = calloc(1, sizeof *s);
    *out = NULL;
    if (s == NULL) {
        return no_memory(err);
    }
    memcpy(s->hub_key, hub_key, CRYPTO_PUBLIC_SIZE);
    memcpy(s->hub_box, hub_box, CRYPTO_PUBLIC_SIZE);
    s->keys = calloc(KNOWN_KEYS_MAX, sizeof *s->keys);
    s->sent_keys = calloc(WIRE_KEYS_MAX, sizeof *s->sent_keys);
    int32_t status = s->keys != NULL && s->sent_keys != NULL
                         ? journal_reader_open(directory, &s->reader, err)
                         : no_memory(err);
    if (status == KINMU_OK &&
        device_origin(journal_reader_public_key(s->reader), s->origin) != KINMU_OK) {
        status = no_memory(err);
    }
    if (status != KINMU_OK) {
        fleet_sender_close(s);
        return status;
    }
    load_receipt(s, receipt_bytes, receipt_size);
    *out = s;
    return KINMU_OK;
}

void fleet_sender_close(fleet_sender *s) {
    if (s != NULL) {
        journal_reader_close(s->reader);
        free(s->keys);
        free(s->sent_keys);
        free(s->declined);
        free(s);
    }
}

int32_t fleet_sender_is_for(const fleet_sender *s, const uint8_t hub_key[CRYPTO_PUBLIC_SIZE],
                            const uint8_t hub_box[CRYPTO_PUBLIC_SIZE]) {
    return memcmp(s->hub_key, hub_key, CRYPTO_PUBLIC_SIZE) == 0 &&
           memcmp(s->hub_box, hub_box, CRYPTO_PUBLIC_SIZE) == 0;
}

/* ---- building ---- */

static int32_t has_key(const uint8_t (*keys)[LAYOUT_KEY_ID_SIZE], uint32_t count,
                       const uint8_t id[LAYOUT_KEY_ID_SIZE]) {
    for (uint32_t i = count; i > 0; i--) { /* the newest are asked for most */
        if (memcmp(keys[i - 1], id, LAYOUT_KEY_ID_SIZE) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The block's key into the push, sealed to the hub, unless the hub has it. */
static int32_t add_key(fleet_sender *s, const uint8_t id[LAYOUT_KEY_ID_SIZE], buffer *keys,
                       kinmu_err *err) {
    journal_foreign_key key;
    uint8_t plain[WIRE_KEY_BYTES_MAX];
    uint8_t box[WIRE_KEY_BYTES_MAX + CRYPTO_BOX_OVERHEAD];
    char context[WIRE_KEY_CONTEXT_SIZE];
    const uint8_t(*known)[LAYOUT_KEY_ID_SIZE] = (const uint8_t(*)[LAYOUT_KEY_ID_SIZE])s->keys;
    const uint8_t(*sent)[LAYOUT_KEY_ID_SIZE] = (const uint8_t(*)[LAYOUT_KEY_ID_SIZE])s->sent_keys;
    if (has_key(known, s->key_count, id) || has_key(sent, s->sent_key_count, id)) {
        return KINMU_OK;
    }
    int32_t status = journal_read_key(s->reader, id, &key, err);
    if (status != KINMU_OK) {
        /* Destroyed or damaged: the payload means nothing to anybody any more. */
        return status == KINMU_E_REJECT ? KINMU_E_NOTFOUND : status;
    }
    size_t size = wire_key_encode(&key, plain);
    wire_key_context(journal_reader_public_key(s->reader), id, context);
    status = crypto_box_seal(s->hub_box, context, plain, size, box);
    crypto_wipe(plain, sizeof plain);
    crypto_wipe(&key, sizeof key);
    if (status != KINMU_OK) {
        return error_set(err, status, "fleet.key", "a key cannot be sealed to the hub");
    }
    wire_push_key(keys, id, box, (uint32_t)(size + CRYPTO_BOX_OVERHEAD));
    memcpy(s->sent_keys[s->sent_key_count++], id, LAYOUT_KEY_ID_SIZE);
    return KINMU_OK;
}

static int32_t is_declined(const fleet_sender *s, uint64_t chain) {
    for (uint32_t i = 0; i < s->declined_count; i++) {
        if (s->declined[i] == chain) {
            return 1;
        }
    }
    return 0;
}

/* One block; its payload stays here when the hub declined it or nobody can read it any more. */
static int32_t add_block(fleet_sender *s, journal_own_block *block, buffer *keys, buffer *blocks,
                         kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (block->is_damaged || is_declined(s, block->chain)) {
        block->bytes.payload = NULL;
        block->bytes.tombstone = NULL;
    }
    if (block->bytes.payload != NULL) {
        status = add_key(s, block->key_id, keys, err);
        if (status == KINMU_E_NOTFOUND) {
            block->bytes.payload = NULL;
            status = KINMU_OK;
        }
    }
    if (status == KINMU_OK) {
        wire_push_block(blocks, &block->bytes);
        status = blocks->failed != KINMU_OK || keys->failed != KINMU_OK ? no_memory(err) : KINMU_OK;
    }
    return status;
}

static int32_t collect(fleet_sender *s, uint32_t bytes_max, journal_standing *head, buffer *keys,
                       buffer *blocks, kinmu_err *err) {
    journal_own_block block;
    int32_t status = KINMU_OK;
    uint32_t count = 0;
    *head = s->start;
    while (count < WIRE_BLOCKS_MAX && s->sent_key_count < WIRE_KEYS_MAX) {
        status = journal_read_own(s->reader, head->chain, &block, err);
        if (status != KINMU_OK) {
            break;
        }
        size_t size = (size_t)block.bytes.header_size + block.bytes.payload_size + SECTION_ROOM;
        if (count > 0 && keys->size + blocks->size + size > bytes_max) {
            break;
        }
        status = add_block(s, &block, keys, blocks, err);
        if (status != KINMU_OK) {
            break;
        }
        head->chain = block.chain;
        head->sequence = block.sequence;
        memcpy(head->hash, block.hash, CRYPTO_HASH_SIZE);
        count++;
    }
    journal_read_own_end(s->reader);
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

int32_t fleet_sender_build(fleet_sender *s, uint32_t bytes_max, const char *version,
                           int64_t known_ns, buffer *out, kinmu_err *err) {
    buffer keys = {0};
    buffer blocks = {0};
    journal_standing head;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    uint64_t newest = 0;
    s->sent_key_count = 0;
    int32_t status = journal_own_newest(s->reader, &newest, err);
    if (status == KINMU_OK) {
        status = collect(s, bytes_max, &head, &keys, &blocks, err);
    }
    if (status == KINMU_OK) {
        status = journal_reader_sign(s->reader, &head, known_ns, signature);
    }
    if (status == KINMU_OK) {
        uint64_t unsent = newest > head.chain ? newest - head.chain : 0;
        wire_push_begin(out);
        buffer_append(out, keys.data, keys.size);
        buffer_append(out, blocks.data, blocks.size);
        wire_push_end(out, version, unsent, clock_unix_ns(), &head, known_ns, signature);
        status = out->failed != KINMU_OK ? no_memory(err) : KINMU_OK;
    }
    buffer_free(&keys);
    buffer_free(&blocks);
    return status;
}

/* ---- the answer ---- */

static int32_t outcome(fleet_outcome *out, int32_t what, const char *text) {
    out->what = what;
    text_copy(out->text, sizeof out->text, text);
    return what;
}

static const char *reason(const wire_answer *answer, const char *otherwise) {
    return answer->problem[0] != '\0' ? answer->problem : otherwise;
}

static void remember_keys(fleet_sender *s) {
    for (uint32_t i = 0; i < s->sent_key_count; i++) {
        if (s->key_count == KNOWN_KEYS_MAX) {
            s->key_count = 0;
        }
        memcpy(s->keys[s->key_count++], s->sent_keys[i], LAYOUT_KEY_ID_SIZE);
    }
    s->sent_key_count = 0;
}

static void forget_keys(fleet_sender *s, const wire_answer *answer) {
    for (uint32_t i = 0; i < s->key_count;) {
        int32_t is_wanted = 0;
        for (uint32_t k = 0; k < answer->wanted_key_count && !is_wanted; k++) {
            is_wanted = memcmp(s->keys[i], answer->wanted_keys + (size_t)k * LAYOUT_KEY_ID_SIZE,
                               LAYOUT_KEY_ID_SIZE) == 0;
        }
        if (is_wanted) {
            memcpy(s->keys[i], s->keys[--s->key_count], LAYOUT_KEY_ID_SIZE);
        } else {
            i++;
        }
    }
}

static void remember_declined(fleet_sender *s, const wire_answer *answer) {
    uint64_t kept = 0;
    for (uint32_t i = 0; i < s->declined_count; i++) { /* those confirmed meanwhile may go */
        if (s->declined[i] > s->confirmed.standing.chain) {
            s->declined[kept++] = s->declined[i];
        }
    }
    uint64_t wanted = kept + answer->declined_count;
    uint64_t *grown = wanted <= FLEET_DECLINED_MAX
                          ? realloc(s->declined, (size_t)(wanted + 1) * sizeof *grown)
                          : NULL;
    s->declined_count = (uint32_t)kept;
    if (grown == NULL) {
        return; /* the same answer comes again, later */
    }
    s->declined = grown;
    for (uint32_t i = 0; i < answer->declined_count; i++) {
        s->declined[s->declined_count++] = wire_declined_at(answer, i);
    }
}

/* Blocks above `chain` are there, but not the next one. */
static int32_t lacks_next(fleet_sender *s, uint64_t chain) {
    journal_own_block block;
    int32_t status = journal_read_own(s->reader, chain, &block, NULL);
    journal_read_own_end(s->reader);
    return status == KINMU_OK && block.chain != chain + 1;
}

/* The hub's standing is where the next push begins: forward after a confirmation, backward when the
 * hub was restored from a backup. */
static int32_t move(fleet_sender *s, const wire_answer *answer, fleet_outcome *out) {
    uint64_t newest = 0;
    if (journal_own_newest(s->reader, &newest, NULL) == KINMU_OK &&
        answer->standing.chain > newest) {
        return outcome(out, FLEET_SET_BACK,
                       "the hub has more of this device's history than the device itself: it was "
                       "set back to an older state; enrol it anew with an empty data folder");
    }
    if (lacks_next(s, answer->standing.chain)) {
        return outcome(out, FLEET_SET_BACK,
                       "this device no longer has the blocks the hub asks for, though it has later "
                       "ones: a part of its history was cut off; enrol it anew with an empty data "
                       "folder");
    }
    s->start = answer->standing;
    return FLEET_DONE;
}

static void take_confirmation(fleet_sender *s, const wire_answer *answer, fleet_outcome *out) {
    receipt r = {.standing = answer->standing, .unix_ns = answer->unix_ns};
    memcpy(r.hub_key, answer->hub_key, CRYPTO_PUBLIC_SIZE);
    memcpy(r.signature, answer->countersignature, CRYPTO_SIGNATURE_SIZE);
    if (!answer->has_standing || !answer->has_countersignature || !is_genuine(s, &r)) {
        outcome(out, FLEET_BAD_ANSWER,
                "the hub's confirmation is not signed with the key known from enrolment");
        return;
    }
    if (move(s, answer, out) != FLEET_DONE) {
        return;
    }
    s->confirmed = r;
    s->futile = 0;
    out->what = FLEET_DONE;
    out->has_receipt = 1;
    remember_keys(s);
}

static void take_conflict(fleet_sender *s, const wire_answer *answer, fleet_outcome *out) {
    if (++s->futile > FLEET_FUTILE_MAX) {
        /* Nothing it asked for satisfied it. The next push is as if it had asked for nothing: a
         * refusal is not signed, and shall not withhold contents from the hub that comes after. */
        s->futile = 0;
        s->declined_count = 0;
        outcome(out, FLEET_LATER, reason(answer, "the hub asks again and again for the same"));
        return;
    }
    if (answer->has_standing && move(s, answer, out) != FLEET_DONE) {
        return;
    }
    forget_keys(s, answer);
    remember_declined(s, answer);
    outcome(out, FLEET_AGAIN, answer->problem);
}

void fleet_sender_take(fleet_sender *s, uint32_t http_status, const void *body, size_t size,
                       fleet_outcome *out) {
    wire_answer answer;
    kinmu_err err = {"", ""};
    memset(out, 0, sizeof *out);
    int32_t is_readable = wire_answer_read(&answer, body, size, &err) == KINMU_OK;
    if (!is_readable) {
        memset(&answer, 0, sizeof answer);
    }
    out->hub_unix_ns = answer.unix_ns;
    out->policy = answer.policy;
    out->policy_size = answer.policy_size;
    out->certificate = answer.certificate;
    out->certificate_size = answer.certificate_size;
    switch (http_status) {
    case 200:
        if (is_readable) {
            take_confirmation(s, &answer, out);
        } else {
            outcome(out, FLEET_BAD_ANSWER, err.msg);
        }
        break;
    case 409:
        if (is_readable) {
            take_conflict(s, &answer, out);
        } else {
            outcome(out, FLEET_LATER, "the hub's answer cannot be read");
        }
        break;
    case 401:
    case 403:
        outcome(out, FLEET_REFUSED, reason(&answer, "the hub does not admit this device"));
        break;
    case 423:
        outcome(out, FLEET_FORKED, reason(&answer, "the hub has quarantined this device"));
        break;
    default:
        outcome(out, FLEET_LATER, reason(&answer, "the hub did not take the push"));
        break;
    }
}

int32_t fleet_sender_progress(fleet_sender *s, fleet_progress *out, kinmu_err *err) {
    memset(out, 0, sizeof *out);
    int32_t status = journal_own_newest(s->reader, &out->newest, err);
    if (status != KINMU_OK) {
        return status;
    }
    out->durable = s->confirmed.standing.chain;
    out->unsent = out->newest > out->durable ? out->newest - out->durable : 0;
    out->confirmed_ns = s->confirmed.unix_ns;
    if (out->unsent == 0) {
        s->oldest_chain = 0;
    } else if (s->oldest_chain <= out->durable) {
        s->oldest_chain = out->durable + 1;
        s->oldest_unix_ns = clock_unix_ns();
    }
    out->oldest_unix_ns = out->unsent > 0 ? s->oldest_unix_ns : 0;
    return KINMU_OK;
}
