/* cli/notice.c - `kinmu notice`: what the person at this PC is told before it is recorded, and his
 * answer. It asks notice.sock, which everybody of the machine may reach, and speaks for the account
 * it runs under; needs neither the configuration nor the data folder. Who accepts has the text on
 * his screen, or names the version he read. */
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/reply.h"
#include "cli/words.h"
#include "host/control.h"
#include "host/node.h"
#include "host/notice_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define STDIN 0
#define STDOUT 1
#define FOLDER_SIZE 4096
#define WIDTH_MAX 100u

const char cli_notice_usage[] =
    "usage: kinmu notice [show] [--data DIR]            告知と自分の答えを見る / what I am told\n"
    "       kinmu notice accept [NAME] [--version V]    同意する / say yes\n"
    "       kinmu notice decline [NAME]                 同意しない / say no\n"
    "       kinmu notice withdraw [NAME]                同意を撤回する / end what I accepted\n"
    "  NAME can be left out where there is one notice. Without a terminal `accept` needs "
    "--version,\n"
    "  the version that was read. Into a pipe `show` writes JSON.\n";

/* ---- asking ---- */

static int exists(const char *path) {
    uv_fs_t request;
    int found = uv_fs_stat(NULL, &request, path, NULL) == 0;
    uv_fs_req_cleanup(&request);
    return found;
}

/* The socket of --data (KINMU_DATA), else the machine's, else that of one's own Kinmu. */
static int32_t find_socket(const cli_places *places, char path[NOTICE_PATH_SIZE], kinmu_err *err) {
    char data[FOLDER_SIZE];
    char folder[FOLDER_SIZE];
    if (places->data[0] == '\0') {
        int32_t status = notice_path(KINMU_RUN_DIR, path, err);
        if (status != KINMU_OK || exists(path)) {
            return status;
        }
    }
    node_data_folder(places->data[0] != '\0' ? places->data : NULL, data, sizeof data);
    int32_t status = notice_folder(data, folder, sizeof folder, err);
    return status == KINMU_OK ? notice_path(folder, path, err) : status;
}

static int32_t exchange(const char *path, const notice_ask *ask, buffer *answer, kinmu_err *err) {
    buffer request = {0};
    notice_ask_write(&request, ask);
    int32_t status = control_exchange(path, path, &request, CONTROL_WAIT_MS, answer, err);
    if (strcmp(err->key, "door.closed") == 0) {
        return error_set(
            err, status, "notice.closed",
            "この PC に答えを待つ告知はありません（または Kinmu が動いていません） / no "
            "notice is asked for on this PC, or no Kinmu is running: \"%s\"",
            path);
    }
    return status;
}

/* ---- showing ---- */

static const char *state_text(const char *state) {
    static const char *const texts[][2] = {
        {"waiting", "答えを待っています / waiting for your answer"},
        {"accepted", "同意済み / accepted"},
        {"declined", "同意していません / declined"},
        {"withdrawn", "同意を撤回しました / withdrawn"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i][0], state) == 0) {
            return texts[i][1];
        }
    }
    return state;
}

static void write_purpose(buffer *out, const config_node *purpose) {
    const config_node *records = cli_reply_member(purpose, "records");
    const char *days = cli_reply_text(purpose, "keep_days");
    buffer_printf(out, "  目的 / purpose: %s: %s\n", cli_reply_text(purpose, "purpose"),
                  cli_reply_text(purpose, "doc"));
    if (strcmp(days, "0") == 0) {
        buffer_text(out, "    保存期間 / kept: 消去するまで / until erased\n");
    } else {
        buffer_printf(out, "    保存期間 / kept: %s 日 / days\n", days);
    }
    if (strcmp(cli_reply_text(purpose, "is_collected"), "false") == 0) {
        buffer_text(out, "    今は収集していません / not collected now\n");
    }
    for (uint32_t i = 0; records != NULL && i < records->child_count; i++) {
        buffer_printf(out, "    記録 / recorded: %s\n", records->children[i]->text);
    }
}

