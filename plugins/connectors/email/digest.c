/* email/digest.c - see digest.h. A warning is told to an approver once: what his digests of before
 * told is not in the next one. */
#include "digest.h"

#include <kinmu/civil.h>
#include <kinmu/events/alert.h>
#include <kinmu/events/day.h>
#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 100u /* of a digest; the others stand in the next one */
#define DAY_NS (86400 * SECOND_NS)
#define WARNINGS_DAYS 35 /* how far back warnings are looked at */
#define TOLD_DAYS 70     /* and digests of before: further than warnings reach */
#define ENDED_DAYS 7

typedef struct entry {
    const char *receiver, *item;
} entry;

typedef struct entries {
    entry *items;
    uint32_t count, capacity;
} entries;

/* Each warning about people after `after` with each approver it is for, as far as one page goes:
 * returns the last person in it, NULL when there is nobody after him. */
static const char *find_entries(book *b, const char *today, const char *after, entries *out) {
    const kinmu_filter filters[] = {
        table_where("state", "open"),
        {"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_time(b->now_ns - WARNINGS_DAYS * DAY_NS)},
        {"person", KINMU_COMPARE_GREATER, 0, kinmu_text(after)},
    };
    memory *m = &b->decision->memory;
    book_receivers receivers = {{NULL}, 0};
    const char *before = NULL;
    table alerts;
    book_read(b, USE_ALERT, KINMU_ALERT_FIELDS, filters, 3, "person,period", &alerts);
    int32_t is_full = alerts.count == KINMU_RECORDS_PAGE_MAX;
    const char *last = is_full ? table_text(alerts.rows[alerts.count - 1], KINMU_ALERT_PERSON) : "";
    for (uint32_t i = 0; i < alerts.count && b->status == KINMU_OK; i++) {
        const kinmu_value *alert = alerts.rows[i];
        const char *person = table_text(alert, KINMU_ALERT_PERSON);
        if (i > 0 && strcmp(person, last) == 0 && strcmp(after, last) != 0) {
            break; /* he may have more than this page holds */
        }
        after = person;
        if (!words_has(table_text(alert, KINMU_ALERT_AUDIENCE), "approvers")) {
            continue;
        }
        if (before == NULL || strcmp(before, person) != 0) {
            const char *group_id = "";
            b->status = book_group_of(&b->from, person, today, &group_id);
            book_approvers(b, group_id, person, &receivers);
            before = person;
        }
        const char *item = memory_print(m, "%s %s %s %" PRId64, table_text(alert, KINMU_ALERT_RULE),
                                        person, table_text(alert, KINMU_ALERT_PERIOD),
                                        table_number(alert, KINMU_ALERT_LEVEL));
        for (uint32_t k = 0; item != NULL && k < receivers.count; k++) {
            entry *grown = memory_grow(m, out->items, out->count, &out->capacity, sizeof *grown);
            if (grown == NULL) {
                return NULL; /* the memory remembers */
            }
            out->items = grown;
            grown[out->count++] = (entry){receivers.people[k], item};
        }
    }
    return is_full && b->status == KINMU_OK ? after : NULL;
}

static int by_receiver(const void *a, const void *b) {
    const entry *x = a;
    const entry *y = b;
    int order = strcmp(x->receiver, y->receiver);
    return order != 0 ? order : strcmp(x->item, y->item);
}

/* Everything a receiver's digests told, as the keys of an object. */
static json_t *told_to(book *b, const char *receiver) {
    const kinmu_filter filters[] = {
        table_where("person", receiver),
        table_where("kind", "digest"),
        {"queued_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_time(b->now_ns - TOLD_DAYS * DAY_NS)},
    };
    json_t *told = json_object();
    table found;
    book_read(b, USE_MESSAGE, KINMU_MAIL_MESSAGE_FIELDS, filters, 3, NULL, &found);
    for (uint32_t i = 0; i < found.count; i++) {
        json_t *items = json_loads(table_text(found.rows[i], KINMU_MAIL_MESSAGE_ITEMS), 0, NULL);
        size_t index = 0;
        const json_t *item = NULL;
        json_array_foreach(items, index, item) {
            if (json_is_string(item)) {
                (void)json_object_set_new(told, json_string_value(item), json_true());
            }
        }
        json_decref(items);
    }
    return told;
}

static void queue_digest(book *b, const entry *first, uint32_t count, const char *today) {
    memory *m = &b->decision->memory;
    json_t *told = told_to(b, first->receiver);
    json_t *items = json_array();
    for (uint32_t i = 0; i < count && json_array_size(items) < ITEMS_MAX; i++) {
        if (json_object_get(told, first[i].item) == NULL) {
            (void)json_array_append_new(items, json_string(first[i].item));
        }
    }
    char *text = json_array_size(items) > 0 ? json_dumps(items, JSON_COMPACT) : NULL;
    const char *kept = text != NULL ? memory_text(m, text, strlen(text)) : NULL;
    const char *id = memory_print(m, "digest:%s:%s", today, first->receiver);
    if (kept != NULL && b->status == KINMU_OK) {
        book_queue(b, &(book_mail){.id = id,
                                   .kind = "digest",
                                   .person = first->receiver,
                                   .about = today,
                                   .items = kept});
    }
    free(text);
    json_decref(items);
    json_decref(told);
}

int32_t digest_judge(book *b, const desk_call *call) {
    entries found = {NULL, 0, 0};
    char *today = memory_get(&b->decision->memory, WORDS_DATE_SIZE);
    if (today == NULL || !book_is_on(b)) {
        return b->status;
    }
    words_today(call->now_ns, call->utc_offset_s, today);
    for (const char *after = ""; after != NULL;) {
        after = find_entries(b, today, after, &found);
    }
    if (found.count > 0) {
        qsort(found.items, found.count, sizeof *found.items, by_receiver);
    }
    for (uint32_t i = 0, end = 0; i < found.count && b->status == KINMU_OK; i = end) {
        while (end < found.count &&
               strcmp(found.items[end].receiver, found.items[i].receiver) == 0) {
            end++;
        }
        queue_digest(b, &found.items[i], end - i, today);
    }
    return b->status;
}

/* ---- shifts that ended by themselves (NTF-01) ---- */

static void queue_ended(book *b, const kinmu_value *day) {
    memory *m = &b->decision->memory;
    const char *person = table_text(day, KINMU_WORK_DAY_PERSON);
    const char *date = table_text(day, KINMU_WORK_DAY_DATE);
    const char *about = memory_print(m, "%s %s", person, date);
    book_receivers receivers;
    book_approvers(b, table_text(day, KINMU_WORK_DAY_GROUP_ID), person, &receivers);
    for (uint32_t i = 0; about != NULL && i < receivers.count; i++) {
        const char *id = memory_print(m, "auto-end:%s:%s:%s", person, date, receivers.people[i]);
        book_queue(
            b, &(book_mail){
                   .id = id, .kind = "auto-end", .person = receivers.people[i], .about = about});
    }
}

int32_t ended_judge(book *b, const desk_call *call) {
    char from[WORDS_DATE_SIZE];
    table days;
    words_today(call->now_ns - ENDED_DAYS * DAY_NS, call->utc_offset_s, from);
    const kinmu_filter filters[] = {
        {"date", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_text(from)},
        {"is_auto_ended", KINMU_COMPARE_EQUAL, 0, kinmu_bool(1)},
        table_where("end_request", "missing"),
    };
    if (!book_is_on(b)) {
        return b->status;
    }
    book_read(b, USE_DAY, KINMU_WORK_DAY_FIELDS, filters, 3, "date,person", &days);
    for (uint32_t i = 0; i < days.count && b->status == KINMU_OK; i++) {
        queue_ended(b, days.rows[i]);
    }
    return b->status;
}
