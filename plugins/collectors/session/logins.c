/* session/logins.c - see logins.h. */
#include "logins.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 1000u
#define WORDS_MAX 6 /* of one session's environment */
#define WORD_SIZE 256

static void settle(logins *self);

void logins_init(logins *self, const kinmu_host *host, const kinmu_timer *timer,
                 const kinmu_work *work, const char *proc_folder) {
    memset(self, 0, sizeof *self);
    self->host = host;
    self->sessions = host->iface(host, KINMU_SESSIONS_1);
    self->timer = timer;
    self->work = work;
    self->proc_folder = proc_folder;
}

void logins_start(logins *self) {
    self->is_started = 1;
    self->generation++;
}

void logins_stop(logins *self) {
    self->timer->cancel(self->host, self->look_timer);
    self->look_timer = 0;
    self->is_started = 0;
    self->is_listing = 0;
    self->is_looking = 0;
    self->must_present = 0;
    self->has_presented = 0;
    self->count = 0;
}

static int32_t is_wayland(const backend_login *login) {
    return strcmp(login->type, "wayland") == 0;
}

/* --- The list for the host --- */

typedef struct presented {
    kinmu_login_session sessions[KINMU_SESSIONS_MAX];
    const char *environment[KINMU_SESSIONS_MAX][WORDS_MAX];
    char words[KINMU_SESSIONS_MAX][WORDS_MAX][WORD_SIZE];
} presented;

static void add_word(presented *list, uint32_t at, const char *name, const char *value) {
    if (value[0] != '\0') {
        kinmu_login_session *session = &list->sessions[at];
        char *word = list->words[at][session->environment_count];
        snprintf(word, WORD_SIZE, "%s=%s", name, value);
        list->environment[at][session->environment_count++] = word;
    }
}

static void describe(const logins_entry *entry, presented *list, uint32_t at) {
    char folder[64];
    char address[96];
    const char *display = entry->login.display;
    kinmu_login_session *session = &list->sessions[at];
    session->id = entry->login.id;
    session->account = entry->login.account;
    session->environment = list->environment[at];
    snprintf(folder, sizeof folder, "/run/user/%u", (unsigned)entry->login.uid);
    snprintf(address, sizeof address, "unix:path=%s/bus", folder);
    add_word(list, at, "DISPLAY", display[0] != '\0' ? display : entry->found.display);
    if (is_wayland(&entry->login) != 0) { /* in an X session it would be a nested one's */
        add_word(list, at, "WAYLAND_DISPLAY", entry->found.wayland_display);
    }
    add_word(list, at, "XAUTHORITY", entry->found.xauthority);
    add_word(list, at, "XDG_RUNTIME_DIR", folder);
    add_word(list, at, "DBUS_SESSION_BUS_ADDRESS", address);
    add_word(list, at, "XDG_SESSION_TYPE", entry->login.type);
}

static int32_t has_held(const logins *self) {
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->entries[i].is_offered == 0) {
            return 1;
        }
    }
    return 0;
}

static void present(logins *self) {
    presented *list = calloc(1, sizeof *list);
    uint32_t count = 0;
    if (list == NULL) {
        return; /* tried again at the next change */
    }
    for (uint32_t i = 0; i < self->count; i++) {
        if (self->entries[i].is_offered != 0) {
            describe(&self->entries[i], list, count++);
        }
    }
    int32_t status = self->sessions->present(self->host, list->sessions, count);
    free(list);
    self->must_present = 0;
    self->has_presented = 1;
    if (status == KINMU_E_DENIED) {
        self->sessions = NULL;
        self->host->log(self->host, KINMU_LOG_INFO,
                        "session: this host serves login sessions by itself");
    } else if (status != KINMU_OK) {
        self->must_present = 1;
        self->host->log(self->host, KINMU_LOG_WARN,
                        "session: the host did not take the list of login sessions; the next "
                        "change tries again");
    }
}

/* --- Looking for a way to a session's display --- */

typedef struct look {
    logins *owner;
    uint32_t generation;
    const char *proc_folder;
    uint32_t count;
    backend_login logins[KINMU_SESSIONS_MAX];
    surroundings_search searches[KINMU_SESSIONS_MAX];
} look;

/* Nothing more can be learnt of it. */
static int32_t is_known(const logins_entry *entry) {
    return entry->tries >= LOGINS_TRIES_MAX || entry->found.xauthority[0] != '\0' ||
           (is_wayland(&entry->login) != 0 && entry->rating > 0);
}

static logins_entry *find(logins *self, const char *id) {
    for (uint32_t i = 0; i < self->count; i++) {
        if (strcmp(self->entries[i].login.id, id) == 0) {
            return &self->entries[i];
        }
    }
    return NULL;
}

static int32_t is_same(const backend_login *a, const backend_login *b) {
    return a->uid == b->uid && strcmp(a->id, b->id) == 0 && strcmp(a->account, b->account) == 0 &&
           strcmp(a->type, b->type) == 0 && strcmp(a->display, b->display) == 0;
}

static void run_look(void *user) {
    look *job = user;
    surroundings_find(job->proc_folder, job->searches, job->count);
}

