/* api/answers/page.c - see page.h.
 *
 * A page goes on behind the last row's key, which is compared column by column: equal up to one and
 * greater there, the last column first. Each is a question of its own that an index answers, so a
 * page costs the same wherever it lies, and rows that come meanwhile neither double nor hide one
 * that was there. */
#include "answers/page.h"

#include "wire/moment.h"
#include "wire/token.h"

#include <stdlib.h>
#include <string.h>

typedef struct columns {
    const char *names[CURSOR_KEYS_MAX];
    uint32_t types[CURSOR_KEYS_MAX];
    uint32_t count;
    int32_t is_down[CURSOR_KEYS_MAX];
} columns;

static columns order_columns(const page *p) {
#define NUMBER KINMU_TYPE_I64
    static const columns orders[] = {
        [ORDER_JOURNAL] = {{"block", "sequence"}, {NUMBER, NUMBER}, 2, {0}},
        [ORDER_TIME] = {{"unix_ns", "block", "sequence"}, {NUMBER, NUMBER, NUMBER}, 3, {0}},
        [ORDER_TIME_DOWN] = {{"unix_ns", "block", "sequence"},
                             {NUMBER, NUMBER, NUMBER},
                             3,
                             {1, 1, 1}},
        [ORDER_ACCOUNT_DOWN] = {{"subject", "unix_ns", "block", "sequence"},
                                {KINMU_TYPE_TEXT, NUMBER, NUMBER, NUMBER},
                                4,
                                {0, 1, 1, 1}},
    };
#undef NUMBER
    columns keys = {{NULL}, {0}, 0, {0}};
    if (p->order != ORDER_KEY) {
        return orders[p->order];
    }
    for (uint32_t i = 0; i < p->schema->fields.count && keys.count < CURSOR_KEYS_MAX; i++) {
        kinmu_field field = body_field(&p->schema->fields, i);
        if ((field.flags & KINMU_FIELD_KEY) != 0) {
            keys.names[keys.count] = field.name;
            keys.types[keys.count++] = field.type;
        }
    }
    return keys;
}

/* ---- a row ---- */

static kinmu_value key_of(const page *p, const kinmu_event *row, const char *column) {
    if (strcmp(column, "unix_ns") == 0) {
        return kinmu_i64(row->unix_ns);
    }
    if (strcmp(column, "subject") == 0) {
        return kinmu_text(row->subject);
    }
    if (strcmp(column, "block") == 0) {
        return kinmu_i64((int64_t)row->block);
    }
    if (strcmp(column, "sequence") == 0) {
        return kinmu_i64((int64_t)row->sequence);
    }
    for (uint32_t i = 0; i < p->schema->fields.count && i < row->value_count; i++) {
        if (strcmp(body_field(&p->schema->fields, i).name, column) == 0) {
            return row->values[i];
        }
    }
    return kinmu_null();
}

static json_t *row_json(const page *p, const kinmu_event *row) {
    char moment[MOMENT_SIZE];
    char origin[33];
    json_t *values = json_object();
    moment_print(moment, row->unix_ns);
    token_hex(origin, row->origin, 16);
    for (uint32_t i = 0; i < p->schema->fields.count; i++) {
        kinmu_field field = body_field(&p->schema->fields, i);
        if (reach_shows(p->relation, &field)) {
            json_object_set_new(values, field.name,
                                i < row->value_count ? body_json(&field, &row->values[i])
                                                     : json_null());
        }
    }
    json_t *object =
        json_pack("{s:s, s:s, s:i, s:s, s:s, s:I, s:o}", "time", moment, "zone", row->zone,
                  "utc_offset_s", (int)row->utc_offset_s, "origin", origin, "subject", row->subject,
                  "sequence", (json_int_t)row->sequence, "values", values);
    return object;
}

void page_note(page *p, const char *whose) {
    if (whose == NULL || whose[0] == '\0' || strcmp(whose, p->x->caller.person) == 0) {
        return;
    }
    for (uint32_t i = 0; i < p->seen_count; i++) {
        if (strcmp(p->seen[i].person, whose) == 0) {
            p->seen[i].rows++;
            return;
        }
    }
    const char *kept =
        p->seen_count < PAGE_PEOPLE_MAX ? memory_text(&p->x->memory, whose, strlen(whose)) : NULL;
    if (kept != NULL) {
        p->seen[p->seen_count++] = (page_seen){kept, 1};
    } else {
        p->others++;
    }
}

/* Whose a row is, for the watcher log: his who is looked at, not the looker's. */
static void note_person(page *p, const kinmu_event *row) {
    const char *field = reach_owner_field(p->schema);
    const char *whose = p->owner;
    if (field == NULL || p->relation == REACH_OWN) {
        return;
    }
    if (whose == NULL) {
        kinmu_value value = key_of(p, row, field);
        whose = value.type == KINMU_TYPE_TEXT
                    ? memory_text(&p->x->memory, value.as.text, value.size)
                    : "";
    }
    page_note(p, whose);
}

