/* cli/ask.c - `kinmu status` and `kinmu call`: one question to the running daemon. */
#include "base/buffer.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "host/control.h"

#include <stdio.h>
#include <string.h>

static int ask(const cli_places *places, const char *command, const char *argument,
               buffer *answer) {
    char data[4096];
    kinmu_err err = {{0}, {0}};
    int32_t status = cli_data_folder(places, data, sizeof data, &err);
    if (status == KINMU_OK) {
        status = control_request(data, command, argument, answer, &err);
    }
    if (status != KINMU_OK) {
        fprintf(stderr, "kinmu %s: %s\n", command, err.msg);
        return CLI_FAILED;
    }
    return CLI_OK;
}

/* ---- status for people: a walk over the daemon's own JSON, whose shape is known ---- */

/* Copies the text or number of "key": in `json` before `end`; 0 when it is not there. */
static int value_of(const char *json, const char *end, const char *key, char *to, size_t size) {
    char name[80];
    int length = snprintf(name, sizeof name, "\"%s\":", key);
    const char *at = strstr(json, name);
    to[0] = '\0';
    if (at == NULL || at >= end) {
        return 0;
    }
    at += length;
    int is_text = *at == '"';
    at += is_text;
    size_t used = 0;
    while (at < end && used + 1 < size && (is_text ? *at != '"' : strchr(",}]", *at) == NULL)) {
        at += is_text && *at == '\\' && at[1] != '\0';
        to[used++] = *at++;
    }
    to[used] = '\0';
    return 1;
}

static void print_instance(const char *json, const char *end) {
    char name[160];
    char health[32];
    char last[48];
    char published[32];
    char text[512];
    value_of(json, end, "name", name, sizeof name);
    value_of(json, end, "health", health, sizeof health);
    value_of(json, end, "last_event", last, sizeof last);
    value_of(json, end, "published", published, sizeof published);
    value_of(json, end, "text", text, sizeof text);
    printf("  %-24s %-12s %10s  %s\n", name, health, published, last[0] != '\0' ? last : "-");
    if (text[0] != '\0') {
        printf("    %s\n", text);
    }
    const char *losses = strstr(json, "\"losses\":{");
    const char *close = losses != NULL && losses < end ? strchr(losses, '}') : NULL;
    for (const char *at = losses; close != NULL && at != NULL && at < close;
         at = strchr(at + 1, ':')) {
        if (*at == ':' && at[1] >= '1' && at[1] <= '9') {
            printf("    失われたもの / losses: %.*s\n", (int)(close - losses - 10), losses + 10);
            break;
        }
    }
}

static void print_head(const char *json, const char *end) {
    static const struct {
        const char *key;
        const char *label;
    } rows[] = {
        {"node", "ノード / node"},
        {"started", "開始 / started"},
        {"data", "データ / data"},
        {"conf", "設定 / configuration"},
        {"events", "記録数 / events"},
        {"blocks", "ブロック / blocks"},
        {"last_commit", "最終保存 / saved"},
        {"file_bytes", "大きさ / bytes"},
        {"pending_events", "未保存 / pending"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char value[600];
        if (value_of(json, end, rows[i].key, value, sizeof value)) {
            printf("%s: %s\n", rows[i].label, value);
        }
    }
    static const char *const problems[] = {"reload_problem", "policy_problem",
                                           "maintenance_problem", "checkpoint_problem", "failure"};
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        char value[600];
        if (value_of(json, end, problems[i], value, sizeof value) && value[0] != '\0') {
            printf("注意 / attention: %s\n", value);
        }
    }
}

/* The texts of "policy_values":[…], a line each. */
static void print_policy(const char *json, const char *end) {
    char text[600];
    const char *at = strstr(json, "\"policy_values\":[");
    if (at == NULL || at >= end) {
        return;
    }
    at += strlen("\"policy_values\":[");
    while (at < end && *at == '"') {
        size_t used = 0;
        for (at++; at < end && *at != '"'; at++) {
            at += *at == '\\' && at + 1 < end;
            text[used] = *at;
            used += used + 1 < sizeof text;
        }
        text[used] = '\0';
        printf("ハブの方針 / the hub's policy: %s\n", text);
        at += 1 + (at[1] == ',');
    }
}

static void print_status(const char *json) {
    const char *end = json + strlen(json);
    const char *at = strstr(json, "\"instances\":[");
    print_head(json, at != NULL ? at : end);
    print_policy(json, at != NULL ? at : end);
    printf("\n  %-24s %-12s %10s  %s\n", "名前 / instance", "状態 / health", "件数 / sent",
           "最終 / last event");
    while (at != NULL && (at = strstr(at, "{\"name\":")) != NULL) {
        const char *next = strstr(at + 1, "{\"name\":");
        print_instance(at, next != NULL ? next : end);
        at = next;
    }
}

int cli_status(int argc, char **argv) {
    cli_places places;
    buffer answer = {0};
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    int as_json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !as_json) {
        fprintf(stderr, "kinmu status: \"%s\" is not known; usage: kinmu status [--json]\n",
                argv[1]);
        return CLI_USAGE;
    }
    int result = ask(&places, "status", "", &answer);
    if (result == CLI_OK && as_json) {
        fputs(buffer_string(&answer), stdout);
    } else if (result == CLI_OK) {
        print_status(buffer_string(&answer));
    }
    buffer_free(&answer);
    return result;
}

int cli_call(int argc, char **argv) {
    cli_places places;
    buffer answer = {0};
    buffer argument = {0};
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    if (argc < 3) {
        fprintf(stderr, "kinmu call: usage: kinmu call INSTANCE COMMAND [field=value …]\n");
        return CLI_USAGE;
    }
    for (int i = 1; i < argc; i++) {
        if (strchr(argv[i], '\n') != NULL) {
            fprintf(stderr, "kinmu call: a value holds a line break\n");
            buffer_free(&argument);
            return CLI_USAGE;
        }
        buffer_printf(&argument, "%s%s", i > 1 ? "\n" : "", argv[i]);
    }
    int result = ask(&places, "call", buffer_string(&argument), &answer);
    if (result == CLI_OK) {
        fputs(buffer_string(&answer), stdout);
    }
    buffer_free(&argument);
    buffer_free(&answer);
    return result;
}
