/* workday/round.c - see round.h. Reading and the order of things. */
#include "round.h"

#include "room.h"
#include "settings.h"

#include <kinmu/events/settings.h>

#include <string.h>

#define BACK_DAYS 45   /* evidence so old is counted by itself; the previous month's always is */
#define WINDOW_DAYS 42 /* read before the first day: which devices told anything (40 days) */

int64_t round_reach(int64_t now_ns) {
    int32_t date = moment_minute(now_ns) / DAY_MIN;
    int32_t first = month_first(date_month(date) - 1);
    int32_t back = date - BACK_DAYS;
    return (int64_t)(first < back ? first : back) * DAY_NS - DAY_NS / 2;
}

/* ---- reading ---- */

static int64_t window_of(int64_t from_ns) {
    return from_ns - WINDOW_DAYS * DAY_NS;
}

static void add_account(room *o, const char *account, int64_t from_ns) {
    reading *rows = o->accounts.rows;
    for (uint32_t i = 0; i < o->accounts.count; i++) {
        if (strcmp(rows[i].name, account) == 0) {
            rows[i].from_ns = from_ns < rows[i].from_ns ? from_ns : rows[i].from_ns;
            return;
        }
    }
    reading *one = list_add(&o->accounts);
    keep_status(o->round, one != NULL);
    if (one != NULL) {
        *one = (reading){account, from_ns};
    }
}

/* The accounts and papers of one id of a person. */
static void read_id(room *o, uint32_t id, uint32_t employee_no, int64_t from_ns) {
    char from_date[DATE_SIZE];
    date_print(from_date, moment_minute(window_of(from_ns)) / DAY_MIN);
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_ACCOUNT); i++) {
        const owner_row *one = book_row(&o->book, BOOK_ACCOUNT, i);
        if (one->person == id) {
            add_account(o, texts_at(o->texts, one->record.key[0]), window_of(from_ns));
        }
    }
    stored_punches(&o->stored, texts_at(o->texts, id), window_of(from_ns));
    stored_papers(&o->stored, texts_at(o->texts, id), texts_at(o->texts, employee_no), from_date);
}

static void read_person(room *o, const round_person *p) {
    const char *name = texts_at(o->round->roster->people, p->id);
    uint32_t id = id_of(o, name);
    if (!has_people(o)) {
        add_account(o, texts_at(o->texts, id), window_of(p->from_ns));
        return;
    }
    uint32_t count = book_count(&o->book, BOOK_PERSON);
    uint32_t employee_no = 0;
    for (uint32_t i = 0; i < count; i++) {
        const person_row *one = book_row(&o->book, BOOK_PERSON, i);
        employee_no = one->record.key[0] == id ? one->employee_no : employee_no;
    }
    for (uint32_t i = 0; i < count; i++) {
        const person_row *one = book_row(&o->book, BOOK_PERSON, i);
        if (one->record.key[0] == id || (employee_no != 0 && one->employee_no == employee_no)) {
            read_id(o, one->record.key[0], one->employee_no, p->from_ns);
        }
    }
}

/* What devices said that was not read now, and what was. */
static void share_heard(room *o) {
    roster *all = o->round->roster;
    const int64_t *heard = all->heard.rows;
    for (uint32_t id = 1; id < all->heard.count; id++) {
        const char *device = texts_at(all->devices, id);
        if (heard[id] != INT64_MIN) {
            keep_status(o->round, logs_hear(&o->logs, id_of(o, device), heard[id]));
        }
    }
    for (uint32_t id = 1; id < o->logs.heard.count; id++) {
        int64_t unix_ns = logs_heard(&o->logs, id);
        if (unix_ns != INT64_MIN) {
            keep_status(o->round, roster_hear(all, texts_at(o->texts, id), unix_ns));
        }
    }
}

static void read_evidence(room *o) {
    round *r = o->round;
    int64_t first_ns = INT64_MAX;
    for (uint32_t i = 0; i < r->person_count; i++) {
        read_person(o, &r->people[i]);
        first_ns = r->people[i].from_ns < first_ns ? r->people[i].from_ns : first_ns;
    }
    stored_logs(&o->stored, o->is_by_computer ? NULL : "", window_of(first_ns));
    const reading *rows = o->accounts.rows;
    for (uint32_t i = 0; !o->is_by_computer && i < o->accounts.count; i++) {
        stored_logs(&o->stored, rows[i].name, rows[i].from_ns);
    }
    share_heard(o);
    /* what holds on kept days is asked for, too */
    int64_t kept_ns = r->now_ns - KEPT_DAYS * DAY_NS;
    o->logs.first_ns = kept_ns < o->logs.first_ns ? kept_ns : o->logs.first_ns;
    o->logs.last_ns = r->now_ns > o->logs.last_ns ? r->now_ns : o->logs.last_ns;
    keep_status(r, people_imply(&o->book, &o->logs));
    keep_status(r, r->status != KINMU_OK ||
                       (book_settle(&o->book) && logs_settle(&o->logs, &o->book)));
}

