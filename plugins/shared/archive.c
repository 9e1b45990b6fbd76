/* shared/archive.c - see archive.h. */
#include "archive.h"

#include <minizip/zip.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_BYTES 65536
#define COMPRESSION                                                                                \
    3 /* of 9: logs shrink to a tenth, and zlib takes half the time of its own choice */
#define NAMES_ARE_UTF8 0x800u                 /* bit 11 of the general purpose flags */
#define FIRST_DOS_DAY ((1u << 21 | 1u << 16)) /* 1980-01-01 00:00, the earliest a ZIP can say */
#define LARGE_FROM 0xF0000000UL               /* bytes from which an entry gets 64-bit sizes */

struct archive {
    zipFile zip;
    uint32_t flags;
    uint8_t chunk[CHUNK_BYTES];
};

/* Never through a link somebody planted, and never over a file. */
static voidpf open_new(voidpf user, const void *path, int mode) {
    (void)user;
    (void)mode;
    return fopen(path, "wbx");
}

static int last_errno(void) {
    return errno != 0 ? errno : EIO;
}

int archive_create(const char *path, int32_t is_utf8, archive **out) {
    archive *a = calloc(1, sizeof *a);
    zlib_filefunc64_def files;
    if (a == NULL) {
        return ENOMEM;
    }
    fill_fopen64_filefunc(&files);
    files.zopen64_file = open_new;
    a->flags = is_utf8 ? NAMES_ARE_UTF8 : 0;
    errno = 0;
    a->zip = zipOpen2_64(path, APPEND_STATUS_CREATE, NULL, &files);
    if (a->zip == NULL) {
        int number = last_errno();
        free(a);
        return number;
    }
    *out = a;
    return 0;
}

static int copy(archive *a, FILE *file) {
    for (;;) {
        size_t size = fread(a->chunk, 1, sizeof a->chunk, file);
        if (size == 0) {
            return ferror(file) ? last_errno() : 0;
        }
        if (zipWriteInFileInZip(a->zip, a->chunk, (unsigned)size) != ZIP_OK) {
            return last_errno();
        }
    }
}

int archive_take(archive *a, const char *path, const char *name) {
    zip_fileinfo about = {.dosDate = FIRST_DOS_DAY};
    errno = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        int number = last_errno();
        if (file != NULL) {
            (void)fclose(file);
        }
        return number;
    }
    int is_large = (unsigned long)ftell(file) >= LARGE_FROM;
    rewind(file);
    int number =
        zipOpenNewFileInZip4_64(a->zip, name, &about, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
                                COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, NULL,
                                0, 0, a->flags, is_large) == ZIP_OK
            ? 0
            : last_errno();
    if (number == 0) {
        number = copy(a, file);
        if (zipCloseFileInZip(a->zip) != ZIP_OK && number == 0) {
            number = last_errno();
        }
    }
    (void)fclose(file);
    return number;
}

int archive_close(archive *a) {
    if (a == NULL) {
        return 0;
    }
    errno = 0;
    int number = zipClose(a->zip, NULL) == ZIP_OK ? 0 : last_errno();
    free(a);
    return number;
}
