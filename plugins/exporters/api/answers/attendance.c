/* api/answers/attendance.c - GET attendance/logs: the logs that became start and end of business
 * days (出退勤ログ検索, SES-10): of ten logs of a day the two that are linked.
 *
 * The days are rows of kinmu.work.day/1, read as `rows` reads them; their clocks say which minute
 * is looked at, and shared/linked.h which log of that minute it is. None there: the clock was set
 * by a request, a rule or an attendance system. A day on which work was begun and ended by
 * different means (a punch and the PC, say) is told as an error (エラー勤務). */
#include "answers/dates.h"
#include "wire/moment.h"
#include "answers/page.h"

#include "linked.h"
#include "zone_file.h"

#include <kinmu/events/day.h>

#include <stdio.h>
#include <string.h>

#define LIMIT_DEFAULT 100
#define LIMIT_MAX 200
#define NS_PER_S INT64_C(1000000000)
#define MINUTE_NS (60 * NS_PER_S)

enum { READ_PUNCH, READ_CHANGE, READ_INPUT, READS };

static const struct {
    const char *schema;
    uint32_t what;
    const char *kind;  /* the field that says what it is */
    const char *means; /* the field that says by what, or NULL: by the PC */
} reads[READS] = {
    [READ_PUNCH] = {"kinmu.attendance.punch", LINKED_PUNCH, "kind", "source"},
    [READ_CHANGE] = {"kinmu.session.change", LINKED_CHANGE, "kind", NULL},
    [READ_INPUT] = {"kinmu.input.minute", LINKED_INPUT, NULL, NULL},
};

/* A log that became start or end, or is about to. */
typedef struct candidate {
    int32_t rank;
    int64_t unix_ns;
    const char *schema;
    json_t *row; /* borrowed from the list of its rows */
} candidate;

typedef struct attendance {
    exchange *x;
    page days;
    page pages[READS];
    const char *person; /* whose names the parts of the pages are */
    zone zone;
    char zone_name[ZONE_NAME_SIZE];
    json_t *kept; /* lists of rows that candidates borrow from */
} attendance;

static int32_t fail(exchange *x, const char *code, const char *one, const char *two) {
    problem_set(x, 422, code, one, two);
    return 0;
}

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* ---- a person's logs ---- */

/* Gives the pages the names that a person's rows bear. Punches lie under the person, and under his
 * accounts where a device took them. */
static int32_t turn_to(attendance *t, const char *person) {
    if (t->person != NULL && strcmp(t->person, person) == 0) {
        return 1;
    }
    t->person = memory_text(&t->x->memory, person, strlen(person));
    for (uint32_t i = 0; i < READS && t->person != NULL; i++) {
        if (!reach_find(t->x, t->pages[i].schema, t->person, &t->pages[i].reach)) {
            return 0;
        }
    }
    reach *punches = &t->pages[READ_PUNCH].reach;
    const reach *accounts = &t->pages[READ_CHANGE].reach;
    for (uint32_t i = 0; i < accounts->count; i++) {
        reach_part *parts = memory_grow(&t->x->memory, punches->parts, punches->count,
                                        &punches->capacity, sizeof *parts);
        if (parts != NULL) {
            punches->parts = parts;
            punches->parts[punches->count++] = accounts->parts[i];
        }
    }
    return t->person != NULL && !t->x->memory.failed;
}

/* The rows of one kind from..to, kept until the answer is made; NULL: answered. */
static json_t *read_logs(attendance *t, uint32_t read, int64_t from_ns, int64_t to_ns) {
    page *p = &t->pages[read];
    p->at = (cursor){.question = "", .part_name = ""};
    p->from_ns = from_ns;
    p->to_ns = to_ns;
    p->rows = NULL;
    p->bytes = 0;
    int32_t status = page_read(p);
    if (status != KINMU_OK) {
        json_decref(p->rows);
        problem_of_status(t->x, status, "", NULL);
        return NULL;
    }
    json_array_append_new(t->kept, p->rows);
    json_t *rows = p->rows;
    p->rows = NULL;
    return rows;
}

/* The log at that minute. 0: answered. */
static int32_t find_log(attendance *t, int64_t minute_ns, int32_t is_end, int32_t is_pc,
                        candidate *best) {
    *best = (candidate){0};
    for (uint32_t i = 0; i < READS && (i == READ_PUNCH || (is_pc && best->rank == 0)); i++) {
        size_t index;
        json_t *row;
        json_t *rows = read_logs(t, i, minute_ns, minute_ns + MINUTE_NS);
        if (rows == NULL) {
            return 0;
        }
        json_array_foreach(rows, index, row) {
            int64_t unix_ns = 0;
            const json_t *values = json_object_get(row, "values");
            const char *kind = reads[i].kind != NULL ? text_of(values, reads[i].kind) : "";
            int32_t rank = linked_rank(reads[i].what, kind, is_end);
            (void)moment_parse(text_of(row, "time"), &unix_ns);
            if (rank > 0 && linked_is_better(rank, unix_ns, best->rank, best->unix_ns, is_end)) {
                *best = (candidate){rank, unix_ns, reads[i].schema, row};
            }
        }
    }
    return 1;
}

