/* approval/decide.c - approve, deny, return, withdraw; an incident is judged (APR-02 to APR-04,
 * APR-08, APR-11); and what ends by itself (APR-13). Who asked need not be active any more: what he
 * asked is still decided. */
#include "approval.h"

#include <string.h>

enum { IN_REQUEST, IN_COMMENT, IN_AS };

/* Who decides: the asker, or whom an administrator or plugin names. */
static int32_t find_decider(hearing *h, const char **decider) {
    *decider = desk_is_given(h->call, IN_AS) ? desk_text(h->call, IN_AS) : h->asker;
    if (!h->is_admin && strcmp(*decider, h->asker) != 0) {
        return refuse(h, KINMU_E_DENIED, "who.other", *decider, NULL);
    }
    if ((*decider)[0] == '\0') {
        return h->is_admin && strncmp(h->call->caller, "plugin:", 7) != 0
                   ? KINMU_OK /* root, or a token that is nobody's */
                   : refuse(h, KINMU_E_DENIED, "who.unknown", h->call->caller, NULL);
    }
    book_read_by(h->book, USE_PERSON, "person", *decider);
    if (h->book->status == KINMU_OK && book_find(h->book, USE_PERSON, *decider) == NULL) {
        return refuse(h, KINMU_E_NOTFOUND, "who.person", *decider, NULL);
    }
    if (h->book->status == KINMU_OK && !who_is_active(h->book, *decider)) {
        return refuse(h, KINMU_E_DENIED, "who.inactive", *decider, NULL);
    }
    return h->book->status;
}

/* As what the decider, nobody when "", may decide over requests of the group; NULL: he may not. */
static const char *role_of(const hearing *h, const char *group_id, const char *decider,
                           int32_t is_named) {
    if (decider[0] == '\0') {
        return h->is_admin && strncmp(h->call->caller, "plugin:", 7) != 0 ? "admin" : NULL;
    }
    const char *role = who_decides_as(h, group_id, decider);
    int32_t is_root = h->is_admin && !is_named && who_is_active(h->book, decider);
    return role == NULL && is_root ? "admin" : role; /* root, whose own account is somebody's */
}

/* One's own request is decided by others while there are any, a contract excepted (APR-12). */
static int32_t is_for_others(hearing *h, const row *request, const char *decider) {
    const char *group_id = row_text(request, KINMU_REQUEST_REQUEST_GROUP_ID);
    if (!row_is(request, KINMU_REQUEST_REQUEST_PERSON, decider) ||
        row_is(request, KINMU_REQUEST_REQUEST_KIND, "contract")) {
        return 0;
    }
    who_read_approvers(h->book, group_id);
    return who_else_decides(h->book, group_id, decider);
}

static int32_t is_over(const hearing *h, const row *request) {
    int64_t expires_ns = row_number(request, KINMU_REQUEST_REQUEST_EXPIRES_NS);
    return expires_ns != 0 && expires_ns <= h->call->now_ns;
}

const char *decide_role(hearing *h, const row *request, const char *decider, int32_t is_named) {
    const char *group_id = row_text(request, KINMU_REQUEST_REQUEST_GROUP_ID);
    return !row_is(request, KINMU_REQUEST_REQUEST_STATE, "pending") || is_over(h, request) ||
                   is_for_others(h, request, decider)
               ? NULL
               : role_of(h, group_id, decider, is_named);
}

/* In which role the action may be done. */
static int32_t find_role(hearing *h, const row *request, const char *decider, const char **as) {
    const char *id = row_text(request, KINMU_REQUEST_REQUEST_REQUEST_ID);
    const char *person = row_text(request, KINMU_REQUEST_REQUEST_PERSON);
    const char *group_id = row_text(request, KINMU_REQUEST_REQUEST_GROUP_ID);
    int32_t is_own = strcmp(person, decider) == 0;
    book_read(h->book, USE_GROUP, NULL, 0);
    if (h->book->status != KINMU_OK) {
        return h->book->status;
    }
    const char *role = role_of(h, group_id, decider, desk_is_given(h->call, IN_AS));
    if (role == NULL && !is_own && !h->is_admin) { /* it is not his to see, either */
        return request_hide(h, id);
    }
    if (strcmp(h->word, "withdraw") == 0) {
        *as = is_own ? "self" : "admin";
        return is_own || (role != NULL && strcmp(role, "admin") == 0)
                   ? KINMU_OK
                   : refuse(h, KINMU_E_DENIED, "who.other", person, NULL);
    }
    *as = role;
    if (role == NULL) {
        return refuse(h, KINMU_E_DENIED, "decide.denied", decider, id);
    }
    if (is_for_others(h, request, decider)) {
        return refuse(h, KINMU_E_DENIED, "decide.self", id, NULL);
    }
    return h->book->status;
}

