/* api/answers/rows.c - GET rows/{schema} and GET schemas: which schema, what of it, in which order;
 * and what is told to those whose rows another saw. */
#include "answers/page.h"
#include "wire/moment.h"
#include "words.h"

#include <kinmu/events/audit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100
#define QUESTION_SIZE 17u

/* ---- schemas ---- */

int32_t rows_is_shown(const kinmu_schema *schema) {
    return strncmp(schema->name, "kinmu.access.", 13) != 0 &&
           strncmp(schema->name, "kinmu.search.", 13) != 0;
}

static const kinmu_schema *schema_at(const api *a, uint32_t index) {
    return a->schemas->find(a->host, KINMU_SCHEMA_ANY + index);
}

const kinmu_schema *rows_schema(const api *a, const char *name, const char *version,
                                uint32_t *use) {
    const kinmu_schema *best = NULL;
    const kinmu_schema *schema;
    for (uint32_t i = 0; (schema = schema_at(a, i)) != NULL; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%u", schema->version);
        if (strcmp(schema->name, name) == 0 && rows_is_shown(schema) &&
            (version == NULL ? best == NULL || schema->version > best->version
                             : strcmp(text, version) == 0)) {
            best = schema;
            *use = KINMU_SCHEMA_ANY + i;
        }
    }
    return best;
}

static json_t *describe_field(const kinmu_field *field) {
    static const char *const types[] = {"null", "boolean", "integer", "number",
                                        "text", "bytes",   "time"};
    static const char *const classes[] = {"none", "pseudonymous", "personal", "sensitive"};
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:s}", "name", field->name, "type",
                     types[field->type <= KINMU_TYPE_TIME ? field->type : 0], "unit",
                     field->unit != NULL ? field->unit : "", "key",
                     (field->flags & KINMU_FIELD_KEY) != 0, "required",
                     (field->flags & (KINMU_FIELD_KEY | KINMU_FIELD_REQUIRED)) != 0, "privacy",
                     classes[field->privacy & 3u], "doc", field->doc != NULL ? field->doc : "");
}

void schemas_job(exchange *x) {
    json_t *list = json_array();
    const kinmu_schema *schema;
    for (uint32_t i = 0; (schema = schema_at(x->owner, i)) != NULL; i++) {
        if (!rows_is_shown(schema)) {
            continue;
        }
        json_t *fields = json_array();
        for (uint32_t f = 0; f < schema->fields.count; f++) {
            kinmu_field field = body_field(&schema->fields, f);
            json_array_append_new(fields, describe_field(&field));
        }
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:s, s:s, s:s, s:o}", "name", schema->name,
                                        "version", (int)schema->version, "kind",
                                        schema->kind == KINMU_KIND_RECORD ? "record" : "log",
                                        "purpose", schema->purpose, "doc",
                                        schema->doc != NULL ? schema->doc : "", "fields", fields));
    }
    exchange_json(x, 200, json_pack("{s:o}", "schemas", list));
}

/* ---- conditions ---- */

static int32_t fail(exchange *x, uint32_t status, const char *code, const char *one,
                    const char *two) {
    problem_set(x, status, code, one, two);
    return 0;
}

int32_t rows_relation(const reach *r) {
    int32_t relation = r->relation;
    for (uint32_t i = 0; i < r->count; i++) {
        relation =
            i == 0 || r->parts[i].relation == REACH_MANAGED ? r->parts[i].relation : relation;
    }
    return relation;
}

static int32_t take_moment(exchange *x, const char *name, int64_t *unix_ns) {
    const char *text = target_find(&x->target, name);
    return text == NULL || moment_parse(text, unix_ns)
               ? 1
               : fail(x, 422, "query.value", name, "2026-11-22T00:00:00+09:00");
}

/* A business day: `date`, `from_date` … */
static int32_t is_date(const kinmu_field *field) {
    size_t size = strlen(field->name);
    return field->type == KINMU_TYPE_TEXT &&
           (strcmp(field->name, "date") == 0 ||
            (size > 5 && strcmp(field->name + size - 5, "_date") == 0));
}

