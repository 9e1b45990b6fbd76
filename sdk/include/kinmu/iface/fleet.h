/* kinmu/iface/fleet.h - what a hub and its agents need of the core: trust now, their blocks below.
 *
 * Only for Kinmu's own connectors `ingest` and `uplink`, and only where they run in the daemon: a
 * runner has no such service. Private keys never leave the core; a plugin gets certificates, public
 * keys and hashes.
 */
#ifndef KINMU_IFACE_FLEET_H
#define KINMU_IFACE_FLEET_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_FLEET_1 "kinmu.fleet/1"
#define KINMU_FLEET_KEY_SIZE 32u
#define KINMU_FLEET_ORIGIN_SIZE 16u
#define KINMU_FLEET_SERIAL_SIZE 48u /* hex and NUL */
#define KINMU_FLEET_PEM_SIZE 8192u
#define KINMU_FLEET_TOKEN_SIZE 80u /* with NUL */
#define KINMU_FLEET_REQUEST_BYTES_MAX 4096u

/* This node as its peers know it. The caller sets struct_size. */
typedef struct kinmu_fleet_identity {
    uint32_t struct_size;
    uint32_t reserved;
    uint8_t origin[KINMU_FLEET_ORIGIN_SIZE];
    uint8_t public_key[KINMU_FLEET_KEY_SIZE]; /* Ed25519: signs chain heads */
    uint8_t box_public[KINMU_FLEET_KEY_SIZE]; /* X25519: data keys are sealed to it */
    char anchor[KINMU_FLEET_PEM_SIZE]; /* PEM of the certificate agents trust the server by */
} kinmu_fleet_identity;

/* A client certificate just made. The caller sets struct_size. */
typedef struct kinmu_fleet_certificate {
    uint32_t struct_size;
    uint32_t reserved;
    int64_t expires_ns;
    char serial[KINMU_FLEET_SERIAL_SIZE];
    char pem[KINMU_FLEET_PEM_SIZE];
} kinmu_fleet_certificate;

typedef struct kinmu_fleet {
    uint32_t struct_size;
    uint32_t reserved;

    /* E_STATE where `kinmu hub init` was not run; err says so. [job] Since 1.0 */
    int32_t (*identity)(const kinmu_host *host, kinmu_fleet_identity *out, kinmu_err *err);

    /* Makes an invitation's token: random, bound to this hub's certificate. `text` has
     * KINMU_FLEET_TOKEN_SIZE bytes and is wiped by the caller. [job] Since 1.0 */
    int32_t (*make_token)(const kinmu_host *host, char *text, uint8_t sha256[32], kinmu_err *err);

    /* The hash by which a token is known; E_REJECT when it is none (mistyped). [any] Since 1.0 */
    int32_t (*hash_token)(const kinmu_host *host, const char *text, uint8_t sha256[32],
                          kinmu_err *err);

    /* Checks a certificate request (PEM): one, of an Ed25519 key, signed by it. Its names and
     * extensions are not looked at. E_REJECT with the reason. [job] Since 1.0 */
    int32_t (*check_request)(const kinmu_host *host, const char *pem, uint32_t size,
                             uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                             uint8_t origin[KINMU_FLEET_ORIGIN_SIZE], kinmu_err *err);

    /* Signs a client certificate for a device's key with this hub's authority. [job] Since 1.0 */
    int32_t (*issue)(const kinmu_host *host, const uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                     int64_t life_ms, kinmu_fleet_certificate *out, kinmu_err *err);
} kinmu_fleet;

#ifdef __cplusplus
}
#endif
#endif
