/* store/query.c - see query.h. No I/O. */
#include "store/query.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* What is read, and how its rows are come by. */
typedef struct source {
    const schema_info *info;
    uint32_t known; /* fields the table has */
    uint32_t way;   /* LAYOUT_* */
} source;

/* A column a caller may name. */
typedef struct column {
    char sql[LAYOUT_NAME_SIZE + 8];
    uint32_t type;
    int32_t nullable;
} column;

static int32_t unknown_field(const schema_info *info, const char *name, size_t size,
                             kinmu_err *err) {
    const char *names[KINMU_FIELDS_MAX];
    char word[KINMU_NAME_BYTES_MAX + 1];
    for (uint32_t i = 0; i < info->field_count; i++) {
        names[i] = info->fields[i].name;
    }
    snprintf(word, sizeof word, "%.*s", (int)size, name);
    const char *nearest = text_nearest(word, names, info->field_count);
    return error_set(err, KINMU_E_NOTFOUND, "store.field",
                     "store: \"%s\" has no field \"%s\"%s%s%s", info->full_name, word,
                     nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                     nearest != NULL ? "\"?" : "");
}

/* A word both engines know. */
static const char *null_type(uint32_t type) {
    switch (type) {
    case KINMU_TYPE_F64:
        return "DOUBLE PRECISION";
    case KINMU_TYPE_TEXT:
        return "TEXT";
    case KINMU_TYPE_BYTES:
        return "BYTEA";
    default:
        return "BIGINT";
    }
}

/* Stamps come before fields: their meaning must not depend on the schema. */
static int32_t find_column(const source *from, const char *name, size_t size, column *out,
                           kinmu_err *err) {
    const schema_info *info = from->info;
    char word[KINMU_NAME_BYTES_MAX + 1] = "";
    if (size > KINMU_NAME_BYTES_MAX) {
        return unknown_field(info, name, size, err);
    }
    memcpy(word, name, size);
    if (layout_is_stamp(word)) {
        int32_t is_subject = strcmp(word, "subject") == 0;
        const char *row = from->way == LAYOUT_BY_PLACE ? "p" : "t";
        snprintf(out->sql, sizeof out->sql, "%s.%s", is_subject ? "s" : row, word);
        out->type = is_subject ? KINMU_TYPE_TEXT : KINMU_TYPE_I64;
        out->nullable = 0;
        return KINMU_OK;
    }
    for (uint32_t i = 0; i < info->field_count; i++) {
        if (strcmp(info->fields[i].name, word) == 0) {
            char mapped[LAYOUT_NAME_SIZE] = "";
            layout_column_name(word, mapped);
            /* A bare NULL has no type to compare or order by. */
            snprintf(out->sql, sizeof out->sql, i < from->known ? "t.\"%s\"" : "CAST(NULL AS %s)",
                     i < from->known ? mapped : null_type(info->fields[i].type));
            out->type = info->fields[i].type;
            out->nullable = 1;
            return KINMU_OK;
        }
    }
    return unknown_field(info, name, size, err);
}

static int32_t is_whole(uint32_t type) {
    return type == KINMU_TYPE_I64 || type == KINMU_TYPE_BOOL || type == KINMU_TYPE_TIME;
}

/* How many fields a filter names. */
static uint32_t field_count(const kinmu_filter *filter) {
    uint32_t count = 1;
    for (const char *c = filter->field; *c != '\0'; c++) {
        count += filter->compare == KINMU_COMPARE_CONTAINS && *c == ';';
    }
    return count;
}

/* In one of the fields. Both engines know replace, and neither has wild cards in it. */
static int32_t add_part(buffer *sql, const source *from, const kinmu_filter *filter,
                        kinmu_err *err) {
    const char *name = filter->field;
    uint32_t count = field_count(filter);
    if (count > KINMU_FILTER_FIELDS_MAX) {
        return error_set(err, KINMU_E_REJECT, "store.filter",
                         "store: a part is looked for in more than %u fields",
                         KINMU_FILTER_FIELDS_MAX);
    }
    for (uint32_t i = 0; i < count; i++) {
        column col = {0};
        size_t size = strcspn(name, ";");
        int32_t status = find_column(from, name, size, &col, err);
        if (status != KINMU_OK) {
            return status;
        }
        if (col.type != KINMU_TYPE_TEXT) {
            return error_set(
                err, KINMU_E_REJECT, "store.filter",
                "store: a part is looked for in \"%.*s\", which is of another type than text",
                (int)size, name);
        }
        buffer_printf(sql, "%sreplace(%s, ?, '') <> %s", i == 0 ? "(" : " OR ", col.sql, col.sql);
        name += size + (name[size] == ';');
    }
    buffer_text(sql, ")");
    return KINMU_OK;
}

