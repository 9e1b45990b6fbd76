/* x11.c - input of an X display: XInput 2 raw events of all master devices, counted by class.
 *
 * xcb opens the connection, asks for the events and is then not called again on it: the event
 * stream is read from the descriptor into a buffer of ours, counted (x11_wire) and wiped, so no
 * library queue ever holds a key code. The keyboard mapping is read through a second, short-lived
 * connection, at the start and at each MappingNotify. Both may block and therefore run as jobs.
 *
 * Cost: while the pointer moves, the descriptor is read ten times a second instead of at every
 * event; nothing runs when nothing happens.
 */
#include "backend.h"
#include "x11_wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <xcb/xcb.h>
#include <xcb/xinput.h>

#define READ_BYTES 4096u
#define READS_MAX 64u         /* a turn; the rest waits for the next one */
#define PAUSE_MS 100u         /* between reads while the pointer moves */
#define FLOOD_NS 200000000ull /* moves closer together are a flood */
#define DISPLAY_BYTES_MAX 128u
#define XI_MAJOR 2u
#define XI_MINOR 2u /* from 2.1 on raw events come during other programs' grabs, too */
#define KEYCODE_MIN 8u

enum job_kind { JOB_CONNECT, JOB_MAPPING };

/* Belongs to the worker thread from submit to done. */
typedef struct x11_job {
    enum job_kind kind;
    const char *display;
    xcb_connection_t *connection; /* CONNECT: the result, or NULL and a text */
    uint8_t extension;
    int has_classes;
    uint8_t class_of[X11_WIRE_KEYCODES];
    char text[BACKEND_TEXT_BYTES_MAX];
} x11_job;

typedef struct x11 {
    backend_flow flow; /* without display, which need not live as long */
    char display[DISPLAY_BYTES_MAX];
    int is_open; /* the flow wants input */
    int has_job; /* job is the worker's */
    x11_job job;
    xcb_connection_t *connection;
    int descriptor;
    uint64_t poll_id;
    uint64_t pause_timer;
    int is_paused;          /* the descriptor is not watched */
    uint64_t moved_mono_ns; /* when motion was read last */
    x11_wire wire;
    uint8_t buffer[READ_BYTES]; /* zero outside drain() */
} x11;

/* In the worker */

static int read_mapping(x11_job *job) {
    xcb_connection_t *connection = xcb_connect(job->display, NULL);
    job->has_classes = 0;
    if (xcb_connection_has_error(connection) == 0) {
        uint8_t count = (uint8_t)(X11_WIRE_KEYCODES - KEYCODE_MIN);
        xcb_get_keyboard_mapping_reply_t *reply = xcb_get_keyboard_mapping_reply(
            connection, xcb_get_keyboard_mapping(connection, KEYCODE_MIN, count), NULL);
        uint32_t levels = reply != NULL ? reply->keysyms_per_keycode : 0;
        if (levels > 0 && reply->length == levels * count) {
            const xcb_keysym_t *keysyms = xcb_get_keyboard_mapping_keysyms(reply);
            memset(job->class_of, INPUT_KEY_OTHER, sizeof(job->class_of));
            for (uint32_t i = 0; i < count; i++) {
                job->class_of[KEYCODE_MIN + i] = keyclass_of_keysym(keysyms[(size_t)i * levels]);
            }
            job->has_classes = 1;
        }
        free(reply);
    }
    xcb_disconnect(connection);
    return job->has_classes;
}

static xcb_window_t root_of(xcb_connection_t *connection, int screen) {
    xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
    while (screen > 0 && screens.rem > 1) {
        xcb_screen_next(&screens);
        screen--;
    }
    return screens.rem > 0 ? screens.data->root : XCB_NONE;
}

/* The last request on this connection: behind it the stream is ours. A refusal arrives as an error
 * in the stream. */
static void select_raw(xcb_connection_t *connection, xcb_window_t root) {
    struct {
        xcb_input_event_mask_t head;
        uint32_t mask;
    } wanted = {{XCB_INPUT_DEVICE_ALL_MASTER, 1},
                XCB_INPUT_XI_EVENT_MASK_RAW_KEY_PRESS | XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_PRESS |
                    XCB_INPUT_XI_EVENT_MASK_RAW_MOTION};
    xcb_input_xi_select_events(connection, root, 1, &wanted.head);
    xcb_flush(connection);
}

