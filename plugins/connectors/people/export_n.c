/* people/export_n.c - the four master files as a download: what is in force, 更新区分 0 (EXP-25,
 * IMP-21), and the schedules of some days, written into a folder or answered piece by piece.
 * Uploaded unchanged they change nothing. Texts are written as they are, for machines: do not open
 * files of untrusted ids in a spreadsheet (TRAP-07). A comment says where the download was taken,
 * so that an upload can tell whether somebody changed something since (IMP-05). */
#include "n.h"
#include "people.h"
#include "sheets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 4096

#define PIECE_BYTES_MAX 1048576

enum { INPUT_AS_OF, INPUT_ENCODING, INPUT_DIRECTORY };
enum { READ_FILE, READ_ENCODING, READ_OFFSET, READ_SIZE, READ_FROM, READ_TO, READ_GROUP };
enum { PLAN_FROM, PLAN_TO, PLAN_GROUP, PLAN_ENCODING, PLAN_DIRECTORY };

#define SCHEDULES N_FILES /* the file behind the four */

typedef struct sheet_out {
    book *book;
    const encoder *encoder;
    const char *date;
    uint64_t position; /* where it is taken */
    uint8_t *bytes;    /* of one sheet */
    uint32_t size, capacity;
    int64_t lost; /* characters that became 〓 */
} sheet_out;

static void put_bytes(sheet_out *out, const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        uint8_t *room = memory_grow(&out->book->memory, out->bytes, out->size, &out->capacity, 1);
        if (room == NULL) {
            return; /* the memory remembers */
        }
        out->bytes = room;
        out->bytes[out->size++] = bytes[i];
    }
}

static void put_character(sheet_out *out, uint32_t code) {
    uint8_t bytes[ENCODE_BYTES_MAX];
    size_t size = encoder_character(out->encoder, code, bytes);
    if (size == 0) {
        out->lost++;
        size = encoder_character(out->encoder, ENCODE_GETA, bytes);
    }
    put_bytes(out, bytes, size);
}

static void put_text(sheet_out *out, const char *text) {
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        put_character(out, encode_next(text, size, &at));
    }
}

static void put_cell(sheet_out *out, const char *text, int32_t is_first, int32_t is_quoted) {
    size_t size = strlen(text);
    if (!is_first) {
        put_text(out, ",");
    }
    if (!is_quoted && strpbrk(text, ",\"\r\n") == NULL && text[0] != ' ' && text[0] != '#' &&
        (size == 0 || text[size - 1] != ' ')) {
        put_text(out, text);
        return;
    }
    put_text(out, "\"");
    for (size_t at = 0; at < size;) {
        uint32_t code = encode_next(text, size, &at);
        put_character(out, code);
        if (code == '"') {
            put_character(out, code);
        }
    }
    put_text(out, "\"");
}

static void put_value(sheet_out *out, const n_column *column, const row *r, int32_t is_first,
                      int32_t is_quoted) {
    char text[32] = "";
    const kinmu_value *value = r != NULL && r->values != NULL ? &r->values[column->field] : NULL;
    if (value == NULL || value->type == KINMU_TYPE_NULL) {
        put_cell(out, "", is_first, is_quoted);
        return;
    }
    switch (column->check) {
    case CELL_CHOICE:
        (void)snprintf(text, sizeof text, "%d",
                       (int)words_choice(kind_field(column->kind, column->field)->choices,
                                         value->as.text, value->size));
        break;
    case CELL_CLOCK:
        (void)snprintf(text, sizeof text, "%d:%02d", (int)(value->as.i64 / 60),
                       (int)(value->as.i64 % 60));
        break;
    default:
        if (value->type == KINMU_TYPE_TEXT) {
            put_cell(out, value->as.text, is_first, is_quoted);
            return;
        }
        (void)snprintf(text, sizeof text, "%lld", (long long)value->as.i64);
        break;
    }
    put_cell(out, text, is_first, is_quoted);
}

/* The last column of N's files. */
static const char *state_cell(const row *r) {
    uint32_t field = kinds[r->kind].state_field;
    return book_is(r, field, "deleted")     ? (r->kind == KIND_PERSON ? "2" : "1")
           : book_is(r, field, "suspended") ? "1"
                                            : "0";
}

