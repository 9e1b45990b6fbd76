/* people_csv_test.c - files as they come: what is malformed is refused with its place (X21), CP932
 * at its edges comes in and goes out the same (X22). */
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"

#include "plugins/connectors/people/csv.c"
#include "plugins/shared/memory.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef struct bench {
    memory memory;
    decoding *utf8, *cp932;
} bench;

static int setup(void **state) {
    bench *s = calloc(1, sizeof *s);
    kinmu_err err;
    *state = s;
    return decoding_create(ENCODE_UTF8_BOM, &s->utf8, &err) |
           decoding_create(ENCODE_CP932, &s->cp932, &err);
}

static int teardown(void **state) {
    bench *s = *state;
    decoding_destroy(s->utf8);
    decoding_destroy(s->cp932);
    memory_free(&s->memory);
    free(s);
    return 0;
}

static void what_the_bytes_are_is_said(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        uint32_t charset;
        const char *code;
    } files[] = {
        {"", 0, ENCODE_CP932, "file.empty"},
        {"\xEF\xBB\xBFx", 4, ENCODE_CP932, "file.utf8-bom"},
        {"\xEF\xBB\xBFx", 4, ENCODE_UTF8_BOM, NULL},
        {"\xE6\x9B\xB4", 3, ENCODE_CP932, "file.utf8"},
        {"\xE6\x9B\xB4", 3, ENCODE_UTF8_BOM, NULL},
        {"\x8D\x58,", 3, ENCODE_CP932, NULL},
        {"\x8D\x58,", 3, ENCODE_UTF8_BOM, "file.not-utf8"},
        {"\xFF\xFEx\0", 4, ENCODE_CP932, "file.utf16"},
        {"\xFE\xFF\0x", 4, ENCODE_CP932, "file.utf16"},
        {"a\0b\0", 4, ENCODE_CP932, "file.utf16"},
        {"PK\x03\x04", 4, ENCODE_CP932, "file.zip"},
        {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, ENCODE_CP932, "file.ole"},
        {"%PDF-1.4", 8, ENCODE_CP932, "file.binary"},
        {"plain", 5, ENCODE_CP932, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const char *code =
            csv_refuse_bytes((const uint8_t *)files[i].bytes, files[i].size, files[i].charset);
        if (files[i].code == NULL) {
            assert_null(code);
        } else {
            assert_non_null(code);
            assert_string_equal(code, files[i].code);
        }
    }
}

static void what_is_no_csv_is_refused_with_its_place(void **state) {
    static const struct {
        const char *text, *code;
        uint32_t line, column;
    } bad[] = {
        {"a,b\r\n\"c\rd\",e\r\nf\rg", "csv.line-end", 3, 1},
        {"a,b\n1,\"2\n3,4\n", "csv.quote-open", 2, 2},
        {"a,b\n1,\"2\"x\n", "csv.quote-after", 2, 2},
        {"a,b\n1,2\"x\n", "csv.quote-inside", 2, 2},
        {"a,b\n\"1\n2\",\"x\"y\n", "csv.quote-after", 3, 2},
        {"a,b\n1,\x01\n", "csv.control", 2, 2},
        {"a,b\n\x80,1\n", "csv.character", 2, 1},
        {"a,b\n1,\x81", "csv.character", 2, 2},
        {"\n\n", "file.empty", 1, 1},
    };
    bench *s = *state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        csv_sheet sheet;
        csv_fault fault = {NULL, 0, 0};
        assert_int_equal(csv_read(&s->memory, s->cp932, (const uint8_t *)bad[i].text,
                                  strlen(bad[i].text), &sheet, &fault),
                         KINMU_E_REJECT);
        assert_string_equal(fault.code, bad[i].code);
        assert_int_equal(fault.line, bad[i].line);
        assert_int_equal(fault.column, bad[i].column);
    }
}

