/* workday/rounds/reading.c - see room.h. What a round reads: the logs of accounts, and what
 * machines told of themselves. Input, the bulk of it, is read from three days before; of the days
 * before that the last minute is known (inputs.h), which tells what devices told of whom.
 */
#include "rounds/room.h"

#include "facts/settings.h"
#include "rounds/uses.h"

#include <kinmu/events/settings.h>

#include <stdlib.h>

#define WINDOW_DAYS 42 /* read before the first day: which devices told anything (40 days) */
#define INPUT_BACK_DAYS                                                                            \
    3 /* a span of the day before reaches on, days have 25 hours, moments lie anywhere in one */

static int64_t window_of(int64_t from_ns) {
    return from_ns - WINDOW_DAYS * DAY_NS;
}

static void add_account(room *o, uint32_t account, int64_t from_ns) {
    reading *rows = o->accounts.rows;
    if (account == 0) {
        return; /* the machines' */
    }
    for (uint32_t i = 0; i < o->accounts.count; i++) {
        if (rows[i].id == account) {
            rows[i].from_ns = from_ns < rows[i].from_ns ? from_ns : rows[i].from_ns;
            return;
        }
    }
    reading *one = list_add(&o->accounts);
    keep_status(o->round, one != NULL);
    if (one != NULL) {
        *one = (reading){texts_at(o->texts, account), account, from_ns};
    }
}

/* ---- bound by computer ---- */

int32_t reading_binds_computers(const room *o) {
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_SETTING); i++) {
        const setting_row *one = book_row(&o->book, BOOK_SETTING, i);
        if (one->record.key[2] == KINMU_SETTING_BINDING_BY &&
            strcmp(texts_at(o->texts, one->value), "computer") == 0) {
            return 1;
        }
    }
    return 0;
}

static int32_t learn_row(void *user, const kinmu_event *e) {
    room *o = user;
    roster *all = o->round->roster;
    const char *device = stored_device(&o->stored, e->origin);
    int32_t ok = e->subject[0] == '\0' || e->unix_ns > o->round->now_ns ||
                 roster_hear(all, device, e->unix_ns);
    uint32_t number = texts_find(all->devices, device, strlen(device));
    if (ok && e->subject[0] != '\0' && number != TEXT_NONE) {
        ok = e->schema == USE_INPUT
                 ? inputs_note(&all->inputs, e->subject, number, e->unix_ns, o->round->now_ns)
                 : inputs_meet(&all->inputs, e->subject, number);
    }
    return ok ? KINMU_OK : KINMU_E_NOMEM;
}

/* Once: who told anything by which computer. 0 = it is not known. */
static int32_t learn_everybody(room *o, int64_t since_ns) {
    inputs *known = &o->round->roster->inputs;
    uint32_t forgotten = known->forgotten;
    if (known->all_since_ns <= since_ns) {
        return 1;
    }
    for (uint32_t use = USE_INPUT; use <= USE_MEETING; use++) {
        stored_since(&o->stored, use, since_ns, learn_row, o);
    }
    if (o->stored.status == KINMU_OK && known->forgotten == forgotten) {
        known->all_since_ns = since_ns;
    }
    return known->all_since_ns <= since_ns;
}

static void read_device(room *o, const char *device, int64_t from_ns) {
    const roster *all = o->round->roster;
    list names = LIST_OF(const char *);
    uint32_t number = texts_find(all->devices, device, strlen(device));
    keep_status(o->round, number == TEXT_NONE || inputs_accounts(&all->inputs, number, &names));
    for (uint32_t i = 0; i < names.count; i++) {
        add_account(o, id_of(o, ((const char **)names.rows)[i]), window_of(from_ns));
    }
    list_free(&names);
}

/* The accounts of everybody who used a computer of the person. */
static void read_computers(room *o, uint32_t person, int64_t from_ns) {
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_COMPUTER); i++) {
        const owner_row *one = book_row(&o->book, BOOK_COMPUTER, i);
        if (one->person != person) {
            continue;
        }
        read_device(o, texts_at(o->texts, one->record.key[0]), from_ns);
        for (uint32_t j = 0; j < book_count(&o->book, BOOK_DEVICE); j++) {
            const device_row *device = book_row(&o->book, BOOK_DEVICE, j);
            if (device->name == one->record.key[0]) {
                read_device(o, texts_at(o->texts, device->record.key[0]), from_ns);
            }
        }
    }
}

/* ---- whose accounts ---- */

/* The accounts and papers of one id of a person. */
static void read_id(room *o, uint32_t id, uint32_t employee_no, int64_t from_ns) {
    char from_date[DATE_SIZE];
    date_print(from_date, moment_minute(window_of(from_ns)) / DAY_MIN);
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_ACCOUNT); i++) {
        const owner_row *one = book_row(&o->book, BOOK_ACCOUNT, i);
        if (one->person == id) {
            add_account(o, one->record.key[0], window_of(from_ns));
        }
    }
    if (o->is_by_computer) {
        read_computers(o, id, from_ns);
    }
    stored_punches(&o->stored, texts_at(o->texts, id), window_of(from_ns));
    stored_papers(&o->stored, texts_at(o->texts, id), texts_at(o->texts, employee_no), from_date);
}

