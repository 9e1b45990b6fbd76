/* http/tickets.c - see tickets.h. */
#include "http/tickets.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "trust/files.h"

#include <openssl/core_names.h>
#include <string.h>

#define PERIOD_SIZE 8u
#define MARK_SIZE (TICKETS_NAME_SIZE - PERIOD_SIZE)

static const char root_label[] = "kinmu tls tickets 1";
static const char key_label[] = "kinmu tls ticket key 1 "; /* and the period */

/* ---- keys ---- */

int32_t tickets_init(tickets *t, const char *secret_file, const char *authority_file,
                     kinmu_err *err) {
    if (secret_file == NULL || !trust_exists(secret_file)) {
        return crypto_random(t->root, sizeof t->root);
    }
    buffer secret = {0};
    buffer authority = {0};
    int32_t status = trust_read_private(secret_file, &secret, err);
    if (status == KINMU_OK && authority_file != NULL && trust_exists(authority_file)) {
        status = trust_read_file(authority_file, &authority, err);
    }
    if (status == KINMU_OK) {
        status = crypto_derive(secret.data, secret.size, authority.data, authority.size, root_label,
                               sizeof root_label - 1, t->root, sizeof t->root);
    }
    buffer_wipe(&secret);
    buffer_free(&authority);
    return status;
}

static int32_t derive(const tickets *t, uint64_t period, tickets_key *key) {
    uint8_t info[sizeof key_label - 1 + PERIOD_SIZE];
    uint8_t *at = info + sizeof key_label - 1;
    uint8_t material[MARK_SIZE + 2 * CRYPTO_KEY_SIZE];
    memcpy(info, key_label, sizeof key_label - 1);
    for (uint32_t i = 0; i < PERIOD_SIZE; i++) {
        at[i] = (uint8_t)(period >> 8 * (PERIOD_SIZE - 1 - i));
    }
    int32_t status = crypto_derive(t->root, sizeof t->root, NULL, 0, info, sizeof info, material,
                                   sizeof material);
    memcpy(key->name, at, PERIOD_SIZE);
    memcpy(key->name + PERIOD_SIZE, material, MARK_SIZE);
    memcpy(key->cipher, material + MARK_SIZE, CRYPTO_KEY_SIZE);
    memcpy(key->mac, material + MARK_SIZE + CRYPTO_KEY_SIZE, CRYPTO_KEY_SIZE);
    crypto_wipe(material, sizeof material);
    return status;
}

int32_t tickets_sealing(const tickets *t, int64_t unix_s, tickets_key *key) {
    return derive(t, (uint64_t)unix_s / TICKETS_LIFE_S, key);
}

int32_t tickets_opening(const tickets *t, int64_t unix_s, const uint8_t name[TICKETS_NAME_SIZE],
                        tickets_key *key) {
    uint64_t period = 0;
    for (uint32_t i = 0; i < PERIOD_SIZE; i++) {
        period = period << 8 | name[i];
    }
    if (period + 1 - (uint64_t)unix_s / TICKETS_LIFE_S > 2) {
        return KINMU_E_NOTFOUND;
    }
    int32_t status = derive(t, period, key);
    return status != KINMU_OK || memcmp(key->name, name, TICKETS_NAME_SIZE) == 0 ? status
                                                                                 : KINMU_E_NOTFOUND;
}

/* ---- OpenSSL ---- */

static int set_mac(EVP_MAC_CTX *mac, tickets_key *key) {
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac, sizeof key->mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    return EVP_MAC_CTX_set_params(mac, parameters);
}

/* 0: no ticket, a full handshake. 2 opens it and has a new one sent, for the next time. */
static int on_ticket(SSL *ssl, unsigned char name[TICKETS_NAME_SIZE],
                     unsigned char iv[EVP_MAX_IV_LENGTH], EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                     int seals) {
    const tickets *t = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    int64_t now_s = clock_unix_ns() / CLOCK_NS_PER_S;
    tickets_key key;
    if (SSL_version(ssl) < TLS1_3_VERSION) {
        return 0;
    }
    int32_t status =
        seals ? tickets_sealing(t, now_s, &key) : tickets_opening(t, now_s, name, &key);
    int result = status == KINMU_E_NOTFOUND ? 0 : -1;
    if (status == KINMU_OK && seals) {
        memcpy(name, key.name, sizeof key.name);
        status = crypto_random(iv, EVP_MAX_IV_LENGTH);
    }
    if (status == KINMU_OK &&
        EVP_CipherInit_ex2(cipher, EVP_aes_256_cbc(), key.cipher, iv, seals, NULL) == 1 &&
        set_mac(mac, &key) == 1) {
        result = seals ? 1 : 2;
    }
    crypto_wipe(&key, sizeof key);
    return result;
}

void tickets_use(SSL_CTX *ssl, tickets *t) {
    SSL_CTX_set_app_data(ssl, t);
    SSL_CTX_set_num_tickets(ssl, 1);
    SSL_CTX_set_timeout(ssl, TICKETS_LIFE_S);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(ssl, on_ticket);
}
