/* simulate/random.h - chance that is the same on every machine: numbers made from a seed and what
 * they are for. Nothing here has a state that another caller could move on, so that any day of any
 * person can be made alone. Not for secrets.
 */
#ifndef SIMULATE_RANDOM_H
#define SIMULATE_RANDOM_H

#include <kinmu/base.h>

typedef struct chance {
    uint64_t state;
} chance;

/* splitmix64. */
static inline uint64_t chance_next(chance *c) {
    c->state += 0x9e3779b97f4a7c15u;
    uint64_t z = c->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A stream of its own for one thing: `what` names it, a and b say of whom and when. */
static inline chance chance_of(uint64_t seed, uint64_t what, uint64_t a, uint64_t b) {
    chance c = {seed};
    c.state = chance_next(&c) ^ what;
    c.state = chance_next(&c) ^ a;
    c.state = chance_next(&c) ^ b;
    return c;
}

/* 0 … count - 1. */
static inline uint32_t chance_below(chance *c, uint32_t count) {
    return (uint32_t)(((chance_next(c) >> 32) * count) >> 32);
}

static inline int32_t chance_between(chance *c, int32_t low, int32_t high) { /* both included */
    return low + (int32_t)chance_below(c, (uint32_t)(high - low + 1));
}

static inline int32_t chance_percent(chance *c, uint32_t percent) { /* 1 so often of a hundred */
    return chance_below(c, 100) < percent;
}

#endif
