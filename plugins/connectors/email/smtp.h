/* email/smtp.h - one mail to a mail server, by libcurl: TLS, login, time-outs, what it answered.
 * Blocks: for jobs only. A session keeps its connection from mail to mail. */
#ifndef EMAIL_SMTP_H
#define EMAIL_SMTP_H

#include <kinmu/base.h>

#include <stdatomic.h>

#define SMTP_ANSWER_SIZE 400u
#define SMTP_URL_SIZE 600u

/* What became of a mail. */
enum {
    SMTP_SENT,
    SMTP_LATER, /* this mail was put off (4xx) */
    SMTP_REFUSED /* this mail will never be taken (5xx) */,
    SMTP_CUT, /* the server had the text, or part of it, and gave no answer: it may have the mail */
    SMTP_AWAY, /* nothing goes now: no connection, no time, 4xx to a greeting */
    SMTP_WRONG /* nothing goes until conf.d or the server is changed: certificate, login, TLS */
};

typedef struct smtp_server {
    const char *host;
    int64_t port;
    const char *security;  /* "starttls", "tls", "none" (this computer only) */
    const char *authority; /* PEM file; NULL = the system's */
    const char *user;      /* NULL = no login */
    const char *password;
    const char *greeting; /* name in EHLO */
    int64_t timeout_ms; /* for one answer; half of it to connect, greet and log in; twice in all */
} smtp_server;

typedef struct smtp_session smtp_session;

/* NULL: no memory, or no libcurl with SMTP. `stop` not 0 ends what is under way within a second. */
smtp_session *smtp_open(const smtp_server *server, const atomic_int *stop);
void smtp_close(smtp_session *s);

/* Sends it. `answer` gets the server's last line, or why there is none. */
int32_t smtp_send(smtp_session *s, const char *from, const char *to, const char *text,
                  char answer[SMTP_ANSWER_SIZE]);

#endif
