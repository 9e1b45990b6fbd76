/* api/answers/search.h - looking through a log, newest first, for a bounded time a page. */
#ifndef API_SEARCH_H
#define API_SEARCH_H

#include "api.h"

#define SEARCH_DAYS_DEFAULT 30

/* Answers with a page of what the request's parameters ask for. [job] */
void search_run(exchange *x, const char *schema);

#endif
