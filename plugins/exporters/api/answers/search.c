/* api/answers/search.c - GET search/{schema}: rows of a log of the last days that meet the
 * conditions, newest first (SCR-21).
 *
 * Who looks for something rare in everybody's logs would wait until all of them were read. So the
 * period is looked through in windows, from its end backwards, each by the index of account and
 * time; a page ends when it is full or when its time is over, says how far it looked, and its
 * cursor goes on there. Windows are short where many rows lie and long where few do; what is given
 * does not depend on that, only the order within a page's end. */
#include "answers/search.h"

#include "wire/moment.h"
#include "answers/page.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 100
#define HOUR_NS INT64_C(3600000000000)
#define DAY_NS (24 * HOUR_NS)
#define MINUTE_NS INT64_C(60000000000)
#define PAGE_MS_MAX 800u    /* no window is begun after it */
#define WINDOW_MS_LOW 25u   /* below: the next window is twice as long */
#define WINDOW_MS_HIGH 200u /* above: half as long */
#define EDGES 4u            /* keys of the cursor before those of the page */

typedef struct search {
    exchange *x;
    page page;
    int64_t from_ns, to_ns;   /* the period */
    int64_t begin_ns, end_ns; /* of the window */
    cursor at;
    int32_t is_over;
} search;

static int32_t fail(exchange *x, const char *code, const char *one, const char *two) {
    problem_set(x, 422, code, one, two);
    return 0;
}

/* ---- what is asked ---- */

/* The names of all texts the caller is shown, joined by ";". NULL without memory; "" = none. */
static const char *texts_of(const page *p) {
    const char *names = "";
    uint32_t count = 0;
    for (uint32_t i = 0; names != NULL && i < p->schema->fields.count; i++) {
        kinmu_field field = body_field(&p->schema->fields, i);
        if (field.type == KINMU_TYPE_TEXT && reach_shows(rows_relation(&p->reach), &field) &&
            count++ < KINMU_FILTER_FIELDS_MAX) {
            names = memory_print(&p->x->memory, "%s%s%s", names, count > 1 ? ";" : "", field.name);
        }
    }
    return names;
}

/* text=: a part that stands in any of them. */
static int32_t take_text(search *s) {
    page *p = &s->page;
    const char *text = target_find(&s->x->target, "text");
    if (text == NULL) {
        return 1;
    }
    const char *names = texts_of(p);
    if (text[0] == '\0' || names == NULL || names[0] == '\0') {
        return fail(s->x, "query.value", "text", "…");
    }
    if (p->filter_count == PAGE_FILTERS_MAX) {
        return fail(s->x, "query.many", NULL, NULL);
    }
    p->filters[p->filter_count++] =
        (kinmu_filter){names, KINMU_COMPARE_CONTAINS, 0, kinmu_text(text)};
    return 1;
}

/* from and to, or the last days; the last 30 when nothing is said. */
static int32_t take_period(search *s) {
    exchange *x = s->x;
    char most[16];
    int64_t days_max = x->owner->config.search_days;
    int64_t days =
        target_number(&x->target, "days",
                      days_max < SEARCH_DAYS_DEFAULT ? days_max : SEARCH_DAYS_DEFAULT, INT32_MAX);
    (void)snprintf(most, sizeof most, "%d", (int)days_max);
    if (days < 1) {
        return fail(x, "query.value", "days", "1 …");
    }
    if (days > days_max) {
        return fail(x, "search.days", most, NULL);
    }
    s->to_ns = s->page.to_ns != INT64_MAX ? s->page.to_ns : x->now_ns;
    s->from_ns = s->page.from_ns;
    if (s->from_ns != INT64_MIN && target_find(&x->target, "days") != NULL) {
        return fail(x, "query.both", "days", "from");
    }
    if (s->from_ns == INT64_MIN) {
        s->from_ns = s->to_ns > INT64_MIN + days * DAY_NS ? s->to_ns - days * DAY_NS : INT64_MIN;
    }
    if (s->from_ns >= s->to_ns) {
        return fail(x, "query.value", "to", "from < to");
    }
    return (uint64_t)s->to_ns - (uint64_t)s->from_ns <= (uint64_t)(days_max * DAY_NS)
               ? 1
               : fail(x, "search.days", most, NULL);
}

