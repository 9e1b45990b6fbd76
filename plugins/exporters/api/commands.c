/* api/commands.c - the plugin's own commands: tokens, for administrators at the shell; searches
 * that people keep, the only ones offered to clients; and what requests with an Idempotency-Key
 * were answered, for the plugin itself. */
#include "api.h"
#include "fields.h"

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
    NEEDED("token", TEXT, "The token; it is shown this once."),
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
    [COMMAND_BEGIN] = COMMAND("answer_begin", NULL, "operator", begin_input, begin_output,
                              "Only for the API itself: takes an Idempotency-Key."),
    [COMMAND_END] = {"answer_end", "operator", KINMU_TABLE(end_input), KINMU_TABLE_EMPTY,
                     "Only for the API itself: keeps what was answered.", NULL},
};

int32_t api_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    api *a = instance;
    return desk_take(&a->desk, call, call->command == COMMAND_LIST, err);
}
