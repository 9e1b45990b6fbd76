/* session/backend.h - what watches sessions and power, and what is read from the system once.
 *
 * A backend tells its watcher what it sees and decides nothing; the ledger does. Everything is
 * [turn] unless tagged. Backends: logind.c (D-Bus), utmp.c (files); Windows would add one.
 */
#ifndef SESSION_BACKEND_H
#define SESSION_BACKEND_H

#include <kinmu/iface/poll.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#include "ledger.h"

#define BACKEND_WHY_SIZE 256

/* How a login session is reached, beside its history: read by logind.c for logins.c. */
typedef struct backend_login {
    char id[64];
    char account[128];
    char type[16];    /* "x11", "wayland", "tty" … */
    char display[32]; /* of an X server; "" = unknown */
    uint32_t uid;
} backend_login;

/* What a backend tells. `is_live`: seen as it happened, not found by a listing. */
typedef struct backend_watcher {
    void (*list_begin)(void *user);
    void (*seen)(void *user, const ledger_session *session, int32_t is_live);
    void (*login)(void *user, const backend_login *login); /* a session as it is now */
    void (*list_end)(void *user, int32_t is_live);         /* also: the backend works now */
    void (*gone)(void *user, const char *id);
    void (*flag)(void *user, const char *id, ledger_flag flag, int32_t is_on);
    void (*sleep)(void *user, int32_t begins);
    void (*shutdown)(void *user, int32_t begins);
    void (*down)(void *user, const char *why); /* cannot see; tries again by itself */
} backend_watcher;

typedef struct backend_setup {
    const kinmu_host *host;
    const kinmu_poll *poll;
    const kinmu_timer *timer;
    const kinmu_work *work;
    const backend_watcher *watcher;
    void *user;
    const char *utmp_file; /* lives as long as the backend */
} backend_setup;

typedef struct backend {
    const char *name;
    void *(*create)(const backend_setup *setup); /* NULL: out of memory */
    void (*start)(void *self);
    void (*stop)(void *self); /* also when not started */
    void (*destroy)(void *self);
    void (*beat)(void *self);   /* every heartbeat; may be NULL */
    void (*let_go)(void *self); /* what was announced is on disk: sleep may begin; may be NULL */
} backend;

extern const backend logind_backend;
extern const backend utmp_backend;

/* Newest records of a wtmp file that lie after since_ns, in file order; free() *records. A missing
 * file has none. [job] */
int32_t utmp_read_history(const char *path, int64_t since_ns, ledger_record **records,
                          uint32_t *count);

/* Boot id and time below a proc folder; zeros where they cannot be read. [job] */
void machine_read_boot(const char *proc_folder, uint8_t boot_id[LEDGER_BOOT_ID_BYTES],
                       int64_t *boot_ns);
/* How long this boot was asleep so far; 0 where unknown. [any] */
uint64_t machine_suspended_ns(void);

#endif
