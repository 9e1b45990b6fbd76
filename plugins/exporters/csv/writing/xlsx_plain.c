/* csv/writing/xlsx_plain.c - which texts of ours are numbers in a workbook, and how they are shown.
 * Pure.
 *
 * Excel counts days since 1899-12-30 and writes the time as a fraction. The format shows what the
 * text was, whatever the locale: a slash would become the locale's own, so it is escaped.
 */
#include "writing/xlsx.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <string.h>

#define EXCEL_DAYS_OF_1970 25569
#define CLOCK_DIGITS_MAX 5
#define DECIMAL_DIGITS_MAX 12
#define DECIMAL_PLACES_MAX 4

static const char digits[] = "0123456789";

/* Reads exactly `count` digits; -1 when there are others. */
static int32_t read_digits(const char *text, size_t count) {
    int32_t number = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* " 09:00" or " 09:00:07" behind a date, in seconds; -1 for anything else. */
static int32_t read_time(const char *text) {
    size_t size = strlen(text);
    int32_t hour = size >= 6 && text[0] == ' ' && text[3] == ':' ? read_digits(text + 1, 2) : -1;
    int32_t minute = hour >= 0 ? read_digits(text + 4, 2) : -1;
    int32_t second = size == 6 ? 0 : size == 9 && text[6] == ':' ? read_digits(text + 7, 2) : -1;
    return minute < 0 || second < 0 || hour > 23 || minute > 59 || second > 59
               ? -1
               : (hour * 60 + minute) * 60 + second;
}

static int32_t read_date(const char *text, double *number, char format[XLSX_FORMAT_SIZE]) {
    kinmu_civil back;
    if (strlen(text) < 10 || (text[4] != '/' && text[4] != '-') || text[7] != text[4]) {
        return 0;
    }
    int32_t year = read_digits(text, 4);
    int32_t month = read_digits(text + 5, 2);
    int32_t day = read_digits(text + 8, 2);
    int32_t second = text[10] == '\0' ? 0 : read_time(text + 10);
    if (year < 1901 || month < 1 || day < 1 || second < 0) {
        return 0;
    }
    int64_t days = kinmu_days_from_date(year, month, day);
    kinmu_date_from_days(days, &back);
    if (back.month != month || back.day != day) {
        return 0;
    }
    *number = (double)(days + EXCEL_DAYS_OF_1970) + second / 86400.0;
    (void)snprintf(format, XLSX_FORMAT_SIZE, "yyyy\\%cmm\\%cdd%s", text[4], text[4],
                   text[10] == '\0'     ? ""
                   : strlen(text) == 16 ? " hh:mm"
                                        : " hh:mm:ss");
    return 1;
}

static int32_t read_clock(const char *text, double *number, char format[XLSX_FORMAT_SIZE]) {
    size_t size = strspn(text, digits);
    if (size == 0 || size > CLOCK_DIGITS_MAX || text[size] != ':' || strlen(text) != size + 3) {
        return 0;
    }
    int32_t hours = read_digits(text, size);
    int32_t minutes = read_digits(text + size + 1, 2);
    if (minutes < 0 || minutes > 59 || (size > 2 && text[0] == '0')) {
        return 0;
    }
    *number = (hours * 60 + minutes) / 1440.0;
    (void)snprintf(format, XLSX_FORMAT_SIZE, "%s", size == 1 ? "[h]:mm" : "[hh]:mm");
    return 1;
}

static int32_t read_decimal(const char *text, double *number, char format[XLSX_FORMAT_SIZE]) {
    int32_t is_negative = text[0] == '-';
    text += is_negative;
    size_t whole = strspn(text, digits);
    size_t places = text[whole] == '.' ? strspn(text + whole + 1, digits) : 0;
    if (whole == 0 || places == 0 || places > DECIMAL_PLACES_MAX ||
        whole + places > DECIMAL_DIGITS_MAX || text[whole + 1 + places] != '\0' ||
        (whole > 1 && text[0] == '0')) {
        return 0;
    }
    int64_t all = 0;
    int64_t divisor = 1;
    for (size_t i = 0; i < whole + 1 + places; i++) {
        all = i == whole ? all : all * 10 + (text[i] - '0');
        divisor = i > whole ? divisor * 10 : divisor;
    }
    *number = (double)(is_negative ? -all : all) / (double)divisor;
    (void)snprintf(format, XLSX_FORMAT_SIZE, "0.%.*s", (int)places, "0000");
    return 1;
}

int32_t xlsx_read_plain(const char *text, double *number, char format[XLSX_FORMAT_SIZE]) {
    return read_date(text, number, format) || read_clock(text, number, format) ||
           read_decimal(text, number, format);
}
