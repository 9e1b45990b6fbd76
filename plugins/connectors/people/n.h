/* people/n.h - the four files of N (SPEC section 7.1 to 7.4): their columns as tables, and what a
 * row of each does to the book. Pure. A sheet is aligned and its cells are checked by n_sheet.c;
 * n_group.c, n_user.c, n_pattern.c and n_site.c know what the cells mean. */
#ifndef PEOPLE_N_H
#define PEOPLE_N_H

#include "codes.h"
#include "csv.h"
#include "problems.h"

#include <kinmu/option.h>

enum { N_GROUP, N_USER, N_PATTERN, N_SITE, N_FILES };
#define N_COLUMNS_MAX 21u

/* What a cell may hold. */
enum {
    CELL_CODE,
    CELL_TEXT,
    CELL_GROUP_ID, /* also of patterns */
    CELL_PERSON_ID,
    CELL_PERSON_LIST,
    CELL_FLAG,   /* 0, 1 */
    CELL_CHOICE, /* 0, 1, 2: place among the field's choices */
    CELL_MAIL,
    CELL_BREAKS,
    CELL_MINUTES,
    CELL_MORNING,
    CELL_CLOCK,
    CELL_IGNORED /* output only, or not in use */
};

#define COLUMN_REQUIRED 1u

typedef struct n_column {
    const char *header;
    uint32_t kind, field; /* the record's field it fills; KINDS = none */
    uint32_t check;
    uint32_t characters_max; /* 0 = none */
    uint32_t flags;
} n_column;

typedef struct n_file {
    const char *name;    /* "group": group_20261122.csv */
    const char *comment; /* what N writes below the header; NULL = nothing */
    const n_column *columns;
    uint32_t count;
    uint32_t codes; /* CODES_*; CODE_TABLES = no 更新区分 */
} n_file;

#define N_USER_COLUMNS 21
#define N_PATTERN_COLUMNS 8
#define N_SITE_COLUMNS 2
extern const n_column n_user_columns[N_USER_COLUMNS];
extern const n_column n_pattern_columns[N_PATTERN_COLUMNS];
extern const n_column n_site_columns[N_SITE_COLUMNS];
extern const n_file n_files[N_FILES];

/* People who need a new password to log in: asked for (更新区分 5), or able to log in again. */
typedef struct reissues {
    const char **people;
    uint32_t count, capacity;
} reissues;

/* What an import works on. */
typedef struct importing {
    book *book;
    problems *problems, *warnings;
    const char *from_date;  /* "" = today, or ever for what is new */
    const encoder *encoder; /* of the file's characters: what was lost in a download comes back */
    const kinmu_rows *profiles; /* of attendance systems; NULL = none */
    int64_t now_ns;
    int32_t is_lenient; /* as N's own examples are written (TRAP-01, TRAP-02, TRAP-05) */
    int32_t reserved;
    memory *memory;
    reissues reissues;
} importing;

/* Compares headers without blanks and in one width (TRAP-04). */
int32_t n_same_header(const char *a, const char *b);
/* 1 when the header line begins like the file's, so that it was meant to be one. */
int32_t n_is_meant(const n_file *file, const csv_record *header);
/* Checks the header line; 0 when problems were added. */
int32_t n_check_header(importing *i, const n_file *file, const csv_record *header,
                       const char *path);
/* The row's cells in the order of the columns; 0 when problems were added. */
int32_t n_check_cells(importing *i, const n_file *file, const csv_record *record, place at,
                      const char **cells);
/* Fills the fields of one kind of record from the cells. `current` may be NULL. */
void n_fill(const importing *i, const n_file *file, const char *const *cells, uint32_t kind,
            const row *current, kinmu_value *values);
/* What the row's 更新区分 does in that state; DO_NOTHING when refused, with a problem. */
int32_t n_action(importing *i, const n_file *file, const char *const *cells, const char *state,
                 place at);

/* Checks one field of a record as a file's cell would be; what no file has fits. 0: a problem. */
int32_t n_check_field(importing *i, uint32_t kind, uint32_t field, const kinmu_value *value);

/* Puts a (key, from_date, …) record in force from the import's date on; the same again changes
 * nothing. The date stands in values[1] afterwards. */
void n_put_dated(importing *i, uint32_t kind, kinmu_value *values, place at);

typedef void (*n_row_fn)(importing *i, const char *const *cells, place at);
void n_group_row(importing *i, const char *const *cells, place at);
void n_user_row(importing *i, const char *const *cells, place at);
void n_pattern_row(importing *i, const char *const *cells, place at);
void n_site_row(importing *i, const char *const *cells, place at);

/* Takes a whole sheet. */
void n_take(importing *i, uint32_t file, const csv_sheet *sheet, const char *path);

/* Also used by commands: what a person's record is where nothing is said, and a change of state. */
void person_defaults(kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS]);
void person_set_state(importing *i, const row *person, int32_t action, place at);

#endif
