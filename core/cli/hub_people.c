/* cli/hub_people.c - `kinmu hub invite`, `devices`, `revoke` and their like: questions to the
 * running hub's instance "ingest", which decides. The token is printed alone on its line, for
 * scripts. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/hub.h"
#include "cli/reply.h"
#include "cli/words.h"
#include "host/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_MAX 10000u
#define MINUTE_CHARS 16u /* of "2026-11-22T15:00:00…" */

/* Calls a command of the hub with "field=value" words; the answer is read into *reply. */
static int call_hub(const char *data, const char *command, const char *const *words, size_t count,
                    cli_reply *reply) {
    buffer argument = {0};
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    int code = CLI_OK;
    buffer_printf(&argument, "ingest\n%s", command);
    for (size_t i = 0; i < count; i++) {
        code = strchr(words[i], '\n') != NULL ? CLI_USAGE : code;
        buffer_printf(&argument, "\n%s", words[i]);
    }
    if (code != CLI_OK) {
        fprintf(stderr, "kinmu hub %s: a value holds a line break\n", command);
    } else if (control_request(data, "call", buffer_string(&argument), &answer, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu hub %s: %s\n", command, err.msg);
        code = CLI_FAILED;
    } else {
        *reply = cli_reply_read(buffer_string(&answer), answer.size);
        code = reply->root != NULL ? CLI_OK : CLI_FAILED;
        if (code != CLI_OK) {
            fprintf(stderr, "kinmu hub %s: the hub's answer cannot be read\n", command);
        }
    }
    buffer_free(&argument);
    buffer_wipe(&answer); /* a token may stand in it */
    return code;
}

/* "2026-11-22 15:00" here. */
static const char *moment(int64_t unix_ns, char text[64]) {
    text_time(text, 64, unix_ns, clock_utc_offset_s(unix_ns));
    text[10] = ' ';
    text[MINUTE_CHARS] = '\0';
    return text;
}

/* ---- invite ---- */

/* "90m", "12h", "7d" in seconds; 0 when it is none. */
static int64_t seconds_of(const char *text) {
    char *end = NULL;
    long long number = strtoll(text, &end, 10);
    int64_t unit = *end == 's'   ? 1
                   : *end == 'm' ? 60
                   : *end == 'h' ? 3600
                   : *end == 'd' ? 86400
                                 : 0;
    int32_t fits = end != text && unit > 0 && end[1] == '\0' && number > 0 && number <= 1000000;
    return fits ? number * unit : 0;
}

int hub_invite(int argc, char **argv, const char *data) {
    const char *uses = "1";
    const char *expires = "7d";
    const char *group = "";
    char words[3][256];
    char text[64];
    cli_reply reply = {NULL, NULL};
    if (cli_take_option(&argc, argv, "--uses", &uses) < 0 ||
        cli_take_option(&argc, argv, "--expires", &expires) < 0 ||
        cli_take_option(&argc, argv, "--group", &group) < 0 || argc > 1) {
        return hub_misused(argc > 1 ? argv[1] : NULL);
    }
    int64_t valid_s = seconds_of(expires);
    if (valid_s == 0) {
        fprintf(stderr, "kinmu hub invite: \"%s\" is no duration; write 90m, 12h or 7d\n", expires);
        return CLI_USAGE;
    }
    snprintf(words[0], sizeof words[0], "uses=%s", uses);
    snprintf(words[1], sizeof words[1], "valid_s=%lld", (long long)valid_s);
    snprintf(words[2], sizeof words[2], "group=%s", group);
    const char *const given[] = {words[0], words[1], words[2]};
    int code = call_hub(data, "invite", given, group[0] != '\0' ? 3 : 2, &reply);
    if (code == CLI_OK) {
        printf("%s\n", cli_reply_text(reply.root, "token"));
        fprintf(stderr,
                "招待 %s: %s 台まで、%s まで。このトークンは再表示できません。\n"
                "invitation %s: for %s device(s), until %s. It is shown this once. On the PC:\n"
                "  kinmu agent enroll --hub https://HUB:PORT --token TOKEN\n",
                cli_reply_text(reply.root, "invite"), uses,
                moment(cli_reply_moment(reply.root, "expires_ns"), text),
                cli_reply_text(reply.root, "invite"), uses, text);
    }
    cli_reply_free(&reply);
    return code;
}

int hub_cancel(int argc, char **argv, const char *data) {
    char word[256];
    cli_reply reply = {NULL, NULL};
    if (argc != 2 || argv[1][0] == '-') {
        return hub_misused(argc > 2 ? argv[2] : NULL);
    }
    snprintf(word, sizeof word, "invite=%s", argv[1]);
    const char *const given[] = {word};
    int code = call_hub(data, "cancel", given, 1, &reply);
    if (code == CLI_OK) {
        printf("招待 %s を取り消しました。 / cancelled\n", cli_reply_text(reply.root, "invite"));
    }
    cli_reply_free(&reply);
    return code;
}

/* ---- lists ---- */

static void print_invite(const config_node *row) {
    char text[64];
    printf("%-16s  %-9s  %3lld/%-3lld  %-16s  %-12s  %s\n", cli_reply_text(row, "invite"),
           cli_reply_text(row, "state"), (long long)cli_reply_number(row, "uses_left"),
           (long long)cli_reply_number(row, "uses"),
           moment(cli_reply_moment(row, "expires_ns"), text), cli_reply_text(row, "group"),
           cli_reply_text(row, "created_by"));
}

static void print_device(const config_node *row) {
    char enrolled[64];
    char expires[64];
    int32_t is_stopped = strcmp(cli_reply_text(row, "state"), "active") != 0;
    int32_t is_twin = strcmp(cli_reply_text(row, "same_name"), "true") == 0;
    printf("%-32s  %-20s  %-11s  %-16s  %-16s  %-8s  %s\n", cli_reply_text(row, "device"),
           cli_reply_text(row, "name"), cli_reply_text(row, "state"),
           moment(cli_reply_moment(row, "enrolled_ns"), enrolled),
           moment(cli_reply_moment(row, "expires_ns"), expires), cli_reply_text(row, "version"),
           cli_reply_text(row, "group"));
    if (is_stopped) {
        printf("    %s: %s\n", cli_reply_text(row, "changed_by"), cli_reply_text(row, "reason"));
    }
    if (is_twin) {
        printf("    同じ名前の端末が他にもあります / another device has the same name\n");
    }
}

/* Prints all pages of a list; as JSON one row a line is not promised, one list a page is. */
static int print_list(int argc, char **argv, const char *data, const char *command,
                      const char *head, void (*print)(const config_node *row)) {
    char after[256] = "";
    int is_json = argc == 2 && strcmp(argv[1], "--json") == 0;
    int code = CLI_OK;
    if (argc > 1 && !is_json) {
        return hub_misused(argv[1]);
    }
    if (!is_json) {
        puts(head);
    }
    for (uint32_t page = 0; code == CLI_OK && page < PAGES_MAX; page++) {
        cli_reply reply = {NULL, NULL};
        const char *const given[] = {after};
        code = call_hub(data, command, given, page > 0 ? 1 : 0, &reply);
        const char *list = cli_reply_text(reply.root, command);
        cli_reply rows = cli_reply_read(list, strlen(list));
        if (code == CLI_OK && is_json) {
            puts(list);
        }
        for (uint32_t i = 0; !is_json && rows.root != NULL && i < rows.root->child_count; i++) {
            print(rows.root->children[i]);
        }
        const char *next = cli_reply_text(reply.root, "next");
        int is_last = next[0] == '\0';
        snprintf(after, sizeof after, "after=%s", next);
        cli_reply_free(&rows);
        cli_reply_free(&reply);
        if (is_last) {
            break;
        }
    }
    return code;
}

int hub_invites(int argc, char **argv, const char *data) {
    return print_list(
        argc, argv, data, "invites",
        "招待 / invite     状態       残り     期限              グループ      作成者",
        print_invite);
}

int hub_devices(int argc, char **argv, const char *data) {
    return print_list(argc, argv, data, "devices",
                      "端末 / device                     名前                  状態         "
                      "登録              証明書期限        版        グループ",
                      print_device);
}

/* ---- revoke, readmit ---- */

static int set_state(int argc, char **argv, const char *data, const char *command,
                     const char *reason) {
    char device[256];
    char why[512];
    cli_reply reply = {NULL, NULL};
    if (argc != 2 || argv[1][0] == '-') {
        return hub_misused(argc > 2 ? argv[2] : NULL);
    }
    snprintf(device, sizeof device, "device=%s", argv[1]);
    snprintf(why, sizeof why, "reason=%s", reason);
    const char *const given[] = {device, why};
    int code = call_hub(data, command, given, reason[0] != '\0' ? 2 : 1, &reply);
    if (code == CLI_OK) {
        printf("%s (%s): %s\n", cli_reply_text(reply.root, "device"),
               cli_reply_text(reply.root, "name"), cli_reply_text(reply.root, "state"));
    }
    cli_reply_free(&reply);
    return code;
}

int hub_revoke(int argc, char **argv, const char *data) {
    const char *reason = "";
    if (cli_take_option(&argc, argv, "--reason", &reason) < 0) {
        return hub_misused(NULL);
    }
    return set_state(argc, argv, data, "revoke", reason);
}

int hub_readmit(int argc, char **argv, const char *data) {
    return set_state(argc, argv, data, "readmit", "");
}
