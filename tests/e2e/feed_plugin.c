/* feed_plugin.c - a collector for tests: publishes what a file says happened, whenever.
 *
 * A line is `UNIX_SECONDS ACCOUNT WHAT ARGUMENT`: input COUNT, focus PROCESS (its title too),
 * change KIND, punch KIND, presence STATE or gap SECONDS (that end there). The account "-" is the
 * machine. Once all of it is durable the file is renamed to FILE.done.
 */
#include <kinmu/events/attendance.h>
#include <kinmu/events/input.h>
#include <kinmu/events/observation.h>
#include <kinmu/events/presence.h>
#include <kinmu/events/session.h>
#include <kinmu/events/window.h>
#include <kinmu/iface/bus.h>
#include <kinmu/iface/timer.h>
#include <kinmu/plugin.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define LOOK_MS 50u

enum { USE_INPUT, USE_FOCUS, USE_CHANGE, USE_PUNCH, USE_PRESENCE, USE_GAP };

static const kinmu_schema_use schemas[] = {
    [USE_INPUT] = {&kinmu_input_minute, KINMU_EMITS, 0},
    [USE_FOCUS] = {&kinmu_window_focus, KINMU_EMITS, 0},
    [USE_CHANGE] = {&kinmu_session_change, KINMU_EMITS, 0},
    [USE_PUNCH] = {&kinmu_attendance_punch, KINMU_EMITS, 0},
    [USE_PRESENCE] = {&kinmu_presence_change, KINMU_EMITS, 0},
    [USE_GAP] = {&kinmu_observation_gap, KINMU_EMITS, 0},
};

typedef struct feed_config {
    const char *path;
} feed_config;

static const kinmu_option options[] = {
    {.name = "path",
     .type = KINMU_OPT_TEXT,
     .flags = KINMU_OPTION_REQUIRED,
     .offset = offsetof(feed_config, path),
     .min = 1,
     .max = 4000,
     .doc = "The file.",
     .doc_ja = "ファイル。",
     .since = "1.0"},
};

typedef struct feed {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    char path[4096], done[4104];
    FILE *file; /* being published */
    uint64_t timer_id, ticket;
    char waiting[512]; /* a line the queue had no room for */
} feed;

static int32_t publish(feed *f, const char *line) {
    long long seconds = 0;
    char account[256] = "";
    char what[16] = "";
    char argument[64] = "";
    kinmu_value values[16];
    kinmu_event event = {.values = values};
    if (sscanf(line, "%lld %255s %15s %63s", &seconds, account, what, argument) != 4) {
        fprintf(stderr, "feed: not a line: %s", line);
        abort();
    }
    event.unix_ns = seconds * SECOND_NS;
    event.subject = strcmp(account, "-") == 0 ? "" : account;
    for (uint32_t i = 0; i < 16; i++) {
        values[i] = kinmu_null();
    }
    if (strcmp(what, "input") == 0) {
        event.schema = USE_INPUT;
        event.value_count = KINMU_INPUT_MINUTE_FIELDS;
        values[KINMU_INPUT_MINUTE_KEYS] = kinmu_i64(strtoll(argument, NULL, 10));
        values[KINMU_INPUT_MINUTE_CLICKS] = kinmu_i64(0);
    } else if (strcmp(what, "focus") == 0) {
        event.schema = USE_FOCUS;
        event.value_count = KINMU_WINDOW_FOCUS_FIELDS;
        values[KINMU_WINDOW_FOCUS_PROCESS] = kinmu_text(argument);
        values[KINMU_WINDOW_FOCUS_TITLE] = kinmu_text(argument);
        values[KINMU_WINDOW_FOCUS_CAUSE] = kinmu_text("focus");
    } else if (strcmp(what, "change") == 0) {
        event.schema = USE_CHANGE;
        event.value_count = KINMU_SESSION_CHANGE_FIELDS;
        values[KINMU_SESSION_CHANGE_KIND] = kinmu_text(argument);
        values[KINMU_SESSION_CHANGE_QUALITY] = kinmu_text("exact");
        values[KINMU_SESSION_CHANGE_SOURCE] = kinmu_text("test");
    } else if (strcmp(what, "punch") == 0) {
        event.schema = USE_PUNCH;
        event.value_count = KINMU_ATTENDANCE_PUNCH_FIELDS;
        values[KINMU_ATTENDANCE_PUNCH_KIND] = kinmu_text(argument);
        values[KINMU_ATTENDANCE_PUNCH_SOURCE] = kinmu_text("manual");
    } else if (strcmp(what, "presence") == 0) {
        event.schema = USE_PRESENCE;
        event.value_count = KINMU_PRESENCE_CHANGE_FIELDS;
        values[KINMU_PRESENCE_CHANGE_STATE] = kinmu_text(argument);
        values[KINMU_PRESENCE_CHANGE_SOURCE] = kinmu_text("test");
    } else {
        event.schema = USE_GAP;
        event.value_count = KINMU_OBSERVATION_GAP_FIELDS;
        values[KINMU_OBSERVATION_GAP_STREAM] = kinmu_text("input");
        values[KINMU_OBSERVATION_GAP_FROM_NS] =
            kinmu_time(event.unix_ns - strtoll(argument, NULL, 10) * SECOND_NS);
        values[KINMU_OBSERVATION_GAP_TO_NS] = kinmu_time(event.unix_ns);
        values[KINMU_OBSERVATION_GAP_CAUSE] = kinmu_text("stopped");
    }
    return f->bus->publish(f->host, &event, 1, &f->ticket);
}

