/* http/client_easy.c - one attempt as libcurl sees it: what is set, and what comes in.
 *
 * Nothing is left to libcurl's defaults that could read the environment, a user's files or a store
 * of trusted authorities that was not asked for. */
#include "http/client_internal.h"

#include "base/crypto.h"
#include "http/client_request.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_LINE_SIZE 12000u /* KINMU_SECRET_BYTES_MAX in base64, and the names */

/* ---- the URL ---- */

static const char *part_of(const curl_table *curl, CURLU *url, CURLUPart part, char *out,
                           size_t size) {
    char *text = NULL;
    out[0] = '\0';
    if (curl->url_get(url, part, &text, part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) ==
        CURLUE_OK) {
        snprintf(out, size, "%s", text);
        curl->free(text);
    }
    return out;
}

/* "https://host:port", always with its port, so that two of them can be compared. */
static int32_t place_of(const curl_table *curl, const char *text, char *place, char *host,
                        size_t host_size) {
    char scheme[16];
    char port[8];
    CURLU *url = curl->url();
    int32_t status = KINMU_E_REJECT;
    if (url != NULL && curl->url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK) {
        part_of(curl, url, CURLUPART_SCHEME, scheme, sizeof scheme);
        part_of(curl, url, CURLUPART_HOST, host, host_size);
        part_of(curl, url, CURLUPART_PORT, port, sizeof port);
        int length = snprintf(place, HTTP_PLACE_SIZE, "%s://%s:%s", scheme, host, port);
        int32_t is_whole = host[0] != '\0' && length > 0 && (size_t)length < HTTP_PLACE_SIZE;
        status = is_whole ? KINMU_OK : KINMU_E_REJECT;
    }
    curl->url_cleanup(url);
    return status;
}

int32_t http_easy_place(http_exchange *e, kinmu_err *err) {
    char host[HTTP_PLACE_SIZE - 32];
    if (place_of(e->client->curl, e->request.url, e->place, host, sizeof host) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "http.url",
                         "http: the URL is not one: no host, a bad port or an unknown form");
    }
    e->is_loopback = http_host_is_loopback(host);
    if (strncmp(e->place, "http:", 5) == 0 && !e->is_loopback) {
        return error_set(err, KINMU_E_REJECT, "http.plain",
                         "http: %s: unprotected http is for this computer only; use https",
                         e->place);
    }
    return KINMU_OK;
}

int32_t http_easy_same_server(const http_exchange *e, const char *url) {
    char place[HTTP_PLACE_SIZE];
    char host[HTTP_PLACE_SIZE - 32];
    return place_of(e->client->curl, url, place, host, sizeof host) == KINMU_OK &&
           strcmp(place, e->place) == 0;
}

/* ---- what comes in ---- */

void http_answer_clear(http_answer *answer) {
    buffer_wipe(&answer->headers);
    buffer_wipe(&answer->body);
    buffer_wipe(&answer->parts);
    memset(answer, 0, sizeof *answer);
}

static int32_t takes_parts(const http_exchange *e) {
    return e->hooks.part != NULL && e->answer.code >= 200 && e->answer.code < 300;
}

/* A status line begins a header anew: what came before was an interim answer. */
static void begin_header(http_answer *answer, const char *line, size_t size) {
    uint32_t code = 0;
    size_t at = 0;
    while (at < size && line[at] != ' ') {
        at++;
    }
    for (at++; at < size && line[at] >= '0' && line[at] <= '9' && code < 1000; at++) {
        code = code * 10 + (uint32_t)(line[at] - '0');
    }
    buffer_clear(&answer->headers);
    answer->header_count = 0;
    answer->code = code;
}

static void add_header(http_answer *answer, const char *line, size_t size) {
    const char *colon = memchr(line, ':', size);
    while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == '\n' || line[size - 1] == ' ' ||
                        line[size - 1] == '\t')) {
        size--;
    }
    if (colon == NULL || colon == line || colon >= line + size + 1) {
        return; /* a folded line or nonsense: no header of that name */
    }
    const char *value = colon + 1;
    while (value < line + size && (*value == ' ' || *value == '\t')) {
        value++;
    }
    buffer_append(&answer->headers, line, (size_t)(colon - line));
    buffer_append(&answer->headers, "", 1);
    buffer_append(&answer->headers, value, value < line + size ? (size_t)(line + size - value) : 0);
    buffer_append(&answer->headers, "", 1);
    answer->header_count++;
}

static size_t on_header(char *line, size_t one, size_t size, void *user) {
    http_exchange *e = user;
    http_answer *answer = &e->answer;
    (void)one;
    if (answer->is_headed) {
        return size; /* trailers are of no use to anybody */
    }
    if (size >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        begin_header(answer, line, size);
    } else if (size <= 2 && answer->code >= 200) {
        answer->is_headed = 1;
    } else if (size > 2) {
        add_header(answer, line, size);
    }
    if (answer->header_count > KINMU_HTTP_HEADERS_MAX ||
        answer->headers.size > KINMU_HTTP_HEADER_BYTES_MAX + 2 * KINMU_HTTP_HEADERS_MAX) {
        answer->fault = FAULT_HEADERS;
        return 0;
    }
    return size;
}