static void write(hearing *h, const row *request, const char *action, const char *next,
                  const char *decided_by, const char *decided_as, const char *comment) {
    kinmu_value values[KINMU_REQUEST_REQUEST_FIELDS];
    memcpy(values, request->values, sizeof values);
    values[KINMU_REQUEST_REQUEST_STATE] = kinmu_text(next);
    book_put(h->book, USE_REQUEST, row_text(request, KINMU_REQUEST_REQUEST_PERSON), 0, values);
    request_step(h, request, action, decided_by, decided_as, comment);
}

/* Where the word takes the request; refused when it does not. */
static int32_t find_next(hearing *h, const row *request, const char **next) {
    int32_t is_incident = row_is(request, KINMU_REQUEST_REQUEST_KIND, "incident");
    const state_machine *machine = is_incident ? &incident_machine : &request_machine;
    const char *id = row_text(request, KINMU_REQUEST_REQUEST_REQUEST_ID);
    if (words_choice(machine->actions, h->word, (uint32_t)strlen(h->word)) < 0) {
        return refuse(h, KINMU_E_REJECT, "decide.kind", h->word, id);
    }
    const state_step step =
        states_step(machine, row_text(request, KINMU_REQUEST_REQUEST_STATE), h->word);
    if (step.next == NULL) {
        return refuse(h, KINMU_E_REJECT, step.code, id, NULL);
    }
    if (is_over(h, request)) {
        return refuse(h, KINMU_E_REJECT, "request.expired", id, NULL);
    }
    *next = step.next;
    return KINMU_OK;
}

int32_t decide_judge(hearing *h) {
    const char *comment = desk_text(h->call, IN_COMMENT);
    const char *decider = "";
    const char *as = "";
    int32_t status = find_decider(h, &decider);
    if (status != KINMU_OK) {
        return status;
    }
    status = inputs_length(h, "comment", comment, APPROVAL_REASON_BYTES_MAX);
    if (status != KINMU_OK) {
        return status;
    }
    const row *request = request_find(h, desk_text(h->call, IN_REQUEST));
    if (request == NULL) {
        return h->book->status != KINMU_OK ? h->book->status : KINMU_E_NOTFOUND;
    }
    status = find_role(h, request, decider, &as);
    if (status != KINMU_OK) {
        return status;
    }
    const char *id = row_text(request, KINMU_REQUEST_REQUEST_REQUEST_ID);
    const char *next = "";
    status = find_next(h, request, &next);
    if (status != KINMU_OK) {
        return status;
    }
    write(h, request, h->word, next, decider[0] != '\0' ? decider : h->author, as, comment);
    desk_audit(h->decision, h->call, row_text(request, KINMU_REQUEST_REQUEST_PERSON),
               memory_print(h->memory, "approval.%s", h->word), id, comment);
    desk_answer(h->call, kinmu_text(id));
    desk_answer(h->call, kinmu_text(next));
    desk_answer_position(h->call);
    return h->book->status;
}

/* What ends by itself and is over; asked for by the instance's own timer. */
int32_t expire_judge(hearing *h) {
    static const char *const states[] = {"pending", "returned", "approved"};
    for (uint32_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const kinmu_filter filters[] = {
            {"state", KINMU_COMPARE_EQUAL, 0, kinmu_text(states[i])},
            {"expires_ns", KINMU_COMPARE_GREATER, 0, kinmu_time(0)},
            {"expires_ns", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_time(h->call->now_ns)},
        };
        book_read(h->book, USE_REQUEST, filters, 3);
    }
    for (const row *r = h->book->first[USE_REQUEST]; r != NULL; r = r->next) {
        int64_t expires_ns = row_number(r, KINMU_REQUEST_REQUEST_EXPIRES_NS);
        const state_step step =
            states_step(&request_machine, row_text(r, KINMU_REQUEST_REQUEST_STATE), "expire");
        const char *id = row_text(r, KINMU_REQUEST_REQUEST_REQUEST_ID);
        if (expires_ns == 0 || expires_ns > h->call->now_ns || step.next == NULL) {
            continue;
        }
        book_read_by(h->book, USE_DECISION, "request_id", id);
        if (h->book->status == KINMU_OK) {
            write(h, r, "expire", step.next, "", "rule", "");
            desk_audit(h->decision, h->call, row_text(r, KINMU_REQUEST_REQUEST_PERSON),
                       "approval.expire", id, "");
        }
    }
    return h->book->status;
}
