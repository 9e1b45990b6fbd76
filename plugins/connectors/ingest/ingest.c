/* ingest/ingest.c - the hub's side of its agents: the plugin's table, and the instance's life.
 *
 * Agents come by HTTP (exchange.c), people by commands (commands.c); what either changes goes
 * through decide.c into two record schemas that this plugin owns. It needs fleet/1 and routes/1,
 * which only the daemon has: in a runner it says so and does nothing. */
#include "ingest.h"

#include <kinmu/events/fleet.h>
#include <kinmu/events/people.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static const kinmu_schema_use uses[USE_COUNT] = {
    [USE_DEVICE] = {&kinmu_fleet_device, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_INVITE] = {&kinmu_fleet_invite, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_SETTING] = {&kinmu_people_setting, KINMU_ACCEPTS, 0},
};

static const kinmu_metric metrics[] = {
    [METRIC_ENROLLED] = {"enrolments_total", KINMU_METRIC_COUNTER, 0, "count",
                         "Enrolments that succeeded, repeated ones included."},
    [METRIC_REFUSED] = {"enrolments_refused_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Enrolments refused: bad request or token."},
    [METRIC_LIMITED] = {"enrolments_limited_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Enrolments not looked at, since their address failed too often."},
    [METRIC_RENEWED] = {"renewals_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Certificates renewed."},
    [METRIC_DEVICES] = {"devices", KINMU_METRIC_GAUGE, 0, "count", "Devices known."},
    [METRIC_PUSHES] = {"pushes_total", KINMU_METRIC_COUNTER, 0, "count",
                       "Pushes taken, durable and confirmed."},
    [METRIC_BLOCKS] = {"pushed_blocks_total", KINMU_METRIC_COUNTER, 0, "count",
                       "Blocks in them, repeated ones included."},
    [METRIC_EVENTS] = {"pushed_events_total", KINMU_METRIC_COUNTER, 0, "count",
                       "Events in them, repeated ones included."},
    [METRIC_NOT_TAKEN] = {"pushes_not_taken_total", KINMU_METRIC_COUNTER, 0, "count",
                          "Pushes answered otherwise than with a confirmation."},
    [METRIC_PACED] = {"pushes_paced_total", KINMU_METRIC_COUNTER, 0, "count",
                      "Of those: of devices that send too much or too often."},
    [METRIC_DECLINED] = {"declined_blocks_total", KINMU_METRIC_COUNTER, 0, "count",
                         "Blocks whose content was declined; their headers came all the same."},
    [METRIC_FORKS] = {"forks_total", KINMU_METRIC_COUNTER, 0, "count",
                      "Pushes that showed a forked chain: a copied disk, a machine set back."},
};

int32_t ingest_fail(kinmu_err *err, int32_t status, const char *key, const char *format, ...) {
    va_list arguments;
    if (err != NULL) {
        snprintf(err->key, sizeof err->key, "%s", key);
        va_start(arguments, format);
        vsnprintf(err->msg, sizeof err->msg, format, arguments);
        va_end(arguments);
    }
    return status;
}

uint64_t ingest_mono_ms(const ingest *in) {
    kinmu_clock now;
    in->timer->now(in->host, &now);
    return now.mono_ns / 1000000u;
}

int64_t ingest_unix_ns(const ingest *in) {
    kinmu_clock now;
    in->timer->now(in->host, &now);
    return now.unix_ns;
}

void ingest_say_health(ingest *in, const char *trouble) {
    char text[256];
    uint32_t stopped = 0;
    uint32_t open = 0;
    if (trouble != NULL) {
        in->host->health(in->host, KINMU_HEALTH_UNAVAILABLE, trouble);
        return;
    }
    for (uint32_t i = 0; i < in->devices.count; i++) {
        stopped += ((const device_row *)in->devices.items[i])->state != DEVICE_ACTIVE;
    }
    for (uint32_t i = 0; i < in->invites.count; i++) {
        open += ((const invite_row *)in->invites.items[i])->state == INVITE_OPEN;
    }
    in->metrics->set(in->host, METRIC_DEVICES, in->devices.count);
    if (in->policy_problem[0] != '\0') {
        in->host->health(in->host, KINMU_HEALTH_DEGRADED, in->policy_problem);
        return;
    }
    snprintf(text, sizeof text, "%u devices, %u of them stopped; %u open invitations%s%s%s",
             in->devices.count, stopped, open, in->bought != NULL ? "; plan " : "",
             in->bought != NULL ? in->bought->name : "",
             in->is_plan_withheld ? "; company.plan does not reach agents: reads: lacks "
                                    "kinmu.people.setting"
                                  : "");
    in->host->health(in->host, KINMU_HEALTH_OK, text);
}

/* ---- what agents are told ---- */

typedef struct declined {
    const plan *bought;
    const char *names[FLEET_POLICY_PURPOSES_MAX];
    uint32_t count;
} declined;

/* What is not in force here, and what the company did not buy. */
static void see_purpose(void *user, const char *purpose, int32_t is_in_force) {
    declined *d = user;
    int32_t is_bought = d->bought == NULL || plans_has_purpose(d->bought, purpose);
    if ((!is_in_force || !is_bought) && d->count < FLEET_POLICY_PURPOSES_MAX) {
        d->names[d->count++] = purpose;
    }
}

