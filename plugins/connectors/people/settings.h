/* people/settings.h - what a setting may be: its name, whose it is, and a value that fits. What is
 * wrong is added to the problems, with what is wanted. */
#ifndef PEOPLE_SETTINGS_H
#define PEOPLE_SETTINGS_H

#include "people.h"
#include "problems.h"

#include <kinmu/events/settings.h>

/* NULL: there is none of that name. */
const kinmu_setting *settings_find(problems *p, const char *name);
/* scope: company, group or person. */
void settings_check_owner(problems *p, const book *b, const char *scope, const char *scope_id);
/* [job] */
void settings_check(problems *p, const book *b, const change *c, const kinmu_setting *setting,
                    const char *scope, const char *value);

#endif
