/* api/answers/staff.h - who stands in a list of everybody: the people a caller may see, as the
 * files of the csv exporter have them. */
#ifndef API_STAFF_H
#define API_STAFF_H

#include "access/reach.h"

typedef struct staff_member {
    const char *who; /* 社員番号; the id where there is none */
    const char *person;
    const char *name;
    const char *from_date; /* of the first assignment; "" = none, only days that are there count */
    int32_t is_deleted;
    int32_t relation;
} staff_member;

/* By who, then id; ids of one 社員番号 stand together and are one employee (ATT-12). */
typedef struct staff {
    staff_member *members;
    uint32_t count, capacity;
} staff;

/* Those whose rows of the schema the caller may see, or that one person; without employees of whom
 * every id is deleted. 0: answered. [job] */
int32_t staff_read(exchange *x, const kinmu_schema *schema, const char *person, staff *out);
/* The first member behind those of the same 社員番号 as the one at `index`. */
uint32_t staff_next(const staff *s, uint32_t index);

#endif
