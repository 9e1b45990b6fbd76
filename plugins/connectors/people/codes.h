/* people/codes.h - what 更新区分 does: every code of the three N files against every state, as
 * tables (IMP-10, IMP-11, TRAP-24). Data and one look-up. */
#ifndef PEOPLE_CODES_H
#define PEOPLE_CODES_H

#include <kinmu/base.h>

enum { STATE_ABSENT, STATE_ACTIVE, STATE_SUSPENDED, STATE_DELETED, STATE_ERASED, STATES };

enum {
    DO_NOTHING,
    DO_CREATE,
    DO_UPDATE,
    DO_SUSPEND,
    DO_REVIVE, /* active again, with the values of the row */
    DO_LINK,   /* a new link to log in; the row stays */
    DO_DELETE,
    DO_ERASE,
    NO_EXISTS, /* from here on: refused, because … */
    NO_ABSENT,
    NO_SUSPENDED,
    NO_DELETED,
    NO_ACTIVE,
    NO_ERASED
};

enum { CODES_GROUP, CODES_PERSON, CODES_PATTERN, CODE_TABLES };

/* The number of codes of a table: 0 … count - 1 are known. */
uint32_t codes_count(uint32_t table);
int32_t codes_look_up(uint32_t table, uint32_t code, uint32_t state);
/* STATE_* of a state as records have it; "" is absent. */
uint32_t codes_state(const char *word);
/* Stable id of a refusal: "code.exists". */
const char *codes_problem(int32_t refusal);

#endif
