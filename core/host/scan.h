/* host/scan.h - the plugin files of the folders, looked at in a child process.
 *
 * Who asks never maps the libraries of plugins it does not run, and a file that crashes or hangs
 * when it is opened ends only the child, which is run again without it.
 */
#ifndef HOST_SCAN_H
#define HOST_SCAN_H

#include "host/catalog.h"

/* program is kinmu's own file. The catalog has no functions; files that crash are among its
 * problems. Blocks. E_ABI: something crashed that is no single file. E_RETRY: no process could be
 * started. */
int32_t scan_plugins(const char *program, const char *folders, catalog **out, kinmu_err *err);

#endif