/* ---- a day ---- */

static const char *means_of(const candidate *c) {
    const char *punched = text_of(json_object_get(c->row, "values"), "source");
    return c->rank == 0 ? "" : strcmp(c->schema, reads[READ_PUNCH].schema) == 0 ? punched : "pc";
}

/* What a rule or a request wrote is no means by which somebody came. */
static int32_t is_means(const char *source) {
    return source[0] != '\0' && strcmp(source, "auto") != 0 && strcmp(source, "correction") != 0;
}

/* Notes one more; 1 when it is another than those before. */
static int32_t is_second(const char **means, const char *one) {
    if (!is_means(one)) {
        return 0;
    }
    int32_t is_other = (*means)[0] != '\0' && strcmp(one, *means) != 0;
    *means = one;
    return is_other;
}

/* エラー勤務: begun or ended by other means than one, also by punches that did not count. */
static int32_t is_error(attendance *t, const candidate sides[2], int64_t from_ns, int64_t to_ns,
                        int32_t *error) {
    const char *means = "";
    json_t *rows = read_logs(t, READ_PUNCH, from_ns, to_ns + MINUTE_NS);
    size_t index;
    json_t *row;
    *error = 0;
    if (rows == NULL) {
        return 0;
    }
    for (uint32_t i = 0; i < 2; i++) {
        *error |= is_second(&means, means_of(&sides[i]));
    }
    json_array_foreach(rows, index, row) {
        const json_t *values = json_object_get(row, "values");
        const char *kind = text_of(values, "kind");
        if (strcmp(kind, "start") == 0 || strcmp(kind, "end") == 0) {
            *error |= is_second(&means, text_of(values, "source"));
        }
    }
    return 1;
}

