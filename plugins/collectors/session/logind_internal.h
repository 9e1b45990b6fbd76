/* session/logind_internal.h - what logind.c (connection, listing, delay lock) and logind_signals.c
 * (what systemd-logind says by itself) share. All [turn]. */
#ifndef SESSION_LOGIND_INTERNAL_H
#define SESSION_LOGIND_INTERNAL_H

#include <systemd/sd-bus.h>

#include "backend.h"

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_MANAGER "org.freedesktop.login1.Manager"
#define LOGIND_SESSION "org.freedesktop.login1.Session"
#define LOGIND_SESSIONS LOGIND_PATH "/session"
#define PROPERTIES "org.freedesktop.DBus.Properties"

typedef struct logind {
    backend_setup setup;
    sd_bus *bus; /* NULL = not connected */
    int polled_fd;
    uint64_t poll_id;
    uint64_t wake_timer;
    uint64_t retry_timer;
    uint32_t retry_s;
    int lock_fd;
    uint32_t replies_awaited; /* of the listing under way */
    int32_t is_listing;
    int32_t is_stale; /* logind came back during a listing */
    int32_t is_started;
    char broken[BACKEND_WHY_SIZE]; /* set in a callback: disconnect after it */
} logind;

/* Asks for all properties of a session. */
int logind_ask_session(logind *self, const char *path, sd_bus_message_handler_t on_reply);
void logind_list_sessions(logind *self);
void logind_take_lock(logind *self);
void logind_drop_lock(logind *self);
/* Subscribes to the signals; a negative errno of sd-bus where it cannot. */
int logind_add_matches(logind *self);

#endif
