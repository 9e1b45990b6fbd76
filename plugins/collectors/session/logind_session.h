/* session/logind_session.h - reads what systemd-logind says about a session. */
#ifndef SESSION_LOGIND_SESSION_H
#define SESSION_LOGIND_SESSION_H

#include <systemd/sd-bus.h>

#include "backend.h"

/* Read one variant; another type leaves *to as it is. */
void logind_read_text(sd_bus_message *message, char *to, size_t to_size);
void logind_read_flag(sd_bus_message *message, uint8_t *to);

/* Reads a reply of GetAll; 1 = a person's session (class "user") that is not over. */
int32_t logind_read_session(sd_bus_message *reply, ledger_session *session, backend_login *login);

#endif
