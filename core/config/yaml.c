/* config/yaml.c - one YAML text to a tree of nodes that know their place.
 *
 * libyaml's event parser does the reading; here stand the limits (depth, values, key length) and
 * what conf.d leaves out: tags, merge keys, several documents, keys that are no words. An alias
 * becomes a copy of its anchor's value, so a bomb meets the limit of values. Nothing is
 * interpreted.
 */
#include "base/text.h"
#include "config/internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define ANCHORS_MAX 100u

typedef struct frame {
    config_node *node;
    uint32_t capacity;
} frame;

typedef struct anchor {
    const char *name;
    const config_node *node;
    int32_t is_open; /* its map or list has not ended yet */
} anchor;

typedef struct builder {
    arena *memory;
    const char *file;
    uint32_t *nodes_left;
    config_problems *problems;
    config_node *root;
    frame stack[CONFIG_DEPTH_MAX];
    uint32_t depth;
    anchor anchors[ANCHORS_MAX];
    uint32_t anchor_count;
    uint32_t documents;
    int32_t status; /* not OK: the file cannot be read further */
} builder;

#define STOP(b, mark, ...)                                                                         \
    ((b)->status = KINMU_E_CONFIG,                                                                 \
     config_problem_add((b)->problems, CONFIG_ERROR, (b)->file, (uint32_t)(mark).line + 1,         \
                        (uint32_t)(mark).column + 1, __VA_ARGS__))

/* ---- nodes ---- */

static config_node *new_node(builder *b, int32_t type, yaml_mark_t mark) {
    if (*b->nodes_left == 0) {
        STOP(b, mark,
             "more than %u values in all files; an alias counts with everything it repeats",
             CONFIG_NODES_MAX);
        return NULL;
    }
    (*b->nodes_left)--;
    config_node at = {0};
    at.file = b->file;
    at.line = (uint32_t)mark.line + 1;
    at.column = (uint32_t)mark.column + 1;
    config_node *node = config_node_new(b->memory, type, &at);
    if (node == NULL) {
        b->status = KINMU_E_NOMEM;
    }
    return node;
}

static void add_child(builder *b, frame *parent, config_node *child) {
    config_node *node = parent->node;
    if (node->child_count == parent->capacity) {
        uint32_t capacity = parent->capacity == 0 ? 8 : parent->capacity * 2;
        config_node **children = arena_get(b->memory, capacity * sizeof *children);
        if (children == NULL) {
            b->status = KINMU_E_NOMEM;
            return;
        }
        if (node->child_count > 0) {
            memcpy(children, node->children, node->child_count * sizeof *children);
        }
        node->children = children;
        parent->capacity = capacity;
    }
    node->children[node->child_count++] = child;
}

static int32_t is_key_place(const builder *b) {
    const config_node *parent = b->depth > 0 ? b->stack[b->depth - 1].node : NULL;
    return parent != NULL && parent->type == CONFIG_MAP && parent->child_count % 2 == 0;
}

static void check_key(builder *b, const config_node *key, yaml_mark_t mark) {
    if (key->type != CONFIG_SCALAR) {
        STOP(b, mark, "a key is a word, not %s", key->type == CONFIG_LIST ? "a list" : "a map");
    } else if (key->size > CONFIG_KEY_BYTES_MAX) {
        STOP(b, mark, "a key has at most %u bytes", CONFIG_KEY_BYTES_MAX);
    } else if (!key->quoted && strcmp(key->text, "<<") == 0) {
        STOP(b, mark,
             "merge keys (<<) are not supported: write the options out, or repeat a whole value by "
             "an alias (*name)");
    }
}

static void place_node(builder *b, config_node *node, yaml_mark_t mark) {
    if (is_key_place(b)) {
        check_key(b, node, mark);
    }
    if (b->status != KINMU_OK) {
        return;
    }
    if (b->depth == 0) {
        b->root = node;
    } else {
        add_child(b, &b->stack[b->depth - 1], node);
    }
}

/* ---- anchors and aliases ---- */

static void note_anchor(builder *b, const yaml_char_t *name, const config_node *node,
                        yaml_mark_t mark) {
    if (name == NULL || b->status != KINMU_OK) {
        return;
    }
    if (b->anchor_count == ANCHORS_MAX) {
        STOP(b, mark, "more than %u anchors (&name) in one file", ANCHORS_MAX);
        return;
    }
    const char *text = (const char *)name;
    b->anchors[b->anchor_count++] =
        (anchor){arena_text(b->memory, text, strlen(text)), node, node->type != CONFIG_SCALAR};
}

static void close_anchors(builder *b, const config_node *node) {
    for (uint32_t i = 0; i < b->anchor_count; i++) {
        if (b->anchors[i].node == node) {
            b->anchors[i].is_open = 0;
        }
    }
}

