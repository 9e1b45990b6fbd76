/* bench/hub_pushes.c - see hub_pushes.h. */
#include "hub_pushes.h"

#include "base/clock.h"
#include "measure.h"

#include <stdlib.h>
#include <string.h>

static void record_enough(hub_pushes *out, agent *a, int64_t from_ns, uint32_t blocks) {
    kinmu_err err = {"", ""};
    for (int64_t until_ns = from_ns; a->block_count < blocks;) {
        until_ns += DAY_NS;
        measure_must(agent_record(&out->kit, a, until_ns, &err), "record", err.msg);
    }
}

static void add_push(hub_pushes *out, agent *a, journal_standing *standing, int64_t now_ns) {
    kinmu_err err = {"", ""};
    hub_push *push = &out->list[out->count++];
    push->from = a;
    push->offset = out->bytes.size;
    uint64_t sequence = standing->sequence;
    measure_must(agent_build(&out->kit, a, standing, now_ns, "bench", &out->bytes, standing, &err),
                 "build", err.msg);
    push->size = out->bytes.size - push->offset;
    out->events += standing->sequence - sequence;
    for (uint32_t i = 0; i < a->key_count; i++) {
        a->keys[i].is_known |= a->keys[i].is_flying;
    }
}

void hub_pushes_make(hub_pushes *out, uint32_t agents, uint32_t pushes, uint32_t blocks,
                     uint32_t events, const uint8_t hub_box[32]) {
    kinmu_err err = {"", ""};
    memset(out, 0, sizeof *out);
    out->kit.block_events = events;
    out->kit.push_blocks = blocks;
    memcpy(out->kit.hub_box, hub_box, sizeof out->kit.hub_box);
    measure_must(agent_kit_init(&out->kit, &err), "kit", err.msg);
    measure_must(crypto_random(out->kit.secret, sizeof out->kit.secret), "random", "failed");
    measure_must(world_make(&out->kit.w, 1, agents, 0, &err), "world", err.msg);
    uint32_t each = pushes / agents;
    int64_t begin_day = day_of(clock_unix_ns()) - (int64_t)(each * blocks * events / 300) - 7;
    journal_standing *standings = calloc(agents, sizeof *standings);
    out->agents = calloc(agents, sizeof *out->agents);
    out->list = calloc((size_t)each * agents, sizeof *out->list);
    measure_must(standings == NULL || out->agents == NULL || out->list == NULL, "memory", "none");
    for (uint32_t i = 0; i < agents; i++) {
        measure_must(agent_init(&out->kit, &out->agents[i], i, begin_day, &err), "agent", err.msg);
        record_enough(out, &out->agents[i], day_moment(begin_day, 0), each * blocks);
    }
    out->agent_count = agents;
    for (uint32_t n = 0; n < each * agents; n++) {
        add_push(out, &out->agents[n % agents], &standings[n % agents], clock_unix_ns());
    }
    measure_must(out->bytes.failed, "memory", "too many pushes");
    free(standings);
}

const uint8_t *hub_pushes_key(const agent *from, const uint8_t id[16]) {
    for (uint32_t i = from->key_count; i > 0; i--) {
        if (memcmp(from->keys[i - 1].key.id, id, LAYOUT_KEY_ID_SIZE) == 0) {
            return from->keys[i - 1].key.key;
        }
    }
    return NULL;
}

int32_t hub_pushes_verify(const agent *from, const wire_push *push) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    layout_head head = {
        .chain = push->head_chain, .sequence = push->head_sequence, .unix_ns = push->head_unix_ns};
    memcpy(head.origin, from->made.origin, sizeof head.origin);
    memcpy(head.hash, push->head_hash, sizeof head.hash);
    size_t size = layout_head_message(&head, message);
    return crypto_verify(from->public_key, message, size, push->head_signature);
}
