/* ingest/enroll.c - POST /v1/enroll: a token and a certificate request become a device.
 *
 * The cheap looks come first: form, limit, token. Then a job checks the request, and unless its
 * device comes too often another signs a certificate; then the decision counts the token's use and
 * writes the device in one. The certificate leaves the hub only after that decision is durable, so
 * what was signed for a refused device is thrown away. A device that lost the answer comes again
 * with the same token and key: it is the same enrolment and costs no second use. */
#include "ingest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_BUSY_S 5u

typedef struct enrolment enrolment;
struct enrolment {
    change c; /* first */
    waiter w;
    ingest *in;
    enrolment *next;
    uint64_t id;
    char address[64];
    invite_row invite; /* id and hash of the token it came with */
    char token[KINMU_FLEET_TOKEN_SIZE];
    char csr[KINMU_FLEET_REQUEST_BYTES_MAX];
    device_row row;
    kinmu_fleet_certificate certificate;
    int64_t life_ms;
    int32_t status; /* of the job */
    kinmu_err err;
};

static void drop(ingest *in, enrolment *e) {
    in->enrolments_open--;
    free(e);
}

static void refuse(ingest *in, enrolment *e, int32_t status, const kinmu_err *err) {
    uint32_t http_status = exchange_status(status);
    if (http_status < 500) {
        limit_fail(&in->limits, e->address, ingest_mono_ms(in));
        in->metrics->add(in->host, METRIC_REFUSED, 1);
    }
    exchange_refuse(in, e->id, http_status, err, http_status == 503 ? WAIT_BUSY_S : 0);
    drop(in, e);
}

/* ---- the body ---- */

/* A text member of limited size without control characters (but line breaks where allowed). */
static int32_t take_text(const json_t *object, const char *key, size_t min, char *to, size_t size,
                         int32_t has_lines) {
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);
    size_t length = json_string_length(value);
    if (text == NULL || length < min || length >= size || strlen(text) != length) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)text[i];
        int32_t is_break = text[i] == '\n' || text[i] == '\r';
        if ((byte < 0x20 && !(has_lines && is_break)) || byte == 0x7f) {
            return 0;
        }
    }
    memcpy(to, text, length + 1);
    return 1;
}

static int32_t parse(enrolment *e, const void *data, size_t size, kinmu_err *err) {
    json_t *object = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
    const char *wrong = json_object_size(object) != 4 ? "token, csr, name and version" : NULL;
    if (wrong == NULL && !take_text(object, "token", 1, e->token, sizeof e->token, 0)) {
        wrong = "\"token\", a text";
    } else if (wrong == NULL && !take_text(object, "csr", 1, e->csr, sizeof e->csr, 1)) {
        wrong = "\"csr\", a PEM certificate request";
    } else if (wrong == NULL && !take_text(object, "name", 1, e->row.name, sizeof e->row.name, 0)) {
        wrong = "\"name\", 1 to 128 bytes";
    } else if (wrong == NULL &&
               !take_text(object, "version", 1, e->row.version, sizeof e->row.version, 0)) {
        wrong = "\"version\", 1 to 32 bytes";
    }
    json_decref(object);
    return wrong == NULL ? KINMU_OK
                         : ingest_fail(err, KINMU_E_REJECT, "enroll.body",
                                       "the request's JSON needs %s, and nothing else", wrong);
}

/* ---- the token ---- */

static int32_t check_invite(const invite_row *invite, const enrolment *e, int64_t now_ns,
                            kinmu_err *err) {
    if (invite == NULL || memcmp(invite->hash, e->invite.hash, ROWS_HASH_SIZE) != 0) {
        return ingest_fail(err, KINMU_E_DENIED, "token.unknown",
                           "this hub knows no such token; ask for a new one");
    }
    if (invite->state == INVITE_CANCELLED) {
        return ingest_fail(err, KINMU_E_DENIED, "token.cancelled",
                           "this token was cancelled; ask for a new one");
    }
    if (now_ns >= invite->expires_ns) {
        return ingest_fail(err, KINMU_E_DENIED, "token.expired",
                           "this token has expired; ask for a new one");
    }
    return KINMU_OK;
}

/* ---- the decision ---- */

static int32_t has_room(const ingest *in, kinmu_err *err) {
    int64_t count = (int64_t)in->devices.count + in->staged.device_count;
    return count < in->config.devices_max
               ? KINMU_OK
               : ingest_fail(err, KINMU_E_DENIED, "fleet.full",
                             "this hub takes no more than %lld devices (devices_max)",
                             (long long)in->config.devices_max);
}

