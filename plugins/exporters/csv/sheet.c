/* csv/sheet.c - CSV files through stdio, workbooks by xlsx.h. See sheet.h.
 *
 * Standard C only: the exclusive mode of fopen keeps a link somebody planted from being followed.
 */
#include "sheet.h"

#include "cell.h"
#include "xlsx.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEMPORARY_SUFFIX ".part"
#define UNMAPPED_NAME "unmapped.csv"
#define UNMAPPED_HEADERS "ファイル名,文字コード,件数,最初の行"
#define STREAM_BYTES 65536
#define HEADER_SIZE 128 /* longer than any column's name */

typedef struct unmapped {
    size_t file; /* index into folder.names */
    uint32_t code;
    uint64_t count;
    uint64_t first_row;
} unmapped;

typedef struct output {
    char name[SHEET_NAME_SIZE];
    archive *into; /* an entry of this one, and no file of the folder; else NULL */
} output;

struct folder {
    char *directory;
    folder_style style;
    encoder *enc;
    output *names; /* files of temporary name, in order of making */
    size_t name_count;
    size_t name_capacity;
    unmapped *missing;
    size_t missing_count;
    size_t missing_capacity;
    uint64_t unmapped_total;
    char *scratch; /* its path, or NULL */
};

struct sheet {
    folder *owner;
    FILE *file;                       /* NULL for a workbook */
    xlsx *book;                       /* NULL for CSV */
    size_t index;                     /* into owner->names */
    size_t missing_from;              /* first entry of this file in owner->missing */
    uint64_t row;                     /* from 1, the header */
    int32_t in_row;                   /* a cell stands in this row already */
    int32_t failed;                   /* errno of the first failed write */
    size_t filled;                    /* of the buffer: most writes are a byte or two */
    uint8_t buffer[STREAM_BYTES * 2]; /* of a workbook: one text, before Excel's limit cuts it */
};

static int32_t fail_file(kinmu_err *err, const char *verb, const char *name, int32_t number) {
    (void)snprintf(err->key, sizeof err->key, "csv.write");
    (void)snprintf(err->msg, sizeof err->msg,
                   "csv: cannot %s \"%s\": %s; free space or fix the folder, then export again",
                   verb, name, strerror(number));
    return KINMU_E_RETRY;
}

/* DIRECTORY/NAME, with the temporary suffix or without; malloc. */
static char *make_path(const folder *f, size_t index, int32_t is_temporary) {
    size_t size = strlen(f->directory) + SHEET_NAME_SIZE + sizeof TEMPORARY_SUFFIX + 1;
    char *path = malloc(size);
    if (path != NULL) {
        int length = snprintf(path, size, "%s/", f->directory);
        (void)snprintf(path + length, size - (size_t)length, "%s%s", f->names[index].name,
                       is_temporary ? TEMPORARY_SUFFIX : "");
        for (char *at = path + length; *at != '\0'; at++) {
            *at = *at == '/' ? '_' : *at; /* an entry on its way into its archive */
        }
    }
    return path;
}

int32_t folder_create(const char *directory, const folder_style *style, folder **out,
                      kinmu_err *err) {
    folder *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return KINMU_E_NOMEM;
    }
    f->style = *style;
    size_t size = strlen(directory) + 1;
    f->directory = malloc(size);
    int32_t status =
        f->directory != NULL ? encoder_create(style->charset, &f->enc, err) : KINMU_E_NOMEM;
    if (status != KINMU_OK) {
        folder_destroy(f);
        return status;
    }
    memcpy(f->directory, directory, size);
    *out = f;
    return KINMU_OK;
}

const encoder *folder_encoder(const folder *f) {
    return f->enc;
}

uint64_t folder_unmapped(const folder *f) {
    return f->unmapped_total;
}

void folder_name(const folder *f, const char *name, char out[SHEET_NAME_SIZE]) {
    size_t size = strlen(name);
    size_t kept = size > 4 && strcmp(name + size - 4, ".csv") == 0 ? size - 4 : size;
    (void)snprintf(out, SHEET_NAME_SIZE, "%.*s%s", (int)(f->style.is_xlsx ? kept : size), name,
                   f->style.is_xlsx ? ".xlsx" : "");
}

