/* cli/agent.h - `kinmu agent`: exit codes, which scripts of a mass roll-out rely on, and what its
 * files share. */
#ifndef CLI_AGENT_H
#define CLI_AGENT_H

#include "base/buffer.h"
#include "cli/cli.h"
#include "http/client.h"

#define AGENT_NETWORK 3  /* the hub was not reached, or is busy: try again later */
#define AGENT_REFUSED 4  /* the hub refuses the token or this device: trying again does not help */
#define AGENT_NOT_HUB 5  /* who answered is not the hub the token is for; nothing was sent to it */
#define AGENT_ENROLLED 6 /* this device belongs to a hub already; nothing was changed */

/* ---- agent_way.c: how requests leave this node, by conf.d ---- */
typedef struct agent_way {
    char data[4096];
    char proxy[1024];
    char proxy_user[256];
    char proxy_password[1024];
    char proxy_except[4096];
    int32_t from_environment;
} agent_way;
/* Without a configuration: straight. */
void agent_way_read(const cli_places *places, const char *data, agent_way *way);

typedef struct agent_reply {
    int32_t status; /* as kinmu_http_response */
    uint32_t code;
    buffer body;
    char text[512]; /* why there is no answer */
} agent_reply;
/* Sends one request and waits for its end. `asks_anybody` as in http_hooks. */
void agent_ask(const agent_way *way, const kinmu_http_request *request, int32_t asks_anybody,
               agent_reply *reply);

/* ---- agent_enroll.c ---- */
typedef struct agent_wish {
    const char *hub, *token, *name;
    int32_t is_again; /* replaces an enrolment */
} agent_wish;
/* The exit code; says on standard error what went wrong. */
int agent_enroll(const agent_way *way, const agent_wish *wish);

#endif
