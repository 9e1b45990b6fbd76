/* workday/rules/causes.h - candidates for the cause of a divergence, for the person to confirm
 * (U9); what each one takes stands in the README. */
#ifndef WORKDAY_CAUSES_H
#define WORKDAY_CAUSES_H

#include "rules/pc.h"

/* Fills the causes of a day whose figures are known; right after pc_day of the same day. */
void causes_find(const pc_walk *w, const facts *f, day *d);

#endif
