/* cli/reply.c - see reply.h. */
#include "cli/reply.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

cli_reply cli_reply_read(const char *json, size_t size) {
    cli_reply reply = {NULL, NULL};
    config_node *root = NULL;
    config_problems problems = {0};
    if (config_parse("answer", json, size, &root, &reply.memory, &problems) == KINMU_OK) {
        reply.root = root;
    }
    config_problems_free(&problems);
    return reply;
}

void cli_reply_free(cli_reply *reply) {
    config_memory_free(reply->memory);
    reply->root = NULL;
    reply->memory = NULL;
}

const config_node *cli_reply_member(const config_node *object, const char *key) {
    uint32_t count = object != NULL && object->type == CONFIG_MAP ? object->child_count : 0;
    for (uint32_t i = 0; i + 1 < count; i += 2) {
        if (strcmp(object->children[i]->text, key) == 0) {
            return object->children[i + 1];
        }
    }
    return NULL;
}

const char *cli_reply_text(const config_node *object, const char *key) {
    const config_node *value = cli_reply_member(object, key);
    if (value == NULL || value->type != CONFIG_SCALAR ||
        (!value->quoted && strcmp(value->text, "null") == 0)) {
        return "";
    }
    return value->text;
}

int64_t cli_reply_number(const config_node *object, const char *key) {
    return strtoll(cli_reply_text(object, key), NULL, 10);
}

int64_t cli_reply_moment(const config_node *object, const char *key) {
    int64_t unix_ns = 0;
    return text_moment_parse(cli_reply_text(object, key), &unix_ns) ? unix_ns : 0;
}