static void read_person(room *o, const round_person *p) {
    const char *name = texts_at(o->round->roster->people, p->id);
    uint32_t id = id_of(o, name);
    if (!has_people(o)) {
        add_account(o, id, window_of(p->from_ns));
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

/* ---- logs ---- */

/* All of it, and keeps what is needed of it the next time. */
static void read_all_input(room *o, const reading *of) {
    roster *all = o->round->roster;
    uint32_t first = o->logs.rows[LOG_INPUT].count;
    uint32_t later = o->stored.intake.later;
    stored_input(&o->stored, of->name, of->from_ns);
    if (of->from_ns < o->round->now_ns - (int64_t)(INPUT_DAYS - 2) * DAY_NS) {
        return;
    }
    uint32_t before = 0;
    uint32_t number = TEXT_NONE;
    for (uint32_t i = first; i < o->logs.rows[LOG_INPUT].count; i++) {
        const log_row *one = logs_row(&o->logs, LOG_INPUT, 0, i);
        if (one->device != before || number == TEXT_NONE) {
            const char *device = texts_at(o->texts, one->device);
            before = one->device;
            number = texts_id(all->devices, device, strlen(device));
        }
        keep_status(o->round, number != TEXT_NONE && inputs_note(&all->inputs, of->name, number,
                                                                 one->unix_ns, o->round->now_ns));
    }
    if (o->stored.status == KINMU_OK && o->round->status == KINMU_OK &&
        o->stored.intake.later == later) {
        keep_status(o->round, inputs_cover(&all->inputs, of->name, of->from_ns));
    }
}

/* The last minute of each day before, as if the others had been read. */
static void put_told(room *o, const reading *of, int64_t to_ns) {
    const roster *all = o->round->roster;
    list told = LIST_OF(input_told);
    keep_status(o->round, inputs_told(&all->inputs, of->name, of->from_ns, to_ns, &told));
    for (uint32_t i = 0; i < told.count; i++) {
        const input_told *one = (const input_told *)told.rows + i;
        uint32_t device = id_of(o, texts_at(all->devices, one->device));
        keep_status(o->round, logs_add(&o->logs, LOG_INPUT, one->unix_ns, of->id, device) != NULL &&
                                  logs_hear(&o->logs, device, one->unix_ns));
    }
    list_free(&told);
}

static void read_input(room *o, const reading *of) {
    int64_t day_ns = of->from_ns + (WINDOW_DAYS - INPUT_BACK_DAYS) * DAY_NS;
    int64_t now_ns = o->round->now_ns - INPUT_BACK_DAYS * DAY_NS;
    int64_t back_ns = day_ns < now_ns ? day_ns : now_ns;
    back_ns -= back_ns % MINUTE_NS;
    if (back_ns > of->from_ns && inputs_since(&o->round->roster->inputs, of->name) <= of->from_ns) {
        put_told(o, of, back_ns);
        stored_input(&o->stored, of->name, back_ns);
    } else {
        read_all_input(o, of);
    }
}

/* What the devices told of themselves that told anything of these people. */
static void read_machines(room *o, int64_t since_ns) {
    roster *all = o->round->roster;
    keep_status(o->round, machines_read(&all->machines, &o->stored, all->devices, since_ns));
    o->stored.refused += all->machines.refused;
    for (uint32_t id = 1; id < o->logs.heard.count; id++) {
        const char *device = texts_at(o->texts, id);
        uint32_t number = logs_heard(&o->logs, id) != INT64_MIN
                              ? texts_find(all->devices, device, strlen(device))
                              : TEXT_NONE;
        keep_status(o->round, number == TEXT_NONE || machines_give(&all->machines, number, since_ns,
                                                                   o->round->now_ns, &o->logs, id));
    }
    machines_rest(&all->machines, window_of(o->reach_ns));
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

/* Rows then come as logs_settle wants them. */
static int compare_accounts(const void *left, const void *right) {
    const reading *a = left;
    const reading *b = right;
    return a->id < b->id ? -1 : a->id > b->id;
}

void reading_do(room *o) {
    round *r = o->round;
    int64_t first_ns = INT64_MAX;
    for (uint32_t i = 0; i < r->person_count; i++) {
        first_ns = r->people[i].from_ns < first_ns ? r->people[i].from_ns : first_ns;
    }
    int32_t is_known = !o->is_by_computer || learn_everybody(o, window_of(first_ns));
    for (uint32_t i = 0; i < r->person_count; i++) {
        read_person(o, &r->people[i]);
    }
    if (!is_known) {
        stored_input(&o->stored, NULL, window_of(first_ns));
        stored_logs(&o->stored, NULL, window_of(first_ns));
    }
    if (o->accounts.count > 1) {
        qsort(o->accounts.rows, o->accounts.count, sizeof(reading), compare_accounts);
    }
    const reading *rows = o->accounts.rows;
    for (uint32_t i = 0; is_known && i < o->accounts.count; i++) {
        read_input(o, &rows[i]);
        stored_logs(&o->stored, rows[i].name, rows[i].from_ns);
    }
    read_machines(o, window_of(first_ns));
    share_heard(o);
    /* what holds on kept days is asked for, too */
    int64_t kept_ns = r->now_ns - KEPT_DAYS * DAY_NS;
    o->logs.first_ns = kept_ns < o->logs.first_ns ? kept_ns : o->logs.first_ns;
    o->logs.last_ns = r->now_ns > o->logs.last_ns ? r->now_ns : o->logs.last_ns;
    keep_status(r, people_imply(&o->book, &o->logs));
    keep_status(r, r->status != KINMU_OK ||
                       (book_settle(&o->book) && logs_settle(&o->logs, &o->book)));
}
