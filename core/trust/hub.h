/* trust/hub.h - the hub's trust as it lies in DATA/hub: who it signs as, who its server is.
 *
 *   ca.pem ca.key          the authority that signs devices (and the server, unless it has its own)
 *   server.pem server.key  the HTTPS server's chain and key
 *   anchor.pem             the certificate agents trust the server by; tokens pin its key
 *
 * Made once by trust_hub_init, never overwritten; only the server's pair is renewed. The folder is
 * 0700, keys are 0600.
 */
#ifndef TRUST_HUB_H
#define TRUST_HUB_H

#include "trust/certificate.h"
#include "trust/token.h"

#define TRUST_HUB_FOLDER "hub"
#define TRUST_HUB_CA "ca.pem"
#define TRUST_HUB_CA_KEY "ca.key"
#define TRUST_HUB_SERVER "server.pem"
#define TRUST_HUB_SERVER_KEY "server.key"
#define TRUST_HUB_ANCHOR "anchor.pem"

/* What `kinmu hub init` was told. Files of the company's own, or NULL: made here. */
typedef struct trust_hub_wish {
    const char *const *names; /* of the server; the first is its common name */
    uint32_t name_count;
    const char *authority, *authority_key;
    const char *certificate, *certificate_key; /* the server's chain up to what agents trust */
} trust_hub_wish;

/* E_CONFLICT when there is something already; nothing is left behind by a failure. */
int32_t trust_hub_init(const char *data, const trust_hub_wish *wish, int64_t now_ns,
                       kinmu_err *err);

typedef struct trust_hub {
    trust_authority *authority;
    buffer anchor; /* PEM */
    uint8_t pin[CRYPTO_HASH_SIZE];
    trust_facts authority_facts, server_facts;
} trust_hub;

/* E_NOTFOUND when `kinmu hub init` was never run here. */
int32_t trust_hub_open(const char *data, int64_t now_ns, trust_hub *out, kinmu_err *err);
void trust_hub_close(trust_hub *hub);

/* Makes the server's pair anew, for the same names, when less than a third of its life is left or
 * `is_forced`. *renewed tells. E_STATE for a server certificate this hub did not sign. */
int32_t trust_hub_renew(const char *data, int64_t now_ns, int32_t is_forced, int32_t *renewed,
                        kinmu_err *err);

/* 1 when this is a hub and the server's certificate or key is not there. */
int32_t trust_hub_lacks_server(const char *data);
/* The name its authority was made for; 0 and nothing written when it does not tell. */
int32_t trust_hub_first_name(const char *data, char *name, size_t size);
/* Makes that pair anew: for the names of the certificate if that is there, else for these. E_STATE
 * as above. */
int32_t trust_hub_mend(const char *data, const char *const *names, uint32_t count, int64_t now_ns,
                       kinmu_err *err);

/* 1 when less than a third of a certificate's life is left. */
int32_t trust_is_due(const trust_facts *facts, int64_t now_ns);

#endif
