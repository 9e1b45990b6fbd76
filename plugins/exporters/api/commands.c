/* api/commands.c - the plugin's own commands: tokens, for administrators at the shell; logins and
 * the searches that people keep, which clients are offered, too (run.c); answers kept, passwords
 * set, second factors and sessions, for the plugin itself. */
#include "access/book.h"
#include "fields.h"
#include "access/login.h"
#include "answers/saved.h"

#include <stdio.h>
#include <string.h>

/* Who has it sees what its owner may. */
#define SECRET(name, doc)                                                                          \
    {                                                                                              \
        name, KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_SENSITIVE, KINMU_ROLE_NONE, "", \
            NULL, doc                                                                              \
    }

static const kinmu_field create_input[] = {
    NEEDED("name", TEXT, "What it is for, \"payroll\"."),
    CHOICE(
        "role", KINMU_FIELD_REQUIRED, "self|manager|admin|operator",
        "What it reaches at most: a person himself, those he is set over, everybody, or the node "
        "without personal data."),
    GIVEN("person", TEXT, "For whom it speaks; needed for self and manager."),
    GIVEN("scope", TEXT,
          "What of that, joined by \";\": read, call, read:SCHEMA, call:INSTANCE, "
          "call:INSTANCE/COMMAND; not given: all."),
    GIVEN("expires", TEXT, "Last day, 2027-03-31; not given: a year from now."),
};
static const kinmu_field create_output[] = {
    SECRET("token", "The token; it is shown this once."),
    NEEDED("token_id", TEXT, "Its id, for token revoke."),
    NEEDED("expires_ns", TIME, "From here on it is refused."),
};
static const kinmu_field revoke_input[] = {
    NEEDED("token_id", TEXT, "Id of the token."),
    GIVEN("reason", TEXT, "Why; kept in the audit entry."),
};
static const kinmu_field revoke_output[] = {
    NEEDED("token_id", TEXT, "Id of the token."),
    NEEDED("state", TEXT, "revoked."),
};
static const kinmu_field list_input[] = {
    GIVEN("all", BOOL, "Revoked and expired ones, too."),
};
static const kinmu_field list_output[] = {
    NEEDED("text", TEXT, "One line a token: id, role, person, state, last day, scope, name."),
};

static const kinmu_field search_input[] = {
    NEEDED("name", TEXT, "What it is called; one of that name is replaced."),
    NEEDED("schema", TEXT, "The log it looks through, \"kinmu.session.change\"."),
    GIVEN("conditions", TEXT, "Parameters of GET search as in an address, \"kind=logon&days=7\"."),
};
static const kinmu_field search_named[] = {
    NEEDED("name", TEXT, "What it is called."),
};

static const kinmu_field invite_input[] = {
    NEEDED("person", TEXT, "Whom; or admin, who sets up a hub where nobody can log in yet."),
    CHOICE("role", 0, "self|manager|admin|bootstrap",
           "What he reaches at most, logged in; not given: manager, which is himself until he "
           "approves for others."),
    GIVEN("reason", TEXT, "Why; kept in the audit entry."),
};
static const kinmu_field invite_output[] = {
    NEEDED("person", TEXT, "Whom."),
    SECRET("invite",
           "The invitation; it is shown this once, and sets a password once: POST login/password."),
    NEEDED("expires_ns", TIME, "From here on it is refused."),
};
static const kinmu_field close_input[] = {
    NEEDED("person", TEXT, "Whose."),
    GIVEN("logout", BOOL, "Only end his sessions; his password stays good."),
    GIVEN("reason", TEXT, "Why; kept in the audit entry."),
};
static const kinmu_field close_output[] = {
    NEEDED("person", TEXT, "Whose."),
    NEEDED("state", TEXT, "What it is now: invited, active, closed."),
};
static const kinmu_field logins_output[] = {
    NEEDED("text", TEXT, "One line a login: person, role, state, day of the password, invitation."),
};

static const kinmu_field clear_input[] = {
    NEEDED("person", TEXT, "Whose."),
    GIVEN("reason", TEXT, "Why; kept in the audit entry."),
};
static const kinmu_field clear_output[] = {
    NEEDED("person", TEXT, "Whose."),
    NEEDED("state", TEXT, "none."),
};

static const kinmu_field begin_input[] = {
    NEEDED("caller", TEXT, "Who asks."),
    NEEDED("key", TEXT, "The Idempotency-Key."),
    NEEDED("sha256", BYTES, "Of what is asked."),
};
static const kinmu_field begin_output[] = {
    NEEDED("state", TEXT, "fresh, same, other, running or unknown."),
    NUMBER("status", "id", "same: the HTTP status answered."),
    GIVEN("body", TEXT, "same: what was answered; null = too long to be kept."),
};
static const kinmu_field end_input[] = {
    NEEDED("caller", TEXT, "Who asked."),
    NEEDED("key", TEXT, "The Idempotency-Key."),
    NEEDED("sha256", BYTES, "Of what was asked."),
    NUMBER("status", "id",
           "The HTTP status answered; null = nothing was done, the key is free again."),
    GIVEN("body", TEXT, "What is answered; null = too long to be kept."),
};

