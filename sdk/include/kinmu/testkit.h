/* kinmu/testkit.h - a small host for unit tests of one plugin instance; include it in one test file.
 *
 * It needs the SDK and the C library only (on Windows also -lws2_32). Time is simulated and stands
 * still until testkit_advance; descriptors are real and watched by testkit_run_until. Everything
 * runs on the test's thread: a job of work/1 runs in the next turn, then its `done`. publish, log,
 * health and metrics may be called from threads of the plugin. A plugin that breaks its contract
 * (a blocking service in a turn, a timer in a job) gets an error and kit->problem says what.
 *
 * It does not do: purposes, redaction, privacy, isolation, ROWS options from text, sorting of
 * records/1 (rows come in the order they were added), the 50 ms limit of a turn.
 *
 *     testkit *kit = testkit_new("badge");
 *     testkit_load(kit, "badge.so", "com.acme.badge");
 *     const char *const options[] = {"interval=5s", NULL};
 *     assert(testkit_create(kit, options) == KINMU_OK && testkit_start(kit) == KINMU_OK);
 *     testkit_advance(kit, 5000);
 *     assert(strcmp(testkit_event_text(kit, testkit_event(kit, 0)), "com.acme.badge/1 door=1") == 0);
 *     testkit_free(kit);
 */
#ifndef KINMU_TESTKIT_H
#define KINMU_TESTKIT_H

#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/secret.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>
typedef CRITICAL_SECTION testkit_mutex;
typedef WSAPOLLFD testkit_pollfd;
#else
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
typedef pthread_mutex_t testkit_mutex;
typedef struct pollfd testkit_pollfd;
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define TESTKIT_EVENTS_MAX 100000u /* captured events; then publish answers E_BUSY */
#define TESTKIT_LATER_MAX 4096u    /* callbacks waiting for a later turn */
#define TESTKIT_TURNS_MAX 10000u   /* turns of one testkit_settle */
#define TESTKIT_KEYS_MAX 64u       /* kv keys, secrets */
#define TESTKIT_METRICS_MAX 64u
#define TESTKIT_LINES_MAX 1024u    /* log lines kept, the first ones */
#define TESTKIT_TEXT_SIZE 8192u    /* one event as text */
#define TESTKIT_BATCH_EVENTS 100u  /* events of one batch in testkit_export */
#define TESTKIT_START_UNIX_NS 1767571200000000000LL /* 2026-01-05T00:00:00Z, a Monday */
#define TESTKIT_START_MONO_NS 3600000000000ULL

typedef struct testkit_timer {
    uint64_t id; /* 0 = free */
    uint64_t due_ns;
    uint64_t repeat_ns;
    kinmu_timer_fn fn;
    void *user;
} testkit_timer;

typedef struct testkit_poll {
    uint64_t id; /* 0 = free */
    intptr_t handle;
    uint32_t wanted;
    kinmu_poll_fn fn;
    void *user;
} testkit_poll;

typedef struct testkit_pair {
    char key[KINMU_KV_KEY_BYTES_MAX + 1]; /* "" = free */
    void *data;
    uint32_t size;
} testkit_pair;

/* What waits for a later turn; exactly one of done, job_done, answer or command is meant. */
typedef struct testkit_later {
    struct testkit_later *next;
    uint64_t ticket; /* runs when durable >= ticket */
    kinmu_done done;
    kinmu_job_fn job;
    kinmu_job_done_fn job_done;
    kinmu_answer_fn answer;
    const char *command;
    void *user;
    int32_t status;
    uint32_t value_count;
    uint64_t number;
    const kinmu_value *values;
    const char *text;
} testkit_later;

typedef struct testkit_answer {
    int32_t status;
    uint32_t value_count;
    const kinmu_value *values;
    const char *text;
    uint32_t done; /* 1 = the plugin has answered */
} testkit_answer;

/* Answers calls/1 to other instances: fills answer, returns its status. */
typedef int32_t (*testkit_peer_fn)(void *user, const char *instance, const char *command,
                                   const kinmu_value *values, uint32_t count,
                                   testkit_answer *answer);

typedef struct testkit {
    kinmu_host host; /* first member: the host pointer is the kit */

    /* Set these freely between calls. */
    kinmu_clock clock;
    uint32_t clock_follows; /* 1: testkit_run_until moves the clocks by the real time passed */
    uint32_t busy;          /* so many publish or append_if calls answer E_BUSY; UINT32_MAX = all */
    uint32_t hold_durable;  /* 1: nothing becomes durable */
    uint64_t head;          /* bus head */
    testkit_peer_fn peer;
    void *peer_user;

    /* Read these. */
    kinmu_plugin plugin; /* the current layout, also of an older module */
    void *instance;
    void *config;
    kinmu_err err;       /* of the last life cycle call */
    char refusal[256];   /* why the bus refused last, "" = it did not */
    char problem[256];   /* the plugin's first breach of contract, "" = none */
    int32_t health;      /* KINMU_HEALTH_*, 0 = never said */
    char health_text[512];
    uint32_t event_count;
    uint32_t line_count;
    uint32_t timer_count; /* running timers */
    uint32_t poll_count;  /* watched descriptors */
    char *lines[TESTKIT_LINES_MAX]; /* "warn: text" */
    int64_t metrics[TESTKIT_METRICS_MAX];
    testkit_answer reply; /* of testkit_call */
    uint32_t row_count;
    const kinmu_event **rows; /* records/1 and testkit_export */

    /* Inside. */
    testkit_mutex mutex;
    const kinmu_event **events;
    uint32_t event_room;
    uint32_t row_room;
    uint32_t in_job;
    uint32_t started;
    uint32_t later_count;
    uint64_t ticket;
    uint64_t durable;
    uint64_t timer_ns; /* the clock of timers: stands still in testkit_step */
    uint64_t next_id;
    uint64_t call_id;
    uint8_t origin[16];
    testkit_later *later;
    testkit_timer timers[KINMU_TIMERS_MAX];
    testkit_poll polls[KINMU_POLLS_MAX];
    testkit_pair kv[TESTKIT_KEYS_MAX];
    testkit_pair secrets[TESTKIT_KEYS_MAX];
    void **pool;
    uint32_t pool_count;
    uint32_t pool_room;
} testkit;

/* ---- memory, locks, text ---------------------------------------------------------------------- */

static inline void tk_lock(testkit *kit) {
#ifdef _WIN32
    EnterCriticalSection(&kit->mutex);
#else
    pthread_mutex_lock(&kit->mutex);
#endif
}

static inline void tk_unlock(testkit *kit) {
#ifdef _WIN32
    LeaveCriticalSection(&kit->mutex);
#else
    pthread_mutex_unlock(&kit->mutex);
#endif
}

static inline testkit *tk_kit(const kinmu_host *host) {
    return (testkit *)(uintptr_t)host;
}

static inline void *tk_memory(void *old, size_t size) {
    void *memory = realloc(old, size == 0 ? 1 : size);
    if (memory == NULL) {
        fprintf(stderr, "testkit: out of memory\n");
        abort();
    }
    return memory;
}

/* Room for one more pointer in a growing array. */
static inline void tk_grow(void ***array, uint32_t count, uint32_t *room) {
    if (count == *room) {
        *room = *room == 0 ? 64 : *room * 2;
        *array = (void **)tk_memory((void *)*array, *room * sizeof(void *));
    }
}

/* Zeroed memory that lives as long as the kit. Call with the lock held. */
static inline void *tk_keep(testkit *kit, size_t size) {
    tk_grow(&kit->pool, kit->pool_count, &kit->pool_room);
    void *memory = tk_memory(NULL, size);
    memset(memory, 0, size);
    kit->pool[kit->pool_count++] = memory;
    return memory;
}

static inline char *tk_text(testkit *kit, const char *text, size_t size) {
    char *copy = (char *)tk_keep(kit, size + 1);
    if (size > 0) {
        memcpy(copy, text, size);
    }
    return copy;
}

