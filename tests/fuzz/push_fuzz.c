/* push_fuzz.c - any bytes as a push, an answer or the content of a key's box: refused, or read
 * within bounds into what can be written again. */
#include "fuzz.h"

#include "fleet/wire.h"

static uint64_t touch(const uint8_t *bytes, size_t size) {
    uint64_t sum = 0;
    for (size_t i = 0; bytes != NULL && i < size; i++) {
        sum += bytes[i];
    }
    return sum;
}

static uint64_t read_push(const uint8_t *data, size_t size) {
    wire_push push;
    kinmu_err err = {"", ""};
    uint64_t sum = 0;
    if (wire_push_read(&push, data, size, &err) == KINMU_OK) {
        for (uint32_t i = 0; i < push.block_count; i++) {
            const journal_foreign_block *block = &push.blocks[i];
            sum += touch(block->header, block->header_size);
            sum += touch(block->payload, block->payload_size);
            sum += touch(block->tombstone, block->tombstone_size);
        }
        for (uint32_t i = 0; i < push.key_count; i++) {
            sum += touch(push.keys[i].id, 16) + touch(push.keys[i].box, push.keys[i].box_size);
        }
        sum += touch(push.head_hash, 32) + touch(push.head_signature, 64);
    } else {
        FUZZ_REQUIRE(err.msg[0] != '\0');
    }
    wire_push_free(&push);
    return sum;
}

static volatile uint64_t sink; /* what was read counts as used, whatever it is */

static uint64_t read_answer(const uint8_t *data, size_t size) {
    wire_answer answer;
    kinmu_err err = {"", ""};
    uint64_t sum = 0;
    if (wire_answer_read(&answer, data, size, &err) == KINMU_OK) {
        sum += touch(answer.wanted_keys, (size_t)answer.wanted_key_count * 16);
        sum += touch((const uint8_t *)answer.policy, answer.policy_size);
        sum += touch((const uint8_t *)answer.certificate, answer.certificate_size);
        for (uint32_t i = 0; i < answer.declined_count; i++) {
            sum += wire_declined_at(&answer, i);
        }
        FUZZ_REQUIRE(strlen(answer.problem) <= WIRE_TEXT_BYTES_MAX);
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    journal_foreign_key key;
    uint64_t sum = read_push(data, size) + read_answer(data, size);
    if (wire_key_decode(&key, data, size) == KINMU_OK) {
        uint8_t again[WIRE_KEY_BYTES_MAX];
        FUZZ_REQUIRE(wire_key_encode(&key, again) == size);
        FUZZ_REQUIRE(memcmp(again, data, size) == 0);
    }
    sink = sum;
    return 0;
}
