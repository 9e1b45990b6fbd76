/* people/access.c - who runs the node looks at what was recorded of people only while an
 * administrator lets him (operator.access: approved; RET-05): asked for with a reason, granted for
 * some hours, over by itself, and each look written down with the number of the grant. The host
 * asks here before it passes on a command of the shell whose answer holds personal data. */
#include "people.h"

#include "caller.h"

#include <kinmu/events/settings.h>

#include <string.h>

#define HOUR_NS (INT64_C(3600) * 1000000000)
#define HOURS_MAX 72
#define HOURS_PRESET 8
#define ASKED_MAX 20u  /* of one operator, not decided yet */
#define TOLD_MAX 1000u /* people a look at everybody is told one by one */
#define TEXT_BYTES_MAX 1024u

enum { ASK_REASON, ASK_HOURS, ASK_PERSON, ASK_GROUP };
enum { DECIDE_ACCESS };
enum { USE_WHAT, USE_PERSON };

static const place nowhere = {NULL, 0};

int32_t access_is_approved(const book *b) {
    return strcmp(book_setting(b, KINMU_SETTING_OPERATOR_ACCESS), "approved") == 0;
}

int32_t access_is_operator(const char *caller) {
    return strncmp(caller, "os:", 3) == 0;
}

static int32_t refuse_others(change *c) {
    return people_fail(
        &c->call->err, KINMU_E_DENIED, "access.operator",
        "閲覧の申請は、サーバーの kinmu コマンドを使う人のためのものです / this is for "
        "who uses the shell of the node; people see by their own login");
}

/* ---- asking ---- */

static int32_t check_whom(const book *b, change *c) {
    const char *person = desk_text(c->call, ASK_PERSON);
    const char *group = desk_text(c->call, ASK_GROUP);
    if (person[0] != '\0' && group[0] != '\0') {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "access.whom",
            "人かグループのどちらか一方を指定します（どちらもなければ全員） / give a "
            "person or a group, not both; neither means everybody");
    }
    return people_known(b, c, person, group);
}

static int32_t check_wish(const book *b, change *c, int64_t hours) {
    const char *reason = desk_text(c->call, ASK_REASON);
    const shelf *s = &b->shelves[KIND_ACCESS];
    uint32_t asked = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        asked += book_is(s->rows[i], KINMU_AUDIT_ACCESS_STATE, "asked") &&
                 book_is(s->rows[i], KINMU_AUDIT_ACCESS_OPERATOR, c->call->caller);
    }
    if (reason[0] == '\0' || strlen(reason) > TEXT_BYTES_MAX || hours < 1 || hours > HOURS_MAX) {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "access.wish",
            "理由（1,024 バイトまで）と、1～%d 時間の長さを指定してください / give a "
            "reason of at most 1,024 bytes and 1 to %d hours",
            HOURS_MAX, HOURS_MAX);
    }
    return asked < ASKED_MAX
               ? check_whom(b, c)
               : people_fail(
                     &c->call->err, KINMU_E_REJECT, "access.many",
                     "未決定の申請が %u 件あります。kinmu access end で取り下げられます / %u "
                     "wait for a decision already; kinmu access end takes one back",
                     asked, asked);
}

static kinmu_value text_or_null(const char *text) {
    return text[0] != '\0' ? kinmu_text(text) : kinmu_null();
}

int32_t access_ask_judge(book *b, change *c) {
    int64_t hours = desk_number(c->call, ASK_HOURS, HOURS_PRESET);
    if (!access_is_operator(c->call->caller)) {
        return refuse_others(c);
    }
    int32_t status = check_wish(b, c, hours);
    if (status != KINMU_OK) {
        return status;
    }
    const char *id = book_new_id(b, KIND_ACCESS, 'A');
    const kinmu_value values[KINMU_AUDIT_ACCESS_FIELDS] = {
        [KINMU_AUDIT_ACCESS_ACCESS_ID] = kinmu_text(id),
        [KINMU_AUDIT_ACCESS_OPERATOR] = kinmu_text(c->call->caller),
        [KINMU_AUDIT_ACCESS_PERSON] = text_or_null(desk_text(c->call, ASK_PERSON)),
        [KINMU_AUDIT_ACCESS_GROUP_ID] = text_or_null(desk_text(c->call, ASK_GROUP)),
        [KINMU_AUDIT_ACCESS_STATE] = kinmu_text("asked"),
        [KINMU_AUDIT_ACCESS_REASON] = kinmu_text(desk_text(c->call, ASK_REASON)),
        [KINMU_AUDIT_ACCESS_HOURS] = kinmu_i64(hours),
        [KINMU_AUDIT_ACCESS_ASKED_NS] = kinmu_time(c->call->now_ns)};
    (void)book_put(b, KIND_ACCESS, values, nowhere);
    desk_answer(c->call, kinmu_text(id));
    desk_answer(c->call, values[KINMU_AUDIT_ACCESS_STATE]);
    desk_answer(c->call, kinmu_null());
    desk_answer_position(c->call);
    return KINMU_OK;
}

