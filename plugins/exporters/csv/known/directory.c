/* csv/known/directory.c - sorted tables over numbers. See directory.h.
 *
 * One table serves all that holds from a date on: (owner, date) -> value.
 */
#include "known/directory.h"

#include "known/fields.h"

#include <kinmu/events/fleet.h>
#include <kinmu/events/people.h>
#include <kinmu/events/settings.h>

#include <stdlib.h>
#include <string.h>

typedef struct dated {
    uint32_t owner;
    int32_t from_day;
    uint32_t value;
} dated;

typedef struct table {
    dated *rows;
    uint32_t count;
    uint32_t capacity;
} table;

struct directory {
    words *texts;
    person *people;
    uint32_t count;
    uint32_t capacity;
    table groups;   /* person -> group */
    table patterns; /* person -> work pattern */
    table starts;   /* work pattern -> its clock, WORDS_NONE for none, like the next */
    table ends;
    table accounts;    /* account -> person */
    table group_names; /* group -> name, from_day 0 */
    table plans;       /* owner 0 -> plan */
    table bindings;    /* owner 0 -> account or computer */
    table computers;   /* computer -> person */
    table devices;     /* origin in hex -> computer, from_day 0 */
    int32_t failed;
};

int32_t directory_create(words *texts, directory **out) {
    directory *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return KINMU_E_NOMEM;
    }
    d->texts = texts;
    *out = d;
    return KINMU_OK;
}

void directory_destroy(directory *d) {
    if (d == NULL) {
        return;
    }
    free(d->people);
    free(d->groups.rows);
    free(d->patterns.rows);
    free(d->starts.rows);
    free(d->ends.rows);
    free(d->accounts.rows);
    free(d->group_names.rows);
    free(d->plans.rows);
    free(d->bindings.rows);
    free(d->computers.rows);
    free(d->devices.rows);
    free(d);
}

/* Room for one more row; the array as it is when there is none. */
static void *make_room(directory *d, void *rows, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity) {
        return rows;
    }
    uint32_t more = *capacity == 0 ? 64 : *capacity * 2;
    void *bigger = realloc(rows, more * size);
    if (bigger == NULL) {
        d->failed = 1;
        return rows;
    }
    *capacity = more;
    return bigger;
}

static void add_dated(directory *d, table *t, uint32_t owner, int32_t from_day, uint32_t value) {
    t->rows = make_room(d, t->rows, t->count, &t->capacity, sizeof *t->rows);
    if (t->count < t->capacity) {
        t->rows[t->count++] = (dated){owner, from_day, value};
    }
}

static uint32_t text_number(directory *d, const kinmu_event *record, uint32_t field) {
    return words_value(d->texts, field_value(record, field));
}

void directory_person(directory *d, const kinmu_event *record) {
    uint32_t id = text_number(d, record, KINMU_PEOPLE_PERSON_PERSON);
    d->people = make_room(d, d->people, d->count, &d->capacity, sizeof *d->people);
    if (id == WORDS_NONE || d->count == d->capacity) {
        return;
    }
    uint32_t employee_no = text_number(d, record, KINMU_PEOPLE_PERSON_EMPLOYEE_NO);
    int32_t has_number = words_text(d->texts, employee_no)[0] != '\0';
    d->people[d->count++] =
        (person){.id = id,
                 .who = has_number ? employee_no : id,
                 .name = text_number(d, record, KINMU_PEOPLE_PERSON_NAME),
                 .kana = text_number(d, record, KINMU_PEOPLE_PERSON_KANA),
                 .mail = text_number(d, record, KINMU_PEOPLE_PERSON_MAIL),
                 .is_deleted = field_is(record, KINMU_PEOPLE_PERSON_STATE, "deleted"),
                 .is_suspended = field_is(record, KINMU_PEOPLE_PERSON_STATE, "suspended")};
}

static void add_record(directory *d, table *t, const kinmu_event *record, uint32_t owner,
                       uint32_t from_date, uint32_t value) {
    int32_t day = 0;
    uint32_t number = text_number(d, record, owner);
    if (number != WORDS_NONE && period_read_value(field_value(record, from_date), &day)) {
        add_dated(d, t, number, day, text_number(d, record, value));
    }
}

void directory_assignment(directory *d, const kinmu_event *record) {
    add_record(d, &d->groups, record, KINMU_PEOPLE_ASSIGNMENT_PERSON,
               KINMU_PEOPLE_ASSIGNMENT_FROM_DATE, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID);
    add_record(d, &d->patterns, record, KINMU_PEOPLE_ASSIGNMENT_PERSON,
               KINMU_PEOPLE_ASSIGNMENT_FROM_DATE, KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID);
}

