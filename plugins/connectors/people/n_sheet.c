/* people/n_sheet.c - what the four files share: headers, the alignment of rows, checks of cells. */
#include "n.h"

#include "words.h"

#include <kinmu/events/settings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTES_MAX 1440
#define FULL_WIDTH_FIRST 0xFF01u
#define FULL_WIDTH_LAST 0xFF5Eu
#define FULL_WIDTH_SHIFT 0xFEE0u

/* ---- headers ---- */

/* The next character that counts: no blanks, full-width forms as ASCII. */
static uint32_t next_plain(const char **at) {
    while (**at != '\0') {
        size_t step = 0;
        uint32_t code = encode_next(*at, strlen(*at), &step);
        *at += step;
        if (code >= FULL_WIDTH_FIRST && code <= FULL_WIDTH_LAST) {
            code -= FULL_WIDTH_SHIFT;
        }
        if (code != ' ' && code != 0x3000) {
            return code;
        }
    }
    return 0;
}

int32_t n_same_header(const char *a, const char *b) {
    uint32_t left;
    uint32_t right;
    do {
        left = next_plain(&a);
        right = next_plain(&b);
    } while (left == right && left != 0);
    return left == right;
}

int32_t n_is_meant(const n_file *file, const csv_record *header) {
    uint32_t second = file->codes < CODE_TABLES ? 1 : 0;
    return header->count > second && n_same_header(header->cells[0], file->columns[0].header) &&
           n_same_header(header->cells[second], file->columns[second].header);
}

static void add_count(importing *i, place at, uint32_t found, uint32_t wanted) {
    char one[16];
    char two[16];
    (void)snprintf(one, sizeof one, "%u", found);
    (void)snprintf(two, sizeof two, "%u", wanted);
    problems_add(i->problems, "csv.columns", at, 0, one, two);
}

/* All headers as one text; `without` is left out (UINT32_MAX = none). */
static const char *join_headers(importing *i, const n_file *file, const csv_record *header,
                                uint32_t without) {
    const char *joined = "";
    for (uint32_t c = 0; c < (file != NULL ? file->count : header->count); c++) {
        const char *next = file != NULL ? file->columns[c].header : header->cells[c];
        joined =
            c == without || joined == NULL ? joined : memory_print(i->memory, "%s%s", joined, next);
    }
    return joined != NULL ? joined : "";
}

/* The guide's own headers: one splits two names at the wrong place (TRAP-05), one lacks the unused
 * ninth column (TRAP-02). */
static int32_t is_sample_header(importing *i, const n_file *file, const csv_record *header) {
    const char *found = join_headers(i, NULL, header, UINT32_MAX);
    if (header->count == file->count) {
        return n_same_header(found, join_headers(i, file, NULL, UINT32_MAX));
    }
    for (uint32_t c = 0; header->count + 1 == file->count && c < file->count; c++) {
        if (file->columns[c].check == CELL_IGNORED && c + 1 < file->count) {
            return n_same_header(found, join_headers(i, file, NULL, c));
        }
    }
    return 0;
}

int32_t n_check_header(importing *i, const n_file *file, const csv_record *header,
                       const char *path) {
    uint32_t before = i->problems->total;
    place at = {path, header->line};
    if (i->is_lenient && is_sample_header(i, file, header)) {
        return 1;
    }
    if (header->count != file->count) {
        add_count(i, at, header->count, file->count);
        return 0;
    }
    for (uint32_t c = 0; c < file->count; c++) {
        if (!n_same_header(header->cells[c], file->columns[c].header)) {
            problems_add(i->problems, "header.column", at, c + 1, header->cells[c],
                         file->columns[c].header);
        }
    }
    return i->problems->total == before;
}

/* ---- rows ---- */

static int32_t all_empty(const char *const *cells, uint32_t count) {
    for (uint32_t c = 0; c < count; c++) {
        if (cells[c][0] != '\0') {
            return 0;
        }
    }
    return 1;
}

/* The cells in columns. As N's examples are written (TRAP-01), empty cells too many or too few
 * before the last, which is output only, do not count. */
