/* api/answers/saved.c - searches that somebody keeps under a name: saved, changed and deleted by
 * commands, listed by GET searches and run by GET searches/{name}/rows. Everybody has his own.
 *
 * What is kept is the text of the conditions and nothing of what the caller might see: a search is
 * judged anew whenever it is run, and then finds what he may see then. */
#include "answers/saved.h"

#include "answers/search.h"
#include "table.h"
#include "words.h"

#include <kinmu/events/audit.h>
#include <kinmu/events/search.h>

#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS_MAX 64u
#define CONDITIONS_BYTES_MAX 2000u
#define SEARCHES_MAX 100u /* of one caller */
#define OBJECT "kinmu.search.saved/1"

enum { IN_NAME, IN_SCHEMA, IN_CONDITIONS };

static int32_t refuse(desk_call *call, int32_t status, const char *key, const char *text) {
    (void)snprintf(call->err.key, sizeof call->err.key, "%s", key);
    (void)snprintf(call->err.msg, sizeof call->err.msg, "%s", text);
    return status;
}

/* Of one caller: the search of that name, or with NULL all there ever were. */
static int32_t read(const api *a, memory *m, const char *who, const char *name, uint64_t decision,
                    table *out) {
    const kinmu_filter filters[] = {
        {"caller", KINMU_COMPARE_EQUAL, 0, kinmu_text(who)},
        {"name", KINMU_COMPARE_EQUAL, 0, kinmu_text(name != NULL ? name : "")},
    };
    const table_source from = {a->host, a->records, m, decision, 0};
    return table_read(&from, USE_SEARCH, KINMU_SEARCH_SAVED_FIELDS, filters, name != NULL ? 2 : 1,
                      "name", KINMU_RECORDS_PAGE_MAX, out);
}

static int32_t is_active(const kinmu_value *row) {
    return table_is(row, KINMU_SEARCH_SAVED_STATE, "active");
}

/* ---- saving ---- */

/* It stands in an address, and on a screen. */
static int32_t is_name(const char *name) {
    uint32_t characters = words_characters(name);
    if (characters == 0 || characters > NAME_CHARACTERS_MAX || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        return 0;
    }
    for (const char *c = name; *c != '\0'; c++) {
        if ((uint8_t)*c < 0x20 || *c == 0x7F || strchr("/\\?#%", *c) != NULL) {
            return 0;
        }
    }
    return 1;
}

static int32_t is_log(const api *a, const char *name) {
    const kinmu_schema *schema;
    for (uint32_t i = 0; (schema = a->schemas->find(a->host, KINMU_SCHEMA_ANY + i)) != NULL; i++) {
        if (schema->kind == KINMU_KIND_LOG && strcmp(schema->name, name) == 0) {
            return 1;
        }
    }
    return 0;
}

static int32_t are_conditions(desk_call *call, const char *text) {
    target asked = {.parameter_count = 0};
    const char *word = "";
    return strlen(text) <= CONDITIONS_BYTES_MAX &&
           target_parse_query(&call->memory, text, &asked, &word) == NULL &&
           target_find(&asked, "cursor") == NULL;
}

/* {"schema": …, "conditions": …} of a search, for the audit. */
static kinmu_value told(desk_decision *d, const char *schema, const char *conditions) {
    json_t *json = json_pack("{s:s, s:s}", "schema", schema, "conditions", conditions);
    char *text = json_dumps(json, JSON_COMPACT);
    const char *kept = text != NULL ? memory_text(&d->memory, text, strlen(text)) : NULL;
    free(text);
    json_decref(json);
    return kept != NULL ? kinmu_text(kept) : kinmu_null();
}

static const char *kept_text(desk_decision *d, const char *text) {
    const char *kept = memory_text(&d->memory, text, strlen(text));
    return kept != NULL ? kept : "";
}

/* Writes the search as it is from now on, and who did it; before is what it was, or NULL. */
static void put(desk_decision *d, const desk_call *call, const char *schema, const char *conditions,
                const kinmu_value *before) {
    int32_t is_deleted = conditions == NULL;
    const char *who = kept_text(d, call->caller);
    const char *subject = strncmp(who, "person:", 7) == 0 ? who + 7 : "";
    const char *name = kept_text(d, desk_text(call, IN_NAME));
    kinmu_value *values = memory_get(&d->memory, KINMU_SEARCH_SAVED_FIELDS * sizeof *values);
    kinmu_value audit[KINMU_AUDIT_CHANGE_FIELDS] = {{0}};
    if (values == NULL) {
        return;
    }
    values[KINMU_SEARCH_SAVED_CALLER] = kinmu_text(who);
    values[KINMU_SEARCH_SAVED_NAME] = kinmu_text(name);
    values[KINMU_SEARCH_SAVED_SCHEMA] = kinmu_text(kept_text(d, schema));
    values[KINMU_SEARCH_SAVED_CONDITIONS] = kinmu_text(is_deleted ? "" : kept_text(d, conditions));
    values[KINMU_SEARCH_SAVED_STATE] = kinmu_text(is_deleted ? "deleted" : "active");
    desk_add(d, USE_SEARCH, subject, 0, values, KINMU_SEARCH_SAVED_FIELDS);
    audit[KINMU_AUDIT_CHANGE_ACTION] = kinmu_text(is_deleted       ? "delete"
                                                  : before != NULL ? "update"
                                                                   : "create");
    audit[KINMU_AUDIT_CHANGE_OBJECT] = kinmu_text(OBJECT);
    audit[KINMU_AUDIT_CHANGE_OBJECT_ID] = kinmu_text(name);
    audit[KINMU_AUDIT_CHANGE_BEFORE] = before != NULL
                                           ? told(d, table_text(before, KINMU_SEARCH_SAVED_SCHEMA),
                                                  table_text(before, KINMU_SEARCH_SAVED_CONDITIONS))
                                           : kinmu_null();
    audit[KINMU_AUDIT_CHANGE_AFTER] = is_deleted ? kinmu_null() : told(d, schema, conditions);
    desk_audit_change(d, call, subject, audit, "");
}

