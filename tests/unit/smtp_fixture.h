/* smtp_fixture.h - a mail server of a test, on a port of its own in a thread of its own, one
 * connection after the other. The receiver decides what it does with a mail:
 *
 *   later@  450 to RCPT, each time          gone@   goes at RCPT
 *   drop@   takes the text, then goes       stall@  takes the text, then says nothing any more
 *
 * All others are taken. What it took is kept, also of those it did not answer. */
#ifndef TESTS_SMTP_FIXTURE_H
#define TESTS_SMTP_FIXTURE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SMTP_FIXTURE_MAILS_MAX 64u

typedef struct smtp_fixture {
    int listener, port;
    pthread_t thread;
    int greets_after_ms, answers_text_after_ms; /* set before the first mail */
    atomic_int *stop_at_text;                   /* becomes 1 once stall@'s text is there */
    pthread_mutex_t mutex;                      /* over what follows */
    uint32_t mail_count, put_off_count, connection_count;
    struct {
        char to[64], message_id[128];
    } mails[SMTP_FIXTURE_MAILS_MAX];
} smtp_fixture;

static inline void smtp_fixture_say(int line, const char *text) {
    (void)send(line, text, strlen(text), MSG_NOSIGNAL);
}

/* A line without its end; 0 when the client went. */
static inline int smtp_fixture_line(int from, char *text, size_t size) {
    size_t length = 0;
    char c = 0;
    while (recv(from, &c, 1, 0) == 1) {
        if (c == '\n') {
            length -= length > 0 && text[length - 1] == '\r';
            text[length] = '\0';
            return 1;
        }
        if (length + 1 < size) {
            text[length++] = c;
        }
    }
    return 0;
}

/* Up to the dot; 0 when the client went. */
static inline int smtp_fixture_text(smtp_fixture *s, int from, const char *to) {
    char line[1100];
    char id[128] = "";
    while (smtp_fixture_line(from, line, sizeof line)) {
        if (strncmp(line, "Message-ID: ", 12) == 0) {
            (void)snprintf(id, sizeof id, "%.127s", line + 12);
        }
        if (strcmp(line, ".") == 0) {
            pthread_mutex_lock(&s->mutex);
            if (s->mail_count < SMTP_FIXTURE_MAILS_MAX) {
                (void)snprintf(s->mails[s->mail_count].to, 64, "%s", to);
                (void)snprintf(s->mails[s->mail_count++].message_id, 128, "%s", id);
            }
            pthread_mutex_unlock(&s->mutex);
            return 1;
        }
    }
    return 0;
}

static inline void smtp_fixture_serve(smtp_fixture *s, int line) {
    char text[1100];
    char to[64] = "";
    (void)poll(NULL, 0, s->greets_after_ms);
    smtp_fixture_say(line, "220 fixture\r\n");
    while (smtp_fixture_line(line, text, sizeof text)) {
        if (strncmp(text, "RCPT TO:<", 9) == 0) {
            (void)snprintf(to, sizeof to, "%.*s", (int)strcspn(text + 9, ">"), text + 9);
            if (strncmp(to, "gone@", 5) == 0) {
                return;
            }
            int is_later = strncmp(to, "later@", 6) == 0;
            pthread_mutex_lock(&s->mutex);
            s->put_off_count += (uint32_t)is_later;
            pthread_mutex_unlock(&s->mutex);
            smtp_fixture_say(line, is_later ? "450 4.2.1 mailbox busy\r\n" : "250 ok\r\n");
        } else if (strcmp(text, "DATA") == 0) {
            smtp_fixture_say(line, "354 go on\r\n");
            if (!smtp_fixture_text(s, line, to) || strncmp(to, "drop@", 5) == 0) {
                return;
            }
            if (strncmp(to, "stall@", 6) == 0) {
                if (s->stop_at_text != NULL) {
                    atomic_store(s->stop_at_text, 1);
                }
                while (recv(line, text, sizeof text, 0) > 0) {
                }
                return;
            }
            (void)poll(NULL, 0, s->answers_text_after_ms);
            smtp_fixture_say(line, "250 taken\r\n");
        } else if (strcmp(text, "QUIT") == 0) {
            smtp_fixture_say(line, "221 bye\r\n");
            return;
        } else {
            smtp_fixture_say(line, "250 ok\r\n");
        }
    }
}

static inline void *smtp_fixture_run(void *user) {
    smtp_fixture *s = user;
    for (int line = accept(s->listener, NULL, NULL); line >= 0;
         line = accept(s->listener, NULL, NULL)) {
        pthread_mutex_lock(&s->mutex);
        s->connection_count++;
        pthread_mutex_unlock(&s->mutex);
        smtp_fixture_serve(s, line);
        (void)close(line);
    }
    return NULL;
}

static inline void smtp_fixture_start(smtp_fixture *s) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    *s = (smtp_fixture){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_true(s->listener >= 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(s->listener, 16), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &size), 0);
    s->port = ntohs(at.sin_port);
    assert_int_equal(pthread_mutex_init(&s->mutex, NULL), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, smtp_fixture_run, s), 0);
}

/* No client may be connected. */
static inline void smtp_fixture_end(smtp_fixture *s) {
    (void)shutdown(s->listener, SHUT_RDWR);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
    (void)pthread_mutex_destroy(&s->mutex);
}

/* How many mails to that receiver it took; NULL = to anybody. */
static inline uint32_t smtp_fixture_took(smtp_fixture *s, const char *to) {
    uint32_t count = 0;
    pthread_mutex_lock(&s->mutex);
    for (uint32_t i = 0; i < s->mail_count; i++) {
        count += to == NULL || strcmp(s->mails[i].to, to) == 0;
    }
    pthread_mutex_unlock(&s->mutex);
    return count;
}

#endif
