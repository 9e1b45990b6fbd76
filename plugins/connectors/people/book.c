/* people/book.c - see book.h. Rows are found by a hash of their first key field: the rows of one
 * person, group or calendar hang together, so that "in force on a date" walks few of them. */
#include "book.h"

#include <kinmu/events/settings.h>

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

const kind_info kinds[KINDS] = {
    [KIND_PERSON] = {&kinmu_people_person, "person", 1, KINMU_PEOPLE_PERSON_STATE, 0},
    [KIND_ASSIGNMENT] = {&kinmu_people_assignment, "assignment", 2, NONE, 0},
    [KIND_GROUP] = {&kinmu_people_group, "group", 1, KINMU_PEOPLE_GROUP_STATE, NONE},
    [KIND_PATTERN] = {&kinmu_people_pattern, "pattern", 2, KINMU_PEOPLE_PATTERN_STATE, NONE},
    [KIND_ACCOUNT] = {&kinmu_people_account, "account", 2, NONE, KINMU_PEOPLE_ACCOUNT_PERSON},
    [KIND_COMPUTER] = {&kinmu_people_computer, "computer", 2, NONE, KINMU_PEOPLE_COMPUTER_PERSON},
    [KIND_HOLIDAY] = {&kinmu_people_holiday, "holiday", 2, NONE, NONE},
    [KIND_SITE] = {&kinmu_people_site, "site", 1, KINMU_PEOPLE_SITE_STATE, NONE},
    [KIND_SETTING] = {&kinmu_people_setting, "setting", 4, NONE, NONE},
    [KIND_DAY] = {&kinmu_attendance_day, "day", 2, NONE, NONE},
    [KIND_HOLD] = {&kinmu_audit_hold, "hold", 2, KINMU_AUDIT_HOLD_STATE, KINMU_AUDIT_HOLD_PERSON},
    [KIND_DEMAND] = {&kinmu_audit_demand, "demand", 1, KINMU_AUDIT_DEMAND_STATE,
                     KINMU_AUDIT_DEMAND_PERSON},
    [KIND_ACCESS] = {&kinmu_audit_access, "access", 1, KINMU_AUDIT_ACCESS_STATE,
                     KINMU_AUDIT_ACCESS_PERSON},
    [KIND_SCHEDULE] = {&kinmu_people_schedule, "schedule", 2, KINMU_PEOPLE_SCHEDULE_STATE,
                       KINMU_PEOPLE_SCHEDULE_PERSON},
};

uint32_t kind_fields(uint32_t kind) {
    return kinds[kind].schema->fields.count;
}

const kinmu_field *kind_field(uint32_t kind, uint32_t field) {
    return (const kinmu_field *)kinds[kind].schema->fields.rows + field;
}

/* ---- values ---- */

int32_t value_equal(const kinmu_value *a, const kinmu_value *b) {
    if (a->type != b->type || a->size != b->size) {
        return 0;
    }
    if (a->type == KINMU_TYPE_TEXT || a->type == KINMU_TYPE_BYTES) {
        return a->size == 0 || memcmp(a->as.bytes, b->as.bytes, a->size) == 0;
    }
    return a->type == KINMU_TYPE_NULL || a->as.i64 == b->as.i64;
}

int32_t values_equal(uint32_t kind, const kinmu_value *a, const kinmu_value *b) {
    if (a == NULL || b == NULL) {
        return a == b;
    }
    for (uint32_t i = 0; i < kind_fields(kind); i++) {
        if (!value_equal(&a[i], &b[i])) {
            return 0;
        }
    }
    return 1;
}

const char *book_text(const row *r, uint32_t field) {
    return r != NULL && r->values != NULL && r->values[field].type == KINMU_TYPE_TEXT
               ? r->values[field].as.text
               : "";
}

int64_t book_number(const row *r, uint32_t field) {
    return r != NULL && r->values != NULL && r->values[field].type != KINMU_TYPE_NULL
               ? r->values[field].as.i64
               : 0;
}

