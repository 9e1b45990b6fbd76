/* fleet/receiver.c - see receiver.h. */
#include "fleet/receiver.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/device.h"
#include "journal/keys.h"
#include "journal/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define IDLE_MAX 16u /* workers kept for the next pushes; a reader is a connection each */

/* What one examination needs; as many as run at once. */
typedef struct worker {
    struct worker *next;
    journal_reader *reader;
    sealer sealer;
} worker;

struct fleet_receiver {
    fleet_receiver_settings settings;
    device device;
    uv_mutex_t mutex;
    worker *idle;
    uint32_t idle_count;
};

/* One push under examination. */
typedef struct examination {
    fleet_receiver *r;
    worker *w;
    const uint8_t *public_key;
    wire_push push;
    journal_foreign_key *keys; /* those of the push, opened */
    uint32_t key_count;
    int64_t now_ns;
    uint8_t wanted[WIRE_KEYS_MAX * LAYOUT_KEY_ID_SIZE];
    uint32_t wanted_count;
    uint64_t declined[WIRE_BLOCKS_MAX];
    uint32_t declined_count;
    char why[WIRE_TEXT_BYTES_MAX + 1]; /* of the first declined */
} examination;

int32_t fleet_receiver_open(const fleet_receiver_settings *settings, fleet_receiver **out,
                            kinmu_err *err) {
    fleet_receiver *r = calloc(1, sizeof *r);
    *out = NULL;
    if (r == NULL || uv_mutex_init(&r->mutex) != 0) {
        free(r);
        return error_set(err, KINMU_E_NOMEM, "fleet.memory", "out of memory");
    }
    r->settings = *settings;
    int32_t status = device_read(settings->directory, &r->device, err);
    if (status != KINMU_OK) {
        fleet_receiver_close(r);
        return status;
    }
    *out = r;
    return KINMU_OK;
}

static void worker_free(worker *w) {
    journal_reader_close(w->reader);
    seal_finish(&w->sealer);
    free(w);
}

void fleet_receiver_close(fleet_receiver *r) {
    if (r == NULL) {
        return;
    }
    while (r->idle != NULL) {
        worker *next = r->idle->next;
        worker_free(r->idle);
        r->idle = next;
    }
    device_wipe(&r->device);
    uv_mutex_destroy(&r->mutex);
    free(r);
}

static int32_t worker_take(fleet_receiver *r, worker **out, kinmu_err *err) {
    uv_mutex_lock(&r->mutex);
    worker *w = r->idle;
    if (w != NULL) {
        r->idle = w->next;
        r->idle_count--;
    }
    uv_mutex_unlock(&r->mutex);
    *out = w;
    if (w != NULL) {
        return KINMU_OK;
    }
    w = calloc(1, sizeof *w);
    if (w == NULL || seal_init(&w->sealer) != KINMU_OK) {
        free(w);
        return error_set(err, KINMU_E_NOMEM, "fleet.memory", "out of memory");
    }
    int32_t status = journal_reader_open(r->settings.directory, &w->reader, err);
    if (status != KINMU_OK) {
        worker_free(w);
        return status;
    }
    *out = w;
    return KINMU_OK;
}

static void worker_give_back(fleet_receiver *r, worker *w) {
    uv_mutex_lock(&r->mutex);
    int32_t has_room = r->idle_count < IDLE_MAX;
    if (has_room) {
        w->next = r->idle;
        r->idle = w;
        r->idle_count++;
    }
    uv_mutex_unlock(&r->mutex);
    if (!has_room) {
        worker_free(w);
    }
}

/* ---- examining ---- */

/* An id that is known belongs to the key that is here; another one under it would only make what it
 * seals unreadable. */
static int32_t is_taken(const examination *x, const journal_foreign_key *key) {
    journal_foreign_key known;
    int32_t differs = journal_read_key(x->w->reader, key->id, &known, NULL) == KINMU_OK &&
                      (memcmp(known.key, key->key, sizeof known.key) != 0 ||
                       strcmp(known.subject, key->subject) != 0 ||
                       strcmp(known.purpose, key->purpose) != 0 || known.month != key->month);
    crypto_wipe(&known, sizeof known);
    return differs;
}