int32_t folder_has(const folder *f, const char *name) {
    char written[SHEET_NAME_SIZE];
    folder_name(f, name, written);
    for (size_t i = 0; i < f->name_count; i++) {
        if (strcmp(f->names[i].name, written) == 0) {
            return 1;
        }
    }
    return strcmp(name, UNMAPPED_NAME) == 0;
}

static int32_t add_name(folder *f, const char *name, archive *into) {
    if (f->name_count == f->name_capacity) {
        size_t capacity = f->name_capacity == 0 ? 64 : f->name_capacity * 2;
        void *bigger = capacity <= (size_t)SHEET_FILES_MAX * 2
                           ? realloc(f->names, capacity * sizeof *f->names)
                           : NULL;
        if (bigger == NULL) {
            return KINMU_E_NOMEM;
        }
        f->names = bigger;
        f->name_capacity = capacity;
    }
    f->names[f->name_count].into = into;
    (void)snprintf(f->names[f->name_count++].name, SHEET_NAME_SIZE, "%s", name);
    return KINMU_OK;
}

static void flush(sheet *s) {
    if (s->failed == 0 && fwrite(s->buffer, 1, s->filled, s->file) != s->filled) {
        s->failed = errno != 0 ? errno : EIO;
    }
    s->filled = 0;
}

static void put(sheet *s, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    while (size > STREAM_BYTES - s->filled) {
        size_t part = STREAM_BYTES - s->filled;
        memcpy(s->buffer + s->filled, from, part);
        s->filled = STREAM_BYTES;
        flush(s);
        from += part;
        size -= part;
    }
    memcpy(s->buffer + s->filled, from, size);
    s->filled += size;
}

static void put_headers(sheet *s, const char *headers) {
    while (*headers != '\0') {
        size_t size = strcspn(headers, ",");
        char name[HEADER_SIZE];
        size_t kept = 0;
        for (size_t i = 0; i < size && kept < sizeof name; i++) {
            if (headers[i] != ' ' || s->owner->style.spaced) {
                name[kept++] = headers[i];
            }
        }
        sheet_text(s, name, kept);
        headers += size + (headers[size] == ',');
    }
    sheet_end_headers(s);
}

int32_t folder_open_sheet(folder *f, const char *name, const char *headers, sheet **out,
                          kinmu_err *err) {
    return folder_open_entry(f, NULL, name, headers, out, err);
}

/* A file nobody had before, at `path`. A workbook is written by name at its end: into the file made
 * here. */
static int open_file(sheet *s, const char *path) {
    errno = 0;
    (void)remove(path); /* left by an export that was killed */
    s->file = fopen(path, "wbx");
    if (s->file == NULL) {
        return errno != 0 ? errno : EIO;
    }
    (void)setvbuf(s->file, NULL, _IONBF, 0);
    if (!s->owner->style.is_xlsx) {
        return 0;
    }
    (void)fclose(s->file);
    s->file = NULL;
    return xlsx_create(path, s->owner->directory, &s->book);
}

int32_t folder_open_entry(folder *f, archive *into, const char *name, const char *headers,
                          sheet **out, kinmu_err *err) {
    char written[SHEET_NAME_SIZE];
    folder_name(f, name, written);
    sheet *s = calloc(1, sizeof *s);
    if (s == NULL || add_name(f, written, into) != KINMU_OK) {
        free(s);
        return KINMU_E_NOMEM;
    }
    s->owner = f;
    s->index = f->name_count - 1;
    s->missing_from = f->missing_count;
    char *path = make_path(f, s->index, 1);
    int number = path != NULL ? open_file(s, path) : ENOMEM;
    free(path);
    if (number != 0) {
        f->name_count--; /* not ours to remove */
        free(s);
        return number == ENOMEM ? KINMU_E_NOMEM : fail_file(err, "create", written, number);
    }
    size_t size = 0;
    const uint8_t *prefix = encoder_prefix(f->enc, &size);
    put(s, prefix, f->style.is_xlsx ? 0 : size);
    if (headers != NULL && !f->style.without_headers) {
        put_headers(s, headers);
    }
    *out = s;
    return KINMU_OK;
}

