/* cli/plugin_check/conduct.c - how a running instance behaves: what it publishes, when it waits,
 * on which thread it calls, what it says of itself, whether it answers. Clocks run faster, so that
 * minutes of its time pass in a second. */
#include "cli/plugin_check/tests.h"

#include "base/error.h"

#include <string.h>

#define SPEED 60u
#define RUN_MS 1500u
#define BUSY_SPEED 20u
#define BUSY_MS 1000u
#define BUSY_CALLS_PER_S 20u /* of the plugin's time */
#define RECOVERY_MS 10000u
#define HEALTH_MS 5000u
#define TURN_ATTEMPTS 3u
#define ANSWER_MS 2000u
#define SECOND_ANSWER_MS 100u

static enum check_verdict run_fast(check *c, rig *r) {
    r->knobs.speed = SPEED;
    enum check_verdict verdict = check_begin(c, r);
    if (verdict == CHECK_OK) {
        check_exercise(c, r, RUN_MS);
    }
    check_end(r);
    return verdict;
}

static enum check_verdict emits(check *c, enum rig_offence offence) {
    rig *r = check_rig(c);
    enum check_verdict verdict = run_fast(c, r);
    verdict = verdict == CHECK_OK ? check_offence(c, r, offence) : verdict;
    uint32_t spoken = r->seen.offences[RIG_UNDECLARED] + r->seen.offences[RIG_INVALID];
    if (verdict == CHECK_OK && r->seen.published == 0 && spoken == 0) {
        return check_skip(c, "it published nothing in %u s of its time", SPEED * RUN_MS / 1000);
    }
    return verdict;
}

enum check_verdict check_emits_declared_only(check *c) {
    return emits(c, RIG_UNDECLARED);
}

enum check_verdict check_emits_valid_values(check *c) {
    return emits(c, RIG_INVALID);
}

enum check_verdict check_thread_tags(check *c) {
    rig *r = check_rig(c);
    enum check_verdict verdict = run_fast(c, r);
    return verdict == CHECK_OK ? check_offence(c, r, RIG_THREAD) : verdict;
}

static int32_t has_published(rig *r) {
    uv_mutex_lock(&r->lock);
    int32_t has = r->seen.published > 0;
    uv_mutex_unlock(&r->lock);
    return has;
}

static void fill_bus(rig *r, int32_t is_full) {
    uv_mutex_lock(&r->lock);
    r->knobs.is_bus_full = is_full;
    uv_mutex_unlock(&r->lock);
}

enum check_verdict check_bus_busy(check *c) {
    rig *r = check_rig(c);
    r->knobs.speed = BUSY_SPEED;
    fill_bus(r, 1);
    enum check_verdict verdict = check_begin(c, r);
    if (verdict != CHECK_OK) {
        return verdict;
    }
    uint64_t began = uv_hrtime();
    c->say("while publish answers E_BUSY");
    check_exercise(c, r, BUSY_MS);
    uint64_t seconds = (uv_hrtime() - began) / 1000000u * BUSY_SPEED / 1000u;
    uint64_t refused = r->seen.refused;
    fill_bus(r, 0);
    if (refused == 0) {
        verdict = check_skip(c, "it published nothing meanwhile");
    } else if (refused > BUSY_CALLS_PER_S * seconds) {
        verdict = check_fail(c,
                             "it called publish %u times in %u s of its time while the bus was "
                             "full; wait for a later turn",
                             (unsigned)refused, (unsigned)seconds);
    } else if (!rig_run(r, RECOVERY_MS, has_published)) {
        verdict = check_fail(c, "its events never came after the bus had room again");
    }
    check_end(r);
    return verdict;
}

/* A busy machine may stretch a turn once; a plugin that waits in a turn does it every time. */
enum check_verdict check_turn_under_50ms(check *c) {
    rig *r = check_rig(c);
    r->knobs.speed = SPEED;
    enum check_verdict verdict = CHECK_FAILED;
    for (uint32_t i = 0; verdict == CHECK_FAILED && i < TURN_ATTEMPTS; i++) {
        verdict = check_begin(c, r);
        if (verdict != CHECK_OK) {
            return verdict;
        }
        check_exercise(c, r, RUN_MS / TURN_ATTEMPTS);
        check_end(r);
        verdict = check_offence(c, r, RIG_SLOW);
    }
    return verdict;
}

