/* people/history.c - a person's own fields as they were on a past date. The store has the newest
 * version of a record alone; the audit has what each change replaced. So what was changed since is
 * taken back, the newest change first, as far as the audit is kept. */
#include "history.h"

#include "people.h"

#include <string.h>

#define DAY_NS (INT64_C(86400) * 1000000000)
#define PERSON_OBJECT "kinmu.people.person/1"

typedef struct taking_back {
    json_t *object;
    int32_t is_there;
} taking_back;

int32_t history_take_back(json_t *object, const char *action, const char *before, size_t size) {
    json_t *fields = before != NULL ? json_loadb(before, size, 0, NULL) : NULL;
    const char *name;
    json_t *value;
    if (strcmp(action, "create") == 0) {
        return 0;
    }
    json_object_foreach(fields, name, value) {
        json_object_set(object, name, value);
    }
    json_decref(fields);
    return 1;
}

static int32_t take(void *user, const kinmu_event *event) {
    taking_back *t = user;
    const kinmu_value *action = &event->values[KINMU_AUDIT_CHANGE_ACTION];
    const kinmu_value *before = &event->values[KINMU_AUDIT_CHANGE_BEFORE];
    char word[16];
    (void)snprintf(word, sizeof word, "%.*s", (int)action->size,
                   action->type == KINMU_TYPE_TEXT ? action->as.text : "");
    int32_t has_before = before->type == KINMU_TYPE_TEXT;
    t->is_there = history_take_back(t->object, word, has_before ? before->as.text : NULL,
                                    has_before ? before->size : 0);
    return !t->is_there;
}

int32_t history_of_person(change *c, const char *person, const char *date, json_t *object) {
    const people *p = c->owner;
    int64_t end_ns = words_date_ns(date) + DAY_NS - c->call->utc_offset_s * INT64_C(1000000000);
    const kinmu_filter filters[] = {
        {"object", KINMU_COMPARE_EQUAL, 0, kinmu_text(PERSON_OBJECT)},
        {"object_id", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)},
        {"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_i64(end_ns)},
        {"subject", KINMU_COMPARE_EQUAL, 0, kinmu_text(person)}, /* by what the store finds them */
    };
    const kinmu_query query = {.struct_size = sizeof query,
                               .schema = USE_CHANGE,
                               .filters = filters,
                               .filter_count = 4,
                               .limit = KINMU_RECORDS_PAGE_MAX,
                               .order = "-unix_ns,-sequence"};
    taking_back t = {object, 1};
    if (strcmp(date, c->today) >= 0) {
        return KINMU_OK;
    }
    int32_t status = p->records->query(p->host, &query, take, &t);
    if (status == KINMU_E_DENIED) {
        return people_fail(
            &c->call->err, KINMU_E_STATE, "history.reads",
            "過去の日付には、conf.d の people に reads: [kinmu.audit.change] が必要です / a past "
            "date needs reads: [kinmu.audit.change] for people in conf.d");
    }
    if (status == KINMU_OK && !t.is_there) {
        return people_fail(
            &c->call->err, KINMU_E_NOTFOUND, "person.not-yet",
            "「%s」は %s にはまだ登録されていません / \"%s\" was not registered yet on "
            "%s",
            person, date, person, date);
    }
    return status;
}
