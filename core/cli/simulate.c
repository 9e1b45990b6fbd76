/* cli/simulate.c - `kinmu simulate`: the words of the command; the work is core/simulate. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/words.h"
#include "platform/platform.h"
#include "simulate/report.h"
#include "trust/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_A_DAY_MIN 300 /* of the least busy PC, weekends counted */
#define NS_PER_S 1000000000LL
#define VERIFY_WAIT_NS (30 * NS_PER_S)

const char cli_simulate_usage[] =
    "usage: kinmu simulate --hub URL --token TOKEN --agents N [--days D] [--from DATE [--at "
    "HH:MM]]\n"
    "           [--speed X | --burst] [--interval 60s] [--flush 1s] [--duration T] [--rush 5m]\n"
    "           [--people P] [--seed S] [--faults drop=1%,duplicate=1%,reorder=1%,disconnect=1%,\n"
    "           delay=40d,clock=1h] [--connections K] [--reopen] [--reconnect T] [--keep]\n"
    "           [--stay] [--state FOLDER] [--json]\n"
    "       kinmu simulate --pregenerate --pushes N [--blocks 10] [--events 12] --connections K …\n"
    "       kinmu simulate --digest --agents N [--days D] [--from DATE] [--seed S]\n"
    "       kinmu simulate --verify DATA --state FOLDER [--wait 30s] [--json]\n";

typedef struct wishes {
    run_settings run;
    char urls[PEER_HUBS_MAX][TRUST_URL_SIZE];
    const char *verify;
    int64_t wait_ns;
    int32_t is_json, is_digest, is_pregenerated;
} wishes;

static int complain(const char *word, const char *wants) {
    fprintf(stderr, "kinmu simulate: %s: %s\n", word, wants);
    return 0;
}

static void say(const char *text) {
    fprintf(stderr, "kinmu simulate: %s\n", text);
}

/* ---- options: each returns 0 after a complaint ---- */

static int take_flag(int *argc, char **argv, const char *name) {
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i - 1) * sizeof *argv);
            --*argc;
            return 1;
        }
    }
    return 0;
}

static int read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number) {
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end != '\0' || text[0] == '-' || value < least || value > most) {
        return 0;
    }
    *number = value;
    return 1;
}

static int take_number(int *argc, char **argv, const char *name, uint64_t least, uint64_t most,
                       uint64_t *number) {
    const char *text = NULL;
    char wants[96];
    int taken = cli_take_option(argc, argv, name, &text);
    if (taken == 0) {
        return 1;
    }
    if (taken < 0 || !read_number(text, least, most, number)) {
        snprintf(wants, sizeof wants, "wants a number from %llu to %llu", (unsigned long long)least,
                 (unsigned long long)most);
        return complain(name, wants);
    }
    return 1;
}

static int take_u32(int *argc, char **argv, const char *name, uint32_t least, uint32_t most,
                    uint32_t *number) {
    uint64_t value = *number;
    int good = take_number(argc, argv, name, least, most, &value);
    *number = (uint32_t)value;
    return good;
}

static int take_duration(int *argc, char **argv, const char *name, int64_t *ns) {
    const char *text = NULL;
    int taken = cli_take_option(argc, argv, name, &text);
    return taken == 0 || (taken > 0 && faults_duration(text, ns) == KINMU_OK)
               ? 1
               : complain(name, "wants a duration, as 60s, 5m, 1h or 40d");
}

static int take_hubs(int *argc, char **argv, wishes *w) {
    const char *text = NULL;
    kinmu_err err = {"", ""};
    int taken;
    while ((taken = cli_take_option(argc, argv, "--hub", &text)) == 1) {
        uint32_t at = w->run.hub_count;
        if (at == PEER_HUBS_MAX || trust_agent_url(text, w->urls[at], &err) != KINMU_OK) {
            return complain("--hub", at == PEER_HUBS_MAX ? "too many" : err.msg);
        }
        w->run.hubs[w->run.hub_count++] = w->urls[at];
    }
    return taken == 0 ? 1 : complain("--hub", "wants https://HOST:PORT");
}

/* "08:55" to seconds; an evening goes on to 29:59, the next morning. */
static int read_time(const char *text, int32_t *seconds) {
    char *colon = NULL;
    char *end = NULL;
    long hour = strtol(text, &colon, 10);
    if (colon == text || *colon != ':') {
        return 0;
    }
    long past = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end != '\0' || hour < 6 || hour > 29 || past < 0 || past > 59) {
        return 0;
    }
    *seconds = (int32_t)(hour * 3600 + past * 60);
    return 1;
}

