/* people/demands.c - what a person may ask of those who keep his records (開示等の請求,
 * 個人情報保護法 32～35 条): to be told, to be shown, to have it corrected, to have it erased. Each
 * demand is a record from its arrival to its answer: who it is was checked and how, and that it is
 * answered in thirty days. Doing what is asked is done by other commands (person export, set,
 * erase); here it is written down that it was.
 *
 * The deadline (deadlines.c) is looked at with each of these commands and by the daily work. */
#include "people.h"

#include "caller.h"

#include <stdio.h>
#include <string.h>

#define ANSWERED_IN_DAYS 30
#define BACK_DAYS_MAX 3660 /* one that came on paper */
#define OPEN_MAX 20u       /* of one person */
#define TEXT_BYTES_MAX 4096u

enum { ADD_KIND, ADD_DETAIL, ADD_PERSON, ADD_RECEIVED };
enum { IDENTIFY_DEMAND, IDENTIFY_HOW };
enum { ANSWER_DEMAND, ANSWER_OUTCOME, ANSWER_TEXT };
enum { WITHDRAW_DEMAND };

static const place nowhere = {NULL, 0};

/* What stands in `kinmu status`, and in the log when something new is to be told. */
int32_t demands_after(change *c) {
    people *p = c->owner;
    p->demands[0] = '\0';
    p->is_overdue = c->demands_overdue > 0;
    if (c->demands_open > 0) {
        (void)snprintf(
            p->demands, sizeof p->demands,
            "開示等の請求: 未回答 %u 件、期限切れ %u 件、次の期限 %.100s / demands of people: %u "
            "open, %u overdue, next %.100s; kinmu demand list",
            c->demands_open, c->demands_overdue, c->demand_next, c->demands_open,
            c->demands_overdue, c->demand_next);
    }
    people_tell_health(p);
    if (c->demands_told > 0) {
        p->host->log(p->host, KINMU_LOG_WARN, p->demands);
    }
    return 0;
}

/* ---- commands ---- */

static int32_t is_admin(const change *c) {
    return (c->call->rights & KINMU_RIGHT_ADMIN) != 0;
}

static int32_t check_text(change *c, const char *text) {
    return strlen(text) <= TEXT_BYTES_MAX
               ? KINMU_OK
               : people_fail(
                     &c->call->err, KINMU_E_REJECT, "demand.long",
                     "文章が長すぎます（4,096 バイトまで） / a text has at most 4,096 bytes");
}

static int32_t check_whom(book *b, change *c, const char *person) {
    const char *self = caller_person(c->call->caller);
    const shelf *s = &b->shelves[KIND_DEMAND];
    uint32_t open = 0;
    if (!is_admin(c) && (self == NULL || strcmp(self, person) != 0)) {
        return people_fail(&c->call->err, KINMU_E_DENIED, "demand.other",
                           "本人か管理者だけが請求できます / only the person himself, or an "
                           "administrator for him");
    }
    if (person[0] == '\0' || book_first(b, KIND_PERSON, person) == NULL) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "person.unknown",
                           "「%s」という人は登録されていません / there is no person \"%s\"", person,
                           person);
    }
    for (uint32_t i = 0; i < s->count; i++) {
        open +=
            demands_is_open(s->rows[i]) && book_is(s->rows[i], KINMU_AUDIT_DEMAND_PERSON, person);
    }
    return open < OPEN_MAX
               ? KINMU_OK
               : people_fail(&c->call->err, KINMU_E_REJECT, "demand.many",
                             "未回答の請求が %u 件あります / %u demands are open already", open,
                             open);
}

/* The day it came: today, or one before that is said. NULL: refused. */
static const char *take_received(change *c) {
    char date[WORDS_DATE_SIZE];
    const char *oldest = demands_day_after(&c->call->memory, c->today, -BACK_DAYS_MAX);
    memcpy(date, c->today, sizeof date);
    if (desk_is_given(c->call, ADD_RECEIVED) &&
        (!is_admin(c) || !words_date(desk_text(c->call, ADD_RECEIVED), date) ||
         strcmp(date, c->today) > 0 || oldest == NULL || strcmp(date, oldest) < 0)) {
        (void)people_fail(&c->call->err, KINMU_E_REJECT, "demand.received",
                          "受付日は管理者が、今日以前の日付（2026-11-22 のように）で指定します / "
                          "received is a date like 2026-11-22, not after today, and an "
                          "administrator's to give");
        return NULL;
    }
    return memory_text(&c->call->memory, date, sizeof date - 1);
}

