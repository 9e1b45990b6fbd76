/* people/csv.c - see csv.h. One pass over the characters; a cell is gathered in a buffer of fixed
 * size and copied when it ends. */
#include "csv.h"

#include <string.h>

#define COMMENTS_MAX 64u

typedef struct reader {
    memory *m;
    const decoding *dec;
    const uint8_t *data;
    size_t size, at;
    uint32_t line, column; /* of the cell being read */
    uint32_t code;         /* the character at `at` … */
    size_t next;           /* … and where the one behind it begins; at == size: the end */
    char *cell;            /* CSV_CELL_BYTES_MAX + room for one character */
    uint32_t used;
    const char *cells[CSV_CELLS_MAX];
    uint32_t count;
    csv_fault *fault;
} reader;

/* ---- what the bytes are ---- */

static int32_t begins(const uint8_t *data, size_t size, const char *with, size_t length) {
    return size >= length && memcmp(data, with, length) == 0;
}

/* 1 when all of it is UTF-8 and some of it is not ASCII. */
static int32_t is_utf8(const uint8_t *data, size_t size) {
    int32_t found = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code = encode_next((const char *)data, size, &at);
        if (code == ENCODE_BAD_CHARACTER) {
            return 0;
        }
        found |= code >= 0x80;
    }
    return found;
}

