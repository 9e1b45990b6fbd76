/* trust/files.h - the small files this module keeps: read whole, written whole. */
#ifndef TRUST_FILES_H
#define TRUST_FILES_H

#include "base/buffer.h"

#define TRUST_PATH_SIZE 4096u

int32_t trust_path(char path[TRUST_PATH_SIZE], const char *data, const char *folder,
                   const char *file, kinmu_err *err);
int32_t trust_exists(const char *path);
/* Appends a file of at most TRUST_PEM_BYTES_MAX bytes. E_NOTFOUND when it cannot be opened. */
int32_t trust_read_file(const char *path, buffer *out, kinmu_err *err);
/* A private key's file: E_DENIED when others may read it. */
int32_t trust_read_private(const char *path, buffer *out, kinmu_err *err);

#endif
