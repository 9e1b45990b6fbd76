/* cli/agent_enroll.c - the conversation of an enrolment.
 *
 * First contact is made without any trust: the hub's anchor certificate is fetched from whoever
 * answers, and only if its key is the one the token pins does anything follow. The token is then
 * sent over a connection proved by that certificate alone. Nothing is written before the hub's
 * answer was checked whole. */
#include "cli/agent.h"

#include "base/text.h"
#include "cli/own_device.h"
#include "cli/reply.h"
#include "platform/platform.h"
#include "trust/agent.h"
#include "trust/token.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

#define ANCHOR_FILE "enroll-ca.pem" /* while an enrolment is under way */
#define TIMEOUT_MS 60000u
#define RETRIES_MAX 3u

static int say(int code, const char *text) {
    fprintf(stderr, "kinmu agent enroll: %s\n", text);
    return code;
}

/* ---- step 1: whose hub is it ---- */

static int check_anchor(const trust_token *token, const agent_reply *reply, const char *hub) {
    trust_facts facts;
    kinmu_err err = {{0}, {0}};
    char text[TRUST_URL_SIZE + 256];
    if (reply->status != KINMU_OK) {
        return say(AGENT_NETWORK, reply->text);
    }
    int32_t is_read = reply->code == 200 &&
                      trust_read(reply->body.data, reply->body.size, &facts, &err) == KINMU_OK;
    if (!is_read && reply->code >= 500) {
        snprintf(text, sizeof text, "%s answers %u; is the hub ready? See kinmu status there", hub,
                 reply->code);
        return say(AGENT_NETWORK, text);
    }
    if (!is_read || !trust_token_pins(token, facts.pin)) {
        snprintf(text, sizeof text,
                 "%s is not the hub this token is for (%s); nothing was sent to it. Check the "
                 "address; if it is right, somebody stands in between",
                 hub, is_read ? "its key is another" : "it shows no hub's certificate");
        return say(AGENT_NOT_HUB, text);
    }
    return CLI_OK;
}

static int fetch_anchor(const agent_way *way, const char *url, const trust_token *token,
                        buffer *anchor) {
    char path[TRUST_URL_SIZE + 64];
    agent_reply reply;
    snprintf(path, sizeof path, "%s/ingest/v1/anchor", url);
    const kinmu_http_request request = {.struct_size = sizeof request,
                                        .url = path,
                                        .trust = KINMU_HTTP_TRUST_SYSTEM,
                                        .timeout_ms = TIMEOUT_MS,
                                        .answer_bytes_max = TRUST_PEM_BYTES_MAX,
                                        .retries_max = RETRIES_MAX};
    agent_ask(way, &request, 1, &reply);
    int code = check_anchor(token, &reply, url);
    kinmu_err err = {{0}, {0}};
    if (code == CLI_OK && trust_read_one(reply.body.data, reply.body.size, anchor, &err)) {
        code = say(CLI_FAILED, err.msg);
    }
    buffer_free(&reply.body);
    return code;
}

/* ---- step 2: the token for a certificate ---- */

static void write_body(const agent_wish *wish, const char *name, const buffer *csr, buffer *out) {
    buffer_text(out, "{\"token\":");
    text_json(out, wish->token, strlen(wish->token));
    buffer_text(out, ",\"csr\":");
    text_json(out, (const char *)csr->data, csr->size);
    buffer_text(out, ",\"name\":");
    text_json(out, name, strlen(name));
    buffer_text(out, ",\"version\":\"" KINMU_VERSION "\"}");
}

static int refused(const agent_reply *reply) {
    char text[700];
    cli_reply said = cli_reply_read((const char *)reply->body.data, reply->body.size);
    const char *message = cli_reply_text(said.root, "message");
    int32_t is_final = reply->code >= 400 && reply->code < 500 && reply->code != 429;
    if (message[0] != '\0') {
        snprintf(text, sizeof text, "the hub says: %s", message);
    } else {
        snprintf(text, sizeof text, "the hub answers %u without a reason", reply->code);
    }
    cli_reply_free(&said);
    return say(is_final ? AGENT_REFUSED : AGENT_NETWORK, text);
}

/* What the hub sent, into what is kept; 0 when anything in it is not as it must be. */
static int32_t take_keys(const config_node *root, const device *own, const trust_token *token,
                         trust_agent *agent, buffer *ca, buffer *client) {
    const char *anchor = cli_reply_text(root, "anchor");
    const char *certificate = cli_reply_text(root, "certificate");
    const char *public_key = cli_reply_text(root, "public_key");
    const char *box_public = cli_reply_text(root, "box_public");
    trust_facts facts;
    text_copy(agent->group, sizeof agent->group, cli_reply_text(root, "group"));
    return trust_read(anchor, strlen(anchor), &facts, NULL) == KINMU_OK &&
           trust_token_pins(token, facts.pin) &&
           trust_read_one(anchor, strlen(anchor), ca, NULL) == KINMU_OK &&
           trust_read(certificate, strlen(certificate), &facts, NULL) == KINMU_OK &&
           facts.is_device &&
           memcmp(facts.public_key, own->public_key, sizeof own->public_key) == 0 &&
           trust_read_one(certificate, strlen(certificate), client, NULL) == KINMU_OK &&
           strlen(public_key) == 2 * CRYPTO_PUBLIC_SIZE &&
           text_unhex(agent->public_key, CRYPTO_PUBLIC_SIZE, public_key) == KINMU_OK &&
           strlen(box_public) == 2 * CRYPTO_PUBLIC_SIZE &&
           text_unhex(agent->box_public, CRYPTO_PUBLIC_SIZE, box_public) == KINMU_OK;
}

