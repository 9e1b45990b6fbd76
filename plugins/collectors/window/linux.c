/* linux.c - finds which display of a Linux session to watch.
 *
 * A Wayland session usually has an X display too (Xwayland), which knows only its own clients and
 * would call every other window "none". So Wayland goes first and X is no substitute for it.
 */
#include "linux.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const window_backend *window_backend_for(const char *wanted, const char **display, kinmu_err *err) {
    if (wanted != NULL && wanted[0] != '\0') {
        *display = wanted;
        return strchr(wanted, ':') != NULL ? &window_x11 : &window_wayland;
    }
    const char *name = getenv("WAYLAND_DISPLAY");
    if (name != NULL && name[0] != '\0') {
        *display = name;
        return &window_wayland;
    }
    name = getenv("DISPLAY");
    if (name != NULL && name[0] != '\0') {
        *display = name;
        return &window_x11;
    }
    snprintf(err->key, sizeof err->key, "window.no-display");
    snprintf(err->msg, sizeof err->msg,
             "window: this session has no display (neither WAYLAND_DISPLAY nor DISPLAY is set); "
             "start Kinmu inside the graphical session or set the option 'display'");
    return NULL;
}
