/* workday/rounds/round.h - one round of the live connector, a job: finds out whom the new evidence
 * concerns, reads what the store has of some of them, computes their days as replay does, and lists
 * what is to be written. */
#ifndef WORKDAY_ROUND_H
#define WORKDAY_ROUND_H

#include "rules/days.h"
#include "rounds/roster.h"
#include "rounds/saved.h"
#include "rounds/stored.h"

#define ROUND_PEOPLE_MAX 32u
#define ROUND_BULK_MAX 16u

typedef struct round_person {
    uint32_t id; /* of the roster's people */
    int64_t from_ns;
    int32_t is_bulk, is_forced;
} round_person;

/* How far the closing of a month is. */
enum {
    CLOSE_NONE,      /* none is being closed */
    CLOSE_HAND_OVER, /* what was stored before is still to come; */
    CLOSE_HURRY,     /* whoever has evidence of it waiting is to be computed at once, */
    CLOSE_COMPUTE,   /* and some of them still are; */
    CLOSE_WRITE      /* then its days and totals are closed */
};

typedef struct round {
    void *owner;
    const kinmu_host *host;
    const kinmu_records *records;
    roster *roster;
    zones *zones;
    marks marks; /* what came since the last round */
    uint64_t decision;
    int64_t now_ns;
    uint64_t mono_ns;
    const char *rule_version;
    int32_t close_step;
    int32_t close_month; /* since 1970-01 */
    int32_t closes_anyway;
    const char *close_by;

    /* what comes out */
    int32_t status;
    list rows; /* saved: to be written */
    round_person people[ROUND_PEOPLE_MAX];
    uint32_t person_count;
    int32_t is_full;    /* others are due, too */
    uint32_t pending;   /* and so many of them wait for no pause */
    int32_t was_closed; /* the month to be closed */
    uint32_t refused;
    uint32_t closed_days, open_days; /* to be closed; of them not confirmed */
    uint32_t unexplained_days;       /* of them with a divergence nobody gave a reason for */
    uint32_t waiting_requests;       /* of the month, that nobody decided */
    uint64_t wait_ns;                /* until somebody is due; 0 = now, UINT64_MAX = nobody waits */
} round;

/* Evidence from before this moment is counted only when it is asked for: from the first of the
 * month before on, and at least 45 days, all is. */
int64_t round_reach(int64_t now_ns);
/* [job] The roster is the round's while it runs. */
void round_run(round *r);
/* close.c, instead of it: lists what closes the month; nothing where something of it is unsettled,
 * unless closes_anyway. */
void round_close(round *r);
int32_t round_is_unsettled(const round *r);
void round_free(round *r);
/* [turn, no round running] What could not be written is computed again. */
void round_again(round *r);

#endif