static int keep(const char *data, const device *own, const trust_token *token,
                const agent_reply *reply, trust_agent *agent) {
    buffer ca = {0};
    buffer client = {0};
    kinmu_err err = {{0}, {0}};
    char origin[2 * LAYOUT_ORIGIN_SIZE + 1];
    int code = CLI_OK;
    cli_reply said = cli_reply_read((const char *)reply->body.data, reply->body.size);
    if (!take_keys(said.root, own, token, agent, &ca, &client)) {
        code = say(CLI_FAILED, "the hub's answer is not whole; nothing was kept, try again");
    } else if (trust_agent_save(data, agent, &ca, &client, &err) != KINMU_OK) {
        code = say(CLI_FAILED, err.msg);
    } else {
        text_hex(origin, own->origin, LAYOUT_ORIGIN_SIZE);
        printf("登録しました / enrolled: %s (%s) → %s%s%s\n", agent->name, origin, agent->url,
               agent->group[0] != '\0' ? ", group " : "", agent->group);
    }
    cli_reply_free(&said);
    buffer_free(&ca);
    buffer_free(&client);
    return code;
}

static int exchange_token(const agent_way *way, const agent_wish *wish, const trust_token *token,
                          const char *anchor_path, trust_agent *agent) {
    static const kinmu_header type = {"Content-Type", "application/json"};
    char path[TRUST_URL_SIZE + 64];
    device own = {0};
    buffer csr = {0};
    buffer body = {0};
    agent_reply reply = {0};
    kinmu_err err = {{0}, {0}};
    int code = CLI_OK;
    snprintf(path, sizeof path, "%s/ingest/v1/enroll", agent->url);
    if (cli_own_device(way->data, &own, &err) != KINMU_OK ||
        trust_make_request(own.seed, &csr, &err) != KINMU_OK) {
        code = say(CLI_FAILED, err.msg);
    } else {
        write_body(wish, agent->name, &csr, &body);
        const kinmu_http_request request = {.struct_size = sizeof request,
                                            .method = "POST",
                                            .url = path,
                                            .headers = &type,
                                            .header_count = 1,
                                            .trust = KINMU_HTTP_TRUST_FILE,
                                            .authority = anchor_path,
                                            .body = body.data,
                                            .body_size = (uint32_t)body.size,
                                            .timeout_ms = TIMEOUT_MS};
        agent_ask(way, &request, 0, &reply);
        code = reply.status == KINMU_E_DENIED ? say(AGENT_NOT_HUB, reply.text)
               : reply.status != KINMU_OK     ? say(AGENT_NETWORK, reply.text)
               : reply.code != 200            ? refused(&reply)
                                              : keep(way->data, &own, token, &reply, agent);
    }
    device_wipe(&own);
    buffer_free(&csr);
    buffer_wipe(&body);
    buffer_free(&reply.body);
    return code;
}

/* ---- all of it ---- */

static void remove_file(const char *path) {
    uv_fs_t request;
    (void)uv_fs_unlink(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
}

static int check_first(const agent_way *way, const agent_wish *wish, trust_agent *agent,
                       trust_token *token) {
    trust_agent known;
    kinmu_err err = {{0}, {0}};
    char text[700];
    memset(agent, 0, sizeof *agent);
    if (trust_agent_url(wish->hub, agent->url, &err) != KINMU_OK ||
        trust_token_parse(wish->token, token, &err) != KINMU_OK) {
        return say(CLI_USAGE, err.msg);
    }
    if (!wish->is_again && trust_agent_read(way->data, &known, &err) != KINMU_E_NOTFOUND) {
        snprintf(text, sizeof text,
                 "this device belongs to %s already; to enrol it anew add --again",
                 known.url[0] != '\0' ? known.url : "a hub");
        return say(AGENT_ENROLLED, text);
    }
    if (wish->name != NULL) {
        text_copy(agent->name, sizeof agent->name, wish->name);
    } else {
        platform_computer_name(agent->name, sizeof agent->name);
    }
    return CLI_OK;
}

int agent_enroll(const agent_way *way, const agent_wish *wish) {
    char anchor_path[TRUST_PATH_SIZE];
    trust_agent agent;
    trust_token token = {{0}, {0}};
    buffer anchor = {0};
    kinmu_err err = {{0}, {0}};
    int code = check_first(way, wish, &agent, &token);
    if (code == CLI_OK && (platform_make_private_folder(way->data, &err) != KINMU_OK ||
                           trust_path(anchor_path, way->data, ANCHOR_FILE, "", &err) != KINMU_OK)) {
        code = say(CLI_FAILED, err.msg);
    }
    if (code == CLI_OK) {
        code = fetch_anchor(way, agent.url, &token, &anchor);
    }
    if (code == CLI_OK) {
        if (platform_write_file(anchor_path, anchor.data, anchor.size, 0, &err) != KINMU_OK) {
            code = say(CLI_FAILED, err.msg);
        } else {
            code = exchange_token(way, wish, &token, anchor_path, &agent);
            remove_file(anchor_path);
        }
    }
    buffer_free(&anchor);
    crypto_wipe(&token, sizeof token);
    return code;
}
