/* session/ledger.h - what is known about this PC and its login sessions, and what follows from it.
 *
 * Pure: no I/O, no clock, no memory allocation. The caller brings what it saw and when; the ledger
 * compares it with what it knew and hands the resulting events to a sink, oldest first. The same
 * struct is the state that survives a restart (ledger_encode / ledger_decode).
 *
 * Rules (SES-01, SES-02, COL-31, COL-36, TRAP-15):
 * - one boot event per boot id; a session gets one logon and one logoff;
 * - `exact` is what was seen or recorded by the system, `estimated` what was derived afterwards;
 * - time in which nobody watched is a gap, never idleness and never a shutdown.
 */
#ifndef SESSION_LEDGER_H
#define SESSION_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#define LEDGER_SESSIONS_MAX 128
#define LEDGER_RECORDS_MAX 2048
#define LEDGER_ENCODED_BYTES_MAX 61440 /* below KINMU_KV_VALUE_BYTES_MAX */
#define LEDGER_BOOT_ID_BYTES 16
#define LEDGER_DETAIL_SIZE 160

#define LEDGER_NS_PER_S 1000000000LL
/* Two boot times nearer than this are the same boot: init writes its record seconds after the
 * kernel started, later still when the clock was set in between. */
#define LEDGER_SAME_BOOT_NS (120 * LEDGER_NS_PER_S)
#define LEDGER_SAME_LOGON_NS (5 * LEDGER_NS_PER_S) /* one logon as seen by two sources */
#define LEDGER_GAP_MIN_NS LEDGER_NS_PER_S          /* shorter absences are not worth a gap */
#define LEDGER_CLOCK_STEP_NS (2 * LEDGER_NS_PER_S) /* NTP slews at most 0.03 s a minute */
#define LEDGER_STALL_BEATS 3                       /* missed heartbeats that make a gap */
/* Between the last heartbeat and the record of a shutdown, and between boot and our start, so much
 * may pass without anybody being to blame. */
#define LEDGER_TRANSITION_NS (180 * LEDGER_NS_PER_S)
/* Still here so long after an announced shutdown: it was called off and nobody said so. */
#define LEDGER_SHUTDOWN_MAX_NS (600 * LEDGER_NS_PER_S)

typedef enum ledger_kind {
    LEDGER_BOOT,
    LEDGER_LOGON,
    LEDGER_LOCK,
    LEDGER_UNLOCK,
    LEDGER_IDLE,
    LEDGER_ACTIVE,
    LEDGER_SLEEP,
    LEDGER_RESUME,
    LEDGER_SWITCH_CONNECT,
    LEDGER_SWITCH_DISCONNECT,
    LEDGER_LOGOFF,
    LEDGER_SHUTDOWN,
    LEDGER_GAP,
    LEDGER_KINDS
} ledger_kind;

typedef enum ledger_source {
    LEDGER_LOGIND,
    LEDGER_UTMP,
    LEDGER_KERNEL,
    LEDGER_HEARTBEAT,
    LEDGER_SOURCES
} ledger_source;

/* What the collector was doing when its state was last stored. */
typedef enum ledger_phase {
    LEDGER_NEVER, /* no state: first start ever */
    LEDGER_RUNNING,
    LEDGER_STOPPED, /* stopped in order while the machine ran on */
    LEDGER_ASLEEP,  /* sleep published, resume not yet seen */
    LEDGER_DOWN,    /* shutdown published */
    LEDGER_PHASES
} ledger_phase;

typedef enum ledger_flag { LEDGER_IS_LOCKED, LEDGER_IS_IDLE, LEDGER_IS_ACTIVE } ledger_flag;

/* A moment on all clocks. suspended_ns is the total this boot spent asleep, 0 where unknown. */
typedef struct ledger_moment {
    int64_t unix_ns;
    uint64_t mono_ns; /* goes on during sleep */
    uint64_t suspended_ns;
} ledger_moment;

typedef struct ledger_session {
    char id[64];
    char account[128];
    char type[16];
    char remote_host[128];
    char line[32];    /* terminal, as utmp and logind both know it; "" = unknown */
    int64_t logon_ns; /* 0 = unknown */
    uint32_t source;  /* LEDGER_LOGIND or LEDGER_UTMP */
    uint8_t is_locked;
    uint8_t is_idle;
    uint8_t is_active;
    uint8_t was_active; /* it was in front once: coming back is a switch, the first time is not */
    uint8_t is_listed;  /* seen in the listing under way */
} ledger_session;

