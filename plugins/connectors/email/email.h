/* email/email.h - one instance and what its files do for each other.
 *
 *   email.c     the plugin's table, the instance's life, what comes from the bus
 *   settings.c  conf.d, judged and copied
 *   commands.c  what people may call, which judge judges
 *   note.c      news: who gets which mail      digest.c    the same by the clock
 *   book.c      rows a decision looks at, mails it queues
 *   round.c     the queue, the mail server, what came of it
 *   letter.c    a queued mail gets its words, as things are now
 *   template.c  texts.c  compose.c             words become the mail (pure)
 *   smtp.c      the mail server
 *
 * A queued mail is a record (kinmu.mail.message), decided before the news it comes from counts as
 * handled; so is what came of it. In between the mail is sent: killed just there, Kinmu sends it
 * again with the same Message-ID. What the mail says is read when it is sent, and is kept nowhere.
 */
#ifndef EMAIL_EMAIL_H
#define EMAIL_EMAIL_H

#include "desk.h"
#include "table.h"
#include "settings.h"
#include "smtp.h"
#include "words.h"

#include <kinmu/iface/metrics.h>
#include <kinmu/iface/secret.h>
#include <stdatomic.h>

enum {
    USE_PERSON,
    USE_ASSIGNMENT,
    USE_GROUP,
    USE_SETTING,
    USE_REQUEST,
    USE_DECISION,
    USE_DAY,
    USE_ALERT,
    USE_IMPORT,
    USE_MESSAGE,
    USE_CHANGE,
    USES
};

enum { METRIC_SENT, METRIC_FAILED, METRIC_PUT_OFF, METRIC_AWAY, METRIC_DELAY, METRICS };

#define EMAIL_ID_SIZE 320u
#define EMAIL_NEWS_MAX 64u
#define EMAIL_INVITE_SIZE 200u
#define EMAIL_LETTERS_MAX 16u
#define SECOND_NS INT64_C(1000000000)

/* What came from the bus and may be a mail; noted once its mails are decided. */
typedef struct news {
    const char *what; /* NOTE_WHAT */
    char id[EMAIL_ID_SIZE];
    int64_t a, b;
    uint64_t number;
    uint64_t asked_ms; /* when the desk was asked; 0 = not yet */
    int32_t is_noted;
} news;

/* A mail under way. */
typedef struct letter {
    char id[EMAIL_ID_SIZE];
    const kinmu_value *row; /* kinmu.mail.message, in the round's memory */
    const char *address, *text;
    const char *state; /* what came of it; NULL = nothing yet */
    char problem[SMTP_ANSWER_SIZE];
    int64_t attempts, due_ns, sent_ns;
    char invite[EMAIL_INVITE_SIZE]; /* what lets its receiver in: here alone, and wiped */
    int64_t invite_expires_ns;
    int32_t is_inviting, is_admins;
    struct email *email;
    uint64_t number;
    uint64_t asked_ms;
    int32_t is_recorded;
} letter;

typedef struct email {
    desk desk;
    const kinmu_host *host;
    const kinmu_records *records;
    const kinmu_metrics *metrics;
    const kinmu_secret *secret;
    settings settings;
    int64_t rate;
    int32_t is_paused;
    int32_t is_running;
    atomic_int stop;
    uint64_t tick_timer;
    uint64_t last_number;
    /* The batch from the bus. */
    uint64_t batch_block, batch_sequence;
    uint64_t batch_ms; /* since when */
    uint32_t scanned;  /* events of it */
    news news[EMAIL_NEWS_MAX];
    uint32_t news_count;
    /* By the clock. */
    char digest_date[WORDS_DATE_SIZE]; /* its digests are decided */
    uint64_t digest_ms, ended_ms;      /* not asked before */
    /* The round. */
    memory memory;
    letter letters[EMAIL_LETTERS_MAX];
    uint32_t letter_count;
    int32_t is_stepping, must_look;
    uint32_t inviting;       /* letters that wait for their invitation */
    uint64_t round_decision; /* it reads no older rows */
    int64_t allowance;       /* mails it may send */
    int32_t step_status;
    int32_t trouble; /* SMTP_CUT, SMTP_AWAY or SMTP_WRONG in this round; else 0 */
    char trouble_text[SMTP_ANSWER_SIZE];
    int64_t next_due_ns;
    uint64_t not_before_ms, back_off_ms;
    uint64_t window_ms; /* the minute that is counted */
    int64_t window_sent;
    int64_t now_ns; /* of the round */
    int32_t utc_offset_s;
} email;

/* ---- email.c ---- */
uint64_t email_now_ms(const email *e);
/* Asks the desk for something nobody waits for; the number comes back to email_after. */
int32_t email_ask(email *e, uint32_t command, const kinmu_value *values, uint32_t count,
                  uint64_t *number);

/* ---- commands.c ---- */
enum {
    COMMAND_LIST,
    COMMAND_RETRY,
    COMMAND_INVITE,
    EMAIL_COMMANDS,
    ASK_NOTE = EMAIL_COMMANDS,
    ASK_OUTCOME,
    ASK_DIGEST,
    ASK_ENDED
};
extern const kinmu_command email_command_rows[EMAIL_COMMANDS];
int32_t email_call(void *instance, const kinmu_call *call, kinmu_err *err);
int32_t email_judge(desk_decision *d, desk_call *call);

/* ---- round.c ---- [turn] */
void round_go_on(email *e);
void round_end(email *e);
/* The outcome of that number is recorded. */
void round_recorded(email *e, uint64_t number);

/* ---- letter.c ---- [job] */
/* Fills in address and text. NULL, or why it is no longer needed or cannot be; *status is not
 * KINMU_OK when the store does not answer. */
const char *letter_write(email *e, letter *l, int32_t *status);

#endif