/* So many days that end yesterday, unless --from says which. */
static int take_days(int *argc, char **argv, wishes *w) {
    const char *date = NULL;
    const char *at = NULL;
    uint32_t days = 1;
    int32_t begin_s = 6 * 3600;
    if (!take_u32(argc, argv, "--days", 1, RUN_DAYS_MAX, &days)) {
        return 0;
    }
    int has_date = cli_take_option(argc, argv, "--from", &date);
    int has_time = cli_take_option(argc, argv, "--at", &at);
    w->run.days = (int32_t)days;
    w->run.first_day = day_of(platform_unix_ns()) - (int64_t)days;
    if (has_date < 0 || (has_date > 0 && text_parse_date(date, &w->run.first_day) != KINMU_OK)) {
        return complain("--from", "wants a date, as 2026-11-02");
    }
    if (has_time < 0 || (has_time > 0 && !read_time(at, &begin_s))) {
        return complain("--at", "wants a time from 06:00 to 29:59, as 08:55");
    }
    w->run.begin_s = begin_s;
    return 1;
}

static int take_time(int *argc, char **argv, wishes *w) {
    const char *speed = NULL;
    int64_t rush_ns = 0;
    int has_speed = cli_take_option(argc, argv, "--speed", &speed);
    w->run.speed = 1;
    if (has_speed > 0) {
        char *end = NULL;
        w->run.speed = strtod(speed, &end);
        has_speed = *end == '\0' && w->run.speed > 0 && w->run.speed <= RUN_SPEED_MAX ? 1 : -1;
    }
    if (has_speed < 0) {
        return complain("--speed", "wants a factor, as 60");
    }
    if (take_flag(argc, argv, "--burst")) {
        w->run.speed = 0;
    }
    if (!take_duration(argc, argv, "--interval", &w->run.interval_ns) ||
        !take_duration(argc, argv, "--flush", &w->run.flush_ns) ||
        !take_duration(argc, argv, "--duration", &w->run.duration_ns) ||
        !take_duration(argc, argv, "--reconnect", &w->run.reconnect_ns) ||
        !take_duration(argc, argv, "--wait", &w->wait_ns) ||
        !take_duration(argc, argv, "--rush", &rush_ns)) {
        return 0;
    }
    w->run.rush_s = (int32_t)(rush_ns / NS_PER_S);
    return w->run.rush_s <= 4 * 3600 ? 1 : complain("--rush", "at most 4h");
}

static int take_pregenerate(int *argc, char **argv, wishes *w) {
    w->is_pregenerated = take_flag(argc, argv, "--pregenerate");
    uint32_t pushes = 1000;
    uint32_t blocks = 10;
    uint32_t events = 12;
    if (!take_u32(argc, argv, "--pushes", 1, RUN_PUSHES_MAX, &pushes) ||
        !take_u32(argc, argv, "--blocks", 1, 1000, &blocks) ||
        !take_u32(argc, argv, "--events", 1, 200, &events)) {
        return 0;
    }
    if (w->is_pregenerated) { /* so many days are needed, and none may lie ahead */
        uint64_t each = (uint64_t)pushes / w->run.connections * blocks * events;
        int64_t latest = day_of(platform_unix_ns()) - (int64_t)(each / EVENTS_A_DAY_MIN) - 7;
        w->run.first_day = w->run.first_day < latest ? w->run.first_day : latest;
        w->run.pregenerated = pushes;
        w->run.push_blocks = blocks;
        w->run.block_events = events;
        w->run.agents = w->run.connections;
        w->run.speed = 0;
    }
    return 1;
}

