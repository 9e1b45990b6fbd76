/* workday/rules/heard.c - see heard.h. */
#include "rules/heard.h"

#include <stdlib.h>
#include <string.h>

#define SILENT_NS (DEVICE_SILENT_DAYS * DAY_MIN * MINUTE_NS)

typedef struct teller {
    int64_t unix_ns;
    uint32_t device;
} teller;

void heard_init(heard_walk *w) {
    memset(w, 0, sizeof *w);
    w->told.size = sizeof(int64_t);
    w->tellers.size = sizeof(teller);
    w->gaps.size = sizeof(uint32_t);
}

void heard_finish(heard_walk *w) {
    list_free(&w->told);
    list_free(&w->tellers);
    list_free(&w->gaps);
}

static int compare(const void *left, const void *right) {
    const teller *a = left;
    const teller *b = right;
    return a->unix_ns < b->unix_ns ? -1 : a->unix_ns > b->unix_ns;
}

int32_t heard_begin(heard_walk *w, const facts *f) {
    const gap_fact *gaps = f->gaps.rows;
    w->told.count = w->tellers.count = w->gaps.count = 0;
    w->teller = w->gap = 0;
    for (uint32_t i = 0; i < f->devices.count; i++) {
        int64_t *row = list_add(&w->told);
        if (row == NULL) {
            return 0;
        }
        *row = INT64_MIN;
    }
    for (uint32_t i = 0; i < f->gaps.count; i++) {
        teller *row = gaps[i].is_own ? list_add(&w->tellers) : NULL;
        if (row != NULL) {
            *row = (teller){gaps[i].unix_ns, gaps[i].device};
        } else if (gaps[i].is_own) {
            return 0;
        }
    }
    if (w->tellers.count > 1) {
        qsort(w->tellers.rows, w->tellers.count, sizeof(teller), compare);
    }
    return 1;
}

/* Up to the day's end, which device told last when. */
static void walk_told(heard_walk *w, const facts *f, const pc_walk *pc, const day *d) {
    int64_t *told = w->told.rows;
    const lane_fact *lanes = f->lanes.rows;
    const pc_lane *inputs = pc->lanes.rows;
    const change_fact *changes = f->changes.rows;
    const teller *tellers = w->tellers.rows;
    w->has_own = 0;
    for (uint32_t i = 0; i < f->lanes.count; i++) {
        int64_t last_ns = inputs[i].last != NONE ? inputs[i].last * MINUTE_NS : INT64_MIN;
        int64_t *row = &told[lanes[i].device];
        *row = last_ns > *row ? last_ns : *row;
    }
    for (uint32_t i = pc->change_first; i < pc->change_end; i++) {
        if (changes[i].lane != LANE_NONE && changes[i].kind != CHANGE_RELEASED) {
            int64_t *row = &told[changes[i].device];
            *row = changes[i].unix_ns > *row ? changes[i].unix_ns : *row;
            w->has_own = 1;
        }
    }
    for (; w->teller < w->tellers.count && tellers[w->teller].unix_ns < d->end * MINUTE_NS;
         w->teller++) {
        int64_t *row = &told[tellers[w->teller].device];
        *row = tellers[w->teller].unix_ns > *row ? tellers[w->teller].unix_ns : *row;
    }
}

/* Gaps come by their beginning. */
static int32_t find_missing(heard_walk *w, const facts *f, day *d) {
    const gap_fact *all = f->gaps.rows;
    const int64_t *told = w->told.rows;
    uint32_t *places = w->gaps.rows;
    int64_t begin_ns = d->begin * MINUTE_NS;
    int64_t end_ns = d->end * MINUTE_NS;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->gaps.count; i++) {
        if (all[places[i]].to_ns > begin_ns) {
            places[kept++] = places[i];
        }
    }
    w->gaps.count = kept;
    for (; w->gap < f->gaps.count && all[w->gap].from_ns < end_ns; w->gap++) {
        uint32_t *row =
            all[w->gap].is_counted && all[w->gap].to_ns > begin_ns ? list_add(&w->gaps) : NULL;
        if (row != NULL) {
            *row = w->gap;
        } else if (all[w->gap].is_counted && all[w->gap].to_ns > begin_ns) {
            return 0;
        }
    }
    int64_t missing_ns = 0;
    int64_t up_to_ns = begin_ns;
    places = w->gaps.rows;
    for (uint32_t i = 0; i < w->gaps.count; i++) {
        const gap_fact *gap = &all[places[i]];
        int64_t from_ns = gap->from_ns > up_to_ns ? gap->from_ns : up_to_ns;
        int64_t to_ns = gap->to_ns < end_ns ? gap->to_ns : end_ns;
        if (told[gap->device] >= begin_ns && to_ns > from_ns) {
            missing_ns += to_ns - from_ns;
            up_to_ns = to_ns;
        }
    }
    d->missing_min = (int32_t)(missing_ns / MINUTE_NS);
    return 1;
}

int32_t heard_day(heard_walk *w, const facts *f, const pc_walk *pc, const horizon *h, day *d) {
    const device_fact *devices = f->devices.rows;
    int64_t end_ns = d->end * MINUTE_NS;
    walk_told(w, f, pc, d);
    if (!find_missing(w, f, d)) {
        return 0;
    }
    const int64_t *told = w->told.rows;
    int32_t is_heard = 1;
    d->heard_to_ns = INT64_MIN;
    for (uint32_t i = 0; h->now_ns != INT64_MAX && i < f->devices.count; i++) {
        if (told[i] < end_ns - SILENT_NS || devices[i].heard_ns <= h->now_ns - SILENT_NS) {
            continue;
        }
        is_heard = is_heard && devices[i].heard_ns >= end_ns;
        if (d->heard_to_ns == INT64_MIN || devices[i].heard_ns < d->heard_to_ns) {
            d->heard_to_ns = devices[i].heard_ns;
        }
    }
    d->is_over = end_ns <= h->now_ns;
    d->state = d->is_over && is_heard ? STATE_CONFIRMED : STATE_PROVISIONAL;
    if (d->pc_start == NONE && d->missing_min == 0) {
        d->quality = QUALITY_NONE;
    } else {
        d->quality = d->missing_min > MISSING_MIN_MAX || (d->is_over && !is_heard) ? QUALITY_PARTIAL
                                                                                   : QUALITY_GOOD;
    }
    return 1;
}
