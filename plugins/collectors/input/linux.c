/* linux.c - Linux's sources of input and which of them a session can use.
 *
 * X11 wherever a session has an X display of its own. Under Wayland the display is Xwayland's,
 * which sees only what is meant for X programs: half a truth, so `auto` takes evdev there.
 */
#include "backend.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const backend_type backend_x11;
extern const backend_type backend_evdev;

static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

const backend_type *backend_choose(const char *wanted, const char *display,
                                   const char **display_used) {
    *display_used = display != NULL ? display : environment("DISPLAY");
    if (strcmp(wanted, "x11") == 0) {
        return &backend_x11;
    }
    int is_wayland = environment("WAYLAND_DISPLAY")[0] != '\0' ||
                     strcmp(environment("XDG_SESSION_TYPE"), "wayland") == 0;
    if (strcmp(wanted, "evdev") == 0 || (display == NULL && is_wayland) ||
        (*display_used)[0] == '\0') {
        return &backend_evdev;
    }
    return &backend_x11;
}

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        return 0;
    }
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t backend_slept_ns(void) {
    uint64_t awake =
        clock_ns(CLOCK_MONOTONIC); /* read first, so that no sleep comes out negative */
    uint64_t since_boot = clock_ns(CLOCK_BOOTTIME);
    return since_boot > awake ? since_boot - awake : 0;
}

void backend_wipe(void *memory, size_t size) {
    explicit_bzero(memory, size);
}
