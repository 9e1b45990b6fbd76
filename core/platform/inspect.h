/* platform/inspect.h - what a check of somebody's library wants to know and to bend in the process
 * it runs in: what is open, what runs, what a file exports, whom it calls.
 *
 * For `kinmu plugin check` only. Where a system cannot tell, the answer is INSPECT_UNKNOWN or
 * KINMU_E_NOTFOUND and the caller says so; nothing is guessed.
 */
#ifndef PLATFORM_INSPECT_H
#define PLATFORM_INSPECT_H

#include <kinmu/base.h>

#define INSPECT_UNKNOWN (-1)
#define INSPECT_EXPORTS_MAX 256u
#define INSPECT_NAME_SIZE 128

/* Open descriptors or handles of this process, its threads, bytes its heap has given out. */
int64_t inspect_open_files(void);
int64_t inspect_threads(void);
int64_t inspect_heap_bytes(void);
/* One bit per caught or ignored signal. */
int32_t inspect_signals(uint64_t *caught, uint64_t *ignored);

/* What a library file exports, from its bytes; nothing is loaded. Names of the compiler's own
 * instrumentation are left out. E_NOTFOUND: not a file format known here. */
typedef struct inspect_exports {
    uint32_t count; /* all of them, of which at most INSPECT_EXPORTS_MAX are named */
    char names[INSPECT_EXPORTS_MAX][INSPECT_NAME_SIZE];
} inspect_exports;
int32_t inspect_read_exports(const char *path, inspect_exports *exports, kinmu_err *err);

/* Makes a loaded library call `replacement` wherever it calls the imported function `name`; other
 * libraries are untouched. Count of places changed, INSPECT_UNKNOWN where that cannot be done. */
typedef void (*inspect_function)(void);
int32_t inspect_redirect(void *library, const char *name, inspect_function replacement);

#endif