int32_t book_is(const row *r, uint32_t field, const char *word) {
    return strcmp(book_text(r, field), word) == 0;
}

int32_t book_lives(const row *r) {
    if (r == NULL || r->values == NULL) {
        return 0;
    }
    uint32_t field = kinds[r->kind].state_field;
    return field == NONE || (!book_is(r, field, "deleted") && !book_is(r, field, "erased"));
}

/* ---- rows ---- */

static uint32_t hash_of(const char *text, uint32_t size) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < size; i++) {
        hash = (hash ^ (uint8_t)text[i]) * 16777619u;
    }
    return hash;
}

/* Slots double with the rows; a chain keeps its order. */
static int32_t make_slots(book *b, shelf *s) {
    if (s->count < s->slot_count) {
        return KINMU_OK;
    }
    uint32_t count = s->slot_count > 0 ? s->slot_count * 4 : 64;
    row **slots = memory_get(&b->memory, count * sizeof(row *));
    if (slots == NULL) {
        return KINMU_E_NOMEM;
    }
    for (uint32_t i = s->count; i > 0; i--) {
        row *r = s->rows[i - 1];
        r->next = slots[r->hash % count];
        slots[r->hash % count] = r;
    }
    s->slots = slots;
    s->slot_count = count;
    return KINMU_OK;
}

static row *add_row(book *b, uint32_t kind, const kinmu_value *key) {
    shelf *s = &b->shelves[kind];
    row **rows = memory_grow(&b->memory, s->rows, s->count, &s->capacity, sizeof(row *));
    row *r = memory_get(&b->memory, sizeof *r);
    if (rows == NULL || r == NULL || make_slots(b, s) != KINMU_OK) {
        return NULL;
    }
    r->kind = kind;
    r->hash = hash_of(key->as.text, key->size);
    s->rows = rows;
    s->rows[s->count++] = r;
    row **end = &s->slots[r->hash % s->slot_count];
    r->next = *end;
    *end = r;
    return r;
}

static int32_t has_key(const row *r, const kinmu_value *key, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!value_equal(&r->values[i], &key[i])) {
            return 0;
        }
    }
    return 1;
}

/* A row that was taken back has no values, but keeps its place: it is found by what it had. */
static row *find_any(const book *b, uint32_t kind, const kinmu_value *key) {
    const shelf *s = &b->shelves[kind];
    uint32_t hash = hash_of(key->as.text, key->size);
    for (row *r = s->slot_count > 0 ? s->slots[hash % s->slot_count] : NULL; r != NULL;
         r = r->next) {
        if (r->hash == hash && r->values != NULL && has_key(r, key, kinds[kind].key_count)) {
            return r;
        }
    }
    return NULL;
}

row *book_find(const book *b, uint32_t kind, const kinmu_value *values) {
    return find_any(b, kind, values);
}

static row *same_key(row *r, uint32_t hash, const char *key) {
    while (r != NULL &&
           (r->hash != hash || r->values == NULL || strcmp(book_text(r, 0), key) != 0)) {
        r = r->next;
    }
    return r;
}

row *book_first(const book *b, uint32_t kind, const char *key) {
    const shelf *s = &b->shelves[kind];
    uint32_t hash = hash_of(key, (uint32_t)strlen(key));
    return s->slot_count > 0 ? same_key(s->slots[hash % s->slot_count], hash, key) : NULL;
}

const char *book_new_id(book *b, uint32_t kind, char letter) {
    const char *id = NULL;
    for (uint32_t n = 1; id == NULL || book_first(b, kind, id) != NULL; n++) {
        id = memory_print(&b->memory, "%c%.4s%.2s%.2s-%u", letter, b->today, b->today + 5,
                          b->today + 8, n);
        if (id == NULL) {
            return "";
        }
    }
    return id;
}

row *book_next(const row *r) {
    return same_key(r->next, r->hash, book_text(r, 0));
}

