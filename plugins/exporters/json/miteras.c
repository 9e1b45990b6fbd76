/* json/miteras.c - minutes and focus changes joined to M's lines. See miteras.h.
 *
 * A minute stands before the focus changes within it, so its line waits until an event of its end
 * or later, or of another subject, comes by.
 */
#include "miteras.h"

#include "moment.h"
#include "origin.h"

#include <kinmu/events/input.h>
#include <kinmu/events/window.h>

#include <stdlib.h>
#include <string.h>

#define MINUTE_NS INT64_C(60000000000)
#define ORIGIN_BYTES 16

/* What stood in the foreground; one block of memory, three texts after each other. */
typedef struct window {
    char *process; /* NULL = no window */
    const char *title;
    const char *url;
} window;

typedef struct share {
    window window;
    int64_t ns;
} share;

typedef struct device {
    uint8_t origin[ORIGIN_BYTES];
    char *computer; /* as an imported log named it; NULL = not imported */
    window window;
    int64_t since_ns;
    int32_t has_minute;
    int32_t utc_offset_s;
    int64_t minute_ns;
    int64_t keys;
    int64_t clicks;
    share *shares; /* of the minute, in order of appearance */
    size_t share_count;
    size_t share_capacity;
} device;

/* An imported line's marker: the events it speaks of. */
typedef struct marker {
    uint8_t origin[ORIGIN_BYTES];
    uint64_t first;
    uint64_t last;
    char *computer;
} marker;

struct miteras {
    char *computer;
    buffer *out;
    char *subject;
    device *devices;
    size_t device_count;
    marker marker;
};

static char *copy_text(const char *text, size_t size) {
    char *copy = malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

static kinmu_value text_at(const kinmu_event *event, uint32_t field) {
    if (field >= event->value_count || event->values[field].type != KINMU_TYPE_TEXT) {
        return kinmu_text("");
    }
    return event->values[field];
}

static int64_t number_at(const kinmu_event *event, uint32_t field) {
    return field < event->value_count && event->values[field].type == KINMU_TYPE_I64
               ? event->values[field].as.i64
               : 0;
}

static int32_t window_make(window *w, kinmu_value process, kinmu_value title, kinmu_value url) {
    size_t size = (size_t)process.size + title.size + url.size + 3;
    char *block = calloc(1, size);
    if (block == NULL) {
        return KINMU_E_NOMEM;
    }
    char *title_at = block + process.size + 1;
    char *url_at = title_at + title.size + 1;
    memcpy(block, process.as.text, process.size);
    memcpy(title_at, title.as.text, title.size);
    memcpy(url_at, url.as.text, url.size);
    *w = (window){block, title_at, url_at};
    return KINMU_OK;
}

static int32_t window_copy(window *to, const window *from) {
    return window_make(to, kinmu_text(from->process), kinmu_text(from->title),
                       kinmu_text(from->url));
}

static void window_drop(window *w) {
    free(w->process);
    *w = (window){NULL, NULL, NULL};
}

static int32_t window_equals(const window *a, const window *b) {
    return strcmp(a->process, b->process) == 0 && strcmp(a->title, b->title) == 0 &&
           strcmp(a->url, b->url) == 0;
}

static void drop_shares(device *d) {
    for (size_t i = 0; i < d->share_count; i++) {
        window_drop(&d->shares[i].window);
    }
    d->share_count = 0;
}

static int32_t add_share(device *d, int64_t ns) {
    for (size_t i = 0; i < d->share_count; i++) {
        if (window_equals(&d->shares[i].window, &d->window)) {
            d->shares[i].ns += ns;
            return KINMU_OK;
        }
    }
    if (d->share_count == MITERAS_WINDOWS_MAX) {
        return KINMU_OK;
    }
    if (d->share_count == d->share_capacity) {
        size_t capacity = d->share_capacity == 0 ? 8 : d->share_capacity * 2;
        share *bigger = realloc(d->shares, capacity * sizeof *bigger);
        if (bigger == NULL) {
            return KINMU_E_NOMEM;
        }
        d->shares = bigger;
        d->share_capacity = capacity;
    }
    share added = {.ns = ns};
    int32_t status = window_copy(&added.window, &d->window);
    if (status == KINMU_OK) {
        d->shares[d->share_count++] = added;
    }
    return status;
}

/* Credits the current window with its time up to `now_ns` inside the waiting minute. */
static int32_t credit(device *d, int64_t now_ns) {
    if (!d->has_minute || d->window.process == NULL) {
        return KINMU_OK;
    }
    int64_t end_ns = d->minute_ns + MINUTE_NS;
    int64_t from_ns = d->since_ns > d->minute_ns ? d->since_ns : d->minute_ns;
    int64_t to_ns = now_ns < end_ns ? now_ns : end_ns;
    return to_ns > from_ns ? add_share(d, to_ns - from_ns) : KINMU_OK;
}

static const window *longest(const device *d) {
    static const window none = {(char *)"", "", ""};
    const share *best = NULL;
    for (size_t i = 0; i < d->share_count; i++) {
        if (best == NULL || d->shares[i].ns > best->ns) {
            best = &d->shares[i];
        }
    }
    return best != NULL ? &best->window : &none;
}

static void put_pair(buffer *out, const char *key, const char *value) {
    buffer_text(out, key);
    buffer_json_text(out, value, strlen(value));
}

static void put_origin(char out[ORIGIN_BYTES * 2 + 1], const uint8_t *origin) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < ORIGIN_BYTES; i++) {
        out[i * 2] = digits[origin[i] >> 4];
        out[i * 2 + 1] = digits[origin[i] & 15];
    }
    out[(size_t)ORIGIN_BYTES * 2] = '\0';
}

