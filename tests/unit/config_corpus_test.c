/* config_corpus_test.c - what a person sees who got conf.d wrong.
 *
 * tests/config/bad/CASE/ holds files and expected.txt, the whole listing. KINMU_TEST_WRITE=1 writes
 * the listings anew; read the difference before committing it.
 */
#include "tests/config/folder.h"
#include "tests/config/plugins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define CORPUS KINMU_SOURCE_DIR "/tests/config/"
#define CASES_MIN 15

static void compare(const char *name, const buffer *listing, const buffer *expected,
                    const char *path) {
    if (getenv("KINMU_TEST_WRITE") != NULL) {
        assert_int_equal(folder_write(path, (const char *)listing->data, listing->size), 0);
    } else if (listing->size != expected->size ||
               memcmp(listing->data, expected->data, listing->size) != 0) {
        fail_msg("case %s: expected\n%.*s\nbut got\n%.*s", name, (int)expected->size,
                 (const char *)expected->data, (int)listing->size, (const char *)listing->data);
    }
}

static void listings_are_as_written(void **state) {
    (void)state;
    int cases = 0;
    DIR *dir = opendir(CORPUS "bad");
    assert_non_null(dir);
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        char path[700];
        buffer listing = {0};
        buffer expected = {0};
        config *c = NULL;
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, CORPUS "bad/%s", entry->d_name);
        assert_int_equal(folder_copy(path), 0);
        assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_E_CONFIG);
        assert_null(c);
        strncat(path, "/expected.txt", sizeof path - strlen(path) - 1);
        folder_read(path, &expected);
        compare(entry->d_name, &listing, &expected, path);
        buffer_free(&listing);
        buffer_free(&expected);
        cases++;
    }
    closedir(dir);
    assert_true(cases >= CASES_MIN);
}

static void secrets_stay_out_of_listings(void **state) {
    (void)state;
    buffer listing = {0};
    config *c = NULL;
    assert_int_equal(folder_copy(CORPUS "bad/secrets"), 0);
    assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_E_CONFIG);
    assert_non_null(strstr(buffer_string(&listing), "camera.token"));
    assert_null(strstr(buffer_string(&listing), "hunter2"));
    buffer_free(&listing);
}

static void good_files_have_no_problem(void **state) {
    (void)state;
    buffer listing = {0};
    config *c = NULL;
    setenv("KINMU_TEST_TOKEN", "t", 1);
    setenv("KINMU_TEST_KEY", "k", 1);
    assert_int_equal(folder_copy(CORPUS "good"), 0);
    assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_OK);
    assert_string_equal(buffer_string(&listing), "");
    config_free(c);
    buffer_free(&listing);
}

/* ---- what cannot lie in a folder of a repository ---- */

static void expect(const char *listing_end) {
    buffer listing = {0};
    config *c = NULL;
    assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_E_CONFIG);
    if (strstr(buffer_string(&listing), listing_end) == NULL) {
        fail_msg("expected \"%s\" in\n%s", listing_end, buffer_string(&listing));
    }
    buffer_free(&listing);
}

static void rights_are_checked(void **state) {
    (void)state;
    folder_clear("conf.d");
    assert_int_equal(folder_put("10.yaml", "node:\n"), 0);
    assert_int_equal(chmod("conf.d/10.yaml", 0666), 0);
    expect("conf.d/10.yaml: error: refused: \"conf.d/10.yaml\" may be written by others; chmod "
           "go-w it\n");
    assert_int_equal(chmod("conf.d/10.yaml", 0644), 0);
    assert_int_equal(chmod("conf.d", 0777), 0);
    expect("conf.d: error: refused: \"conf.d\" may be written by others; chmod go-w it\n");
    assert_int_equal(chmod("conf.d", 0755), 0);
}

