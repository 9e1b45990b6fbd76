/* cli/journal.c - `kinmu journal`: what the history holds, what stands in it, whether it is whole,
 * and how to make it forget. All but erase only read, also beside a running daemon; erase goes
 * through the daemon when one runs, because it alone may write. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "cli/journal_cat.h"
#include "cli/look.h"
#include "cli/offline.h"
#include "cli/receipts.h"
#include "cli/stamp.h"
#include "host/audit.h"
#include "host/control.h"
#include "host/holds.h"
#include "journal/journal.h"
#include "journal/verify.h"
#include "platform/platform.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

#define PURPOSES_MAX 64u
#define ARGUMENT_MAX 512u

const char cli_journal_usage[] =
    "usage: kinmu journal stat\n"
    "       kinmu journal cat [--json] [--follow] [--schema NAME/VERSION]\n"
    "       kinmu journal verify [--checkpoint FILE [--authority PEM]]\n"
    "       kinmu journal checkpoint FILE\n"
    "       kinmu journal erase --subject ACCOUNT [--purpose NAME] [--month YYYY-MM]\n"
    "       kinmu journal receipts [RECEIPT]\n"
    "with [--data DIR] [--conf DIR] [--plugins DIR]\n";

static int misused(const char *word) {
    if (word != NULL) {
        fprintf(stderr, "kinmu journal: \"%s\" is not known here\n", word);
    }
    fputs(cli_journal_usage, stderr);
    return CLI_USAGE;
}

/* Takes "NAME VALUE" out of argv. 0 = not there, 1 = *value set, -1 = without a value. */
static int take_option(int *argc, char **argv, const char *name, const char **value) {
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], name) != 0) {
            continue;
        }
        int has_value = i + 1 < *argc;
        if (has_value) {
            *value = argv[i + 1];
        }
        int taken = has_value ? 2 : 1;
        memmove(&argv[i], &argv[i + taken], (size_t)(*argc - i - taken) * sizeof *argv);
        *argc -= taken;
        return has_value ? 1 : -1;
    }
    return 0;
}

static int take_flag(int *argc, char **argv, const char *name) {
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i - 1) * sizeof *argv);
            (*argc)--;
            return 1;
        }
    }
    return 0;
}

static int fail(const char *what, const kinmu_err *err) {
    fprintf(stderr, "kinmu journal %s: %s\n", what, err->msg);
    return CLI_FAILED;
}

/* ---- stat ---- */

static int show_stat(const char *data) {
    journal_figures f;
    journal_usage usage_rows[PURPOSES_MAX];
    uint32_t count = PURPOSES_MAX;
    kinmu_err err = {{0}, {0}};
    char moment[64] = "-";
    if (journal_survey(data, &f, usage_rows, &count, &err) != KINMU_OK) {
        return fail("stat", &err);
    }
    if (f.last_commit_unix_ns != 0) {
        text_time(moment, sizeof moment, f.last_commit_unix_ns,
                  clock_utc_offset_s(f.last_commit_unix_ns));
    }
    const struct {
        const char *label;
        uint64_t number;
    } rows[] = {{"記録数 / events", f.events},
                {"ブロック / blocks", f.blocks},
                {"決定番号 / decision", f.decision},
                {"消去済み / erased blocks", f.erased_blocks},
                {"集約済み / folded blocks", f.folded_blocks},
                {"破損 / damaged blocks", f.corrupt_blocks},
                {"記録のバイト数 / sealed bytes", f.bytes},
                {"ファイルのバイト数 / file bytes", f.file_bytes}};
    printf("データ / data: %s\n", data);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        printf("%s: %llu\n", rows[i].label, (unsigned long long)rows[i].number);
    }
    printf("最後の署名 / last signed: %s\n", moment);
    for (uint32_t i = 0; i < count; i++) {
        printf("  %-20s events %llu, blocks %llu, bytes %llu\n", usage_rows[i].purpose,
               (unsigned long long)usage_rows[i].events, (unsigned long long)usage_rows[i].blocks,
               (unsigned long long)usage_rows[i].bytes);
    }
    return CLI_OK;
}

static int run_stat(int argc, char **argv, const char *data) {
    return argc > 1 ? misused(argv[1]) : show_stat(data);
}

/* ---- verify, checkpoint ---- */

