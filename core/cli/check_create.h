/* cli/check_create.h - `kinmu check`: instances created once, to hear whether they take their
 * options. */
#ifndef CLI_CHECK_CREATE_H
#define CLI_CHECK_CREATE_H

#include "config/config.h"
#include "host/catalog.h"

typedef void (*check_refused_fn)(void *user, const config_instance *instance, const char *why);

/* Runs the create of every enabled instance's plugin in this process. */
void check_create_all(const config *conf, const catalog *c, check_refused_fn refused, void *user);

#endif
