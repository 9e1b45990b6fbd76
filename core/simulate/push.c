/* simulate/push.c - what an agent sends and what it makes of the answer, by docs/wire.md; see
 * agent.h. The same rules as core/fleet/sender, over blocks in memory. */
#include "simulate/internal.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define SECTION_ROOM 64u

/* First block behind that number; blocks stand in their order without a gap. */
static uint32_t first_behind(const agent *a, uint64_t chain) {
    if (a->block_count == 0 || chain < a->blocks[0].chain) {
        return 0;
    }
    uint64_t skipped = chain - a->blocks[0].chain + 1;
    return skipped < a->block_count ? (uint32_t)skipped : a->block_count;
}

uint32_t agent_unsent(const agent *a) {
    return a->block_count - first_behind(a, a->confirmed.chain);
}

/* ---- building ---- */

static int32_t add_key(agent_kit *kit, agent *a, agent_key *k, buffer *out) {
    journal_foreign_key plain = {.month = k->month};
    uint8_t bytes[WIRE_KEY_BYTES_MAX];
    uint8_t box[WIRE_KEY_BYTES_MAX + CRYPTO_BOX_OVERHEAD];
    char context[WIRE_KEY_CONTEXT_SIZE];
    if (k->is_known || k->is_flying) {
        return KINMU_OK;
    }
    memcpy(plain.id, k->key.id, sizeof plain.id);
    memcpy(plain.key, k->key.key, sizeof plain.key);
    snprintf(plain.subject, sizeof plain.subject, "%s", k->subject);
    snprintf(plain.purpose, sizeof plain.purpose, "%s", agent_purpose(k->purpose));
    size_t size = wire_key_encode(&plain, bytes);
    wire_key_context(a->public_key, k->key.id, context);
    int32_t status = crypto_box_seal(kit->hub_box, context, bytes, size, box);
    if (status == KINMU_OK) {
        wire_push_key(out, k->key.id, box, (uint32_t)(size + CRYPTO_BOX_OVERHEAD));
        k->is_flying = 1;
    }
    return status;
}

static int32_t sign(const agent *a, const journal_standing *newest, int64_t unix_ns,
                    uint8_t signature[CRYPTO_SIGNATURE_SIZE]) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    layout_head head = {.chain = newest->chain, .sequence = newest->sequence, .unix_ns = unix_ns};
    memcpy(head.origin, a->made.origin, sizeof head.origin);
    memcpy(head.hash, newest->hash, sizeof head.hash);
    size_t size = layout_head_message(&head, message);
    return crypto_sign(a->seed, message, size, signature);
}

static void add_block(const agent *a, const agent_block *block, buffer *out) {
    journal_foreign_block bytes = {.header = a->bytes.data + block->offset,
                                   .header_size = block->header_size};
    if (!block->is_declined) {
        bytes.payload = bytes.header + block->header_size;
        bytes.payload_size = block->payload_size;
    }
    wire_push_block(out, &bytes);
}

int32_t agent_build(agent_kit *kit, agent *a, const journal_standing *start, int64_t now_ns,
                    const char *version, buffer *out, journal_standing *newest, kinmu_err *err) {
    uint32_t first = first_behind(a, start->chain);
    uint32_t end = first;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    int32_t status = KINMU_OK;
    size_t room = 0;
    for (uint32_t i = 0; i < a->key_count; i++) {
        a->keys[i].is_flying = 0;
    }
    wire_push_begin(out);
    uint32_t blocks_max = kit->push_blocks > 0 ? kit->push_blocks : WIRE_BLOCKS_MAX;
    while (status == KINMU_OK && end < a->block_count && end - first < blocks_max) {
        const agent_block *block = &a->blocks[end];
        room += block->header_size + block->payload_size + SECTION_ROOM;
        if (end > first && room > AGENT_PUSH_BYTES) {
            break;
        }
        status = block->is_declined ? KINMU_OK : add_key(kit, a, &a->keys[block->key], out);
        end++;
    }
    *newest = *start;
    for (uint32_t i = first; i < end; i++) {
        add_block(a, &a->blocks[i], out);
    }
    if (end > first) {
        newest->chain = a->blocks[end - 1].chain;
        newest->sequence = a->blocks[end - 1].sequence;
        memcpy(newest->hash, a->blocks[end - 1].hash, sizeof newest->hash);
    }
    int64_t clock_ns = now_ns + a->clock_off_ns;
    if (status == KINMU_OK) {
        status = sign(a, newest, clock_ns, signature);
    }
    wire_push_end(out, version, a->block_count - end, clock_ns, newest, clock_ns, signature);
    return status == KINMU_OK && out->failed == KINMU_OK
               ? KINMU_OK
               : error_set(err, KINMU_E_NOMEM, "simulate.push", "agent %u: a push cannot be made",
                           a->index);
}

/* ---- the answer ---- */

