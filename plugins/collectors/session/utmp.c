/* session/utmp.c - login records of the system as files: sessions present (utmp) and history
 * (wtmp).
 *
 * A fallback without lock, idle and sleep. Files are read as fixed records instead of through
 * getutxent(), whose state is global to the process. Changes are learnt by inotify, so an idle
 * machine costs nothing; a missing file is looked for at every heartbeat.
 * Terminal windows write records too (pts without a remote peer): they are no login sessions.
 */
#include "backend.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utmpx.h>

#define UTMP_SESSIONS_MAX LEDGER_SESSIONS_MAX

static int64_t record_unix_ns(const struct utmpx *record) {
    return (int64_t)record->ut_tv.tv_sec * LEDGER_NS_PER_S + (int64_t)record->ut_tv.tv_usec * 1000;
}

/* Fixed fields need no NUL and may hold any bytes; events hold UTF-8. */
static void copy_field(char *to, size_t to_size, const char *field, size_t field_size) {
    size_t size = strnlen(field, field_size);
    size = size < to_size ? size : to_size - 1;
    for (size_t i = 0; i < size; i++) {
        to[i] = field[i] > ' ' && field[i] < 0x7f ? field[i] : '?';
    }
    to[size] = '\0';
}

static void to_session(const struct utmpx *record, ledger_session *session) {
    memset(session, 0, sizeof *session);
    char host[sizeof session->remote_host];
    copy_field(session->account, sizeof session->account, record->ut_user, sizeof record->ut_user);
    copy_field(session->line, sizeof session->line, record->ut_line, sizeof record->ut_line);
    copy_field(host, sizeof host, record->ut_host, sizeof record->ut_host);
    snprintf(session->id, sizeof session->id, "%s@%d", session->line, (int)record->ut_pid);
    int32_t is_display = session->line[0] == ':' || host[0] == ':';
    ledger_copy(session->type, sizeof session->type, is_display != 0 ? "x11" : "tty");
    if (is_display == 0) {
        ledger_copy(session->remote_host, sizeof session->remote_host, host);
    }
    session->logon_ns = record_unix_ns(record);
    session->source = LEDGER_UTMP;
    session->is_active = 1;
}

static int32_t is_login(const struct utmpx *record) {
    if (record->ut_type != USER_PROCESS || record->ut_user[0] == '\0') {
        return 0;
    }
    if (strncmp(record->ut_line, "pts/", 4) != 0) {
        return 1;
    }
    const char *host = record->ut_host;
    return host[0] != '\0' && host[0] != ':' && strncmp(host, "tmux(", 5) != 0;
}

static int32_t to_record(const struct utmpx *from, ledger_record *to) {
    to->unix_ns = record_unix_ns(from);
    to_session(from, &to->session);
    if (from->ut_type == BOOT_TIME) {
        to->kind = LEDGER_RECORD_BOOT;
    } else if (from->ut_type == RUN_LVL &&
               strncmp(from->ut_user, "shutdown", sizeof from->ut_user) == 0) {
        to->kind = LEDGER_RECORD_SHUTDOWN;
    } else if (is_login(from) != 0) {
        to->kind = LEDGER_RECORD_LOGON;
    } else if (from->ut_type == DEAD_PROCESS && from->ut_line[0] != '\0') {
        to->kind = LEDGER_RECORD_LOGOFF;
    } else {
        return 0;
    }
    return 1;
}

int32_t utmp_read_history(const char *path, int64_t since_ns, ledger_record **records,
                          uint32_t *count) {
    *records = NULL;
    *count = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return errno == ENOENT ? KINMU_OK : KINMU_E_RETRY;
    }
    struct stat status;
    int32_t result = KINMU_OK;
    if (fstat(file, &status) != 0) {
        close(file);
        return KINMU_E_RETRY;
    }
    off_t total = status.st_size / (off_t)sizeof(struct utmpx);
    off_t first = total > LEDGER_RECORDS_MAX ? total - LEDGER_RECORDS_MAX : 0;
    if (total > first) {
        *records = calloc((size_t)(total - first), sizeof **records);
        result = *records == NULL ? KINMU_E_NOMEM : KINMU_OK;
    }
    for (off_t i = first; i < total && result == KINMU_OK; i++) {
        struct utmpx record;
        ssize_t size = pread(file, &record, sizeof record, i * (off_t)sizeof record);
        if (size != (ssize_t)sizeof record) {
            break; /* cut short meanwhile: what was read stands */
        }
        if (record_unix_ns(&record) > since_ns && to_record(&record, &(*records)[*count]) != 0) {
            (*count)++;
        }
    }
    close(file);
    return result;
}

/* --- The watcher of the utmp file --- */

