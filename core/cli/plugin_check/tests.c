/* cli/plugin_check/tests.c - the table of tests, and what several of them do. The order is the one
 * of the report; a test whose `needs` is not ok is skipped, so that one fault shows once. */
#include "cli/plugin_check/tests.h"

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const check_test check_tests[] = {
    {"writable-file-refused",
     "The file and its folder belong to their owner; a loose copy is refused.", NULL,
     check_writable_file_refused, CHECK_FILE, 10},
    {"exports-one-symbol", "Only kinmu_module_v1 is visible to others.", NULL,
     check_exports_one_symbol, CHECK_FILE, 10},
    {"scan-no-side-effects", "Opening the file starts, opens, writes and catches nothing.", NULL,
     check_scan_no_side_effects, CHECK_FILE | CHECK_SILENT, 10},
    {"loads", "The module table is whole and made for this version of the boundary.",
     "writable-file-refused", check_loads, CHECK_FILE, 10},
    {"ids-unique", "Options, schemas, fields, commands and metrics have names of their own.",
     "loads", check_ids_unique, 0, 10},
    {"documented", "Everything has a doc, options a Japanese one, numbers a unit.", "loads",
     check_documented, 0, 10},
    {"schema-valid", "Schemas are well-formed and agree with the shared vocabulary.", "loads",
     check_schema_valid, 0, 10},
    {"options-valid", "Defaults keep their own ranges; offsets fit the struct and no other option.",
     "loads", check_options_valid, 0, 10},
    {"destroy-null", "destroy accepts NULL.", "loads", check_destroy_null, 0, 10},
    {"create-destroy", "An instance that never starts comes and goes, twenty times.",
     "options-valid", check_create_destroy, 0, 20},
    {"create-takes-nothing", "create opens no file, starts no thread, waits for nothing.",
     "create-destroy", check_create_takes_nothing, 0, 10},
    {"destroy-half-built", "destroy accepts what a refused create left.", "create-destroy",
     check_destroy_half_built, 0, 20},
    {"create-fail-leaves-nothing", "A refused create leaves no file, thread or memory.",
     "destroy-half-built", check_create_fail_leaves_nothing, 0, 20},
    {"stop-before-start", "stop is legal on what never started.", "create-destroy",
     check_stop_before_start, 0, 10},
    {"start-stop", "It starts with its plain options and stops; what it lacks it says by health.",
     "create-destroy", check_start_stop, 0, 20},
    {"stop-twice", "A second stop is legal.", "start-stop", check_stop_twice, 0, 10},
    {"start-stop-100x", "One instance starts and stops a hundred times.", "start-stop",
     check_start_stop_100x, 0, 60},
    {"no-call-after-stop",
     "After stop no timer runs and nothing is published, after destroy nothing "
     "is called.",
     "start-stop", check_no_call_after_stop, 0, 20},
    {"no-fd-leak", "Instances that have gone leave no open file.", "start-stop", check_no_fd_leak,
     0, 30},
    {"no-thread-leak", "Instances that have gone leave no thread.", "start-stop",
     check_no_thread_leak, 0, 30},
    {"no-memory-growth", "Instances that have gone leave no memory.", "start-stop",
     check_no_memory_growth, 0, 60},
    {"each-option-out-of-range",
     "Values beyond an option's range are refused by table or by create.", "start-stop",
     check_option_out_of_range, 0, 60},
    {"each-option-extreme", "It starts with the smallest and the largest value of each option.",
     "start-stop", check_option_extreme, 0, 60},
    {"reconfigure-live", "LIVE options change while it runs.", "start-stop", check_reconfigure_live,
     0, 30},
    {"emits-declared-only", "It publishes only schemas it declares with EMITS.", "start-stop",
     check_emits_declared_only, 0, 20},
    {"emits-valid-values", "What it publishes fits its schemas, subject and time included.",
     "start-stop", check_emits_valid_values, 0, 20},
    {"bus-busy", "While the bus is full it waits; afterwards its events come.", "start-stop",
     check_bus_busy, 0, 40},
    {"turn-under-50ms", "No turn lasts longer than 50 ms.", "start-stop", check_turn_under_50ms,
     CHECK_ALONE, 30},
    {"thread-tags", "[turn] services are called in turns, [job] services outside of them.",
     "start-stop", check_thread_tags, 0, 20},
    {"health-said", "Within 5 s it says how it is, and why when it is not well.", "start-stop",
     check_health_said, 0, 20},
    {"calls-answered", "Each command is answered exactly once.", "start-stop", check_calls_answered,
     0, 60},
    {"event-garbage", "Hostile events of accepted schemas are taken or rejected.", "start-stop",
     check_event_garbage, 0, 60},
    {"garbage-state", "Damaged state in kv/1 is survived.", "start-stop", check_garbage_state, 0,
     40},
    {"no-iface", "Where a host service is missing it refuses with a reason or does without.",
     "destroy-half-built", check_no_iface, 0, 30},
    {"alloc-torture", "Each of its own allocations may fail.", "destroy-half-built",
     check_alloc_torture, 0, 60},
    {"export-leaves-nothing", "An export given up leaves no file; one done stays in its folder.",
     "create-destroy", check_export_leaves_nothing, 0, 30},
};
const uint32_t check_test_count = sizeof check_tests / sizeof check_tests[0];