static void count_confirmed(agent *a, uint64_t chain) {
    for (uint32_t i = 0; i < a->block_count && a->blocks[i].chain <= chain; i++) {
        agent_block *block = &a->blocks[i];
        agent_tally one = {.keys = block->key_sum, .blocks = 1};
        if (block->is_counted) {
            continue;
        }
        for (uint32_t k = 0; k < MINUTE_KINDS; k++) {
            one.events[k] = block->events[k];
        }
        agent_tally_add(block->is_declined ? &a->declined : &a->acknowledged, &one);
        block->is_counted = 1;
    }
}

/* What the hub has is let go, all at once or when it is most of what is kept. */
static void let_go(agent *a) {
    uint32_t done = first_behind(a, a->confirmed.chain);
    if (done == a->block_count) {
        buffer_free(&a->bytes);
        free(a->blocks);
        a->blocks = NULL;
        a->block_count = a->block_room = 0;
    } else if (done > a->block_count / 2) {
        size_t offset = a->blocks[done].offset;
        memmove(a->bytes.data, a->bytes.data + offset, a->bytes.size - offset);
        a->bytes.size -= offset;
        memmove(a->blocks, a->blocks + done, (a->block_count - done) * sizeof *a->blocks);
        a->block_count -= done;
        for (uint32_t i = 0; i < a->block_count; i++) {
            a->blocks[i].offset -= offset;
        }
    }
}

static int32_t is_genuine(const agent_kit *kit, const agent *a, const wire_answer *answer) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    layout_head head = {.chain = answer->standing.chain,
                        .sequence = answer->standing.sequence,
                        .unix_ns = answer->unix_ns};
    if (!answer->has_standing || !answer->has_countersignature ||
        memcmp(answer->hub_key, kit->hub_key, CRYPTO_PUBLIC_SIZE) != 0) {
        return 0;
    }
    memcpy(head.origin, a->made.origin, sizeof head.origin);
    memcpy(head.hash, answer->standing.hash, sizeof head.hash);
    size_t size = layout_countersign_message(&head, message);
    return kit->trusts_answers ||
           crypto_verify(kit->hub_key, message, size, answer->countersignature) == KINMU_OK;
}

static int32_t take_confirmation(agent_kit *kit, agent *a, const wire_answer *answer) {
    if (!is_genuine(kit, a, answer) || answer->standing.chain > a->made.chain) {
        return AGENT_BAD;
    }
    for (uint32_t i = 0; i < a->key_count; i++) {
        a->keys[i].is_known |= a->keys[i].is_flying;
    }
    a->confirmed = answer->standing;
    a->start = answer->standing;
    count_confirmed(a, a->confirmed.chain);
    if (!kit->keeps_blocks) {
        let_go(a);
    }
    return AGENT_DONE;
}

/* Where to begin, which keys to send again, which payloads to leave out. */
static int32_t take_conflict(agent *a, const wire_answer *answer) {
    uint64_t kept_from = a->block_count > 0 ? a->blocks[0].chain : a->made.chain + 1;
    if (answer->has_standing) {
        if (answer->standing.chain > a->made.chain || answer->standing.chain + 1 < kept_from) {
            return AGENT_BAD; /* it asks for what this run no longer keeps */
        }
        a->start = answer->standing;
        a->confirmed = answer->standing;
    }
    for (uint32_t i = 0; i < answer->wanted_key_count; i++) {
        for (uint32_t k = 0; k < a->key_count; k++) {
            if (memcmp(a->keys[k].key.id, answer->wanted_keys + (size_t)i * LAYOUT_KEY_ID_SIZE,
                       LAYOUT_KEY_ID_SIZE) == 0) {
                a->keys[k].is_known = 0;
            }
        }
    }
    for (uint32_t i = 0; i < answer->declined_count; i++) {
        uint64_t chain = wire_declined_at(answer, i);
        uint32_t at = chain > 0 ? first_behind(a, chain - 1) : a->block_count;
        if (at < a->block_count && a->blocks[at].chain == chain) {
            a->blocks[at].is_declined = 1;
        }
    }
    return AGENT_AGAIN;
}

int32_t agent_take(agent_kit *kit, agent *a, uint32_t http_status, const void *body, size_t size,
                   char problem[WIRE_TEXT_BYTES_MAX + 1]) {
    wire_answer answer;
    int32_t is_readable = wire_answer_read(&answer, body, size, NULL) == KINMU_OK;
    snprintf(problem, WIRE_TEXT_BYTES_MAX + 1, "%s", is_readable ? answer.problem : "");
    switch (http_status) {
    case 200:
        return is_readable ? take_confirmation(kit, a, &answer) : AGENT_BAD;
    case 409:
        return is_readable ? take_conflict(a, &answer) : AGENT_LATER;
    case 401:
    case 403:
        return AGENT_REFUSED;
    case 423:
        return AGENT_FORKED;
    case 400:
    case 422:
        return AGENT_BAD;
    default:
        return AGENT_LATER;
    }
}
