/* csv/writing/xlsx.c - see xlsx.h. */
#include "writing/xlsx.h"

#include <xlsxwriter.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 256u /* more than any file of ours has */
#define FORMATS_MAX 16u  /* forms of one file */
#define WIDTH_ROWS 100u  /* so many rows say how wide a column is */
#define WIDTH_MIN 8
#define WIDTH_MAX 60
#define WHOLE_NUMBER_MAX (INT64_C(1) << 53) /* beyond it a cell's number is not exact */
#define CREATED 315532800                   /* 1980-01-01: no clock in the file */

typedef struct shown {
    char text[XLSX_FORMAT_SIZE];
    lxw_format *format;
} shown;

struct xlsx {
    lxw_workbook *book;
    lxw_worksheet *page;
    uint32_t row; /* of the page */
    uint32_t column;
    shown formats[FORMATS_MAX];
    uint32_t format_count;
    lxw_format *bold;
    char *headers[COLUMNS_MAX]; /* NULL without headers */
    uint32_t header_count;
    int32_t in_headers; /* the first row may be them */
    int32_t failed;     /* errno */
    uint8_t widths[COLUMNS_MAX];
};

/* libxlsxwriter's own codes, as far as a disk has to do with them. */
static int number_of(lxw_error error) {
    switch (error) {
    case LXW_NO_ERROR:
        return 0;
    case LXW_ERROR_MEMORY_MALLOC_FAILED:
        return ENOMEM;
    default:
        return errno != 0 ? errno : EIO;
    }
}

static void keep(xlsx *x, lxw_error error) {
    x->failed = x->failed == 0 ? number_of(error) : x->failed;
}

static void begin_page(xlsx *x) {
    x->page = workbook_add_worksheet(x->book, NULL);
    x->row = 0;
    x->column = 0;
    if (x->page == NULL) {
        x->failed = x->failed == 0 ? ENOMEM : x->failed;
    }
}

int xlsx_create(const char *path, const char *scratch, xlsx **out) {
    xlsx *x = calloc(1, sizeof *x);
    if (x == NULL) {
        return ENOMEM;
    }
    lxw_workbook_options options = {
        .constant_memory = LXW_TRUE, .tmpdir = (char *)(uintptr_t)scratch, .use_zip64 = LXW_FALSE};
    lxw_doc_properties about = {.created = CREATED};
    x->book = workbook_new_opt(path, &options);
    x->in_headers = 1;
    if (x->book != NULL) {
        x->bold = workbook_add_format(x->book);
        keep(x, workbook_set_properties(x->book, &about));
        begin_page(x);
    }
    if (x->book == NULL || x->bold == NULL || x->failed != 0) {
        (void)xlsx_close(x, 0);
        return ENOMEM;
    }
    format_set_bold(x->bold);
    *out = x;
    return 0;
}

/* Full-width characters take two places. */
static size_t measure_text(const char *text) {
    size_t width = 0;
    for (const char *at = text; *at != '\0'; at++) {
        uint8_t byte = (uint8_t)*at;
        width += byte < 0x80 ? 1 : byte >= 0xE0 ? 2 : byte >= 0xC0;
    }
    return width;
}

static void widen(xlsx *x, const char *text) {
    if (x->row < WIDTH_ROWS && x->column < COLUMNS_MAX) {
        size_t width = measure_text(text) + 1;
        width = width > WIDTH_MAX ? WIDTH_MAX : width;
        x->widths[x->column] = width > x->widths[x->column] ? (uint8_t)width : x->widths[x->column];
    }
}