#define TAKEN                                                                                      \
    NUMBER("step", "count",                                                                        \
           "The step of 30 s a code of the second factor stood for; null = none."),                \
        GIVEN("recovery", BYTES, "Hash of the recovery code given; null = none.")

static const kinmu_field password_input[] = {
    NEEDED("person", TEXT, "Whose."),
    NEEDED("verifier", BYTES, "scrypt of the password."),
    GIVEN("invite_sha256", BYTES, "The invitation it is set by; null = by himself, logged in."),
    FIELD("generation", I64, KINMU_FIELD_REQUIRED, "count", NULL, "Of the login as it was read."),
    NEEDED("address", TEXT, "From where."),
    TAKEN,
};
static const kinmu_field password_output[] = {
    FIELD("generation", I64, KINMU_FIELD_REQUIRED, "count", NULL, "Of the login now."),
};
static const kinmu_field session_input[] = {
    NEEDED("person", TEXT, "Who."),
    FIELD("generation", I64, KINMU_FIELD_REQUIRED, "count", NULL, "Of the login as it was read."),
    NEEDED("session_id", TEXT, "Its id."),
    NEEDED("sha256", BYTES, "Hash of its text."),
    NEEDED("expires_ns", TIME, "Its end."),
    NEEDED("address", TEXT, "From where."),
    TAKEN,
};
static const kinmu_field seen_input[] = {
    NEEDED("session_id", TEXT, "Its id."),
};
static const kinmu_field session_end_input[] = {
    NEEDED("person", TEXT, "Whose."),
    GIVEN("session_id", TEXT, "Which; null = all."),
};

static const kinmu_field offer_input[] = {
    NEEDED("person", TEXT, "Whose."),
    FIELD("generation", I64, KINMU_FIELD_REQUIRED, "count", NULL, "Of the login as it was read."),
    NEEDED("sealed", BYTES, "The new secret, encrypted."),
    TAKEN,
    NEEDED("address", TEXT, "From where."),
};
static const kinmu_field confirm_input[] = {
    NEEDED("person", TEXT, "Whose."),
    FIELD("generation", I64, KINMU_FIELD_REQUIRED, "count", NULL, "Of the login as it was read."),
    NEEDED("sealed", BYTES, "The secret that was offered, encrypted."),
    COUNT("step", "The step of 30 s its first code stood for."),
    NEEDED("recovery", BYTES, "Hashes of the recovery codes."),
    NEEDED("address", TEXT, "From where."),
};
static const kinmu_field remove_input[] = {
    NEEDED("person", TEXT, "Whose."),
    FIELD("generation", I64, KINMU_FIELD_REQUIRED, "count", NULL, "Of the login as it was read."),
    TAKEN,
    NEEDED("address", TEXT, "From where."),
};

#define COMMAND(name, shell, permission, input, output, doc)                                       \
    { name, permission, KINMU_TABLE(input), KINMU_TABLE(output), doc, shell }

