/* email/letter.c - a queued mail gets its words, from what is so when it is sent: a request that
 * was decided meanwhile, or a receiver who left, needs none. [job] */
#include "book.h"
#include "compose.h"

#include <kinmu/civil.h>
#include <kinmu/events/alert.h>
#include <kinmu/events/import.h>
#include <kinmu/events/mail.h>
#include <kinmu/events/people.h>
#include <kinmu/events/request.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64u
#define GONE "the receiver may no longer log in"
#define NO_ADDRESS "the receiver has no mail address that can be used"
#define OVER "what it is about is over"

typedef struct writing {
    email *email;
    memory *memory;
    table_source from;
    template_words words;
    letter *letter;
    int32_t status;
} writing;

typedef struct label {
    const char *word, *ja, *en;
} label;

static const label request_kinds[] = {
    {"start", "勤務開始", "start of work"},
    {"end", "勤務終了", "end of work"},
    {"correction", "勤務修正", "correction"},
    {"overtime", "残業", "overtime"},
    {"holiday-work", "休日勤務", "work on a holiday"},
    {"divergence-reason", "乖離理由", "reason of a divergence"},
    {"leave", "休暇", "leave"},
    {"device", "デバイス利用", "use of a device"},
    {"incident", "インシデント", "incident"},
    {"contract", "契約", "contract"},
    {"late-evidence", "締め後の記録", "evidence after the month was closed"},
    {NULL, NULL, NULL},
};

static const label rules[] = {
    {"divergence", "PC と勤怠の乖離", "PC and attendance diverge"},
    {"no-attendance", "勤怠未入力", "no attendance entered"},
    {"overtime.month", "月の時間外労働", "overtime of the month"},
    {"overtime.month.limit", "時間外労働の月の上限", "limit of a month's overtime"},
    {"overtime.sixty", "月 60 時間超", "over 60 hours a month"},
    {"overtime.year", "時間外労働の年の上限", "limit of a year's overtime"},
    {"overtime.special", "特別条項の月の上限", "limit of a month, special clause"},
    {"overtime.average", "複数月平均の上限", "limit of the average of months"},
    {"overtime.months", "月の上限を超えた回数", "months over the limit"},
    {"health", "健康管理時間", "health hours"},
    {"interval", "勤務間インターバル不足", "rest between two days too short"},
    {"interval.forecast", "勤務間インターバル（前夜の見込み）",
     "rest before the next day, forecast"},
    {"overtime.prompt", "残業の申請なし", "overtime nobody asked for"},
    {"consecutive", "連続勤務", "days worked in a row"},
    {"overtime.month.limit.forecast", "時間外労働の月の上限（見込み）",
     "limit of a month's overtime, forecast"},
    {"overtime.special.forecast", "特別条項の月の上限（見込み）",
     "limit of a month, special clause, forecast"},
    {"overtime.average.forecast", "複数月平均の上限（見込み）",
     "limit of the average of months, forecast"},
    {"late-evidence", "締め後の記録", "evidence after the month was closed"},
    {NULL, NULL, NULL},
};

static label find_label(const label *labels, const char *word) {
    while (labels->word != NULL && strcmp(labels->word, word) != 0) {
        labels++;
    }
    return labels->word != NULL ? *labels : (label){word, word, word};
}

static const kinmu_value *find(writing *w, uint32_t use, uint32_t fields, const char *field,
                               const char *text) {
    const kinmu_value *found = NULL;
    const kinmu_filter filter = table_where(field, text);
    if (w->status == KINMU_OK) {
        w->status = table_find(&w->from, use, fields, &filter, 1, NULL, &found);
    }
    return found;
}

static const kinmu_value *find_person(writing *w, const char *person) {
    return find(w, USE_PERSON, KINMU_PEOPLE_PERSON_FIELDS, "person", person);
}

static const kinmu_value *find_group(writing *w, const char *group_id) {
    return find(w, USE_GROUP, KINMU_PEOPLE_GROUP_FIELDS, "group_id", group_id);
}

static void put(writing *w, const char *name, const char *text) {
    template_put(&w->words, name, text);
}

static void put_number(writing *w, const char *name, int64_t number) {
    put(w, name, memory_print(w->memory, "%" PRId64, number));
}

