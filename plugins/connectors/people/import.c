/* people/import.c - files become changes of the book: read, told apart by their header lines, taken
 * together, judged over the whole, applied all or not at all (IMP-01 to IMP-08).
 *
 * Files are read and decoded once; a judgement that somebody else's decision overtook begins with
 * the records again. */
#include "caller.h"
#include "n.h"
#include "people.h"
#include "report.h"
#include "rules.h"
#include "sheets.h"

#include <kinmu/events/import.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 8u
#define FILE_UNKNOWN (N_FILES + SHEETS)
#define POSITION_MARK "# kinmu position="

enum {
    INPUT_DRY_RUN,
    INPUT_BASE,
    INPUT_FORCE,
    INPUT_LENIENT,
    INPUT_ENCODING,
    INPUT_FROM_DATE,
    INPUT_REASON,
    INPUT_NAMES,
    INPUT_FILES
};

typedef struct file {
    const char *path;  /* as it was given */
    const char *name;  /* behind the last "/", or as the call says */
    const char *shown; /* where it cannot be read */
    csv_sheet sheet;
    uint32_t kind; /* N_*, then N_FILES + SHEET_*; FILE_UNKNOWN = unreadable too */
} file;

typedef struct files {
    file items[FILES_MAX];
    uint32_t count;
    problems problems; /* of reading them */
    encoder *encoder;
    uint64_t base; /* where the downloads were taken; 0 = not said */
} files;

/* ---- in the job, once ---- */

static uint8_t *read_bytes(memory *m, const char *path, size_t *size, const char **why) {
    FILE *in = path[0] == '/' ? fopen(path, "rb") : NULL;
    uint8_t *data = NULL;
    *why = path[0] == '/' ? strerror(errno) : "not an absolute path";
    if (in == NULL) {
        return NULL;
    }
    if (fseek(in, 0, SEEK_END) == 0) {
        long length = ftell(in);
        *size = length > 0 ? (size_t)length : 0;
        rewind(in);
        /* One byte more than allowed is enough to say that it is too large. */
        *size = *size > CSV_FILE_BYTES_MAX ? CSV_FILE_BYTES_MAX + 1 : *size;
        data = memory_get(m, *size + 1);
        *size = data != NULL ? fread(data, 1, *size, in) : 0;
    }
    *why = data == NULL || ferror(in) ? "it cannot be read" : NULL;
    (void)fclose(in);
    return data;
}

static uint32_t kind_of(const csv_record *header, const kinmu_rows *profiles) {
    uint32_t kind = 0;
    while (kind < FILE_UNKNOWN &&
           !(kind < N_FILES ? n_is_meant(&n_files[kind], header)
                            : sheet_kinds[kind - N_FILES].is_meant(header, profiles))) {
        kind++;
    }
    return kind;
}

/* What the file needs to be judged on, beside what every import does. */
static void note_needs(change *c, const file *one) {
    if (one->kind == N_PATTERN) {
        schedule_read_future(c); /* who is planned by a pattern that goes */
    }
    if (one->kind < N_FILES || one->kind == FILE_UNKNOWN) {
        return;
    }
    uint32_t kind = sheet_kinds[one->kind - N_FILES].kind;
    int32_t is_any = 1;
    if (kind == KIND_DAY) {
        is_any = days_range(&one->sheet, &c->owner->config->attendance, c->from_date, c->to_date);
    } else if (kind == KIND_SCHEDULE) {
        is_any = schedules_range(&one->sheet, c->from_date, c->to_date);
    }
    c->more_reads |= is_any ? KIND_BIT(kind) : 0;
}

static void read_file(change *c, files *f, file *one, const decoding *dec, uint32_t charset) {
    size_t size = 0;
    const char *why = NULL;
    csv_fault fault = {NULL, 0, 0};
    place at = {one->name, 0};
    const uint8_t *data = read_bytes(&c->call->memory, one->path, &size, &why);
    one->kind = FILE_UNKNOWN;
    if (why != NULL || data == NULL) {
        problems_add(&f->problems, "file.read", at, 0, one->shown, why);
        return;
    }
    const char *refused = csv_refuse_bytes(data, size, charset);
    if (refused != NULL) {
        problems_add(&f->problems, refused, at, 0, NULL, NULL);
        return;
    }
    if (csv_read(&c->call->memory, dec, data, size, &one->sheet, &fault) != KINMU_OK) {
        at.line = fault.line;
        problems_add(&f->problems, fault.code != NULL ? fault.code : "csv.columns", at,
                     fault.column, NULL, NULL);
        return;
    }
    one->kind = kind_of(&one->sheet.header, &c->owner->config->attendance);
    note_needs(c, one);
    if (one->kind == FILE_UNKNOWN) {
        at.line = one->sheet.header.line;
        problems_add(&f->problems, "header.unknown", at, 1, one->sheet.header.cells[0], NULL);
    }
}