int32_t demand_add_judge(book *b, change *c) {
    static const char *const kinds_known = "inquiry|disclosure|correction|erasure";
    const char *kind = desk_text(c->call, ADD_KIND);
    const char *self = caller_person(c->call->caller);
    const char *person =
        desk_is_given(c->call, ADD_PERSON) || self == NULL ? desk_text(c->call, ADD_PERSON) : self;
    int32_t is_self = self != NULL && strcmp(self, person) == 0;
    if (words_choice(kinds_known, kind, (uint32_t)strlen(kind)) < 0) {
        return people_fail(&c->call->err, KINMU_E_REJECT, "demand.kind",
                           "kind は %s のいずれかです / kind is one of %s", kinds_known,
                           kinds_known);
    }
    int32_t status = check_whom(b, c, person);
    status = status == KINMU_OK ? check_text(c, desk_text(c->call, ADD_DETAIL)) : status;
    const char *received = status == KINMU_OK ? take_received(c) : NULL;
    if (received == NULL) {
        return status != KINMU_OK ? status : KINMU_E_REJECT;
    }
    const char *id = book_new_id(b, KIND_DEMAND, 'D');
    const char *due = demands_day_after(&b->memory, received, ANSWERED_IN_DAYS);
    kinmu_value values[KINMU_AUDIT_DEMAND_FIELDS] = {
        [KINMU_AUDIT_DEMAND_DEMAND_ID] = kinmu_text(id),
        [KINMU_AUDIT_DEMAND_PERSON] = kinmu_text(person),
        [KINMU_AUDIT_DEMAND_KIND] = kinmu_text(kind),
        [KINMU_AUDIT_DEMAND_STATE] = kinmu_text(is_self ? "identified" : "received"),
        [KINMU_AUDIT_DEMAND_DETAIL] = kinmu_text(desk_text(c->call, ADD_DETAIL)),
        [KINMU_AUDIT_DEMAND_RECEIVED_DATE] = kinmu_text(received),
        [KINMU_AUDIT_DEMAND_DUE_DATE] = kinmu_text(due != NULL ? due : ""),
        [KINMU_AUDIT_DEMAND_ENTERED_BY] = kinmu_text(caller_name(c->call->caller)),
        [KINMU_AUDIT_DEMAND_NOTICE] = kinmu_text("none")};
    if (is_self) { /* his own login says who he is */
        values[KINMU_AUDIT_DEMAND_IDENTITY] = kinmu_text("login");
        values[KINMU_AUDIT_DEMAND_IDENTIFIED_BY] = kinmu_text(person);
    }
    (void)book_put(b, KIND_DEMAND, values, nowhere);
    desk_answer(c->call, kinmu_text(id));
    desk_answer(c->call, kinmu_text(due != NULL ? due : ""));
    desk_answer(c->call, values[KINMU_AUDIT_DEMAND_STATE]);
    desk_answer_position(c->call);
    return demands_watch(b, c);
}

/* The open demand a call names, its values in `values`. NULL: refused. */
static row *take_open(book *b, change *c, kinmu_value values[KINMU_AUDIT_DEMAND_FIELDS]) {
    const char *id = desk_text(c->call, 0);
    const char *self = caller_person(c->call->caller);
    row *r = book_first(b, KIND_DEMAND, id);
    int32_t is_his = r != NULL && self != NULL && book_is(r, KINMU_AUDIT_DEMAND_PERSON, self);
    if (r == NULL || r->values == NULL || (!is_admin(c) && !is_his)) {
        (void)people_fail(
            &c->call->err, KINMU_E_NOTFOUND, "demand.unknown",
            "「%s」という請求はありません。kinmu demand list で確かめてください / there "
            "is no demand \"%s\"; see kinmu demand list",
            id, id);
        return NULL;
    }
    if (!demands_is_open(r)) {
        (void)people_fail(&c->call->err, KINMU_E_CONFLICT, "demand.over",
                          "請求「%s」は終わっています（%s） / demand \"%s\" is over: %s", id,
                          book_text(r, KINMU_AUDIT_DEMAND_STATE), id,
                          book_text(r, KINMU_AUDIT_DEMAND_STATE));
        return NULL;
    }
    memcpy(values, r->values, KINMU_AUDIT_DEMAND_FIELDS * sizeof *values);
    return r;
}

