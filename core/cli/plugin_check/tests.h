/* cli/plugin_check/tests.h - the named tests of `kinmu plugin check`. Each runs in a process of its
 * own, in an empty folder of its own, and gives one verdict with a reason. */
#ifndef CLI_PLUGIN_CHECK_TESTS_H
#define CLI_PLUGIN_CHECK_TESTS_H

#include "cli/plugin_check/make.h"
#include "cli/plugin_check/rig.h"
#include "host/catalog.h"

#define CHECK_REASON_SIZE 512

enum check_verdict { CHECK_OK, CHECK_FAILED, CHECK_SKIPPED };

typedef struct check {
    const char *file;           /* absolute */
    const kinmu_plugin *plugin; /* NULL before anything is loaded: CHECK_FILE tests */
    const schema_registry *schemas;
    const char *const *given; /* options "name=value" of the command line, up to NULL */
    uint64_t seed;
    char reason[CHECK_REASON_SIZE];
    void (*say)(const char *where); /* tells the parent what is being done, in case it crashes */
} check;

#define CHECK_FILE 1u   /* about the file, before it is loaded; once per file */
#define CHECK_SILENT 2u /* anything written to standard output or error is a failure */
#define CHECK_ALONE 4u  /* measures time: no other test runs meanwhile */

typedef struct check_test {
    const char *name;
    const char *doc;
    const char *needs; /* runs only when that one is ok */
    enum check_verdict (*run)(check *c);
    uint32_t flags;
    uint32_t seconds_max;
} check_test;

extern const check_test check_tests[];
extern const uint32_t check_test_count;

/* ---- for the tests ---- */

enum check_verdict check_fail(check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum check_verdict check_skip(check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Verdict of what the rig noted. */
enum check_verdict check_offence(check *c, const rig *r, enum rig_offence offence);
/* Opens the rig; `options` gets the plugin's own options as YAML, or with one changed. */
rig *check_rig(check *c);
void check_options(check *c, const char *name, const char *value, buffer *options);
/* Creates and starts with the plain options; on failure the verdict is written. */
enum check_verdict check_begin(check *c, rig *r);
/* Stops and destroys. */
void check_end(rig *r);
/* What a day brings in a second: events it accepts, its commands, and time. Between start and stop.
 */
void check_exercise(check *c, rig *r, uint64_t ms);
/* Delivers events made for every schema the plugin names and, where it accepts any, for at most
 * others_max others; the worst answer. A batch that is still not taken after batch_ms ends it. */
int32_t check_deliver(check *c, rig *r, enum make_style style, uint32_t others_max,
                      uint64_t batch_ms, kinmu_err *err);
int32_t check_accepts(const kinmu_plugin *plugin);
/* The core's own schemas and the shared vocabulary; NULL when out of memory. */
schema_registry *check_vocabulary(void);

/* static.c */
enum check_verdict check_writable_file_refused(check *c);
enum check_verdict check_exports_one_symbol(check *c);
enum check_verdict check_scan_no_side_effects(check *c);
enum check_verdict check_loads(check *c);
/* tables.c */
enum check_verdict check_ids_unique(check *c);
enum check_verdict check_documented(check *c);
enum check_verdict check_schema_valid(check *c);
enum check_verdict check_options_valid(check *c);
/* life.c */
enum check_verdict check_destroy_null(check *c);
enum check_verdict check_create_destroy(check *c);
enum check_verdict check_create_takes_nothing(check *c);
enum check_verdict check_destroy_half_built(check *c);
enum check_verdict check_create_fail_leaves_nothing(check *c);
enum check_verdict check_stop_before_start(check *c);
enum check_verdict check_start_stop(check *c);
enum check_verdict check_stop_twice(check *c);
enum check_verdict check_start_stop_100x(check *c);
enum check_verdict check_no_call_after_stop(check *c);
/* leaks.c */
enum check_verdict check_no_fd_leak(check *c);
enum check_verdict check_no_thread_leak(check *c);
enum check_verdict check_no_memory_growth(check *c);
/* options.c */
enum check_verdict check_option_out_of_range(check *c);
enum check_verdict check_option_extreme(check *c);
enum check_verdict check_reconfigure_live(check *c);
/* conduct.c */
enum check_verdict check_emits_declared_only(check *c);
enum check_verdict check_emits_valid_values(check *c);
enum check_verdict check_bus_busy(check *c);
enum check_verdict check_turn_under_50ms(check *c);
enum check_verdict check_thread_tags(check *c);
enum check_verdict check_health_said(check *c);
enum check_verdict check_calls_answered(check *c);
/* faults.c */
enum check_verdict check_no_iface(check *c);
enum check_verdict check_garbage_state(check *c);
enum check_verdict check_alloc_torture(check *c);
enum check_verdict check_event_garbage(check *c);
enum check_verdict check_export_leaves_nothing(check *c);

#endif
