/* workday/rounds/whom.c - see room.h. */
#include "rounds/room.h"

#include "rounds/uses.h"

#define BULK_NS (2 * DAY_NS)               /* evidence so old waits behind what happens now */
#define RECHECK_NS UINT64_C(3600000000000) /* days that wait for a device */

/* The id under which somebody is computed, before the book is settled: of all with one number the
 * smallest. */
static const char *person_of(const room *o, uint32_t person) {
    uint32_t count = book_count(&o->book, BOOK_PERSON);
    uint32_t employee_no = 0;
    const char *name = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const person_row *one = book_row(&o->book, BOOK_PERSON, i);
        if (one->record.key[0] == person) {
            employee_no = one->employee_no;
            name = texts_at(o->texts, person);
        }
    }
    for (uint32_t i = 0; name != NULL && employee_no != 0 && i < count; i++) {
        const person_row *one = book_row(&o->book, BOOK_PERSON, i);
        const char *other = texts_at(o->texts, one->record.key[0]);
        name = one->employee_no == employee_no && strcmp(other, name) < 0 ? other : name;
    }
    return name;
}

static void mark_person(room *o, uint32_t person, int64_t from_ns, int32_t is_bulk) {
    const char *name = person_of(o, person);
    if (name != NULL) {
        keep_status(o->round, roster_mark(o->round->roster, name, from_ns, is_bulk));
    }
}

static void mark_account(room *o, const char *account, int64_t from_ns, int32_t is_bulk) {
    if (!has_people(o)) {
        keep_status(o->round, roster_mark(o->round->roster, account, from_ns, is_bulk));
        return;
    }
    uint32_t id = id_of(o, account);
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_ACCOUNT); i++) {
        const owner_row *one = book_row(&o->book, BOOK_ACCOUNT, i);
        if (one->record.key[0] == id && one->person != 0) {
            mark_person(o, one->person, from_ns, is_bulk);
        }
    }
}

/* Whose computer the device is. */
static void mark_computer(room *o, const char *device, int64_t from_ns, int32_t is_bulk) {
    uint32_t computer = id_of(o, device);
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_DEVICE); i++) {
        const device_row *one = book_row(&o->book, BOOK_DEVICE, i);
        computer = one->record.key[0] == computer ? one->name : computer;
    }
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_COMPUTER); i++) {
        const owner_row *one = book_row(&o->book, BOOK_COMPUTER, i);
        if (one->record.key[0] == computer && one->person != 0) {
            mark_person(o, one->person, from_ns, is_bulk);
        }
    }
}

static void mark_device(room *o, const char *device, int64_t from_ns, int32_t is_bulk) {
    roster *all = o->round->roster;
    uint32_t id = texts_id(all->devices, device, strlen(device));
    const roster_pair *pairs = all->pairs.rows;
    for (uint32_t i = 0; i < all->pairs.count; i++) {
        if (pairs[i].device == id) {
            person_state *state = (person_state *)all->states.rows + pairs[i].person;
            state->is_bulk = is_bulk && (state->from_ns == INT64_MAX || state->is_bulk);
            state->from_ns = from_ns < state->from_ns ? from_ns : state->from_ns;
        }
    }
}

static void mark_number(room *o, const char *employee_no, int64_t from_ns) {
    uint32_t id = id_of(o, employee_no);
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_PERSON); i++) {
        const person_row *one = book_row(&o->book, BOOK_PERSON, i);
        if (one->employee_no == id) {
            mark_person(o, one->record.key[0], from_ns, 0);
        }
    }
}

/* Where nobody is registered, everybody is who recorded anything since the reach. */
static int32_t see_account(void *user, const kinmu_event *one) {
    room *o = user;
    if (one->subject[0] != '\0') {
        keep_status(o->round, roster_mark(o->round->roster, one->subject, o->reach_ns, 1));
    }
    return o->round->status;
}

static void mark_everybody(room *o, int64_t from_ns, int32_t is_forced) {
    roster *all = o->round->roster;
    for (uint32_t i = 0; i < book_count(&o->book, BOOK_PERSON); i++) {
        const person_row *one = book_row(&o->book, BOOK_PERSON, i);
        mark_person(o, one->record.key[0], from_ns, 1);
    }
    if (!has_people(o)) {
        stored_since(&o->stored, USE_CHANGE, from_ns, see_account, o);
        stored_since(&o->stored, USE_INPUT, from_ns, see_account, o);
        stored_since(&o->stored, USE_PUNCH, from_ns, see_account, o);
    }
    person_state *states = all->states.rows;
    for (uint32_t i = 0; i < all->states.count; i++) { /* who is gone, too */
        states[i].is_bulk |= states[i].from_ns == INT64_MAX;
        states[i].from_ns = from_ns < states[i].from_ns ? from_ns : states[i].from_ns;
        states[i].is_forced |= is_forced;
    }
}

/* Each one from his first day that is not confirmed on, at once: evidence that is gone must not
 * change what was confirmed by it. */
