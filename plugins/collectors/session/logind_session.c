/* session/logind_session.c - reads what systemd-logind says about a session.
 *
 * Properties of other types than documented are left empty; a session without id or account is
 * none. "closing" means logged off: processes left behind may keep the object for days.
 */
#include "logind_session.h"

#include <string.h>

typedef struct session_read {
    ledger_session session;
    backend_login login;
    char class[32];
    char state[32];
    int32_t has_user;
} session_read;

void logind_read_text(sd_bus_message *message, char *to, size_t to_size) {
    const char *text;
    if (sd_bus_message_read(message, "v", "s", &text) >= 0) {
        ledger_copy(to, to_size, text);
    }
}

void logind_read_flag(sd_bus_message *message, uint8_t *to) {
    int is_on;
    if (sd_bus_message_read(message, "v", "b", &is_on) >= 0) {
        *to = (uint8_t)(is_on != 0);
    }
}

static void read_property(sd_bus_message *message, const char *name, session_read *into) {
    ledger_session *session = &into->session;
    struct {
        const char *name;
        char *to;
        size_t size;
    } const texts[] = {{"Id", session->id, sizeof session->id},
                       {"Name", session->account, sizeof session->account},
                       {"Type", session->type, sizeof session->type},
                       {"RemoteHost", session->remote_host, sizeof session->remote_host},
                       {"TTY", session->line, sizeof session->line},
                       {"Display", into->login.display, sizeof into->login.display},
                       {"Class", into->class, sizeof into->class},
                       {"State", into->state, sizeof into->state}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(name, texts[i].name) == 0) {
            logind_read_text(message, texts[i].to, texts[i].size);
            return;
        }
    }
    if (strcmp(name, "Active") == 0) {
        logind_read_flag(message, &session->is_active);
    } else if (strcmp(name, "IdleHint") == 0) {
        logind_read_flag(message, &session->is_idle);
    } else if (strcmp(name, "LockedHint") == 0) {
        logind_read_flag(message, &session->is_locked);
    } else if (strcmp(name, "Timestamp") == 0) {
        uint64_t us;
        if (sd_bus_message_read(message, "v", "t", &us) >= 0 && us < INT64_MAX / 1000) {
            session->logon_ns = (int64_t)us * 1000;
        }
    } else if (strcmp(name, "User") == 0) {
        uint32_t uid;
        if (sd_bus_message_read(message, "v", "(uo)", &uid, NULL) >= 0) {
            into->login.uid = uid;
            into->has_user = 1;
        }
    } else {
        sd_bus_message_skip(message, "v");
    }
}

/* A session of nobody known by number cannot be reached: its type says nothing then. */
static void copy_login(session_read *read) {
    const ledger_session *session = &read->session;
    backend_login *login = &read->login;
    ledger_copy(login->id, sizeof login->id, session->id);
    ledger_copy(login->account, sizeof login->account, session->account);
    ledger_copy(login->type, sizeof login->type, read->has_user != 0 ? session->type : "");
}

int32_t logind_read_session(sd_bus_message *reply, ledger_session *session, backend_login *login) {
    session_read read;
    memset(&read, 0, sizeof read);
    if (sd_bus_message_is_method_error(reply, NULL) != 0 ||
        sd_bus_message_enter_container(reply, 'a', "{sv}") < 0) {
        return 0; /* it ended between listing and asking */
    }
    while (sd_bus_message_enter_container(reply, 'e', "sv") > 0) {
        const char *name;
        if (sd_bus_message_read(reply, "s", &name) < 0) {
            return 0;
        }
        read_property(reply, name, &read);
        sd_bus_message_exit_container(reply);
    }
    if (read.session.line[0] == '\0') {
        ledger_copy(read.session.line, sizeof read.session.line, read.login.display);
    }
    read.session.source = LEDGER_LOGIND;
    copy_login(&read);
    *session = read.session;
    *login = read.login;
    return strcmp(read.class, "user") == 0 && strcmp(read.state, "closing") != 0 &&
           read.session.id[0] != '\0' && read.session.account[0] != '\0';
}
