/* session/logins.h - the graphical login sessions, presented to the host so that it starts the
 * session collectors in each of them (sessions/1).
 *
 * A new session is presented once a program in it tells how to reach its display, or after
 * LOGINS_HOLD_TRIES looks without one; what is found later is presented again. Looks are jobs with
 * back-off and end after LOGINS_TRIES_MAX. A list is never presented before the first listing is
 * complete, and stays as it is while logind cannot be asked: nobody's collection ends because
 * something else broke. Without the interface, or where the host denies it, nothing is done. All
 * [turn].
 */
#ifndef SESSION_LOGINS_H
#define SESSION_LOGINS_H

#include <kinmu/iface/sessions.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include "backend.h"
#include "surroundings.h"

#define LOGINS_HOLD_TRIES 3 /* at once, after 1 s, after 2 s */
#define LOGINS_TRIES_MAX 7  /* … 4, 8, 16, 32 s */

typedef struct logins_entry {
    backend_login login;
    surroundings found;
    uint32_t rating;
    uint32_t tries;
    uint8_t is_listed;
    uint8_t is_offered; /* part of the list for the host */
} logins_entry;

typedef struct logins {
    const kinmu_host *host;
    const kinmu_sessions *sessions; /* NULL = nobody to present to */
    const kinmu_timer *timer;
    const kinmu_work *work;
    const char *proc_folder;
    int32_t is_started;
    uint32_t generation; /* of the start; looks of an earlier one are dropped */
    int32_t is_listing;
    int32_t is_looking;
    int32_t must_present;
    int32_t has_presented;
    uint64_t look_timer;
    uint32_t count;
    uint64_t refused; /* beyond KINMU_SESSIONS_MAX */
    logins_entry entries[KINMU_SESSIONS_MAX];
} logins;

/* proc_folder lives as long as the instance. */
void logins_init(logins *self, const kinmu_host *host, const kinmu_timer *timer,
                 const kinmu_work *work, const char *proc_folder);
void logins_start(logins *self);
void logins_stop(logins *self);
void logins_list_begin(logins *self);
void logins_seen(logins *self, const backend_login *login);
void logins_gone(logins *self, const char *id);
void logins_list_end(logins *self);

#endif
