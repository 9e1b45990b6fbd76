/* wayland.c - the foreground window of a Wayland compositor that offers wlr-foreign-toplevel.
 *
 * Wayland shows a client nothing of the others; compositors of the wlroots family and some more
 * offer this protocol to task bars. It tells title, app_id and which window is activated, no
 * process id: the app_id stands for the process name and the rights stay unknown. Where it is not
 * offered the connection stays open, for a compositor may announce it later; that costs nothing.
 */
#include "linux.h"
#include "wlr-foreign-toplevel-management-unstable-v1.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wayland-client.h>

#define TOPLEVELS_MAX 1024u /* windows beyond are not followed */
#define MANAGER_VERSION 1u  /* all that is read here is in version 1 */

typedef struct wayland wayland;

typedef struct toplevel {
    struct wl_list link;
    wayland *owner;
    struct zwlr_foreign_toplevel_handle_v1 *handle;
    int32_t activated; /* as announced, in force from the next done */
    window_facts facts;
} toplevel;

struct wayland {
    struct wl_display *display;
    struct wl_registry *registry;
    struct zwlr_foreign_toplevel_manager_v1 *manager;
    uint32_t manager_name; /* the registry's number of it */
    struct wl_list toplevels;
    uint32_t toplevel_count;
    uint64_t last_id;
    toplevel *active;
    int32_t changed; /* active, its facts, or whether there is a manager */
};

static void forget_toplevel(toplevel *top) {
    wayland *self = top->owner;
    if (self->active == top) {
        self->active = NULL;
        self->changed = 1;
    }
    wl_list_remove(&top->link);
    self->toplevel_count--;
    zwlr_foreign_toplevel_handle_v1_destroy(top->handle);
    free(top);
}

static void on_title(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
                     const char *title) {
    (void)handle;
    window_facts *facts = &((toplevel *)data)->facts;
    facts->title_state = WINDOW_TITLE_READ;
    window_text_utf8(facts->title, sizeof facts->title, title, strlen(title));
}

static void on_app_id(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
                      const char *app_id) {
    (void)handle;
    window_facts *facts = &((toplevel *)data)->facts;
    window_text_utf8(facts->process, sizeof facts->process, app_id, strlen(app_id));
}

static void on_output(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
                      struct wl_output *output) {
    (void)data;
    (void)handle;
    (void)output;
}

static void on_state(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
                     struct wl_array *states) {
    (void)handle;
    toplevel *top = data;
    const uint32_t *state = states->data;
    top->activated = 0;
    for (size_t index = 0; index < states->size / sizeof *state; index++) {
        top->activated |= state[index] == ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_ACTIVATED;
    }
}

static void on_done(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle) {
    (void)handle;
    toplevel *top = data;
    wayland *self = top->owner;
    if (top->activated) {
        self->active = top;
        self->changed = 1;
    } else if (self->active == top) {
        self->active = NULL;
        self->changed = 1;
    }
}

static void on_closed(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle) {
    (void)handle;
    forget_toplevel(data);
}

static void on_parent(void *data, struct zwlr_foreign_toplevel_handle_v1 *handle,
                      struct zwlr_foreign_toplevel_handle_v1 *parent) {
    (void)data;
    (void)handle;
    (void)parent;
}

static const struct zwlr_foreign_toplevel_handle_v1_listener toplevel_listener = {
    on_title, on_app_id, on_output, on_output, on_state, on_done, on_closed, on_parent,
};

static void on_toplevel(void *data, struct zwlr_foreign_toplevel_manager_v1 *manager,
                        struct zwlr_foreign_toplevel_handle_v1 *handle) {
    (void)manager;
    wayland *self = data;
    toplevel *top = self->toplevel_count < TOPLEVELS_MAX ? calloc(1, sizeof *top) : NULL;
    if (top == NULL) {
        zwlr_foreign_toplevel_handle_v1_destroy(handle);
        return;
    }
    top->owner = self;
    top->handle = handle;
    top->facts.id = ++self->last_id;
    top->facts.elevated = WINDOW_UNKNOWN;
    wl_list_insert(&self->toplevels, &top->link);
    self->toplevel_count++;
    zwlr_foreign_toplevel_handle_v1_add_listener(handle, &toplevel_listener, top);
}

static void forget_manager(wayland *self) {
    toplevel *top;
    toplevel *following;
    wl_list_for_each_safe(top, following, &self->toplevels, link) {
        forget_toplevel(top);
    }
    if (self->manager != NULL) {
        zwlr_foreign_toplevel_manager_v1_destroy(self->manager);
        self->manager = NULL;
        self->changed = 1;
    }
}

