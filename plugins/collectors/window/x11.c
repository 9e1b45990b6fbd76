/* x11.c - the foreground window of an X display, by EWMH and events alone.
 *
 * The window manager keeps _NET_ACTIVE_WINDOW on the root window; the title is _NET_WM_NAME or
 * WM_NAME of that window; the process is what the X server knows of the client (XRes), because
 * _NET_WM_PID is only the client's own claim. Replies are collected as they come, never waited
 * for, in steps: root -> (new window manager: is it alive?) -> window, or -> title.
 * Errors are ordinary here: any window may vanish between an event and the question about it.
 */
#include "linux.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/res.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>

#define TITLE_READ_LONGS                                                                           \
    1024u /* 4096 bytes: more than a title of the longest allowed size needs                       \
           */
#define CLASS_READ_LONGS 64u
#define HOST_BYTES_MAX 255
#define EVENTS_PER_CALL_MAX 4096 /* a client may change a property as fast as it likes */
#define RES_PID_MINOR 2u         /* XRes 1.2 answers client ids */

enum atom { ATOM_ACTIVE, ATOM_MANAGER, ATOM_NET_NAME, ATOM_PID, ATOM_UTF8, ATOM_COMPOUND, ATOMS };
static const char *const atom_names[ATOMS] = {
    "_NET_ACTIVE_WINDOW", "_NET_SUPPORTING_WM_CHECK", "_NET_WM_NAME", "_NET_WM_PID", "UTF8_STRING",
    "COMPOUND_TEXT",
};

/* One question to the server; each is open at most once, and those of a step are asked, so also
 * answered, in this order. */
enum query {
    Q_MANAGER,
    Q_ACTIVE,
    Q_NET_NAME,
    Q_NAME,
    Q_PID,
    Q_MACHINE,
    Q_CLASS,
    Q_ATTRIBUTES,
    Q_CLIENT,
    QUERIES
};

enum step { STEP_NONE, STEP_ROOT, STEP_MANAGER, STEP_WINDOW, STEP_TITLE };

typedef struct x11 {
    xcb_connection_t *connection;
    xcb_window_t root;
    xcb_atom_t atoms[ATOMS];
    int32_t has_client_ids;
    char host[HOST_BYTES_MAX + 1];

    enum step step;
    uint32_t open[QUERIES]; /* sequence of the question; 0 = not open */
    void *replies[QUERIES]; /* NULL = error or not asked */
    int32_t root_changed;
    int32_t title_changed;

    xcb_window_t manager; /* the live window manager's own window, 0 = none */
    xcb_window_t active;  /* as last read from the root */
    xcb_window_t window;  /* the one that is watched */
    int32_t hidden;       /* it is not mapped: iconified, or about to go */
    window_facts facts;
} x11;

static int32_t fail(kinmu_err *err, int32_t status, const char *key, const char *text) {
    snprintf(err->key, sizeof err->key, "%s", key);
    snprintf(err->msg, sizeof err->msg, "%s", text);
    return status;
}

/* Asking */

static void ask_property(x11 *self, enum query query, xcb_window_t window, xcb_atom_t property,
                         uint32_t longs) {
    self->open[query] =
        xcb_get_property(self->connection, 0, window, property, XCB_GET_PROPERTY_TYPE_ANY, 0, longs)
            .sequence;
}

static void ask_root(x11 *self) {
    self->root_changed = 0;
    self->step = STEP_ROOT;
    ask_property(self, Q_MANAGER, self->root, self->atoms[ATOM_MANAGER], 1);
    ask_property(self, Q_ACTIVE, self->root, self->atoms[ATOM_ACTIVE], 1);
}

/* A window manager's property may outlive it; its own window does not. */
static void ask_manager(x11 *self) {
    const uint32_t mask = XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    xcb_change_window_attributes(self->connection, self->manager, XCB_CW_EVENT_MASK, &mask);
    self->step = STEP_MANAGER;
    ask_property(self, Q_MANAGER, self->manager, self->atoms[ATOM_MANAGER], 1);
}