static int run_verify(int argc, char **argv, const char *data) {
    static const char *const words[] = {"正常",           "改ざん",         "欠落",
                                        "順序の入れ替え", "末尾の切り取り", "署名の偽造"};
    const char *checkpoint = NULL;
    verify_report report;
    kinmu_err err = {{0}, {0}};
    const char *authority = NULL;
    int taken = take_option(&argc, argv, "--checkpoint", &checkpoint);
    int trusted = take_option(&argc, argv, "--authority", &authority);
    if (taken < 0 || trusted < 0 || trusted > taken || argc > 1) {
        return misused(argc > 1 ? argv[1] : "--checkpoint without a file");
    }
    if (journal_verify(data, checkpoint, &report, &err) != KINMU_OK) {
        return fail("verify", &err);
    }
    printf("%s / %s\n", words[report.verdict], report.text);
    int is_stamped = checkpoint == NULL || cli_tell_stamp(checkpoint, authority);
    return report.verdict == VERIFY_OK && is_stamped ? CLI_OK : CLI_FAILED;
}

static int run_checkpoint(int argc, char **argv, const char *data) {
    kinmu_err err = {{0}, {0}};
    if (argc != 2 || argv[1][0] == '-') {
        return misused(argc > 1 ? argv[1] : NULL);
    }
    if (journal_checkpoint(data, argv[1], &err) != KINMU_OK) {
        return fail("checkpoint", &err);
    }
    printf(
        "チェックポイントを書きました。この機械の外に保管してください。\n"
        "written: %s; keep it outside this machine. Later: kinmu journal verify --checkpoint %s\n",
        argv[1], argv[1]);
    return CLI_OK;
}

/* ---- erase ---- */

typedef struct wish {
    const char *subject;
    const char *purpose; /* NULL = all */
    const char *month;   /* NULL = all */
} wish;

static int32_t has_store(const char *data) {
    char path[4200];
    snprintf(path, sizeof path, "%s/store.db", data);
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

static int32_t forget_rows(const cli_offline *offline, const char *subject, store_forgotten *gone,
                           kinmu_err *err) {
    store *s = NULL;
    journal_reader *reader = NULL;
    if (!has_store(offline->data)) {
        return KINMU_OK;
    }
    int32_t status = store_open(offline->data, offline->schemas, &s, err);
    if (status == KINMU_OK) {
        status = journal_reader_open(offline->data, &reader, err);
    }
    if (status == KINMU_OK) {
        status = store_forget_erased(s, reader, gone, err);
    }
    if (status == KINMU_OK) {
        status = store_forget_derived(s, subject, gone, err);
    }
    journal_reader_close(reader);
    store_close(s);
    return status;
}

static int32_t read_holds(const cli_offline *offline, arena *memory, journal_spans *spared,
                          kinmu_err *err) {
    store *s = NULL;
    if (!has_store(offline->data)) {
        return KINMU_OK;
    }
    int32_t status = store_open(offline->data, offline->schemas, &s, err);
    if (status == KINMU_OK) {
        status = holds_read(offline->data, offline->schemas, s, memory, spared, err);
    }
    store_close(s);
    return status;
}

/* No daemon: this process becomes the journal's writer for a moment. */
static int32_t erase_here(const cli_offline *offline, const wish *w, buffer *receipt,
                          kinmu_err *err) {
    const journal_settings settings = {.directory = offline->data};
    journal *j = NULL;
    store_forgotten gone = {0, 0};
    arena memory = {0};
    journal_span span = {.subject = w->subject, .purpose = w->purpose};
    const journal_spans wanted = {&span, 1};
    journal_spans spared = {NULL, 0};
    int32_t status = journal_open(&settings, offline->schemas, &j, err);
    if (status == KINMU_OK) {
        status = journal_span_month(w->month, &span, err);
    }
    if (status == KINMU_OK) {
        status = read_holds(offline, &memory, &spared, err);
    }
    if (status == KINMU_OK) {
        status = journal_erase_spans(j, &wanted, &spared, "", receipt, err);
    }
    if (status == KINMU_OK) {
        status = forget_rows(offline, w->subject, &gone, err);
    }
    if (gone.rows > 0 || gone.derived > 0) { /* other nodes may run */
        (void)audit_note_forgotten(j, offline->schemas, &gone);
    }
    journal_close(j);
    arena_free(&memory);
    return status;
}

static int erase(cli_offline *offline, const wish *w) {
    char argument[ARGUMENT_MAX];
    buffer receipt = {NULL, 0, 0, 0};
    kinmu_err err = {{0}, {0}};
    int length = snprintf(argument, sizeof argument, "%s\n%s\n%s", w->subject,
                          w->purpose != NULL ? w->purpose : "", w->month != NULL ? w->month : "");
    if (length < 0 || length >= (int)sizeof argument || strchr(w->subject, '\n') != NULL) {
        return misused(w->subject);
    }
    int32_t status = control_request(offline->data, "erase", argument, &receipt, &err);
    if (status == KINMU_E_NOTFOUND && strcmp(err.key, "door.closed") == 0) {
        status = erase_here(offline, w, &receipt, &err);
    }
    int code = status == KINMU_OK ? CLI_OK : fail("erase", &err);
    if (receipt.size > 0) {
        printf("%s\n", buffer_string(&receipt));
    }
    buffer_free(&receipt);
    return code;
}

static int run_erase(int argc, char **argv, cli_offline *offline) {
    wish w = {NULL, NULL, NULL};
    int subject = take_option(&argc, argv, "--subject", &w.subject);
    int purpose = take_option(&argc, argv, "--purpose", &w.purpose);
    int month = take_option(&argc, argv, "--month", &w.month);
    if (subject != 1 || purpose < 0 || month < 0 || argc > 1) {
        return misused(argc > 1 ? argv[1] : NULL);
    }
    return erase(offline, &w);
}

/* ---- cat ---- */

static int run_cat(int argc, char **argv, const cli_offline *offline) {
    cat_options options = {0};
    kinmu_err err = {{0}, {0}};
    options.is_json = take_flag(&argc, argv, "--json");
    options.follows = take_flag(&argc, argv, "--follow");
    int schema = take_option(&argc, argv, "--schema", &options.schema);
    if (schema < 0 || argc > 1) {
        return misused(argc > 1 ? argv[1] : "--schema without a name");
    }
    return cli_look(offline->data, "journal cat", "", &err) == KINMU_OK &&
                   cat_journal(offline->data, offline->schemas, &options, &err) == KINMU_OK
               ? CLI_OK
               : fail("cat", &err);
}

static int run_receipts(int argc, char **argv, const cli_offline *offline) {
    kinmu_err err = {{0}, {0}};
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        return misused(argv[argc - 1]);
    }
    int code = CLI_OK;
    return receipts_show(offline->data, offline->schemas, argc == 2 ? argv[1] : NULL, &code,
                         &err) == KINMU_OK
               ? code
               : fail("receipts", &err);
}

