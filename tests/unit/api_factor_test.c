/* api_factor_test.c - exporter `api`: codes of the second factor by the tables of RFC 4226, 6238
 * and 4648; which are taken and when; what people type; and what is kept of secrets and recovery
 * codes. */
#include "plugins/exporters/api/access/factor_key.c"
#include "plugins/exporters/api/wire/totp.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECRET ((const uint8_t *)"12345678901234567890")
#define KEY "0123456789abcdef0123456789abcdef"

/* RFC 4226 appendix D, RFC 6238 appendix B. */
static void the_tables_of_the_standards(void **state) {
    static const char *const hotp[] = {"755224", "287082", "359152", "969429", "338314",
                                       "254676", "287922", "162583", "399871", "520489"};
    static const struct {
        int64_t unix_s;
        const char *code;
    } totp[] = {{59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
                {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"}};
    char code[9];
    (void)state;
    for (uint64_t i = 0; i < 10; i++) {
        assert_true(totp_print(code, SECRET, 20, i, 6));
        assert_string_equal(code, hotp[i]);
    }
    for (size_t i = 0; i < sizeof totp / sizeof totp[0]; i++) {
        assert_true(totp_print(code, SECRET, 20, (uint64_t)(totp[i].unix_s / TOTP_STEP_S), 8));
        assert_string_equal(code, totp[i].code);
        assert_int_equal(totp_find(SECRET, totp[i].unix_s, -1, totp[i].code + 2),
                         totp[i].unix_s / TOTP_STEP_S);
    }
}

/* One step either side, once each, and none before one that was taken. */
static void a_step_either_side_and_once(void **state) {
    const int64_t now = 1111111111;
    const int64_t step = now / TOTP_STEP_S;
    char code[7];
    (void)state;
    for (int64_t away = -3; away <= 3; away++) {
        assert_true(totp_print(code, SECRET, 20, (uint64_t)(step + away), 6));
        int32_t is_near = away >= -1 && away <= 1;
        assert_int_equal(totp_find(SECRET, now, -1, code), is_near ? step + away : -1);
        assert_int_equal(totp_find(SECRET, now, step + away - 1, code), is_near ? step + away : -1);
        assert_int_equal(totp_find(SECRET, now, step + away, code), -1);
    }
    assert_int_equal(totp_find(SECRET, now, -1, ""), -1);
    assert_int_equal(totp_find(SECRET, now, -1, "05047"), -1);
    assert_int_equal(totp_find(SECRET, now, -1, "0504711"), -1);
    assert_int_equal(totp_find((const uint8_t *)"12345678901234567891", now, -1, "050471"), -1);
}

static void what_people_type(void **state) {
    static const struct {
        const char *text, *code;
        int32_t kind;
    } rows[] = {
        {"123456", "123456", CODE_TOTP},
        {" 123 456 ", "123456", CODE_TOTP},
        {"000000", "000000", CODE_TOTP},
        {"abcd-efgh-2345-67ab", "ABCDEFGH234567AB", CODE_RECOVERY},
        {"ABCDEFGH234567AB", "ABCDEFGH234567AB", CODE_RECOVERY},
        {"", "", CODE_NONE},
        {"12345", "", CODE_NONE},
        {"1234567", "", CODE_NONE},
        {"12345a", "", CODE_NONE},
        {"１２３４５６", "", CODE_NONE},
        {"abcd-efgh-2345-67a", "", CODE_NONE},
        {"abcd-efgh-2345-67abc", "", CODE_NONE},
        {"abcd-efgh-2345-6701", "", CODE_NONE}, /* neither 0 nor 1 is a letter of base32 */
        {"2345672345672345", "2345672345672345", CODE_RECOVERY},
    };
    char code[CODE_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(code_parse(rows[i].text, code), rows[i].kind);
        if (rows[i].kind != CODE_NONE) {
            assert_string_equal(code, rows[i].code);
        }
    }
}

/* RFC 4648 section 10, without its padding. */
static void what_authenticators_read(void **state) {
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "MY"},
                                          {"fo", "MZXQ"},
                                          {"foo", "MZXW6"},
                                          {"foob", "MZXW6YQ"},
                                          {"fooba", "MZXW6YTB"},
                                          {"foobar", "MZXW6YTBOI"}};
    char text[TOTP_TEXT_SIZE];
    char uri[TOTP_URI_SIZE];
    char person[200];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        base32_print(text, (const uint8_t *)rows[i][0], strlen(rows[i][0]));
        assert_string_equal(text, rows[i][1]);
    }
    base32_print(text, SECRET, TOTP_SECRET_SIZE);
    assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    totp_uri(uri, "a b&c:@佐", text);
    assert_string_equal(uri, "otpauth://totp/Kinmu:a%20b%26c%3A%40%E4%BD%90?secret="
                             "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kinmu&algorithm=SHA1&digits=6"
                             "&period=30");
    memset(person, ' ', sizeof person - 1);
    person[sizeof person - 1] = '\0';
    totp_uri(uri, person, text);
    assert_non_null(strstr(uri, "&period=30"));
}

