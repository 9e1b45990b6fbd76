/* evidence/verify_heads.c - who stands for the headers: the device by its signed head, the hub by
 * its countersignature and its checkpoint, a third party by a time stamp over that. */
#include "evidence/timestamp.h"
#include "evidence/verifier.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static size_t mark_end(const verifier *v, uint32_t number) {
    return number + 1 < v->report->device_count ? v->mark_begin[number + 1] : v->mark_count;
}

/* NULL: not among what is shown of that device. */
static const mark *mark_of(const verifier *v, uint32_t number, uint64_t chain) {
    size_t low = v->mark_begin[number];
    size_t high = mark_end(v, number);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (v->marks[middle].chain == chain) {
            return &v->marks[middle];
        }
        if (v->marks[middle].chain < chain) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static uint64_t records_upto(const verifier *v, uint32_t number, uint64_t chain) {
    uint64_t sum = 0;
    for (size_t i = v->mark_begin[number]; i < mark_end(v, number) && v->marks[i].chain <= chain;
         i++) {
        sum += v->marks[i].records;
    }
    return sum;
}

static int32_t take_head_line(verifier *v, layout_head *head) {
    lines_reader *r = &v->lines;
    uint32_t number = v->report->device_count - 1;
    lines_take(r, "{\"chain\":");
    head->chain = lines_take_u64(r);
    lines_take(r, ",\"sequence\":");
    head->sequence = lines_take_u64(r);
    lines_take(r, ",\"hash\":");
    lines_take_hex(r, head->hash, sizeof head->hash);
    lines_take(r, ",\"unix_ns\":");
    head->unix_ns = lines_take_i64(r);
    lines_take(r, ",\"signature\":");
    lines_take_hex(r, head->signature, sizeof head->signature);
    lines_take(r, "}");
    memcpy(head->origin, v->device->origin, sizeof head->origin);
    if (!verify_shape(v, "head") || !verify_complete(v)) {
        return 0;
    }
    if (v->next_chain != v->device->last + 1) {
        return verify_found(v, "headers are missing before this head");
    }
    const mark *m = mark_of(v, number, head->chain);
    if (m == NULL || memcmp(m->hash, head->hash, sizeof head->hash) != 0) {
        return verify_found(v, "the head is not that of the headers above");
    }
    return 1;
}

int32_t verify_take_head(verifier *v) {
    layout_head head;
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    if (!take_head_line(v, &head)) {
        return 0;
    }
    if (crypto_verify(v->device->public_key, message, layout_head_message(&head, message),
                      head.signature) != KINMU_OK) {
        return verify_found(v, "the head is not signed by its device");
    }
    v->device->signed_chain = head.chain;
    v->device->signed_unix_ns = head.unix_ns;
    v->report->signed_records += records_upto(v, v->report->device_count - 1, head.chain);
    return 1;
}

int32_t verify_take_countersignature(verifier *v) {
    layout_head head;
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    if (!take_head_line(v, &head)) {
        return 0;
    }
    if (head.chain != v->device->last ||
        crypto_verify(v->report->hub_key, message, layout_countersign_message(&head, message),
                      head.signature) != KINMU_OK) {
        return verify_found(v, "the head is not countersigned by the hub");
    }
    v->device->countersigned_unix_ns = head.unix_ns;
    v->stage = AT_COUNTERSIGNED;
    return 1;
}

/* ---- checkpoint and time stamp ---- */

static int32_t compare_heads(verifier *v, const checkpoint *c) {
    for (uint32_t d = 0; d < v->report->device_count; d++) {
        const evidence_device *own = &v->report->devices[d];
        for (uint32_t i = 0; i < c->count; i++) {
            const checkpoint_head *head = &c->heads[i];
            if (memcmp(head->origin, own->origin, LAYOUT_ORIGIN_SIZE) != 0 ||
                head->chain < own->first) {
                continue;
            }
            const mark *m = mark_of(v, d, head->chain);
            if (m == NULL || memcmp(m->hash, head->hash, CRYPTO_HASH_SIZE) != 0) {
                return verify_found(
                    v, "the checkpoint names another block %" PRIu64 " than is here", head->chain);
            }
            v->report->marked_records += records_upto(v, d, head->chain);
        }
    }
    return 1;
}

int32_t verify_take_checkpoint(verifier *v) {
    checkpoint c;
    kinmu_err err = {"", ""};
    lines_take_long_text(&v->lines, &v->checkpoint);
    v->stage = AT_CHECKPOINT;
    if (!verify_shape(v, "checkpoint")) {
        return 0;
    }
    if (checkpoint_parse(buffer_string(&v->checkpoint), v->checkpoint.size, "in the file", &c,
                         &err) != KINMU_OK) {
        return verify_found(v, "this is no checkpoint");
    }
    int32_t is_good = 1;
    if (memcmp(c.signer, v->report->hub_key, sizeof c.signer) != 0 ||
        checkpoint_check(&c) != KINMU_OK) {
        is_good = verify_found(v, "the checkpoint is not signed by the hub");
    }
    is_good = is_good && compare_heads(v, &c);
    v->report->checkpoint_unix_ns = c.unix_ns;
    checkpoint_free(&c);
    return is_good;
}

int32_t verify_take_timestamp(verifier *v) {
    timestamp_facts facts;
    kinmu_err err = {"", ""};
    uint8_t *token = malloc(TIMESTAMP_BYTES_MAX);
    if (token == NULL) {
        return verify_found(v, "out of memory");
    }
    size_t size = lines_take_hex_upto(&v->lines, token, TIMESTAMP_BYTES_MAX);
    int32_t is_good = verify_shape(v, "time stamp");
    if (is_good && timestamp_check(token, size, v->checkpoint.data, v->checkpoint.size,
                                   v->authority, &facts, &err) != KINMU_OK) {
        is_good = verify_found(v, "%s", err.msg);
    }
    free(token);
    if (is_good) {
        v->report->timestamp_unix_ns = facts.unix_ns;
        v->report->timestamp_is_trusted = facts.is_trusted;
        text_copy(v->report->timestamp_issuer, sizeof v->report->timestamp_issuer, facts.issuer);
    }
    v->stage = AT_END;
    return is_good;
}
