/* host/hosting_routes.c - routes/1 for instances in the core and in runners alike: what they
 * declare and say is judged here, so that both get the same answers; the backend carries it to the
 * server. */
#include "host/hosting_internal.h"

#include "base/text.h"
#include "http/parse.h"

#include <stdlib.h>
#include <string.h>

enum { UNANSWERED, IN_PARTS, ANSWERED };

static hosted *of(const kinmu_host *host) {
    return (hosted *)(uintptr_t)host;
}

static open_request *find(const hosted *h, uint64_t id) {
    open_request *r = h->requests;
    while (r != NULL && r->id != id) {
        r = r->next;
    }
    return r;
}

void hosting_drop_requests(hosted *h) {
    while (h->requests != NULL) {
        open_request *next = h->requests->next;
        free(h->requests);
        h->requests = next;
    }
}

/* ---- what it serves ---- */

static int32_t is_method(const char *method) {
    static const char *const known[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (size_t i = 0; method != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i], method) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A path as requests have it after they were cleaned: "/a b/", not "/a%20b/" or "/a//b". */
static int32_t is_clean(const char *path) {
    char copy[KINMU_ROUTE_PATH_BYTES_MAX + 1];
    if (path == NULL || strlen(path) > KINMU_ROUTE_PATH_BYTES_MAX || strchr(path, '%') != NULL) {
        return 0;
    }
    text_copy(copy, sizeof copy, path);
    return http_clean_path(copy) == 0 && strcmp(copy, path) == 0;
}

int32_t hosting_is_route(const kinmu_route *route) {
    uint32_t body_max = (route->flags & KINMU_ROUTE_STREAM) != 0 ? KINMU_ROUTE_STREAM_BYTES_MAX
                                                                 : KINMU_ROUTE_BODY_BYTES_MAX;
    return is_method(route->method) && is_clean(route->path) && route->body_bytes_max <= body_max &&
           (route->flags & ~(KINMU_ROUTE_DEVICE | KINMU_ROUTE_STREAM)) == 0;
}

static int32_t has_equal(const kinmu_route *routes, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(routes[i].path, routes[k].path) == 0 &&
                strcmp(routes[i].method, routes[k].method) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

static int32_t routes_serve(const kinmu_host *host, const kinmu_route *routes, uint32_t count,
                            const kinmu_route_handler *handler, void *user) {
    hosted *h = of(host);
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    if (count == 0 || count > KINMU_ROUTES_MAX || routes == NULL || handler == NULL ||
        handler->begin == NULL) {
        return KINMU_E_REJECT;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!hosting_is_route(&routes[i]) ||
            (routes[i].body_bytes_max > 0 && handler->part == NULL)) {
            return KINMU_E_REJECT;
        }
    }
    if (has_equal(routes, count)) {
        return KINMU_E_REJECT;
    }
    size_t size = handler->struct_size < sizeof h->route_handler ? handler->struct_size
                                                                 : sizeof h->route_handler;
    memset(&h->route_handler, 0, sizeof h->route_handler);
    memcpy(&h->route_handler, handler, size);
    h->route_user = user;
    return h->owner->backend.serve(h->owner->backend.context, h, routes, count);
}

/* ---- what it says ---- */

static int32_t reply(hosted *h, const hosting_reply *what) {
    return h->owner->backend.reply(h->owner->backend.context, h, what);
}

static int32_t check_answer(const hosted *h, uint64_t id, uint32_t status,
                            const kinmu_header *headers, uint32_t count, open_request **r) {
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    *r = find(h, id);
    if (*r == NULL) {
        return KINMU_E_NOTFOUND;
    }
    if ((*r)->answer != UNANSWERED) {
        return KINMU_E_STATE;
    }
    return status < 200 || status > 599 ? KINMU_E_REJECT : http_check_headers(headers, count);
}

static int32_t routes_resume(const kinmu_host *host, uint64_t id) {
    hosted *h = of(host);
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    const hosting_reply what = {.what = HOSTING_RESUME, .id = id};
    return find(h, id) != NULL ? reply(h, &what) : KINMU_E_NOTFOUND;
}

static int32_t routes_answer(const kinmu_host *host, uint64_t id, uint32_t status,
                             const kinmu_header *headers, uint32_t count, const void *body,
                             size_t size) {
    hosted *h = of(host);
    open_request *r = NULL;
    int32_t problem = check_answer(h, id, status, headers, count, &r);
    if (problem == KINMU_OK &&
        (size > KINMU_ROUTE_ANSWER_BYTES_MAX || (size > 0 && body == NULL))) {
        problem = KINMU_E_REJECT;
    }
    if (problem != KINMU_OK) {
        return problem;
    }
    const hosting_reply what = {.what = HOSTING_ANSWER,
                                .status = status,
                                .id = id,
                                .headers = headers,
                                .header_count = count,
                                .data = body,
                                .data_size = size};
    problem = reply(h, &what);
    r->answer = problem == KINMU_OK ? ANSWERED : UNANSWERED;
    return problem;
}

static int32_t routes_begin_answer(const kinmu_host *host, uint64_t id, uint32_t status,
                                   const kinmu_header *headers, uint32_t count, int64_t size) {
    hosted *h = of(host);
    open_request *r = NULL;
    int32_t problem = check_answer(h, id, status, headers, count, &r);
    if (problem == KINMU_OK && size < -1) {
        problem = KINMU_E_REJECT;
    }
    if (problem != KINMU_OK) {
        return problem;
    }
    const hosting_reply what = {.what = HOSTING_BEGIN_ANSWER,
                                .status = status,
                                .id = id,
                                .size = size,
                                .headers = headers,
                                .header_count = count};
    problem = reply(h, &what);
    r->answer = problem == KINMU_OK ? IN_PARTS : UNANSWERED;
    return problem;
}

static int32_t find_in_parts(const hosted *h, uint64_t id, open_request **r) {
    if (!hosting_on_turn(h)) {
        return KINMU_E_STATE;
    }
    *r = find(h, id);
    return *r == NULL ? KINMU_E_NOTFOUND : (*r)->answer != IN_PARTS ? KINMU_E_STATE : KINMU_OK;
}

static int32_t routes_send(const kinmu_host *host, uint64_t id, const void *data, size_t size) {
    hosted *h = of(host);
    open_request *r = NULL;
    int32_t problem = find_in_parts(h, id, &r);
    if (problem == KINMU_OK && (size == 0 || size > KINMU_ROUTE_PART_BYTES_MAX || data == NULL)) {
        problem = KINMU_E_REJECT;
    }
    if (problem == KINMU_OK && r->unsent + size > KINMU_ROUTE_UNSENT_BYTES_MAX) {
        r->is_stuck = 1;
        problem = KINMU_E_BUSY;
    }
    if (problem != KINMU_OK) {
        return problem;
    }
    const hosting_reply what = {.what = HOSTING_SEND, .id = id, .data = data, .data_size = size};
    problem = reply(h, &what);
    r->unsent += problem == KINMU_OK ? size : 0;
    return problem;
}

static int32_t routes_end(const kinmu_host *host, uint64_t id, int32_t is_whole) {
    hosted *h = of(host);
    open_request *r = NULL;
    int32_t problem = find_in_parts(h, id, &r);
    if (problem != KINMU_OK) {
        return problem;
    }
    const hosting_reply what = {.what = HOSTING_END, .id = id, .size = is_whole != 0};
    problem = reply(h, &what);
    r->answer = problem == KINMU_OK ? ANSWERED : IN_PARTS;
    return problem;
}

const kinmu_routes hosting_routes = {
    sizeof(kinmu_routes), 0,           routes_serve, routes_resume, routes_answer,
    routes_begin_answer,  routes_send, routes_end};

/* ---- what comes in ---- */

void hosted_request(hosted *h, const kinmu_request *request) {
    open_request *r = h->is_started && h->route_handler.begin != NULL ? calloc(1, sizeof *r) : NULL;
    if (r == NULL) {
        const hosting_reply what = {.what = HOSTING_ANSWER, .status = 503, .id = request->id};
        (void)reply(h, &what);
        return;
    }
    r->id = request->id;
    r->next = h->requests;
    h->requests = r;
    uint64_t begin = hosting_turn_begin(h);
    h->route_handler.begin(h->route_user, request);
    hosting_turn_end(h, begin);
}

void hosted_part(hosted *h, uint64_t id, const void *data, size_t size, int32_t is_last) {
    if (find(h, id) != NULL && h->route_handler.part != NULL) {
        uint64_t begin = hosting_turn_begin(h);
        h->route_handler.part(h->route_user, id, data, size, is_last);
        hosting_turn_end(h, begin);
    }
}

void hosted_drained(hosted *h, uint64_t id, size_t bytes) {
    open_request *r = find(h, id);
    if (r == NULL) {
        return;
    }
    r->unsent -= bytes < r->unsent ? bytes : r->unsent;
    if (r->is_stuck && r->unsent <= KINMU_ROUTE_UNSENT_BYTES_MAX / 2) {
        r->is_stuck = 0;
        if (h->route_handler.writable != NULL) {
            uint64_t begin = hosting_turn_begin(h);
            h->route_handler.writable(h->route_user, id);
            hosting_turn_end(h, begin);
        }
    }
}

void hosted_request_gone(hosted *h, uint64_t id, int32_t is_complete) {
    open_request **at = &h->requests;
    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    if (*at == NULL) {
        return;
    }
    open_request *r = *at;
    *at = r->next;
    free(r);
    if (h->route_handler.gone != NULL) {
        uint64_t begin = hosting_turn_begin(h);
        h->route_handler.gone(h->route_user, id, is_complete);
        hosting_turn_end(h, begin);
    }
}