const char *csv_refuse_bytes(const uint8_t *data, size_t size, uint32_t charset) {
    static const char ole[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    if (size == 0 || size > CSV_FILE_BYTES_MAX) {
        return size == 0 ? "file.empty" : "file.large";
    }
    int32_t has_mark = begins(data, size, "\xEF\xBB\xBF", 3);
    if (begins(data, size, "PK\x03\x04", 4) || begins(data, size, "PK\x05\x06", 4)) {
        return "file.zip";
    }
    if (begins(data, size, ole, 8)) {
        return "file.ole";
    }
    if (begins(data, size, "%PDF", 4)) {
        return "file.binary";
    }
    if (begins(data, size, "\xFF\xFE", 2) || begins(data, size, "\xFE\xFF", 2) ||
        (size > 3 && (data[0] == 0) != (data[1] == 0) && data[0] + data[1] != 0 &&
         (data[2] == 0) == (data[0] == 0))) {
        return "file.utf16";
    }
    if (charset == ENCODE_CP932 && (has_mark || is_utf8(data, size))) {
        return has_mark ? "file.utf8-bom" : "file.utf8";
    }
    if (charset == ENCODE_UTF8_BOM && !has_mark && memchr(data, 0, size) == NULL &&
        !is_utf8(data, size)) {
        for (size_t i = 0; i < size; i++) {
            if (data[i] >= 0x80) {
                return "file.not-utf8";
            }
        }
    }
    return NULL;
}

/* ---- characters ---- */

static void look(reader *r) {
    r->next = r->at;
    r->code = r->at < r->size ? decoding_next(r->dec, r->data, r->size, &r->next) : 0;
}

static void step(reader *r) {
    r->at = r->next;
    look(r);
}

static int32_t fail(reader *r, const char *code) {
    *r->fault = (csv_fault){code, r->line, r->column};
    return KINMU_E_REJECT;
}

static int32_t at_end(const reader *r) {
    return r->at >= r->size;
}

static int32_t is_break(const reader *r) {
    return !at_end(r) && (r->code == '\r' || r->code == '\n');
}

/* CR LF or LF; a CR alone is no end of a line. */
static int32_t take_break(reader *r) {
    if (r->code == '\r') {
        step(r);
        if (at_end(r) || r->code != '\n') {
            return fail(r, "csv.line-end");
        }
    }
    step(r);
    r->line++;
    return KINMU_OK;
}

static int32_t keep(reader *r) {
    uint8_t bytes[ENCODE_BYTES_MAX];
    if (r->code == ENCODE_BAD_CHARACTER) {
        return fail(r, "csv.character");
    }
    if ((r->code < ' ' && r->code != '\t' && r->code != '\r' && r->code != '\n') ||
        r->code == 127) {
        return fail(r, "csv.control");
    }
    size_t size = encode_utf8(r->code, bytes);
    if (r->used + size > CSV_CELL_BYTES_MAX) {
        return fail(r, "csv.cell-long");
    }
    memcpy(r->cell + r->used, bytes, size);
    r->used += (uint32_t)size;
    step(r);
    return KINMU_OK;
}

/* ---- cells and records ---- */

static int32_t take_quoted(reader *r) {
    uint32_t line = r->line; /* where the record began */
    uint32_t breaks = 0;
    step(r);
    for (;;) {
        if (at_end(r)) {
            r->line = line;
            return fail(r, "csv.quote-open");
        }
        if (r->code == '"') {
            step(r);
            if (at_end(r) || r->code != '"') {
                break;
            }
        }
        breaks += r->code == '\n';
        int32_t status = keep(r);
        if (status != KINMU_OK) {
            return status;
        }
    }
    while (!at_end(r) && r->code == ' ') {
        step(r);
    }
    if (!at_end(r) && !is_break(r) && r->code != ',') {
        return fail(r, "csv.quote-after");
    }
    r->line = line + breaks;
    return KINMU_OK;
}

static int32_t take_plain(reader *r) {
    while (!at_end(r) && !is_break(r) && r->code != ',') {
        int32_t status = r->code == '"' ? fail(r, "csv.quote-inside") : keep(r);
        if (status != KINMU_OK) {
            return status;
        }
    }
    while (r->used > 0 && r->cell[r->used - 1] == ' ') {
        r->used--;
    }
    return KINMU_OK;
}

static int32_t take_cell(reader *r) {
    r->used = 0;
    while (!at_end(r) && r->code == ' ') {
        step(r);
    }
    int32_t status = !at_end(r) && r->code == '"' ? take_quoted(r) : take_plain(r);
    if (status != KINMU_OK) {
        return status;
    }
    if (r->count == CSV_CELLS_MAX) {
        return fail(r, "csv.columns");
    }
    r->cells[r->count] = memory_text(r->m, r->cell, r->used);
    return r->cells[r->count++] != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

/* The record at `at`, up to behind its line break. */
static int32_t take_record(reader *r, csv_record *out) {
    uint32_t line = r->line;
    r->count = 0;
    for (r->column = 1;; r->column++) {
        int32_t status = take_cell(r);
        if (status != KINMU_OK) {
            return status;
        }
        if (at_end(r) || r->code != ',') {
            break;
        }
        step(r);
    }
    if (is_break(r)) {
        int32_t status = take_break(r);
        if (status != KINMU_OK) {
            return status;
        }
    }
    const char **cells = memory_get(r->m, r->count * sizeof *cells);
    if (cells == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(cells, r->cells, r->count * sizeof *cells);
    *out = (csv_record){cells, r->count, line};
    return KINMU_OK;
}

/* 1 when it was a comment, which may hold what a cell may not. */
static int32_t take_comment(reader *r, csv_sheet *out, int32_t *status) {
    if (out->header.count == 0 || at_end(r) || r->code != '#') {
        return 0;
    }
    r->used = 0;
    r->column = 1;
    *status = KINMU_OK;
    while (*status == KINMU_OK && !at_end(r) && !is_break(r)) {
        *status = keep(r);
    }
    if (*status == KINMU_OK && is_break(r)) {
        *status = take_break(r);
    }
    if (*status == KINMU_OK && out->comment_count < COMMENTS_MAX) {
        out->comments[out->comment_count++] = memory_text(r->m, r->cell, r->used);
    }
    return 1;
}

static int32_t is_blank(const csv_record *record) {
    return record->count == 1 && record->cells[0][0] == '\0';
}

static int32_t take_all(reader *r, csv_sheet *out) {
    uint32_t capacity = 0;
    int32_t status = KINMU_OK;
    while (status == KINMU_OK && !at_end(r)) {
        csv_record record;
        if (take_comment(r, out, &status)) {
            continue;
        }
        status = take_record(r, &record);
        if (status != KINMU_OK || is_blank(&record)) {
            continue;
        }
        if (out->header.count == 0) {
            out->header = record;
            continue;
        }
        if (out->count == CSV_RECORDS_MAX) {
            return fail(r, "file.large");
        }
        out->records = memory_grow(r->m, out->records, out->count, &capacity, sizeof *out->records);
        if (out->records == NULL) {
            return KINMU_E_NOMEM;
        }
        out->records[out->count++] = record;
    }
    return status;
}

int32_t csv_read(memory *m, const decoding *dec, const uint8_t *data, size_t size, csv_sheet *out,
                 csv_fault *fault) {
    reader r = {.m = m, .dec = dec, .data = data, .size = size, .line = 1, .column = 1};
    memset(out, 0, sizeof *out);
    r.fault = fault;
    r.at =
        begins(data, size, "\xEF\xBB\xBF", 3) ? 3 : 0; /* a CP932 file that begins so was refused */
    r.cell = memory_get(m, CSV_CELL_BYTES_MAX + ENCODE_BYTES_MAX);
    out->comments = memory_get(m, COMMENTS_MAX * sizeof *out->comments);
    if (r.cell == NULL || out->comments == NULL) {
        return KINMU_E_NOMEM;
    }
    look(&r);
    int32_t status = take_all(&r, out);
    if (status == KINMU_OK && out->header.count == 0) {
        r.line = 1;
        return fail(&r, "file.empty");
    }
    return status != KINMU_OK || !m->failed ? status : KINMU_E_NOMEM;
}
