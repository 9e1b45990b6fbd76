/* trust_files_test.c - the hub's and the agent's trust as files: made once, never overwritten,
 * renewed in time, refused when damaged or readable by others; and what counts as a hub's address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "journal/device.h"
#include "platform/platform.h"
#include "tests/config/folder.h"
#include "trust/agent.h"
#include "trust/hub.h"

#include <sys/stat.h>

#define NOW_NS 1795000000000000000LL
#define DAY_NS (86400 * CLOCK_NS_PER_S)

static kinmu_err err;
static const char *const names[] = {"hub.example", "192.0.2.7"};

static void init(const char *data, const trust_hub_wish *wish) {
    if (trust_hub_init(data, wish, NOW_NS, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
}

static void expect_refused(const char *data, const trust_hub_wish *wish, const char *why) {
    char path[300];
    struct stat info;
    int32_t status = trust_hub_init(data, wish, NOW_NS, &err);
    if (status == KINMU_OK || strstr(err.msg, why) == NULL) {
        fail_msg("expected \"%s\", got %d \"%s\"", why, status, err.msg);
    }
    snprintf(path, sizeof path, "%s/hub.part", data);
    assert_int_not_equal(stat(path, &info), 0);
}

static void read_text(const char *path, buffer *out) {
    buffer_clear(out);
    folder_read(path, out);
    assert_true(out->size > 0);
}

static void a_hub_is_made_once(void **state) {
    (void)state;
    const trust_hub_wish wish = {.names = names, .name_count = 2};
    trust_hub hub;
    struct stat info;
    assert_int_equal(mkdir("a", 0700), 0);
    assert_int_equal(trust_hub_open("a", NOW_NS, &hub, &err), KINMU_E_NOTFOUND);
    init("a", &wish);
    assert_int_equal(stat("a/hub/ca.key", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(trust_hub_open("a", NOW_NS, &hub, &err), KINMU_OK);
    assert_memory_equal(hub.pin, hub.authority_facts.pin, sizeof hub.pin);
    assert_string_equal(hub.server_facts.common_name, "hub.example");
    trust_hub_close(&hub);
    expect_refused("a", &wish, "not overwritten");
    assert_int_equal(chmod("a/hub/ca.key", 0644), 0);
    assert_int_not_equal(trust_hub_open("a", NOW_NS, &hub, &err), KINMU_OK);
    assert_non_null(strstr(err.msg, "others may read"));
    assert_int_equal(chmod("a/hub/ca.key", 0600), 0);
    assert_int_equal(rename("a/hub/server.pem", "a/hub/gone"), 0);
    assert_int_equal(trust_hub_open("a", NOW_NS, &hub, &err), KINMU_E_CONFIG);
    assert_int_equal(rename("a/hub/gone", "a/hub/server.pem"), 0);
}

static void the_companys_own_is_taken_if_it_fits(void **state) {
    (void)state;
    trust_hub_wish wish = {.names = names,
                           .name_count = 2,
                           .authority = "a/hub/ca.pem",
                           .authority_key = "a/hub/ca.key"};
    trust_hub hub, first;
    assert_int_equal(mkdir("b", 0700), 0);
    init("b", &wish);
    assert_int_equal(trust_hub_open("a", NOW_NS, &first, &err), KINMU_OK);
    assert_int_equal(trust_hub_open("b", NOW_NS, &hub, &err), KINMU_OK);
    assert_memory_equal(hub.pin, first.pin, sizeof hub.pin);
    trust_hub_close(&hub);
    assert_int_equal(mkdir("c", 0700), 0);
    wish.authority_key = "a/hub/server.key";
    expect_refused("c", &wish, "\"a/hub/ca.pem\": the key does not belong");
    wish.authority = "a/hub/server.pem";
    expect_refused("c", &wish, "is no authority");
    wish.authority = "missing.pem";
    expect_refused("c", &wish, "\"missing.pem\": cannot be opened");
    trust_hub_wish server = {.names = names,
                             .name_count = 2,
                             .certificate = "a/hub/server.pem",
                             .certificate_key = "a/hub/server.key"};
    init("c", &server);
    assert_int_equal(trust_hub_open("c", NOW_NS, &hub, &err), KINMU_OK);
    assert_memory_equal(hub.pin, first.pin, sizeof hub.pin); /* the last of the chain */
    assert_memory_not_equal(hub.pin, hub.authority_facts.pin, sizeof hub.pin);
    trust_hub_close(&hub);
    trust_hub_close(&first);
}

