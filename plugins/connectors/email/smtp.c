/* email/smtp.c - see smtp.h. */
#include "smtp.h"

#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READING 0 /* SHUT_RD, SD_RECEIVE: of a socket as curl.h knows it */

struct smtp_session {
    CURL *easy;
    const atomic_int *stop;
    char url[SMTP_URL_SIZE];
    const char *text;
    size_t at, size;
    char *answer;
    char detail[CURL_ERROR_SIZE];
};

static size_t give_text(char *to, size_t one, size_t count, void *user) {
    smtp_session *s = user;
    size_t room = one * count;
    size_t part = s->size - s->at < room ? s->size - s->at : room;
    memcpy(to, s->text + s->at, part);
    s->at += part;
    return part;
}

/* The last line the server said, without what could not be shown. */
static size_t take_answer(char *line, size_t one, size_t count, void *user) {
    const smtp_session *s = user;
    size_t size = one * count;
    size_t length = size < SMTP_ANSWER_SIZE - 1 ? size : SMTP_ANSWER_SIZE - 1;
    if (s->answer == NULL || (size > 3 && memcmp(line, "221", 3) == 0)) {
        return size; /* what QUIT is answered interests nobody */
    }
    for (size_t i = 0; i < length; i++) {
        s->answer[i] = line[i] < ' ' || line[i] > '~' ? ' ' : line[i];
    }
    while (length > 0 && s->answer[length - 1] == ' ') {
        length--;
    }
    s->answer[length] = '\0';
    return size;
}

static int is_stopped(void *user, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                      curl_off_t up) {
    const smtp_session *s = user;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    return atomic_load(s->stop);
}

#define SET(option, value) (failed |= curl_easy_setopt(s->easy, (option), (value)) != CURLE_OK)

static int32_t set_up(smtp_session *s, const smtp_server *server) {
    int32_t is_wrapped = strcmp(server->security, "tls") == 0;
    int32_t is_plain = strcmp(server->security, "none") == 0;
    int32_t failed = 0;
    int length = snprintf(s->url, sizeof s->url, "%s://%s:%d/%s", is_wrapped ? "smtps" : "smtp",
                          server->host, (int)server->port, server->greeting);
    failed |= length < 0 || (size_t)length >= sizeof s->url;
    SET(CURLOPT_URL, s->url);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_USE_SSL, (long)(is_plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (server->authority != NULL) {
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_CAINFO, server->authority);
    }
    if (server->user != NULL) {
        SET(CURLOPT_USERNAME, server->user);
        SET(CURLOPT_PASSWORD, server->password != NULL ? server->password : "");
    }
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(server->timeout_ms / 2));
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)(server->timeout_ms / 1000));
    SET(CURLOPT_TIMEOUT_MS, (long)(server->timeout_ms * 2));
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, give_text);
    SET(CURLOPT_READDATA, s);
    SET(CURLOPT_HEADERFUNCTION, take_answer);
    SET(CURLOPT_HEADERDATA, s);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, is_stopped);
    SET(CURLOPT_XFERINFODATA, s);
    SET(CURLOPT_ERRORBUFFER, s->detail);
    return failed;
}

smtp_session *smtp_open(const smtp_server *server, const atomic_int *stop) {
    smtp_session *s = calloc(1, sizeof *s);
    if (s == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(s);
        return NULL;
    }
    s->easy = curl_easy_init();
    s->stop = stop;
    if (s->easy == NULL || set_up(s, server)) {
        smtp_close(s);
        return NULL;
    }
    return s;
}

void smtp_close(smtp_session *s) {
    if (s != NULL) {
        s->answer = NULL;
        curl_easy_cleanup(s->easy);
        free(s);
    }
}

/* A code that speaks of the login or of TLS, not of the mail (RFC 4954, RFC 3207). */
static int32_t is_about_login(long code) {
    return code == 530 || code == 534 || code == 535 || code == 538 || code == 454;
}

static int32_t outcome_of(const smtp_session *s, CURLcode result, long code) {
    switch (result) {
    case CURLE_OK:
        return SMTP_SENT;
    case CURLE_LOGIN_DENIED:
        return code / 100 == 4 ? SMTP_AWAY : SMTP_WRONG;
    case CURLE_USE_SSL_FAILED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_NOT_BUILT_IN:
    case CURLE_URL_MALFORMAT:
        return SMTP_WRONG;
    default:
        break;
    }
    /* Refused at MAIL, RCPT or DATA, or after the text; a greeting that refuses is another thing.
     */
    int32_t is_of_mail = result == CURLE_SEND_ERROR || s->at > 0;
    if (!is_of_mail || code < 400) {
        return s->at > 0 ? SMTP_CUT : SMTP_AWAY;
    }
    if (is_about_login(code)) {
        return code / 100 == 4 ? SMTP_AWAY : SMTP_WRONG;
    }
    return code == 421 ? SMTP_AWAY : code >= 500 ? SMTP_REFUSED : SMTP_LATER;
}

/* Nothing more is heard on this connection: without it libcurl, which says QUIT as it closes one,
 * would wait minutes for the answer of a server that stalls. */
static void hang_up(const smtp_session *s) {
    curl_socket_t line = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(s->easy, CURLINFO_ACTIVESOCKET, &line) == CURLE_OK &&
        line != CURL_SOCKET_BAD) {
        (void)shutdown(line, READING);
    }
}

int32_t smtp_send(smtp_session *s, const char *from, const char *to, const char *text,
                  char answer[SMTP_ANSWER_SIZE]) {
    struct curl_slist *receivers = curl_slist_append(NULL, to);
    int32_t failed = receivers == NULL;
    long code = 0;
    s->text = text;
    s->size = strlen(text);
    s->at = 0;
    s->answer = answer;
    s->detail[0] = '\0';
    answer[0] = '\0';
    SET(CURLOPT_MAIL_FROM, from);
    SET(CURLOPT_MAIL_RCPT, receivers);
    CURLcode result = failed ? CURLE_OUT_OF_MEMORY : curl_easy_perform(s->easy);
    (void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &code);
    int32_t outcome = outcome_of(s, result, code);
    if (outcome == SMTP_CUT || outcome == SMTP_AWAY || outcome == SMTP_WRONG) {
        hang_up(s);
        (void)snprintf(answer, SMTP_ANSWER_SIZE, "%s",
                       s->detail[0] != '\0' ? s->detail : curl_easy_strerror(result));
    }
    s->answer = NULL;
    (void)curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, NULL);
    curl_slist_free_all(receivers);
    return outcome;
}