/* A window of everybody's is small at first; one of a person's accounts is a day. */
static int64_t first_window_ns(const search *s) {
    return s->page.reach.relation == REACH_NONE ? DAY_NS : HOUR_NS;
}

static void next_window(search *s, int64_t length_ns) {
    s->end_ns = s->begin_ns;
    s->begin_ns = s->end_ns - s->from_ns > length_ns ? s->end_ns - length_ns : s->from_ns;
}

/* The edges stand before the keys of the row behind which the page begins. */
static int32_t take_edges(search *s) {
    cursor *c = &s->at;
    int64_t edges[EDGES];
    for (uint32_t i = 0; i < EDGES; i++) {
        if (c->key_count < EDGES || c->keys[i].type != KINMU_TYPE_I64) {
            return fail(s->x, "cursor.bad", NULL, NULL);
        }
        edges[i] = c->keys[i].as.i64;
    }
    const target *asked = &s->x->target;
    int32_t is_other = (target_find(asked, "to") != NULL && edges[1] != s->to_ns) ||
                       (target_find(asked, "from") != NULL && edges[0] != s->from_ns);
    if (is_other || edges[0] > edges[2] || edges[2] >= edges[3] || edges[3] > edges[1] ||
        (uint64_t)edges[1] - (uint64_t)edges[0] >
            (uint64_t)(s->x->owner->config.search_days * DAY_NS)) {
        return fail(s->x, "cursor.bad", NULL, NULL);
    }
    s->from_ns = edges[0];
    s->to_ns = edges[1];
    s->begin_ns = edges[2];
    s->end_ns = edges[3];
    c->key_count -= EDGES;
    if (c->key_count != 0 && c->key_count != (s->page.order == ORDER_ACCOUNT_DOWN ? 4u : 3u)) {
        return fail(s->x, "cursor.bad", NULL, NULL);
    }
    memmove(c->keys, c->keys + EDGES, c->key_count * sizeof *c->keys);
    return 1;
}

static int32_t take_cursor(search *s) {
    page *p = &s->page;
    if (!rows_cursor(p)) {
        return 0;
    }
    s->at = p->at;
    if (target_find(&s->x->target, "cursor") != NULL) {
        return take_edges(s);
    }
    s->begin_ns = s->to_ns;
    next_window(s, first_window_ns(s));
    return 1;
}

static int32_t take(search *s) {
    exchange *x = s->x;
    page *p = &s->page;
    int64_t limit = target_number(&x->target, "limit", LIMIT_DEFAULT, PAGE_ROWS_MAX);
    if (p->schema->kind != KINMU_KIND_LOG) {
        return fail(x, "search.record", p->schema->name, NULL);
    }
    if (limit < 1) {
        return fail(x, "query.value", "limit", "1 … 1000");
    }
    p->limit = (uint32_t)limit;
    if (!reach_find(x, p->schema, target_find(&x->target, "person"), &p->reach) ||
        !rows_conditions(p)) {
        return 0;
    }
    p->order = p->reach.relation == REACH_NONE ? ORDER_TIME_DOWN : ORDER_ACCOUNT_DOWN;
    return take_text(s) && take_period(s) && take_cursor(s);
}

/* ---- looking ---- */

static uint64_t now_ms(const exchange *x) {
    kinmu_clock now;
    x->owner->timer->now(x->owner->host, &now);
    return now.mono_ns / 1000000;
}

static int64_t adapt(int64_t length_ns, uint64_t taken_ms) {
    if (taken_ms < WINDOW_MS_LOW && length_ns < DAY_NS) {
        return length_ns * 2 < DAY_NS ? length_ns * 2 : DAY_NS;
    }
    return taken_ms > WINDOW_MS_HIGH && length_ns > MINUTE_NS ? length_ns / 2 : length_ns;
}

