/* workday/rounds/round.c - see round.h. The order of things. */
#include "rounds/round.h"

#include "rounds/room.h"

#include <string.h>

#define BACK_DAYS 45 /* evidence so old is counted by itself; the previous month's always is */

int64_t round_reach(int64_t now_ns) {
    int32_t date = moment_minute(now_ns) / DAY_MIN;
    int32_t first = month_first(date_month(date) - 1);
    int32_t back = date - BACK_DAYS;
    return (int64_t)(first < back ? first : back) * DAY_NS - DAY_NS / 2;
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

/* Evidence of a month that is about to be closed waits for no pause. Days reach into the next ones
 * of UTC. */
static void hurry(room *o) {
    int64_t to_ns = (month_first(o->round->close_month + 1) + 2) * DAY_NS;
    person_state *states = o->round->roster->states.rows;
    for (uint32_t i = 0; i < o->round->roster->states.count; i++) {
        if (states[i].from_ns != INT64_MAX &&
            (states[i].from_ns < to_ns || states[i].open_ns < to_ns)) {
            states[i].last_mono_ns = 0;
        }
    }
}

/* How many are left who wait for no pause. */
static uint32_t count_pending(const roster *all) {
    const person_state *states = all->states.rows;
    uint32_t count = 0;
    for (uint32_t i = 0; i < all->states.count; i++) {
        count += states[i].from_ns != INT64_MAX && states[i].last_mono_ns == 0;
    }
    return count;
}

static int32_t room_init(room *o, round *r) {
    memset(o, 0, sizeof *o);
    o->round = r;
    o->texts = texts_create();
    o->accounts = (list)LIST_OF(reading);
    o->kept = (list)LIST_OF(day);
    o->old = (list)LIST_OF(saved);
    o->closed = (list)LIST_OF(closing);
    book_init(&o->book, o->texts);
    logs_init(&o->logs);
    facts_init(&o->facts);
    engine_init(&o->engine);
    o->horizon = (horizon){r->now_ns, r->now_ns, moment_minute(r->now_ns)};
    o->reach_ns = round_reach(r->now_ns);
    o->stored = (stored){.host = r->host, .records = r->records, .decision = r->decision};
    o->stored.intake = (intake){.texts = o->texts,
                                .book = &o->book,
                                .logs = &o->logs,
                                .zones = r->zones,
                                .now_ns = r->now_ns,
                                .last_ns = INT64_MIN};
    o->line = (row){.texts = o->texts,
                    .facts = &o->facts,
                    .rule_version = r->rule_version,
                    .computed_ns = r->now_ns};
    return o->texts != NULL;
}

static void room_finish(room *o) {
    saved_free(&o->old);
    list_free(&o->closed);
    list_free(&o->kept);
    list_free(&o->accounts);
    engine_finish(&o->engine);
    facts_finish(&o->facts);
    logs_finish(&o->logs);
    book_finish(&o->book);
    texts_destroy(o->texts);
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
    whom_renew(&o);
    keep_status(r, masters_give(&r->roster->masters, &o.stored));
    o.is_by_computer = reading_binds_computers(&o);
    if (r->status == KINMU_OK && o.stored.status == KINMU_OK) {
        whom_mark(&o);
        if (r->close_step == CLOSE_HURRY) {
            hurry(&o);
        }
        choose(&o);
        r->pending = count_pending(r->roster);
        if (r->person_count > 0) {
            reading_do(&o);
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
