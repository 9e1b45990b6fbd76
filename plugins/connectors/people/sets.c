/* people/sets.c - one record set by a command: what is not given stays as it is, or is what it is
 * where nothing is said. Judged by the same checks and rules as a file. */
#include "caller.h"
#include "n.h"
#include "people.h"
#include "settings.h"
#include "rules.h"

#include <kinmu/events/settings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS_MAX 256

enum { PERSON_GROUP = 17, PERSON_PATTERN, PERSON_CLASS, PERSON_FROM_DATE };
enum { STATE_PERSON, STATE_WORD };

static const place nowhere = {NULL, 0};

typedef struct setting_work {
    problems problems, warnings;
    importing import;
} setting_work;

static void begin(setting_work *w, book *b, change *c) {
    memset(w, 0, sizeof *w);
    w->problems.memory = &b->memory;
    w->warnings.memory = &b->memory;
    w->import = (importing){.book = b,
                            .problems = &w->problems,
                            .warnings = &w->warnings,
                            .from_date = "",
                            .profiles = &c->owner->config->attendance,
                            .memory = &b->memory};
}

/* The outcome: refused with the first problem, or whether anything is different now. */
static int32_t finish(const setting_work *w, book *b, change *c, uint32_t mark) {
    if (w->problems.count > 0) {
        const problem *first = &w->problems.rows[0];
        return people_fail(&c->call->err, KINMU_E_REJECT, first->code, "%s / %s", first->ja,
                           first->en);
    }
    c->reissues = w->import.reissues.people;
    c->reissue_count = w->import.reissues.count;
    desk_answer(c->call, kinmu_bool(book_mark(b) > mark));
    desk_answer_position(c->call);
    return KINMU_OK;
}

/* Takes the date of an input in its one form; 0: a problem. */
static int32_t take_date(setting_work *w, const change *c, uint32_t input, char *date) {
    date[0] = '\0';
    if (desk_is_given(c->call, input) && !words_date(desk_text(c->call, input), date)) {
        problems_add(&w->problems, "cell.date", nowhere, 0, "from_date", desk_text(c->call, input));
        return 0;
    }
    return 1;
}

/* ---- what a record is where nothing is said ---- */

static void defaults(uint32_t kind, kinmu_value *values) {
    memset(values, 0, BOOK_FIELDS_MAX * sizeof *values);
    switch (kind) {
    case KIND_PERSON:
        person_defaults(values);
        break;
    case KIND_GROUP:
        values[KINMU_PEOPLE_GROUP_STATE] = kinmu_text("active");
        break;
    case KIND_PATTERN:
        values[KINMU_PEOPLE_PATTERN_AUTO_END_CLOCK] = kinmu_i64(300);
        values[KINMU_PEOPLE_PATTERN_STATE] = kinmu_text("active");
        break;
    case KIND_ACCOUNT:
        values[KINMU_PEOPLE_ACCOUNT_SOURCE] = kinmu_text("manual");
        break;
    case KIND_SITE:
        values[KINMU_PEOPLE_SITE_STATE] = kinmu_text("active");
        break;
    default:
        break;
    }
}

/* "" takes a value away where there may be none. */
static void take_inputs(const change *c, kinmu_value *values) {
    for (uint32_t i = 0; i < c->work->field_count; i++) {
        int8_t at = c->work->fields[i];
        if (at < 0 || !desk_is_given(c->call, i)) {
            continue;
        }
        const kinmu_field *field = kind_field(c->work->kind, (uint32_t)at);
        int32_t is_none = c->call->values[i].type == KINMU_TYPE_TEXT &&
                          c->call->values[i].size == 0 &&
                          (field->flags & (KINMU_FIELD_REQUIRED | KINMU_FIELD_KEY)) == 0;
        values[at] = is_none ? kinmu_null() : c->call->values[i];
    }
}

/* ---- checks no file's column has ---- */

static void check_range(setting_work *w, const kinmu_field *field, const kinmu_value *value,
                        int64_t min, int64_t max) {
    char number[24];
    if (value->type == KINMU_TYPE_I64 && (value->as.i64 < min || value->as.i64 > max)) {
        (void)snprintf(number, sizeof number, "%lld", (long long)value->as.i64);
        problems_add(&w->problems, "cell.number", nowhere, 0, field->name, number);
    }
}

