/* numbers.c - see numbers.h. */
#include "numbers.h"

#include "host/catalog.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define LANES_MAX 16u
#define LINE_SIZE 4096

static char lanes[LANES_MAX][128];

static uint64_t lane_number(const char *name) {
    uint64_t lane = 0;
    while (lane < LANES_MAX && lanes[lane][0] != '\0' && strcmp(lanes[lane], name) != 0) {
        lane++;
    }
    if (lane == LANES_MAX) {
        die("too many lanes: %s", name);
    }
    snprintf(lanes[lane], sizeof lanes[lane], "%s", name);
    return lane;
}

void numbers_add(numbers *set, const char *lane, int64_t number) {
    if (set->count == set->capacity) {
        set->capacity = set->capacity == 0 ? 4096 : set->capacity * 2;
        set->items = realloc(set->items, set->capacity * sizeof *set->items);
        if (set->items == NULL) {
            die("out of memory");
        }
    }
    set->items[set->count++] = lane_number(lane) << 56 | (uint64_t)number;
}

static int compare(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

void numbers_sort(numbers *set) {
    if (set->count > 0) {
        qsort(set->items, set->count, sizeof *set->items, compare);
    }
}

void numbers_free(numbers *set) {
    free(set->items);
    memset(set, 0, sizeof *set);
}

size_t numbers_doubles(const numbers *set) {
    size_t doubles = 0;
    for (size_t i = 1; i < set->count; i++) {
        doubles += set->items[i] == set->items[i - 1];
    }
    return doubles;
}

static void show(const char *what, uint64_t item) {
    fprintf(stderr, "%s: %s %llu\n", what, lanes[item >> 56],
            (unsigned long long)(item & 0xffffffffffffffULL));
}

size_t numbers_missing(const numbers *wanted, const numbers *there) {
    size_t missing = 0;
    size_t at = 0;
    for (size_t i = 0; i < wanted->count; i++) {
        while (at < there->count && there->items[at] < wanted->items[i]) {
            at++;
        }
        if (at == there->count || there->items[at] != wanted->items[i]) {
            if (missing++ < 5) {
                show("missing", wanted->items[i]);
            }
        }
    }
    return missing;
}

/* ---- reading ---- */

void numbers_read_acknowledged(numbers *set, const char *path) {
    FILE *file = fopen(path, "r");
    char word[16];
    char lane[128];
    long long first;
    long long last;
    if (file == NULL) {
        return;
    }
    while (fscanf(file, "%15s %127s %lld %lld", word, lane, &first, &last) == 4) {
        if (strcmp(word, "durable") != 0) {
            die("%s: when_durable and durable() do not agree about %lld", lane, first);
        }
        for (long long number = first; number <= last; number++) {
            numbers_add(set, lane, number);
        }
    }
    fclose(file);
}

/* The text or digits behind "key": of a JSON line. */
static int member(const char *line, const char *key, char *out, size_t size) {
    char word[64];
    snprintf(word, sizeof word, "\"%s\":", key);
    const char *at = strstr(line, word);
    if (at == NULL) {
        return 0;
    }
    at += strlen(word);
    at += *at == '"';
    size_t length = strcspn(at, "\",}");
    snprintf(out, size, "%.*s", (int)length, at);
    return 1;
}

void numbers_read_journal(numbers *set, const daemon_process *d, const char *echo) {
    static char line[LINE_SIZE];
    char lane[128];
    char number[32];
    char by[128];
    FILE *output = daemon_command(d, echo != NULL ? "journal cat --json --schema test.echo/1"
                                                  : "journal cat --json --schema test.number/1");
    while (fgets(line, sizeof line, output) != NULL) {
        if (!member(line, "lane", lane, sizeof lane) ||
            !member(line, "number", number, sizeof number)) {
            die("kinmu journal cat wrote: %s", line);
        }
        if (echo == NULL || (member(line, "echo", by, sizeof by) && strcmp(by, echo) == 0)) {
            numbers_add(set, lane, strtoll(number, NULL, 10));
        }
    }
    if (pclose(output) != 0) {
        die("kinmu journal cat failed");
    }
    numbers_sort(set);
}

void numbers_read_store(numbers *set, const daemon_process *d, const char *echo) {
    char path[DAEMON_PATH_SIZE + 16];
    char sql[300];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof path, "%s/store.db", d->data);
    snprintf(sql, sizeof sql, "SELECT table_name FROM kinmu_schema WHERE schema = '%s'",
             echo != NULL ? "test.echo/1" : "test.number/1");
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        die("%s: no table of numbers: %s", path, sqlite3_errmsg(db));
    }
    snprintf(sql, sizeof sql, "SELECT lane, number FROM \"%s\"%s%s%s",
             (const char *)sqlite3_column_text(statement, 0), echo != NULL ? " WHERE echo = '" : "",
             echo != NULL ? echo : "", echo != NULL ? "'" : "");
    sqlite3_finalize(statement);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        die("%s: %s", path, sqlite3_errmsg(db));
    }
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        numbers_add(set, (const char *)sqlite3_column_text(statement, 0),
                    sqlite3_column_int64(statement, 1));
    }
    if (code != SQLITE_DONE) {
        die("%s: %s", path, sqlite3_errmsg(db));
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    numbers_sort(set);
}

