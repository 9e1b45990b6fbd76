/* email/note.c - see note.h. */
#include "note.h"

#include "compose.h"

#include <kinmu/events/people.h>
#include <kinmu/events/request.h>

#include <inttypes.h>
#include <string.h>

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

/* An invitation to who was registered, whatever the switch says (IMP-07, NTF-02). */
static void note_person(book *b, const char *id, int64_t block) {
    const kinmu_value *person = book_person(b, id);
    if (table_is(person, KINMU_PEOPLE_PERSON_STATE, "active") &&
        compose_is_address(table_text(person, KINMU_PEOPLE_PERSON_MAIL))) {
        book_queue(b, &(book_mail){.id = memory_print(&b->decision->memory,
                                                      "registration:%s:%" PRId64, id, block),
                                   .kind = "registration",
                                   .person = id,
                                   .about = id});
    }
}

int32_t note_judge(book *b, const desk_call *call) {
    const char *what = desk_text(call, NOTE_WHAT);
    int64_t a = desk_number(call, NOTE_A, 0);
    if (strcmp(what, "person") == 0) {
        note_person(b, desk_text(call, NOTE_ID), a);
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
