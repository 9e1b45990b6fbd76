/* csv/writing/sheet.c - the cells of a file, CSV or workbook. See sheet.h; files are folder.c's. */
#include "writing/sheet_internal.h"

#include "writing/cell.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sheet_flush(sheet *s) {
    if (s->failed == 0 && s->entry != NULL) {
        s->failed = archive_write(s->entry, s->buffer, s->filled);
    } else if (s->failed == 0 && fwrite(s->buffer, 1, s->filled, s->file) != s->filled) {
        s->failed = errno != 0 ? errno : EIO;
    }
    s->filled = 0;
}

void sheet_put(sheet *s, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    while (size > STREAM_BYTES - s->filled) {
        size_t part = STREAM_BYTES - s->filled;
        memcpy(s->buffer + s->filled, from, part);
        s->filled = STREAM_BYTES;
        sheet_flush(s);
        from += part;
        size -= part;
    }
    memcpy(s->buffer + s->filled, from, size);
    s->filled += size;
}

/* For the commas, quotes and digits that most of a file is made of. */
static void put_byte(sheet *s, char byte) {
    if (s->filled == STREAM_BYTES) {
        sheet_flush(s);
    }
    s->buffer[s->filled++] = (uint8_t)byte;
}

static void begin_cell(sheet *s) {
    if (s->cells++ > 0) {
        put_byte(s, s->owner->style.separator[0]);
    }
}

static void count_unmapped(sheet *s, uint32_t code) {
    folder *f = s->owner;
    f->unmapped_total++;
    for (size_t i = s->missing_from; i < f->missing_count; i++) {
        if (f->missing[i].file == s->index && f->missing[i].code == code) {
            f->missing[i].count++;
            return;
        }
    }
    if (f->missing_count - s->missing_from >= SHEET_UNMAPPED_PER_FILE_MAX ||
        f->missing_count >= SHEET_UNMAPPED_MAX) {
        return;
    }
    if (f->missing_count == f->missing_capacity) {
        size_t capacity = f->missing_capacity == 0 ? 64 : f->missing_capacity * 2;
        unmapped *bigger = realloc(f->missing, capacity * sizeof *bigger);
        if (bigger == NULL) {
            s->failed = ENOMEM;
            return;
        }
        f->missing = bigger;
        f->missing_capacity = capacity;
    }
    f->missing[f->missing_count++] = (unmapped){s->index, code, 1, s->row + 1};
}

static void put_character(sheet *s, uint32_t code) {
    uint8_t bytes[ENCODE_BYTES_MAX];
    size_t size = encoder_character(s->owner->enc, code, bytes);
    if (size == 0) {
        count_unmapped(s, code);
        size = encoder_character(s->owner->enc, s->owner->style.replacement, bytes);
    }
    sheet_put(s, bytes, size);
}

/* As many characters as the buffer has room for, at least one. */
static void put_run(sheet *s, const char *text, size_t size, size_t *at) {
    if (STREAM_BYTES - s->filled < ENCODE_BYTES_MAX) {
        sheet_flush(s);
    }
    size_t length =
        encoder_run(s->owner->enc, text, size, at, s->buffer + s->filled, STREAM_BYTES - s->filled);
    s->filled += length;
    if (length == 0) {
        put_character(s, cell_next(text, size, at));
    }
}

/* What does not stand in a cell as it is. */
static void put_odd_text(sheet *s, const char *text, size_t size) {
    for (size_t at = 0; at < size;) {
        size_t plain = cell_plain(text + at, size - at);
        if (plain > 0) {
            sheet_put(s, text + at, plain);
            at += plain;
        } else if ((uint8_t)text[at] >= 0x80) {
            put_run(s, text, size, &at);
        } else {
            uint32_t code = cell_next(text, size, &at);
            if (code == '"') {
                put_byte(s, '"');
            }
            put_character(s, code);
        }
    }
}