static int has_xinput(x11_job *job, xcb_connection_t *connection) {
    const xcb_query_extension_reply_t *extension =
        xcb_get_extension_data(connection, &xcb_input_id);
    if (extension == NULL || !extension->present) {
        return 0;
    }
    job->extension = extension->major_opcode;
    xcb_input_xi_query_version_reply_t *version = xcb_input_xi_query_version_reply(
        connection, xcb_input_xi_query_version(connection, XI_MAJOR, XI_MINOR), NULL);
    int is_enough =
        version != NULL && version->major_version == XI_MAJOR && version->minor_version >= 1;
    free(version);
    return is_enough;
}

static void connect_display(x11_job *job) {
    int screen = 0;
    xcb_connection_t *connection = xcb_connect(job->display, &screen);
    if (xcb_connection_has_error(connection) != 0) {
        snprintf(
            job->text, sizeof(job->text),
            "input: cannot open display \"%s\": start the X server, correct `display`, or give "
            "this account access to it (XAUTHORITY)",
            job->display);
    } else if (!has_xinput(job, connection)) {
        snprintf(
            job->text, sizeof(job->text),
            "input: display \"%s\" has no XInput 2.1: use a newer X server, or `backend: evdev`",
            job->display);
    } else {
        select_raw(connection, root_of(connection, screen));
        if (read_mapping(job)) { /* after the selection, so that no change of it is missed */
            job->connection = connection;
            return;
        }
        snprintf(
            job->text, sizeof(job->text),
            "input: display \"%s\" does not tell its keyboard mapping: look whether the X server "
            "has run out of clients",
            job->display);
    }
    xcb_disconnect(connection);
}

static void job_run(void *user) {
    x11_job *job = &((x11 *)user)->job;
    if (job->kind == JOB_CONNECT) {
        connect_display(job);
    } else {
        read_mapping(job);
    }
}

/* In turns */

static void job_done(void *user, int32_t status);

static int32_t submit(x11 *x, enum job_kind kind) {
    x->job.kind = kind;
    x->job.connection = NULL;
    x->job.has_classes = 0;
    x->job.text[0] = '\0';
    int32_t status = x->flow.work->submit(x->flow.host, job_run, job_done, x);
    x->has_job = status == KINMU_OK;
    return status;
}

static void disconnect(x11 *x) {
    x->flow.timer->cancel(x->flow.host, x->pause_timer);
    x->pause_timer = 0;
    x->flow.poll->remove(x->flow.host, x->poll_id);
    x->poll_id = 0;
    x->is_paused = 0;
    if (x->connection != NULL) {
        xcb_disconnect(x->connection);
        x->connection = NULL;
    }
    x11_wire_reset(&x->wire);
}

static void lose(x11 *x, const char *text) {
    x->is_open = 0;
    disconnect(x);
    x->flow.lost(x->flow.user, "display-lost", "the X display could not be observed", text);
}

enum drained { DRAINED_ALL, DRAINED_PART, DRAINED_CLOSED, DRAINED_BROKEN };

/* Reads and counts what has arrived, and leaves no byte of it behind. */
static enum drained drain(x11 *x, x11_wire_news *news) {
    enum drained result = DRAINED_PART;
    for (uint32_t i = 0; i < READS_MAX && result == DRAINED_PART && !news->mapping_changed; i++) {
        ssize_t size = recv(x->descriptor, x->buffer, sizeof(x->buffer), MSG_DONTWAIT);
        if (size > 0) {
            if (x11_wire_feed(&x->wire, x->buffer, (size_t)size, news) != 0) {
                result = DRAINED_BROKEN;
            }
            backend_wipe(x->buffer, (size_t)size);
        } else if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            result = DRAINED_ALL;
        } else if (size == 0 || errno != EINTR) {
            result = DRAINED_CLOSED;
        }
    }
    if (news->events > 0) {
        x->flow.counts(x->flow.user, &news->counts);
    }
    return result;
}

static void on_pause_over(void *user);

static void pause_poll(x11 *x, int is_paused) {
    if (x->is_paused != is_paused) {
        x->is_paused = is_paused;
        x->flow.poll->modify(x->flow.host, x->poll_id, is_paused ? 0 : KINMU_POLL_READ);
    }
}

