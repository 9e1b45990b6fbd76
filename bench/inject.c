/* bench/inject.c - a busy person at a virtual display: KEYS key strokes and MOVES relative mouse
 * moves a second for SECONDS, through XTEST, spread evenly. One process, so that the load itself
 * stays small. Arguments: SECONDS KEYS MOVES. */
#include <X11/Xlib.h>
#include <X11/extensions/XTest.h>
#include <X11/keysym.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define STEPS_A_SECOND 200

static void wait_until(const struct timespec *begin, long step) {
    struct timespec at = *begin;
    at.tv_sec += step / STEPS_A_SECOND;
    at.tv_nsec += step % STEPS_A_SECOND * (1000000000L / STEPS_A_SECOND);
    if (at.tv_nsec >= 1000000000L) {
        at.tv_nsec -= 1000000000L;
        at.tv_sec++;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0) {
    }
}

/* How many of `rate` a second fall on this step. */
static long due(long rate, long step) {
    return rate * (step + 1) / STEPS_A_SECOND - rate * step / STEPS_A_SECOND;
}

int main(int argc, char **argv) {
    Display *display = XOpenDisplay(NULL);
    if (argc != 4 || display == NULL) {
        fprintf(stderr, "inject: needs SECONDS KEYS MOVES and a display\n");
        return 1;
    }
    long steps = strtol(argv[1], NULL, 10) * STEPS_A_SECOND;
    long keys = strtol(argv[2], NULL, 10);
    long moves = strtol(argv[3], NULL, 10);
    unsigned key = XKeysymToKeycode(display, XK_a);
    struct timespec begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long step = 0; step < steps; step++) {
        wait_until(&begin, step);
        for (long i = due(keys, step); i > 0; i--) {
            XTestFakeKeyEvent(display, key, True, CurrentTime);
            XTestFakeKeyEvent(display, key, False, CurrentTime);
        }
        for (long i = due(moves, step); i > 0; i--) {
            XTestFakeRelativeMotionEvent(display, step % 2 == 0 ? 1 : -1, 0, CurrentTime);
        }
        XFlush(display);
    }
    XSync(display, False);
    XCloseDisplay(display);
    return 0;
}
