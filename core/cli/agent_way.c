/* cli/agent_way.c - one request at a time, on a loop of its own, through the proxy conf.d names. A
 * client is made for each: nothing of a connection nobody proved is used again. */
#include "cli/agent.h"

#include "base/crypto.h"
#include "base/text.h"
#include "config/config.h"

#include <kinmu/iface/secret.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

void agent_way_read(const cli_places *places, const char *data, agent_way *way) {
    config *conf = NULL;
    config_problems problems = {0};
    kinmu_err err;
    memset(way, 0, sizeof *way);
    text_copy(way->data, sizeof way->data, data);
    if (config_load(places->conf, NULL, &conf, &problems) == KINMU_OK) {
        const config_proxy *proxy = &conf->proxy;
        uint32_t size = (uint32_t)sizeof way->proxy_password;
        text_copy(way->proxy, sizeof way->proxy, proxy->url != NULL ? proxy->url : "");
        text_copy(way->proxy_user, sizeof way->proxy_user, proxy->user != NULL ? proxy->user : "");
        if (proxy->password != NULL &&
            config_secret_at(proxy->password, way->proxy_password, &size, &err) != KINMU_OK) {
            fprintf(stderr, "kinmu agent: the proxy's password: %s\n", err.msg);
        }
        for (uint32_t i = 0; i < proxy->except_count; i++) {
            size_t used = strlen(way->proxy_except);
            snprintf(way->proxy_except + used, sizeof way->proxy_except - used, "%s%s",
                     i > 0 ? "," : "", proxy->except[i]);
        }
        way->from_environment = proxy->from_environment;
    } else if (cli_folder_exists(places->conf)) {
        fprintf(stderr,
                "kinmu agent: the configuration \"%s\" has errors, so a proxy in it is not used; "
                "list them with: kinmu check\n",
                places->conf);
    }
    config_problems_free(&problems);
    config_free(conf);
}

typedef struct waiting {
    agent_reply *reply;
    int32_t is_over;
} waiting;

static void on_done(void *user, const kinmu_http_response *response) {
    waiting *w = user;
    w->is_over = 1;
    w->reply->status = response->status;
    w->reply->code = response->code;
    text_copy(w->reply->text, sizeof w->reply->text, response->text);
    buffer_append(&w->reply->body, response->body, response->body_size);
}

static int32_t send_and_wait(uv_loop_t *loop, http_client *client, const agent_way *way,
                             const kinmu_http_request *request, int32_t asks_anybody,
                             agent_reply *reply) {
    const http_client_settings settings = {
        .data = way->data,
        .proxy = way->proxy[0] != '\0' ? way->proxy : NULL,
        .proxy_user = way->proxy_user[0] != '\0' ? way->proxy_user : NULL,
        .proxy_password = way->proxy_user[0] != '\0' ? way->proxy_password : NULL,
        .proxy_except = way->proxy_except[0] != '\0' ? way->proxy_except : NULL,
        .proxy_from_environment = way->from_environment};
    waiting w = {reply, 0};
    const http_hooks hooks = {
        .done = on_done, .user = &w, .may_use_device = 1, .asks_anybody = asks_anybody};
    http_exchange *exchange = NULL;
    int32_t status = http_client_configure(client, &settings);
    if (status == KINMU_OK) {
        status = http_client_send(client, request, &hooks, &exchange);
    }
    while (status == KINMU_OK && !w.is_over) {
        uv_run(loop, UV_RUN_ONCE);
    }
    return status;
}

void agent_ask(const agent_way *way, const kinmu_http_request *request, int32_t asks_anybody,
               agent_reply *reply) {
    uv_loop_t loop;
    http_client *client = NULL;
    memset(reply, 0, sizeof *reply);
    reply->status = KINMU_E_NOMEM;
    text_copy(reply->text, sizeof reply->text, "out of memory");
    if (uv_loop_init(&loop) != 0) {
        return;
    }
    if (http_client_create(&loop, &client) == KINMU_OK) {
        int32_t status = send_and_wait(&loop, client, way, request, asks_anybody, reply);
        reply->status = status != KINMU_OK ? status : reply->status;
        http_client_destroy(client);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&loop);
}
