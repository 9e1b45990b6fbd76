/* bench/limit/agent_limit.c - a process that links what an agent must (libuv, SQLite, libcrypto),
 * opens a journal-like database and an AES-256-GCM context, writes one row a minute and else
 * sleeps: the floor under an agent's memory and wake-ups. Argument: FOLDER. Ends by a signal. */
#include "measure.h"

#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdio.h>
#include <uv.h>

static sqlite3 *db;
static EVP_CIPHER_CTX *cipher;

static void on_minute(uv_timer_t *timer) {
    uint8_t nonce[12] = {0}, text[256] = {0}, sealed[256];
    int written;
    sqlite3_stmt *insert;
    (void)timer;
    EVP_EncryptInit_ex2(cipher, NULL, NULL, nonce, NULL);
    EVP_EncryptUpdate(cipher, sealed, &written, text, sizeof text);
    EVP_EncryptFinal_ex(cipher, sealed, &written);
    sqlite3_prepare_v2(db, "INSERT INTO block VALUES(?)", -1, &insert, NULL);
    sqlite3_bind_blob(insert, 1, sealed, sizeof sealed, SQLITE_STATIC);
    sqlite3_step(insert);
    sqlite3_finalize(insert);
}

int main(int argc, char **argv) {
    char path[4096];
    uint8_t key[32] = {1};
    uv_timer_t timer;
    measure_must(argc != 2, argv[0], "FOLDER");
    snprintf(path, sizeof path, "%s/floor.db", argv[1]);
    measure_must(sqlite3_open(path, &db), path, "cannot be opened");
    sqlite3_exec(db, "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;CREATE TABLE block(payload)",
                 NULL, NULL, NULL);
    cipher = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex2(cipher, EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL), key, NULL, NULL);
    uv_timer_init(uv_default_loop(), &timer);
    uv_timer_start(&timer, on_minute, 0, 60000);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
