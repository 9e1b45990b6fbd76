/* cli/backup.c - `kinmu backup` and `kinmu restore`. */
#include "backup/backup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "host/control.h"
#include "platform/platform.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char cli_backup_usage[] =
    "usage: kinmu backup DIR [--with-store] [--data DIR] [--conf DIR]\n";
const char cli_restore_usage[] =
    "usage: kinmu restore DIR --data NEW\n"
    "       kinmu restore --postgres [--data DIR] [--conf DIR]   after the server was put back\n";

static int fail(const char *command, const kinmu_err *err) {
    fprintf(stderr, "kinmu %s: %s\n", command, err->msg[0] != '\0' ? err->msg : "out of memory");
    return CLI_FAILED;
}

int cli_backup(int argc, char **argv) {
    cli_places places;
    char data[4096];
    buffer answer = {NULL, 0, 0, 0};
    backup_summary summary;
    kinmu_err err = {{0}, {0}};
    platform_harden_process(0);
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    int with_store = argc == 3 && strcmp(argv[2], "--with-store") == 0;
    if (argc != 2 + with_store || argv[1][0] == '-') {
        fputs(cli_backup_usage, stderr);
        return CLI_USAGE;
    }
    if (cli_data_folder(&places, data, sizeof data, &err) != KINMU_OK) {
        return fail("backup", &err);
    }
    /* What a running node holds in memory goes in too, if it can write it now. */
    control_request(data, "flush", "", &answer, &err);
    buffer_free(&answer);
    memset(&err, 0, sizeof err);
    if (backup_make(data, argv[1], with_store, &summary, &err) != KINMU_OK) {
        return fail("backup", &err);
    }
    printf("バックアップしました。%s/keys は鍵です。別に、短く保管してください。\n"
           "written: %s (%u files, %" PRIu64 " bytes); %s/keys holds the keys: keep it apart and "
           "shorter\n",
           argv[1], argv[1], summary.files, summary.bytes, argv[1]);
    return CLI_OK;
}

/* The server's own tools put it back; what is left is to say so in the history. */
static int restore_server(const cli_places *places) {
    char data[4096];
    backup_summary summary;
    kinmu_err err = {{0}, {0}};
    if (cli_data_places(places, data, sizeof data, &err) != KINMU_OK ||
        backup_server_restored(data, &summary, &err) != KINMU_OK) {
        return fail("restore", &err);
    }
    printf("サーバーの記録（%" PRIu64 " ブロック）を検証し、復元したことを記しました。\n"
           "noted: %" PRIu64 " blocks on the server verified. This hub's own chain goes on behind "
           "block %" PRIu64 " as %" PRIu64 ": the numbers between are given up for ever. Start the "
           "nodes; agents send again what came after the backup.\n",
           summary.blocks, summary.blocks, summary.restore.chain, summary.restore.to_chain + 1);
    return CLI_OK;
}

int cli_restore(int argc, char **argv) {
    cli_places places;
    char made[64];
    backup_summary summary;
    kinmu_err err = {{0}, {0}};
    int has_data = 0;
    for (int i = 1; i < argc; i++) { /* never the folder of the environment or configuration */
        has_data |= strcmp(argv[i], "--data") == 0 || strncmp(argv[i], "--data=", 7) == 0;
    }
    platform_harden_process(0);
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    if (argc == 2 && strcmp(argv[1], "--postgres") == 0) {
        return restore_server(&places);
    }
    if (argc != 2 || argv[1][0] == '-' || !has_data || places.data[0] == '\0') {
        fputs(cli_restore_usage, stderr);
        return CLI_USAGE;
    }
    if (cli_check_data(&places, &err) != KINMU_OK ||
        backup_restore(argv[1], places.data, &summary, &err) != KINMU_OK) {
        return fail("restore", &err);
    }
    text_time(made, sizeof made, summary.made_unix_ns, clock_utc_offset_s(summary.made_unix_ns));
    printf("復元しました: %s 時点、%" PRIu64 " ブロックを検証済み。\n"
           "restored: as of %s, %" PRIu64 " blocks verified. This node's own chain goes on behind "
           "block %" PRIu64 " as %" PRIu64 ": the numbers between are given up for ever. Agents "
           "send again what came after the backup.\n",
           made, summary.blocks, made, summary.blocks, summary.restore.chain,
           summary.restore.to_chain + 1);
    return CLI_OK;
}
