/* session/logind_signals.c - what systemd-logind says by itself: sessions that open, change and
 * end, sleep, shutdown, and its own coming and going. Decides nothing; tells the watcher.
 */
#include "logind_internal.h"
#include "logind_session.h"

#include <stdlib.h>
#include <string.h>

static int on_new_session(sd_bus_message *reply, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    ledger_session session;
    backend_login login;
    if (logind_read_session(reply, &session, &login) != 0) {
        self->setup.watcher->seen(self->setup.user, &session, 1);
        self->setup.watcher->login(self->setup.user, &login);
    }
    return 0;
}

/* Where the session is reached has changed. Its flags are told by their own signals only: a lock
 * that was asked for must not seem undone because the lock screen sets no hint. */
static int on_moved_session(sd_bus_message *reply, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    ledger_session session;
    backend_login login;
    if (logind_read_session(reply, &session, &login) != 0) {
        self->setup.watcher->login(self->setup.user, &login);
    }
    return 0;
}

static int on_session_new(sd_bus_message *signal, void *user, sd_bus_error *error) {
    (void)error;
    const char *path;
    if (sd_bus_message_read(signal, "so", NULL, &path) >= 0) {
        logind_ask_session(user, path, on_new_session);
    }
    return 0;
}

static int on_session_removed(sd_bus_message *signal, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    const char *id;
    if (sd_bus_message_read(signal, "so", &id, NULL) >= 0) {
        self->setup.watcher->gone(self->setup.user, id);
    }
    return 0;
}

/* Lock and Unlock ask the desktop to do so. Not every lock screen sets LockedHint, so the request
 * counts; the hint that follows is then no change. */
static int on_lock_request(sd_bus_message *signal, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    char *id = NULL;
    if (sd_bus_path_decode(sd_bus_message_get_path(signal), LOGIND_SESSIONS, &id) > 0) {
        int32_t is_lock = strcmp(sd_bus_message_get_member(signal), "Lock") == 0;
        self->setup.watcher->flag(self->setup.user, id, LEDGER_IS_LOCKED, is_lock);
    }
    free(id);
    return 0;
}

static void on_property(logind *self, const char *id, sd_bus_message *signal, const char *name) {
    static const struct {
        const char *name;
        ledger_flag flag;
    } flags[] = {{"LockedHint", LEDGER_IS_LOCKED},
                 {"IdleHint", LEDGER_IS_IDLE},
                 {"Active", LEDGER_IS_ACTIVE}};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        uint8_t is_on = 0;
        if (strcmp(name, flags[i].name) == 0) {
            logind_read_flag(signal, &is_on);
            self->setup.watcher->flag(self->setup.user, id, flags[i].flag, is_on);
            return;
        }
    }
    if (strcmp(name, "State") == 0) {
        char state[32] = "";
        logind_read_text(signal, state, sizeof state);
        /* Logged off; processes left behind may keep the session object for days. */
        if (strcmp(state, "closing") == 0) {
            self->setup.watcher->gone(self->setup.user, id);
        }
        return;
    }
    sd_bus_message_skip(signal, "v");
}

static int on_properties(sd_bus_message *signal, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    char *id = NULL;
    const char *interface;
    if (sd_bus_path_decode(sd_bus_message_get_path(signal), LOGIND_SESSIONS, &id) <= 0 ||
        sd_bus_message_read(signal, "s", &interface) < 0 ||
        strcmp(interface, LOGIND_SESSION) != 0 ||
        sd_bus_message_enter_container(signal, 'a', "{sv}") < 0) {
        free(id);
        return 0;
    }
    const char *name;
    int32_t is_moved = 0;
    while (sd_bus_message_enter_container(signal, 'e', "sv") > 0 &&
           sd_bus_message_read(signal, "s", &name) >= 0) {
        is_moved |= strcmp(name, "Display") == 0 || strcmp(name, "Type") == 0;
        on_property(self, id, signal, name);
        sd_bus_message_exit_container(signal);
    }
    if (is_moved != 0) {
        logind_ask_session(self, sd_bus_message_get_path(signal), on_moved_session);
    }
    free(id);
    return 0;
}

static int on_prepare(sd_bus_message *signal, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    int begins;
    if (sd_bus_message_read(signal, "b", &begins) < 0) {
        return 0;
    }
    if (begins == 0) {
        logind_take_lock(self);
    }
    if (strcmp(sd_bus_message_get_member(signal), "PrepareForSleep") == 0) {
        self->setup.watcher->sleep(self->setup.user, begins);
    } else {
        self->setup.watcher->shutdown(self->setup.user, begins);
    }
    return 0;
}

static int on_owner(sd_bus_message *signal, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    const char *owner;
    if (sd_bus_message_read(signal, "sss", NULL, NULL, &owner) < 0) {
        return 0;
    }
    if (owner[0] == '\0') {
        logind_drop_lock(self);
        self->setup.watcher->down(self->setup.user, "systemd-logind went away, start it");
    } else {
        logind_list_sessions(self);
        logind_take_lock(self);
    }
    return 0;
}

static int add_match(logind *self, const char *rule, sd_bus_message_handler_t on_signal) {
    return sd_bus_add_match_async(self->bus, NULL, rule, on_signal, NULL, self);
}

int logind_add_matches(logind *self) {
#define FROM_LOGIND "type='signal',sender='" LOGIND_NAME "',"
    static const struct {
        const char *rule;
        sd_bus_message_handler_t on_signal;
    } matches[] = {
        {FROM_LOGIND "interface='" LOGIND_MANAGER "',member='SessionNew'", on_session_new},
        {FROM_LOGIND "interface='" LOGIND_MANAGER "',member='SessionRemoved'", on_session_removed},
        {FROM_LOGIND "interface='" LOGIND_MANAGER "',member='PrepareForSleep'", on_prepare},
        {FROM_LOGIND "interface='" LOGIND_MANAGER "',member='PrepareForShutdown'", on_prepare},
        {FROM_LOGIND "interface='" LOGIND_SESSION "',member='Lock'", on_lock_request},
        {FROM_LOGIND "interface='" LOGIND_SESSION "',member='Unlock'", on_lock_request},
        {FROM_LOGIND "interface='" PROPERTIES
                     "',member='PropertiesChanged',path_namespace='" LOGIND_SESSIONS "'",
         on_properties},
        {"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
         "member='NameOwnerChanged',arg0='" LOGIND_NAME "'",
         on_owner}};
#undef FROM_LOGIND
    int status = 0;
    for (size_t i = 0; i < sizeof matches / sizeof matches[0] && status >= 0; i++) {
        status = add_match(self, matches[i].rule, matches[i].on_signal);
    }
    return status;
}
