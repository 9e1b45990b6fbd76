/* api/run.c - POST commands/INSTANCE/COMMAND: a JSON object becomes the command's values, goes out
 * in the caller's name, and what comes back becomes JSON.
 *
 * With an Idempotency-Key the key is written down before the command goes out and the answer after
 * it, each as a decision. Who repeats the request gets that answer; who dies in between leaves a
 * key whose outcome is told to be unknown. */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES_MAX 12000u /* of an answer; longer ones are not kept */

/* ---- which commands there are ---- */

static int32_t names_files(const kinmu_command *row) {
    for (uint32_t i = 0; i < row->input.count; i++) {
        uint32_t role = body_field(&row->input, i).role;
        if (role == KINMU_ROLE_PATH || role == KINMU_ROLE_FILE) {
            return 1;
        }
    }
    return 0;
}

/* Of the API's own what people keep, and who can log in: tokens are made at the shell. */
static int32_t is_offered(const api *a, const char *instance, const kinmu_command *row) {
    if (strcmp(instance, a->host->instance) == 0) {
        return strncmp(row->name, "search_", 7) == 0 ||
               (strncmp(row->name, "token_", 6) != 0 && row->shell != NULL);
    }
    return !names_files(row);
}

/* An invitation is shown once, and not kept for a repetition. */
static int32_t has_secret(const exchange *x) {
    return strcmp(x->instance, x->owner->host->instance) == 0 &&
           strcmp(x->command, "login_invite") == 0;
}

void run_collect(exchange *x) {
    api *a = x->owner;
    const char *instance = NULL;
    kinmu_command row;
    uint32_t capacity = 0;
    for (uint32_t i = 0; a->commands->at(a->host, i, &instance, &row) == KINMU_OK; i++) {
        if (!is_offered(a, instance, &row)) {
            continue;
        }
        offer *offers =
            memory_grow(&x->memory, x->offers, x->offer_count, &capacity, sizeof *offers);
        const char *name = memory_text(&x->memory, instance, strlen(instance));
        if (offers == NULL || name == NULL) {
            problem_set(x, 503, "memory", NULL, NULL);
            return;
        }
        x->offers = offers;
        x->offers[x->offer_count++] = (offer){name, row};
    }
}

void run_name(exchange *x, const char *instance, const char *command) {
    const api *a = x->owner;
    const char *name = NULL;
    kinmu_command row;
    x->instance = instance;
    x->command = command;
    for (uint32_t i = 0; a->commands->at(a->host, i, &name, &row) == KINMU_OK; i++) {
        if (strcmp(name, instance) == 0 && strcmp(row.name, command) == 0) {
            x->row = row;
            return;
        }
    }
    x->row.name = NULL; /* told once it is known who asks */
}

void run_find(exchange *x) {
    uint32_t last = x->target.segment_count - 1;
    const char *instance = x->target.segments[1];
    for (uint32_t i = 2; i < last && instance != NULL; i++) {
        instance = memory_print(&x->memory, "%s/%s", instance, x->target.segments[i]);
    }
    if (instance == NULL) {
        problem_set(x, 503, "memory", NULL, NULL);
        return;
    }
    run_name(x, instance, x->target.segments[last]);
    if (x->row.name != NULL && !is_offered(x->owner, instance, &x->row)) {
        x->row.name = NULL;
    }
}

void commands_list_job(exchange *x) {
    json_t *list = json_array();
    for (uint32_t i = 0; i < x->offer_count; i++) {
        const offer *o = &x->offers[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "instance", o->instance,
                                              "command", o->row.name, "permission",
                                              o->row.permission, "doc", o->row.doc));
    }
    exchange_json(x, 200, json_pack("{s:o}", "commands", list));
}

/* ---- in the job: is it allowed, and does it fit ---- */

int32_t run_may(exchange *x) {
    static const struct {
        const char *word;
        uint32_t right;
    } permissions[] = {{"self", KINMU_RIGHT_SELF},
                       {"manager", KINMU_RIGHT_MANAGER},
                       {"admin", KINMU_RIGHT_ADMIN},
                       {"operator", KINMU_RIGHT_OPERATOR}};
    uint32_t needed = KINMU_RIGHTS_ALL;
    const char *full = memory_print(&x->memory, "%s/%s", x->instance, x->command);
    for (size_t i = 0; i < sizeof permissions / sizeof permissions[0]; i++) {
        needed =
            strcmp(permissions[i].word, x->row.permission) == 0 ? permissions[i].right : needed;
    }
    if ((x->caller.rights & needed) != needed) {
        problem_set(x, 403, "role.denied", x->row.permission, NULL);
        return 0;
    }
    if (full == NULL ||
        (!gate_has_scope(x, "call", x->instance) && !gate_has_scope(x, "call", full))) {
        problem_set(x, 403, "scope.denied", memory_print(&x->memory, "call:%s", full), NULL);
        return 0;
    }
    return 1;
}

int32_t run_check_key(exchange *x) {
    size_t size = strlen(x->key);
    if (size > 0 && has_secret(x)) {
        problem_set(x, 422, "key.secret", NULL, NULL);
        return 0;
    }
    for (size_t i = 0; i < size; i++) {
        if (size > API_KEY_BYTES_MAX || x->key[i] < 0x20 || x->key[i] > 0x7E) {
            problem_set(x, 400, "key.bad", NULL, NULL);
            return 0;
        }
    }
    return 1;
}

