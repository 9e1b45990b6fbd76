/* journal/device.c - see device.h. */
#include "journal/device.h"

#include "base/error.h"
#include "journal/files.h"
#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

static const char magic[8] = {'K', 'J', 'D', 'E', 'V', '0', '1', '\n'};
#define FILE_SIZE (sizeof magic + CRYPTO_SEED_SIZE + CRYPTO_KEY_SIZE)

int32_t device_origin(const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                      uint8_t origin[LAYOUT_ORIGIN_SIZE]) {
    crypto *c = NULL;
    uint8_t hash[CRYPTO_HASH_SIZE];
    int32_t status = crypto_create(&c);
    if (status == KINMU_OK) {
        status = crypto_hash(c, public_key, CRYPTO_PUBLIC_SIZE, hash);
    }
    crypto_destroy(c);
    if (status == KINMU_OK) {
        memcpy(origin, hash, LAYOUT_ORIGIN_SIZE);
    }
    return status;
}

static int32_t derive(const uint8_t master[CRYPTO_KEY_SIZE], const char *label,
                      uint8_t key[CRYPTO_KEY_SIZE]) {
    return crypto_hmac(master, label, strlen(label), key);
}

static int32_t fill(device *d, const uint8_t content[FILE_SIZE], kinmu_err *err) {
    const uint8_t *seed = content + sizeof magic;
    const uint8_t *master = seed + CRYPTO_SEED_SIZE;
    memcpy(d->seed, seed, CRYPTO_SEED_SIZE);
    if (derive(master, "kinmu lookup 1", d->lookup_key) != KINMU_OK ||
        derive(master, "kinmu seal 1", d->seal_key) != KINMU_OK ||
        derive(master, "kinmu state 1", d->state_key) != KINMU_OK ||
        derive(master, "kinmu box 1", d->box_secret) != KINMU_OK ||
        crypto_box_public(d->box_secret, d->box_public) != KINMU_OK ||
        crypto_public(d->seed, d->public_key) != KINMU_OK ||
        device_origin(d->public_key, d->origin) != KINMU_OK) {
        device_wipe(d);
        return error_set(err, KINMU_E_NOMEM, "journal.device",
                         "device.key: no memory for its keys");
    }
    return KINMU_OK;
}

int32_t device_read(const char *directory, device *out, kinmu_err *err) {
    char path[FILES_PATH_SIZE];
    uint8_t content[FILE_SIZE + 1];
    int32_t status = files_path(path, directory, "device.key", err);
    if (status != KINMU_OK) {
        return status;
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(err, KINMU_E_NOTFOUND, "journal.device", "\"%s\": cannot be opened", path);
    }
    size_t size = fread(content, 1, sizeof content, file);
    fclose(file);
    if (size != FILE_SIZE || memcmp(content, magic, sizeof magic) != 0) {
        status = error_set(err, KINMU_E_CONFIG, "journal.device",
                           "\"%s\" is damaged (%zu bytes, %zu expected); restore it from a backup: "
                           "without it the history cannot be read or continued",
                           path, size, FILE_SIZE);
    } else if (platform_writable_by_others(path, err) != 0) {
        status = KINMU_E_DENIED;
    } else {
        status = fill(out, content, err);
    }
    crypto_wipe(content, sizeof content);
    return status;
}

int32_t device_make(const char *directory, device *out, kinmu_err *err) {
    char path[FILES_PATH_SIZE];
    uint8_t content[FILE_SIZE];
    int32_t status = files_path(path, directory, "device.key", err);
    if (status != KINMU_OK) {
        return status;
    }
    memcpy(content, magic, sizeof magic);
    status = crypto_random(content + sizeof magic, FILE_SIZE - sizeof magic);
    if (status != KINMU_OK) {
        return error_set(err, status, "journal.random", "the system gives no random bytes");
    }
    status = platform_write_file(path, content, FILE_SIZE, 1, err);
    if (status == KINMU_OK) {
        status = fill(out, content, err);
    }
    crypto_wipe(content, sizeof content);
    return status;
}

void device_wipe(device *d) {
    crypto_wipe(d, sizeof *d);
}

int32_t device_sign_head(const device *d, layout_head *head) {
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    size_t size = layout_head_message(head, message);
    return crypto_sign(d->seed, message, size, head->signature);
}

int32_t device_sign_tombstone(const device *d, uint8_t kind, int64_t unix_ns,
                              const uint8_t header_hash[CRYPTO_HASH_SIZE],
                              uint8_t out[LAYOUT_TOMBSTONE_SIZE]) {
    layout_tombstone tombstone = {.kind = kind, .unix_ns = unix_ns};
    uint8_t message[LAYOUT_MESSAGE_BYTES_MAX];
    memcpy(tombstone.signer, d->origin, LAYOUT_ORIGIN_SIZE);
    size_t size = layout_tombstone_message(&tombstone, header_hash, message);
    int32_t status = crypto_sign(d->seed, message, size, tombstone.signature);
    layout_tombstone_encode(&tombstone, out);
    return status;
}