typedef struct utmp {
    backend_setup setup;
    int notify; /* inotify descriptor, -1 = none */
    int watch;
    uint64_t poll_id;
    int32_t is_started;
    int32_t is_reading;
    int32_t is_stale; /* changed again while being read */
    int32_t was_read; /* later differences are live */
    /* The job's, while is_reading. */
    int32_t read_errno;
    uint32_t count;
    ledger_session sessions[UTMP_SESSIONS_MAX];
} utmp;

static void read_sessions(void *user) {
    utmp *self = user;
    self->count = 0;
    self->read_errno = 0;
    int file = open(self->setup.utmp_file, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        self->read_errno = errno;
        return;
    }
    struct utmpx record;
    while (self->count < UTMP_SESSIONS_MAX && read(file, &record, sizeof record) == sizeof record) {
        /* A process that is gone left its record behind when it crashed. */
        int32_t is_dead = record.ut_pid > 0 && kill(record.ut_pid, 0) != 0 && errno == ESRCH;
        if (is_login(&record) != 0 && is_dead == 0) {
            to_session(&record, &self->sessions[self->count++]);
        }
    }
    close(file);
}

static void begin_reading(utmp *self);

static void unwatch(utmp *self) {
    self->setup.poll->remove(self->setup.host, self->poll_id);
    self->poll_id = 0;
    if (self->notify >= 0) {
        close(self->notify);
    }
    self->notify = -1;
}

static void on_read(void *user, int32_t status) {
    utmp *self = user;
    self->is_reading = 0;
    if (self->is_started == 0) {
        return;
    }
    const backend_watcher *watcher = self->setup.watcher;
    if (status != KINMU_OK || self->read_errno != 0) {
        unwatch(self);
        self->was_read = 0;
        char why[BACKEND_WHY_SIZE];
        snprintf(why, sizeof why, "cannot read utmp file '%s' (%s)", self->setup.utmp_file,
                 status != KINMU_OK ? "no job slot" : strerror(self->read_errno));
        watcher->down(self->setup.user, why);
        return;
    }
    watcher->list_begin(self->setup.user);
    for (uint32_t i = 0; i < self->count; i++) {
        watcher->seen(self->setup.user, &self->sessions[i], self->was_read);
    }
    watcher->list_end(self->setup.user, self->was_read);
    self->was_read = 1;
    if (self->is_stale != 0 && self->is_started != 0) {
        begin_reading(self);
    }
}

static void begin_reading(utmp *self) {
    self->is_stale = self->is_reading;
    if (self->is_reading != 0) {
        return;
    }
    self->is_reading = 1;
    if (self->setup.work->submit(self->setup.host, read_sessions, on_read, self) != KINMU_OK) {
        self->is_reading = 0; /* the next heartbeat reads */
        self->is_stale = 1;
    }
}

static void on_change(void *user, uint32_t ready) {
    (void)ready;
    utmp *self = user;
    _Alignas(struct inotify_event) char events[4096];
    int32_t is_moved = 0;
    ssize_t size = read(self->notify, events, sizeof events);
    for (ssize_t at = 0; at < size;) {
        const struct inotify_event *event = (const struct inotify_event *)(events + at);
        is_moved |= (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
        at += (ssize_t)sizeof *event + (ssize_t)event->len;
    }
    if (is_moved != 0) {
        unwatch(self);
    }
    begin_reading(self);
}

static void watch(utmp *self) {
    if (self->notify >= 0) {
        return;
    }
    self->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (self->notify < 0) {
        return; /* no watch left: heartbeats read */
    }
    const kinmu_poll *poll = self->setup.poll;
    if (inotify_add_watch(self->notify, self->setup.utmp_file,
                          IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF) < 0 ||
        poll->add(self->setup.host, self->notify, KINMU_POLL_READ, on_change, self,
                  &self->poll_id) != KINMU_OK) {
        self->poll_id = 0;
        unwatch(self);
    }
}

static void *utmp_create(const backend_setup *setup) {
    utmp *self = calloc(1, sizeof *self);
    if (self != NULL) {
        self->setup = *setup;
        self->notify = -1;
    }
    return self;
}

static void utmp_start(void *instance) {
    utmp *self = instance;
    if (self->is_started == 0) {
        self->is_started = 1;
        self->was_read = 0;
        watch(self);
        begin_reading(self);
    }
}

static void utmp_stop(void *instance) {
    utmp *self = instance;
    self->is_started = 0;
    unwatch(self);
}

static void utmp_beat(void *instance) {
    utmp *self = instance;
    if (self->is_started != 0 && (self->notify < 0 || self->is_stale != 0)) {
        watch(self);
        begin_reading(self);
    }
}

static void utmp_destroy(void *instance) {
    free(instance);
}

const backend utmp_backend = {.name = "utmp",
                              .create = utmp_create,
                              .start = utmp_start,
                              .stop = utmp_stop,
                              .destroy = utmp_destroy,
                              .beat = utmp_beat};
