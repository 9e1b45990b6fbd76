/* csv/writing/folder.c - the files of an export: CSV through stdio, workbooks by xlsx.h. See
 * sheet.h.
 *
 * Standard C only: the exclusive mode of fopen keeps a link somebody planted from being followed.
 */
#include "writing/sheet_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEMPORARY_SUFFIX ".part"
#define UNMAPPED_NAME "unmapped.csv"
#define UNMAPPED_HEADERS "ファイル名,文字コード,件数,最初の行"
#define HEADER_SIZE 128 /* longer than any column's name */

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

/* What comes before the slash is the archive's own name. */
static void entry_name(const sheet *s, char out[SHEET_NAME_SIZE * 2]) {
    const char *name = s->owner->names[s->index].name;
    const char *slash = strchr(name, '/');
    encode_name(s->owner, slash != NULL ? slash + 1 : name, out);
}

/* A file nobody had before, at `path`. A workbook is written by name at its end: into the file made
 * here. */
static int open_file(sheet *s, const char *path) {
    archive *into = s->owner->names[s->index].into;
    errno = 0;
    (void)remove(path); /* left by an export that was killed */
    if (into != NULL && !s->owner->style.is_xlsx) {
        char name[SHEET_NAME_SIZE * 2];
        entry_name(s, name);
        return archive_begin(into, path, name, &s->entry);
    }
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
    sheet_put(s, prefix, f->style.is_xlsx ? 0 : size);
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

static int close_book(sheet *s) {
    int number = xlsx_close(s->book, s->failed == 0);
    archive *into = s->owner->names[s->index].into;
    number = s->failed == 0 ? number : s->failed;
    if (number != 0 || into == NULL) {
        return number;
    }
    char name[SHEET_NAME_SIZE * 2];
    char *path = make_path(s->owner, s->index, 1);
    if (path == NULL) {
        return ENOMEM;
    }
    entry_name(s, name);
    number = archive_take(into, path, name);
    (void)remove(path);
    free(path);
    return number;
}

static int close_file(sheet *s) {
    errno = 0;
    if (s->book != NULL) {
        return close_book(s);
    }
    sheet_flush(s);
    if (s->entry != NULL) {
        archive_end(s->entry, s->failed == 0);
    } else if (fclose(s->file) != 0 && s->failed == 0) {
        s->failed = errno != 0 ? errno : EIO;
    }
    return s->failed;
}

int32_t sheet_close(sheet *s, kinmu_err *err) {
    if (s == NULL) {
        return KINMU_OK;
    }
    int number = close_file(s);
    int32_t status =
        number == 0 ? KINMU_OK : fail_file(err, "write", s->owner->names[s->index].name, number);
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
