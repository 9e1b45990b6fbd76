/* damage.c - torn logs and flipped bits: what is damaged is told, what is whole stays readable.
 *
 *     damage torn     the log ends, or is zero, at many offsets: each commit before it is there
 *     damage bits     one bit of journal.db is different: never wrong content, and what is missing
 *                     is reported by `kinmu journal verify`, the reader or SQLite
 */
#include "ledger.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TORN_COMMITS 60u
#define TORN_CASES 240u
#define TORN_CASES_LONG 5000u
#define BIT_EVENTS 10000u
#define BIT_GROUP 100u
#define BIT_CASES 1000u
#define BIT_CASES_LONG 20000u
#define SECTOR 512

static ledger whole; /* never damaged; cases work on copies */
static char parent[] = "/tmp/kinmu-damage-XXXXXX";

static long size_of(const char *directory, const char *file) {
    char path[2 * DAEMON_PATH_SIZE];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", directory, file);
    return stat(path, &info) == 0 ? (long)info.st_size : 0;
}

static FILE *open_file(const char *directory, const char *name) {
    char path[2 * DAEMON_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r+b");
    if (file == NULL) {
        die("%s cannot be opened", path);
    }
    return file;
}

/* ---- torn log ---- */

typedef enum tear { TEAR_CUT, TEAR_ZERO_REST, TEAR_ZERO_SECTOR, TEAR_KINDS } tear;

static void tear_log(const char *directory, tear kind, long at) {
    static const uint8_t zeros[SECTOR];
    FILE *log = open_file(directory, "journal.db-wal");
    long size = size_of(directory, "journal.db-wal");
    if (kind == TEAR_CUT) {
        if (ftruncate(fileno(log), at) != 0) {
            die("the log cannot be cut");
        }
    } else {
        long end = kind == TEAR_ZERO_REST || at + SECTOR > size ? size : at + SECTOR;
        fseek(log, at, SEEK_SET);
        while (at < end) {
            long piece = end - at < SECTOR ? end - at : SECTOR;
            if (fwrite(zeros, 1, (size_t)piece, log) != (size_t)piece) {
                die("the log cannot be zeroed");
            }
            at += piece;
        }
    }
    fclose(log);
}

/* One commit an event; ends[i] is where the log ended after number i. */
static void write_log(long ends[TORN_COMMITS]) {
    kinmu_err err = {{0}, {0}};
    if (ledger_open(&whole, &err) != KINMU_OK) {
        die("%s", err.msg);
    }
    for (uint32_t number = 0; number < TORN_COMMITS; number++) {
        ledger_append(&whole, number, random_below(3000), NULL);
        journal_flush(whole.j);
        ends[number] = size_of(whole.directory, "journal.db-wal");
    }
}

static void examine_torn(const ledger *torn, const long ends[TORN_COMMITS], tear kind, long at) {
    static ledger_content content;
    ledger_read(torn, &content);
    for (uint32_t number = 0; number < TORN_COMMITS; number++) {
        int expected = ends[number] <= at;
        if (content.seen[number] > 1 || (expected && !content.seen[number])) {
            die("log torn (kind %d) at %ld: number %u, whole up to %ld, is there %u times",
                (int)kind, at, number, ends[number], content.seen[number]);
        }
        /* A zero may have been a zero before: then nothing was damaged. */
        if (!expected && content.seen[number] && kind == TEAR_CUT) {
            die("log cut at %ld: number %u needed it up to %ld", at, number, ends[number]);
        }
    }
    if (content.status != KINMU_OK || content.wrong_events + content.damaged_blocks > 0 ||
        ledger_verify(torn) != VERIFY_OK) {
        die("log torn (kind %d) at %ld: what is left is not whole", (int)kind, at);
    }
}

static void remove_shared_memory(const char *directory) {
    char file[DAEMON_PATH_SIZE + 32];
    snprintf(file, sizeof file, "%s/journal.db-shm", directory);
    (void)unlink(file); /* may not be there */
}

static void torn(uint32_t cases) {
    long ends[TORN_COMMITS];
    ledger copy = whole;
    kinmu_err err = {{0}, {0}};
    write_log(ends);
    snprintf(copy.directory, sizeof copy.directory, "%s/torn", parent);
    uint32_t span = (uint32_t)(ends[TORN_COMMITS - 1] - ends[0]);
    for (uint32_t i = 0; i < cases; i++) {
        tear kind = (tear)(i % TEAR_KINDS);
        long at = ends[0] + (long)random_below(span);
        copy_tree(whole.directory, copy.directory);
        remove_shared_memory(copy.directory);
        tear_log(copy.directory, kind, at);
        if (ledger_open(&copy, &err) != KINMU_OK) {
            die("log torn (kind %d) at %ld: the journal does not open: %s", (int)kind, at, err.msg);
        }
        ledger_append(&copy, TORN_COMMITS, 10, NULL); /* and it goes on */
        journal_close(copy.j);
        copy.j = NULL;
        examine_torn(&copy, ends, kind, at);
    }
    printf("ok: %u torn logs; every commit before the tear was there, nothing else was damaged\n",
           cases);
}

/* ---- flipped bits ---- */

static void write_journal(void) {
    kinmu_err err = {{0}, {0}};
    if (ledger_open(&whole, &err) != KINMU_OK) {
        die("%s", err.msg);
    }
    for (uint32_t number = 0; number < BIT_EVENTS; number++) {
        ledger_append(&whole, number, random_below(24), NULL);
        if (number % BIT_GROUP == BIT_GROUP - 1) {
            journal_flush(whole.j);
        }
    }
    journal_close(whole.j);
    whole.j = NULL;
}

static void flip(FILE *file, uint32_t bit) {
    long at = (long)(bit / 8);
    fseek(file, at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, at, SEEK_SET);
    fputc(byte ^ (1 << bit % 8), file);
    fflush(file);
}

typedef struct outcome {
    uint32_t harmless;  /* unused bytes: everything is still there and verifies */
    uint32_t one_block; /* told, at most one block lost */
    uint32_t more;      /* told, a page of SQLite's own structure lost */
} outcome;

/* What SQLite itself says about its pages. */
static int is_structure_whole(const ledger *l) {
    char path[DAEMON_PATH_SIZE + 16];
    sqlite3 *db = NULL;
    sqlite3_stmt *check = NULL;
    snprintf(path, sizeof path, "%s/journal.db", l->directory);
    int is_whole =
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &check, NULL) == SQLITE_OK &&
        sqlite3_step(check) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(check, 0), "ok") == 0;
    sqlite3_finalize(check);
    sqlite3_close(db);
    return is_whole;
}

