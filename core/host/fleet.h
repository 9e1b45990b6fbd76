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

#endif