/* Waits for the descriptor, or for a moment while motion is pouring in and no more of it is there.
 */
static void wait_on(x11 *x, const x11_wire_news *news, int is_all) {
    kinmu_clock now;
    x->flow.timer->now(x->flow.host, &now);
    int is_moving = news->counts.of[INPUT_MOUSE_MOVE] > 0;
    int is_flood = is_all && is_moving && now.mono_ns - x->moved_mono_ns < FLOOD_NS;
    if (is_moving) {
        x->moved_mono_ns = now.mono_ns;
    }
    pause_poll(x, is_flood && x->flow.timer->start(x->flow.host, PAUSE_MS, 0, on_pause_over, x,
                                                   &x->pause_timer) == KINMU_OK);
}

static void read_on(x11 *x) {
    x11_wire_news news = {0};
    enum drained drained = drain(x, &news);
    switch (drained) {
    case DRAINED_CLOSED:
        lose(x, "input: the X server closed the connection: it is tried again until it answers");
        return;
    case DRAINED_BROKEN:
        lose(x,
             "input: the X server refused the events or sent what is no event: it is tried again; "
             "if this stays, use `backend: evdev`");
        return;
    case DRAINED_ALL:
    case DRAINED_PART:
        break;
    }
    /* Until the new mapping is known, what is typed waits in the socket. */
    if (news.mapping_changed && !x->has_job && submit(x, JOB_MAPPING) == KINMU_OK) {
        pause_poll(x, 1);
        return;
    }
    wait_on(x, &news, drained == DRAINED_ALL);
}

static void on_readable(void *user, uint32_t ready) {
    (void)ready; /* an error shows itself in recv */
    read_on(user);
}

static void on_pause_over(void *user) {
    x11 *x = user;
    x->pause_timer = 0;
    read_on(x);
}

static void take_connection(x11 *x) {
    x->connection = x->job.connection;
    x->descriptor = xcb_get_file_descriptor(x->connection);
    x->wire.extension = x->job.extension;
    x11_wire_reset(&x->wire);
    if (x->flow.poll->add(x->flow.host, x->descriptor, KINMU_POLL_READ, on_readable, x,
                          &x->poll_id) != KINMU_OK) {
        x->poll_id = 0;
        lose(x, "input: the host watches too many descriptors: run fewer plugins in one process");
        return;
    }
    char text[BACKEND_TEXT_BYTES_MAX];
    snprintf(text, sizeof(text), "input: observing X display \"%s\"", x->display);
    x->flow.ready(x->flow.user, text);
}

static void job_done(void *user, int32_t status) {
    x11 *x = user;
    x->has_job = 0;
    if (!x->is_open) {
        if (x->job.connection != NULL) {
            xcb_disconnect(x->job.connection);
            x->job.connection = NULL;
        }
        return;
    }
    if (x->job.has_classes) {
        memcpy(x->wire.class_of, x->job.class_of, sizeof(x->wire.class_of));
    }
    if (x->job.kind == JOB_MAPPING) {
        read_on(x); /* with the old classes where the mapping could not be read */
    } else if (status == KINMU_OK && x->job.connection != NULL) {
        take_connection(x);
    } else {
        lose(x, x->job.text[0] != '\0' ? x->job.text
                                       : "input: the host stopped the attempt to open the display");
    }
}

static int32_t x11_open(void *backend) {
    x11 *x = backend;
    if (x->has_job || x->is_open) {
        return KINMU_E_BUSY;
    }
    int32_t status = submit(x, JOB_CONNECT);
    x->is_open = status == KINMU_OK;
    return status;
}

static void x11_close(void *backend) {
    x11 *x = backend;
    if (x->connection != NULL) {
        x11_wire_news news = {0};
        drain(x, &news);
    }
    x->is_open = 0;
    disconnect(x);
}

static void *x11_create(const backend_flow *flow) {
    x11 *x = calloc(1, sizeof(*x));
    if (x != NULL) {
        x->flow = *flow;
        x->flow.display = NULL;
        snprintf(x->display, sizeof(x->display), "%s", flow->display);
        x->job.display = x->display;
    }
    return x;
}

static void x11_destroy(void *backend) {
    free(backend);
}

const backend_type backend_x11 = {"x11", x11_create, x11_open, x11_close, x11_destroy};
