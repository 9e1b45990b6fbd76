/* session/surroundings.h - what a program needs to reach the display of a login session, read from
 * the environment of programs that already run in it. Nothing else of them is kept. */
#ifndef SESSION_SURROUNDINGS_H
#define SESSION_SURROUNDINGS_H

#include <stdint.h>

#define SURROUNDINGS_VALUE_SIZE 200 /* a longer value counts as not set */

typedef struct surroundings {
    char display[SURROUNDINGS_VALUE_SIZE];
    char wayland_display[SURROUNDINGS_VALUE_SIZE];
    char xauthority[SURROUNDINGS_VALUE_SIZE];
} surroundings;

typedef struct surroundings_search {
    const char *session_id;
    const char *display; /* the X display to look for; "" = whichever the session has */
    uint32_t uid;
    int32_t is_wayland;
    uint32_t rating; /* 0 = nothing found; more is surer */
    surroundings found;
} surroundings_search;

/* One walk over the processes below a proc folder for all searches; empty where there are none or
 * they cannot be read. [job] */
void surroundings_find(const char *proc_folder, surroundings_search *searches, uint32_t count);

#endif
