/* http/client_request.c - see client_request.h. Everything a plugin could use to write a second
 * request or a second header into the stream is refused here, before libcurl sees it. */
#include "http/client_request.h"

#include <string.h>

#define PIN_SIZE 44u /* base64 of 32 bytes */

/* Framing and connection are decided by whoever sends the bytes. */
static const char *const host_headers[] = {
    "Host",
    "Content-Length",
    "Transfer-Encoding",
    "Connection",
    "Keep-Alive",
    "Expect",
    "Upgrade",
    "TE",
    "Trailer",
    "Accept-Encoding",
    "HTTP2-Settings",
    "Proxy-Connection",
    "Proxy-Authorization",
    "Proxy-Authenticate",
};

static const struct {
    const char *name;
    int32_t is_repeatable;
    int32_t has_body;
} methods[] = {
    {"GET", 1, 0},   {"HEAD", 1, 0},   {"POST", 0, 1},    {"PUT", 1, 1},
    {"PATCH", 0, 1}, {"DELETE", 1, 1}, {"OPTIONS", 1, 1},
};
#define METHOD_COUNT (sizeof methods / sizeof methods[0])

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

int32_t http_same_word(const char *a, const char *b) {
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static size_t find_method(const kinmu_http_request *request) {
    const char *name = request->method != NULL ? request->method : "GET";
    size_t i = 0;
    while (i < METHOD_COUNT && strcmp(methods[i].name, name) != 0) {
        i++;
    }
    return i;
}

int32_t http_request_is_repeatable(const kinmu_http_request *request) {
    size_t method = find_method(request);
    int32_t is_repeatable = method < METHOD_COUNT && methods[method].is_repeatable;
    for (uint32_t i = 0; i < request->header_count; i++) {
        is_repeatable |= http_same_word(request->headers[i].name, "Idempotency-Key");
    }
    return is_repeatable;
}

int32_t http_host_is_loopback(const char *host) {
    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

/* ---- limits ---- */

static int32_t text_fits(const char *text, size_t max) {
    return text == NULL || memchr(text, '\0', max + 1) != NULL;
}

int32_t http_request_fits(const kinmu_http_request *request) {
    size_t total = 0;
    int32_t fits =
        request->url != NULL && text_fits(request->url, KINMU_HTTP_URL_BYTES_MAX) &&
        text_fits(request->authority, KINMU_HTTP_URL_BYTES_MAX) &&
        text_fits(request->method, KINMU_NAME_BYTES_MAX) &&
        text_fits(request->pin, KINMU_NAME_BYTES_MAX) &&
        text_fits(request->secret, 4 * KINMU_NAME_BYTES_MAX) &&
        text_fits(request->secret_header, KINMU_NAME_BYTES_MAX) &&
        text_fits(request->secret_scheme, KINMU_NAME_BYTES_MAX) &&
        request->header_count <= KINMU_HTTP_HEADERS_MAX &&
        (request->headers != NULL || request->header_count == 0) &&
        request->body_size <= KINMU_HTTP_BODY_BYTES_MAX &&
        (request->body != NULL || request->body_size == 0) &&
        request->timeout_ms <= KINMU_HTTP_TIMEOUT_MS_MAX &&
        request->retries_max <= KINMU_HTTP_RETRIES_MAX &&
        (request->part != NULL || request->answer_bytes_max <= KINMU_HTTP_BODY_BYTES_MAX);
    for (uint32_t i = 0; fits && i < request->header_count; i++) {
        const kinmu_header *h = &request->headers[i];
        fits = h->name != NULL && h->value != NULL &&
               text_fits(h->name, KINMU_HTTP_HEADER_BYTES_MAX) &&
               text_fits(h->value, KINMU_HTTP_HEADER_BYTES_MAX);
        total += fits ? strlen(h->name) + strlen(h->value) : 0;
    }
    return fits && total <= KINMU_HTTP_HEADER_BYTES_MAX;
}

/* ---- content ---- */

/* token of RFC 9110: what a header's name may be made of. */
static int32_t is_token(const char *text) {
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return text[0] != '\0' && strspn(text, allowed) == strlen(text);
}

/* No line end and no other control character: one header stays one header. */
static int32_t is_value(const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < ' ' && c != '\t') || c == 0x7F) {
            return 0;
        }
    }
    return 1;
}