static int32_t open_keys(examination *x, kinmu_err *err) {
    x->keys = calloc(x->push.key_count + 1u, sizeof *x->keys);
    if (x->keys == NULL) {
        return error_set(err, KINMU_E_NOMEM, "fleet.memory", "out of memory");
    }
    for (uint32_t i = 0; i < x->push.key_count; i++) {
        const wire_key *sent = &x->push.keys[i];
        uint8_t plain[WIRE_KEY_BYTES_MAX];
        char context[WIRE_KEY_CONTEXT_SIZE];
        journal_foreign_key *key = &x->keys[i];
        wire_key_context(x->public_key, sent->id, context);
        int32_t status = sent->box_size > CRYPTO_BOX_OVERHEAD
                             ? crypto_box_open(x->r->device.box_secret, context, sent->box,
                                               sent->box_size, plain)
                             : KINMU_E_REJECT;
        if (status == KINMU_OK) {
            status = wire_key_decode(key, plain, sent->box_size - CRYPTO_BOX_OVERHEAD);
        }
        crypto_wipe(plain, sizeof plain);
        if (status != KINMU_OK) {
            return error_set(err, KINMU_E_REJECT, "fleet.key",
                             "a key is not sealed to this hub by this device, or damaged");
        }
        memcpy(key->id, sent->id, LAYOUT_KEY_ID_SIZE);
        if (is_taken(x, key)) {
            return error_set(err, KINMU_E_REJECT, "fleet.key",
                             "a key has the id of another one that is here");
        }
        x->key_count++;
    }
    return KINMU_OK;
}

/* A key sent now, else one sent before. E_NOTFOUND: neither. */
static int32_t find_key(const examination *x, const uint8_t id[LAYOUT_KEY_ID_SIZE],
                        journal_foreign_key *key, kinmu_err *err) {
    for (uint32_t i = 0; i < x->key_count; i++) {
        if (memcmp(x->keys[i].id, id, LAYOUT_KEY_ID_SIZE) == 0) {
            *key = x->keys[i];
            return KINMU_OK;
        }
    }
    return journal_read_key(x->w->reader, id, key, err);
}

static void decline(examination *x, uint64_t chain, const char *why) {
    if (x->declined_count == 0) {
        snprintf(x->why, sizeof x->why, "block %llu: %s", (unsigned long long)chain, why);
    }
    x->declined[x->declined_count++] = chain;
}

/* Why an event may not come from a device, or NULL. */
static const char *judge_event(const examination *x, const layout_header *header,
                               const journal_foreign_key *key, const schema_info *info,
                               const kinmu_event *event) {
    if (keys_month(event->unix_ns) != key->month) {
        return "an event lies outside the month of its key";
    }
    if (event->unix_ns - x->now_ns > FLEET_AHEAD_NS_MAX) {
        return "an event lies more than a week ahead of the hub's clock";
    }
    if (info == NULL) {
        return NULL; /* a schema not installed here: held until it is */
    }
    if (info->schema->kind != KINMU_KIND_LOG) {
        return "it contains a record; only the hub decides those";
    }
    if (strcmp(info->schema->purpose, header->purpose) != 0) {
        return "an event belongs to another purpose than its block";
    }
    return NULL;
}

static const char *judge_payload(examination *x, const layout_header *header,
                                 const journal_foreign_key *key, const uint8_t *plain,
                                 size_t plain_size) {
    block_reader events;
    kinmu_event event;
    const schema_info *info = NULL;
    kinmu_err err;
    uint64_t count = 0;
    const char *why = NULL;
    if (block_open(&events, x->r->settings.registry, plain, plain_size, &err) != KINMU_OK) {
        return "its content is damaged";
    }
    if (strcmp(events.subject, key->subject) != 0 || strcmp(header->purpose, key->purpose) != 0) {
        return "it is sealed with the key of another person or purpose";
    }
    int32_t status;
    while ((status = block_next(&events, &event, &info, &err)) == KINMU_OK && why == NULL) {
        why = judge_event(x, header, key, info, &event);
        count++;
        if (why == NULL && info != NULL &&
            schema_check_values(info, event.values, event.value_count, &err) != KINMU_OK) {
            why = "an event does not fit its schema";
        }
    }
    if (why == NULL && status != KINMU_E_NOTFOUND) {
        why = "its content is damaged";
    }
    if (why == NULL && count != header->last_sequence - header->first_sequence + 1) {
        why = "it has another number of events than its header says";
    }
    return why;
}

