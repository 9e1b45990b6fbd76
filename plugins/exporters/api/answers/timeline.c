/* api/answers/timeline.c - GET people/{person}/timeline: a day of one person as lanes of spans
 * (SES-12).
 *
 * Each schema is read as its own address reads it: the same people, the same fields, the same entry
 * for who was looked at. Punches, states and minutes become spans; what the rules compute is the
 * row of the day, given as it stands. A lane whose fields are not for the caller, or
 * that nothing here tells of, is null. */
#include "wire/moment.h"
#include "answers/page.h"
#include "answers/span.h"
#include "access/reading.h"
#include "words.h"

#include <kinmu/events/people.h>

#include <string.h>

#define ROWS_MAX 10000u /* of one schema */
#define HOUR_NS INT64_C(3600000000000)
#define MINUTE_NS INT64_C(60000000000)
#define DAY_NS (24 * HOUR_NS)
#define SPAN_NS_MAX (25 * HOUR_NS) /* the day on which the clock goes back */
#define WORDS(table) (table), (uint32_t)(sizeof(table) / sizeof((table)[0]))

typedef struct timeline timeline;

/* A list of spans, and the rows it is made of. */
typedef struct lane {
    const char *group, *name; /* where it stands in the answer */
    const char *schema;
    const char *kind;  /* the field that says what; not shown: the lane is null */
    const char *more;  /* a field given with each span, or NULL */
    const char *field; /* only rows where this has that value, or NULL */
    const char *value;
    int64_t before_ns, after_ns; /* rows read beyond the day, for what began before or is told
                                    afterwards */
    const span_word *words;      /* NULL: each row is a span or a moment by itself */
    uint32_t word_count;
    void (*take)(span *out, const json_t *values); /* what a row is; NULL = a moment of its kind */
} lane;

struct timeline {
    exchange *x;
    const char *person;
    int32_t relation;
    int64_t from_ns, to_ns;
    int32_t offset_s; /* the moments are printed at */
    const lane *lane; /* being read */
    span *spans;
    uint32_t count, capacity;
};

static int32_t is_operated(const json_t *values) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)values, name, value) {
        if (strcmp(name, "observed_ms") != 0 && json_integer_value(value) > 0) {
            return 1;
        }
    }
    return 0;
}

static void take_minute(span *out, const json_t *values) {
    out->rank = !is_operated(values);
    out->kind = out->rank == 0 ? "operated" : "quiet";
    out->to_ns = out->from_ns + MINUTE_NS;
}

static void take_gap(span *out, const json_t *values) {
    const char *from = json_string_value(json_object_get(values, "from_ns"));
    out->kind = "gap";
    out->to_ns = out->from_ns; /* a gap's row is of the moment it ended */
    if (from == NULL || !moment_parse(from, &out->from_ns) || out->from_ns > out->to_ns) {
        out->from_ns = out->to_ns;
    }
}

static const span_word work[] = {
    {"start", "work", 1}, {"resume", "work", 0}, {"break", "break", 0}, {"end", NULL, 0}};
static const span_word tasks[] = {
    {"task_start", "task", 0}, {"task_end", NULL, 0}, {"end", NULL, 0}};
static const span_word presence[] = {
    {"seated", "seated", 0}, {"absent", "absent", 0}, {"unknown", NULL, 0}};

static const lane lanes[] = {
    {"lanes", "work", "kinmu.attendance.punch", "kind", NULL, NULL, NULL, DAY_NS, 0, WORDS(work),
     NULL},
    {"lanes", "task", "kinmu.attendance.punch", "kind", "task_id", NULL, NULL, DAY_NS, 0,
     WORDS(tasks), NULL},
    {"lanes", "presence", "kinmu.presence.change", "state", NULL, "source", "face", DAY_NS, 0,
     WORDS(presence), NULL},
    {"lanes", "incident", "kinmu.camera.incident", "kind", "incident_id", NULL, NULL, 0, 0, NULL, 0,
     NULL},
    {"computers", "operation", "kinmu.input.minute", "keys", NULL, NULL, NULL, MINUTE_NS, 0, NULL,
     0, take_minute},
    {"computers", "gaps", "kinmu.observation.gap", "from_ns", "cause", "stream", "input", 0, DAY_NS,
     NULL, 0, take_gap},
    {"computers", "changes", "kinmu.session.change", "kind", "quality", NULL, NULL, 0, 0, NULL, 0,
     NULL},
};

static const char *text_of(timeline *t, const json_t *object, const char *name) {
    const json_t *value = name != NULL ? json_object_get(object, name) : NULL;
    return json_is_string(value)
               ? memory_text(&t->x->memory, json_string_value(value), json_string_length(value))
               : NULL;
}