static int32_t judge(ingest *in, change *c, kinmu_err *err) {
    enrolment *e = (enrolment *)(void *)c;
    const invite_row *invite = decide_invite(in, e->invite.id);
    const device_row *known = decide_device(in, e->row.public_key);
    int32_t status = check_invite(invite, e, ingest_unix_ns(in), err);
    if (status == KINMU_OK && known != NULL) {
        status = device_may_push(known, err);
    }
    if (status == KINMU_OK && known == NULL) {
        status = has_room(in, err);
    }
    if (status != KINMU_OK || invite == NULL) {
        return status;
    }
    int32_t is_again = known != NULL && memcmp(known->invite, invite->id, ROWS_ID_SIZE) == 0;
    if (!is_again && invite->uses_left <= 0) {
        return ingest_fail(err, KINMU_E_DENIED, "token.used",
                           "this token is used up; ask for a new one");
    }
    e->row.enrolled_ns = known != NULL ? known->enrolled_ns : ingest_unix_ns(in);
    memcpy(e->row.invite, invite->id, ROWS_ID_SIZE);
    memcpy(e->row.group, invite->group, sizeof e->row.group);
    decide_put_device(in, &e->row);
    if (!is_again) {
        invite_row less = *invite;
        less.uses_left--;
        less.state = less.uses_left > 0 ? INVITE_OPEN : INVITE_USED;
        decide_put_invite(in, &less);
    }
    return KINMU_OK;
}

