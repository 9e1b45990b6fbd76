/* workday/rounds/inputs.h - kept in memory between rounds: which account told anything by which
 * device, and its last input minute of each day. So a round reads the input of three days, and what
 * came before once: which devices told of somebody in 40 days decides when his day is confirmed.
 *
 * What is not known here is read from the store; so all of it may be forgotten at any time.
 */
#ifndef WORKDAY_INPUTS_H
#define WORKDAY_INPUTS_H

#include "facts/list.h"

#define INPUT_DAYS 128u         /* of UTC, up to the latest: more than a round looks back */
#define INPUT_LANES_MAX 200000u /* 60 MB; with more everything is forgotten */

typedef struct inputs {
    texts *accounts;
    list states;          /* by account */
    list lanes;           /* one for each account and device */
    int64_t all_since_ns; /* everybody's are known since then; INT64_MAX = they are not */
    uint32_t forgotten;   /* how often */
} inputs;

/* 0 when out of memory. */
int32_t inputs_init(inputs *in);
void inputs_free(inputs *in);
void inputs_forget(inputs *in);

/* The account told something by the device, a number of the caller's. 0 when out of memory. */
int32_t inputs_meet(inputs *in, const char *account, uint32_t device);
/* It was an input minute. One later than now leaves the account unsure. 0 when out of memory. */
int32_t inputs_note(inputs *in, const char *account, uint32_t device, int64_t unix_ns,
                    int64_t now_ns);

/* All input of the account since then will have been noted, from now on. 0 when out of memory. */
int32_t inputs_cover(inputs *in, const char *account, int64_t since_ns);
/* Since when all of it is noted; INT64_MAX = unknown. */
int64_t inputs_since(const inputs *in, const char *account);

typedef struct input_told {
    uint32_t device;
    int64_t unix_ns;
} input_told;

/* Appends the last minutes of the account's days that lie in [from_ns, to_ns), as input_told. 0
 * when out of memory. */
int32_t inputs_told(const inputs *in, const char *account, int64_t from_ns, int64_t to_ns,
                    list *told);
/* Appends the accounts that told anything by the device, as const char *; they live until
 * inputs_forget. 0 when out of memory. */
int32_t inputs_accounts(const inputs *in, uint32_t device, list *accounts);

#endif