static int32_t refused(const change *c) {
    return strcmp(c->call->err.key, "demand.over") == 0 ? KINMU_E_CONFLICT : KINMU_E_NOTFOUND;
}

static int32_t put(book *b, change *c, const kinmu_value *values) {
    (void)book_put(b, KIND_DEMAND, values, nowhere);
    desk_answer(c->call, values[KINMU_AUDIT_DEMAND_STATE]);
    desk_answer(c->call, values[KINMU_AUDIT_DEMAND_DUE_DATE]);
    desk_answer_position(c->call);
    return demands_watch(b, c);
}

int32_t demand_identify_judge(book *b, change *c) {
    kinmu_value values[KINMU_AUDIT_DEMAND_FIELDS];
    const char *how = desk_text(c->call, IDENTIFY_HOW);
    if (take_open(b, c, values) == NULL) {
        return refused(c);
    }
    if (how[0] == '\0' || check_text(c, how) != KINMU_OK) {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "demand.identity",
            "本人確認の方法を書いてください（社員証など。番号は書かない） / say how it "
            "was checked who he is: a card shown, a call back; no numbers of cards");
    }
    values[KINMU_AUDIT_DEMAND_STATE] = kinmu_text("identified");
    values[KINMU_AUDIT_DEMAND_IDENTITY] = kinmu_text(how);
    values[KINMU_AUDIT_DEMAND_IDENTIFIED_BY] = kinmu_text(caller_name(c->call->caller));
    return put(b, c, values);
}

/* 1 when what was asked can have been done. */
static int32_t can_be_done(book *b, change *c, const row *r) {
    const row *person = book_first(b, KIND_PERSON, book_text(r, KINMU_AUDIT_DEMAND_PERSON));
    if (!book_is(r, KINMU_AUDIT_DEMAND_STATE, "identified")) {
        (void)people_fail(&c->call->err, KINMU_E_REJECT, "demand.identity",
                          "本人確認がまだです（kinmu demand identify） / who he is was not checked "
                          "yet: kinmu demand identify");
        return 0;
    }
    if (book_is(r, KINMU_AUDIT_DEMAND_KIND, "erasure") && person != NULL &&
        person->values[KINMU_PEOPLE_PERSON_ERASE_ASKED_NS].type == KINMU_TYPE_NULL) {
        (void)people_fail(
            &c->call->err, KINMU_E_REJECT, "demand.erase",
            "まだ消去されていません（kinmu person erase） / he was not erased yet: kinmu "
            "person erase");
        return 0;
    }
    return 1;
}

int32_t demand_answer_judge(book *b, change *c) {
    kinmu_value values[KINMU_AUDIT_DEMAND_FIELDS];
    const char *outcome = desk_text(c->call, ANSWER_OUTCOME);
    const char *text = desk_text(c->call, ANSWER_TEXT);
    int32_t is_done = strcmp(outcome, "done") == 0;
    const row *r = take_open(b, c, values);
    if (r == NULL) {
        return refused(c);
    }
    if ((!is_done && strcmp(outcome, "refused") != 0) || text[0] == '\0' ||
        check_text(c, text) != KINMU_OK) {
        return people_fail(
            &c->call->err, KINMU_E_REJECT, "demand.answer",
            "done か refused と、本人への回答（断るときは理由）を書いてください / give "
            "done or refused, and what he is told: when refused, why");
    }
    if (is_done && !can_be_done(b, c, r)) {
        return KINMU_E_REJECT;
    }
    values[KINMU_AUDIT_DEMAND_STATE] = kinmu_text(is_done ? "done" : "refused");
    values[KINMU_AUDIT_DEMAND_ANSWER] = kinmu_text(text);
    values[KINMU_AUDIT_DEMAND_ANSWERED_BY] = kinmu_text(caller_name(c->call->caller));
    values[KINMU_AUDIT_DEMAND_ANSWERED_NS] = kinmu_time(c->call->now_ns);
    return put(b, c, values);
}

int32_t demand_withdraw_judge(book *b, change *c) {
    kinmu_value values[KINMU_AUDIT_DEMAND_FIELDS];
    if (take_open(b, c, values) == NULL) {
        return refused(c);
    }
    values[KINMU_AUDIT_DEMAND_STATE] = kinmu_text("withdrawn");
    values[KINMU_AUDIT_DEMAND_ANSWERED_NS] = kinmu_time(c->call->now_ns);
    return put(b, c, values);
}