int32_t saved_keep(desk_decision *d, desk_call *call) {
    const api *a = d->desk->owner;
    const char *name = desk_text(call, IN_NAME);
    const char *schema = desk_text(call, IN_SCHEMA);
    const char *conditions = desk_text(call, IN_CONDITIONS);
    table all;
    if (!is_name(name)) {
        return refuse(call, KINMU_E_REJECT, "search.name",
                      "name は / \\ ? # % を含まない 1～64 文字にしてください / a name has 1 to 64 "
                      "characters, none of them / \\ ? # %");
    }
    if (!is_log(a, schema)) {
        return refuse(call, KINMU_E_REJECT, "search.schema",
                      "schema は検索できるログの名前にしてください（GET schemas の kind が log） / "
                      "schema is the name of a log, one of kind \"log\" of GET schemas");
    }
    if (!are_conditions(call, conditions)) {
        return refuse(
            call, KINMU_E_REJECT, "search.conditions",
            "conditions は kind=logon&days=7 の形で 2,000 バイトまで、cursor は含められません"
            " / conditions are like kind=logon&days=7, 2,000 bytes at most, without cursor");
    }
    int32_t status = read(a, &d->memory, call->caller, NULL, d->number, &all);
    if (status != KINMU_OK) {
        return status;
    }
    const kinmu_value *before = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < all.count; i++) {
        if (is_active(all.rows[i])) {
            int32_t is_this = table_is(all.rows[i], KINMU_SEARCH_SAVED_NAME, name);
            before = is_this ? all.rows[i] : before;
            count += !is_this;
        }
    }
    if (count >= SEARCHES_MAX) {
        return refuse(
            call, KINMU_E_REJECT, "search.many",
            "保存できる検索は 100 件までです。不要なものを削除してください / 100 searches "
            "are kept at most; delete one first");
    }
    put(d, call, schema, conditions, before);
    desk_answer(call, kinmu_text(name));
    return KINMU_OK;
}

int32_t saved_drop(desk_decision *d, desk_call *call) {
    const char *name = desk_text(call, IN_NAME);
    table rows;
    int32_t status = read(d->desk->owner, &d->memory, call->caller, name, d->number, &rows);
    if (status != KINMU_OK) {
        return status;
    }
    if (rows.count == 0 || !is_active(rows.rows[0])) {
        return refuse(call, KINMU_E_NOTFOUND, "search.unknown",
                      "その名前の検索は保存されていません / no search of that name is kept");
    }
    put(d, call, table_text(rows.rows[0], KINMU_SEARCH_SAVED_SCHEMA), NULL, rows.rows[0]);
    desk_answer(call, kinmu_text(name));
    return KINMU_OK;
}

/* ---- requests ---- */

void searches_job(exchange *x) {
    table rows;
    json_t *list = json_array();
    int32_t status = read(x->owner, &x->memory, x->caller.name, NULL, x->head, &rows);
    if (status != KINMU_OK) {
        json_decref(list);
        problem_of_status(x, status, "", NULL);
        return;
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        if (is_active(rows.rows[i])) {
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s}", "name",
                                table_text(rows.rows[i], KINMU_SEARCH_SAVED_NAME), "schema",
                                table_text(rows.rows[i], KINMU_SEARCH_SAVED_SCHEMA), "conditions",
                                table_text(rows.rows[i], KINMU_SEARCH_SAVED_CONDITIONS)));
        }
    }
    exchange_json(x, 200, json_pack("{s:o}", "searches", list));
}

/* What is kept, with the page that is asked for now. */
static int32_t take(exchange *x, const kinmu_value *row) {
    target kept = x->target;
    const char *word = "";
    kept.parameter_count = 0;
    if (!endpoint_takes(x)) {
        return 0;
    }
    const char *wrong = target_parse_query(
        &x->memory, table_text(row, KINMU_SEARCH_SAVED_CONDITIONS), &kept, &word);
    if (wrong != NULL) {
        problem_set(x, 422, wrong, word, NULL);
        return 0;
    }
    for (uint32_t i = 0; i < x->target.parameter_count; i++) {
        const target_parameter *asked = &x->target.parameters[i];
        uint32_t k = 0;
        while (k < kept.parameter_count && strcmp(kept.parameters[k].name, asked->name) != 0) {
            k++;
        }
        if (k == TARGET_PARAMETERS_MAX) {
            problem_set(x, 422, "query.many", NULL, NULL);
            return 0;
        }
        kept.parameters[k] = *asked;
        kept.parameter_count += k == kept.parameter_count;
    }
    x->target = kept;
    x->endpoint = endpoint_of("search/{schema}"); /* whose parameters these are */
    return x->endpoint != NULL;
}

void saved_run_job(exchange *x) {
    table rows;
    const char *name = x->target.segments[1];
    int32_t status = read(x->owner, &x->memory, x->caller.name, name, x->head, &rows);
    if (status != KINMU_OK) {
        problem_of_status(x, status, "", NULL);
    } else if (rows.count == 0 || !is_active(rows.rows[0])) {
        problem_set(x, 404, "search.unknown", NULL, NULL);
    } else if (take(x, rows.rows[0])) {
        search_run(x, table_text(rows.rows[0], KINMU_SEARCH_SAVED_SCHEMA));
    }
}
