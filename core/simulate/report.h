/* simulate/report.h - a run's figures as text for people and as one JSON line. */
#ifndef SIMULATE_REPORT_H
#define SIMULATE_REPORT_H

#include "simulate/run.h"
#include "simulate/verify.h"

void report_text(const run_report *report, buffer *out);
void report_json(const run_report *report, buffer *out);
void report_verify_text(const verify_report *report, buffer *out);
void report_verify_json(const verify_report *report, buffer *out);

#endif
