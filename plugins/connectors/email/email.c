/* email/email.c - mails about requests, imports and warnings (NTF-*, IMP-17). The plugin's table,
 * the instance's life, and what comes from the bus: news is handled once its mails are decided. */
#include "email.h"

#include "book.h"
#include "note.h"
#include "titles.h"

#include <kinmu/events/alert.h>
#include <kinmu/events/audit.h>
#include <kinmu/events/day.h>
#include <kinmu/events/import.h>
#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 1000u
#define ENDED_MS 60000u /* how often it looks for shifts that ended by themselves */
#define ASK_AGAIN_MS 5000u
#define NOTE_STUCK_MS 15000u

static const kinmu_schema_use uses[USES] = {
    [USE_PERSON] = {&kinmu_people_person, KINMU_ACCEPTS, 0},
    [USE_ASSIGNMENT] = {&kinmu_people_assignment, KINMU_ACCEPTS, 0},
    [USE_GROUP] = {&kinmu_people_group, KINMU_ACCEPTS, 0},
    [USE_SETTING] = {&kinmu_people_setting, KINMU_ACCEPTS, 0},
    [USE_REQUEST] = {&kinmu_request_request, KINMU_ACCEPTS, 0},
    [USE_DECISION] = {&kinmu_request_decision, KINMU_ACCEPTS, 0},
    [USE_DAY] = {&kinmu_work_day, KINMU_ACCEPTS, 0},
    [USE_ALERT] = {&kinmu_alert, KINMU_ACCEPTS, 0},
    [USE_IMPORT] = {&kinmu_import_result, KINMU_ACCEPTS, 0},
    [USE_MESSAGE] = {&kinmu_mail_message, KINMU_EMITS | KINMU_ACCEPTS, 0},
    [USE_CHANGE] = {&kinmu_audit_change, KINMU_EMITS | KINMU_ACCEPTS, 0},
};

static const kinmu_metric metrics[METRICS] = {
    [METRIC_SENT] = {"mails_sent_total", KINMU_METRIC_COUNTER, 0, "count",
                     "Mails the server took."},
    [METRIC_FAILED] = {"mails_failed_total", KINMU_METRIC_COUNTER, 0, "count",
                       "Mails given up: refused by the server, or put off for too long."},
    [METRIC_PUT_OFF] = {"mails_put_off_total", KINMU_METRIC_COUNTER, 0, "count",
                        "Answers of the server that a mail can be taken later."},
    [METRIC_AWAY] = {"server_away_total", KINMU_METRIC_COUNTER, 0, "count",
                     "Rounds in which the server could not be used."},
    [METRIC_DELAY] = {"queue_delay_s", KINMU_METRIC_GAUGE, 0, "s",
                      "How long the mail sent last had waited."},
};

uint64_t email_now_ms(const email *e) {
    kinmu_clock now;
    e->desk.timer->now(e->host, &now);
    return now.mono_ns / 1000000;
}

#define ASK_VALUES_MAX 8u

int32_t email_ask(email *e, uint32_t command, const kinmu_value *values, uint32_t count,
                  uint64_t *number) {
    kinmu_value all[ASK_VALUES_MAX];
    if (count > 0) {
        memcpy(all, values, count * sizeof *all);
    }
    *number = *number != 0 ? *number : ++e->last_number;
    all[count] = kinmu_i64((int64_t)*number);
    const kinmu_call call = {.struct_size = sizeof call,
                             .command = command,
                             .caller = "plugin:email",
                             .values = all,
                             .value_count = count + 1,
                             .rights = KINMU_RIGHTS_ALL};
    return desk_take(&e->desk, &call, 0, NULL);
}

/* ---- news from the bus ---- */

static const char *text_of(const kinmu_event *event, uint32_t field, char *copy, size_t size) {
    const kinmu_value *value = field < event->value_count ? &event->values[field] : NULL;
    int32_t is_text = value != NULL && value->type == KINMU_TYPE_TEXT && value->size < size;
    (void)snprintf(copy, size, "%.*s", is_text ? (int)value->size : 0,
                   is_text ? value->as.text : "");
    return copy;
}

