/* api_login_test.c - exporter `api`: how often a password may be wrong, minute by minute; which are
 * taken, and what is kept of them; cookies, right and hostile. */
#include "plugins/exporters/api/wire/cookie.c"
#include "plugins/exporters/api/access/password.c"
#include "plugins/exporters/api/access/throttle.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE UINT64_C(60000)
#define HOME "192.0.2.1"

static throttle *t;

static int set_up(void **state) {
    (void)state;
    t = calloc(1, sizeof *t);
    return t == NULL;
}

static int tear_down(void **state) {
    (void)state;
    free(t);
    return 0;
}

/* A whole try; the seconds it was told to wait instead. */
static uint32_t attempt(const char *person, const char *source, uint64_t now, int32_t outcome) {
    uint32_t wait_s = throttle_begin(t, person, source, now);
    if (wait_s == 0) {
        throttle_end(t, person, source, now, outcome);
    }
    return wait_s;
}

/* SEC-11: 5 in 15:00 lock, in 15:01 not; the lock ends after 15:00. */
static void five_in_fifteen_minutes(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(attempt("U1", HOME, 1000, THROTTLE_WRONG), 0);
    }
    assert_int_equal(attempt("U1", HOME, 1000 + 15 * MINUTE, THROTTLE_WRONG), 0);
    assert_int_equal(attempt("U1", HOME, 1000 + 15 * MINUTE, THROTTLE_RIGHT), 900);
    assert_int_equal(attempt("U1", HOME, 1000 + 30 * MINUTE - 1, THROTTLE_RIGHT), 1);
    assert_int_equal(attempt("U1", HOME, 1000 + 30 * MINUTE, THROTTLE_RIGHT), 0);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(attempt("U2", HOME, 1000, THROTTLE_WRONG), 0);
    }
    assert_int_equal(attempt("U2", HOME, 2000 + 15 * MINUTE, THROTTLE_WRONG), 0);
    assert_int_equal(attempt("U2", HOME, 2000 + 15 * MINUTE, THROTTLE_RIGHT), 0);
}

static void a_right_one_begins_anew(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(
            attempt("U1", HOME, 1000 + i, i % 5 == 4 ? THROTTLE_RIGHT : THROTTLE_WRONG), 0);
    }
}

/* An attacker elsewhere locks himself out, not the person. */
static void nobody_locks_another_out(void **state) {
    char source[THROTTLE_SOURCE_SIZE];
    uint32_t taken = 0;
    (void)state;
    assert_int_equal(attempt("U1", HOME, 1, THROTTLE_RIGHT), 0);
    for (uint32_t i = 0; i < 3000; i++) { /* a botnet, all day */
        (void)snprintf(source, sizeof source, "198.51.%u.%u", i / 250, i % 250);
        taken += attempt("U1", source, 1000 + i * (MINUTE / 2), THROTTLE_WRONG) == 0;
        if (i % 100 == 0) {
            assert_int_equal(attempt("U1", HOME, 1000 + i * (MINUTE / 2), THROTTLE_RIGHT), 0);
        }
    }
    assert_in_range(taken, 20, 60); /* 20, then ever more rarely: 25 hours */
    /* Who never came in from where he is now waits an hour at most. */
    uint32_t wait_s = attempt("U1", "203.0.113.1", 1000 + 1500 * MINUTE, THROTTLE_RIGHT);
    assert_in_range(wait_s, 0, 3600);
    assert_int_equal(
        attempt("U1", "203.0.113.1", 1000 + 1500 * MINUTE + wait_s * 1000, THROTTLE_RIGHT), 0);
}

static void what_is_under_way_counts(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(throttle_begin(t, "U1", HOME, 1000), 0);
    }
    assert_int_equal(throttle_begin(t, "U1", HOME, 1000), THROTTLE_BUSY);
    throttle_end(t, "U1", HOME, 1001, THROTTLE_NEITHER);
    assert_int_equal(throttle_begin(t, "U1", HOME, 1001), 0);
    for (uint32_t i = 0; i < 5; i++) {
        throttle_end(t, "U1", HOME, 1002, THROTTLE_WRONG);
    }
    assert_int_equal(throttle_begin(t, "U1", HOME, 1002), 900);
    throttle_clear(t, "U1"); /* SEC-12 */
    assert_int_equal(throttle_begin(t, "U1", HOME, 1002), 0);
}

static void places_are_bounded(void **state) {
    char person[THROTTLE_PERSON_SIZE];
    (void)state;
    for (uint32_t i = 0; i < 4; i++) {
        (void)attempt("U1", HOME, 1, THROTTLE_WRONG);
    }
    for (uint32_t i = 0; i < 2 * THROTTLE_PEOPLE; i++) {
        (void)snprintf(person, sizeof person, "x%u", i);
        assert_int_equal(attempt(person, HOME, 2 + i, THROTTLE_WRONG), 0);
    }
}

