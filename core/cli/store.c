/* cli/store.c - `kinmu store rebuild`: makes store.db anew from the journal and proves what it
 * made. */
#include "cli/cli.h"
#include "cli/offline.h"
#include "platform/platform.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>

static int32_t rebuild(const cli_offline *offline, uint64_t *position, char *digest,
                       kinmu_err *err) {
    store_reader *reader = NULL;
    int32_t status = store_rebuild(offline->data, offline->schemas, position, err);
    if (status == KINMU_OK) {
        status = store_reader_open(offline->data, offline->schemas, &reader, err);
    }
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
        status = rebuild(offline, &position, digest, &err);
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

int cli_store(int argc, char **argv) {
    cli_offline offline;
    platform_harden_process(0);
    int code = cli_offline_load(&argc, argv, 0, &offline);
    if (code == CLI_OK && (argc != 2 || strcmp(argv[1], "rebuild") != 0)) {
        fprintf(stderr, "usage: kinmu store rebuild [--data DIR] [--conf DIR] [--plugins DIR]\n");
        code = CLI_USAGE;
    }
    if (code == CLI_OK) {
        code = rebuild_alone(&offline);
    }
    cli_offline_free(&offline);
    return code;
}
