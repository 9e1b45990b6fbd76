/* instance_key.c - an option under a key that every instance has: nobody could set it. */
#include "../good.h"

static const kinmu_option bad_options[] = {GOOD_INTERVAL,
                                           {.name = "after",
                                            .type = KINMU_OPT_INT,
                                            .offset = offsetof(good_config, slots),
                                            .default_text = "4",
                                            .min = 1,
                                            .max = 64,
                                            .doc = "Size of a table.",
                                            .doc_ja = "表の大きさ。",
                                            .since = "1.0"}};

static const kinmu_plugin bad = {GOOD_TABLE, .options = KINMU_TABLE(bad_options)};

KINMU_MODULE(&bad);