static int32_t take_value(exchange *x, const kinmu_field *field, uint32_t compare, const char *text,
                          kinmu_value *value) {
    char date[WORDS_DATE_SIZE];
    if (compare == KINMU_COMPARE_CONTAINS) {
        *value = kinmu_text(text);
        return field->type == KINMU_TYPE_TEXT && text[0] != '\0';
    }
    return (!is_date(field) || (words_date(text, date) && strcmp(date, text) == 0)) &&
           body_value_of_text(&x->memory, field, text, value);
}

/* What a field takes, or an example. */
static const char *example_of(const kinmu_field *field) {
    static const char *const examples[] = {
        [KINMU_TYPE_BOOL] = "true, false", [KINMU_TYPE_I64] = "60",
        [KINMU_TYPE_F64] = "0.5",          [KINMU_TYPE_TEXT] = "報告",
        [KINMU_TYPE_BYTES] = "00ff",       [KINMU_TYPE_TIME] = "2026-11-22T00:00:00+09:00",
    };
    return field->choices != NULL ? field->choices
           : is_date(field)       ? "2026-11-22"
                                  : examples[field->type];
}

/* FIELD=, FIELD.min=, FIELD.max= or FIELD.part=: a condition on a field that is shown. */
static int32_t take_field(page *p, const target_parameter *parameter) {
    exchange *x = p->x;
    uint32_t compare = KINMU_COMPARE_EQUAL;
    size_t size = strcspn(parameter->name, ".");
    const char *ending = parameter->name + size;
    if (strcmp(ending, ".min") == 0) {
        compare = KINMU_COMPARE_GREATER_EQUAL;
    } else if (strcmp(ending, ".max") == 0) {
        compare = KINMU_COMPARE_LESS_EQUAL;
    } else if (strcmp(ending, ".part") == 0) {
        compare = KINMU_COMPARE_CONTAINS;
    } else if (ending[0] != '\0') {
        return fail(x, 422, "query.unknown", parameter->name, NULL);
    }
    for (uint32_t i = 0; i < p->schema->fields.count; i++) {
        kinmu_field field = body_field(&p->schema->fields, i);
        if (strlen(field.name) != size || memcmp(field.name, parameter->name, size) != 0 ||
            !reach_shows(rows_relation(&p->reach), &field)) {
            continue;
        }
        kinmu_value value;
        if (!take_value(x, &field, compare, parameter->value, &value)) {
            return fail(x, 422, "query.value", parameter->name, example_of(&field));
        }
        if (p->filter_count == PAGE_FILTERS_MAX) {
            return fail(x, 422, "query.many", NULL, NULL);
        }
        p->filters[p->filter_count++] = (kinmu_filter){field.name, compare, 0, value};
        return 1;
    }
    return fail(x, 422, "query.unknown", parameter->name, NULL);
}

int32_t rows_conditions(page *p) {
    exchange *x = p->x;
    p->from_ns = INT64_MIN;
    p->to_ns = INT64_MAX;
    if (!take_moment(x, "from", &p->from_ns) || !take_moment(x, "to", &p->to_ns)) {
        return 0;
    }
    for (uint32_t i = 0; i < x->target.parameter_count; i++) {
        const target_parameter *parameter = &x->target.parameters[i];
        if (strcmp(parameter->name, "subject") == 0) {
            if (p->filter_count == PAGE_FILTERS_MAX) {
                return fail(x, 422, "query.many", NULL, NULL);
            }
            p->filters[p->filter_count++] =
                (kinmu_filter){"subject", KINMU_COMPARE_EQUAL, 0, kinmu_text(parameter->value)};
        } else if (!endpoint_has(x->endpoint, parameter->name) && !take_field(p, parameter)) {
            return 0;
        }
    }
    return 1;
}