static int32_t align(const importing *i, const n_file *file, const csv_record *record,
                     const char **cells) {
    uint32_t wanted = file->count;
    uint32_t found = record->count;
    if (found == wanted) {
        memcpy(cells, record->cells, wanted * sizeof *cells);
        return 1;
    }
    if (!i->is_lenient || file->columns[wanted - 1].check != CELL_IGNORED || found < 2) {
        return 0;
    }
    uint32_t kept = found < wanted ? found - 1 : wanted - 1; /* before the last */
    if (found > wanted && !all_empty(record->cells + kept, found - 1 - kept)) {
        return 0;
    }
    for (uint32_t c = 0; c < wanted; c++) {
        cells[c] = c < kept ? record->cells[c] : "";
    }
    cells[wanted - 1] = record->cells[found - 1];
    return strlen(cells[wanted - 1]) <= 1;
}

static int32_t is_person_list(const char *text) {
    const char *word;
    uint32_t size;
    char id[160];
    while (words_next(&text, &word, &size)) {
        if (size >= sizeof id) {
            return 0;
        }
        (void)snprintf(id, sizeof id, "%.*s", (int)size, word);
        if (!words_is_id(id, WORDS_PERSON_SYMBOLS) || words_characters(id) > 32) {
            return 0;
        }
    }
    return 1;
}

/* A problem's code, NULL when the cell is fine. */
static const char *check_filled(const n_column *column, const char *cell) {
    char breaks[128];
    int64_t number;
    switch (column->check) {
    case CELL_GROUP_ID:
        return words_is_id(cell, WORDS_GROUP_SYMBOLS) ? NULL : "cell.id";
    case CELL_PERSON_ID:
        return words_is_id(cell, WORDS_PERSON_SYMBOLS) ? NULL : "cell.id";
    case CELL_PERSON_LIST:
        return is_person_list(cell) ? NULL : "cell.id";
    case CELL_FLAG:
        return strcmp(cell, "0") == 0 || strcmp(cell, "1") == 0 ? NULL : "cell.flag";
    case CELL_CHOICE:
        return words_number(cell, 2, &number) && cell[1] == '\0' ? NULL : "cell.choice";
    case CELL_MAIL:
        return words_is_mail(cell) ? NULL : "cell.mail";
    case CELL_BREAKS:
        return words_breaks(cell, breaks) ? NULL : "cell.breaks";
    case CELL_MINUTES:
        return words_number(cell, MINUTES_MAX, &number) && number > 0 ? NULL : "cell.number";
    case CELL_MORNING:
        return !words_number(cell, MINUTES_MAX, &number) ? "cell.number"
               : number == 0                             ? "cell.zero"
                                                         : NULL;
    case CELL_CLOCK:
        return words_clock(cell, 0, &number) ? NULL : "cell.clock";
    default:
        return NULL;
    }
}

static void check_cell(importing *i, const n_file *file, uint32_t c, const char *cell, place at) {
    const n_column *column = &file->columns[c];
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%u", column->characters_max);
    if (column->check == CELL_IGNORED || column->check == CELL_CODE) {
        return;
    }
    if (cell[0] == '\0') {
        if ((column->flags & COLUMN_REQUIRED) != 0) {
            problems_add(i->problems, "cell.required", at, c + 1, column->header, NULL);
        }
        return;
    }
    if (column->characters_max > 0 && words_characters(cell) > column->characters_max) {
        problems_add(i->problems, "cell.long", at, c + 1, column->header, limit);
        return;
    }
    const char *code = check_filled(column, cell);
    if (code != NULL) {
        problems_add(i->problems, code, at, c + 1, column->header, cell);
    }
}

static const n_column *column_of(uint32_t kind, uint32_t field, const n_file **file, uint32_t *at) {
    for (uint32_t f = 0; f < N_FILES; f++) {
        for (uint32_t c = 0; c < n_files[f].count; c++) {
            const n_column *column = &n_files[f].columns[c];
            if (column->kind == kind && column->field == field) {
                *file = &n_files[f];
                *at = c;
                return column;
            }
        }
    }
    return NULL;
}

