/* cli/hub_files.c - `kinmu hub init` and `kinmu hub renew`: they work on the files of the data
 * folder, without a running hub. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/hub.h"
#include "cli/own_device.h"
#include "cli/words.h"
#include "platform/platform.h"
#include "trust/hub.h"

#include <stdio.h>
#include <string.h>

#define NAMES_OWN 3u /* added to those given: this machine by its local names */

static int fail(const char *what, const kinmu_err *err) {
    fprintf(stderr, "kinmu hub %s: %s\n", what, err->msg);
    return CLI_FAILED;
}

/* ---- init ---- */

typedef struct wish_words {
    const char *names[TRUST_NAMES_MAX];
    char computer[256];
    trust_hub_wish wish;
} wish_words;

/* 1, or 0 when a word is wrong. */
static int take_names(int *argc, char **argv, wish_words *w) {
    const char *name = NULL;
    int taken = 0;
    while ((taken = cli_take_option(argc, argv, "--name", &name)) == 1) {
        if (w->wish.name_count + NAMES_OWN >= TRUST_NAMES_MAX) {
            fprintf(stderr, "kinmu hub init: at most %u names\n", TRUST_NAMES_MAX - NAMES_OWN);
            return 0;
        }
        w->names[w->wish.name_count++] = name;
    }
    if (w->wish.name_count == 0) {
        platform_computer_name(w->computer, sizeof w->computer);
        w->names[w->wish.name_count++] = w->computer;
    }
    static const char *const own[NAMES_OWN] = {"localhost", "127.0.0.1", "::1"};
    for (size_t i = 0; i < NAMES_OWN; i++) {
        w->names[w->wish.name_count++] = own[i];
    }
    w->wish.names = w->names;
    return taken == 0;
}

static int take_files(int *argc, char **argv, wish_words *w) {
    trust_hub_wish *wish = &w->wish;
    int authority =
        cli_take_pair(argc, argv, "--authority", &wish->authority, &wish->authority_key);
    int certificate = cli_take_option(argc, argv, "--certificate", &wish->certificate);
    int key = cli_take_option(argc, argv, "--key", &wish->certificate_key);
    if (authority < 0 || certificate < 0 || key < 0 || certificate != key) {
        fprintf(stderr, "kinmu hub init: a certificate and its key belong together\n");
        return 0;
    }
    return 1;
}

static int show_hub(const char *data) {
    trust_hub hub;
    kinmu_err err = {{0}, {0}};
    char pin[2 * CRYPTO_HASH_SIZE + 1];
    char until[64];
    if (trust_hub_open(data, clock_unix_ns(), &hub, &err) != KINMU_OK) {
        return fail("init", &err);
    }
    text_hex(pin, hub.pin, sizeof hub.pin);
    text_time(until, sizeof until, hub.server_facts.to_ns,
              clock_utc_offset_s(hub.server_facts.to_ns));
    printf("ハブの鍵と証明書を作りました / made: %s/" TRUST_HUB_FOLDER "\n"
           "  サーバー / server: %s (%s まで / until)\n"
           "  端末が確かめる鍵 / key agents check: sha256 %s\n\n"
           "次に / next:\n"
           "  1. conf.d の http: に / in conf.d: http: {listen: [\"0.0.0.0:8443\"]}, connectors: "
           "{ingest: {}}\n"
           "  2. kinmu run\n"
           "  3. kinmu hub invite\n"
           "%s/" TRUST_HUB_FOLDER " をバックアップしてください（失うと全端末の再登録が必要）。"
           "Back it up: without it every agent must enrol again.\n",
           data, hub.server_facts.common_name, until, pin, data);
    trust_hub_close(&hub);
    return CLI_OK;
}

int hub_init(int argc, char **argv, const char *data) {
    wish_words w = {0};
    device own = {0};
    kinmu_err err = {{0}, {0}};
    if (!take_names(&argc, argv, &w) || !take_files(&argc, argv, &w)) {
        return CLI_USAGE;
    }
    if (argc > 1) {
        return hub_misused(argv[1]);
    }
    int32_t status = platform_make_private_folder(data, &err);
    if (status == KINMU_OK) {
        status = trust_hub_init(data, &w.wish, clock_unix_ns(), &err);
    }
    if (status == KINMU_OK) { /* it signs what it receives by the key of its own journal */
        status = cli_own_device(data, &own, &err);
    }
    device_wipe(&own);
    return status == KINMU_OK ? show_hub(data) : fail("init", &err);
}

/* Names count where the old certificate is gone and cannot tell its own. */
int hub_renew(int argc, char **argv, const char *data) {
    wish_words w = {0};
    kinmu_err err = {{0}, {0}};
    int32_t renewed = 0;
    if (!take_names(&argc, argv, &w)) {
        return CLI_USAGE;
    }
    if (argc > 1) {
        return hub_misused(argv[1]);
    }
    (void)trust_hub_first_name(data, w.computer, sizeof w.computer);
    int32_t status = trust_hub_lacks_server(data)
                         ? trust_hub_mend(data, w.names, w.wish.name_count, clock_unix_ns(), &err)
                         : trust_hub_renew(data, clock_unix_ns(), 1, &renewed, &err);
    if (status != KINMU_OK) {
        return fail("renew", &err);
    }
    printf(
        "サーバー証明書を更新しました。kinmu run を再起動すると使われます。 / renewed; used after "
        "the next start of kinmu run\n");
    return CLI_OK;
}