#ifdef __GNUC__
__attribute__((format(printf, 3, 4)))
#endif
static inline void tk_say(char *to, size_t size, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(to, size, format, arguments);
    va_end(arguments);
}

/* Notes a breach of the contract; the first one stays. */
static inline int32_t tk_breach(testkit *kit, const char *what) {
    if (kit->problem[0] == '\0') {
        tk_say(kit->problem, sizeof kit->problem, "%s", what);
    }
    return KINMU_E_STATE;
}

static inline int32_t tk_need_job(testkit *kit, const char *what) {
    return kit->in_job ? KINMU_OK : tk_breach(kit, what);
}

static inline int32_t tk_need_turn(testkit *kit, const char *what) {
    return kit->in_job ? tk_breach(kit, what) : KINMU_OK;
}

/* Copies row `index` of a table into a zeroed row of today's layout. */
static inline void testkit_table_row(const kinmu_table *table, uint32_t index, void *row,
                                     size_t row_size) {
    size_t size = table->stride < row_size ? table->stride : row_size;
    memset(row, 0, row_size);
    memcpy(row, (const char *)table->rows + (size_t)index * table->stride, size);
}

/* ---- values and events ------------------------------------------------------------------------ */

static inline int32_t tk_is_utf8(const char *text, size_t size) {
    const unsigned char *byte = (const unsigned char *)text;
    size_t at = 0;
    while (at < size) {
        uint32_t lead = byte[at];
        uint32_t extra = lead < 0x80 ? 0 : lead < 0xc2 ? 9 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if (lead == 0 || lead > 0xf4 || at + extra >= size) {
            return 0;
        }
        for (uint32_t i = 1; i <= extra; i++) {
            if ((byte[at + i] & 0xc0) != 0x80) {
                return 0;
            }
        }
        if ((lead == 0xe0 && byte[at + 1] < 0xa0) || (lead == 0xed && byte[at + 1] > 0x9f) ||
            (lead == 0xf0 && byte[at + 1] < 0x90) || (lead == 0xf4 && byte[at + 1] > 0x8f)) {
            return 0;
        }
        at += extra + 1;
    }
    return 1;
}

/* 1 when the word is one of "a|b|c". */
static inline int32_t tk_is_choice(const char *choices, const char *word, size_t size) {
    const char *choice = choices;
    while (choice != NULL) {
        const char *bar = strchr(choice, '|');
        size_t length = bar == NULL ? strlen(choice) : (size_t)(bar - choice);
        if (length == size && memcmp(choice, word, size) == 0) {
            return 1;
        }
        choice = bar == NULL ? NULL : bar + 1;
    }
    return 0;
}

/* NULL when the value fits the field, else what is wrong. */
static inline const char *tk_value_fault(const kinmu_field *field, const kinmu_value *value) {
    if (value->type == KINMU_TYPE_NULL) {
        uint32_t required = KINMU_FIELD_REQUIRED | KINMU_FIELD_KEY;
        return (field->flags & required) != 0 ? "is required" : NULL;
    }
    if (value->type != field->type) {
        return "has the wrong type";
    }
    if (value->type == KINMU_TYPE_BOOL && value->as.i64 != 0 && value->as.i64 != 1) {
        return "is a bool and neither 0 nor 1";
    }
    if (value->type == KINMU_TYPE_F64 && !(value->as.f64 - value->as.f64 == 0)) {
        return "is not finite";
    }
    if (value->type != KINMU_TYPE_TEXT && value->type != KINMU_TYPE_BYTES) {
        return NULL;
    }
    if (value->size > KINMU_TEXT_BYTES_MAX) {
        return "is longer than KINMU_TEXT_BYTES_MAX";
    }
    if (value->type == KINMU_TYPE_TEXT && !tk_is_utf8(value->as.text, value->size)) {
        return "is not valid UTF-8";
    }
    if (field->choices != NULL && !tk_is_choice(field->choices, value->as.text, value->size)) {
        return "is none of its choices";
    }
    return NULL;
}

/* Checks one event against the plugin's schema table; the reason goes to kit->refusal. */
static inline int32_t tk_check_event(testkit *kit, const kinmu_event *event, uint32_t need_flag,
                                     uint32_t need_kind) {
    kinmu_schema_use use;
    memset(&use, 0, sizeof use);
    if (event->schema < kit->plugin.schemas.count) {
        testkit_table_row(&kit->plugin.schemas, event->schema, &use, sizeof use);
    }
    if (use.schema == NULL || (use.flags & need_flag) == 0) {
        tk_say(kit->refusal, sizeof kit->refusal, "schema index %u is not declared for this use",
               (unsigned)event->schema);
        return KINMU_E_REJECT;
    }
    const kinmu_schema *schema = use.schema;
    if (need_kind != 0 && schema->kind != need_kind) {
        tk_say(kit->refusal, sizeof kit->refusal, "%s/%u: records go through append_if, logs through publish",
               schema->name, (unsigned)schema->version);
        return KINMU_E_REJECT;
    }
    if (event->value_count > schema->fields.count) {
        tk_say(kit->refusal, sizeof kit->refusal, "%s/%u: %u values for %u fields", schema->name,
               (unsigned)schema->version, (unsigned)event->value_count,
               (unsigned)schema->fields.count);
        return KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        kinmu_field field;
        kinmu_value value = i < event->value_count ? event->values[i] : kinmu_null();
        testkit_table_row(&schema->fields, i, &field, sizeof field);
        const char *fault = tk_value_fault(&field, &value);
        if (fault != NULL) {
            tk_say(kit->refusal, sizeof kit->refusal, "%s/%u: %s %s", schema->name,
                   (unsigned)schema->version, field.name, fault);
            return KINMU_E_REJECT;
        }
    }
    return KINMU_OK;
}

static inline const kinmu_value *tk_copy_values(testkit *kit, const kinmu_value *values,
                                                uint32_t count) {
    kinmu_value *copy = (kinmu_value *)tk_keep(kit, count * sizeof *copy);
    for (uint32_t i = 0; i < count; i++) {
        copy[i] = values[i];
        if (values[i].type == KINMU_TYPE_TEXT) {
            copy[i].as.text = tk_text(kit, values[i].as.text, values[i].size);
        } else if (values[i].type == KINMU_TYPE_BYTES) {
            copy[i].as.bytes =
                (const uint8_t *)tk_text(kit, (const char *)values[i].as.bytes, values[i].size);
        }
    }
    return copy;
}

/* A deep copy with all stamps filled, as a host would deliver it. Call with the lock held. */
static inline kinmu_event *tk_copy_event(testkit *kit, const kinmu_event *event) {
    kinmu_event *copy = (kinmu_event *)tk_keep(kit, sizeof *copy);
    const char *subject = event->subject == NULL ? kit->host.account : event->subject;
    *copy = *event;
    copy->values = tk_copy_values(kit, event->values, event->value_count);
    copy->subject = tk_text(kit, subject, strlen(subject));
    copy->origin = kit->origin;
    copy->boot_id = kit->origin;
    copy->zone = "Asia/Tokyo";
    copy->unix_ns = event->unix_ns == 0 ? kit->clock.unix_ns : event->unix_ns;
    copy->mono_ns = event->mono_ns == 0 ? kit->clock.mono_ns : event->mono_ns;
    if ((event->flags & KINMU_EVENT_OFFSET) == 0) {
        copy->utc_offset_s = kit->clock.utc_offset_s;
    }
    return copy;
}

/* Index of "name/version" in the plugin's schema table, UINT32_MAX when absent. */
static inline uint32_t testkit_schema(const testkit *kit, const char *full_name) {
    for (uint32_t i = 0; i < kit->plugin.schemas.count; i++) {
        kinmu_schema_use use;
        char name[128];
        testkit_table_row(&kit->plugin.schemas, i, &use, sizeof use);
        if (use.schema != NULL) {
            tk_say(name, sizeof name, "%s/%u", use.schema->name, (unsigned)use.schema->version);
            if (strcmp(name, full_name) == 0) {
                return i;
            }
        }
    }
    return UINT32_MAX;
}

