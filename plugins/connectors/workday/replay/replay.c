/* workday/replay/replay.c - see replay.h. Reads all, then prints all: days, months, alerts, each of
 * all people in the order of their ids. */
#include "replay/replay.h"

#include "replay/lines.h"
#include "rules/rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_FAULTS 1
#define EXIT_USAGE 2

typedef struct request {
    const char *settings, *events, *until;
    int32_t has_months;
} request;

typedef struct replay {
    request request;
    FILE *out, *errors;
    texts *texts;
    zones *zones;
    book book;
    logs logs;
    facts facts;
    engine engine;
    intake intake;
    lines_report report;
    horizon horizon;
    char rule_version[RULES_VERSION_SIZE];
} replay;

/* ---- the command line ---- */

static int32_t refuse(FILE *errors, const char *what, const char *argument) {
    fprintf(errors,
            "workday replay: %s \"%s\"; usage: kinmu workday replay --settings FILE --events "
            "FILE.ndjson [--until MOMENT] [--months]\n",
            what, argument);
    return 0;
}

static int32_t read_arguments(replay *r, int32_t argc, const char *const *argv) {
    for (int32_t i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "--settings") == 0 ? &r->request.settings
                             : strcmp(argv[i], "--events") == 0 ? &r->request.events
                             : strcmp(argv[i], "--until") == 0  ? &r->request.until
                                                                : NULL;
        if (strcmp(argv[i], "--months") == 0) {
            r->request.has_months = 1;
        } else if (value == NULL) {
            return refuse(r->errors, "there is no option", argv[i]);
        } else if (i + 1 == argc) {
            return refuse(r->errors, "a value must follow", argv[i]);
        } else {
            *value = argv[++i];
        }
    }
    if (r->request.settings == NULL || r->request.events == NULL) {
        return refuse(r->errors, "an option is missing:",
                      r->request.settings == NULL ? "--settings" : "--events");
    }
    r->intake.now_ns = INT64_MAX;
    if (r->request.until != NULL && !moment_parse(r->request.until, &r->intake.now_ns)) {
        return refuse(r->errors, "--until needs a moment like 2026-11-22T10:00:00+09:00, not",
                      r->request.until);
    }
    return 1;
}

/* ---- reading ---- */

static void tell_ignored(const replay *r) {
    const uint32_t *counts = r->report.ignored.rows;
    for (uint32_t i = 0; i < r->report.ignored.count; i++) {
        if (counts[i] > 0) {
            fprintf(r->errors, "workday: left out %" PRIu32 " lines of %s, which no rule reads\n",
                    counts[i], texts_at(r->texts, i));
        }
    }
}

static int32_t read_files(replay *r) {
    int32_t status = lines_read(&r->intake, r->request.settings, r->errors, &r->report);
    if (status == KINMU_OK) {
        status = lines_read(&r->intake, r->request.events, r->errors, &r->report);
    }
    if (status == KINMU_OK && r->report.faults > 0) {
        fprintf(r->errors, "workday: %" PRIu64 " faulty lines; nothing was computed\n",
                r->report.faults);
        status = KINMU_E_REJECT;
    }
    if (status == KINMU_OK) {
        tell_ignored(r);
        status = people_imply(&r->book, &r->logs) && book_settle(&r->book) &&
                         logs_settle(&r->logs, &r->book)
                     ? KINMU_OK
                     : KINMU_E_NOMEM;
    }
    int64_t last_ns = r->intake.last_ns == INT64_MIN ? 0 : r->intake.last_ns;
    int64_t now_ns = r->intake.now_ns;
    r->horizon.now_ns = now_ns;
    r->horizon.computed_ns = now_ns != INT64_MAX ? now_ns : last_ns;
    r->horizon.last_minute = moment_minute(r->horizon.computed_ns);
    return status;
}

static void tell_unowned(const replay *r) {
    uint32_t count = 0;
    for (uint32_t which = 0; which < LOGS; which++) {
        for (uint32_t i = 0; i < r->logs.rows[which].count; i++) {
            const log_row *log = logs_row(&r->logs, which, 0, i);
            count += !log->is_owned && (log->account != 0 || which == LOG_NAMED_PUNCH);
        }
    }
    if (count > 0) {
        fprintf(r->errors, "workday: left out %" PRIu32 " events of nobody known\n", count);
    }
}

/* ---- printing ---- */

