/* host/hub_policy.c - what this node's hub wants of it: taken from answers, judged, kept, put in
 * force by the same difference as a changed conf.d, and told to people on both sides.
 *
 * A policy that cannot be used changes nothing: the one before stays in force, `kinmu status` says
 * why, and so does an audit event, which reaches the hub with the next push. It is judged again
 * when conf.d changes. Nothing a hub says can keep this node from starting.
 */
#include "host/hub_policy.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "host/policy_file.h"
#include <kinmu/events/audit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_BYTES_MAX 160u /* of one value */
#define TOLD_BYTES_MAX 2000u /* of all values, or all problems, in one event */
#define TOLD_OBJECT "policy"

enum { POLICY_NONE, POLICY_IN_FORCE, POLICY_REFUSED, POLICY_WAITING };
static const char *const state_names[] = {"none", "in force", "refused", "waiting"};

struct hub_policy {
    uv_mutex_t lock;
    buffer newest; /* what the hub said last, as the file would be, whatever became of it */
    int32_t has_newest;
    int32_t is_new; /* not judged yet, or to be judged again */

    /* From here on the main loop's. */
    buffer file; /* as the configuration was last read with it; empty = none */
    int32_t is_file_used;
    int32_t state;
    char problem[KINMU_ERR_MSG_SIZE];

    bus_publisher publisher;
    const schema_info *schemas[1];
    int32_t is_untold;
    char result[8]; /* "done", "refused" */
    char values[TOLD_BYTES_MAX + 1];
    char reason[TOLD_BYTES_MAX + 1];
};

int32_t hub_policy_open(node *n) {
    struct hub_policy *p = calloc(1, sizeof *p);
    if (p == NULL || uv_mutex_init(&p->lock) != 0) {
        free(p);
        return KINMU_E_NOMEM;
    }
    p->publisher.instance = "kinmu";
    p->publisher.owner = "kinmu";
    p->publisher.account = "";
    p->publisher.schemas = p->schemas;
    p->publisher.schema_count = 1;
    n->policy = p;
    return KINMU_OK;
}

void hub_policy_close(node *n) {
    struct hub_policy *p = n->policy;
    if (p != NULL) {
        buffer_free(&p->newest);
        buffer_free(&p->file);
        uv_mutex_destroy(&p->lock);
        free(p);
        n->policy = NULL;
    }
}

/* ---- what was said ---- */

static int32_t same(const buffer *a, const void *data, size_t size) {
    return a->size == size && (size == 0 || memcmp(a->data, data, size) == 0);
}

static void replace(buffer *to, const void *data, size_t size) {
    buffer_clear(to);
    buffer_append(to, data, size);
}

void hub_policy_offer(node *n, const char *said, size_t size) {
    struct hub_policy *p = n->policy;
    buffer text = {0};
    kinmu_err err = {{0}, {0}};
    if (policy_file_compose(n->data, said, size, &text, &err) != KINMU_OK) {
        log_warn("policy", "the hub's policy is not taken: %s", err.msg);
        buffer_free(&text);
        return;
    }
    uv_mutex_lock(&p->lock);
    int32_t is_news = !p->has_newest || !same(&p->newest, text.data, text.size);
    if (is_news) {
        replace(&p->newest, text.data, text.size);
        p->has_newest = p->is_new = p->newest.failed == KINMU_OK;
    }
    uv_mutex_unlock(&p->lock);
    buffer_free(&text);
    if (is_news) {
        node_wake(n);
    }
}

/* ---- telling ---- */

static void describe(const config_policy_value *value, buffer *out) {
    char shown[SHOWN_BYTES_MAX + 1];
    text_copy(shown, sizeof shown, value->value);
    buffer_printf(out, "%s: %s", value->where, shown);
    if (value->before[0] != '\0' && strcmp(value->before, value->value) != 0) {
        text_copy(shown, sizeof shown, value->before);
        buffer_printf(out, " (conf.d: %s)", shown);
    }
}

static void note_report(struct hub_policy *p, const char *result, const config *conf,
                        const config_problems *problems) {
    buffer values = {0};
    buffer reason = {0};
    for (uint32_t i = 0; conf != NULL && i < conf->policy_value_count; i++) {
        buffer_text(&values, i > 0 ? "; " : "");
        describe(&conf->policy_values[i], &values);
    }
    config_problems_print(problems, &reason);
    text_copy(p->result, sizeof p->result, result);
    text_copy(p->values, sizeof p->values, buffer_string(&values));
    text_copy(p->reason, sizeof p->reason, buffer_string(&reason));
    p->is_untold = 1;
    buffer_free(&values);
    buffer_free(&reason);
}