/* Makes an event to deliver or to store; it lives as long as the kit. */
static inline const kinmu_event *testkit_make(testkit *kit, const char *schema, int64_t unix_ns,
                                              const char *subject, const kinmu_value *values,
                                              uint32_t count) {
    kinmu_event event;
    memset(&event, 0, sizeof event);
    event.schema = testkit_schema(kit, schema);
    event.unix_ns = unix_ns;
    event.subject = subject;
    event.values = values;
    event.value_count = count;
    tk_lock(kit);
    kinmu_event *copy = tk_copy_event(kit, &event);
    copy->sequence = ++kit->next_id;
    copy->block = copy->sequence;
    tk_unlock(kit);
    return copy;
}

/* Adds a row for records/1 and testkit_export. */
static inline void testkit_add_row(testkit *kit, const kinmu_event *event) {
    tk_grow((void ***)(void *)&kit->rows, kit->row_count, &kit->row_room);
    kit->rows[kit->row_count++] = event;
}

/* The captured event number `index`, NULL beyond the last. */
static inline const kinmu_event *testkit_event(testkit *kit, uint32_t index) {
    tk_lock(kit);
    const kinmu_event *event = index < kit->event_count ? kit->events[index] : NULL;
    tk_unlock(kit);
    return event;
}

static inline size_t tk_print_value(char *to, size_t size, const kinmu_value *value) {
    int written = 0;
    if (value->type == KINMU_TYPE_TEXT) {
        written = snprintf(to, size, "%.*s", (int)value->size, value->as.text);
    } else if (value->type == KINMU_TYPE_F64) {
        written = snprintf(to, size, "%g", value->as.f64);
    } else if (value->type == KINMU_TYPE_BYTES) {
        for (uint32_t i = 0; i < value->size && (size_t)written + 3 < size; i++) {
            written += snprintf(to + written, size - (size_t)written, "%02x", value->as.bytes[i]);
        }
    } else {
        written = snprintf(to, size, "%lld", (long long)value->as.i64);
    }
    return written < 0 ? 0 : (size_t)written;
}

/* "kinmu.input.minute/1 keys=3 clicks=1": values that are not null, in field order. */
static inline const char *testkit_event_text(testkit *kit, const kinmu_event *event) {
    char text[TESTKIT_TEXT_SIZE];
    if (event == NULL) {
        return "(no event)";
    }
    kinmu_schema_use use;
    memset(&use, 0, sizeof use);
    if (event->schema < kit->plugin.schemas.count) {
        testkit_table_row(&kit->plugin.schemas, event->schema, &use, sizeof use);
    }
    if (use.schema == NULL) {
        return "(unknown schema)";
    }
    size_t used = (size_t)snprintf(text, sizeof text, "%s/%u", use.schema->name,
                                   (unsigned)use.schema->version);
    for (uint32_t i = 0; i < event->value_count && used < sizeof text; i++) {
        if (event->values[i].type != KINMU_TYPE_NULL) {
            kinmu_field field;
            testkit_table_row(&use.schema->fields, i, &field, sizeof field);
            used += (size_t)snprintf(text + used, sizeof text - used, " %s=", field.name);
            if (used < sizeof text) {
                used += tk_print_value(text + used, sizeof text - used, &event->values[i]);
            }
        }
    }
    tk_lock(kit);
    const char *copy = tk_text(kit, text, strlen(text));
    tk_unlock(kit);
    return copy;
}

/* How many captured events are of schema "name/version"; NULL = of any. */
static inline uint32_t testkit_count(testkit *kit, const char *schema) {
    uint32_t wanted = schema == NULL ? 0 : testkit_schema(kit, schema);
    uint32_t count = 0;
    tk_lock(kit);
    for (uint32_t i = 0; i < kit->event_count; i++) {
        count += schema == NULL || kit->events[i]->schema == wanted;
    }
    tk_unlock(kit);
    return count;
}

/* Forgets the captured events; the pointers stay valid. */
static inline void testkit_clear(testkit *kit) {
    tk_lock(kit);
    kit->event_count = 0;
    tk_unlock(kit);
}

/* ---- host: log, health, metrics --------------------------------------------------------------- */

static inline void tk_log(const kinmu_host *host, int32_t level, const char *text) {
    static const char *const names[] = {"?", "error", "warn", "info", "debug"};
    testkit *kit = tk_kit(host);
    char line[1024];
    tk_say(line, sizeof line, "%s: %s", names[level >= 1 && level <= 4 ? level : 0], text);
    tk_lock(kit);
    if (kit->line_count < TESTKIT_LINES_MAX) {
        kit->lines[kit->line_count++] = tk_text(kit, line, strlen(line));
    }
    tk_unlock(kit);
}

/* 1 when some log line contains the text. */
static inline int32_t testkit_logged(const testkit *kit, const char *text) {
    for (uint32_t i = 0; i < kit->line_count; i++) {
        if (strstr(kit->lines[i], text) != NULL) {
            return 1;
        }
    }
    return 0;
}

static inline void tk_health(const kinmu_host *host, int32_t state, const char *text) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    kit->health = state;
    tk_say(kit->health_text, sizeof kit->health_text, "%s", text == NULL ? "" : text);
    tk_unlock(kit);
}

static inline void tk_metrics_add(const kinmu_host *host, uint32_t metric, uint64_t amount) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    if (metric < TESTKIT_METRICS_MAX && metric < kit->plugin.metrics.count) {
        kit->metrics[metric] += (int64_t)amount;
    }
    tk_unlock(kit);
}

static inline void tk_metrics_set(const kinmu_host *host, uint32_t metric, int64_t value) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    if (metric < TESTKIT_METRICS_MAX && metric < kit->plugin.metrics.count) {
        kit->metrics[metric] = value;
    }
    tk_unlock(kit);
}

/* Value of a counter or gauge by its name, -1 when the plugin declares none. */
static inline int64_t testkit_metric(const testkit *kit, const char *name) {
    for (uint32_t i = 0; i < kit->plugin.metrics.count && i < TESTKIT_METRICS_MAX; i++) {
        kinmu_metric metric;
        testkit_table_row(&kit->plugin.metrics, i, &metric, sizeof metric);
        if (strcmp(metric.name, name) == 0) {
            return kit->metrics[i];
        }
    }
    return -1;
}

/* ---- turns: what waits for a later one -------------------------------------------------------- */

static inline int32_t tk_later(testkit *kit, const testkit_later *what) {
    if (kit->later_count >= TESTKIT_LATER_MAX) {
        return KINMU_E_BUSY;
    }
    testkit_later **last = &kit->later;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = (testkit_later *)tk_memory(NULL, sizeof **last);
    **last = *what;
    (*last)->next = NULL;
    kit->later_count++;
    return KINMU_OK;
}

static inline void tk_run_command(testkit *kit, const char *command, const kinmu_value *values,
                                  uint32_t count, testkit_later *answer);

static inline void tk_run_later(testkit *kit, testkit_later *item) {
    if (item->job_done != NULL) {
        kit->in_job = 1;
        item->job(item->user);
        kit->in_job = 0;
        item->job_done(item->user, KINMU_OK);
    } else if (item->command != NULL) {
        tk_run_command(kit, item->command, item->values, item->value_count, item);
    } else if (item->answer != NULL) {
        item->answer(item->user, item->status, item->values, item->value_count, item->text);
    } else {
        item->done(item->user, item->status, item->number);
    }
}

/* One round of turns: events become durable, waiting callbacks run. Returns how many ran. */
static inline uint32_t testkit_turn(testkit *kit) {
    uint32_t ran = 0;
    uint32_t left = kit->later_count; /* what is added meanwhile waits for the next round */
    tk_lock(kit);
    if (!kit->hold_durable) {
        kit->durable = kit->ticket;
    }
    tk_unlock(kit);
    testkit_later **at = &kit->later;
    for (; left > 0; left--) {
        testkit_later *item = *at;
        if (item->ticket > kit->durable) {
            at = &item->next;
            continue;
        }
        *at = item->next;
        kit->later_count--;
        tk_run_later(kit, item);
        free(item);
        ran++;
    }
    return ran;
}

