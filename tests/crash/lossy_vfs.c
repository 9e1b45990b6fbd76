/* lossy_vfs.c - see lossy_vfs.h. */
#include "lossy_vfs.h"

#include "daemon.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512u
#define PATH_SIZE 1024

typedef enum change_kind { CHANGE_WRITE, CHANGE_TRUNCATE, CHANGE_DELETE } change_kind;

typedef struct change {
    struct change *next;
    change_kind kind;
    size_t at; /* TRUNCATE: the new size */
    size_t size;
    uint8_t data[];
} change;

typedef struct content {
    uint8_t *data;
    size_t size;
    int exists;
} content;

typedef struct disk_file {
    struct disk_file *next;
    char path[PATH_SIZE];
    content stable; /* as of its last sync */
    content after;  /* the cut */
    change *first;
    change **end;
} disk_file;

typedef struct lossy_file {
    sqlite3_file base;
    disk_file *disk; /* NULL: a temporary file */
    sqlite3_file *real;
} lossy_file;

static sqlite3_vfs layer;
static sqlite3_vfs *below;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static disk_file *files;
static uint64_t chance;
static uint64_t changes_left;
static int is_cut;
static lossy_cut_fn on_cut;
static void *on_cut_user;

static uint32_t chance_below(uint32_t limit) {
    chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(((chance >> 32) * limit) >> 32);
}

/* ---- contents ---- */

static void resize(content *c, size_t size) {
    if (size > c->size) {
        c->data = realloc(c->data, size);
        if (c->data == NULL) {
            die("out of memory");
        }
        memset(c->data + c->size, 0, size - c->size);
    }
    c->size = size;
}

static void put(content *c, size_t at, const uint8_t *data, size_t size) {
    if (at + size > c->size) {
        resize(c, at + size);
    }
    if (size > 0) {
        memcpy(c->data + at, data, size);
    }
    c->exists = 1;
}

/* percent: of the sectors, truncations and deletions that reached the disk. */
static void apply(content *c, const change *what, uint32_t percent) {
    if (what->kind == CHANGE_WRITE) {
        for (size_t done = 0; done < what->size;) {
            size_t piece = SECTOR - (what->at + done) % SECTOR;
            piece = piece < what->size - done ? piece : what->size - done;
            if (chance_below(100) < percent) {
                put(c, what->at + done, what->data + done, piece);
            }
            done += piece;
        }
    } else if (chance_below(100) < percent) {
        c->exists = what->kind == CHANGE_TRUNCATE;
        resize(c, what->kind == CHANGE_TRUNCATE ? what->at : 0);
    }
}

static disk_file *find(const char *path) {
    disk_file *f = files;
    while (f != NULL && strcmp(f->path, path) != 0) {
        f = f->next;
    }
    return f;
}

static disk_file *learn(const char *path) {
    disk_file *f = find(path);
    if (f != NULL) {
        return f;
    }
    f = calloc(1, sizeof *f);
    if (f == NULL) {
        die("out of memory");
    }
    snprintf(f->path, sizeof f->path, "%s", path);
    f->end = &f->first;
    f->next = files;
    files = f;
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        uint8_t piece[65536];
        size_t size;
        f->stable.exists = 1;
        while ((size = fread(piece, 1, sizeof piece, file)) > 0) {
            put(&f->stable, f->stable.size, piece, size);
        }
        fclose(file);
    }
    return f;
}

/* ---- the cut ---- */

static void cut(void) {
    static const uint32_t percents[] = {0, 30, 50, 90, 100};
    is_cut = 1;
    for (disk_file *f = files; f != NULL; f = f->next) {
        uint32_t percent = percents[chance_below(5)];
        f->after.exists = f->stable.exists;
        if (f->stable.exists) {
            put(&f->after, 0, f->stable.data, f->stable.size);
        }
        for (const change *what = f->first; what != NULL; what = what->next) {
            apply(&f->after, what, percent);
        }
    }
    if (on_cut != NULL) {
        on_cut(on_cut_user);
    }
}

/* One change more, before it is made. With the lock. */
static void tick(void) {
    if (!is_cut && changes_left-- == 0) {
        cut();
    }
}

