/* api/access/reach.c - see reach.h. Object level: a person himself, those in groups he is set over,
 * all. Field level: by privacy class. */
#include "access/reach.h"
#include "wire/moment.h"
#include "access/reading.h"
#include "words.h"

#include <kinmu/events/people.h>

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64u

int32_t reach_shows(int32_t relation, const kinmu_field *field) {
    static const uint32_t classes[] = {
        [REACH_OWN] = KINMU_PRIVACY_SENSITIVE,        [REACH_MANAGED] = KINMU_PRIVACY_PERSONAL,
        [REACH_ALL] = KINMU_PRIVACY_SENSITIVE,        [REACH_NODE] = KINMU_PRIVACY_PSEUDONYMOUS,
        [REACH_COMPANY] = KINMU_PRIVACY_PSEUDONYMOUS,
    };
    return relation < REACH_NONE && field->privacy <= classes[relation];
}

static int32_t has_field(const kinmu_schema *schema, const char *name) {
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        if (strcmp(body_field(&schema->fields, i).name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int32_t is_one_of(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Of the company, not of a person. Groups, patterns, holidays and names of sites are everybody's;
 * all else is the administrators'. */
static const char *const company[] = {"kinmu.people.group", "kinmu.people.pattern",
                                      "kinmu.people.holiday", "kinmu.people.site"};
static const char *const nobodys[] = {"kinmu.people.setting", "kinmu.fleet.device",
                                      "kinmu.fleet.invite"};
/* What a PC tells of its accounts: its field `person` is the account as the PC knows it. */
static const char *const of_accounts[] = {"kinmu.audit.agreement"};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *reach_owner_field(const kinmu_schema *schema) {
    static const char *const fields[] = {"person", "of_person", "employee_no"};
    if (is_one_of(schema->name, company, COUNT(company)) ||
        is_one_of(schema->name, nobodys, COUNT(nobodys))) {
        return NULL;
    }
    size_t count = is_one_of(schema->name, of_accounts, COUNT(of_accounts)) ? 0 : COUNT(fields);
    for (size_t i = 0; i < count; i++) {
        if (has_field(schema, fields[i])) {
            return fields[i];
        }
    }
    return "subject";
}

/* ---- people ---- */

static int32_t read(exchange *x, uint32_t use, uint32_t fields, const char *key, const char *text,
                    table *out) {
    const kinmu_filter filter = table_where(key, text);
    return reading_all(x, use, fields, &filter, 1, NULL, out);
}

/* The group a person is in today. "" = none; NULL: answered. */
static const char *group_of(exchange *x, const char *person) {
    table rows;
    char date[WORDS_DATE_SIZE];
    const char *best_date = "";
    const char *group_id = "";
    words_today(x->now_ns, x->utc_offset_s, date);
    if (!read(x, USE_ASSIGNMENT, KINMU_PEOPLE_ASSIGNMENT_FIELDS, "person", person, &rows)) {
        return NULL;
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        const char *from = table_text(rows.rows[i], KINMU_PEOPLE_ASSIGNMENT_FROM_DATE);
        if (strcmp(from, date) <= 0 && strcmp(from, best_date) >= 0) {
            best_date = from;
            group_id = table_text(rows.rows[i], KINMU_PEOPLE_ASSIGNMENT_GROUP_ID);
        }
    }
    return group_id;
}

/* They lie in the order of their ids. */
static const kinmu_value *find_group(const table *groups, const char *group_id) {
    uint32_t from = 0;
    uint32_t to = groups->count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        int order = strcmp(table_text(groups->rows[middle], KINMU_PEOPLE_GROUP_GROUP_ID), group_id);
        if (order == 0) {
            return groups->rows[middle];
        }
        from = order < 0 ? middle + 1 : from;
        to = order < 0 ? to : middle;
    }
    return NULL;
}

/* 1 when the caller is named in the group or in one above it. */
static int32_t is_over(const table *groups, const char *group_id, const char *person) {
    for (uint32_t i = 0; i < DEPTH_MAX && group_id[0] != '\0'; i++) {
        const kinmu_value *group = find_group(groups, group_id);
        if (words_has(table_text(group, KINMU_PEOPLE_GROUP_APPROVERS), person) ||
            words_has(table_text(group, KINMU_PEOPLE_GROUP_UPPER_APPROVERS), person)) {
            return 1;
        }
        group_id = table_text(group, KINMU_PEOPLE_GROUP_PARENT_ID);
    }
    return 0;
}

int32_t reach_relation(exchange *x, const char *person) {
    const caller *c = &x->caller;
    if ((c->rights & KINMU_RIGHT_SELF) != 0 && strcmp(c->person, person) == 0) {
        return REACH_OWN;
    }
    if ((c->rights & KINMU_RIGHT_ADMIN) != 0) {
        return REACH_ALL;
    }
    if ((c->rights & KINMU_RIGHT_OPERATOR) != 0) {
        return REACH_NODE;
    }
    table groups;
    if ((c->rights & KINMU_RIGHT_MANAGER) == 0 || c->person[0] == '\0' ||
        !reading_groups(x, &groups)) {
        return REACH_NONE;
    }
    const char *group_id = group_of(x, person);
    return group_id != NULL && is_over(&groups, group_id, c->person) ? REACH_MANAGED : REACH_NONE;
}

/* ---- the names a person's rows bear ---- */

static void add(exchange *x, reach *out, reach_part part) {
    reach_part *parts =
        memory_grow(&x->memory, out->parts, out->count, &out->capacity, sizeof *parts);
    if (parts != NULL) {
        out->parts = parts;
        out->parts[out->count++] = part;
    }
}

/* The first moment of a date by the hub's clock; "1970-01-01" is since ever. */
static int64_t date_ns(const exchange *x, const char *date) {
    int64_t unix_ns = INT64_MIN;
    return moment_of_date(date, x->utc_offset_s, &unix_ns) ? unix_ns : INT64_MIN;
}

/* An account's rows are the person's from the day it became his until the day it is another's. */
static int32_t add_account(exchange *x, reach *out, const char *account, reach_part part) {
    table rows;
    if (!read(x, USE_ACCOUNT, KINMU_PEOPLE_ACCOUNT_FIELDS, "account", account, &rows)) {
        return 0;
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        const char *from = table_text(rows.rows[i], KINMU_PEOPLE_ACCOUNT_FROM_DATE);
        if (strcmp(table_text(rows.rows[i], KINMU_PEOPLE_ACCOUNT_PERSON), part.person) != 0) {
            continue;
        }
        const char *until = "";
        for (uint32_t k = 0; k < rows.count; k++) {
            const char *later = table_text(rows.rows[k], KINMU_PEOPLE_ACCOUNT_FROM_DATE);
            if (strcmp(later, from) > 0 && (until[0] == '\0' || strcmp(later, until) < 0)) {
                until = later;
            }
        }
        part.value = account;
        part.from_ns = date_ns(x, from);
        part.to_ns = until[0] != '\0' ? date_ns(x, until) : INT64_MAX;
        add(x, out, part);
    }
    return 1;
}

/* Decisions bear the person's id as their subject, what PCs recorded a login account: one text may
 * be both, of different people. */
static int32_t is_by_account(const kinmu_schema *schema) {
    return schema->kind == KINMU_KIND_LOG &&
           (strcmp(schema->purpose, "audit") != 0 ||
            is_one_of(schema->name, of_accounts, COUNT(of_accounts)));
}

static int32_t add_person(exchange *x, const kinmu_schema *schema, const char *person,
                          int32_t relation, reach *out) {
    const char *field = reach_owner_field(schema);
    reach_part part = {field, person, INT64_MIN, INT64_MAX, person, relation};
    table rows;
    if (field == NULL) { /* nobody's rows */
        return 1;
    }
    if (strcmp(field, "employee_no") == 0) {
        const kinmu_value *row;
        if (!reading_one(x, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, "person", person, &row)) {
            return 0;
        }
        part.value = table_text(row, KINMU_PEOPLE_PERSON_EMPLOYEE_NO);
        if (part.value[0] == '\0') {
            return 1;
        }
    }
    if (strcmp(field, "subject") != 0 || !is_by_account(schema)) {
        add(x, out, part);
        return 1;
    }
    if (!read(x, USE_ACCOUNT, KINMU_PEOPLE_ACCOUNT_FIELDS, "person", person, &rows)) {
        return 0;
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        const char *account = table_text(rows.rows[i], KINMU_PEOPLE_ACCOUNT_ACCOUNT);
        int32_t is_done = 0;
        for (uint32_t k = 0; k < i; k++) { /* it may have been his twice */
            is_done |= table_is(rows.rows[k], KINMU_PEOPLE_ACCOUNT_ACCOUNT, account);
        }
        if (!is_done && !add_account(x, out, account, part)) {
            return 0;
        }
    }
    return 1;
}

/* ---- everybody a manager is set over ---- */

/* How many rows of a page are of people who are whole in it: the last may go on in the next. */
static uint32_t whole_people(const table *rows, int32_t is_more) {
    uint32_t count = rows->count;
    while (is_more && count > 0 &&
           table_is(rows->rows[count - 1], KINMU_PEOPLE_ASSIGNMENT_PERSON,
                    table_text(rows->rows[rows->count - 1], KINMU_PEOPLE_ASSIGNMENT_PERSON))) {
        count--;
    }
    return count > 0 ? count : rows->count;
}

/* Of a page of assignments, in the order of their persons, behind `*behind`: who is in a group that
 * the caller is over. 1: there are more, 0: no, -1: answered. */
static int32_t add_page(exchange *x, const kinmu_schema *schema, const table *groups,
                        const char **behind, reach *out) {
    memory m = {NULL, 0}; /* of the page: a company may have many */
    const table_source from = reading_source(x, &m);
    kinmu_filter filter = table_where("person", *behind);
    const char *person = *behind;
    table rows;
    filter.compare = KINMU_COMPARE_GREATER;
    int32_t status = table_read(&from, USE_ASSIGNMENT, KINMU_PEOPLE_ASSIGNMENT_FIELDS, &filter, 1,
                                "person", KINMU_RECORDS_PAGE_MAX, &rows);
    int32_t is_more = status == KINMU_OK && rows.count == KINMU_RECORDS_PAGE_MAX;
    uint32_t count = status == KINMU_OK ? whole_people(&rows, is_more) : 0;
    for (uint32_t i = 0; i < count && x->status == 0; i++) {
        const char *id = table_text(rows.rows[i], KINMU_PEOPLE_ASSIGNMENT_PERSON);
        const char *group_id = table_text(rows.rows[i], KINMU_PEOPLE_ASSIGNMENT_GROUP_ID);
        if (strcmp(id, person) == 0 || strcmp(id, x->caller.person) == 0 ||
            !is_over(groups, group_id, x->caller.person)) {
            continue;
        }
        person = memory_text(&x->memory, id, strlen(id));
        const char *now = person != NULL ? group_of(x, person) : NULL;
        if (now == NULL || (is_over(groups, now, x->caller.person) &&
                            !add_person(x, schema, person, REACH_MANAGED, out))) {
            status = person == NULL ? KINMU_E_NOMEM : status;
            break;
        }
    }
    if (is_more) {
        const char *last = table_text(rows.rows[count - 1], KINMU_PEOPLE_ASSIGNMENT_PERSON);
        *behind = memory_text(&x->memory, last, strlen(last));
    }
    memory_free(&m);
    if (status != KINMU_OK && x->status == 0) {
        problem_of_status(x, status, "", NULL);
    }
    return x->status == 0 && *behind != NULL ? is_more : -1;
}

static int32_t add_managed(exchange *x, const kinmu_schema *schema, reach *out) {
    table groups;
    const char *behind = "";
    int32_t is_more = reading_groups(x, &groups) ? 1 : -1;
    while (is_more == 1) {
        is_more = add_page(x, schema, &groups, &behind, out);
    }
    return is_more == 0;
}

/* ---- a schema ---- */

static int32_t refuse(exchange *x, const char *code, const char *word) {
    if (x->status == 0) {
        problem_set(x, 404, code, word, NULL);
    }
    return 0;
}

static int32_t find_nobodys(exchange *x, const kinmu_schema *schema, const char *person,
                            reach *out) {
    uint32_t rights = x->caller.rights;
    out->relation = (rights & KINMU_RIGHT_ADMIN) != 0                  ? REACH_ALL
                    : (rights & KINMU_RIGHT_OPERATOR) != 0             ? REACH_NODE
                    : is_one_of(schema->name, company, COUNT(company)) ? REACH_COMPANY
                                                                       : REACH_NONE;
    if (person != NULL) {
        problem_set(x, 422, "query.unknown", "person", NULL);
        return 0;
    }
    return out->relation != REACH_NONE ? 1 : refuse(x, "schema.unknown", schema->name);
}

int32_t reach_find(exchange *x, const kinmu_schema *schema, const char *person, reach *out) {
    const char *field = reach_owner_field(schema);
    const caller *c = &x->caller;
    *out = (reach){.relation = REACH_NONE};
    if (field == NULL) {
        return find_nobodys(x, schema, person, out);
    }
    if (person != NULL) {
        int32_t relation = reach_relation(x, person);
        if (relation == REACH_MANAGED && strcmp(schema->purpose, "audit") == 0) {
            relation = REACH_NONE; /* who looked at somebody is his to know */
        }
        if (relation == REACH_NONE || x->status != 0) {
            return refuse(x, "person.unknown", NULL);
        }
        return add_person(x, schema, person, relation, out);
    }
    if ((c->rights & (KINMU_RIGHT_ADMIN | KINMU_RIGHT_OPERATOR)) != 0) {
        out->relation = (c->rights & KINMU_RIGHT_ADMIN) != 0 ? REACH_ALL : REACH_NODE;
        return 1;
    }
    if (c->person[0] == '\0') {
        return refuse(x, "person.unknown", NULL);
    }
    int32_t sees_others =
        (c->rights & KINMU_RIGHT_MANAGER) != 0 && strcmp(schema->purpose, "audit") != 0;
    return add_person(x, schema, c->person, REACH_OWN, out) &&
           (!sees_others || add_managed(x, schema, out));
}
