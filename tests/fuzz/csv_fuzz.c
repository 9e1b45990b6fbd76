/* csv_fuzz.c - any bytes as a file to import: refused with a place inside the file, or records
 * within the limits whose cells are UTF-8 (X21). The first byte chooses the character set, and
 * whether the bytes stand below the head of a file of schedules: then plans that hold together, or
 * problems with a place (WRK-18). */
#include "../../plugins/shared/encode.c"
#include "../../plugins/shared/encode_iconv.c"
#include "../../plugins/shared/memory.c"
#include "../../plugins/shared/sentences.c"
#include "../../plugins/shared/words.c"

#define take bindings_take
#include "../../plugins/connectors/people/bindings.c"
#undef take
#undef NAME_CHARACTERS_MAX
#include "../../plugins/connectors/people/book.c"
#include "../../plugins/connectors/people/codes.c"
#include "../../plugins/connectors/people/csv.c"
#include "../../plugins/connectors/people/n_group.c"
#undef GROUP
#include "../../plugins/connectors/people/n_pattern.c"
#undef PATTERN
#include "../../plugins/connectors/people/n_sheet.c"
#include "../../plugins/connectors/people/n_site.c"
#include "../../plugins/connectors/people/n_user.c"
#undef PERSON
#include "../../plugins/connectors/people/problems.c"
#define take_clock take_schedule_clock
#include "../../plugins/connectors/people/schedules.c"

#define SCHEDULES_HEAD "ユーザID,日付,種別,勤務パターンID,開始時刻,終了時刻,休憩時間帯\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static decoding *of(uint32_t charset) {
    static decoding *made[3];
    kinmu_err err;
    if (made[charset] == NULL && decoding_create(charset, &made[charset], &err) != KINMU_OK) {
        abort();
    }
    return made[charset];
}

static void check_record(const csv_record *record, uint32_t lines) {
    if (record->count > CSV_CELLS_MAX || record->line < 1 || record->line > lines) {
        abort();
    }
    for (uint32_t c = 0; c < record->count; c++) {
        size_t length = strlen(record->cells[c]);
        for (size_t at = 0; at < length;) {
            if (encode_next(record->cells[c], length, &at) == ENCODE_BAD_CHARACTER) {
                abort();
            }
        }
        if (length > CSV_CELL_BYTES_MAX) {
            abort();
        }
    }
}

/* A plan the book took: its shift has an end after its start, and breaks in between. */
static void check_plan(const row *r) {
    char breaks[128];
    int64_t start = book_number(r, KINMU_PEOPLE_SCHEDULE_START_CLOCK);
    int64_t end = book_number(r, KINMU_PEOPLE_SCHEDULE_END_CLOCK);
    int32_t has_clocks = r->values[KINMU_PEOPLE_SCHEDULE_END_CLOCK].type != KINMU_TYPE_NULL;
    const char *said = book_text(r, KINMU_PEOPLE_SCHEDULE_BREAKS);
    if (has_clocks &&
        (start >= end || end > WORDS_CLOCK_MAX || !words_shift_breaks(said, start, end, breaks) ||
         strcmp(said, breaks) != 0)) {
        abort();
    }
}

static void take_schedules(const uint8_t *data, size_t size, uint32_t lines) {
    book b = {.today = "2026-11-22", .change = 1};
    problems found = {.memory = &b.memory};
    importing i = {.book = &b, .problems = &found, .warnings = &found, .memory = &b.memory};
    kinmu_value person[KINMU_PEOPLE_PERSON_FIELDS];
    kinmu_value pattern[KINMU_PEOPLE_PATTERN_FIELDS] = {
        kinmu_text("P"),
        kinmu_text(BOOK_EVER), [KINMU_PEOPLE_PATTERN_STATE] = kinmu_text("active")};
    csv_sheet sheet;
    csv_fault fault = {NULL, 0, 0};
    person_defaults(person);
    person[KINMU_PEOPLE_PERSON_PERSON] = kinmu_text("U");
    person[KINMU_PEOPLE_PERSON_EMPLOYEE_NO] = kinmu_text("1");
    (void)book_put(&b, KIND_PERSON, person, (place){NULL, 0});
    (void)book_put(&b, KIND_PATTERN, pattern, (place){NULL, 0});
    const char *text = memory_print(&b.memory, "%s", SCHEDULES_HEAD);
    uint8_t *all = memory_get(&b.memory, strlen(text) + size + 1);
    memcpy(all, text, strlen(text));
    memcpy(all + strlen(text), data, size);
    if (csv_read(&b.memory, of(ENCODE_UTF8_BOM), all, strlen(text) + size, &sheet, &fault) ==
        KINMU_OK) {
        if (!schedules_are(&sheet.header, NULL)) {
            abort();
        }
        schedules_take(&i, &sheet, "schedule.csv");
    }
    for (uint32_t n = 0; n < found.count; n++) {
        const problem *one = &found.rows[n];
        if (one->at.line < 2 || one->at.line > lines + 1 || one->column > SCHEDULE_COLUMNS) {
            abort();
        }
    }
    for (uint32_t n = 0; n < b.shelves[KIND_SCHEDULE].count; n++) {
        check_plan(b.shelves[KIND_SCHEDULE].rows[n]);
    }
    book_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {NULL, 0};
    csv_sheet sheet;
    csv_fault fault = {NULL, 0, 0};
    uint32_t lines = 1;
    if (size < 1) {
        return 0;
    }
    uint32_t charset = data[0] % 2 == 0 ? ENCODE_CP932 : ENCODE_UTF8_BOM;
    for (size_t i = 1; i < size; i++) {
        lines += data[i] == '\n';
    }
    if ((data[0] & 2) != 0) {
        take_schedules(data + 1, size - 1, lines);
        return 0;
    }
    (void)csv_refuse_bytes(data + 1, size - 1, charset);
    int32_t status = csv_read(&m, of(charset), data + 1, size - 1, &sheet, &fault);
    if (status == KINMU_OK) {
        check_record(&sheet.header, lines);
        for (uint32_t r = 0; r < sheet.count; r++) {
            check_record(&sheet.records[r], lines);
        }
    } else if (status == KINMU_E_REJECT &&
               (fault.code == NULL || fault.line < 1 || fault.line > lines || fault.column < 1)) {
        abort();
    }
    memory_free(&m);
    return 0;
}
