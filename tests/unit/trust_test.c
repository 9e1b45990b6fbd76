/* trust_test.c - certificates and tokens: what the hub makes verifies as what it is for and nothing
 * else, and every wrong request is refused. OpenSSL's own verification is the judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "trust/certificate.h"
#include "trust/token.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define NOW_NS 1795000000000000000LL /* in 2026 */
#define DAY_NS (86400 * CLOCK_NS_PER_S)

static kinmu_err err;

typedef struct hub {
    buffer pem, key;
    trust_authority *authority;
} hub;

static hub new_hub(void) {
    hub h = {0};
    assert_int_equal(trust_authority_make("Test authority", NOW_NS, &h.pem, &h.key, &err),
                     KINMU_OK);
    assert_int_equal(trust_authority_open(h.pem.data, h.pem.size, h.key.data, h.key.size, NOW_NS,
                                          &h.authority, &err),
                     KINMU_OK);
    return h;
}

static void free_hub(hub *h) {
    trust_authority_close(h->authority);
    buffer_free(&h->pem);
    buffer_wipe(&h->key);
}

static X509 *parse(const buffer *pem) {
    BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->size);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(certificate);
    BIO_free(bio);
    return certificate;
}

/* X509_V_OK or why not: `leaf` under `root` for a purpose at a time, for a host (NULL = any). */
static int verify(const buffer *leaf, const buffer *root, int purpose, int64_t unix_ns,
                  const char *host) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509 *one = parse(leaf);
    X509 *other = parse(root);
    assert_int_equal(X509_STORE_add_cert(store, other), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, one, NULL), 1);
    X509_VERIFY_PARAM *wanted = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_purpose(wanted, purpose);
    X509_VERIFY_PARAM_set_time(wanted, (time_t)(unix_ns / CLOCK_NS_PER_S));
    X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT);
    if (host != NULL && X509_VERIFY_PARAM_set1_ip_asc(wanted, host) != 1) {
        X509_VERIFY_PARAM_set1_host(wanted, host, 0);
    }
    int result = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    X509_free(one);
    X509_free(other);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return result;
}

/* ---- servers ---- */

static void a_server_certificate_is_for_its_names_for_a_year(void **state) {
    (void)state;
    static const char *const names[] = {"hub.example", "192.0.2.7", "2001:db8::1"};
    hub h = new_hub();
    hub other = new_hub();
    buffer pem = {0}, key = {0};
    assert_int_equal(trust_make_server(h.authority, names, 3, NOW_NS, &pem, &key, &err), KINMU_OK);
    const int server = X509_PURPOSE_SSL_SERVER;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(verify(&pem, &h.pem, server, NOW_NS, names[i]), X509_V_OK);
    }
    assert_int_equal(verify(&pem, &h.pem, server, NOW_NS, "192.0.2.8"),
                     X509_V_ERR_IP_ADDRESS_MISMATCH);
    assert_int_equal(verify(&pem, &h.pem, server, NOW_NS, "x.hub.example"),
                     X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(verify(&pem, &h.pem, server, NOW_NS + 364 * DAY_NS, NULL), X509_V_OK);
    assert_int_equal(verify(&pem, &h.pem, server, NOW_NS + 366 * DAY_NS, NULL),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(verify(&pem, &h.pem, X509_PURPOSE_SSL_CLIENT, NOW_NS, NULL),
                     X509_V_ERR_INVALID_PURPOSE);
    assert_int_not_equal(verify(&pem, &other.pem, server, NOW_NS, NULL), X509_V_OK);
    char found[4][TRUST_NAME_SIZE];
    assert_int_equal(trust_read_names(pem.data, pem.size, found, 4), 3);
    assert_string_equal(found[0], names[0]);
    assert_string_equal(found[1], names[1]);
    buffer_free(&pem);
    buffer_wipe(&key);
    free_hub(&h);
    free_hub(&other);
}

static void names_that_are_none_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"",         "*.example", "a b", "a,DNS:b", "hub.example.",
                                        "-a",       "a..b",      ".a",  "ハブ",    "a\nb",
                                        "1.2.3.4/8"};
    hub h = new_hub();
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        buffer pem = {0}, key = {0};
        int32_t status = trust_make_server(h.authority, &wrong[i], 1, NOW_NS, &pem, &key, &err);
        if (status != KINMU_E_REJECT || strstr(err.msg, "no host name") == NULL) {
            fail_msg("\"%s\": %d, %s", wrong[i], status, err.msg);
        }
        buffer_free(&pem);
        buffer_wipe(&key);
    }
    free_hub(&h);
}