/* A download says where it was taken; of several the oldest counts. */
static void find_base(files *f, const file *one) {
    for (uint32_t i = 0; i < one->sheet.comment_count; i++) {
        const char *comment = one->sheet.comments[i];
        size_t length = strlen(POSITION_MARK);
        if (comment != NULL && strncmp(comment, POSITION_MARK, length) == 0) {
            uint64_t base = strtoull(comment + length, NULL, 10);
            f->base = f->base == 0 || base < f->base ? base : f->base;
        }
    }
}

/* The next of the names a call gives, one a line; NULL when there is none. */
static const char *next_name(change *c, const char **at) {
    size_t length = strcspn(*at, "\n");
    const char *name = length > 0 ? memory_text(&c->call->memory, *at, length) : NULL;
    *at += length + ((*at)[length] == '\n');
    return name;
}

static void split_paths(change *c, files *f) {
    const char *names = desk_text(c->call, INPUT_NAMES);
    char *at = memory_text(&c->call->memory, desk_text(c->call, INPUT_FILES),
                           strlen(desk_text(c->call, INPUT_FILES)));
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, "\n");
        char *next = at[length] != '\0' ? at + length + 1 : at + length;
        at[length] = '\0';
        if (length > 0 && f->count == FILES_MAX) {
            problems_add(&f->problems, "file.many", (place){at, 0}, 0, NULL, NULL);
            return;
        }
        if (length > 0) {
            const char *slash = strrchr(at, '/');
            const char *name = next_name(c, &names);
            f->items[f->count++] = (file){.path = at,
                                          .name = name != NULL    ? name
                                                  : slash != NULL ? slash + 1
                                                                  : at,
                                          .shown = name != NULL ? name : at};
        }
        at = next;
    }
}

static void refuse_twice(files *f) {
    for (uint32_t i = 1; i < f->count; i++) {
        for (uint32_t k = 0; k < i && f->items[i].kind < FILE_UNKNOWN; k++) {
            if (f->items[k].kind == f->items[i].kind) {
                problems_add(&f->problems, "file.twice", (place){f->items[i].name, 0}, 0,
                             f->items[k].name, NULL);
                break;
            }
        }
    }
}

int32_t import_prepare(change *c) {
    files *f = memory_get(&c->call->memory, sizeof *f);
    decoding *dec = NULL;
    const char *encoding =
        desk_is_given(c->call, INPUT_ENCODING) ? desk_text(c->call, INPUT_ENCODING) : "cp932";
    uint32_t charset = strcmp(encoding, "utf8") == 0 ? ENCODE_UTF8_BOM : ENCODE_CP932;
    if (f == NULL) {
        return people_fail(&c->call->err, KINMU_E_NOMEM, "memory", "no memory");
    }
    if (strcmp(encoding, "utf8") != 0 && strcmp(encoding, "cp932") != 0) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "import.encoding",
                           "encoding is cp932 or utf8, not \"%s\"", encoding);
    }
    f->problems.memory = &c->call->memory;
    split_paths(c, f);
    if (f->count == 0) {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "import.files",
            "取り込むファイルを絶対パスで指定してください / give absolute paths of the "
            "files to import");
    }
    int32_t status = decoding_create(charset, &dec, &c->call->err);
    for (uint32_t i = 0; status == KINMU_OK && i < f->count; i++) {
        read_file(c, f, &f->items[i], dec, charset);
        find_base(f, &f->items[i]);
    }
    decoding_destroy(dec);
    refuse_twice(f);
    c->prepared = f;
    return status;
}

/* ---- judging ---- */

/* Of schedules those that the file names: others plan other groups meanwhile. */
static uint64_t newest_named(const book *b, const char *name, uint64_t newest) {
    const shelf *s = &b->shelves[KIND_SCHEDULE];
    for (uint32_t i = 0; i < s->count; i++) {
        const row *r = s->rows[i];
        newest = r->from.file == name && r->block > newest ? r->block : newest;
    }
    return newest;
}

/* Rows of the files' kinds that are newer than the download: key by key in the difference already
 * told; here only whether there are any. */
