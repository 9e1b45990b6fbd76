/* each_option_out_of_range.c - an option without a range, believed as it is. */
#include "good.h"

static const kinmu_option bad_options[] = {GOOD_INTERVAL,
                                           {.name = "slots",
                                            .type = KINMU_OPT_INT,
                                            .offset = offsetof(good_config, slots),
                                            .default_text = "4",
                                            .doc = "Size of a table.",
                                            .doc_ja = "表の大きさ。",
                                            .since = "1.0"}};

static int32_t bad_create(const kinmu_host *host, const void *config, void **instance,
                          kinmu_err *err) {
    int64_t slots = ((const good_config *)config)->slots;
    if (slots < 0) {
        abort(); /* what an assert does, or an index */
    }
    return good_create(host, config, instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .options = KINMU_TABLE(bad_options),
                                 .create = bad_create};

KINMU_MODULE(&bad);
