/* catalog_test.c - plugin files as an administrator meets them: older ones load and work, those
 * that cannot are refused in words that say what to do, and a folder others may write to is no
 * place for plugins. The files are tests/abi/plugins. */
#include "config/config.h"
#include "host/catalog.h"
#include "host/hosting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define FILES KINMU_BUILD_DIR "/tests/abi/"

static void assert_says(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("expected \"%s\" in \"%s\"", part, text);
    }
}

static void expect_refused(const char *file, const char *key, const char *what, const char *cure) {
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    assert_int_equal(catalog_load_file(file, &c, &err), KINMU_E_ABI);
    assert_null(c);
    assert_string_equal(err.key, key);
    assert_says(err.msg, file);
    assert_says(err.msg, what);
    assert_says(err.msg, cure);
}

static void files_that_cannot_work_are_refused(void **state) {
    (void)state;
    char path[300];
    expect_refused(FILES "needs_newer.so", "plugin.newer", "needs ABI 1.999", "update Kinmu");
    expect_refused(FILES "too_small.so", "plugin.struct", "bytes, at least", "rebuild it");
    expect_refused(FILES "long_command.so", "plugin.command", "more than 64 fields", "its vendor");
    snprintf(path, sizeof path, "%s", FILES "none.so");
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    assert_true(catalog_load_file(path, &c, &err) != KINMU_OK);
    assert_says(err.msg, path);
    assert_null(c);
}

/* ---- what was loaded also runs ---- */

static uint32_t log_lines;

static void count_log(void *context, hosted *h, int32_t level, const char *text) {
    (void)context, (void)h, (void)level, (void)text;
    log_lines++;
}

static void ignore_gone(void *context, void *tag) {
    (void)context, (void)tag;
}

static void run_once(const char *file, const char *name) {
    static const hosting_backend backend = {.log = count_log, .gone = ignore_gone};
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    uv_loop_t loop;
    hosting *owner = NULL;
    hosted *h = NULL;
    if (catalog_load_file(file, &c, &err) != KINMU_OK) {
        fail_msg("%s", err.msg);
    }
    assert_int_equal(c->count, 1);
    const catalog_plugin *found = catalog_find(c, KINMU_COLLECTOR, name);
    assert_non_null(found);
    assert_string_equal(found->file, file);
    assert_int_equal(found->first_party, 0); /* a reverse domain: somebody else's */
    assert_null(found->plugin->export_open); /* behind the older struct lie canaries */
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(hosting_create(&loop, &backend, &owner), KINMU_OK);
    assert_int_equal(hosted_create(owner, found->plugin, name, "node", "", NULL, NULL, &h, &err),
                     KINMU_OK);
    assert_int_equal(hosted_start(h, &err), KINMU_OK);
    assert_int_equal(hosted_stop(h, &err), KINMU_OK);
    hosted_destroy(h);
    hosting_destroy(owner);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    catalog_free(c);
}

static void an_older_layout_loads_and_works(void **state) {
    (void)state;
    log_lines = 0;
    run_once(FILES "older.so", "com.acme.older");
    assert_int_equal(log_lines, 1);
}

static void a_newer_layout_loads_and_works(void **state) {
    (void)state;
    run_once(FILES "newer.so", "com.acme.newer"); /* its create fails unless both rows were read */
}

/* ---- folders ---- */

static char folder[64];

static void copy_file(const char *from, const char *name, mode_t mode) {
    char path[200];
    char part[4096];
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(path, "wb");
    assert_true(in != NULL && out != NULL);
    while ((size = fread(part, 1, sizeof part, in)) > 0) {
        assert_int_equal(fwrite(part, 1, size, out), size);
    }
    fclose(in);
    fclose(out);
    assert_int_equal(chmod(path, mode), 0);
}

static int make_folder(void **state) {
    char sub[100];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/kinmu-catalog-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(sub, sizeof sub, "%s/collectors", folder);
    return mkdir(sub, 0755);
}

static int remove_folder(void **state) {
    static const char *const names[] = {"a.so",       "b.so", "notes.txt", "collectors/c.so",
                                        "collectors", "."};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(i + 1 < sizeof names / sizeof *names ? path : folder);
    }
    return access(folder, F_OK) != 0 ? 0 : -1;
}

static catalog *load_folder(void) {
    catalog *c = NULL;
    kinmu_err err = {{0}, {0}};
    assert_int_equal(catalog_load(folder, &c, &err), KINMU_OK);
    return c;
}