static uint64_t body_limit(const http_exchange *e) {
    uint64_t limit =
        e->request.answer_bytes_max != 0 ? e->request.answer_bytes_max : HTTP_ANSWER_BYTES_DEFAULT;
    return takes_parts(e) || limit <= KINMU_HTTP_BODY_BYTES_MAX ? limit : KINMU_HTTP_BODY_BYTES_MAX;
}

static size_t on_body(char *data, size_t one, size_t size, void *user) {
    http_exchange *e = user;
    http_answer *answer = &e->answer;
    buffer *to = takes_parts(e) ? &answer->parts : &answer->body;
    (void)one;
    if (to == &answer->parts && answer->parts.size > 0 &&
        answer->parts.size + size > HTTP_PARTS_BYTES_MAX) {
        e->is_curl_held = 1;
        return CURL_WRITEFUNC_PAUSE;
    }
    answer->bytes += size;
    if (answer->bytes > body_limit(e)) {
        answer->fault = FAULT_BODY;
        return 0;
    }
    buffer_append(to, data, size);
    if (to->failed != KINMU_OK) {
        answer->fault = FAULT_MEMORY;
        return 0;
    }
    return size;
}

/* ---- what is set ---- */

#define SET(option, value) (failed |= curl->easy_setopt(e->easy, (option), (value)) != CURLE_OK)

static int32_t add_line(http_exchange *e, const char *name, const char *value) {
    char small[512];
    size_t size = strlen(name) + strlen(value) + 3;
    char *line = size <= sizeof small ? small : malloc(size);
    if (line == NULL) {
        return 1;
    }
    /* libcurl takes "Name;" for a header without a value */
    snprintf(line, size, value[0] != '\0' ? "%s: %s" : "%s;", name, value);
    struct curl_slist *longer = e->client->curl->slist_append(e->headers, line);
    e->headers = longer != NULL ? longer : e->headers;
    crypto_wipe(line, size);
    if (line != small) {
        free(line);
    }
    return longer == NULL;
}

static int32_t add_secret(http_exchange *e) {
    const kinmu_http_request *r = &e->request;
    char value[SECRET_LINE_SIZE];
    size_t size = strlen(e->secret);
    int32_t is_basic = r->secret_scheme != NULL && strcmp(r->secret_scheme, "Basic") == 0;
    int length =
        snprintf(value, sizeof value, "%s%s", r->secret_scheme != NULL ? r->secret_scheme : "",
                 r->secret_scheme != NULL ? " " : "");
    int32_t failed = length < 0 || (size_t)length + size / 3 * 4 + 8 > sizeof value;
    if (!failed && is_basic) {
        EVP_EncodeBlock((unsigned char *)value + length, (const unsigned char *)e->secret,
                        (int)size);
    } else if (!failed) {
        memcpy(value + length, e->secret, size + 1);
    }
    failed =
        failed || add_line(e, r->secret_header != NULL ? r->secret_header : "Authorization", value);
    crypto_wipe(value, sizeof value);
    return failed;
}

static int32_t add_headers(http_exchange *e) {
    const kinmu_http_request *r = &e->request;
    int32_t failed = 0;
    int32_t has_type = 0;
    int32_t has_agent = 0;
    for (uint32_t i = 0; i < r->header_count; i++) {
        failed |= add_line(e, r->headers[i].name, r->headers[i].value);
        has_type |= http_same_word(r->headers[i].name, "Content-Type");
        has_agent |= http_same_word(r->headers[i].name, "User-Agent");
    }
    if (e->secret != NULL) {
        failed |= add_secret(e);
    }
    if (!has_agent) {
        failed |= add_line(e, "User-Agent", "kinmu/" KINMU_VERSION);
    }
    /* "Name:" takes out what libcurl would add of its own accord. */
    static const char *const unwanted[] = {"Expect:", "Content-Type:"};
    for (int i = 0; i < (has_type ? 1 : 2); i++) {
        struct curl_slist *longer = e->client->curl->slist_append(e->headers, unwanted[i]);
        failed |= longer == NULL;
        e->headers = longer != NULL ? longer : e->headers;
    }
    return failed;
}

static int32_t set_request(http_exchange *e) {
    const curl_table *curl = e->client->curl;
    const kinmu_http_request *r = &e->request;
    const char *method = r->method != NULL ? r->method : "GET";
    int32_t failed = add_headers(e);
    SET(CURLOPT_URL, r->url);
    SET(CURLOPT_PROTOCOLS_STR, "https,http");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTPHEADER, e->headers);
    if (strcmp(method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (strcmp(method, "GET") == 0) {
        SET(CURLOPT_HTTPGET, 1L);
    } else if (r->body_size > 0 || method[0] == 'P') {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_size);
        SET(CURLOPT_POSTFIELDS, r->body_size > 0 ? (const char *)e->body.data : "");
        SET(CURLOPT_CUSTOMREQUEST, method);
    } else {
        SET(CURLOPT_CUSTOMREQUEST, method);
    }
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, e);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, e);
    SET(CURLOPT_PRIVATE, e);
    e->detail[0] = '\0';
    SET(CURLOPT_ERRORBUFFER, e->detail);
    return failed;
}

