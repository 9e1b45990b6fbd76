/* cli/status.c - `kinmu status`: what the running daemon says of itself, for people or as JSON.
 * With
 * --hub, how its devices are: status_hub.c. */
#include "cli/status.h"

#include "base/buffer.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "cli/words.h"
#include "host/control.h"

#include <stdio.h>
#include <string.h>

static void print_row(const config_node *object, const char *key, const char *label) {
    const char *value = cli_reply_text(object, key);
    if (value[0] != '\0') {
        printf("%s: %s\n", label, value);
    }
}

static void print_problem(const config_node *object, const char *key) {
    print_row(object, key, "注意 / attention");
}

static void print_way_to_hub(const config_node *hub) {
    if (hub == NULL) {
        return;
    }
    printf("ハブ / hub: %s (%s)\n", cli_reply_text(hub, "url"), cli_reply_text(hub, "device_name"));
    print_row(hub, "certificate_until", "  証明書の期限 / certificate until");
    print_row(hub, "confirmed", "  最終確認 / last confirmed");
    print_row(hub, "unsent_blocks", "  未送信 / blocks not sent");
    print_row(hub, "unsent_since", "  未送信の始まり / not sent since");
}

/* What the hub has set on this node. */
static void print_policy(const config_node *answer) {
    const config_node *values = cli_reply_member(answer, "policy_values");
    print_problem(answer, "policy_problem");
    for (uint32_t i = 0; values != NULL && i < values->child_count; i++) {
        printf("ハブの方針 / the hub's policy: %s\n", values->children[i]->text);
    }
}

/* What people are asked before they are recorded. */
static void print_notices(const config_node *answer) {
    const config_node *list = cli_reply_member(answer, "notices");
    print_problem(answer, "notice_problem");
    for (uint32_t i = 0; list != NULL && i < list->child_count; i++) {
        const config_node *notice = list->children[i];
        const config_node *waiting = cli_reply_member(notice, "waiting");
        printf(
            "告知 / notice %s (%s): 同意 / accepted %s, 不同意 / declined %s, 撤回 / withdrawn %s",
            cli_reply_text(notice, "name"), cli_reply_text(notice, "version"),
            cli_reply_text(notice, "accepted"), cli_reply_text(notice, "declined"),
            cli_reply_text(notice, "withdrawn"));
        for (uint32_t at = 0; waiting != NULL && at < waiting->child_count; at++) {
            printf("%s%s",
                   at > 0 ? ", " : "; 答え待ち / not answered: ", waiting->children[at]->text);
        }
        putchar('\n');
    }
}

void status_print_head(const config_node *answer) {
    const config_node *journal = cli_reply_member(answer, "journal");
    print_row(answer, "node", "ノード / node");
    print_row(answer, "started", "開始 / started");
    print_row(answer, "data", "データ / data");
    print_row(answer, "conf", "設定 / configuration");
    print_problem(answer, "reload_problem");
    print_row(answer, "http_problem", "注意 / attention: http");
    print_problem(answer, "maintenance_problem");
    print_problem(answer, "checkpoint_problem");
    print_way_to_hub(cli_reply_member(answer, "hub"));
    print_policy(answer);
    print_notices(answer);
    print_row(journal, "events", "記録数 / events");
    print_row(journal, "blocks", "ブロック / blocks");
    print_row(journal, "last_commit", "最終保存 / saved");
    print_row(journal, "file_bytes", "大きさ / bytes");
    print_row(journal, "pending_events", "未保存 / pending");
    print_problem(journal, "failure");
    print_row(cli_reply_member(answer, "store"), "lag_blocks", "表の遅れ / store behind, blocks");
}

static void print_losses(const config_node *losses) {
    int is_first = 1;
    for (uint32_t i = 0; losses != NULL && i + 1 < losses->child_count; i += 2) {
        const char *count = losses->children[i + 1]->text;
        if (strcmp(count, "0") != 0) {
            printf("%s%s %s", is_first ? "    失われたもの / losses: " : ", ",
                   losses->children[i]->text, count);
            is_first = 0;
        }
    }
    if (!is_first) {
        putchar('\n');
    }
}

static void print_instances(const config_node *list) {
    printf("\n  %-24s %-12s %10s  %s\n", "名前 / instance", "状態 / health", "件数 / sent",
           "最終 / last event");
    for (uint32_t i = 0; list != NULL && i < list->child_count; i++) {
        const config_node *row = list->children[i];
        const char *last = cli_reply_text(row, "last_event");
        const char *text = cli_reply_text(row, "text");
        printf("  %-24s %-12s %10s  %s\n", cli_reply_text(row, "name"),
               cli_reply_text(row, "health"), cli_reply_text(row, "published"),
               last[0] != '\0' ? last : "-");
        if (text[0] != '\0') {
            printf("    %s\n", text);
        }
        print_losses(cli_reply_member(row, "losses"));
    }
}

static int show(const char *data, const char *json, size_t size, int is_json, int is_hub) {
    if (is_json && !is_hub) {
        fputs(json, stdout);
        return CLI_OK;
    }
    cli_reply reply = cli_reply_read(json, size);
    int code = CLI_OK;
    if (reply.root == NULL) {
        fprintf(stderr, "kinmu status: the daemon's answer cannot be read; is it another version? "
                        "Restart it\n");
        code = CLI_FAILED;
    } else if (is_hub) {
        code = status_hub(data, reply.root, json, is_json);
    } else {
        status_print_head(reply.root);
        print_instances(cli_reply_member(reply.root, "instances"));
    }
    cli_reply_free(&reply);
    return code;
}

const char cli_status_usage[] = "usage: kinmu status [--hub] [--json] [--data DIR] [--conf DIR]\n";

int cli_status(int argc, char **argv) {
    cli_places places;
    char data[4096];
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    int is_json = cli_take_flag(&argc, argv, "--json");
    int is_hub = cli_take_flag(&argc, argv, "--hub");
    if (argc > 1) {
        fprintf(stderr, "kinmu status: \"%s\" is not known\n%s", argv[1], cli_status_usage);
        return CLI_USAGE;
    }
    int code = CLI_FAILED;
    int32_t status = is_hub ? cli_data_places(&places, data, sizeof data, &err)
                            : cli_data_folder(&places, data, sizeof data, &err);
    if (status == KINMU_OK) {
        status = control_request(data, "status", "", &answer, &err);
    }
    if (status != KINMU_OK) {
        fprintf(stderr, "kinmu status: %s\n", err.msg);
    } else {
        code = show(data, buffer_string(&answer), answer.size, is_json, is_hub);
    }
    buffer_free(&answer);
    return code;
}
