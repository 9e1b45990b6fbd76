/* workday/rules/figures.h - the figures of one day from its declared time and its PC: work, breaks,
 * overtime, night, legal holidays, undeclared operation, divergence. Pure arithmetic. */
#ifndef WORKDAY_FIGURES_H
#define WORKDAY_FIGURES_H

#include "rules/declared.h"
#include "rules/paper.h"

typedef struct figures_source {
    const book *book;
    const facts *facts;
    const declared *today;
    const declared *yesterday; /* NULL: nothing is known of that day */
    const paper *paper;
    const list *actives;  /* span: runs of active minutes */
    list *pieces, *cover; /* working room */
} figures_source;

/* PC fields, kind, quality and is_over are filled. 0 when out of memory. */
int32_t figures_day(const figures_source *source, day *d);

#endif