/* Where Excel's limit lies, in its own counting: a character beyond U+FFFF is two. */
static size_t find_cut(const char *text) {
    size_t count = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        uint8_t byte = (uint8_t)text[i];
        count += byte >= 0xF0 ? 2 : (byte & 0xC0) != 0x80;
        if (count > XLSX_CELL_CHARACTERS_MAX) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void put_text(xlsx *x, const char *text, lxw_format *format) {
    if (x->failed == 0 && text[0] != '\0') {
        keep(x, worksheet_write_string(x->page, x->row, (lxw_col_t)x->column, text, format));
    }
    widen(x, text);
    x->column++;
}

static void keep_header(xlsx *x, const char *text) {
    if (x->in_headers && x->header_count < COLUMNS_MAX) {
        size_t size = strlen(text) + 1;
        char *copy = malloc(size);
        if (copy == NULL) {
            x->failed = ENOMEM;
            return;
        }
        x->headers[x->header_count++] = memcpy(copy, text, size);
    }
}

int32_t xlsx_text(xlsx *x, const char *text) {
    size_t cut = find_cut(text);
    keep_header(x, text);
    if (cut == SIZE_MAX) {
        put_text(x, text, NULL);
        return 0;
    }
    char *part = malloc(cut + 1);
    if (part == NULL) {
        x->failed = ENOMEM;
        return 0;
    }
    memcpy(part, text, cut);
    part[cut] = '\0';
    put_text(x, part, NULL);
    free(part);
    return 1;
}

void xlsx_number(xlsx *x, int64_t number) {
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    if (number > WHOLE_NUMBER_MAX || number < -WHOLE_NUMBER_MAX) {
        put_text(x, text, NULL);
        return;
    }
    if (x->failed == 0) {
        keep(x,
             worksheet_write_number(x->page, x->row, (lxw_col_t)x->column, (double)number, NULL));
    }
    widen(x, text);
    x->column++;
}

static lxw_format *find_format(xlsx *x, const char *text) {
    for (uint32_t i = 0; i < x->format_count; i++) {
        if (strcmp(x->formats[i].text, text) == 0) {
            return x->formats[i].format;
        }
    }
    lxw_format *format = x->format_count < FORMATS_MAX ? workbook_add_format(x->book) : NULL;
    if (format != NULL) {
        shown *one = &x->formats[x->format_count++];
        (void)snprintf(one->text, sizeof one->text, "%s", text);
        one->format = format;
        format_set_num_format(format, text);
    }
    return format;
}

void xlsx_plain(xlsx *x, const char *text) {
    char form[XLSX_FORMAT_SIZE];
    double number = 0;
    lxw_format *format = xlsx_read_plain(text, &number, form) ? find_format(x, form) : NULL;
    if (format == NULL) {
        put_text(x, text, NULL);
        return;
    }
    if (x->failed == 0) {
        keep(x, worksheet_write_number(x->page, x->row, (lxw_col_t)x->column, number, format));
    }
    widen(x, text);
    x->column++;
}

void xlsx_blank(xlsx *x) {
    x->column++;
}

static void write_headers(xlsx *x) {
    for (uint32_t i = 0; i < x->header_count; i++) {
        put_text(x, x->headers[i], x->bold);
    }
    worksheet_freeze_panes(x->page, 1, 0);
    x->row = 1;
    x->column = 0;
}

static void set_widths(xlsx *x) {
    for (uint32_t i = 0; i < COLUMNS_MAX; i++) {
        if (x->widths[i] > WIDTH_MIN) {
            keep(x, worksheet_set_column(x->page, (lxw_col_t)i, (lxw_col_t)i, x->widths[i], NULL));
        }
    }
}

static void forget_headers(xlsx *x) {
    for (uint32_t i = 0; i < x->header_count; i++) {
        free(x->headers[i]);
    }
    x->header_count = 0;
}

void xlsx_end_row(xlsx *x) {
    if (x->in_headers) {
        x->in_headers = 0;
        forget_headers(x); /* it was a row like any other */
    }
    x->row++;
    x->column = 0;
    if (x->row == XLSX_PAGE_ROWS_MAX && x->failed == 0) {
        set_widths(x);
        begin_page(x);
        if (x->failed == 0 && x->header_count > 0) {
            write_headers(x);
        }
    }
}

void xlsx_end_headers(xlsx *x) {
    x->in_headers = 0;
    x->column = 0;
    if (x->failed == 0) {
        write_headers(x); /* over the same cells: in constant memory a row may be written anew */
    }
}

int xlsx_close(xlsx *x, int32_t is_wanted) {
    if (x == NULL) {
        return 0;
    }
    if (x->failed == 0 && is_wanted) {
        set_widths(x);
    }
    errno = 0;
    int number = x->failed;
    if (is_wanted && number == 0) {
        number = number_of(workbook_close(x->book)); /* frees it */
    } else {
        lxw_workbook_free(x->book);
    }
    forget_headers(x);
    free(x);
    return number;
}