int32_t n_check_field(importing *i, uint32_t kind, uint32_t field, const kinmu_value *value) {
    const kinmu_field *about = kind_field(kind, field);
    uint32_t before = i->problems->total;
    place nowhere = {NULL, 0};
    const n_file *file = NULL;
    uint32_t at = 0;
    if (value->type == KINMU_TYPE_NULL) {
        if ((about->flags & (KINMU_FIELD_KEY | KINMU_FIELD_REQUIRED)) != 0) {
            problems_add(i->problems, "cell.required", nowhere, 0, about->name, NULL);
        }
    } else if (value->type == KINMU_TYPE_TEXT && about->choices != NULL) {
        if (words_choice(about->choices, value->as.text, value->size) < 0) {
            problems_add(i->problems, "cell.word", nowhere, 0, about->name, value->as.text);
        }
    } else if (value->type == KINMU_TYPE_TEXT && column_of(kind, field, &file, &at) != NULL) {
        check_cell(i, file, at, value->as.text, nowhere);
    }
    for (problem *p = i->problems->rows; p < i->problems->rows + i->problems->count; p++) {
        p->column = 0;
    }
    return i->problems->total == before;
}

/* 0 when there is none, or a wrong one. */
static uint32_t code_of(importing *i, const n_file *file, const char *cell, place at) {
    char highest[16];
    int64_t code = 0;
    uint32_t max = codes_count(file->codes) - 1;
    if (cell[0] == '\0') {
        problems_add(i->problems, "cell.required", at, 1, file->columns[0].header, NULL);
    } else if (cell[1] != '\0' || !words_number(cell, max, &code)) {
        (void)snprintf(highest, sizeof highest, "%u", max);
        problems_add(i->problems, "cell.code", at, 1, cell, highest);
        code = 0;
    }
    return (uint32_t)code;
}

/* What a row says beside its id counts only where the code uses it: 登録, 更新, 再登録. */
static int32_t uses_values(const n_file *file, const char *code) {
    return file->codes == CODE_TABLES || strchr("124", code[0]) != NULL;
}

int32_t n_check_cells(importing *i, const n_file *file, const csv_record *record, place at,
                      const char **cells) {
    uint32_t before = i->problems->total;
    for (uint32_t c = 0; c < N_COLUMNS_MAX; c++) {
        cells[c] = "";
    }
    if (!align(i, file, record, cells)) {
        add_count(i, at, record->count, file->count);
        return 0;
    }
    if (file->codes < CODE_TABLES) {
        (void)code_of(i, file, cells[0], at);
        if (i->problems->total != before || cells[0][0] == '0') {
            return 0; /* nothing to do, so nothing to complain of */
        }
    }
    uint32_t count = uses_values(file, cells[0]) ? file->count : 2;
    for (uint32_t c = 0; c < count; c++) {
        check_cell(i, file, c, cells[c], at);
    }
    return i->problems->total == before;
}

int32_t n_action(importing *i, const n_file *file, const char *const *cells, const char *state,
                 place at) {
    uint32_t code = code_of(i, file, cells[0], at);
    int32_t action = codes_look_up(file->codes, code, codes_state(state));
    if (action >= NO_EXISTS) {
        problems_add(i->problems, codes_problem(action), at, 2, cells[1], NULL);
        return DO_NOTHING;
    }
    return action;
}

/* ---- values ---- */

/* 1 when the cell is what a download makes of the text: characters CP932 lacks became 〓. */
static int32_t is_download_of(const encoder *enc, const char *text, const char *cell) {
    size_t at = 0;
    size_t cell_at = 0;
    size_t size = strlen(text);
    size_t cell_size = strlen(cell);
    if (enc == NULL) {
        return 0;
    }
    while (at < size && cell_at < cell_size) {
        uint8_t left[ENCODE_BYTES_MAX];
        uint8_t right[ENCODE_BYTES_MAX];
        uint32_t code = encode_next(cell, cell_size, &cell_at);
        size_t length = encoder_character(enc, encode_next(text, size, &at), left);
        if (length == 0 ? code != ENCODE_GETA
                        : encoder_character(enc, code, right) != length ||
                              memcmp(left, right, length) != 0) {
            return 0;
        }
    }
    return at == size && cell_at == cell_size;
}

static kinmu_value text_or_null(const char *text, const kinmu_field *field) {
    return text[0] != '\0' || (field->flags & KINMU_FIELD_REQUIRED) != 0 ? kinmu_text(text)
                                                                         : kinmu_null();
}

