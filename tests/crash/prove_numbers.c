/* prove_numbers.c - for scripts: is what crash_source.c published whole, now the daemon ended?
 *
 *     prove_numbers BUILD FILE…
 *
 * The folders are those of KINMU_CONF, KINMU_DATA and KINMU_PLUGINS; FILE…: side files of
 * acknowledged numbers. All the checks of numbers_prove; and no number in the middle is missing,
 * acknowledged or not: whoever was left alone lost nothing. */
#include "numbers.h"

#include <stdlib.h>

#define NUMBERS_PER_RUN 1000000u

static size_t holes(const numbers *there) {
    size_t count = 0;
    for (size_t i = 1; i < there->count; i++) {
        uint64_t before = there->items[i - 1];
        int same_run = before / NUMBERS_PER_RUN == there->items[i] / NUMBERS_PER_RUN;
        count += same_run && there->items[i] != before + 1;
    }
    return count;
}

int main(int argc, char **argv) {
    daemon_process d = {0};
    numbers acknowledged = {0};
    numbers there = {0};
    const char *conf = getenv("KINMU_CONF");
    const char *data = getenv("KINMU_DATA");
    const char *plugins = getenv("KINMU_PLUGINS");
    if (argc < 3 || conf == NULL || data == NULL || plugins == NULL) {
        die("usage: KINMU_CONF=... KINMU_DATA=... KINMU_PLUGINS=... prove_numbers BUILD FILE...");
    }
    d.build = argv[1];
    snprintf(d.conf, sizeof d.conf, "%s", conf);
    snprintf(d.data, sizeof d.data, "%s", data);
    snprintf(d.plugins, sizeof d.plugins, "%s", plugins);
    snprintf(d.folder, sizeof d.folder, "%s", data);
    for (int i = 2; i < argc; i++) {
        size_t before = acknowledged.count;
        numbers_read_acknowledged(&acknowledged, argv[i]);
        if (acknowledged.count == before) {
            die("%s: nothing was acknowledged", argv[i]);
        }
    }
    numbers_sort(&acknowledged);
    size_t kept = numbers_prove(&d, &acknowledged);
    numbers_read_journal(&there, &d, NULL);
    if (holes(&there) > 0) {
        die("%zu holes in what was published", holes(&there));
    }
    printf("ok: %zu numbers acknowledged, %zu kept, none lost, none doubled, no hole\n",
           acknowledged.count, kept);
    numbers_free(&acknowledged);
    numbers_free(&there);
    return 0;
}