static void ask_title(x11 *self) {
    self->title_changed = 0;
    self->step = STEP_TITLE;
    ask_property(self, Q_NET_NAME, self->window, self->atoms[ATOM_NET_NAME], TITLE_READ_LONGS);
    ask_property(self, Q_NAME, self->window, XCB_ATOM_WM_NAME, TITLE_READ_LONGS);
}

static void ask_window(x11 *self) {
    ask_title(self);
    self->step = STEP_WINDOW;
    ask_property(self, Q_PID, self->window, self->atoms[ATOM_PID], 1);
    ask_property(self, Q_MACHINE, self->window, XCB_ATOM_WM_CLIENT_MACHINE, CLASS_READ_LONGS);
    ask_property(self, Q_CLASS, self->window, XCB_ATOM_WM_CLASS, CLASS_READ_LONGS);
    self->open[Q_ATTRIBUTES] = xcb_get_window_attributes(self->connection, self->window).sequence;
    if (self->has_client_ids) {
        xcb_res_client_id_spec_t spec = {self->window, XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID};
        self->open[Q_CLIENT] = xcb_res_query_client_ids(self->connection, 1, &spec).sequence;
    }
}

/* Watches `window` instead of the one before. Its structure too: some window managers leave a
 * closed or iconified window in _NET_ACTIVE_WINDOW when no other takes its place. */
static void watch_window(x11 *self, xcb_window_t window) {
    const uint32_t nothing = 0;
    const uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE | XCB_EVENT_MASK_STRUCTURE_NOTIFY;
    if (self->window != 0) {
        xcb_change_window_attributes(self->connection, self->window, XCB_CW_EVENT_MASK, &nothing);
    }
    if (window != 0) {
        xcb_change_window_attributes(self->connection, window, XCB_CW_EVENT_MASK, &mask);
    }
    self->window = window;
}

/* Reading replies */

static xcb_window_t reply_window(const xcb_get_property_reply_t *reply) {
    if (reply == NULL || reply->format != 32 || xcb_get_property_value_length(reply) < 4) {
        return 0;
    }
    return *(const xcb_window_t *)xcb_get_property_value(reply);
}

static int32_t reply_text(const x11 *self, const xcb_get_property_reply_t *reply, char *out,
                          size_t out_size) {
    if (reply == NULL || reply->type == XCB_ATOM_NONE) {
        return WINDOW_TITLE_NONE;
    }
    const char *text = xcb_get_property_value(reply);
    size_t size = (size_t)xcb_get_property_value_length(reply);
    if (reply->format != 8) {
        return WINDOW_TITLE_UNREADABLE;
    }
    if (reply->type == self->atoms[ATOM_UTF8]) {
        window_text_utf8(out, out_size, text, size);
    } else if (reply->type == XCB_ATOM_STRING) {
        window_text_latin1(out, out_size, text, size);
    } else if (reply->type != self->atoms[ATOM_COMPOUND] ||
               window_text_compound(out, out_size, text, size) != KINMU_OK) {
        return WINDOW_TITLE_UNREADABLE;
    }
    return WINDOW_TITLE_READ;
}

static void read_title(x11 *self) {
    window_facts *facts = &self->facts;
    facts->title[0] = '\0';
    facts->title_state =
        reply_text(self, self->replies[Q_NET_NAME], facts->title, sizeof facts->title);
    if (facts->title_state != WINDOW_TITLE_READ) {
        int32_t state = reply_text(self, self->replies[Q_NAME], facts->title, sizeof facts->title);
        facts->title_state = state != WINDOW_TITLE_NONE ? state : facts->title_state;
    }
}

