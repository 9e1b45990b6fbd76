/* host/calls.c - commands between instances and from people: found by name, values checked against
 * the command's own table, answered once or timed out. */
#include "host/node_internal.h"

#include "base/error.h"
#include "base/text.h"
#include <kinmu/iface/calls.h>

#include <stdlib.h>
#include <string.h>

typedef struct pending_call pending_call;
struct pending_call {
    pending_call *next;
    uint64_t id;
    uint32_t command;
    instance *from; /* NULL = a person */
    instance *to;
    uint64_t deadline_ms;
    call_answer_fn answer;
    void *user;
};

static int32_t find_command(const instance *to, const char *command, uint32_t *index,
                            kinmu_command *row, kinmu_err *err) {
    const kinmu_table *table = &to->entry->plugin->commands;
    const char *names[KINMU_FIELDS_MAX];
    uint32_t count = table->count < KINMU_FIELDS_MAX ? table->count : KINMU_FIELDS_MAX;
    for (*index = 0; *index < count; (*index)++) {
        schema_table_row(table, *index, row, sizeof *row);
        names[*index] = row->name;
        if (strcmp(row->name, command) == 0) {
            return KINMU_OK;
        }
    }
    const char *nearest = text_nearest(command, names, count);
    return error_set(err, KINMU_E_NOTFOUND, "call.command", "%s has no command \"%s\"%s%s%s",
                     to->name, command, nearest != NULL ? " (did you mean " : "",
                     nearest != NULL ? nearest : "", nearest != NULL ? "?)" : "");
}

/* Values against a command's input or output fields. */
static int32_t check_values(const instance *to, const kinmu_command *command,
                            const kinmu_table *fields, const kinmu_value *values, uint32_t count,
                            kinmu_err *err) {
    static const kinmu_value null;
    if (count > fields->count) {
        return error_set(err, KINMU_E_REJECT, "call.values", "%s %s has %u values, %u were given",
                         to->name, command->name, fields->count, count);
    }
    for (uint32_t i = 0; i < fields->count; i++) {
        kinmu_field field;
        schema_table_row(fields, i, &field, sizeof field);
        const kinmu_value *value = i < count ? &values[i] : &null;
        int32_t missing = value->type == KINMU_TYPE_NULL;
        int32_t is_text = value->type == KINMU_TYPE_TEXT;
        if ((missing && (field.flags & KINMU_FIELD_REQUIRED) != 0) ||
            (!missing && value->type != field.type) ||
            (is_text && value->size > 0 &&
             (value->as.text == NULL || !text_is_utf8(value->as.text, value->size)))) {
            return error_set(err, KINMU_E_REJECT, "call.value", "%s %s: \"%s\" is %s", to->name,
                             command->name, field.name, missing ? "required" : "of the wrong type");
        }
    }
    return KINMU_OK;
}

/* A word nobody knows is refused to all but those who may everything. */
static int32_t check_rights(const instance *to, const kinmu_command *command, uint32_t rights,
                            kinmu_err *err) {
    static const struct {
        const char *word;
        uint32_t right;
    } permissions[] = {{"self", KINMU_RIGHT_SELF},
                       {"manager", KINMU_RIGHT_MANAGER},
                       {"admin", KINMU_RIGHT_ADMIN},
                       {"operator", KINMU_RIGHT_OPERATOR}};
    uint32_t needed = KINMU_RIGHTS_ALL;
    for (size_t i = 0; i < sizeof permissions / sizeof permissions[0]; i++) {
        if (command->permission != NULL && strcmp(permissions[i].word, command->permission) == 0) {
            needed = permissions[i].right;
        }
    }
    return (rights & needed) == needed
               ? KINMU_OK
               : error_set(err, KINMU_E_DENIED, "call.denied",
                           "%s %s: この操作の権限（%s）がありません / this needs the permission "
                           "\"%s\"",
                           to->name, command->name, command->permission, command->permission);
}

static void pass_on(instance *to, const kinmu_call *call) {
    if (to->local != NULL) {
        kinmu_err err = {{0}, {0}};
        int32_t status = hosted_call(to->local, call, &err);
        if (status != KINMU_OK) {
            calls_answer(to->owner, to, call->id, status, NULL, 0, err.msg);
        }
        return;
    }
    buffer out = {0};
    size_t begin = frame_begin(&out, FRAME_CALL, to->number);
    frame_u64(&out, call->id);
    frame_u64(&out, call->command);
    frame_text(&out, call->caller);
    frame_u64(&out, call->rights);
    frame_values(&out, call->values, call->value_count);
    frame_end(&out, begin);
    link_send(to->runner, &out);
}

