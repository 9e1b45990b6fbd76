/* simulate/world.h - who works in a simulated company, and at which PCs: persons with accounts and
 * habits, PCs of their own, second PCs, shared PCs. All of it follows from a seed.
 *
 * A PC is an agent. Persons come first to the PCs of the first kind; when there are more persons
 * than those, some PCs have two or more, one after another. Second PCs come last.
 */
#ifndef SIMULATE_WORLD_H
#define SIMULATE_WORLD_H

#include <kinmu/base.h>

#define WORLD_AGENTS_MAX 100000u
#define WORLD_USERS_MAX 4u /* of one PC */
#define WORLD_ACCOUNT_SIZE 48u
#define WORLD_NO_PC UINT32_MAX

/* How somebody works; decides counts and programs. */
enum { WORLD_CLERK, WORLD_ENGINEER, WORLD_SALES, WORLD_MANAGER, WORLD_KINDS };
/* When. */
enum { WORLD_BY_DAY, WORLD_EARLY, WORLD_BY_NIGHT };

typedef struct world_person {
    char account[WORLD_ACCOUNT_SIZE]; /* "sato.misaki", some "佐藤 美咲" */
    uint32_t pc;                      /* first one */
    uint32_t second_pc;               /* or WORLD_NO_PC */
    uint8_t kind, shift;
    uint8_t turn, turns; /* of a shared PC's day: his part of it */
} world_person;

typedef struct world_pc {
    uint32_t users[WORLD_USERS_MAX];
    uint8_t user_count;
    uint8_t is_second;
} world_pc;

typedef struct world {
    uint64_t seed;
    uint32_t agent_count, people_count;
    int32_t rush_s; /* > 0: by day everybody begins within so many seconds after 09:00 */
    world_person *people;
    world_pc *pcs;
} world;

/* people 0 = as many as agents. E_REJECT with the bounds in err. */
int32_t world_make(world *w, uint64_t seed, uint32_t agents, uint32_t people, kinmu_err *err);
void world_free(world *w);

#endif
