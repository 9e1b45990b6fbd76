/* ingest/invites.c - the commands invite, cancel and invites. A token is made in a job, shown once
 * in the answer and forgotten; what stays is its hash. */
#include "ingest.h"
#include "value_json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USES_MAX 100000
#define VALID_S_MIN 60
#define VALID_S_MAX (400 * 86400LL)
#define VALID_S_DEFAULT (7 * 86400LL)
#define NS_PER_S 1000000000LL

typedef struct invitation {
    change c; /* first */
    ingest *in;
    uint64_t call;
    invite_row row;
    char token[KINMU_FLEET_TOKEN_SIZE];
    int32_t status;
    kinmu_err err;
    int32_t is_cancel;
} invitation;

static int64_t number_or(const kinmu_call *call, uint32_t index, int64_t otherwise) {
    int32_t is_there = index < call->value_count && call->values[index].type == KINMU_TYPE_I64;
    return is_there ? call->values[index].as.i64 : otherwise;
}

static void text_of(const kinmu_call *call, uint32_t index, char *to, size_t size) {
    int32_t is_there = index < call->value_count && call->values[index].type == KINMU_TYPE_TEXT;
    rows_copy(to, size, is_there ? call->values[index].as.text : "",
              is_there ? call->values[index].size : 0);
}

/* ---- invite ---- */

static int32_t judge_new(ingest *in, change *c, kinmu_err *err) {
    const invitation *i = (const invitation *)(const void *)c;
    if (decide_invite(in, i->row.id) != NULL) { /* one in 2^64 */
        return ingest_fail(err, KINMU_E_RETRY, "token.again", "please try again");
    }
    decide_put_invite(in, &i->row);
    return KINMU_OK;
}

static void on_invited(ingest *in, change *c, int32_t status, const kinmu_err *err) {
    invitation *i = (invitation *)(void *)c;
    char id[ROWS_HEX_SIZE(ROWS_ID_SIZE)];
    rows_hex(id, i->row.id, ROWS_ID_SIZE);
    const kinmu_value values[] = {kinmu_text(i->token), kinmu_text(id),
                                  kinmu_time(i->row.expires_ns)};
    (void)in->calls->answer(in->host, i->call, status, status == KINMU_OK ? values : NULL,
                            status == KINMU_OK ? 3 : 0, err->msg);
    memset(i, 0, sizeof *i);
    free(i);
}

static void make_job(void *user) {
    invitation *i = user;
    i->status = i->in->fleet->make_token(i->in->host, i->token, i->row.hash, &i->err);
}

static void on_made(void *user, int32_t ran) {
    invitation *i = user;
    if (ran != KINMU_OK || i->status != KINMU_OK) {
        (void)i->in->calls->answer(i->in->host, i->call, ran != KINMU_OK ? ran : i->status, NULL, 0,
                                   i->err.msg);
        free(i);
        return;
    }
    memcpy(i->row.id, i->row.hash, ROWS_ID_SIZE);
    i->c.judge = judge_new;
    i->c.done = on_invited;
    decide(i->in, &i->c);
}

int32_t invites_make(ingest *in, const kinmu_call *call, kinmu_err *err) {
    int64_t uses = number_or(call, 0, 1);
    int64_t valid_s = number_or(call, 1, VALID_S_DEFAULT);
    if (uses < 1 || uses > USES_MAX || valid_s < VALID_S_MIN || valid_s > VALID_S_MAX) {
        return ingest_fail(err, KINMU_E_REJECT, "invite.range",
                           "uses is 1 to %d, and a token is valid for 1 minute to 400 days",
                           USES_MAX);
    }
    if (call->value_count > 2 && call->values[2].type == KINMU_TYPE_TEXT &&
        call->values[2].size >= ROWS_GROUP_SIZE) {
        return ingest_fail(err, KINMU_E_REJECT, "invite.group", "a group's id has at most %u bytes",
                           ROWS_GROUP_SIZE - 1);
    }
    invitation *i = calloc(1, sizeof *i);
    if (i == NULL) {
        return KINMU_E_NOMEM;
    }
    i->in = in;
    i->call = call->id;
    i->row.uses = uses;
    i->row.uses_left = uses;
    i->row.state = INVITE_OPEN;
    i->row.expires_ns = ingest_unix_ns(in) + valid_s * NS_PER_S;
    text_of(call, 2, i->row.group, sizeof i->row.group);
    rows_copy(i->row.created_by, sizeof i->row.created_by, call->caller, strlen(call->caller));
    if (in->work->submit(in->host, make_job, on_made, i) != KINMU_OK) {
        free(i);
        return ingest_fail(err, KINMU_E_BUSY, "ingest.busy", "the hub is busy; try again");
    }
    return KINMU_OK;
}

/* ---- cancel ---- */

static int32_t judge_cancel(ingest *in, change *c, kinmu_err *err) {
    const invitation *i = (const invitation *)(const void *)c;
    const invite_row *known = decide_invite(in, i->row.id);
    if (known == NULL) {
        return ingest_fail(err, KINMU_E_NOTFOUND, "invite.unknown",
                           "there is no such invitation; see kinmu hub invites");
    }
    if (known->state != INVITE_OPEN) {
        return ingest_fail(err, KINMU_E_REJECT, "invite.state", "this invitation is %s already",
                           rows_invite_state(known->state));
    }
    invite_row next = *known;
    next.state = INVITE_CANCELLED;
    decide_put_invite(in, &next);
    return KINMU_OK;
}

static void on_cancelled(ingest *in, change *c, int32_t status, const kinmu_err *err) {
    invitation *i = (invitation *)(void *)c;
    char id[ROWS_HEX_SIZE(ROWS_ID_SIZE)];
    rows_hex(id, i->row.id, ROWS_ID_SIZE);
    const kinmu_value value = kinmu_text(id);
    (void)in->calls->answer(in->host, i->call, status, status == KINMU_OK ? &value : NULL,
                            status == KINMU_OK ? 1 : 0, err->msg);
    free(i);
}

int32_t invites_cancel(ingest *in, const kinmu_call *call, kinmu_err *err) {
    char word[ROWS_HEX_SIZE(ROWS_ID_SIZE) + 1];
    invitation *i = calloc(1, sizeof *i);
    if (i == NULL) {
        return KINMU_E_NOMEM;
    }
    text_of(call, 0, word, sizeof word);
    if (!rows_unhex(i->row.id, ROWS_ID_SIZE, word, strlen(word))) {
        free(i);
        return ingest_fail(err, KINMU_E_REJECT, "invite.id",
                           "an invitation's id has 16 hexadecimal digits; see kinmu hub invites");
    }
    i->in = in;
    i->call = call->id;
    i->c.judge = judge_cancel;
    i->c.done = on_cancelled;
    decide(in, &i->c);
    return KINMU_OK;
}

/* ---- invites ---- */

static const char *state_now(const invite_row *row, int64_t now_ns) {
    int32_t is_over = row->state == INVITE_OPEN && now_ns >= row->expires_ns;
    return is_over ? "expired" : rows_invite_state(row->state);
}

json_t *invites_describe(const ingest *in, const void *item) {
    const invite_row *row = item;
    char id[ROWS_HEX_SIZE(ROWS_ID_SIZE)];
    rows_hex(id, row->id, ROWS_ID_SIZE);
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:s, s:s}", "invite", id, "state",
                     state_now(row, ingest_unix_ns(in)), "uses", (json_int_t)row->uses, "uses_left",
                     (json_int_t)row->uses_left, "expires_ns", moment_json(row->expires_ns),
                     "group", row->group, "created_by", row->created_by);
}