static uint32_t clock_number(const kinmu_event *record, uint32_t field) {
    return (uint32_t)field_number(record, field, INT16_MAX, -1); /* -1 is WORDS_NONE */
}

void directory_pattern(directory *d, const kinmu_event *record) {
    int32_t day = 0;
    uint32_t id = text_number(d, record, KINMU_PEOPLE_PATTERN_PATTERN_ID);
    if (id != WORDS_NONE &&
        period_read_value(field_value(record, KINMU_PEOPLE_PATTERN_FROM_DATE), &day)) {
        add_dated(d, &d->starts, id, day, clock_number(record, KINMU_PEOPLE_PATTERN_START_CLOCK));
        add_dated(d, &d->ends, id, day, clock_number(record, KINMU_PEOPLE_PATTERN_END_CLOCK));
    }
}

void directory_account(directory *d, const kinmu_event *record) {
    add_record(d, &d->accounts, record, KINMU_PEOPLE_ACCOUNT_ACCOUNT,
               KINMU_PEOPLE_ACCOUNT_FROM_DATE, KINMU_PEOPLE_ACCOUNT_PERSON);
}

void directory_group(directory *d, const kinmu_event *record) {
    uint32_t id = text_number(d, record, KINMU_PEOPLE_GROUP_GROUP_ID);
    if (id != WORDS_NONE) {
        add_dated(d, &d->group_names, id, 0, text_number(d, record, KINMU_PEOPLE_GROUP_NAME));
    }
}

void directory_computer(directory *d, const kinmu_event *record) {
    add_record(d, &d->computers, record, KINMU_PEOPLE_COMPUTER_COMPUTER,
               KINMU_PEOPLE_COMPUTER_FROM_DATE, KINMU_PEOPLE_COMPUTER_PERSON);
}

void directory_device(directory *d, const kinmu_event *record) {
    uint32_t origin = text_number(d, record, KINMU_FLEET_DEVICE_ORIGIN);
    if (origin != WORDS_NONE) {
        add_dated(d, &d->devices, origin, 0, text_number(d, record, KINMU_FLEET_DEVICE_NAME));
    }
}

static void add_company_setting(directory *d, table *t, uint32_t setting,
                                const kinmu_event *record) {
    int32_t day = 0;
    if (field_is(record, KINMU_PEOPLE_SETTING_NAME, kinmu_settings[setting].name) &&
        period_read_value(field_value(record, KINMU_PEOPLE_SETTING_FROM_DATE), &day)) {
        add_dated(d, t, 0, day, text_number(d, record, KINMU_PEOPLE_SETTING_VALUE));
    }
}

void directory_setting(directory *d, const kinmu_event *record) {
    if (field_is(record, KINMU_PEOPLE_SETTING_SCOPE, "company")) {
        add_company_setting(d, &d->plans, KINMU_SETTING_COMPANY_PLAN, record);
        add_company_setting(d, &d->bindings, KINMU_SETTING_BINDING_BY, record);
    }
}

static int compare_dated(const void *a, const void *b) {
    const dated *x = a;
    const dated *y = b;
    if (x->owner != y->owner) {
        return x->owner < y->owner ? -1 : 1;
    }
    return (x->from_day > y->from_day) - (x->from_day < y->from_day);
}

