/* kinmu/testkit.h - a small host for unit tests of one plugin instance; include it in one test
 * file.
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
 *     assert(strcmp(testkit_event_text(kit, testkit_event(kit, 0)), "com.acme.badge/1 door=1") ==
 * 0); testkit_free(kit);
 */
#ifndef KINMU_TESTKIT_H
#define KINMU_TESTKIT_H

#include <kinmu/testkit/jobs.h>

#ifdef __cplusplus
extern "C" {
#endif

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
static inline const char *tk_set_option(testkit *kit, const kinmu_option *option,
                                        const char *text) {
    char *member = (char *)kit->config + option->offset;
    int64_t number = 0;
    size_t length = strlen(text);
    const char *units = option->type == KINMU_OPT_DURATION
                            ? "ms=1 s=1000 m=60000 h=3600000 d=86400000"
                        : option->type == KINMU_OPT_SIZE ? "=1 KiB=1024 MiB=1048576 GiB=1073741824"
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
        int32_t skipped =
            text == NULL || (option.type == KINMU_OPT_ROWS && text == option.default_text);
        const char *fault = missing   ? "is required"
                            : skipped ? NULL
                                      : tk_set_option(kit, &option, text);
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

static inline const void *tk_iface(const kinmu_host *host, const char *name) {
    static const kinmu_bus bus = {sizeof bus,      0,       tk_publish,   tk_durable,
                                  tk_when_durable, tk_head, tk_append_if, tk_derive};
    static const kinmu_timer timer = {sizeof timer, 0, tk_now, tk_timer_start, tk_timer_cancel};
    static const kinmu_poll watch = {sizeof watch, 0, tk_poll_add, tk_poll_modify, tk_poll_remove};
    static const kinmu_work work = {sizeof work, 0, tk_submit};
    static const kinmu_kv kv = {sizeof kv, 0, tk_kv_get, tk_kv_put, tk_kv_remove};
    static const kinmu_secret secret = {sizeof secret, 0, tk_secret_get};
    static const kinmu_records records = {sizeof records, 0, tk_query};
    static const kinmu_calls calls = {sizeof calls, 0, tk_send, tk_answer};
    static const kinmu_metrics metrics = {sizeof metrics, 0, tk_metrics_add, tk_metrics_set};
    static const kinmu_schemas schemas = {sizeof schemas, 0, tk_schemas_find};
    static const kinmu_sessions sessions = {sizeof sessions, 0, tk_present};
    static const struct {
        const char *name;
        const void *table;
    } tables[] = {
        {KINMU_SCHEMAS_1, &schemas}, {KINMU_BUS_1, &bus},          {KINMU_TIMER_1, &timer},
        {KINMU_POLL_1, &watch},      {KINMU_WORK_1, &work},        {KINMU_KV_1, &kv},
        {KINMU_SECRET_1, &secret},   {KINMU_RECORDS_1, &records},  {KINMU_CALLS_1, &calls},
        {KINMU_METRICS_1, &metrics}, {KINMU_SESSIONS_1, &sessions}};
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
    testkit *kit = (testkit *)tk_memory(sizeof *kit);
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
    size_t size =
        plugin->struct_size < sizeof kit->plugin ? plugin->struct_size : sizeof kit->plugin;
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
    int32_t year = (int32_t)strtol(date, NULL, 10);
    int32_t month = (int32_t)strtol(date + 5, NULL, 10);
    int32_t day = (int32_t)strtol(date + 8, NULL, 10);
    int64_t number = kinmu_days_from_date(year, month, day) + days;
    return (number * 86400 - kit->clock.utc_offset_s) * 1000000000;
}

static inline uint32_t tk_row_kind(testkit *kit, const kinmu_event *row) {
    kinmu_schema_use use = {NULL, 0, 0};
    if (row->schema < kit->plugin.schemas.count) {
        testkit_table_row(&kit->plugin.schemas, row->schema, &use, sizeof use);
    }
    return use.schema != NULL ? use.schema->kind : KINMU_KIND_LOG;
}

/* Runs an export over the kit's rows (records whatever their time, as a host does) in batches of
 * TESTKIT_BATCH_EVENTS; the first bad status ends it and closes it without commit. Create the
 * instance before, do not start it. */
static inline int32_t testkit_export(testkit *kit, const char *from_date, const char *to_date,
                                     const char *directory) {
    kinmu_event events[TESTKIT_BATCH_EVENTS];
    kinmu_export job = {
        sizeof job, 0,        tk_day_ns(kit, from_date, 0), tk_day_ns(kit, to_date, 1), from_date,
        to_date,    directory};
    void *run = NULL;
    kit->in_job = 1;
    memset(&kit->err, 0, sizeof kit->err);
    int32_t status = kit->plugin.export_open(kit->instance, &job, &run, &kit->err);
    for (uint32_t first = 0; status == KINMU_OK && first < kit->row_count;) {
        kinmu_batch batch = {sizeof batch, 0, events, kit->head};
        for (; batch.count < TESTKIT_BATCH_EVENTS && first < kit->row_count; first++) {
            int64_t unix_ns = kit->rows[first]->unix_ns;
            int32_t is_record = tk_row_kind(kit, kit->rows[first]) == KINMU_KIND_RECORD;
            if (is_record || (unix_ns >= job.from_ns && unix_ns < job.to_ns)) {
                events[batch.count++] = *kit->rows[first];
            }
        }
        status = batch.count == 0 ? KINMU_OK : kit->plugin.export_events(run, &batch, &kit->err);
        first = status == KINMU_ENOUGH ? kit->row_count : first;
        status = status == KINMU_ENOUGH ? KINMU_OK : status;
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