static int32_t take_order(page *p) {
    exchange *x = p->x;
    const char *order = target_find(&x->target, "order");
    int32_t is_pinned =
        p->reach.relation == REACH_NONE || target_find(&x->target, "subject") != NULL;
    if (p->schema->kind == KINMU_KIND_RECORD) {
        p->order = ORDER_KEY;
        return order == NULL || strcmp(order, "key") == 0
                   ? 1
                   : fail(x, 422, "query.value", "order", "key");
    }
    p->order = is_pinned ? ORDER_TIME : ORDER_JOURNAL;
    if (order != NULL && strcmp(order, "journal") == 0) {
        p->order = ORDER_JOURNAL;
    } else if (order != NULL && (strcmp(order, "time") == 0 || strcmp(order, "-time") == 0)) {
        p->order = order[0] == '-' ? ORDER_TIME_DOWN : ORDER_TIME;
        return is_pinned ? 1 : fail(x, 422, "query.order", NULL, NULL);
    } else if (order != NULL) {
        return fail(x, 422, "query.value", "order", "time, -time, journal");
    }
    return 1;
}

const char *page_question(page *p) {
    exchange *x = p->x;
    uint8_t sha256[TOKEN_HASH_SIZE];
    char *question = memory_get(&x->memory, QUESTION_SIZE);
    const char *text = memory_print(&x->memory, "%s %s/%u %s", x->endpoint->path, p->schema->name,
                                    p->schema->version, x->caller.name);
    for (uint32_t i = 0; text != NULL && i < x->target.parameter_count; i++) {
        const target_parameter *parameter = &x->target.parameters[i];
        if (strcmp(parameter->name, "cursor") != 0 && strcmp(parameter->name, "limit") != 0) {
            text = memory_print(&x->memory, "%s&%s=%s", text, parameter->name, parameter->value);
        }
    }
    if (question == NULL || text == NULL || !token_hash(text, strlen(text), sha256)) {
        return NULL;
    }
    token_hex(question, sha256, (QUESTION_SIZE - 1) / 2);
    return question;
}

int32_t rows_cursor(page *p) {
    exchange *x = p->x;
    const char *text = target_find(&x->target, "cursor");
    const char *question = page_question(p);
    if (question == NULL) {
        return fail(x, 503, "memory", NULL, NULL);
    }
    if (text == NULL) {
        p->at = (cursor){.question = question, .part_name = ""};
        return 1;
    }
    if (!cursor_parse(&x->memory, text, &p->at)) {
        return fail(x, 422, "cursor.bad", NULL, NULL);
    }
    if (strcmp(p->at.question, question) != 0) {
        return fail(x, 422, "cursor.other", NULL, NULL);
    }
    if (p->reach.relation != REACH_NONE) {
        return p->at.part == 0 ? 1 : fail(x, 422, "cursor.bad", NULL, NULL);
    }
    /* People may have come and gone since: the part is found by its name. */
    for (uint32_t i = 0; i < p->reach.count; i++) {
        uint32_t place = (p->at.part + i) % p->reach.count;
        if (strcmp(p->reach.parts[place].value, p->at.part_name) == 0) {
            p->at.part = place;
            return 1;
        }
    }
    return fail(x, 422, "cursor.other", NULL, NULL);
}

/* ---- the watcher log ---- */

static const char *role_of(const caller *c) {
    return (c->rights & KINMU_RIGHT_ADMIN) != 0      ? "admin"
           : (c->rights & KINMU_RIGHT_OPERATOR) != 0 ? "operator"
                                                     : "approver";
}