static int64_t server_pid(const x11 *self) {
    const xcb_res_query_client_ids_reply_t *reply = self->replies[Q_CLIENT];
    if (reply == NULL) {
        return 0;
    }
    xcb_res_client_id_value_iterator_t ids = xcb_res_query_client_ids_ids_iterator(reply);
    for (; ids.rem > 0; xcb_res_client_id_value_next(&ids)) {
        if (ids.data->spec.mask == XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID &&
            ids.data->length >= sizeof(uint32_t)) {
            return *xcb_res_client_id_value_value(ids.data);
        }
    }
    return 0;
}

/* The pid a client claims; believed only without XRes and for a client of this very computer. */
static int64_t claimed_pid(const x11 *self) {
    const xcb_get_property_reply_t *machine = self->replies[Q_MACHINE];
    size_t host_size = strlen(self->host);
    if (self->has_client_ids || machine == NULL || machine->format != 8 ||
        (size_t)xcb_get_property_value_length(machine) != host_size ||
        memcmp(xcb_get_property_value(machine), self->host, host_size) != 0) {
        return 0;
    }
    return reply_window(self->replies[Q_PID]);
}

static void read_window(x11 *self) {
    window_facts *facts = &self->facts;
    int64_t pid = server_pid(self);
    pid = pid != 0 ? pid : claimed_pid(self);
    /* X gives a closed client's window numbers to the next one: the pid tells them apart. */
    facts->id = (uint64_t)pid << 32 | self->window;
    window_process_facts(pid, facts);
    if (facts->process[0] == '\0') { /* a client on another computer: its own name for itself */
        (void)reply_text(self, self->replies[Q_CLASS], facts->process, sizeof facts->process);
    }
    read_title(self);
}

/* Steps: each returns 1 when self->facts are new, 0, or KINMU_E_NOTFOUND. */

static int32_t tell_none(x11 *self) {
    memset(&self->facts, 0, sizeof self->facts);
    self->facts.elevated = WINDOW_UNKNOWN;
    return 1;
}

static int32_t lose_manager(x11 *self, kinmu_err *err) {
    self->manager = 0;
    watch_window(self, 0);
    return fail(err, KINMU_E_NOTFOUND, "window.no-manager",
                "window: no window manager on this X display tells the active window "
                "(_NET_ACTIVE_WINDOW); start one that supports EWMH, nothing else is needed");
}

static int32_t take_active(x11 *self) {
    if (self->active == 0) {
        watch_window(self, 0);
        return tell_none(self);
    }
    if (self->active != self->window) {
        watch_window(self, self->active);
        ask_window(self);
        return 0;
    }
    if (self->hidden) {
        return tell_none(self);
    }
    if (self->facts.id == 0) { /* it was hidden and is back */
        ask_window(self);
    }
    return 0;
}

/* A window that is gone may have a successor that is known already; wait for that one then. */
static int32_t take_window(x11 *self) {
    const xcb_get_window_attributes_reply_t *attributes = self->replies[Q_ATTRIBUTES];
    if (attributes == NULL || self->replies[Q_NAME] == NULL) {
        self->window = 0;
        return self->root_changed ? 0 : tell_none(self);
    }
    self->hidden = attributes->map_state == XCB_MAP_STATE_UNMAPPED;
    if (self->hidden) {
        return tell_none(self);
    }
    read_window(self);
    return 1;
}

static int32_t finish_step(x11 *self, kinmu_err *err) {
    enum step step = self->step;
    self->step = STEP_NONE;
    switch (step) {
    case STEP_ROOT: {
        xcb_window_t manager = reply_window(self->replies[Q_MANAGER]);
        self->active = reply_window(self->replies[Q_ACTIVE]);
        if (manager == 0) {
            return lose_manager(self, err);
        }
        if (manager != self->manager) {
            self->manager = manager;
            ask_manager(self);
            return 0;
        }
        return take_active(self);
    }
    case STEP_MANAGER:
        if (reply_window(self->replies[Q_MANAGER]) != self->manager) {
            return lose_manager(self, err);
        }
        return take_active(self);
    case STEP_WINDOW:
        return take_window(self);
    case STEP_TITLE:
        if (self->replies[Q_NAME] == NULL || self->facts.id == 0) {
            return 0;
        }
        read_title(self);
        return 1;
    case STEP_NONE:
        break;
    }
    return 0;
}