/* Turns until nothing waits (or everything waits for hold_durable). */
static inline void testkit_settle(testkit *kit) {
    for (uint32_t i = 0; i < TESTKIT_TURNS_MAX && testkit_turn(kit) > 0; i++) {
    }
}

/* ---- bus/1 ------------------------------------------------------------------------------------ */

static inline int32_t tk_take_events(testkit *kit, const kinmu_event *events, uint32_t count,
                                     uint32_t kind) {
    kit->refusal[0] = '\0';
    if (count > KINMU_EVENTS_MAX) {
        tk_say(kit->refusal, sizeof kit->refusal, "%u events in one call", (unsigned)count);
        return KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < count; i++) {
        int32_t status = tk_check_event(kit, &events[i], KINMU_EMITS, kind);
        if (status != KINMU_OK) {
            return status;
        }
    }
    if (kit->busy > 0 || kit->event_count + count > TESTKIT_EVENTS_MAX) {
        kit->busy -= kit->busy > 0 && kit->busy != UINT32_MAX;
        return KINMU_E_BUSY;
    }
    for (uint32_t i = 0; i < count; i++) {
        tk_grow((void ***)(void *)&kit->events, kit->event_count, &kit->event_room);
        kinmu_event *copy = tk_copy_event(kit, &events[i]);
        copy->sequence = ++kit->ticket;
        copy->block = kit->ticket;
        kit->events[kit->event_count++] = copy;
    }
    return KINMU_OK;
}

static inline int32_t tk_publish(const kinmu_host *host, const kinmu_event *events, uint32_t count,
                                 uint64_t *ticket) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    int32_t status = tk_take_events(kit, events, count, KINMU_KIND_LOG);
    if (status == KINMU_OK && ticket != NULL) {
        *ticket = kit->ticket;
    }
    tk_unlock(kit);
    return status;
}

static inline uint64_t tk_durable(const kinmu_host *host) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    uint64_t ticket = kit->durable;
    tk_unlock(kit);
    return ticket;
}

static inline int32_t tk_when_durable(const kinmu_host *host, uint64_t ticket, kinmu_done done,
                                      void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    memset(&item, 0, sizeof item);
    item.done = done;
    item.user = user;
    item.ticket = ticket;
    item.number = ticket;
    int32_t status = tk_need_turn(kit, "bus/1 when_durable outside a turn");
    return status == KINMU_OK ? tk_later(kit, &item) : status;
}

static inline uint64_t tk_head(const kinmu_host *host) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    uint64_t head = kit->head;
    tk_unlock(kit);
    return head;
}

static inline int32_t tk_append_if(const kinmu_host *host, uint64_t number,
                                   const kinmu_event *events, uint32_t count, kinmu_done done,
                                   void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    memset(&item, 0, sizeof item);
    item.done = done;
    item.user = user;
    int32_t status = tk_need_turn(kit, "bus/1 append_if outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    tk_lock(kit);
    if (number != kit->head) {
        item.status = KINMU_E_CONFLICT;
    } else {
        status = tk_take_events(kit, events, count, KINMU_KIND_RECORD);
        if (status == KINMU_OK) {
            kit->head++;
            item.ticket = kit->ticket;
        }
    }
    item.number = kit->head;
    tk_unlock(kit);
    return status == KINMU_OK ? tk_later(kit, &item) : status;
}

/* ---- timer/1 and the clocks ------------------------------------------------------------------- */

static inline void tk_now(const kinmu_host *host, kinmu_clock *clock) {
    testkit *kit = tk_kit(host);
    tk_lock(kit);
    *clock = kit->clock;
    tk_unlock(kit);
}

static inline int32_t tk_timer_start(const kinmu_host *host, uint64_t delay_ms, uint64_t repeat_ms,
                                     kinmu_timer_fn fn, void *user, uint64_t *id) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_turn(kit, "timer/1 start outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    for (uint32_t i = 0; i < KINMU_TIMERS_MAX; i++) {
        testkit_timer *timer = &kit->timers[i];
        if (timer->id == 0) {
            timer->id = ++kit->next_id;
            timer->due_ns = kit->timer_ns + (delay_ms == 0 ? 1 : delay_ms) * 1000000u;
            timer->repeat_ns = repeat_ms * 1000000u;
            timer->fn = fn;
            timer->user = user;
            *id = timer->id;
            kit->timer_count++;
            return KINMU_OK;
        }
    }
    return KINMU_E_BUSY;
}

static inline void tk_timer_cancel(const kinmu_host *host, uint64_t id) {
    testkit *kit = tk_kit(host);
    for (uint32_t i = 0; id != 0 && i < KINMU_TIMERS_MAX; i++) {
        if (kit->timers[i].id == id) {
            kit->timers[i].id = 0;
            kit->timer_count--;
        }
    }
}

/* Steps the clocks without running timers: a clock set by hand (mono 0) or a sleep (both). */
static inline void testkit_step(testkit *kit, int64_t unix_step_ns, int64_t mono_step_ns) {
    tk_lock(kit);
    kit->clock.unix_ns += unix_step_ns;
    kit->clock.mono_ns += (uint64_t)mono_step_ns;
    tk_unlock(kit);
}

static inline testkit_timer *tk_next_timer(testkit *kit, uint64_t until_ns) {
    testkit_timer *next = NULL;
    for (uint32_t i = 0; i < KINMU_TIMERS_MAX; i++) {
        testkit_timer *timer = &kit->timers[i];
        if (timer->id != 0 && timer->due_ns <= until_ns &&
            (next == NULL || timer->due_ns < next->due_ns ||
             (timer->due_ns == next->due_ns && timer->id < next->id))) {
            next = timer;
        }
    }
    return next;
}

static inline void tk_move_to(testkit *kit, uint64_t timer_ns) {
    uint64_t step_ns = timer_ns > kit->timer_ns ? timer_ns - kit->timer_ns : 0;
    kit->timer_ns += step_ns;
    testkit_step(kit, (int64_t)step_ns, (int64_t)step_ns);
}

/* Lets `ms` pass: timers run in the order they are due, with the clocks at that moment. 0 ms counts
 * as 1 ms, so that a timer which restarts itself cannot hold the clock still. */
static inline void testkit_advance(testkit *kit, uint64_t ms) {
    uint64_t until_ns = kit->timer_ns + ms * 1000000u;
    testkit_timer *timer = NULL;
    testkit_settle(kit);
    while ((timer = tk_next_timer(kit, until_ns)) != NULL) {
        kinmu_timer_fn fn = timer->fn;
        void *user = timer->user;
        tk_move_to(kit, timer->due_ns);
        if (timer->repeat_ns > 0) {
            timer->due_ns += timer->repeat_ns;
        } else {
            tk_timer_cancel(&kit->host, timer->id);
        }
        fn(user);
        testkit_settle(kit);
    }
    tk_move_to(kit, until_ns);
    testkit_settle(kit);
}

/* ---- poll/1 and real time --------------------------------------------------------------------- */

static inline int32_t tk_poll_add(const kinmu_host *host, intptr_t handle, uint32_t wanted,
                                  kinmu_poll_fn fn, void *user, uint64_t *id) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_turn(kit, "poll/1 add outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    for (uint32_t i = 0; i < KINMU_POLLS_MAX; i++) {
        testkit_poll *item = &kit->polls[i];
        if (item->id == 0) {
            item->id = ++kit->next_id;
            item->handle = handle;
            item->wanted = wanted;
            item->fn = fn;
            item->user = user;
            *id = item->id;
            kit->poll_count++;
            return KINMU_OK;
        }
    }
    return KINMU_E_BUSY;
}

