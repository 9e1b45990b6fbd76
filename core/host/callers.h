/* host/callers.h - the names of the accounts that ask at a socket of the daemon. A directory
 * service may take long to tell one, so it is looked up beside the loop, one at a time, and kept a
 * while. [loop] */
#ifndef HOST_CALLERS_H
#define HOST_CALLERS_H

#include <stdint.h>
#include <uv.h>

#define CALLERS_MAX 8u /* names kept; who asks again after so many others is looked up anew */
#define CALLERS_KEEP_MS 600000u

typedef struct callers callers;

/* `found` is called when a name is there. NULL: no memory. */
callers *callers_open(uv_loop_t *loop, void (*found)(void *user), void *user);
/* Frees it, at the latest when a look-up under way has ended; `found` is not called any more. */
void callers_close(callers *c);

/* NULL: not known. */
const char *callers_name(callers *c, uint32_t uid);
/* Begins to look it up, unless something is being looked up: then ask again when found is called.
 * 0: there is no thread for it. */
int32_t callers_look(callers *c, uint32_t uid);

#endif
