/* csv/writing/sheet_internal.h - what sheet.c and folder.c share of a folder and its sheets. */
#ifndef CSV_SHEET_INTERNAL_H
#define CSV_SHEET_INTERNAL_H

#include "writing/sheet.h"

#include "writing/xlsx.h"

#define STREAM_BYTES 65536
#define REMEMBERED_COLUMNS 16u
#define REMEMBERED_TEXT_BYTES 120u
#define REMEMBERED_CELL_BYTES (3 * REMEMBERED_TEXT_BYTES + 3) /* of UTF-8, quotes, apostrophe */

/* The text a column had last and its cell, because rows side by side are of one person, program and
 * title. */
typedef struct remembered {
    uint32_t text_size; /* 0 = nothing */
    uint32_t cell_size;
    char text[REMEMBERED_TEXT_BYTES];
    uint8_t cell[REMEMBERED_CELL_BYTES];
} remembered;

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
    FILE *file;           /* of these three one is there: a file of the folder, */
    archive_entry *entry; /* an entry of an archive, */
    xlsx *book;           /* a workbook */
    size_t index;         /* into owner->names */
    size_t missing_from;  /* first entry of this file in owner->missing */
    uint64_t row;         /* from 1, the header */
    uint32_t cells;       /* in this row so far */
    int32_t failed;       /* errno of the first failed write */
    size_t filled;        /* of the buffer: most writes are a byte or two */
    remembered columns[REMEMBERED_COLUMNS];
    uint8_t buffer[STREAM_BYTES * 2]; /* of a workbook: one text, before Excel's limit cuts it */
};

/* ---- sheet.c ---- */
/* Bytes of a CSV file, as they are. */
void sheet_put(sheet *s, const void *bytes, size_t size);
void sheet_flush(sheet *s);

#endif