const kinmu_command api_command_rows[API_COMMANDS] = {
    [COMMAND_CREATE] = COMMAND("token_create", "token create", "admin", create_input, create_output,
                               "Makes a token for a program."),
    [COMMAND_REVOKE] = COMMAND("token_revoke", "token revoke", "admin", revoke_input, revoke_output,
                               "Revokes a token, at once and for good."),
    [COMMAND_LIST] =
        COMMAND("token_list", "token list", "admin", list_input, list_output, "Lists tokens."),
    [COMMAND_SEARCH_SAVE] = COMMAND("search_save", NULL, "self", search_input, search_named,
                                    "Keeps the conditions of a search under a name."),
    [COMMAND_SEARCH_DELETE] = COMMAND("search_delete", NULL, "self", search_named, search_named,
                                      "Deletes a search that was kept."),
    [COMMAND_INVITE] = COMMAND("login_invite", "login invite", "admin", invite_input, invite_output,
                               "Invites a person to set a password; also when he forgot it."),
    [COMMAND_CLOSE] = COMMAND("login_close", "login close", "admin", close_input, close_output,
                              "Ends a person's sessions and takes his password away."),
    [COMMAND_LOGINS] = {"login_list", "admin", KINMU_TABLE_EMPTY, KINMU_TABLE(logins_output),
                        "Lists who can log in.", "login list"},
    [COMMAND_FACTOR_CLEAR] =
        COMMAND("factor_clear", "factor clear", "admin", clear_input, clear_output,
                "Clears the second factor of who lost it, and ends his sessions."),
    [COMMAND_BEGIN] = COMMAND("answer_begin", NULL, "operator", begin_input, begin_output,
                              "Only for the API itself: takes an Idempotency-Key."),
    [COMMAND_END] = {"answer_end", "operator", KINMU_TABLE(end_input), KINMU_TABLE_EMPTY,
                     "Only for the API itself: keeps what was answered.", NULL},
    [COMMAND_PASSWORD] = COMMAND("login_password", NULL, "operator", password_input,
                                 password_output, "Only for the API itself: a password was set."),
    [COMMAND_SESSION] = {"session_begin", "operator", KINMU_TABLE(session_input), KINMU_TABLE_EMPTY,
                         "Only for the API itself: somebody logged in.", NULL},
    [COMMAND_SEEN] = {"session_seen", "operator", KINMU_TABLE(seen_input), KINMU_TABLE_EMPTY,
                      "Only for the API itself: a session was used.", NULL},
    [COMMAND_SESSION_END] = {"session_end", "operator", KINMU_TABLE(session_end_input),
                             KINMU_TABLE_EMPTY, "Only for the API itself: somebody logged out.",
                             NULL},
    [COMMAND_FACTOR_OFFER] = {"factor_offer", "operator", KINMU_TABLE(offer_input),
                              KINMU_TABLE_EMPTY,
                              "Only for the API itself: a second factor was offered.", NULL},
    [COMMAND_FACTOR_CONFIRM] =
        COMMAND("factor_confirm", NULL, "operator", confirm_input, password_output,
                "Only for the API itself: its first code was given."),
    [COMMAND_FACTOR_REMOVE] =
        COMMAND("factor_remove", NULL, "operator", remove_input, password_output,
                "Only for the API itself: its owner removed it."),
    [COMMAND_RENEW] = {"renew", "operator", KINMU_TABLE_EMPTY, KINMU_TABLE_EMPTY,
                       "Only for the API itself: keeps what is in force.", NULL},
};

int32_t api_judge(desk_decision *d, desk_call *call) {
    static int32_t (*const judges[API_COMMANDS])(desk_decision *, desk_call *) = {
        [COMMAND_CREATE] = keep_token_create,
        [COMMAND_REVOKE] = keep_token_revoke,
        [COMMAND_LIST] = keep_token_list,
        [COMMAND_INVITE] = logins_invite,
        [COMMAND_SEARCH_SAVE] = saved_keep,
        [COMMAND_SEARCH_DELETE] = saved_drop,
        [COMMAND_CLOSE] = logins_close,
        [COMMAND_LOGINS] = logins_list,
        [COMMAND_BEGIN] = keep_answer_begin,
        [COMMAND_END] = keep_answer_end,
        [COMMAND_PASSWORD] = logins_password,
        [COMMAND_SESSION] = logins_begin,
        [COMMAND_SEEN] = logins_seen,
        [COMMAND_SESSION_END] = logins_end,
        [COMMAND_FACTOR_CLEAR] = factors_clear,
        [COMMAND_FACTOR_OFFER] = factors_offer,
        [COMMAND_FACTOR_CONFIRM] = factors_confirm,
        [COMMAND_FACTOR_REMOVE] = factors_remove,
        [COMMAND_RENEW] = renew_all,
    };
    api *a = d->desk->owner;
    char self[DESK_CALLER_SIZE];
    (void)snprintf(self, sizeof self, "plugin:%s", a->host->instance);
    if (call->command >= COMMAND_BEGIN && strcmp(call->caller, self) != 0) {
        return book_refuse(call, KINMU_E_DENIED, "api.own", "this is for the API itself");
    }
    *(api **)call->kept = a; /* for api_after */
    return judges[call->command](d, call);
}

/* A new invitation opens what wrong passwords had locked (SEC-12), and so does losing the codes. */
int32_t api_after(desk_call *call) {
    api *const *owner = call->kept;
    if (call->command == COMMAND_INVITE || call->command == COMMAND_FACTOR_CLEAR) {
        login_unlock(*owner, desk_text(call, 0));
    }
    return 0;
}

int32_t api_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    api *a = instance;
    int32_t is_reading = call->command == COMMAND_LIST || call->command == COMMAND_LOGINS;
    return desk_take(&a->desk, call, is_reading, err);
}

/* ---- the daily work ---- */

#define FIRST_MS 5000u /* after the start */
#define DAILY_MS 86400000u

static void on_day(void *user) {
    api *a = user;
    char self[DESK_CALLER_SIZE];
    (void)snprintf(self, sizeof self, "plugin:%s", a->host->instance);
    const kinmu_call call = {.struct_size = sizeof call, .command = COMMAND_RENEW, .caller = self};
    (void)desk_take(&a->desk, &call, 0, NULL); /* or tomorrow */
    (void)a->timer->start(a->host, DAILY_MS, 0, on_day, a, &a->daily_timer);
}

void api_begin_days(api *a) {
    (void)a->timer->start(a->host, FIRST_MS, 0, on_day, a, &a->daily_timer);
}