static void judge_flip(const ledger *flipped, uint32_t bit, uint32_t blocks, outcome *o) {
    static ledger_content content;
    int is_told = ledger_verify(flipped) != VERIFY_OK;
    ledger_read(flipped, &content);
    is_told |= content.status != KINMU_OK || content.damaged_blocks > 0;
    for (uint32_t number = 0; number < BIT_EVENTS; number++) {
        if (content.seen[number] > 1) {
            die("bit %u: number %u is read twice", bit, number);
        }
    }
    if (content.wrong_events > 0) {
        die("bit %u: %u events are read that nobody published", bit, content.wrong_events);
    }
    if (content.events < BIT_EVENTS && !is_told && is_structure_whole(flipped)) {
        die("bit %u: %u events are gone and nobody tells", bit, BIT_EVENTS - content.events);
    }
    uint32_t readable = content.blocks - content.damaged_blocks;
    if (content.events == BIT_EVENTS && !is_told) {
        o->harmless++;
    } else if (content.status == KINMU_OK && readable + 1 >= blocks) {
        o->one_block++;
    } else {
        o->more++;
    }
}

/* Each on a copy of its own: reading notes what it found damaged in the file. */
static void bits(uint32_t cases) {
    outcome o = {0};
    static ledger_content content;
    ledger copy = whole;
    write_journal();
    ledger_read(&whole, &content);
    if (content.events != BIT_EVENTS || ledger_verify(&whole) != VERIFY_OK) {
        die("the undamaged journal is not whole");
    }
    snprintf(copy.directory, sizeof copy.directory, "%s/flipped", parent);
    uint32_t size = (uint32_t)size_of(whole.directory, "journal.db");
    for (uint32_t i = 0; i < cases; i++) {
        uint32_t bit = random_below(size * 8);
        copy_tree(whole.directory, copy.directory);
        FILE *file = open_file(copy.directory, "journal.db");
        flip(file, bit);
        fclose(file);
        judge_flip(&copy, bit, content.blocks, &o);
    }
    printf("%u flipped bits of %u bytes, %u blocks: %u in unused bytes, %u told with at most one "
           "block lost, %u told in SQLite's own structure\n",
           cases, size, content.blocks, o.harmless, o.one_block, o.more);
    if (o.one_block < cases / 2 || o.more > cases / 20) {
        die("too much is lost by one bit");
    }
    printf("ok: no flipped bit changed anything unnoticed\n");
}

int main(int argc, char **argv) {
    if (argc != 2 || mkdtemp(parent) == NULL) {
        die("usage: damage torn|bits");
    }
    random_begin();
    ledger_prepare(&whole);
    snprintf(whole.directory, sizeof whole.directory, "%s/journal", parent);
    if (strcmp(argv[1], "torn") == 0) {
        torn(is_long() ? TORN_CASES_LONG : TORN_CASES);
    } else {
        bits(is_long() ? BIT_CASES_LONG : BIT_CASES);
    }
    ledger_finish(&whole);
    remove_tree(parent);
    return 0;
}
