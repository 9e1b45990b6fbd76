/* bench/measure.h - what every program here needs: a clock, figures out, folders, order statistics.
 *
 * A program prints "name value" lines on stdout; units, limits and what is wanted of a figure stand
 * in bench/figures, which run_all.sh joins with them. Errors end the program: a bench has no
 * caller.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <kinmu/base.h>

double measure_now_s(void); /* monotonic */
void measure_print(const char *name, double value);
/* "name<suffix> value". */
void measure_print_of(const char *name, const char *suffix, double value);
/* Ends the program with "bench: what: why" unless status is 0. */
void measure_must(int64_t status, const char *what, const char *why);
/* A fresh folder "BASE/name-XXXXXX"; it lives until the caller of the program removes BASE. */
const char *measure_folder(const char *base, const char *name);
/* Sorts in place; share 0.99 = p99. */
double measure_percentile(double *values, size_t count, double share);

#endif