static int take_words(int *argc, char **argv, wishes *w) {
    run_settings *r = &w->run;
    const char *wanted = NULL;
    kinmu_err err = {"", ""};
    uint32_t connections = 0;
    if (!take_hubs(argc, argv, w) || !take_days(argc, argv, w) || !take_time(argc, argv, w) ||
        !take_u32(argc, argv, "--agents", 1, WORLD_AGENTS_MAX, &r->agents) ||
        !take_u32(argc, argv, "--people", 1, 3 * WORLD_AGENTS_MAX, &r->people) ||
        !take_number(argc, argv, "--seed", 0, UINT64_MAX, &r->seed) ||
        !take_u32(argc, argv, "--connections", 1, RUN_CONNECTIONS_MAX, &connections)) {
        return 0;
    }
    r->connections = connections > 0 ? connections : r->speed > 0 ? RUN_CONNECTIONS_MAX : 16;
    int has_token = cli_take_option(argc, argv, "--token", &r->token);
    int has_state = cli_take_option(argc, argv, "--state", &r->state);
    int has_verify = cli_take_option(argc, argv, "--verify", &w->verify);
    int has_faults = cli_take_option(argc, argv, "--faults", &wanted);
    if (has_token < 0 || has_state < 0 || has_verify < 0 || has_faults < 0) {
        return complain("an option", "its value is missing");
    }
    if (has_faults > 0 && faults_parse(wanted, &r->faults, &err) != KINMU_OK) {
        return complain("--faults", err.msg);
    }
    r->keeps_blocks = take_flag(argc, argv, "--keep");
    r->stays = take_flag(argc, argv, "--stay");
    r->reopens = take_flag(argc, argv, "--reopen");
    w->is_json = take_flag(argc, argv, "--json");
    w->is_digest = take_flag(argc, argv, "--digest");
    return take_pregenerate(argc, argv, w);
}

/* ---- doing it ---- */

static int print(buffer *out, int code) {
    fputs(buffer_string(out), stdout);
    buffer_free(out);
    return code;
}

static int fail(const kinmu_err *err) {
    fprintf(stderr, "kinmu simulate: %s\n", err->msg);
    return CLI_FAILED;
}

/* The store comes a moment after the acknowledgement: differences may go away by themselves. */
static int verify(const wishes *w) {
    verify_report report;
    kinmu_err err = {"", ""};
    buffer out = {0};
    int64_t until_ns = (int64_t)platform_mono_ns() + w->wait_ns;
    if (w->run.state == NULL) {
        complain("--verify", "needs --state, the folder of the run");
        return CLI_USAGE;
    }
    int32_t status = verify_run(w->run.state, w->verify, &report, &err);
    while (status == KINMU_OK && report.missing > 0 && (int64_t)platform_mono_ns() < until_ns) {
        uv_sleep(200);
        status = verify_run(w->run.state, w->verify, &report, &err);
    }
    if (status != KINMU_OK) {
        return fail(&err);
    }
    if (w->is_json) {
        report_verify_json(&report, &out);
    } else {
        report_verify_text(&report, &out);
    }
    return print(&out, report.differing == 0 ? CLI_OK : CLI_FAILED);
}

static int simulate(const wishes *w) {
    run_report *report = calloc(1, sizeof *report);
    kinmu_err err = {"", "out of memory"};
    buffer out = {0};
    int32_t status = report == NULL ? KINMU_E_NOMEM
                     : w->is_digest ? run_digest(&w->run, report, &err)
                                    : run_simulation(&w->run, report, &err);
    int code = CLI_FAILED;
    if (status != KINMU_OK) {
        fail(&err);
    } else {
        int all_well = report->refused + report->forked + report->bad == 0 &&
                       (w->is_digest || report->unsent == 0);
        if (w->is_json) {
            report_json(report, &out);
        } else {
            report_text(report, &out);
        }
        code = print(&out, all_well ? CLI_OK : CLI_FAILED);
    }
    free(report);
    return code;
}

int cli_simulate(int argc, char **argv) {
    wishes w = {.run = {.version = KINMU_VERSION,
                        .seed = 1,
                        .interval_ns = 60 * NS_PER_S,
                        .flush_ns = NS_PER_S,
                        .reconnect_ns = 20 * NS_PER_S,
                        .say = say},
                .wait_ns = VERIFY_WAIT_NS};
    platform_harden_process(0);
    platform_ignore_broken_pipes();
    if (!take_words(&argc, argv, &w)) {
        return CLI_USAGE;
    }
    int has_all = w.verify != NULL || (w.run.agents > 0 && (w.is_digest || w.run.hub_count > 0));
    if (argc > 1 || !has_all) {
        if (argc > 1) {
            complain(argv[1], "is not known here");
        }
        fputs(cli_simulate_usage, stderr);
        return CLI_USAGE;
    }
    return w.verify != NULL ? verify(&w) : simulate(&w);
}