static inline testkit_poll *tk_poll_find(testkit *kit, uint64_t id) {
    for (uint32_t i = 0; id != 0 && i < KINMU_POLLS_MAX; i++) {
        if (kit->polls[i].id == id) {
            return &kit->polls[i];
        }
    }
    return NULL;
}

static inline int32_t tk_poll_modify(const kinmu_host *host, uint64_t id, uint32_t wanted) {
    testkit_poll *item = tk_poll_find(tk_kit(host), id);
    if (item == NULL) {
        return KINMU_E_NOTFOUND;
    }
    item->wanted = wanted;
    return KINMU_OK;
}

static inline void tk_poll_remove(const kinmu_host *host, uint64_t id) {
    testkit *kit = tk_kit(host);
    testkit_poll *item = tk_poll_find(kit, id);
    if (item != NULL) {
        item->id = 0;
        kit->poll_count--;
    }
}

static inline int64_t tk_real_ns(void) {
#ifdef _WIN32
    return (int64_t)GetTickCount64() * 1000000;
#else
    struct timespec now;
    (void)timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#endif
}

/* Waits at most wait_ms for real descriptors and runs the callbacks of those ready. */
static inline void tk_poll_once(testkit *kit, int wait_ms) {
    testkit_pollfd set[KINMU_POLLS_MAX];
    uint64_t ids[KINMU_POLLS_MAX];
    uint32_t count = 0;
    memset(set, 0, sizeof set);
    for (uint32_t i = 0; i < KINMU_POLLS_MAX; i++) {
        const testkit_poll *item = &kit->polls[i];
        if (item->id != 0 && item->wanted != 0) {
            short events = (short)((item->wanted & KINMU_POLL_READ ? POLLIN : 0) |
                                   (item->wanted & KINMU_POLL_WRITE ? POLLOUT : 0));
            ids[count] = item->id;
            set[count].events = events;
#ifdef _WIN32
            set[count++].fd = (SOCKET)item->handle;
#else
            set[count++].fd = (int)item->handle;
#endif
        }
    }
#ifdef _WIN32
    if (count == 0) {
        Sleep((DWORD)wait_ms);
    } else if (WSAPoll(set, count, wait_ms) <= 0) {
        return;
    }
#else
    if (poll(set, (nfds_t)count, wait_ms) <= 0) {
        return;
    }
#endif
    for (uint32_t i = 0; i < count; i++) {
        testkit_poll *item = tk_poll_find(kit, ids[i]); /* an earlier callback may have removed it */
        uint32_t ready = (set[i].revents & POLLIN ? KINMU_POLL_READ : 0u) |
                         (set[i].revents & POLLOUT ? KINMU_POLL_WRITE : 0u) |
                         (set[i].revents & (POLLERR | POLLHUP | POLLNVAL) ? KINMU_POLL_ERROR : 0u);
        if (item != NULL && ready != 0) {
            item->fn(item->user, ready);
        }
    }
}

/* Runs turns and real descriptors until the predicate holds (1) or real timeout_ms passed (0). A
 * NULL predicate waits the whole time. Simulated time stands still unless kit->clock_follows. */
static inline int32_t testkit_run_until(testkit *kit, int32_t (*predicate)(testkit *kit, void *user),
                                        void *user, uint32_t timeout_ms) {
    int64_t started_ns = tk_real_ns();
    uint64_t passed_ms = 0;
    for (;;) {
        testkit_settle(kit);
        if (predicate != NULL && predicate(kit, user)) {
            return 1;
        }
        uint64_t now_ms = (uint64_t)((tk_real_ns() - started_ns) / 1000000);
        if (now_ms >= timeout_ms) {
            return predicate == NULL;
        }
        if (kit->clock_follows && now_ms > passed_ms) {
            testkit_advance(kit, now_ms - passed_ms);
        }
        passed_ms = now_ms;
        tk_poll_once(kit, 5); /* short: threads of the plugin may publish without a descriptor */
    }
}

/* ---- work/1, kv/1, secret/1 ------------------------------------------------------------------- */

static inline int32_t tk_submit(const kinmu_host *host, kinmu_job_fn job, kinmu_job_done_fn done,
                                void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    uint32_t jobs = 0;
    memset(&item, 0, sizeof item);
    item.job = job;
    item.job_done = done;
    item.user = user;
    for (const testkit_later *at = kit->later; at != NULL; at = at->next) {
        jobs += at->job_done != NULL;
    }
    int32_t status = tk_need_turn(kit, "work/1 submit outside a turn");
    return status != KINMU_OK ? status : jobs >= KINMU_JOBS_MAX ? KINMU_E_BUSY : tk_later(kit, &item);
}

static inline testkit_pair *tk_pair(testkit_pair *pairs, const char *key) {
    for (uint32_t i = 0; i < TESTKIT_KEYS_MAX; i++) {
        if (strcmp(pairs[i].key, key) == 0) {
            return &pairs[i];
        }
    }
    return NULL;
}

static inline int32_t tk_pair_put(testkit_pair *pairs, const char *key, const void *data,
                                  uint32_t size) {
    testkit_pair *pair = tk_pair(pairs, key);
    pair = pair == NULL ? tk_pair(pairs, "") : pair;
    if (pair == NULL || key[0] == '\0' || strlen(key) > KINMU_KV_KEY_BYTES_MAX ||
        size > KINMU_KV_VALUE_BYTES_MAX) {
        return KINMU_E_REJECT;
    }
    pair->data = tk_memory(pair->data, size + 1);
    memcpy(pair->data, data, size);
    ((char *)pair->data)[size] = '\0';
    pair->size = size;
    tk_say(pair->key, sizeof pair->key, "%s", key);
    return KINMU_OK;
}

/* Copies a value and its NUL where `extra` is 1. */
static inline int32_t tk_pair_get(testkit_pair *pairs, const char *key, void *data, uint32_t *size,
                                  uint32_t extra) {
    const testkit_pair *pair = key[0] == '\0' ? NULL : tk_pair(pairs, key);
    if (pair == NULL) {
        return KINMU_E_NOTFOUND;
    }
    uint32_t room = *size;
    *size = pair->size;
    if (room < pair->size + extra) {
        return KINMU_E_REJECT;
    }
    memcpy(data, pair->data, pair->size + extra);
    return KINMU_OK;
}

static inline int32_t tk_kv_get(const kinmu_host *host, const char *key, void *data, uint32_t *size) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "kv/1 get outside a job");
    return status == KINMU_OK ? tk_pair_get(kit->kv, key, data, size, 0) : status;
}

static inline int32_t tk_kv_put(const kinmu_host *host, const char *key, const void *data,
                                uint32_t size) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "kv/1 put outside a job");
    return status == KINMU_OK ? tk_pair_put(kit->kv, key, data, size) : status;
}

static inline int32_t tk_kv_remove(const kinmu_host *host, const char *key) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "kv/1 remove outside a job");
    testkit_pair *pair = key[0] == '\0' ? NULL : tk_pair(kit->kv, key);
    if (status == KINMU_OK && pair != NULL) {
        free(pair->data);
        memset(pair, 0, sizeof *pair);
    }
    return status;
}

static inline int32_t tk_secret_get(const kinmu_host *host, const char *handle, char *data,
                                    uint32_t *size) {
    testkit *kit = tk_kit(host);
    int32_t status = tk_need_job(kit, "secret/1 get outside a job");
    return status == KINMU_OK ? tk_pair_get(kit->secrets, handle, data, size, 1) : status;
}

/* What secret/1 answers for an option's text; and a kv value from the test's side. */
static inline int32_t testkit_set_secret(testkit *kit, const char *handle, const char *secret) {
    return tk_pair_put(kit->secrets, handle, secret, (uint32_t)strlen(secret));
}

static inline int32_t testkit_set_kv(testkit *kit, const char *key, const void *data, uint32_t size) {
    return tk_pair_put(kit->kv, key, data, size);
}