static kinmu_value value_of(const importing *i, const n_column *column, const char *cell,
                            const char *current) {
    const kinmu_field *field = kind_field(column->kind, column->field);
    int64_t number = 0;
    uint32_t size = 0;
    switch (column->check) {
    case CELL_FLAG:
        return kinmu_bool(cell[0] == '1');
    case CELL_CHOICE: {
        const char *choice = words_choice_at(field->choices, (uint32_t)(cell[0] - '0'), &size);
        return choice != NULL ? kinmu_text_n(choice, size) : kinmu_null();
    }
    case CELL_MINUTES:
    case CELL_MORNING:
        return words_number(cell, MINUTES_MAX, &number) ? kinmu_i64(number) : kinmu_null();
    case CELL_CLOCK:
        return kinmu_i64(words_clock(cell, 0, &number) ? number : 300);
    case CELL_BREAKS: {
        char *breaks = memory_get(i->memory, 128);
        int32_t is_any = breaks != NULL && words_breaks(cell, breaks) && breaks[0] != '\0';
        return is_any ? kinmu_text(breaks) : kinmu_null();
    }
    case CELL_PERSON_LIST: {
        size_t length = strlen(cell);
        while (length > 0 && cell[length - 1] == ';') {
            length--;
        }
        return length > 0 || (field->flags & KINMU_FIELD_REQUIRED) != 0 ? kinmu_text_n(cell, length)
                                                                        : kinmu_null();
    }
    default:
        return current[0] != '\0' && is_download_of(i->encoder, current, cell)
                   ? kinmu_text(current)
                   : text_or_null(cell, field);
    }
}

void n_fill(const importing *i, const n_file *file, const char *const *cells, uint32_t kind,
            const row *current, kinmu_value *values) {
    for (uint32_t c = 0; c < file->count; c++) {
        const n_column *column = &file->columns[c];
        if (column->kind == kind) {
            values[column->field] =
                value_of(i, column, cells[c], book_text(current, column->field));
        }
    }
}

/* ---- dates ---- */

void n_put_dated(importing *i, uint32_t kind, kinmu_value *values, place at) {
    book *b = i->book;
    const char *key = memory_text(i->memory, values[0].as.text, values[0].size);
    if (key == NULL) {
        return;
    }
    const row *any = book_latest(b, kind, key);
    const char *date = i->from_date[0] != '\0' ? i->from_date : any == NULL ? BOOK_EVER : b->today;
    const row *now = book_in_force(b, kind, key, date);
    if (now != NULL) { /* as it is already? */
        values[1] = now->values[1];
        if (values_equal(kind, now->values, values)) {
            return;
        }
    }
    values[1] = kinmu_text(date);
    (void)book_put(b, kind, values, at);
}

/* ---- a sheet ---- */

typedef struct seen_id {
    const char *id;
    uint32_t line;
} seen_id;

static int compare_ids(const void *left, const void *right) {
    const seen_id *a = left;
    const seen_id *b = right;
    int order = strcmp(a->id, b->id);
    return order != 0 ? order : a->line < b->line ? -1 : a->line > b->line;
}

/* An id that stands twice would mean what comes last, or what comes first. */
static void check_twice(importing *i, const n_file *file, seen_id *seen, uint32_t count,
                        const char *path) {
    char line[16];
    if (count > 1) {
        qsort(seen, count, sizeof *seen, compare_ids);
    }
    for (uint32_t k = 1; k < count; k++) {
        if (strcmp(seen[k].id, seen[k - 1].id) == 0) {
            place at = {path, seen[k].line};
            (void)snprintf(line, sizeof line, "%u", seen[k - 1].line);
            problems_add(i->problems, "row.twice", at, file->codes < CODE_TABLES ? 2 : 1,
                         seen[k].id, line);
        }
    }
}

void n_take(importing *i, uint32_t number, const csv_sheet *sheet, const char *path) {
    static const n_row_fn takes[N_FILES] = {n_group_row, n_user_row, n_pattern_row, n_site_row};
    const n_file *file = &n_files[number];
    const char *cells[N_COLUMNS_MAX];
    uint32_t seen_count = 0;
    seen_id *seen = memory_get(i->memory, (sheet->count + 1) * sizeof *seen);
    if (seen == NULL || !n_check_header(i, file, &sheet->header, path)) {
        return;
    }
    for (uint32_t r = 0; r < sheet->count; r++) {
        place at = {path, sheet->records[r].line};
        if (n_check_cells(i, file, &sheet->records[r], at, cells)) {
            seen[seen_count++] = (seen_id){cells[file->codes < CODE_TABLES ? 1 : 0], at.line};
            takes[number](i, cells, at);
        }
    }
    check_twice(i, file, seen, seen_count, path);
}