static int32_t is_news(email *e, const kinmu_event *event, news *out) {
    char action[16];
    kinmu_clock now;
    e->desk.timer->now(e->host, &now);
    *out = (news){.what = NULL};
    if (event->unix_ns < now.unix_ns - e->settings.give_up_ms * 1000000) {
        return 0;
    }
    if (event->schema == USE_DECISION && event->value_count > KINMU_REQUEST_DECISION_ACTION) {
        (void)text_of(event, KINMU_REQUEST_DECISION_REQUEST_ID, out->id, sizeof out->id);
        out->what = "request";
        out->a = event->values[KINMU_REQUEST_DECISION_STEP].as.i64;
        return out->id[0] != '\0' &&
               strcmp(text_of(event, KINMU_REQUEST_DECISION_ACTION, action, sizeof action),
                      "submit") == 0;
    }
    if (event->schema == USE_CHANGE && e->settings.has_invitations) {
        char object[32];
        (void)text_of(event, KINMU_AUDIT_CHANGE_OBJECT_ID, out->id, sizeof out->id);
        (void)text_of(event, KINMU_AUDIT_CHANGE_ACTION, action, sizeof action);
        (void)text_of(event, KINMU_AUDIT_CHANGE_OBJECT, object, sizeof object);
        int32_t is_reissue = strcmp(object, "people.reissue") == 0;
        out->what = is_reissue ? "reissue" : "person";
        out->a = (int64_t)event->block;
        return is_reissue ||
               (strcmp(action, "create") == 0 && strcmp(object, "kinmu.people.person/1") == 0);
    }
    if (event->schema == USE_IMPORT && e->settings.notice_count > 0) {
        out->what = "import";
        out->a = (int64_t)event->block;
        out->b = (int64_t)event->sequence;
        return 1;
    }
    return 0;
}

static void ask_note(email *e, news *n) {
    const kinmu_value values[] = {[NOTE_WHAT] = kinmu_text(n->what),
                                  [NOTE_ID] = kinmu_text(n->id),
                                  [NOTE_A] = kinmu_i64(n->a),
                                  [NOTE_B] = kinmu_i64(n->b)};
    if (email_ask(e, ASK_NOTE, values, NOTE_NUMBER, &n->number) == KINMU_OK) {
        n->asked_ms = email_now_ms(e);
    }
}

/* 1 = all of them are noted. */
static int32_t is_noted(email *e) {
    uint64_t now_ms = email_now_ms(e);
    uint32_t open = 0;
    for (uint32_t i = 0; i < e->news_count; i++) {
        news *n = &e->news[i];
        if (!n->is_noted && (n->asked_ms == 0 || now_ms - n->asked_ms > ASK_AGAIN_MS)) {
            ask_note(e, n);
        }
        open += !n->is_noted;
    }
    if (open > 0 && now_ms - e->batch_ms > NOTE_STUCK_MS) {
        e->host->health(e->host, KINMU_HEALTH_DEGRADED,
                        "news cannot be decided: the store does not answer, or reads: in conf.d "
                        "lacks something; see the log");
    }
    return open == 0;
}

/* The same batch comes until its last news is noted. */
static int32_t events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    email *e = instance;
    (void)err;
    if (batch->count == 0) {
        return KINMU_OK;
    }
    if (batch->events[0].block != e->batch_block ||
        batch->events[0].sequence != e->batch_sequence) {
        e->batch_block = batch->events[0].block;
        e->batch_sequence = batch->events[0].sequence;
        e->batch_ms = email_now_ms(e);
        e->scanned = 0;
        e->news_count = 0;
    }
    while (is_noted(e)) {
        e->news_count = 0;
        while (e->scanned < batch->count && e->news_count < EMAIL_NEWS_MAX) {
            e->news_count +=
                (uint32_t)is_news(e, &batch->events[e->scanned], &e->news[e->news_count]);
            e->scanned++;
        }
        if (e->news_count == 0) {
            e->batch_block = 0;
            e->batch_sequence = 0;
            return KINMU_OK;
        }
    }
    return KINMU_E_BUSY;
}

/* ---- for the desk ---- */

static int32_t after(desk_call *call) {
    email *e = *(email **)call->kept;
    e->must_look |= call->command != COMMAND_LIST;
    if (call->command < EMAIL_COMMANDS) {
        return 0;
    }
    uint64_t number = (uint64_t)desk_number(call, call->value_count - 1, 0);
    for (uint32_t i = 0; i < e->news_count; i++) {
        e->news[i].is_noted |= e->news[i].number == number;
    }
    if (call->command == ASK_DIGEST) {
        words_today(call->now_ns, call->utc_offset_s, e->digest_date);
    }
    if (call->command == ASK_OUTCOME) {
        round_recorded(e, number);
    }
    return 0;
}

static int32_t judge(desk_decision *d, desk_call *call) {
    *(email **)call->kept = d->desk->owner;
    return email_judge(d, call);
}