/* ---- records/1 -------------------------------------------------------------------------------- */

/* Value of a stamp or field by name; 0 when there is no such field. */
static inline int32_t tk_column(const kinmu_schema *schema, const kinmu_event *row, const char *name,
                                kinmu_value *value) {
    *value = kinmu_null();
    if (strcmp(name, "subject") == 0) {
        *value = kinmu_text(row == NULL ? "" : row->subject);
        return 1;
    }
    if (strcmp(name, "unix_ns") == 0) {
        *value = kinmu_time(row == NULL ? 0 : row->unix_ns);
        return 1;
    }
    if (strcmp(name, "sequence") == 0 || strcmp(name, "block") == 0) {
        uint64_t number = row == NULL ? 0 : name[0] == 's' ? row->sequence : row->block;
        *value = kinmu_i64((int64_t)number);
        return 1;
    }
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        kinmu_field field;
        testkit_table_row(&schema->fields, i, &field, sizeof field);
        if (strcmp(field.name, name) == 0) {
            *value = row != NULL && i < row->value_count ? row->values[i] : kinmu_null();
            return 1;
        }
    }
    return 0;
}

/* <0, 0, >0; texts and bytes bytewise, numbers by value. */
static inline int tk_compare(const kinmu_value *a, const kinmu_value *b) {
    if (a->type == KINMU_TYPE_TEXT || a->type == KINMU_TYPE_BYTES) {
        uint32_t size = a->size < b->size ? a->size : b->size;
        int order = memcmp(a->as.bytes, b->as.bytes, size);
        return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
    }
    if (a->type == KINMU_TYPE_F64) {
        return (a->as.f64 > b->as.f64) - (a->as.f64 < b->as.f64);
    }
    return (a->as.i64 > b->as.i64) - (a->as.i64 < b->as.i64);
}

