/* host/routes_table.c - which instance serves which path. Written by the node's loop, read by the
 * server's thread at every request, so it is sorted: an exact path is one search, a folder
 * ("/files/" and all below) one search for each folder above the path. */
#include "host/routes_internal.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FULL_PATH_SIZE (KINMU_NAME_BYTES_MAX * 2 + KINMU_ROUTE_PATH_BYTES_MAX + 4)

typedef struct row {
    char *path; /* "/ingest/v1/push" */
    char method[12];
    kinmu_route route; /* its texts are not used */
    uint32_t index;
    routes_served *to;
} row;

struct routes_table {
    uv_mutex_t lock;
    row *rows; /* by path */
    uint32_t count;
};

routes_table *routes_table_create(void) {
    routes_table *table = calloc(1, sizeof *table);
    if (table != NULL) {
        uv_mutex_init(&table->lock);
    }
    return table;
}

static void release(routes_served *to) {
    if (to != NULL && atomic_fetch_sub(&to->uses, 1) == 1) {
        free(to);
    }
}

static void free_rows(row *rows, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        free(rows[i].path);
        release(rows[i].to);
    }
    free(rows);
}

void routes_table_destroy(routes_table *table) {
    if (table != NULL) {
        free_rows(table->rows, table->count);
        uv_mutex_destroy(&table->lock);
        free(table);
    }
}

routes_ticket *routes_ticket_create(routes_served *to, uint32_t route, uint64_t id) {
    routes_ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket != NULL) {
        ticket->to = to;
        ticket->route = route;
        ticket->id = id;
        if (to != NULL) {
            atomic_fetch_add(&to->uses, 1);
        }
    }
    return ticket;
}

void routes_ticket_begin(routes_ticket *ticket) {
    if (atomic_load(&ticket->to->open) < KINMU_REQUESTS_OPEN_MAX) {
        atomic_fetch_add(&ticket->to->open, 1);
        ticket->is_counted = 1;
    }
}

void routes_ticket_free(routes_ticket *ticket) {
    if (ticket->to != NULL) {
        atomic_fetch_sub(&ticket->to->open, ticket->is_counted ? 1u : 0u);
        release(ticket->to);
    }
    free(ticket);
}

/* ---- writing ---- */

static int compare(const void *a, const void *b) {
    return strcmp(((const row *)a)->path, ((const row *)b)->path);
}

static int32_t fill(row *to, routes_served *served, const kinmu_route *route, uint32_t index) {
    char path[FULL_PATH_SIZE];
    snprintf(path, sizeof path, "/%s%s", served->name, route->path);
    to->path = text_duplicate(path);
    if (to->path == NULL) {
        return KINMU_E_NOMEM;
    }
    text_copy(to->method, sizeof to->method, route->method);
    to->route = *route;
    to->index = index;
    to->to = served;
    atomic_fetch_add(&served->uses, 1);
    return KINMU_OK;
}

/* The others' rows, moved; the named one's, freed. Returns how many there are. */
static uint32_t keep_others(routes_table *table, const char *name, row *rows) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].to->name, name) != 0) {
            rows[kept++] = table->rows[i];
        } else {
            free(table->rows[i].path);
            release(table->rows[i].to);
        }
    }
    return kept;
}

int32_t routes_table_has(const routes_table *table, const char *name) {
    uint32_t at = 0;
    while (at < table->count && strcmp(table->rows[at].to->name, name) != 0) {
        at++;
    }
    return at < table->count;
}

