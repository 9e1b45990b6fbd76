/* people/flow.c - what a call reads, what it leaves in the book, and how that goes out: each row
 * once, with an audit entry for each change (plugins/shared/desk.h). */
#include "people.h"

#include <kinmu/events/audit.h>
#include <kinmu/events/import.h>

#include <string.h>

/* Days, schedules or sites of one change that are told one by one in the audit. */
#define ONE_BY_ONE_MAX 1000u

/* ---- events, in the job ---- */

static const char *reason_of(const change *c) {
    return c->work->reason >= 0 ? desk_text(c->call, (uint32_t)c->work->reason) : "";
}

/* Whom a row concerns: its block can then be erased with that person (ADR 0004 keeps the name out
 * of the header). */
static const char *subject_of(const row *r, const kinmu_value *before) {
    const row old = {.values = before, .kind = r->kind};
    uint32_t field = kinds[r->kind].person_field;
    if (r->kind == KIND_SETTING && book_is(r, KINMU_PEOPLE_SETTING_SCOPE, "person")) {
        field = KINMU_PEOPLE_SETTING_SCOPE_ID;
    }
    if (field == UINT32_MAX) {
        return r->whom != NULL ? r->whom : "";
    }
    return book_text(r, field)[0] != '\0' ? book_text(r, field) : book_text(&old, field);
}

static const char *action_of(const row *r, const kinmu_value *before) {
    const row old = {.values = before, .kind = r->kind};
    return before == NULL ? "create" : book_lives(&old) && !book_lives(r) ? "delete" : "update";
}

