/* Where an export is written until it is whole: nobody else's folder is touched, two exports at
 * once do not meet, and a file that cannot get its place keeps all others from theirs. */
#include "backup/files.h"
#include "cli/export_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/kinmu-place-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
    (void)state;
    return backup_remove_tree(folder, 4) != KINMU_OK;
}

/* In one of the caller's buffers. */
static const char *join(char path[512], const char *below, const char *name) {
    assert_in_range(snprintf(path, 512, "%s/%s", below, name), 1, 511);
    return path;
}

static void put(const char *below, const char *name, const char *text) {
    char path[512];
    FILE *file = fopen(join(path, below, name), "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int32_t is_there(const char *below, const char *name) {
    char path[512];
    struct stat about;
    return lstat(join(path, below, name), &about) == 0;
}

static void begin(export_place *p) {
    kinmu_err err = {"", ""};
    if (export_place_begin(p, folder, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
}

/* In containers every export may be process 7. */
static void a_folder_with_this_process_number_is_not_ours(void **state) {
    (void)state;
    char name[64];
    char other[512];
    export_place p;
    snprintf(name, sizeof name, ".kinmu-export-%ld", (long)getpid());
    assert_int_equal(mkdir(join(other, folder, name), 0700), 0);
    put(other, "a.csv", "half");
    begin(&p);
    assert_true(is_there(other, "a.csv"));
    export_place_end(&p);
    assert_true(is_there(other, "a.csv"));
}

static void two_at_once_keep_apart(void **state) {
    (void)state;
    kinmu_err err = {"", ""};
    export_place first;
    export_place second;
    begin(&first);
    put(first.working, "a.csv", "1");
    begin(&second);
    put(second.working, "b.csv", "2");
    assert_true(is_there(first.working, "a.csv"));
    assert_int_equal(export_place_commit(&second, &err), KINMU_OK);
    assert_int_equal(export_place_commit(&first, &err), KINMU_OK);
    export_place_end(&second);
    export_place_end(&first);
    assert_true(is_there(folder, "a.csv"));
    assert_true(is_there(folder, "b.csv"));
    assert_int_equal(rmdir(folder), -1);
    assert_int_equal(unlink(join((char[512]){0}, folder, "a.csv")), 0);
    assert_int_equal(unlink(join((char[512]){0}, folder, "b.csv")), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else is left */
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void what_is_in_the_way_is_seen_before_the_first_file_moves(void **state) {
    (void)state;
    kinmu_err err = {"", ""};
    char path[512];
    export_place p;
    put(folder, "a.csv", "old");
    assert_int_equal(mkdir(join(path, folder, "b.csv"), 0700), 0);
    begin(&p);
    put(p.working, "a.csv", "newer");
    put(p.working, "b.csv", "newer");
    assert_int_equal(export_place_commit(&p, &err), KINMU_E_STATE);
    assert_non_null(strstr(err.msg, "b.csv"));
    export_place_end(&p);
    struct stat about;
    assert_int_equal(stat(join(path, folder, "a.csv"), &about), 0);
    assert_int_equal(about.st_size, 3); /* "old" */
}

static void what_a_dead_one_left_goes_and_nothing_else(void **state) {
    (void)state;
    char dead[512];
    char open_to_all[512];
    char aim[512];
    char link_path[512];
    export_place p;
    assert_int_equal(mkdir(join(dead, folder, ".kinmu-export-aB3dE9"), 0700), 0);
    put(dead, "a.csv", "half");
    assert_int_equal(mkdir(join(open_to_all, folder, ".kinmu-export-aB3dE8"), 0700), 0);
    assert_int_equal(chmod(open_to_all, 0755), 0); /* none that we made */
    assert_int_equal(mkdir(join(aim, folder, "aim"), 0700), 0);
    put(aim, "kept", "x");
    assert_int_equal(symlink(aim, join(link_path, folder, ".kinmu-export-aB3dE7")), 0);
    begin(&p);
    assert_false(is_there(folder, ".kinmu-export-aB3dE9"));
    assert_true(is_there(folder, ".kinmu-export-aB3dE8"));
    assert_true(is_there(aim, "kept"));
    export_place_end(&p);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_folder_with_this_process_number_is_not_ours),
        IN_FOLDER(two_at_once_keep_apart),
        IN_FOLDER(what_is_in_the_way_is_seen_before_the_first_file_moves),
        IN_FOLDER(what_a_dead_one_left_goes_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
