/* probe_jobs.c - what happens in jobs: services of the wrong thread, state, secrets, records. */
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- [turn] services on another thread ---- */

static void no_done(void *user, int32_t status, uint64_t number) {
    (void)number;
    probe_note(user, "done on the wrong thread: %s", probe_status(status));
}

static void no_timer(void *user) {
    probe_note(user, "a timer of another thread ran");
}

static void no_poll(void *user, uint32_t ready) {
    (void)ready;
    probe_note(user, "a descriptor of another thread was watched");
}

static void no_job(void *user) {
    (void)user;
}

static void no_job_done(void *user, int32_t status) {
    probe_note(user, "a job of a job is done: %s", probe_status(status));
}

static void no_answer(void *user, int32_t status, const kinmu_value *values, uint32_t count,
                      const char *text) {
    (void)values;
    (void)count;
    (void)text;
    probe_note(user, "a call of another thread is answered: %s", probe_status(status));
}

static void no_response(void *user, const kinmu_http_response *response) {
    probe_note(user, "a request of another thread is answered: %s", probe_status(response->status));
}

static void wrong_thread(void *user) {
    probe *p = user;
    const kinmu_host *host = p->host;
    kinmu_value values[NOTE_FIELDS];
    kinmu_value state[STATE_FIELDS];
    kinmu_value text = kinmu_text("x");
    kinmu_event event = probe_note_event(values, 3, "from a job");
    kinmu_event record = probe_state_event(state, "a", 3);
    probe_note(p, "publish [any]: %s", probe_status(p->bus->publish(host, &event, 1, NULL)));
    probe_note(p, "when_durable: %s",
               probe_status(p->bus->when_durable(host, p->ticket, no_done, p)));
    probe_note(p, "append_if: %s",
               probe_status(p->bus->append_if(host, p->head, &record, 1, no_done, p)));
    probe_note(p, "derive: %s", probe_status(p->bus->derive(host, &record, 1, no_done, p)));
    probe_note(p, "timer start: %s", probe_status(p->timer->start(host, 1, 0, no_timer, p, NULL)));
    p->timer->cancel(host, p->watchdog); /* ignored here, or a hang would go unnoticed */
    probe_note(p, "poll add: %s",
               probe_status(p->poll->add(host, 0, KINMU_POLL_READ, no_poll, p, NULL)));
    probe_note(p, "poll modify: %s", probe_status(p->poll->modify(host, 1, KINMU_POLL_READ)));
    probe_note(p, "submit: %s", probe_status(p->work->submit(host, no_job, no_job_done, p)));
    probe_note(p, "send: %s",
               probe_status(p->calls->send(host, PROBE_NAME, "mirror", &text, 1, no_answer, p)));
    probe_note(p, "answer: %s", probe_status(p->calls->answer(host, 1, KINMU_OK, NULL, 0, "")));
    kinmu_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.url = p->config.server;
    probe_note(p, "http send: %s",
               probe_status(p->http->send(host, &request, no_response, p, NULL)));
}

void probe_wrong_thread(probe *p) {
    probe_job(p, wrong_thread);
}

/* ---- state ---- */

static void note_get(probe *p, const char *key, uint32_t room) {
    char data[64] = "";
    uint32_t size = room;
    int32_t status = p->kv->get(p->host, key, data, &size);
    probe_note(p, "get \"%.16s\" into %u: %s, size %u, \"%.*s\"", key, room, probe_status(status),
               status == KINMU_E_NOTFOUND ? 0 : size, status == KINMU_OK ? (int)size : 0, data);
}

static void note_put(probe *p, const char *key, const void *data, uint32_t size) {
    probe_note(p, "put \"%.16s\" of %u: %s", key, size,
               probe_status(p->kv->put(p->host, key, data, size)));
}

static void ask_state(void *user) {
    probe *p = user;
    char long_key[KINMU_KV_KEY_BYTES_MAX + 2];
    char *large = calloc(1, KINMU_KV_VALUE_BYTES_MAX + 1);
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    note_get(p, "absent", 16);
    note_put(p, "word", "hello", 5);
    note_get(p, "word", 16);
    note_get(p, "word", 5);
    note_get(p, "word", 4);
    note_get(p, "word", 0);
    note_put(p, "word", "good-bye", 8);
    note_get(p, "word", 16);
    note_put(p, "empty", "", 0);
    note_get(p, "empty", 16);
    note_put(p, "", "x", 1);
    note_put(p, long_key, "x", 1);
    note_put(p, long_key + 1, "x", 1);
    if (large != NULL) {
        note_put(p, "large", large, KINMU_KV_VALUE_BYTES_MAX);
        note_put(p, "large", large, KINMU_KV_VALUE_BYTES_MAX + 1);
        uint32_t size = KINMU_KV_VALUE_BYTES_MAX;
        int32_t status = p->kv->get(p->host, "large", large, &size);
        probe_note(p, "get \"large\": %s, size %u", probe_status(status), size);
    }
    probe_note(p, "remove: %s", probe_status(p->kv->remove(p->host, "word")));
    probe_note(p, "remove again: %s", probe_status(p->kv->remove(p->host, "word")));
    note_get(p, "word", 16);
    free(large);
}

