/* fleet/sender.h - an agent's side: which blocks go next, and what the hub's answer means.
 *
 * Builds a push from the journal as it lies there and takes the answer; the transport is somebody
 * else's. Not thread-safe: one push is built, sent and answered before the next is built. What it
 * must remember over a restart is the receipt.
 */
#ifndef FLEET_SENDER_H
#define FLEET_SENDER_H

#include "fleet/wire.h"

#define FLEET_RECEIPT_SIZE 153u /* version, standing, hub's key, its clock, its signature */
#define FLEET_PUSH_BYTES (1u << 20)
#define FLEET_DECLINED_MAX 65536u
#define FLEET_FUTILE_MAX 8u /* answers in a row that change nothing, then it waits */

typedef struct fleet_sender fleet_sender;

/* hub_key, hub_box: the hub's Ed25519 and X25519 public keys from enrolment; receipt: what
 * fleet_sender_receipt gave last, or NULL. [job] */
int32_t fleet_sender_open(const char *directory, const uint8_t hub_key[32],
                          const uint8_t hub_box[32], const uint8_t *receipt, uint32_t receipt_size,
                          fleet_sender **out, kinmu_err *err);
void fleet_sender_close(fleet_sender *s);
int32_t fleet_sender_is_for(const fleet_sender *s, const uint8_t hub_key[32],
                            const uint8_t hub_box[32]);

typedef struct fleet_progress {
    uint64_t newest;        /* own blocks there are */
    uint64_t durable;       /* own blocks the hub has confirmed */
    uint64_t unsent;        /* newest - durable */
    int64_t oldest_unix_ns; /* when the oldest unsent block was first seen here; 0 = none */
    int64_t confirmed_ns;   /* the hub's clock at its last confirmation */
} fleet_progress;

/* Fills `out` with the next push: at most bytes_max, at least one block where there is one. All
 * that was published before `known_ns` is in the journal already: the head says so. [job] */
int32_t fleet_sender_build(fleet_sender *s, uint32_t bytes_max, const char *version,
                           int64_t known_ns, buffer *out, kinmu_err *err);

#define FLEET_DONE 0     /* confirmed; build again if progress says unsent */
#define FLEET_AGAIN 1    /* the hub lacks something that the next push brings: build at once */
#define FLEET_LATER 2    /* not now: the hub is busy or broken; wait */
#define FLEET_REFUSED 3  /* this device may not push: revoked, or its certificate is not known */
#define FLEET_FORKED 4   /* the hub has another history of this device: it is quarantined */
#define FLEET_SET_BACK 5 /* the hub has more of this device than the device itself */
#define FLEET_BAD_ANSWER 6

typedef struct fleet_outcome {
    int32_t what;
    int32_t has_receipt; /* a newer one can be fetched */
    int64_t hub_unix_ns; /* 0 = not told */
    char text[KINMU_ERR_MSG_SIZE];
    const char *policy; /* points into the answer; NULL = as before */
    uint32_t policy_size;
    const char *certificate;
    uint32_t certificate_size;
} fleet_outcome;

/* What the answer to the last push means. [job] */
void fleet_sender_take(fleet_sender *s, uint32_t http_status, const void *body, size_t size,
                       fleet_outcome *out);
int32_t fleet_sender_progress(fleet_sender *s, fleet_progress *out, kinmu_err *err); /* [job] */
void fleet_sender_receipt(const fleet_sender *s, uint8_t out[FLEET_RECEIPT_SIZE]);

#endif
