/* options_valid.c - two options write into one member. */
#include "good.h"

static const kinmu_option bad_options[] = {GOOD_INTERVAL,
                                           {.name = "slots",
                                            .type = KINMU_OPT_INT,
                                            .offset = offsetof(good_config, interval_ms),
                                            .default_text = "4",
                                            .min = 1,
                                            .max = 64,
                                            .doc = "Size of a table.",
                                            .doc_ja = "表の大きさ。",
                                            .since = "1.0"}};

static const kinmu_plugin bad = {GOOD_TABLE, .options = KINMU_TABLE(bad_options)};

KINMU_MODULE(&bad);
