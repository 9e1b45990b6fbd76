/* handed_test.c - files that a client hands over, as the daemon takes them: what is no file of a
 * command line is refused with a reason, and nothing of anything stays behind. */
#include "host/handed.h"

#include "host/frame.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char data[] = "/tmp/kinmu-handed-XXXXXX";
static kinmu_err err;

static void add(buffer *input, const char *name, const char *bytes, size_t size) {
    size_t begin = frame_begin(input, FRAME_DOOR_FILE, 0);
    frame_text(input, name);
    frame_bytes(input, bytes, size);
    frame_end(input, begin);
}

/* One piece of a client of its own. */
static int32_t take_one(const char *name) {
    handed h = {.count = 0};
    buffer input = {0};
    memset(&err, 0, sizeof err);
    add(&input, name, "x", 1);
    int32_t status = handed_take_all(&h, data, 1, &input, &err);
    handed_remove(&h);
    buffer_free(&input);
    return status;
}

static void nothing_is_left(void) {
    char path[64];
    (void)snprintf(path, sizeof path, "%s/handed", data);
    assert_true(rmdir(path) == 0 || access(path, F_OK) != 0);
}

static void files_of_one_name_lie_apart(void **state) {
    handed h = {.count = 0};
    buffer input = {0};
    struct stat about;
    (void)state;
    add(&input, "user.csv", "ab", 2);
    add(&input, "", "c", 1);
    add(&input, "user.csv", "", 0);
    assert_int_equal(handed_take_all(&h, data, 7, &input, &err), KINMU_OK);
    assert_int_equal(input.size, 0);
    char *words = handed_expand(&h, "files=\x1d"
                                    "0\n\x1d"
                                    "1\x1d"
                                    "2");
    char wanted[256];
    (void)snprintf(wanted, sizeof wanted,
                   "files=%s/handed/7-0/user.csv\n%s/handed/7-1/user.csv\x1d"
                   "2",
                   data, data);
    assert_string_equal(words, wanted);
    assert_int_equal(stat(h.paths[0], &about), 0);
    assert_int_equal(about.st_size, 3);
    assert_int_equal(about.st_mode & 0777, 0600);
    free(words);
    handed_remove(&h);
    buffer_free(&input);
    nothing_is_left();
}

static void what_is_no_name_is_refused(void **state) {
    static const char *const names[] = {".", "..", "a/b", "../a", "a\nb", "a\x7f", "\xff"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(take_one(names[i]), KINMU_E_REJECT);
        assert_true(err.msg[0] != '\0');
    }
    assert_int_equal(take_one(""), KINMU_E_REJECT); /* goes on with no file */
    nothing_is_left();
}

static void too_many_and_too_large_are_refused(void **state) {
    static char piece[HANDED_PIECE_BYTES_MAX];
    handed h = {.count = 0};
    buffer input = {0};
    int32_t status = KINMU_OK;
    (void)state;
    for (uint32_t i = 0; i < HANDED_FILES_MAX; i++) {
        add(&input, "a", "", 0);
    }
    assert_int_equal(handed_take_all(&h, data, 1, &input, &err), KINMU_OK);
    add(&input, "a", "", 0);
    assert_int_equal(handed_take_all(&h, data, 1, &input, &err), KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "too many files"));
    handed_remove(&h);
    buffer_clear(&input);
    add(&input, "large", piece, sizeof piece);
    for (uint32_t i = 0; status == KINMU_OK && i < 9; i++) {
        status = handed_take_all(&h, data, 2, &input, &err);
        h.bytes += HANDED_FILE_BYTES_MAX / 8; /* as if more had come */
        buffer_clear(&input);
        add(&input, "", piece, sizeof piece);
    }
    assert_int_equal(status, KINMU_E_REJECT);
    assert_non_null(strstr(err.msg, "too large"));
    handed_remove(&h);
    buffer_free(&input);
    nothing_is_left();
}

static void a_disk_that_takes_no_more_is_told(void **state) {
    static char piece[HANDED_PIECE_BYTES_MAX];
    handed h = {.count = 0};
    buffer input = {0};
    struct rlimit before;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {4096, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    add(&input, "user.csv", piece, sizeof piece);
    int32_t status = handed_take_all(&h, data, 3, &input, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, KINMU_E_RETRY);
    assert_non_null(strstr(err.msg, "cannot be kept in the data folder"));
    assert_non_null(strstr(err.msg, "user.csv"));
    handed_remove(&h);
    buffer_free(&input);
    nothing_is_left();
}

static int begin(void **state) {
    (void)state;
    return mkdtemp(data) == NULL;
}

static int finish(void **state) {
    (void)state;
    return rmdir(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_one_name_lie_apart),
        cmocka_unit_test(what_is_no_name_is_refused),
        cmocka_unit_test(too_many_and_too_large_are_refused),
        cmocka_unit_test(a_disk_that_takes_no_more_is_told),
    };
    return cmocka_run_group_tests(tests, begin, finish);
}
