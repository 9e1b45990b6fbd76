/* newplugin.c - counts a chosen change of login sessions (kinmu.session.change/1) per account and
 * publishes the count with each one.
 *
 * What is published while handling a batch is committed together with the cursor, so a batch counts
 * exactly once: on E_BUSY the counts go back and the same batch comes again. The counts live in
 * memory and begin at 0 with each start; use kv/1 in a job for state that must last. */
#include <kinmu/events/session.h>
#include <kinmu/iface/bus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEWPLUGIN_ACCOUNTS_MAX 1000
#define NEWPLUGIN_ACCOUNT_SIZE 256

/* ---- what it accepts and emits ---- */

static const kinmu_field newplugin_count_fields[] = {
    {"change", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE, "",
     NULL, "What was counted."},
    {"count", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "count", NULL, "How often since the start."},
};

static const kinmu_schema newplugin_count = {sizeof(kinmu_schema),
                                             1,
                                             "com.example.newplugin.count",
                                             KINMU_KIND_LOG,
                                             0,
                                             "working-time",
                                             NULL,
                                             NULL,
                                             KINMU_TABLE(newplugin_count_fields),
                                             "A change of a login session, counted per account."};

#define NEWPLUGIN_SESSION 0 /* places in the schema table */
#define NEWPLUGIN_COUNT 1
static const kinmu_schema_use newplugin_schemas[] = {
    {&kinmu_session_change, KINMU_ACCEPTS, 0},
    {&newplugin_count, KINMU_EMITS, 0},
};

/* ---- what can be configured ---- */

typedef struct newplugin_config {
    const char *change;
} newplugin_config;

static const kinmu_option newplugin_options[] = {
    {"change", KINMU_OPT_CHOICE, 0, offsetof(newplugin_config, change), 0, "logon", 0, 0,
     "logon|unlock|resume", KINMU_TABLE_EMPTY, 0, 0, "Which change is counted.",
     "数える変化の種類。", "0.1"},
};

/* ---- the instance ---- */

typedef struct newplugin_account {
    char name[NEWPLUGIN_ACCOUNT_SIZE];
    int64_t count;
} newplugin_account;

typedef struct newplugin_state {
    const kinmu_host *host;
    const kinmu_bus *bus;
    newplugin_config config;
    uint32_t account_count;
    newplugin_account accounts[NEWPLUGIN_ACCOUNTS_MAX];
    int64_t before[NEWPLUGIN_ACCOUNTS_MAX]; /* the counts when the batch began */
} newplugin_state;

/* The account's row, made when new; NULL when there are too many. */
static newplugin_account *newplugin_find(newplugin_state *self, const char *name) {
    for (uint32_t i = 0; i < self->account_count; i++) {
        if (strcmp(self->accounts[i].name, name) == 0) {
            return &self->accounts[i];
        }
    }
    if (self->account_count == NEWPLUGIN_ACCOUNTS_MAX || strlen(name) >= NEWPLUGIN_ACCOUNT_SIZE) {
        return NULL;
    }
    newplugin_account *account = &self->accounts[self->account_count++];
    memset(account, 0, sizeof *account);
    (void)snprintf(account->name, sizeof account->name, "%s", name);
    return account;
}

static int32_t newplugin_is_counted(const newplugin_state *self, const kinmu_event *event) {
    const kinmu_value *kind = &event->values[KINMU_SESSION_CHANGE_KIND];
    return event->schema == NEWPLUGIN_SESSION && event->value_count > KINMU_SESSION_CHANGE_KIND &&
           kind->type == KINMU_TYPE_TEXT && kind->size == strlen(self->config.change) &&
           memcmp(kind->as.text, self->config.change, kind->size) == 0;
}

static int32_t newplugin_count_one(newplugin_state *self, const kinmu_event *event) {
    newplugin_account *account = newplugin_find(self, event->subject);
    kinmu_value values[2];
    kinmu_event out;
    if (account == NULL) {
        self->host->health(self->host, KINMU_HEALTH_DEGRADED,
                           "too many accounts; further ones are not counted");
        return KINMU_OK;
    }
    account->count++;
    values[0] = kinmu_text(self->config.change);
    values[1] = kinmu_i64(account->count);
    memset(&out, 0, sizeof out);
    out.schema = NEWPLUGIN_COUNT;
    out.unix_ns = event->unix_ns;
    out.subject = event->subject;
    out.values = values;
    out.value_count = 2;
    return self->bus->publish(self->host, &out, 1, NULL);
}

/* [turn] */
static int32_t newplugin_events(void *instance, const kinmu_batch *batch, kinmu_err *err) {
    newplugin_state *self = (newplugin_state *)instance;
    int32_t status = KINMU_OK;
    (void)err;
    memset(self->before, 0, sizeof self->before);
    for (uint32_t i = 0; i < self->account_count; i++) {
        self->before[i] = self->accounts[i].count;
    }
    for (uint32_t i = 0; status == KINMU_OK && i < batch->count; i++) {
        if (newplugin_is_counted(self, &batch->events[i])) {
            status = newplugin_count_one(self, &batch->events[i]);
        }
    }
    for (uint32_t i = 0; status != KINMU_OK && i < self->account_count; i++) {
        self->accounts[i].count = self->before[i];
    }
    return status;
}

/* ---- life cycle ---- */

static int32_t newplugin_create(const kinmu_host *host, const void *config, void **instance,
                                kinmu_err *err) {
    newplugin_state *self = (newplugin_state *)calloc(1, sizeof *self);
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->bus = (const kinmu_bus *)host->iface(host, KINMU_BUS_1);
    self->config = *(const newplugin_config *)config;
    if (self->bus == NULL) {
        (void)snprintf(err->key, sizeof err->key, "newplugin.host");
        (void)snprintf(err->msg, sizeof err->msg,
                       "newplugin: this host has no bus/1; update Kinmu");
        return KINMU_E_ABI;
    }
    return KINMU_OK;
}

static int32_t newplugin_start(void *instance, kinmu_err *err) {
    newplugin_state *self = (newplugin_state *)instance;
    (void)err;
    self->account_count = 0;
    self->host->health(self->host, KINMU_HEALTH_OK, "counting");
    return KINMU_OK;
}

static int32_t newplugin_stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void newplugin_destroy(void *instance) {
    free(instance);
}

/* ---- the table ---- */

static const kinmu_plugin newplugin_table = {
    sizeof(kinmu_plugin),
    KINMU_CONNECTOR,
    0, /* flags */
    sizeof(newplugin_config),
    "com.example.newplugin",
    "0.1.0",
    "com.example",
    "LicenseRef-choose",
    "Counts a change of login sessions per account.",
    "ログインセッションの変化をアカウントごとに数える。",
    KINMU_TABLE(newplugin_options),
    KINMU_TABLE(newplugin_schemas),
    KINMU_TABLE_EMPTY, /* commands */
    KINMU_TABLE_EMPTY, /* metrics */
    newplugin_create,
    newplugin_start,
    newplugin_stop,
    newplugin_destroy,
    NULL, /* reconfigure: a changed option restarts the instance */
    newplugin_events,
    NULL,              /* call */
    NULL,              /* export_open */
    NULL,              /* export_events */
    NULL,              /* export_close */
    KINMU_TABLE_EMPTY, /* tools */
    KINMU_TABLE_EMPTY, /* titles */
};

KINMU_MODULE(&newplugin_table);
