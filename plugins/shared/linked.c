/* shared/linked.c - see linked.h. */
#include "linked.h"

#include <string.h>

static int32_t is_one_of(const char *kind, const char *const *kinds) {
    for (; *kinds != NULL; kinds++) {
        if (strcmp(*kinds, kind) == 0) {
            return 1;
        }
    }
    return 0;
}

int32_t linked_rank(uint32_t what, const char *kind, int32_t is_end) {
    static const char *const starts[] = {"logon",  "unlock", "boot",           "resume",
                                         "active", "start",  "switch_connect", NULL};
    static const char *const ends[] = {"logoff", "lock", "shutdown",          "sleep",
                                       "idle",   "end",  "switch_disconnect", NULL};
    if (what == LINKED_INPUT) {
        return 1;
    }
    return !is_one_of(kind, is_end ? ends : starts) ? 0 : what == LINKED_PUNCH ? 3 : 2;
}

int32_t linked_is_better(int32_t rank, int64_t unix_ns, int32_t rank_before, int64_t ns_before,
                         int32_t is_end) {
    if (rank != rank_before) {
        return rank > rank_before;
    }
    return is_end ? unix_ns > ns_before : unix_ns < ns_before;
}

int64_t linked_moment_s(const zone *z, int64_t day, int64_t clock_min, int32_t is_second) {
    int64_t local_s = day * 86400 + clock_min * 60;
    int64_t first_s = zone_moment_s(z, local_s);
    int64_t step_s = zone_next_step_s(z, first_s);
    if (!is_second || step_s == INT64_MAX) {
        return first_s;
    }
    int64_t second_s = local_s - zone_offset_s(z, step_s);
    return second_s >= step_s && second_s + zone_offset_s(z, second_s) == local_s ? second_s
                                                                                  : first_s;
}
