/* ingest/renew.c - POST /v1/renew: a device whose certificate has less than a third of its life
 * left gets the next one, for the same key. TLS has proved that the key is its own, so nothing is
 * sent. */
#include "ingest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_BUSY_S 5u
/* A device shows its new certificate with its next connection; until then it is not made again. */
#define SETTLE_PART 12
#define SETTLE_NS_MAX (3600 * 1000 * INGEST_NS_PER_MS)

typedef struct renewal {
    change c; /* first */
    ingest *in;
    uint8_t key[ROWS_KEY_SIZE];
    kinmu_fleet_certificate certificate;
    int64_t life_ms;
    int32_t status;
    kinmu_err err;
    renew_told told;
    void *user;
} renewal;

static void tell(ingest *in, renewal *r, int32_t status, const kinmu_err *err) {
    r->told(in, r->user, status, status == KINMU_OK ? r->certificate.pem : NULL, err);
    free(r);
}

void renew_note_end(ingest *in, int64_t expires_ns) {
    int64_t life_ns = in->config.certificate_life_ms * INGEST_NS_PER_MS;
    int64_t whole_ns = ingest_unix_ns(in) + life_ns - life_ns / SETTLE_PART;
    in->authority_ends_ns = expires_ns < whole_ns ? expires_ns : 0;
}

int32_t renew_is_due(const ingest *in, const device_row *row, const char *serial) {
    int64_t life_ns = in->config.certificate_life_ms * INGEST_NS_PER_MS;
    int64_t left_ns = row->expires_ns - ingest_unix_ns(in);
    int64_t settle_ns =
        life_ns / SETTLE_PART < SETTLE_NS_MAX ? life_ns / SETTLE_PART : SETTLE_NS_MAX;
    int32_t is_older = strcmp(serial, row->serial) != 0;
    /* What would end no later would be made again with every push. */
    int32_t is_last = in->authority_ends_ns != 0 && row->expires_ns >= in->authority_ends_ns;
    return (left_ns < life_ns / 3 && !is_last) || (is_older && life_ns - left_ns > settle_ns);
}

static int32_t judge(ingest *in, change *c, kinmu_err *err) {
    const renewal *r = (const renewal *)(const void *)c;
    const device_row *known = decide_device(in, r->key);
    int32_t status = device_may_push(known, err);
    if (status == KINMU_OK) {
        device_row next = *known;
        next.expires_ns = r->certificate.expires_ns;
        snprintf(next.serial, sizeof next.serial, "%s", r->certificate.serial);
        snprintf(next.changed_by, sizeof next.changed_by, "device");
        decide_put_device(in, &next);
    }
    return status;
}

static void on_decided(ingest *in, change *c, int32_t status, const kinmu_err *err) {
    kinmu_err told = *err;
    if (status == KINMU_OK) {
        in->metrics->add(in->host, METRIC_RENEWED, 1);
    }
    tell(in, (renewal *)(void *)c, status, &told);
}

static void sign_job(void *user) {
    renewal *r = user;
    r->certificate.struct_size = sizeof r->certificate;
    r->status = r->in->fleet->issue(r->in->host, r->key, r->life_ms, &r->certificate, &r->err);
}

static void on_signed(void *user, int32_t ran) {
    renewal *r = user;
    if (ran != KINMU_OK || r->status != KINMU_OK) {
        kinmu_err err = r->err;
        tell(r->in, r, ran != KINMU_OK ? ran : r->status, &err);
        return;
    }
    renew_note_end(r->in, r->certificate.expires_ns);
    r->c.judge = judge;
    r->c.done = on_decided;
    decide(r->in, &r->c);
}

void renew_device(ingest *in, const uint8_t key[ROWS_KEY_SIZE], renew_told told, void *user) {
    kinmu_err err = {{0}, {0}};
    int32_t status = device_may_push(sorted_find(&in->devices, key), &err);
    renewal *r = status == KINMU_OK ? calloc(1, sizeof *r) : NULL;
    if (r != NULL) {
        r->in = in;
        r->life_ms = in->config.certificate_life_ms;
        r->told = told;
        r->user = user;
        memcpy(r->key, key, ROWS_KEY_SIZE);
        if (in->work->submit(in->host, sign_job, on_signed, r) == KINMU_OK) {
            return;
        }
    }
    if (status == KINMU_OK) {
        status = ingest_fail(&err, KINMU_E_BUSY, "ingest.busy", "the hub is busy; try again later");
    }
    free(r);
    told(in, user, status, NULL, &err);
}

/* ---- the route ---- */

typedef struct asked {
    uint64_t id;
} asked;

static void answer_renewed(ingest *in, void *user, int32_t status, const char *pem,
                           const kinmu_err *err) {
    asked *a = user;
    uint64_t id = a->id;
    free(a);
    if (status != KINMU_OK) {
        uint32_t http_status = exchange_status(status);
        exchange_refuse(in, id, http_status, err, http_status == 503 ? WAIT_BUSY_S : 0);
        return;
    }
    json_t *object = json_pack("{s:b, s:s}", "renewed", 1, "certificate", pem);
    char *json = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    exchange_answer(in, id, json != NULL ? 200 : 500, json != NULL ? json : "{}");
    free(json);
    json_decref(object);
}

void renew_body(ingest *in, const exchange *e, const void *data, size_t size) {
    const device_row *row = e->has_key ? sorted_find(&in->devices, e->key) : NULL;
    kinmu_err err = {{0}, {0}};
    (void)data;
    (void)size;
    if (device_may_push(row, &err) != KINMU_OK || row == NULL) {
        exchange_refuse(in, e->id, 403, &err, 0);
        return;
    }
    if (!renew_is_due(in, row, e->serial)) {
        exchange_answer(in, e->id, 200, "{\"renewed\":false}");
        return;
    }
    asked *a = calloc(1, sizeof *a);
    if (a == NULL) {
        ingest_fail(&err, KINMU_E_NOMEM, "memory", "no memory");
        exchange_refuse(in, e->id, 503, &err, WAIT_BUSY_S);
        return;
    }
    a->id = e->id;
    renew_device(in, e->key, answer_renewed, a);
}
