/* api/api.c - REST under /api/v1: rows of every schema, every command, and their description. The
 * plugin's table, and the instance's life.
 *
 * It owns tokens and kept answers, and decides over them (plugins/shared/desk.h); all else it asks
 * of the store and of the other plugins. It speaks for others by commands/1, which only the daemon
 * has: in a process of its own it says so and does nothing. */
#include "api.h"
#include "access/factor.h"
#include "access/throttle.h"
#include "titles.h"

#include <kinmu/events/access.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/people.h>
#include <kinmu/events/search.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define OWNED (KINMU_EMITS | KINMU_ACCEPTS)

static const kinmu_schema_use uses[USES] = {
    [USE_TOKEN] = {&kinmu_access_token, OWNED, 0},
    [USE_ANSWER] = {&kinmu_access_answer, OWNED, 0},
    [USE_LOGIN] = {&kinmu_access_login, OWNED, 0},
    [USE_SESSION] = {&kinmu_access_session, OWNED, 0},
    [USE_FACTOR] = {&kinmu_access_factor, OWNED, 0},
    [USE_PERSON] = {&kinmu_people_person, KINMU_ACCEPTS, 0},
    [USE_ASSIGNMENT] = {&kinmu_people_assignment, KINMU_ACCEPTS, 0},
    [USE_GROUP] = {&kinmu_people_group, KINMU_ACCEPTS, 0},
    [USE_ACCOUNT] = {&kinmu_people_account, KINMU_ACCEPTS, 0},
    [USE_SEARCH] = {&kinmu_search_saved, OWNED, 0},
    [USE_CHANGE] = {&kinmu_audit_change, KINMU_EMITS, 0},
    [USE_READ] = {&kinmu_audit_read, KINMU_EMITS, 0},
    [USE_ANY] = {NULL, KINMU_ACCEPTS, 0},
};

static const kinmu_metric metrics[METRICS] = {
    [METRIC_REQUESTS] = {"requests_total", KINMU_METRIC_COUNTER, 0, "count", "Requests that came."},
    [METRIC_DENIED] = {"requests_denied_total", KINMU_METRIC_COUNTER, 0, "count",
                       "Of those: answered 401, 403 or 429."},
    [METRIC_FAILED_LOGINS] = {"failed_logins_total", KINMU_METRIC_COUNTER, 0, "count",
                              "Requests with a token that is not valid, and wrong passwords."},
    [METRIC_DECISIONS] = {"decisions_total", KINMU_METRIC_COUNTER, 0, "count",
                          "Decisions over tokens, logins, sessions and kept answers."},
};

static const kinmu_option options[] = {
    {.name = "failures_per_minute",
     .type = KINMU_OPT_INT,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(api_config, failures_per_minute),
     .default_text = "10",
     .min = 1,
     .max = 10000,
     .doc = "Failed authentications of one address a minute that are told apart; more are answered "
            "429 and not logged. A valid token is always served.",
     .doc_ja = "1 つのアドレスから 1 分間に区別して答える認証失敗の回数。超えた分は 429 を返し、"
               "ログにも書かない。有効なトークンは常に受け付ける。",
     .since = "1.0"},
    {.name = "audit_reads",
     .type = KINMU_OPT_BOOL,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(api_config, audit_reads),
     .default_text = "true",
     .doc = "Every read of a person's rows by another becomes an event that this person can see.",
     .doc_ja = "本人以外による閲覧を、本人が見られる記録として残す。",
     .since = "1.0"},
    {.name = "search_days",
     .type = KINMU_OPT_INT,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(api_config, search_days),
     .default_text = "100",
     .min = 1,
     .max = 3660,
     .doc = "The longest period of one search in logs, in days. How long logs are kept is another "
            "matter (purposes).",
     .doc_ja = "ログ検索 1 回の期間の上限（日）。ログの保存期間（purposes）とは別。",
     .since = "1.0"},
    {.name = "session_idle",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(api_config, session_idle_ms),
     .default_text = "1h",
     .min = 1000,
     .max = INT64_C(31) * 86400000,
     .doc = "A login is over when it was not used for so long.",
     .doc_ja = "この時間だけ使われないと、ログインは終わる。",
     .since = "1.0"},
    {.name = "session_life",
     .type = KINMU_OPT_DURATION,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(api_config, session_life_ms),
     .default_text = "12h",
     .min = 1000,
     .max = INT64_C(31) * 86400000,
     .doc = "A login is over after so long, however much it is used.",
     .doc_ja = "使い続けていても、この時間でログインは終わる。",
     .since = "1.0"},
    {.name = "second_factor",
     .type = KINMU_OPT_LIST,
     .flags = KINMU_OPTION_LIVE,
     .offset = offsetof(api_config, second_factor),
     .max = 3,
     .choices = FACTOR_ROLES,
     .doc = "Roles of logins that need a second factor: who logs in without one can set one up and "
            "nothing else. Whoever is not named may have one. Needs second_factor_key.",
     .doc_ja =
         "二要素認証を必須にするログインの役割。未登録の人は、ログインしても登録しかできない。"
         "ここにない役割では任意。second_factor_key が要る。",
     .since = "1.0"},
    {.name = "second_factor_key",
     .type = KINMU_OPT_SECRET,
     .offset = offsetof(api_config, second_factor_key),
     .doc = "A text of 32 characters or more that secrets of second factors are encrypted with, "
            "the same on every node; lost, everybody sets up a new one. Absent: there are no "
            "second factors.",
     .doc_ja = "二要素認証の秘密を暗号化する 32 文字以上の文字列。全ノードで同じものを使う。"
               "失うと全員が登録し直す。省略時は二要素認証を使えない。",
     .since = "1.0"},
};