static void a_folder_gives_what_works_and_names_what_does_not(void **state) {
    (void)state;
    copy_file(FILES "newer.so", "collectors/c.so", 0755);
    copy_file(FILES "too_small.so", "b.so", 0755);
    copy_file(KINMU_SOURCE_DIR "/README.md", "a.so", 0644);
    copy_file(KINMU_SOURCE_DIR "/README.md", "notes.txt", 0644);
    catalog *c = load_folder();
    assert_int_equal(c->count, 1);
    assert_string_equal(c->plugins[0].plugin->name, "com.acme.newer");
    assert_int_equal(c->problem_count, 2); /* notes.txt is no plugin and no problem */
    int32_t told = 0;
    for (uint32_t i = 0; i < c->problem_count; i++) {
        told += strstr(c->problems[i].text, "/a.so") != NULL;
        told += strstr(c->problems[i].text, "/b.so") != NULL;
    }
    assert_int_equal(told, 2);
    catalog_free(c);
}

static void what_others_may_write_is_refused(void **state) {
    (void)state;
    copy_file(FILES "newer.so", "a.so", 0777);
    catalog *c = load_folder();
    assert_int_equal(c->count, 0);
    assert_int_equal(c->problem_count, 1);
    assert_says(c->problems[0].text, "refused");
    catalog_free(c);
    copy_file(FILES "newer.so", "a.so", 0755);
    assert_int_equal(chmod(folder, 0777), 0);
    c = load_folder();
    assert_int_equal(c->count, 0);
    assert_int_equal(c->problem_count, 1);
    catalog_free(c);
    assert_int_equal(chmod(folder, 0755), 0);
    c = load_folder();
    assert_int_equal(c->count, 1);
    catalog_free(c);
}

static void the_same_plugin_twice_is_told_by_both_files(void **state) {
    (void)state;
    copy_file(FILES "newer.so", "a.so", 0755);
    copy_file(FILES "newer.so", "b.so", 0755);
    catalog *c = load_folder();
    assert_int_equal(c->count, 1);
    assert_int_equal(c->problem_count, 1);
    assert_says(c->problems[0].text, "/a.so");
    assert_says(c->problems[0].text, "/b.so");
    catalog_free(c);
}

static void a_catalog_travels_whole(void **state) {
    (void)state;
    copy_file(FILES "newer.so", "a.so", 0755);
    copy_file(FILES "too_small.so", "b.so", 0755);
    catalog *c = load_folder();
    catalog *copy = NULL;
    buffer out = {0};
    kinmu_err err = {{0}, {0}};
    catalog_write(c, &out);
    assert_int_equal(catalog_read(out.data, out.size, &copy, &err), KINMU_OK);
    assert_int_equal(copy->count, c->count);
    assert_string_equal(copy->plugins[0].file, c->plugins[0].file);
    assert_int_equal(copy->problem_count, 1);
    assert_string_equal(copy->problems[0].text, c->problems[0].text);
    assert_null(copy->plugins[0].plugin->create); /* functions stay where they are */
    catalog_free(copy);
    for (size_t size = 0; size < out.size; size++) {
        uint8_t *cut = malloc(size + 1);
        assert_non_null(cut);
        memcpy(cut, out.data, size);
        assert_int_equal(catalog_read(cut, size, &copy, &err), KINMU_E_REJECT);
        assert_null(copy);
        free(cut);
    }
    catalog_free(c);
    buffer_free(&out);
}

static void kinds_have_names(void **state) {
    (void)state;
    assert_string_equal(catalog_kind_name(KINMU_EXPORTER), "exporter");
    assert_string_equal(catalog_kind_name(99), "");
    assert_int_equal(catalog_kind_from_name("collectors"), KINMU_COLLECTOR);
    assert_int_equal(catalog_kind_from_name("connector"), KINMU_CONNECTOR);
    assert_int_equal(catalog_kind_from_name("exporterss"), 0);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_cannot_work_are_refused),
        cmocka_unit_test(an_older_layout_loads_and_works),
        cmocka_unit_test(a_newer_layout_loads_and_works),
        IN_FOLDER(a_folder_gives_what_works_and_names_what_does_not),
        IN_FOLDER(what_others_may_write_is_refused),
        IN_FOLDER(the_same_plugin_twice_is_told_by_both_files),
        IN_FOLDER(a_catalog_travels_whole),
        cmocka_unit_test(kinds_have_names),
    };
    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
