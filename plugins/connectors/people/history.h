/* people/history.h - what a record was before: changes taken back by the audit. */
#ifndef PEOPLE_HISTORY_H
#define PEOPLE_HISTORY_H

#include <jansson.h>
#include <kinmu/base.h>

struct change;

/* Takes one change back: the fields it replaced, as JSON (NULL: not known). 0: it made the record.
 * Pure. */
int32_t history_take_back(json_t *object, const char *action, const char *before, size_t size);
/* Makes the person's fields in `object` those of the end of the date. [job] */
int32_t history_of_person(struct change *c, const char *person, const char *date, json_t *object);

#endif