static void write_notice(buffer *out, const config_node *root, const config_node *notice) {
    const config_node *purposes = cli_reply_member(notice, "purposes");
    const char *hub = cli_reply_text(root, "hub");
    const char *answered = cli_reply_text(notice, "answered");
    buffer_printf(out, "告知 / notice: %s (%s)\n", cli_reply_text(notice, "name"),
                  cli_reply_text(notice, "version"));
    buffer_printf(out, "  %s: %s%s%s\n", cli_reply_text(root, "account"),
                  state_text(cli_reply_text(notice, "state")), answered[0] != '\0' ? ", " : "",
                  answered);
    buffer_printf(out, "\n%s\n\n%s\n\n", cli_reply_text(notice, "ja"),
                  cli_reply_text(notice, "en"));
    buffer_printf(out, "  記録する PC / recorded on: %s\n", cli_reply_text(root, "node"));
    if (hub[0] != '\0') {
        buffer_printf(out, "  送り先 / sent to: %s\n", hub);
    }
    for (uint32_t i = 0; purposes != NULL && i < purposes->child_count; i++) {
        write_purpose(out, purposes->children[i]);
    }
    buffer_printf(out, "  SHA-256: %s\n", cli_reply_text(notice, "sha256"));
}

static void print_clean(const buffer *text) {
    buffer out = {0};
    const kinmu_table no_titles = {NULL, 0, 0}; /* text, of which no name is looked up */
    answer_lines(&out, (const char *)text->data, text->size, &no_titles, WIDTH_MAX);
    fputs(buffer_string(&out), stdout);
    buffer_free(&out);
}

static void print_all(const config_node *root) {
    const config_node *list = cli_reply_member(root, "notices");
    buffer out = {0};
    for (uint32_t i = 0; list != NULL && i < list->child_count; i++) {
        write_notice(&out, root, list->children[i]);
        buffer_text(&out, "\n");
    }
    buffer_text(&out,
                "答えるには / to answer: kinmu notice accept NAME, decline NAME, withdraw NAME\n");
    print_clean(&out);
    buffer_free(&out);
}

static int show(const char *path, const notice_ask *ask) {
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    int code = CLI_OK;
    cli_reply reply = {NULL, NULL};
    if (exchange(path, ask, &answer, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu notice: %s\n", err.msg);
        code = CLI_FAILED;
    } else if (uv_guess_handle(STDOUT) != UV_TTY) {
        fputs(buffer_string(&answer), stdout);
    } else {
        reply = cli_reply_read(buffer_string(&answer), answer.size);
        print_all(reply.root);
    }
    cli_reply_free(&reply);
    buffer_free(&answer);
    return code;
}

/* ---- answering ---- */

/* The one named, or the only one. */
static const config_node *find_notice(const config_node *root, const char *name) {
    const config_node *list = cli_reply_member(root, "notices");
    uint32_t count = list != NULL ? list->child_count : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (name == NULL ? count == 1
                         : strcmp(cli_reply_text(list->children[i], "name"), name) == 0) {
            return list->children[i];
        }
    }
    fprintf(stderr, "kinmu notice: ");
    if (name != NULL) {
        fprintf(stderr, "there is no notice \"%s\"; there are:", name);
    } else {
        fprintf(stderr, "say which notice:");
    }
    for (uint32_t i = 0; i < count; i++) {
        fprintf(stderr, "%s %s", i > 0 ? "," : "", cli_reply_text(list->children[i], "name"));
    }
    fputs("\n", stderr);
    return NULL;
}

