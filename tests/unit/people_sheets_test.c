/* people_sheets_test.c - the shipped list of public holidays against the law's rules, year by year.
 * The files of computers, accounts, calendars and attendance go through the daemon in
 * e2e/people.sh. */
#include "plugins/shared/encode.c"
#include "plugins/shared/encode_iconv.c"

#include "plugins/connectors/people/csv.c"
#include "plugins/shared/memory.c"
#include "plugins/shared/words.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HOLIDAYS KINMU_SOURCE_DIR "/plugins/connectors/people/holidays-jp.csv"
#define YEARS_FIRST 2025
#define YEARS_LAST 2027
#define MONDAY 1
#define SUNDAY 0

static int32_t weekday(int64_t days) {
    return (int32_t)((days + 4) % 7); /* 1970-01-01 was a Thursday */
}

/* The n-th Monday of a month. */
static int32_t monday(int32_t year, int32_t month, int32_t n) {
    int32_t first = weekday(kinmu_days_from_date(year, month, 1));
    return 1 + (MONDAY - first + 7) % 7 + (n - 1) * 7;
}

/* The usual formula of the equinoxes, good for 1980 to 2099. */
static int32_t equinox(int32_t year, double base) {
    return (int32_t)(base + 0.242194 * (year - 1980)) - (year - 1980) / 4;
}

/* 1 for each day of the year that the law makes a holiday or a 休日, by its place in the year. */
static void by_law(int32_t year, int32_t days[368]) {
    const int32_t fixed[][2] = {{1, 1},
                                {1, monday(year, 1, 2)},
                                {2, 11},
                                {2, 23},
                                {3, equinox(year, 20.8431)},
                                {4, 29},
                                {5, 3},
                                {5, 4},
                                {5, 5},
                                {7, monday(year, 7, 3)},
                                {8, 11},
                                {9, monday(year, 9, 3)},
                                {9, equinox(year, 23.2488)},
                                {10, monday(year, 10, 2)},
                                {11, 3},
                                {11, 23}};
    int64_t first = kinmu_days_from_date(year, 1, 1);
    int32_t named[370] = {0};
    memset(days, 0, 368 * sizeof *days);
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        named[kinmu_days_from_date(year, fixed[i][0], fixed[i][1]) - first] = 1;
    }
    for (int32_t d = 0; d < 366; d++) {
        days[d] |= named[d];
        if (named[d] && weekday(first + d) == SUNDAY) { /* the next day that is none */
            int32_t next = d + 1;
            while (named[next]) {
                next++;
            }
            days[next] = 1;
        }
        if (d > 0 && !named[d] && named[d - 1] && named[d + 1] && weekday(first + d) != SUNDAY) {
            days[d] = 1; /* between two holidays */
        }
    }
}

static void the_shipped_holidays_are_those_of_the_law(void **state) {
    static uint8_t data[1u << 16];
    memory m = {NULL, 0};
    decoding *cp932 = NULL;
    kinmu_err err;
    csv_sheet sheet;
    csv_fault fault = {NULL, 0, 0};
    int32_t listed[YEARS_LAST - YEARS_FIRST + 1][368] = {{0}};
    (void)state;
    FILE *file = fopen(HOLIDAYS, "rb");
    assert_non_null(file);
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    assert_int_equal(decoding_create(ENCODE_CP932, &cp932, &err), KINMU_OK);
    assert_int_equal(csv_read(&m, cp932, data, size, &sheet, &fault), KINMU_OK);
    assert_string_equal(sheet.header.cells[0], "国民の祝日・休日月日");
    for (uint32_t r = 0; r < sheet.count; r++) {
        char date[WORDS_DATE_SIZE];
        assert_int_equal(words_date(sheet.records[r].cells[0], date), 1);
        int32_t year = (int32_t)strtol(date, NULL, 10);
        assert_in_range(year, YEARS_FIRST, YEARS_LAST);
        int64_t at = kinmu_days_from_date(year, (int32_t)strtol(date + 5, NULL, 10),
                                          (int32_t)strtol(date + 8, NULL, 10)) -
                     kinmu_days_from_date(year, 1, 1);
        listed[year - YEARS_FIRST][at] = 1;
    }
    for (int32_t year = YEARS_FIRST; year <= YEARS_LAST; year++) {
        int32_t lawful[368];
        by_law(year, lawful);
        for (int32_t d = 0; d < 366; d++) {
            if (lawful[d] != listed[year - YEARS_FIRST][d]) {
                kinmu_civil civil;
                kinmu_date_from_days(kinmu_days_from_date(year, 1, 1) + d, &civil);
                fail_msg("%d-%02d-%02d: by law %d, in the file %d", civil.year, civil.month,
                         civil.day, lawful[d], listed[year - YEARS_FIRST][d]);
            }
        }
    }
    decoding_destroy(cp932);
    memory_free(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_holidays_are_those_of_the_law),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
