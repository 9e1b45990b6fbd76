/* evdev.c - input of the devices below /dev/input, for sessions without an X display.
 *
 * Needs read access (group input). Each device is read into one buffer, counted (evdev_wire) and
 * wiped. Hot-plug by inotify: a node that appears or becomes readable is opened; a device that goes
 * is closed, and only the last one's going ends observation. Sees every seat's input: on a machine
 * with several people at several seats it counts them all.
 */
#include "backend.h"
#include "evdev_wire.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE_FOLDER "/dev/input"
#define DEVICES_MAX 48u /* below the host's KINMU_POLLS_MAX */
#define NODES_MAX 1024u /* entries of the folder looked at */
#define NODE_BYTES_MAX 32u
#define READ_BYTES 3072u      /* 128 events */
#define READS_MAX 64u         /* a turn and device */
#define PAUSE_MS 100u         /* between reads while the pointer moves */
#define FLOOD_NS 200000000ull /* moves closer together are a flood */

typedef struct device {
    struct evdev *owner;
    int descriptor; /* -1: free slot */
    uint64_t poll_id;
    uint64_t pause_timer;
    int is_paused;
    uint64_t moved_mono_ns;
    char node[NODE_BYTES_MAX];
    evdev_wire wire;
} device;

typedef struct evdev {
    backend_flow flow;
    int is_open;
    int watch; /* inotify, or -1 */
    uint64_t watch_poll_id;
    device devices[DEVICES_MAX];
    uint8_t buffer[READ_BYTES]; /* zero outside drain() */
} evdev;

static void watch_device(device *d, int is_watched) {
    if (d->is_paused == is_watched) {
        d->is_paused = !is_watched;
        d->owner->flow.poll->modify(d->owner->flow.host, d->poll_id,
                                    is_watched ? KINMU_POLL_READ : 0);
    }
}

static void close_device(device *d) {
    const backend_flow *flow = &d->owner->flow;
    if (d->descriptor < 0) {
        return;
    }
    flow->timer->cancel(flow->host, d->pause_timer);
    flow->poll->remove(flow->host, d->poll_id);
    close(d->descriptor);
    memset(&d->wire, 0, sizeof(d->wire));
    d->descriptor = -1;
    d->pause_timer = 0;
    d->poll_id = 0;
    d->is_paused = 0;
}

static uint32_t count_devices(const evdev *e) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < DEVICES_MAX; i++) {
        count += e->devices[i].descriptor >= 0;
    }
    return count;
}

static void close_all(evdev *e) {
    e->is_open = 0;
    for (uint32_t i = 0; i < DEVICES_MAX; i++) {
        close_device(&e->devices[i]);
    }
    e->flow.poll->remove(e->flow.host, e->watch_poll_id);
    e->watch_poll_id = 0;
    if (e->watch >= 0) {
        close(e->watch);
        e->watch = -1;
    }
}

/* 0 = the device is gone. */
static int drain(device *d, evdev_wire_news *news) {
    evdev *e = d->owner;
    int is_there = 1;
    for (uint32_t i = 0; i < READS_MAX && is_there; i++) {
        ssize_t size = read(d->descriptor, e->buffer, sizeof(e->buffer));
        if (size > 0) {
            evdev_wire_feed(&d->wire, e->buffer, (size_t)size, news);
            backend_wipe(e->buffer, (size_t)size);
        } else if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            break;
        } else if (size == 0 || errno != EINTR) {
            is_there = 0;
        }
    }
    if (news->events > 0) {
        e->flow.counts(e->flow.user, &news->counts);
    }
    if (news->overruns > 0) {
        e->flow.overrun(e->flow.user, "the kernel dropped input before it could be read");
    }
    return is_there;
}

static void on_pause_over(void *user);

/* A mouse reports up to a thousand moves a second: while it does, look ten times a second. */
static void wait_on(device *d, int has_moved) {
    const backend_flow *flow = &d->owner->flow;
    kinmu_clock now;
    flow->timer->now(flow->host, &now);
    int is_flood = has_moved && now.mono_ns - d->moved_mono_ns < FLOOD_NS;
    if (has_moved) {
        d->moved_mono_ns = now.mono_ns;
    }
    watch_device(d, !(is_flood && flow->timer->start(flow->host, PAUSE_MS, 0, on_pause_over, d,
                                                     &d->pause_timer) == KINMU_OK));
}

static void read_on(device *d) {
    evdev *e = d->owner;
    evdev_wire_news news = {0};
    if (drain(d, &news)) {
        wait_on(d, news.counts.of[INPUT_MOUSE_MOVE] > 0);
        return;
    }
    close_device(d);
    if (count_devices(e) == 0) {
        close_all(e);
        e->flow.lost(e->flow.user, "device-lost", "the last keyboard or mouse was taken away",
                     "input: the last keyboard or mouse was taken away: connect one");
    }
}

static void on_readable(void *user, uint32_t ready) {
    (void)ready; /* an error shows itself in read */
    read_on(user);
}

static void on_pause_over(void *user) {
    device *d = user;
    d->pause_timer = 0;
    read_on(d);
}

