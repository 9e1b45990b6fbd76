/* session/logind.c - login sessions, sleep and shutdown from systemd-logind over the system bus.
 *
 * D-Bus only (no sd-login: it reads /run/systemd and cannot be tested). Everything is asynchronous
 * and event driven: an idle machine causes no traffic. Without a bus it tries again after 1, 2, 4 …
 * 60 s; a bus without logind is waited on, not polled. A delay lock holds sleep and shutdown until
 * let_go, i.e. until what was published is on disk (logind gives us InhibitDelayMaxSec, 5 s).
 * Only sessions of class "user": greeters, lock screens and services are no persons.
 */
#include "logind_internal.h"
#include "logind_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RETRY_S_MAX 60
#define MESSAGES_PER_TURN_MAX 64

static void pump(logind *self);

int logind_ask_session(logind *self, const char *path, sd_bus_message_handler_t on_reply) {
    return sd_bus_call_method_async(self->bus, NULL, LOGIND_NAME, path, PROPERTIES, "GetAll",
                                    on_reply, self, "s", LOGIND_SESSION);
}

/* --- The listing of all sessions --- */

static void fail(logind *self, const char *what, const char *detail) {
    snprintf(self->broken, sizeof self->broken, "%s: %s", what, detail);
}

/* The session ended between the list and the question: an answer, unlike silence. */
static int32_t is_unknown_object(const sd_bus_error *failure) {
    static const char *const names[] = {SD_BUS_ERROR_UNKNOWN_OBJECT, SD_BUS_ERROR_UNKNOWN_METHOD,
                                        SD_BUS_ERROR_UNKNOWN_INTERFACE,
                                        "org.freedesktop.login1.NoSuchSession"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (sd_bus_error_has_name(failure, names[i]) != 0) {
            return 1;
        }
    }
    return 0;
}

static void end_listing(logind *self) {
    self->is_listing = 0;
    self->retry_s = 0;
    self->setup.watcher->list_end(self->setup.user, 0);
    if (self->is_stale != 0) {
        logind_list_sessions(self);
    }
}

static int on_listed_session(sd_bus_message *reply, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    ledger_session session;
    backend_login login;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    if (failure != NULL && is_unknown_object(failure) == 0) {
        fail(self, "systemd-logind does not answer", failure->message);
        return 0;
    }
    if (logind_read_session(reply, &session, &login) != 0) {
        self->setup.watcher->seen(self->setup.user, &session, 0);
        self->setup.watcher->login(self->setup.user, &login);
    }
    if (--self->replies_awaited == 0) {
        end_listing(self);
    }
    return 0;
}

static int on_list(sd_bus_message *reply, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    const sd_bus_error *failure = sd_bus_message_get_error(reply);
    if (failure != NULL) {
        self->is_listing = 0;
        if (sd_bus_error_has_name(failure, SD_BUS_ERROR_SERVICE_UNKNOWN) != 0 ||
            sd_bus_error_has_name(failure, SD_BUS_ERROR_NAME_HAS_NO_OWNER) != 0) {
            self->setup.watcher->down(self->setup.user,
                                      "no systemd-logind on the system bus, start it");
        } else {
            fail(self, "systemd-logind does not answer", failure->message);
        }
        return 0;
    }
    self->setup.watcher->list_begin(self->setup.user);
    const char *path;
    if (sd_bus_message_enter_container(reply, 'a', "(susso)") < 0) {
        fail(self, "systemd-logind does not answer", "strange list of sessions");
        return 0;
    }
    while (self->replies_awaited < LEDGER_SESSIONS_MAX &&
           sd_bus_message_read(reply, "(susso)", NULL, NULL, NULL, NULL, &path) > 0) {
        if (logind_ask_session(self, path, on_listed_session) >= 0) {
            self->replies_awaited++;
        }
    }
    if (self->replies_awaited == 0) {
        end_listing(self);
    }
    return 0;
}

void logind_list_sessions(logind *self) {
    self->is_stale = self->is_listing;
    if (self->is_listing != 0) {
        return;
    }
    self->is_listing = 1;
    self->replies_awaited = 0;
    int status = sd_bus_call_method_async(self->bus, NULL, LOGIND_NAME, LOGIND_PATH, LOGIND_MANAGER,
                                          "ListSessions", on_list, self, NULL);
    if (status < 0) {
        fail(self, "cannot ask systemd-logind", strerror(-status));
    }
}

/* --- The delay lock --- */

void logind_drop_lock(logind *self) {
    if (self->lock_fd >= 0) {
        close(self->lock_fd);
    }
    self->lock_fd = -1;
}

static int on_lock(sd_bus_message *reply, void *user, sd_bus_error *error) {
    (void)error;
    logind *self = user;
    int fd;
    if (sd_bus_message_is_method_error(reply, NULL) != 0 ||
        sd_bus_message_read(reply, "h", &fd) < 0) {
        self->setup.host->log(self->setup.host, KINMU_LOG_WARN,
                              "session: systemd-logind gives no delay lock; the last second before "
                              "sleep or shutdown may reach the disk late, allow "
                              "org.freedesktop.login1.inhibit-delay-sleep in polkit");
        return 0;
    }
    logind_drop_lock(self);
    self->lock_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return 0;
}

void logind_take_lock(logind *self) {
    sd_bus_call_method_async(self->bus, NULL, LOGIND_NAME, LOGIND_PATH, LOGIND_MANAGER, "Inhibit",
                             on_lock, self, "ssss", "sleep:shutdown", "Kinmu",
                             "Writes what it recorded to disk", "delay");
}