static void check_pattern(setting_work *w, kinmu_value *values, memory *m) {
    static const struct {
        uint32_t field;
        int64_t min, max;
    } ranges[] = {
        {KINMU_PEOPLE_PATTERN_WORK_MIN, 1, 1440},
        {KINMU_PEOPLE_PATTERN_MORNING_MIN, 1, 1440},
        {KINMU_PEOPLE_PATTERN_START_CLOCK, 0, 1439},
        {KINMU_PEOPLE_PATTERN_END_CLOCK, 0, WORDS_CLOCK_MAX},
        {KINMU_PEOPLE_PATTERN_AUTO_END_CLOCK, 0, 1439},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        check_range(w, kind_field(KIND_PATTERN, ranges[i].field), &values[ranges[i].field],
                    ranges[i].min, ranges[i].max);
    }
    const kinmu_value *morning = &values[KINMU_PEOPLE_PATTERN_MORNING_MIN];
    if (morning->type == KINMU_TYPE_I64 &&
        morning->as.i64 >= values[KINMU_PEOPLE_PATTERN_WORK_MIN].as.i64) {
        problems_add(&w->problems, "cell.number", nowhere, 0, "morning_min", "");
    }
    const kinmu_value *start = &values[KINMU_PEOPLE_PATTERN_START_CLOCK];
    const kinmu_value *end = &values[KINMU_PEOPLE_PATTERN_END_CLOCK];
    if (start->type == KINMU_TYPE_I64 && end->type == KINMU_TYPE_I64 &&
        end->as.i64 <= start->as.i64) {
        problems_add(&w->problems, "schedule.clocks", nowhere, 0, "", NULL);
    }
    char *breaks = memory_get(m, 128);
    kinmu_value *given = &values[KINMU_PEOPLE_PATTERN_BREAKS];
    if (given->type == KINMU_TYPE_TEXT && breaks != NULL && words_breaks(given->as.text, breaks)) {
        *given = kinmu_text(breaks);
    }
}

static void check_name(setting_work *w, uint32_t kind, const kinmu_value *values) {
    const char *name = values[0].as.text;
    if (name[0] == '\0') {
        problems_add(&w->problems, "cell.required", nowhere, 0, kind_field(kind, 0)->name, NULL);
    } else if (words_characters(name) > NAME_CHARACTERS_MAX) {
        problems_add(&w->problems, "cell.long", nowhere, 0, kind_field(kind, 0)->name, "256");
    }
}

static void check_record(setting_work *w, uint32_t kind, kinmu_value *values) {
    const char *person = "";
    char date[WORDS_DATE_SIZE];
    for (uint32_t f = 0; f < kind_fields(kind); f++) {
        int32_t is_from_date = f == 1 && strcmp(kind_field(kind, f)->name, "from_date") == 0;
        if (!is_from_date) {
            (void)n_check_field(&w->import, kind, f, &values[f]);
        }
    }
    if (w->problems.count > 0) {
        return;
    }
    check_name(w, kind, values);
    if (kind == KIND_PATTERN) {
        check_pattern(w, values, &w->import.book->memory);
    }
    if (kind == KIND_ACCOUNT || kind == KIND_COMPUTER) {
        person = values[2].type == KINMU_TYPE_TEXT ? values[2].as.text : "";
    }
    if (person[0] != '\0' && !book_lives(book_first(w->import.book, KIND_PERSON, person))) {
        problems_add(&w->problems, "person.unknown", nowhere, 0, person, NULL);
    }
    if (kind == KIND_HOLIDAY) {
        char *kept = memory_get(&w->import.book->memory, sizeof date);
        if (!words_date(values[KINMU_PEOPLE_HOLIDAY_DATE].as.text, date) || kept == NULL) {
            problems_add(&w->problems, "cell.date", nowhere, 0, "date",
                         values[KINMU_PEOPLE_HOLIDAY_DATE].as.text);
            return;
        }
        memcpy(kept, date, sizeof date);
        values[KINMU_PEOPLE_HOLIDAY_DATE] = kinmu_text(kept);
    }
}

/* ---- records with or without a date ---- */

static int32_t is_dated(uint32_t kind) {
    return kind == KIND_ASSIGNMENT || kind == KIND_PATTERN || kind == KIND_ACCOUNT ||
           kind == KIND_COMPUTER;
}