/* ---- devices ---- */

static void a_device_gets_a_client_certificate_of_its_own_key(void **state) {
    (void)state;
    hub h = new_hub();
    uint8_t seed[CRYPTO_SEED_SIZE], public_key[CRYPTO_PUBLIC_SIZE], got[CRYPTO_PUBLIC_SIZE];
    uint8_t hash[CRYPTO_HASH_SIZE];
    char origin[33];
    crypto *c = NULL;
    buffer request = {0}, pem = {0}, again = {0};
    trust_facts facts, second;
    crypto_random(seed, sizeof seed);
    assert_int_equal(crypto_public(seed, public_key), KINMU_OK);
    assert_int_equal(trust_make_request(seed, &request, &err), KINMU_OK);
    assert_int_equal(trust_check_request(request.data, request.size, got, &err), KINMU_OK);
    assert_memory_equal(got, public_key, sizeof got);
    assert_int_equal(
        trust_make_client(h.authority, got, NOW_NS, TRUST_CLIENT_DAYS * DAY_NS, &pem, &facts, &err),
        KINMU_OK);
    assert_int_equal(verify(&pem, &h.pem, X509_PURPOSE_SSL_CLIENT, NOW_NS, NULL), X509_V_OK);
    assert_int_equal(verify(&pem, &h.pem, X509_PURPOSE_SSL_CLIENT, NOW_NS + 91 * DAY_NS, NULL),
                     X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(verify(&pem, &h.pem, X509_PURPOSE_SSL_SERVER, NOW_NS, NULL),
                     X509_V_ERR_INVALID_PURPOSE);
    crypto_create(&c);
    crypto_hash(c, public_key, sizeof public_key, hash);
    crypto_destroy(c);
    text_hex(origin, hash, 16);
    assert_string_equal(facts.common_name, origin);
    assert_true(facts.is_device && !facts.is_authority);
    assert_memory_equal(facts.public_key, public_key, sizeof public_key);
    assert_int_equal(facts.to_ns, NOW_NS + 90 * DAY_NS);
    assert_int_equal(strlen(facts.serial), 32);
    assert_int_equal(trust_make_client(h.authority, got, NOW_NS, DAY_NS, &again, &second, &err),
                     KINMU_OK);
    assert_string_not_equal(facts.serial, second.serial);
    /* One device cannot sign for another. */
    trust_authority *device = NULL;
    assert_int_equal(
        trust_authority_open(pem.data, pem.size, h.key.data, h.key.size, NOW_NS, &device, &err),
        KINMU_E_REJECT);
    buffer_free(&request);
    buffer_free(&pem);
    buffer_free(&again);
    free_hub(&h);
}

static void a_certificate_does_not_outlive_its_authority(void **state) {
    (void)state;
    hub h = new_hub();
    uint8_t key[CRYPTO_PUBLIC_SIZE], seed[CRYPTO_SEED_SIZE] = {1};
    buffer pem = {0};
    trust_facts facts;
    crypto_public(seed, key);
    int64_t late_ns = NOW_NS + (TRUST_AUTHORITY_DAYS - 10) * DAY_NS;
    assert_int_equal(trust_make_client(h.authority, key, late_ns, 90 * DAY_NS, &pem, &facts, &err),
                     KINMU_OK);
    assert_int_equal(facts.to_ns, NOW_NS + TRUST_AUTHORITY_DAYS * DAY_NS);
    trust_authority *over = NULL;
    assert_int_equal(trust_authority_open(h.pem.data, h.pem.size, h.key.data, h.key.size,
                                          NOW_NS + (TRUST_AUTHORITY_DAYS + 1) * DAY_NS, &over,
                                          &err),
                     KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "expired on 2036-"));
    buffer_free(&pem);
    free_hub(&h);
}

/* ---- requests ---- */

static EVP_PKEY *ed25519(uint8_t first) {
    uint8_t seed[CRYPTO_SEED_SIZE] = {first};
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
}

