/* host/fleet.h - the functions of fleet/1 by their files; fleet.c has the table. */
#ifndef HOST_FLEET_H
#define HOST_FLEET_H

#include "host/node_internal.h"
#include <kinmu/iface/fleet.h>

const instance *fleet_instance(const kinmu_host *host);

/* fleet_trust.c */
int32_t fleet_identity(const kinmu_host *host, kinmu_fleet_identity *out, kinmu_err *err);
int32_t fleet_make_token(const kinmu_host *host, char *text, uint8_t sha256[32], kinmu_err *err);
int32_t fleet_hash_token(const kinmu_host *host, const char *text, uint8_t sha256[32],
                         kinmu_err *err);
int32_t fleet_check_request(const kinmu_host *host, const char *pem, uint32_t size,
                            uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                            uint8_t origin[KINMU_FLEET_ORIGIN_SIZE], kinmu_err *err);
int32_t fleet_issue(const kinmu_host *host, const uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                    int64_t life_ms, kinmu_fleet_certificate *out, kinmu_err *err);

/* fleet_blocks.c */
int32_t fleet_open(node *n);
void fleet_close(node *n); /* once no instance is left */
/* What the journal must not let expire: own blocks the hub has not confirmed. Sets the limit; 1 on
 * a node that is enrolled. [job] */
int32_t fleet_hold(node *n);
void fleet_turn(node *n); /* tells those who wait for what is committed now */
/* The progress of the last push, for status; 0 when none was built in this life. */
int32_t fleet_last_progress(const node *n, kinmu_fleet_progress *out);
int32_t fleet_enrolment(const kinmu_host *host, kinmu_fleet_enrolment *out, kinmu_err *err);
int32_t fleet_watch(const kinmu_host *host, void (*fn)(void *user), void *user);
int32_t fleet_hurry(const kinmu_host *host, int32_t is_on);
int32_t fleet_build_push(const kinmu_host *host, void *body, uint32_t *size,
                         kinmu_fleet_progress *progress, kinmu_err *err);
int32_t fleet_take_answer(const kinmu_host *host, uint32_t http_status, const void *body,
                          uint32_t size, kinmu_fleet_outcome *out, kinmu_err *err);
int32_t fleet_receive_push(const kinmu_host *host, const uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                           const void *body, uint32_t body_size, kinmu_fleet_verdict *verdict,
                           void *answer, uint32_t *size);
int32_t fleet_when_received(const kinmu_host *host, uint64_t ticket,
                            void (*done)(void *user, int32_t status), void *user);
int32_t fleet_confirm(const kinmu_host *host, const kinmu_fleet_verdict *verdict,
                      const char *policy, const char *certificate, void *answer, uint32_t *size);
int32_t fleet_contacts(const kinmu_host *host, kinmu_fleet_contact_fn fn, void *user);
int32_t fleet_purposes(const kinmu_host *host, kinmu_fleet_purpose_fn fn, void *user);

#endif
