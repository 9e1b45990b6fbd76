/* fleet/wire.c - see wire.h. */
#include "fleet/wire.h"

#include "base/error.h"
#include "base/text.h"
#include "journal/keys.h"
#include "journal/layout.h"

#include <stdlib.h>
#include <string.h>

static const char push_magic[8] = {'K', 'N', 'P', 'U', 'S', 'H', '1', '\n'};
static const char answer_magic[8] = {'K', 'N', 'A', 'N', 'S', 'W', '1', '\n'};

enum { PUSH_AGENT = 1, PUSH_KEY = 2, PUSH_BLOCK = 3, PUSH_HEAD = 4 };
enum { BLOCK_PAYLOAD = 0, BLOCK_TOMBSTONE = 1, BLOCK_WITHHELD = 2 };
enum {
    ANSWER_STANDING = 1,
    ANSWER_COUNTERSIGNATURE = 2,
    ANSWER_WANTED = 3,
    ANSWER_DECLINED = 4,
    ANSWER_PROBLEM = 5,
    ANSWER_POLICY = 6,
    ANSWER_CERTIFICATE = 7
};

#define SECTION_HEAD 5u
#define AGENT_FIXED 16u
#define HEAD_SIZE (8u + 8u + CRYPTO_HASH_SIZE + 8u + CRYPTO_SIGNATURE_SIZE)
#define STANDING_SIZE (8u + 8u + CRYPTO_HASH_SIZE)
#define COUNTERSIGNATURE_SIZE (CRYPTO_PUBLIC_SIZE + 8u + CRYPTO_SIGNATURE_SIZE)

/* ---- writing ---- */

/* Room for a section, its head written; NULL once the buffer failed. */
static uint8_t *add_section(buffer *out, uint8_t type, size_t size) {
    uint8_t *to = buffer_reserve(out, SECTION_HEAD + size);
    if (to == NULL) {
        return NULL;
    }
    out->size += SECTION_HEAD + size;
    *to = type;
    return layout_put_u32(to + 1, (uint32_t)size);
}

static void add_bytes(buffer *out, uint8_t type, const void *data, size_t size) {
    uint8_t *to = add_section(out, type, size);
    if (to != NULL && size > 0) {
        memcpy(to, data, size);
    }
}

void wire_push_begin(buffer *out) {
    buffer_append(out, push_magic, sizeof push_magic);
}

void wire_push_key(buffer *out, const uint8_t id[16], const void *box, uint32_t box_size) {
    uint8_t *to = add_section(out, PUSH_KEY, LAYOUT_KEY_ID_SIZE + (size_t)box_size);
    if (to != NULL) {
        layout_put(layout_put(to, id, LAYOUT_KEY_ID_SIZE), box, box_size);
    }
}

void wire_push_block(buffer *out, const journal_foreign_block *block) {
    uint8_t what = block->payload != NULL     ? BLOCK_PAYLOAD
                   : block->tombstone != NULL ? BLOCK_TOMBSTONE
                                              : BLOCK_WITHHELD;
    const uint8_t *rest = what == BLOCK_PAYLOAD ? block->payload : block->tombstone;
    uint32_t rest_size = what == BLOCK_PAYLOAD     ? block->payload_size
                         : what == BLOCK_TOMBSTONE ? block->tombstone_size
                                                   : 0;
    uint8_t *to = add_section(out, PUSH_BLOCK, 2 + (size_t)block->header_size + rest_size);
    if (to == NULL) {
        return;
    }
    *to++ = what;
    *to++ = (uint8_t)(block->header_size - LAYOUT_HEADER_FIXED);
    to = layout_put(to, block->header, block->header_size);
    if (rest_size > 0) {
        memcpy(to, rest, rest_size);
    }
}