/* A request that says `key` and is signed by `signer`; asks for more than it may get. */
static void make_request(EVP_PKEY *key, EVP_PKEY *signer, const EVP_MD *digest, long version,
                         buffer *out) {
    X509_REQ *request = X509_REQ_new();
    STACK_OF(X509_EXTENSION) *wishes = sk_X509_EXTENSION_new_null();
    X509_EXTENSION *wish =
        X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    assert_non_null(wish);
    sk_X509_EXTENSION_push(wishes, wish);
    X509_REQ_set_version(request, version);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                               (const uint8_t *)"admin", -1, -1, 0);
    X509_REQ_add_extensions(request, wishes);
    X509_REQ_set_pubkey(request, key);
    assert_true(X509_REQ_sign(request, signer, digest) > 0);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    PEM_write_bio_X509_REQ(bio, request);
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(out, text, (size_t)size);
    BIO_free(bio);
    sk_X509_EXTENSION_pop_free(wishes, X509_EXTENSION_free);
    X509_REQ_free(request);
}

static void expect_refused(const buffer *pem, const char *why) {
    uint8_t key[CRYPTO_PUBLIC_SIZE];
    memset(&err, 0, sizeof err);
    if (trust_check_request(pem->data, pem->size, key, &err) != KINMU_E_REJECT ||
        strstr(err.msg, why) == NULL) {
        fail_msg("expected \"%s\", got \"%s\"", why, err.msg);
    }
}

static void every_wrong_request_is_refused_with_its_reason(void **state) {
    (void)state;
    EVP_PKEY *device = ed25519(1);
    EVP_PKEY *thief = ed25519(2);
    EVP_PKEY *curve = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    hub h = new_hub();
    buffer pem = {0};
    make_request(curve, curve, EVP_sha256(), 0, &pem);
    expect_refused(&pem, "not an Ed25519 key");
    buffer_clear(&pem);
    make_request(rsa, rsa, EVP_sha256(), 0, &pem);
    expect_refused(&pem, "not an Ed25519 key");
    buffer_clear(&pem);
    make_request(device, thief, NULL, 0, &pem); /* the key of another device */
    expect_refused(&pem, "not signed by its own key");
    buffer_clear(&pem);
    make_request(device, curve, EVP_sha256(), 0, &pem);
    expect_refused(&pem, "not signed by its own key");
    buffer_clear(&pem);
    make_request(device, device, NULL, 2, &pem);
    expect_refused(&pem, "not of version 1");
    expect_refused(&h.pem, "not one PEM request"); /* a certificate */
    buffer_clear(&pem);
    expect_refused(&pem, "not one PEM request");
    make_request(device, device, NULL, 0, &pem);
    buffer two = {0};
    buffer_append(&two, pem.data, pem.size);
    buffer_append(&two, pem.data, pem.size);
    expect_refused(&two, "not one PEM request");
    buffer_clear(&two);
    buffer_text(&two, "x\n");
    buffer_append(&two, pem.data, pem.size);
    expect_refused(&two, "not one PEM request");
    while (two.size <= TRUST_REQUEST_BYTES_MAX) {
        buffer_text(&two, "\n");
    }
    expect_refused(&two, "too large");
    for (size_t i = 60; i + 40 < pem.size; i += 7) { /* any changed letter of its body */
        uint8_t kept = pem.data[i];
        pem.data[i] = kept == 'A' ? 'B' : 'A';
        expect_refused(&pem, kept == pem.data[i] ? "" : "refused");
        pem.data[i] = kept;
    }
    buffer_free(&two);
    buffer_free(&pem);
    free_hub(&h);
    EVP_PKEY_free(device);
    EVP_PKEY_free(thief);
    EVP_PKEY_free(curve);
    EVP_PKEY_free(rsa);
}

static void what_a_request_wishes_is_not_granted(void **state) {
    (void)state;
    EVP_PKEY *device = ed25519(1);
    hub h = new_hub();
    buffer request = {0}, pem = {0};
    trust_facts facts;
    uint8_t key[CRYPTO_PUBLIC_SIZE];
    make_request(device, device, NULL, 0, &request);
    assert_int_equal(trust_check_request(request.data, request.size, key, &err), KINMU_OK);
    assert_int_equal(trust_make_client(h.authority, key, NOW_NS, DAY_NS, &pem, &facts, &err),
                     KINMU_OK);
    assert_false(facts.is_authority);
    assert_null(strstr(facts.common_name, "admin"));
    buffer_free(&request);
    buffer_free(&pem);
    free_hub(&h);
    EVP_PKEY_free(device);
}

/* ---- chains ---- */

