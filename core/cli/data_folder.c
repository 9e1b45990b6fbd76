/* cli/data_folder.c - see data_folder.h. */
#include "cli/data_folder.h"

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"
#include "host/node.h"
#include "host/places.h"
#include "journal/files.h"

#include <string.h>

int32_t cli_check_data(const cli_places *places, kinmu_err *err) {
    char parent[sizeof places->data];
    text_copy(parent, sizeof parent, places->data);
    size_t size = strlen(parent);
    while (size > 1 && parent[size - 1] == '/') {
        parent[--size] = '\0';
    }
    char *slash = strrchr(parent, '/');
    if (slash == NULL || slash == parent) {
        return KINMU_OK;
    }
    *slash = '\0';
    return cli_folder_exists(parent)
               ? KINMU_OK
               : error_set(err, KINMU_E_CONFIG, "data.parent",
                           "data folder \"%s\": there is no folder \"%s\"; mend the path, or make "
                           "it first: mkdir -p %s",
                           places->data, parent, parent);
}

int32_t cli_data_folder(const cli_places *places, char *data, size_t size, kinmu_err *err) {
    if (places->data[0] != '\0') {
        text_copy(data, size, places->data);
        return cli_check_data(places, err);
    }
    config *conf = NULL;
    config_problems problems = {0};
    int32_t status = config_load(places->conf, NULL, &conf, &problems);
    if (status == KINMU_OK) {
        node_data_folder(conf->data, data, size);
    } else {
        error_set(err, status, "data.unknown",
                  "no data folder: give --data DIR, or mend the configuration \"%s\" (kinmu check "
                  "--conf %s)",
                  places->conf, places->conf);
    }
    config_problems_free(&problems);
    config_free(conf);
    return status;
}

int32_t cli_data_places(const cli_places *places, char *data, size_t size, kinmu_err *err) {
    config *conf = NULL;
    config_problems problems = {0};
    int32_t status = cli_data_folder(places, data, size, err);
    if (status != KINMU_OK || (places->data[0] != '\0' && files_exist(data, FILES_JOURNAL))) {
        return status;
    }
    if (config_load(places->conf, NULL, &conf, &problems) == KINMU_OK) {
        status = places_use(conf, data, err);
    }
    config_problems_free(&problems);
    config_free(conf);
    return status;
}
