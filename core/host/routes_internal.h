/* host/routes_internal.h - shared by routes.c (server to loop and back), routes_table.c (who serves
 * what) and routes_tell.c (loop to instance). */
#ifndef HOST_ROUTES_INTERNAL_H
#define HOST_ROUTES_INTERNAL_H

#include "host/routes.h"

typedef struct routes_ticket routes_ticket;
typedef struct routes_table routes_table;

/* What happened on the server's thread. */
typedef struct routes_note {
    struct routes_note *next;
    int32_t what;   /* routes.c */
    int32_t is_set; /* PART: it is the last; GONE: complete */
    routes_ticket *ticket;
    http_request *request; /* BEGIN */
    http_peer peer;
    size_t bytes;
    buffer data;
} routes_note;

/* All routes of one instance in one life; lives until its last ticket is gone. */
typedef struct routes_served {
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];
    uint64_t life;
    _Atomic uint32_t open; /* tickets begun: a body that is still coming is no work yet */
    _Atomic uint32_t uses; /* tickets, routes in the table */
} routes_served;

/* A judged request; the node's loop frees it when it is gone. */
struct routes_ticket {
    routes_ticket *next; /* in the list of those begun */
    uint64_t id;         /* of the request; never changes: both threads read it */
    routes_served *to;   /* NULL = the node answers itself */
    uint32_t route;      /* index in the instance's table, or PROBE_* */
    int32_t is_counted;  /* in to->open; else too many were open, and its instance hears nothing */
    routes_note gone;    /* its last note: there is always memory for it */
};

routes_table *routes_table_create(void);
void routes_table_destroy(routes_table *table);
/* Replaces what the instance served. [loop] */
int32_t routes_table_set(routes_table *table, const instance *i, const kinmu_route *routes,
                         uint32_t count);
void routes_table_remove(routes_table *table, const char *name);
int32_t routes_table_has(const routes_table *table, const char *name); /* [loop] */
/* Finds the route and takes a ticket for it, or says why not. [server] */
void routes_table_judge(routes_table *table, const http_request *request, http_verdict *verdict);
routes_ticket *routes_ticket_create(routes_served *to, uint32_t route, uint64_t id);
/* The request begins: counted, if it is not one too many. [loop] */
void routes_ticket_begin(routes_ticket *ticket);
void routes_ticket_free(routes_ticket *ticket);

#define ROUTES_PATH_SIZE 4200u

/* What the configuration asks for; points into it and into `texts`. */
typedef struct routes_settings {
    http_settings http;
    uint32_t metrics_listener; /* index; UINT32_MAX = none */
    char texts[4][ROUTES_PATH_SIZE];
} routes_settings;
/* `signature` differs when the server must be started anew. */
void routes_settings_make(const node *n, int32_t is_wanted, routes_settings *out, char *signature,
                          size_t size);

/* routes_tell.c: what instances hear. [loop] */
void routes_tell_request(instance *i, const routes_ticket *ticket, const http_request *request);
void routes_tell_part(instance *i, uint64_t id, const void *data, size_t size, int32_t is_last);
void routes_tell_drained(instance *i, uint64_t id, size_t bytes);
void routes_tell_gone(instance *i, uint64_t id, int32_t is_complete);

#endif
