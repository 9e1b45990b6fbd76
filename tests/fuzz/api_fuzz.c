/* api_fuzz.c - arbitrary bytes as a query, a path, a cursor, a Cookie header, a code of the second
 * factor and a body of the API: refused with a code, or taken so that what was taken comes out
 * again; and as a body of files, which is the same in whatever pieces it comes.
 *
 * Includes the parsers, which need jansson beside them (link -ljansson).
 */
#include "../../plugins/exporters/api/wire/body.c"
#include "../../plugins/exporters/api/wire/cookie.c"
#include "../../plugins/exporters/api/wire/cursor.c"
#include "../../plugins/exporters/api/wire/moment.c"
#include "../../plugins/exporters/api/wire/multipart.c"
#include "../../plugins/exporters/api/wire/target.c"
#include "../../plugins/exporters/api/wire/totp.c"
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

/* What is found lies in the header, and has no end of a pair in it. */
static void try_cookie(const char *text) {
    size_t size = 0;
    const char *found = cookie_find(text, "a", &size);
    if (found != NULL && (found < text + 2 || size > strlen(found) || found[-1] != '=' ||
                          found[-2] != 'a' || memchr(found, ';', size) != NULL)) {
        abort();
    }
}

/* What is taken is the same when it is typed as it was taken. */
static void try_code(const char *text) {
    char code[CODE_SIZE];
    char again[CODE_SIZE];
    char uri[TOTP_URI_SIZE];
    int32_t kind = code_parse(text, code);
    if (kind != CODE_NONE && (code_parse(code, again) != kind || strcmp(code, again) != 0)) {
        abort();
    }
    totp_uri(uri, text, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    if (strspn(uri, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%:/?&=") !=
            strlen(uri) ||
        strstr(uri, "&period=30") == NULL) {
        abort();
    }
}

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

/* What came of a body, as one number. */
static const char *note(uint64_t *sum, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        *sum = (*sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    }
    return NULL;
}

static const char *note_begin(void *user, const char *name) {
    return note(user, name, strlen(name) + 1);
}

static const char *note_data(void *user, const void *bytes, size_t size) {
    return note(user, bytes, size);
}

static const char *note_end(void *user) {
    return note(user, "", 1);
}

static uint64_t take_form(const uint8_t *data, size_t size, size_t piece, const char **wrong) {
    uint64_t sum = 1;
    multipart form;
    const multipart_sink sink = {&sum, note_begin, note_data, note_end};
    if (!multipart_begin(&form, "multipart/form-data; boundary=ab")) {
        abort();
    }
    *wrong = NULL;
    for (size_t at = 0; at < size && *wrong == NULL; at += piece) {
        size_t left = size - at;
        *wrong = multipart_take(&form, data + at, left < piece ? left : piece, &sink);
    }
    return sum + (uint64_t)multipart_is_whole(&form);
}

static void try_form(const uint8_t *data, size_t size) {
    const char *wrong[2];
    uint64_t whole = take_form(data, size, size + 1, &wrong[0]);
    uint64_t pieces = take_form(data, size, 1 + size % 7, &wrong[1]);
    if (wrong[0] != wrong[1] || (wrong[0] == NULL && whole != pieces)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {NULL, 0};
    target t = {.parameter_count = 0};
    cursor c;
    const char *word = NULL;
    const char *text = memory_text(&m, (const char *)data, size);
    try_form(data, size);
    if (text == NULL) {
        return 0;
    }
    try_cookie(text);
    try_code(text);
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