/* These have to know the schemas; the others look at no plugin. */
static int run_with_schemas(int argc, char **argv, const char *command) {
    cli_offline offline;
    int code = cli_offline_load(&argc, argv, 0, &offline);
    if (code == CLI_OK) {
        code = strcmp(command, "cat") == 0     ? run_cat(argc, argv, &offline)
               : strcmp(command, "erase") == 0 ? run_erase(argc, argv, &offline)
                                               : run_receipts(argc, argv, &offline);
    }
    cli_offline_free(&offline);
    return code;
}

static int run_with_files(int argc, char **argv, const char *command) {
    cli_places places;
    char data[4096];
    kinmu_err err = {{0}, {0}};
    int code = cli_take_places(&argc, argv, &places);
    if (code != CLI_OK) {
        return code;
    }
    if (cli_data_places(&places, data, sizeof data, &err) != KINMU_OK) {
        return fail(command, &err);
    }
    if (strcmp(command, "stat") == 0) {
        return run_stat(argc, argv, data);
    }
    return strcmp(command, "verify") == 0 ? run_verify(argc, argv, data)
                                          : run_checkpoint(argc, argv, data);
}

int cli_journal(int argc, char **argv) {
    static const char *const commands[] = {"stat",       "cat",   "verify",
                                           "checkpoint", "erase", "receipts"};
    const size_t count = sizeof commands / sizeof commands[0];
    if (argc < 2) {
        return misused(NULL);
    }
    const char *command = argv[1];
    size_t index = 0;
    while (index < count && strcmp(commands[index], command) != 0) {
        index++;
    }
    if (index == count) {
        const char *nearest = text_nearest(command, commands, count);
        fprintf(stderr, "kinmu journal: there is no \"%s\"%s%s%s\n", command,
                nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                nearest != NULL ? "\"?" : "");
        return misused(NULL);
    }
    platform_harden_process(0);
    int needs_schemas = strcmp(command, "cat") == 0 || strcmp(command, "erase") == 0 ||
                        strcmp(command, "receipts") == 0;
    return needs_schemas ? run_with_schemas(argc - 1, argv + 1, command)
                         : run_with_files(argc - 1, argv + 1, command);
}