static void mark_forgotten(room *o, int64_t from_ns) {
    roster *all = o->round->roster;
    mark_everybody(o, from_ns, 0);
    person_state *states = all->states.rows;
    for (uint32_t i = 0; i < all->states.count; i++) {
        states[i].last_mono_ns = 0;
    }
}

/* A device spoke. */
static void hear(room *o, const char *device, int64_t last_ns, int64_t from_ns, int32_t is_bulk) {
    keep_status(o->round, roster_hear(o->round->roster, device, last_ns));
    if (o->is_by_computer) {
        mark_computer(o, device, from_ns, is_bulk);
    }
}

static void mark_lane(room *o, const char *text, const mark *m, int64_t from_ns, int32_t is_bulk) {
    roster *all = o->round->roster;
    const char *account = text + 1 + ROSTER_ORIGIN + (*text == MARK_INPUT ? ROSTER_DAY : 0);
    char device[ROSTER_ORIGIN + 1] = "";
    memcpy(device, text + 1, ROSTER_ORIGIN);
    hear(o, device, m->last_ns, from_ns, is_bulk);
    uint32_t number = texts_find(all->devices, device, ROSTER_ORIGIN);
    keep_status(o->round, *text == MARK_INPUT ? inputs_note(&all->inputs, account, number,
                                                            m->last_ns, o->round->now_ns)
                                              : inputs_meet(&all->inputs, account, number));
    if (!o->is_by_computer) {
        mark_account(o, account, from_ns, is_bulk);
    }
}

static void take_mark(room *o, const char *text, const mark *m) {
    round *r = o->round;
    int32_t is_bulk = m->last_ns < r->now_ns - BULK_NS;
    int64_t from_ns = m->first_ns > o->reach_ns ? m->first_ns : o->reach_ns;
    const char *name = text + 1;
    switch (text[0]) {
    case MARK_ACCOUNT:
        if (!o->is_by_computer) {
            mark_account(o, name, from_ns, is_bulk);
        }
        break;
    case MARK_LANE:
    case MARK_INPUT:
        mark_lane(o, text, m, from_ns, is_bulk);
        break;
    case MARK_PERSON:
        mark_person(o, id_of(o, name), from_ns, is_bulk);
        break;
    case MARK_NUMBER:
        mark_number(o, name, from_ns);
        break;
    case MARK_MACHINE:
        machines_renew(&r->roster->machines, m->first_ns);
        mark_device(o, name, from_ns, is_bulk);
        hear(o, name, m->last_ns, from_ns, is_bulk);
        break;
    case MARK_FORCED: {
        const char *person = has_people(o) ? person_of(o, id_of(o, name)) : name;
        person_state *state = person != NULL ? roster_person(r->roster, person) : NULL;
        if (state != NULL) {
            state->is_forced = 1;
            state->is_bulk = 0;
            state->from_ns = m->first_ns < state->from_ns ? m->first_ns : state->from_ns;
        }
        break;
    }
    case MARK_FORGOTTEN:
        inputs_forget(&r->roster->inputs);
        machines_free(&r->roster->machines);
        mark_forgotten(o, from_ns);
        break;
    case MARK_EVERYBODY:
        mark_everybody(o, *name == 'f' ? m->first_ns : from_ns, *name == 'f');
        break;
    default:
        break;
    }
}

/* Days that wait for a device, and a day that has ended meanwhile. */
static void recheck(room *o) {
    roster *all = o->round->roster;
    person_state *states = all->states.rows;
    for (uint32_t i = 0; i < all->states.count; i++) {
        int32_t is_over = states[i].over_ns <= o->round->now_ns;
        int32_t is_waiting = states[i].open_ns < o->round->now_ns - DAY_NS &&
                             o->round->mono_ns - states[i].last_mono_ns > RECHECK_NS;
        if (states[i].from_ns == INT64_MAX && states[i].last_mono_ns != 0 &&
            (is_over || is_waiting)) {
            states[i].from_ns = is_over && states[i].over_ns < states[i].open_ns
                                    ? states[i].over_ns
                                    : states[i].open_ns;
            states[i].is_bulk = 1;
        }
    }
}

void whom_renew(room *o) {
    const marks *m = &o->round->marks;
    masters *known = &o->round->roster->masters;
    for (uint32_t id = 1; m->names != NULL && id < m->rows.count; id++) {
        const char *text = texts_at(m->names, id);
        if (text[0] == MARK_TABLE) {
            masters_renew(known, (uint32_t)text[1]);
        } else if (text[0] == MARK_FORGOTTEN) {
            masters_free(known);
        }
    }
}

void whom_mark(room *o) {
    marks *m = &o->round->marks;
    const mark *rows = m->rows.rows;
    for (uint32_t id = 1; m->names != NULL && id < m->rows.count; id++) {
        if (rows[id].first_ns != INT64_MAX) {
            take_mark(o, texts_at(m->names, id), &rows[id]);
        }
    }
    if (o->round->roster->has_people != has_people(o)) {
        o->round->roster->has_people = has_people(o);
        mark_everybody(o, o->reach_ns, 0);
    }
    recheck(o);
}