/* Window by window, until the page is full, its time is over, or nothing is left. */
static int32_t look(search *s) {
    page *p = &s->page;
    const cursor begin = {.question = s->at.question,
                          .part_name = p->reach.count > 0 ? p->reach.parts[0].value : ""};
    uint64_t begun_ms = now_ms(s->x);
    int64_t length_ns = s->end_ns - s->begin_ns;
    p->at = s->at;
    for (;;) {
        uint64_t window_ms = now_ms(s->x);
        p->from_ns = s->begin_ns;
        p->to_ns = s->end_ns;
        int32_t status = page_read(p);
        if (status != KINMU_OK || !p->is_over) {
            return status;
        }
        if (s->begin_ns == s->from_ns) {
            s->is_over = 1;
            return KINMU_OK;
        }
        uint64_t ended_ms = now_ms(s->x);
        length_ns = adapt(length_ns, ended_ms - window_ms);
        next_window(s, length_ns);
        p->at = p->next = begin;
        if (ended_ms - begun_ms > PAGE_MS_MAX || json_array_size(p->rows) >= p->limit) {
            return KINMU_OK;
        }
    }
}

/* ---- the answer ---- */

typedef struct dated_row {
    int64_t unix_ns;
    size_t place;
    json_t *row;
} dated_row;

static int newest_first(const void *left, const void *right) {
    const dated_row *a = left;
    const dated_row *b = right;
    if (a->unix_ns != b->unix_ns) {
        return a->unix_ns > b->unix_ns ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

/* The same rows, newest first; a new reference. */
static json_t *sorted(search *s) {
    json_t *list = json_array();
    size_t count = json_array_size(s->page.rows);
    dated_row *rows = memory_get(&s->x->memory, (count + 1) * sizeof *rows);
    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i].row = json_array_get(s->page.rows, i);
        rows[i].place = i;
        (void)moment_parse(json_string_value(json_object_get(rows[i].row, "time")),
                           &rows[i].unix_ns);
    }
    if (rows != NULL && count > 1) {
        qsort(rows, count, sizeof *rows, newest_first);
    }
    for (size_t i = 0; rows != NULL && i < count; i++) {
        json_array_append(list, rows[i].row);
    }
    return list;
}

static const char *next_of(search *s) {
    cursor next = s->page.next;
    const int64_t edges[EDGES] = {s->from_ns, s->to_ns, s->begin_ns, s->end_ns};
    if (s->is_over) {
        return NULL;
    }
    memmove(next.keys + EDGES, next.keys, next.key_count * sizeof *next.keys);
    next.key_count += EDGES;
    for (uint32_t i = 0; i < EDGES; i++) {
        next.keys[i] = kinmu_i64(edges[i]);
    }
    return cursor_print(&s->x->memory, &next);
}

static void answer(search *s) {
    page *p = &s->page;
    char from[MOMENT_SIZE];
    char to[MOMENT_SIZE];
    char searched[MOMENT_SIZE];
    moment_print_at(from, s->from_ns, s->x->utc_offset_s);
    moment_print_at(to, s->to_ns, s->x->utc_offset_s);
    moment_print_at(searched, s->is_over ? s->from_ns : s->end_ns, s->x->utc_offset_s);
    const char *name = memory_print(&s->x->memory, "%s/%u", p->schema->name, p->schema->version);
    exchange_json(s->x, 200,
                  json_pack("{s:s, s:s, s:s, s:s, s:o, s:s?}", "schema", name != NULL ? name : "",
                            "from", from, "to", to, "searched_from", searched, "rows", sorted(s),
                            "next", next_of(s)));
}

void search_run(exchange *x, const char *schema) {
    search *s = memory_get(&x->memory, sizeof *s);
    if (s == NULL) {
        return;
    }
    page *p = &s->page;
    s->x = p->x = x;
    p->schema = rows_schema(x->owner, schema, NULL, &p->use);
    if (p->schema == NULL) {
        problem_set(x, 404, "schema.unknown", schema, NULL);
        return;
    }
    if (!gate_has_scope(x, "read", p->schema->name)) {
        problem_set(x, 403, "scope.denied", memory_print(&x->memory, "read:%s", p->schema->name),
                    NULL);
        return;
    }
    if (!take(s)) {
        return;
    }
    int32_t status = look(s);
    p->from_ns = s->from_ns; /* as asked for: what was looked at, found or not */
    p->to_ns = s->to_ns;
    if (status != KINMU_OK) {
        problem_of_status(x, status, "", NULL);
    } else if (rows_tell(p)) {
        answer(s);
    }
    json_decref(p->rows);
}

void search_job(exchange *x) {
    search_run(x, x->target.segments[1]);
}
