/* people/rules.c - see rules.h. */
#include "rules.h"

#include "words.h"

#include <kinmu/events/settings.h>

#include <stdio.h>
#include <string.h>

static int32_t is_touched(const book *b, const row *r) {
    return r != NULL && r->touched == b->change;
}

static row *find_one(const book *b, uint32_t kind, const char *key) {
    return book_first(b, kind, key);
}

static int32_t is_state(const row *person, const char *state) {
    return book_is(person, KINMU_PEOPLE_PERSON_STATE, state);
}

/* People whose days go on: active or not allowed to log in. */
static int32_t is_member(const row *person) {
    return is_state(person, "active") || is_state(person, "suspended");
}

static void add(problems *p, const char *code, const row *at, const char *one, const char *two) {
    problems_add(p, code, at->from, 0, one, two);
}

int64_t rules_active(const book *b) {
    int64_t count = 0;
    for (uint32_t i = 0; i < b->shelves[KIND_PERSON].count; i++) {
        const row *person = b->shelves[KIND_PERSON].rows[i];
        count += person->values != NULL && is_state(person, "active");
    }
    return count;
}

/* How many more are active than at the mark; *last: one who was added. */
static int64_t activated(const book *b, uint32_t mark, const row **last) {
    int64_t more = 0;
    for (uint32_t i = b->log_count; i > mark; i--) {
        const book_entry *entry = &b->log[i - 1];
        const row *r = entry->row;
        if (r->kind != KIND_PERSON) {
            continue;
        }
        int32_t is_first = entry->touched != b->change;
        const row before = {.values = entry->before, .kind = KIND_PERSON};
        if (is_first) {
            more += is_state(r, "active") - is_state(&before, "active");
            *last = *last == NULL && is_state(r, "active") ? r : *last;
        }
    }
    return more;
}

static void check_licences(const book *b, uint32_t mark, problems *p) {
    const row *last = NULL;
    int64_t limit = book_setting_number(b, KINMU_SETTING_COMPANY_LICENCES);
    if (activated(b, mark, &last) <= 0 || last == NULL) {
        return;
    }
    int64_t active = rules_active(b);
    if (active > limit) {
        char one[24];
        char two[24];
        (void)snprintf(one, sizeof one, "%lld", (long long)active);
        (void)snprintf(two, sizeof two, "%lld", (long long)limit);
        add(p, "company.licences", last, one, two);
    }
}

/* ---- people ---- */

static const row *blame(const book *b, const row *first, const row *second, const row *third) {
    return is_touched(b, first)    ? first
           : is_touched(b, second) ? second
           : is_touched(b, third)  ? third
                                   : NULL;
}

static void check_assignment(const book *b, const row *person, const row *assignment, problems *p) {
    const char *id = book_text(person, KINMU_PEOPLE_PERSON_PERSON);
    const char *group_id = book_text(assignment, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID);
    const char *pattern_id = book_text(assignment, KINMU_PEOPLE_ASSIGNMENT_PATTERN_ID);
    const row *group = find_one(b, KIND_GROUP, group_id);
    const row *pattern = pattern_id[0] != '\0' ? book_latest(b, KIND_PATTERN, pattern_id) : NULL;
    const row *guilty = blame(b, assignment, person, group);
    if (!book_lives(group) && guilty != NULL) {
        if (guilty == group) {
            add(p, "group.in-use", guilty, group_id, id);
        } else {
            add(p, "person.group", guilty, id, group_id);
        }
    }
    guilty = blame(b, assignment, person, pattern);
    if (pattern_id[0] != '\0' && !book_lives(pattern) && guilty != NULL) {
        if (guilty == pattern) {
            add(p, "pattern.in-use", guilty, pattern_id, id);
        } else {
            add(p, "person.pattern", guilty, id, pattern_id);
        }
    }
}

static void count_member(const book *b, const row *person, const row *assignment) {
    row *group = find_one(b, KIND_GROUP, book_text(assignment, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID));
    if (group != NULL) {
        group->members++;
        group->newcomer = blame(b, assignment, person, NULL) != NULL
                              ? blame(b, assignment, person, NULL)
                              : group->newcomer;
    }
}

/* What holds today and what holds last: a move planned for later counts where it leads. */
static void check_people(const book *b, problems *p) {
    const shelf *people = &b->shelves[KIND_PERSON];
    for (uint32_t i = 0; i < people->count; i++) {
        const row *person = people->rows[i];
        if (person->values == NULL || !is_member(person)) {
            continue;
        }
        const char *id = book_text(person, KINMU_PEOPLE_PERSON_PERSON);
        const row *last = book_latest(b, KIND_ASSIGNMENT, id);
        const row *now = book_in_force(b, KIND_ASSIGNMENT, id, b->today);
        if (last != NULL) {
            check_assignment(b, person, last, p);
            count_member(b, person, last);
        }
        if (now != NULL && now != last) {
            check_assignment(b, person, now, p);
        }
    }
}