/* ---- deciding ---- */

static int32_t is_running(const row *r, int64_t now_ns) {
    return book_is(r, KINMU_AUDIT_ACCESS_STATE, "granted") &&
           now_ns < book_number(r, KINMU_AUDIT_ACCESS_UNTIL_NS);
}

/* The one a call names, its values in `values`. NULL: refused. */
static const row *take_access(const book *b, change *c,
                              kinmu_value values[KINMU_AUDIT_ACCESS_FIELDS]) {
    const char *id = desk_text(c->call, DECIDE_ACCESS);
    const row *r = book_first(b, KIND_ACCESS, id);
    if (r == NULL || r->values == NULL) {
        (void)people_fail(&c->call->err, KINMU_E_NOTFOUND, "access.unknown",
                          "「%s」という申請はありません。kinmu access list で確かめてください / "
                          "there is no access \"%s\"; see kinmu access list",
                          id, id);
        return NULL;
    }
    memcpy(values, r->values, KINMU_AUDIT_ACCESS_FIELDS * sizeof *values);
    return r;
}

static int32_t put(book *b, change *c, kinmu_value *values, const char *state) {
    values[KINMU_AUDIT_ACCESS_STATE] = kinmu_text(state);
    values[KINMU_AUDIT_ACCESS_DECIDED_BY] = kinmu_text(caller_name(c->call->caller));
    values[KINMU_AUDIT_ACCESS_DECIDED_NS] = kinmu_time(c->call->now_ns);
    (void)book_put(b, KIND_ACCESS, values, nowhere);
    desk_answer(c->call, values[KINMU_AUDIT_ACCESS_ACCESS_ID]);
    desk_answer(c->call, values[KINMU_AUDIT_ACCESS_STATE]);
    desk_answer(c->call, values[KINMU_AUDIT_ACCESS_UNTIL_NS]);
    desk_answer_position(c->call);
    return KINMU_OK;
}

/* 1 when the operator's account is, today, the person's who decides. */
static int32_t is_his_own(const book *b, const change *c, const row *r) {
    const char *account = book_text(r, KINMU_AUDIT_ACCESS_OPERATOR) + strlen("os:");
    const row *owner = book_in_force(b, KIND_ACCOUNT, account, c->today);
    return book_is(owner, KINMU_PEOPLE_ACCOUNT_PERSON, caller_person(c->call->caller));
}

static int32_t decide(book *b, change *c, int32_t is_granted) {
    kinmu_value values[KINMU_AUDIT_ACCESS_FIELDS];
    if (caller_person(c->call->caller) == NULL) {
        return people_fail(
            &c->call->err, KINMU_E_DENIED, "access.decide",
            "許可できるのは、API にログインした管理者だけです / only an administrator "
            "who logs in to the API decides this");
    }
    const row *r = take_access(b, c, values);
    if (r == NULL) {
        return KINMU_E_NOTFOUND;
    }
    if (!book_is(r, KINMU_AUDIT_ACCESS_STATE, "asked")) {
        return people_fail(&c->call->err, KINMU_E_CONFLICT, "access.decided",
                           "決定済みです（%s） / it was decided already: %s",
                           book_text(r, KINMU_AUDIT_ACCESS_STATE),
                           book_text(r, KINMU_AUDIT_ACCESS_STATE));
    }
    if (is_granted && is_his_own(b, c, r)) {
        return people_fail(&c->call->err, KINMU_E_DENIED, "access.own",
                           "自分の申請は許可できません / nobody grants his own wish");
    }
    if (is_granted) {
        values[KINMU_AUDIT_ACCESS_UNTIL_NS] =
            kinmu_time(c->call->now_ns + book_number(r, KINMU_AUDIT_ACCESS_HOURS) * HOUR_NS);
    }
    return put(b, c, values, is_granted ? "granted" : "refused");
}

int32_t access_grant_judge(book *b, change *c) {
    return decide(b, c, 1);
}

int32_t access_refuse_judge(book *b, change *c) {
    return decide(b, c, 0);
}

int32_t access_end_judge(book *b, change *c) {
    kinmu_value values[KINMU_AUDIT_ACCESS_FIELDS];
    const row *r = take_access(b, c, values);
    if (r == NULL) {
        return KINMU_E_NOTFOUND;
    }
    if (!book_is(r, KINMU_AUDIT_ACCESS_STATE, "asked") && !is_running(r, c->call->now_ns)) {
        return people_fail(&c->call->err, KINMU_E_CONFLICT, "access.over",
                           "すでに終わっています / it is over already");
    }
    return put(b, c, values, "ended");
}

/* ---- looking ---- */

/* Whose data a look means: a person's id, or his whose account it is; "" = everybody's. */
static const char *whose(const book *b, const change *c) {
    const char *name = desk_text(c->call, USE_PERSON);
    const row *account =
        book_first(b, KIND_PERSON, name) == NULL ? book_latest(b, KIND_ACCOUNT, name) : NULL;
    const char *owner = book_text(account, KINMU_PEOPLE_ACCOUNT_PERSON);
    return owner[0] != '\0' ? owner : name;
}