static int32_t set_limits(http_exchange *e) {
    const curl_table *curl = e->client->curl;
    int32_t failed = 0;
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* giving up does not wait for a name server */
    SET(CURLOPT_CONNECTTIMEOUT, (long)HTTP_CONNECT_S_MAX);
    SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
    SET(CURLOPT_LOW_SPEED_TIME, (long)HTTP_STALL_S_MAX);
    /* On a kept connection libcurl sends again what was lost with it; not what may not be. */
    SET(CURLOPT_FRESH_CONNECT, e->is_repeatable ? 0L : 1L);
    SET(CURLOPT_SHARE, e->client->share);
    return failed;
}

static int32_t set_proxy(http_exchange *e) {
    const curl_table *curl = e->client->curl;
    const http_client_settings *s = &e->client->settings;
    int32_t failed = 0;
    if (s->proxy_from_environment && !e->is_loopback) {
        SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
        SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        return failed;
    }
    SET(CURLOPT_PROXY, s->proxy != NULL && !e->is_loopback ? s->proxy : "");
    SET(CURLOPT_NOPROXY, s->proxy_except != NULL ? s->proxy_except : "");
    if (s->proxy != NULL && !e->is_loopback) {
        SET(CURLOPT_HTTPPROXYTUNNEL, 1L);
        SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        SET(CURLOPT_PROXYAUTH, (long)CURLAUTH_BASIC);
        SET(CURLOPT_PROXYUSERNAME, s->proxy_user);
        SET(CURLOPT_PROXYPASSWORD, e->client->proxy_password);
    }
    return failed;
}

static struct curl_blob blob_of(const buffer *from) {
    return (struct curl_blob){from->data, from->size, CURL_BLOB_NOCOPY};
}

static int32_t set_device(http_exchange *e, const http_identity *identity) {
    const curl_table *curl = e->client->curl;
    struct curl_blob authority = blob_of(&identity->authority);
    struct curl_blob certificate = blob_of(&identity->certificate);
    struct curl_blob key = blob_of(&identity->key);
    int32_t failed = 0;
    SET(CURLOPT_CAINFO_BLOB, &authority);
    SET(CURLOPT_SSLCERT_BLOB, &certificate); /* as bytes: a renewed one gets new connections */
    SET(CURLOPT_SSLCERTTYPE, "PEM");
    SET(CURLOPT_SSLKEY_BLOB, &key);
    SET(CURLOPT_SSLKEYTYPE, "PEM");
    return failed;
}

static int32_t set_trust(http_exchange *e, const http_identity *identity) {
    const curl_table *curl = e->client->curl;
    const kinmu_http_request *r = &e->request;
    int32_t is_proved = r->trust != KINMU_HTTP_TRUST_PIN && !e->hooks.asks_anybody;
    char pin[64];
    int32_t failed = 0;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, is_proved ? 1L : 0L);
    SET(CURLOPT_SSL_VERIFYHOST, is_proved ? 2L : 0L);
    if (r->trust != KINMU_HTTP_TRUST_SYSTEM) {
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_CAINFO, r->trust == KINMU_HTTP_TRUST_FILE ? r->authority : NULL);
    }
    if (identity != NULL) {
        failed |= set_device(e, identity);
    }
    if (r->pin != NULL) {
        snprintf(pin, sizeof pin, "sha256//%s", r->pin);
        SET(CURLOPT_PINNEDPUBLICKEY, pin);
    }
    return failed;
}

int32_t http_easy_prepare(http_exchange *e, kinmu_err *err) {
    const http_identity *identity = NULL;
    if (e->request.trust == KINMU_HTTP_TRUST_DEVICE) {
        int32_t status = http_client_identity(e->client, &identity, err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    e->easy = http_client_take_easy(e->client);
    if (e->easy == NULL || set_request(e) || set_limits(e) || set_proxy(e) ||
        set_trust(e, identity)) {
        return error_set(err, KINMU_E_NOMEM, "http.memory",
                         "http: %s: out of memory, or this libcurl lacks something it needs",
                         e->place);
    }
    return KINMU_OK;
}

void http_easy_release(http_exchange *e) {
    const curl_table *curl = e->client->curl;
    if (e->easy != NULL) {
        curl->multi_remove_handle(e->client->multi, e->easy);
        http_client_give_easy(e->client, e->easy);
        e->easy = NULL;
    }
    for (struct curl_slist *line = e->headers; line != NULL; line = line->next) {
        crypto_wipe(line->data, strlen(line->data)); /* one may hold a secret */
    }
    if (e->headers != NULL) {
        curl->slist_free_all(e->headers);
        e->headers = NULL;
    }
}
