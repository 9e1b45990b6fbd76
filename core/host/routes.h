/* host/routes.h - the node's HTTP server: which instance serves what, requests to instances and
 * answers back, and the node's own paths (/healthz, /readyz, /metrics).
 *
 * The server's thread judges heads by a table behind a lock and queues what happens; the node's
 * loop takes the queue and tells instances, in the core by a call, in a runner by frames. The queue
 * is bounded by what may be open: KINMU_REQUESTS_OPEN_MAX an instance, and the bytes of bodies in
 * it.
 */
#ifndef HOST_ROUTES_H
#define HOST_ROUTES_H

#include "host/hosting.h"
#include "host/node_internal.h"
#include "http/server.h"

#define ROUTES_QUEUED_BYTES_MAX ((size_t)64 << 20)
#define ROUTES_OWN_OPEN_MAX 64u  /* of /healthz, /readyz, /metrics */
#define ROUTES_STOP_MS_MAX 3000u /* for what is under way when the node stops */

int32_t routes_open(node *n);
/* Starts the server if it must run (something serves, or metrics_listen is set), stops and starts
 * it when its configuration changed, reads its certificates again. Problems are logged and kept. */
void routes_apply(node *n);
/* What keeps the server from running, "" = nothing. */
const char *routes_problem(const node *n);
/* Why what this instance serves reaches nobody, "" = it does, or it serves nothing. [loop] */
const char *routes_obstacle(const instance *i);
const http_figures *routes_figures(const node *n); /* NULL = it does not run */
/* Lets requests under way end; the node settles when the server has stopped. */
void routes_stop(node *n);
int32_t routes_is_running(const node *n);
void routes_close(node *n); /* at once; accepts that it was never opened */

/* An instance's table; replaces an earlier one. */
int32_t routes_serve(instance *i, const kinmu_route *routes, uint32_t count);
int32_t routes_reply(instance *i, const hosting_reply *reply);
/* It is gone or ended: its routes are, too, and what it left open is answered 503. */
void routes_forget(instance *i);

/* probes.c: the node's own answers. [loop] */
#define PROBE_HEALTH 0u
#define PROBE_READY 1u
#define PROBE_METRICS 2u
uint32_t probe_answer(node *n, uint32_t which, buffer *out); /* the status */

#endif
