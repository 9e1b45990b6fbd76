/* api/answers/bought.h - whether a report is part of the company's plan (PLN-01, PLN-02): the table
 * that the exporter csv asks, too. [job] */
#ifndef API_BOUGHT_H
#define API_BOUGHT_H

#include "api.h"

/* 1: the plan in force on that date has the file; 0: answered. */
int32_t bought_has(exchange *x, const char *choice, const char *name, const char *date);

#endif