static void a_secret_is_sealed_to_its_person(void **state) {
    factor_key key;
    factor_key other;
    uint8_t sealed[FACTOR_SEALED_SIZE];
    uint8_t again[FACTOR_SEALED_SIZE];
    uint8_t secret[TOTP_SECRET_SIZE];
    (void)state;
    assert_false(factor_key_make(&key, "0123456789abcdef0123456789abcde"));
    assert_true(factor_key_make(&key, KEY));
    assert_true(factor_key_make(&other, KEY "x"));
    assert_memory_not_equal(key.seal, key.recovery, sizeof key.seal);
    assert_true(factor_seal(&key, "U1", SECRET, sealed));
    assert_true(factor_seal(&key, "U1", SECRET, again));
    assert_memory_not_equal(sealed, again, sizeof sealed);
    for (size_t i = 0; i + TOTP_SECRET_SIZE <= sizeof sealed; i++) {
        assert_memory_not_equal(sealed + i, SECRET, TOTP_SECRET_SIZE);
    }
    assert_true(factor_unseal(&key, "U1", sealed, sizeof sealed, secret));
    assert_memory_equal(secret, SECRET, sizeof secret);
    assert_false(factor_unseal(&key, "U2", sealed, sizeof sealed, secret));
    assert_false(factor_unseal(&other, "U1", sealed, sizeof sealed, secret));
    assert_false(factor_unseal(&key, "U1", sealed, sizeof sealed - 1, secret));
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 1;
        assert_false(factor_unseal(&key, "U1", sealed, sizeof sealed, secret));
        sealed[i] ^= 1;
    }
}

static void recovery_codes_are_hashes(void **state) {
    char text[RECOVERY_CODES][RECOVERY_SIZE];
    char code[CODE_SIZE];
    uint8_t hashes[RECOVERY_CODES * FACTOR_HASH_SIZE];
    uint8_t hash[FACTOR_HASH_SIZE];
    factor_key key;
    (void)state;
    assert_true(factor_key_make(&key, KEY));
    for (uint32_t i = 0; i < RECOVERY_CODES; i++) {
        assert_true(recovery_make(text[i]));
        assert_int_equal(code_parse(text[i], code), CODE_RECOVERY);
        assert_true(factor_hash(&key, "U1", code, hashes + (size_t)i * FACTOR_HASH_SIZE));
        for (uint32_t k = 0; k < i; k++) {
            assert_string_not_equal(text[i], text[k]);
        }
    }
    for (uint32_t i = 0; i < RECOVERY_CODES; i++) {
        assert_int_equal(code_parse(text[i], code), CODE_RECOVERY);
        assert_true(factor_hash(&key, "U1", code, hash));
        assert_int_equal(factor_hash_find(hashes, sizeof hashes, hash), (int32_t)i);
        assert_int_equal(factor_hash_find(hashes, (size_t)i * FACTOR_HASH_SIZE, hash), -1);
        assert_true(factor_hash(&key, "U2", code, hash));
        assert_int_equal(factor_hash_find(hashes, sizeof hashes, hash), -1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_of_the_standards),
        cmocka_unit_test(a_step_either_side_and_once),
        cmocka_unit_test(what_people_type),
        cmocka_unit_test(what_authenticators_read),
        cmocka_unit_test(a_secret_is_sealed_to_its_person),
        cmocka_unit_test(recovery_codes_are_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