static int32_t add_filter(buffer *sql, const source *from, const kinmu_filter *filter,
                          kinmu_err *err) {
    static const char *const compares[] = {NULL, "=", "<", "<=", ">", ">="};
    column col = {0};
    if (filter->field == NULL) {
        return error_set(err, KINMU_E_REJECT, "store.filter", "store: a filter names no field");
    }
    uint32_t type = filter->value.type;
    int32_t is_null = type == KINMU_TYPE_NULL;
    int32_t is_part = filter->compare == KINMU_COMPARE_CONTAINS;
    if (filter->compare < KINMU_COMPARE_EQUAL || filter->compare > KINMU_COMPARE_CONTAINS ||
        (is_null && filter->compare != KINMU_COMPARE_EQUAL) ||
        (is_part && (type != KINMU_TYPE_TEXT || filter->value.size == 0))) {
        return error_set(err, KINMU_E_REJECT, "store.filter",
                         "store: filter on \"%s\" has an impossible comparison", filter->field);
    }
    if (is_part) {
        return add_part(sql, from, filter, err);
    }
    int32_t status = find_column(from, filter->field, strlen(filter->field), &col, err);
    if (status != KINMU_OK) {
        return status;
    }
    if (!is_null && type != col.type && !(is_whole(type) && is_whole(col.type)) &&
        !(type == KINMU_TYPE_I64 && col.type == KINMU_TYPE_F64)) {
        return error_set(err, KINMU_E_REJECT, "store.filter",
                         "store: filter on \"%s\" has a value of another type than the field",
                         filter->field);
    }
    buffer_printf(sql, is_null ? "%s IS NULL" : "%s %s ?", col.sql, compares[filter->compare]);
    return KINMU_OK;
}

/* Ascending: nulls first; descending: nulls last. It is what both engines' indexes give. */
static int32_t add_order(buffer *sql, const source *from, const char *order, kinmu_err *err) {
    uint32_t count = 0;
    while (order != NULL && *order != '\0') {
        int32_t descending = *order == '-';
        order += descending;
        size_t size = strcspn(order, ",");
        column col = {0};
        int32_t status = find_column(from, order, size, &col, err);
        if (status != KINMU_OK) {
            return status;
        }
        if (++count > QUERY_ORDER_MAX) {
            return error_set(err, KINMU_E_REJECT, "store.order", "store: more than %u order fields",
                             QUERY_ORDER_MAX);
        }
        const char *nulls = !col.nullable ? "" : descending ? " NULLS LAST" : " NULLS FIRST";
        buffer_printf(sql, "%s %s%s, ", col.sql, descending ? "DESC" : "ASC", nulls);
        order += size + (order[size] == ',');
    }
    const char *row = from->way == LAYOUT_BY_PLACE ? "p" : "t";
    buffer_printf(sql, "%s.block, %s.sequence", row, row);
    return KINMU_OK;
}

/* One subject's rows are few beside everybody's, so they are rather sorted than looked for. */
static int32_t is_of_one(const kinmu_query *query) {
    for (uint32_t i = 0; i < query->filter_count; i++) {
        const kinmu_filter *filter = &query->filters[i];
        if (filter->field != NULL && strcmp(filter->field, "subject") == 0 &&
            filter->compare == KINMU_COMPARE_EQUAL) {
            return 1;
        }
    }
    return 0;
}

static uint32_t find_way(const sql_db *db, const schema_info *info, const kinmu_query *query) {
    const char *order = query->order != NULL ? query->order : "";
    uint32_t way = layout_way(db, info);
    order += order[0] == '-';
    int32_t is_by_place = order[0] == '\0' || strncmp(order, "block", 5) == 0;
    return way == LAYOUT_BY_PERSON && is_by_place && !is_of_one(query) ? LAYOUT_BY_PLACE : way;
}

int32_t query_build(const sql_db *db, buffer *sql, const schema_info *info, uint32_t known,
                    const kinmu_query *query, kinmu_err *err) {
    const source from = {info, known, find_way(db, info, query)};
    if (query->limit == 0 || query->limit > KINMU_RECORDS_PAGE_MAX || query->offset > INT64_MAX) {
        return error_set(err, KINMU_E_REJECT, "store.limit", "store: limit must be 1 to %u",
                         KINMU_RECORDS_PAGE_MAX);
    }
    if (query->filter_count > QUERY_FILTERS_MAX) {
        return error_set(err, KINMU_E_REJECT, "store.filter", "store: more than %u filters",
                         QUERY_FILTERS_MAX);
    }
    layout_select(db, sql, info, known, from.way);
    for (uint32_t i = 0; i < query->filter_count; i++) {
        buffer_text(sql, i == 0 ? " WHERE " : " AND ");
        int32_t status = add_filter(sql, &from, &query->filters[i], err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    buffer_text(sql, " ORDER BY ");
    int32_t status = add_order(sql, &from, query->order, err);
    buffer_text(sql, " LIMIT ? OFFSET ?");
    return status;
}

void query_bind(sql_statement *statement, const kinmu_query *query) {
    int place = 1;
    for (uint32_t i = 0; i < query->filter_count; i++) {
        uint32_t count = field_count(&query->filters[i]);
        for (uint32_t k = 0; query->filters[i].value.type != KINMU_TYPE_NULL && k < count; k++) {
            store_db_bind_value(statement, place++, &query->filters[i].value);
        }
    }
    sql_bind_i64(statement, place, query->limit);
    sql_bind_i64(statement, place + 1, (int64_t)query->offset);
}
