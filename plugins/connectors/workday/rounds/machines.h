/* workday/rounds/machines.h - kept in memory between rounds: what machines told of themselves
 * (boots, shutdowns, sleep, gaps), by device. It stands under one subject for all of them, so that
 * each round would read the whole fleet's for a few people.
 */
#ifndef WORKDAY_MACHINES_H
#define WORKDAY_MACHINES_H

#include "rounds/stored.h"

#define MACHINE_ROWS_MAX 4000000u /* 160 MB; with more each round reads them again */

typedef struct machines {
    list rows;        /* in no order */
    list newest;      /* uint32_t by device: its newest row, + 1 */
    int64_t since_ns; /* all since then are here; INT64_MAX = none */
    int64_t stale_ns; /* but these and later ones are to be read again; INT64_MAX = none */
    uint32_t refused; /* rows left out */
} machines;

void machines_init(machines *m);
void machines_free(machines *m);
/* Rows of that time or later are new. */
void machines_renew(machines *m, int64_t unix_ns);

/* Reads what is missing of all since a moment; `devices` numbers the devices. Says in the source
 * when it could not. 0 when out of memory. [job] */
int32_t machines_read(machines *m, stored *source, texts *devices, int64_t since_ns);
/* Adds those of a device from then up to now to the logs, where it has another number. 0 when out
 * of memory. */
int32_t machines_give(const machines *m, uint32_t device, int64_t from_ns, int64_t now_ns, logs *to,
                      uint32_t number);
/* When a round is over: what is too much, or older than rounds need, is not kept. */
void machines_rest(machines *m, int64_t since_ns);

#endif
