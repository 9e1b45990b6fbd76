/* people/n_user.c - ユーザ情報ファイル, 21 columns (SPEC section 7.2, IMP-11, IMP-12, TRAP-02).
 * Group and pattern become an assignment from a date on (TRAP-25). */
#include "n.h"

#include "words.h"

#include <kinmu/events/settings.h>

#include <string.h>

#define PERSON(field) KIND_PERSON, KINMU_PEOPLE_PERSON_##field
#define ASSIGNMENT(field) KIND_ASSIGNMENT, KINMU_PEOPLE_ASSIGNMENT_##field
#define NOTICE_FIRST 14 /* cells 15 to 19 */
#define NOTICE_LAST 18

const n_column n_user_columns[N_USER_COLUMNS] = {
    {"更新区分", KINDS, 0, CELL_CODE, 1, COLUMN_REQUIRED},
    {"ユーザID", PERSON(PERSON), CELL_PERSON_ID, 32, COLUMN_REQUIRED},
    {"社員番号", PERSON(EMPLOYEE_NO), CELL_TEXT, 64, COLUMN_REQUIRED},
    {"ユーザ名", PERSON(NAME), CELL_TEXT, 64, COLUMN_REQUIRED},
    {"ふりがな", PERSON(KANA), CELL_TEXT, 64, 0},
    {"所属グループID", ASSIGNMENT(GROUP_ID), CELL_GROUP_ID, 32, COLUMN_REQUIRED},
    {"管理者権限", PERSON(IS_ADMIN), CELL_FLAG, 1, COLUMN_REQUIRED},
    {"見える化ダッシュボード閲覧権限", PERSON(SEES_DASHBOARD), CELL_FLAG, 1, COLUMN_REQUIRED},
    {"働き方検索権限", KINDS, 0, CELL_IGNORED, 0, 0},
    {"メールアドレス", PERSON(MAIL), CELL_MAIL, 256, COLUMN_REQUIRED},
    {"開始申請承認必須区分", PERSON(START_APPROVAL), CELL_CHOICE, 1, COLUMN_REQUIRED},
    {"終了申請承認必須区分", PERSON(END_APPROVAL), CELL_CHOICE, 1, COLUMN_REQUIRED},
    {"申請時業務登録必須区分", PERSON(TASK_AT_REQUEST), CELL_CHOICE, 1, COLUMN_REQUIRED},
    {"勤務終了時業務報告必須区分", PERSON(REPORT_AT_END), CELL_CHOICE, 1, COLUMN_REQUIRED},
    {"休憩通知区分", PERSON(NOTIFY_BREAK), CELL_FLAG, 1, 0},
    {"勤務終了前通知区分", PERSON(NOTIFY_BEFORE_END), CELL_FLAG, 1, 0},
    {"勤務終了予定時刻通知区分", PERSON(NOTIFY_END), CELL_FLAG, 1, 0},
    {"勤務時間外バルーン通知区分", PERSON(NOTIFY_OUTSIDE), CELL_FLAG, 1, 0},
    {"残業管理区分", PERSON(OVERTIME_MANAGED), CELL_FLAG, 1, 0},
    {"勤務パターンID", ASSIGNMENT(PATTERN_ID), CELL_GROUP_ID, 32, 0},
    {"削除区分", KINDS, 0, CELL_IGNORED, 0, 0},
};

void person_defaults(kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS]) {
    memset(values, 0, KINMU_PEOPLE_PERSON_FIELDS * sizeof *values);
    for (uint32_t f = 0; f < KINMU_PEOPLE_PERSON_FIELDS; f++) {
        const kinmu_field *field = kind_field(KIND_PERSON, f);
        uint32_t size = 0;
        if (field->type == KINMU_TYPE_BOOL) {
            values[f] = kinmu_bool(0);
        } else if (field->choices != NULL) {
            const char *first = words_choice_at(field->choices, 0, &size);
            values[f] = kinmu_text_n(first, size);
        } else if ((field->flags & KINMU_FIELD_REQUIRED) != 0) {
            values[f] = kinmu_text("");
        }
    }
    values[KINMU_PEOPLE_PERSON_SOURCE] = kinmu_text("manual");
}