int32_t folder_open_archive(folder *f, const char *name, archive **out, kinmu_err *err) {
    if (add_name(f, name, NULL) != KINMU_OK) {
        return KINMU_E_NOMEM;
    }
    char *path = make_path(f, f->name_count - 1, 1);
    int number = ENOMEM;
    if (path != NULL) {
        (void)remove(path); /* left by an export that was killed */
        number = archive_create(path, f->style.charset != ENCODE_CP932, out);
    }
    free(path);
    if (number != 0) {
        f->name_count--; /* not ours to remove */
        return fail_file(err, "create", name, number);
    }
    return KINMU_OK;
}

int32_t folder_close_archive(archive *a, const char *name, kinmu_err *err) {
    int number = archive_close(a);
    return number == 0 ? KINMU_OK : fail_file(err, "write", name, number);
}

int32_t folder_open_scratch(folder *f, const char *name, FILE **out, kinmu_err *err) {
    size_t size = strlen(f->directory) + strlen(name) + sizeof "/" TEMPORARY_SUFFIX;
    char *path = malloc(size);
    if (path == NULL) {
        return KINMU_E_NOMEM;
    }
    (void)snprintf(path, size, "%s/%s%s", f->directory, name, TEMPORARY_SUFFIX);
    (void)remove(path); /* left by an export that was killed */
    *out = fopen(path, "w+bx");
    if (*out == NULL) {
        int number = errno;
        free(path);
        return fail_file(err, "create", name, number);
    }
    f->scratch = path;
    return KINMU_OK;
}

static void begin_cell(sheet *s) {
    if (s->in_row) {
        put(s, s->owner->style.separator, 1);
    }
    s->in_row = 1;
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
    put(s, bytes, size);
}

/* ASCII that stands in a cell as it is, in every charset. */
static size_t count_plain(const char *text, size_t size) {
    size_t count = 0;
    while (count < size && text[count] >= ' ' && text[count] <= '~' && text[count] != '"' &&
           text[count] != '\\') {
        count++;
    }
    return count;
}