static uint32_t count_open(const node *n, const instance *from) {
    uint32_t count = 0;
    for (const pending_call *p = n->calls; p != NULL; p = p->next) {
        count += p->from == from;
    }
    return count;
}

int32_t calls_send(node *n, const kinmu_behalf *whose, const char *to_name, const char *command,
                   const kinmu_value *values, uint32_t count, call_answer_fn answer, void *user,
                   instance *from, kinmu_err *err) {
    instance *to = instance_find(n, to_name);
    kinmu_command row;
    uint32_t index = 0;
    if (to == NULL || to->state != INSTANCE_RUNNING) {
        return error_set(err, KINMU_E_NOTFOUND, "call.instance",
                         "no instance \"%s\" is running; see kinmu status", to_name);
    }
    int32_t status = find_command(to, command, &index, &row, err);
    if (status == KINMU_OK) {
        status = check_rights(to, &row, whose->rights, err);
    }
    if (status == KINMU_OK) {
        status = check_values(to, &row, &row.input, values, count, err);
    }
    if (status != KINMU_OK) {
        return status;
    }
    if (count_open(n, from) >= KINMU_CALLS_OPEN_MAX) {
        return error_set(err, KINMU_E_BUSY, "call.many", "too many calls are open");
    }
    pending_call *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return KINMU_E_NOMEM;
    }
    *p = (pending_call){
        n->calls, ++n->next_call, index, from, to, uv_now(&n->loop) + KINMU_CALL_TIMEOUT_MS, answer,
        user};
    n->calls = p;
    kinmu_call call = {(uint32_t)sizeof call, index, p->id, whose->caller, values, count,
                       whose->rights};
    pass_on(to, &call);
    return KINMU_OK;
}

int32_t calls_bearer(node *n, const char *plugin, const char *name, const char **found,
                     kinmu_err *err) {
    uint32_t count = 0;
    for (const instance *i = n->instances; i != NULL; i = i->next) {
        if (strcmp(i->entry->plugin->name, plugin) == 0 &&
            (name[0] == '\0' || strcmp(name, i->name) == 0)) {
            *found = i->name;
            count++;
        }
    }
    if (count == 0) {
        return error_set(err, KINMU_E_NOTFOUND, "call.instance",
                         "no instance%s%s of plugin \"%s\" is configured; see kinmu status",
                         name[0] != '\0' ? " " : "", name, plugin);
    }
    return count == 1 ? KINMU_OK
                      : error_set(err, KINMU_E_REJECT, "call.instance",
                                  "%u instances of plugin \"%s\" run; say which by --instance NAME "
                                  "(see kinmu status)",
                                  count, plugin);
}

static pending_call *take_call(pending_call **at) {
    pending_call *p = *at;
    *at = p->next;
    return p;
}

static void end_call(pending_call *p, int32_t status, const kinmu_value *values, uint32_t count,
                     const char *text) {
    kinmu_command command;
    kinmu_err err = {{0}, {0}};
    schema_table_row(&p->to->entry->plugin->commands, p->command, &command, sizeof command);
    /* A refusal may carry values too: what exactly is wrong. */
    int32_t has_values = status == KINMU_OK || (status == KINMU_E_REJECT && count > 0);
    if (has_values &&
        check_values(p->to, &command, &command.output, values, count, &err) != KINMU_OK) {
        p->answer(p->user, KINMU_E_REJECT, NULL, 0, err.msg); /* a plugin may lie */
    } else {
        p->answer(p->user, status, has_values ? values : NULL, has_values ? count : 0, text);
    }
    free(p);
}

void calls_answer(node *n, instance *from, uint64_t id, int32_t status, const kinmu_value *values,
                  uint32_t count, const char *text) {
    for (pending_call **at = &n->calls; *at != NULL; at = &(*at)->next) {
        if ((*at)->id == id && (*at)->to == from) {
            end_call(take_call(at), status, values, count, text);
            return;
        }
    }
}

/* An answer may send and answer others: the search begins anew after each. */
void calls_expire(node *n, instance *gone) {
    uint64_t now = uv_now(&n->loop);
    for (pending_call **at = &n->calls; *at != NULL;) {
        if (gone != NULL ? (*at)->to == gone : now >= (*at)->deadline_ms) {
            end_call(take_call(at), KINMU_E_RETRY, NULL, 0,
                     gone != NULL ? "the plugin ended before it answered" : "no answer in time");
            at = &n->calls;
        } else {
            at = &(*at)->next;
        }
    }
}
