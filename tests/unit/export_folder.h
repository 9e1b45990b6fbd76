/* export_folder.h - a fresh folder per test and reading what an exporter left in it.
 *
 * For tests only; POSIX. cmocka.h and its companions must be included before.
 */
#ifndef TESTS_EXPORT_FOLDER_H
#define TESTS_EXPORT_FOLDER_H

#include <kinmu/iface/schemas.h>
#include <kinmu/testkit.h>

#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPORT_PATH_SIZE 512
#define EXPORT_FILE_BYTES_MAX ((size_t)1 << 20)

static char folder[64];

static inline int make_folder(void **state) {
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/kinmu-export-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static inline int remove_folder(void **state) {
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *one = NULL; dir != NULL && (one = readdir(dir)) != NULL;) {
        (void)unlinkat(dirfd(dir), one->d_name, 0);
    }
    (void)closedir(dir);
    return rmdir(folder);
}

static inline uint32_t files_in_folder(void) {
    uint32_t count = 0;
    DIR *dir = opendir(folder);
    while (readdir(dir) != NULL) {
        count++;
    }
    (void)closedir(dir);
    return count - 2;
}

static inline const char *in_folder(const char *name) {
    static char path[EXPORT_PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline int32_t exists(const char *name) {
    return access(in_folder(name), F_OK) == 0;
}

/* NUL-terminated, to be freed. */
static inline char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("no file %s", path);
        return NULL;
    }
    char *text = (char *)calloc(1, EXPORT_FILE_BYTES_MAX);
    *size = fread(text, 1, EXPORT_FILE_BYTES_MAX - 1, file);
    (void)fclose(file);
    return text;
}

static inline char *read_export(const char *name, size_t *size) {
    return read_file(in_folder(name), size);
}

static inline void write_file(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline void expect_same(const char *path, const char *golden) {
    size_t size = 0;
    size_t golden_size = 0;
    char *text = read_file(path, &size);
    char *expected = read_file(golden, &golden_size);
    if (size != golden_size || memcmp(text, expected, size) != 0) {
        fail_msg("%s differs from %s:\n%s", path, golden, text);
    }
    free(text);
    free(expected);
}

/* Plays a disk with room for files of `bytes` only: a write beyond is cut short, the next one
 * fails. RLIM_INFINITY ends it. */
static inline void limit_files(rlim_t bytes) {
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* What a shell answers in the folder. */
static inline int in_shell(const char *command) {
    int status = -1;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int moved = chdir(folder);
        execl("/bin/sh", "sh", "-c", moved == 0 ? command : "exit 127", (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A schema of some other plugin, which only the host can explain: number KINMU_SCHEMA_ANY + 1. */
static inline const kinmu_schema *find_other_schema(const kinmu_host *host, uint32_t number) {
    static const kinmu_field fields[] = {
        {"door", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, 0, 0, "", NULL, "Which door."},
        {"photo", KINMU_TYPE_BYTES, 0, 0, 0, "", NULL, "What it saw."},
        {"warmth", KINMU_TYPE_F64, 0, 0, 0, "C", NULL, "How warm it was."}};
    static const kinmu_schema other = {
        sizeof other, 1,    "com.acme.other", KINMU_KIND_LOG, 0, "activity",
        NULL,         NULL, {NULL, 0, 0},     "Other."};
    static const kinmu_schema badge = {
        sizeof badge, 2,    "com.acme.badge",    KINMU_KIND_LOG,  0, "activity",
        NULL,         NULL, KINMU_TABLE(fields), "A door opened."};
    (void)host;
    return number == KINMU_SCHEMA_ANY ? &other : number == KINMU_SCHEMA_ANY + 1 ? &badge : NULL;
}

static inline const void *find_iface_with_schemas(const kinmu_host *host, const char *name) {
    static const kinmu_schemas schemas = {sizeof schemas, 0, find_other_schema};
    return strcmp(name, KINMU_SCHEMAS_1) == 0 ? &schemas : tk_iface(host, name);
}

static inline kinmu_event make_badge(testkit *kit, const char *user, int64_t unix_ns) {
    static const uint8_t photo[] = {0xCA, 0xFE};
    const kinmu_value values[] = {kinmu_text("north"), kinmu_bytes(photo, sizeof photo),
                                  kinmu_f64(21.5)};
    kinmu_event event = *testkit_make(kit, "kinmu.input.minute/1", unix_ns, user, values, 3);
    event.schema = KINMU_SCHEMA_ANY + 1;
    return event;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

#endif