static void cells_are_read_as_written(void **state) {
    static const char text[] =
        "h,i\n a , \"b \" ,\n# comment, with \" anything\n\"\"\"\",\n\n,\"x\ny\"";
    bench *s = *state;
    csv_sheet sheet;
    csv_fault fault;
    assert_int_equal(
        csv_read(&s->memory, s->utf8, (const uint8_t *)text, sizeof text - 1, &sheet, &fault),
        KINMU_OK);
    assert_int_equal(sheet.count, 3);
    assert_int_equal(sheet.records[0].count, 3);
    assert_string_equal(sheet.records[0].cells[0], "a");
    assert_string_equal(sheet.records[0].cells[1], "b ");
    assert_string_equal(sheet.records[0].cells[2], "");
    assert_string_equal(sheet.records[1].cells[0], "\"");
    assert_string_equal(sheet.records[2].cells[1], "x\ny");
    assert_int_equal(sheet.records[2].line, 6);
    assert_int_equal(sheet.comment_count, 1);
}

static void a_huge_cell_and_many_columns_are_bounded(void **state) {
    bench *s = *state;
    csv_sheet sheet;
    csv_fault fault;
    size_t size = 1u << 20;
    uint8_t *text = malloc(size);
    memset(text, 'x', size);
    assert_int_equal(csv_read(&s->memory, s->utf8, text, size, &sheet, &fault), KINMU_E_REJECT);
    assert_string_equal(fault.code, "csv.cell-long");
    memset(text, ',', size);
    assert_int_equal(csv_read(&s->memory, s->utf8, text, size, &sheet, &fault), KINMU_E_REJECT);
    assert_string_equal(fault.code, "csv.columns");
    free(text);
    assert_string_equal(
        csv_refuse_bytes((const uint8_t *)"x", CSV_FILE_BYTES_MAX + 1, ENCODE_CP932), "file.large");
}

/* X22: every character CP932 has comes in and goes out as the same bytes (those Windows writes). */
static void cp932_comes_and_goes(void **state) {
    bench *s = *state;
    encoder *enc = NULL;
    kinmu_err err;
    assert_int_equal(encoder_create(ENCODE_CP932, &enc, &err), KINMU_OK);
    static const struct {
        const char *bytes;
        uint32_t code;
    } edges[] = {{"\x81\x60", 0xFF5E}, {"\x81\x7C", 0xFF0D}, {"\x81\x61", 0x2225},
                 {"\x81\x91", 0xFFE0}, {"\xFB\xFC", 0x9AD9}, {"\xFA\xB1", 0xFA11},
                 {"\x87\x40", 0x2460}, {"\x87\x8A", 0x3231}, {"\x95\x5C", 0x8868},
                 {"\x83\x5C", 0x30BD}, {"\x94\x5C", 0x80FD}, {"\x5C", 0x5C},
                 {"\xB1", 0xFF71}};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        size_t at = 0;
        assert_int_equal(
            decoding_next(s->cp932, (const uint8_t *)edges[i].bytes, strlen(edges[i].bytes), &at),
            edges[i].code);
        assert_int_equal(at, strlen(edges[i].bytes));
    }
    uint32_t known = 0;
    for (uint32_t lead = 0x81; lead <= 0xFC; lead++) {
        for (uint32_t trail = 0x40; trail <= 0xFC; trail++) {
            uint8_t pair[2] = {(uint8_t)lead, (uint8_t)trail};
            uint8_t back[ENCODE_BYTES_MAX];
            size_t at = 0;
            if (s->cp932->single[lead] != 0) {
                continue; /* a half-width katakana */
            }
            uint32_t code = decoding_next(s->cp932, pair, 2, &at);
            if (code == ENCODE_BAD_CHARACTER) {
                assert_int_equal(at, 1);
                continue;
            }
            size_t again = 0;
            known++;
            assert_int_equal(encoder_character(enc, code, back), 2);
            assert_int_equal(decoding_next(s->cp932, back, 2, &again), code);
        }
    }
    assert_in_range(known, 7000, 12000);
    encoder_destroy(enc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_bytes_are_is_said),
        cmocka_unit_test_setup_teardown(what_is_no_csv_is_refused_with_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(cells_are_read_as_written, setup, teardown),
        cmocka_unit_test_setup_teardown(a_huge_cell_and_many_columns_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(cp932_comes_and_goes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
