/* cli/plugin_check/life.c - tests of the life cycle: create, start, stop, destroy in every order
 * the contract allows, and what each may take and must give back. */
#include "cli/plugin_check/tests.h"

#include "base/error.h"
#include "platform/inspect.h"

#define CREATE_ROUNDS 20u
#define START_ROUNDS 100u
#define RUN_MS 100u
#define AFTER_STOP_MS 300u

/* create with the plain options; the caller destroys in any case. */
static int32_t create(check *c, rig *r, kinmu_err *err) {
    buffer options = {0};
    check_options(c, NULL, NULL, &options);
    int32_t status = rig_create(r, buffer_string(&options), err);
    buffer_free(&options);
    return status;
}

static enum check_verdict create_refused(check *c, int32_t status, const kinmu_err *err) {
    return check_fail(c, "create answered %s: %s", error_name(status), err->msg);
}

enum check_verdict check_destroy_null(check *c) {
    c->say("destroy(NULL)");
    c->plugin->destroy(NULL);
    return CHECK_OK;
}

enum check_verdict check_create_destroy(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    for (uint32_t i = 0; i < CREATE_ROUNDS; i++) {
        int32_t status = create(c, r, &err);
        rig_turn(r);
        rig_destroy(r);
        if (status == KINMU_E_CONFIG) {
            return check_skip(c, "create needs real options: %s; give them by --set NAME=VALUE",
                              err.msg);
        }
        if (status != KINMU_OK) {
            return create_refused(c, status, &err);
        }
    }
    return CHECK_OK;
}

enum check_verdict check_create_takes_nothing(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    int32_t status = create(c, r, &err); /* the first one may load what is shared by all */
    rig_destroy(r);
    int64_t files = inspect_open_files();
    int64_t threads = inspect_threads();
    status = status == KINMU_OK ? create(c, r, &err) : status;
    if (status != KINMU_OK) {
        return create_refused(c, status, &err);
    }
    int64_t more_files = inspect_open_files() - files;
    int64_t more_threads = inspect_threads() - threads;
    uint32_t watches = rig_watch_count(r);
    int32_t has_jobs = hosted_is_busy(r->instance);
    rig_destroy(r);
    if (more_files != 0 || more_threads != 0) {
        return check_fail(c, "create opens %d files and starts %d threads; that is for start",
                          (int)more_files, (int)more_threads);
    }
    return watches == 0 && !has_jobs
               ? CHECK_OK
               : check_fail(c, "create starts %s; that is for start",
                            has_jobs ? "a job" : "a timer or watches a descriptor");
}

/* create without one service after the other, then without any. */
enum check_verdict check_destroy_half_built(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    for (uint32_t i = 0; i <= RIG_SERVICES; i++) {
        r->knobs.missing = i < RIG_SERVICES ? rig_services[i] : "*";
        c->say(r->knobs.missing);
        (void)create(c, r, &err);
        rig_turn(r);
        rig_destroy(r);
    }
    return CHECK_OK;
}

enum check_verdict check_create_fail_leaves_nothing(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    int64_t files = 0;
    int64_t threads = 0;
    int64_t bytes = 0;
    r->knobs.missing = "*";
    for (uint32_t i = 0; i < 2 * CREATE_ROUNDS; i++) {
        if (i == CREATE_ROUNDS) {
            files = inspect_open_files();
            threads = inspect_threads();
            bytes = inspect_heap_bytes();
        }
        int32_t status = create(c, r, &err);
        rig_destroy(r);
        if (status == KINMU_OK) {
            return check_skip(c, "create succeeds even on a host without services");
        }
    }
    files = inspect_open_files() - files;
    threads = inspect_threads() - threads;
    bytes = inspect_heap_bytes() - bytes;
    return files <= 0 && threads <= 0 && bytes < (int64_t)CREATE_ROUNDS
               ? CHECK_OK
               : check_fail(c,
                            "%u refused creates, each followed by destroy, left %d open files, %d "
                            "threads and %d bytes",
                            CREATE_ROUNDS, (int)files, (int)threads, (int)bytes);
}

enum check_verdict check_stop_before_start(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    int32_t status = create(c, r, &err);
    if (status != KINMU_OK) {
        rig_destroy(r);
        return create_refused(c, status, &err);
    }
    c->say("stop before start");
    status = rig_stop(r, &err);
    rig_destroy(r);
    return status == KINMU_OK
               ? CHECK_OK
               : check_fail(c, "stop before start answered %s: %s", error_name(status), err.msg);
}

enum check_verdict check_start_stop(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    enum check_verdict verdict = check_begin(c, r);
    if (verdict != CHECK_OK) {
        return verdict;
    }
    rig_run(r, RUN_MS, NULL);
    c->say("stop");
    int32_t status = rig_stop(r, &err);
    rig_run(r, RUN_MS, NULL);
    c->say("destroy");
    rig_destroy(r);
    return status == KINMU_OK ? CHECK_OK
                              : check_fail(c, "stop answered %s: %s", error_name(status), err.msg);
}

enum check_verdict check_stop_twice(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    enum check_verdict verdict = check_begin(c, r);
    if (verdict != CHECK_OK) {
        return verdict;
    }
    rig_turn(r);
    int32_t status = rig_stop(r, &err);
    rig_turn(r);
    c->say("the second stop");
    status = status == KINMU_OK ? rig_stop(r, &err) : status;
    rig_destroy(r);
    return status == KINMU_OK
               ? CHECK_OK
               : check_fail(c, "the second stop answered %s: %s", error_name(status), err.msg);
}

enum check_verdict check_start_stop_100x(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    enum check_verdict verdict = check_begin(c, r);
    for (uint32_t i = 1; verdict == CHECK_OK && i <= START_ROUNDS; i++) {
        for (uint64_t turns = rig_random(r) % 4; turns > 0; turns--) {
            rig_turn(r);
        }
        int32_t status = rig_stop(r, &err);
        const char *what = "stop";
        if (status == KINMU_OK && i < START_ROUNDS) {
            what = "start";
            status = rig_start(r, &err);
        }
        if (status != KINMU_OK) {
            verdict = check_fail(c, "%s number %u of one instance answered %s: %s", what, i + 1,
                                 error_name(status), err.msg);
        }
    }
    check_end(r);
    return verdict;
}

enum check_verdict check_no_call_after_stop(check *c) {
    kinmu_err err = {{0}, {0}};
    rig *r = check_rig(c);
    r->knobs.speed = 30;
    enum check_verdict verdict = check_begin(c, r);
    if (verdict != CHECK_OK) {
        return verdict;
    }
    check_exercise(c, r, 3 * RUN_MS);
    rig_stop(r, &err);
    uint32_t left = rig_watch_count(r);
    rig_run(r, AFTER_STOP_MS, NULL);
    rig_destroy(r);
    rig_run(r, AFTER_STOP_MS, NULL);
    verdict = check_offence(c, r, RIG_LATE);
    if (verdict == CHECK_OK && left > 0) {
        verdict = check_fail(c, "stop leaves %u timers or watched descriptors behind", left);
    }
    return verdict;
}
