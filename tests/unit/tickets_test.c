/* tickets_test.c - the keys of session tickets: the same wherever the secret is, others at another
 * time, of another secret or another authority. What TLS makes of them: tests/e2e/hub_tickets.sh.
 */
#include "base/clock.h"
#include "http/tickets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW 1800000000 /* some second of a period */
#define PERIOD ((int64_t)TICKETS_LIFE_S)

static char folder[] = "/tmp/kinmu-tickets-XXXXXX";

static const char *file(const char *name, const char *content) {
    static char paths[2][64];
    static uint32_t turn;
    char *path = paths[turn++ % 2];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(content, out);
    fclose(out);
    assert_int_equal(chmod(path, 0600), 0);
    return path;
}

static tickets of(const char *secret, const char *authority) {
    tickets t;
    kinmu_err err = {"", ""};
    assert_int_equal(tickets_init(&t, file("secret", secret), file("authority", authority), &err),
                     KINMU_OK);
    return t;
}

/* Whether what `sealer` seals at NOW is opened by `opener` so many seconds later. */
static int32_t opens(const tickets *sealer, const tickets *opener, int64_t later_s) {
    tickets_key sealing;
    tickets_key opening;
    assert_int_equal(tickets_sealing(sealer, NOW, &sealing), KINMU_OK);
    int32_t status = tickets_opening(opener, NOW + later_s, sealing.name, &opening);
    assert_true(status == KINMU_OK || status == KINMU_E_NOTFOUND);
    assert_true(status != KINMU_OK || memcmp(&sealing, &opening, sizeof sealing) == 0);
    return status == KINMU_OK;
}

static void nodes_and_restarts_share_keys(void **state) {
    (void)state;
    tickets one = of("secret", "authority");
    tickets two = of("secret", "authority");
    assert_true(opens(&one, &two, 0));
}

static void other_secrets_and_authorities_do_not(void **state) {
    (void)state;
    tickets one = of("secret", "authority");
    tickets thief = of("secret of his own", "authority");
    tickets later = of("secret", "authority and one more");
    assert_false(opens(&one, &thief, 0));
    assert_false(opens(&one, &later, 0));
}

static void without_a_secret_keys_are_a_process_own(void **state) {
    (void)state;
    tickets one;
    tickets two;
    kinmu_err err = {"", ""};
    assert_int_equal(tickets_init(&one, NULL, NULL, &err), KINMU_OK);
    assert_int_equal(tickets_init(&two, "/nowhere/ca.key", NULL, &err), KINMU_OK);
    assert_true(opens(&one, &one, 0));
    assert_false(opens(&one, &two, 0));
}

static void a_secret_others_may_read_is_refused(void **state) {
    (void)state;
    tickets t;
    kinmu_err err = {"", ""};
    const char *secret = file("secret", "secret");
    assert_int_equal(chmod(secret, 0644), 0);
    assert_int_equal(tickets_init(&t, secret, NULL, &err), KINMU_E_DENIED);
}

/* A ticket is good for all of its life, whenever it was made, and its key soon not any more. */
static void keys_change_with_time(void **state) {
    (void)state;
    tickets one = of("secret", "authority");
    tickets_key now;
    tickets_key next;
    assert_true(opens(&one, &one, PERIOD));
    assert_true(opens(&one, &one, -PERIOD)); /* a node whose clock is behind */
    assert_false(opens(&one, &one, 2 * PERIOD));
    assert_false(opens(&one, &one, -2 * PERIOD));
    assert_int_equal(tickets_sealing(&one, NOW, &now), KINMU_OK);
    assert_int_equal(tickets_sealing(&one, NOW + PERIOD, &next), KINMU_OK);
    assert_memory_not_equal(now.cipher, next.cipher, sizeof now.cipher);
    assert_memory_not_equal(now.mac, next.mac, sizeof now.mac);
    assert_memory_not_equal(now.cipher, now.mac, sizeof now.mac);
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(file("secret", ""));
    unlink(file("authority", ""));
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_and_restarts_share_keys),
        cmocka_unit_test(other_secrets_and_authorities_do_not),
        cmocka_unit_test(without_a_secret_keys_are_a_process_own),
        cmocka_unit_test(a_secret_others_may_read_is_refused),
        cmocka_unit_test(keys_change_with_time),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