/* ---- verdicts ---- */

enum check_verdict check_fail(check *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->reason, sizeof c->reason, format, arguments);
    va_end(arguments);
    return CHECK_FAILED;
}

enum check_verdict check_skip(check *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->reason, sizeof c->reason, format, arguments);
    va_end(arguments);
    return CHECK_SKIPPED;
}

enum check_verdict check_offence(check *c, const rig *r, enum rig_offence offence) {
    uint32_t count = r->seen.offences[offence];
    if (count == 0) {
        return CHECK_OK;
    }
    return count == 1 ? check_fail(c, "%s", r->seen.texts[offence])
                      : check_fail(c, "%s (%u times)", r->seen.texts[offence], count);
}

/* ---- an instance ---- */

rig *check_rig(check *c) {
    return rig_open(c->plugin, c->schemas, c->seed);
}

void check_options(check *c, const char *name, const char *value, buffer *options) {
    buffer_clear(options);
    make_options(c->plugin, c->given, name, value, options);
}

enum check_verdict check_begin(check *c, rig *r) {
    buffer options = {0};
    kinmu_err err = {{0}, {0}};
    check_options(c, NULL, NULL, &options);
    int32_t status = rig_create(r, buffer_string(&options), &err);
    buffer_free(&options);
    if (status != KINMU_OK) {
        rig_destroy(r);
        return check_fail(c, "create answered %s: %s", error_name(status), err.msg);
    }
    status = rig_start(r, &err);
    if (status != KINMU_OK) {
        rig_destroy(r);
        return check_fail(c,
                          "start answered %s: %s; a plugin that lacks what it needs starts, and "
                          "says so by health",
                          error_name(status), err.msg);
    }
    return CHECK_OK;
}

void check_end(rig *r) {
    kinmu_err err = {{0}, {0}};
    if (r->instance != NULL && r->phase == RIG_STARTED) {
        rig_stop(r, &err);
    }
    rig_destroy(r);
}

/* ---- what a day brings ---- */

#define DELIVERY_MS_MAX 50u
#define EXERCISE_OTHERS_MAX 5u

int32_t check_accepts(const kinmu_plugin *plugin) {
    int32_t accepts = 0;
    for (uint32_t i = 0; i < plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&plugin->schemas, i, &use, sizeof use);
        accepts |= (use.flags & KINMU_ACCEPTS) != 0;
    }
    return accepts && plugin->events != NULL;
}

static int32_t must_come_again(int32_t status) {
    return status == KINMU_E_BUSY || status == KINMU_E_RETRY;
}