static void put_row(sheet_out *out, const n_file *file, const row *r) {
    for (uint32_t c = 0; c < file->count; c++) {
        const n_column *column = &file->columns[c];
        int32_t is_last = c + 1 == file->count;
        const row *from = r;
        if (column->kind == KIND_ASSIGNMENT) {
            from = book_in_force(out->book, KIND_ASSIGNMENT, book_text(r, 0), out->date);
        }
        if (column->check == CELL_CODE || (column->check == CELL_IGNORED && !is_last)) {
            put_cell(out, "0", c == 0, 0);
        } else if (column->check == CELL_IGNORED) {
            put_cell(out, state_cell(r), 0, 0);
        } else {
            put_value(out, column, from, c == 0, file->codes == CODE_TABLES);
        }
    }
    put_text(out, "\r\n");
}

static void put_prefix(sheet_out *out) {
    size_t size = 0;
    const uint8_t *prefix = encoder_prefix(out->encoder, &size);
    put_bytes(out, prefix, size);
}

static void put_position(sheet_out *out) {
    char mark[64];
    (void)snprintf(mark, sizeof mark, "# kinmu position=%llu\r\n",
                   (unsigned long long)out->position);
    put_text(out, mark);
}

static void put_head(sheet_out *out, const n_file *file) {
    put_prefix(out);
    for (uint32_t c = 0; c < file->count; c++) {
        put_cell(out, file->columns[c].header, c == 0, 0);
    }
    put_text(out, "\r\n");
    put_text(out, file->comment != NULL ? file->comment : "");
    put_position(out);
}

static int by_key(const void *left, const void *right) {
    const row *a = *(const row *const *)left;
    const row *b = *(const row *const *)right;
    int order = strcmp(book_text(a, 0), book_text(b, 0));
    return order != 0 || a->kind != KIND_SCHEDULE ? order
                                                  : strcmp(book_text(a, 1), book_text(b, 1));
}

/* What stands in the file: all that was not erased; of patterns the version in force (or, where
 * none is yet, the newest); of sites those that live. */
static int32_t is_told(const sheet_out *out, const row *r) {
    switch (r->kind) {
    case KIND_PATTERN: {
        const row *now = book_in_force(out->book, KIND_PATTERN, book_text(r, 0), out->date);
        return r == (now != NULL ? now : book_latest(out->book, KIND_PATTERN, book_text(r, 0)));
    }
    case KIND_SITE:
        return book_lives(r);
    default:
        return !book_is(r, kinds[r->kind].state_field, "erased");
    }
}

/* The newest block of what the sheets are made of; the book may hold more, for another call. */
static uint64_t position_of(const book *b, const change *c) {
    uint64_t newest = 0;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        int32_t is_newer = b->newest_block[kind] > newest;
        newest = is_newer && ((c->work->reads | c->more_reads) & KIND_BIT(kind)) != 0
                     ? b->newest_block[kind]
                     : newest;
    }
    return newest;
}

static int32_t put_sheet(sheet_out *out, uint32_t number) {
    static const uint32_t of[N_FILES] = {KIND_GROUP, KIND_PERSON, KIND_PATTERN, KIND_SITE};
    const shelf *s = &out->book->shelves[of[number]];
    const row **rows = memory_get(&out->book->memory, (s->count + 1) * sizeof *rows);
    uint32_t count = 0;
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        rows[count] = s->rows[i];
        count += s->rows[i]->values != NULL && is_told(out, s->rows[i]);
    }
    qsort(rows, count, sizeof *rows, by_key);
    out->size = 0;
    put_head(out, &n_files[number]);
    for (uint32_t i = 0; i < count; i++) {
        put_row(out, &n_files[number], rows[i]);
    }
    return out->book->memory.failed ? KINMU_E_NOMEM : KINMU_OK;
}

/* ---- schedules ---- */

static void put_clock(sheet_out *out, const kinmu_value *value) {
    char text[32] = "";
    if (value->type == KINMU_TYPE_I64) {
        (void)snprintf(text, sizeof text, "%d:%02d", (int)(value->as.i64 / 60),
                       (int)(value->as.i64 % 60));
    }
    put_cell(out, text, 0, 0);
}

static void put_schedule(sheet_out *out, const row *r) {
    put_cell(out, book_text(r, KINMU_PEOPLE_SCHEDULE_PERSON), 1, 0);
    put_cell(out, book_text(r, KINMU_PEOPLE_SCHEDULE_DATE), 0, 0);
    put_cell(out, schedule_word(book_text(r, KINMU_PEOPLE_SCHEDULE_KIND)), 0, 0);
    put_cell(out, book_text(r, KINMU_PEOPLE_SCHEDULE_PATTERN_ID), 0, 0);
    put_clock(out, &r->values[KINMU_PEOPLE_SCHEDULE_START_CLOCK]);
    put_clock(out, &r->values[KINMU_PEOPLE_SCHEDULE_END_CLOCK]);
    put_cell(out, book_text(r, KINMU_PEOPLE_SCHEDULE_BREAKS), 0, 0);
    put_text(out, "\r\n");
}