void ingest_see_purposes(ingest *in) {
    declined d = {.bought = in->bought};
    if (in->fleet->struct_size <= offsetof(kinmu_fleet, purposes) || in->fleet->purposes == NULL ||
        in->fleet->purposes(in->host, see_purpose, &d) != KINMU_OK) {
        return;
    }
    if (fleet_policy_decline(in->policy, d.names, d.count) != KINMU_OK) {
        in->host->log(in->host, KINMU_LOG_ERROR, "no memory for what agents are told");
    }
}

static int32_t take_policy(ingest *in, const ingest_config *config, kinmu_err *err) {
    fleet_policy *fresh = NULL;
    int32_t status = fleet_policy_create(&config->policy, &fresh, err);
    if (status == KINMU_OK) {
        fleet_policy_destroy(in->policy);
        in->policy = fresh;
        in->policy_problem[0] = '\0';
    }
    return status;
}

/* ---- life ---- */

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    ingest *in = calloc(1, sizeof *in);
    *instance = in;
    if (in == NULL) {
        return ingest_fail(err, KINMU_E_NOMEM, "memory", "no memory");
    }
    in->host = host;
    in->config = *(const ingest_config *)config;
    in->bus = host->iface(host, KINMU_BUS_1);
    in->timer = host->iface(host, KINMU_TIMER_1);
    in->work = host->iface(host, KINMU_WORK_1);
    in->records = host->iface(host, KINMU_RECORDS_1);
    in->calls = host->iface(host, KINMU_CALLS_1);
    in->metrics = host->iface(host, KINMU_METRICS_1);
    in->routes = host->iface(host, KINMU_ROUTES_1);
    in->fleet = host->iface(host, KINMU_FLEET_1);
    in->devices = (sorted){NULL, 0, 0, ROWS_KEY_SIZE, sizeof(device_row)};
    in->invites = (sorted){NULL, 0, 0, ROWS_ID_SIZE, sizeof(invite_row)};
    if (in->bus == NULL || in->timer == NULL || in->work == NULL || in->records == NULL ||
        in->calls == NULL || in->metrics == NULL) {
        return ingest_fail(err, KINMU_E_ABI, "ingest.host", "this host lacks a service it needs");
    }
    return take_policy(in, &in->config, err);
}

static int32_t start(void *instance, kinmu_err *err) {
    ingest *in = instance;
    if (in->routes == NULL || in->fleet == NULL) {
        in->host->health(in->host, KINMU_HEALTH_FAILED,
                         "runs in the daemon of a hub only: take `isolation: process` out");
        return KINMU_OK;
    }
    if (in->pace.places == NULL) {
        in->pace.places = calloc(PACE_PLACES, sizeof *in->pace.places);
    }
    int32_t status = exchange_serve(in, err);
    if (status == KINMU_OK) {
        in->is_running = 1;
        ingest_see_purposes(in);
        refresh_start(in);
    }
    return status;
}

static int32_t stop(void *instance, kinmu_err *err) {
    ingest *in = instance;
    (void)err;
    if (in->is_running) {
        in->is_running = 0;
        refresh_stop(in);
        decide_stop(in);
        enroll_stop(in);
        push_stop(in);
        exchange_free_all(in);
    }
    return KINMU_OK;
}

static void destroy(void *instance) {
    ingest *in = instance;
    if (in != NULL) {
        decide_end(in);
        push_end(in);
        sorted_free(&in->devices);
        sorted_free(&in->invites);
        fleet_policy_destroy(in->policy);
        free(in->pace.places);
        free(in);
    }
}

static int32_t reconfigure(void *instance, const void *config, kinmu_err *err) {
    ingest *in = instance;
    kinmu_err why = {"", ""};
    (void)err;
    in->config = *(const ingest_config *)config;
    if (take_policy(in, &in->config, &why) != KINMU_OK) { /* no reason to turn agents away */
        snprintf(in->policy_problem, sizeof in->policy_problem,
                 "agents are told what they were before, not this: %.300s", why.msg);
        in->host->log(in->host, KINMU_LOG_ERROR, in->policy_problem);
    }
    if (in->is_running) {
        ingest_see_purposes(in);
        if (in->is_loaded) {
            ingest_say_health(in, NULL);
        }
    }
    return KINMU_OK;
}

static const kinmu_plugin plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .config_size = sizeof(ingest_config),
    .name = "ingest",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "The hub's door for agents: enrols, renews and stops devices, and takes in what they "
           "record.",
    .doc_ja = "端末を受け入れるハブの窓口。登録・証明書の更新・失効を行い、記録を受け取る。",
    .options = {ingest_option_rows, INGEST_OPTIONS, (uint32_t)sizeof(kinmu_option)},
    .schemas = KINMU_TABLE(uses),
    .commands = {ingest_command_rows, INGEST_COMMANDS, (uint32_t)sizeof(kinmu_command)},
    .metrics = KINMU_TABLE(metrics),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .reconfigure = reconfigure,
    .call = ingest_call,
};

KINMU_MODULE(&plugin);