/* --- Connection --- */

static void disconnect(logind *self) {
    const backend_setup *setup = &self->setup;
    setup->poll->remove(setup->host, self->poll_id);
    setup->timer->cancel(setup->host, self->wake_timer);
    setup->timer->cancel(setup->host, self->retry_timer);
    self->poll_id = 0;
    self->wake_timer = 0;
    self->retry_timer = 0;
    self->polled_fd = -1;
    self->is_listing = 0;
    self->is_stale = 0;
    self->broken[0] = '\0';
    logind_drop_lock(self);
    self->bus = sd_bus_close_unref(self->bus);
}

static void connect_bus(logind *self);

static void on_retry(void *user) {
    logind *self = user;
    self->retry_timer = 0;
    connect_bus(self);
}

static void retry_later(logind *self, const char *why) {
    disconnect(self);
    self->retry_s = self->retry_s == 0 ? 1 : self->retry_s * 2;
    self->retry_s = self->retry_s > RETRY_S_MAX ? RETRY_S_MAX : self->retry_s;
    self->setup.timer->start(self->setup.host, (uint64_t)self->retry_s * 1000u, 0, on_retry, self,
                             &self->retry_timer);
    self->setup.watcher->down(self->setup.user, why);
}

static void connect_bus(logind *self) {
    char why[BACKEND_WHY_SIZE];
    int status = sd_bus_open_system_with_description(&self->bus, "kinmu-session");
    if (status >= 0) {
        status = logind_add_matches(self);
    }
    if (status < 0) {
        snprintf(why, sizeof why, "no system bus (%s), start dbus and systemd-logind",
                 strerror(-status));
        retry_later(self, why);
        return;
    }
    logind_list_sessions(self);
    logind_take_lock(self);
    pump(self);
}

static void on_wake(void *user) {
    logind *self = user;
    self->wake_timer = 0;
    pump(self);
}

static void on_ready(void *user, uint32_t ready) {
    (void)ready;
    pump(user);
}

/* Waits for what sd-bus wants next: its descriptor, and its next timeout if a call is open. */
static int32_t wait_on_bus(logind *self, int32_t is_more) {
    const backend_setup *setup = &self->setup;
    int events = sd_bus_get_events(self->bus);
    int fd = sd_bus_get_fd(self->bus);
    if (events < 0 || fd < 0) {
        return KINMU_E_RETRY;
    }
    uint32_t wanted =
        (events & POLLIN ? KINMU_POLL_READ : 0) | (events & POLLOUT ? KINMU_POLL_WRITE : 0);
    int32_t status;
    if (fd != self->polled_fd) {
        setup->poll->remove(setup->host, self->poll_id);
        self->poll_id = 0;
        status = setup->poll->add(setup->host, fd, wanted, on_ready, self, &self->poll_id);
        self->polled_fd = fd;
    } else {
        status = setup->poll->modify(setup->host, self->poll_id, wanted);
    }
    setup->timer->cancel(setup->host, self->wake_timer);
    self->wake_timer = 0;
    uint64_t until_us;
    if (is_more != 0) {
        status |= setup->timer->start(setup->host, 0, 0, on_wake, self, &self->wake_timer);
    } else if (sd_bus_get_timeout(self->bus, &until_us) >= 0 && until_us != UINT64_MAX) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        uint64_t now_us = (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
        uint64_t delay_ms = until_us > now_us ? (until_us - now_us) / 1000u + 1 : 0;
        status |= setup->timer->start(setup->host, delay_ms, 0, on_wake, self, &self->wake_timer);
    }
    return status;
}

static void pump(logind *self) {
    int status = 1;
    for (uint32_t i = 0; i < MESSAGES_PER_TURN_MAX && status > 0 && self->broken[0] == '\0'; i++) {
        status = sd_bus_process(self->bus, NULL);
    }
    char why[BACKEND_WHY_SIZE];
    if (self->broken[0] != '\0') {
        ledger_copy(why, sizeof why, self->broken);
    } else if (status < 0 || sd_bus_is_open(self->bus) <= 0) {
        snprintf(why, sizeof why, "the system bus is gone (%s), start dbus",
                 status < 0 ? strerror(-status) : "closed");
    } else if (wait_on_bus(self, status > 0) != KINMU_OK) {
        snprintf(why, sizeof why, "cannot wait for the system bus");
    } else {
        return;
    }
    retry_later(self, why);
}

/* --- Life --- */

static void *logind_create(const backend_setup *setup) {
    logind *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->setup = *setup;
        self->polled_fd = -1;
        self->lock_fd = -1;
    }
    return self;
}

static void logind_start(void *instance) {
    logind *self = instance;
    if (self->is_started == 0) {
        self->is_started = 1;
        self->retry_s = 0;
        connect_bus(self);
    }
}

static void logind_stop(void *instance) {
    logind *self = instance;
    self->is_started = 0;
    disconnect(self);
}

static void logind_let_go(void *instance) {
    logind_drop_lock(instance);
}

static void logind_destroy(void *instance) {
    if (instance != NULL) {
        logind_stop(instance);
        free(instance);
    }
}

const backend logind_backend = {.name = "logind",
                                .create = logind_create,
                                .start = logind_start,
                                .stop = logind_stop,
                                .destroy = logind_destroy,
                                .let_go = logind_let_go};
