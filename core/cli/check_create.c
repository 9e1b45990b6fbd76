/* cli/check_create.c - `kinmu check`: whether each instance takes its options, asked of the plugin
 * itself. What tables of options cannot say (a file's words, two options together) a plugin refuses
 * in create by E_CONFIG; so each enabled instance is created, never started, and destroyed.
 * Anything else that create says depends on where it runs, and is not judged here. */
#include "cli/check_create.h"

#include "host/hosting.h"

#include <string.h>

/* ---- a host that keeps nothing: what is created may not do more than keep its options ---- */

static int32_t refuse_publish(void *context, hosted *h, const kinmu_event *events, uint32_t count,
                              uint64_t *ticket) {
    (void)context;
    (void)h;
    (void)events;
    (void)count;
    (void)ticket;
    return KINMU_E_STATE;
}

static uint64_t no_head(void *context, hosted *h) {
    (void)context;
    (void)h;
    return 0;
}

static const kinmu_schema *no_schema(void *context, hosted *h, uint32_t schema) {
    (void)context;
    (void)h;
    (void)schema;
    return NULL;
}

static int32_t refuse_decide(void *context, hosted *h, uint64_t token, uint64_t number,
                             const kinmu_event *events, uint32_t count) {
    (void)context;
    (void)h;
    (void)token;
    (void)number;
    (void)events;
    (void)count;
    return KINMU_E_STATE;
}

static int32_t refuse_kv(void *context, hosted *h, uint32_t what, const char *key, void *data,
                         uint32_t *size) {
    (void)context;
    (void)h;
    (void)what;
    (void)key;
    (void)data;
    (void)size;
    return KINMU_E_STATE;
}

static int32_t refuse_secret(void *context, hosted *h, const char *handle, char *data,
                             uint32_t *size) {
    (void)context;
    (void)h;
    (void)handle;
    (void)data;
    (void)size;
    return KINMU_E_STATE;
}

static int32_t refuse_query(void *context, hosted *h, const kinmu_query *query, kinmu_row_fn row,
                            void *user) {
    (void)context;
    (void)h;
    (void)query;
    (void)row;
    (void)user;
    return KINMU_E_STATE;
}

static int32_t refuse_send(void *context, hosted *h, uint64_t token, const kinmu_behalf *whose,
                           const char *instance, const char *command, const kinmu_value *values,
                           uint32_t count) {
    (void)context;
    (void)h;
    (void)token;
    (void)whose;
    (void)instance;
    (void)command;
    (void)values;
    (void)count;
    return KINMU_E_STATE;
}

static int32_t refuse_answer(void *context, hosted *h, uint64_t call, int32_t status,
                             const kinmu_value *values, uint32_t count, const char *text) {
    (void)context;
    (void)h;
    (void)call;
    (void)status;
    (void)values;
    (void)count;
    (void)text;
    return KINMU_E_STATE;
}

static int32_t refuse_sessions(void *context, hosted *h, const kinmu_login_session *sessions,
                               uint32_t count) {
    (void)context;
    (void)h;
    (void)sessions;
    (void)count;
    return KINMU_E_STATE;
}

static int32_t refuse_serve(void *context, hosted *h, const kinmu_route *routes, uint32_t count) {
    (void)context;
    (void)h;
    (void)routes;
    (void)count;
    return KINMU_E_STATE;
}

static int32_t refuse_reply(void *context, hosted *h, const hosting_reply *reply) {
    (void)context;
    (void)h;
    (void)reply;
    return KINMU_E_STATE;
}

static void drop_metric(void *context, hosted *h, uint32_t index, int32_t is_set, int64_t number) {
    (void)context;
    (void)h;
    (void)index;
    (void)is_set;
    (void)number;
}

static void drop_text(void *context, hosted *h, int32_t level, const char *text) {
    (void)context;
    (void)h;
    (void)level;
    (void)text;
}

static void drop_gone(void *context, void *tag) {
    (void)context;
    (void)tag;
}

static const hosting_backend backend = {.publish = refuse_publish,
                                        .decide = refuse_decide,
                                        .head = no_head,
                                        .kv = refuse_kv,
                                        .secret = refuse_secret,
                                        .query = refuse_query,
                                        .send = refuse_send,
                                        .answer = refuse_answer,
                                        .sessions = refuse_sessions,
                                        .serve = refuse_serve,
                                        .reply = refuse_reply,
                                        .schema = no_schema,
                                        .metric = drop_metric,
                                        .health = drop_text,
                                        .log = drop_text,
                                        .gone = drop_gone};

/* ---- judging ---- */

static int32_t create(const config *conf, const config_instance *instance,
                      const kinmu_plugin *plugin, kinmu_err *err) {
    uv_loop_t loop;
    hosting *owner = NULL;
    hosted *made = NULL;
    if (uv_loop_init(&loop) != 0) {
        return KINMU_E_NOMEM;
    }
    int32_t status = hosting_create(&loop, &backend, &owner);
    if (status == KINMU_OK) {
        status = hosted_create(owner, plugin, instance->name,
                               conf->node_name != NULL ? conf->node_name : "check", "",
                               instance->options, NULL, &made, err);
        hosted_destroy(made);
        hosting_destroy(owner);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
    return status;
}

static void judge(const config *conf, const config_instance *instance, const catalog_plugin *entry,
                  check_refused_fn refused, void *user) {
    catalog *file = NULL;
    kinmu_err err = {{0}, {0}};
    if (catalog_load_file(entry->file, &file, &err) == KINMU_OK) {
        const catalog_plugin *own = catalog_find(file, instance->kind, instance->type);
        memset(&err, 0, sizeof err);
        if (own != NULL && create(conf, instance, own->plugin, &err) == KINMU_E_CONFIG) {
            refused(user, instance, err.msg);
        }
    }
    catalog_free(file);
}

void check_create_all(const config *conf, const catalog *c, check_refused_fn refused, void *user) {
    for (uint32_t i = 0; i < conf->instance_count; i++) {
        const config_instance *instance = &conf->instances[i];
        const catalog_plugin *entry = catalog_find(c, instance->kind, instance->type);
        if (entry != NULL && instance->enabled) {
            judge(conf, instance, entry, refused, user);
        }
    }
}