static void note(disk_file *f, change_kind kind, size_t at, const void *data, size_t size) {
    if (f == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    tick();
    change *what = is_cut ? NULL : malloc(sizeof *what + size);
    if (what != NULL) {
        *what = (change){NULL, kind, at, size};
        if (size > 0) {
            memcpy(what->data, data, size);
        }
        *f->end = what;
        f->end = &what->next;
    }
    pthread_mutex_unlock(&lock);
}

static void drop_first(disk_file *f) {
    change *first = f->first;
    f->first = first->next;
    f->end = f->first == NULL ? &f->first : f->end;
    free(first);
}

/* The first sync of a new file syncs its directory (so does SQLite's own layer for logs), and with
 * it every deletion before. */
static void settle_deletions(void) {
    for (disk_file *f = files; f != NULL; f = f->next) {
        const change *last = NULL;
        for (const change *what = f->first; what != NULL; what = what->next) {
            last = what->kind == CHANGE_DELETE ? what : last;
        }
        for (int is_done = last == NULL; !is_done;) {
            is_done = f->first == last;
            apply(&f->stable, f->first, 100);
            drop_first(f);
        }
    }
}

static void note_sync(disk_file *f) {
    if (f == NULL) {
        return;
    }
    pthread_mutex_lock(&lock);
    tick();
    if (!is_cut) {
        if (!f->stable.exists) {
            settle_deletions();
        }
        while (f->first != NULL) {
            apply(&f->stable, f->first, 100);
            drop_first(f);
        }
        f->stable.exists = 1;
    }
    pthread_mutex_unlock(&lock);
}

static void note_folder_sync(void) {
    pthread_mutex_lock(&lock);
    tick();
    if (!is_cut) {
        settle_deletions();
    }
    pthread_mutex_unlock(&lock);
}

int lossy_is_cut(void) {
    pthread_mutex_lock(&lock);
    int result = is_cut;
    pthread_mutex_unlock(&lock);
    return result;
}

void lossy_cut(void) {
    pthread_mutex_lock(&lock);
    if (!is_cut) {
        cut();
    }
    pthread_mutex_unlock(&lock);
}

static void forget_all(void) {
    while (files != NULL) {
        disk_file *next = files->next;
        while (files->first != NULL) {
            drop_first(files);
        }
        free(files->stable.data);
        free(files->after.data);
        free(files);
        files = next;
    }
}

void lossy_begin(uint64_t seed, uint64_t cut_after, lossy_cut_fn fn, void *user) {
    pthread_mutex_lock(&lock);
    forget_all();
    chance = seed * 2 + 1;
    changes_left = cut_after;
    is_cut = 0;
    on_cut = fn;
    on_cut_user = user;
    pthread_mutex_unlock(&lock);
}

static void write_file(const char *path, const content *c) {
    FILE *file = fopen(path, "wb");
    int is_written = file != NULL && (c->size == 0 || fwrite(c->data, c->size, 1, file) == 1);
    if (file == NULL || fclose(file) != 0 || !is_written) {
        die("%s: %s", path, strerror(errno));
    }
}

void lossy_restore(void) {
    for (const disk_file *f = files; f != NULL; f = f->next) {
        char index[PATH_SIZE + 8];
        snprintf(index, sizeof index, "%s-shm", f->path);
        unlink(index); /* shared memory: nothing of it outlives the machine */
        unlink(f->path);
        if (f->after.exists) {
            write_file(f->path, &f->after);
        }
    }
}

/* ---- between SQLite and its own layer ---- */

static lossy_file *of(sqlite3_file *file) {
    return (lossy_file *)file;
}

static const sqlite3_io_methods *real_methods(sqlite3_file *file) {
    return of(file)->real->pMethods;
}

static int lossy_close(sqlite3_file *f) {
    return real_methods(f)->xClose(of(f)->real);
}
static int lossy_read(sqlite3_file *f, void *data, int size, sqlite3_int64 at) {
    return real_methods(f)->xRead(of(f)->real, data, size, at);
}
static int lossy_write(sqlite3_file *f, const void *data, int size, sqlite3_int64 at) {
    note(of(f)->disk, CHANGE_WRITE, (size_t)at, data, (size_t)size);
    return real_methods(f)->xWrite(of(f)->real, data, size, at);
}
static int lossy_truncate(sqlite3_file *f, sqlite3_int64 size) {
    note(of(f)->disk, CHANGE_TRUNCATE, (size_t)size, NULL, 0);
    return real_methods(f)->xTruncate(of(f)->real, size);
}
static int lossy_sync(sqlite3_file *f, int flags) {
    (void)flags;
    note_sync(of(f)->disk);
    return SQLITE_OK; /* the real disk's power stays on */
}
static int lossy_size(sqlite3_file *f, sqlite3_int64 *size) {
    return real_methods(f)->xFileSize(of(f)->real, size);
}
static int lossy_lock(sqlite3_file *f, int level) {
    return real_methods(f)->xLock(of(f)->real, level);
}
static int lossy_unlock(sqlite3_file *f, int level) {
    return real_methods(f)->xUnlock(of(f)->real, level);
}
static int lossy_check(sqlite3_file *f, int *out) {
    return real_methods(f)->xCheckReservedLock(of(f)->real, out);
}
static int lossy_control(sqlite3_file *f, int op, void *arg) {
    return real_methods(f)->xFileControl(of(f)->real, op, arg);
}
static int lossy_sector(sqlite3_file *f) {
    return real_methods(f)->xSectorSize(of(f)->real);
}
static int lossy_traits(sqlite3_file *f) {
    return real_methods(f)->xDeviceCharacteristics(of(f)->real);
}
static int lossy_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out) {
    return real_methods(f)->xShmMap(of(f)->real, page, size, extend, out);
}
static int lossy_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
    return real_methods(f)->xShmLock(of(f)->real, offset, n, flags);
}
static void lossy_shm_barrier(sqlite3_file *f) {
    real_methods(f)->xShmBarrier(of(f)->real);
}
static int lossy_shm_unmap(sqlite3_file *f, int is_last) {
    return real_methods(f)->xShmUnmap(of(f)->real, is_last);
}