static void put_cell(sheet *s, const char *text, size_t size) {
    int32_t is_quoted = cell_needs_quotes(text, size);
    if (is_quoted) {
        put_byte(s, '"');
    }
    if (cell_needs_apostrophe(s->owner->style.profile, text, size)) {
        put_byte(s, '\'');
    }
    if (cell_plain(text, size) == size) {
        sheet_put(s, text, size);
    } else {
        put_odd_text(s, text, size);
    }
    if (is_quoted) {
        put_byte(s, '"');
    }
}

/* What is not in the charset is counted each time, so it is not remembered. */
static void put_and_remember(sheet *s, remembered *column, const char *text, size_t size) {
    if (STREAM_BYTES - s->filled < REMEMBERED_CELL_BYTES) {
        sheet_flush(s);
    }
    uint64_t unmapped_before = s->owner->unmapped_total;
    size_t from = s->filled;
    put_cell(s, text, size);
    column->text_size = 0;
    if (s->owner->unmapped_total == unmapped_before) {
        column->text_size = (uint32_t)size;
        column->cell_size = (uint32_t)(s->filled - from);
        memcpy(column->text, text, size);
        memcpy(column->cell, s->buffer + from, column->cell_size);
    }
}

static void put_csv_text(sheet *s, const char *text, size_t size) {
    begin_cell(s);
    if (size == 0) {
        return;
    }
    if (size > REMEMBERED_TEXT_BYTES || s->cells > REMEMBERED_COLUMNS) {
        put_cell(s, text, size);
        return;
    }
    remembered *column = &s->columns[s->cells - 1];
    if (column->text_size == size && memcmp(column->text, text, size) == 0) {
        sheet_put(s, column->cell, column->cell_size);
    } else {
        put_and_remember(s, column, text, size);
    }
}

/* What XML has no place for; control characters libxlsxwriter writes in Excel's own way. */
static int32_t is_unwritable(uint32_t code) {
    return code == 0xFFFE || code == 0xFFFF;
}

/* In the sheet's buffer, which a workbook needs for nothing else. */
static void put_book_text(sheet *s, const char *text, size_t size) {
    s->filled = 0;
    for (size_t at = 0; at < size && s->filled + ENCODE_BYTES_MAX < STREAM_BYTES * 2;) {
        uint32_t code = cell_next(text, size, &at);
        if (is_unwritable(code)) {
            count_unmapped(s, code);
            code = s->owner->style.replacement;
        }
        s->filled += encode_utf8(code, s->buffer + s->filled);
    }
    s->buffer[s->filled] = '\0';
    s->filled = 0;
    (void)xlsx_text(s->book, (const char *)s->buffer);
}

void sheet_text(sheet *s, const char *text, size_t size) {
    if (s->book != NULL) {
        put_book_text(s, text, size);
    } else {
        put_csv_text(s, text, size);
    }
}

void sheet_string(sheet *s, const char *text) {
    sheet_text(s, text, strlen(text));
}

void sheet_plain(sheet *s, const char *ascii) {
    if (s->book != NULL) {
        xlsx_plain(s->book, ascii);
        return;
    }
    begin_cell(s);
    sheet_put(s, ascii, strlen(ascii));
}

void sheet_number(sheet *s, int64_t number) {
    if (s->book != NULL) {
        xlsx_number(s->book, number);
        return;
    }
    begin_cell(s);
    if (number >= 0 && number < 10) { /* most counters of most minutes */
        put_byte(s, (char)('0' + number));
        return;
    }
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    sheet_put(s, digits + at, sizeof digits - at);
}

void sheet_blank(sheet *s) {
    if (s->book != NULL) {
        xlsx_blank(s->book);
        return;
    }
    begin_cell(s);
}

void sheet_end_row(sheet *s) {
    s->row++;
    if (s->book != NULL) {
        xlsx_end_row(s->book);
        return;
    }
    sheet_put(s, s->owner->style.line_end, strlen(s->owner->style.line_end));
    s->cells = 0;
}

void sheet_end_headers(sheet *s) {
    if (s->book == NULL) {
        sheet_end_row(s);
        return;
    }
    s->row++;
    xlsx_end_headers(s->book);
}
