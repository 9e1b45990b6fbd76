/* workday/rounds/roster.c - see roster.h. */
#include "rounds/roster.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 512u
#define HALF_DAY_NS INT64_C(43200000000000)

/* ---- marks ---- */

int32_t marks_put(marks *m, int32_t kind, const char *name, size_t size, int64_t unix_ns) {
    char text[NAME_SIZE];
    if (m->names == NULL) {
        m->rows = (list)LIST_OF(mark);
        m->names = texts_create();
    }
    if (m->names == NULL || size >= sizeof text) {
        return m->names != NULL; /* nobody is called so: an account has 255 bytes at most */
    }
    text[0] = (char)kind;
    memcpy(text + 1, name, size);
    uint32_t id = texts_id(m->names, text, size + 1);
    while (id != TEXT_NONE && m->rows.count <= id) {
        mark *row = list_add(&m->rows);
        if (row == NULL) {
            return 0;
        }
        *row = (mark){INT64_MAX, INT64_MIN};
    }
    if (id == TEXT_NONE) {
        return 0;
    }
    mark *row = (mark *)m->rows.rows + id;
    row->first_ns = unix_ns < row->first_ns ? unix_ns : row->first_ns;
    row->last_ns = unix_ns > row->last_ns ? unix_ns : row->last_ns;
    return 1;
}

int32_t marks_add(marks *m, const marks *other) {
    const mark *rows = other->rows.rows;
    for (uint32_t id = 1; other->names != NULL && id < other->rows.count; id++) {
        const char *text = texts_at(other->names, id);
        if (rows[id].first_ns <= rows[id].last_ns &&
            (!marks_put(m, text[0], text + 1, strlen(text) - 1, rows[id].first_ns) ||
             !marks_put(m, text[0], text + 1, strlen(text) - 1, rows[id].last_ns))) {
            return 0;
        }
    }
    return 1;
}

void marks_free(marks *m) {
    texts_destroy(m->names);
    list_free(&m->rows);
    memset(m, 0, sizeof *m);
}

/* ---- the roster ---- */

int32_t roster_init(roster *r) {
    memset(r, 0, sizeof *r);
    r->states = (list)LIST_OF(person_state);
    r->heard = (list)LIST_OF(int64_t);
    r->pairs = (list)LIST_OF(roster_pair);
    r->people = texts_create();
    r->devices = texts_create();
    machines_init(&r->machines);
    return inputs_init(&r->inputs) && r->people != NULL && r->devices != NULL;
}

void roster_free(roster *r) {
    texts_destroy(r->people);
    texts_destroy(r->devices);
    list_free(&r->states);
    list_free(&r->heard);
    list_free(&r->pairs);
    inputs_free(&r->inputs);
    machines_free(&r->machines);
    masters_free(&r->masters);
}

person_state *roster_person(roster *r, const char *person) {
    uint32_t id = texts_id(r->people, person, strlen(person));
    while (id != TEXT_NONE && r->states.count <= id) {
        person_state *row = list_add(&r->states);
        if (row == NULL) {
            return NULL;
        }
        row->from_ns = row->open_ns = row->over_ns = INT64_MAX;
    }
    return id != TEXT_NONE ? (person_state *)r->states.rows + id : NULL;
}

int32_t roster_mark(roster *r, const char *person, int64_t from_ns, int32_t is_bulk) {
    person_state *state = roster_person(r, person);
    if (state == NULL) {
        return 0;
    }
    state->is_bulk = is_bulk && (state->from_ns == INT64_MAX || state->is_bulk);
    state->from_ns = from_ns < state->from_ns ? from_ns : state->from_ns;
    return 1;
}

int32_t roster_hear(roster *r, const char *device, int64_t unix_ns) {
    uint32_t id = texts_id(r->devices, device, strlen(device));
    while (id != TEXT_NONE && r->heard.count <= id) {
        int64_t *row = list_add(&r->heard);
        if (row == NULL) {
            return 0;
        }
        *row = INT64_MIN;
    }
    if (id == TEXT_NONE) {
        return 0;
    }
    int64_t *heard = (int64_t *)r->heard.rows + id;
    *heard = unix_ns > *heard ? unix_ns : *heard;
    return 1;
}

int32_t roster_pairs(roster *r, const char *device, const char *person) {
    const roster_pair *pairs = r->pairs.rows;
    roster_pair pair = {texts_id(r->devices, device, strlen(device)),
                        texts_id(r->people, person, strlen(person))};
    for (uint32_t i = r->pairs.count; i > 0; i--) {
        if (pairs[i - 1].device == pair.device && pairs[i - 1].person == pair.person) {
            return 1;
        }
    }
    roster_pair *row =
        pair.device != TEXT_NONE && pair.person != TEXT_NONE ? list_add(&r->pairs) : NULL;
    if (row == NULL) {
        return 0;
    }
    *row = pair;
    return 1;
}

/* The first computation of a day is at once, the next ones a pause later. */
static uint64_t due_at(const person_state *state) {
    int32_t is_other_day = state->from_ns < state->last_from_ns - HALF_DAY_NS;
    return state->last_mono_ns == 0 || state->is_forced || is_other_day
               ? 0
               : state->last_mono_ns + ROSTER_PAUSE_NS;
}

uint32_t roster_due(const roster *r, uint64_t mono_ns, uint32_t *ids, uint32_t max,
                    uint32_t bulk_max, uint64_t *wait_ns) {
    const person_state *states = r->states.rows;
    uint32_t count = 0;
    *wait_ns = UINT64_MAX;
    for (int32_t is_bulk = 0; is_bulk <= 1; is_bulk++) {
        uint32_t limit = is_bulk ? count + bulk_max : max - bulk_max;
        for (uint32_t i = 0; i < r->states.count && count < limit; i++) {
            if (states[i].from_ns == INT64_MAX || states[i].is_bulk != is_bulk) {
                continue;
            }
            uint64_t due = due_at(&states[i]);
            if (due <= mono_ns) {
                ids[count++] = i;
            } else if (due - mono_ns < *wait_ns) {
                *wait_ns = due - mono_ns;
            }
        }
    }
    return count;
}
