/* evidence/verify_blocks.c - a device's lines: headers continue each other, the person's payloads
 * are those their headers name, and every readable record is what its payload says, to the byte. */
#include "evidence/verifier.h"

#include "schema/event_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Everything the header before needs must have been there. */
int32_t verify_complete(verifier *v) {
    if (v->expected > 0) {
        return verify_found(v, "a record of the block before is missing");
    }
    if (v->key != NULL && !v->is_filled) {
        return verify_found(v, "the payload of the block before is missing");
    }
    v->key = NULL;
    return 1;
}

int32_t verify_take_device(verifier *v) {
    lines_reader *r = &v->lines;
    evidence_report *report = v->report;
    uint8_t origin[LAYOUT_ORIGIN_SIZE];
    if (report->device_count == EVIDENCE_DEVICES_MAX) {
        return verify_found(v, "more than %u devices", EVIDENCE_DEVICES_MAX);
    }
    v->mark_begin[report->device_count] = v->mark_count;
    v->device = &report->devices[report->device_count++];
    lines_take(r, "{\"origin\":");
    lines_take_hex(r, v->device->origin, sizeof v->device->origin);
    lines_take(r, ",\"public_key\":");
    lines_take_hex(r, v->device->public_key, sizeof v->device->public_key);
    lines_take(r, ",\"first\":");
    v->device->first = lines_take_u64(r);
    lines_take(r, ",\"last\":");
    v->device->last = lines_take_u64(r);
    lines_take(r, ",\"heard_unix_ns\":");
    v->device->heard_unix_ns = lines_take_i64(r);
    lines_take(r, ",\"unsent\":");
    v->device->unsent = lines_take_u64(r);
    lines_take(r, "}");
    v->stage = AT_DEVICE;
    v->next_chain = v->device->first;
    memset(&v->header, 0, sizeof v->header);
    v->next_sequence = 0;
    if (!verify_shape(v, "device")) {
        return 0;
    }
    if (device_origin(v->device->public_key, origin) != KINMU_OK ||
        memcmp(origin, v->device->origin, sizeof origin) != 0) {
        return verify_found(v, "the public key is not this device's");
    }
    return 1;
}

static int32_t keep_mark(verifier *v, uint64_t chain) {
    if (v->mark_count == v->mark_capacity) {
        size_t capacity = v->mark_capacity == 0 ? 1024 : v->mark_capacity * 2;
        mark *grown = v->mark_count < EVIDENCE_HEADERS_MAX
                          ? realloc(v->marks, capacity * sizeof *grown)
                          : NULL;
        if (grown == NULL) {
            return verify_found(v, "more headers than fit into memory");
        }
        v->marks = grown;
        v->mark_capacity = capacity;
    }
    mark *m = &v->marks[v->mark_count++];
    m->chain = chain;
    m->records = 0;
    crypto_hash(v->sealer.crypto, v->header_bytes, v->header_size, m->hash);
    return 1;
}

static int32_t continues(verifier *v, const layout_header *header) {
    size_t count = v->mark_count - v->mark_begin[v->report->device_count - 1];
    if (memcmp(header->origin, v->device->origin, sizeof header->origin) != 0) {
        return verify_found(v, "this header is of another device");
    }
    if (header->chain != v->next_chain || header->chain > v->device->last) {
        return verify_found(v, "block %" PRIu64 " stands where %" PRIu64 " must", header->chain,
                            v->next_chain);
    }
    if (count > 0 &&
        (memcmp(header->previous, v->marks[v->mark_count - 1].hash, CRYPTO_HASH_SIZE) != 0 ||
         header->first_sequence != v->sequence + 1)) {
        return verify_found(v, "block %" PRIu64 " does not continue the one before", header->chain);
    }
    return 1;
}

int32_t verify_take_header(verifier *v) {
    layout_header header;
    if (!verify_complete(v)) {
        return 0;
    }
    v->header_size = lines_take_hex_upto(&v->lines, v->header_bytes, sizeof v->header_bytes);
    if (!verify_shape(v, "header")) {
        return 0;
    }
    if (layout_header_decode(&header, v->header_bytes, v->header_size) != KINMU_OK) {
        return verify_found(v, "this is no header");
    }
    if (!continues(v, &header) || !keep_mark(v, header.chain)) {
        return 0;
    }
    v->header = header;
    v->sequence = header.last_sequence;
    v->next_chain = header.chain + 1;
    v->next_sequence = header.first_sequence;
    v->key = evidence_find_key(v->keys, v->key_count, header.key_id);
    v->is_filled = 0;
    v->report->headers++;
    return 1;
}

int32_t verify_take_payload(verifier *v) {
    const uint8_t *plain;
    size_t plain_size;
    uint8_t hash[CRYPTO_HASH_SIZE];
    kinmu_err err = {"", ""};
    uint8_t *sealed = malloc(SEAL_SEALED_BYTES_MAX);
    if (sealed == NULL || v->key == NULL || v->is_filled) {
        free(sealed);
        return verify_found(v, "a payload without a header of this person before it");
    }
    size_t size = lines_take_hex_upto(&v->lines, sealed, SEAL_SEALED_BYTES_MAX);
    int32_t status = verify_shape(v, "payload") ? KINMU_OK : KINMU_E_REJECT;
    if (status == KINMU_OK && (size != v->header.payload_size ||
                               crypto_hash(v->sealer.crypto, sealed, size, hash) != KINMU_OK ||
                               memcmp(hash, v->header.payload_hash, sizeof hash) != 0)) {
        verify_found(v, "the payload is not the one its header names");
        status = KINMU_E_REJECT;
    }
    if (status == KINMU_OK &&
        (seal_open(&v->sealer, v->key->key, v->header_bytes, v->header_size, sealed, size, &plain,
                   &plain_size) != KINMU_OK ||
         block_open(&v->payload, v->schemas, plain, plain_size, &err) != KINMU_OK)) {
        verify_found(v, "the payload does not open with its key");
        status = KINMU_E_REJECT;
    }
    free(sealed);
    v->is_filled = 1;
    v->expected = v->header.last_sequence - v->header.first_sequence + 1;
    return status == KINMU_OK;
}

