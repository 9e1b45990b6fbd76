/* backend.h - what the flow (window.c) asks of a windowing system, and what it gets back.
 *
 * A backend only reports the state of the foreground; it publishes nothing, starts no timer and
 * keeps no history. open may block and runs in a job; everything else runs in a turn and never
 * waits for the display server. All texts are valid UTF-8 without control characters.
 */
#ifndef WINDOW_BACKEND_H
#define WINDOW_BACKEND_H

#include <kinmu/base.h>

#define WINDOW_PROCESS_BYTES_MAX 255 /* a file name */
#define WINDOW_TITLE_BYTES_MAX 1024  /* longer titles are cut at a character border */

#define WINDOW_UNKNOWN (-1) /* elevated: the process could not be looked at */

#define WINDOW_TITLE_NONE 0       /* the window has no title */
#define WINDOW_TITLE_READ 1       /* title[] holds it, possibly empty */
#define WINDOW_TITLE_UNREADABLE 2 /* it has one in an encoding this backend cannot convert */

/* The foreground at one moment. */
typedef struct window_facts {
    uint64_t id;         /* differs between windows; 0 = no window is in the foreground */
    int32_t elevated;    /* 1, 0 or WINDOW_UNKNOWN */
    int32_t title_state; /* WINDOW_TITLE_* */
    char process[WINDOW_PROCESS_BYTES_MAX + 1]; /* "" = unknown */
    char title[WINDOW_TITLE_BYTES_MAX + 1];
} window_facts;

typedef struct window_backend {
    const char *name; /* as in texts for people: "X display" */

    /* Connects to `display` and asks to be told of changes. KINMU_E_RETRY with a text when it is
     * not there. *self is set on KINMU_OK only. [job] */
    int32_t (*open)(const char *display, void **self, kinmu_err *err);

    /* The descriptor that becomes readable when next() may have something. [turn] */
    intptr_t (*handle)(void *self);

    /* 1: *facts is the foreground now; call again. 0: nothing more until the handle is readable.
     * KINMU_E_NOTFOUND: connected, but the foreground is not told here (text says why); call again,
     * facts follow when that changes. KINMU_E_BUSY: there is more, call in a later turn.
     * KINMU_E_RETRY: the connection is lost; close. [turn] */
    int32_t (*next)(void *self, window_facts *facts, kinmu_err *err);

    /* Accepts NULL. [turn] */
    void (*close)(void *self);
} window_backend;

/* Chooses the backend for `wanted` (the display option, NULL = that of the session) and tells the
 * display's name, static or environment memory. NULL with a text when the session has none. */
const window_backend *window_backend_for(const char *wanted, const char **display, kinmu_err *err);

#endif