/* ---- the round ---- */

static void choose(room *o) {
    round *r = o->round;
    uint32_t ids[ROUND_PEOPLE_MAX];
    r->person_count =
        roster_due(r->roster, r->mono_ns, ids, ROUND_PEOPLE_MAX, ROUND_BULK_MAX, &r->wait_ns);
    r->is_full = r->person_count >= ROUND_BULK_MAX;
    for (uint32_t i = 0; i < r->person_count; i++) {
        person_state *state = (person_state *)r->roster->states.rows + ids[i];
        int64_t from_ns = state->open_ns < state->from_ns ? state->open_ns : state->from_ns;
        if (!state->is_forced && from_ns < o->reach_ns) {
            from_ns = o->reach_ns;
        }
        r->people[i] = (round_person){ids[i], from_ns, state->is_bulk, state->is_forced};
        state->from_ns = INT64_MAX;
        state->is_forced = state->is_bulk = 0;
    }
}

static int32_t room_init(room *o, round *r) {
    memset(o, 0, sizeof *o);
    o->round = r;
    o->texts = texts_create();
    o->accounts = (list)LIST_OF(reading);
    o->kept = (list)LIST_OF(day);
    o->old = (list)LIST_OF(saved);
    book_init(&o->book, o->texts);
    logs_init(&o->logs);
    facts_init(&o->facts);
    engine_init(&o->engine);
    o->horizon = (horizon){r->now_ns, r->now_ns, moment_minute(r->now_ns)};
    o->reach_ns = round_reach(r->now_ns);
    o->stored = (stored){.host = r->host, .records = r->records, .decision = r->decision};
    o->stored.intake = (intake){o->texts, &o->book, &o->logs, r->zones, r->now_ns, INT64_MIN};
    o->line = (row){.texts = o->texts,
                    .facts = &o->facts,
                    .rule_version = r->rule_version,
                    .computed_ns = r->now_ns};
    return o->texts != NULL;
}

static void room_finish(room *o) {
    saved_free(&o->old);
    list_free(&o->kept);
    list_free(&o->accounts);
    engine_finish(&o->engine);
    facts_finish(&o->facts);
    logs_finish(&o->logs);
    book_finish(&o->book);
    texts_destroy(o->texts);
}

/* Before the book is settled: does any setting bind by computer? */
static int32_t binds_computers(const room *o) {
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_SETTING); i++) {
        const setting_row *one = book_row(&o->book, BOOK_SETTING, i);
        if (one->record.key[2] == KINMU_SETTING_BINDING_BY &&
            strcmp(texts_at(o->texts, one->value), "computer") == 0) {
            return 1;
        }
    }
    return 0;
}

void round_run(round *r) {
    room o;
    r->status = KINMU_OK;
    r->rows = (list)LIST_OF(saved);
    if (!room_init(&o, r)) {
        r->status = KINMU_E_NOMEM;
        room_finish(&o);
        return;
    }
    stored_masters(&o.stored);
    o.is_by_computer = binds_computers(&o);
    if (o.stored.status == KINMU_OK) {
        whom_mark(&o);
        choose(&o);
        if (r->person_count > 0) {
            read_evidence(&o);
            r->wait_ns = 0;
        }
    }
    for (uint32_t i = 0;
         i < r->person_count && r->status == KINMU_OK && o.stored.status == KINMU_OK; i++) {
        results_of(&o, &r->people[i]);
    }
    r->status = r->status == KINMU_OK ? o.stored.status : r->status;
    r->refused = o.stored.refused;
    room_finish(&o);
}

void round_again(round *r) {
    person_state *states = r->roster->states.rows;
    for (uint32_t i = 0; i < r->person_count; i++) {
        person_state *state = &states[r->people[i].id];
        state->from_ns =
            r->people[i].from_ns < state->from_ns ? r->people[i].from_ns : state->from_ns;
        state->is_bulk = r->people[i].is_bulk;
        state->is_forced |= r->people[i].is_forced;
        state->last_mono_ns = 0;
    }
}

void round_free(round *r) {
    saved_free(&r->rows);
    marks_free(&r->marks);
}
