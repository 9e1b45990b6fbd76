/* bench/limit/parts_limit.c - each part of journal_limit.c alone, to compare this machine's day
 * with the figures kept in docs/performance.md: zstd -1, AES-256-GCM and SHA-256 over 64 KiB, and
 * commits of one small row a second with synchronous=FULL. Arguments: FOLDER SECONDS. */
#include "measure.h"
#include "sample.h"

#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define BLOCK 65536u

static buffer plain;
static uint8_t out[2 * BLOCK];
static double seconds;

static void zstd(void) {
    ZSTD_CCtx *context = ZSTD_createCCtx();
    double begin = measure_now_s(), spent;
    uint64_t blocks = 0;
    size_t size;
    do {
        size =
            ZSTD_compressCCtx(context, out, sizeof out, plain.data + blocks % 16 * BLOCK, BLOCK, 1);
        blocks++;
        spent = measure_now_s() - begin;
    } while (spent < seconds);
    measure_print("limit.zstd_compress", (double)blocks * BLOCK / spent / 1e6);
    measure_print("limit.zstd_ratio", (double)BLOCK / (double)size);
}

static void gcm(void) {
    uint8_t key[32] = {1}, nonce[12] = {0};
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    double begin = measure_now_s(), spent;
    uint64_t blocks = 0;
    int written;
    EVP_EncryptInit_ex2(context, EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL), key, NULL, NULL);
    do {
        EVP_EncryptInit_ex2(context, NULL, NULL, nonce, NULL);
        EVP_EncryptUpdate(context, out, &written, plain.data, BLOCK);
        EVP_EncryptFinal_ex(context, out + BLOCK, &written);
        blocks++;
        spent = measure_now_s() - begin;
    } while (spent < seconds);
    measure_print("limit.gcm_seal", (double)blocks * BLOCK / spent / 1e6);
}

static void sha256(void) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", NULL);
    double begin = measure_now_s(), spent;
    uint64_t blocks = 0;
    do {
        EVP_DigestInit_ex2(context, digest, NULL);
        EVP_DigestUpdate(context, plain.data, BLOCK);
        EVP_DigestFinal_ex(context, out, NULL);
        blocks++;
        spent = measure_now_s() - begin;
    } while (spent < seconds);
    measure_print("limit.sha256", (double)blocks * BLOCK / spent / 1e6);
}

static void commits(const char *folder) {
    char path[4096];
    sqlite3 *db;
    uint64_t count = 0;
    snprintf(path, sizeof path, "%s/parts.db", measure_folder(folder, "parts"));
    measure_must(sqlite3_open(path, &db), path, "cannot be opened");
    sqlite3_exec(db, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;CREATE TABLE t(a)", NULL,
                 NULL, NULL);
    double begin = measure_now_s(), spent;
    do {
        measure_must(sqlite3_exec(db, "INSERT INTO t VALUES(1)", NULL, NULL, NULL), "commit", path);
        count++;
        spent = measure_now_s() - begin;
    } while (spent < seconds);
    measure_print("limit.sqlite_commit", (double)count / spent);
    sqlite3_close(db);
}

int main(int argc, char **argv) {
    static size_t offsets[10001];
    const schema_info *info;
    measure_must(argc != 3, argv[0], "FOLDER SECONDS");
    seconds = strtod(argv[2], NULL);
    sample_registry(&info);
    sample_encode(info, 10000, &plain, offsets);
    measure_print("sample.bytes", (double)plain.size / 10000);
    zstd();
    gcm();
    sha256();
    commits(argv[1]);
    return 0;
}