static void count(void *owner, uint32_t what, uint64_t by) {
    api *a = owner;
    if (what == DESK_DECISIONS) {
        a->metrics->add(a->host, METRIC_DECISIONS, by);
    }
}

/* 0: it contradicts itself. */
static int32_t take_config(api *a, const api_config *config, kinmu_err *err) {
    if (config->second_factor.count > 0 && config->second_factor_key == NULL) {
        (void)snprintf(err->key, sizeof err->key, "api.second-factor");
        (void)snprintf(
            err->msg, sizeof err->msg,
            "second_factor needs second_factor_key: ${file:/etc/kinmu/second-factor.key}");
        return 0;
    }
    a->config = *config;
    a->factor_roles = factor_roles(&config->second_factor);
    return 1;
}

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    api *a = calloc(1, sizeof *a);
    *instance = a;
    if (a == NULL) {
        (void)snprintf(err->msg, sizeof err->msg, "no memory");
        return KINMU_E_NOMEM;
    }
    a->host = host;
    if (!take_config(a, config, err)) {
        return KINMU_E_CONFIG;
    }
    a->routes = host->iface(host, KINMU_ROUTES_1);
    a->schemas = host->iface(host, KINMU_SCHEMAS_1);
    a->commands = host->iface(host, KINMU_COMMANDS_1);
    a->secret = host->iface(host, KINMU_SECRET_1);
    a->desk = (desk){.host = host,
                     .name = "api",
                     .owner = a,
                     .book_size = book_size,
                     .kept_size = sizeof a,
                     .audit_schema = USE_CHANGE,
                     .judge = api_judge,
                     .after = api_after,
                     .count = count};
    int32_t status = desk_create(&a->desk, err);
    a->bus = a->desk.bus;
    a->timer = a->desk.timer;
    a->work = a->desk.work;
    a->records = a->desk.records;
    a->calls = a->desk.calls;
    a->metrics = a->desk.metrics;
    return status == KINMU_OK && a->schemas == NULL ? desk_lacks(&a->desk, err) : status;
}

static int32_t start(void *instance, kinmu_err *err) {
    api *a = instance;
    if (a->routes == NULL || a->commands == NULL) {
        a->host->health(a->host, KINMU_HEALTH_FAILED,
                        "runs in the daemon only: take `isolation: process` out");
        return KINMU_OK;
    }
    if (a->failures == NULL) {
        a->failures = calloc(1, sizeof *a->failures);
        a->wrong_passwords = calloc(1, sizeof *a->wrong_passwords);
        a->throttle = calloc(1, sizeof *a->throttle);
    }
    if (a->failures == NULL || a->wrong_passwords == NULL || a->throttle == NULL) {
        (void)snprintf(err->msg, sizeof err->msg, "no memory");
        return KINMU_E_NOMEM;
    }
    int32_t status = exchange_serve(a, err);
    if (status == KINMU_OK) {
        a->is_running = 1;
        desk_open(&a->desk);
        upload_open(a);
        api_begin_days(a);
        a->host->health(
            a->host, KINMU_HEALTH_OK,
            "serving /api/v1; tokens: kinmu token create …; people: kinmu login invite …");
    }
    return status;
}

static int32_t stop(void *instance, kinmu_err *err) {
    api *a = instance;
    (void)err;
    if (a->is_running) {
        a->is_running = 0;
        if (a->daily_timer != 0) {
            a->timer->cancel(a->host, a->daily_timer);
            a->daily_timer = 0;
        }
        desk_close(&a->desk);
        exchange_stop(a);
    }
    return KINMU_OK;
}

static void destroy(void *instance) {
    api *a = instance;
    if (a != NULL) {
        desk_end(&a->desk);
        exchange_free_all(a);
        free(a->failures);
        free(a->wrong_passwords);
        free(a->throttle);
        free(a);
    }
}

static int32_t reconfigure(void *instance, const void *config, kinmu_err *err) {
    return take_config(instance, config, err) ? KINMU_OK : KINMU_E_CONFIG;
}

static const kinmu_plugin plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_EXPORTER,
    .flags = KINMU_PLUGIN_SINGLE,
    .config_size = sizeof(api_config),
    .name = "api",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "REST for programs and people: rows of every schema, every command, OpenAPI 3.1, tokens "
           "with role and scope, logins of people.",
    .doc_ja = "REST API。すべてのスキーマの閲覧とコマンドの実行、OpenAPI "
              "3.1、役割と範囲つきトークン、利用者のログイン。",
    .options = KINMU_TABLE(options),
    .schemas = KINMU_TABLE(uses),
    .commands = {api_command_rows, API_COMMANDS, (uint32_t)sizeof(kinmu_command)},
    .metrics = KINMU_TABLE(metrics),
    .titles = KINMU_TABLE(shared_titles),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .reconfigure = reconfigure,
    .call = api_call,
};

KINMU_MODULE(&plugin);