const row *book_in_force(const book *b, uint32_t kind, const char *key, const char *date) {
    const row *best = NULL;
    for (const row *r = book_first(b, kind, key); r != NULL; r = book_next(r)) {
        if ((date == NULL || strcmp(book_text(r, 1), date) <= 0) &&
            (best == NULL || strcmp(book_text(r, 1), book_text(best, 1)) > 0)) {
            best = r;
        }
    }
    return best;
}

const row *book_latest(const book *b, uint32_t kind, const char *key) {
    return book_in_force(b, kind, key, NULL);
}

const char *book_setting(const book *b, uint32_t setting) {
    const row *best = NULL;
    for (const row *r = book_first(b, KIND_SETTING, "company"); r != NULL; r = book_next(r)) {
        const char *from = book_text(r, KINMU_PEOPLE_SETTING_FROM_DATE);
        if (book_is(r, KINMU_PEOPLE_SETTING_NAME, kinmu_settings[setting].name) &&
            strcmp(from, b->today) <= 0 &&
            (best == NULL || strcmp(from, book_text(best, KINMU_PEOPLE_SETTING_FROM_DATE)) > 0)) {
            best = r;
        }
    }
    return best != NULL ? book_text(best, KINMU_PEOPLE_SETTING_VALUE)
                        : kinmu_settings[setting].preset;
}

int64_t book_setting_number(const book *b, uint32_t setting) {
    return strtoll(book_setting(b, setting), NULL, 10);
}

int32_t book_load(book *b, uint32_t kind, const kinmu_event *event) {
    const kinmu_value *key = event->values;
    if (event->value_count < kinds[kind].key_count || key[0].type != KINMU_TYPE_TEXT) {
        return KINMU_E_REJECT;
    }
    kinmu_value *values =
        memory_values(&b->memory, event->values, event->value_count, kind_fields(kind));
    row *r = values != NULL ? find_any(b, kind, values) : NULL;
    r = r != NULL || values == NULL ? r : add_row(b, kind, values);
    if (r == NULL) {
        return KINMU_E_NOMEM;
    }
    r->values = values;
    r->block = event->block;
    r->unix_ns = event->unix_ns;
    b->newest_block[kind] =
        event->block > b->newest_block[kind] ? event->block : b->newest_block[kind];
    return KINMU_OK;
}

row *book_put(book *b, uint32_t kind, const kinmu_value *values, place from) {
    row *r = find_any(b, kind, values);
    if (r != NULL && values_equal(kind, r->values, values)) {
        return r;
    }
    kinmu_value *copy = memory_values(&b->memory, values, kind_fields(kind), 0);
    book_entry *log = memory_grow(&b->memory, b->log, b->log_count, &b->log_capacity, sizeof *log);
    r = r != NULL || copy == NULL ? r : add_row(b, kind, copy);
    if (r == NULL || copy == NULL || log == NULL) {
        b->memory.failed = 1;
        return NULL;
    }
    b->log = log;
    b->log[b->log_count++] = (book_entry){r, r->values, r->touched, r->from};
    r->values = copy;
    r->touched = b->change;
    r->from = from;
    return r;
}

void book_renew(book *b, row *r) {
    book_entry *log = memory_grow(&b->memory, b->log, b->log_count, &b->log_capacity, sizeof *log);
    if (log != NULL) {
        b->log = log;
        b->log[b->log_count++] = (book_entry){r, r->values, r->touched, r->from};
        r->is_renewed = 1;
    }
}

uint32_t book_mark(const book *b) {
    return b->log_count;
}

void book_undo(book *b, uint32_t mark) {
    while (b->log_count > mark) {
        const book_entry *entry = &b->log[--b->log_count];
        entry->row->values = entry->before;
        entry->row->touched = entry->touched;
        entry->row->from = entry->from;
    }
}

void book_free(book *b) {
    memory_free(&b->memory);
}
