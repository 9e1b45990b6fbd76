/* shared/archive.c - see archive.h. ISA-L packs, minizip makes the file.
 *
 * A ring of pieces lies between the caller and the thread. A piece belongs to the caller until it
 * is handed over, then to the thread until it is done; the ZIP file, and an entry once its end is
 * handed over, belong to the thread while pieces wait, else to the caller.
 */
#include "archive.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <minizip/zip.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CHUNK_BYTES 65536
#define PIECES 8u
/* Of 3: the highest whose bytes are the same on every x86 with SSE4.2, whatever else it has. */
#define COMPRESSION 2
#define NAMES_ARE_UTF8 0x800u                 /* bit 11 of the general purpose flags */
#define FIRST_DOS_DAY ((1u << 21 | 1u << 16)) /* 1980-01-01 00:00, the earliest a ZIP can say */
#define LARGE_FROM 0xF0000000UL               /* bytes from which an entry gets 64-bit sizes */

struct archive_entry {
    archive *owner;
    char *path;
    char *name;
    FILE *packed; /* NULL: into the ZIP file at once */
    struct isal_zstream packer;
    uint8_t *tables; /* the packer's */
    uint64_t size;   /* before packing */
    uint32_t crc;
    size_t filled; /* of what waits: the packer gets whole chunks, however they were written, */
    uint8_t waiting[CHUNK_BYTES]; /* because its bytes depend on where they are cut */
};

enum { PIECE_BYTES, PIECE_END, PIECE_DROP };

typedef struct piece {
    archive_entry *entry;
    int32_t kind; /* PIECE_* */
    size_t size;
    uint8_t bytes[CHUNK_BYTES];
} piece;

struct archive {
    zipFile zip;
    uint32_t flags;
    uint8_t chunk[CHUNK_BYTES]; /* of who has the ZIP file */
    int32_t has_thread;
    uv_thread_t thread;
    uint32_t filling; /* the caller's place in the ring */
    piece *pieces;