static void the_server_is_renewed_in_its_last_third_and_agents_notice_nothing(void **state) {
    (void)state;
    trust_hub before, after;
    buffer was = {0}, is = {0};
    int32_t renewed = 1;
    read_text("a/hub/server.pem", &was);
    assert_int_equal(trust_hub_open("a", NOW_NS, &before, &err), KINMU_OK);
    assert_int_equal(trust_hub_renew("a", NOW_NS + 200 * DAY_NS, 0, &renewed, &err), KINMU_OK);
    assert_int_equal(renewed, 0);
    int64_t late_ns = NOW_NS + 300 * DAY_NS;
    assert_int_equal(trust_hub_renew("a", late_ns, 0, &renewed, &err), KINMU_OK);
    assert_int_equal(renewed, 1);
    read_text("a/hub/server.pem", &is);
    assert_true(was.size != is.size || memcmp(was.data, is.data, is.size) != 0);
    assert_int_equal(trust_hub_open("a", late_ns, &after, &err), KINMU_OK);
    assert_memory_equal(after.pin, before.pin, sizeof after.pin);
    assert_int_equal(after.server_facts.to_ns, late_ns + TRUST_SERVER_DAYS * DAY_NS);
    char found[4][TRUST_NAME_SIZE];
    assert_int_equal(trust_read_names(is.data, is.size, found, 4), 2);
    assert_string_equal(found[1], "192.0.2.7");
    /* A company's certificate is the company's to renew. */
    assert_int_equal(trust_hub_renew("c", late_ns, 0, &renewed, &err), KINMU_OK);
    assert_int_equal(renewed, 0);
    assert_int_equal(trust_hub_renew("c", NOW_NS, 1, &renewed, &err), KINMU_E_STATE);
    trust_hub_close(&before);
    trust_hub_close(&after);
    buffer_free(&was);
    buffer_free(&is);
}

/* ---- agents ---- */

static void make_client(const uint8_t key[CRYPTO_PUBLIC_SIZE], int64_t days, buffer *out) {
    trust_hub hub;
    trust_facts facts;
    buffer_clear(out);
    assert_int_equal(trust_hub_open("b", NOW_NS, &hub, &err), KINMU_OK);
    assert_int_equal(
        trust_make_client(hub.authority, key, NOW_NS, days * DAY_NS, out, &facts, &err), KINMU_OK);
    trust_hub_close(&hub);
}

