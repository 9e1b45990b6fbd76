/* api_fuzz.c - arbitrary bytes as a query, a path, a cursor and a body of the API: refused with a
 * code, or taken so that what was taken comes out again.
 *
 * Includes the parsers, which need jansson beside them (link -ljansson).
 */
#include "../../plugins/exporters/api/body.c"
#include "../../plugins/exporters/api/cursor.c"
#include "../../plugins/exporters/api/moment.c"
#include "../../plugins/exporters/api/target.c"
#include "../../plugins/shared/encode.c"
#include "../../plugins/shared/encode_iconv.c"
#include "../../plugins/shared/memory.c"
#include "../../plugins/shared/words.c"

static const kinmu_field fields[] = {
    {"kind", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, 0, 0, "", "start|end", ""},
    {"at", KINMU_TYPE_TIME, 0, 0, 0, "ns", NULL, ""},
    {"minutes", KINMU_TYPE_I64, 0, 0, 0, "min", NULL, ""},
    {"share", KINMU_TYPE_F64, 0, 0, 0, "", NULL, ""},
    {"hash", KINMU_TYPE_BYTES, 0, 0, 0, "", NULL, ""},
};
static const kinmu_table table_of_fields = KINMU_TABLE(fields);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_body(memory *m, const char *text, size_t size) {
    body_fault fault = {NULL, NULL, NULL};
    json_t *object = body_parse(m, text, size, &fault);
    const kinmu_value *values =
        object != NULL ? body_values(m, &table_of_fields, object, &fault) : NULL;
    if (values == NULL && fault.code == NULL) {
        abort();
    }
    if (values != NULL) { /* what was taken is taken again, equal */
        json_t *shown = body_object(&table_of_fields, values, table_of_fields.count);
        char *again = json_dumps(shown, JSON_COMPACT);
        json_t *second = body_parse(m, again, strlen(again), &fault);
        if (second == NULL || body_values(m, &table_of_fields, second, &fault) == NULL) {
            abort();
        }
        json_decref(second);
        json_decref(shown);
        free(again);
    }
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {NULL, 0};
    target t = {.parameter_count = 0};
    cursor c;
    const char *word = NULL;
    const char *text = memory_text(&m, (const char *)data, size);
    if (text == NULL) {
        return 0;
    }
    if (target_parse_query(&m, text, &t, &word) == NULL) {
        for (uint32_t i = 0; i < t.parameter_count; i++) {
            if (target_find(&t, t.parameters[i].name) != t.parameters[i].value) {
                abort();
            }
        }
    }
    (void)target_parse_path(&m, text, &t);
    if (cursor_parse(&m, text, &c)) {
        const char *again = cursor_print(&m, &c);
        cursor second;
        if (again == NULL || !cursor_parse(&m, again, &second) || second.key_count != c.key_count) {
            abort();
        }
    }
    int64_t unix_ns = 0;
    if (moment_parse(text, &unix_ns)) {
        char printed[MOMENT_SIZE];
        int64_t same = 0;
        moment_print(printed, unix_ns);
        if (!moment_parse(printed, &same) || same != unix_ns) {
            abort();
        }
    }
    try_body(&m, text, size);
    memory_free(&m);
    return 0;
}
