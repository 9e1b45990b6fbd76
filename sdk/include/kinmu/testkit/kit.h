/* kinmu/testkit/kit.h - the kit itself: its state, its memory, events and values. Part of
 * kinmu/testkit.h, which says how to use it. Names beginning with tk_ are its own. */
#ifndef KINMU_TESTKIT_KIT_H
#define KINMU_TESTKIT_KIT_H

#include <kinmu/civil.h>
#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/secret.h>
#include <kinmu/iface/sessions.h>
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
#define TESTKIT_SCHEMAS_MAX 64u    /* of testkit_know */
#define TESTKIT_METRICS_MAX 64u
#define TESTKIT_LINES_MAX 1024u                     /* log lines kept, the first ones */
#define TESTKIT_TEXT_SIZE 8192u                     /* one event as text */
#define TESTKIT_BATCH_EVENTS 100u                   /* events of one batch in testkit_export */
#define TESTKIT_START_UNIX_NS 1767571200000000000LL /* 2026-01-05T00:00:00Z, a Monday */
#define TESTKIT_START_MONO_NS 3600000000000ULL

struct testkit;

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

/* What waits for a later turn; the first of job_done, run, answer, done that is set is meant. */
typedef struct testkit_later {
    struct testkit_later *next;
    void (*run)(struct testkit *kit, struct testkit_later *item);
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
    kinmu_err err;     /* of the last life cycle call */
    char refusal[256]; /* why the bus refused last, "" = it did not */
    char problem[256]; /* the plugin's first breach of contract, "" = none */
    int32_t health;    /* KINMU_HEALTH_*, 0 = never said */
    char health_text[512];
    uint32_t event_count; /* published, decided and derived; block 0 = derived */
    uint32_t line_count;
    uint32_t timer_count;   /* running timers */
    uint32_t poll_count;    /* watched descriptors */
    uint32_t present_count; /* calls of sessions/1 */
    const char *presented;  /* its last list: "c1 alice DISPLAY=:0 …\n", NULL = none yet */
    char *lines[TESTKIT_LINES_MAX]; /* "warn: text" */
    int64_t metrics[TESTKIT_METRICS_MAX];
    testkit_answer reply; /* of testkit_call */
    uint32_t row_count;
    const kinmu_event **rows; /* records/1 and testkit_export */

    /* Inside. */
    testkit_mutex mutex;
    const kinmu_schema *known[TESTKIT_SCHEMAS_MAX]; /* beside the plugin's own */
    uint32_t known_count;
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

static inline void *tk_got(void *memory) {
    if (memory == NULL) {
        fprintf(stderr, "testkit: out of memory\n");
        abort();
    }
    return memory;
}

static inline void *tk_memory(size_t size) { /* zeroed */
    return tk_got(calloc(1, size == 0 ? 1 : size));
}

static inline void *tk_resized(void *old, size_t size) {
    return tk_got(realloc(old, size == 0 ? 1 : size));
}

/* Room for one more pointer in a growing array. */
static inline void tk_grow(void ***array, uint32_t count, uint32_t *room) {
    if (count == *room) {
        *room = *room == 0 ? 64 : *room * 2;
        *array = (void **)tk_resized((void *)*array, *room * sizeof(void *));
    }
}

/* Zeroed memory that lives as long as the kit. Call with the lock held. */
static inline void *tk_keep(testkit *kit, size_t size) {
    tk_grow(&kit->pool, kit->pool_count, &kit->pool_room);
    void *memory = tk_memory(size);
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
static inline void
tk_say(char *to, size_t size, const char *format, ...) {
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
        tk_say(kit->refusal, sizeof kit->refusal,
               "%s/%u: records go through append_if, logs through publish", schema->name,
               (unsigned)schema->version);
        return KINMU_E_REJECT;
    }
    if (schema->kind == KINMU_KIND_RECORD &&
        (schema->owner == NULL || strcmp(schema->owner, kit->plugin.name) != 0)) {
        tk_say(kit->refusal, sizeof kit->refusal, "%s/%u: only its owner decides it", schema->name,
               (unsigned)schema->version);
        return KINMU_E_DENIED;
    }
    if (event->subject != NULL && (kit->plugin.flags & KINMU_PLUGIN_SESSION) != 0 &&
        strcmp(event->subject, kit->host.account) != 0) {
        tk_say(kit->refusal, sizeof kit->refusal, "%s/%u: a session's plugin published for another",
               schema->name, (unsigned)schema->version);
        return KINMU_E_DENIED;
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
        int32_t may_lack = (event->flags & KINMU_EVENT_REMOVED) != 0 &&
                           (field.flags & KINMU_FIELD_KEY) == 0 && value.type == KINMU_TYPE_NULL;
        const char *fault = may_lack ? NULL : tk_value_fault(&field, &value);
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

/* The schema behind an event's number, NULL when there is none. */
static inline const kinmu_schema *tk_schema_at(const testkit *kit, uint32_t number) {
    kinmu_schema_use use;
    memset(&use, 0, sizeof use);
    if (number < kit->plugin.schemas.count) {
        testkit_table_row(&kit->plugin.schemas, number, &use, sizeof use);
    } else if (number >= KINMU_SCHEMA_ANY && number - KINMU_SCHEMA_ANY < kit->known_count) {
        use.schema = kit->known[number - KINMU_SCHEMA_ANY];
    }
    return use.schema;
}

/* Tells the host of a schema the plugin does not name, for plugins with an accept-any row. */
static inline void testkit_know(testkit *kit, const kinmu_schema *schema) {
    if (kit->known_count == TESTKIT_SCHEMAS_MAX) {
        fprintf(stderr, "testkit: more than TESTKIT_SCHEMAS_MAX schemas\n");
        abort();
    }
    kit->known[kit->known_count++] = schema;
}

/* Number of schema "name/version" for this plugin, UINT32_MAX when it is unknown. */
static inline uint32_t testkit_schema(const testkit *kit, const char *full_name) {
    for (uint32_t i = 0; i < kit->plugin.schemas.count + kit->known_count; i++) {
        uint32_t own = kit->plugin.schemas.count;
        uint32_t number = i < own ? i : KINMU_SCHEMA_ANY + (i - own);
        const kinmu_schema *schema = tk_schema_at(kit, number);
        char name[128];
        if (schema != NULL) {
            tk_say(name, sizeof name, "%s/%u", schema->name, (unsigned)schema->version);
            if (strcmp(name, full_name) == 0) {
                return number;
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
    const kinmu_schema *schema = tk_schema_at(kit, event->schema);
    if (schema == NULL) {
        return "(unknown schema)";
    }
    size_t used =
        (size_t)snprintf(text, sizeof text, "%s/%u", schema->name, (unsigned)schema->version);
    for (uint32_t i = 0; i < event->value_count && used < sizeof text; i++) {
        if (event->values[i].type != KINMU_TYPE_NULL) {
            kinmu_field field;
            testkit_table_row(&schema->fields, i, &field, sizeof field);
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

#ifdef __cplusplus
}
#endif
#endif