static int32_t take_row(timeline *t, const json_t *row) {
    const json_t *values = json_object_get(row, "values");
    const char *kind = text_of(t, values, t->lane->kind);
    const char *origin = text_of(t, row, "origin");
    const char *time = json_string_value(json_object_get(row, "time"));
    span *spans = memory_grow(&t->x->memory, t->spans, t->count, &t->capacity, sizeof *spans);
    if (spans == NULL || origin == NULL || time == NULL) {
        return 0;
    }
    t->spans = spans;
    span *out = &t->spans[t->count];
    *out = (span){.kind = kind != NULL ? kind : "",
                  .origin = origin,
                  .more = text_of(t, values, t->lane->more),
                  .rank = t->count};
    (void)moment_parse(time, &out->from_ns);
    out->to_ns = out->from_ns;
    if (t->lane->take != NULL) {
        t->lane->take(out, values);
    }
    t->count++;
    return 1;
}

/* ---- reading ---- */

static int32_t fail(exchange *x, int32_t status) {
    if (x->status == 0) {
        problem_of_status(x, status, "", NULL);
    }
    return 0;
}

/* Prepares a question for the rows of a schema. NULL: answered, or there is no such schema. */
static page *open_page(timeline *t, const char *schema) {
    page *p = memory_get(&t->x->memory, sizeof *p);
    if (p == NULL) {
        (void)fail(t->x, KINMU_E_NOMEM);
        return NULL;
    }
    *p = (page){.x = t->x,
                .from_ns = INT64_MIN,
                .to_ns = INT64_MAX,
                .order = ORDER_TIME,
                .limit = PAGE_ROWS_MAX,
                .at = {.question = "", .part_name = ""}};
    p->schema = rows_schema(t->x->owner, schema, NULL, &p->use);
    return p->schema != NULL && reach_find(t->x, p->schema, t->person, &p->reach) ? p : NULL;
}

static int32_t is_shown(const timeline *t, const kinmu_schema *schema, const char *name) {
    for (uint32_t i = 0; i < schema->fields.count; i++) {
        kinmu_field field = body_field(&schema->fields, i);
        if (strcmp(field.name, name) == 0) {
            return reach_shows(t->relation, &field);
        }
    }
    return 0;
}

static int32_t take_page(timeline *t, page *p) {
    size_t index;
    json_t *row;
    int32_t is_good = 1;
    json_array_foreach(p->rows, index, row) {
        is_good = is_good && take_row(t, row);
    }
    json_decref(p->rows);
    p->rows = NULL;
    p->at = p->next;
    return is_good ? 1 : fail(t->x, KINMU_E_NOMEM);
}

/* Reads the rows of a lane. 0: answered. */
static int32_t read_lane(timeline *t, page *p) {
    const lane *l = t->lane;
    t->count = 0;
    p->from_ns = t->from_ns - l->before_ns;
    p->to_ns = t->to_ns + l->after_ns;
    if (l->field != NULL) {
        p->filters[p->filter_count++] =
            (kinmu_filter){l->field, KINMU_COMPARE_EQUAL, 0, kinmu_text(l->value)};
    }
    do {
        int32_t status = page_read(p);
        if (status != KINMU_OK) {
            json_decref(p->rows);
            return fail(t->x, status);
        }
        if (!take_page(t, p)) {
            return 0;
        }
    } while (!p->is_over && t->count <= ROWS_MAX);
    if (!p->is_over) {
        problem_set(t->x, 422, "timeline.rows", l->schema, NULL);
        return 0;
    }
    return (l > lanes && strcmp(l[-1].schema, l->schema) == 0) || rows_tell(p); /* once for both */
}

/* ---- the answer ---- */

static json_t *moment_json(const timeline *t, int64_t unix_ns) {
    char text[MOMENT_SIZE];
    moment_print_at(text, unix_ns, t->offset_s);
    return unix_ns == SPAN_OPEN ? json_null() : json_string(text);
}

static json_t *lane_json(timeline *t) {
    const lane *l = t->lane;
    json_t *list = json_array();
    if (l->words != NULL) {
        t->count = span_follow(t->spans, t->count, l->words, l->word_count);
    } else if (l->take != NULL) {
        t->count = span_join(t->spans, t->count);
    }
    t->count = span_cut(t->spans, t->count, t->from_ns, t->to_ns);
    for (uint32_t i = 0; i < t->count; i++) {
        const span *s = &t->spans[i];
        json_t *object = json_pack("{s:o, s:o, s:s, s:s}", "from", moment_json(t, s->from_ns), "to",
                                   moment_json(t, s->to_ns), "kind", s->kind, "origin", s->origin);
        if (s->more != NULL) {
            json_object_set_new(object, l->more, json_string(s->more));
        }
        json_array_append_new(list, object);
    }
    return list;
}