static void drop_replies(x11 *self) {
    for (int query = 0; query < QUERIES; query++) {
        free(self->replies[query]);
        self->replies[query] = NULL;
    }
}

/* Collects what is answered, by a reply or an error, and tells how many. Stops at the first that
 * is not: looking for a later one may read the socket, and then the earlier one would lie in memory
 * unseen, with nothing left that makes the descriptor readable. */
static uint32_t collect_replies(x11 *self) {
    uint32_t count = 0;
    for (int query = 0; query < QUERIES; query++) {
        if (self->open[query] == 0) {
            continue;
        }
        xcb_generic_error_t *error = NULL;
        if (!xcb_poll_for_reply(self->connection, self->open[query], &self->replies[query],
                                &error)) {
            break;
        }
        free(error);
        self->open[query] = 0;
        count++;
    }
    return count;
}

static int32_t is_answered(const x11 *self) {
    for (int query = 0; query < QUERIES; query++) {
        if (self->open[query] != 0) {
            return 0;
        }
    }
    return 1;
}

static void take_event(x11 *self, const xcb_generic_event_t *event) {
    uint8_t type = event->response_type & 0x7f;
    if (type == XCB_PROPERTY_NOTIFY) {
        const xcb_property_notify_event_t *property = (const void *)event;
        if (property->window == self->root) {
            self->root_changed |= property->atom == self->atoms[ATOM_ACTIVE] ||
                                  property->atom == self->atoms[ATOM_MANAGER];
        } else if (property->window == self->window) {
            self->title_changed |=
                property->atom == self->atoms[ATOM_NET_NAME] || property->atom == XCB_ATOM_WM_NAME;
        }
    } else if (type == XCB_DESTROY_NOTIFY) {
        const xcb_destroy_notify_event_t *destroyed = (const void *)event;
        self->manager = destroyed->window == self->manager ? 0 : self->manager;
        self->window = destroyed->window == self->window ? 0 : self->window;
        self->root_changed = 1; /* what it names may be stale now, and will be found so */
    } else if (type == XCB_UNMAP_NOTIFY || type == XCB_MAP_NOTIFY) {
        const xcb_map_notify_event_t *mapped = (const void *)event; /* both begin alike */
        if (mapped->window == self->window) {
            self->hidden = type == XCB_UNMAP_NOTIFY;
            self->root_changed = 1;
        }
    }
}

static uint32_t take_events(x11 *self) {
    uint32_t count = 0;
    xcb_generic_event_t *event;
    while (count < EVENTS_PER_CALL_MAX && (event = xcb_poll_for_event(self->connection)) != NULL) {
        take_event(self, event);
        free(event);
        count++;
    }
    return count;
}

/* Begins the next step if none is under way and something changed. */
static uint32_t begin_step(x11 *self) {
    if (self->step != STEP_NONE) {
        return 0;
    }
    if (self->root_changed) {
        ask_root(self);
        return 1;
    }
    if (self->title_changed && self->window != 0) {
        ask_title(self);
        return 1;
    }
    self->title_changed = 0;
    return 0;
}

/* Any call of xcb may read the socket, so this goes on until a whole round has found nothing: what
 * then comes makes the descriptor readable. */