void wire_push_end(buffer *out, const char *version, uint64_t unsent, int64_t now_unix_ns,
                   const journal_standing *head, int64_t head_unix_ns,
                   const uint8_t signature[CRYPTO_SIGNATURE_SIZE]) {
    size_t version_size = strlen(version);
    version_size = version_size < WIRE_VERSION_BYTES_MAX ? version_size : WIRE_VERSION_BYTES_MAX;
    uint8_t *to = add_section(out, PUSH_AGENT, AGENT_FIXED + version_size);
    if (to != NULL) {
        to = layout_put_u64(to, unsent);
        to = layout_put_u64(to, (uint64_t)now_unix_ns);
        layout_put(to, version, version_size);
    }
    to = add_section(out, PUSH_HEAD, HEAD_SIZE);
    if (to != NULL) {
        to = layout_put_u64(to, head->chain);
        to = layout_put_u64(to, head->sequence);
        to = layout_put(to, head->hash, CRYPTO_HASH_SIZE);
        to = layout_put_u64(to, (uint64_t)head_unix_ns);
        layout_put(to, signature, CRYPTO_SIGNATURE_SIZE);
    }
}

void wire_answer_begin(buffer *out) {
    buffer_append(out, answer_magic, sizeof answer_magic);
}

void wire_answer_standing(buffer *out, const journal_standing *standing) {
    uint8_t *to = add_section(out, ANSWER_STANDING, STANDING_SIZE);
    if (to != NULL) {
        to = layout_put_u64(to, standing->chain);
        to = layout_put_u64(to, standing->sequence);
        layout_put(to, standing->hash, CRYPTO_HASH_SIZE);
    }
}

void wire_answer_countersignature(buffer *out, const uint8_t hub_key[CRYPTO_PUBLIC_SIZE],
                                  int64_t unix_ns, const uint8_t signature[CRYPTO_SIGNATURE_SIZE]) {
    uint8_t *to = add_section(out, ANSWER_COUNTERSIGNATURE, COUNTERSIGNATURE_SIZE);
    if (to != NULL) {
        to = layout_put(to, hub_key, CRYPTO_PUBLIC_SIZE);
        to = layout_put_u64(to, (uint64_t)unix_ns);
        layout_put(to, signature, CRYPTO_SIGNATURE_SIZE);
    }
}

void wire_answer_wanted(buffer *out, const uint8_t *ids, uint32_t count) {
    add_bytes(out, ANSWER_WANTED, ids, (size_t)count * LAYOUT_KEY_ID_SIZE);
}

void wire_answer_declined(buffer *out, const uint64_t *chains, uint32_t count) {
    uint8_t *to = add_section(out, ANSWER_DECLINED, (size_t)count * 8);
    for (uint32_t i = 0; to != NULL && i < count; i++) {
        to = layout_put_u64(to, chains[i]);
    }
}

void wire_answer_problem(buffer *out, const char *text) {
    char kept[WIRE_TEXT_BYTES_MAX + 1];
    text_copy(kept, sizeof kept, text);
    add_bytes(out, ANSWER_PROBLEM, kept, strlen(kept));
}

void wire_answer_policy(buffer *out, const char *policy, uint32_t size) {
    add_bytes(out, ANSWER_POLICY, policy, size);
}

void wire_answer_certificate(buffer *out, const char *pem, uint32_t size) {
    add_bytes(out, ANSWER_CERTIFICATE, pem, size);
}

/* ---- reading ---- */

typedef struct sections {
    const uint8_t *data;
    size_t size;
    size_t offset;
    const char *what; /* "push" or "answer" */
} sections;

static int32_t damaged(const sections *s, const char *how, kinmu_err *err) {
    return error_set(err, KINMU_E_REJECT, "fleet.wire", "%s: byte %zu: %s", s->what, s->offset,
                     how);
}

static int32_t open_sections(sections *s, const char magic[8], kinmu_err *err) {
    if (s->size < 8 || memcmp(s->data, magic, 8) != 0) {
        return damaged(s, "not of this format, or of a newer version of it", err);
    }
    s->offset = 8;
    return KINMU_OK;
}

/* E_NOTFOUND at the end. */
static int32_t next_section(sections *s, uint8_t *type, const uint8_t **bytes, uint32_t *size,
                            kinmu_err *err) {
    if (s->offset == s->size) {
        return KINMU_E_NOTFOUND;
    }
    if (s->size - s->offset < SECTION_HEAD) {
        return damaged(s, "cut off within a section's head", err);
    }
    *type = s->data[s->offset];
    layout_take_u32(s->data + s->offset + 1, size);
    if (*size > s->size - s->offset - SECTION_HEAD) {
        return damaged(s, "a section is longer than what was sent", err);
    }
    *bytes = s->data + s->offset + SECTION_HEAD;
    s->offset += SECTION_HEAD + *size;
    return KINMU_OK;
}

