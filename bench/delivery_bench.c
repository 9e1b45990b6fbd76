/* bench/delivery_bench.c - replay of a prepared journal (journal_bench prepare) to a consumer in
 * this process: blocks read, opened, decoded into events, handed over. Arguments: FOLDER. */
#include "host/node_internal.h"
#include "measure.h"
#include "sample.h"

/* What a consumer cannot avoid: looking at every event and every value. */
static int32_t consume(const kinmu_batch *batch, uint64_t *sum) {
    for (uint32_t i = 0; i < batch->count; i++) {
        for (uint32_t value = 0; value < batch->events[i].value_count; value++) {
            *sum += batch->events[i].values[value].size;
        }
    }
    return KINMU_OK;
}

int main(int argc, char **argv) {
    const schema_info *info = NULL;
    journal_reader *reader = NULL;
    kinmu_err err = {"", ""};
    journal_block block = {0};
    delivery_batch batch = {0};
    uint64_t events = 0;
    uint64_t sum = 0;
    measure_must(argc != 2, argv[0], "FOLDER");
    schema_registry *registry = sample_registry(&info);
    measure_must(journal_reader_open(argv[1], &reader, &err), argv[1], err.msg);
    double begin = measure_now_s();
    while (journal_read(reader, block.position, &block, &err) == KINMU_OK) {
        if (block.state == JOURNAL_BLOCK_LIVE) {
            measure_must(delivery_decode(&batch, registry, &info, 1, 0, &block, &err), "decode",
                         err.msg);
            measure_must(consume(&batch.batch, &sum), "consume", "failed");
            events += batch.batch.count;
        }
    }
    double spent = measure_now_s() - begin;
    measure_must(events == 0 || sum == 0, argv[1], "holds no events");
    measure_print("delivery.in_core", (double)events / spent);
    delivery_batch_free(&batch);
    journal_reader_close(reader);
    schema_registry_destroy(registry);
    return 0;
}