/* Tries that come to nothing (a session of nobody) push out neither a lock nor who is known. */
static void what_tells_nothing_keeps_no_place(void **state) {
    char person[THROTTLE_PERSON_SIZE];
    (void)state;
    assert_int_equal(attempt("U2", "198.51.100.1", 1, THROTTLE_RIGHT), 0);
    for (uint32_t i = 0; i < THROTTLE_STRANGERS_MAX; i++) {
        char source[THROTTLE_SOURCE_SIZE];
        (void)snprintf(source, sizeof source, "198.51.100.%u", 2 + i);
        (void)attempt("U2", source, 1, THROTTLE_WRONG);
    }
    for (uint32_t i = 0; i < THROTTLE_WRONG_MAX; i++) {
        assert_int_equal(attempt("U1", HOME, 1, THROTTLE_WRONG), 0);
    }
    for (uint32_t i = 0; i < 2 * THROTTLE_PAIRS; i++) {
        (void)snprintf(person, sizeof person, "@%u", i);
        assert_int_equal(attempt(person, HOME, 2 + i, THROTTLE_NEITHER), 0);
        (void)snprintf(person, sizeof person, "198.51.%u.%u", i / 250, i % 250);
        assert_true(throttle_begin(t, "U2", person, 2 + i) > 0);
    }
    assert_in_range(attempt("U1", HOME, MINUTE / 2, THROTTLE_RIGHT), 800, 900);
    assert_int_equal(attempt("U2", "198.51.100.1", MINUTE / 2, THROTTLE_RIGHT), 0);
}

static void sources(void **state) {
    static const char *const pairs[][2] = {{"192.0.2.7", "192.0.2.7"},
                                           {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2"},
                                           {"2001:db8:1:2:ffff::1", "2001:db8:1:2"},
                                           {"2001:db8::1", "2001:db8"},
                                           {"::1", ""},
                                           {"::ffff:192.0.2.7", "::ffff:192.0.2.7"},
                                           {"", ""}};
    char source[THROTTLE_SOURCE_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        throttle_source(source, pairs[i][0]);
        assert_string_equal(source, pairs[i][1]);
    }
}

static void passwords(void **state) {
    static const char *const words[] = {"U6", "N0012345", "佐藤 太郎", "", "taro.sato", "example"};
    static const struct {
        const char *password, *code;
    } rows[] = {
        {"correct horse battery staple", NULL},
        {"正しい馬の電池のホチキスの針とのり", NULL},
        {"vX9#kQ2$mZ7!pL4", NULL},
        {"               ", "password.common"},
        {"vX9#kQ2$mZ7!pL", "password.short"},
        {"正しい馬の電池", "password.short"},
        {"", "password.short"},
        {"password1234567890", "password.common"},
        {"Passw0rd!Passw0rd!", "password.common"},
        {"qwertyuiop[]12345", "password.common"},
        {"abcdefghijklmnopq", "password.common"},
        {"zyxwvutsrqponmlk", "password.common"},
        {"aaaaaaaaaaaaaaaaaaaa", "password.common"},
        {"umbrellaumbrellaumbr", NULL}, /* 8 of its own, whatever follows */
        {"zebra zebra zebra zebra", "password.common"},
        {"taro.sato@example.com", "password.common"},
        {"N0012345N0012345", "password.common"},
        {"n0012345 佐藤 太郎", "password.short"},
        {"n0012345-n0012345-佐藤 太郎", "password.common"},
        {"Kinmu2026Summer!!", "password.common"},
    };
    char large[PASSWORD_BYTES_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *code = password_problem(rows[i].password, words, 6);
        if (rows[i].code == NULL) {
            assert_null(code);
        } else {
            assert_non_null(code);
            assert_string_equal(code, rows[i].code);
        }
    }
    for (size_t i = 0; i < sizeof large - 1; i++) {
        large[i] = (char)('!' + i * 7 % 90);
    }
    large[sizeof large - 1] = '\0';
    assert_string_equal(password_problem(large, words, 6), "password.long");
    large[PASSWORD_BYTES_MAX] = '\0';
    assert_null(password_problem(large, words, 6));
}

static void verifiers(void **state) {
    uint8_t kept[PASSWORD_VERIFIER_SIZE];
    uint8_t other[PASSWORD_VERIFIER_SIZE];
    (void)state;
    assert_true(password_keep("correct horse", kept));
    assert_true(password_keep("correct horse", other));
    assert_memory_not_equal(kept, other, sizeof kept); /* a salt of its own */
    assert_true(password_is("correct horse", kept, sizeof kept));
    assert_false(password_is("correct horsf", kept, sizeof kept));
    assert_false(password_is("correct horse", kept, sizeof kept - 1));
    assert_false(password_is("correct horse", NULL, 0));
    kept[1] = 30; /* 2^30: nobody asks for that much memory */
    assert_false(password_is("correct horse", kept, sizeof kept));
}

static void cookies(void **state) {
    static const struct {
        const char *header, *value;
    } rows[] = {
        {"a=1", "1"},
        {"b=2; a=1", "1"},
        {"b=2;a=1 ;c=3", "1"},
        {"a=", ""},
        {"a=1; aa=2; A=3", "1"},
        {"xa=1", NULL},
        {"a", NULL},
        {"", NULL},
        {";;; ;a=1;", "1"},
        {"a=1; a=2", NULL},
        {"b=a=1", NULL},
        {"a=x=y", "x=y"},
        {"a =1", NULL},
        {"\"a=1\"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = 0;
        const char *found = cookie_find(rows[i].header, "a", &size);
        if (rows[i].value == NULL) {
            assert_null(found);
        } else {
            assert_non_null(found);
            assert_int_equal(size, strlen(rows[i].value));
            assert_memory_equal(found, rows[i].value, size);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(five_in_fifteen_minutes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_right_one_begins_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_locks_another_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_under_way_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_tells_nothing_keeps_no_place, set_up, tear_down),
        cmocka_unit_test(sources),
        cmocka_unit_test(passwords),
        cmocka_unit_test(verifiers),
        cmocka_unit_test(cookies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