static void put_person(writing *w, const char *person, const char *group_id) {
    const kinmu_value *found = find_person(w, person);
    const kinmu_value *group = find_group(w, group_id);
    const char *name = table_text(found, KINMU_PEOPLE_PERSON_NAME);
    const char *group_name = table_text(group, KINMU_PEOPLE_GROUP_NAME);
    put(w, "person", person);
    put(w, "person_name", name[0] != '\0' ? name : person);
    put(w, "group", group_id);
    put(w, "group_name", group_name[0] != '\0' ? group_name : group_id);
}

/* Still named as an approver of the group or above: else he may not see it any more. */
static int32_t is_approver(writing *w, const char *group_id, const char *person) {
    for (uint32_t i = 0; i < DEPTH_MAX && group_id[0] != '\0'; i++) {
        const kinmu_value *group = find_group(w, group_id);
        if (words_has(table_text(group, KINMU_PEOPLE_GROUP_APPROVERS), person)) {
            return 1;
        }
        group_id = table_text(group, KINMU_PEOPLE_GROUP_PARENT_ID);
    }
    return 0;
}

/* The group a person is in now. */
static const char *group_of(writing *w, const char *person) {
    char today[WORDS_DATE_SIZE];
    const char *group_id = "";
    if (w->status == KINMU_OK) {
        words_today(w->email->now_ns, w->email->utc_offset_s, today);
        w->status = book_group_of(&w->from, person, today, &group_id);
    }
    return group_id;
}

/* ---- the kinds ---- */

static const char *write_request(writing *w, const char *about, const char *receiver) {
    const kinmu_value *request =
        find(w, USE_REQUEST, KINMU_REQUEST_REQUEST_FIELDS, "request_id", about);
    const char *group = table_text(request, KINMU_REQUEST_REQUEST_GROUP_ID);
    if (!table_is(request, KINMU_REQUEST_REQUEST_STATE, "pending") ||
        !is_approver(w, group, receiver)) {
        return OVER;
    }
    label kind = find_label(request_kinds, table_text(request, KINMU_REQUEST_REQUEST_KIND));
    put_person(w, table_text(request, KINMU_REQUEST_REQUEST_PERSON), group);
    put(w, "kind", kind.ja);
    put(w, "kind_en", kind.en);
    put(w, "date", table_text(request, KINMU_REQUEST_REQUEST_DATE));
    put(w, "request", about);
    return NULL;
}

static const char *write_ended(writing *w, const char *about, const char *receiver) {
    const char *space = strchr(about, ' ');
    const char *person =
        memory_text(w->memory, about, space != NULL ? (size_t)(space - about) : strlen(about));
    const char *group = person != NULL ? group_of(w, person) : "";
    if (person == NULL || !is_approver(w, group, receiver)) {
        return OVER;
    }
    put_person(w, person, group);
    put(w, "date", space != NULL ? space + 1 : "");
    return NULL;
}

static const char *problem_lines(writing *w, const char *json, const char *language) {
    json_t *list = json_loads(json, 0, NULL);
    const char *text = "";
    size_t index = 0;
    const json_t *one = NULL;
    json_array_foreach(list, index, one) {
        const char *file = json_string_value(json_object_get(one, "file"));
        const char *words = json_string_value(json_object_get(one, language));
        const char *longer = memory_print(
            w->memory, "%s%s:%d:%d: %s\n", text, file != NULL ? file : "",
            (int)json_integer_value(json_object_get(one, "line")),
            (int)json_integer_value(json_object_get(one, "column")), words != NULL ? words : "");
        text = longer != NULL ? longer : text;
    }
    json_decref(list);
    return text;
}

/* Lines, joined by ", ". */
static const char *in_one_line(writing *w, const char *lines) {
    const char *text = "";
    while (*lines != '\0' && text != NULL) {
        size_t size = strcspn(lines, "\n");
        text = memory_print(w->memory, "%s%s%.*s", text, text[0] != '\0' ? ", " : "", (int)size,
                            lines);
        lines += size + (lines[size] == '\n');
    }
    return text != NULL ? text : "";
}

