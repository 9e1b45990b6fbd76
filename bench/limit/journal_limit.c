/* bench/limit/journal_limit.c - the bare work a durable journal cannot avoid, on one core: events
 * copied into blocks of 64 KiB, zstd -1, AES-256-GCM, SHA-256 chain, one SQLite row a block, one
 * synchronous=FULL commit a group. No checks, no threads, no structure.
 * Arguments: FOLDER GROUP SECONDS. */
#include "measure.h"
#include "sample.h"

#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define EVENTS 20000u
#define BLOCK 65536u
#define ROOM (BLOCK + 4096u)

static struct {
    ZSTD_CCtx *zstd;
    EVP_CIPHER_CTX *cipher;
    EVP_MD_CTX *digest;
    EVP_MD *sha256;
    sqlite3 *db;
    sqlite3_stmt *insert;
    uint8_t plain[ROOM], packed[2 * ROOM], sealed[2 * ROOM], hash[32];
    size_t size;
} l;

static void run(const char *sql) {
    measure_must(sqlite3_exec(l.db, sql, NULL, NULL, NULL), sql, sqlite3_errmsg(l.db));
}

static void prepare(const char *folder) {
    char path[4096];
    uint8_t key[32] = {1};
    snprintf(path, sizeof path, "%s/limit.db", measure_folder(folder, "limit"));
    l.zstd = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(l.zstd, ZSTD_c_compressionLevel, 1);
    l.cipher = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex2(l.cipher, EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL), key, NULL, NULL);
    l.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    l.digest = EVP_MD_CTX_new();
    measure_must(sqlite3_open(path, &l.db), path, "cannot be opened");
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE block(position INTEGER PRIMARY KEY, header BLOB, payload BLOB)");
    sqlite3_prepare_v2(l.db, "INSERT INTO block(header,payload) VALUES(?,?)", -1, &l.insert, NULL);
}

static void seal(void) {
    static uint64_t nonce[2];
    int written;
    nonce[0]++;
    size_t size = ZSTD_compress2(l.zstd, l.packed, sizeof l.packed, l.plain, l.size);
    EVP_EncryptInit_ex2(l.cipher, NULL, NULL, (const uint8_t *)nonce, NULL);
    EVP_EncryptUpdate(l.cipher, NULL, &written, l.hash, sizeof l.hash);
    EVP_EncryptUpdate(l.cipher, l.sealed, &written, l.packed, (int)size);
    EVP_EncryptFinal_ex(l.cipher, l.sealed + size, &written);
    EVP_CIPHER_CTX_ctrl(l.cipher, EVP_CTRL_AEAD_GET_TAG, 16, l.sealed + size);
    size += 16;
    EVP_DigestInit_ex2(l.digest, l.sha256, NULL);
    EVP_DigestUpdate(l.digest, l.hash, sizeof l.hash);
    EVP_DigestUpdate(l.digest, l.sealed, size);
    EVP_DigestFinal_ex(l.digest, l.hash, NULL);
    sqlite3_bind_blob(l.insert, 1, l.hash, sizeof l.hash, SQLITE_STATIC);
    sqlite3_bind_blob(l.insert, 2, l.sealed, (int)size, SQLITE_STATIC);
    measure_must(sqlite3_step(l.insert) != SQLITE_DONE, "insert", sqlite3_errmsg(l.db));
    sqlite3_reset(l.insert);
    l.size = 0;
}

int main(int argc, char **argv) {
    measure_must(argc != 4, argv[0], "FOLDER GROUP SECONDS");
    uint64_t group = strtoull(argv[2], NULL, 10), count = 0;
    double seconds = strtod(argv[3], NULL);
    static size_t offsets[EVENTS + 1];
    const schema_info *info;
    buffer events;
    sample_registry(&info);
    sample_encode(info, EVENTS, &events, offsets);
    prepare(argv[1]);
    double begin = measure_now_s();
    do {
        run("BEGIN");
        for (uint64_t i = 0; i < group; i++, count++) {
            size_t at = count % EVENTS, size = offsets[at + 1] - offsets[at];
            memcpy(l.plain + l.size, events.data + offsets[at], size);
            l.size += size;
            if (l.size >= BLOCK || i + 1 == group) {
                seal();
            }
        }
        run("COMMIT");
    } while (measure_now_s() - begin < seconds);
    measure_print_of("limit.journal.group_", argv[2], (double)count / (measure_now_s() - begin));
    return 0;
}