static void look(void *user);

static void look_later(feed *f) {
    (void)f->timer->start(f->host, LOOK_MS, 0, look, f, &f->timer_id);
}

static void on_durable(void *user, int32_t status, uint64_t ticket) {
    feed *f = user;
    (void)ticket;
    if (status == KINMU_OK) {
        (void)rename(f->path, f->done);
        look_later(f);
    }
}

/* Some lines a turn. */
static void look(void *user) {
    feed *f = user;
    f->timer_id = 0;
    f->file = f->file == NULL ? fopen(f->path, "r") : f->file;
    for (int32_t i = 0; f->file != NULL && i < 200; i++) {
        if (f->waiting[0] == '\0' && fgets(f->waiting, sizeof f->waiting, f->file) == NULL) {
            (void)fclose(f->file);
            f->file = NULL;
            (void)f->bus->when_durable(f->host, f->ticket, on_durable, f);
            return;
        }
        if (publish(f, f->waiting) != KINMU_OK) {
            break;
        }
        f->waiting[0] = '\0';
    }
    look_later(f);
}

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    feed *f = calloc(1, sizeof *f);
    (void)err;
    *instance = f;
    if (f == NULL) {
        return KINMU_E_NOMEM;
    }
    f->host = host;
    f->bus = host->iface(host, KINMU_BUS_1);
    f->timer = host->iface(host, KINMU_TIMER_1);
    (void)snprintf(f->path, sizeof f->path, "%s", ((const feed_config *)config)->path);
    (void)snprintf(f->done, sizeof f->done, "%s.done", f->path);
    return KINMU_OK;
}

static int32_t start(void *instance, kinmu_err *err) {
    feed *f = instance;
    (void)err;
    f->host->health(f->host, KINMU_HEALTH_OK, "");
    look_later(f);
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    feed *f = instance;
    (void)err;
    f->timer->cancel(f->host, f->timer_id);
    f->timer_id = 0;
    return KINMU_OK;
}

static void destroy(void *instance) {
    feed *f = instance;
    if (f != NULL && f->file != NULL) {
        (void)fclose(f->file);
    }
    free(f);
}

static const kinmu_plugin plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .config_size = sizeof(feed_config),
    .name = "com.example.feed",
    .version = "1.0.0",
    .vendor = "Example",
    .licence = "Apache-2.0",
    .doc = "Publishes what a file says.",
    .doc_ja = "ファイルの内容を記録する。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(schemas),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
};

KINMU_MODULE(&plugin);
