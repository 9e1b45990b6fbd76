/* shared/apart.c - see apart.h. */
#include "apart.h"

/* How many minutes the PC lies outside; APART_NONE: it cannot be compared. */
static int64_t difference_of(const apart_question *question, const apart_day *day, uint32_t side) {
    if (!question->is_schedule) {
        int32_t is_rule = side == APART_END && day->is_auto_ended;
        return is_rule ? APART_NONE : day->divergence[side]; /* nobody punched what a rule set */
    }
    if (!day->is_workday || day->pc[side] == APART_NONE || day->schedule[side] == APART_NONE) {
        return APART_NONE;
    }
    int64_t apart = day->pc[side] - day->schedule[side];
    return side == APART_START ? -apart : apart;
}

static void add(apart_sum *sum, int64_t minutes, int64_t threshold, uint32_t person) {
    int64_t apart = minutes < 0 ? -minutes : minutes;
    sum->days++;
    if (apart > threshold) {
        sum->over_days++;
        sum->over_min += apart;
        sum->max_min = apart > sum->max_min ? apart : sum->max_min;
        sum->over_people += sum->last_person != person;
        sum->last_person = person;
    }
}

void apart_add(apart_sums *sums, const apart_question *question, uint32_t period,
               const apart_day *day, uint32_t person) {
    for (uint32_t side = 0; side < APART_SIDES; side++) {
        int64_t minutes = difference_of(question, day, side);
        if (minutes != APART_NONE) {
            add(&sums->of[period][side], minutes, question->threshold, person);
        }
    }
    if (period == APART_ASKED) {
        sums->people += sums->last_person != person;
        sums->last_person = person;
    }
}

int64_t apart_average(const apart_sum *sum) {
    return sum->over_days > 0 ? (sum->over_min * 10 + sum->over_days / 2) / sum->over_days
                              : APART_NONE;
}
