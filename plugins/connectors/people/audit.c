/* people/audit.c - what a change looks like to people: the key of a row, the fields that differ,
 * the difference an import would make. JSON by jansson. */
#include "people.h"
#include "report.h"
#include "value_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_TOLD_MAX 500u

const char *report_text(memory *m, json_t *json) {
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    const char *kept = text != NULL ? memory_text(m, text, strlen(text)) : NULL;
    m->failed |= text == NULL;
    free(text);
    json_decref(json);
    return kept != NULL ? kept : "[]";
}

const char *audit_key(memory *m, uint32_t kind, const kinmu_value *values) {
    const char *key = values[0].as.text;
    for (uint32_t f = 1; f < kinds[kind].key_count && key != NULL; f++) {
        key = values[f].size > 0 ? memory_print(m, "%s %s", key, values[f].as.text) : key;
    }
    return key;
}

json_t *report_row(uint32_t kind, const kinmu_value *values) {
    json_t *object = json_object();
    for (uint32_t f = 0; f < kind_fields(kind); f++) {
        json_object_set_new(object, kind_field(kind, f)->name, value_json(&values[f]));
    }
    return object;
}

/* The fields of `values` that are otherwise in `other`; NULL when there are no values. */
static json_t *differing(uint32_t kind, const kinmu_value *values, const kinmu_value *other) {
    json_t *object = values != NULL ? json_object() : NULL;
    for (uint32_t f = kinds[kind].key_count; object != NULL && f < kind_fields(kind); f++) {
        int32_t is_told =
            other == NULL ? values[f].type != KINMU_TYPE_NULL : !value_equal(&values[f], &other[f]);
        if (is_told) {
            json_object_set_new(object, kind_field(kind, f)->name, value_json(&values[f]));
        }
    }
    return object;
}

void audit_fields(memory *m, uint32_t kind, const kinmu_value *before, const kinmu_value *after,
                  const char **before_text, const char **after_text) {
    const row now = {.values = after, .kind = kind};
    int32_t is_erased =
        kinds[kind].state_field != UINT32_MAX && book_is(&now, kinds[kind].state_field, "erased");
    if (is_erased) { /* what was erased does not live on here */
        *after_text = "{\"state\":\"erased\"}";
        return;
    }
    json_t *old = differing(kind, before, after);
    json_t *new = differing(kind, after, before);
    *before_text = old != NULL ? report_text(m, old) : NULL;
    *after_text = new != NULL ? report_text(m, new) : NULL;
    if (*before_text != NULL && strlen(*before_text) > KINMU_TEXT_BYTES_MAX) {
        *before_text = NULL;
    }
    if (*after_text != NULL && strlen(*after_text) > KINMU_TEXT_BYTES_MAX) {
        *after_text = NULL;
    }
}

/* ---- the difference ---- */

enum { ADDED, CHANGED, REMOVED };

static int kind_of_change(const row *r, const kinmu_value *before) {
    const row old = {.values = before, .kind = r->kind};
    if (!book_lives(&old)) {
        return ADDED;
    }
    return book_lives(r) ? CHANGED : REMOVED;
}

static void count_one(json_t *counts, uint32_t kind, int what) {
    static const char *const words[] = {"added", "changed", "removed"};
    json_t *entry = json_object_get(counts, kinds[kind].word);
    if (entry == NULL) {
        entry = json_pack("{s:i, s:i, s:i}", words[0], 0, words[1], 0, words[2], 0);
        json_object_set_new(counts, kinds[kind].word, entry);
    }
    json_t *number = json_object_get(entry, words[what]);
    json_integer_set(number, json_integer_value(number) + 1);
}

const char *report_difference(memory *m, const book *b, uint32_t mark, int64_t totals[3]) {
    static const char *const words[] = {"added", "changed", "removed"};
    json_t *counts = json_object();
    json_t *rows = json_array();
    memset(totals, 0, 3 * sizeof *totals);
    for (uint32_t i = mark; i < b->log_count; i++) {
        const book_entry *entry = &b->log[i];
        const row *r = entry->row;
        if (entry->touched == b->change || values_equal(r->kind, entry->before, r->values)) {
            continue;
        }
        int what = kind_of_change(r, entry->before);
        totals[what]++;
        count_one(counts, r->kind, what);
        if (json_array_size(rows) < ROWS_TOLD_MAX) {
            json_t *before = differing(r->kind, entry->before, r->values);
            json_t *after = differing(r->kind, r->values, entry->before);
            json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:o?, s:o?}", "kind",
                                                  kinds[r->kind].word, "key",
                                                  audit_key(m, r->kind, r->values), "change",
                                                  words[what], "before", before, "after", after));
        }
    }
    return report_text(m, json_pack("{s:o, s:o}", "counts", counts, "rows", rows));
}

static json_t *problem_json(const problem *one) {
    return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s}", "file",
                     one->at.file != NULL ? one->at.file : "", "line", (int)one->at.line, "column",
                     (int)one->column, "code", one->code, "ja", one->ja, "en", one->en);
}

const char *report_problems(memory *m, problems *p) {
    json_t *list = json_array();
    problems_sort(p);
    for (uint32_t i = 0; i < p->count; i++) {
        json_array_append_new(list, problem_json(&p->rows[i]));
    }
    return report_text(m, list);
}

const char *report_first_problems(memory *m, problems *p, uint32_t count_max) {
    json_t *list = json_array();
    problems_sort(p);
    const char *text = "[]";
    for (uint32_t i = 0; i < p->count && i < count_max; i++) {
        json_array_append_new(list, problem_json(&p->rows[i]));
        const char *longer = report_text(m, json_incref(list));
        if (strlen(longer) > KINMU_TEXT_BYTES_MAX) {
            break;
        }
        text = longer;
    }
    json_decref(list);
    return text;
}