int32_t rows_tell(page *p) {
    exchange *x = p->x;
    const api *a = x->owner;
    kinmu_event events[PAGE_PEOPLE_MAX + 1];
    kinmu_value values[PAGE_PEOPLE_MAX + 1][KINMU_AUDIT_READ_FIELDS];
    const char *name = memory_print(&x->memory, "%s/%u", p->schema->name, p->schema->version);
    uint32_t count = p->seen_count + (p->others > 0);
    if (count == 0 || a->config.audit_reads == 0) {
        return 1;
    }
    memset(values, 0, sizeof values);
    for (uint32_t i = 0; i < count; i++) {
        kinmu_value *v = values[i];
        int32_t is_one = i < p->seen_count;
        v[KINMU_AUDIT_READ_READER] =
            kinmu_text(x->caller.person[0] != '\0' ? x->caller.person : x->caller.name);
        v[KINMU_AUDIT_READ_READER_ROLE] = kinmu_text(role_of(&x->caller));
        v[KINMU_AUDIT_READ_OF_PERSON] = is_one ? kinmu_text(p->seen[i].person) : kinmu_null();
        v[KINMU_AUDIT_READ_SCHEMA] = kinmu_text(name != NULL ? name : "");
        v[KINMU_AUDIT_READ_COLUMNS] = kinmu_text("*");
        v[KINMU_AUDIT_READ_ROWS] = kinmu_i64(is_one ? p->seen[i].rows : p->others);
        v[KINMU_AUDIT_READ_FROM_NS] =
            p->from_ns != INT64_MIN ? kinmu_time(p->from_ns) : kinmu_null();
        v[KINMU_AUDIT_READ_TO_NS] = p->to_ns != INT64_MAX ? kinmu_time(p->to_ns) : kinmu_null();
        v[KINMU_AUDIT_READ_CHANNEL] = kinmu_text("api");
        v[KINMU_AUDIT_READ_INSTANCE] = kinmu_text(a->host->instance);
        v[KINMU_AUDIT_READ_ADDRESS] = kinmu_text(x->address);
        events[i] = (kinmu_event){.schema = USE_READ,
                                  .subject = is_one ? p->seen[i].person : "",
                                  .values = v,
                                  .value_count = KINMU_AUDIT_READ_FIELDS};
    }
    int32_t status = a->bus->publish(a->host, events, count, NULL);
    if (status != KINMU_OK) {
        problem_of_status(x, status == KINMU_E_REJECT ? KINMU_E_STATE : status, "", NULL);
    }
    return status == KINMU_OK;
}

/* ---- a page ---- */

static void answer(page *p) {
    const char *next = p->is_over ? NULL : cursor_print(&p->x->memory, &p->next);
    json_t *rows = p->rows;
    p->rows = NULL;
    char name[128];
    (void)snprintf(name, sizeof name, "%s/%u", p->schema->name, p->schema->version);
    exchange_json(p->x, 200,
                  json_pack("{s:s, s:o, s:s?}", "schema", name, "rows", rows, "next", next));
}

void rows_job(exchange *x) {
    page *p = memory_get(&x->memory, sizeof *p);
    const char *version = x->target.segment_count > 2 ? x->target.segments[2] : NULL;
    const char *person = target_find(&x->target, "person");
    int64_t limit = target_number(&x->target, "limit", LIMIT_DEFAULT, PAGE_ROWS_MAX);
    if (p == NULL) {
        return;
    }
    p->x = x;
    p->schema = rows_schema(x->owner, x->target.segments[1], version, &p->use);
    if (p->schema == NULL) {
        problem_set(x, 404, "schema.unknown", x->target.segments[1], NULL);
        return;
    }
    if (!gate_has_scope(x, "read", p->schema->name)) {
        problem_set(x, 403, "scope.denied", memory_print(&x->memory, "read:%s", p->schema->name),
                    NULL);
        return;
    }
    if (limit < 1) {
        problem_set(x, 422, "query.value", "limit", "1 … 1000");
        return;
    }
    p->limit = (uint32_t)limit;
    if (!reach_find(x, p->schema, person, &p->reach) || !rows_conditions(p) || !take_order(p) ||
        !rows_cursor(p)) {
        return;
    }
    int32_t status = page_read(p);
    if (status != KINMU_OK) {
        problem_of_status(x, status, "", NULL);
    } else if (rows_tell(p)) {
        answer(p);
    }
    json_decref(p->rows);
}