static int compare_ids(const void *a, const void *b) {
    const person *x = a;
    const person *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static int compare_who(const void *a, const void *b) {
    const person *x = a;
    const person *y = b;
    return (x->who > y->who) - (x->who < y->who);
}

static void sort_table(table *t) {
    if (t->count > 0) {
        qsort(t->rows, t->count, sizeof *t->rows, compare_dated);
    }
}

int32_t directory_seal(directory *d) {
    sort_table(&d->groups);
    sort_table(&d->patterns);
    sort_table(&d->starts);
    sort_table(&d->ends);
    sort_table(&d->accounts);
    sort_table(&d->group_names);
    sort_table(&d->plans);
    sort_table(&d->bindings);
    sort_table(&d->computers);
    sort_table(&d->devices);
    if (d->count > 0) {
        qsort(d->people, d->count, sizeof *d->people, compare_who);
        for (uint32_t from = 0, to = 0; from < d->count; from = to) {
            int32_t is_deleted = 1;
            for (to = from; to < d->count && d->people[to].who == d->people[from].who; to++) {
                is_deleted = is_deleted && d->people[to].is_deleted;
            }
            for (uint32_t i = from; i < to; i++) {
                d->people[i].is_deleted = is_deleted;
            }
        }
        qsort(d->people, d->count, sizeof *d->people, compare_ids);
    }
    return d->failed ? KINMU_E_NOMEM : KINMU_OK;
}

uint32_t directory_count(const directory *d) {
    return d->count;
}

const person *directory_at(const directory *d, uint32_t index) {
    return &d->people[index];
}

const person *directory_find(const directory *d, uint32_t id) {
    person key = {.id = id};
    return d->count == 0 ? NULL
                         : bsearch(&key, d->people, d->count, sizeof *d->people, compare_ids);
}

uint32_t directory_who(const directory *d, uint32_t id) {
    const person *found = directory_find(d, id);
    return found != NULL ? found->who : id;
}

/* The last row of the owner that does not begin after the day; NULL without one. */
static const dated *find_dated(const table *t, uint32_t owner, int32_t day) {
    uint32_t low = 0;
    uint32_t high = t->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const dated *row = &t->rows[middle];
        if (row->owner < owner || (row->owner == owner && row->from_day <= day)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 && t->rows[low - 1].owner == owner ? &t->rows[low - 1] : NULL;
}

uint32_t directory_group_of(const directory *d, uint32_t id, int32_t day) {
    const dated *row = find_dated(&d->groups, id, day);
    return row != NULL ? row->value : WORDS_NONE;
}

int32_t directory_first_day(const directory *d, uint32_t id) {
    const dated key = {id, INT32_MIN, 0};
    for (uint32_t low = 0, high = d->groups.count;;) {
        if (low == high) {
            int32_t is_theirs = low < d->groups.count && d->groups.rows[low].owner == id;
            return is_theirs ? d->groups.rows[low].from_day : INT32_MIN;
        }
        uint32_t middle = low + (high - low) / 2;
        if (compare_dated(&d->groups.rows[middle], &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
}

const char *directory_group_name(const directory *d, uint32_t group) {
    const dated *row = find_dated(&d->group_names, group, 0);
    const char *name = row != NULL ? words_text(d->texts, row->value) : "";
    return name[0] != '\0' ? name : words_text(d->texts, group);
}

uint32_t directory_pattern_of(const directory *d, uint32_t id, int32_t day) {
    const dated *row = find_dated(&d->patterns, id, day);
    return row != NULL ? row->value : WORDS_NONE;
}

void directory_schedule(const directory *d, uint32_t id, int32_t day, int64_t clocks[2]) {
    uint32_t pattern = directory_pattern_of(d, id, day);
    const dated *rows[2] = {find_dated(&d->starts, pattern, day),
                            find_dated(&d->ends, pattern, day)};
    for (size_t i = 0; i < 2; i++) {
        int32_t is_known = rows[i] != NULL && rows[i]->value != WORDS_NONE;
        clocks[i] = is_known ? rows[i]->value : INT64_MIN;
    }
}

uint32_t directory_owner(const directory *d, uint32_t account, int32_t day) {
    const dated *row = find_dated(&d->accounts, account, day);
    return row != NULL ? row->value : WORDS_NONE;
}

static int32_t is_by_computer(const directory *d, int32_t day) {
    const dated *row = find_dated(&d->bindings, 0, day);
    return row != NULL && strcmp(words_text(d->texts, row->value), "computer") == 0;
}

int32_t directory_binds_computers(const directory *d, const period *p) {
    if (is_by_computer(d, p->first)) {
        return 1;
    }
    for (uint32_t i = 0; i < d->bindings.count; i++) {
        int32_t day = d->bindings.rows[i].from_day;
        if (period_has(p, day) && is_by_computer(d, day)) {
            return 1;
        }
    }
    return 0;
}

uint32_t directory_bound(const directory *d, uint32_t account, uint32_t device, int32_t day) {
    if (!is_by_computer(d, day)) {
        return directory_owner(d, account, day);
    }
    const dated *known = find_dated(&d->devices, device, 0);
    const dated *row = find_dated(&d->computers, known != NULL ? known->value : device, day);
    return row != NULL ? row->value : WORDS_NONE;
}

const char *directory_plan(const directory *d, int32_t day) {
    const dated *row = find_dated(&d->plans, 0, day);
    return row != NULL ? words_text(d->texts, row->value)
                       : kinmu_settings[KINMU_SETTING_COMPANY_PLAN].preset;
}