static uint64_t newest_of(const book *b, const files *f) {
    static const uint32_t of[N_FILES][2] = {[N_GROUP] = {KIND_GROUP, KIND_GROUP},
                                            [N_USER] = {KIND_PERSON, KIND_ASSIGNMENT},
                                            [N_PATTERN] = {KIND_PATTERN, KIND_PATTERN},
                                            [N_SITE] = {KIND_SITE, KIND_SITE}};
    uint64_t newest = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        for (uint32_t k = 0; f->items[i].kind < N_FILES && k < 2; k++) {
            uint64_t block = b->newest_block[of[f->items[i].kind][k]];
            newest = block > newest ? block : newest;
        }
        if (f->items[i].kind == N_FILES + SHEET_SCHEDULES) {
            newest = newest_named(b, f->items[i].name, newest);
        }
    }
    return newest;
}

static void check_base(const book *b, const change *c, const files *f, problems *p) {
    char one[32];
    char two[32];
    uint64_t base = (uint64_t)desk_number(c->call, INPUT_BASE, (int64_t)f->base);
    uint64_t newest = newest_of(b, f);
    if (base != 0 && newest > base && !desk_number(c->call, INPUT_FORCE, 0)) {
        (void)snprintf(one, sizeof one, "%llu", (unsigned long long)base);
        (void)snprintf(two, sizeof two, "%llu", (unsigned long long)newest);
        problems_add(p, "base.stale", (place){NULL, 0}, 0, one, two);
    }
}

/* The mapping file is the whole list. */
static void remove_sites(importing *i, const file *one) {
    const shelf *sites = &i->book->shelves[KIND_SITE];
    for (uint32_t r = 0; r < sites->count; r++) {
        const row *site = sites->rows[r];
        kinmu_value values[KINMU_PEOPLE_SITE_FIELDS];
        if (book_lives(site) && site->from.file != one->name) {
            memcpy(values, site->values, sizeof values);
            values[KINMU_PEOPLE_SITE_STATE] = kinmu_text("deleted");
            (void)book_put(i->book, KIND_SITE, values, (place){one->name, 0});
        }
    }
}

static void take_all(importing *i, const files *f) {
    for (uint32_t k = 0; k < f->count; k++) {
        const file *one = &f->items[k];
        uint32_t before = i->problems->total;
        if (one->kind < N_FILES) {
            n_take(i, one->kind, &one->sheet, one->name);
        }
        if (one->kind == N_SITE && i->problems->total == before) {
            remove_sites(i, one);
        }
    }
    for (uint32_t k = 0; k < f->count; k++) { /* these name people the others may bring */
        const file *one = &f->items[k];
        if (one->kind >= N_FILES && one->kind < FILE_UNKNOWN) {
            sheet_kinds[one->kind - N_FILES].take(i, &one->sheet, one->name);
        }
    }
}

static int32_t has_people(const files *f) {
    for (uint32_t k = 0; k < f->count; k++) {
        if (f->items[k].kind < N_SITE) {
            return 1;
        }
    }
    return 0;
}

/* One sentence for the command line: how many, and the first. */
static void summarize(change *c, const problems *p) {
    const problem *first = &p->rows[0];
    char where[32] = "";
    const char *name = first->at.file != NULL ? first->at.file : "";
    const char *colon = name[0] != '\0' ? ": " : "";
    if (first->at.line > 0 && first->column > 0) {
        (void)snprintf(where, sizeof where, ":%u:%u", first->at.line, first->column);
    } else if (first->at.line > 0) {
        (void)snprintf(where, sizeof where, ":%u", first->at.line);
    }
    (void)people_fail(
        &c->call->err, KINMU_E_REJECT, first->code,
        "%s%s%s%s（全 %u 件。何も変更していません） / %s%s%s%s (%u in all; nothing was "
        "changed)",
        name, where, colon, first->ja, p->total, name, where, colon, first->en, p->total);
}

static void answer(change *c, book *b, uint32_t mark, problems *p, problems *warnings,
                   int32_t is_applied) {
    int64_t totals[3];
    memory *m = &b->memory;
    const char *difference = report_difference(m, b, mark, totals);
    if (access_is_approved(b) && access_is_operator(c->call->caller)) {
        difference = "{}"; /* it shows what was there before */
    }
    c->call->out_count = 0;
    desk_answer(c->call, kinmu_bool(is_applied));
    for (uint32_t i = 0; i < 3; i++) {
        desk_answer(c->call, kinmu_i64(totals[i]));
    }
    desk_answer(c->call, kinmu_i64(p->total));
    desk_answer(c->call, kinmu_text(report_problems(m, p)));
    desk_answer(c->call, kinmu_text(report_problems(m, warnings)));
    desk_answer(c->call, kinmu_text(difference));
}