static int32_t examine_block(examination *x, const journal_foreign_block *block, kinmu_err *err) {
    layout_header header;
    journal_foreign_key key;
    const uint8_t *plain = NULL;
    size_t plain_size = 0;
    if (block->payload == NULL) {
        return KINMU_OK;
    }
    if (layout_header_decode(&header, block->header, block->header_size) != KINMU_OK) {
        return error_set(err, KINMU_E_REJECT, "fleet.header", "a header is damaged");
    }
    if (!x->r->settings.in_force(x->r->settings.user, header.purpose)) {
        decline(x, header.chain, "its purpose is not in force at this hub");
        return KINMU_OK;
    }
    int32_t status = find_key(x, header.key_id, &key, err);
    if (status == KINMU_E_NOTFOUND) {
        if (x->wanted_count < WIRE_KEYS_MAX) {
            memcpy(x->wanted + (size_t)x->wanted_count++ * LAYOUT_KEY_ID_SIZE, header.key_id,
                   LAYOUT_KEY_ID_SIZE);
        }
        return KINMU_OK;
    }
    if (status != KINMU_OK) {
        return status;
    }
    status = seal_open(&x->w->sealer, key.key, block->header, block->header_size, block->payload,
                       block->payload_size, &plain, &plain_size);
    const char *why =
        status == KINMU_E_REJECT
            ? "its payload does not open with its key"
            : (status == KINMU_OK ? judge_payload(x, &header, &key, plain, plain_size) : NULL);
    crypto_wipe(&key, sizeof key);
    if (why != NULL) {
        decline(x, header.chain, why);
        return KINMU_OK;
    }
    return status;
}

/* A device may claim any moment; one before 1970 is as wrong as 1970. */
static int64_t ahead_of(int64_t theirs, int64_t ours) {
    return (theirs > 0 ? theirs : 0) - ours;
}