static config_node *copy_node(builder *b, const config_node *from, uint32_t depth,
                              yaml_mark_t mark) {
    if (depth > CONFIG_DEPTH_MAX) {
        STOP(b, mark, "nested deeper than %u levels", CONFIG_DEPTH_MAX);
        return NULL;
    }
    config_node *node = new_node(b, from->type, mark);
    if (node == NULL) {
        return NULL;
    }
    node->text = from->text;
    node->size = from->size;
    node->quoted = from->quoted;
    node->is_alias = 1;
    if (from->child_count == 0) {
        return node;
    }
    node->children = arena_get(b->memory, from->child_count * sizeof(config_node *));
    if (node->children == NULL) {
        b->status = KINMU_E_NOMEM;
        return NULL;
    }
    for (uint32_t i = 0; i < from->child_count; i++) {
        node->children[i] = copy_node(b, from->children[i], depth + 1, mark);
        if (node->children[i] == NULL) {
            return NULL;
        }
        node->child_count++;
    }
    return node;
}

static void on_alias(builder *b, const yaml_event_t *event) {
    const char *name = (const char *)event->data.alias.anchor;
    for (uint32_t i = b->anchor_count; i > 0; i--) {
        if (strcmp(b->anchors[i - 1].name, name) != 0) {
            continue;
        }
        if (b->anchors[i - 1].is_open) {
            STOP(b, event->start_mark, "alias \"*%s\" stands inside its own anchor", name);
            return;
        }
        config_node *node = copy_node(b, b->anchors[i - 1].node, b->depth + 1, event->start_mark);
        if (node != NULL) {
            place_node(b, node, event->start_mark);
        }
        return;
    }
    STOP(b, event->start_mark, "alias \"*%.60s\" has no anchor \"&%.60s\" before it in this file",
         name, name);
}

/* ---- events ---- */

static void refuse_tag(builder *b, const yaml_char_t *tag, yaml_mark_t mark) {
    if (tag != NULL && strcmp((const char *)tag, "!") != 0) {
        config_problem_add(b->problems, CONFIG_ERROR, b->file, (uint32_t)mark.line + 1,
                           (uint32_t)mark.column + 1,
                           "tag \"%.60s\" is not supported: remove it; quotes make a value a text",
                           (const char *)tag);
    }
}

static void on_scalar(builder *b, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    refuse_tag(b, event->data.scalar.tag, event->start_mark);
    if (size > KINMU_TEXT_BYTES_MAX) {
        STOP(b, event->start_mark, "a text has at most %d bytes", KINMU_TEXT_BYTES_MAX);
        return;
    }
    if (!text_is_utf8(text, size)) {
        STOP(b, event->start_mark, "a text must not contain the character NUL");
        return;
    }
    config_node *node = new_node(b, CONFIG_SCALAR, event->start_mark);
    if (node == NULL) {
        return;
    }
    node->text = arena_text(b->memory, text, size);
    node->size = size;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (node->text == NULL) {
        b->status = KINMU_E_NOMEM;
        return;
    }
    place_node(b, node, event->start_mark);
    note_anchor(b, event->data.scalar.anchor, node, event->start_mark);
}

static void on_open(builder *b, int32_t type, const yaml_event_t *event) {
    int32_t is_map = type == CONFIG_MAP;
    refuse_tag(b, is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag,
               event->start_mark);
    if (b->depth == CONFIG_DEPTH_MAX) {
        STOP(b, event->start_mark, "nested deeper than %u levels", CONFIG_DEPTH_MAX);
        return;
    }
    config_node *node = new_node(b, type, event->start_mark);
    if (node == NULL) {
        return;
    }
    place_node(b, node, event->start_mark);
    note_anchor(b, is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                node, event->start_mark);
    b->stack[b->depth++] = (frame){node, 0};
}

static void on_close(builder *b) {
    assert(b->depth > 0); /* libyaml closes only what it opened */
    config_node *node = b->stack[--b->depth].node;
    assert(node != NULL);
    close_anchors(b, node);
    if (node->type == CONFIG_MAP) {
        int32_t status = config_map_unique(b->memory, node, "", b->problems);
        b->status = status != KINMU_OK ? status : b->status;
    }
}

static void on_event(builder *b, const yaml_event_t *event) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->documents++ > 0) {
            STOP(b, event->start_mark,
                 "a second document begins here; a file holds one: put it into a file of its own");
        }
        break;
    case YAML_ALIAS_EVENT:
        on_alias(b, event);
        break;
    case YAML_SCALAR_EVENT:
        on_scalar(b, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        on_open(b, CONFIG_LIST, event);
        break;
    case YAML_MAPPING_START_EVENT:
        on_open(b, CONFIG_MAP, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        on_close(b);
        break;
    default:
        break;
    }
}

/* ---- what libyaml refuses, in words a person can act on ---- */