/* The spacing is the sample's, so that an imported log comes out byte for byte. */
static void put_line(miteras *m, const device *d) {
    char when[MOMENT_SIZE];
    char origin[ORIGIN_BYTES * 2 + 1];
    const window *w = longest(d);
    moment_miteras(when, d->minute_ns, d->utc_offset_s);
    put_origin(origin, d->origin);
    const char *computer = d->computer != NULL   ? d->computer
                           : m->computer != NULL ? m->computer
                                                 : origin;
    put_pair(m->out, "{ \"TimeStamp\": ", when);
    put_pair(m->out, ", \"UserName\": ", m->subject);
    put_pair(m->out, ", \"ComputerName\": ", computer);
    put_pair(m->out, ", \"ProcessName\": ", w->process);
    buffer_text(m->out, ", \"KeyCount\": ");
    buffer_number(m->out, d->keys);
    buffer_text(m->out, ", \"MouseClickedCount\": ");
    buffer_number(m->out, d->clicks);
    put_pair(m->out, ", \"url\": ", w->url);
    put_pair(m->out, ", \"ActiveTitle\": ", w->title);
    buffer_text(m->out, " }\n");
}

static int32_t end_minute(miteras *m, device *d) {
    int32_t status = credit(d, INT64_MAX);
    put_line(m, d);
    drop_shares(d);
    d->has_minute = 0;
    return status;
}

/* Writes the lines whose minute is over at `now_ns`. */
static int32_t end_minutes(miteras *m, int64_t now_ns) {
    int32_t status = KINMU_OK;
    for (size_t i = 0; i < m->device_count; i++) {
        device *d = &m->devices[i];
        if (d->has_minute && d->minute_ns <= now_ns - MINUTE_NS) {
            int32_t one = end_minute(m, d);
            status = status == KINMU_OK ? one : status;
        }
    }
    return status;
}

static void forget_subject(miteras *m) {
    for (size_t i = 0; i < m->device_count; i++) {
        drop_shares(&m->devices[i]);
        free(m->devices[i].shares);
        window_drop(&m->devices[i].window);
        free(m->devices[i].computer);
    }
    m->device_count = 0;
    free(m->marker.computer);
    memset(&m->marker, 0, sizeof m->marker);
    free(m->subject);
    m->subject = NULL;
}