/* Yes, after reading it here; or the version read elsewhere, given as a word. */
static int agrees(const config_node *root, const config_node *notice, const char *version) {
    const char *now = cli_reply_text(notice, "version");
    char line[32] = "";
    if (version != NULL) {
        if (strcmp(version, now) != 0) {
            fprintf(stderr,
                    "kinmu notice: the version is \"%s\" now; read it again: kinmu notice show\n",
                    now);
        }
        return strcmp(version, now) == 0;
    }
    if (uv_guess_handle(STDIN) != UV_TTY || uv_guess_handle(STDOUT) != UV_TTY) {
        fprintf(stderr, "kinmu notice: read it (kinmu notice show) and say which version you "
                        "accept: --version V\n");
        return 0;
    }
    buffer out = {0};
    write_notice(&out, root, notice);
    print_clean(&out);
    buffer_free(&out);
    printf("\n同意しますか / do you accept? [はい/yes/no] ");
    fflush(stdout);
    int is_line = fgets(line, sizeof line, stdin) != NULL;
    line[strcspn(line, "\r\n")] = '\0';
    return is_line &&
           (strcmp(line, "yes") == 0 || strcmp(line, "y") == 0 || strcmp(line, "はい") == 0);
}

static int send_answer(const char *path, const notice_ask *ask) {
    static const char *const done[AGREEMENT_ACTIONS] = {
        [AGREEMENT_ACCEPTED] = "同意を記録しました / recorded: accepted",
        [AGREEMENT_DECLINED] = "同意しないことを記録しました / recorded: declined",
        [AGREEMENT_WITHDRAWN] = "撤回を記録しました / recorded: withdrawn",
    };
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    int32_t status = exchange(path, ask, &answer, &err);
    if (status == KINMU_OK) {
        printf("%s: %s (%s)\n", done[ask->action], ask->notice, ask->version);
    } else {
        fprintf(stderr, "kinmu notice: %s\n", err.msg);
    }
    buffer_free(&answer);
    return status == KINMU_OK ? CLI_OK : CLI_FAILED;
}

static int answer_one(const char *path, notice_ask *ask, const char *name, const char *version) {
    const notice_ask look = {.action = AGREEMENT_SHOWN};
    buffer answer = {0};
    kinmu_err err = {{0}, {0}};
    int code = CLI_FAILED;
    if (exchange(path, &look, &answer, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu notice: %s\n", err.msg);
        buffer_free(&answer);
        return CLI_FAILED;
    }
    cli_reply reply = cli_reply_read(buffer_string(&answer), answer.size);
    const config_node *notice = find_notice(reply.root, name);
    if (notice != NULL &&
        text_unhex(ask->sha256, sizeof ask->sha256, cli_reply_text(notice, "sha256")) == 0) {
        text_copy(ask->notice, sizeof ask->notice, cli_reply_text(notice, "name"));
        text_copy(ask->version, sizeof ask->version, cli_reply_text(notice, "version"));
        code = ask->action != AGREEMENT_ACCEPTED || agrees(reply.root, notice, version)
                   ? send_answer(path, ask)
                   : CLI_FAILED;
    }
    cli_reply_free(&reply);
    buffer_free(&answer);
    return code;
}

int cli_notice(int argc, char **argv) {
    cli_places places;
    char path[NOTICE_PATH_SIZE];
    kinmu_err err = {{0}, {0}};
    notice_ask ask = {.action = AGREEMENT_SHOWN};
    const char *version = NULL;
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    int is_versioned = cli_take_option(&argc, argv, "--version", &version);
    ask.action = argc > 1 ? notice_action(argv[1]) : AGREEMENT_SHOWN;
    if (ask.action == AGREEMENT_NONE || is_versioned < 0 || argc > 3 ||
        (is_versioned && ask.action != AGREEMENT_ACCEPTED) ||
        (argc > 2 && ask.action == AGREEMENT_SHOWN)) {
        fprintf(stderr, "kinmu notice: %s\n%s",
                ask.action == AGREEMENT_NONE ? "show, accept, decline or withdraw is expected"
                                             : "the words are off",
                cli_notice_usage);
        return CLI_USAGE;
    }
    if (find_socket(&places, path, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu notice: %s\n", err.msg);
        return CLI_FAILED;
    }
    return ask.action == AGREEMENT_SHOWN
               ? show(path, &ask)
               : answer_one(path, &ask, argc > 2 ? argv[2] : NULL, version);
}