static const char *cure_for(const char *problem, char found) {
    if (found == '\t') {
        return "a tab stands where only spaces may: indent with spaces";
    }
    if (strstr(problem, "cannot start any token") != NULL) {
        return "a value may not begin with this character: put the value in quotes";
    }
    if (strstr(problem, "mapping values are not allowed") != NULL) {
        return "\": \" inside a value, or wrong indentation: put the value in quotes, or align the "
               "line";
    }
    if (strstr(problem, "did not find expected key") != NULL ||
        strstr(problem, "could not find expected ':'") != NULL) {
        return "expected \"key: value\" here: check indentation, the colon and the blank after it";
    }
    if (strstr(problem, "unexpected end of stream") != NULL) {
        return "a quote is opened and never closed";
    }
    return NULL;
}

/* Place of the byte at `stop`, or of the first one before it that is not UTF-8. */
static yaml_mark_t place_of(const char *text, size_t size, size_t stop) {
    yaml_mark_t mark = {0};
    for (size_t at = 0; at < size && at < stop;) {
        size_t length = 1;
        while (at + length < size && length < 4 && ((uint8_t)text[at + length] & 0xC0) == 0x80) {
            length++;
        }
        if (!text_is_utf8(text + at, length)) {
            break;
        }
        mark.column = text[at] == '\n' ? 0 : mark.column + 1;
        mark.line += text[at] == '\n';
        at += length;
    }
    return mark;
}

static char character_at(const char *text, size_t size, yaml_mark_t mark) {
    /* libyaml counts marks in characters; finding the byte costs one walk, once per broken file. */
    size_t characters = 0;
    for (size_t i = 0; i < size; i++) {
        if (((uint8_t)text[i] & 0xC0) != 0x80 && characters++ == mark.index) {
            return text[i];
        }
    }
    return '\0';
}

static void report_syntax(builder *b, const yaml_parser_t *parser, const char *text, size_t size) {
    if (parser->error == YAML_MEMORY_ERROR) {
        b->status = KINMU_E_NOMEM;
        return;
    }
    if (parser->error == YAML_READER_ERROR) {
        STOP(b, place_of(text, size, parser->problem_offset),
             "the control character U+%04X is not allowed; remove it",
             (unsigned)parser->problem_value);
        return;
    }
    yaml_mark_t mark = parser->problem_mark;
    const char *problem = parser->problem != NULL ? parser->problem : "unreadable";
    const char *cure = cure_for(problem, character_at(text, size, mark));
    if (cure != NULL) {
        STOP(b, mark, "not valid YAML: %s", cure);
    } else if (parser->context != NULL) {
        STOP(b, mark, "not valid YAML: %s (%s that begins in line %u)", problem, parser->context,
             (unsigned)parser->context_mark.line + 1);
    } else {
        STOP(b, mark, "not valid YAML: %s", problem);
    }
}

static void read_events(builder *b, const char *text, size_t size) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        b->status = KINMU_E_NOMEM;
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    int32_t is_done = 0;
    while (b->status == KINMU_OK && !is_done) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            report_syntax(b, &parser, text, size);
            break;
        }
        is_done = event.type == YAML_STREAM_END_EVENT;
        on_event(b, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

int32_t config_read_yaml(arena *memory, const char *file, const char *text, size_t size,
                         uint32_t *nodes_left, config_node **root, config_problems *problems) {
    uint32_t errors = problems->errors;
    builder b = {.memory = memory, .file = file, .nodes_left = nodes_left, .problems = problems};
    *root = NULL;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (size > CONFIG_FILE_BYTES_MAX) {
        config_problem_add(problems, CONFIG_ERROR, file, 0, 0,
                           "larger than %u bytes; split it into several files",
                           CONFIG_FILE_BYTES_MAX);
        return KINMU_E_CONFIG;
    }
    if (!text_is_utf8(text, size)) {
        yaml_mark_t mark = place_of(text, size, size);
        STOP(&b, mark, "not valid UTF-8 from here on; save the file as UTF-8");
        return KINMU_E_CONFIG;
    }
    read_events(&b, text, size);
    if (b.status == KINMU_OK && (b.root == NULL || config_is_null(b.root))) {
        yaml_mark_t start = {0};
        b.root = new_node(&b, CONFIG_MAP, start);
    }
    *root = b.status == KINMU_OK ? b.root : NULL;
    return b.status != KINMU_OK ? b.status : problems->errors > errors ? KINMU_E_CONFIG : KINMU_OK;
}

int32_t config_parse(const char *file, const char *text, size_t size, config_node **root,
                     void **memory, config_problems *problems) {
    uint32_t nodes_left = CONFIG_NODES_MAX;
    arena *owned = calloc(1, sizeof *owned);
    *root = NULL;
    *memory = owned;
    if (owned == NULL) {
        return KINMU_E_NOMEM;
    }
    const char *name = arena_text(owned, file, strlen(file));
    return name == NULL ? KINMU_E_NOMEM
                        : config_read_yaml(owned, name, text, size, &nodes_left, root, problems);
}

void config_memory_free(void *memory) {
    if (memory != NULL) {
        arena_free(memory);
        free(memory);
    }
}