/* The same batch comes again while the plugin answers E_BUSY or E_RETRY, as in a node. */
static int32_t deliver_batch(rig *r, const kinmu_batch *batch, uint64_t ms, kinmu_err *err) {
    uint64_t end = uv_hrtime() + ms * 1000000u;
    int32_t status = hosted_events(r->instance, batch, err);
    while (must_come_again(status) && uv_hrtime() < end) {
        rig_run(r, RIG_STEP_MS, NULL);
        memset(err, 0, sizeof *err);
        status = hosted_events(r->instance, batch, err);
    }
    rig_turn(r);
    return status;
}

typedef struct delivery {
    rig *r;
    enum make_style style;
    uint64_t batch_ms;
    int32_t worst;
    kinmu_err *err;
} delivery;

#define BATCH_EVENTS 3u

static void deliver_schema(delivery *d, const kinmu_schema *schema, uint32_t number) {
    arena memory = {0};
    kinmu_event events[BATCH_EVENTS];
    if (must_come_again(d->worst)) {
        return; /* the batch before has not got through */
    }
    for (uint32_t i = 0; i < BATCH_EVENTS; i++) {
        make_event(&memory, schema, number, d->style, rig_random(d->r), &events[i]);
        events[i].sequence = ++d->r->sequence;
        events[i].block = d->r->sequence / BATCH_EVENTS + 1;
    }
    kinmu_batch batch = {sizeof batch, BATCH_EVENTS, events, 0};
    int32_t status = deliver_batch(d->r, &batch, d->batch_ms, d->err);
    d->worst = status != KINMU_OK ? status : d->worst;
    arena_free(&memory);
}

int32_t check_deliver(check *c, rig *r, enum make_style style, uint32_t others_max,
                      uint64_t batch_ms, kinmu_err *err) {
    delivery d = {r, style, batch_ms, KINMU_OK, err};
    int32_t any = 0;
    for (uint32_t i = 0; i < c->plugin->schemas.count; i++) {
        kinmu_schema_use use;
        schema_table_row(&c->plugin->schemas, i, &use, sizeof use);
        any |= use.schema == NULL && (use.flags & KINMU_ACCEPTS) != 0;
        if (use.schema != NULL && (use.flags & KINMU_ACCEPTS) != 0) {
            deliver_schema(&d, use.schema, i);
        }
    }
    uint32_t known = schema_registry_count(c->schemas);
    uint32_t others = !any ? 0 : others_max < known ? others_max : known;
    uint32_t first = others < known ? (uint32_t)(rig_random(r) % known) : 0;
    for (uint32_t i = 0; i < others; i++) {
        uint32_t id = (first + i) % known;
        deliver_schema(&d, schema_registry_at(c->schemas, id)->schema, KINMU_SCHEMA_ANY + id);
    }
    return d.worst;
}

static void send_commands(check *c, rig *r) {
    for (uint32_t i = 0; c->plugin->call != NULL && i < c->plugin->commands.count; i++) {
        kinmu_command command;
        arena memory = {0};
        kinmu_err err = {{0}, {0}};
        schema_table_row(&c->plugin->commands, i, &command, sizeof command);
        kinmu_call call = {sizeof call, i, i + 1, "os:check", NULL, 0, 0};
        call.values =
            make_values(&memory, &command.input, MAKE_SANE, rig_random(r), &call.value_count);
        (void)hosted_call(r->instance, &call, &err); /* its answer is another test's */
        arena_free(&memory);
    }
}

void check_exercise(check *c, rig *r, uint64_t ms) {
    kinmu_err err = {{0}, {0}};
    rig_run(r, RIG_STEP_MS, NULL);
    if (check_accepts(c->plugin)) {
        (void)check_deliver(c, r, MAKE_SANE, EXERCISE_OTHERS_MAX, DELIVERY_MS_MAX, &err);
    }
    send_commands(c, r);
    rig_run(r, ms, NULL);
}
