/* trust/agent.h - what an agent keeps of its hub, in DATA/hub.d: hub.yaml (where the hub is and its
 * public keys), ca.pem (the one certificate it trusts the hub by), client.pem (its own
 * certificate). The private key is the device's, in DATA/device.key; none lies here.
 */
#ifndef TRUST_AGENT_H
#define TRUST_AGENT_H

#include "trust/certificate.h"
#include "trust/files.h"

#define TRUST_AGENT_FOLDER "hub.d"
#define TRUST_URL_SIZE 512u
#define TRUST_GROUP_SIZE 128u

typedef struct trust_agent {
    char url[TRUST_URL_SIZE]; /* "https://hub.example:8443", no slash at the end */
    char name[TRUST_NAME_SIZE];
    char group[TRUST_GROUP_SIZE];           /* "" = none */
    uint8_t public_key[CRYPTO_PUBLIC_SIZE]; /* of the hub: countersigns heads */
    uint8_t box_public[CRYPTO_PUBLIC_SIZE]; /* of the hub: data keys are sealed to it */
    char ca_file[TRUST_PATH_SIZE];          /* filled by reading */
    char client_file[TRUST_PATH_SIZE];
} trust_agent;

/* "https://HOST[:PORT]" and nothing else; takes one slash off the end. */
int32_t trust_agent_url(const char *text, char url[TRUST_URL_SIZE], kinmu_err *err);

/* Writes the three files, replacing those of an earlier enrolment. */
int32_t trust_agent_save(const char *data, const trust_agent *agent, const buffer *ca,
                         const buffer *client, kinmu_err *err);
/* Puts the earlier enrolment back when one was cut off while it replaced it; else a node without a
 * hub would wake up, and let go of what its hub has not got. At the start of a node. */
int32_t trust_agent_recover(const char *data, kinmu_err *err);
/* E_NOTFOUND when this node is not enrolled. */
int32_t trust_agent_read(const char *data, trust_agent *out, kinmu_err *err);
/* What client.pem says. */
int32_t trust_agent_certificate(const trust_agent *agent, trust_facts *out, kinmu_err *err);
/* Takes a renewed certificate: E_REJECT unless it is for this device's key and lives longer. */
int32_t trust_agent_renew(const char *data, const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                          const void *pem, size_t size, kinmu_err *err);

#endif
