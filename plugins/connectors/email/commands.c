/* email/commands.c - what people may call, and which judge judges. */
#include "digest.h"
#include "note.h"

#include "compose.h"
#include "value_json.h"

#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_MAX 200u

#define FIELD(name, type, flags, unit, choices, doc)                                               \
    { name, KINMU_TYPE_##type, flags, KINMU_PRIVACY_NONE, KINMU_ROLE_NONE, unit, choices, doc }

enum { LIST_STATE };
static const kinmu_field list_input[] = {
    FIELD("state", TEXT, 0, "", "queued|sent|failed|dropped", "Only those."),
};
static const kinmu_field list_output[] = {
    {"mails", KINMU_TYPE_TEXT, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_PERSONAL, KINMU_ROLE_NONE,
     "json", NULL,
     "JSON list, the newest 200: message_id, kind, person or address, state, attempts, "
     "queued_ns, due_ns, sent_ns, problem."},
};
enum { RETRY_ID };
static const kinmu_field retry_input[] = {
    FIELD("message_id", TEXT, KINMU_FIELD_REQUIRED, "", NULL, "Which, as the list shows it."),
};
static const kinmu_field retry_output[] = {
    FIELD("state", TEXT, KINMU_FIELD_REQUIRED, "", NULL, "queued."),
};

enum { INVITE_PERSON };
static const kinmu_field invite_input[] = {
    FIELD("person", TEXT, KINMU_FIELD_REQUIRED, "", NULL, "Whom."),
};
static const kinmu_field invite_output[] = {
    FIELD("message_id", TEXT, KINMU_FIELD_REQUIRED, "", NULL, "The mail, as the list shows it."),
};

const kinmu_command email_command_rows[EMAIL_COMMANDS] = {
    [COMMAND_LIST] = {"list", "admin", KINMU_TABLE(list_input), KINMU_TABLE(list_output),
                      "Lists mails and what came of them.", "mail list"},
    [COMMAND_RETRY] = {"retry", "admin", KINMU_TABLE(retry_input), KINMU_TABLE(retry_output),
                       "Puts a mail that was given up or waits at the head of the queue again.",
                       "mail retry"},
    [COMMAND_INVITE] = {"invite", "admin", KINMU_TABLE(invite_input), KINMU_TABLE(invite_output),
                        "Mails a person an invitation to set a new password (パスワード再発行).",
                        "mail invite"},
};

int32_t email_call(void *instance, const kinmu_call *call, kinmu_err *err) {
    email *e = instance;
    return desk_take(&e->desk, call, call->command == COMMAND_LIST, err);
}

/* ---- judges [job] ---- */

static int32_t list_judge(book *b, desk_call *call) {
    static const uint32_t shown[] = {KINMU_MAIL_MESSAGE_MESSAGE_ID, KINMU_MAIL_MESSAGE_KIND,
                                     KINMU_MAIL_MESSAGE_PERSON,     KINMU_MAIL_MESSAGE_ADDRESS,
                                     KINMU_MAIL_MESSAGE_STATE,      KINMU_MAIL_MESSAGE_ATTEMPTS,
                                     KINMU_MAIL_MESSAGE_QUEUED_NS,  KINMU_MAIL_MESSAGE_DUE_NS,
                                     KINMU_MAIL_MESSAGE_SENT_NS,    KINMU_MAIL_MESSAGE_PROBLEM};
    const kinmu_filter filter = table_where("state", desk_text(call, LIST_STATE));
    table found;
    int32_t status = table_read(&b->from, USE_MESSAGE, KINMU_MAIL_MESSAGE_FIELDS, &filter,
                                (uint32_t)desk_is_given(call, LIST_STATE), "-queued_ns,message_id",
                                LISTED_MAX, &found);
    json_t *list = json_array();
    for (uint32_t i = 0; status == KINMU_OK && i < found.count; i++) {
        json_t *mail = json_object();
        for (uint32_t k = 0; k < sizeof shown / sizeof shown[0]; k++) {
            (void)json_object_set_new(mail, kinmu_mail_message_fields[shown[k]].name,
                                      value_json(&found.rows[i][shown[k]]));
        }
        (void)json_array_append_new(list, mail);
    }
    char *text = json_dumps(list, JSON_COMPACT);
    const char *kept = text != NULL ? memory_text(&call->memory, text, strlen(text)) : NULL;
    free(text);
    json_decref(list);
    desk_answer(call, kinmu_text(kept != NULL ? kept : "[]"));
    return status;
}

static int32_t find_message(book *b, const char *id, const kinmu_value **row) {
    const kinmu_filter filter = table_where("message_id", id);
    return table_find(&b->from, USE_MESSAGE, KINMU_MAIL_MESSAGE_FIELDS, &filter, 1, NULL, row);
}

/* The message with some fields changed. */
static void write_message(const book *b, const kinmu_value *message, const kinmu_value *changed) {
    kinmu_value *values =
        memory_get(&b->decision->memory, KINMU_MAIL_MESSAGE_FIELDS * sizeof *values);
    for (uint32_t f = 0; values != NULL && f < KINMU_MAIL_MESSAGE_FIELDS; f++) {
        int32_t is_kept = f < KINMU_MAIL_MESSAGE_STATE || f == KINMU_MAIL_MESSAGE_QUEUED_NS ||
                          f == KINMU_MAIL_MESSAGE_RESUMED;
        values[f] = is_kept ? message[f] : changed[f];
    }
    if (values != NULL) {
        desk_add(b->decision, USE_MESSAGE, table_text(message, KINMU_MAIL_MESSAGE_PERSON), 0,
                 values, KINMU_MAIL_MESSAGE_FIELDS);
    }
}

static int32_t retry_judge(book *b, desk_call *call) {
    const kinmu_value *message;
    const char *id = desk_text(call, RETRY_ID);
    int32_t status = find_message(b, id, &message);
    if (status == KINMU_OK &&
        (message == NULL || table_is(message, KINMU_MAIL_MESSAGE_STATE, "sent"))) {
        (void)snprintf(call->err.key, sizeof call->err.key, "email.retry");
        (void)snprintf(call->err.msg, sizeof call->err.msg, "そのメールは%s / %s; kinmu mail list",
                       message == NULL ? "ありません" : "送信済みです",
                       message == NULL ? "there is no such mail" : "it was sent");
        return message == NULL ? KINMU_E_NOTFOUND : KINMU_E_REJECT;
    }
    if (status == KINMU_OK) {
        const kinmu_value changed[KINMU_MAIL_MESSAGE_FIELDS] = {
            [KINMU_MAIL_MESSAGE_STATE] = kinmu_text("queued"),
            [KINMU_MAIL_MESSAGE_ATTEMPTS] = kinmu_i64(0),
            [KINMU_MAIL_MESSAGE_DUE_NS] = kinmu_time(call->now_ns)};
        write_message(b, message, changed);
        desk_audit(b->decision, call, table_text(message, KINMU_MAIL_MESSAGE_PERSON), "email.retry",
                   id, "");
        desk_answer(call, kinmu_text("queued"));
    }
    return status;
}

static int32_t invite_judge(book *b, desk_call *call) {
    const char *person = desk_text(call, INVITE_PERSON);
    const kinmu_value *found = book_person(b, person);
    if (b->status == KINMU_OK &&
        (!table_is(found, KINMU_PEOPLE_PERSON_STATE, "active") ||
         !compose_is_address(table_text(found, KINMU_PEOPLE_PERSON_MAIL)))) {
        (void)snprintf(call->err.key, sizeof call->err.key, "email.invite");
        (void)snprintf(call->err.msg, sizeof call->err.msg,
                       "ログインでき、メールアドレスのある利用者ではありません / there is no such "
                       "person who may log in and has a mail address");
        return KINMU_E_REJECT;
    }
    const char *id = memory_print(&b->decision->memory, "reissue:%s:%llu", person,
                                  (unsigned long long)b->decision->number + 1);
    book_queue(b, &(book_mail){.id = id, .kind = "reissue", .person = person, .about = person});
    desk_audit(b->decision, call, person, "email.invite", person, "");
    desk_answer(call, kinmu_text(id != NULL ? id : ""));
    return b->status;
}

enum { OUTCOME_ID, OUTCOME_STATE, OUTCOME_ATTEMPTS, OUTCOME_DUE, OUTCOME_SENT, OUTCOME_PROBLEM };

static int32_t outcome_judge(book *b, const desk_call *call) {
    const kinmu_value *message;
    int32_t status = find_message(b, desk_text(call, OUTCOME_ID), &message);
    if (status != KINMU_OK || !table_is(message, KINMU_MAIL_MESSAGE_STATE, "queued")) {
        return status; /* recorded already, or erased with its receiver */
    }
    const kinmu_value changed[KINMU_MAIL_MESSAGE_FIELDS] = {
        [KINMU_MAIL_MESSAGE_STATE] = call->values[OUTCOME_STATE],
        [KINMU_MAIL_MESSAGE_ATTEMPTS] = call->values[OUTCOME_ATTEMPTS],
        [KINMU_MAIL_MESSAGE_DUE_NS] = call->values[OUTCOME_DUE],
        [KINMU_MAIL_MESSAGE_SENT_NS] = call->values[OUTCOME_SENT],
        [KINMU_MAIL_MESSAGE_PROBLEM] = call->values[OUTCOME_PROBLEM]};
    write_message(b, message, changed);
    return KINMU_OK;
}

int32_t email_judge(desk_decision *d, desk_call *call) {
    book *b = d->book;
    b->status = KINMU_OK; /* of a call before: it is asked again */
    book_open(b, d, call);
    switch (call->command) {
    case COMMAND_LIST:
        return list_judge(b, call);
    case COMMAND_RETRY:
        return retry_judge(b, call);
    case COMMAND_INVITE:
        return invite_judge(b, call);
    case ASK_NOTE:
        return note_judge(b, call);
    case ASK_OUTCOME:
        return outcome_judge(b, call);
    case ASK_DIGEST:
        return digest_judge(b, call);
    default:
        return ended_judge(b, call);
    }
}
