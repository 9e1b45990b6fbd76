/* host/fleet_trust.c - the trust half of fleet/1: certificates and tokens made with the hub's keys.
 *
 * The files are read anew for each job (half a millisecond): nothing secret stays in memory, and
 * what `kinmu hub` changed counts at once. */
#include "host/fleet.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/routes.h"
#include "journal/device.h"
#include "trust/hub.h"

#include <string.h>

_Static_assert(KINMU_FLEET_TOKEN_SIZE == TRUST_TOKEN_TEXT_SIZE, "token");
_Static_assert(KINMU_FLEET_SERIAL_SIZE == TRUST_SERIAL_SIZE, "serial");
_Static_assert(KINMU_FLEET_REQUEST_BYTES_MAX == TRUST_REQUEST_BYTES_MAX, "request");

#define SERVER_LOOK_MS (3600u * 1000u)

void fleet_renew_server(node *n) {
    kinmu_err err = {{0}, {0}};
    uint64_t now_ms = uv_now(&n->loop);
    int32_t renewed = 0;
    if (n->conf->http.certificate != NULL || !routes_is_running(n) ||
        (n->server_looked_ms != 0 && now_ms - n->server_looked_ms < SERVER_LOOK_MS)) {
        return;
    }
    n->server_looked_ms = now_ms;
    int32_t status = trust_hub_renew(n->data, clock_unix_ns(), 0, &renewed, &err);
    if (status != KINMU_OK && status != KINMU_E_NOTFOUND) {
        log_warn("hub", "the server's certificate cannot be looked after: %s", err.msg);
    } else if (renewed) {
        log_info("hub", "the server's certificate was made anew, for another year");
        routes_apply(n);
    }
}

/* Opens this node's hub; anything wrong with it is a state of the node, not of the request. */
static int32_t open_hub(const kinmu_host *host, trust_hub *hub, kinmu_err *err) {
    if (hosted_is_turn((const hosted *)(const void *)host)) {
        return error_set(err, KINMU_E_STATE, "fleet.turn", "it may block: call it in a job");
    }
    int32_t status = trust_hub_open(fleet_instance(host)->owner->data, clock_unix_ns(), hub, err);
    return status == KINMU_OK || status == KINMU_E_NOMEM ? status : KINMU_E_STATE;
}

/* Structs of the plugin may be shorter than ours. */
static void copy_out(void *to, uint32_t size, const void *from, size_t known) {
    size_t shared = size < known ? size : known;
    memcpy(to, from, shared);
    memcpy(to, &size, sizeof size); /* its first member, as the caller set it */
}

static int32_t copy_pem(char to[KINMU_FLEET_PEM_SIZE], const buffer *pem, kinmu_err *err) {
    if (pem->size >= KINMU_FLEET_PEM_SIZE) {
        return error_set(err, KINMU_E_STATE, "fleet.pem", "a certificate is larger than %u bytes",
                         KINMU_FLEET_PEM_SIZE - 1);
    }
    memcpy(to, pem->data, pem->size);
    to[pem->size] = '\0';
    return KINMU_OK;
}

int32_t fleet_identity(const kinmu_host *host, kinmu_fleet_identity *out, kinmu_err *err) {
    kinmu_fleet_identity identity = {0};
    trust_hub hub;
    device d;
    int32_t status = open_hub(host, &hub, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = copy_pem(identity.anchor, &hub.anchor, err);
    trust_hub_close(&hub);
    if (status == KINMU_OK) {
        status = device_read(fleet_instance(host)->owner->data, &d, err);
    }
    if (status == KINMU_OK) {
        memcpy(identity.origin, d.origin, sizeof identity.origin);
        memcpy(identity.public_key, d.public_key, sizeof identity.public_key);
        memcpy(identity.box_public, d.box_public, sizeof identity.box_public);
        device_wipe(&d);
        copy_out(out, out->struct_size, &identity, sizeof identity);
    }
    return status;
}

int32_t fleet_make_token(const kinmu_host *host, char *text, uint8_t sha256[32], kinmu_err *err) {
    trust_hub hub;
    trust_token token;
    int32_t status = open_hub(host, &hub, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = trust_token_make(hub.pin, &token);
    if (status == KINMU_OK) {
        status = trust_token_text(&token, text);
    }
    if (status == KINMU_OK) {
        status = trust_token_hash(&token, sha256);
    }
    crypto_wipe(&token, sizeof token);
    trust_hub_close(&hub);
    return status == KINMU_OK
               ? KINMU_OK
               : error_set(err, status, "fleet.token", "no memory or no random bytes for a token");
}

int32_t fleet_hash_token(const kinmu_host *host, const char *text, uint8_t sha256[32],
                         kinmu_err *err) {
    trust_token token;
    (void)host;
    int32_t status = trust_token_parse(text, &token, err);
    if (status == KINMU_OK) {
        status = trust_token_hash(&token, sha256);
        crypto_wipe(&token, sizeof token);
    }
    return status;
}

int32_t fleet_check_request(const kinmu_host *host, const char *pem, uint32_t size,
                            uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                            uint8_t origin[KINMU_FLEET_ORIGIN_SIZE], kinmu_err *err) {
    (void)host;
    int32_t status = trust_check_request(pem, size, public_key, err);
    return status == KINMU_OK ? device_origin(public_key, origin) : status;
}

int32_t fleet_issue(const kinmu_host *host, const uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                    int64_t life_ms, kinmu_fleet_certificate *out, kinmu_err *err) {
    kinmu_fleet_certificate certificate = {0};
    trust_hub hub;
    trust_facts facts;
    buffer pem = {0};
    int32_t status = open_hub(host, &hub, err);
    if (status != KINMU_OK) {
        return status;
    }
    status = trust_make_client(hub.authority, public_key, clock_unix_ns(),
                               life_ms * CLOCK_NS_PER_MS, &pem, &facts, err);
    if (status == KINMU_OK) {
        status = copy_pem(certificate.pem, &pem, err);
    }
    if (status == KINMU_OK) {
        certificate.expires_ns = facts.to_ns;
        text_copy(certificate.serial, sizeof certificate.serial, facts.serial);
        copy_out(out, out->struct_size, &certificate, sizeof certificate);
    }
    buffer_free(&pem);
    trust_hub_close(&hub);
    return status;
}