static void put_csv_text(sheet *s, const char *text, size_t size) {
    begin_cell(s);
    int32_t is_quoted = cell_needs_quotes(text, size);
    if (is_quoted) {
        put(s, "\"", 1);
    }
    if (cell_needs_apostrophe(s->owner->style.profile, text, size)) {
        put(s, "'", 1);
    }
    for (size_t at = 0; at < size;) {
        size_t plain = count_plain(text + at, size - at);
        if (plain > 0) {
            put(s, text + at, plain);
            at += plain;
            continue;
        }
        uint32_t code = cell_next(text, size, &at);
        if (code == '"') {
            put(s, "\"", 1);
        }
        put_character(s, code);
    }
    if (is_quoted) {
        put(s, "\"", 1);
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
    put(s, ascii, strlen(ascii));
}

void sheet_number(sheet *s, int64_t number) {
    if (s->book != NULL) {
        xlsx_number(s->book, number);
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
    begin_cell(s);
    put(s, digits + at, sizeof digits - at);
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
    put(s, s->owner->style.line_end, strlen(s->owner->style.line_end));
    s->in_row = 0;
}

void sheet_end_headers(sheet *s) {
    if (s->book == NULL) {
        sheet_end_row(s);
        return;
    }
    s->row++;
    xlsx_end_headers(s->book);
}

/* An entry's name in the bytes its archive promises. */
static void encode_name(const folder *f, const char *name, char out[SHEET_NAME_SIZE * 2]) {
    size_t size = strlen(name);
    size_t filled = 0;
    for (size_t at = 0; at < size && filled + ENCODE_BYTES_MAX < (size_t)SHEET_NAME_SIZE * 2;) {
        uint8_t bytes[ENCODE_BYTES_MAX];
        size_t length = encoder_character(f->enc, encode_next(name, size, &at), bytes);
        memcpy(out + filled, bytes, length);
        filled += length;
    }
    out[filled] = '\0';
}

static int32_t move_into_archive(folder *f, size_t index, kinmu_err *err) {
    const output *entry = &f->names[index];
    const char *slash = strchr(entry->name, '/');
    char name[SHEET_NAME_SIZE * 2];
    char *path = make_path(f, index, 1);
    if (path == NULL) {
        return KINMU_E_NOMEM;
    }
    encode_name(f, slash != NULL ? slash + 1 : entry->name, name);
    int number = archive_take(entry->into, path, name);
    (void)remove(path);
    free(path);
    return number == 0 ? KINMU_OK : fail_file(err, "write", entry->name, number);
}

static void close_file(sheet *s) {
    errno = 0;
    if (s->book != NULL) {
        int number = xlsx_close(s->book, s->failed == 0);
        s->failed = s->failed == 0 ? number : s->failed;
        return;
    }
    flush(s);
    if (fclose(s->file) != 0 && s->failed == 0) {
        s->failed = errno != 0 ? errno : EIO;
    }
}

int32_t sheet_close(sheet *s, kinmu_err *err) {
    if (s == NULL) {
        return KINMU_OK;
    }
    close_file(s);
    int32_t status = KINMU_OK;
    if (s->failed != 0) {
        status = fail_file(err, "write", s->owner->names[s->index].name, s->failed);
    } else if (s->owner->names[s->index].into != NULL) {
        status = move_into_archive(s->owner, s->index, err);
    }
    free(s);
    return status;
}

/* The report is written in the charset of the files, so it gives code points, not characters. */
static int32_t write_unmapped(folder *f, kinmu_err *err) {
    sheet *s = NULL;
    int32_t status = folder_open_sheet(f, UNMAPPED_NAME, UNMAPPED_HEADERS, &s, err);
    if (status != KINMU_OK) {
        return status;
    }
    uint64_t listed = 0;
    for (size_t i = 0; i < f->missing_count; i++) {
        const unmapped *one = &f->missing[i];
        char code[16];
        (void)snprintf(code, sizeof code, "U+%04" PRIX32, one->code);
        sheet_string(s, f->names[one->file].name);
        sheet_plain(s, code);
        sheet_number(s, (int64_t)one->count);
        sheet_number(s, (int64_t)one->first_row);
        sheet_end_row(s);
        listed += one->count;
    }
    if (f->unmapped_total > listed) {
        sheet_blank(s);
        sheet_blank(s);
        sheet_number(s, (int64_t)(f->unmapped_total - listed));
        sheet_blank(s);
        sheet_end_row(s);
    }
    return sheet_close(s, err);
}

int32_t folder_commit(folder *f, kinmu_err *err) {
    int32_t status = f->name_count > 0 ? write_unmapped(f, err) : KINMU_OK;
    while (status == KINMU_OK && f->name_count > 0) {
        size_t last = f->name_count - 1;
        if (f->names[last].into != NULL) {
            f->name_count--; /* it went with its archive */
            continue;
        }
        char *from = make_path(f, last, 1);
        char *to = make_path(f, last, 0);
        if (from == NULL || to == NULL) {
            status = KINMU_E_NOMEM;
        } else if (rename(from, to) != 0) {
            status = fail_file(err, "name", f->names[last].name, errno);
        } else {
            f->name_count--;
        }
        free(from);
        free(to);
    }
    return status;
}

void folder_destroy(folder *f) {
    if (f == NULL) {
        return;
    }
    for (size_t i = 0; i < f->name_count; i++) {
        char *path = make_path(f, i, 1);
        if (path != NULL) {
            (void)remove(path);
        }
        free(path);
    }
    if (f->scratch != NULL) {
        (void)remove(f->scratch);
    }
    encoder_destroy(f->enc);
    free(f->scratch);
    free(f->names);
    free(f->missing);
    free(f->directory);
    free(f);
}