static int32_t is_for(const book *b, const change *c, const row *r, const char *person) {
    const char *of_person = book_text(r, KINMU_AUDIT_ACCESS_PERSON);
    const char *of_group = book_text(r, KINMU_AUDIT_ACCESS_GROUP_ID);
    if (of_person[0] == '\0' && of_group[0] == '\0') {
        return 1;
    }
    const row *now = book_in_force(b, KIND_ASSIGNMENT, person, c->today);
    return person[0] != '\0' &&
           (of_group[0] == '\0'
                ? strcmp(of_person, person) == 0
                : holds_is_below(b, book_text(now, KINMU_PEOPLE_ASSIGNMENT_GROUP_ID), of_group));
}

/* The operator's running grant for that person. NULL: there is none. */
static const row *find_grant(const book *b, const change *c, const char *person) {
    const shelf *s = &b->shelves[KIND_ACCESS];
    for (uint32_t i = 0; i < s->count; i++) {
        const row *r = s->rows[i];
        if (r->values != NULL && is_running(r, c->call->now_ns) &&
            book_is(r, KINMU_AUDIT_ACCESS_OPERATOR, c->call->caller) && is_for(b, c, r, person)) {
            return r;
        }
    }
    return NULL;
}

static int32_t tell_person(const change *c, const kinmu_value *shared, const char *person) {
    const people *p = c->owner;
    kinmu_value values[KINMU_AUDIT_READ_FIELDS];
    memcpy(values, shared, sizeof values);
    values[KINMU_AUDIT_READ_OF_PERSON] = text_or_null(person);
    const kinmu_event event = {.schema = USE_READ,
                               .subject = person,
                               .values = values,
                               .value_count = KINMU_AUDIT_READ_FIELDS};
    return p->desk.bus->publish(p->host, &event, 1, NULL);
}

/* Before anything is shown: nobody looks unseen because the log was full. */
static int32_t note_look(book *b, change *c, const row *grant, const char *person) {
    const shelf *everybody = &b->shelves[KIND_PERSON];
    const char *reason = memory_print(&b->memory, "%s: %s", book_text(grant, 0),
                                      book_text(grant, KINMU_AUDIT_ACCESS_REASON));
    const kinmu_value values[KINMU_AUDIT_READ_FIELDS] = {
        [KINMU_AUDIT_READ_READER] = kinmu_text(c->call->caller),
        [KINMU_AUDIT_READ_READER_ROLE] = kinmu_text("operator"),
        [KINMU_AUDIT_READ_SCHEMA] = kinmu_text("*"),
        [KINMU_AUDIT_READ_COLUMNS] = kinmu_text("*"),
        [KINMU_AUDIT_READ_ROWS] = kinmu_i64(0),
        [KINMU_AUDIT_READ_CHANNEL] = kinmu_text("cli"),
        [KINMU_AUDIT_READ_INSTANCE] = kinmu_text(desk_text(c->call, USE_WHAT)),
        [KINMU_AUDIT_READ_REASON] = kinmu_text(reason != NULL ? reason : "")};
    int32_t is_one = person[0] != '\0' || everybody->count > TOLD_MAX;
    int32_t status = is_one ? tell_person(c, values, person) : KINMU_OK;
    for (uint32_t i = 0; !is_one && status == KINMU_OK && i < everybody->count; i++) {
        if (book_lives(everybody->rows[i])) {
            status = tell_person(c, values, book_text(everybody->rows[i], 0));
        }
    }
    return status == KINMU_OK
               ? KINMU_OK
               : people_fail(
                     &c->call->err, KINMU_E_RETRY, "access.log",
                     "閲覧の記録を残せないため、表示しません。しばらくして再度実行してください "
                     "/ the look cannot be written down now, so nothing is shown; try "
                     "again soon");
}

int32_t access_use_judge(book *b, change *c) {
    if (!access_is_operator(c->call->caller)) {
        return refuse_others(c);
    }
    if (!access_is_approved(b)) {
        desk_answer(c->call, kinmu_null());
        return KINMU_OK;
    }
    const char *person = whose(b, c);
    const row *grant = find_grant(b, c, person);
    if (grant == NULL) {
        return people_fail(
            &c->call->err, KINMU_E_DENIED, "access.none",
            "個人の記録の閲覧には管理者の許可が必要です。kinmu access ask 理由 %s%s "
            "で申請してください / an administrator has to allow this look (operator.access is "
            "approved); ask: kinmu access ask REASON %s%s",
            person[0] != '\0' ? "--person " : "", person, person[0] != '\0' ? "--person " : "",
            person);
    }
    int32_t status = note_look(b, c, grant, person);
    if (status == KINMU_OK) {
        desk_answer(c->call, kinmu_text(book_text(grant, 0)));
    }
    return status;
}
