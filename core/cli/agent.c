/* cli/agent.c - `kinmu agent`: this node as one of a hub's. enroll takes its words from the command
 * line or, for a mass roll-out, from a file; status tells where the node belongs. */
#include "cli/agent.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/data_folder.h"
#include "cli/reply.h"
#include "cli/words.h"
#include "config/config.h"
#include "host/control.h"
#include "journal/device.h"
#include "platform/platform.h"
#include "trust/agent.h"

#include <stdio.h>
#include <string.h>

const char cli_agent_usage[] =
    "usage: kinmu agent enroll --hub https://HOST:PORT --token TOKEN [--name NAME] [--again]\n"
    "       kinmu agent enroll --file FILE [--again]     (YAML: hub, token, name)\n"
    "       kinmu agent status\n"
    "with [--data DIR] [--conf DIR]\n"
    "enroll ends with 0 enrolled, 1 failed here, 2 wrong words, 3 hub not reached or busy,\n"
    "4 token or device refused, 5 not the token's hub, 6 enrolled already\n";

static int misused(const char *word) {
    if (word != NULL) {
        fprintf(stderr, "kinmu agent: \"%s\" is not known here\n", word);
    }
    fputs(cli_agent_usage, stderr);
    return CLI_USAGE;
}

/* ---- enroll ---- */

/* "--token" on a command line is seen by every user of the machine; in a file it need not be. */
static const kinmu_option file_options[] = {
    {.name = "hub",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .min = 1,
     .max = 500,
     .doc = "The hub's address."},
    {.name = "token",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .min = 1,
     .max = 200,
     .doc = "The invitation's token."},
    {.name = "name", .type = KINMU_OPT_TEXT, .min = 1, .max = 128, .doc = "The device's name."},
};
static const kinmu_table file_table = KINMU_TABLE(file_options);

static int enroll_by_file(const agent_way *way, const char *path, agent_wish *wish) {
    buffer text = {0};
    buffer listing = {0};
    config_node *root = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    kinmu_err err = {{0}, {0}};
    int code = CLI_USAGE;
    if (trust_read_file(path, &text, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu agent enroll: %s\n", err.msg);
    } else if (config_parse(path, (const char *)text.data, text.size, &root, &memory, &problems) !=
                   KINMU_OK ||
               config_check_map(&file_table, "enroll", root, &problems) != KINMU_OK) {
        config_problems_print(&problems, &listing);
        fputs(buffer_string(&listing), stderr);
    } else {
        const char *name = cli_reply_text(root, "name");
        wish->hub = cli_reply_text(root, "hub");
        wish->token = cli_reply_text(root, "token");
        wish->name = name[0] != '\0' ? name : NULL;
        code = agent_enroll(way, wish);
    }
    buffer_wipe(&text);
    buffer_free(&listing);
    config_problems_free(&problems);
    config_memory_free(memory);
    return code;
}

static int run_enroll(int argc, char **argv, const agent_way *way) {
    agent_wish wish = {0};
    const char *file = NULL;
    int has_hub = cli_take_option(&argc, argv, "--hub", &wish.hub);
    int has_token = cli_take_option(&argc, argv, "--token", &wish.token);
    int has_name = cli_take_option(&argc, argv, "--name", &wish.name);
    int has_file = cli_take_option(&argc, argv, "--file", &file);
    wish.is_again = cli_take_flag(&argc, argv, "--again");
    if (argc > 1 || has_hub < 0 || has_token < 0 || has_name < 0 || has_file < 0) {
        return misused(argc > 1 ? argv[1] : NULL);
    }
    if (has_file == 1 && has_hub + has_token + has_name == 0) {
        return enroll_by_file(way, file, &wish);
    }
    if (has_file == 1 || has_hub != 1 || has_token != 1) {
        return misused(NULL);
    }
    return agent_enroll(way, &wish);
}

/* ---- status ---- */

/* Whether the hub admits it: only the daemon that talks to it knows. CLI_FAILED when it does not.
 */
static int show_uplink(const char *data) {
    static const char label[] = "送信 / uplink";
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    int code = CLI_OK;
    int32_t status = control_request(data, "status", "", &answer, &err);
    cli_reply reply = cli_reply_read(buffer_string(&answer), answer.size);
    const config_node *rows = reply.root != NULL ? cli_reply_member(reply.root, "instances") : NULL;
    if (status != KINMU_OK) {
        printf("%s: 動いていない。失効や隔離は分からない / not known, Kinmu does not run here\n",
               label);
    }
    for (uint32_t i = 0; rows != NULL && i < rows->child_count; i++) {
        const char *name = cli_reply_text(rows->children[i], "name");
        const char *health = cli_reply_text(rows->children[i], "health");
        const char *text = cli_reply_text(rows->children[i], "text");
        if (strcmp(name, "uplink") == 0 || strncmp(name, "uplink/", 7) == 0) {
            printf("%s: %s%s%s\n", label, health, text[0] != '\0' ? ": " : "", text);
            code = strcmp(health, "failed") == 0 ? CLI_FAILED : code;
        }
    }
    cli_reply_free(&reply);
    buffer_free(&answer);
    return code;
}

static int run_status(int argc, char **argv, const agent_way *way) {
    trust_agent agent;
    trust_facts facts;
    device own;
    kinmu_err err = {{0}, {0}};
    char origin[2 * LAYOUT_ORIGIN_SIZE + 1];
    char until[64];
    if (argc > 1) {
        return misused(argv[1]);
    }
    if (trust_agent_read(way->data, &agent, &err) != KINMU_OK ||
        trust_agent_certificate(&agent, &facts, &err) != KINMU_OK ||
        device_read(way->data, &own, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu agent status: %s\n", err.msg);
        return CLI_FAILED;
    }
    text_hex(origin, own.origin, LAYOUT_ORIGIN_SIZE);
    text_time(until, sizeof until, facts.to_ns, clock_utc_offset_s(facts.to_ns));
    int is_over = clock_unix_ns() >= facts.to_ns;
    int is_other = memcmp(facts.public_key, own.public_key, sizeof own.public_key) != 0;
    device_wipe(&own);
    printf("ハブ / hub: %s\n端末 / device: %s (%s)\nグループ / group: %s\n"
           "証明書 / certificate: %s まで / until%s\n",
           agent.url, agent.name, origin, agent.group[0] != '\0' ? agent.group : "-", until,
           is_over ? "（期限切れ。再登録が必要 / expired: enrol again with --again）" : "");
    if (is_other) {
        fprintf(stderr,
                "kinmu agent status: the certificate is for another device.key; enrol again "
                "with --again\n");
    }
    int code = show_uplink(way->data);
    return is_over || is_other ? CLI_FAILED : code;
}

int cli_agent(int argc, char **argv) {
    cli_places places;
    char data[4096];
    agent_way way;
    kinmu_err err = {{0}, {0}};
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    int is_enroll = argc > 1 && strcmp(argv[1], "enroll") == 0;
    if (!is_enroll && (argc < 2 || strcmp(argv[1], "status") != 0)) {
        return misused(argc > 1 ? argv[1] : NULL);
    }
    platform_harden_process(0);
    platform_ignore_broken_pipes();
    if (cli_data_folder(&places, data, sizeof data, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu agent: %s\n", err.msg);
        return CLI_FAILED;
    }
    agent_way_read(&places, data, &way);
    int code =
        is_enroll ? run_enroll(argc - 1, argv + 1, &way) : run_status(argc - 1, argv + 1, &way);
    crypto_wipe(&way, sizeof way);
    return code;
}
