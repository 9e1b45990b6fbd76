/* api/access/reach.h - whose data a caller may see, and by which names it lies in the store. */
#ifndef API_REACH_H
#define API_REACH_H

#include "api.h"

/* How a caller stands to data; what fields he is shown follows from it. */
enum {
    REACH_OWN,     /* his own */
    REACH_MANAGED, /* of people he decides over */
    REACH_ALL,     /* an administrator's view */
    REACH_NODE,    /* an operator's: no personal fields */
    REACH_COMPANY, /* everybody's: groups, patterns, holidays */
    REACH_NONE
};

/* Rows of one person: where the field has this value, in that span. */
typedef struct reach_part {
    const char *field; /* "person", "subject", … */
    const char *value;
    int64_t from_ns, to_ns; /* of logs by account: while it was his; to_ns INT64_MAX = still */
    const char *person;
    int32_t relation; /* REACH_OWN or REACH_MANAGED, or REACH_ALL */
} reach_part;

typedef struct reach {
    int32_t relation; /* when there are no parts: all rows, seen so */
    reach_part *parts;
    uint32_t count, capacity;
} reach;

/* The field of a schema that says whose a row is: "person", "of_person", "employee_no", "subject";
 * NULL: nobody's. */
const char *reach_owner_field(const kinmu_schema *schema);
/* How the caller stands to a person; REACH_NONE: as if there were none. [job] */
int32_t reach_relation(exchange *x, const char *person);
/* What of a schema the caller sees, of one person or, with NULL, of all he may. 0: answered. [job]
 */
int32_t reach_find(exchange *x, const kinmu_schema *schema, const char *person, reach *out);
/* 1 when a field is shown to who stands so. */
int32_t reach_shows(int32_t relation, const kinmu_field *field);

#endif