static int64_t earlier_of(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void describe(const examination *x, const fleet_verdict *verdict, journal_parcel *parcel) {
    const wire_push *push = &x->push;
    parcel->public_key = x->public_key;
    parcel->blocks = push->blocks;
    parcel->keys = x->keys;
    parcel->block_count = push->block_count;
    parcel->key_count = x->key_count;
    parcel->head_chain = push->head_chain;
    parcel->head_sequence = push->head_sequence;
    parcel->head_unix_ns = push->head_unix_ns;
    parcel->head_hash = push->head_hash;
    parcel->head_signature = push->head_signature;
    parcel->contact.received_unix_ns = x->now_ns;
    parcel->contact.unsent = verdict->unsent;
    /* Nobody can promise what is not recorded yet. */
    parcel->contact.heard_unix_ns =
        verdict->unsent == 0 ? earlier_of(push->head_unix_ns, x->now_ns) : 0;
}

/* What a status of the journal means for the device. */
static uint32_t http_of(int32_t status) {
    switch (status) {
    case KINMU_OK:
        return 200;
    case KINMU_E_STATE:
        return 409;
    case KINMU_E_CONFLICT:
        return 423;
    case KINMU_E_REJECT:
        return 422;
    default:
        return 503;
    }
}

static int32_t examine(examination *x, kinmu_err *err) {
    int32_t status = open_keys(x, err);
    for (uint32_t i = 0; status == KINMU_OK && i < x->push.block_count; i++) {
        status = examine_block(x, &x->push.blocks[i], err);
    }
    return status;
}

static void take(examination *x, fleet_verdict *verdict, buffer *answer) {
    kinmu_err err = {"", ""};
    journal_parcel parcel;
    int32_t status = examine(x, &err);
    verdict->http_status = http_of(status);
    if (status == KINMU_OK && x->wanted_count + x->declined_count > 0) {
        verdict->http_status = 409;
        error_set(&err, KINMU_OK, "fleet.lacking", "%s",
                  x->declined_count > 0 ? x->why : "keys are missing");
    } else if (status == KINMU_OK) {
        describe(x, verdict, &parcel);
        status = journal_take(x->r->settings.journal, &parcel, &verdict->ticket, &verdict->standing,
                              &err);
        verdict->http_status = http_of(status);
    }
    verdict->is_fork = status == KINMU_E_CONFLICT;
    verdict->declined = x->declined_count;
    if (verdict->http_status == 200) {
        return;
    }
    text_copy(verdict->problem, sizeof verdict->problem, err.msg);
    wire_answer_begin(answer);
    if (status == KINMU_E_STATE) {
        wire_answer_standing(answer, &verdict->standing);
    }
    if (x->wanted_count > 0) {
        wire_answer_wanted(answer, x->wanted, x->wanted_count);
    }
    if (x->declined_count > 0) {
        wire_answer_declined(answer, x->declined, x->declined_count);
    }
    wire_answer_problem(answer, err.msg);
}

static uint32_t count_events(const wire_push *push) {
    uint64_t events = 0;
    layout_header header;
    for (uint32_t i = 0; i < push->block_count; i++) {
        const journal_foreign_block *block = &push->blocks[i];
        if (layout_header_decode(&header, block->header, block->header_size) == KINMU_OK) {
            events += header.last_sequence - header.first_sequence + 1;
        }
    }
    return events < UINT32_MAX ? (uint32_t)events : UINT32_MAX;
}

void fleet_receive(fleet_receiver *r, const uint8_t public_key[CRYPTO_PUBLIC_SIZE],
                   const void *body, size_t size, fleet_verdict *verdict, buffer *answer) {
    kinmu_err err = {"", ""};
    memset(verdict, 0, sizeof *verdict);
    examination *x = calloc(1, sizeof *x);
    int32_t status =
        x != NULL ? KINMU_OK : error_set(&err, KINMU_E_NOMEM, "fleet.memory", "out of memory");
    if (status == KINMU_OK) {
        x->r = r;
        x->public_key = public_key;
        x->now_ns = clock_unix_ns();
        status = device_origin(public_key, verdict->origin);
    }
    if (status == KINMU_OK) {
        status = wire_push_read(&x->push, body, size, &err);
        status = status == KINMU_E_REJECT ? KINMU_E_CONFIG : status; /* 400, not 422 */
    }
    if (status == KINMU_OK) {
        verdict->blocks = x->push.block_count;
        verdict->events = count_events(&x->push);
        verdict->unsent = x->push.unsent;
        verdict->ahead_ns = ahead_of(x->push.now_unix_ns, x->now_ns);
        memcpy(verdict->version, x->push.version, sizeof verdict->version);
        status = worker_take(r, &x->w, &err);
    }
    if (status == KINMU_OK) {
        take(x, verdict, answer);
        worker_give_back(r, x->w);
    } else {
        verdict->http_status = status == KINMU_E_CONFIG ? 400 : 503;
        text_copy(verdict->problem, sizeof verdict->problem, err.msg);
        wire_answer_begin(answer);
        wire_answer_problem(answer, err.msg);
    }
    if (x != NULL) {
        if (x->keys != NULL) {
            crypto_wipe(x->keys, x->push.key_count * sizeof *x->keys);
        }
        free(x->keys);
        wire_push_free(&x->push);
        free(x);
    }
}

int32_t fleet_receiver_confirm(const fleet_receiver *r, const fleet_verdict *verdict,
                               const char *policy, const char *certificate, buffer *answer) {
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    int64_t now_ns = clock_unix_ns();
    int32_t status = journal_countersign(r->settings.journal, verdict->origin, &verdict->standing,
                                         now_ns, signature);
    if (status != KINMU_OK) {
        return status;
    }
    wire_answer_begin(answer);
    wire_answer_standing(answer, &verdict->standing);
    wire_answer_countersignature(answer, journal_public_key(r->settings.journal), now_ns,
                                 signature);
    if (policy != NULL) {
        wire_answer_policy(answer, policy, (uint32_t)strlen(policy));
    }
    if (certificate != NULL) {
        wire_answer_certificate(answer, certificate, (uint32_t)strlen(certificate));
    }
    return answer->failed;
}
