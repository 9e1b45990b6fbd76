/* people/csv.h - a CSV file as records: strict RFC 4180, with the few freedoms N's examples need.
 *
 * A cell may stand between quotes and then hold anything but control characters other than TAB and
 * line breaks. Blanks around an unquoted cell, and before an opening quote, do not count (TRAP-01).
 * Lines end with CR LF or LF. Empty lines are passed over; below the header a line that begins
 * with "#" is a comment. Pure: bytes in, records out, everything bounded.
 */
#ifndef PEOPLE_CSV_H
#define PEOPLE_CSV_H

#include "encode.h"
#include "memory.h"

#define CSV_FILE_BYTES_MAX ((size_t)64 << 20)
#define CSV_CELL_BYTES_MAX 16384u
#define CSV_CELLS_MAX 256u
#define CSV_RECORDS_MAX 1000000u

typedef struct csv_record {
    const char *const *cells; /* UTF-8 with a NUL behind it */
    uint32_t count;
    uint32_t line; /* where it begins, from 1 */
} csv_record;

typedef struct csv_sheet {
    csv_record header;
    csv_record *records;
    uint32_t count;
    const char **comments;
    uint32_t comment_count;
} csv_sheet;

/* Where reading ended, and why: a code of problems.h. The column is the cell's, from 1. */
typedef struct csv_fault {
    const char *code;
    uint32_t line, column;
} csv_fault;

/* What the bytes are when they are not text of the charset: a code of problems.h, NULL = looks
 * fine. ENCODE_UTF8_BOM takes UTF-8 with and without the mark. */
const char *csv_refuse_bytes(const uint8_t *data, size_t size, uint32_t charset);

/* E_REJECT: see fault. Cells live as long as the memory. */
int32_t csv_read(memory *m, const decoding *dec, const uint8_t *data, size_t size, csv_sheet *out,
                 csv_fault *fault);

#endif
