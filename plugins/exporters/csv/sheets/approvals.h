/* csv/sheets/approvals.h - approval_history.csv (EXP-12): every decision about a request of the
 * period, once. Requests about devices, incidents and contracts are no working time and stay out.
 */
#ifndef CSV_APPROVALS_H
#define CSV_APPROVALS_H

#include "known/days.h"
#include "known/directory.h"
#include "writing/sheet.h"

#define APPROVALS_MAX 20000000u

extern const char approvals_headers[];

typedef struct approvals approvals;
int32_t approvals_create(words *texts, const period *p, approvals **out);
void approvals_destroy(approvals *a); /* NULL is fine */
void approvals_request(approvals *a, const kinmu_event *record);
void approvals_decision(approvals *a, const kinmu_event *record);
/* Sorts by day, 社員番号, request and step, and writes; directory and days are sealed. */
int32_t approvals_write(approvals *a, const directory *people, const days *all, sheet *s);

#endif