static int32_t take(void *user, const kinmu_event *row) {
    page *p = user;
    const columns order = order_columns(p);
    if (json_array_size(p->rows) >= p->limit || p->bytes >= PAGE_BYTES_MAX) {
        p->is_over = 0;
        return 1;
    }
    json_t *object = row_json(p, row);
    if (object == NULL || json_array_append_new(p->rows, object) != 0) {
        return KINMU_E_NOMEM;
    }
    p->bytes += json_dumpb(object, NULL, 0, JSON_COMPACT) + 1;
    kinmu_value keys[CURSOR_KEYS_MAX];
    for (uint32_t i = 0; i < order.count; i++) {
        keys[i] = key_of(p, row, order.names[i]);
    }
    const kinmu_value *kept = memory_values(&p->x->memory, keys, order.count, CURSOR_KEYS_MAX);
    if (kept == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(p->next.keys, kept, order.count * sizeof *kept);
    p->next.key_count = order.count;
    note_person(p, row);
    return KINMU_OK;
}

/* ---- questions ---- */

static const char *order_text(page *p, const columns *order) {
    const char *text = "";
    for (uint32_t i = 0; i < order->count && text != NULL; i++) {
        text = memory_print(&p->x->memory, "%s%s%s%s", text, i > 0 ? "," : "",
                            order->is_down[i] ? "-" : "", order->names[i]);
    }
    return text;
}

/* The rows of a part that agree with the cursor's first `equal` columns and lie behind it in the
 * next; UINT32_MAX: all of the part. */
static int32_t ask(page *p, const reach_part *part, const columns *order, const cursor *from,
                   uint32_t equal) {
    kinmu_filter filters[PAGE_FILTERS_MAX + CURSOR_KEYS_MAX + 6];
    uint32_t count = 0;
    for (; count < p->filter_count; count++) {
        filters[count] = p->filters[count];
    }
    int64_t from_ns = p->from_ns;
    int64_t to_ns = p->to_ns;
    if (part != NULL) {
        filters[count++] =
            (kinmu_filter){part->field, KINMU_COMPARE_EQUAL, 0, kinmu_text(part->value)};
        from_ns = part->from_ns > from_ns ? part->from_ns : from_ns;
        to_ns = part->to_ns < to_ns ? part->to_ns : to_ns;
    }
    if (from_ns != INT64_MIN) {
        filters[count++] =
            (kinmu_filter){"unix_ns", KINMU_COMPARE_GREATER_EQUAL, 0, kinmu_i64(from_ns)};
    }
    if (to_ns != INT64_MAX) {
        filters[count++] = (kinmu_filter){"unix_ns", KINMU_COMPARE_LESS, 0, kinmu_i64(to_ns)};
    }
    for (uint32_t i = 0; equal != UINT32_MAX && i <= equal; i++) {
        uint32_t behind = order->is_down[i] ? KINMU_COMPARE_LESS : KINMU_COMPARE_GREATER;
        filters[count++] = (kinmu_filter){order->names[i], i < equal ? KINMU_COMPARE_EQUAL : behind,
                                          0, from->keys[i]};
    }
    const char *sorted = order_text(p, order);
    const kinmu_query query = {.struct_size = sizeof query,
                               .schema = p->use,
                               .filters = filters,
                               .filter_count = count,
                               .limit = p->limit - (uint32_t)json_array_size(p->rows) + 1,
                               .order = sorted,
                               .decision = p->x->head};
    if (sorted == NULL) {
        return KINMU_E_NOMEM;
    }
    return p->x->owner->records->query(p->x->owner->host, &query, take, p);
}

static int32_t read_part(page *p, const reach_part *part, const cursor *from) {
    const columns order = order_columns(p);
    p->relation = part != NULL ? part->relation : p->reach.relation;
    p->owner = part != NULL ? part->person : NULL;
    if (from->key_count == 0) {
        return ask(p, part, &order, from, UINT32_MAX);
    }
    int32_t status = KINMU_OK;
    for (uint32_t equal = order.count; status == KINMU_OK && p->is_over && equal > 0; equal--) {
        status = ask(p, part, &order, from, equal - 1);
    }
    return status;
}

int32_t page_read(page *p) {
    const cursor begin = {.question = p->at.question, .part_name = ""};
    uint32_t parts = p->reach.relation == REACH_NONE ? p->reach.count : 1;
    int32_t status = KINMU_OK;
    p->rows = p->rows != NULL ? p->rows : json_array();
    p->is_over = 1;
    p->next = p->at;
    for (uint32_t i = p->at.part; status == KINMU_OK && p->is_over && i < parts; i++) {
        const reach_part *part = p->reach.relation == REACH_NONE ? &p->reach.parts[i] : NULL;
        if (i > p->at.part) {
            p->next = begin;
        }
        p->next.part = i;
        p->next.part_name = part != NULL ? part->value : "";
        status = read_part(p, part, i == p->at.part ? &p->at : &begin);
        status = status == 1 ? KINMU_OK : status; /* take had enough */
    }
    return p->x->memory.failed ? KINMU_E_NOMEM : status;
}