/* What is left of an erased person: the id, which figures of past days go on to name. */
static void blank(kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS], const row *person) {
    person_defaults(values);
    values[KINMU_PEOPLE_PERSON_PERSON] = person->values[KINMU_PEOPLE_PERSON_PERSON];
    values[KINMU_PEOPLE_PERSON_SOURCE] = person->values[KINMU_PEOPLE_PERSON_SOURCE];
    values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("erased");
}

/* In again, and nothing more of him is erased; what he came in by before is void (SCR-14). */
static void revive(kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS], const row *person) {
    values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("active");
    values[KINMU_PEOPLE_PERSON_ERASE_ASKED_NS] = kinmu_null();
    values[KINMU_PEOPLE_PERSON_RESUMED] =
        kinmu_i64(book_number(person, KINMU_PEOPLE_PERSON_RESUMED) + 1);
}

static void add_reissue(importing *i, const char *person) {
    reissues *r = &i->reissues;
    const char **people = memory_grow(i->memory, r->people, r->count, &r->capacity, sizeof *people);
    if (people != NULL) {
        r->people = people;
        r->people[r->count++] = person;
    }
}

void person_set_state(importing *i, const row *person, int32_t action, place at) {
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS];
    memcpy(values, person->values, sizeof values);
    switch (action) {
    case DO_SUSPEND:
        values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("suspended");
        break;
    case DO_DELETE:
        values[KINMU_PEOPLE_PERSON_STATE] = kinmu_text("deleted");
        break;
    case DO_REVIVE:
        revive(values, person);
        add_reissue(i, book_text(person, KINMU_PEOPLE_PERSON_PERSON));
        break;
    case DO_ERASE:
        blank(values, person);
        break;
    default:
        add_reissue(i, book_text(person, KINMU_PEOPLE_PERSON_PERSON));
        problems_add(i->warnings, "person.link", at, 2,
                     book_text(person, KINMU_PEOPLE_PERSON_PERSON), NULL);
        return;
    }
    (void)book_put(i->book, KIND_PERSON, values, at);
}

static void put_person(importing *i, const char *const *cells, const row *person, int32_t action,
                       place at) {
    kinmu_value values[KINMU_PEOPLE_PERSON_FIELDS];
    if (person != NULL) {
        memcpy(values, person->values, sizeof values);
    } else {
        person_defaults(values);
        values[KINMU_PEOPLE_PERSON_SOURCE] = kinmu_text("import");
    }
    for (int32_t c = NOTICE_FIRST; c <= NOTICE_LAST; c++) {
        if (cells[c][0] == '1' &&
            strcmp(book_setting(i->book, KINMU_SETTING_REGISTRATION_AUTO), "on") == 0) {
            problems_add(i->warnings, "person.notify", at, (uint32_t)c + 1, cells[1], NULL);
            break;
        }
    }
    n_fill(i, &n_files[N_USER], cells, KIND_PERSON, person, values);
    if (action == DO_REVIVE) {
        revive(values, person);
    }
    (void)book_put(i->book, KIND_PERSON, values, at);
}

static void put_assignment(importing *i, const char *const *cells, place at) {
    kinmu_value values[KINMU_PEOPLE_ASSIGNMENT_FIELDS] = {{0}};
    const row *last = book_latest(i->book, KIND_ASSIGNMENT, cells[1]);
    n_fill(i, &n_files[N_USER], cells, KIND_ASSIGNMENT, NULL, values);
    values[KINMU_PEOPLE_ASSIGNMENT_PERSON] = kinmu_text(cells[1]);
    values[KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS] =
        last != NULL ? last->values[KINMU_PEOPLE_ASSIGNMENT_WORK_CLASS] : kinmu_text("ordinary");
    n_put_dated(i, KIND_ASSIGNMENT, values, at);
}

void n_user_row(importing *i, const char *const *cells, place at) {
    const row *person = book_first(i->book, KIND_PERSON, cells[1]);
    int32_t action =
        n_action(i, &n_files[N_USER], cells, book_text(person, KINMU_PEOPLE_PERSON_STATE), at);
    switch (action) {
    case DO_NOTHING:
        break;
    case DO_CREATE:
    case DO_UPDATE:
    case DO_REVIVE:
        if (action == DO_REVIVE) {
            add_reissue(i, cells[1]);
        }
        put_person(i, cells, person, action, at);
        put_assignment(i, cells, at);
        break;
    default:
        person_set_state(i, person, action, at);
        break;
    }
}
