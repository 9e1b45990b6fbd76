/* people/rules.h - what must hold in the book after a change: references, the tree of groups,
 * approvers, limits (IMP-04, IMP-06, IMP-08, ROL-06, ROL-07, SUP-05). Pure.
 *
 * Only what the change touched is held against it: a limit lowered below what is there stops those
 * who would add more, not everybody. */
#ifndef PEOPLE_RULES_H
#define PEOPLE_RULES_H

#include "problems.h"

#define RULES_DEPTH_MAX 64

/* Judges what was changed since `mark` (book_mark). */
void rules_check(book *b, uint32_t mark, problems *p);
/* People who may log in. */
int64_t rules_active(const book *b);

#endif