static void tell_log(ingest *in, const enrolment *e) {
    char origin[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
    char invite[ROWS_HEX_SIZE(ROWS_ID_SIZE)];
    char line[512];
    const device_row *twin = device_twin(in, &e->row);
    rows_hex(origin, e->row.origin, ROWS_ORIGIN_SIZE);
    rows_hex(invite, e->row.invite, ROWS_ID_SIZE);
    snprintf(line, sizeof line, "enrolled device %s (\"%s\") by invitation %s from %s%s", origin,
             e->row.name, invite, e->address,
             twin != NULL ? "; another device has the same name, see kinmu hub devices" : "");
    in->host->log(in->host, twin != NULL ? KINMU_LOG_WARN : KINMU_LOG_INFO, line);
}

static char *success(const ingest *in, const enrolment *e) {
    char origin[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
    char public_key[ROWS_HEX_SIZE(ROWS_KEY_SIZE)];
    char box_public[ROWS_HEX_SIZE(ROWS_KEY_SIZE)];
    rows_hex(origin, e->row.origin, ROWS_ORIGIN_SIZE);
    rows_hex(public_key, in->identity.public_key, ROWS_KEY_SIZE);
    rows_hex(box_public, in->identity.box_public, ROWS_KEY_SIZE);
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "certificate",
                               e->certificate.pem, "anchor", in->identity.anchor, "public_key",
                               public_key, "box_public", box_public, "origin", origin, "group",
                               e->row.group, "expires_ns", (json_int_t)e->row.expires_ns);
    char *json = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return json;
}

static void on_decided(ingest *in, change *c, int32_t status, const kinmu_err *err) {
    enrolment *e = (enrolment *)(void *)c;
    if (status != KINMU_OK) {
        kinmu_err told = *err;
        refuse(in, e, status, &told);
        return;
    }
    char *json = success(in, e);
    in->metrics->add(in->host, METRIC_ENROLLED, 1);
    tell_log(in, e);
    exchange_answer(in, e->id, json != NULL ? 200 : 500, json != NULL ? json : "{}");
    free(json);
    drop(in, e);
}

/* ---- the jobs ---- */

static void check_job(void *user) {
    enrolment *e = user;
    e->status = e->in->fleet->check_request(e->in->host, e->csr, (uint32_t)strlen(e->csr),
                                            e->row.public_key, e->row.origin, &e->err);
}

static void sign_job(void *user) {
    enrolment *e = user;
    e->certificate.struct_size = sizeof e->certificate;
    e->status =
        e->in->fleet->issue(e->in->host, e->row.public_key, e->life_ms, &e->certificate, &e->err);
}

static void start_waiting(ingest *in);

/* A device that enrols again and again fills the history with versions of its row: it is held to
 * the pace of its pushes. */
static uint32_t again_wait_s(ingest *in, const enrolment *e) {
    const pace_limits limits = {in->config.pushes_per_minute, in->config.bytes_per_minute};
    return sorted_find(&in->devices, e->row.public_key) == NULL
               ? 0
               : pace_take(&in->pace, e->row.public_key, ingest_mono_ms(in), strlen(e->csr),
                           &limits);
}

static int32_t is_too_soon(ingest *in, enrolment *e) {
    uint32_t wait_s = again_wait_s(in, e);
    kinmu_err err;
    if (wait_s == 0) {
        return 0;
    }
    ingest_fail(&err, KINMU_E_BUSY, "enroll.again",
                "this device enrols too often; try again in %u s", wait_s);
    in->metrics->add(in->host, METRIC_LIMITED, 1);
    exchange_refuse(in, e->id, 429, &err, wait_s);
    drop(in, e);
    return 1;
}

/* 1: the job runs; else it is answered. */
static int32_t submit(ingest *in, enrolment *e, kinmu_job_fn job, kinmu_job_done_fn then) {
    kinmu_err err;
    if (in->work->submit(in->host, job, then, e) == KINMU_OK) {
        return 1;
    }
    ingest_fail(&err, KINMU_E_BUSY, "ingest.busy", "the hub is busy; try again later");
    refuse(in, e, KINMU_E_BUSY, &err);
    return 0;
}

static void end_job(ingest *in) {
    in->enrolment_jobs--;
    start_waiting(in);
}

/* 1: the job did what it was for; else it is answered. */
static int32_t is_done(ingest *in, enrolment *e, int32_t ran) {
    if (ran != KINMU_OK || e->status != KINMU_OK) {
        kinmu_err err = e->err;
        refuse(in, e, ran != KINMU_OK ? ran : e->status, &err);
        return 0;
    }
    return 1;
}

static void on_signed(void *user, int32_t ran) {
    enrolment *e = user;
    ingest *in = e->in;
    if (is_done(in, e, ran)) {
        renew_note_end(in, e->certificate.expires_ns);
        e->row.expires_ns = e->certificate.expires_ns;
        snprintf(e->row.serial, sizeof e->row.serial, "%s", e->certificate.serial);
        snprintf(e->row.changed_by, sizeof e->row.changed_by, "device");
        e->c.judge = judge;
        e->c.done = on_decided;
        decide(in, &e->c);
    }
    end_job(in);
}

static void on_checked(void *user, int32_t ran) {
    enrolment *e = user;
    ingest *in = e->in;
    if (!is_done(in, e, ran) || is_too_soon(in, e) || !submit(in, e, sign_job, on_signed)) {
        end_job(in);
    }
}

/* Few at a time: the pool's other users do not wait behind a flood of enrolments. */
static void start_waiting(ingest *in) {
    while (in->is_running && in->enrolments != NULL && in->enrolment_jobs < INGEST_JOBS_MAX) {
        enrolment *e = in->enrolments;
        in->enrolments = e->next;
        in->enrolment_jobs += (uint32_t)submit(in, e, check_job, on_checked);
    }
}

static void wait_for_job(ingest *in, enrolment *e) {
    enrolment **at = &in->enrolments;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    e->next = NULL;
    *at = e;
    start_waiting(in);
}

void enroll_stop(ingest *in) {
    while (in->enrolments != NULL) {
        enrolment *e = in->enrolments;
        in->enrolments = e->next;
        drop(in, e);
    }
}

/* ---- the beginning ---- */

static void on_fresh(ingest *in, waiter *w) {
    enrolment *e = (enrolment *)(void *)((char *)w - offsetof(enrolment, w));
    kinmu_err err = {{0}, {0}};
    int32_t status =
        in->is_loaded && in->has_identity && in->is_running
            ? check_invite(sorted_find(&in->invites, e->invite.id), e, ingest_unix_ns(in), &err)
            : ingest_fail(&err, KINMU_E_RETRY, "ingest.starting",
                          "the hub is not ready; try again later");
    if (status != KINMU_OK) {
        refuse(in, e, status, &err);
    } else {
        wait_for_job(in, e);
    }
}

/* An address that failed too often is heard only with a token that is good. */
static int32_t is_limited(ingest *in, enrolment *e) {
    uint32_t wait_s =
        limit_wait_s(&in->limits, e->address, ingest_mono_ms(in), in->config.failures_per_minute);
    const invite_row *invite = sorted_find(&in->invites, e->invite.id);
    kinmu_err err;
    if (wait_s == 0 || (check_invite(invite, e, ingest_unix_ns(in), &err) == KINMU_OK &&
                        invite->state == INVITE_OPEN)) {
        return 0;
    }
    ingest_fail(&err, KINMU_E_BUSY, "enroll.limited",
                "too many failed attempts from this address; try again in %u s", wait_s);
    in->metrics->add(in->host, METRIC_LIMITED, 1);
    exchange_refuse(in, e->id, 429, &err, wait_s);
    drop(in, e);
    return 1;
}

void enroll_body(ingest *in, const exchange *from, const void *data, size_t size) {
    kinmu_err err = {{0}, {0}};
    /* Anybody may ask, and clients that go away leave theirs waiting: the number is bounded here.
     */
    enrolment *e = in->enrolments_open < INGEST_ENROLMENTS_MAX ? calloc(1, sizeof *e) : NULL;
    if (e == NULL) {
        ingest_fail(&err, KINMU_E_BUSY, "ingest.busy", "the hub is busy; try again later");
        exchange_refuse(in, from->id, 503, &err, WAIT_BUSY_S);
        return;
    }
    in->enrolments_open++;
    e->in = in;
    e->id = from->id;
    e->life_ms = in->config.certificate_life_ms;
    memcpy(e->address, from->address, sizeof e->address);
    int32_t status = parse(e, data, size, &err);
    if (status == KINMU_OK) {
        status = in->fleet->hash_token(in->host, e->token, e->invite.hash, &err);
        memset(e->token, 0, sizeof e->token);
    }
    memcpy(e->invite.id, e->invite.hash, ROWS_ID_SIZE);
    if (is_limited(in, e)) {
        return;
    }
    if (status != KINMU_OK) {
        refuse(in, e, status, &err);
        return;
    }
    e->w.fn = on_fresh;
    if (sorted_find(&in->invites, e->invite.id) != NULL) {
        on_fresh(in, &e->w);
    } else { /* made on another node a moment ago, or none at all */
        refresh_wait(in, &e->w);
    }
}