static const char *write_import(writing *w, const char *about) {
    static const struct {
        const char *name;
        uint32_t field;
    } numbers[] = {{"added", KINMU_IMPORT_RESULT_ADDED},
                   {"changed", KINMU_IMPORT_RESULT_CHANGED},
                   {"removed", KINMU_IMPORT_RESULT_REMOVED},
                   {"errors", KINMU_IMPORT_RESULT_ERRORS},
                   {"warnings", KINMU_IMPORT_RESULT_WARNINGS}};
    char *end = NULL;
    int64_t block = strtoll(about, &end, 10);
    int64_t sequence = *end == ':' ? strtoll(end + 1, NULL, 10) : 0;
    const kinmu_filter filters[] = {{"block", KINMU_COMPARE_EQUAL, 0, kinmu_i64(block)},
                                    {"sequence", KINMU_COMPARE_EQUAL, 0, kinmu_i64(sequence)}};
    const kinmu_value *result = NULL;
    w->from.at_least = (uint64_t)block;
    w->status =
        table_find(&w->from, USE_IMPORT, KINMU_IMPORT_RESULT_FIELDS, filters, 2, NULL, &result);
    if (result == NULL) {
        return "its result is not kept any more";
    }
    int32_t is_done = table_is(result, KINMU_IMPORT_RESULT_RESULT, "done");
    const char *problems = table_text(result, KINMU_IMPORT_RESULT_PROBLEMS);
    put(w, "result", is_done ? "成功" : "失敗（何も変更していません）");
    put(w, "result_en", is_done ? "done" : "refused, nothing was changed");
    put(w, "files", in_one_line(w, table_text(result, KINMU_IMPORT_RESULT_FILES)));
    put(w, "by", table_text(result, KINMU_IMPORT_RESULT_IMPORTED_BY));
    for (uint32_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        put_number(w, numbers[i].name, table_number(result, numbers[i].field));
    }
    put(w, "problems", problem_lines(w, problems, "ja"));
    put(w, "problems_en", problem_lines(w, problems, "en"));
    return NULL;
}

/* "45:30", "14 日" or "3". */
static const char *figure(memory *m, int64_t value, const char *unit) {
    if (strcmp(unit, "min") == 0) {
        int64_t minutes = value < 0 ? -value : value;
        return memory_print(m, "%s%" PRId64 ":%02" PRId64, value < 0 ? "-" : "", minutes / 60,
                            minutes % 60);
    }
    return memory_print(m, "%" PRId64, value);
}

static const char *figures(writing *w, const kinmu_value *alert) {
    const char *unit = table_text(alert, KINMU_ALERT_UNIT);
    if (alert[KINMU_ALERT_VALUE].type == KINMU_TYPE_NULL) {
        return "";
    }
    const char *value = figure(w->memory, table_number(alert, KINMU_ALERT_VALUE), unit);
    const char *limit = figure(w->memory, table_number(alert, KINMU_ALERT_LIMIT_VALUE), unit);
    const char *both = memory_print(w->memory, ": %s / %s", value != NULL ? value : "",
                                    limit != NULL ? limit : "");
    return both != NULL ? both : "";
}

/* One warning of a digest: "rule person period level". Those that hold no more are left out. */
static int32_t add_warning(writing *w, const char *item, const char *receiver, const char **ja,
                           const char **en) {
    char *copy = memory_text(w->memory, item, strlen(item));
    char *parts[4];
    char *at = copy;
    for (uint32_t i = 0; i < 4; i++) {
        parts[i] = at != NULL ? at : "";
        at = at != NULL ? strchr(at, ' ') : NULL;
        if (at != NULL) {
            *at++ = '\0';
        }
    }
    const kinmu_filter filters[] = {
        table_where("rule", parts[0]),
        table_where("person", parts[1]),
        table_where("period", parts[2]),
        {"level", KINMU_COMPARE_EQUAL, 0, kinmu_i64(strtoll(parts[3], NULL, 10))}};
    const kinmu_value *alert = NULL;
    if (w->status == KINMU_OK) {
        w->status = table_find(&w->from, USE_ALERT, KINMU_ALERT_FIELDS, filters, 4, NULL, &alert);
    }
    if (!table_is(alert, KINMU_ALERT_STATE, "open") ||
        !is_approver(w, group_of(w, parts[1]), receiver)) {
        return 0;
    }
    const kinmu_value *person = find_person(w, parts[1]);
    label rule = find_label(rules, parts[0]);
    const char *name = table_text(person, KINMU_PEOPLE_PERSON_NAME);
    const char *numbers = figures(w, alert);
    const char *more_ja =
        memory_print(w->memory, "%s%s %s（%s） %s%s\n", *ja, parts[2],
                     name[0] != '\0' ? name : parts[1], parts[1], rule.ja, numbers);
    const char *more_en =
        memory_print(w->memory, "%s%s %s (%s) %s%s\n", *en, parts[2],
                     name[0] != '\0' ? name : parts[1], parts[1], rule.en, numbers);
    *ja = more_ja != NULL ? more_ja : *ja;
    *en = more_en != NULL ? more_en : *en;
    return 1;
}

