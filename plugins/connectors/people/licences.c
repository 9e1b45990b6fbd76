/* people/licences.c - the licences of past months by each product's rule (SUP-22), as JSON and as
 * CSV: people and accounts as they were at each month's end, taken back by the audit where a record
 * was changed since; the running month as it is now. */
#include "licences.h"
#include "history.h"
#include "people.h"
#include "report.h"

#include <kinmu/civil.h>
#include <kinmu/events/settings.h>

#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define DAY_NS (86400 * NS_PER_S)
#define MONTHS_MAX 36

enum { LICENCE_FROM, LICENCE_TO };

typedef struct month {
    int32_t number;           /* 202611 */
    int64_t begin_ns, end_ns; /* by the node's clock; the end not after now */
    char last[WORDS_DATE_SIZE];
} month;

/* ---- months ---- */

static int32_t next_month(int32_t number) {
    return number % 100 == 12 ? number + 89 : number + 1;
}

static int64_t begin_of(const change *c, int32_t number) {
    return kinmu_days_from_date(number / 100, number % 100, 1) * DAY_NS -
           c->call->utc_offset_s * NS_PER_S;
}

static month take_month(const change *c, int32_t number) {
    month m = {.number = number, .begin_ns = begin_of(c, number)};
    m.end_ns = begin_of(c, next_month(number));
    m.end_ns = m.end_ns < c->call->now_ns ? m.end_ns : c->call->now_ns;
    words_today(m.end_ns - 1, c->call->utc_offset_s, m.last);
    return m;
}

/* "202611", not after this month; `otherwise` where nothing is given. 0: it is none. */
static int32_t take_number(const change *c, uint32_t input, int32_t otherwise, int32_t now) {
    int64_t number = 0;
    if (!desk_is_given(c->call, input)) {
        return otherwise;
    }
    int32_t is_one = words_number(desk_text(c->call, input), 999912, &number) && number >= 190001 &&
                     number % 100 >= 1 && number % 100 <= 12 && number <= now;
    return is_one ? (int32_t)number : 0;
}

/* ---- people as they were ---- */

static const char *text_of(memory *m, const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? memory_text(m, text, strlen(text)) : "";
}

static int32_t take_person(change *c, book *b, const row *r, const month *m, licence_person *out) {
    const char *id = book_text(r, KINMU_PEOPLE_PERSON_PERSON);
    *out = (licence_person){id, book_text(r, KINMU_PEOPLE_PERSON_EMPLOYEE_NO),
                            book_text(r, KINMU_PEOPLE_PERSON_STATE), 0, 0};
    if (r->unix_ns < m->end_ns) { /* not written since */
        return KINMU_OK;
    }
    json_t *object = json_pack("{s:s, s:s}", "employee_no", out->employee_no, "state", out->state);
    int32_t status = history_of_person(c, id, m->last, object);
    if (status == KINMU_E_NOTFOUND) { /* not registered yet */
        c->call->err.key[0] = c->call->err.msg[0] = '\0';
        out->state = "";
        status = KINMU_OK;
    } else if (status == KINMU_OK) {
        out->employee_no = text_of(&b->memory, object, "employee_no");
        out->state = text_of(&b->memory, object, "state");
    }
    json_decref(object);
    return status;
}

static int by_person(const void *left, const void *right) {
    return strcmp(((const licence_person *)left)->person, ((const licence_person *)right)->person);
}

static int32_t note_row(void *user, const kinmu_event *event) {
    (void)event;
    *(int32_t *)user = 1;
    return KINMU_OK;
}

