/* option_fuzz.c - any bytes as the options of one plugin that has every option type. What passes
 * the check must fill, equal itself, and survive the way to a runner. */
#include "tests/config/plugins.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const kinmu_table camera = KINMU_TABLE(camera_options);

static void use_checked(const config_node *map) {
    void *filled = NULL;
    void *memory = NULL;
    void *copy_memory = NULL;
    config_node *copy = NULL;
    buffer text = {0};
    config_problems problems = {0};
    if (config_difference(&camera, map, map) != 0 ||
        config_fill(&camera, sizeof(camera_config), "camera", map, &filled, &memory, NULL) !=
            KINMU_OK) {
        abort();
    }
    config_fill_free(filled, memory);
    config_write(map, &text);
    if (config_parse("copy", buffer_string(&text), text.size, &copy, &copy_memory, &problems) !=
            KINMU_OK ||
        config_fill(&camera, sizeof(camera_config), "camera", copy, &filled, &memory, NULL) !=
            KINMU_OK) {
        abort();
    }
    config_fill_free(filled, memory);
    config_memory_free(copy_memory);
    config_problems_free(&problems);
    buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    config_node *root = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    buffer listing = {0};
    if (config_parse("fuzz", (const char *)data, size, &root, &memory, &problems) == KINMU_OK &&
        config_check_map(&camera, "camera", root, &problems) == KINMU_OK) {
        use_checked(root);
    }
    config_problems_print(&problems, &listing);
    config_memory_free(memory);
    config_problems_free(&problems);
    buffer_free(&listing);
    return 0;
}