static int32_t x11_next(void *pointer, window_facts *facts, kinmu_err *err) {
    x11 *self = pointer;
    uint32_t progress = 1;
    while (progress > 0) {
        progress = take_events(self);
        if (xcb_connection_has_error(self->connection)) {
            return fail(err, KINMU_E_RETRY, "window.display-lost",
                        "window: the X display went away; nothing to do, it is tried again");
        }
        if (progress == EVENTS_PER_CALL_MAX) {
            return KINMU_E_BUSY;
        }
        int32_t result = 0;
        progress += collect_replies(self);
        if (self->step != STEP_NONE && is_answered(self)) {
            result = finish_step(self, err);
            drop_replies(self);
        }
        progress += begin_step(self);
        xcb_flush(self->connection);
        if (result == 1) {
            *facts = self->facts;
        }
        if (result != 0) {
            return result;
        }
        xcb_generic_event_t *event = xcb_poll_for_queued_event(self->connection);
        if (event != NULL) {
            take_event(self, event);
            free(event);
            progress++;
        }
    }
    return 0;
}

/* Opening: blocks, so it runs in a job. */

static int32_t intern_atoms(x11 *self) {
    xcb_intern_atom_cookie_t cookies[ATOMS];
    for (int index = 0; index < ATOMS; index++) {
        cookies[index] = xcb_intern_atom(self->connection, 0, (uint16_t)strlen(atom_names[index]),
                                         atom_names[index]);
    }
    int32_t complete = 1;
    for (int index = 0; index < ATOMS; index++) {
        xcb_intern_atom_reply_t *reply =
            xcb_intern_atom_reply(self->connection, cookies[index], NULL);
        self->atoms[index] = reply != NULL ? reply->atom : XCB_ATOM_NONE;
        complete = complete && reply != NULL;
        free(reply);
    }
    return complete;
}

static void find_client_ids(x11 *self) {
    const xcb_query_extension_reply_t *extension =
        xcb_get_extension_data(self->connection, &xcb_res_id);
    if (extension == NULL || !extension->present) {
        return;
    }
    xcb_res_query_version_reply_t *version = xcb_res_query_version_reply(
        self->connection,
        xcb_res_query_version(self->connection, XCB_RES_MAJOR_VERSION, XCB_RES_MINOR_VERSION),
        NULL);
    self->has_client_ids = version != NULL && version->server_major == XCB_RES_MAJOR_VERSION &&
                           version->server_minor >= RES_PID_MINOR;
    free(version);
}

static void x11_close(void *pointer) {
    x11 *self = pointer;
    if (self == NULL) {
        return;
    }
    drop_replies(self);
    xcb_disconnect(self->connection);
    free(self);
}

static int32_t x11_open(const char *display, void **out, kinmu_err *err) {
    x11 *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return fail(err, KINMU_E_RETRY, "window.no-memory",
                    "window: out of memory; close programs");
    }
    int screen_index = 0;
    self->connection = xcb_connect(display, &screen_index);
    if (xcb_connection_has_error(self->connection) || !intern_atoms(self)) {
        x11_close(self);
        snprintf(err->key, sizeof err->key, "window.no-display");
        snprintf(err->msg, sizeof err->msg,
                 "window: cannot open the X display '%s'; check that it runs and that this "
                 "account may use it (XAUTHORITY); it is tried again",
                 display);
        return KINMU_E_RETRY;
    }
    xcb_screen_iterator_t screens = xcb_setup_roots_iterator(xcb_get_setup(self->connection));
    for (; screen_index > 0 && screens.rem > 1; screen_index--) {
        xcb_screen_next(&screens);
    }
    self->root = screens.data->root;
    find_client_ids(self);
    (void)gethostname(self->host, sizeof self->host - 1);
    const uint32_t mask = XCB_EVENT_MASK_PROPERTY_CHANGE;
    xcb_change_window_attributes(self->connection, self->root, XCB_CW_EVENT_MASK, &mask);
    self->root_changed = 1;
    *out = self;
    return KINMU_OK;
}

static intptr_t x11_handle(void *self) {
    return xcb_get_file_descriptor(((x11 *)self)->connection);
}

const window_backend window_x11 = {"X display", x11_open, x11_handle, x11_next, x11_close};
