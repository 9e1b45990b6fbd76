/* csv_encode_test.c - the csv exporter's pure parts: CP932, cell rules and file names.
 *
 * The sources are included, so that the corpus of PRODUCT.md X20, X22 and X24 meets the functions
 * themselves; what a user gets in files is tested in csv_export_test.c.
 */
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"

#include "plugins/exporters/csv/writing/cell.c"
#include "plugins/exporters/csv/writing/names.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static encoder *cp932(void) {
    static encoder *enc;
    kinmu_err err;
    if (enc == NULL) {
        assert_int_equal(encoder_create(ENCODE_CP932, &enc, &err), KINMU_OK);
    }
    return enc;
}

static uint32_t bytes_of(uint32_t code) {
    uint8_t out[ENCODE_BYTES_MAX];
    size_t size = encoder_character(cp932(), code, out);
    return size == 0 ? 0 : size == 1 ? out[0] : (uint32_t)out[0] << 8 | out[1];
}

/* The expected bytes are Microsoft's code page 932 table. */
static void cp932_edges(void **state) {
    static const struct {
        uint32_t code;
        uint32_t bytes;
    } cases[] = {
        {'A', 0x41},      {0x5C, 0x5C},     {0x7E, 0x7E},     {0xFF71, 0xB1},   {0xFF5E, 0x8160},
        {0x2225, 0x8161}, {0xFF0D, 0x817C}, {0xFFE0, 0x8191}, {0x301C, 0x8160}, {0x2016, 0x8161},
        {0x2212, 0x817C}, {0x00A2, 0x8191}, {0x00A5, 0x818F}, {0x203E, 0x8150}, {0x2014, 0x815C},
        {0x9AD9, 0xFBFC}, {0xFA11, 0xFAB1}, {0x2460, 0x8740}, {0x3231, 0x878A}, {0x8868, 0x955C},
        {0x30BD, 0x835C}, {0x80FD, 0x945C}, {0x3013, 0x81AC}, {0x2252, 0x81E0}, {0xFFE2, 0x81CA},
        {0x2160, 0x8754}, {0x2170, 0xFA40}, {0x20BB7, 0},     {0x1F600, 0},     {0x00E9, 0},
        {0xFFFD, 0},      {0x0080, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (bytes_of(cases[i].code) != cases[i].bytes) {
            fail_msg("U+%04X gives %04X, not %04X", cases[i].code, bytes_of(cases[i].code),
                     cases[i].bytes);
        }
    }
}

/* Whatever is written reads back as the same character, the nine twins aside. */
static void cp932_is_loss_free(void **state) {
    encode_decoder *decoder = NULL;
    kinmu_err err;
    uint32_t representable = 0;
    uint32_t changed = 0;
    (void)state;
    assert_int_equal(encode_decoder_open(&decoder, &err), KINMU_OK);
    for (uint32_t code = 0x80; code <= BMP_LAST; code++) {
        uint32_t bytes = bytes_of(code);
        if (bytes == 0) {
            continue;
        }
        representable++;
        int32_t first = (int32_t)(bytes > 0xFF ? bytes >> 8 : bytes);
        int32_t second = bytes > 0xFF ? (int32_t)(bytes & 0xFF) : -1;
        changed += encode_decoder_character(decoder, first, second) != code;
    }
    encode_decoder_close(decoder);
    assert_int_equal(changed, sizeof twins / sizeof twins[0]);
    assert_true(representable > 9000);
}

static void utf8_is_strict(void **state) {
    static const char *const bad[] = {
        "\xC0\xAF", "\xED\xA0\x80",         "\xF4\x90\x80\x80", "\xE3\x81",
        "\x80",     "\xF8\x88\x80\x80\x80", "\xE0\x80\x80",     "\xF0\x80\x80\x80",
        "\xFF"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t at = 0;
        assert_int_equal(encode_next(bad[i], strlen(bad[i]), &at), ENCODE_BAD_CHARACTER);
        assert_int_equal(at, 1);
    }
    size_t at = 0;
    assert_int_equal(encode_next("\xF0\xA0\xAE\xB7", 4, &at), 0x20BB7);
    assert_int_equal(at, 4);
}

static void formulas_are_neutralised_for_people_only(void **state) {
    static const struct {
        const char *text;
        size_t size;
    } corpus[] = {
        {"=1+1", 4},
        {"+1", 2},
        {"-1", 2},
        {"@SUM(A1)", 8},
        {"\t=1", 3},
        {"\r=1", 3},
        {"\n=1", 3},
        {"\0=1", 3},
        {"＝1+1", 6},
        {"＋1", 4},
        {"－1", 4},
        {"＠SUM", 6},
        {"\u2212"
         "1",
         4},
        {"=cmd|' /C calc'!A0", 18},
        {"=HYPERLINK(\"http://x\")", 22},
    };
    static const char *const harmless[] = {"", "1", "a=1", "'=1", " =1", "表-1", "(-1)", ";=1"};
    (void)state;
    for (size_t i = 0; i < sizeof corpus / sizeof corpus[0]; i++) {
        assert_true(cell_needs_apostrophe(CELL_HUMAN, corpus[i].text, corpus[i].size));
        assert_false(cell_needs_apostrophe(CELL_MACHINE, corpus[i].text, corpus[i].size));
    }
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        assert_false(cell_needs_apostrophe(CELL_HUMAN, harmless[i], strlen(harmless[i])));
    }
}