static int compare_alerts(const void *left, const void *right) {
    const alert *a = left;
    const alert *b = right;
    char a_period[DATE_SIZE];
    char b_period[DATE_SIZE];
    row_period(a_period, a);
    row_period(b_period, b);
    int order = strcmp(a_period, b_period);
    order = order != 0 ? order : strcmp(row_rule(a->rule), row_rule(b->rule));
    return order != 0 ? order : a->level - b->level;
}

static void print_days(replay *r, row *line) {
    const day *days = r->engine.days.rows;
    for (uint32_t i = 0; i < r->engine.days.count; i++) {
        if (days[i].is_known) {
            row_of_day(line, &days[i]);
            lines_put(r->out, &kinmu_work_day, line->values);
        }
    }
}

static void print_months(replay *r, row *line) {
    const month *months = r->engine.months.rows;
    for (uint32_t i = 0; r->request.has_months && i < r->engine.months.count; i++) {
        row_of_month(line, &months[i]);
        lines_put(r->out, &kinmu_work_month, line->values);
    }
}

static void print_alerts(replay *r, row *line) {
    alert *alerts = r->engine.alerts.rows;
    if (r->engine.alerts.count > 1) {
        qsort(alerts, r->engine.alerts.count, sizeof *alerts, compare_alerts);
    }
    for (uint32_t i = 0; i < r->engine.alerts.count; i++) {
        row_of_alert(line, &alerts[i]);
        lines_put(r->out, &kinmu_alert, line->values);
    }
}

/* Each kind of row is printed of all people before the next kind; computing again costs far less
 * than reading did. */
static int32_t print_all(replay *r) {
    static void (*const prints[])(replay *, row *) = {print_days, print_months, print_alerts};
    const book_id *people = r->book.people.rows;
    row line = {.texts = r->texts,
                .facts = &r->facts,
                .rule_version = r->rule_version,
                .computed_ns = r->horizon.computed_ns};
    for (size_t print = 0; print < sizeof prints / sizeof prints[0]; print++) {
        for (uint32_t i = 0; i < r->book.people.count; i++) {
            if (book_person(&r->book, people[i].id) != people[i].id) {
                continue;
            }
            if (!facts_collect(&r->facts, &r->book, &r->logs, r->zones, &people[i]) ||
                !engine_compute(&r->engine, &r->book, &r->facts, &r->horizon)) {
                return KINMU_E_NOMEM;
            }
            prints[print](r, &line);
        }
    }
    return KINMU_OK;
}

static int32_t compute(replay *r) {
    const char *why = NULL;
    if (zones_find(r->zones, "Asia/Tokyo", &why) == NULL) {
        fprintf(r->errors,
                "workday: this system has no time-zone data (Asia/Tokyo %s); install tzdata\n",
                why);
        return KINMU_E_NOTFOUND;
    }
    int32_t status = read_files(r);
    if (status == KINMU_OK) {
        status = print_all(r);
    }
    if (status == KINMU_OK) {
        tell_unowned(r);
    }
    return status;
}

int32_t replay_run(int32_t argc, const char *const *argv, FILE *out, FILE *errors) {
    replay r = {.out = out, .errors = errors};
    if (!read_arguments(&r, argc, argv)) {
        return EXIT_USAGE;
    }
    int32_t status = KINMU_E_NOMEM;
    r.texts = texts_create();
    r.zones = zones_create(NULL);
    if (r.texts != NULL && r.zones != NULL) {
        (void)snprintf(r.rule_version, sizeof r.rule_version, "%s/%s", RULES_VERSION,
                       zones_version(r.zones));
        book_init(&r.book, r.texts);
        logs_init(&r.logs);
        facts_init(&r.facts);
        engine_init(&r.engine);
        r.intake = (intake){.texts = r.texts,
                            .book = &r.book,
                            .logs = &r.logs,
                            .zones = r.zones,
                            .now_ns = r.intake.now_ns,
                            .last_ns = INT64_MIN};
        r.report.ignored.size = sizeof(uint32_t);
        status = compute(&r);
        list_free(&r.report.ignored);
        engine_finish(&r.engine);
        facts_finish(&r.facts);
        logs_finish(&r.logs);
        book_finish(&r.book);
    }
    zones_destroy(r.zones);
    texts_destroy(r.texts);
    if (status == KINMU_E_NOMEM) {
        fprintf(errors, "workday replay: out of memory\n");
    }
    if (status == KINMU_OK && (fflush(out) != 0 || ferror(out))) {
        fprintf(errors, "workday replay: the output cannot be written\n");
        status = KINMU_E_REJECT;
    }
    return status == KINMU_OK ? 0 : EXIT_FAULTS;
}
