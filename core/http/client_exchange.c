/* http/client_exchange.c - one request from send to done: attempts, pauses, redirects, the end of
 * its time, and how what came is told. Every path ends in end_exchange, once. */
#include "http/client_internal.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "http/client_failure.h"
#include "http/client_request.h"
#include "http/client_retry.h"

#include <stdlib.h>
#include <string.h>

static void on_timer(uv_timer_t *timer);

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle) {
    http_exchange *e = handle->data;
    arena_free(&e->memory);
    buffer_wipe(&e->body);
    http_answer_clear(&e->answer);
    if (e->secret != NULL) {
        crypto_wipe(e->secret, strlen(e->secret));
        free(e->secret);
    }
    free(e);
}

void http_exchange_cancel(http_exchange *e) {
    if (e->phase == EXCHANGE_ENDED) {
        return;
    }
    http_client *client = e->client;
    http_exchange **at = &client->first;
    while (*at != e) {
        at = &(*at)->next;
    }
    *at = e->next;
    client->open_count--;
    e->phase = EXCHANGE_ENDED;
    http_easy_release(e);
    uv_close((uv_handle_t *)&e->timer, on_closed);
}

static void list_headers(const http_answer *answer, kinmu_header *headers) {
    const char *at = (const char *)answer->headers.data;
    for (uint32_t i = 0; i < answer->header_count; i++) {
        headers[i].name = at;
        at += strlen(at) + 1;
        headers[i].value = at;
        at += strlen(at) + 1;
    }
}

static void end_exchange(http_exchange *e, int32_t status, const char *text) {
    kinmu_header headers[KINMU_HTTP_HEADERS_MAX];
    http_answer *answer = &e->answer;
    const http_hooks hooks = e->hooks;
    int32_t is_answer = status == KINMU_OK;
    kinmu_http_response response = {
        .struct_size = (uint32_t)sizeof response,
        .status = status,
        .code = is_answer ? answer->code : 0,
        .header_count = is_answer ? answer->header_count : 0,
        .headers = headers,
        .body = is_answer ? buffer_string(&answer->body) : "",
        .body_size = is_answer ? (uint32_t)answer->body.size : 0,
        .attempts = e->attempts,
        .text = text,
    };
    if (is_answer) {
        list_headers(answer, headers);
    }
    http_exchange_cancel(e); /* first: what it holds lives until the loop has turned */
    hooks.done(hooks.user, &response);
}

/* ---- again or not ---- */

static uint64_t pause_before(const http_exchange *e) {
    uint32_t chance = 0;
    crypto_random(&chance, sizeof chance);
    uint64_t pause_ms = http_retry_pause_ms(e->attempts, chance);
    if (e->answer.code != 429 && e->answer.code != 503) {
        return pause_ms;
    }
    kinmu_header headers[KINMU_HTTP_HEADERS_MAX];
    kinmu_http_response response = {.header_count = e->answer.header_count, .headers = headers};
    list_headers(&e->answer, headers);
    const char *value = kinmu_http_value(&response, "Retry-After");
    int64_t asked_ms = value != NULL ? http_retry_after_ms(value, clock_unix_ns() / CLOCK_NS_PER_S,
                                                           e->client->curl->getdate)
                                     : -1;
    return asked_ms > (int64_t)pause_ms ? (uint64_t)asked_ms : pause_ms;
}

/* 1 when another attempt is on its way. */
static int32_t try_again(http_exchange *e) {
    if (!e->is_repeatable || e->has_given || e->attempts - e->redirects > e->request.retries_max) {
        return 0;
    }
    uint64_t now_ms = uv_now(e->client->loop);
    uint64_t pause_ms = pause_before(e);
    if (e->deadline_ms <= now_ms || pause_ms >= e->deadline_ms - now_ms) {
        return 0; /* it would come too late to be waited for */
    }
    http_answer_clear(&e->answer);
    e->phase = EXCHANGE_WAITING;
    uv_timer_start(&e->timer, on_timer, pause_ms, 0);
    return 1;
}

