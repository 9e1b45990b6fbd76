/* token_fuzz.c - any text as an invitation's token, and as a certificate request: refused, or a
 * token that has one canonical text, or a request that holds one key. */
#include "fuzz.h"

#include "trust/certificate.h"
#include "trust/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[512];
    uint8_t key[CRYPTO_PUBLIC_SIZE];
    trust_token token, again;
    kinmu_err err;
    if (size < sizeof text) {
        memcpy(text, data, size);
        text[size] = '\0';
        if (trust_token_parse(text, &token, &err) == KINMU_OK) {
            FUZZ_REQUIRE(trust_token_text(&token, text) == KINMU_OK);
            FUZZ_REQUIRE(trust_token_parse(text, &again, &err) == KINMU_OK);
            FUZZ_REQUIRE(memcmp(&token, &again, sizeof token) == 0);
        }
    }
    (void)trust_check_request(data, size, key, &err);
    return 0;
}
