/* api/answers/staff.c - see staff.h. People and assignments lie in the order of their ids, so that
 * one goes along with the other. */
#include "answers/staff.h"

#include "access/reading.h"

#include <kinmu/events/people.h>

#include <stdlib.h>
#include <string.h>

static int32_t add(exchange *x, staff *s, const kinmu_value *row, const char *from_date,
                   int32_t relation) {
    staff_member *members =
        memory_grow(&x->memory, s->members, s->count, &s->capacity, sizeof *members);
    if (members == NULL) {
        return 0;
    }
    const char *person = table_text(row, KINMU_PEOPLE_PERSON_PERSON);
    const char *number = table_text(row, KINMU_PEOPLE_PERSON_EMPLOYEE_NO);
    s->members = members;
    s->members[s->count++] = (staff_member){
        .who = number[0] != '\0' ? number : person,
        .person = person,
        .name = table_text(row, KINMU_PEOPLE_PERSON_NAME),
        .from_date = from_date,
        .is_deleted = table_is(row, KINMU_PEOPLE_PERSON_STATE, "deleted"),
        .relation = relation,
    };
    return 1;
}

/* ---- reading ---- */

/* Of each person the first rows of a schema, in order of the person, from a table of any size. */
typedef struct stream {
    uint32_t use, fields, person_field;
    const char *order;
    const char *person; /* only his, or NULL */
    const char *behind; /* the last person read */
    table rows;
    uint32_t at;
    int32_t is_over;
} stream;

static int32_t read_more(exchange *x, stream *s) {
    kinmu_filter filter = table_where("person", s->person != NULL ? s->person : s->behind);
    filter.compare = s->person != NULL ? KINMU_COMPARE_EQUAL : KINMU_COMPARE_GREATER;
    if (!reading_all(x, s->use, s->fields, &filter, 1, s->order, &s->rows)) {
        return 0;
    }
    s->at = 0;
    s->is_over = s->person != NULL || s->rows.count < KINMU_RECORDS_PAGE_MAX;
    if (s->rows.count > 0) {
        s->behind = table_text(s->rows.rows[s->rows.count - 1], s->person_field);
    }
    return 1;
}

/* The next row; NULL at the end, or answered. */
static const kinmu_value *next(exchange *x, stream *s) {
    if (s->at == s->rows.count && (s->is_over || !read_more(x, s))) {
        return NULL;
    }
    return s->at < s->rows.count ? s->rows.rows[s->at++] : NULL;
}

static int32_t read_people(exchange *x, const char *person, int32_t relation, staff *out) {
    stream people = {.use = USE_PERSON,
                     .fields = KINMU_PEOPLE_PERSON_FIELDS,
                     .person_field = KINMU_PEOPLE_PERSON_PERSON,
                     .order = "person",
                     .person = person,
                     .behind = ""};
    stream dates = {.use = USE_ASSIGNMENT,
                    .fields = KINMU_PEOPLE_ASSIGNMENT_FIELDS,
                    .person_field = KINMU_PEOPLE_ASSIGNMENT_PERSON,
                    .order = "person,from_date",
                    .person = person,
                    .behind = ""};
    const kinmu_value *date = next(x, &dates);
    const kinmu_value *row;
    while (x->status == 0 && (row = next(x, &people)) != NULL) {
        const char *id = table_text(row, KINMU_PEOPLE_PERSON_PERSON);
        const char *first = "";
        while (date != NULL && strcmp(table_text(date, KINMU_PEOPLE_ASSIGNMENT_PERSON), id) <= 0) {
            if (first[0] == '\0' && table_is(date, KINMU_PEOPLE_ASSIGNMENT_PERSON, id)) {
                first = table_text(date, KINMU_PEOPLE_ASSIGNMENT_FROM_DATE);
            }
            date = next(x, &dates);
        }
        if (!add(x, out, row, first, relation)) {
            return 0;
        }
    }
    return x->status == 0;
}

static int by_number(const void *left, const void *right) {
    const staff_member *a = left;
    const staff_member *b = right;
    int order = strcmp(a->who, b->who);
    return order != 0 ? order : strcmp(a->person, b->person);
}

uint32_t staff_next(const staff *s, uint32_t index) {
    uint32_t next_index = index + 1;
    while (next_index < s->count &&
           strcmp(s->members[next_index].who, s->members[index].who) == 0) {
        next_index++;
    }
    return next_index;
}

/* Who has an id that is not deleted is there (IMP-12). */
static void drop_deleted(staff *s) {
    uint32_t kept = 0;
    for (uint32_t from = 0, to = 0; from < s->count; from = to) {
        int32_t is_there = 0;
        to = staff_next(s, from);
        for (uint32_t i = from; i < to; i++) {
            is_there = is_there || !s->members[i].is_deleted;
        }
        for (uint32_t i = from; is_there && i < to; i++) {
            s->members[kept++] = s->members[i];
        }
    }
    s->count = kept;
}

int32_t staff_read(exchange *x, const kinmu_schema *schema, const char *person, staff *out) {
    reach seen;
    *out = (staff){0};
    if (!reach_find(x, schema, person, &seen)) {
        return 0;
    }
    int32_t is_read = 1;
    if (seen.relation != REACH_NONE) {
        is_read = read_people(x, NULL, seen.relation, out);
    }
    for (uint32_t i = 0; is_read && seen.relation == REACH_NONE && i < seen.count; i++) {
        is_read = read_people(x, seen.parts[i].person, seen.parts[i].relation, out);
    }
    if (!is_read || x->memory.failed) {
        if (x->status == 0) {
            problem_set(x, 503, "memory", NULL, NULL);
        }
        return 0;
    }
    if (out->count > 1) {
        qsort(out->members, out->count, sizeof *out->members, by_number);
    }
    drop_deleted(out);
    return 1;
}
