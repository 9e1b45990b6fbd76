/* people/bindings.c - コンピュータマスタ and the list of login accounts: two columns, a person
 * (ユーザID or 社員番号) and what is his (IMP-16, COL-08). The computer master is the whole list:
 * it names everybody who is active, and a computer it leaves out is nobody's from then on. */
#include "sheets.h"

#include "words.h"

#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS_MAX 256
#define MISSING_TOLD_MAX 20u

static int32_t is_header(const csv_record *header, const char *second) {
    return header->count == 2 &&
           (n_same_header(header->cells[0], "ユーザID") ||
            n_same_header(header->cells[0], "社員番号")) &&
           n_same_header(header->cells[1], second);
}

int32_t bindings_are_computers(const csv_record *header, const kinmu_rows *profiles) {
    (void)profiles;
    return is_header(header, "コンピュータ名");
}

int32_t bindings_are_accounts(const csv_record *header, const kinmu_rows *profiles) {
    (void)profiles;
    return is_header(header, "ログインアカウント名");
}

/* ---- people by number ---- */

static int by_number(const void *left, const void *right) {
    const row *a = *(const row *const *)left;
    const row *b = *(const row *const *)right;
    int order = strcmp(book_text(a, KINMU_PEOPLE_PERSON_EMPLOYEE_NO),
                       book_text(b, KINMU_PEOPLE_PERSON_EMPLOYEE_NO));
    if (order != 0) {
        return order;
    }
    int32_t is_active = book_is(a, KINMU_PEOPLE_PERSON_STATE, "active");
    order = book_is(b, KINMU_PEOPLE_PERSON_STATE, "active") - is_active;
    return order != 0 ? order : strcmp(book_text(a, 0), book_text(b, 0));
}

int32_t employees_make(memory *m, const book *b, employees *out) {
    const shelf *people = &b->shelves[KIND_PERSON];
    out->count = 0;
    out->rows = memory_get(m, (people->count + 1) * sizeof *out->rows);
    if (out->rows == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = 0; i < people->count; i++) {
        if (book_lives(people->rows[i])) {
            out->rows[out->count++] = people->rows[i];
        }
    }
    if (out->count > 1) {
        qsort(out->rows, out->count, sizeof *out->rows, by_number);
    }
    return KINMU_OK;
}

const row *employees_find(const employees *e, const char *employee_no) {
    uint32_t low = 0;
    uint32_t high = e->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(book_text(e->rows[middle], KINMU_PEOPLE_PERSON_EMPLOYEE_NO), employee_no) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < e->count && book_is(e->rows[low], KINMU_PEOPLE_PERSON_EMPLOYEE_NO, employee_no)
               ? e->rows[low]
               : NULL;
}

/* ---- rows ---- */

static const row *find_person(importing *i, const employees *e, const csv_sheet *sheet,
                              const char *cell, place at) {
    int32_t by_id = n_same_header(sheet->header.cells[0], "ユーザID");
    const row *person = by_id ? book_first(i->book, KIND_PERSON, cell) : employees_find(e, cell);
    if (!book_lives(person)) {
        problems_add(i->problems, "person.unknown", at, 1, cell, NULL);
        return NULL;
    }
    return person;
}

static int32_t cells_fit(importing *i, const csv_sheet *sheet, const csv_record *record, place at) {
    uint32_t before = i->problems->total;
    if (record->count != 2) {
        problems_add(i->problems, "csv.columns", at, 0, record->count < 2 ? "1" : "3", "2");
        return 0;
    }
    for (uint32_t c = 0; c < 2; c++) {
        if (record->cells[c][0] == '\0') {
            problems_add(i->problems, "cell.required", at, c + 1, sheet->header.cells[c], NULL);
        } else if (words_characters(record->cells[c]) > NAME_CHARACTERS_MAX) {
            problems_add(i->problems, "cell.long", at, c + 1, sheet->header.cells[c], "256");
        }
    }
    return i->problems->total == before;
}

