/* email/book.c - see book.h. A decision looks at some dozens of groups and people. */
#include "book.h"

#include "compose.h"

#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>
#include <kinmu/events/settings.h>

#include <string.h>

#define DEPTH_MAX 64u

typedef struct book_row {
    struct book_row *next;
    const char *id;
    const kinmu_value *row;
} book_row;

typedef struct book_id {
    struct book_id *next;
    const char *id;
} book_id;

void book_open(book *b, desk_decision *d, const desk_call *call) {
    b->email = d->desk->owner;
    b->decision = d;
    b->from = (table_source){b->email->host, b->email->records, &d->memory, d->number, 0};
    b->now_ns = call->now_ns;
}

void book_read(book *b, uint32_t use, uint32_t fields, const kinmu_filter *filters, uint32_t count,
               const char *order, table *out) {
    *out = (table){NULL, 0, 0};
    if (b->status == KINMU_OK) {
        b->status =
            table_read(&b->from, use, fields, filters, count, order, KINMU_RECORDS_PAGE_MAX, out);
    }
}

static const kinmu_value *read_once(book *b, book_row **list, uint32_t use, uint32_t fields,
                                    const char *field, const char *id) {
    for (const book_row *r = *list; r != NULL; r = r->next) {
        if (strcmp(r->id, id) == 0) {
            return r->row;
        }
    }
    book_row *added = memory_get(&b->decision->memory, sizeof *added);
    char *copy = memory_text(&b->decision->memory, id, strlen(id));
    if (added == NULL || copy == NULL) {
        return NULL;
    }
    const kinmu_filter filter = table_where(field, copy);
    if (b->status == KINMU_OK) {
        b->status = table_find(&b->from, use, fields, &filter, 1, NULL, &added->row);
    }
    if (b->status != KINMU_OK) {
        return NULL; /* the next call reads it again */
    }
    added->id = copy;
    added->next = *list;
    *list = added;
    return added->row;
}

const kinmu_value *book_group(book *b, const char *group_id) {
    return read_once(b, &b->groups, USE_GROUP, KINMU_PEOPLE_GROUP_FIELDS, "group_id", group_id);
}

const kinmu_value *book_person(book *b, const char *person) {
    return read_once(b, &b->people, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, "person", person);
}