/* Version 2: no memory mapping, which would write past this layer. */
static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = lossy_close,
                                           .xRead = lossy_read,
                                           .xWrite = lossy_write,
                                           .xTruncate = lossy_truncate,
                                           .xSync = lossy_sync,
                                           .xFileSize = lossy_size,
                                           .xLock = lossy_lock,
                                           .xUnlock = lossy_unlock,
                                           .xCheckReservedLock = lossy_check,
                                           .xFileControl = lossy_control,
                                           .xSectorSize = lossy_sector,
                                           .xDeviceCharacteristics = lossy_traits,
                                           .xShmMap = lossy_shm_map,
                                           .xShmLock = lossy_shm_lock,
                                           .xShmBarrier = lossy_shm_barrier,
                                           .xShmUnmap = lossy_shm_unmap};

static int lossy_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
    lossy_file *f = of(file);
    (void)vfs;
    f->real = (sqlite3_file *)(f + 1);
    f->disk = NULL;
    if (name != NULL &&
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
        pthread_mutex_lock(&lock);
        f->disk = learn(name);
        pthread_mutex_unlock(&lock);
    }
    int code = below->xOpen(below, name, f->real, flags, out);
    f->base.pMethods = code == SQLITE_OK ? &methods : NULL;
    return code;
}

static int lossy_delete(sqlite3_vfs *vfs, const char *name, int is_synced) {
    (void)vfs;
    pthread_mutex_lock(&lock);
    disk_file *f = find(name);
    pthread_mutex_unlock(&lock);
    note(f, CHANGE_DELETE, 0, NULL, 0);
    if (is_synced) {
        note_folder_sync();
    }
    return below->xDelete(below, name, 0);
}

void lossy_install(void) {
    below = sqlite3_vfs_find(NULL);
    layer = *below;
    layer.zName = "lossy";
    layer.szOsFile = (int)sizeof(lossy_file) + below->szOsFile;
    layer.xOpen = lossy_open;
    layer.xDelete = lossy_delete;
    sqlite3_vfs_register(&layer, 1);
}