/* Whether a PC told anything of the account in the month. */
static int32_t is_recorded(change *c, const char *account, const month *m, int32_t *is_there) {
    const people *p = c->owner;
    const kinmu_filter filters[] = {
        {"subject", KINMU_COMPARE_EQUAL, 0, kinmu_text(account)},
        {"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_i64(m->begin_ns)},
        {"unix_ns", KINMU_COMPARE_LESS, 0, kinmu_i64(m->end_ns)}};
    const kinmu_query query = {.struct_size = sizeof query,
                               .schema = USE_SESSION,
                               .filters = filters,
                               .filter_count = 3,
                               .limit = 1};
    *is_there = 0;
    int32_t status = p->records->query(p->host, &query, note_row, is_there);
    return status == KINMU_E_DENIED
               ? people_fail(&c->call->err, KINMU_E_STATE, "licence.reads",
                             "ライセンス数には、conf.d の people に reads: [kinmu.audit.change, "
                             "kinmu.session.change] が必要です / counting licences needs reads: "
                             "[kinmu.audit.change, kinmu.session.change] for people in conf.d")
               : status;
}

/* Adds the accounts that were somebody's on the month's last day; the people are in order. */
static int32_t take_accounts(change *c, const book *b, const month *m, licence_person *all,
                             uint32_t count) {
    const shelf *accounts = &b->shelves[KIND_ACCOUNT];
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < accounts->count; i++) {
        const row *r = accounts->rows[i];
        const char *account = book_text(r, KINMU_PEOPLE_ACCOUNT_ACCOUNT);
        if (r->values == NULL || r != book_in_force(b, KIND_ACCOUNT, account, m->last)) {
            continue; /* of another time */
        }
        const licence_person key = {.person = book_text(r, KINMU_PEOPLE_ACCOUNT_PERSON)};
        licence_person *whose = bsearch(&key, all, count, sizeof *all, by_person);
        int32_t is_there = 0;
        if (whose != NULL) {
            status = is_recorded(c, account, m, &is_there);
            whose->accounts++;
            whose->is_recorded |= is_there;
        }
    }
    return status;
}

static int32_t count_month(change *c, book *b, const month *m, int64_t counts[LICENCE_RULES]) {
    const shelf *s = &b->shelves[KIND_PERSON];
    licence_person *all = memory_get(&b->memory, (s->count + 1) * sizeof *all);
    uint32_t count = 0;
    int32_t status = all != NULL ? KINMU_OK : KINMU_E_NOMEM;
    for (uint32_t i = 0; status == KINMU_OK && i < s->count; i++) {
        if (s->rows[i]->values != NULL) {
            status = take_person(c, b, s->rows[i], m, &all[count++]);
        }
    }
    if (status == KINMU_OK) {
        qsort(all, count, sizeof *all, by_person);
        status = take_accounts(c, b, m, all, count);
    }
    if (status == KINMU_OK) {
        licences_count(all, count, counts);
    }
    return status;
}

/* ---- the answer ---- */

int32_t licences_judge(book *b, change *c) {
    kinmu_civil today = kinmu_civil_from(c->call->now_ns, c->call->utc_offset_s);
    int32_t now = today.year * 100 + today.month;
    int32_t to = take_number(c, LICENCE_TO, now, now);
    int32_t from = take_number(c, LICENCE_FROM, to, now);
    int64_t bought = book_setting_number(b, KINMU_SETTING_COMPANY_LICENCES);
    const char *csv = "月,M: 利用者とエージェント,N: ユーザID,W: アカウント,契約数\r\n";
    json_t *rows = json_array();
    int32_t status =
        from != 0 && to != 0 && from <= to &&
                (to / 100 - from / 100) * 12 + to % 100 - from % 100 < MONTHS_MAX
            ? KINMU_OK
            : people_fail(&c->call->err, KINMU_E_REJECT, "licence.month",
                          "月は今月までの 202611 のような 6 桁で、一度に %d か月までです / "
                          "months are like 202611, this one the last, %d at most",
                          MONTHS_MAX, MONTHS_MAX);
    for (int32_t number = from; status == KINMU_OK && number <= to; number = next_month(number)) {
        int64_t counts[LICENCE_RULES];
        month m = take_month(c, number);
        status = count_month(c, b, &m, counts);
        if (status == KINMU_OK) {
            json_array_append_new(rows, json_pack("{s:i, s:s, s:I, s:I, s:I, s:I}", "month", number,
                                                  "as_of", m.last, "m", (json_int_t)counts[0], "n",
                                                  (json_int_t)counts[1], "w", (json_int_t)counts[2],
                                                  "bought", (json_int_t)bought));
            csv = csv == NULL ? NULL
                              : memory_print(&b->memory, "%s%d,%lld,%lld,%lld,%lld\r\n", csv,
                                             number, (long long)counts[0], (long long)counts[1],
                                             (long long)counts[2], (long long)bought);
        }
    }
    if (status != KINMU_OK) {
        json_decref(rows);
        return status;
    }
    desk_answer(c->call, kinmu_text(report_text(&b->memory, rows)));
    desk_answer(c->call, kinmu_text(csv != NULL ? csv : ""));
    return KINMU_OK;
}