/* What is planned on the days the call is about. */
static int32_t put_schedules(sheet_out *out, const change *c, const char *group) {
    const shelf *s = &out->book->shelves[KIND_SCHEDULE];
    const row **rows = memory_get(&out->book->memory, (s->count + 1) * sizeof *rows);
    uint32_t count = 0;
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < s->count; i++) {
        if (schedule_is_asked(out->book, c, s->rows[i], group)) {
            rows[count++] = s->rows[i];
        }
    }
    qsort(rows, count, sizeof *rows, by_key);
    out->size = 0;
    put_prefix(out);
    for (uint32_t n = 0; n < SCHEDULE_COLUMNS; n++) {
        put_cell(out, schedule_headers[n], n == 0, 0);
    }
    put_text(out, "\r\n");
    put_position(out);
    for (uint32_t i = 0; i < count; i++) {
        put_schedule(out, rows[i]);
    }
    return out->book->memory.failed ? KINMU_E_NOMEM : KINMU_OK;
}

/* ---- names ---- */

/* "group_20261122.csv": the day it was taken; of schedules their first day. */
static const char *sheet_name(change *c, memory *m, uint32_t number) {
    const char *name = number == SCHEDULES ? "schedule" : n_files[number].name;
    const char *date = number == SCHEDULES ? c->from_date : c->today;
    return number == N_SITE
               ? memory_print(m, "%s.csv", name)
               : memory_print(m, "%s_%.4s%.2s%.2s.csv", name, date, date + 5, date + 8);
}

static int32_t open_encoder(change *c, uint32_t input, encoder **enc) {
    const char *encoding = desk_is_given(c->call, input) ? desk_text(c->call, input) : "cp932";
    uint32_t charset = strcmp(encoding, "utf8") == 0 ? ENCODE_UTF8_BOM : ENCODE_CP932;
    return encoder_create(charset, enc, &c->call->err);
}

/* ---- into a folder ---- */

static int32_t write_bytes(const sheet_out *out, const char *working) {
    FILE *file = fopen(working, "wbx");
    if (file == NULL) {
        return 0;
    }
    int32_t is_good = fwrite(out->bytes, 1, out->size, file) == out->size;
    return (fclose(file) == 0) & is_good;
}

/* Writes the sheet that was put. */
static int32_t write_file(change *c, sheet_out *out, uint32_t number, const char *directory,
                          char path[PATH_SIZE]) {
    char working[PATH_SIZE + 16];
    const char *name = sheet_name(c, &out->book->memory, number);
    if (name == NULL) {
        return KINMU_E_NOMEM;
    }
    int length = snprintf(path, PATH_SIZE, "%s/%s", directory, name);
    if (length < 0 || length >= PATH_SIZE) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "export.path", "the path is too long");
    }
    (void)snprintf(working, sizeof working, "%s.part", path);
    if (!write_bytes(out, working) || rename(working, path) != 0) {
        (void)people_fail(&c->call->err, KINMU_E_RETRY, "export.file", "cannot write \"%s\": %s",
                          path, strerror(errno));
        (void)unlink(working);
        return KINMU_E_RETRY;
    }
    return KINMU_OK;
}

static int32_t check_directory(change *c, const char *directory) {
    return directory[0] == '/'
               ? KINMU_OK
               : people_fail(&c->call->err, KINMU_E_REJECT, "export.path",
                             "フォルダーを絶対パスで指定してください / give an absolute path of a "
                             "folder");
}

int32_t export_judge(book *b, change *c) {
    char date[WORDS_DATE_SIZE];
    char path[PATH_SIZE];
    encoder *enc = NULL;
    const char *written = "";
    memcpy(date, c->today, sizeof date);
    if (desk_is_given(c->call, INPUT_AS_OF) && !words_date(desk_text(c->call, INPUT_AS_OF), date)) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "cell.date",
                           "as_of is a date like 2026-11-22, not \"%s\"",
                           desk_text(c->call, INPUT_AS_OF));
    }
    int32_t status = check_directory(c, desk_text(c->call, INPUT_DIRECTORY));
    status = status == KINMU_OK ? open_encoder(c, INPUT_ENCODING, &enc) : status;
    sheet_out out = {.book = b, .encoder = enc, .date = date, .position = position_of(b, c)};
    for (uint32_t f = 0; status == KINMU_OK && f < N_FILES; f++) {
        status = put_sheet(&out, f);
        status = status == KINMU_OK
                     ? write_file(c, &out, f, desk_text(c->call, INPUT_DIRECTORY), path)
                     : status;
        written = written != NULL && status == KINMU_OK
                      ? memory_print(&b->memory, "%s%s\n", written, path)
                      : written;
    }
    encoder_destroy(enc);
    desk_answer(c->call, kinmu_text(written != NULL ? written : ""));
    desk_answer(c->call, kinmu_i64((int64_t)out.position));
    desk_answer(c->call, kinmu_i64(out.lost));
    return status;
}

