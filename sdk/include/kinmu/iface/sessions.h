/* kinmu/iface/sessions.h - tell the host who is logged in, so that it starts the session collectors
 * for each login session, under that user's account. Only for collectors shipped with Kinmu that
 * watch the whole machine; a host that may not change accounts ignores it. */
#ifndef KINMU_IFACE_SESSIONS_H
#define KINMU_IFACE_SESSIONS_H

#include <kinmu/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_SESSIONS_1 "kinmu.sessions/1"
#define KINMU_SESSIONS_MAX 64u
#define KINMU_SESSION_ENVIRONMENT_MAX 16u
#define KINMU_SESSION_NAME_BYTES_MAX 63u /* of an id, of an account */
#define KINMU_SESSION_WORD_BYTES_MAX 255u

typedef struct kinmu_login_session {
    const char *id;                 /* the system's name of the session, stable while it lives */
    const char *account;            /* login account; the host looks up its rights itself */
    const char *const *environment; /* "DISPLAY=:0" …: what a program needs to reach the session */
    uint32_t environment_count;
    uint32_t reserved;
} kinmu_login_session;

typedef struct kinmu_sessions {
    uint32_t struct_size;
    uint32_t reserved;

    /* Gives the whole list of sessions a person works in now; what is no longer in it has ended,
     * and a changed environment starts that session's collectors anew. Copied. E_DENIED for plugins
     * that may not, E_REJECT for a list beyond the limits, KINMU_OK also where the host serves its
     * own session only. [turn] Since 1.0 */
    int32_t (*present)(const kinmu_host *host, const kinmu_login_session *sessions, uint32_t count);
} kinmu_sessions;

#ifdef __cplusplus
}
#endif
#endif