static json_t *side_json(attendance *t, const json_t *day, int32_t is_end, int64_t minute_ns,
                         const candidate *c) {
    char moment[MOMENT_SIZE];
    char clock[16];
    int64_t minutes =
        json_integer_value(json_object_get(day, is_end ? "work_end" : "work_start")) % 10000;
    json_t *log = NULL;
    (void)snprintf(clock, sizeof clock, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
    moment_print_at(moment, minute_ns, zone_offset_s(&t->zone, minute_ns / NS_PER_S));
    if (c->rank > 0) {
        log = json_copy(c->row);
        json_object_set_new(log, "schema", json_string(c->schema));
    }
    return json_pack("{s:s, s:O, s:O, s:s, s:s, s:s, s:o}", "person", t->person, "employee_no",
                     json_object_get(day, "employee_no"), "date", json_object_get(day, "date"),
                     "kind", is_end ? "end" : "start", "clock", clock, "minute", moment, "log",
                     log != NULL ? log : json_null());
}

static int32_t turn_to_zone(attendance *t, const char *name) {
    if (strcmp(t->zone_name, name) != 0) {
        if (strlen(name) >= sizeof t->zone_name || zone_read(ZONE_FOLDER, name, &t->zone) != NULL) {
            return 0;
        }
        (void)snprintf(t->zone_name, sizeof t->zone_name, "%s", name);
    }
    return 1;
}

static int64_t minute_of(const attendance *t, const json_t *day, const char *clock,
                         const char *fold) {
    return linked_moment_s(&t->zone, dates_number(text_of(day, "date")),
                           json_integer_value(json_object_get(day, clock)) % 10000,
                           json_is_true(json_object_get(day, fold))) *
           NS_PER_S;
}

static int32_t is_equal(const json_t *day, const char *one, const char *other) {
    return json_equal(json_object_get(day, one), json_object_get(day, other));
}

/* Start and end of a day. 0: answered. */
static int32_t add_day(attendance *t, const json_t *day, json_t *rows) {
    static const struct {
        const char *work, *pc, *fold;
    } sides[] = {{"work_start", "pc_start", "fold_start"}, {"work_end", "pc_end", "fold_end"}};
    candidate found[2] = {{0}};
    int64_t minutes_ns[2] = {0, 0};
    int32_t has[2];
    for (int32_t i = 0; i < 2; i++) {
        has[i] = json_is_integer(json_object_get(day, sides[i].work));
    }
    if (!has[0] && !has[1]) {
        return 1;
    }
    if (!turn_to(t, text_of(day, "person")) || !turn_to_zone(t, text_of(day, "zone"))) {
        if (t->x->status == 0) {
            problem_of_status(t->x, KINMU_E_STATE, "", NULL);
        }
        return 0;
    }
    for (int32_t i = 0; i < 2; i++) {
        if (has[i]) {
            int32_t is_pc = is_equal(day, sides[i].work, sides[i].pc);
            minutes_ns[i] = minute_of(t, day, sides[i].work, sides[i].fold);
            if (!find_log(t, minutes_ns[i], i, is_pc, &found[i])) {
                return 0;
            }
        }
    }
    int32_t error = 0;
    int64_t from_ns = has[0] ? minutes_ns[0] : minutes_ns[1];
    if (!is_error(t, found, from_ns, has[1] ? minutes_ns[1] : from_ns, &error)) {
        return 0;
    }
    for (int32_t i = 0; i < 2; i++) {
        if (has[i]) {
            json_t *row = side_json(t, day, i, minutes_ns[i], &found[i]);
            json_object_set_new(row, "error", json_boolean(error));
            json_array_append_new(rows, row);
        }
    }
    return 1;
}

/* ---- what is asked ---- */

static int32_t has_scope(exchange *x) {
    const char *lacking = gate_has_scope(x, "read", "kinmu.work.day") ? NULL : "kinmu.work.day";
    for (uint32_t i = 0; lacking == NULL && i < READS; i++) {
        lacking = gate_has_scope(x, "read", reads[i].schema) ? NULL : reads[i].schema;
    }
    if (lacking != NULL) {
        problem_set(x, 403, "scope.denied", memory_print(&x->memory, "read:%s", lacking), NULL);
        return 0;
    }
    if ((x->caller.rights & (KINMU_RIGHT_SELF | KINMU_RIGHT_ADMIN)) == 0) {
        problem_set(x, 403, "role.denied", "self", NULL); /* all of it is personal */
        return 0;
    }
    return 1;
}

static int32_t open_page(attendance *t, page *p, const char *schema, uint32_t order) {
    *p = (page){.x = t->x,
                .order = order,
                .limit = PAGE_ROWS_MAX,
                .from_ns = INT64_MIN,
                .to_ns = INT64_MAX,
                .at = {.question = "", .part_name = ""}};
    p->schema = rows_schema(t->x->owner, schema, NULL, &p->use);
    if (p->schema == NULL) {
        problem_set(t->x, 404, "schema.unknown", schema, NULL);
    }
    return p->schema != NULL;
}

static int32_t take(attendance *t) {
    exchange *x = t->x;
    page *p = &t->days;
    int64_t limit = target_number(&x->target, "limit", LIMIT_DEFAULT, LIMIT_MAX);
    int32_t is_open = open_page(t, p, "kinmu.work.day", ORDER_KEY);
    for (uint32_t i = 0; is_open && i < READS; i++) {
        is_open = open_page(t, &t->pages[i], reads[i].schema, ORDER_TIME);
    }
    if (!is_open || !endpoint_takes(x)) {
        return 0;
    }
    if (limit < 1) {
        return fail(x, "query.value", "limit", "1 … 200");
    }
    p->limit = (uint32_t)limit;
    dates period;
    if (!reach_find(x, p->schema, target_find(&x->target, "person"), &p->reach) ||
        !dates_take(x, &period)) {
        return 0;
    }
    dates_filter(&period, p->filters);
    p->filter_count = 2;
    return rows_cursor(p);
}

static int32_t tell(attendance *t) {
    int32_t is_told = rows_tell(&t->days);
    for (uint32_t i = 0; is_told && i < READS; i++) {
        t->pages[i].from_ns = INT64_MIN;
        t->pages[i].to_ns = INT64_MAX;
        is_told = rows_tell(&t->pages[i]);
    }
    return is_told;
}

void attendance_job(exchange *x) {
    attendance *t = memory_get(&x->memory, sizeof *t);
    size_t index;
    json_t *row;
    if (t == NULL || !has_scope(x)) {
        return;
    }
    t->x = x;
    if (!take(t)) {
        return;
    }
    int32_t status = page_read(&t->days);
    json_t *rows = json_array();
    t->kept = json_array();
    int32_t is_good = status == KINMU_OK;
    if (!is_good) {
        problem_of_status(x, status, "", NULL);
    }
    json_array_foreach(t->days.rows, index, row) {
        is_good = is_good && add_day(t, json_object_get(row, "values"), rows);
    }
    if (is_good && tell(t)) {
        const char *next = t->days.is_over ? NULL : cursor_print(&x->memory, &t->days.next);
        exchange_json(x, 200, json_pack("{s:O, s:s?}", "rows", rows, "next", next));
    }
    json_decref(rows);
    json_decref(t->kept);
    json_decref(t->days.rows);
}