static int32_t turn_to(miteras *m, const char *subject) {
    if (m->subject != NULL && strcmp(m->subject, subject) == 0) {
        return KINMU_OK;
    }
    if (m->subject != NULL) {
        miteras_finish(m);
        forget_subject(m);
    }
    m->subject = copy_text(subject, strlen(subject));
    return m->subject != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static const char *computer_of(const miteras *m, const kinmu_event *event) {
    int32_t is_meant = m->marker.computer != NULL &&
                       memcmp(m->marker.origin, event->origin, ORIGIN_BYTES) == 0 &&
                       event->sequence >= m->marker.first && event->sequence <= m->marker.last;
    return is_meant ? m->marker.computer : NULL;
}

static int32_t is_device(const device *d, const kinmu_event *event, const char *computer) {
    int32_t is_same = d->computer == NULL || computer == NULL ? d->computer == computer
                                                              : strcmp(d->computer, computer) == 0;
    return is_same && memcmp(d->origin, event->origin, ORIGIN_BYTES) == 0;
}

static int32_t find_device(miteras *m, const kinmu_event *event, device **found) {
    const char *computer = computer_of(m, event);
    for (size_t i = 0; i < m->device_count; i++) {
        if (is_device(&m->devices[i], event, computer)) {
            *found = &m->devices[i];
            return KINMU_OK;
        }
    }
    if (m->device_count == MITERAS_DEVICES_MAX) {
        return KINMU_E_REJECT;
    }
    device *d = &m->devices[m->device_count];
    memset(d, 0, sizeof *d);
    memcpy(d->origin, event->origin, ORIGIN_BYTES);
    if (computer != NULL && (d->computer = copy_text(computer, strlen(computer))) == NULL) {
        return KINMU_E_NOMEM;
    }
    m->device_count++;
    *found = d;
    return KINMU_OK;
}

static int32_t take_marker(miteras *m, const kinmu_event *event) {
    kinmu_value name = text_at(event, ORIGIN_COMPUTER_NAME);
    free(m->marker.computer);
    m->marker.computer = copy_text(name.as.text, name.size);
    m->marker.first = event->sequence + 1;
    m->marker.last = event->sequence + (uint64_t)number_at(event, ORIGIN_EVENTS);
    memcpy(m->marker.origin, event->origin, ORIGIN_BYTES);
    return m->marker.computer != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

static void take_minute(device *d, const kinmu_event *event) {
    if (!d->has_minute) {
        d->has_minute = 1;
        d->minute_ns = event->unix_ns;
        d->utc_offset_s = event->utc_offset_s;
        d->keys = 0;
        d->clicks = 0;
    }
    d->keys += number_at(event, KINMU_INPUT_MINUTE_KEYS);
    d->clicks += number_at(event, KINMU_INPUT_MINUTE_CLICKS);
}

/* An excluded window is in the foreground without a name; after `none` and `end` nothing is. */
static int32_t take_focus(device *d, const kinmu_event *event) {
    kinmu_value cause = text_at(event, KINMU_WINDOW_FOCUS_CAUSE);
    int32_t is_none = (cause.size == 4 && memcmp(cause.as.text, "none", 4) == 0) ||
                      (cause.size == 3 && memcmp(cause.as.text, "end", 3) == 0);
    int32_t status = credit(d, event->unix_ns);
    window_drop(&d->window);
    d->since_ns = event->unix_ns;
    if (status != KINMU_OK || is_none) {
        return status;
    }
    return window_make(&d->window, text_at(event, KINMU_WINDOW_FOCUS_PROCESS),
                       text_at(event, KINMU_WINDOW_FOCUS_TITLE),
                       text_at(event, KINMU_WINDOW_FOCUS_URL));
}

int32_t miteras_event(miteras *m, uint32_t kind, const kinmu_event *event) {
    device *d = NULL;
    int32_t status = turn_to(m, event->subject);
    if (status == KINMU_OK) {
        status = end_minutes(m, event->unix_ns);
    }
    if (status != KINMU_OK) {
        return status;
    }
    if (kind == MITERAS_ORIGIN) {
        return take_marker(m, event);
    }
    status = find_device(m, event, &d);
    if (status == KINMU_OK && kind == MITERAS_MINUTE) {
        take_minute(d, event);
    } else if (status == KINMU_OK) {
        status = take_focus(d, event);
    }
    return status;
}

void miteras_finish(miteras *m) {
    if (end_minutes(m, INT64_MAX) != KINMU_OK) {
        m->out->failed = KINMU_E_NOMEM;
    }
}

int32_t miteras_create(const char *computer, buffer *out, miteras **made) {
    miteras *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return KINMU_E_NOMEM;
    }
    m->out = out;
    m->devices = calloc(MITERAS_DEVICES_MAX, sizeof *m->devices);
    m->computer = computer != NULL ? copy_text(computer, strlen(computer)) : NULL;
    if (m->devices == NULL || (computer != NULL && m->computer == NULL)) {
        miteras_destroy(m);
        return KINMU_E_NOMEM;
    }
    *made = m;
    return KINMU_OK;
}

void miteras_destroy(miteras *m) {
    if (m == NULL) {
        return;
    }
    if (m->devices != NULL) {
        forget_subject(m);
    }
    free(m->devices);
    free(m->computer);
    free(m);
}
