/* api/access/throttle.h - how often a password may be wrong: a table of states, fed with moments.
 * Pure; the owner keeps it on one thread.
 *
 * Two counts, so that guessing is slow and nobody can lock another out for ever:
 *   of a person from one source: 5 wrong in 15 minutes, then that source waits 15 minutes (SEC-11);
 *   of a person from all sources he has not come in from before: 20 wrong in 15 minutes, then such
 *   sources wait a minute, and twice as long after each wrong one behind it, up to an hour.
 * Where he came in from before, only the first one counts. What is under way counts as wrong until
 * it is known, so that asking at once is no way around. An unknown person is one like any other.
 * Bounded: when there is no place, the one that was quiet longest is forgotten; what tells nothing
 * keeps none, or tries that come to nothing would push out who is locked, and who is known. */
#ifndef API_THROTTLE_H
#define API_THROTTLE_H

#include <kinmu/base.h>

#define THROTTLE_PAIRS 4096u
#define THROTTLE_PEOPLE 1024u
#define THROTTLE_PERSON_SIZE 40u
#define THROTTLE_SOURCE_SIZE 48u
#define THROTTLE_WRONG_MAX 5u
#define THROTTLE_WINDOW_MS 900000u
#define THROTTLE_LOCK_MS 900000u
#define THROTTLE_STRANGERS_MAX 20u
#define THROTTLE_STRANGERS_LOCK_MS 60000u
#define THROTTLE_STRANGERS_LOCK_MS_MAX 3600000u

typedef struct throttle_pair {
    char person[THROTTLE_PERSON_SIZE];
    char source[THROTTLE_SOURCE_SIZE];
    uint64_t touched_ms; /* 0 = free */
    uint64_t wrong_ms[THROTTLE_WRONG_MAX];
    uint32_t wrong; /* how many of them, the newest last */
    uint32_t open;  /* under way */
    int32_t is_known;
    uint64_t until_ms;
} throttle_pair;

typedef struct throttle_person {
    char person[THROTTLE_PERSON_SIZE];
    uint64_t touched_ms;
    uint64_t since_ms; /* its window began */
    uint32_t wrong;
    uint32_t open;
    uint64_t lock_ms; /* the next one's length */
    uint64_t until_ms;
} throttle_person;

typedef struct throttle {
    throttle_pair pairs[THROTTLE_PAIRS];
    throttle_person people[THROTTLE_PEOPLE];
} throttle;

#define THROTTLE_BUSY UINT32_MAX /* as many are under way as may be wrong: ask again soon */

/* Where an address counts: an IPv6 address by its first 64 bits, since all below is one host's. */
void throttle_source(char out[THROTTLE_SOURCE_SIZE], const char *address);
/* 0: a try may begin, and it has to be ended by throttle_end; else the seconds to wait. */
uint32_t throttle_begin(throttle *t, const char *person, const char *source, uint64_t now_ms);
enum { THROTTLE_RIGHT, THROTTLE_WRONG, THROTTLE_NEITHER };
void throttle_end(throttle *t, const char *person, const char *source, uint64_t now_ms,
                  int32_t outcome);
/* All is forgotten of a person: he got a new invitation (SEC-12). */
void throttle_clear(throttle *t, const char *person);

#endif