static void an_enrolment_is_kept_replaced_and_renewed(void **state) {
    (void)state;
    device own, other;
    trust_agent agent = {.url = "https://hub.example:8443", .name = "営業 \"1\"", .group = "sales"};
    trust_agent got;
    trust_facts facts;
    buffer ca = {0}, client = {0};
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(mkdir("e", 0700), 0);
    assert_int_equal(device_make("d", &own, &err), KINMU_OK);
    assert_int_equal(device_make("e", &other, &err), KINMU_OK);
    memset(agent.public_key, 0xab, sizeof agent.public_key);
    memset(agent.box_public, 0xcd, sizeof agent.box_public);
    assert_int_equal(trust_agent_read("d", &got, &err), KINMU_E_NOTFOUND);
    folder_read("b/hub/anchor.pem", &ca);
    make_client(own.public_key, 30, &client);
    for (int round = 0; round < 2; round++) { /* the second replaces */
        agent.url[8] = round == 0 ? 'H' : 'h';
        assert_int_equal(trust_agent_save("d", &agent, &ca, &client, &err), KINMU_OK);
        assert_int_equal(trust_agent_read("d", &got, &err), KINMU_OK);
        assert_string_equal(got.url, agent.url);
        assert_string_equal(got.name, agent.name);
        assert_string_equal(got.group, "sales");
        assert_memory_equal(got.box_public, agent.box_public, sizeof got.box_public);
    }
    /* The power goes while a third one takes its place. */
    assert_int_equal(trust_agent_recover("d", &err), KINMU_OK);
    assert_int_equal(rename("d/hub.d", "d/hub.d.old"), 0);
    assert_int_equal(trust_agent_recover("d", &err), KINMU_OK);
    assert_int_equal(trust_agent_read("d", &got, &err), KINMU_OK);
    assert_string_equal(got.url, agent.url);
    make_client(own.public_key, 60, &client);
    assert_int_equal(trust_agent_renew("d", own.public_key, client.data, client.size, &err),
                     KINMU_OK);
    assert_int_equal(trust_agent_certificate(&got, &facts, &err), KINMU_OK);
    assert_int_equal(facts.to_ns, NOW_NS + 60 * DAY_NS);
    make_client(own.public_key, 20, &client); /* ends sooner */
    assert_int_equal(trust_agent_renew("d", own.public_key, client.data, client.size, &err),
                     KINMU_E_REJECT);
    make_client(other.public_key, 90, &client); /* another's */
    assert_int_equal(trust_agent_renew("d", own.public_key, client.data, client.size, &err),
                     KINMU_E_REJECT);
    assert_int_equal(trust_agent_renew("d", own.public_key, "x", 1, &err), KINMU_E_REJECT);
    assert_int_equal(folder_write("d/hub.d/hub.yaml", "url: [", 6), 0);
    assert_int_equal(trust_agent_read("d", &got, &err), KINMU_E_CONFIG);
    buffer_free(&ca);
    buffer_free(&client);
    device_wipe(&own);
    device_wipe(&other);
}

static void an_address_is_a_scheme_a_host_and_a_port(void **state) {
    (void)state;
    static const char *const right[] = {"https://hub.example:8443", "https://hub",
                                        "https://192.0.2.7:1", "https://[2001:db8::1]:8443",
                                        "https://hub.example:8443/"};
    static const char *const wrong[] = {"",
                                        "hub.example",
                                        "http://hub",
                                        "https://",
                                        "https://hub:",
                                        "https://hub:0",
                                        "https://hub:65536",
                                        "https://hub:8443x",
                                        "https://hub/path",
                                        "https://user@hub",
                                        "https://hub?x",
                                        "https://[2001:db8::1",
                                        "https://[]",
                                        "https://a b",
                                        "https://hub//"};
    char url[TRUST_URL_SIZE];
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_int_equal(trust_agent_url(right[i], url, &err), KINMU_OK);
        assert_true(url[strlen(url) - 1] != '/');
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (trust_agent_url(wrong[i], url, &err) != KINMU_E_REJECT) {
            fail_msg("\"%s\" was taken", wrong[i]);
        }
    }
}

static int set_up(void **state) {
    (void)state;
    return folder_create();
}

static int tear_down(void **state) {
    static const char *const folders[] = {"a/hub", "b/hub", "c/hub", "d/hub.d", "a",
                                          "b",     "c",     "d",     "e"};
    (void)state;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        folder_clear(folders[i]);
        rmdir(folders[i]);
    }
    return folder_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_is_made_once),
        cmocka_unit_test(the_companys_own_is_taken_if_it_fits),
        cmocka_unit_test(the_server_is_renewed_in_its_last_third_and_agents_notice_nothing),
        cmocka_unit_test(an_enrolment_is_kept_replaced_and_renewed),
        cmocka_unit_test(an_address_is_a_scheme_a_host_and_a_port),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
