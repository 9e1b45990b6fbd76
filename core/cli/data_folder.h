/* cli/data_folder.h - which data folder a command works on. */
#ifndef CLI_DATA_FOLDER_H
#define CLI_DATA_FOLDER_H

#include "cli/cli.h"

/* E_CONFIG when the folder above --data is not there: a mistyped path is not made. */
int32_t cli_check_data(const cli_places *places, kinmu_err *err);
/* --data or KINMU_DATA, else node.data of the configuration, else the default below the home
 * folder. Plugins are not looked at. */
int32_t cli_data_folder(const cli_places *places, char *data, size_t size, kinmu_err *err);
/* The same for a command that opens the journal or the store itself: wherever the configuration has
 * them. A folder given by --data that holds a journal.db is read as files: it may be a copy. */
int32_t cli_data_places(const cli_places *places, char *data, size_t size, kinmu_err *err);

#endif