static void bind(importing *i, uint32_t kind, const row *person, const char *name, place at) {
    kinmu_value values[KINMU_PEOPLE_ACCOUNT_FIELDS] = {{0}};
    values[0] = kinmu_text(name);
    values[2] = person->values[KINMU_PEOPLE_PERSON_PERSON];
    if (kind == KIND_ACCOUNT) {
        values[KINMU_PEOPLE_ACCOUNT_SOURCE] = kinmu_text("import");
    }
    const row *known = book_latest(i->book, kind, name);
    if (known != NULL && known->from.file == at.file &&
        !value_equal(&known->values[2], &values[2])) {
        problems_add(i->problems, "row.twice", at, 2, name, "");
        return;
    }
    n_put_dated(i, kind, values, at);
    row *now = book_first(i->book, kind, name);
    for (; now != NULL; now = book_next(now)) {
        now->from = at; /* also where nothing changed: it is in the file */
    }
}

/* Who is active and in no row. */
static void check_everybody(importing *i, const char *path) {
    const shelf *people = &i->book->shelves[KIND_PERSON];
    const shelf *computers = &i->book->shelves[KIND_COMPUTER];
    const char *missing = "";
    uint32_t count = 0;
    for (uint32_t k = 0; k < people->count; k++) {
        people->rows[k]->members = 0;
    }
    for (uint32_t k = 0; k < computers->count; k++) {
        const row *computer = computers->rows[k];
        row *person = computer->values != NULL && computer->from.file == path
                          ? book_first(i->book, KIND_PERSON,
                                       book_text(computer, KINMU_PEOPLE_COMPUTER_PERSON))
                          : NULL;
        if (person != NULL) {
            person->members = 1;
        }
    }
    for (uint32_t k = 0; k < people->count && missing != NULL; k++) {
        const row *person = people->rows[k];
        if (person->values != NULL && person->members == 0 &&
            book_is(person, KINMU_PEOPLE_PERSON_STATE, "active") && count++ < MISSING_TOLD_MAX) {
            missing = memory_print(i->memory, "%s%s%s", missing, count > 1 ? ", " : "",
                                   book_text(person, 0));
        }
    }
    if (count > 0) {
        problems_add(i->problems, "computer.missing", (place){path, 0}, 0, missing, NULL);
    }
}

static void release_others(importing *i, const char *path) {
    const shelf *computers = &i->book->shelves[KIND_COMPUTER];
    uint32_t count = computers->count;
    for (uint32_t k = 0; k < count; k++) {
        const row *computer = computers->rows[k];
        kinmu_value values[KINMU_PEOPLE_COMPUTER_FIELDS] = {{0}};
        if (computer->values == NULL || computer->from.file == path ||
            computer != book_latest(i->book, KIND_COMPUTER, book_text(computer, 0)) ||
            book_text(computer, KINMU_PEOPLE_COMPUTER_PERSON)[0] == '\0') {
            continue;
        }
        values[0] = computer->values[0];
        n_put_dated(i, KIND_COMPUTER, values, (place){path, 0});
    }
}

static void take(importing *i, const csv_sheet *sheet, const char *path, uint32_t kind) {
    employees e;
    if (employees_make(i->memory, i->book, &e) != KINMU_OK) {
        return;
    }
    for (uint32_t r = 0; r < sheet->count; r++) {
        const csv_record *record = &sheet->records[r];
        place at = {path, record->line};
        const row *person = cells_fit(i, sheet, record, at)
                                ? find_person(i, &e, sheet, record->cells[0], at)
                                : NULL;
        if (person != NULL) {
            bind(i, kind, person, record->cells[1], at);
        }
    }
}

void bindings_take_computers(importing *i, const csv_sheet *sheet, const char *path) {
    uint32_t before = i->problems->total;
    take(i, sheet, path, KIND_COMPUTER);
    if (i->problems->total == before) {
        check_everybody(i, path);
        release_others(i, path);
    }
}

void bindings_take_accounts(importing *i, const csv_sheet *sheet, const char *path) {
    take(i, sheet, path, KIND_ACCOUNT);
}
