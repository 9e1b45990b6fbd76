/* archive_test.c - ZIP archives whose entries are written piece by piece, as another program and a
 * second archive see them.
 */
#include "archive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "export_folder.h"

#include <errno.h>

#define ENTRIES 3u
#define PIECES 700u /* of an entry: more than fit on the way */
#define PIECE_BYTES 1000u

static const char *const names[ENTRIES] = {"b.csv", "a.csv", "c.csv"};

/* Differs by entry and place, and does not pack well. */
static void make_piece(uint32_t entry, uint32_t number, char out[PIECE_BYTES]) {
    uint32_t seed = entry * 7919 + number + 1;
    for (uint32_t i = 0; i < PIECE_BYTES; i++) {
        seed = seed * 1664525u + 1013904223u;
        out[i] = (char)('0' + (seed >> 24) % 64);
    }
}

static void begin_all(archive *a, archive_entry *entries[ENTRIES]) {
    for (uint32_t i = 0; i < ENTRIES; i++) {
        char path[EXPORT_PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s.part", folder, names[i]);
        assert_int_equal(archive_begin(a, path, names[i], &entries[i]), 0);
    }
}

/* The first error; pieces of all entries by turns. */
static int write_all(archive_entry *entries[ENTRIES]) {
    int number = 0;
    for (uint32_t i = 0; i < PIECES * ENTRIES && number == 0; i++) {
        char piece[PIECE_BYTES];
        make_piece(i % ENTRIES, i / ENTRIES, piece);
        number = archive_write(entries[i % ENTRIES], piece, sizeof piece);
    }
    return number;
}

static void entries_grow_side_by_side_and_stand_as_they_ended(void **state) {
    archive *a = NULL;
    archive *second = NULL;
    archive_entry *entries[ENTRIES];
    char path[EXPORT_PATH_SIZE];
    (void)state;
    assert_int_equal(archive_create(in_folder("one.zip"), 0, &a), 0);
    begin_all(a, entries);
    assert_int_equal(write_all(entries), 0);
    for (uint32_t i = ENTRIES; i > 0; i--) {
        archive_end(entries[i - 1], 1);
    }
    assert_int_equal(archive_close(a), 0);
    assert_int_equal(files_in_folder(), 1);
    assert_int_equal(
        in_shell("test \"$(unzip -Z1 one.zip | tr '\\n' ' ')\" = 'c.csv a.csv b.csv '"), 0);

    /* Files of the same bytes, taken whole, make the same archive. */
    for (uint32_t entry = 0; entry < ENTRIES; entry++) {
        FILE *file = fopen(in_folder(names[entry]), "wb");
        assert_non_null(file);
        for (uint32_t i = 0; i < PIECES; i++) {
            char piece[PIECE_BYTES];
            make_piece(entry, i, piece);
            assert_int_equal(fwrite(piece, 1, sizeof piece, file), sizeof piece);
        }
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(archive_create(in_folder("two.zip"), 0, &second), 0);
    for (uint32_t i = ENTRIES; i > 0; i--) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i - 1]);
        assert_int_equal(archive_take(second, path, names[i - 1]), 0);
    }
    assert_int_equal(archive_close(second), 0);
    assert_int_equal(in_shell("cmp one.zip two.zip"), 0);
    assert_int_equal(
        in_shell(
            "for name in a b c; do unzip -p one.zip $name.csv | cmp - $name.csv || exit 1; done"),
        0);
}

static void a_dropped_entry_is_not_there(void **state) {
    archive *a = NULL;
    archive_entry *entries[ENTRIES];
    (void)state;
    assert_int_equal(archive_create(in_folder("one.zip"), 0, &a), 0);
    begin_all(a, entries);
    assert_int_equal(write_all(entries), 0);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        archive_end(entries[i], i == 1);
    }
    assert_int_equal(archive_close(a), 0);
    assert_int_equal(files_in_folder(), 1);
    assert_int_equal(in_shell("test \"$(unzip -Z1 one.zip)\" = a.csv && unzip -tqq one.zip"), 0);
}

/* What stands where an entry would wait is not written over, nor followed. */
static void a_planted_file_stays(void **state) {
    archive *a = NULL;
    archive_entry *entry = NULL;
    (void)state;
    assert_int_equal(archive_create(in_folder("one.zip"), 0, &a), 0);
    write_file(in_folder("a.csv.part"), "mine", 4);
    assert_int_equal(archive_begin(a, in_folder("a.csv.part"), "a.csv", &entry), EEXIST);
    assert_int_equal(archive_close(a), 0);
    assert_int_equal(in_shell("test \"$(cat a.csv.part)\" = mine"), 0);
}

static void a_full_disk_is_told_and_leaves_no_pieces(void **state) {
    archive *a = NULL;
    archive_entry *entries[ENTRIES];
    (void)state;
    assert_int_equal(archive_create(in_folder("one.zip"), 0, &a), 0);
    limit_files(100000);
    begin_all(a, entries);
    int while_writing = write_all(entries);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        archive_end(entries[i], 1);
    }
    int at_the_end = archive_close(a);
    limit_files(RLIM_INFINITY);
    assert_int_equal(while_writing, EFBIG);
    assert_int_equal(at_the_end, EFBIG);
    assert_int_equal(files_in_folder(), 1); /* the caller's to remove */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(entries_grow_side_by_side_and_stand_as_they_ended),
        IN_FOLDER(a_dropped_entry_is_not_there),
        IN_FOLDER(a_planted_file_stays),
        IN_FOLDER(a_full_disk_is_told_and_leaves_no_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
