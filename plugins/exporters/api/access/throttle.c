/* api/access/throttle.c - see throttle.h. */
#include "access/throttle.h"

#include <stdio.h>
#include <string.h>

void throttle_source(char out[THROTTLE_SOURCE_SIZE], const char *address) {
    size_t size = strlen(address);
    uint32_t colons = 0;
    for (size_t i = 0; strchr(address, '.') == NULL && i < size; i++) {
        int32_t is_gap = address[i] == ':' && address[i + 1] == ':';
        colons += address[i] == ':';
        if (is_gap || colons == 4) { /* zeros from here on, or four groups of 16 bits */
            size = i;
        }
    }
    (void)snprintf(out, THROTTLE_SOURCE_SIZE, "%.*s", (int)size, address);
}

/* ---- places ---- */

static throttle_pair *find_pair(throttle *t, const char *person, const char *source) {
    for (uint32_t i = 0; i < THROTTLE_PAIRS; i++) {
        throttle_pair *p = &t->pairs[i];
        if (p->touched_ms != 0 && strcmp(p->person, person) == 0 &&
            strcmp(p->source, source) == 0) {
            return p;
        }
    }
    return NULL;
}

static throttle_person *find_person(throttle *t, const char *person) {
    for (uint32_t i = 0; i < THROTTLE_PEOPLE; i++) {
        throttle_person *p = &t->people[i];
        if (p->touched_ms != 0 && strcmp(p->person, person) == 0) {
            return p;
        }
    }
    return NULL;
}

static throttle_pair *get_pair(throttle *t, const char *person, const char *source) {
    throttle_pair *found = find_pair(t, person, source);
    if (found == NULL) {
        found = &t->pairs[0];
        for (uint32_t i = 1; i < THROTTLE_PAIRS; i++) {
            found = t->pairs[i].touched_ms < found->touched_ms ? &t->pairs[i] : found;
        }
        memset(found, 0, sizeof *found);
        (void)snprintf(found->person, sizeof found->person, "%s", person);
        (void)snprintf(found->source, sizeof found->source, "%s", source);
    }
    return found;
}

static throttle_person *get_person(throttle *t, const char *person) {
    throttle_person *found = find_person(t, person);
    if (found == NULL) {
        found = &t->people[0];
        for (uint32_t i = 1; i < THROTTLE_PEOPLE; i++) {
            found = t->people[i].touched_ms < found->touched_ms ? &t->people[i] : found;
        }
        memset(found, 0, sizeof *found);
        (void)snprintf(found->person, sizeof found->person, "%s", person);
    }
    return found;
}

static void forget_blank(throttle_pair *pair, throttle_person *all) {
    if (pair->open == 0 && pair->wrong == 0 && pair->until_ms == 0 && !pair->is_known) {
        pair->touched_ms = 0;
    }
    if (all->open == 0 && all->wrong == 0 && all->lock_ms == 0) {
        all->touched_ms = 0;
    }
}

/* ---- what counts now ---- */

static uint32_t seconds(uint64_t until_ms, uint64_t now_ms) {
    return until_ms > now_ms ? (uint32_t)((until_ms - now_ms + 999) / 1000) : 0;
}

/* Those of the last 15 minutes; exactly 15:00 ago still counts. */
static uint32_t recent(const throttle_pair *p, uint64_t now_ms) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->wrong; i++) {
        count += now_ms - p->wrong_ms[i] <= THROTTLE_WINDOW_MS;
    }
    return count;
}

static uint32_t strangers(const throttle_person *p, uint64_t now_ms) {
    return now_ms - p->since_ms <= THROTTLE_WINDOW_MS ? p->wrong : 0;
}

uint32_t throttle_begin(throttle *t, const char *person, const char *source, uint64_t now_ms) {
    throttle_pair *pair = get_pair(t, person, source);
    throttle_person *all = get_person(t, person);
    pair->touched_ms = all->touched_ms = now_ms > 0 ? now_ms : 1;
    uint32_t wait_s = seconds(pair->until_ms, now_ms);
    if (wait_s == 0 && !pair->is_known) {
        wait_s = seconds(all->until_ms, now_ms);
    }
    if (wait_s > 0) {
        forget_blank(pair, all);
        return wait_s;
    }
    int32_t is_first = all->lock_ms > 0; /* after a wait one at a time */
    if (pair->open + recent(pair, now_ms) >= THROTTLE_WRONG_MAX ||
        (!pair->is_known &&
         (is_first ? all->open > 0
                   : all->open + strangers(all, now_ms) >= THROTTLE_STRANGERS_MAX))) {
        forget_blank(pair, all);
        return THROTTLE_BUSY;
    }
    pair->open++;
    all->open += !pair->is_known;
    return 0;
}

static void note_pair(throttle_pair *p, uint64_t now_ms) {
    if (p->wrong == THROTTLE_WRONG_MAX) {
        memmove(p->wrong_ms, p->wrong_ms + 1, sizeof p->wrong_ms - sizeof p->wrong_ms[0]);
        p->wrong--;
    }
    p->wrong_ms[p->wrong++] = now_ms;
    if (recent(p, now_ms) == THROTTLE_WRONG_MAX) {
        p->until_ms = now_ms + THROTTLE_LOCK_MS;
        p->wrong = 0;
    }
}

static void note_person(throttle_person *p, uint64_t now_ms) {
    if (strangers(p, now_ms) == 0) { /* a window begins */
        p->since_ms = now_ms;
        p->wrong = 0;
        /* Who was left alone for as long as he waited last begins anew. */
        if (p->lock_ms > 0 && now_ms - p->until_ms > THROTTLE_STRANGERS_LOCK_MS_MAX) {
            p->lock_ms = 0;
        }
    }
    p->wrong++;
    if (p->lock_ms > 0 || p->wrong >= THROTTLE_STRANGERS_MAX) {
        p->lock_ms = p->lock_ms == 0 ? THROTTLE_STRANGERS_LOCK_MS : p->lock_ms * 2;
        p->lock_ms = p->lock_ms < THROTTLE_STRANGERS_LOCK_MS_MAX ? p->lock_ms
                                                                 : THROTTLE_STRANGERS_LOCK_MS_MAX;
        p->until_ms = now_ms + p->lock_ms;
    }
}

void throttle_end(throttle *t, const char *person, const char *source, uint64_t now_ms,
                  int32_t outcome) {
    throttle_pair *pair = get_pair(t, person, source);
    throttle_person *all = get_person(t, person);
    pair->touched_ms = all->touched_ms = now_ms > 0 ? now_ms : 1;
    pair->open -= pair->open > 0;
    all->open -= !pair->is_known && all->open > 0;
    if (outcome == THROTTLE_WRONG) {
        note_pair(pair, now_ms);
        if (!pair->is_known) {
            note_person(all, now_ms);
        }
    } else if (outcome == THROTTLE_RIGHT) {
        pair->is_known = 1;
        pair->wrong = 0;
    }
    forget_blank(pair, all);
}

void throttle_clear(throttle *t, const char *person) {
    for (uint32_t i = 0; i < THROTTLE_PAIRS; i++) {
        if (t->pairs[i].touched_ms != 0 && strcmp(t->pairs[i].person, person) == 0) {
            t->pairs[i].wrong = 0;
            t->pairs[i].until_ms = 0;
        }
    }
    throttle_person *all = find_person(t, person);
    if (all != NULL) {
        all->wrong = 0;
        all->lock_ms = 0;
        all->until_ms = 0;
    }
}
