/* backup/files.h - the few things done with files and folders here: durable, hashed, 0600. */
#ifndef BACKUP_FILES_H
#define BACKUP_FILES_H

#include "base/buffer.h"
#include "base/crypto.h"

#define BACKUP_PATH_SIZE 4200u
#define BACKUP_NAME_SIZE 128u
#define BACKUP_MANIFEST "manifest.jsonl"
#define BACKUP_FORMAT "kinmu-backup/1"
#define BACKUP_CONTEXT "kinmu backup 1\n" /* of the seal */
#define BACKUP_KEYS "keys/"
#define BACKUP_PARTIAL ".partial" /* a folder not finished yet */

/* A file in a backup; in the data folder it stands without a leading "keys/". */
typedef struct backup_file {
    char name[BACKUP_NAME_SIZE];
    uint64_t size;
    uint8_t hash[CRYPTO_HASH_SIZE];
} backup_file;

const char *backup_data_name(const char *name);
int32_t backup_path(char path[BACKUP_PATH_SIZE], const char *folder, const char *name,
                    kinmu_err *err);
int32_t backup_exists(const char *path);
int32_t backup_is_empty_folder(const char *path);
int32_t backup_remove_tree(const char *path, uint32_t depth); /* at most `depth` folders deep */
/* Moves a finished folder to its place, durably. */
int32_t backup_put_in_place(const char *from, const char *to, kinmu_err *err);
/* Copies (to NULL: only reads), hashes and counts. */
int32_t backup_copy(const char *from, const char *to, backup_file *file, kinmu_err *err);

#endif
