/* cli/store.c - `kinmu store`: makes store.db anew from the journal, and tells the digest of what
 * is in it, so that anyone can see that both are the same. */
#include "cli/cli.h"
#include "cli/offline.h"
#include "platform/platform.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

static int32_t digest_of(const cli_offline *offline, char *digest, kinmu_err *err) {
    store_reader *reader = NULL;
    int32_t status = store_reader_open(offline->data, offline->schemas, &reader, err);
    if (status == KINMU_OK) {
        status = store_digest(reader, digest, err);
    }
    store_reader_close(reader);
    return status;
}

/* The running node holds the folder's lock; its store must not be taken away from under it. */
static int rebuild_alone(const cli_offline *offline) {
    platform_lock *lock = NULL;
    kinmu_err err = {0};
    uint64_t position = 0;
    char digest[STORE_DIGEST_SIZE] = "";
    int32_t status = platform_lock_folder(offline->data, &lock, &err);
    if (status == KINMU_OK) {
        status = store_rebuild(offline->data, offline->schemas, &position, &err);
    }
    if (status == KINMU_OK) {
        status = digest_of(offline, digest, &err);
    }
    platform_unlock_folder(lock);
    if (status != KINMU_OK) {
        fprintf(stderr, "kinmu store rebuild: %s\n", err.msg);
        return CLI_FAILED;
    }
    printf("ストアを作り直しました: ブロック %llu まで\nrebuilt: %s/store.db up to block "
           "%llu\ndigest: %s\n",
           (unsigned long long)position, offline->data, (unsigned long long)position, digest);
    return CLI_OK;
}

/* Reads one snapshot, so it may also run beside a daemon. */
static int show_digest(const cli_offline *offline) {
    kinmu_err err = {0};
    char digest[STORE_DIGEST_SIZE] = "";
    if (digest_of(offline, digest, &err) != KINMU_OK) {
        fprintf(stderr, "kinmu store digest: %s\n", err.msg);
        return CLI_FAILED;
    }
    printf("%s\n", digest);
    return CLI_OK;
}

const char cli_store_usage[] =
    "usage: kinmu store rebuild|digest [--data DIR] [--conf DIR] [--plugins DIR]\n";

int cli_store(int argc, char **argv) {
    cli_offline offline;
    platform_harden_process(0);
    int code = cli_offline_load(&argc, argv, 0, &offline);
    const char *command = argc == 2 ? argv[1] : "";
    if (code == CLI_OK && strcmp(command, "rebuild") == 0) {
        code = rebuild_alone(&offline);
    } else if (code == CLI_OK && strcmp(command, "digest") == 0) {
        code = show_digest(&offline);
    } else if (code == CLI_OK) {
        fputs(cli_store_usage, stderr);
        code = CLI_USAGE;
    }
    cli_offline_free(&offline);
    return code;
}
