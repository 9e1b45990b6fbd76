/* One export through a made-up exporter: what it is given, in which pieces, and how it ends. */
#include "store_fixture.h"

#include "host/export.h"
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/schemas.h>

static const kinmu_schema_use named_only[] = {{&fixture_person, KINMU_EMITS, 0},
                                              {&kinmu_window_focus, KINMU_ACCEPTS, 0},
                                              {&kinmu_input_minute, KINMU_ACCEPTS, 0}};
static const kinmu_schema_use anything[] = {{&kinmu_input_minute, KINMU_ACCEPTS, 0},
                                            {NULL, KINMU_ACCEPTS, 0}};

/* What the exporter saw; the plugin's functions have no other way to tell. */
static struct {
    const kinmu_host *host;
    uint32_t batches, largest, events, fail_at_batch, enough_at_batch, refuse_close;
    uint32_t schemas[8];
    int64_t keys, first_ns, last_ns;
    uint64_t decision;
    char last_title[64];
    char period[128];
    int32_t closed; /* -1 = not, else commit */
    int32_t destroyed;
} saw;

static int32_t create(const kinmu_host *host, const void *filled, void **instance, kinmu_err *err) {
    (void)err;
    saw.host = host;
    *instance = &saw;
    return filled != NULL ? KINMU_OK : KINMU_E_STATE;
}

static int32_t never(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    fail_msg("%s", "an export neither starts nor stops its instance");
    return KINMU_E_STATE;
}

static void destroy(void *instance) {
    saw.destroyed += instance == &saw;
}

static int32_t export_open(void *instance, const kinmu_export *job, void **out, kinmu_err *err) {
    (void)err;
    snprintf(saw.period, sizeof saw.period, "%s %s %lld %lld %s", job->from_date, job->to_date,
             (long long)job->from_ns, (long long)job->to_ns, job->directory);
    *out = instance;
    return KINMU_OK;
}

static int32_t export_events(void *r, const kinmu_batch *batch, kinmu_err *err) {
    assert_ptr_equal(r, &saw);
    saw.largest = batch->count > saw.largest ? batch->count : saw.largest;
    saw.decision = batch->decision;
    for (uint32_t i = 0; i < batch->count; i++) {
        const kinmu_event *event = &batch->events[i];
        saw.schemas[event->schema < 4 ? event->schema : 4 + event->schema - KINMU_SCHEMA_ANY]++;
        saw.first_ns = saw.events == 0 ? event->unix_ns : saw.first_ns;
        saw.last_ns = event->unix_ns;
        saw.events++;
        if (event->values[0].type == KINMU_TYPE_I64) {
            saw.keys += event->values[0].as.i64;
        } else if (event->value_count > 1 && event->values[1].type == KINMU_TYPE_TEXT) {
            snprintf(saw.last_title, sizeof saw.last_title, "%.*s", (int)event->values[1].size,
                     event->values[1].as.text);
        }
    }
    if (++saw.batches == saw.fail_at_batch) {
        snprintf(err->msg, sizeof err->msg, "%s", "the disk is full");
        return KINMU_E_RETRY;
    }
    return saw.batches == saw.enough_at_batch ? KINMU_ENOUGH : KINMU_OK;
}

static int32_t export_close(void *r, int32_t commit, kinmu_err *err) {
    assert_ptr_equal(r, &saw);
    saw.closed = commit;
    snprintf(err->msg, sizeof err->msg, "%s", "the closing's own words");
    return saw.refuse_close ? KINMU_E_RETRY : KINMU_OK;
}

static kinmu_plugin plugin_of(const kinmu_schema_use *uses, uint32_t count) {
    kinmu_plugin plugin = {0};
    memset(&saw, 0, sizeof saw);
    saw.closed = -1;
    plugin.struct_size = sizeof plugin;
    plugin.kind = KINMU_EXPORTER;
    plugin.name = "made-up";
    plugin.schemas = (kinmu_table){uses, count, sizeof *uses};
    plugin.create = create;
    plugin.start = never;
    plugin.stop = never;
    plugin.destroy = destroy;
    plugin.export_open = export_open;
    plugin.export_events = export_events;
    plugin.export_close = export_close;
    return plugin;
}

static fixture *make_store(void) {
    fixture *f = fixture_create();
    const schema_info *person = fixture_add(f, &fixture_person);
    const schema_info *input = fixture_add(f, &kinmu_input_minute);
    const schema_info *window = fixture_add(f, &kinmu_window_focus);
    char title[32];
    fixture_person_block(f, person, 4, "7", "Sato");
    for (int64_t block = 0; block < 25; block++) {
        fixture_begin(f, "tanaka");
        for (int64_t i = 0; i < 50; i++) {
            int64_t minute = block * 50 + i;
            snprintf(title, sizeof title, "title %d", (int)minute);
            const kinmu_value focus[4] = {kinmu_text("xterm"), kinmu_text(title), kinmu_null(),
                                          kinmu_text("focus")};
            fixture_minute(f, input, minute, 1);
            fixture_event(f, window, FIXTURE_T0 + minute * 60000000000LL + 1, focus, 4);
        }
        fixture_end(f, 0);
    }
    fixture_apply_all(f);
    return f;
}

static int32_t run(fixture *f, const kinmu_plugin *plugin, uint64_t *events, kinmu_err *err) {
    static const int32_t filled = 1;
    const export_job job = {plugin,
                            &filled,
                            "made-up/one",
                            "node",
                            f->registry,
                            f->directory,
                            "/out",
                            "2026-11-22",
                            "2026-11-22",
                            FIXTURE_T0,
                            FIXTURE_T0 + 1200 * 60000000000LL};
    return export_run(&job, events, err);
}