static int32_t has_said(rig *r) {
    uv_mutex_lock(&r->lock);
    int32_t has = r->seen.health != 0;
    uv_mutex_unlock(&r->lock);
    return has;
}

enum check_verdict check_health_said(check *c) {
    rig *r = check_rig(c);
    enum check_verdict verdict = check_begin(c, r);
    if (verdict != CHECK_OK) {
        return verdict;
    }
    if (!rig_run(r, HEALTH_MS, has_said)) {
        verdict = check_fail(c, "it has not called host->health within %u s", HEALTH_MS / 1000);
    } else if (r->seen.health < KINMU_HEALTH_OK || r->seen.health > KINMU_HEALTH_FAILED) {
        verdict = check_fail(c, "health %d is not known", r->seen.health);
    } else if (r->seen.health != KINMU_HEALTH_OK && r->seen.health_text[0] == '\0') {
        verdict = check_fail(c, "it says it is not well and not why");
    }
    check_end(r);
    return verdict;
}

/* ---- calls-answered ---- */

static int32_t has_answered(rig *r) {
    uv_mutex_lock(&r->lock);
    int32_t has = r->seen.answers > 0;
    uv_mutex_unlock(&r->lock);
    return has;
}

static enum check_verdict answered(check *c, rig *r, uint32_t index, enum make_style style) {
    kinmu_command command;
    arena memory = {0};
    kinmu_err err = {{0}, {0}};
    schema_table_row(&c->plugin->commands, index, &command, sizeof command);
    c->say(command.name);
    kinmu_call call = {sizeof call, index, index + 1, "os:check", NULL, 0, 0};
    call.values = make_values(&memory, &command.input, style, rig_random(r), &call.value_count);
    uv_mutex_lock(&r->lock);
    r->seen.answers = 0;
    uv_mutex_unlock(&r->lock);
    int32_t status = hosted_call(r->instance, &call, &err);
    arena_free(&memory); /* the call's values live only until it returns */
    uint64_t expected = status == KINMU_OK;
    if (status == KINMU_OK) {
        (void)rig_run(r, ANSWER_MS, has_answered);
    }
    rig_run(r, SECOND_ANSWER_MS, NULL);
    if (status != KINMU_OK && err.msg[0] == '\0' && r->seen.answers == 0) {
        return check_fail(c, "command \"%s\" was refused with %s and without a reason",
                          command.name, error_name(status));
    }
    return r->seen.answers == expected
               ? CHECK_OK
               : check_fail(c,
                            "command \"%s\" (%s): call answered %s and calls/1 %u times, %u is due",
                            command.name, make_style_names[style], error_name(status),
                            (unsigned)r->seen.answers, (unsigned)expected);
}

enum check_verdict check_calls_answered(check *c) {
    rig *r = check_rig(c);
    if (c->plugin->commands.count == 0) {
        return check_skip(c, "it has no commands");
    }
    if (c->plugin->call == NULL) {
        return check_fail(c, "it declares commands and has no call function");
    }
    r->knobs.speed = SPEED; /* so that a call's 30 s pass */
    enum check_verdict verdict = check_begin(c, r);
    rig_run(r, 10 * RIG_STEP_MS, NULL);
    for (uint32_t i = 0; verdict == CHECK_OK && i < c->plugin->commands.count; i++) {
        static const enum make_style styles[] = {MAKE_SANE, MAKE_HOSTILE, MAKE_HUGE, MAKE_SMALL};
        for (size_t s = 0; verdict == CHECK_OK && s < sizeof styles / sizeof styles[0]; s++) {
            verdict = answered(c, r, i, styles[s]);
        }
    }
    check_end(r);
    return verdict;
}