typedef struct ledger {
    uint8_t boot_id[LEDGER_BOOT_ID_BYTES];
    uint32_t phase;
    int32_t is_watching;    /* a power manager would have told us of a shutdown */
    int64_t boot_ns;        /* when this boot began */
    int64_t blind_since_ns; /* sessions cannot be seen since then; 0 = they can */
    int64_t known_ns;       /* last moment `sessions` was known to be right */
    int32_t is_current;     /* `sessions` is right now; not stored */
    int64_t beat_ns;        /* distance of heartbeats; 0 = none yet; not stored */
    ledger_moment alive;    /* last moment known to be observed */
    uint32_t session_count;
    uint32_t sessions_refused; /* beyond LEDGER_SESSIONS_MAX, not stored */
    ledger_session sessions[LEDGER_SESSIONS_MAX];
} ledger;

/* One result. Pointers live until the sink returns. A gap has no session, source and quality. */
typedef struct ledger_event {
    ledger_kind kind;
    ledger_source source;
    int32_t is_estimated;
    int64_t unix_ns;               /* when it happened; a gap: its end */
    int64_t from_ns;               /* a gap: its beginning */
    int64_t noted_ns;              /* when it was noticed, if later; else 0 */
    const ledger_session *session; /* NULL = the machine */
    const char *cause;             /* a gap */
    const char *detail;            /* a gap */
} ledger_event;

typedef struct ledger_sink {
    void (*emit)(void *user, const ledger_event *event);
    void *user;
} ledger_sink;

/* A record of the system's own login history (wtmp). */
typedef enum ledger_record_kind {
    LEDGER_RECORD_BOOT,
    LEDGER_RECORD_SHUTDOWN,
    LEDGER_RECORD_LOGON,
    LEDGER_RECORD_LOGOFF
} ledger_record_kind;

typedef struct ledger_record {
    ledger_record_kind kind;
    int64_t unix_ns;
    ledger_session session; /* LOGON: id, account, type, host, line; LOGOFF: line */
} ledger_record;

/* What a start finds. Records are in file order and may begin before the last known moment. */
typedef struct ledger_start {
    uint8_t boot_id[LEDGER_BOOT_ID_BYTES];
    int64_t boot_ns;
    ledger_moment now;
    const ledger_record *records;
    uint32_t record_count;
} ledger_start;

const char *ledger_kind_name(ledger_kind kind);
const char *ledger_source_name(ledger_source source);

/* Copies text, cut at a UTF-8 character border; always terminates. */
void ledger_copy(char *to, size_t to_size, const char *from);

/* Decides what happened since the stored state: boots, shutdowns, power cuts, gaps, and sessions
 * that began and ended unseen. Afterwards the phase is RUNNING. */
void ledger_begin(ledger *book, const ledger_start *start, const ledger_sink *sink);

/* A listing of the sessions present: begin, one `seen` each, end. Known sessions that are not
 * listed have ended. `is_live`: changes are noticed as they happen (else while nobody watched). */
void ledger_list_begin(ledger *book);
void ledger_list_end(ledger *book, int32_t is_live, const ledger_moment *now,
                     const ledger_sink *sink);
/* A session exists, listed or just opened: new ones log on, known ones update their flags. */
void ledger_session_seen(ledger *book, const ledger_session *seen, int32_t is_live,
                         const ledger_moment *now, const ledger_sink *sink);
void ledger_session_gone(ledger *book, const char *id, const ledger_moment *now,
                         const ledger_sink *sink);
void ledger_session_flag(ledger *book, const char *id, ledger_flag flag, int32_t is_on,
                         const ledger_moment *now, const ledger_sink *sink);

/* The power manager announces sleep or shutdown (begins = 1), or that it is over (0). */
void ledger_sleep(ledger *book, int32_t begins, const ledger_moment *now, const ledger_sink *sink);
void ledger_shutdown(ledger *book, int32_t begins, const ledger_moment *now,
                     const ledger_sink *sink);

/* The heartbeat: moves `alive` on, finds sleeps nobody announced, stalls and clock steps. */
void ledger_beat(ledger *book, int64_t interval_ns, const ledger_moment *now,
                 const ledger_sink *sink);

/* Sessions can no longer be seen, or can again, which ends the gap. `is_watching`: whoever sees
 * them now would also announce a shutdown. */
void ledger_blind(ledger *book, const ledger_moment *now);
void ledger_sighted(ledger *book, int32_t is_watching, const char *why, const ledger_moment *now,
                    const ledger_sink *sink);

/* The collector stops in order; the machine goes on. */
void ledger_stop(ledger *book, const char *why_blind, const ledger_moment *now,
                 const ledger_sink *sink);

/* The state as bytes. encode returns the size (at most LEDGER_ENCODED_BYTES_MAX; sessions that do
 * not fit are left out). decode returns 0, or -1 for foreign or damaged bytes: *book is untouched.
 */
size_t ledger_encode(const ledger *book, uint8_t out[LEDGER_ENCODED_BYTES_MAX]);
int32_t ledger_decode(ledger *book, const uint8_t *data, size_t size);

#endif