int32_t book_switch(const table_source *from, int64_t now_ns, int32_t utc_offset_s,
                    int32_t *is_on) {
    const kinmu_setting *setting = &kinmu_settings[KINMU_SETTING_MAIL_SEND];
    char today[WORDS_DATE_SIZE];
    const kinmu_value *found;
    words_today(now_ns, utc_offset_s, today);
    const kinmu_filter filters[] = {
        table_where("scope", "company"),
        table_where("name", setting->name),
        {"from_date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(today)},
    };
    int32_t status = table_find(from, USE_SETTING, KINMU_PEOPLE_SETTING_FIELDS, filters, 3,
                                "-from_date", &found);
    const char *value = table_text(found, KINMU_PEOPLE_SETTING_VALUE);
    *is_on = strcmp(value[0] != '\0' ? value : setting->preset, "on") == 0;
    return status;
}

int32_t book_group_of(const table_source *from, const char *person, const char *date,
                      const char **group_id) {
    const kinmu_value *found;
    const kinmu_filter filters[] = {
        table_where("person", person),
        {"from_date", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_text(date)},
    };
    int32_t status = table_find(from, USE_ASSIGNMENT, KINMU_PEOPLE_ASSIGNMENT_FIELDS, filters, 2,
                                "-from_date", &found);
    *group_id = table_text(found, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID);
    return status;
}

int32_t book_is_on(book *b) {
    kinmu_clock now;
    if (!b->is_asked && b->status == KINMU_OK) {
        b->email->desk.timer->now(b->email->host, &now);
        b->status = book_switch(&b->from, b->now_ns, now.utc_offset_s, &b->is_on);
        b->is_asked = 1;
    }
    return b->is_on;
}

static void take_approvers(book *b, const char *list, const char *except, book_receivers *out) {
    const char *word;
    uint32_t size;
    while (words_next(&list, &word, &size) && out->count < BOOK_RECEIVERS_MAX) {
        const char *id = memory_text(&b->decision->memory, word, size);
        if (id == NULL || strcmp(id, except) == 0) {
            continue;
        }
        const kinmu_value *person = book_person(b, id);
        if (table_is(person, KINMU_PEOPLE_PERSON_STATE, "active") &&
            compose_is_address(table_text(person, KINMU_PEOPLE_PERSON_MAIL))) {
            out->people[out->count++] = id;
        }
    }
}

void book_approvers(book *b, const char *group_id, const char *except, book_receivers *out) {
    out->count = 0;
    for (uint32_t i = 0; i < DEPTH_MAX && group_id[0] != '\0' && out->count == 0; i++) {
        const kinmu_value *group = book_group(b, group_id);
        take_approvers(b, table_text(group, KINMU_PEOPLE_GROUP_APPROVERS), except, out);
        group_id = table_text(group, KINMU_PEOPLE_GROUP_PARENT_ID);
    }
}

/* 1: there is such a mail, or this decision makes one. */
static int32_t is_known(book *b, const char *id) {
    const kinmu_value *found = NULL;
    const kinmu_filter filter = table_where("message_id", id);
    for (const book_id *known = b->queued; known != NULL; known = known->next) {
        if (strcmp(known->id, id) == 0) {
            return 1;
        }
    }
    if (b->status == KINMU_OK) {
        b->status =
            table_find(&b->from, USE_MESSAGE, KINMU_MAIL_MESSAGE_FIELDS, &filter, 1, NULL, &found);
    }
    return b->status != KINMU_OK || found != NULL;
}

void book_queue(book *b, const book_mail *mail) {
    memory *m = &b->decision->memory;
    if (mail->id == NULL || strlen(mail->id) >= EMAIL_ID_SIZE || is_known(b, mail->id)) {
        return;
    }
    book_id *known = memory_get(m, sizeof *known);
    kinmu_value *values = memory_get(m, KINMU_MAIL_MESSAGE_FIELDS * sizeof *values);
    if (known == NULL || values == NULL) {
        return; /* the memory remembers */
    }
    *known = (book_id){b->queued, mail->id};
    b->queued = known;
    values[KINMU_MAIL_MESSAGE_MESSAGE_ID] = kinmu_text(mail->id);
    values[KINMU_MAIL_MESSAGE_KIND] = kinmu_text(mail->kind);
    if (mail->person != NULL) {
        values[KINMU_MAIL_MESSAGE_PERSON] = kinmu_text(mail->person);
    } else {
        values[KINMU_MAIL_MESSAGE_ADDRESS] = kinmu_text(mail->address);
    }
    values[KINMU_MAIL_MESSAGE_ABOUT] = kinmu_text(mail->about);
    if (mail->items != NULL) {
        values[KINMU_MAIL_MESSAGE_ITEMS] = kinmu_text(mail->items);
    }
    if (mail->person != NULL && strcmp(mail->kind, "reissue") == 0) {
        int64_t resumed = table_number(book_person(b, mail->person), KINMU_PEOPLE_PERSON_RESUMED);
        values[KINMU_MAIL_MESSAGE_RESUMED] = kinmu_i64(resumed);
    }
    values[KINMU_MAIL_MESSAGE_STATE] = kinmu_text("queued");
    values[KINMU_MAIL_MESSAGE_ATTEMPTS] = kinmu_i64(0);
    values[KINMU_MAIL_MESSAGE_QUEUED_NS] = kinmu_time(b->now_ns);
    values[KINMU_MAIL_MESSAGE_DUE_NS] = kinmu_time(b->now_ns);
    desk_add(b->decision, USE_MESSAGE, mail->person != NULL ? mail->person : "", 0, values,
             KINMU_MAIL_MESSAGE_FIELDS);
}
