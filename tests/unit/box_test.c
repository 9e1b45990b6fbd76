/* box_test.c - sealed boxes against vectors made by another implementation (pyca/cryptography:
 * X25519, HKDF, AESGCM), and what must not open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/crypto.h"
#include "base/text.h"
#include "journal/device.h"
#include "platform/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BOX_MAX 256u

typedef struct vector {
    const char *secret, *public_key, *context, *plain, *sealed;
} vector;

static const vector vectors[] = {
    {"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
     "07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c", "kinmu key 1",
     "0001617474656e64616e6365206b6579206f66207468697274792d74776f20627974",
     "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466ecd0592458319af0580fc122d3a4"
     "050cf4fff8febb16d6a425f6d3263419546d1946264a45c1ba8d12b494b86ad894420816"},
    {"7777777777777777777777777777777777777777777777777777777777777777",
     "1cf579aba45a10ba1d1ef06d91fca2aa9ed0a1150515653155405d0b18cb9a67", "", "",
     "b795bc45da876a734d4dd92a67e4dbcefab44bb99e8d15afb52aeae80c296a0c04fe9c13b92c0e2a64e780383b2c"
     "54ca"},
};

static size_t unhex(uint8_t *out, const char *hex) {
    size_t size = strlen(hex) / 2;
    assert_true(size <= BOX_MAX);
    assert_int_equal(text_unhex(out, size, hex), KINMU_OK);
    return size;
}

static void boxes_of_another_implementation_open(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t secret[BOX_MAX], public_key[BOX_MAX], plain[BOX_MAX], sealed[BOX_MAX];
        uint8_t got[BOX_MAX];
        unhex(secret, vectors[i].secret);
        unhex(public_key, vectors[i].public_key);
        size_t plain_size = unhex(plain, vectors[i].plain);
        size_t size = unhex(sealed, vectors[i].sealed);
        assert_int_equal(size, plain_size + CRYPTO_BOX_OVERHEAD);
        assert_int_equal(crypto_box_public(secret, got), KINMU_OK);
        assert_memory_equal(got, public_key, CRYPTO_PUBLIC_SIZE);
        assert_int_equal(crypto_box_open(secret, vectors[i].context, sealed, size, got), KINMU_OK);
        assert_memory_equal(got, plain, plain_size);
    }
}

static void what_is_sealed_opens_once_for_its_holder_only(void **state) {
    (void)state;
    static const char plain[] = "thirty-two bytes of a data key..";
    uint8_t secret[32], other[32], public_key[32], box[BOX_MAX], again[BOX_MAX], got[BOX_MAX];
    size_t size = sizeof plain + CRYPTO_BOX_OVERHEAD;
    assert_int_equal(crypto_random(secret, sizeof secret), KINMU_OK);
    assert_int_equal(crypto_random(other, sizeof other), KINMU_OK);
    assert_int_equal(crypto_box_public(secret, public_key), KINMU_OK);
    assert_int_equal(crypto_box_seal(public_key, "a", plain, sizeof plain, box), KINMU_OK);
    assert_int_equal(crypto_box_seal(public_key, "a", plain, sizeof plain, again), KINMU_OK);
    assert_memory_not_equal(box, again, size); /* an ephemeral key each time */
    assert_int_equal(crypto_box_open(secret, "a", box, size, got), KINMU_OK);
    assert_string_equal((const char *)got, plain);
    assert_int_equal(crypto_box_open(secret, "b", box, size, got), KINMU_E_REJECT);
    assert_int_equal(crypto_box_open(other, "a", box, size, got), KINMU_E_REJECT);
    assert_int_equal(crypto_box_open(secret, "a", box, CRYPTO_BOX_OVERHEAD - 1, got),
                     KINMU_E_REJECT);
}

static void every_changed_bit_is_found_and_nothing_comes_out(void **state) {
    (void)state;
    static const uint8_t nothing[BOX_MAX] = {0};
    uint8_t secret[32], box[BOX_MAX], got[BOX_MAX];
    unhex(secret, vectors[0].secret);
    size_t size = unhex(box, vectors[0].sealed);
    for (size_t bit = 0; bit < size * 8; bit++) {
        /* X25519 ignores the top bit of a point, but the key is derived from the bytes as sent. */
        box[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        memset(got, 0, sizeof got);
        assert_int_equal(crypto_box_open(secret, vectors[0].context, box, size, got),
                         KINMU_E_REJECT);
        assert_memory_equal(got, nothing, sizeof got);
        box[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

static void a_point_that_hides_nothing_is_refused(void **state) {
    (void)state;
    static const uint8_t zero[CRYPTO_PUBLIC_SIZE] = {0};
    static const uint8_t one[CRYPTO_PUBLIC_SIZE] = {1};
    uint8_t box[BOX_MAX];
    assert_int_equal(crypto_box_seal(zero, "a", "x", 1, box), KINMU_E_REJECT);
    assert_int_equal(crypto_box_seal(one, "a", "x", 1, box), KINMU_E_REJECT);
}

static void a_device_has_a_box_of_its_own(void **state) {
    (void)state;
    char folder[] = "/tmp/kinmu-box-XXXXXX";
    char path[64];
    uint8_t content[72] = "KJDEV01\n";
    uint8_t expected[32];
    device d;
    kinmu_err err = {{0}, {0}};
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 64; i++) {
        content[8 + i] = (uint8_t)(i % 32); /* the master key: 00 01 02 … 1f */
    }
    snprintf(path, sizeof path, "%s/device.key", folder);
    assert_int_equal(platform_write_file(path, content, sizeof content, 1, &err), KINMU_OK);
    assert_int_equal(device_read(folder, &d, &err), KINMU_OK);
    /* HMAC-SHA-256(master, "kinmu box 1") and its X25519 point, by pyca/cryptography */
    unhex(expected, "9c0b05c16748c3124556a33832d3dec548a1c0f3a400d871eb75726b06cd8c86");
    assert_memory_equal(d.box_secret, expected, sizeof expected);
    unhex(expected, "0ade0e1c3a57eadcc8d7cdccc0ed0da830069d69243bbc19035423e4bef90c52");
    assert_memory_equal(d.box_public, expected, sizeof expected);
    unlink(path);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_of_another_implementation_open),
        cmocka_unit_test(what_is_sealed_opens_once_for_its_holder_only),
        cmocka_unit_test(every_changed_bit_is_found_and_nothing_comes_out),
        cmocka_unit_test(a_point_that_hides_nothing_is_refused),
        cmocka_unit_test(a_device_has_a_box_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