int32_t export_schedules_prepare(change *c) {
    return schedule_range(c, PLAN_FROM, PLAN_TO);
}

int32_t export_schedules_judge(book *b, change *c) {
    char path[PATH_SIZE];
    encoder *enc = NULL;
    const char *directory = desk_text(c->call, PLAN_DIRECTORY);
    int32_t status = check_directory(c, directory);
    status = status == KINMU_OK ? open_encoder(c, PLAN_ENCODING, &enc) : status;
    sheet_out out = {.book = b, .encoder = enc, .position = position_of(b, c)};
    status = status == KINMU_OK ? put_schedules(&out, c, desk_text(c->call, PLAN_GROUP)) : status;
    status = status == KINMU_OK ? write_file(c, &out, SCHEDULES, directory, path) : status;
    encoder_destroy(enc);
    const char *written = status == KINMU_OK ? memory_print(&b->memory, "%s\n", path) : "";
    desk_answer(c->call, kinmu_text(written != NULL ? written : ""));
    desk_answer(c->call, kinmu_i64((int64_t)out.position));
    desk_answer(c->call, kinmu_i64(out.lost));
    return status;
}

/* ---- piece by piece ---- */

int32_t export_read_prepare(change *c) {
    return strcmp(desk_text(c->call, READ_FILE), "schedule") == 0
               ? schedule_range(c, READ_FROM, READ_TO)
               : KINMU_OK;
}

/* The sheet is made anew for each piece; the stamp tells when it became another one in between. */
static int32_t answer_piece(change *c, sheet_out *out, uint32_t number) {
    memory *m = &out->book->memory;
    int64_t from = desk_number(c->call, READ_OFFSET, 0);
    int64_t size = desk_number(c->call, READ_SIZE, PIECE_BYTES_MAX);
    const char *name = sheet_name(c, m, number);
    const char *group = desk_text(c->call, READ_GROUP);
    const char *stamp = memory_print(
        m, "%llu-%s-%s-%s-%s-%s", (unsigned long long)out->position, out->date,
        desk_is_given(c->call, READ_ENCODING) ? desk_text(c->call, READ_ENCODING) : "cp932",
        c->from_date, c->to_date, group);
    int32_t status = number == SCHEDULES ? put_schedules(out, c, group) : put_sheet(out, number);
    if (status != KINMU_OK || name == NULL || stamp == NULL) {
        return KINMU_E_NOMEM;
    }
    from = from < out->size ? from : out->size;
    size = size < PIECE_BYTES_MAX ? size : PIECE_BYTES_MAX;
    size = size < out->size - from ? size : out->size - from;
    desk_answer(c->call, kinmu_bytes(out->bytes + from, (size_t)size));
    desk_answer(c->call, kinmu_i64(out->size));
    desk_answer(c->call, kinmu_text(stamp));
    desk_answer(c->call, kinmu_text(name));
    return KINMU_OK;
}

int32_t export_read_judge(book *b, change *c) {
    encoder *enc = NULL;
    uint32_t number = 0;
    while (number < N_FILES && strcmp(n_files[number].name, desk_text(c->call, READ_FILE)) != 0) {
        number++;
    }
    int32_t is_plan = strcmp(desk_text(c->call, READ_FILE), "schedule") == 0;
    if (number == N_FILES && !is_plan) {
        return people_fail(&c->call->err, KINMU_E_NOTFOUND, "export.name",
                           "files of master data are group, user, work_pattern, url_name and "
                           "schedule, not \"%s\"",
                           desk_text(c->call, READ_FILE));
    }
    if (desk_number(c->call, READ_OFFSET, 0) < 0 || desk_number(c->call, READ_SIZE, 0) < 0) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "export.piece",
                           "offset or size is below 0");
    }
    int32_t status = open_encoder(c, READ_ENCODING, &enc);
    if (status == KINMU_OK) {
        sheet_out out = {
            .book = b, .encoder = enc, .date = c->today, .position = position_of(b, c)};
        status = answer_piece(c, &out, number);
    }
    encoder_destroy(enc);
    return status;
}
