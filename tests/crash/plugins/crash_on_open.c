/* crash_on_open.c - a plugin file that ends whatever process opens it: the daemon starts without it
 * and says so (tests/e2e/daemon_plugins.sh). */
#include <stdlib.h>

__attribute__((constructor)) static void crash(void) {
    abort();
}