static int32_t count_sections(const sections *s, uint8_t wanted, uint32_t *count, kinmu_err *err) {
    sections copy = *s;
    uint8_t type;
    const uint8_t *bytes;
    uint32_t size;
    int32_t status;
    *count = 0;
    while ((status = next_section(&copy, &type, &bytes, &size, err)) == KINMU_OK) {
        *count += type == wanted;
    }
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

static int32_t read_agent(const sections *s, wire_push *push, const uint8_t *bytes, uint32_t size,
                          kinmu_err *err) {
    if (size < AGENT_FIXED || size - AGENT_FIXED > WIRE_VERSION_BYTES_MAX ||
        !text_is_utf8((const char *)bytes + AGENT_FIXED, size - AGENT_FIXED) ||
        memchr(bytes + AGENT_FIXED, 0, size - AGENT_FIXED) != NULL) {
        return damaged(s, "what the agent says of itself does not fit", err);
    }
    uint64_t now;
    layout_take_u64(layout_take_u64(bytes, &push->unsent), &now);
    push->now_unix_ns = (int64_t)now;
    memcpy(push->version, bytes + AGENT_FIXED, size - AGENT_FIXED);
    push->version[size - AGENT_FIXED] = '\0';
    return KINMU_OK;
}

static int32_t read_block(const sections *s, journal_foreign_block *block, const uint8_t *bytes,
                          uint32_t size, kinmu_err *err) {
    memset(block, 0, sizeof *block);
    if (size < 2 || bytes[1] > KINMU_NAME_BYTES_MAX ||
        size - 2 < LAYOUT_HEADER_FIXED + (uint32_t)bytes[1]) {
        return damaged(s, "a block is cut off within its header", err);
    }
    block->header = bytes + 2;
    block->header_size = LAYOUT_HEADER_FIXED + (uint32_t)bytes[1];
    const uint8_t *rest = block->header + block->header_size;
    uint32_t rest_size = size - 2 - block->header_size;
    switch (bytes[0]) {
    case BLOCK_PAYLOAD:
        block->payload = rest;
        block->payload_size = rest_size;
        return rest_size > 0 ? KINMU_OK : damaged(s, "a payload is empty", err);
    case BLOCK_TOMBSTONE:
        block->tombstone = rest;
        block->tombstone_size = rest_size;
        return rest_size == LAYOUT_TOMBSTONE_SIZE ? KINMU_OK
                                                  : damaged(s, "a tombstone's size is wrong", err);
    case BLOCK_WITHHELD:
        return rest_size == 0 ? KINMU_OK : damaged(s, "bytes after a block without payload", err);
    default:
        return damaged(s, "a block of an unknown form", err);
    }
}

static int32_t read_head(const sections *s, wire_push *push, const uint8_t *bytes, uint32_t size,
                         kinmu_err *err) {
    uint64_t unix_ns;
    if (size != HEAD_SIZE || push->head_hash != NULL) {
        return damaged(s, "not one head of the right size", err);
    }
    bytes = layout_take_u64(layout_take_u64(bytes, &push->head_chain), &push->head_sequence);
    push->head_hash = bytes;
    bytes = layout_take_u64(bytes + CRYPTO_HASH_SIZE, &unix_ns);
    push->head_unix_ns = (int64_t)unix_ns;
    push->head_signature = bytes;
    return KINMU_OK;
}

static int32_t make_room(const sections *s, wire_push *push, kinmu_err *err) {
    uint32_t block_count = 0;
    uint32_t key_count = 0;
    int32_t status = count_sections(s, PUSH_BLOCK, &block_count, err);
    if (status == KINMU_OK) {
        status = count_sections(s, PUSH_KEY, &key_count, err);
    }
    if (status != KINMU_OK) {
        return status;
    }
    if (block_count > WIRE_BLOCKS_MAX || key_count > WIRE_KEYS_MAX) {
        return damaged(s, "too many blocks or keys", err);
    }
    push->blocks = calloc(block_count + 1u, sizeof *push->blocks);
    push->keys = calloc(key_count + 1u, sizeof *push->keys);
    return push->blocks != NULL && push->keys != NULL
               ? KINMU_OK
               : error_set(err, KINMU_E_NOMEM, "fleet.memory", "out of memory");
}

static int32_t read_section(const sections *s, wire_push *push, uint8_t type, const uint8_t *bytes,
                            uint32_t size, kinmu_err *err) {
    switch (type) {
    case PUSH_AGENT:
        return read_agent(s, push, bytes, size, err);
    case PUSH_KEY:
        if (size <= LAYOUT_KEY_ID_SIZE || size > LAYOUT_KEY_ID_SIZE + WIRE_KEY_BYTES_MAX) {
            return damaged(s, "a key's size is wrong", err);
        }
        push->keys[push->key_count++] =
            (wire_key){bytes, bytes + LAYOUT_KEY_ID_SIZE, size - LAYOUT_KEY_ID_SIZE};
        return KINMU_OK;
    case PUSH_BLOCK:
        return read_block(s, &push->blocks[push->block_count++], bytes, size, err);
    case PUSH_HEAD:
        return read_head(s, push, bytes, size, err);
    default:
        return KINMU_OK; /* of a newer agent: what an older hub need not know */
    }
}

int32_t wire_push_read(wire_push *push, const void *data, size_t size, kinmu_err *err) {
    sections s = {data, size, 0, "push"};
    uint8_t type;
    const uint8_t *bytes;
    uint32_t section_size;
    memset(push, 0, sizeof *push);
    int32_t status = size <= WIRE_PUSH_BYTES_MAX ? open_sections(&s, push_magic, err)
                                                 : damaged(&s, "too large", err);
    if (status == KINMU_OK) {
        status = make_room(&s, push, err);
    }
    while (status == KINMU_OK &&
           (status = next_section(&s, &type, &bytes, &section_size, err)) == KINMU_OK) {
        status = read_section(&s, push, type, bytes, section_size, err);
    }
    if (status == KINMU_E_NOTFOUND) {
        status = push->head_hash != NULL ? KINMU_OK : damaged(&s, "there is no head", err);
    }
    return status;
}

void wire_push_free(wire_push *push) {
    free(push->keys);
    free(push->blocks);
    memset(push, 0, sizeof *push);
}

void wire_key_context(const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                      const uint8_t id[LAYOUT_KEY_ID_SIZE], char context[WIRE_KEY_CONTEXT_SIZE]) {
    static const char name[] = "kinmu key 1 ";
    memcpy(context, name, sizeof name - 1);
    char *to = context + sizeof name - 1;
    text_hex(to, public_key, LAYOUT_ORIGIN_SIZE);
    text_hex(to + (size_t)2 * LAYOUT_ORIGIN_SIZE, id, LAYOUT_KEY_ID_SIZE);
}

/* key (32) | month (4) | size of purpose (1) | purpose | subject */
size_t wire_key_encode(const journal_foreign_key *key, uint8_t out[WIRE_KEY_BYTES_MAX]) {
    size_t purpose_size = strlen(key->purpose);
    uint8_t *to = layout_put(out, key->key, CRYPTO_KEY_SIZE);
    to = layout_put_u32(to, (uint32_t)key->month);
    *to++ = (uint8_t)purpose_size;
    to = layout_put(to, key->purpose, purpose_size);
    to = layout_put(to, key->subject, strlen(key->subject));
    return (size_t)(to - out);
}

int32_t wire_key_decode(journal_foreign_key *key, const uint8_t *data, size_t size) {
    const size_t fixed = CRYPTO_KEY_SIZE + 4 + 1;
    uint32_t month;
    memset(key, 0, sizeof *key);
    if (size < fixed || data[fixed - 1] > KINMU_NAME_BYTES_MAX || size < fixed + data[fixed - 1]) {
        return KINMU_E_REJECT;
    }
    size_t purpose_size = data[fixed - 1];
    size_t subject_size = size - fixed - purpose_size;
    const char *purpose = (const char *)data + fixed;
    const char *subject = purpose + purpose_size;
    if (subject_size > KEYS_SUBJECT_BYTES_MAX || !text_is_utf8(purpose, purpose_size) ||
        !text_is_utf8(subject, subject_size) || memchr(purpose, 0, purpose_size + subject_size)) {
        return KINMU_E_REJECT;
    }
    memcpy(key->key, data, CRYPTO_KEY_SIZE);
    layout_take_u32(data + CRYPTO_KEY_SIZE, &month);
    key->month = (int32_t)month;
    memcpy(key->purpose, purpose, purpose_size);
    memcpy(key->subject, subject, subject_size);
    /* Years 1970 to 2262, what a moment in nanoseconds can name. */
    return month >= 1970 * 12 && month < 2263 * 12 ? KINMU_OK : KINMU_E_REJECT;
}

uint64_t wire_declined_at(const wire_answer *answer, uint32_t index) {
    uint64_t chain;
    layout_take_u64(answer->declined + (size_t)index * 8, &chain);
    return chain;
}

static int32_t read_answer_section(const sections *s, wire_answer *answer, uint8_t type,
                                   const uint8_t *bytes, uint32_t size, kinmu_err *err) {
    uint64_t unix_ns;
    switch (type) {
    case ANSWER_STANDING:
        if (size != STANDING_SIZE) {
            return damaged(s, "the standing's size is wrong", err);
        }
        bytes = layout_take_u64(bytes, &answer->standing.chain);
        bytes = layout_take_u64(bytes, &answer->standing.sequence);
        memcpy(answer->standing.hash, bytes, CRYPTO_HASH_SIZE);
        answer->has_standing = 1;
        return KINMU_OK;
    case ANSWER_COUNTERSIGNATURE:
        if (size != COUNTERSIGNATURE_SIZE) {
            return damaged(s, "the countersignature's size is wrong", err);
        }
        memcpy(answer->hub_key, bytes, CRYPTO_PUBLIC_SIZE);
        bytes = layout_take_u64(bytes + CRYPTO_PUBLIC_SIZE, &unix_ns);
        answer->unix_ns = (int64_t)unix_ns;
        memcpy(answer->countersignature, bytes, CRYPTO_SIGNATURE_SIZE);
        answer->has_countersignature = 1;
        return KINMU_OK;
    case ANSWER_WANTED:
        answer->wanted_keys = bytes;
        answer->wanted_key_count = size / LAYOUT_KEY_ID_SIZE;
        return size % LAYOUT_KEY_ID_SIZE == 0 ? KINMU_OK : damaged(s, "half a key's id", err);
    case ANSWER_DECLINED:
        answer->declined = bytes;
        answer->declined_count = size / 8;
        return size % 8 == 0 ? KINMU_OK : damaged(s, "half a block's number", err);
    case ANSWER_PROBLEM:
        if (size > WIRE_TEXT_BYTES_MAX || !text_is_utf8((const char *)bytes, size)) {
            return damaged(s, "its text is too long or not UTF-8", err);
        }
        memcpy(answer->problem, bytes, size);
        answer->problem[size] = '\0';
        return KINMU_OK;
    case ANSWER_POLICY:
        answer->policy = (const char *)bytes;
        answer->policy_size = size;
        return size <= WIRE_POLICY_BYTES_MAX ? KINMU_OK : damaged(s, "the policy is too long", err);
    case ANSWER_CERTIFICATE:
        answer->certificate = (const char *)bytes;
        answer->certificate_size = size;
        return size <= WIRE_CERTIFICATE_BYTES_MAX ? KINMU_OK
                                                  : damaged(s, "the certificate is too long", err);
    default:
        return KINMU_OK; /* of a newer hub */
    }
}

int32_t wire_answer_read(wire_answer *answer, const void *data, size_t size, kinmu_err *err) {
    sections s = {data, size, 0, "answer"};
    uint8_t type;
    const uint8_t *bytes;
    uint32_t section_size;
    memset(answer, 0, sizeof *answer);
    int32_t status = size <= WIRE_ANSWER_BYTES_MAX ? open_sections(&s, answer_magic, err)
                                                   : damaged(&s, "too large", err);
    while (status == KINMU_OK &&
           (status = next_section(&s, &type, &bytes, &section_size, err)) == KINMU_OK) {
        status = read_answer_section(&s, answer, type, bytes, section_size, err);
    }
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}
