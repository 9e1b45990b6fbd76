/* csv/writing/sheet.h - the files of one export, CSV or workbooks: written under temporary names,
 * shown all at the end.
 *
 * A folder owns its sheets. Cells are appended one by one; the first failed write is kept and told
 * by sheet_close or folder_commit, so that callers check once. Until folder_commit no file of a
 * final name is touched; folder_discard leaves the directory as it was. Characters the charset
 * lacks are replaced, counted, and listed in unmapped.csv (EXP-05). Not thread-safe: one export,
 * one thread.
 */
#ifndef CSV_SHEET_H
#define CSV_SHEET_H

#include "archive.h"
#include "encode.h"

#include <stdio.h>

#define SHEET_NAME_SIZE 160 /* of an entry: ARCHIVE/NAME */
#define SHEET_FILES_MAX 2100000
#define SHEET_UNMAPPED_PER_FILE_MAX 256 /* different characters; further ones only count */
#define SHEET_UNMAPPED_MAX 65536

typedef struct folder folder;
typedef struct sheet sheet;

typedef struct folder_style {
    uint32_t charset;     /* ENCODE_* */
    uint32_t profile;     /* CELL_* */
    uint32_t replacement; /* a code point every charset has */
    int32_t spaced;       /* 1: headers as printed in the guides, "PC 開始時刻" (TRAP-04) */
    int32_t without_headers;
    int32_t is_xlsx;       /* workbooks of Unicode: the charset is that of names in archives only */
    const char *separator; /* one that cell_needs_quotes knows */
    const char *line_end;
} folder_style;

int32_t folder_create(const char *directory, const folder_style *style, folder **out,
                      kinmu_err *err);
const encoder *folder_encoder(const folder *f);

/* The name under which NAME ("x.csv") is written: with ".xlsx" where workbooks are. */
void folder_name(const folder *f, const char *name, char out[SHEET_NAME_SIZE]);
/* 1 when the folder makes a file of this name already, or will. */
int32_t folder_has(const folder *f, const char *name);

/* Makes the ZIP file NAME; close it before the commit. */
int32_t folder_open_archive(folder *f, const char *name, archive **out, kinmu_err *err);
int32_t folder_close_archive(archive *a, const char *name, kinmu_err *err);

/* Opens NAME with a first row of `headers`, "a,b,c", in the spaced form; NULL: without one. Close
 * it before the commit. */
int32_t folder_open_sheet(folder *f, const char *name, const char *headers, sheet **out,
                          kinmu_err *err);
/* The same for an entry "ARCHIVE/NAME": sheet_close puts the file into `into`. */
int32_t folder_open_entry(folder *f, archive *into, const char *name, const char *headers,
                          sheet **out, kinmu_err *err);

/* Makes an empty file to write and read, for as long as the folder lives; one at a time. The caller
 * closes it, the folder removes it. */
int32_t folder_open_scratch(folder *f, const char *name, FILE **out, kinmu_err *err);

/* Writes unmapped.csv beside what was written and gives all files their names. On failure nothing
 * is left that was not there before, except files renamed before the one that failed (err names
 * it). */
int32_t folder_commit(folder *f, kinmu_err *err);
/* Characters replaced so far, in all files. */
uint64_t folder_unmapped(const folder *f);
/* Removes what was not committed and frees; NULL is fine. */
void folder_destroy(folder *f);

void sheet_text(sheet *s, const char *text, size_t size);
void sheet_string(sheet *s, const char *text);
void sheet_number(sheet *s, int64_t number);
/* Text of ours, without commas, quotes or characters beyond ASCII: a date, a hash. */
void sheet_plain(sheet *s, const char *ascii);
void sheet_blank(sheet *s);
void sheet_end_row(sheet *s);
void sheet_end_headers(sheet *s);              /* the first row's end, when it is column names */
int32_t sheet_close(sheet *s, kinmu_err *err); /* frees it, also on failure; NULL is fine */

#endif