/* ---- proof ---- */

static schema_registry *known_schemas(const daemon_process *d, catalog **known) {
    kinmu_err err = {{0}, {0}};
    schema_registry *schemas = NULL;
    if (catalog_load(d->plugins, known, &err) != KINMU_OK ||
        schema_registry_create(&schemas) != KINMU_OK ||
        catalog_register(*known, schemas, &err) != KINMU_OK) {
        die("schemas: %s", err.msg);
    }
    return schemas;
}

/* The tables may be a block behind when the daemon stops; every reader first does this. */
static void catch_up(const daemon_process *d, const schema_registry *schemas) {
    kinmu_err err = {{0}, {0}};
    journal_reader *reader = NULL;
    store *tables = NULL;
    uint64_t position;
    if (store_open(d->data, schemas, &tables, &err) != KINMU_OK ||
        journal_reader_open(d->data, &reader, &err) != KINMU_OK ||
        store_catch_up(tables, reader, &position, &err) != KINMU_OK) {
        die("the tables do not catch up: %s", err.msg);
    }
    journal_reader_close(reader);
    store_close(tables);
}

static void digest_now(const daemon_process *d, const schema_registry *schemas,
                       char digest[STORE_DIGEST_SIZE]) {
    kinmu_err err = {{0}, {0}};
    store_reader *reader = NULL;
    if (store_reader_open(d->data, schemas, &reader, &err) != KINMU_OK ||
        store_digest(reader, digest, &err) != KINMU_OK) {
        die("digest of the store: %s", err.msg);
    }
    store_reader_close(reader);
}

static void prove_verifies(const daemon_process *d) {
    FILE *output = daemon_command(d, "journal verify");
    char line[1024] = "";
    while (fgets(line, sizeof line, output) != NULL) {
    }
    if (pclose(output) != 0) {
        die("kinmu journal verify: %s", line);
    }
}

static void prove_rebuild(const daemon_process *d, const schema_registry *schemas) {
    char before[STORE_DIGEST_SIZE];
    char after[STORE_DIGEST_SIZE];
    digest_now(d, schemas, before);
    FILE *output = daemon_command(d, "store rebuild");
    char line[1024] = "";
    while (fgets(line, sizeof line, output) != NULL) {
    }
    if (pclose(output) != 0) {
        die("kinmu store rebuild: %s", line);
    }
    digest_now(d, schemas, after);
    if (strcmp(before, after) != 0) {
        die("store rebuild made other tables: %s, then %s", before, after);
    }
}

size_t numbers_prove(const daemon_process *d, const numbers *acknowledged) {
    numbers in_journal = {0};
    numbers in_store = {0};
    catalog *known = NULL;
    schema_registry *schemas = known_schemas(d, &known);
    catch_up(d, schemas);
    numbers_read_journal(&in_journal, d, NULL);
    numbers_read_store(&in_store, d, NULL);
    size_t lost = numbers_missing(acknowledged, &in_journal);
    size_t not_in_store = numbers_missing(&in_journal, &in_store);
    size_t not_in_journal = numbers_missing(&in_store, &in_journal);
    size_t doubled = numbers_doubles(&in_journal) + numbers_doubles(&in_store);
    size_t count = in_journal.count;
    if (lost + not_in_store + not_in_journal + doubled > 0) {
        die("of %zu acknowledged %zu are lost; of %zu in the journal %zu are not in the store, %zu "
            "the other way round, %zu are there twice",
            acknowledged->count, lost, count, not_in_store, not_in_journal, doubled);
    }
    numbers_free(&in_journal);
    numbers_free(&in_store);
    prove_verifies(d);
    prove_rebuild(d, schemas);
    schema_registry_destroy(schemas);
    catalog_free(known);
    return count;
}