static void report(node *n) {
    struct hub_policy *p = n->policy;
    kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS];
    kinmu_err err = {{0}, {0}};
    for (uint32_t i = 0; i < KINMU_AUDIT_CHANGE_FIELDS; i++) {
        values[i] = kinmu_null();
    }
    values[KINMU_AUDIT_CHANGE_CHANGED_BY] = kinmu_text("hub");
    values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("update");
    values[KINMU_AUDIT_CHANGE_RESULT] = kinmu_text(p->result);
    values[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text(TOLD_OBJECT);
    values[KINMU_AUDIT_CHANGE_CHANNEL] = kinmu_text("conf");
    values[KINMU_AUDIT_CHANGE_AFTER] = kinmu_text(p->values);
    if (p->reason[0] != '\0') {
        values[KINMU_AUDIT_CHANGE_REASON] = kinmu_text(p->reason);
    }
    if (p->schemas[0] == NULL) {
        p->schemas[0] = schema_registry_find(n->schemas, "kinmu.audit.change/1",
                                             strlen("kinmu.audit.change/1"));
    }
    const kinmu_event event = {.value_count = KINMU_AUDIT_CHANGE_FIELDS, .values = values};
    int32_t status = bus_publish(n->in, &p->publisher, &event, 1, NULL, NULL, NULL, &err);
    p->is_untold = status == KINMU_E_BUSY;
    if (status != KINMU_OK && status != KINMU_E_BUSY) {
        log_error("policy", "what became of it could not be recorded: %s", err.msg);
    }
}

void hub_policy_status(const node *n, buffer *out) {
    const struct hub_policy *p = n->policy;
    buffer line = {0};
    buffer_printf(out, ",\"policy\":\"%s\",\"policy_problem\":", state_names[p->state]);
    text_json(out, p->problem, strlen(p->problem));
    buffer_text(out, ",\"policy_values\":[");
    for (uint32_t i = 0; i < n->conf->policy_value_count; i++) {
        buffer_clear(&line);
        describe(&n->conf->policy_values[i], &line);
        buffer_text(out, i > 0 ? "," : "");
        text_json(out, buffer_string(&line), line.size);
    }
    buffer_text(out, "]");
    buffer_free(&line);
}

/* ---- judging ---- */

static void log_problems(const config_problems *problems) {
    for (uint32_t i = 0; i < problems->count; i++) {
        const config_problem *one = &problems->items[i];
        log_write(one->is_warning ? KINMU_LOG_WARN : KINMU_LOG_ERROR, "policy", "%s:%u:%u: %s",
                  one->file, one->line, one->column, one->text);
    }
}

static void set_state(struct hub_policy *p, int32_t state, const char *problem) {
    p->state = state;
    text_copy(p->problem, sizeof p->problem, problem);
}

static void refuse(struct hub_policy *p, const config_problems *problems) {
    char first[KINMU_ERR_MSG_SIZE];
    const config_problem *error = problems->items;
    while (error->is_warning) { /* there is an error, or it would not be refused */
        error++;
    }
    snprintf(first, sizeof first,
             "the hub's policy is refused, %u errors, the first: %s:%u:%u: %.300s",
             problems->errors, error->file, error->line, error->column, error->text);
    if (strcmp(first, p->problem) != 0) {
        log_problems(problems);
        log_error("policy", "refused as a whole: what was in force stays");
        note_report(p, "refused", NULL, problems);
    }
    set_state(p, POLICY_REFUSED, first);
}