/* ---- one attempt ---- */

static void begin_attempt(http_exchange *e) {
    kinmu_err err = {{0}, {0}};
    uint64_t now_ms = uv_now(e->client->loop);
    int32_t status = http_request_check(&e->request, &err);
    if (status == KINMU_OK && e->request.secret != NULL &&
        (e->secret == NULL || strpbrk(e->secret, "\r\n") != NULL)) {
        status = error_set(&err, KINMU_E_DENIED, "http.secret",
                           e->secret == NULL
                               ? "http: there is no secret behind \"%s\"; check the option's file"
                               : "http: the secret behind \"%s\" has more than one line",
                           e->request.secret);
    }
    if (status == KINMU_OK && e->request.trust == KINMU_HTTP_TRUST_DEVICE &&
        !e->hooks.may_use_device) {
        status = error_set(&err, KINMU_E_DENIED, "http.device",
                           "http: this plugin may not show itself as this node; only plugins "
                           "shipped with Kinmu may");
    }
    status = status == KINMU_OK ? http_client_open(e->client, &err) : status;
    status = status == KINMU_OK ? http_easy_place(e, &err) : status;
    status = status == KINMU_OK ? http_easy_prepare(e, &err) : status;
    if (status != KINMU_OK) {
        end_exchange(e, status, err.msg);
        return;
    }
    e->attempts++;
    e->phase = EXCHANGE_RUNNING;
    e->is_curl_held = 0;
    uv_timer_start(&e->timer, on_timer, e->deadline_ms > now_ms ? e->deadline_ms - now_ms : 1, 0);
    if (e->client->curl->multi_add_handle(e->client->multi, e->easy) != CURLM_OK) {
        end_exchange(e, KINMU_E_NOMEM, "http: out of memory");
    }
}

