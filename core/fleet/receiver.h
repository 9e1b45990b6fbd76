/* fleet/receiver.h - a hub's side: what a device pushed is read, examined and taken, and what it
 * hears back is written.
 *
 * Examined means: every block opens with the key of the person it is for, and holds what its header
 * says: log events of the purpose, in force here. Records are decided here, never pushed. What does
 * not pass is declined: the device sends the header alone, so that its chain goes on.
 */
#ifndef FLEET_RECEIVER_H
#define FLEET_RECEIVER_H

#include "fleet/wire.h"

/* A moment so far ahead of this node's clock is no honest mistake of a clock. */
#define FLEET_AHEAD_NS_MAX (7LL * 86400 * 1000000000)

typedef int32_t (*fleet_in_force_fn)(void *user, const char *purpose); /* [any thread] */

typedef struct fleet_receiver_settings {
    journal *journal;
    const char *directory;
    const schema_registry *registry;
    fleet_in_force_fn in_force;
    void *user;
} fleet_receiver_settings;

typedef struct fleet_receiver fleet_receiver;
int32_t fleet_receiver_open(const fleet_receiver_settings *settings, fleet_receiver **out,
                            kinmu_err *err);
void fleet_receiver_close(fleet_receiver *r);

typedef struct fleet_verdict {
    uint32_t
        http_status; /* 200: taken, answer with fleet_receiver_confirm once ticket is durable */
    int32_t is_fork; /* the device has to be quarantined */
    uint64_t ticket;
    journal_standing standing;
    uint8_t origin[16];
    uint32_t blocks, events, declined; /* in this push */
    uint64_t unsent;
    int64_t ahead_ns; /* the device's clock against this one's */
    char version[WIRE_VERSION_BYTES_MAX + 1];
    char problem[WIRE_TEXT_BYTES_MAX + 1];
} fleet_verdict;

/* Takes a push of the device with that key, as its connection proved. Unless http_status is 200,
 * `answer` is all there is to say. [any thread] */
void fleet_receive(fleet_receiver *r, const uint8_t public_key[32], const void *body, size_t size,
                   fleet_verdict *verdict, buffer *answer);
/* The confirmation of what is durable. policy, certificate: NULL = nothing new. [any thread] */
int32_t fleet_receiver_confirm(const fleet_receiver *r, const fleet_verdict *verdict,
                               const char *policy, const char *certificate, buffer *answer);

#endif
