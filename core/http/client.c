/* http/client.c - see client.h: libcurl's multi interface on the loop. libcurl says which sockets
 * and which time it waits for, libuv waits, and whatever is ready is handed on afterwards, when no
 * function of libcurl is on the stack: a hook may send and cancel as it likes. */
#include "http/client_internal.h"

#include "base/crypto.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* One socket of libcurl's. Lives longer than its socket: until its handle is closed. */
typedef struct watched {
    uv_poll_t poll;
    http_client *client;
    curl_socket_t socket;
} watched;

/* ---- handing on ---- */

static http_exchange *find_ready(const http_client *client) {
    http_exchange *e = client->first;
    while (e != NULL && !http_exchange_can_give(e)) {
        e = e->next;
    }
    return e;
}

static void pump(http_client *client) {
    int left = 0;
    CURLMsg *message;
    http_exchange *e;
    while ((e = find_ready(client)) != NULL) { /* from the start: a hook may cancel others */
        http_exchange_give(e);
    }
    while (client->multi != NULL &&
           (message = client->curl->multi_info_read(client->multi, &left)) != NULL) {
        CURLcode result = message->data.result;
        client->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &e);
        http_exchange_read(e, result);
    }
    while ((e = find_ready(client)) != NULL) {
        http_exchange_give(e);
    }
}

static void on_again(uv_timer_t *timer) {
    pump(timer->data);
}

/* ---- sockets and time ---- */