static int32_t add_lane(timeline *t, const lane *l, json_t *answer) {
    page *p = open_page(t, l->schema);
    json_t *list = NULL;
    t->lane = l;
    if (t->x->status != 0) {
        return 0;
    }
    if (p != NULL && is_shown(t, p->schema, l->kind)) {
        if (!read_lane(t, p)) {
            return 0;
        }
        list = lane_json(t);
    }
    json_object_set_new(json_object_get(answer, l->group), l->name,
                        list != NULL ? list : json_null());
    return 1;
}

/* The day as the rules computed it: the row of the date on which the span begins. */
static int32_t add_day(timeline *t, json_t *answer) {
    char date[WORDS_DATE_SIZE];
    page *p = open_page(t, "kinmu.work.day");
    if (p == NULL) {
        return t->x->status == 0;
    }
    words_today(t->from_ns, t->offset_s, date);
    p->order = ORDER_KEY;
    p->limit = 1;
    p->filters[p->filter_count++] =
        (kinmu_filter){"date", KINMU_COMPARE_EQUAL, 0, kinmu_text(date)};
    int32_t status = page_read(p);
    json_t *values = json_object_get(json_array_get(p->rows, 0), "values");
    if (values != NULL) {
        json_object_set(answer, "day", values);
    }
    json_decref(p->rows);
    return status == KINMU_OK ? rows_tell(p) : fail(t->x, status);
}

/* ---- what is asked ---- */

static int32_t take_span(timeline *t) {
    const target *asked = &t->x->target;
    const char *from = target_find(asked, "from");
    const char *to = target_find(asked, "to");
    for (uint32_t i = 0; i < asked->parameter_count; i++) {
        const char *name = asked->parameters[i].name;
        if (strcmp(name, "from") != 0 && strcmp(name, "to") != 0) {
            problem_set(t->x, 422, "query.unknown", name, NULL);
            return 0;
        }
    }
    if (from == NULL || !moment_parse(from, &t->from_ns)) {
        problem_set(t->x, 422, "query.value", "from", "2026-11-22T05:00:00+09:00");
        return 0;
    }
    t->offset_s = moment_offset_s(from);
    t->to_ns = t->from_ns + DAY_NS;
    if (to != NULL && (!moment_parse(to, &t->to_ns) || t->to_ns <= t->from_ns ||
                       t->to_ns - t->from_ns > SPAN_NS_MAX)) {
        problem_set(t->x, 422, "query.value", "to", "from < to ≤ from + 25 h");
        return 0;
    }
    return 1;
}

static int32_t has_scope(exchange *x) {
    const char *lacking = gate_has_scope(x, "read", "kinmu.work.day") ? NULL : "kinmu.work.day";
    for (uint32_t i = 0; lacking == NULL && i < sizeof lanes / sizeof lanes[0]; i++) {
        lacking = gate_has_scope(x, "read", lanes[i].schema) ? NULL : lanes[i].schema;
    }
    if (lacking != NULL) {
        problem_set(x, 403, "scope.denied", memory_print(&x->memory, "read:%s", lacking), NULL);
    }
    return lacking == NULL;
}

static int32_t find_person(timeline *t) {
    exchange *x = t->x;
    const kinmu_value *row;
    t->relation = reach_relation(x, t->person);
    if (x->status != 0 ||
        !reading_one(x, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, "person", t->person, &row)) {
        return 0;
    }
    if (t->relation == REACH_NONE || row == NULL) {
        problem_set(x, 404, "person.unknown", NULL, NULL);
        return 0;
    }
    return 1;
}

void timeline_job(exchange *x) {
    timeline t = {.x = x, .person = x->target.segments[1]};
    if (!has_scope(x) || !find_person(&t) || !take_span(&t)) {
        return;
    }
    json_t *answer = json_pack("{s:s, s:o, s:o, s:n, s:{}, s:{}}", "person", t.person, "from",
                               moment_json(&t, t.from_ns), "to", moment_json(&t, t.to_ns), "day",
                               "lanes", "computers");
    int32_t is_good = answer != NULL && add_day(&t, answer);
    for (uint32_t i = 0; is_good && i < sizeof lanes / sizeof lanes[0]; i++) {
        is_good = add_lane(&t, &lanes[i], answer);
    }
    if (is_good) {
        exchange_json(x, 200, answer);
    } else {
        json_decref(answer);
    }
}