static const char *write_digest(writing *w, const char *about, const char *receiver) {
    json_t *items = json_loads(table_text(w->letter->row, KINMU_MAIL_MESSAGE_ITEMS), 0, NULL);
    const char *ja = "";
    const char *en = "";
    int64_t count = 0;
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(items, index, item) {
        if (json_is_string(item)) {
            count += add_warning(w, json_string_value(item), receiver, &ja, &en);
        }
    }
    json_decref(items);
    put(w, "date", about);
    put_number(w, "count", count);
    put(w, "warnings", ja);
    put(w, "warnings_en", en);
    return count > 0 ? NULL : OVER;
}

static const char *write_invite(writing *w, const char *receiver) {
    kinmu_civil c = kinmu_civil_from(w->letter->invite_expires_ns, w->email->utc_offset_s);
    put(w, "person", receiver);
    put(w, "invite", w->letter->invite);
    put(w, "expires",
        memory_print(w->memory, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour,
                     c.minute));
    return NULL;
}

/* ---- all of them ---- */

static const char *write_kind(writing *w, int32_t kind, const char *receiver) {
    const char *about = table_text(w->letter->row, KINMU_MAIL_MESSAGE_ABOUT);
    switch (kind) {
    case TEMPLATE_REQUEST:
        return write_request(w, about, receiver);
    case TEMPLATE_AUTO_END:
        return write_ended(w, about, receiver);
    case TEMPLATE_IMPORT:
        return write_import(w, about);
    case TEMPLATE_REGISTRATION:
    case TEMPLATE_REISSUE:
        return write_invite(w, receiver);
    default:
        return write_digest(w, about, receiver);
    }
}

const char *letter_write(email *e, letter *l, int32_t *status) {
    const settings *s = &e->settings;
    writing w = {.email = e, .memory = &e->memory, .letter = l};
    w.from = (table_source){e->host, e->records, &e->memory, e->round_decision, 0};
    const char *kind_word = table_text(l->row, KINMU_MAIL_MESSAGE_KIND);
    int32_t kind = words_choice(KINMU_MAIL_KINDS, kind_word, (uint32_t)strlen(kind_word));
    const char *receiver = table_text(l->row, KINMU_MAIL_MESSAGE_PERSON);
    const kinmu_value *person = NULL;
    const char *why = NULL;
    l->address = table_text(l->row, KINMU_MAIL_MESSAGE_ADDRESS);
    if (receiver[0] != '\0') {
        person = find_person(&w, receiver);
        l->address = table_text(person, KINMU_PEOPLE_PERSON_MAIL);
        why = !table_is(person, KINMU_PEOPLE_PERSON_STATE, "active") ? GONE : NULL;
    }
    why = why == NULL && !compose_is_address(l->address) ? NO_ADDRESS : why;
    const char *name = table_text(person, KINMU_PEOPLE_PERSON_NAME);
    put(&w, "service", s->service);
    put(&w, "url", s->url);
    put(&w, "name", name);
    why = why == NULL && w.status == KINMU_OK ? write_kind(&w, kind, receiver) : why;
    *status = w.memory->failed ? KINMU_E_NOMEM : w.status;
    if (why != NULL || *status != KINMU_OK) {
        return why;
    }
    compose_mail mail = {.from_name = s->from_name,
                         .from = s->from,
                         .to_name = name,
                         .to = l->address,
                         .key = memory_print(w.memory, "%s %" PRId64, l->id,
                                             table_number(l->row, KINMU_MAIL_MESSAGE_QUEUED_NS)),
                         .date_ns = e->now_ns,
                         .utc_offset_s = e->utc_offset_s};
    template_fill(w.memory, s->templates[kind], &w.words, &mail.subject, &mail.body);
    l->text = mail.key != NULL && mail.subject != NULL && mail.body != NULL
                  ? compose(w.memory, &mail)
                  : NULL;
    *status = l->text == NULL ? KINMU_E_NOMEM : KINMU_OK;
    return NULL;
}