    uv_mutex_t lock; /* guards what follows */
    uv_cond_t changed;
    uint32_t packing; /* the thread's place */
    uint32_t count;   /* of pieces handed over, the one being packed included */
    int32_t is_ending;
    int failed; /* the first errno */
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

/* What comes is packed already. */
static int open_raw(archive *a, const char *name, int is_large) {
    zip_fileinfo about = {.dosDate = FIRST_DOS_DAY};
    return zipOpenNewFileInZip4_64(a->zip, name, &about, NULL, 0, NULL, 0, NULL, Z_DEFLATED,
                                   Z_DEFAULT_COMPRESSION, 1, -MAX_WBITS, DEF_MEM_LEVEL,
                                   Z_DEFAULT_STRATEGY, NULL, 0, 0, a->flags, is_large) == ZIP_OK
               ? 0
               : last_errno();
}

static int close_raw(archive *a, const archive_entry *e) {
    errno = 0;
    return zipCloseFileInZipRaw64(a->zip, e->size, e->crc) == ZIP_OK ? 0 : last_errno();
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

/* ---- the thread's side ---- */

/* A chunk that was packed goes on its way. */
static int put_chunk(archive *a, const archive_entry *e, size_t size) {
    errno = 0;
    int is_put = e->packed != NULL
                     ? fwrite(a->chunk, 1, size, e->packed) == size
                     : zipWriteInFileInZip(a->zip, a->chunk, (unsigned)size) == ZIP_OK;
    return is_put ? 0 : last_errno();
}

static int pack(archive *a, archive_entry *e, const uint8_t *bytes, size_t size, int is_last) {
    int number = 0;
    e->packer.next_in = (uint8_t *)(uintptr_t)bytes;
    e->packer.avail_in = (uint32_t)size;
    e->packer.end_of_stream = is_last ? 1 : 0;
    do {
        e->packer.next_out = a->chunk;
        e->packer.avail_out = sizeof a->chunk;
        if (isal_deflate(&e->packer) != COMP_OK) {
            return EIO;
        }
        number = put_chunk(a, e, sizeof a->chunk - e->packer.avail_out);
    } while (number == 0 && e->packer.avail_out == 0);
    return number;
}

static int pack_piece(archive *a, const piece *p) {
    archive_entry *e = p->entry;
    e->crc = crc32_gzip_refl(e->crc, p->bytes, p->size);
    e->size += p->size;
    return pack(a, e, p->bytes, p->size, p->kind == PIECE_END);
}

static int put_in(archive *a, const piece *last) {
    archive_entry *e = last->entry;
    int number = pack_piece(a, last);
    errno = 0;
    if (number == 0 && fseek(e->packed, 0, SEEK_SET) != 0) {
        number = last_errno();
    }
    if (number == 0) {
        number = open_raw(a, e->name, e->size >= LARGE_FROM);
    }
    if (number != 0) {
        return number;
    }
    number = copy(a, e->packed);
    int closed = close_raw(a, e);
    return number != 0 ? number : closed;
}

static void free_entry(archive_entry *e) {
    free(e->tables);
    if (e->packed != NULL) {
        (void)fclose(e->packed);
        (void)remove(e->path);
    }
    free(e->path);
    free(e->name);
    free(e);
}

static int do_piece(archive *a, const piece *p, int failed) {
    int number = failed;
    if (failed == 0 && p->kind != PIECE_DROP) {
        number = p->kind == PIECE_END ? put_in(a, p) : pack_piece(a, p);
    }
    if (p->kind != PIECE_BYTES) {
        free_entry(p->entry);
    }
    return number;
}

static void run(void *user) {
    archive *a = user;
    uv_mutex_lock(&a->lock);
    while (a->count > 0 || !a->is_ending) {
        if (a->count == 0) {
            uv_cond_wait(&a->changed, &a->lock);
            continue;
        }
        const piece *next = &a->pieces[a->packing];
        int failed = a->failed;
        uv_mutex_unlock(&a->lock);
        failed = do_piece(a, next, failed);
        uv_mutex_lock(&a->lock);
        a->failed = failed;
        a->packing = (a->packing + 1) % PIECES;
        a->count--;
        uv_cond_broadcast(&a->changed);
    }
    uv_mutex_unlock(&a->lock);
}

/* ---- the caller's side ---- */

static int start_thread(archive *a) {
    if (a->has_thread) {
        return 0;
    }
    a->pieces = calloc(PIECES, sizeof *a->pieces);
    if (a->pieces == NULL || uv_mutex_init(&a->lock) != 0) {
        free(a->pieces);
        a->pieces = NULL;
        return ENOMEM;
    }
    if (uv_cond_init(&a->changed) == 0) {
        a->has_thread = uv_thread_create(&a->thread, run, a) == 0;
        if (a->has_thread) {
            return 0;
        }
        uv_cond_destroy(&a->changed);
    }
    uv_mutex_destroy(&a->lock);
    free(a->pieces);
    a->pieces = NULL;
    return EAGAIN;
}

/* Waits until at most `most` pieces are on their way; what failed so far. */
static int wait_for_thread(archive *a, uint32_t most) {
    uv_mutex_lock(&a->lock);
    while (a->count > most) {
        uv_cond_wait(&a->changed, &a->lock);
    }
    int failed = a->failed;
    uv_mutex_unlock(&a->lock);
    return failed;
}

static void hand_over(archive *a) {
    uv_mutex_lock(&a->lock);
    a->filling = (a->filling + 1) % PIECES;
    a->count++;
    uv_cond_broadcast(&a->changed);
    uv_mutex_unlock(&a->lock);
}

static char *duplicate(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static archive_entry *make_entry(archive *a, const char *path, const char *name) {
    archive_entry *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return NULL;
    }
    e->owner = a;
    e->path = duplicate(path);
    e->name = duplicate(name);
    e->tables = malloc(ISAL_DEF_LVL2_DEFAULT);
    if (e->path == NULL || e->name == NULL || e->tables == NULL) {
        free_entry(e);
        return NULL;
    }
    isal_deflate_init(&e->packer);
    e->packer.level = COMPRESSION;
    e->packer.level_buf = e->tables;
    e->packer.level_buf_size = ISAL_DEF_LVL2_DEFAULT;
    return e;
}

int archive_begin(archive *a, const char *path, const char *name, archive_entry **out) {
    int number = start_thread(a);
    archive_entry *e = number == 0 ? make_entry(a, path, name) : NULL;
    if (e == NULL) {
        return number != 0 ? number : ENOMEM;
    }
    errno = 0;
    e->packed = fopen(path, "w+bx");
    if (e->packed == NULL) {
        number = last_errno();
        free_entry(e);
        return number;
    }
    (void)setvbuf(e->packed, NULL, _IONBF, 0); /* it gets chunks */
    *out = e;
    return 0;
}

/* What waits of an entry goes on its way; what failed so far. */
static int hand_on(archive_entry *e, int32_t kind) {
    archive *a = e->owner;
    int failed = wait_for_thread(a, PIECES - 1);
    piece *p = &a->pieces[a->filling];
    p->entry = e;
    p->kind = kind;
    p->size = e->filled;
    memcpy(p->bytes, e->waiting, e->filled);
    e->filled = 0;
    hand_over(a);
    return failed;
}

int archive_write(archive_entry *e, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    int failed = 0;
    while (size > 0 && failed == 0) {
        size_t part = size < CHUNK_BYTES - e->filled ? size : CHUNK_BYTES - e->filled;
        memcpy(e->waiting + e->filled, from, part);
        e->filled += part;
        from += part;
        size -= part;
        failed = e->filled == CHUNK_BYTES ? hand_on(e, PIECE_BYTES) : 0;
    }
    return failed;
}

void archive_end(archive_entry *e, int32_t is_wanted) {
    (void)hand_on(e, is_wanted ? PIECE_END : PIECE_DROP);
}

static int stop_thread(archive *a) {
    uv_mutex_lock(&a->lock);
    a->is_ending = 1;
    uv_cond_broadcast(&a->changed);
    uv_mutex_unlock(&a->lock);
    uv_thread_join(&a->thread);
    uv_cond_destroy(&a->changed);
    uv_mutex_destroy(&a->lock);
    free(a->pieces);
    return a->failed;
}

static int pack_file(archive *a, archive_entry *e, FILE *file, piece *p) {
    int number = 0;
    errno = 0;
    p->entry = e;
    do {
        p->size = fread(p->bytes, 1, sizeof p->bytes, file);
        p->kind = p->size < sizeof p->bytes ? PIECE_END : PIECE_BYTES;
        number = ferror(file) ? last_errno() : pack_piece(a, p);
    } while (number == 0 && p->kind == PIECE_BYTES);
    return number;
}

static int take_file(archive *a, archive_entry *e, FILE *file, piece *p) {
    errno = 0;
    if (fseek(file, 0, SEEK_END) != 0) {
        return last_errno();
    }
    int is_large = (unsigned long)ftell(file) >= LARGE_FROM;
    rewind(file);
    int number = open_raw(a, e->name, is_large);
    if (number != 0) {
        return number;
    }
    number = pack_file(a, e, file, p);
    int closed = close_raw(a, e);
    return number != 0 ? number : closed;
}

int archive_take(archive *a, const char *path, const char *name) {
    int number = a->has_thread ? wait_for_thread(a, 0) : 0; /* the ZIP file is ours again */
    if (number != 0) {
        return number;
    }
    errno = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return last_errno();
    }
    archive_entry *e = make_entry(a, path, name);
    piece *p = malloc(sizeof *p);
    number = e != NULL && p != NULL ? take_file(a, e, file, p) : ENOMEM;
    if (e != NULL) {
        free_entry(e);
    }
    free(p);
    (void)fclose(file);
    return number;
}

int archive_close(archive *a) {
    if (a == NULL) {
        return 0;
    }
    int number = a->has_thread ? stop_thread(a) : 0;
    errno = 0;
    if (zipClose(a->zip, NULL) != ZIP_OK && number == 0) {
        number = last_errno();
    }
    free(a);
    return number;
}
