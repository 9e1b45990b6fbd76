/* cli/reply.h - reading the JSON of an answer: objects of texts and numbers, lists of them. JSON is
 * YAML, so the configuration's parser reads it. */
#ifndef CLI_REPLY_H
#define CLI_REPLY_H

#include "config/config.h"

typedef struct cli_reply {
    const config_node *root; /* NULL when it could not be read */
    void *memory;
} cli_reply;

cli_reply cli_reply_read(const char *json, size_t size);
void cli_reply_free(cli_reply *reply);
/* A member, or NULL when it is not there. */
const config_node *cli_reply_member(const config_node *object, const char *key);
/* A member's text or number as text; "" when it is null or not there. */
const char *cli_reply_text(const config_node *object, const char *key);
int64_t cli_reply_number(const config_node *object, const char *key);
/* A member that is a moment, in ns; 0 when it is none. */
int64_t cli_reply_moment(const config_node *object, const char *key);

#endif