void probe_state(probe *p) {
    probe_job(p, ask_state);
}

/* ---- secrets ---- */

static void note_secret(probe *p, const char *what, const char *handle, uint32_t room) {
    char data[64] = "";
    uint32_t size = room;
    int32_t status = p->secret->get(p->host, handle, data, &size);
    probe_note(p, "secret %s into %u: %s, size %u, \"%s\"", what, room, probe_status(status),
               status == KINMU_OK || status == KINMU_E_REJECT ? size : 0,
               status == KINMU_OK ? data : "");
}

static void ask_secrets(void *user) {
    probe *p = user;
    note_secret(p, "of the option", p->config.secret, 64);
    note_secret(p, "that just fits", p->config.secret, 14);
    note_secret(p, "without room for its NUL", p->config.secret, 13);
    note_secret(p, "of another instance", "csv:password", 64);
    note_secret(p, "of no option", PROBE_NAME ":none", 64);
}

void probe_secrets(probe *p) {
    probe_job(p, ask_secrets);
}

/* ---- records ---- */

typedef struct rows {
    probe *owner;
    uint32_t count;
    uint32_t stop_after;
    char first[160];
} rows;

static int32_t is_set(const uint8_t *id) {
    static const uint8_t none[16];
    return id != NULL && memcmp(id, none, sizeof none) != 0;
}

static int32_t take_row(void *user, const kinmu_event *row) {
    rows *r = user;
    if (r->count++ == 0 && row->value_count == NOTE_FIELDS) {
        (void)snprintf(r->first, sizeof r->first,
                       "schema %u, %lld \"%.*s\", subject \"%s\", sequence %d, block %d, origin %d",
                       row->schema, (long long)row->values[NOTE_NUMBER].as.i64,
                       (int)row->values[NOTE_TEXT].size, row->values[NOTE_TEXT].as.text,
                       row->subject, row->sequence > 0, row->block > 0, is_set(row->origin));
    }
    return r->count == r->stop_after;
}

static void note_query(probe *p, const char *what, const kinmu_query *query, uint32_t stop_after) {
    rows r = {p, 0, stop_after, ""};
    int32_t status = p->records->query(p->host, query, take_row, &r);
    probe_note(p, "query %s: %s, %u rows; %s", what, probe_status(status), r.count, r.first);
}

static void ask_records(void *user) {
    probe *p = user;
    kinmu_filter filter = {"number", KINMU_COMPARE_LESS_EQUAL, 0, kinmu_i64(2)};
    kinmu_query query = {sizeof query, PROBE_NOTE, &filter, 1, 100, "number", 0, p->last_block, 0};
    note_query(p, "notes up to 2", &query, 0);
    note_query(p, "stopped at the first row", &query, 1);
    query.order = "-number";
    note_query(p, "descending", &query, 0);
    query.limit = 1;
    query.offset = 1;
    query.order = "number";
    note_query(p, "the second page of one", &query, 0);
    query.offset = 0;
    query.limit = 0;
    note_query(p, "no page", &query, 0);
    query.limit = KINMU_RECORDS_PAGE_MAX + 1;
    note_query(p, "a page too large", &query, 0);
    query.limit = KINMU_RECORDS_PAGE_MAX;
    filter.value = kinmu_i64(1000);
    filter.compare = KINMU_COMPARE_EQUAL;
    note_query(p, "of the many", &query, 0);
    query.limit = 10;
    filter.field = "no_such_field";
    note_query(p, "by an unknown field", &query, 0);
    query.filter_count = 0;
    query.order = "no_such_field";
    note_query(p, "ordered by an unknown field", &query, 0);
    query.order = NULL;
    query.schema = PROBE_OTHER;
    note_query(p, "without a grant", &query, 0);
    query.schema = 99;
    note_query(p, "of no schema", &query, 0);
}

void probe_records(probe *p) {
    probe_job(p, ask_records);
}