static void on_finished(void *data, struct zwlr_foreign_toplevel_manager_v1 *manager) {
    (void)manager;
    forget_manager(data);
}

static const struct zwlr_foreign_toplevel_manager_v1_listener manager_listener = {on_toplevel,
                                                                                  on_finished};

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
                      const char *interface, uint32_t version) {
    (void)version;
    wayland *self = data;
    if (self->manager != NULL ||
        strcmp(interface, zwlr_foreign_toplevel_manager_v1_interface.name) != 0) {
        return;
    }
    self->manager = wl_registry_bind(registry, name, &zwlr_foreign_toplevel_manager_v1_interface,
                                     MANAGER_VERSION);
    self->manager_name = name;
    self->changed = 1;
    zwlr_foreign_toplevel_manager_v1_add_listener(self->manager, &manager_listener, self);
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name) {
    (void)registry;
    wayland *self = data;
    if (self->manager != NULL && name == self->manager_name) {
        forget_manager(self);
    }
}

static const struct wl_registry_listener registry_listener = {on_global, on_global_remove};

static void keep_quiet(const char *format, va_list arguments) {
    (void)format;
    (void)arguments;
}

static void wayland_close(void *pointer) {
    wayland *self = pointer;
    if (self == NULL) {
        return;
    }
    forget_manager(self);
    wl_registry_destroy(self->registry);
    wl_display_disconnect(self->display);
    free(self);
}

static int32_t wayland_open(const char *name, void **out, kinmu_err *err) {
    snprintf(err->key, sizeof err->key, "window.no-display");
    snprintf(err->msg, sizeof err->msg,
             "window: cannot open the Wayland display '%s'; check that the compositor runs and "
             "that XDG_RUNTIME_DIR is that of this account; it is tried again",
             name);
    wl_log_set_handler_client(keep_quiet); /* errors go to people through the health text */
    wayland *self = calloc(1, sizeof *self);
    struct wl_display *display = self != NULL ? wl_display_connect(name) : NULL;
    if (display == NULL) {
        free(self);
        return KINMU_E_RETRY;
    }
    self->display = display;
    self->changed = 1;
    wl_list_init(&self->toplevels);
    self->registry = wl_display_get_registry(display);
    wl_registry_add_listener(self->registry, &registry_listener, self);
    /* The first round brings the globals, the second the windows that are already there. */
    if (wl_display_roundtrip(display) < 0 || wl_display_roundtrip(display) < 0) {
        wayland_close(self);
        return KINMU_E_RETRY;
    }
    *out = self;
    return KINMU_OK;
}

static intptr_t wayland_handle(void *self) {
    return wl_display_get_fd(((wayland *)self)->display);
}

static int32_t wayland_next(void *pointer, window_facts *facts, kinmu_err *err) {
    wayland *self = pointer;
    int dispatched = wl_display_dispatch_pending(self->display);
    if (dispatched >= 0 && wl_display_prepare_read(self->display) == 0) {
        dispatched = wl_display_read_events(self->display) < 0 && errno != EAGAIN ? -1 : 0;
    }
    if (dispatched < 0 || wl_display_dispatch_pending(self->display) < 0 ||
        (wl_display_flush(self->display) < 0 && errno != EAGAIN)) {
        snprintf(err->key, sizeof err->key, "window.display-lost");
        snprintf(err->msg, sizeof err->msg,
                 "window: the Wayland compositor went away; nothing to do, it is tried again");
        return KINMU_E_RETRY;
    }
    if (!self->changed) {
        return 0;
    }
    self->changed = 0;
    if (self->manager == NULL) {
        snprintf(err->key, sizeof err->key, "window.not-offered");
        snprintf(err->msg, sizeof err->msg,
                 "window: this Wayland compositor does not tell which window is active "
                 "(wlr-foreign-toplevel-management); use one that does, such as sway, Wayfire or "
                 "labwc, or an X11 session");
        return KINMU_E_NOTFOUND;
    }
    if (self->active != NULL) {
        *facts = self->active->facts;
    } else {
        memset(facts, 0, sizeof *facts);
        facts->elevated = WINDOW_UNKNOWN;
    }
    return 1;
}

const window_backend window_wayland = {"Wayland display", wayland_open, wayland_handle,
                                       wayland_next, wayland_close};