/* What the hub said last, over conf.d as it is now. */
static void judge(node *n, const buffer *text) {
    struct hub_policy *p = n->policy;
    config *fresh = NULL;
    config_problems problems = {0};
    config_source source = catalog_source(n->plugins);
    config_policy wanted = {
        .file = POLICY_FILE, .text = (const char *)text->data, .size = text->size};
    kinmu_err err = {{0}, {0}};
    int32_t status = config_load_with(n->settings.conf, &source, &wanted, &fresh, &problems);
    if (status != KINMU_OK) {
        set_state(p, POLICY_WAITING,
                  "the hub's policy is judged once the configuration here has no errors");
    } else if (!wanted.is_applied) {
        refuse(p, &wanted.problems);
    } else if (policy_file_write(n->data, text, &err) != KINMU_OK) {
        log_error("policy", "%s", err.msg);
        set_state(p, POLICY_WAITING, err.msg);
    } else {
        log_problems(&wanted.problems);
        log_info("policy", "the hub's policy is in force: %u values", fresh->policy_value_count);
        note_report(p, "done", fresh, &wanted.problems);
        set_state(p, POLICY_IN_FORCE, "");
        replace(&p->file, text->data, text->size);
        p->is_file_used = 1;
        node_use_config(n, fresh);
        fresh = NULL;
    }
    config_free(fresh);
    config_problems_free(&wanted.problems);
    config_problems_free(&problems);
}

/* 1 when it is of the hub this node belongs to now. */
static int32_t is_ours(const node *n, const buffer *text) {
    buffer first = {0};
    int32_t is = policy_file_compose(n->data, "", 0, &first, NULL) == KINMU_OK &&
                 text->size >= first.size && memcmp(text->data, first.data, first.size) == 0;
    buffer_free(&first);
    return is;
}

static void take_newest(node *n) {
    struct hub_policy *p = n->policy;
    buffer text = {0};
    uv_mutex_lock(&p->lock);
    int32_t is_new = p->is_new;
    p->is_new = 0;
    if (is_new && is_ours(n, &p->newest)) {
        replace(&text, p->newest.data, p->newest.size);
    } else if (is_new) {
        p->has_newest = 0;
    }
    uv_mutex_unlock(&p->lock);
    if (text.size > 0 && !same(&p->file, text.data, text.size)) {
        judge(n, &text);
    } else if (is_new && (text.size == 0 || p->is_file_used)) { /* nothing waits any more */
        set_state(p, p->is_file_used ? POLICY_IN_FORCE : POLICY_NONE, "");
    }
    buffer_free(&text);
}

void hub_policy_turn(node *n) {
    if (!n->is_stopping) {
        take_newest(n);
        if (n->policy->is_untold) {
            report(n);
        }
    }
}

/* ---- conf.d is read ---- */

static void settle(node *n, const config_policy *wanted, const buffer *text) {
    struct hub_policy *p = n->policy;
    replace(&p->file, text->data, text->size);
    p->is_file_used = wanted->is_applied;
    if (text->size > 0 && !wanted->is_applied) {
        refuse(p, &wanted->problems);
    } else {
        set_state(p, p->is_file_used ? POLICY_IN_FORCE : POLICY_NONE, "");
    }
    uv_mutex_lock(&p->lock);
    if (!p->has_newest && text->size > 0) {
        replace(&p->newest, text->data, text->size);
        p->has_newest = p->newest.failed == KINMU_OK;
    }
    p->is_new = p->has_newest; /* what was refused may fit now */
    uv_mutex_unlock(&p->lock);
}

int32_t hub_policy_load(node *n, config **out, config_problems *problems) {
    buffer text = {0};
    kinmu_err err = {{0}, {0}};
    config_source source = catalog_source(n->plugins);
    int32_t status = policy_file_read(n->data, &text, &err);
    if (status != KINMU_OK) {
        if (status != KINMU_E_NOTFOUND) {
            log_warn("policy", "%s", err.msg);
        }
        buffer_clear(&text);
    }
    config_policy wanted = {
        .file = POLICY_FILE, .text = (const char *)text.data, .size = text.size};
    status =
        config_load_with(n->settings.conf, &source, text.size > 0 ? &wanted : NULL, out, problems);
    if (status == KINMU_OK) {
        settle(n, &wanted, &text);
    }
    config_problems_free(&wanted.problems);
    buffer_free(&text);
    return status;
}

void hub_policy_tick(node *n) {
    struct hub_policy *p = n->policy;
    buffer text = {0};
    if (policy_file_read(n->data, &text, NULL) != KINMU_OK) {
        buffer_clear(&text);
    }
    if (!n->is_stopping && !same(&p->file, text.data, text.size)) {
        log_info("policy", "the node's enrolment or its policy file changed");
        node_reload(n);
    } else if (p->state == POLICY_WAITING) {
        uv_mutex_lock(&p->lock);
        p->is_new = p->has_newest;
        uv_mutex_unlock(&p->lock);
    }
    buffer_free(&text);
}
