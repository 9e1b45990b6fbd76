/* bench/store_bench.c - rows of a prepared journal (journal_bench prepare) into a fresh store:
 * blocks read, opened, decoded, inserted with their indexes, committed. Arguments: FOLDER
 * STORE-FOLDER. */
#include "measure.h"
#include "sample.h"
#include "store/store.h"

#include <stdlib.h>

int main(int argc, char **argv) {
    const schema_info *info = NULL;
    journal_reader *reader = NULL;
    journal_figures figures;
    journal_usage usage[8];
    uint32_t usage_count = 8;
    store *s = NULL;
    kinmu_err err = {"", ""};
    uint64_t position = 0;
    measure_must(argc != 3, argv[0], "FOLDER STORE-FOLDER");
    schema_registry *registry = sample_registry(&info);
    measure_must(journal_survey(argv[1], &figures, usage, &usage_count, &err), argv[1], err.msg);
    measure_must(journal_reader_open(argv[1], &reader, &err), argv[1], err.msg);
    sample_place(argv[2]);
    measure_must(store_open(argv[2], registry, &s, &err), argv[2], err.msg);
    double begin = measure_now_s();
    measure_must(store_catch_up(s, reader, &position, &err), "apply", err.msg);
    double spent = measure_now_s() - begin;
    measure_must(position != figures.position, argv[2], "did not reach the journal's end");
    measure_print(getenv("BENCH_POSTGRES") != NULL ? "pg.apply" : "store.apply",
                  (double)figures.events / spent);
    store_close(s);
    journal_reader_close(reader);
    schema_registry_destroy(registry);
    return 0;
}