/* An assignment of nobody. */
static void check_assignments(const book *b, uint32_t mark, problems *p) {
    for (uint32_t i = mark; i < b->log_count; i++) {
        const row *r = b->log[i].row;
        if (r->kind == KIND_ASSIGNMENT && find_one(b, KIND_PERSON, book_text(r, 0)) == NULL) {
            add(p, "person.unknown", r, book_text(r, 0), NULL);
        }
    }
}

/* ---- groups ---- */

static void check_parents(const book *b, const row *group, problems *p) {
    const char *id = book_text(group, KINMU_PEOPLE_GROUP_GROUP_ID);
    int32_t any_touched = is_touched(b, group);
    const row *at = group;
    for (int32_t depth = 1; book_text(at, KINMU_PEOPLE_GROUP_PARENT_ID)[0] != '\0'; depth++) {
        const char *parent_id = book_text(at, KINMU_PEOPLE_GROUP_PARENT_ID);
        const row *parent = find_one(b, KIND_GROUP, parent_id);
        if (!book_lives(parent)) {
            const row *guilty = blame(b, at, parent, NULL);
            if (at == group && guilty != NULL) {
                add(p, "group.parent", guilty, id, parent_id);
            }
            return;
        }
        any_touched |= is_touched(b, parent);
        if (parent == group) {
            if (is_touched(b, group)) {
                add(p, "group.cycle", group, id, NULL);
            }
            return;
        }
        if (depth > RULES_DEPTH_MAX) {
            if (any_touched && is_touched(b, group)) {
                add(p, "group.deep", group, id, "64");
            }
            return;
        }
        at = parent;
    }
}

static void check_list(const book *b, const row *group, uint32_t field, int32_t *active,
                       const row **gone, problems *p) {
    const char *at = book_text(group, field);
    const char *word;
    uint32_t size;
    char id[160];
    while (words_next(&at, &word, &size)) {
        (void)snprintf(id, sizeof id, "%.*s", (int)size, word);
        const row *person = find_one(b, KIND_PERSON, id);
        *active += person != NULL && is_state(person, "active");
        *gone = is_touched(b, person) ? person : *gone;
        if (!book_lives(person)) {
            const row *guilty = blame(b, group, person, NULL);
            if (guilty != NULL) {
                add(p, "group.approver-unknown", guilty,
                    book_text(group, KINMU_PEOPLE_GROUP_GROUP_ID), id);
            }
        }
    }
}

static void check_approvers(const book *b, const row *group, problems *p) {
    int32_t active = 0;
    int32_t upper = 0;
    const row *gone = NULL;
    uint32_t before = p->total;
    check_list(b, group, KINMU_PEOPLE_GROUP_APPROVERS, &active, &gone, p);
    const row *guilty = blame(b, group, gone, NULL);
    if (active == 0 && guilty != NULL && p->total == before) {
        add(p, "group.approver-none", guilty, book_text(group, KINMU_PEOPLE_GROUP_GROUP_ID), NULL);
    }
    check_list(b, group, KINMU_PEOPLE_GROUP_UPPER_APPROVERS, &upper, &gone, p);
}

static void check_groups(book *b, problems *p) {
    shelf *groups = &b->shelves[KIND_GROUP];
    int64_t limit = book_setting_number(b, KINMU_SETTING_GROUP_PEOPLE_MAX);
    char number[24];
    (void)snprintf(number, sizeof number, "%lld", (long long)limit);
    for (uint32_t i = 0; i < groups->count; i++) {
        const row *group = groups->rows[i];
        if (!book_lives(group)) {
            continue;
        }
        check_parents(b, group, p);
        check_approvers(b, group, p);
        if (group->members > (uint64_t)limit && group->newcomer != NULL) {
            add(p, "group.people", group->newcomer, book_text(group, KINMU_PEOPLE_GROUP_GROUP_ID),
                number);
        }
    }
}

/* Who is planned from today on by a pattern that goes. */
static void check_schedules(const book *b, problems *p) {
    const shelf *schedules = &b->shelves[KIND_SCHEDULE];
    for (uint32_t i = 0; i < schedules->count; i++) {
        const row *r = schedules->rows[i];
        const char *pattern_id = book_text(r, KINMU_PEOPLE_SCHEDULE_PATTERN_ID);
        if (pattern_id[0] == '\0' || !book_is(r, KINMU_PEOPLE_SCHEDULE_STATE, "planned") ||
            strcmp(book_text(r, KINMU_PEOPLE_SCHEDULE_DATE), b->today) < 0) {
            continue;
        }
        const row *pattern = book_latest(b, KIND_PATTERN, pattern_id);
        if (!book_lives(pattern) && is_touched(b, pattern)) {
            add(p, "pattern.in-use", pattern, pattern_id, book_text(r, 0));
        }
    }
}

static void forget_members(book *b) {
    shelf *groups = &b->shelves[KIND_GROUP];
    for (uint32_t i = 0; i < groups->count; i++) {
        groups->rows[i]->members = 0;
        groups->rows[i]->newcomer = NULL;
    }
}

void rules_check(book *b, uint32_t mark, problems *p) {
    forget_members(b);
    check_assignments(b, mark, p);
    check_schedules(b, p);
    check_people(b, p);
    check_groups(b, p);
    check_licences(b, mark, p);
}
