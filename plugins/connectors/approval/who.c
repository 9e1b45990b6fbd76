/* approval/who.c - who asks, for whom, and who may decide over whom (APR-02 to APR-04, ROL-06).
 *
 * "os:NAME" is the person whose login account NAME is; root, and persons who are administrators,
 * may act for others. "person:ID" is who the host vouches for, with the rights it says, "token:ID"
 * nobody. "plugin:NAME" is a plugin of this node, which knows for whom it speaks. */
#include "approval.h"

#include "caller.h"

#include <string.h>

#define DEPTH_MAX 64u

void who_read(book *b, const char *person) {
    const kinmu_filter settings[] = {
        {"scope", KINMU_COMPARE_EQUAL, 0, kinmu_text("person")},
        {"scope_id", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
    };
    book_read_by(b, USE_PERSON, "person", person);
    book_read_by(b, USE_ASSIGNMENT, "person", person);
    book_read(b, USE_GROUP, NULL, 0);
    book_read_by(b, USE_SETTING, "scope", "company");
    book_read_by(b, USE_SETTING, "scope", "group");
    book_read(b, USE_SETTING, settings, 2);
}

int32_t who_is_active(const book *b, const char *person) {
    return row_is(book_find(b, USE_PERSON, person), KINMU_PEOPLE_PERSON_STATE, "active");
}

static int32_t is_admin(const book *b, const char *person) {
    return who_is_active(b, person) &&
           row_number(book_find(b, USE_PERSON, person), KINMU_PEOPLE_PERSON_IS_ADMIN) != 0;
}

int32_t who_asks(hearing *h) {
    const char *caller = h->call->caller;
    h->asker = "";
    h->author = caller;
    if (strncmp(caller, "token:", 6) == 0 || caller_person(caller) != NULL) {
        h->is_admin = (h->call->rights & KINMU_RIGHT_ADMIN) != 0;
        if (caller_person(caller) != NULL) {
            h->asker = h->author = caller_person(caller);
            book_read_by(h->book, USE_PERSON, "person", h->asker);
        }
        return h->book->status;
    }
    h->is_admin = strncmp(caller, "plugin:", 7) == 0 || strcmp(caller, "os:root") == 0;
    if (strncmp(caller, "os:", 3) == 0) {
        char today[WORDS_DATE_SIZE];
        const char *account = caller + 3;
        words_today(h->call->now_ns, h->call->utc_offset_s, today);
        book_read_by(h->book, USE_ACCOUNT, "account", account);
        const char *person = row_text(book_in_force(h->book, USE_ACCOUNT, account, today),
                                      KINMU_PEOPLE_ACCOUNT_PERSON);
        if (person[0] != '\0') {
            book_read_by(h->book, USE_PERSON, "person", person);
            h->asker = person;
            h->author = person;
            h->is_admin |= is_admin(h->book, person);
        }
    }
    return h->book->status;
}

const char *who_concerns(hearing *h, uint32_t input, int32_t *status) {
    const char *person = desk_is_given(h->call, input) ? desk_text(h->call, input) : h->asker;
    *status = KINMU_OK;
    if (person[0] == '\0') {
        *status = refuse(h, KINMU_E_DENIED, "who.unknown", h->call->caller, NULL);
        return NULL;
    }
    if (!h->is_admin && strcmp(person, h->asker) != 0) {
        *status = refuse(h, KINMU_E_DENIED, "who.other", person, NULL);
        return NULL;
    }
    who_read(h->book, person);
    if (h->book->status != KINMU_OK) {
        *status = h->book->status;
    } else if (book_find(h->book, USE_PERSON, person) == NULL) {
        *status = refuse(h, KINMU_E_NOTFOUND, "who.person", person, NULL);
    } else if (!who_is_active(h->book, person)) {
        *status = refuse(h, KINMU_E_DENIED, "who.inactive", person, NULL);
    }
    return *status == KINMU_OK ? person : NULL;
}

/* Climbs from the group to the top: 1 when the person is named in that field on the way. */
static int32_t is_named_above(const book *b, const char *group_id, uint32_t field,
                              const char *person) {
    for (uint32_t i = 0; i < DEPTH_MAX && group_id[0] != '\0'; i++) {
        const row *group = book_find(b, USE_GROUP, group_id);
        if (words_has(row_text(group, field), person)) {
            return 1;
        }
        group_id = row_text(group, KINMU_PEOPLE_GROUP_PARENT_ID);
    }
    return 0;
}

const char *who_decides_as(const hearing *h, const char *group_id, const char *person) {
    const book *b = h->book;
    /* What the asker's token does not reach, he does not have. */
    uint32_t rights = strcmp(person, h->asker) == 0 ? h->call->rights : KINMU_RIGHTS_ALL;
    if (!who_is_active(b, person) || (rights & (KINMU_RIGHT_MANAGER | KINMU_RIGHT_ADMIN)) == 0) {
        return NULL;
    }
    if (is_named_above(b, group_id, KINMU_PEOPLE_GROUP_APPROVERS, person)) {
        return "approver";
    }
    if (is_named_above(b, group_id, KINMU_PEOPLE_GROUP_UPPER_APPROVERS, person)) {
        return "upper-approver";
    }
    return (rights & KINMU_RIGHT_ADMIN) != 0 && is_admin(b, person) ? "admin" : NULL;
}

static void read_named(book *b, const char *list) {
    const char *word;
    uint32_t size;
    while (words_next(&list, &word, &size)) {
        const kinmu_filter filter = {"person", KINMU_COMPARE_EQUAL, 0, kinmu_text_n(word, size)};
        book_read(b, USE_PERSON, &filter, 1);
    }
}

void who_read_approvers(book *b, const char *group_id) {
    book_read(b, USE_GROUP, NULL, 0);
    for (uint32_t i = 0; i < DEPTH_MAX && group_id[0] != '\0'; i++) {
        const row *group = book_find(b, USE_GROUP, group_id);
        read_named(b, row_text(group, KINMU_PEOPLE_GROUP_APPROVERS));
        read_named(b, row_text(group, KINMU_PEOPLE_GROUP_UPPER_APPROVERS));
        group_id = row_text(group, KINMU_PEOPLE_GROUP_PARENT_ID);
    }
}

static int32_t has_other(const book *b, const char *list, const char *person) {
    const char *word;
    uint32_t size;
    while (words_next(&list, &word, &size)) {
        if (strlen(person) == size && memcmp(person, word, size) == 0) {
            continue;
        }
        for (const row *r = b->first[USE_PERSON]; r != NULL; r = r->next) {
            const char *id = row_text(r, KINMU_PEOPLE_PERSON_PERSON);
            if (strlen(id) == size && memcmp(id, word, size) == 0 &&
                row_is(r, KINMU_PEOPLE_PERSON_STATE, "active")) {
                return 1;
            }
        }
    }
    return 0;
}

int32_t who_else_decides(const book *b, const char *group_id, const char *person) {
    for (uint32_t i = 0; i < DEPTH_MAX && group_id[0] != '\0'; i++) {
        const row *group = book_find(b, USE_GROUP, group_id);
        if (has_other(b, row_text(group, KINMU_PEOPLE_GROUP_APPROVERS), person) ||
            has_other(b, row_text(group, KINMU_PEOPLE_GROUP_UPPER_APPROVERS), person)) {
            return 1;
        }
        group_id = row_text(group, KINMU_PEOPLE_GROUP_PARENT_ID);
    }
    return 0;
}
