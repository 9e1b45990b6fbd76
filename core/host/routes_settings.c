/* host/routes_settings.c - see routes_internal.h: from the configuration to the server's settings.
 * Whether there is TLS follows from the files: where none are configured and DATA has no folder
 * "hub", an address of this computer alone is served without. A hub with a file missing is served
 * not at all: its agents expect TLS, and its operator an error. */
#include "host/routes_internal.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char *place(const node *n, const char *configured, const char *usual, char *text) {
    if (configured != NULL) {
        text_copy(text, ROUTES_PATH_SIZE, configured);
    } else {
        snprintf(text, ROUTES_PATH_SIZE, "%s/hub/%s", n->data, usual);
    }
    return text;
}

static int32_t exists(const char *path) {
    uv_fs_t request;
    int result = uv_fs_stat(NULL, &request, path, NULL);
    uv_fs_req_cleanup(&request);
    return result == 0;
}

static void add_listener(http_settings *http, const char *address, int32_t may_be_plain,
                         int32_t clients) {
    if (http->listener_count < HTTP_LISTENERS_MAX) {
        http->listeners[http->listener_count++] =
            (http_listener){address, may_be_plain && http_is_loopback(address), clients};
    }
}

static int32_t clients_of(const char *word) {
    return strcmp(word, "required") == 0 ? HTTP_CLIENTS_REQUIRED
           : strcmp(word, "off") == 0    ? HTTP_CLIENTS_OFF
                                         : HTTP_CLIENTS_OPTIONAL;
}

/* All that a running server cannot take over. */
static void sign(const routes_settings *s, char *signature, size_t size) {
    const http_settings *http = &s->http;
    size_t used =
        (size_t)snprintf(signature, size, "%s|%s|%s|%u|%u", http->certificate, http->key,
                         http->authority, http->connections_max, http->connections_per_address_max);
    for (uint32_t i = 0; i < http->listener_count && used < size; i++) {
        used +=
            (size_t)snprintf(signature + used, size - used, "|%s %d %d", http->listeners[i].address,
                             http->listeners[i].is_plain, http->listeners[i].clients);
    }
    for (uint32_t i = 0; i < http->proxy_count && used < size; i++) {
        used += (size_t)snprintf(signature + used, size - used, "|%s", http->proxies[i]);
    }
}

void routes_settings_make(const node *n, int32_t is_wanted, routes_settings *out, char *signature,
                          size_t size) {
    const config_http *c = &n->conf->http;
    http_settings *http = &out->http;
    memset(http, 0, sizeof *http);
    http->certificate = place(n, c->certificate, "server.pem", out->texts[0]);
    http->key = place(n, c->key, "server.key", out->texts[1]);
    http->authority = place(n, c->authority, "ca.pem", out->texts[2]);
    http->ticket_secret = place(n, NULL, "ca.key", out->texts[3]);
    http->connections_max = c->connections_max;
    http->connections_per_address_max = c->connections_per_address_max;
    for (uint32_t i = 0; i < c->proxy_count && i < HTTP_PROXIES_MAX; i++) {
        http->proxies[http->proxy_count++] = c->proxies[i];
    }
    char folder[ROUTES_PATH_SIZE];
    int32_t may_be_plain =
        c->certificate == NULL && c->key == NULL && !exists(place(n, NULL, "", folder));
    for (uint32_t i = 0; is_wanted && i < c->listen_count; i++) {
        add_listener(http, c->listen[i], may_be_plain, clients_of(c->client_certificates));
    }
    out->metrics_listener = UINT32_MAX;
    if (c->metrics_listen != NULL) {
        out->metrics_listener = http->listener_count;
        add_listener(http, c->metrics_listen, 1, HTTP_CLIENTS_OFF);
    }
    sign(out, signature, size);
}