/* Whether a device is a keyboard or pointer: it has keys or moves. */
static int is_wanted(int descriptor) {
    uint8_t types[EV_CNT / 8 + 1] = {0};
    if (ioctl(descriptor, EVIOCGBIT(0, sizeof(types)), types) < 0) {
        return 0;
    }
    return (types[0] & ((1u << EV_KEY) | (1u << EV_REL))) != 0;
}

static device *free_slot(evdev *e, const char *node) {
    device *found = NULL;
    for (uint32_t i = 0; i < DEVICES_MAX; i++) {
        device *d = &e->devices[i];
        if (d->descriptor >= 0 && strcmp(d->node, node) == 0) {
            return NULL;
        }
        if (d->descriptor < 0 && found == NULL) {
            found = d;
        }
    }
    return found;
}

/* Returns -1 when the node may not be read. */
static int open_device(evdev *e, int folder, const char *node) {
    device *d = strlen(node) < NODE_BYTES_MAX ? free_slot(e, node) : NULL;
    if (d == NULL) {
        return 0;
    }
    int descriptor = openat(folder, node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        return errno == EACCES || errno == EPERM ? -1 : 0;
    }
    if (!is_wanted(descriptor) || e->flow.poll->add(e->flow.host, descriptor, KINMU_POLL_READ,
                                                    on_readable, d, &d->poll_id) != KINMU_OK) {
        close(descriptor);
        return 0;
    }
    d->descriptor = descriptor;
    snprintf(d->node, sizeof(d->node), "%s", node);
    return 0;
}

/* Opens what is new in the folder; returns how many nodes may not be read. */
static uint32_t scan(evdev *e) {
    uint32_t denied = 0;
    DIR *folder = opendir(DEVICE_FOLDER);
    if (folder == NULL) {
        return 0;
    }
    const struct dirent *entry = readdir(folder);
    for (uint32_t i = 0; entry != NULL && i < NODES_MAX; i++, entry = readdir(folder)) {
        if (strncmp(entry->d_name, "event", 5) == 0) {
            denied += open_device(e, dirfd(folder), entry->d_name) < 0;
        }
    }
    closedir(folder);
    return denied;
}

static void on_folder_change(void *user, uint32_t ready) {
    (void)ready;
    evdev *e = user;
    uint8_t notes[4096];
    for (uint32_t i = 0; i < READS_MAX && read(e->watch, notes, sizeof(notes)) > 0; i++) {
        /* what changed does not matter: the folder is looked at anew */
    }
    scan(e);
}

static void watch_folder(evdev *e) {
    e->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (e->watch >= 0 && (inotify_add_watch(e->watch, DEVICE_FOLDER, IN_CREATE | IN_ATTRIB) < 0 ||
                          e->flow.poll->add(e->flow.host, e->watch, KINMU_POLL_READ,
                                            on_folder_change, e, &e->watch_poll_id) != KINMU_OK)) {
        close(e->watch); /* new devices are seen when this backend is opened anew */
        e->watch = -1;
    }
}

static const char *why_none(uint32_t denied) {
    const char *wayland = getenv("WAYLAND_DISPLAY");
    if (wayland != NULL && wayland[0] != '\0') {
        return "input: unavailable: Wayland tells no program another one's input, and /dev/input "
               "cannot "
               "be read: add this account to group `input` and log in again, or log in with X11";
    }
    if (denied > 0) {
        return "input: unavailable: /dev/input cannot be read: add this account to group `input` "
               "and "
               "log in again, or set `display` to use X11";
    }
    return "input: unavailable: there is no X display and no keyboard or mouse in /dev/input: "
           "connect "
           "one, or set `display` to use X11";
}

static int32_t evdev_open(void *backend) {
    evdev *e = backend;
    if (e->is_open) {
        return KINMU_E_BUSY;
    }
    e->is_open = 1;
    watch_folder(e); /* before the scan, so that nothing slips between them */
    uint32_t denied = scan(e);
    uint32_t count = count_devices(e);
    if (count == 0) {
        close_all(e);
        e->flow.lost(e->flow.user, "device-lost", "no keyboard or mouse could be read",
                     why_none(denied));
        return KINMU_OK;
    }
    char text[BACKEND_TEXT_BYTES_MAX];
    snprintf(text, sizeof(text), "input: observing %u devices in %s", count, DEVICE_FOLDER);
    e->flow.ready(e->flow.user, text);
    return KINMU_OK;
}

static void evdev_close(void *backend) {
    evdev *e = backend;
    for (uint32_t i = 0; i < DEVICES_MAX; i++) {
        if (e->devices[i].descriptor >= 0) {
            evdev_wire_news news = {0};
            drain(&e->devices[i], &news);
        }
    }
    close_all(e);
}

static void *evdev_create(const backend_flow *flow) {
    evdev *e = calloc(1, sizeof(*e));
    if (e == NULL) {
        return NULL;
    }
    e->flow = *flow;
    e->watch = -1;
    for (uint32_t i = 0; i < DEVICES_MAX; i++) {
        e->devices[i].owner = e;
        e->devices[i].descriptor = -1;
    }
    return e;
}

static void evdev_destroy(void *backend) {
    free(backend);
}

const backend_type backend_evdev = {"evdev", evdev_create, evdev_open, evdev_close, evdev_destroy};