int32_t set_judge(book *b, change *c) {
    setting_work w;
    kinmu_value values[BOOK_FIELDS_MAX];
    char date[WORDS_DATE_SIZE] = "";
    uint32_t kind = c->work->kind;
    uint32_t mark = book_mark(b);
    begin(&w, b, c);
    const row *current = NULL;
    if (is_dated(kind)) {
        if (!take_date(&w, c, 1, date)) {
            return finish(&w, b, c, mark);
        }
        current = book_in_force(b, kind, desk_text(c->call, 0), date[0] != '\0' ? date : b->today);
        w.import.from_date = date;
    } else if (kinds[kind].key_count == 1) {
        current = book_first(b, kind, desk_text(c->call, 0));
    } else {
        current = book_find(b, kind, c->call->values);
    }
    defaults(kind, values);
    if (current != NULL) {
        memcpy(values, current->values, kind_fields(kind) * sizeof *values);
    }
    take_inputs(c, values);
    check_record(&w, kind, values);
    if (w.problems.count == 0 && is_dated(kind)) {
        n_put_dated(&w.import, kind, values, nowhere);
    } else if (w.problems.count == 0) {
        (void)book_put(b, kind, values, nowhere);
    }
    if (w.problems.count == 0 && (kind == KIND_GROUP || kind == KIND_PATTERN)) {
        rules_check(b, mark, &w.problems);
    }
    return finish(&w, b, c, mark);
}

/* ---- people ---- */

