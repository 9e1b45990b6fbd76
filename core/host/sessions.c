/* host/sessions.c - the login sessions that session collectors serve: the one the daemon was
 * started in, or, where it may change accounts, those a machine-wide collector tells of. */
#include "host/node_internal.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_session(login_session *s) {
    for (uint32_t i = 0; i < s->environment_count; i++) {
        free(s->environment[i]);
    }
    s->environment_count = 0;
}

void sessions_free(node *n) {
    for (uint32_t i = 0; i < n->session_count; i++) {
        free_session(&n->sessions[i]);
    }
    free(n->sessions);
    n->sessions = NULL;
    n->session_count = 0;
}

/* A user's own Kinmu always serves its user. A machine's Kinmu serves its own account only when it
 * was started inside a graphical session (as ./dev run does). */
static int32_t has_own_session(void) {
    const char *display = getenv("DISPLAY");
    const char *wayland = getenv("WAYLAND_DISPLAY");
    return !platform_may_change_account() || (display != NULL && display[0] != '\0') ||
           (wayland != NULL && wayland[0] != '\0');
}

static void add_own_session(const node *n, login_session *to) {
    memset(to, 0, sizeof *to);
    text_copy(to->account, sizeof to->account, n->account);
}

int32_t sessions_open(node *n) {
    n->sessions = calloc(KINMU_SESSIONS_MAX + 1, sizeof *n->sessions);
    if (n->sessions == NULL) {
        return KINMU_E_NOMEM;
    }
    if (has_own_session()) {
        add_own_session(n, &n->sessions[n->session_count++]);
    }
    return KINMU_OK;
}

const login_session *sessions_find(const node *n, const char *id) {
    for (uint32_t i = 0; i < n->session_count; i++) {
        if (strcmp(n->sessions[i].id, id) == 0) {
            return &n->sessions[i];
        }
    }
    return NULL;
}

const instance *sessions_served_by(const node *n, const char *configured_name,
                                   const login_session *session) {
    for (const instance *i = n->instances; i != NULL; i = i->next) {
        if (i->is_session && strcmp(i->configured, configured_name) == 0 &&
            (strcmp(i->session, session->id) == 0 ||
             (i->is_leaving && strcmp(i->account, session->account) == 0))) {
            return i;
        }
    }
    return NULL;
}

void sessions_name(const node *n, const login_session *session, const char *configured_name,
                   char *name, size_t size) {
    if (session->id[0] == '\0') {
        text_copy(name, size, configured_name);
        return;
    }
    snprintf(name, size, "%s@%s", configured_name, session->account);
    if (instance_find(n, name) != NULL) { /* another session of the same account has it */
        snprintf(name, size, "%s@%s#%s", configured_name, session->account, session->id);
    }
}

/* Only what says where the session is: never what would change the code a runner executes. */
static int32_t may_set(const char *word) {
    static const char *const names[] = {"DISPLAY=",
                                        "WAYLAND_DISPLAY=",
                                        "XAUTHORITY=",
                                        "XDG_RUNTIME_DIR=",
                                        "XDG_SESSION_ID=",
                                        "XDG_SESSION_TYPE=",
                                        "DBUS_SESSION_BUS_ADDRESS="};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(word, names[i], strlen(names[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

static int32_t take_session(const kinmu_login_session *from, login_session *to) {
    memset(to, 0, sizeof *to);
    if (from->id[0] == '\0' || strlen(from->id) >= sizeof to->id ||
        strlen(from->account) >= sizeof to->account ||
        platform_find_account(from->account, &to->uid, &to->gid, to->home, sizeof to->home) !=
            KINMU_OK) {
        return 0;
    }
    text_copy(to->id, sizeof to->id, from->id);
    text_copy(to->account, sizeof to->account, from->account);
    for (uint32_t i = 0; i < from->environment_count; i++) {
        char *copy = may_set(from->environment[i]) ? text_duplicate(from->environment[i]) : NULL;
        if (copy != NULL) {
            to->environment[to->environment_count++] = copy;
        }
    }
    return 1;
}

static int32_t is_same(const login_session *a, const login_session *b) {
    if (a->uid != b->uid || strcmp(a->account, b->account) != 0 ||
        a->environment_count != b->environment_count) {
        return 0;
    }
    for (uint32_t i = 0; i < a->environment_count; i++) {
        if (strcmp(a->environment[i], b->environment[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

int32_t sessions_present(node *n, const instance *from, const kinmu_login_session *list,
                         uint32_t count) {
    if (!from->entry->first_party || from->is_session ||
        from->entry->plugin->kind != KINMU_COLLECTOR) {
        return KINMU_E_DENIED;
    }
    if (!platform_may_change_account()) {
        return KINMU_OK;
    }
    login_session *fresh = calloc(KINMU_SESSIONS_MAX + 1, sizeof *fresh);
    if (fresh == NULL) {
        return KINMU_E_NOMEM;
    }
    uint32_t fresh_count = 0;
    if (has_own_session()) {
        add_own_session(n, &fresh[fresh_count++]);
    }
    for (uint32_t i = 0; i < count; i++) {
        login_session *session = &fresh[fresh_count];
        if (take_session(&list[i], session)) {
            const login_session *before = sessions_find(n, session->id);
            session->is_moved = before != NULL && !is_same(before, session);
            fresh_count++;
        } else {
            log_warn("sessions", "session \"%s\" of an unknown account is not served", list[i].id);
        }
    }
    sessions_free(n);
    n->sessions = fresh;
    n->session_count = fresh_count;
    node_apply_sessions(n);
    return KINMU_OK;
}