static void free_watched(uv_handle_t *handle) {
    free(handle->data);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
    watched *w = poll->data;
    http_client *client = w->client;
    int running = 0;
    int flags = (events & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    flags |= (events & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0;
    flags = status < 0 ? CURL_CSELECT_ERR : flags;
    client->curl->multi_socket_action(client->multi, w->socket, flags, &running);
    pump(client);
}

static watched *watch(http_client *client, curl_socket_t socket) {
    watched *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return NULL;
    }
    w->client = client;
    w->socket = socket;
    if (uv_poll_init_socket(client->loop, &w->poll, socket) != 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    client->curl->multi_assign(client->multi, socket, w);
    return w;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *user, void *known) {
    http_client *client = user;
    watched *w = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w != NULL) {
            uv_poll_stop(&w->poll);
            client->curl->multi_assign(client->multi, socket, NULL);
            uv_close((uv_handle_t *)&w->poll, free_watched);
        }
        return 0;
    }
    w = w != NULL ? w : watch(client, socket);
    int events = (what & CURL_POLL_IN) != 0 ? UV_READABLE : 0;
    events |= (what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0;
    return w != NULL && uv_poll_start(&w->poll, events, on_ready) == 0 ? 0 : -1;
}

static void on_time(uv_timer_t *timer) {
    http_client *client = timer->data;
    int running = 0;
    client->curl->multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    pump(client);
}

static int on_timer_wanted(CURLM *multi, long timeout_ms, void *user) {
    http_client *client = user;
    (void)multi;
    if (timeout_ms < 0) {
        uv_timer_stop(&client->timer);
    } else {
        uv_update_time(client->loop);
        uv_timer_start(&client->timer, on_time, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

/* ---- opening ---- */

int32_t http_client_open(http_client *client, kinmu_err *err) {
    if (client->multi != NULL) {
        return KINMU_OK;
    }
    int32_t status = curl_load(&client->curl, err);
    if (status != KINMU_OK) {
        return status;
    }
    const curl_table *curl = client->curl;
    client->multi = curl->multi_init();
    client->share = client->multi != NULL ? curl->share_init() : NULL;
    if (client->share == NULL) {
        return error_set(err, KINMU_E_RETRY, "http.memory", "http: out of memory");
    }
    curl->share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl->multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl->multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl->multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl->multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl->multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_KEPT_CONNECTIONS_MAX);
    return KINMU_OK;
}

CURL *http_client_take_easy(http_client *client) {
    return client->spare_count > 0 ? client->spare[--client->spare_count]
                                   : client->curl->easy_init();
}

void http_client_give_easy(http_client *client, CURL *easy) {
    if (client->spare_count < HTTP_SPARE_MAX) {
        client->curl->easy_reset(easy);
        client->spare[client->spare_count++] = easy;
    } else {
        client->curl->easy_cleanup(easy);
    }
}

static int32_t uses_identity(const http_client *client) {
    for (const http_exchange *e = client->first; e != NULL; e = e->next) {
        if (e->easy != NULL && e->request.trust == KINMU_HTTP_TRUST_DEVICE) {
            return 1; /* libcurl reads the bytes where they lie */
        }
    }
    return 0;
}

int32_t http_client_identity(http_client *client, const http_identity **out, kinmu_err *err) {
    uint64_t now_ms = uv_now(client->loop);
    *out = &client->identity;
    if (client->identity_ms != 0 &&
        (now_ms - client->identity_ms < HTTP_IDENTITY_MS || uses_identity(client))) {
        return KINMU_OK;
    }
    http_identity_wipe(&client->identity);
    client->identity_ms = 0;
    int32_t status = http_identity_read(client->settings.data, &client->identity, err);
    if (status == KINMU_OK) {
        client->identity_ms = now_ms + (now_ms == 0);
    } else {
        http_identity_wipe(&client->identity);
    }
    return status;
}

/* ---- life ---- */

int32_t http_client_create(uv_loop_t *loop, http_client **out) {
    http_client *client = calloc(1, sizeof *client);
    *out = client;
    if (client == NULL) {
        return KINMU_E_NOMEM;
    }
    client->loop = loop;
    uv_timer_init(loop, &client->timer);
    uv_timer_init(loop, &client->again);
    client->timer.data = client;
    client->again.data = client;
    client->open_timers = 2;
    client->settings.data = "";
    return KINMU_OK;
}

static void forget_password(http_client *client) {
    if (client->proxy_password != NULL) {
        crypto_wipe(client->proxy_password, strlen(client->proxy_password));
        free(client->proxy_password);
        client->proxy_password = NULL;
    }
}

static const char *keep(arena *memory, const char *text) {
    return text != NULL ? arena_text(memory, text, strlen(text)) : NULL;
}

int32_t http_client_configure(http_client *client, const http_client_settings *settings) {
    arena memory = {0};
    http_client_settings kept = {
        .data = keep(&memory, settings->data),
        .proxy = keep(&memory, settings->proxy),
        .proxy_user = keep(&memory, settings->proxy_user),
        .proxy_except = keep(&memory, settings->proxy_except),
        .proxy_from_environment = settings->proxy_from_environment,
    };
    char *password = text_duplicate(settings->proxy_password);
    if (kept.data == NULL || (settings->proxy != NULL && kept.proxy == NULL)) {
        arena_free(&memory);
        free(password);
        return KINMU_E_NOMEM;
    }
    forget_password(client);
    arena_free(&client->memory);
    client->memory = memory;
    client->settings = kept;
    client->proxy_password = password;
    return KINMU_OK;
}

static void on_closed(uv_handle_t *handle) {
    http_client *client = handle->data;
    if (--client->open_timers == 0) {
        free(client);
    }
}

void http_client_destroy(http_client *client) {
    if (client == NULL) {
        return;
    }
    while (client->first != NULL) {
        http_exchange_cancel(client->first);
    }
    while (client->spare_count > 0) {
        client->curl->easy_cleanup(client->spare[--client->spare_count]);
    }
    if (client->multi != NULL) {
        client->curl->multi_cleanup(client->multi);
    }
    if (client->share != NULL) {
        client->curl->share_cleanup(client->share);
    }
    http_identity_wipe(&client->identity);
    forget_password(client);
    arena_free(&client->memory);
    uv_close((uv_handle_t *)&client->timer, on_closed);
    uv_close((uv_handle_t *)&client->again, on_closed);
}

void http_exchange_resume(http_exchange *e) {
    e->is_held = 0;
    uv_timer_start(&e->client->again, on_again, 0, 0);
}
