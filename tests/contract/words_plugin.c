/* words_plugin.c - a plugin whose commands are words of the command line; each answers who asked
 * and with what. */
#include <kinmu/iface/calls.h>
#include <kinmu/plugin.h>

#include <stdio.h>
#include <string.h>

#define TEXT_FIELD(name, flags, role, choices)                                                     \
    { (name), KINMU_TYPE_TEXT, (flags), KINMU_PRIVACY_NONE, (role), "", (choices), "A text." }

static const kinmu_field stamp_input[] = {
    TEXT_FIELD("kind", KINMU_FIELD_REQUIRED, KINMU_ROLE_NONE, "start|end"),
    TEXT_FIELD("person", 0, KINMU_ROLE_ACCOUNT, NULL),
    {"is_late", KINMU_TYPE_BOOL, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "", NULL, "A flag."},
    TEXT_FIELD("work_form", 0, KINMU_ROLE_NONE, NULL),
    {"minutes", KINMU_TYPE_I64, 0, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, "min", NULL, "A number."},
};
static const kinmu_field text_output[] = {
    TEXT_FIELD("text", KINMU_FIELD_REQUIRED, KINMU_ROLE_NONE, NULL)};
static const kinmu_field list_output[] = {
    TEXT_FIELD("who", KINMU_FIELD_REQUIRED, KINMU_ROLE_NONE, NULL)};
static const kinmu_field take_input[] = {
    TEXT_FIELD("files", KINMU_FIELD_REQUIRED, KINMU_ROLE_PATH, NULL)};

enum { COMMAND_STAMP, COMMAND_LIST, COMMAND_TAKE };
static const kinmu_command commands[] = {
    [COMMAND_STAMP] = {"stamp-it", "self", KINMU_TABLE(stamp_input), KINMU_TABLE(text_output),
                       "Stamps.", "stamp"},
    [COMMAND_LIST] = {"list", "self", KINMU_TABLE_EMPTY, KINMU_TABLE(list_output), "Lists.",
                      "stamps list"},
    [COMMAND_TAKE] = {"take", "self", KINMU_TABLE(take_input), KINMU_TABLE(text_output), "Takes.",
                      "stamps take"},
};

typedef struct words_config {
    int32_t unused;
} words_config;

typedef struct words {
    const kinmu_host *host;
    const kinmu_calls *calls;
} words;
static words instances[2];

static void nobody_answers(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                           const char *text) {
    (void)user;
    (void)status;
    (void)values;
    (void)count;
    (void)text;
}

static int32_t create(const kinmu_host *host, const void *config, void **instance, kinmu_err *err) {
    (void)config;
    (void)err;
    words *self = &instances[instances[0].host != NULL];
    self->host = host;
    self->calls = host->iface(host, KINMU_CALLS_1);
    *instance = self;
    /* Too early, and refused, by a daemon and by `kinmu check` alike. */
    (void)self->calls->send(host, "nobody", "list", NULL, 0, nobody_answers, NULL);
    return KINMU_OK;
}

static int32_t start(void *instance, kinmu_err *err) {
    const words *self = instance;
    (void)err;
    self->host->health(self->host, KINMU_HEALTH_OK, "");
    return KINMU_OK;
}

static int32_t stop(void *instance, kinmu_err *err) {
    (void)instance;
    (void)err;
    return KINMU_OK;
}

static void destroy(void *instance) {
    (void)instance;
}

static int32_t call(void *instance, const kinmu_call *call, kinmu_err *err) {
    const words *self = instance;
    char text[2000];
    int size = snprintf(text, sizeof text, "%s %s:", self->host->instance, call->caller);
    (void)err;
    for (uint32_t i = 0; i < call->value_count && size < 1000; i++) {
        const kinmu_value *value = &call->values[i];
        size_t room = sizeof text - (size_t)size;
        if (value->type == KINMU_TYPE_TEXT) {
            size += snprintf(text + size, room, " [%.*s]", (int)value->size, value->as.text);
        } else if (value->type == KINMU_TYPE_NULL) {
            size += snprintf(text + size, room, " -");
        } else {
            size += snprintf(text + size, room, " %lld", (long long)value->as.i64);
        }
    }
    kinmu_value answer = kinmu_text(call->command == COMMAND_LIST ? call->caller : text);
    return self->calls->answer(self->host, call->id, KINMU_OK, &answer, 1, "");
}

static const kinmu_plugin plugin = {.struct_size = sizeof(kinmu_plugin),
                                    .kind = KINMU_CONNECTOR,
                                    .config_size = sizeof(words_config),
                                    .name = WORDS_NAME,
                                    .version = "1.0.0",
                                    .vendor = "Kinmu",
                                    .licence = "Apache-2.0",
                                    .doc = "Answers who asked and with what.",
                                    .doc_ja = "誰が何を頼んだかを答える。",
                                    .commands = KINMU_TABLE(commands),
                                    .create = create,
                                    .start = start,
                                    .stop = stop,
                                    .destroy = destroy,
                                    .call = call};

KINMU_MODULE(&plugin);
