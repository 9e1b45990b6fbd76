/* Tests of the shared vocabulary as a set: what a registry, a store and a reader rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buffer.h"
#include "schema/registry.h"

#include <kinmu/events/all.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define EVENTS_FOLDER KINMU_SOURCE_DIR "/sdk/include/kinmu/events"

static const kinmu_field *field_at(const kinmu_schema *schema, uint32_t index) {
    return (const kinmu_field *)schema->fields.rows + index;
}

static int has_field(const kinmu_schema *schema, const char *name, size_t size) {
    static const char *const stamps[] = {"subject", "unix_ns", "sequence", "block", "device"};
    for (size_t i = 0; i < sizeof stamps / sizeof stamps[0]; i++) {
        if (strlen(stamps[i]) == size && memcmp(stamps[i], name, size) == 0) {
            return 1;
        }
    }
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        const char *field = field_at(schema, i)->name;
        if (strlen(field) == size && memcmp(field, name, size) == 0) {
            return 1;
        }
    }
    return 0;
}

static void is_snake_case(const char *name) {
    assert_true(name[0] >= 'a' && name[0] <= 'z');
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
    assert_true(strlen(name) <= KINMU_NAME_BYTES_MAX);
}

/* All headers of the folder but all.h, as one text. */
static void read_headers(buffer *text) {
    uv_fs_t request;
    uv_dirent_t entry;
    assert_true(uv_fs_scandir(NULL, &request, EVENTS_FOLDER, 0, NULL) > 0);
    while (uv_fs_scandir_next(&request, &entry) == 0) {
        char path[1024];
        char chunk[4096];
        size_t size = 0;
        if (strcmp(entry.name, "all.h") == 0) {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", EVENTS_FOLDER, entry.name);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        while ((size = fread(chunk, 1, sizeof chunk, file)) > 0) {
            buffer_append(text, chunk, size);
        }
        fclose(file);
    }
    uv_fs_req_cleanup(&request);
}

static void the_registry_takes_every_schema_once(void **state) {
    (void)state;
    schema_registry *registry = NULL;
    kinmu_err err = {{0}, {0}};
    assert_int_equal(schema_registry_create(&registry), KINMU_OK);
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        int32_t status = schema_registry_add(registry, kinmu_vocabulary[i], NULL, &err);
        if (status != KINMU_OK) {
            fail_msg("%s: %s", kinmu_vocabulary[i]->name, err.msg);
        }
        assert_int_equal(schema_registry_count(registry), i + 1);
    }
    schema_registry_destroy(registry);
}

static void every_field_is_described(void **state) {
    (void)state;
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        const kinmu_schema *schema = kinmu_vocabulary[i];
        assert_int_equal(schema->fields.stride, sizeof(kinmu_field));
        if (strlen(schema->doc) <= 20) {
            fail_msg("%s says only \"%s\"", schema->name, schema->doc);
        }
        for (uint32_t f = 0; f < schema->fields.count; f++) {
            const kinmu_field *field = field_at(schema, f);
            is_snake_case(field->name);
            if (strlen(field->doc) <= 3) {
                fail_msg("%s.%s says only \"%s\"", schema->name, field->name, field->doc);
            }
            assert_true(field->privacy <= KINMU_PRIVACY_SENSITIVE);
            assert_true(field->choices == NULL || field->type == KINMU_TYPE_TEXT);
            assert_true(field->role == KINMU_ROLE_NONE || field->type == KINMU_TYPE_TEXT);
            assert_true(field->type != KINMU_TYPE_TIME || strcmp(field->unit, "ns") == 0);
            for (uint32_t other = 0; other < f; other++) {
                assert_string_not_equal(field->name, field_at(schema, other)->name);
            }
        }
    }
}

/* Redaction nulls a field; one that may not be null would make the whole event unpublishable. */
static void what_redaction_may_empty_is_optional(void **state) {
    (void)state;
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        for (uint32_t f = 0; f < kinmu_vocabulary[i]->fields.count; f++) {
            const kinmu_field *field = field_at(kinmu_vocabulary[i], f);
            int redacted = field->role != KINMU_ROLE_NONE && field->role != KINMU_ROLE_ACCOUNT;
            if (redacted && field->flags != 0) {
                fail_msg("%s.%s has a role that may be redacted, and is required",
                         kinmu_vocabulary[i]->name, field->name);
            }
        }
    }
}

static void records_have_an_owner_and_leading_keys_logs_neither(void **state) {
    (void)state;
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        const kinmu_schema *schema = kinmu_vocabulary[i];
        int is_record = schema->kind == KINMU_KIND_RECORD;
        int keys_over = 0;
        assert_int_equal(schema->owner != NULL, is_record);
        for (uint32_t f = 0; f < schema->fields.count; f++) {
            int is_key = (field_at(schema, f)->flags & KINMU_FIELD_KEY) != 0;
            assert_false(is_key && (keys_over || !is_record));
            keys_over = keys_over || !is_key;
            assert_true(f > 0 || is_key == is_record);
        }
    }
}

static void indexes_name_fields_that_exist(void **state) {
    (void)state;
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        const char *at = kinmu_vocabulary[i]->indexes;
        while (at != NULL && *at != '\0') {
            size_t size = strcspn(at, ",;");
            if (!has_field(kinmu_vocabulary[i], at, size)) {
                fail_msg("%s has an index over \"%.*s\"", kinmu_vocabulary[i]->name, (int)size, at);
            }
            at += size + (at[size] != '\0');
        }
    }
}

static void every_position_macro_points_at_its_field(void **state) {
    (void)state;
    buffer text = {0};
    read_headers(&text);
    for (size_t i = 0; i < KINMU_VOCABULARY_COUNT; i++) {
        const kinmu_schema *schema = kinmu_vocabulary[i];
        for (uint32_t f = 0; f <= schema->fields.count; f++) {
            char line[256];
            int is_count = f == schema->fields.count;
            int size = snprintf(line, sizeof line, "#define %s.%s %u\n", schema->name,
                                is_count ? "fields" : field_at(schema, f)->name, f);
            for (int at = 8; at < size; at++) {
                line[at] = line[at] == '.' ? '_' : line[at];
                line[at] =
                    (char)(line[at] >= 'a' && line[at] <= 'z' ? line[at] - 'a' + 'A' : line[at]);
            }
            if (strstr(buffer_string(&text), line) == NULL) {
                fail_msg("no header says %s", line);
            }
        }
    }
    buffer_free(&text);
}

static void the_list_holds_every_schema_of_the_headers(void **state) {
    (void)state;
    static const char definition[] = "static const kinmu_schema kinmu_";
    buffer text = {0};
    size_t count = 0;
    read_headers(&text);
    for (const char *at = buffer_string(&text); (at = strstr(at, definition)) != NULL; at++) {
        count++;
    }
    assert_int_equal(count, KINMU_VOCABULARY_COUNT);
    buffer_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_registry_takes_every_schema_once),
        cmocka_unit_test(every_field_is_described),
        cmocka_unit_test(what_redaction_may_empty_is_optional),
        cmocka_unit_test(records_have_an_owner_and_leading_keys_logs_neither),
        cmocka_unit_test(indexes_name_fields_that_exist),
        cmocka_unit_test(every_position_macro_points_at_its_field),
        cmocka_unit_test(the_list_holds_every_schema_of_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