static const char *names_of(memory *m, const files *f) {
    const char *names = "";
    for (uint32_t i = 0; i < f->count && names != NULL; i++) {
        names = memory_print(m, "%s%s%s", names, i > 0 ? "\n" : "", f->items[i].name);
    }
    return names != NULL ? names : "";
}

/* The result as an event: with the decision it became, or alone, once, when it changed nothing. */
static void tell_result(book *b, change *c, const files *f, problems *p, int32_t is_refused) {
    const kinmu_value *out = c->call->out;
    const char *first =
        is_refused ? report_first_problems(&b->memory, p, KINMU_IMPORT_PROBLEMS_TOLD) : NULL;
    kinmu_value *values = memory_get(&b->memory, KINMU_IMPORT_RESULT_FIELDS * sizeof *values);
    if (values == NULL) {
        return; /* the memory remembers */
    }
    values[KINMU_IMPORT_RESULT_IMPORTED_BY] = kinmu_text(caller_name(c->call->caller));
    values[KINMU_IMPORT_RESULT_RESULT] = kinmu_text(is_refused ? "refused" : "done");
    values[KINMU_IMPORT_RESULT_FILES] = kinmu_text(names_of(&b->memory, f));
    for (uint32_t i = 0; i < 4; i++) { /* the answer's: added, changed, removed, errors */
        values[KINMU_IMPORT_RESULT_ADDED + i] = is_refused && i < 3 ? kinmu_i64(0) : out[i + 1];
    }
    values[KINMU_IMPORT_RESULT_WARNINGS] = kinmu_i64(c->warned);
    values[KINMU_IMPORT_RESULT_PROBLEMS] = first != NULL ? kinmu_text(first) : kinmu_null();
    if (!is_refused && out[1].as.i64 + out[2].as.i64 + out[3].as.i64 > 0) {
        c->result = values;
        return;
    }
    if (c->is_told) {
        return; /* judged again */
    }
    c->is_told = 1;
    const kinmu_event event = {.schema = USE_IMPORT,
                               .subject = "",
                               .values = values,
                               .value_count = KINMU_IMPORT_RESULT_FIELDS};
    (void)c->owner->desk.bus->publish(c->owner->host, &event, 1, NULL);
}

int32_t import_judge(book *b, change *c) {
    files *f = c->prepared;
    problems found = {&b->memory, NULL, 0, 0, 0};
    problems warnings = {&b->memory, NULL, 0, 0, 0};
    char date[WORDS_DATE_SIZE] = "";
    uint32_t mark = book_mark(b);
    for (uint32_t i = 0; i < f->problems.count; i++) {
        found.rows =
            memory_grow(&b->memory, found.rows, found.count, &found.capacity, sizeof *found.rows);
        if (found.rows == NULL) {
            return KINMU_E_NOMEM;
        }
        found.rows[found.count++] = f->problems.rows[i];
        found.total++;
    }
    if (desk_is_given(c->call, INPUT_FROM_DATE) &&
        !words_date(desk_text(c->call, INPUT_FROM_DATE), date)) {
        problems_add(&found, "cell.date", (place){NULL, 0}, 0, "from_date",
                     desk_text(c->call, INPUT_FROM_DATE));
    }
    encoder *enc = NULL;
    int32_t status = encoder_create(ENCODE_CP932, &enc, &c->call->err);
    if (status != KINMU_OK) {
        return status;
    }
    importing i = {.book = b,
                   .problems = &found,
                   .warnings = &warnings,
                   .from_date = date,
                   .encoder = enc,
                   .is_lenient = desk_number(c->call, INPUT_LENIENT, 0) != 0,
                   .profiles = &c->owner->config->attendance,
                   .now_ns = c->call->now_ns,
                   .memory = &b->memory};
    take_all(&i, f);
    encoder_destroy(enc);
    if (found.total == 0 && has_people(f)) {
        rules_check(b, mark, &found);
    }
    check_base(b, c, f, &found);
    int32_t is_refused = found.total > 0;
    int32_t is_dry = desk_number(c->call, INPUT_DRY_RUN, 0) != 0;
    answer(c, b, mark, &found, &warnings, !is_refused && !is_dry);
    c->warned = warnings.total;
    if (!is_dry) {
        tell_result(b, c, f, &found, is_refused);
    }
    if (is_refused && found.count > 0) {
        summarize(c, &found);
        return KINMU_E_REJECT;
    }
    if (!is_dry) {
        c->reissues = i.reissues.people;
        c->reissue_count = i.reissues.count;
    }
    if (is_dry) {
        book_undo(b, mark);
    }
    return KINMU_OK;
}