int32_t routes_table_set(routes_table *table, const instance *i, const kinmu_route *routes,
                         uint32_t count) {
    routes_served *served = calloc(1, sizeof *served);
    row *fresh = calloc(count + 1, sizeof *fresh);
    row *rows = calloc(table->count + count + 1, sizeof *rows);
    int32_t status = served != NULL && fresh != NULL && rows != NULL ? KINMU_OK : KINMU_E_NOMEM;
    if (status == KINMU_OK) {
        text_copy(served->name, sizeof served->name, i->name);
        served->life = i->life;
        atomic_store(&served->uses, 1);
    }
    for (uint32_t at = 0; status == KINMU_OK && at < count; at++) {
        status = fill(&fresh[at], served, &routes[at], at);
    }
    if (status != KINMU_OK) {
        free_rows(fresh, fresh != NULL ? count : 0);
        free(rows);
        release(served);
        return status;
    }
    uv_mutex_lock(&table->lock);
    uint32_t kept = keep_others(table, i->name, rows);
    memcpy(rows + kept, fresh, count * sizeof *fresh);
    qsort(rows, kept + count, sizeof *rows, compare);
    free(table->rows);
    table->rows = rows;
    table->count = kept + count;
    uv_mutex_unlock(&table->lock);
    free(fresh);
    release(served);
    return KINMU_OK;
}

void routes_table_remove(routes_table *table, const char *name) {
    uv_mutex_lock(&table->lock);
    table->count = keep_others(table, name, table->rows);
    uv_mutex_unlock(&table->lock);
}

/* ---- reading ---- */

/* First row of that path; the others of it stand behind. */
static const row *find_path(const routes_table *table, const char *path, size_t size) {
    uint32_t low = 0;
    uint32_t high = table->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const char *at = table->rows[middle].path;
        int order = strncmp(at, path, size);
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const row *found = low < table->count ? &table->rows[low] : NULL;
    return found != NULL && strncmp(found->path, path, size) == 0 && found->path[size] == '\0'
               ? found
               : NULL;
}

/* The exact path, or the nearest folder above it that is served. */
static const row *find_rows(const routes_table *table, const char *path) {
    size_t size = strlen(path);
    const row *found = find_path(table, path, size);
    while (found == NULL && size > 1) {
        do {
            size--;
        } while (size > 1 && path[size - 1] != '/');
        found = find_path(table, path, size);
    }
    return found;
}

static void refuse(http_verdict *verdict, uint32_t status, const char *header) {
    verdict->status = status;
    text_copy(verdict->header, sizeof verdict->header, header);
}

/* 405, with what the path does take. */
static void refuse_method(const routes_table *table, const row *first, http_verdict *verdict) {
    char allow[sizeof verdict->header] = "Allow: ";
    for (const row *at = first;
         at < table->rows + table->count && strcmp(at->path, first->path) == 0; at++) {
        size_t size = strlen(allow);
        snprintf(allow + size, sizeof allow - size, "%s%s%s", at == first ? "" : ", ", at->method,
                 strcmp(at->method, "GET") == 0 ? ", HEAD" : "");
    }
    refuse(verdict, 405, allow);
}

static void judge(const routes_table *table, const http_request *request, http_verdict *verdict) {
    const char *method = request->head.is_head ? "GET" : request->head.method;
    const row *first = find_rows(table, request->head.path);
    const row *at = first;
    if (first == NULL) {
        verdict->status = 404;
        return;
    }
    while (strcmp(at->method, method) != 0) {
        at++;
        if (at == table->rows + table->count || strcmp(at->path, first->path) != 0) {
            refuse_method(table, first, verdict);
            return;
        }
    }
    if ((at->route.flags & KINMU_ROUTE_DEVICE) != 0 && request->peer->key_size == 0) {
        verdict->status = 403;
        return;
    }
    if (atomic_load(&at->to->open) >= KINMU_REQUESTS_OPEN_MAX) {
        refuse(verdict, 503, "Retry-After: 5");
        return;
    }
    verdict->token = routes_ticket_create(at->to, at->index, request->id);
    verdict->status = verdict->token != NULL ? 0 : 503;
    verdict->body_bytes_max = at->route.body_bytes_max;
    verdict->is_streamed = (at->route.flags & KINMU_ROUTE_STREAM) != 0;
}

void routes_table_judge(routes_table *table, const http_request *request, http_verdict *verdict) {
    uv_mutex_lock(&table->lock);
    judge(table, request, verdict);
    uv_mutex_unlock(&table->lock);
}