static void end_late(http_exchange *e) {
    kinmu_err err;
    curl_off_t ready_us = 0;
    e->client->curl->easy_getinfo(e->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    error_set(&err, KINMU_E_RETRY, "http.timeout", "http: %s: %s within the request's %u ms",
              e->place,
              e->answer.code != 0 ? "the answer did not end"
              : ready_us > 0      ? "no answer"
                                  : "no connection",
              e->request.timeout_ms);
    end_exchange(e, KINMU_E_RETRY, err.msg);
}

static void on_timer(uv_timer_t *timer) {
    http_exchange *e = timer->data;
    if (e->phase == EXCHANGE_WAITING) {
        begin_attempt(e);
    } else if (e->phase == EXCHANGE_RUNNING) {
        end_late(e);
    }
}

/* ---- what came ---- */

static void end_on_fault(http_exchange *e) {
    kinmu_err err;
    if (e->answer.fault == FAULT_HEADERS) {
        error_set(&err, KINMU_E_REJECT, "http.headers",
                  "http: %s: the answer's header is larger than %u lines or %u bytes", e->place,
                  KINMU_HTTP_HEADERS_MAX, KINMU_HTTP_HEADER_BYTES_MAX);
    } else if (e->answer.fault == FAULT_BODY) {
        error_set(&err, KINMU_E_REJECT, "http.body",
                  "http: %s: the answer is larger than the request allows; it was cut off",
                  e->place);
    } else {
        error_set(&err, KINMU_E_REJECT, "http.memory", "http: out of memory");
    }
    end_exchange(e, e->answer.fault == FAULT_MEMORY ? KINMU_E_NOMEM : KINMU_E_REJECT, err.msg);
}

/* 1 when the answer is a redirect and that is dealt with. */
static int32_t follow(http_exchange *e, const char *url) {
    kinmu_err err;
    const char *method = e->request.method != NULL ? e->request.method : "GET";
    int32_t is_redirect = e->answer.code >= 301 && e->answer.code <= 308 && e->answer.code != 304;
    if (!is_redirect || url == NULL || (e->request.flags & KINMU_HTTP_FOLLOW) == 0 ||
        (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)) {
        return 0;
    }
    int32_t is_same = http_easy_same_server(e, url);
    char *copy = is_same && e->redirects < HTTP_REDIRECTS_MAX
                     ? arena_text(&e->memory, url, strlen(url))
                     : NULL;
    if (copy == NULL) {
        error_set(&err, KINMU_E_DENIED, "http.redirect",
                  is_same ? "http: %s: it redirects more than %u times"
                          : "http: %s: it redirects to another server, which is not followed; use "
                            "that server's URL if it is the right one",
                  e->place, HTTP_REDIRECTS_MAX);
        http_easy_release(e);
        end_exchange(e, KINMU_E_DENIED, err.msg);
        return 1;
    }
    e->request.url = copy;
    e->redirects++;
    http_easy_release(e);
    http_answer_clear(&e->answer);
    begin_attempt(e);
    return 1;
}

static void end_on_failure(http_exchange *e) {
    kinmu_err err;
    const curl_table *curl = e->client->curl;
    curl_off_t ready_us = 0;
    http_failure f = {
        .code = e->result,
        .detail = e->detail[0] != '\0' ? e->detail : curl->easy_strerror(e->result),
        .place = e->place,
        .proxy = e->is_loopback ? NULL : e->client->settings.proxy,
        .is_device = e->request.trust == KINMU_HTTP_TRUST_DEVICE,
        .connect_s_max = HTTP_CONNECT_S_MAX,
        .stall_s_max = HTTP_STALL_S_MAX,
    };
    curl->easy_getinfo(e->easy, CURLINFO_SSL_VERIFYRESULT, &f.verify);
    curl->easy_getinfo(e->easy, CURLINFO_HTTP_CONNECTCODE, &f.proxy_code);
    curl->easy_getinfo(e->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    f.is_connected = ready_us > 0;
    int32_t status = http_failure_describe(&f, &err);
    http_easy_release(e);
    if (status != KINMU_E_RETRY || !try_again(e)) {
        end_exchange(e, status, err.msg);
    }
}

/* An answer whose end is only that of the connection may have been cut by anybody. libcurl cannot
 * tell, because it does not ask for TLS's own word of farewell. */
static int32_t has_end(const http_exchange *e) {
    kinmu_header headers[KINMU_HTTP_HEADERS_MAX];
    kinmu_http_response response = {.header_count = e->answer.header_count, .headers = headers};
    list_headers(&e->answer, headers);
    return e->answer.code == 204 || e->answer.code == 304 || strncmp(e->place, "http:", 5) == 0 ||
           (e->request.method != NULL && strcmp(e->request.method, "HEAD") == 0) ||
           kinmu_http_value(&response, "Content-Length") != NULL ||
           kinmu_http_value(&response, "Transfer-Encoding") != NULL;
}

static void end_without_end(http_exchange *e) {
    kinmu_err err;
    error_set(&err, KINMU_E_REJECT, "http.end",
              "http: %s: the answer tells neither its length nor its end, so it may have been cut; "
              "have the server send Content-Length",
              e->place);
    http_easy_release(e);
    end_exchange(e, KINMU_E_REJECT, err.msg);
}

static void conclude(http_exchange *e) {
    char *url = NULL;
    uv_timer_stop(&e->timer);
    if (e->answer.fault != FAULT_NONE) {
        end_on_fault(e);
        return;
    }
    if (e->result != CURLE_OK) {
        end_on_failure(e);
        return;
    }
    if (!has_end(e)) {
        end_without_end(e);
        return;
    }
    e->client->curl->easy_getinfo(e->easy, CURLINFO_REDIRECT_URL, &url);
    if (follow(e, url)) {
        return;
    }
    http_easy_release(e);
    if (!http_retry_code(e->answer.code) || !try_again(e)) {
        end_exchange(e, KINMU_OK, "");
    }
}

int32_t http_exchange_can_give(const http_exchange *e) {
    return !e->is_held && (e->answer.parts.size > 0 || e->is_curl_held || e->is_read);
}

/* Gives what was read; then either libcurl reads on or, when it is done, the exchange ends. */
void http_exchange_give(http_exchange *e) {
    if (e->answer.parts.size > 0) {
        buffer part = e->answer.parts;
        memset(&e->answer.parts, 0, sizeof e->answer.parts);
        e->has_given = 1;
        int32_t status = e->hooks.part(e->hooks.user, part.data, (uint32_t)part.size);
        buffer_wipe(&part);
        if (e->phase == EXCHANGE_ENDED) {
            return;
        }
        if (status != KINMU_OK && status != KINMU_E_BUSY) {
            end_exchange(e, status, "http: the plugin took no more of the answer");
            return;
        }
        e->is_held = status == KINMU_E_BUSY;
        return; /* looked at again before anything else happens */
    }
    if (e->is_read) {
        e->is_read = 0;
        conclude(e);
    } else if (e->is_curl_held) {
        e->is_curl_held = 0;
        e->client->curl->easy_pause(e->easy, CURLPAUSE_CONT);
    }
}

void http_exchange_read(http_exchange *e, CURLcode result) {
    e->result = result;
    e->is_read = 1;
}

/* ---- send ---- */

static const char *keep(http_exchange *e, const char *text, int32_t *failed) {
    const char *copy = text != NULL ? arena_text(&e->memory, text, strlen(text)) : NULL;
    *failed |= text != NULL && copy == NULL;
    return copy;
}

static int32_t copy_request(http_exchange *e, const kinmu_http_request *from) {
    kinmu_http_request *r = &e->request;
    int32_t failed = 0;
    *r = *from;
    r->method = keep(e, from->method, &failed);
    r->url = keep(e, from->url, &failed);
    r->authority = keep(e, from->authority, &failed);
    r->pin = keep(e, from->pin, &failed);
    r->secret = keep(e, from->secret, &failed);
    r->secret_header = keep(e, from->secret_header, &failed);
    r->secret_scheme = keep(e, from->secret_scheme, &failed);
    kinmu_header *headers = arena_get(&e->memory, (r->header_count + 1) * sizeof *headers);
    failed |= headers == NULL;
    for (uint32_t i = 0; !failed && i < r->header_count; i++) {
        headers[i].name = keep(e, from->headers[i].name, &failed);
        headers[i].value = keep(e, from->headers[i].value, &failed);
    }
    r->headers = headers;
    buffer_append(&e->body, from->body, from->body_size);
    r->timeout_ms = r->timeout_ms != 0 ? r->timeout_ms : HTTP_TIMEOUT_MS_DEFAULT;
    return failed || e->body.failed != KINMU_OK;
}

int32_t http_client_send(http_client *client, const kinmu_http_request *request,
                         const http_hooks *hooks, http_exchange **out) {
    *out = NULL;
    if (!http_request_fits(request)) {
        return KINMU_E_REJECT;
    }
    if (client->open_count >= HTTP_CLIENT_OPEN_MAX) {
        return KINMU_E_BUSY;
    }
    http_exchange *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return KINMU_E_NOMEM;
    }
    e->client = client;
    e->hooks = *hooks;
    e->hooks.secret = NULL;
    e->hooks.part = request->part != NULL ? hooks->part : NULL;
    e->secret = text_duplicate(hooks->secret);
    uv_timer_init(client->loop, &e->timer);
    e->timer.data = e;
    e->next = client->first;
    client->first = e;
    client->open_count++;
    if (copy_request(e, request) || (hooks->secret != NULL && e->secret == NULL)) {
        http_exchange_cancel(e);
        return KINMU_E_NOMEM;
    }
    e->is_repeatable = http_request_is_repeatable(&e->request);
    uv_update_time(client->loop);
    e->deadline_ms = uv_now(client->loop) + e->request.timeout_ms;
    uv_timer_start(&e->timer, on_timer, 0, 0); /* what is wrong with it is told later, too */
    *out = e;
    return KINMU_OK;
}
