/* http/client_identity.c - see client_identity.h. */
#include "http/client_identity.h"

#include "base/crypto.h"
#include "journal/device.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_SIZE 4200u

static int32_t read_file(const char *data, const char *name, buffer *out, kinmu_err *err) {
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s/hub.d/%s", data, name);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "rb") : NULL;
    if (file == NULL) {
        return error_set(err, KINMU_E_DENIED, "http.identity",
                         "http: this node is not enrolled (no %s); run: kinmu agent enroll", path);
    }
    uint8_t *room = buffer_reserve(out, HTTP_IDENTITY_BYTES_MAX + 1);
    size_t size = room != NULL ? fread(room, 1, HTTP_IDENTITY_BYTES_MAX + 1, file) : 0;
    fclose(file);
    out->size += size;
    if (size == 0 || size > HTTP_IDENTITY_BYTES_MAX) {
        return error_set(err, KINMU_E_DENIED, "http.identity",
                         "http: \"%s\" is empty or no certificate; enrol the node again", path);
    }
    return KINMU_OK;
}

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
    device own;
    int32_t status = read_file(data, "ca.pem", &out->authority, err);
    if (status == KINMU_OK) {
        status = read_file(data, "client.pem", &out->certificate, err);
    }
    if (status != KINMU_OK) {
        return status;
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
