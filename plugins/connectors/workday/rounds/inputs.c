/* workday/rounds/inputs.c - see inputs.h. */
#include "rounds/inputs.h"

#include <string.h>

#define MINUTE_NS INT64_C(60000000000)
#define DAY_MINUTES 1440
#define NO_DAY INT32_MIN

typedef struct state {
    int64_t since_ns;  /* INT64_MAX = not known for itself */
    int32_t is_unsure; /* what is in the future now will be a minute like others */
    uint32_t lane;     /* the account's newest one, + 1 */
} state;

/* Day d stands at d % INPUT_DAYS: its last minute + 1, 0 = none. */
typedef struct lane {
    uint32_t account, device;
    uint32_t before; /* the next one of the account, + 1 */
    int32_t last_day;
    uint16_t minutes[INPUT_DAYS];
} lane;

int32_t inputs_init(inputs *in) {
    *in = (inputs){texts_create(), LIST_OF(state), LIST_OF(lane), INT64_MAX, 0};
    return in->accounts != NULL;
}

void inputs_free(inputs *in) {
    texts_destroy(in->accounts);
    list_free(&in->states);
    list_free(&in->lanes);
    in->accounts = NULL;
}

void inputs_forget(inputs *in) {
    texts *accounts = texts_create();
    if (accounts != NULL) { /* else they stay, as names alone */
        texts_destroy(in->accounts);
        in->accounts = accounts;
    }
    list_free(&in->states);
    list_free(&in->lanes);
    in->all_since_ns = INT64_MAX;
    in->forgotten++;
}

/* ---- accounts and lanes ---- */

static state *state_of(inputs *in, const char *account, uint32_t *id) {
    *id = texts_id(in->accounts, account, strlen(account));
    while (*id != TEXT_NONE && in->states.count <= *id) {
        state *row = list_add(&in->states);
        if (row == NULL) {
            return NULL;
        }
        row->since_ns = INT64_MAX;
    }
    return *id != TEXT_NONE ? (state *)in->states.rows + *id : NULL;
}

static const state *known_state(const inputs *in, const char *account) {
    uint32_t id = texts_find(in->accounts, account, strlen(account));
    return id < in->states.count ? (const state *)in->states.rows + id : NULL;
}

static lane *lane_of(inputs *in, const char *account, uint32_t device) {
    if (in->lanes.count >= INPUT_LANES_MAX) {
        inputs_forget(in);
    }
    uint32_t id = 0;
    state *of = state_of(in, account, &id);
    lane *lanes = in->lanes.rows;
    for (uint32_t at = of != NULL ? of->lane : 0; at != 0; at = lanes[at - 1].before) {
        if (lanes[at - 1].device == device) {
            return &lanes[at - 1];
        }
    }
    lane *row = of != NULL ? list_add(&in->lanes) : NULL;
    if (row != NULL) {
        *row = (lane){.account = id, .device = device, .before = of->lane, .last_day = NO_DAY};
        of->lane = in->lanes.count;
    }
    return row;
}

int32_t inputs_meet(inputs *in, const char *account, uint32_t device) {
    return lane_of(in, account, device) != NULL;
}

/* ---- minutes ---- */

/* Days that come into view are empty. */
static void advance(lane *l, int32_t day) {
    int32_t first = l->last_day + 1;
    if (l->last_day == NO_DAY || day - l->last_day >= (int32_t)INPUT_DAYS) {
        first = day - (int32_t)INPUT_DAYS + 1;
    }
    for (int32_t d = first; d <= day; d++) {
        l->minutes[(uint32_t)d % INPUT_DAYS] = 0;
    }
    l->last_day = day;
}

int32_t inputs_note(inputs *in, const char *account, uint32_t device, int64_t unix_ns,
                    int64_t now_ns) {
    lane *l = lane_of(in, account, device);
    if (l == NULL) {
        return 0;
    }
    if (unix_ns > now_ns) {
        ((state *)in->states.rows)[l->account].is_unsure = 1;
        return 1;
    }
    int64_t minute = unix_ns / MINUTE_NS;
    int32_t day = (int32_t)(minute / DAY_MINUTES);
    if (unix_ns < 0 || (l->last_day != NO_DAY && day <= l->last_day - (int32_t)INPUT_DAYS)) {
        return 1; /* older than is ever asked for */
    }
    if (day > l->last_day) {
        advance(l, day);
    }
    uint16_t *last = &l->minutes[(uint32_t)day % INPUT_DAYS];
    uint16_t one = (uint16_t)(minute % DAY_MINUTES + 1);
    *last = one > *last ? one : *last;
    return 1;
}

int32_t inputs_cover(inputs *in, const char *account, int64_t since_ns) {
    uint32_t id = 0;
    state *one = state_of(in, account, &id);
    if (one == NULL) {
        return 0;
    }
    one->since_ns = since_ns;
    one->is_unsure = 0;
    return 1;
}

int64_t inputs_since(const inputs *in, const char *account) {
    const state *one = known_state(in, account);
    if (one == NULL) {
        return in->all_since_ns;
    }
    int64_t since_ns = one->since_ns < in->all_since_ns ? one->since_ns : in->all_since_ns;
    return one->is_unsure ? INT64_MAX : since_ns;
}

static int32_t tell_lane(const lane *l, int64_t from_ns, int64_t to_ns, list *told) {
    int32_t first = l->last_day != NO_DAY ? l->last_day - (int32_t)INPUT_DAYS + 1 : 0;
    int32_t last = l->last_day;
    for (int32_t day = first < 0 ? 0 : first; day <= last; day++) {
        uint16_t minute = l->minutes[(uint32_t)day % INPUT_DAYS];
        int64_t unix_ns = (day * INT64_C(1440) + minute - 1) * MINUTE_NS;
        if (minute == 0 || unix_ns < from_ns || unix_ns >= to_ns) {
            continue;
        }
        input_told *row = list_add(told);
        if (row == NULL) {
            return 0;
        }
        *row = (input_told){l->device, unix_ns};
    }
    return 1;
}

int32_t inputs_told(const inputs *in, const char *account, int64_t from_ns, int64_t to_ns,
                    list *told) {
    const state *of = known_state(in, account);
    const lane *lanes = in->lanes.rows;
    for (uint32_t at = of != NULL ? of->lane : 0; at != 0; at = lanes[at - 1].before) {
        if (!tell_lane(&lanes[at - 1], from_ns, to_ns, told)) {
            return 0;
        }
    }
    return 1;
}

int32_t inputs_accounts(const inputs *in, uint32_t device, list *accounts) {
    const lane *lanes = in->lanes.rows;
    for (uint32_t i = 0; i < in->lanes.count; i++) {
        const char **row = lanes[i].device == device ? list_add(accounts) : NULL;
        if (row == NULL && lanes[i].device == device) {
            return 0;
        }
        if (row != NULL) {
            *row = texts_at(in->accounts, lanes[i].account);
        }
    }
    return 1;
}
