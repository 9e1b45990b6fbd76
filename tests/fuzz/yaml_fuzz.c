/* yaml_fuzz.c - any bytes as a conf.d file: no crash, bounded work, and what was read can be
 * written as one line that reads and writes the same. */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const config_node *root) {
    buffer once = {0};
    buffer twice = {0};
    config_node *copy = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    config_write(root, &once);
    /* A written text can be longer than a file may be: every control character takes six bytes. */
    if (once.size <= CONFIG_FILE_BYTES_MAX) {
        if (config_parse("copy", buffer_string(&once), once.size, &copy, &memory, &problems) !=
            KINMU_OK) {
            abort();
        }
        config_write(copy, &twice);
        if (once.size != twice.size || memcmp(once.data, twice.data, once.size) != 0) {
            abort();
        }
    }
    config_memory_free(memory);
    config_problems_free(&problems);
    buffer_free(&once);
    buffer_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    config_node *root = NULL;
    void *memory = NULL;
    config_problems problems = {0};
    buffer listing = {0};
    int32_t status = config_parse("fuzz", (const char *)data, size, &root, &memory, &problems);
    config_problems_print(&problems, &listing);
    if ((status == KINMU_OK) != (problems.errors == 0)) {
        abort();
    }
    if (status == KINMU_OK) {
        write_again(root);
    }
    config_memory_free(memory);
    config_problems_free(&problems);
    buffer_free(&listing);
    return 0;
}