static void odd_files_are_refused(void **state) {
    (void)state;
    folder_clear("conf.d");
    expect("conf.d: error: no file NAME.yaml here");
    assert_int_equal(mkfifo("conf.d/10.yaml", 0644), 0); /* opening it would wait for ever */
    expect("conf.d/10.yaml: error: cannot be read: not a regular file");
    folder_clear("conf.d");
    assert_int_equal(symlink("/nonexistent", "conf.d/10.yaml"), 0);
    expect("conf.d/10.yaml: error: cannot be read: no such file or directory");
    folder_clear("conf.d");
}

static void sizes_are_limited(void **state) {
    (void)state;
    char *text = malloc(CONFIG_FILE_BYTES_MAX + 2);
    assert_non_null(text);
    folder_clear("conf.d");
    memset(text, '#', CONFIG_FILE_BYTES_MAX + 1);
    text[CONFIG_FILE_BYTES_MAX + 1] = '\0';
    assert_int_equal(folder_put("10.yaml", text), 0);
    expect("conf.d/10.yaml: error: cannot be read: too large (at most 1048576 bytes)\n");
    text[CONFIG_FILE_BYTES_MAX] = '\0';
    for (int i = 0; i < 9; i++) {
        char name[20];
        snprintf(name, sizeof name, "%d.yaml", i + 10);
        assert_int_equal(folder_put(name, text), 0);
    }
    expect("conf.d/18.yaml: error: all files together have more than 8388608 bytes\n");
    folder_clear("conf.d");
    memset(text, 'x', KINMU_TEXT_BYTES_MAX + 10);
    memcpy(text, "node:\n  name: ", 14);
    text[KINMU_TEXT_BYTES_MAX + 15] = '\0';
    assert_int_equal(folder_put("10.yaml", text), 0);
    expect("conf.d/10.yaml:2:9: error: a text has at most 16384 bytes\n");
    folder_clear("conf.d");
    free(text);
}

static void long_listings_say_there_is_more(void **state) {
    (void)state;
    buffer text = {0};
    for (uint32_t i = 0; i < CONFIG_ERRORS_MAX + 50; i++) {
        buffer_printf(&text, "wrong%u: 1\n", i);
    }
    assert_int_equal(folder_put("10.yaml", buffer_string(&text)), 0);
    buffer listing = {0};
    config *c = NULL;
    assert_int_equal(folder_load(&test_source, &c, &listing), KINMU_E_CONFIG);
    uint32_t lines = 0;
    for (const char *at = buffer_string(&listing); *at != '\0'; at++) {
        lines += *at == '\n';
    }
    assert_int_equal(lines, CONFIG_ERRORS_MAX + 1);
    assert_non_null(strstr(buffer_string(&listing), "\nerror: there are more problems"));
    buffer_free(&listing);
    buffer_free(&text);
    folder_clear("conf.d");
}

static void secret_files_are_checked(void **state) {
    (void)state;
    char text[400];
    snprintf(text, sizeof text,
             "collectors:\n  camera:\n    device: x\n    token: ${file:%s/token}\n", folder_path);
    assert_int_equal(folder_put("10.yaml", text), 0);
    assert_int_equal(folder_write("token", "abc\n", 4), 0);
    assert_int_equal(chmod("token", 0644), 0);
    expect("token\": others may read or change it; chmod o-rwx it\n");
    assert_int_equal(folder_write("token", "", 0), 0);
    assert_int_equal(chmod("token", 0600), 0);
    expect("token\": it is empty\n");
    folder_clear("conf.d");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listings_are_as_written),
        cmocka_unit_test(secrets_stay_out_of_listings),
        cmocka_unit_test(good_files_have_no_problem),
        cmocka_unit_test(rights_are_checked),
        cmocka_unit_test(odd_files_are_refused),
        cmocka_unit_test(sizes_are_limited),
        cmocka_unit_test(long_listings_say_there_is_more),
        cmocka_unit_test(secret_files_are_checked),
    };
    return cmocka_run_group_tests_name("config_corpus", tests, folder_set_up, folder_tear_down);
}