static int32_t take_key(exchange *x) {
    if (!run_check_key(x)) {
        return 0;
    }
    const char *text =
        memory_print(&x->memory, "%s/%s %.*s", x->instance, x->command, (int)x->body_size, x->body);
    return text != NULL && token_hash(text, strlen(text), x->sha256);
}

void command_job(exchange *x) {
    body_fault fault = {NULL, NULL, NULL};
    if (x->row.name == NULL) {
        problem_set(x, 404, "command.unknown",
                    memory_print(&x->memory, "%s/%s", x->instance, x->command), NULL);
        return;
    }
    if (!run_may(x) || !take_key(x)) {
        return;
    }
    if (x->body_size > 0 && strncmp(x->content_type, "application/json", 16) != 0) {
        problem_set(x, 415, "body.type.header", NULL, NULL);
        return;
    }
    json_t *object = body_parse(&x->memory, x->body, x->body_size, &fault);
    if (object == NULL) {
        problem_set(x, 400, fault.code, fault.one, fault.two);
        return;
    }
    x->values = body_values(&x->memory, &x->row.input, object, &fault);
    json_decref(object);
    if (x->values == NULL) {
        problem_set(x, 422, fault.code, fault.one, fault.two);
    }
}

/* ---- turns ---- */

static void failed(exchange *x, int32_t status) {
    problem_of_status(x, status, "", NULL);
    exchange_answer(x);
}

static void on_kept(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                    const char *text) {
    exchange *x = user;
    (void)values;
    (void)count;
    (void)text;
    if (!exchange_is_alive(x)) {
        return;
    }
    if (status != KINMU_OK) { /* done, but a repetition would be told that nobody knows */
        x->owner->host->log(x->owner->host, KINMU_LOG_WARN,
                            "an answer with an Idempotency-Key could not be kept");
    }
    exchange_answer(x);
}

static void keep(exchange *x) {
    api *a = x->owner;
    int32_t is_short = x->answer_size <= KEPT_BYTES_MAX;
    const kinmu_value values[] = {
        kinmu_text(x->caller.name), kinmu_text(x->key), kinmu_bytes(x->sha256, sizeof x->sha256),
        x->status == 503 ? kinmu_null() : kinmu_i64(x->status),
        is_short ? kinmu_text_n(x->answer, x->answer_size) : kinmu_null()};
    if (a->calls->send(a->host, a->host->instance, "answer_end", values, 5, on_kept, x) !=
        KINMU_OK) {
        on_kept(x, KINMU_E_BUSY, NULL, 0, "");
    }
}

static void on_called(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                      const char *text) {
    exchange *x = user;
    if (!exchange_is_alive(x)) {
        return;
    }
    json_t *output = count > 0 ? body_object(&x->row.output, values, count) : NULL;
    if (status == KINMU_OK) {
        exchange_json(x, 200, output != NULL ? output : json_object());
    } else {
        problem_of_status(x, status, text, output);
    }
    exchange_compare(x);
    if (x->key[0] != '\0' && status != KINMU_E_RETRY) { /* after which nobody knows */
        keep(x);
    } else {
        exchange_answer(x);
    }
}

void run_send(exchange *x, const kinmu_value *values, uint32_t count, kinmu_answer_fn then) {
    const api *a = x->owner;
    const kinmu_behalf whose = {(uint32_t)sizeof whose, x->caller.rights, x->caller.name};
    int32_t status =
        a->commands->send(a->host, &whose, x->instance, x->command, values, count, then, x);
    if (status != KINMU_OK) {
        then(x, status, NULL, 0, "");
    }
}

static void send(exchange *x) {
    run_send(x, x->values, x->row.input.count, on_called);
}

/* The outputs of answer_begin. */
static void on_begun(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                     const char *text) {
    exchange *x = user;
    (void)text;
    if (!exchange_is_alive(x)) {
        return;
    }
    if (status != KINMU_OK || count < 3) {
        failed(x, status != KINMU_OK ? status : KINMU_E_RETRY);
        return;
    }
    char state[16];
    (void)snprintf(state, sizeof state, "%.*s", (int)values[0].size, values[0].as.text);
    if (strcmp(state, "fresh") == 0) {
        send(x);
        return;
    }
    if (strcmp(state, "same") == 0 && values[2].type == KINMU_TYPE_TEXT) {
        x->answer = malloc((size_t)values[2].size + 1);
        if (x->answer != NULL) {
            memcpy(x->answer, values[2].as.text, values[2].size);
            x->answer_size = values[2].size;
            x->status = (uint32_t)values[1].as.i64;
            x->type = x->status < 300 ? "application/json" : "application/problem+json";
            exchange_answer(x);
            return;
        }
    }
    const char *code = strcmp(state, "other") == 0     ? "key.other"
                       : strcmp(state, "running") == 0 ? "key.running"
                       : strcmp(state, "same") == 0    ? "key.long"
                                                       : "key.unknown";
    problem_set(x, strcmp(state, "other") == 0 ? 422 : 409, code, NULL, NULL);
    x->wait_s = strcmp(state, "running") == 0 ? 1 : 0;
    exchange_answer(x);
}

void run_command(exchange *x) {
    api *a = x->owner;
    if (x->key[0] == '\0') {
        send(x);
        return;
    }
    const kinmu_value values[] = {kinmu_text(x->caller.name), kinmu_text(x->key),
                                  kinmu_bytes(x->sha256, sizeof x->sha256)};
    int32_t status =
        a->calls->send(a->host, a->host->instance, "answer_begin", values, 3, on_begun, x);
    if (status != KINMU_OK) {
        failed(x, status);
    }
}
