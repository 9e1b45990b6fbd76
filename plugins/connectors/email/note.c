/* email/note.c - see note.h. */
#include "note.h"

#include "compose.h"

#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>

#include <inttypes.h>
#include <string.h>

#define INVITATION_NS (24 * 3600 * SECOND_NS) /* how long one holds */

/* Each approver of the group, while the request still waits (NTF-01). */
static void note_request(book *b, const char *request_id, int64_t step) {
    const kinmu_filter filter = table_where("request_id", request_id);
    book_receivers receivers;
    table found;
    book_read(b, USE_REQUEST, KINMU_REQUEST_REQUEST_FIELDS, &filter, 1, NULL, &found);
    if (found.count == 0 || !table_is(found.rows[0], KINMU_REQUEST_REQUEST_STATE, "pending")) {
        return;
    }
    book_approvers(b, table_text(found.rows[0], KINMU_REQUEST_REQUEST_GROUP_ID),
                   table_text(found.rows[0], KINMU_REQUEST_REQUEST_PERSON), &receivers);
    for (uint32_t i = 0; i < receivers.count; i++) {
        const char *person = receivers.people[i];
        const char *id = memory_print(&b->decision->memory, "request:%s:%" PRId64 ":%s", request_id,
                                      step, person);
        book_queue(
            b, &(book_mail){.id = id, .kind = "request", .person = person, .about = request_id});
    }
}

/* Each address of conf.d (IMP-17). */
static void note_import(book *b, int64_t block, int64_t sequence) {
    const settings *s = &b->email->settings;
    const char *about = memory_print(&b->decision->memory, "%" PRId64 ":%" PRId64, block, sequence);
    for (uint32_t i = 0; about != NULL && i < s->notice_count; i++) {
        const char *id = memory_print(&b->decision->memory, "import:%s:%s", about, s->notice_to[i]);
        book_queue(b, &(book_mail){
                          .id = id, .kind = "import", .address = s->notice_to[i], .about = about});
    }
}

/* An invitation, whatever the switch says (NTF-02), to who can get it. */
static void invite(book *b, const char *person, const char *kind, int64_t block) {
    const kinmu_value *found = book_person(b, person);
    if (table_is(found, KINMU_PEOPLE_PERSON_STATE, "active") &&
        compose_is_address(table_text(found, KINMU_PEOPLE_PERSON_MAIL))) {
        book_queue(b, &(book_mail){.id = memory_print(&b->decision->memory, "%s:%s:%" PRId64, kind,
                                                      person, block),
                                   .kind = kind,
                                   .person = person,
                                   .about = person});
    }
}

/* A mail with an invitation waits, or one that went out still holds: since he was let in again no
 * invitation from before does (SCR-14). */
static int32_t is_invited(book *b, const char *person) {
    int64_t resumed = table_number(book_person(b, person), KINMU_PEOPLE_PERSON_RESUMED);
    const kinmu_filter filters[] = {table_where("person", person), table_where("kind", "reissue")};
    table found;
    book_read(b, USE_MESSAGE, KINMU_MAIL_MESSAGE_FIELDS, filters, 2, NULL, &found);
    for (uint32_t i = 0; i < found.count; i++) {
        const kinmu_value *mail = found.rows[i];
        int32_t is_sent = table_is(mail, KINMU_MAIL_MESSAGE_STATE, "sent");
        if (table_number(mail, KINMU_MAIL_MESSAGE_RESUMED) != resumed) {
            continue;
        }
        if (table_is(mail, KINMU_MAIL_MESSAGE_STATE, "queued") ||
            (is_sent &&
             table_number(mail, KINMU_MAIL_MESSAGE_SENT_NS) > b->now_ns - INVITATION_NS)) {
            return 1;
        }
    }
    return 0;
}

/* To who needs a new password (IMP-11, SCR-14): once, however often an import asks. */
static void note_reissue(book *b, const char *person, int64_t block) {
    if (!is_invited(b, person)) {
        invite(b, person, "reissue", block);
    }
}

int32_t note_judge(book *b, const desk_call *call) {
    const char *what = desk_text(call, NOTE_WHAT);
    int64_t a = desk_number(call, NOTE_A, 0);
    if (strcmp(what, "person") == 0) {
        invite(b, desk_text(call, NOTE_ID), "registration", a); /* IMP-07 */
        return b->status;
    }
    if (strcmp(what, "reissue") == 0) {
        note_reissue(b, desk_text(call, NOTE_ID), a);
        return b->status;
    }
    if (!book_is_on(b)) {
        return b->status;
    }
    if (strcmp(what, "request") == 0) {
        note_request(b, desk_text(call, NOTE_ID), a);
    } else {
        note_import(b, a, desk_number(call, NOTE_B, 0));
    }
    return b->status;
}