static void count_record(verifier *v, const kinmu_event *event, int32_t is_unread) {
    evidence_report *report = v->report;
    report->records++;
    report->unread += is_unread != 0;
    v->device->records++;
    v->marks[v->mark_count - 1].records++;
    if (evidence_local_month(event) != v->month) {
        return;
    }
    if (report->in_month == 0 || event->unix_ns < report->first_unix_ns) {
        report->first_unix_ns = event->unix_ns;
    }
    if (report->in_month == 0 || event->unix_ns > report->last_unix_ns) {
        report->last_unix_ns = event->unix_ns;
    }
    report->in_month++;
}

/* The sealed event is written anew; the line must be the same to the byte. */
int32_t verify_take_record(verifier *v) {
    kinmu_event event;
    const schema_info *info;
    kinmu_err err = {"", ""};
    const event_place place = {v->header.origin, v->next_sequence, "chain", v->header.chain,
                               v->header.decision};
    if (v->expected == 0 || block_next(&v->payload, &event, &info, &err) != KINMU_OK) {
        return verify_found(v, "a record that is in no sealed block");
    }
    if (strcmp(event.subject, v->report->subject) != 0) {
        return verify_found(v, "a record of somebody else");
    }
    buffer_clear(&v->record);
    event_json(&v->record, &event, info, &place);
    size_t size = (size_t)(v->lines.value_end - v->lines.value);
    if (v->record.failed != KINMU_OK || size != v->record.size ||
        memcmp(v->lines.value, v->record.data, size) != 0) {
        return verify_found(v, "the record is not what its sealed block says");
    }
    count_record(v, &event, info == NULL);
    v->expected--;
    v->next_sequence++;
    if (v->expected == 0 && block_next(&v->payload, &event, &info, &err) != KINMU_E_NOTFOUND) {
        return verify_found(v, "the sealed block holds more records than its header says");
    }
    return 1;
}

int32_t verify_take_tombstone(verifier *v) {
    uint8_t bytes[LAYOUT_TOMBSTONE_SIZE];
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    layout_tombstone tombstone;
    lines_take_hex(&v->lines, bytes, sizeof bytes);
    if (!verify_shape(v, "tombstone")) {
        return 0;
    }
    if (v->header_size == 0 || v->is_filled ||
        layout_tombstone_decode(&tombstone, bytes, sizeof bytes) != KINMU_OK) {
        return verify_found(v, "a tombstone without a header before it");
    }
    const uint8_t *key = NULL;
    if (memcmp(tombstone.signer, v->device->origin, LAYOUT_ORIGIN_SIZE) == 0) {
        key = v->device->public_key;
    } else if (memcmp(tombstone.signer, v->hub_origin, LAYOUT_ORIGIN_SIZE) == 0) {
        key = v->report->hub_key;
    }
    size_t size = layout_tombstone_message(&tombstone, v->marks[v->mark_count - 1].hash, message);
    if (key == NULL || crypto_verify(key, message, size, tombstone.signature) != KINMU_OK) {
        return verify_found(v, "the tombstone is not signed by the device or the hub");
    }
    v->is_filled = 1;
    v->device->removed += v->key != NULL;
    v->report->removed += v->key != NULL;
    return 1;
}

/* Numbers the device gave up after a restore, in its own signed words: the next header links to the
 * one before, under the number after them. */
int32_t verify_take_restored(verifier *v) {
    lines_reader *r = &v->lines;
    layout_restore note;
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    lines_take(r, "{\"chain\":");
    note.chain = lines_take_u64(r);
    lines_take(r, ",\"sequence\":");
    note.sequence = lines_take_u64(r);
    lines_take(r, ",\"hash\":");
    lines_take_hex(r, note.hash, sizeof note.hash);
    lines_take(r, ",\"to_chain\":");
    note.to_chain = lines_take_u64(r);
    lines_take(r, ",\"to_sequence\":");
    note.to_sequence = lines_take_u64(r);
    lines_take(r, ",\"unix_ns\":");
    note.unix_ns = lines_take_i64(r);
    lines_take(r, ",\"signature\":");
    lines_take_hex(r, note.signature, sizeof note.signature);
    lines_take(r, "}");
    memcpy(note.origin, v->device->origin, sizeof note.origin);
    if (!verify_shape(v, "note of a restore") || !verify_complete(v)) {
        return 0;
    }
    size_t count = v->mark_count - v->mark_begin[v->report->device_count - 1];
    if (count == 0 || note.chain + 1 != v->next_chain || note.to_chain <= note.chain ||
        note.to_chain > v->device->last || note.sequence != v->sequence ||
        memcmp(note.hash, v->marks[v->mark_count - 1].hash, CRYPTO_HASH_SIZE) != 0) {
        return verify_found(v, "the note of a restore does not fit the block before");
    }
    if (crypto_verify(v->device->public_key, message, layout_restore_message(&note, message),
                      note.signature) != KINMU_OK) {
        return verify_found(v, "the note of a restore is not signed by its device");
    }
    /* A head signed behind the gap names its last number and the hash before it. */
    if (!keep_mark(v, note.to_chain)) {
        return 0;
    }
    v->sequence = note.to_sequence;
    v->next_chain = note.to_chain + 1;
    v->device->restored++;
    return 1;
}
