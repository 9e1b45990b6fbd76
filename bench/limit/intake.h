/* bench/limit/intake.h - what taking pushes in costs before anything is stored: read the sections,
 * verify the head, hash every block, decrypt, unpack; with the time of each step. For the bare
 * loops of a hub, which store in a place of their own. */
#ifndef INTAKE_H
#define INTAKE_H

#include "hub_pushes.h"
#include "measure.h"
#include "walk.h"

#include <stdio.h>
#include <string.h>

#define STEPS_MAX 8
enum { READ, VERIFY, HASH, OPEN, STORING }; /* from there on the program's own steps */
static double spent[STEPS_MAX], mark;
static hub_pushes made;
static sealer opener;
static uint64_t position;

static void step(uint32_t which) {
    double now = measure_now_s();
    spent[which] += now - mark;
    mark = now;
}

/* The events of a block, one after the other; the walk stands at the fields of this one. */
typedef struct events {
    walk w;
    const uint8_t *end;
    uint32_t known[MINUTE_KINDS], known_count;
    uint32_t kind, fields;
    int64_t times[2];
    uint64_t subject, sequence;
} events;

static events events_of(const uint8_t *plain, size_t size, uint64_t subject, uint64_t sequence) {
    events e = {
        .w = {.at = plain}, .end = plain + size, .subject = subject, .sequence = sequence - 1};
    walk_next(&e.w);
    for (int64_t i = e.w.number; i > 0; i--) { /* the stamp; its last two are times */
        walk_next(&e.w);
        e.times[i & 1] = e.w.number;
    }
    return e;
}

static uint32_t kind_of(const char *name, int size) {
    uint32_t k = 0;
    while (memcmp(made.kit.infos[k]->full_name, name, (size_t)size) != 0) {
        k++;
    }
    return k;
}

static int events_next(events *e) {
    if (e->w.at >= e->end) {
        return 0;
    }
    walk_next(&e->w);
    e->fields = (uint32_t)e->w.number - 3;
    walk_next(&e->w);
    e->kind = e->w.size < 0 ? e->known[e->w.number]
                            : (e->known[e->known_count++] = kind_of(e->w.text, e->w.size));
    for (int i = 0; i < 2; i++) {
        walk_next(&e->w);
        e->times[i] += e->w.number;
    }
    e->sequence++;
    return 1;
}

typedef void (*store_fn)(const journal_foreign_block *block, events *in);

static void take_block(const agent *from, const journal_foreign_block *block, store_fn store) {
    uint8_t hash[32];
    layout_header header;
    const uint8_t *plain;
    size_t size;
    position++;
    crypto_hash(opener.crypto, block->payload, block->payload_size, hash);
    crypto_hash(opener.crypto, block->header, block->header_size, hash);
    step(HASH);
    layout_header_decode(&header, block->header, block->header_size);
    measure_must(seal_open(&opener, hub_pushes_key(from, header.key_id), block->header,
                           block->header_size, block->payload, block->payload_size, &plain, &size),
                 "block", "refused");
    step(OPEN);
    events in = events_of(plain, size, from->index, header.first_sequence);
    store(block, &in);
}

static void take_push(const hub_push *p, store_fn store) {
    wire_push push;
    measure_must(wire_push_read(&push, made.bytes.data + p->offset, p->size, NULL), "push",
                 "damaged");
    step(READ);
    measure_must(hub_pushes_verify(p->from, &push), "head", "forged");
    step(VERIFY);
    for (uint32_t b = 0; b < push.block_count; b++) {
        take_block(p->from, &push.blocks[b], store);
    }
    wire_push_free(&push);
}

/* The rate, and what a push costs from the step `first` on. */
static void print_figures(const char *name, double begin, const char *const *steps, uint32_t first,
                          uint32_t count) {
    char longer[64];
    measure_print(name, (double)made.events / (measure_now_s() - begin));
    for (uint32_t i = first; i < count; i++) {
        snprintf(longer, sizeof longer, "%s.%s_us", name, steps[i]);
        measure_print(longer, spent[i] / made.count * 1e6);
    }
}

#endif