static void set_assignment(setting_work *w, const change *c) {
    kinmu_value values[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {{0}};
    book *b = w->import.book;
    const char *date = w->import.from_date[0] != '\0' ? w->import.from_date : b->today;
    const row *current = book_in_force(b, KIND_ASSIGNMENT, desk_text(c->call, 0), date);
    if (!desk_is_given(c->call, PERSON_GROUP) && !desk_is_given(c->call, PERSON_PATTERN) &&
        !desk_is_given(c->call, PERSON_CLASS)) {
        return;
    }
    values[KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS] = kinmu_text("ordinary");
    if (current != NULL) {
        memcpy(values, current->values, sizeof values);
    }
    values[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text(desk_text(c->call, 0));
    if (desk_is_given(c->call, PERSON_GROUP)) {
        values[KINMU_PEOPLE_ASSIGNMENT_GROUP_ID] = c->call->values[PERSON_GROUP];
    }
    if (desk_is_given(c->call, PERSON_PATTERN)) {
        const char *pattern = desk_text(c->call, PERSON_PATTERN);
        values[KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID] =
            pattern[0] != '\0' ? kinmu_text(pattern) : kinmu_null();
    }
    if (desk_is_given(c->call, PERSON_CLASS)) {
        values[KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS] = c->call->values[PERSON_CLASS];
    }
    (void)n_check_field(&w->import, KIND_ASSIGNMENT, KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS,
                        &values[KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS]);
    if (values[KINMU_PEOPLE_ASSIGNMENT_GROUP_ID].type == KINMU_TYPE_NULL) {
        problems_add(&w->problems, "cell.required", nowhere, 0, "group_id", NULL);
    }
    if (w->problems.count == 0) {
        n_put_dated(&w->import, KIND_ASSIGNMENT, values, nowhere);
    }
}

int32_t set_person_judge(book *b, change *c) {
    setting_work w;
    kinmu_value values[BOOK_FIELDS_MAX];
    char date[WORDS_DATE_SIZE];
    uint32_t mark = book_mark(b);
    begin(&w, b, c);
    if (!take_date(&w, c, PERSON_FROM_DATE, date)) {
        return finish(&w, b, c, mark);
    }
    w.import.from_date = date;
    const row *person = book_first(b, KIND_PERSON, desk_text(c->call, 0));
    if (person != NULL && !book_lives(person)) {
        problems_add(&w.problems,
                     book_is(person, KINMU_PEOPLE_PERSON_STATE, "erased") ? "code.erased"
                                                                          : "code.deleted",
                     nowhere, 0, desk_text(c->call, 0), NULL);
        return finish(&w, b, c, mark);
    }
    defaults(KIND_PERSON, values);
    if (person != NULL) {
        memcpy(values, person->values, KINMU_PEOPLE_PERSON_FIELDS * sizeof *values);
    }
    take_inputs(c, values);
    for (uint32_t f = 0; f < KINMU_PEOPLE_PERSON_FIELDS; f++) {
        int32_t may_be_empty = f == KINMU_PEOPLE_PERSON_MAIL && values[f].type == KINMU_TYPE_NULL;
        if (!may_be_empty) {
            (void)n_check_field(&w.import, KIND_PERSON, f, &values[f]);
        }
    }
    if (w.problems.count == 0) {
        (void)book_put(b, KIND_PERSON, values, nowhere);
        set_assignment(&w, c);
    }
    if (w.problems.count == 0) {
        rules_check(b, mark, &w.problems);
    }
    return finish(&w, b, c, mark);
}

/* The words of person_state as the codes of N's file. */
int32_t set_state_judge(book *b, change *c) {
    static const struct {
        const char *word;
        uint32_t code;
    } codes[] = {{"suspended", 3}, {"active", 4}, {"deleted", 6}, {"erased", 7}};
    setting_work w;
    uint32_t mark = book_mark(b);
    uint32_t code = 0;
    begin(&w, b, c);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        code = strcmp(codes[i].word, desk_text(c->call, STATE_WORD)) == 0 ? codes[i].code : code;
    }
    if (code == 0) {
        problems_add(&w.problems, "cell.word", nowhere, 0, "state", desk_text(c->call, STATE_WORD));
        return finish(&w, b, c, mark);
    }
    const row *person = book_first(b, KIND_PERSON, desk_text(c->call, STATE_PERSON));
    int32_t action = codes_look_up(CODES_PERSON, code,
                                   codes_state(book_text(person, KINMU_PEOPLE_PERSON_STATE)));
    if (action >= NO_EXISTS) {
        problems_add(&w.problems, codes_problem(action), nowhere, 0,
                     desk_text(c->call, STATE_PERSON), NULL);
    } else if (action != DO_NOTHING) {
        person_set_state(&w.import, person, action, nowhere);
        rules_check(b, mark, &w.problems);
    }
    return finish(&w, b, c, mark);
}

/* ---- settings ---- */

/* Who has to ask may not take the question away; and where nobody logs in, nobody could answer. */
static int32_t check_decider(const change *c, const char *name) {
    return strcmp(name, kinmu_settings[KINMU_SETTING_OPERATOR_ACCESS].name) == 0 &&
                   caller_person(c->call->caller) == NULL
               ? people_fail(&c->call->err, KINMU_E_DENIED, "access.setting",
                             "operator.access を変更できるのは、API にログインした管理者だけです / "
                             "only an administrator who logs in to the API sets operator.access")
               : KINMU_OK;
}

int32_t set_setting_judge(book *b, change *c) {
    enum { SCOPE, SCOPE_ID, NAME, FROM_DATE, VALUE };
    setting_work w;
    char date[WORDS_DATE_SIZE];
    uint32_t mark = book_mark(b);
    const char *scope = desk_is_given(c->call, SCOPE) ? desk_text(c->call, SCOPE) : "company";
    int32_t status = check_decider(c, desk_text(c->call, NAME));
    if (status != KINMU_OK) {
        return status;
    }
    begin(&w, b, c);
    (void)take_date(&w, c, FROM_DATE, date);
    const kinmu_setting *setting = settings_find(&w.problems, desk_text(c->call, NAME));
    if (setting == NULL) {
        return finish(&w, b, c, mark);
    }
    const kinmu_value values[KINMU_PEOPLE_SETTING_FIELDS] = {
        kinmu_text(scope), kinmu_text(desk_text(c->call, SCOPE_ID)), kinmu_text(setting->name),
        kinmu_text(date[0] != '\0' ? date : b->today), kinmu_text(desk_text(c->call, VALUE))};
    if (n_check_field(&w.import, KIND_SETTING, KINMU_PEOPLE_SETTING_SCOPE, &values[0])) {
        settings_check_owner(&w.problems, b, scope, desk_text(c->call, SCOPE_ID));
        settings_check(&w.problems, b, c, setting, scope, desk_text(c->call, VALUE));
    }
    status = contract_check(b, c, setting->name, desk_text(c->call, VALUE), values[3].as.text);
    if (status != KINMU_OK) {
        return status;
    }
    if (w.problems.count == 0) {
        (void)book_put(b, KIND_SETTING, values, nowhere);
    }
    contract_look(b, c);
    return finish(&w, b, c, mark);
}