/* ---- by the clock ---- */

static void ask_digest(email *e) {
    kinmu_clock now;
    char today[WORDS_DATE_SIZE];
    e->desk.timer->now(e->host, &now);
    words_today(now.unix_ns, now.utc_offset_s, today);
    int64_t minute = (now.unix_ns / SECOND_NS + now.utc_offset_s) / 60 % 1440;
    if (strcmp(today, e->digest_date) == 0 || minute < e->settings.digest_min ||
        e->digest_ms > email_now_ms(e)) {
        return;
    }
    uint64_t number = 0;
    e->digest_ms = email_now_ms(e) + ASK_AGAIN_MS;
    (void)email_ask(e, ASK_DIGEST, NULL, 0, &number);
}

static void tick(void *user) {
    email *e = user;
    uint64_t now_ms = email_now_ms(e);
    ask_digest(e);
    if (now_ms >= e->ended_ms) {
        uint64_t number = 0;
        e->ended_ms = now_ms + ENDED_MS;
        (void)email_ask(e, ASK_ENDED, NULL, 0, &number);
    }
    round_go_on(e);
}

/* ---- life ---- */

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    const email_config *conf = config;
    email *e = calloc(1, sizeof *e);
    *instance = e;
    if (e == NULL) {
        return KINMU_E_NOMEM;
    }
    e->host = host;
    e->rate = conf->rate;
    e->is_paused = conf->paused;
    e->secret = host->iface(host, KINMU_SECRET_1);
    e->desk = (desk){.host = host,
                     .name = "email",
                     .owner = e,
                     .book_size = sizeof(book),
                     .kept_size = sizeof(email *),
                     .audit_schema = USE_CHANGE,
                     .judge = judge,
                     .after = after};
    int32_t status = desk_create(&e->desk, err);
    e->records = e->desk.records;
    e->metrics = e->desk.metrics;
    if (status == KINMU_OK && e->secret == NULL) {
        status = desk_lacks(&e->desk, err);
    }
    return status == KINMU_OK ? settings_take(&e->settings, conf, err) : status;
}

static int32_t start(void *instance, kinmu_err *err) {
    email *e = instance;
    (void)err;
    desk_open(&e->desk);
    atomic_store(&e->stop, 0);
    e->must_look = 1;
    int32_t status = e->desk.timer->start(e->host, TICK_MS, TICK_MS, tick, e, &e->tick_timer);
    if (status == KINMU_OK) {
        e->is_running = 1;
        e->host->health(e->host, KINMU_HEALTH_OK, "ready: kinmu mail list");
    }
    return status;
}

static int32_t stop(void *instance, kinmu_err *err) {
    email *e = instance;
    (void)err;
    e->is_running = 0;
    atomic_store(&e->stop, 1);
    e->desk.timer->cancel(e->host, e->tick_timer);
    e->tick_timer = 0;
    e->batch_block = e->batch_sequence = 0;
    desk_close(&e->desk);
    round_end(e);
    return KINMU_OK;
}

static int32_t reconfigure(void *instance, const void *config, kinmu_err *err) {
    email *e = instance;
    const email_config *conf = config;
    (void)err;
    e->rate = conf->rate;
    e->is_paused = conf->paused;
    round_go_on(e);
    return KINMU_OK;
}

static void destroy(void *instance) {
    email *e = instance;
    if (e != NULL) {
        round_end(e);
        desk_end(&e->desk);
        settings_free(&e->settings);
        free(e);
    }
}

static const kinmu_plugin plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_CONNECTOR,
    .flags = KINMU_PLUGIN_SINGLE,
    .config_size = sizeof(email_config),
    .name = "email",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Mails by SMTP: requests to approvers, results of imports, a daily digest of warnings; "
           "each once, whatever happens.",
    .doc_ja = "メール送信（SMTP）。承認依頼、マスタ取込結果、アラートの 1 日 1 通のまとめ。同じ"
              "通知は 1 度だけ送る。",
    .options = {settings_options, SETTINGS_OPTIONS, (uint32_t)sizeof(kinmu_option)},
    .schemas = KINMU_TABLE(uses),
    .commands = {email_command_rows, EMAIL_COMMANDS, (uint32_t)sizeof(kinmu_command)},
    .metrics = KINMU_TABLE(metrics),
    .titles = KINMU_TABLE(shared_titles),
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy,
    .reconfigure = reconfigure,
    .events = events,
    .call = email_call,
};

KINMU_MODULE(&plugin);