static void take_result(logins *self, const backend_login *login,
                        const surroundings_search *search) {
    logins_entry *entry = find(self, login->id);
    if (entry == NULL || is_same(&entry->login, login) == 0) {
        return; /* it ended or moved meanwhile */
    }
    entry->tries++;
    if (search->rating > entry->rating) {
        entry->rating = search->rating;
        self->must_present |= memcmp(&entry->found, &search->found, sizeof entry->found) != 0;
        entry->found = search->found;
    }
    if (entry->is_offered == 0 && (entry->rating > 0 || entry->tries >= LOGINS_HOLD_TRIES)) {
        entry->is_offered = 1;
        self->must_present = 1;
    }
}

static void on_looked(void *user, int32_t status) {
    look *job = user;
    logins *self = job->owner;
    if (self->is_started != 0 && job->generation == self->generation) {
        self->is_looking = 0;
        for (uint32_t i = 0; status == KINMU_OK && i < job->count; i++) {
            take_result(self, &job->logins[i], &job->searches[i]);
        }
        settle(self);
    }
    free(job);
}

static void on_look_timer(void *user);

static void look_later(logins *self, uint64_t delay_ms) {
    self->timer->cancel(self->host, self->look_timer);
    self->look_timer = 0;
    self->timer->start(self->host, delay_ms, 0, on_look_timer, self, &self->look_timer);
}

static void begin_look(logins *self) {
    look *job = calloc(1, sizeof *job);
    if (job == NULL) {
        look_later(self, RETRY_MS);
        return;
    }
    job->owner = self;
    job->generation = self->generation;
    job->proc_folder = self->proc_folder;
    for (uint32_t i = 0; i < self->count; i++) {
        if (is_known(&self->entries[i]) == 0) {
            backend_login *login = &job->logins[job->count];
            *login = self->entries[i].login;
            job->searches[job->count++] = (surroundings_search){.session_id = login->id,
                                                                .display = login->display,
                                                                .uid = login->uid,
                                                                .is_wayland = is_wayland(login)};
        }
    }
    self->is_looking =
        job->count > 0 && self->work->submit(self->host, run_look, on_looked, job) == KINMU_OK;
    if (self->is_looking == 0) {
        if (job->count > 0) {
            look_later(self, RETRY_MS); /* too many jobs under way */
        }
        free(job);
    }
}

static void on_look_timer(void *user) {
    logins *self = user;
    self->look_timer = 0;
    if (self->is_looking == 0) {
        begin_look(self);
    }
}

/* Looks at once for a session never looked for; else when the most recent one is due again. */
static void plan_look(logins *self) {
    uint32_t fewest = LOGINS_TRIES_MAX;
    for (uint32_t i = 0; i < self->count; i++) {
        const logins_entry *entry = &self->entries[i];
        if (is_known(entry) == 0 && entry->tries < fewest) {
            fewest = entry->tries;
        }
    }
    if (fewest == 0) {
        begin_look(self);
    } else if (fewest < LOGINS_TRIES_MAX && self->look_timer == 0) {
        look_later(self, (uint64_t)RETRY_MS << (fewest - 1));
    }
}

static void settle(logins *self) {
    if (self->is_listing != 0) {
        return;
    }
    if (self->is_looking == 0) {
        plan_look(self);
    }
    if (self->must_present != 0 && (self->has_presented != 0 || has_held(self) == 0)) {
        present(self);
    }
}

/* --- What is logged in --- */

static int32_t is_active(const logins *self) {
    return self->is_started != 0 && self->sessions != NULL;
}

static void drop(logins *self, logins_entry *entry) {
    size_t index = (size_t)(entry - self->entries);
    self->must_present |= entry->is_offered;
    self->count--;
    memmove(entry, entry + 1, (self->count - index) * sizeof *entry);
}

void logins_list_begin(logins *self) {
    self->is_listing = 1;
    for (uint32_t i = 0; i < self->count; i++) {
        self->entries[i].is_listed = 0;
    }
}

static void add(logins *self, const backend_login *login) {
    if (self->count == KINMU_SESSIONS_MAX) {
        if (self->refused++ == 0) {
            self->host->log(self->host, KINMU_LOG_WARN,
                            "session: more graphical sessions than can be served; the newest are "
                            "not");
        }
        return;
    }
    logins_entry *entry = &self->entries[self->count++];
    memset(entry, 0, sizeof *entry);
    entry->login = *login;
    entry->is_listed = 1;
}

void logins_seen(logins *self, const backend_login *login) {
    if (is_active(self) == 0) {
        return;
    }
    logins_entry *entry = find(self, login->id);
    int32_t is_graphical = strcmp(login->type, "x11") == 0 || is_wayland(login) != 0;
    if (is_graphical == 0) {
        logins_gone(self, login->id);
        return;
    }
    if (entry != NULL && is_same(&entry->login, login) != 0) {
        entry->is_listed = 1;
        return;
    }
    if (entry != NULL) { /* it moved: as if it were another */
        drop(self, entry);
    }
    add(self, login);
    settle(self);
}

void logins_gone(logins *self, const char *id) {
    logins_entry *entry = is_active(self) != 0 ? find(self, id) : NULL;
    if (entry != NULL) {
        drop(self, entry);
        settle(self);
    }
}

void logins_list_end(logins *self) {
    self->is_listing = 0;
    if (is_active(self) == 0) {
        return;
    }
    for (uint32_t i = self->count; i > 0; i--) {
        if (self->entries[i - 1].is_listed == 0) {
            drop(self, &self->entries[i - 1]);
        }
    }
    self->must_present |= self->has_presented == 0;
    settle(self);
}