static void the_period_comes_sorted_in_batches(void **state) {
    (void)state;
    fixture *f = make_store();
    kinmu_plugin plugin = plugin_of(named_only, 3);
    uint64_t events = 0;
    kinmu_err err = {0};
    assert_int_equal(run(f, &plugin, &events, &err), KINMU_OK);
    assert_int_equal(events, 2400);
    assert_int_equal(saw.events, 2400);
    assert_int_equal(saw.batches, 3);
    assert_int_equal(saw.largest, EXPORT_BATCH_EVENTS);
    assert_int_equal(saw.schemas[0], 0); /* emitted, not accepted */
    assert_int_equal(saw.schemas[1], 1200);
    assert_int_equal(saw.schemas[2], 1200);
    assert_int_equal(saw.keys, 1200);
    assert_true(saw.first_ns == FIXTURE_T0);
    assert_true(saw.last_ns == FIXTURE_T0 + 1199 * 60000000000LL + 1);
    assert_string_equal(saw.last_title, "title 1199");
    assert_int_equal(saw.decision, 4);
    assert_string_equal(saw.period,
                        "2026-11-22 2026-11-22 1795305600000000000 1795377600000000000 /out");
    assert_int_equal(saw.closed, 1);
    assert_int_equal(saw.destroyed, 1);
    fixture_destroy(f);
}

static int32_t create_and_ask(const kinmu_host *host, const void *filled, void **instance,
                              kinmu_err *err) {
    const kinmu_schemas *schemas = host->iface(host, KINMU_SCHEMAS_1);
    const kinmu_metrics *metrics = host->iface(host, KINMU_METRICS_1);
    assert_non_null(schemas);
    assert_string_equal(schemas->find(host, KINMU_SCHEMA_ANY)->name, "test.person");
    assert_null(schemas->find(host, KINMU_SCHEMA_ANY + 3));
    assert_null(schemas->find(host, 0));
    assert_null(host->iface(host, "kinmu.bus/1"));
    assert_string_equal(host->instance, "made-up/one");
    metrics->add(host, 0, 1);
    host->health(host, KINMU_HEALTH_OK, "fine");
    return create(host, filled, instance, err);
}

static void an_exporter_of_anything_gets_the_rest_by_number(void **state) {
    (void)state;
    fixture *f = make_store();
    kinmu_plugin plugin = plugin_of(anything, 2);
    plugin.create = create_and_ask;
    uint64_t events = 0;
    kinmu_err err = {0};
    assert_int_equal(run(f, &plugin, &events, &err), KINMU_OK);
    assert_int_equal(events, 2401);
    assert_int_equal(saw.schemas[0], 1200); /* by its own number */
    assert_int_equal(saw.schemas[4], 1);    /* the person, first of the registry */
    assert_int_equal(saw.schemas[6], 1200); /* window focus, third */
    fixture_destroy(f);
}

static void an_error_leaves_nothing_and_is_told(void **state) {
    (void)state;
    fixture *f = make_store();
    kinmu_plugin plugin = plugin_of(named_only, 3);
    uint64_t events = 0;
    kinmu_err err = {0};
    saw.fail_at_batch = 2;
    assert_int_equal(run(f, &plugin, &events, &err), KINMU_E_RETRY);
    assert_int_equal(saw.batches, 2);
    assert_int_equal(saw.closed, 0);
    assert_int_equal(saw.destroyed, 1);
    assert_string_equal(err.msg, "the disk is full");
    plugin = plugin_of(named_only, 3);
    saw.refuse_close = 1;
    assert_int_equal(run(f, &plugin, &events, &err), KINMU_E_RETRY);
    assert_string_equal(err.msg, "the closing's own words");
    /* No store at all. */
    plugin = plugin_of(named_only, 3);
    fixture_remove_store(f);
    assert_int_equal(run(f, &plugin, &events, &err), KINMU_E_NOTFOUND);
    assert_int_equal(saw.closed, 0);
    fixture_destroy(f);
}

static void one_that_has_enough_gets_no_more_and_commits(void **state) {
    (void)state;
    fixture *f = make_store();
    kinmu_plugin plugin = plugin_of(named_only, 3);
    uint64_t events = 0;
    kinmu_err err = {0};
    saw.enough_at_batch = 1;
    assert_int_equal(run(f, &plugin, &events, &err), KINMU_OK);
    assert_int_equal(saw.batches, 1);
    assert_int_equal(events, EXPORT_BATCH_EVENTS);
    assert_int_equal(saw.closed, 1);
    fixture_destroy(f);
}

/* Rows are read ahead of the exporter; what becomes unreadable on the way is an error, not the end.
 */
static void what_cannot_be_read_is_no_end(void **state) {
    (void)state;
    fixture *f = make_store();
    kinmu_plugin plugin = plugin_of(named_only, 3);
    uint64_t events = 0;
    kinmu_err err = {0};
    fixture_sql(f, "ALTER TABLE kinmu_zone RENAME TO elsewhere");
    assert_int_not_equal(run(f, &plugin, &events, &err), KINMU_OK);
    assert_int_equal(saw.events, 0);
    assert_int_equal(saw.closed, 0);
    assert_non_null(strstr(err.msg, "store: "));
    fixture_sql(f, "ALTER TABLE elsewhere RENAME TO kinmu_zone");
    fixture_destroy(f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_period_comes_sorted_in_batches),
        cmocka_unit_test(an_exporter_of_anything_gets_the_rest_by_number),
        cmocka_unit_test(an_error_leaves_nothing_and_is_told),
        cmocka_unit_test(one_that_has_enough_gets_no_more_and_commits),
        cmocka_unit_test(what_cannot_be_read_is_no_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
