/* fuzz.h - what the targets share: a check that ends the run, and a registry of the shared
 * vocabulary, which is what the events of fuzzed bytes are judged by. */
#ifndef FUZZ_H
#define FUZZ_H

#include "schema/registry.h"
#include <kinmu/events/all.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline const schema_registry *fuzz_vocabulary(void) {
    static schema_registry *registry;
    if (registry == NULL) {
        FUZZ_REQUIRE(schema_registry_create(&registry) == KINMU_OK);
        for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
            FUZZ_REQUIRE(schema_registry_add(registry, kinmu_vocabulary[i], NULL, NULL) ==
                         KINMU_OK);
        }
    }
    return registry;
}

/* Reads every byte a value points to, so that a wild pointer is found here. */
static inline void fuzz_touch(const kinmu_value *value) {
    static volatile uint8_t sink;
    if (value->type == KINMU_TYPE_TEXT || value->type == KINMU_TYPE_BYTES) {
        for (uint32_t i = 0; i < value->size; i++) {
            sink = (uint8_t)(sink ^ value->as.bytes[i]);
        }
    }
}

static inline int32_t fuzz_same_value(const kinmu_value *a, const kinmu_value *b) {
    if (a->type != b->type || a->size != b->size) {
        return 0;
    }
    if (a->type == KINMU_TYPE_TEXT || a->type == KINMU_TYPE_BYTES) {
        return a->size == 0 || memcmp(a->as.bytes, b->as.bytes, a->size) == 0;
    }
    return a->type == KINMU_TYPE_NULL || a->as.i64 == b->as.i64; /* doubles bit by bit */
}

#endif
