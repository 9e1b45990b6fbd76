/* window_mock_compositor.c - a Wayland compositor without screen that offers
 * wlr-foreign-toplevel-management only when told to, for what no real compositor does on demand.
 *
 * Usage: window_mock_compositor SOCKET; reads lines: "offer", "withdraw", "open TITLE" (a new
 * window, activated). Ends with its input.
 */
#include "wlr-foreign-toplevel-management-unstable-v1-server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wayland-server.h>

#define LINES_BYTES_MAX 1024

static struct {
    struct wl_display *display;
    struct wl_global *global;
    struct wl_resource *manager; /* of the last client that bound it */
    char title[LINES_BYTES_MAX];
} mock;

static void on_stop(struct wl_client *client, struct wl_resource *resource) {
    (void)client;
    zwlr_foreign_toplevel_manager_v1_send_finished(resource);
}

static const struct zwlr_foreign_toplevel_manager_v1_interface manager_requests = {on_stop};

static void on_destroyed(struct wl_resource *resource) {
    mock.manager = mock.manager == resource ? NULL : mock.manager;
}

static void destroy_handle(struct wl_client *client, struct wl_resource *resource) {
    (void)client;
    wl_resource_destroy(resource);
}

static const struct zwlr_foreign_toplevel_handle_v1_interface handle_requests = {
    .destroy = destroy_handle,
};

static void show_window(void) {
    struct wl_resource *handle = wl_resource_create(
        wl_resource_get_client(mock.manager), &zwlr_foreign_toplevel_handle_v1_interface, 1, 0);
    wl_resource_set_implementation(handle, &handle_requests, NULL, NULL);
    zwlr_foreign_toplevel_manager_v1_send_toplevel(mock.manager, handle);
    zwlr_foreign_toplevel_handle_v1_send_app_id(handle, "mock");
    zwlr_foreign_toplevel_handle_v1_send_title(handle, mock.title);
    uint32_t activated = ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_ACTIVATED;
    struct wl_array states = {sizeof activated, sizeof activated, &activated};
    zwlr_foreign_toplevel_handle_v1_send_state(handle, &states);
    zwlr_foreign_toplevel_handle_v1_send_done(handle);
}

static void on_bind(struct wl_client *client, void *data, uint32_t version, uint32_t id) {
    (void)data;
    mock.manager =
        wl_resource_create(client, &zwlr_foreign_toplevel_manager_v1_interface, (int)version, id);
    wl_resource_set_implementation(mock.manager, &manager_requests, NULL, on_destroyed);
    if (mock.title[0] != '\0') {
        show_window();
    }
}

static void obey(const char *line) {
    if (strcmp(line, "offer") == 0) {
        mock.global = wl_global_create(mock.display, &zwlr_foreign_toplevel_manager_v1_interface, 3,
                                       NULL, on_bind);
    } else if (strcmp(line, "withdraw") == 0) {
        wl_global_destroy(mock.global);
    } else if (strncmp(line, "open ", 5) == 0) {
        snprintf(mock.title, sizeof mock.title, "%s", line + 5);
        if (mock.manager != NULL) {
            show_window();
        }
    }
}

static int on_input(int descriptor, uint32_t mask, void *data) {
    (void)mask;
    (void)data;
    char lines[LINES_BYTES_MAX];
    ssize_t size = read(descriptor, lines, sizeof lines - 1);
    lines[size > 0 ? size : 0] = '\0';
    if (size <= 0) {
        wl_display_terminate(mock.display);
    }
    char *rest = lines;
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        obey(line);
    }
    return 0;
}

int main(int count, char **arguments) {
    mock.display = wl_display_create();
    if (count != 2 || mock.display == NULL ||
        wl_display_add_socket(mock.display, arguments[1]) != 0) {
        fprintf(stderr, "usage: window_mock_compositor SOCKET (in XDG_RUNTIME_DIR)\n");
        return 1;
    }
    struct wl_event_source *input = wl_event_loop_add_fd(
        wl_display_get_event_loop(mock.display), STDIN_FILENO, WL_EVENT_READABLE, on_input, NULL);
    wl_display_run(mock.display);
    wl_event_source_remove(input);
    wl_display_destroy_clients(mock.display);
    wl_display_destroy(mock.display);
    return 0;
}
