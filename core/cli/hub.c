/* cli/hub.c - `kinmu hub`: make a node a hub, invite devices, see and stop them. init and renew
 * work on the files of the data folder; all else asks the running hub's instance "ingest". */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "cli/words.h"
#include "journal/device.h"
#include "journal/files.h"
#include "platform/platform.h"
#include "trust/hub.h"

#include <stdio.h>
#include <string.h>

#define NAMES_OWN 3u /* added to those given: this machine by its local names */

static const char usage[] = "usage: kinmu hub init [--name HOST]… [--authority CERT KEY]\n"
                            "                      [--certificate CERT --key KEY]\n"
                            "       kinmu hub renew\n"
                            "with [--data DIR] [--conf DIR]\n";

static int misused(const char *word) {
    if (word != NULL) {
        fprintf(stderr, "kinmu hub: \"%s\" is not known here\n", word);
    }
    fputs(usage, stderr);
    return CLI_USAGE;
}

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

/* The hub signs what it receives by the key of its own journal. */
static int32_t need_device(const char *data, kinmu_err *err) {
    device d;
    int32_t status = device_read(data, &d, err);
    if (status == KINMU_E_NOTFOUND && files_exist(data, FILES_JOURNAL)) {
        return error_set(
            err, KINMU_E_CONFIG, "journal.device-missing",
            "\"%s\": device.key is missing beside journal.db; restore it from a backup", data);
    }
    if (status == KINMU_E_NOTFOUND) {
        status = device_make(data, &d, err);
    }
    device_wipe(&d);
    return status;
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

static int run_init(int argc, char **argv, const char *data) {
    wish_words w = {0};
    kinmu_err err = {{0}, {0}};
    if (!take_names(&argc, argv, &w) || !take_files(&argc, argv, &w)) {
        return CLI_USAGE;
    }
    if (argc > 1) {
        return misused(argv[1]);
    }
    int32_t status = platform_make_private_folder(data, &err);
    if (status == KINMU_OK) {
        status = trust_hub_init(data, &w.wish, clock_unix_ns(), &err);
    }
    if (status == KINMU_OK) {
        status = need_device(data, &err);
    }
    return status == KINMU_OK ? show_hub(data) : fail("init", &err);
}

static int run_renew(int argc, char **argv, const char *data) {
    kinmu_err err = {{0}, {0}};
    int32_t renewed = 0;
    if (argc > 1) {
        return misused(argv[1]);
    }
    if (trust_hub_renew(data, clock_unix_ns(), 1, &renewed, &err) != KINMU_OK) {
        return fail("renew", &err);
    }
    printf(
        "サーバー証明書を更新しました。kinmu run を再起動すると使われます。 / renewed; used after "
        "the next start of kinmu run\n");
    return CLI_OK;
}

/* ---- which ---- */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, const char *data);
} commands[] = {
    {"init", run_init},
    {"renew", run_renew},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

int cli_hub(int argc, char **argv) {
    const char *names[COMMAND_COUNT];
    cli_places places;
    char data[4096];
    kinmu_err err = {{0}, {0}};
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    if (argc < 2) {
        return misused(NULL);
    }
    platform_harden_process(0);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(argv[1], commands[i].name) == 0) {
            return cli_data_folder(&places, data, sizeof data, &err) == KINMU_OK
                       ? commands[i].run(argc - 1, argv + 1, data)
                       : fail(argv[1], &err);
        }
    }
    const char *nearest = text_nearest(argv[1], names, COMMAND_COUNT);
    fprintf(stderr, "kinmu hub: there is no \"%s\"%s%s%s\n", argv[1],
            nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "\"?" : "");
    return misused(NULL);
}