static int32_t check_header(const char *name, const char *value, kinmu_err *err) {
    if (!is_token(name)) {
        return error_set(err, KINMU_E_REJECT, "http.header",
                         "http: a header's name has a character that may not be in it; only "
                         "letters, digits and !#$%%&'*+-.^_`|~ may");
    }
    for (size_t i = 0; i < sizeof host_headers / sizeof host_headers[0]; i++) {
        if (http_same_word(name, host_headers[i])) {
            return error_set(err, KINMU_E_REJECT, "http.header",
                             "http: the header %s is set by the host; leave it out",
                             host_headers[i]);
        }
    }
    if (!is_value(value)) {
        return error_set(err, KINMU_E_REJECT, "http.header",
                         "http: the value of the header %.60s has a line end or another control "
                         "character; nothing is sent",
                         name);
    }
    return KINMU_OK;
}

static int32_t check_url(const char *url, kinmu_err *err) {
    size_t start = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    if (start == 0) {
        return error_set(err, KINMU_E_REJECT, "http.url",
                         "http: the URL begins with neither https:// nor http://");
    }
    for (const char *at = url; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~') {
            return error_set(err, KINMU_E_REJECT, "http.url",
                             "http: the URL has a blank, a control character or one outside "
                             "ASCII; write it as %%XX, in names as xn--");
        }
    }
    size_t size = strcspn(url + start, "/?#");
    if (size == 0) {
        return error_set(err, KINMU_E_REJECT, "http.url", "http: the URL names no host");
    }
    if (memchr(url + start, '@', size) != NULL) {
        return error_set(err, KINMU_E_REJECT, "http.url",
                         "http: the URL holds a user or a password; use a secret option instead");
    }
    return KINMU_OK;
}

static int32_t is_pin(const char *pin) {
    return strlen(pin) == PIN_SIZE && pin[PIN_SIZE - 1] == '=' &&
           strspn(pin, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/") ==
               PIN_SIZE - 1;
}

static int32_t check_trust(const kinmu_http_request *request, kinmu_err *err) {
    int32_t is_plain = strncmp(request->url, "http://", 7) == 0;
    if (request->trust > KINMU_HTTP_TRUST_DEVICE || (request->trust == 0 && !is_plain)) {
        return error_set(err, KINMU_E_REJECT, "http.trust",
                         "http: the request names no trust; set one of KINMU_HTTP_TRUST_*");
    }
    if (request->pin != NULL ? !is_pin(request->pin) : request->trust == KINMU_HTTP_TRUST_PIN) {
        return error_set(err, KINMU_E_REJECT, "http.pin",
                         "http: the pin is missing or not the base64 of 32 bytes (the SHA-256 of "
                         "the server's public key)");
    }
    if (request->trust == KINMU_HTTP_TRUST_FILE && request->authority == NULL) {
        return error_set(err, KINMU_E_REJECT, "http.authority",
                         "http: KINMU_HTTP_TRUST_FILE needs the path of a PEM file");
    }
    return KINMU_OK;
}

int32_t http_request_check(const kinmu_http_request *request, kinmu_err *err) {
    size_t method = find_method(request);
    int32_t status = check_url(request->url, err);
    if (status == KINMU_OK && method == METHOD_COUNT) {
        status = error_set(err, KINMU_E_REJECT, "http.method",
                           "http: the method is none of GET HEAD POST PUT PATCH DELETE OPTIONS");
    }
    if (status == KINMU_OK && request->body_size > 0 && !methods[method].has_body) {
        status = error_set(err, KINMU_E_REJECT, "http.body", "http: %s has no body; use POST",
                           methods[method].name);
    }
    if (status == KINMU_OK && (request->flags & ~KINMU_HTTP_FOLLOW) != 0) {
        status = error_set(err, KINMU_E_REJECT, "http.flags", "http: unknown flags 0x%x",
                           request->flags);
    }
    status = status == KINMU_OK ? check_trust(request, err) : status;
    for (uint32_t i = 0; status == KINMU_OK && i < request->header_count; i++) {
        status = check_header(request->headers[i].name, request->headers[i].value, err);
    }
    if (status == KINMU_OK && request->secret_header != NULL) {
        status = check_header(request->secret_header, "", err);
    }
    if (status == KINMU_OK && request->secret_scheme != NULL && !is_token(request->secret_scheme)) {
        status = error_set(err, KINMU_E_REJECT, "http.secret",
                           "http: the secret's scheme is one word, like Bearer");
    }
    return status;
}