static void a_chain_is_checked_link_by_link(void **state) {
    (void)state;
    static const char *const name = "hub.example";
    hub h = new_hub();
    hub other = new_hub();
    buffer pem = {0}, key = {0}, last = {0}, wrong = {0};
    assert_int_equal(trust_make_server(h.authority, &name, 1, NOW_NS, &pem, &key, &err), KINMU_OK);
    assert_int_equal(trust_read_chain(pem.data, pem.size, key.data, key.size, NOW_NS, &last, &err),
                     KINMU_OK);
    assert_int_equal(last.size, h.pem.size);
    assert_memory_equal(last.data, h.pem.data, last.size);
    assert_int_equal(
        trust_read_chain(pem.data, pem.size, h.key.data, h.key.size, NOW_NS, &last, &err),
        KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "does not belong"));
    buffer_append(&wrong, pem.data, pem.size - h.pem.size);
    buffer_append(&wrong, other.pem.data, other.pem.size);
    assert_int_equal(trust_read_chain(wrong.data, wrong.size, NULL, 0, NOW_NS, &last, &err),
                     KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "certificate 1 is not signed by certificate 2"));
    buffer_free(&pem);
    buffer_wipe(&key);
    buffer_free(&last);
    buffer_free(&wrong);
    free_hub(&h);
    free_hub(&other);
}

/* ---- tokens ---- */

static void a_token_is_read_back_however_it_is_typed(void **state) {
    (void)state;
    uint8_t pin[CRYPTO_HASH_SIZE], hash[CRYPTO_HASH_SIZE], again[CRYPTO_HASH_SIZE];
    trust_token token, got;
    char text[TRUST_TOKEN_TEXT_SIZE], typed[2 * TRUST_TOKEN_TEXT_SIZE];
    crypto_random(pin, sizeof pin);
    for (int round = 0; round < 200; round++) {
        assert_int_equal(trust_token_make(pin, &token), KINMU_OK);
        assert_int_equal(trust_token_text(&token, text), KINMU_OK);
        assert_int_equal(strlen(text), 75);
        assert_int_equal(strncmp(text, "kinmu-", 6), 0);
        size_t used = 0;
        for (const char *at = text; *at != '\0'; at++) {
            char c = *at == '0' ? 'o' : *at == '1' ? 'l' : *at;
            c = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
            if (*at != '-' || at - text < 6) {
                typed[used++] = c;
            }
        }
        typed[used++] = '\n';
        typed[used] = '\0';
        assert_int_equal(trust_token_parse(typed, &got, &err), KINMU_OK);
        assert_memory_equal(&got, &token, sizeof got);
        assert_true(trust_token_pins(&got, pin));
        trust_token_hash(&token, hash);
        trust_token_hash(&got, again);
        assert_memory_equal(hash, again, sizeof hash);
    }
    pin[0] ^= 1;
    assert_false(trust_token_pins(&token, pin));
}

static void a_mistyped_token_is_told_from_a_wrong_one(void **state) {
    (void)state;
    static const struct {
        const char *text, *why;
    } wrong[] = {{"", "begins with"},           {"kinmu", "begins with"},
                 {"kinmu-", "follow"},          {"kinmuABCD", "begins with"},
                 {"token-ABCD", "begins with"}, {"kinmu-ABCU", "follow"}};
    uint8_t pin[CRYPTO_HASH_SIZE] = {7};
    trust_token token, got;
    char text[TRUST_TOKEN_TEXT_SIZE + 1];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(trust_token_parse(wrong[i].text, &got, &err), KINMU_E_REJECT);
        assert_non_null(strstr(err.msg, wrong[i].why));
    }
    trust_token_make(pin, &token);
    trust_token_text(&token, text);
    int found = 0;
    for (size_t i = 6; i < strlen(text); i++) {
        char kept = text[i];
        if (kept != '-') {
            text[i] = kept == '7' ? '8' : '7';
            found += trust_token_parse(text, &got, &err) == KINMU_E_REJECT;
            text[i] = kept;
        } else {
            found++;
        }
    }
    assert_true(found >= (int)strlen(text) - 7); /* 16 bits of check: one in 65536 slips through */
    memcpy(text + strlen(text), "7", 2);
    assert_int_equal(trust_token_parse(text, &got, &err), KINMU_E_REJECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_certificate_is_for_its_names_for_a_year),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(a_device_gets_a_client_certificate_of_its_own_key),
        cmocka_unit_test(a_certificate_does_not_outlive_its_authority),
        cmocka_unit_test(every_wrong_request_is_refused_with_its_reason),
        cmocka_unit_test(what_a_request_wishes_is_not_granted),
        cmocka_unit_test(a_chain_is_checked_link_by_link),
        cmocka_unit_test(a_token_is_read_back_however_it_is_typed),
        cmocka_unit_test(a_mistyped_token_is_told_from_a_wrong_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