static inline int32_t tk_filter_holds(const kinmu_schema *schema, const kinmu_event *row,
                                      const kinmu_filter *filter) {
    kinmu_value value;
    (void)tk_column(schema, row, filter->field, &value);
    if (value.type == KINMU_TYPE_NULL || filter->value.type == KINMU_TYPE_NULL) {
        return value.type == filter->value.type && filter->compare == KINMU_COMPARE_EQUAL;
    }
    int order = tk_compare(&value, &filter->value);
    switch (filter->compare) {
    case KINMU_COMPARE_EQUAL:
        return order == 0;
    case KINMU_COMPARE_LESS:
        return order < 0;
    case KINMU_COMPARE_LESS_EQUAL:
        return order <= 0;
    case KINMU_COMPARE_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

static inline int32_t tk_query(const kinmu_host *host, const kinmu_query *query, kinmu_row_fn row,
                               void *user) {
    testkit *kit = tk_kit(host);
    kinmu_schema_use use;
    kinmu_value ignored;
    int32_t status = tk_need_job(kit, "records/1 query outside a job");
    if (status != KINMU_OK) {
        return status;
    }
    if (query->schema >= kit->plugin.schemas.count || query->limit == 0 ||
        query->limit > KINMU_RECORDS_PAGE_MAX) {
        return KINMU_E_REJECT;
    }
    testkit_table_row(&kit->plugin.schemas, query->schema, &use, sizeof use);
    if (use.schema == NULL || (use.flags & KINMU_ACCEPTS) == 0) {
        return KINMU_E_DENIED;
    }
    for (uint32_t i = 0; i < query->filter_count; i++) {
        if (!tk_column(use.schema, NULL, query->filters[i].field, &ignored)) {
            return KINMU_E_NOTFOUND;
        }
    }
    uint64_t skip = query->offset;
    uint32_t given = 0;
    for (uint32_t i = 0; i < kit->row_count && given < query->limit; i++) {
        int32_t wanted = kit->rows[i]->schema == query->schema;
        for (uint32_t f = 0; wanted && f < query->filter_count; f++) {
            wanted = tk_filter_holds(use.schema, kit->rows[i], &query->filters[f]);
        }
        if (wanted && skip > 0) {
            skip--;
        } else if (wanted) {
            given++;
            if (row(user, kit->rows[i]) != 0) {
                break;
            }
        }
    }
    return KINMU_OK;
}

/* ---- commands and calls/1 --------------------------------------------------------------------- */

static inline void tk_keep_answer(testkit *kit, testkit_answer *answer, int32_t status,
                                  const kinmu_value *values, uint32_t count, const char *text) {
    tk_lock(kit);
    answer->status = status;
    answer->values = tk_copy_values(kit, values, count);
    answer->value_count = count;
    answer->text = tk_text(kit, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
    answer->done = 1;
    tk_unlock(kit);
}

static inline int32_t tk_answer(const kinmu_host *host, uint64_t id, int32_t status,
                                const kinmu_value *values, uint32_t count, const char *text) {
    testkit *kit = tk_kit(host);
    if (id == kit->call_id && !kit->reply.done) {
        tk_keep_answer(kit, &kit->reply, status, values, count, text);
    }
    return KINMU_OK;
}

/* Sends a command to the plugin and turns until nothing is left to do. Returns the status answered
 * (kit->reply has the values); E_RETRY while kit->reply.done is 0, then run on and look again. */
static inline int32_t testkit_call(testkit *kit, const char *command, const kinmu_value *values,
                                   uint32_t count) {
    kinmu_call call;
    kinmu_command row;
    memset(&call, 0, sizeof call);
    memset(&kit->reply, 0, sizeof kit->reply);
    memset(&row, 0, sizeof row);
    call.struct_size = sizeof call;
    call.id = ++kit->next_id;
    call.caller = "os:test";
    call.values = values;
    call.value_count = count;
    for (; call.command < kit->plugin.commands.count; call.command++) {
        testkit_table_row(&kit->plugin.commands, call.command, &row, sizeof row);
        if (strcmp(row.name, command) == 0) {
            break;
        }
    }
    if (kit->plugin.call == NULL || call.command == kit->plugin.commands.count) {
        return KINMU_E_NOTFOUND;
    }
    for (uint32_t i = 0; i < row.input.count; i++) {
        kinmu_field field;
        kinmu_value value = i < count ? values[i] : kinmu_null();
        testkit_table_row(&row.input, i, &field, sizeof field);
        if (count > row.input.count || tk_value_fault(&field, &value) != NULL) {
            return KINMU_E_REJECT;
        }
    }
    kit->call_id = call.id;
    int32_t status = kit->plugin.call(kit->instance, &call, &kit->err);
    if (status != KINMU_OK && !kit->reply.done) {
        tk_keep_answer(kit, &kit->reply, status, NULL, 0, kit->err.msg);
    }
    testkit_settle(kit);
    return kit->reply.done ? kit->reply.status : KINMU_E_RETRY;
}

/* A call sent by the plugin reaches kit->peer in a later turn, its answer comes one turn after. */
static inline void tk_run_command(testkit *kit, const char *command, const kinmu_value *values,
                                  uint32_t count, testkit_later *item) {
    testkit_answer answer;
    testkit_later later = *item;
    memset(&answer, 0, sizeof answer);
    answer.text = "no such instance";
    later.status = KINMU_E_NOTFOUND;
    if (kit->peer != NULL) {
        later.status = kit->peer(kit->peer_user, item->text, command, values, count, &answer);
    }
    tk_keep_answer(kit, &answer, later.status, answer.values, answer.value_count, answer.text);
    later.command = NULL;
    later.values = answer.values;
    later.value_count = answer.value_count;
    later.text = answer.text;
    (void)tk_later(kit, &later);
}

static inline int32_t tk_send(const kinmu_host *host, const char *instance, const char *command,
                              const kinmu_value *values, uint32_t count, kinmu_answer_fn answer,
                              void *user) {
    testkit *kit = tk_kit(host);
    testkit_later item;
    int32_t status = tk_need_turn(kit, "calls/1 send outside a turn");
    if (status != KINMU_OK) {
        return status;
    }
    memset(&item, 0, sizeof item);
    item.answer = answer;
    item.user = user;
    tk_lock(kit);
    item.command = tk_text(kit, command, strlen(command));
    item.text = tk_text(kit, instance, strlen(instance));
    item.values = tk_copy_values(kit, values, count);
    tk_unlock(kit);
    item.value_count = count;
    return tk_later(kit, &item);
}

/* ---- options ---------------------------------------------------------------------------------- */

/* Reads digits and a unit of `units` ("ms=1 s=1000 …"); 0 when it is not one. */
static inline int32_t tk_number(const char *text, const char *units, int64_t *number) {
    char *end = NULL;
    long long value = strtoll(text, &end, 10);
    if (end == text) {
        return 0;
    }
    for (const char *unit = units; unit != NULL; unit = strchr(unit, ' ')) {
        unit += *unit == ' ';
        size_t length = strcspn(unit, "=");
        if (strlen(end) == length && memcmp(unit, end, length) == 0) {
            int64_t factor = strtoll(unit + length + 1, NULL, 10);
            *number = value * factor;
            return value <= INT64_MAX / factor && value >= INT64_MIN / factor;
        }
    }
    return 0;
}

/* "[a, b]" or "a,b" as a kinmu_text_list. */
static inline void tk_list(testkit *kit, const char *text, kinmu_text_list *list) {
    char *words = tk_text(kit, text, strlen(text));
    const char **items = (const char **)tk_keep(kit, (strlen(text) + 1) * sizeof(char *));
    uint32_t count = 0;
    while (*words != '\0') {
        words += strspn(words, " ,[]\"'");
        size_t length = strcspn(words, ",[]\"'");
        if (length > 0) {
            items[count++] = words;
            words += length;
            words += *words != '\0' ? (*words = '\0', 1) : 0;
        }
    }
    list->items = items;
    list->count = count;
}

/* Writes one option's text into the config struct; NULL or what is wrong. */
static inline const char *tk_set_option(testkit *kit, const kinmu_option *option, const char *text) {
    char *member = (char *)kit->config + option->offset;
    int64_t number = 0;
    size_t length = strlen(text);
    const char *units = option->type == KINMU_OPT_DURATION ? "ms=1 s=1000 m=60000 h=3600000 d=86400000"
                        : option->type == KINMU_OPT_SIZE   ? "=1 KiB=1024 MiB=1048576 GiB=1073741824"
                                                           : "=1";
    switch (option->type) {
    case KINMU_OPT_BOOL: {
        int32_t truth = strcmp(text, "true") == 0;
        memcpy(member, &truth, sizeof truth);
        return truth || strcmp(text, "false") == 0 ? NULL : "is neither true nor false";
    }
    case KINMU_OPT_INT:
    case KINMU_OPT_DURATION:
    case KINMU_OPT_SIZE:
        if (!tk_number(text, units, &number)) {
            return "is not a number with a known unit";
        }
        memcpy(member, &number, sizeof number);
        break;
    case KINMU_OPT_CHOICE:
        if (!tk_is_choice(option->choices, text, length)) {
            return "is none of its choices";
        } /* fall through */
    case KINMU_OPT_TEXT:
    case KINMU_OPT_SECRET: {
        int32_t quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
        const char *copy = tk_text(kit, text + quoted, length - (quoted ? 2 : 0));
        number = (int64_t)strlen(copy);
        memcpy(member, &copy, sizeof copy);
        break;
    }
    case KINMU_OPT_LIST: {
        kinmu_text_list list = {NULL, 0, 0};
        tk_list(kit, text, &list);
        number = list.count;
        memcpy(member, &list, sizeof list);
        break;
    }
    default:
        return "is of a type to be set in the struct directly";
    }
    int32_t bounded = (option->min != 0 || option->max != 0) && option->type != KINMU_OPT_SECRET;
    return bounded && (number < option->min || number > option->max) ? "is out of range" : NULL;
}

/* Fills a new config struct (kit->config) from the defaults and "name=value" texts up to a NULL.
 * ROWS stay empty; set them there, then call testkit_create_configured. */
static inline int32_t testkit_configure(testkit *kit, const char *const *overrides) {
    uint32_t used = 0;
    uint32_t given = 0;
    while (overrides != NULL && overrides[given] != NULL) {
        given++;
    }
    memset(&kit->err, 0, sizeof kit->err);
    kit->config = tk_keep(kit, kit->plugin.config_size);
    for (uint32_t i = 0; i < kit->plugin.options.count; i++) {
        kinmu_option option;
        testkit_table_row(&kit->plugin.options, i, &option, sizeof option);
        const char *text = option.default_text;
        size_t length = strlen(option.name);
        for (uint32_t n = 0; n < given; n++) {
            if (strncmp(overrides[n], option.name, length) == 0 && overrides[n][length] == '=') {
                text = overrides[n] + length + 1;
                used++;
            }
        }
        int32_t missing = text == NULL && (option.flags & KINMU_OPTION_REQUIRED) != 0;
        int32_t skipped = text == NULL || (option.type == KINMU_OPT_ROWS && text == option.default_text);
        const char *fault = missing ? "is required" : skipped ? NULL : tk_set_option(kit, &option, text);
        if (fault != NULL) {
            tk_say(kit->err.key, sizeof kit->err.key, "testkit.option");
            tk_say(kit->err.msg, sizeof kit->err.msg, "%s: \"%s\" %s", option.name,
                   text == NULL ? "" : text, fault);
            return KINMU_E_CONFIG;
        }
    }
    if (used != given) {
        tk_say(kit->err.msg, sizeof kit->err.msg, "an override names no option, or one twice");
        return KINMU_E_CONFIG;
    }
    return KINMU_OK;
}

/* ---- life cycle ------------------------------------------------------------------------------- */

static inline const void *tk_iface(const kinmu_host *host, const char *name) {
    static const kinmu_bus bus = {sizeof bus,      0,       tk_publish,  tk_durable,
                                  tk_when_durable, tk_head, tk_append_if};
    static const kinmu_timer timer = {sizeof timer, 0, tk_now, tk_timer_start, tk_timer_cancel};
    static const kinmu_poll watch = {sizeof watch, 0, tk_poll_add, tk_poll_modify, tk_poll_remove};
    static const kinmu_work work = {sizeof work, 0, tk_submit};
    static const kinmu_kv kv = {sizeof kv, 0, tk_kv_get, tk_kv_put, tk_kv_remove};
    static const kinmu_secret secret = {sizeof secret, 0, tk_secret_get};
    static const kinmu_records records = {sizeof records, 0, tk_query};
    static const kinmu_calls calls = {sizeof calls, 0, tk_send, tk_answer};
    static const kinmu_metrics metrics = {sizeof metrics, 0, tk_metrics_add, tk_metrics_set};
    static const struct {
        const char *name;
        const void *table;
    } tables[] = {{KINMU_BUS_1, &bus},         {KINMU_TIMER_1, &timer},   {KINMU_POLL_1, &watch},
                  {KINMU_WORK_1, &work},       {KINMU_KV_1, &kv},         {KINMU_SECRET_1, &secret},
                  {KINMU_RECORDS_1, &records}, {KINMU_CALLS_1, &calls},   {KINMU_METRICS_1, &metrics}};
    (void)host;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (strcmp(tables[i].name, name) == 0) {
            return tables[i].table;
        }
    }
    return NULL;
}

/* A kit for one instance: account "alice", node "testnode", Monday 09:00 in Tokyo. */
static inline testkit *testkit_new(const char *instance) {
    testkit *kit = (testkit *)tk_memory(NULL, sizeof *kit);
    memset(kit, 0, sizeof *kit);
#ifdef _WIN32
    InitializeCriticalSection(&kit->mutex);
#else
    pthread_mutex_init(&kit->mutex, NULL);
#endif
    kit->host.struct_size = sizeof kit->host;
    kit->host.abi_minor = KINMU_ABI_MINOR;
    kit->host.instance = tk_text(kit, instance, strlen(instance));
    kit->host.node = "testnode";
    kit->host.account = "alice";
    kit->host.iface = tk_iface;
    kit->host.log = tk_log;
    kit->host.health = tk_health;
    kit->clock.unix_ns = TESTKIT_START_UNIX_NS;
    kit->clock.mono_ns = TESTKIT_START_MONO_NS;
    kit->clock.utc_offset_s = 9 * 3600;
    memcpy(kit->origin, "testkit-origin-1", sizeof kit->origin);
    return kit;
}

/* Uses a plugin linked into the test. */
static inline void testkit_use(testkit *kit, const kinmu_plugin *plugin) {
    size_t size = plugin->struct_size < sizeof kit->plugin ? plugin->struct_size : sizeof kit->plugin;
    memset(&kit->plugin, 0, sizeof kit->plugin);
    memcpy(&kit->plugin, plugin, size);
}

/* Opens a module (never closed) and takes the plugin of that name; E_NOTFOUND with kit->err. */
static inline int32_t testkit_load(testkit *kit, const char *path, const char *name) {
    const char *why = "no symbol kinmu_module_v1";
#ifdef _WIN32
    HMODULE library = LoadLibraryA(path);
    FARPROC symbol = library == NULL ? NULL : GetProcAddress(library, "kinmu_module_v1");
    const kinmu_module *module = NULL;
    memcpy(&module, &symbol, sizeof module);
    why = library == NULL ? "cannot be loaded" : why;
#else
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    why = library == NULL ? dlerror() : why;
    const kinmu_module *module =
        library == NULL ? NULL : (const kinmu_module *)dlsym(library, "kinmu_module_v1");
#endif
    for (uint32_t i = 0; module != NULL && i < module->plugins.count; i++) {
        const kinmu_plugin *plugin = NULL;
        testkit_table_row(&module->plugins, i, &plugin, sizeof plugin);
        if (strcmp(plugin->name, name) == 0) {
            testkit_use(kit, plugin);
            return KINMU_OK;
        }
        why = "no plugin of that name in it";
    }
    tk_say(kit->err.key, sizeof kit->err.key, "testkit.load");
    tk_say(kit->err.msg, sizeof kit->err.msg, "%s in %s: %s", name, path, why);
    return KINMU_E_NOTFOUND;
}

/* Creates the instance with the kit->config set up before. */
static inline int32_t testkit_create_configured(testkit *kit) {
    memset(&kit->err, 0, sizeof kit->err);
    int32_t status = kit->plugin.create(&kit->host, kit->config, &kit->instance, &kit->err);
    testkit_settle(kit);
    return status;
}

/* Configures, then creates. `overrides`: "name=value" texts up to a NULL; NULL = defaults only. */
static inline int32_t testkit_create(testkit *kit, const char *const *overrides) {
    int32_t status = testkit_configure(kit, overrides);
    return status == KINMU_OK ? testkit_create_configured(kit) : status;
}

static inline int32_t testkit_start(testkit *kit) {
    memset(&kit->err, 0, sizeof kit->err);
    int32_t status = kit->plugin.start(kit->instance, &kit->err);
    testkit_settle(kit);
    return status;
}

static inline int32_t testkit_stop(testkit *kit) {
    memset(&kit->err, 0, sizeof kit->err);
    int32_t status = kit->plugin.stop(kit->instance, &kit->err);
    testkit_settle(kit);
    return status;
}

/* A new config for the running instance; E_STATE when the plugin has no reconfigure. */
static inline int32_t testkit_reconfigure(testkit *kit, const char *const *overrides) {
    int32_t status = testkit_configure(kit, overrides);
    if (status != KINMU_OK || kit->plugin.reconfigure == NULL) {
        return status == KINMU_OK ? KINMU_E_STATE : status;
    }
    status = kit->plugin.reconfigure(kit->instance, kit->config, &kit->err);
    testkit_settle(kit);
    return status;
}

/* Waits for jobs, destroys the instance, then drops its timers and descriptors, as a host does. */
static inline void testkit_destroy(testkit *kit) {
    testkit_settle(kit);
    kit->plugin.destroy(kit->instance);
    kit->instance = NULL;
    while (kit->later != NULL) {
        testkit_later *next = kit->later->next;
        free(kit->later);
        kit->later = next;
    }
    memset(kit->timers, 0, sizeof kit->timers);
    memset(kit->polls, 0, sizeof kit->polls);
    kit->later_count = kit->timer_count = kit->poll_count = 0;
}

/* Destroys a living instance and frees everything of the kit. */
static inline void testkit_free(testkit *kit) {
    if (kit->instance != NULL) {
        (void)kit->plugin.stop(kit->instance, &kit->err);
        testkit_destroy(kit);
    }
    for (uint32_t i = 0; i < TESTKIT_KEYS_MAX; i++) {
        free(kit->kv[i].data);
        free(kit->secrets[i].data);
    }
    for (uint32_t i = 0; i < kit->pool_count; i++) {
        free(kit->pool[i]);
    }
    free((void *)kit->pool);
    free((void *)kit->events);
    free((void *)kit->rows);
#ifdef _WIN32
    DeleteCriticalSection(&kit->mutex);
#else
    pthread_mutex_destroy(&kit->mutex);
#endif
    free(kit);
}

/* ---- delivery and exports --------------------------------------------------------------------- */

/* Delivers events (of testkit_make) as one batch; returns what the plugin answered. */
static inline int32_t testkit_deliver(testkit *kit, const kinmu_event *events, uint32_t count) {
    kinmu_batch batch = {sizeof batch, count, events, kit->head};
    memset(&kit->err, 0, sizeof kit->err);
    int32_t status = kit->plugin.events(kit->instance, &batch, &kit->err);
    testkit_settle(kit);
    return status;
}

/* First moment of a "2026-11-01" day at the kit's offset, plus `days`. */
static inline int64_t tk_day_ns(const testkit *kit, const char *date, int64_t days) {
    int64_t year = strtoll(date, NULL, 10);
    int64_t month = strtoll(date + 5, NULL, 10);
    int64_t day = strtoll(date + 8, NULL, 10);
    year -= month <= 2; /* years begin in March, so that the leap day comes last */
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t number = year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719468 + days;
    return (number * 86400 - kit->clock.utc_offset_s) * 1000000000;
}

/* Runs an export over the kit's rows in batches of TESTKIT_BATCH_EVENTS; the first bad status ends
 * it and closes it without commit. Create the instance before, do not start it. */
static inline int32_t testkit_export(testkit *kit, const char *from_date, const char *to_date,
                                     const char *directory) {
    kinmu_event events[TESTKIT_BATCH_EVENTS];
    kinmu_export job = {sizeof job, 0, tk_day_ns(kit, from_date, 0), tk_day_ns(kit, to_date, 1),
                        from_date,  to_date, directory};
    void *run = NULL;
    kit->in_job = 1;
    memset(&kit->err, 0, sizeof kit->err);
    int32_t status = kit->plugin.export_open(kit->instance, &job, &run, &kit->err);
    for (uint32_t first = 0; status == KINMU_OK && first < kit->row_count;) {
        kinmu_batch batch = {sizeof batch, 0, events, kit->head};
        for (; batch.count < TESTKIT_BATCH_EVENTS && first < kit->row_count; first++) {
            int64_t unix_ns = kit->rows[first]->unix_ns;
            if (unix_ns >= job.from_ns && unix_ns < job.to_ns) {
                events[batch.count++] = *kit->rows[first];
            }
        }
        status = batch.count == 0 ? KINMU_OK : kit->plugin.export_events(run, &batch, &kit->err);
    }
    if (run != NULL) {
        int32_t closed = kit->plugin.export_close(run, status == KINMU_OK, &kit->err);
        status = status == KINMU_OK ? closed : status;
    }
    kit->in_job = 0;
    return status;
}

#ifdef __cplusplus
}
#endif
#endif
