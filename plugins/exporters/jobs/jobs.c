/* jobs/jobs.c - export jobs (EXP-01, EXP-02): orders are queued, made one after the other by the
 * host (exporting/1), kept for a while and handed out.
 *
 * This file: the tables, the life, and what changes the queue. The numbers in the files are their
 * exporter's; nothing here opens one but to hand it out.
 */
#include "jobs.h"

#include "caller.h"
#include "titles.h"
#include "words.h"

#include <kinmu/events/audit.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)

typedef struct jobs_config {
    int64_t keep; /* ms */
} jobs_config;

static const kinmu_option options[] = {
    {.name = "keep",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(jobs_config, keep),
     .default_text = "7d",
     .min = 60000,
     .max = INT64_C(366) * 86400000,
     .doc = "How long finished files can be fetched; then they are removed and the job is expired.",
     .doc_ja = "作成したファイルを受け取れる期間。過ぎるとファイルを消し、ジョブは期限切れになる。",
     .since = "1.0"},
};

#define FIELD(name, type, flags, unit, doc)                                                        \
    { name, KINMU_TYPE_##type, flags, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, unit, NULL, doc }
#define NEEDED(name, type, unit, doc) FIELD(name, type, KINMU_FIELD_REQUIRED, unit, doc)
#define GIVEN(name, type, unit, doc) FIELD(name, type, 0, unit, doc)
#define JOB NEEDED("job", I64, "id", "Number of the job.")

enum { CREATE_EXPORTER, CREATE_FROM, CREATE_TO, CREATE_OPTIONS, CREATE_ASKED_BY };
static const kinmu_field create_input[] = {
    NEEDED("exporter", TEXT, "", "Which exporter, as in `kinmu export`: csv, csv/payroll."),
    NEEDED("from_date", TEXT, "", "First day, 2026-11-01."),
    NEEDED("to_date", TEXT, "", "Last day."),
    GIVEN("options", TEXT, "",
          "Options in place of those of conf.d, one a line: files=[kinmu]. At most 16."),
    GIVEN("asked_by", TEXT, "", "Who orders it, where a plugin does so for him."),
};
static const kinmu_field state_output[] = {
    JOB,
    NEEDED("state", TEXT, "", "waiting, running, done, failed, expired or removed."),
    NEEDED("place", I64, "count", "1 is next; 0: it does not wait."),
};
static const kinmu_field list_output[] = {
    NEEDED("jobs", TEXT, "json",
           "JSON list, oldest first: job, state, exporter, from_date, to_date, options, asked_by, "
           "asked, started, ended, expires, files, bytes, problem."),
};
static const kinmu_field job_input[] = {JOB};
static const kinmu_field show_output[] = {
    NEEDED("job", TEXT, "json", "The job as in the list, with its place."),
    NEEDED("files", TEXT, "json",
           "JSON list of name and bytes, by name; the first 1,000 of what is there."),
    {"directory", KINMU_TYPE_TEXT, 0, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "", NULL,
     "Where they are, while they are there; for the shell of the node alone."},
};
static const kinmu_field read_input[] = {
    JOB,
    NEEDED("file", TEXT, "", "Name of a file, from show."),
    GIVEN("offset", I64, "bytes", "Where to begin; not given: at the begin."),
    GIVEN("size", I64, "bytes", "At most so much, 0 for none; not given: 1 MiB, and never more."),
};
static const kinmu_field read_output[] = {
    {"data", KINMU_TYPE_BYTES, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "At most 1 MiB; less than asked for only at the end."},
    NEEDED("bytes", I64, "bytes", "Size of the whole file."),
    NEEDED("stamp", TEXT, "", "Is another one as soon as the file is another one."),
};

enum { COMMAND_CREATE, COMMAND_LIST, COMMAND_SHOW, COMMAND_READ, COMMAND_REMOVE, COMMANDS };
static const kinmu_command commands[COMMANDS] = {
    [COMMAND_CREATE] = {"create", "admin", KINMU_TABLE(create_input), KINMU_TABLE(state_output),
                        "Orders an export; it is made when those before it are done.",
                        "job create"},
    [COMMAND_LIST] =
        {"list", "admin", {NULL, 0, 0}, KINMU_TABLE(list_output), "Shows all jobs.", "job list"},
    [COMMAND_SHOW] = {"show", "admin", KINMU_TABLE(job_input), KINMU_TABLE(show_output),
                      "Shows a job and its files.", "job show"},
    [COMMAND_READ] = {"read", "admin", KINMU_TABLE(read_input), KINMU_TABLE(read_output),
                      "Reads a piece of a finished file.", NULL},
    [COMMAND_REMOVE] = {"remove", "admin", KINMU_TABLE(job_input), KINMU_TABLE(state_output),
                        "Takes a job out: one that waits is forgotten, one that runs is ended, the "
                        "files of one that is done are removed.",
                        "job remove"},
};

static const kinmu_schema_use uses[] = {{&kinmu_audit_change, KINMU_EMITS, 0}};

int64_t jobs_now_ns(const jobs *self) {
    kinmu_clock clock;
    self->timer->now(self->host, &clock);
    return clock.unix_ns;
}

/* ---- calls ---- */

static const char *given(const kinmu_call *call, uint32_t input, char *copy, size_t size) {
    const kinmu_value *value = input < call->value_count ? &call->values[input] : NULL;
    int32_t is_text = value != NULL && value->type == KINMU_TYPE_TEXT;
    (void)snprintf(copy, size, "%.*s", is_text ? (int)value->size : 0,
                   is_text ? value->as.text : "");
    return copy;
}

int32_t jobs_refuse(kinmu_err *err, int32_t status, const char *key, const char *text) {
    (void)snprintf(err->key, sizeof err->key, "%s", key);
    (void)snprintf(err->msg, sizeof err->msg, "jobs: %s", text);
    return status;
}

/* Lines of NAME=VALUE; no control characters, which a command line could not carry. */
static int32_t are_options(const char *text) {
    uint32_t lines = 1;
    for (const char *at = text; *at != '\0'; at++) {
        if ((uint8_t)*at < ' ' && *at != '\n') {
            return 0;
        }
        lines += *at == '\n';
    }
    return lines <= KINMU_EXPORTING_OPTIONS_MAX && (text[0] == '\0' || strchr(text, '=') != NULL);
}

static int32_t is_exporter(const char *text) {
    return text[0] >= 'a' && text[0] <= 'z' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-./") == strlen(text);
}

/* Who asked for what, in the audit; a purpose not in force keeps none. */
static void tell_audit(const jobs *self, const kinmu_call *call, const json_t *job) {
    char id[24];
    char *after = json_dumps(job, JSON_COMPACT);
    kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    (void)snprintf(id, sizeof id, "%" PRId64, (int64_t)queue_id(job));
    values[KINMU_AUDIT_CHANGE_CHANGED_BY] = kinmu_text(caller_name(queue_word(job, "asked_by")));
    values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("export");
    values[KINMU_AUDIT_CHANGE_RESULT] = kinmu_text("done");
    values[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text("jobs.create");
    values[KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text(id);
    values[KINMU_AUDIT_CHANGE_AFTER] = after != NULL ? kinmu_text(after) : kinmu_null();
    values[KINMU_AUDIT_CHANGE_CHANNEL] = kinmu_text(caller_channel(call->caller));
    const kinmu_event event = {
        .schema = 0, .subject = "", .values = values, .value_count = KINMU_AUDIT_CHANGE_FIELDS};
    if (self->bus->publish(self->host, &event, 1, NULL) != KINMU_OK) {
        self->host->log(self->host, KINMU_LOG_WARN, "an order is missing in the audit");
    }
    free(after);
}

static int32_t wait_for_keep(jobs *self, uint64_t call, json_int_t job, int32_t is_order) {
    self->asked.items[self->asked.count++] = (asked){call, job, is_order};
    self->must_keep = 1;
    steps_go_on(self);
    return KINMU_OK;
}

static int32_t create_job(jobs *self, const kinmu_call *call, kinmu_err *err) {
    char exporter_name[QUEUE_EXPORTER_BYTES_MAX + 2];
    char dates[2][WORDS_DATE_SIZE + 8];
    char from[WORDS_DATE_SIZE] = "";
    char to[WORDS_DATE_SIZE] = "";
    char lines[QUEUE_OPTIONS_BYTES_MAX + 2];
    char asker[QUEUE_ASKER_BYTES_MAX];
    const queue_order order = {given(call, CREATE_EXPORTER, exporter_name, sizeof exporter_name),
                               from, to, given(call, CREATE_OPTIONS, lines, sizeof lines),
                               strncmp(call->caller, "plugin:", 7) == 0 &&
                                       given(call, CREATE_ASKED_BY, asker, sizeof asker)[0] != '\0'
                                   ? asker
                                   : call->caller};
    if (!is_exporter(order.exporter)) {
        return jobs_refuse(err, KINMU_E_REJECT, "jobs.exporter",
                           "exporter は csv や csv/payroll のような名前です / exporter is no name "
                           "of an exporter, such as csv or csv/payroll");
    }
    if (!words_date(given(call, CREATE_FROM, dates[0], sizeof dates[0]), from) ||
        !words_date(given(call, CREATE_TO, dates[1], sizeof dates[1]), to) ||
        strcmp(from, to) > 0) {
        return jobs_refuse(
            err, KINMU_E_REJECT, "jobs.date",
            "from_date と to_date は 2026-11-01 のような日付で、from_date が先です / from_date and "
            "to_date are dates such as 2026-11-01, the first one first");
    }
    if (strlen(lines) > QUEUE_OPTIONS_BYTES_MAX || !are_options(lines)) {
        return jobs_refuse(err, KINMU_E_REJECT, "jobs.options",
                           "options は NAME=VALUE を 16 行まで、合計 256 バイトまでです / options "
                           "are up to 16 lines of NAME=VALUE, 256 bytes in all");
    }
    json_t *job = self->asked.count < JOBS_ASKED_MAX
                      ? queue_add(&self->queue, &order, jobs_now_ns(self))
                      : NULL;
    if (job == NULL) {
        return jobs_refuse(err, KINMU_E_BUSY, "jobs.full",
                           "32 件が順番を待っています。終わってから依頼するか、取り除いてください "
                           "/ 32 jobs wait already; ask again when some are done, or remove some");
    }
    tell_audit(self, call, job);
    return wait_for_keep(self, call->id, queue_id(job), 1);
}

static int32_t remove_job(jobs *self, const kinmu_call *call, kinmu_err *err) {
    json_int_t id = call->values[0].as.i64;
    if (queue_find(&self->queue, id) == NULL) {
        return jobs_refuse(err, KINMU_E_NOTFOUND, "jobs.job",
                           "そのジョブはありません。kinmu job list で確かめてください / there is "
                           "no such job; see kinmu job list");
    }
    if (self->asked.count == JOBS_ASKED_MAX) {
        return jobs_refuse(err, KINMU_E_BUSY, "jobs.full", "too many calls wait; ask again");
    }
    queue_remove(&self->queue, id);
    if (self->made == id) {
        self->exporting->cancel(self->host);
    }
    self->must_sweep = 1;
    return wait_for_keep(self, call->id, id, 0);
}

static int32_t answer_list(const jobs *self, const kinmu_call *call) {
    char *text = json_dumps(self->queue.jobs, JSON_COMPACT);
    if (text == NULL) {
        return KINMU_E_NOMEM;
    }
    kinmu_value value = kinmu_text(text);
    int32_t status = self->calls->answer(self->host, call->id, KINMU_OK, &value, 1, NULL);
    free(text);
    return status;
}

static int32_t call(void *instance, const kinmu_call *c, kinmu_err *err) {
    jobs *self = instance;
    if (!self->is_loaded) {
        return jobs_refuse(err, KINMU_E_RETRY, "jobs.start", "not ready yet; see kinmu status");
    }
    switch (c->command) {
    case COMMAND_CREATE:
        return create_job(self, c, err);
    case COMMAND_LIST:
        return answer_list(self, c);
    case COMMAND_REMOVE:
        return remove_job(self, c, err);
    case COMMAND_SHOW:
        return look_at_job(self, c, err);
    default:
        return look_into_file(self, c, err);
    }
}

/* ---- life ---- */

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    jobs *self = calloc(1, sizeof *self);
    (void)err;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    *instance = self;
    self->host = host;
    self->keep_ns = ((const jobs_config *)config)->keep * NS_PER_MS;
    self->queue.jobs = json_array();
    return self->queue.jobs != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static int32_t start(void *instance, kinmu_err *err) {
    jobs *self = instance;
    const kinmu_host *host = self->host;
    uint64_t timer = 0;
    (void)err;
    self->work = host->iface(host, KINMU_WORK_1);
    self->calls = host->iface(host, KINMU_CALLS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    self->kv = host->iface(host, KINMU_KV_1);
    self->bus = host->iface(host, KINMU_BUS_1);
    self->exporting = host->iface(host, KINMU_EXPORTING_1);
    if (self->exporting == NULL ||
        self->exporting->folder(host, self->root, sizeof self->root) != KINMU_OK) {
        host->health(host, KINMU_HEALTH_FAILED,
                     "jobs are made in the daemon only: set isolation: core");
        return KINMU_OK;
    }
    self->is_started = 1;
    self->life++;
    (void)self->timer->start(host, STEPS_TICK_MS, STEPS_TICK_MS, steps_tick, self, &timer);
    steps_go_on(self);
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    jobs *self = instance;
    (void)err;
    if (self->is_started && self->made != 0) {
        self->exporting->cancel(self->host);
    }
    self->is_started = 0;
    self->is_loaded = 0;
    self->is_broken = 0;
    self->asked.count = 0; /* the host ends the calls that wait */
    self->made = 0;
    self->looked_at = 0;
    return KINMU_OK;
}

static int32_t reconfigure(void *instance, const void *config, kinmu_err *err) {
    jobs *self = instance;
    (void)err;
    self->keep_ns = ((const jobs_config *)config)->keep * NS_PER_MS;
    return KINMU_OK;
}

static void destroy(void *instance) {
    jobs *self = instance;
    if (self != NULL) {
        queue_free(&self->queue);
        free(self->text);
        free(self);
    }
}

static const kinmu_plugin jobs_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_EXPORTER,
    .flags = KINMU_PLUGIN_SINGLE,
    .config_size = sizeof(jobs_config),
    .name = "jobs",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Export jobs: takes orders for any exporter, makes them one after the other, and keeps "
           "the files for a while.",
    .doc_ja = "書き出しの受付。依頼を順に実行し、できたファイルを一定期間保管して渡す。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(uses),
    .commands = KINMU_TABLE(commands),
    .titles = KINMU_TABLE(shared_titles),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .reconfigure = reconfigure,
    .call = call,
};

KINMU_MODULE(&jobs_plugin);
