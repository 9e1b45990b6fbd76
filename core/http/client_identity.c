/* http/client_identity.c - see client_identity.h. */
#include "http/client_identity.h"

#include "base/crypto.h"
#include "journal/device.h"
#include "trust/agent.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

/* PKCS#8 in PEM, written into memory that is wiped before it goes back. */
static int32_t write_key(const device *d, buffer *out, kinmu_err *err) {
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, d->seed, CRYPTO_SEED_SIZE);
    BIO *memory = BIO_new(BIO_s_secmem());
    char *text = NULL;
    int32_t status = KINMU_E_NOMEM;
    if (key != NULL && memory != NULL &&
        PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1) {
        long size = BIO_get_mem_data(memory, &text);
        buffer_append(out, text, size > 0 ? (size_t)size : 0);
        status = out->failed;
    }
    BIO_free(memory);
    EVP_PKEY_free(key);
    return status == KINMU_OK
               ? KINMU_OK
               : error_set(err, status, "http.identity", "http: no memory for the device's key");
}

int32_t http_identity_read(const char *data, http_identity *out, kinmu_err *err) {
    trust_agent agent;
    device own;
    int32_t status = trust_agent_read(data, &agent, err);
    if (status == KINMU_E_NOTFOUND) {
        return error_set(err, KINMU_E_DENIED, "http.identity",
                         "http: this node is not enrolled; run: kinmu agent enroll");
    }
    if (status == KINMU_OK) {
        status = trust_read_file(agent.ca_file, &out->authority, err);
    }
    if (status == KINMU_OK) {
        status = trust_read_file(agent.client_file, &out->certificate, err);
    }
    if (status != KINMU_OK) {
        return KINMU_E_DENIED;
    }
    status = device_read(data, &own, err);
    if (status != KINMU_OK) {
        return KINMU_E_DENIED;
    }
    status = write_key(&own, &out->key, err);
    device_wipe(&own);
    return status;
}

void http_identity_wipe(http_identity *identity) {
    buffer_wipe(&identity->authority);
    buffer_wipe(&identity->certificate);
    buffer_wipe(&identity->key);
}
