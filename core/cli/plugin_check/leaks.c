/* cli/plugin_check/leaks.c - what instances that have come and gone leave behind in the process. */
#include "cli/plugin_check/tests.h"

#include "platform/inspect.h"

#define WARM_UP_ROUNDS 3u
#define ROUNDS 20u
#define MEMORY_ROUNDS 60u
#define GROWTH_BYTES_MAX 48 /* a round; what a library caches once shows in one half only */
#define RUN_MS 20u
#define SETTLE_MS 1000u

static enum check_verdict live_once(check *c, rig *r) {
    enum check_verdict verdict = check_begin(c, r);
    if (verdict == CHECK_OK) {
        check_exercise(c, r, RUN_MS);
    }
    check_end(r);
    return verdict;
}

static enum check_verdict live(check *c, rig *r, uint32_t rounds) {
    enum check_verdict verdict = CHECK_OK;
    for (uint32_t i = 0; verdict == CHECK_OK && i < rounds; i++) {
        verdict = live_once(c, r);
    }
    return verdict;
}

typedef int64_t (*measure)(void);

/* A thread that has been joined shows for a moment longer. */
static int64_t settle(rig *r, measure look, int64_t goal) {
    int64_t count = look();
    for (uint32_t ms = 0; count > goal && ms < SETTLE_MS; ms += 2 * RIG_STEP_MS) {
        rig_run(r, 2 * RIG_STEP_MS, NULL);
        count = look();
    }
    return count;
}

static enum check_verdict leaves(check *c, measure look, const char *what) {
    rig *r = check_rig(c);
    r->knobs.speed = 30;
    enum check_verdict verdict = live(c, r, WARM_UP_ROUNDS);
    int64_t before = look();
    if (before == INSPECT_UNKNOWN) {
        return check_skip(c, "this system does not tell");
    }
    verdict = verdict == CHECK_OK ? live(c, r, ROUNDS) : verdict;
    int64_t more = settle(r, look, before) - before;
    if (verdict == CHECK_OK && more > 0) {
        verdict = check_fail(c, "%u lives of an instance leave %d %s", ROUNDS, (int)more, what);
    }
    return verdict;
}

enum check_verdict check_no_fd_leak(check *c) {
    return leaves(c, inspect_open_files, "open files");
}

enum check_verdict check_no_thread_leak(check *c) {
    return leaves(c, inspect_threads, "threads");
}

enum check_verdict check_no_memory_growth(check *c) {
    int64_t bytes[3];
    rig *r = check_rig(c);
    r->knobs.speed = 30;
    enum check_verdict verdict = live(c, r, WARM_UP_ROUNDS);
    bytes[0] = inspect_heap_bytes();
    for (uint32_t half = 1; half <= 2; half++) {
        verdict = verdict == CHECK_OK ? live(c, r, MEMORY_ROUNDS / 2) : verdict;
        bytes[half] = inspect_heap_bytes();
    }
    int64_t limit = GROWTH_BYTES_MAX * (int64_t)MEMORY_ROUNDS / 2;
    if (verdict == CHECK_OK && bytes[1] - bytes[0] > limit && bytes[2] - bytes[1] > limit) {
        verdict = check_fail(c, "each life of an instance leaves about %d bytes",
                             (int)((bytes[2] - bytes[0]) / (int64_t)MEMORY_ROUNDS));
    }
    return verdict;
}
