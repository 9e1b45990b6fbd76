/* bench/measure.c - see measure.h. */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

double measure_now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void measure_print(const char *name, double value) {
    measure_print_of(name, "", value);
}

void measure_print_of(const char *name, const char *suffix, double value) {
    printf("%s%s %.6g\n", name, suffix, value);
    fflush(stdout);
}

void measure_must(int64_t status, const char *what, const char *why) {
    if (status != 0) {
        fprintf(stderr, "bench: %s: %s (%lld)\n", what, why, (long long)status);
        exit(1);
    }
}

const char *measure_folder(const char *base, const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s-XXXXXX", base, name);
    measure_must(mkdtemp(path) == NULL, path, "cannot be made");
    return path;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

double measure_percentile(double *values, size_t count, double share) {
    qsort(values, count, sizeof *values, by_value);
    size_t at = (size_t)(share * (double)count);
    return values[at < count ? at : count - 1];
}