static void line_breaks_are_one_space(void **state) {
    static const char text[] = "a\r\nb\nc\rd\n\ne";
    char out[32];
    size_t count = 0;
    (void)state;
    for (size_t at = 0; at < sizeof text - 1;) {
        out[count++] = (char)cell_next(text, sizeof text - 1, &at);
    }
    out[count] = '\0';
    assert_string_equal(out, "a b c d  e");
}

static void legal_names_stay(void **state) {
    static const char *const plain[] = {"alice", "a.b",      "!#$%'()+-.=@[]_{}~x",
                                        "｀",    "山田太郎", "=1+1",
                                        "-rf",   "CONSOLE",  "COM10",
                                        "con-a", "100%",     "ソ能表"};
    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (!names_is_plain(cp932(), plain[i])) {
            fail_msg("\"%s\" was mapped", plain[i]);
        }
    }
}

static void dangerous_names_are_mapped_without_separators(void **state) {
    static const char *const bad[] = {
        "",
        "..",
        ".",
        "a.",
        "a/b",
        "../../etc/passwd",
        "a\\b",
        "CON",
        "con.txt",
        "nul",
        "LPT1",
        "COM9.log",
        "a:b",
        "a b",
        "a ",
        " a",
        "a\nb",
        "a\x7F",
        "a*",
        "a?",
        "a\"b",
        "<a>",
        "a|b",
        "%2e%2e%2f",
        "𠮷野",
        "a😀",
        "\u202Egpj",
        "a\xFF",
        "AUX.",
        "CLOCK$",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    names *set = NULL;
    (void)state;
    assert_int_equal(names_create(cp932(), &set), KINMU_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char stem[NAMES_STEM_SIZE];
        assert_false(names_is_plain(cp932(), bad[i]));
        assert_int_equal(names_take(set, bad[i], stem), KINMU_OK);
        assert_int_equal(strspn(stem, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_~"),
                         strlen(stem));
        assert_true(names_is_plain(cp932(), stem));
    }
    names_destroy(set);
}

static void collisions_without_regard_to_case_are_mapped(void **state) {
    static const char *const pairs[][2] = {
        {"alice", "ALICE"}, {"Ａ", "ａ"}, {"Σ", "σ"}, {"Я", "я"}, {"Ⅳ", "ⅳ"}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        names *set = NULL;
        char first[NAMES_STEM_SIZE];
        char second[NAMES_STEM_SIZE];
        assert_int_equal(names_create(cp932(), &set), KINMU_OK);
        assert_int_equal(names_take(set, pairs[i][0], first), KINMU_OK);
        assert_int_equal(names_take(set, pairs[i][1], second), KINMU_OK);
        assert_string_equal(first, pairs[i][0]);
        assert_non_null(strchr(second, '~'));
        assert_int_equal(names_take(set, pairs[i][1], second), KINMU_E_STATE);
        names_destroy(set);
    }
}

static void a_hundred_thousand_users_get_as_many_names(void **state) {
    enum { USERS = 100000 };
    names *set = NULL;
    char stem[NAMES_STEM_SIZE];
    (void)state;
    assert_int_equal(names_create(cp932(), &set), KINMU_OK);
    for (int i = 0; i < USERS; i++) {
        char user[32];
        (void)snprintf(user, sizeof user, i % 2 == 0 ? "user%d" : "user/%d", i);
        assert_int_equal(names_take(set, user, stem), KINMU_OK);
    }
    assert_int_equal(set->count, USERS);
    names_destroy(set);
}

static int forget(void **state) {
    (void)state;
    encoder_destroy(cp932());
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cp932_edges),
        cmocka_unit_test(cp932_is_loss_free),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(formulas_are_neutralised_for_people_only),
        cmocka_unit_test(line_breaks_are_one_space),
        cmocka_unit_test(legal_names_stay),
        cmocka_unit_test(dangerous_names_are_mapped_without_separators),
        cmocka_unit_test(collisions_without_regard_to_case_are_mapped),
        cmocka_unit_test(a_hundred_thousand_users_get_as_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
