/* cli/look.h - before a command shows what was recorded of people, itself and not by the daemon. */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include <kinmu/base.h>

/* Asks the daemon of the data folder whether who calls may look (operator.access), which writes it
 * down. `person`: an id or account, "" = everybody. Where no daemon runs there is nobody to ask. */
int32_t cli_look(const char *data, const char *what, const char *person, kinmu_err *err);

#endif