static void audit_row(desk_decision *d, const change *c, const book_entry *entry) {
    const row *r = entry->row;
    const kinmu_schema *schema = kinds[r->kind].schema;
    kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    const char *before = NULL;
    const char *after = NULL;
    audit_fields(&d->memory, r->kind, entry->before, r->values, &before, &after);
    const char *name = memory_print(&d->memory, "%s/%u", schema->name, schema->version);
    const char *key = audit_key(&d->memory, r->kind, r->values);
    if (name == NULL || key == NULL) {
        return;
    }
    values[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text(action_of(r, entry->before));
    values[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text(name);
    values[KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text(key);
    values[KINMU_AUDIT_CHANGE_BEFORE] = before != NULL ? kinmu_text(before) : kinmu_null();
    values[KINMU_AUDIT_CHANGE_AFTER] = after != NULL ? kinmu_text(after) : kinmu_null();
    desk_audit_change(d, c->call, subject_of(r, entry->before), values, reason_of(c));
}

static int32_t is_of_many(const row *r) {
    return r->kind == KIND_DAY || r->kind == KIND_SITE || r->kind == KIND_SCHEDULE;
}

/* Each row that the change left otherwise than it found it, once. */
static void audit_change(desk_decision *d, const change *c, uint32_t mark) {
    const book *b = d->book;
    uint32_t many = 0;
    for (uint32_t i = mark; i < b->log_count; i++) {
        many += (uint32_t)is_of_many(b->log[i].row);
    }
    for (uint32_t i = mark; i < b->log_count; i++) {
        const book_entry *entry = &b->log[i];
        const row *r = entry->row;
        int32_t is_first = entry->touched != b->change;
        int32_t is_told = many <= ONE_BY_ONE_MAX || !is_of_many(r);
        if (is_first && is_told && !values_equal(r->kind, entry->before, r->values)) {
            audit_row(d, c, entry);
        }
    }
    const char *count =
        many > ONE_BY_ONE_MAX ? memory_print(&d->memory, "{\"rows\":%u}", many) : NULL;
    if (count != NULL) {
        const kinmu_value values[KINMU_AUDIT_CHANGE_FIELDS] = {
            [KINMU_AUDIT_CHANGE_ACTION] = kinmu_text("import"),
            [KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text("people.import"),
            [KINMU_AUDIT_CHANGE_AFTER] = kinmu_text(count)};
        desk_audit_change(d, c->call, "", values, reason_of(c));
    }
}

/* Who is to get a new password stands in the audit, for those who send invitations: with the
 * decision, or alone, once, where no record changes. */
static void audit_reissues(desk_decision *d, change *c, int32_t has_records) {
    uint32_t first = d->count;
    for (uint32_t i = 0; i < c->reissue_count; i++) {
        desk_audit(d, c->call, c->reissues[i], "people.reissue", c->reissues[i], reason_of(c));
    }
    if (has_records || d->count == first) {
        return;
    }
    if (!c->is_reissued) {
        c->is_reissued = 1;
        (void)d->desk->bus->publish(d->desk->host, &d->events[first], d->count - first, NULL);
    }
    d->count = first;
}

/* ---- the desk's ---- */

static void prepare(people *p, desk_call *call) {
    change *c = call->kept;
    if (c->call != NULL) {
        return; /* judged again */
    }
    c->call = call;
    c->owner = p;
    c->work = &people_works[call->command];
    words_today(call->now_ns, call->utc_offset_s, c->today);
    c->prepared_status = c->work->prepare != NULL ? c->work->prepare(c) : KINMU_OK;
    c->prepared_err = call->err;
}

int32_t flow_read(desk_decision *d) {
    people *p = d->desk->owner;
    uint32_t reads = 0;
    char from[WORDS_DATE_SIZE] = "";
    char to[WORDS_DATE_SIZE] = "";
    for (desk_call *call = d->calls.first; call != NULL; call = call->next) {
        const change *c = call->kept;
        prepare(p, call);
        reads |= c->work->reads | c->more_reads;
        if (c->from_date[0] != '\0') { /* days of all that ask for some */
            if (from[0] == '\0' || strcmp(c->from_date, from) < 0) {
                memcpy(from, c->from_date, sizeof from);
            }
            if (strcmp(c->to_date, to) > 0) {
                memcpy(to, c->to_date, sizeof to);
            }
        }
    }
    return rows_read(p, d->book, reads, from, to, d->number);
}

int32_t flow_judge(desk_decision *d, desk_call *call) {
    book *b = d->book;
    change *c = call->kept;
    uint32_t mark = book_mark(b);
    if (c->prepared_status != KINMU_OK) {
        call->err = c->prepared_err; /* the desk begins each judgement without one */
        return c->prepared_status;
    }
    if (strlen(reason_of(c)) > PEOPLE_REASON_BYTES_MAX) {
        return people_fail(&call->err, KINMU_E_REJECT, "people.reason",
                           "a reason has at most %u bytes", PEOPLE_REASON_BYTES_MAX);
    }
    b->change++;
    c->result = NULL;
    c->reissue_count = 0;
    memcpy(b->today, c->today, sizeof c->today);
    int32_t status = c->work->judge(b, c);
    if (status == KINMU_OK && b->log_count - mark > PEOPLE_EVENTS_MAX / 2) {
        status =
            people_fail(&call->err, KINMU_E_REJECT, "people.many",
                        "more than %u changes at once; split the files", PEOPLE_EVENTS_MAX / 2);
    }
    status = b->memory.failed ? KINMU_E_NOMEM : status;
    if (status != KINMU_OK) {
        book_undo(b, mark);
    } else {
        holds_extend(b, c);
        audit_change(d, c, mark);
        audit_reissues(d, c, b->log_count > mark);
        if (c->result != NULL) {
            desk_add(d, USE_IMPORT, "", 0, c->result, KINMU_IMPORT_RESULT_FIELDS);
        }
    }
    return status;
}

void flow_write(desk_decision *d) {
    const book *b = d->book;
    for (uint32_t i = 0; i < b->log_count; i++) {
        row *r = b->log[i].row;
        int32_t is_same = r->is_written || values_equal(r->kind, b->log[i].before, r->values);
        r->is_written = 1; /* the first entry has what was before all */
        if (!is_same || r->is_renewed) {
            r->is_renewed = 0;
            desk_add(d, r->kind, subject_of(r, b->log[i].before), 0, r->values,
                     kind_fields(r->kind));
        }
    }
}

int32_t flow_after(desk_call *call) {
    change *c = call->kept;
    return c->work->after != NULL && c->work->after(c);
}

void flow_empty(void *read) {
    book_free(read);
}
