/* host/fleet_blocks.c - the other half of fleet/1: this node's blocks to its hub, devices' blocks
 * into this journal. What the bytes mean is core/fleet's; here are threads, state and lives. */
#include "host/fleet.h"
#include "host/hub_policy.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "fleet/receiver.h"
#include "fleet/sender.h"
#include "journal/device.h"
#include "trust/agent.h"

#include <stdlib.h>
#include <string.h>

#define WAITS_MAX 4096u
#define STATE_OWNER "kinmu.fleet" /* no instance can have a name with a dot and no vendor */
#define STATE_RECEIPT "receipt"
#define RECEIPT_S 10u

/* Somebody to be called in a turn; found again by name and life, because it may be gone. */
typedef struct fleet_wait {
    struct fleet_wait *next;
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];
    uint64_t life;
    uint64_t ticket;
    void (*done)(void *user, int32_t status);
    void (*fn)(void *user);
    void *user;
} fleet_wait;

struct fleet_state {
    uv_mutex_t lock; /* sender and receiver, made by jobs */
    uv_mutex_t shown_lock;
    kinmu_fleet_progress shown; /* of the last push; struct_size 0: none yet */
    fleet_sender *sender;
    fleet_receiver *receiver;
    fleet_wait *waits; /* newest first; the main loop's */
    fleet_wait *watches;
    uint32_t wait_count;
    uint64_t seen;            /* newest position watchers were told of */
    uint64_t receipt_kept_ns; /* clock_mono_ns */
    int64_t known_ns;         /* all published before then is in the journal */
};

int32_t fleet_open(node *n) {
    struct fleet_state *f = calloc(1, sizeof *f);
    kinmu_err err = {"", ""};
    if (f == NULL || uv_mutex_init(&f->lock) != 0) {
        free(f);
        return KINMU_E_NOMEM;
    }
    if (uv_mutex_init(&f->shown_lock) != 0) {
        uv_mutex_destroy(&f->lock);
        free(f);
        return KINMU_E_NOMEM;
    }
    if (trust_agent_recover(n->data, &err) != KINMU_OK) {
        log_error("uplink", "%s", err.msg);
    }
    n->fleet = f;
    return KINMU_OK;
}

static void free_waits(fleet_wait *first) {
    while (first != NULL) {
        fleet_wait *next = first->next;
        free(first);
        first = next;
    }
}

void fleet_close(node *n) {
    struct fleet_state *f = n->fleet;
    if (f == NULL) {
        return;
    }
    fleet_sender_close(f->sender);
    fleet_receiver_close(f->receiver);
    free_waits(f->waits);
    free_waits(f->watches);
    uv_mutex_destroy(&f->lock);
    uv_mutex_destroy(&f->shown_lock);
    free(f);
    n->fleet = NULL;
}

static node *node_of(const kinmu_host *host) {
    return fleet_instance(host)->owner;
}

static fleet_wait *make_wait(const kinmu_host *host, void *user) {
    const instance *i = fleet_instance(host);
    fleet_wait *w = calloc(1, sizeof *w);
    if (w != NULL) {
        text_copy(w->name, sizeof w->name, i->name);
        w->life = i->life;
        w->user = user;
    }
    return w;
}

/* ---- turns ---- */

int32_t fleet_watch(const kinmu_host *host, void (*fn)(void *user), void *user) {
    struct fleet_state *f = node_of(host)->fleet;
    fleet_wait *w = make_wait(host, user);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    w->fn = fn;
    w->next = f->watches;
    f->watches = w;
    return KINMU_OK;
}

int32_t fleet_hurry(const kinmu_host *host, int32_t is_on) {
    journal_hurry(node_of(host)->j, is_on);
    return KINMU_OK;
}

int32_t fleet_when_received(const kinmu_host *host, uint64_t ticket,
                            void (*done)(void *user, int32_t status), void *user) {
    node *n = node_of(host);
    struct fleet_state *f = n->fleet;
    if (f->wait_count == WAITS_MAX) {
        return KINMU_E_BUSY;
    }
    fleet_wait *w = make_wait(host, user);
    if (w == NULL) {
        return KINMU_E_NOMEM;
    }
    w->ticket = ticket;
    w->done = done;
    w->next = f->waits;
    f->waits = w;
    f->wait_count++;
    if (ticket <= atomic_load(&n->durable) || atomic_load(&n->journal_status) != KINMU_OK) {
        node_wake(n);
    }
    return KINMU_OK;
}

static void call_watches(node *n) {
    struct fleet_state *f = n->fleet;
    uint64_t committed = atomic_load(&n->committed);
    if (committed == f->seen) {
        return;
    }
    f->seen = committed;
    for (fleet_wait **at = &f->watches; *at != NULL;) {
        fleet_wait *w = *at;
        const instance *i = instance_alive(n, w->name, w->life);
        if (i == NULL || i->local == NULL) {
            *at = w->next;
            free(w);
            continue;
        }
        if (i->state == INSTANCE_RUNNING) {
            w->fn(w->user);
        }
        at = &w->next;
    }
}

/* Those whose ticket is durable leave the list before any of them is told. */
static fleet_wait *take_ready(struct fleet_state *f, uint64_t durable, int32_t status) {
    fleet_wait *ready = NULL;
    for (fleet_wait **at = &f->waits; *at != NULL;) {
        fleet_wait *w = *at;
        if (w->ticket > durable && status == KINMU_OK) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        f->wait_count--;
        w->next = ready; /* the list is newest first: this turns it round */
        ready = w;
    }
    return ready;
}

void fleet_turn(node *n) {
    int32_t status = atomic_load(&n->journal_status) != KINMU_OK ? KINMU_E_RESTART : KINMU_OK;
    uint64_t durable = atomic_load(&n->durable);
    fleet_wait *ready = take_ready(n->fleet, durable, status);
    while (ready != NULL) {
        fleet_wait *w = ready;
        ready = w->next;
        const instance *i = instance_alive(n, w->name, w->life);
        if (i != NULL && i->local != NULL) {
            w->done(w->user, w->ticket <= durable ? KINMU_OK : status);
        }
        free(w);
    }
    call_watches(n);
}

/* ---- an agent's jobs ---- */

/* Structs of the plugin may be shorter than ours; the first member is its size. */
static void copy_out(void *to, const void *from, size_t known) {
    uint32_t *struct_size = to;
    uint32_t size = *struct_size;
    memcpy(to, from, size < known ? size : known);
    *struct_size = size;
}

static int32_t read_enrolment(const node *n, trust_agent *agent, kinmu_err *err) {
    int32_t status = trust_agent_read(n->data, agent, err);
    if (status == KINMU_E_NOTFOUND) {
        return error_set(err, KINMU_E_STATE, "fleet.enrolment",
                         "this node is not enrolled with a hub; run \"kinmu agent enroll --hub URL "
                         "--token TOKEN\"");
    }
    return status;
}

int32_t fleet_enrolment(const kinmu_host *host, kinmu_fleet_enrolment *out, kinmu_err *err) {
    kinmu_fleet_enrolment enrolment = {.struct_size = sizeof enrolment};
    trust_agent agent;
    int32_t status = read_enrolment(node_of(host), &agent, err);
    if (status == KINMU_OK) {
        text_copy(enrolment.url, sizeof enrolment.url, agent.url);
        text_copy(enrolment.name, sizeof enrolment.name, agent.name);
        text_copy(enrolment.group, sizeof enrolment.group, agent.group);
        copy_out(out, &enrolment, sizeof enrolment);
    }
    return status;
}

/* With the lock held. Enrolled anew with another hub, the old receipt counts for nothing. */
static int32_t need_sender(node *n, kinmu_err *err) {
    struct fleet_state *f = n->fleet;
    trust_agent agent;
    uint8_t receipt[FLEET_RECEIPT_SIZE];
    uint32_t size = sizeof receipt;
    int32_t status = read_enrolment(n, &agent, err);
    if (status != KINMU_OK) {
        return status;
    }
    if (f->sender != NULL && fleet_sender_is_for(f->sender, agent.public_key, agent.box_public)) {
        return KINMU_OK;
    }
    fleet_sender_close(f->sender);
    f->sender = NULL;
    if (journal_state_get(n->j, STATE_OWNER, STATE_RECEIPT, receipt, &size) != KINMU_OK) {
        size = 0;
    }
    return fleet_sender_open(n->data, agent.public_key, agent.box_public, size > 0 ? receipt : NULL,
                             size, &f->sender, err);
}

static int32_t fill_progress(struct fleet_state *f, kinmu_fleet_progress *out, kinmu_err *err) {
    fleet_progress progress;
    int32_t status = fleet_sender_progress(f->sender, &progress, err);
    if (status == KINMU_OK) {
        out->newest = progress.newest;
        out->confirmed = progress.durable;
        out->oldest_unsent_ns = progress.oldest_unix_ns;
        out->confirmed_ns = progress.confirmed_ns;
        uv_mutex_lock(&f->shown_lock);
        f->shown = *out;
        uv_mutex_unlock(&f->shown_lock);
    }
    return status;
}

/* A lock of its own: status does not wait for a push being built. */
int32_t fleet_last_progress(const node *n, kinmu_fleet_progress *out) {
    struct fleet_state *f = n->fleet;
    uv_mutex_lock(&f->shown_lock);
    *out = f->shown;
    uv_mutex_unlock(&f->shown_lock);
    return out->struct_size > 0;
}

/* Commits what is pending. A moment before which all that was published is in the journal now; 0
 * when it could not be written (a full disk): nobody may promise anything then. */
static int64_t settle(journal *j) {
    int64_t before_ns = clock_unix_ns();
    return journal_flush(j) == KINMU_OK ? before_ns : 0;
}

int32_t fleet_build_push(const kinmu_host *host, void *body, uint32_t *size,
                         kinmu_fleet_progress *progress, kinmu_err *err) {
    node *n = node_of(host);
    buffer out = {0};
    kinmu_fleet_progress now = {.struct_size = sizeof now};
    uint32_t capacity = *size < KINMU_FLEET_PUSH_BYTES_MAX ? *size : KINMU_FLEET_PUSH_BYTES_MAX;
    int64_t known_ns = settle(n->j);
    uv_mutex_lock(&n->fleet->lock);
    n->fleet->known_ns = known_ns != 0 ? known_ns : n->fleet->known_ns;
    int32_t status = need_sender(n, err);
    if (status == KINMU_OK) {
        status = fleet_sender_build(n->fleet->sender, capacity / 2, KINMU_VERSION,
                                    n->fleet->known_ns, &out, err);
    }
    if (status == KINMU_OK) {
        status = fill_progress(n->fleet, &now, err);
    }
    uv_mutex_unlock(&n->fleet->lock);
    if (status == KINMU_OK && out.size > capacity) {
        status = error_set(err, KINMU_E_REJECT, "fleet.push", "a block does not fit a push");
    }
    if (status == KINMU_OK) {
        memcpy(body, out.data, out.size);
        *size = (uint32_t)out.size;
        copy_out(progress, &now, sizeof now);
    }
    buffer_free(&out);
    return status;
}

/* Now and then: each is a commit of its own, and losing one costs a question to the hub. */
static void keep_receipt(node *n) {
    uint8_t receipt[FLEET_RECEIPT_SIZE];
    uint64_t now_ns = clock_mono_ns();
    if (n->fleet->receipt_kept_ns != 0 &&
        now_ns - n->fleet->receipt_kept_ns < RECEIPT_S * (uint64_t)CLOCK_NS_PER_S) {
        return;
    }
    n->fleet->receipt_kept_ns = now_ns;
    fleet_sender_receipt(n->fleet->sender, receipt);
    if (journal_state_put(n->j, STATE_OWNER, STATE_RECEIPT, receipt, sizeof receipt) != KINMU_OK) {
        log_warn("uplink", "the hub's confirmation could not be kept");
    }
}

static void take_certificate(const node *n, const fleet_outcome *outcome) {
    kinmu_err err = {"", ""};
    trust_agent agent;
    device d;
    if (outcome->certificate == NULL || trust_agent_read(n->data, &agent, &err) != KINMU_OK ||
        device_read(n->data, &d, &err) != KINMU_OK) {
        return;
    }
    int32_t status = trust_agent_renew(n->data, d.public_key, outcome->certificate,
                                       outcome->certificate_size, &err);
    device_wipe(&d);
    if (status == KINMU_OK) {
        log_info("uplink", "the hub renewed this node's certificate");
    } else {
        log_warn("uplink", "the certificate the hub sent was not taken: %s", err.msg);
    }
}

static int32_t public_outcome(int32_t what) {
    switch (what) {
    case FLEET_DONE:
        return KINMU_FLEET_DONE;
    case FLEET_AGAIN:
        return KINMU_FLEET_AGAIN;
    case FLEET_REFUSED:
        return KINMU_FLEET_REFUSED;
    case FLEET_FORKED:
    case FLEET_SET_BACK:
        return KINMU_FLEET_FORKED;
    case FLEET_BAD_ANSWER:
        return KINMU_FLEET_BAD;
    default:
        return KINMU_FLEET_LATER;
    }
}

int32_t fleet_take_answer(const kinmu_host *host, uint32_t http_status, const void *body,
                          uint32_t size, kinmu_fleet_outcome *out, kinmu_err *err) {
    node *n = node_of(host);
    fleet_outcome outcome;
    kinmu_fleet_outcome told = {.struct_size = sizeof told};
    told.progress.struct_size = sizeof told.progress;
    uv_mutex_lock(&n->fleet->lock);
    int32_t status = n->fleet->sender != NULL
                         ? KINMU_OK
                         : error_set(err, KINMU_E_STATE, "fleet.push", "no push was built");
    if (status == KINMU_OK) {
        fleet_sender_take(n->fleet->sender, http_status, body, size, &outcome);
        if (outcome.has_receipt) {
            keep_receipt(n);
        }
        take_certificate(n, &outcome);
        if (outcome.what == FLEET_DONE && outcome.policy != NULL) {
            hub_policy_offer(n, outcome.policy, outcome.policy_size);
        }
        told.what = public_outcome(outcome.what);
        told.hub_unix_ns = outcome.hub_unix_ns;
        text_copy(told.text, sizeof told.text, outcome.text);
        status = fill_progress(n->fleet, &told.progress, err);
    }
    uv_mutex_unlock(&n->fleet->lock);
    if (status == KINMU_OK) {
        copy_out(out, &told, sizeof told);
    }
    return status;
}

int32_t fleet_hold(node *n) {
    kinmu_err err = {"", ""};
    fleet_progress progress = {0};
    uv_mutex_lock(&n->fleet->lock);
    int32_t status = need_sender(n, &err);
    if (status == KINMU_OK) {
        status = fleet_sender_progress(n->fleet->sender, &progress, &err);
    }
    uv_mutex_unlock(&n->fleet->lock);
    /* Enrolled, but how far the hub is cannot be told now: then nothing may go. */
    journal_hold(n->j, status == KINMU_OK        ? progress.durable
                       : status == KINMU_E_STATE ? UINT64_MAX
                                                 : 0);
    return status != KINMU_E_STATE;
}

/* ---- a hub's jobs ---- */

static int32_t is_in_force(void *user, const char *purpose) {
    const node *n = user;
    return bus_in_force(n->in, purpose);
}

static int32_t need_receiver(node *n, kinmu_err *err) {
    struct fleet_state *f = n->fleet;
    int32_t status = KINMU_OK;
    uv_mutex_lock(&f->lock);
    if (f->receiver == NULL) {
        const fleet_receiver_settings settings = {n->j, n->data, n->schemas, is_in_force, n};
        status = fleet_receiver_open(&settings, &f->receiver, err);
    }
    uv_mutex_unlock(&f->lock);
    return status;
}

static int32_t give_answer(buffer *from, void *answer, uint32_t *size) {
    int32_t status = from->failed == KINMU_OK && from->size <= *size ? KINMU_OK : KINMU_E_NOMEM;
    if (status == KINMU_OK && from->size > 0) {
        memcpy(answer, from->data, from->size);
    }
    *size = status == KINMU_OK ? (uint32_t)from->size : 0;
    buffer_free(from);
    return status;
}

int32_t fleet_receive_push(const kinmu_host *host, const uint8_t public_key[KINMU_FLEET_KEY_SIZE],
                           const void *body, uint32_t body_size, kinmu_fleet_verdict *verdict,
                           void *answer, uint32_t *size) {
    node *n = node_of(host);
    fleet_verdict found;
    buffer out = {0};
    kinmu_err err = {"", ""};
    kinmu_fleet_verdict told = {.struct_size = sizeof told};
    int32_t status = need_receiver(n, &err);
    if (status != KINMU_OK) {
        log_error("ingest", "cannot receive: %s", err.msg);
        return status;
    }
    fleet_receive(n->fleet->receiver, public_key, body, body_size, &found, &out);
    told.http_status = found.http_status;
    told.ticket = found.ticket;
    told.chain = found.standing.chain;
    told.sequence = found.standing.sequence;
    told.unsent = found.unsent;
    told.ahead_ns = found.ahead_ns;
    told.blocks = found.blocks;
    told.events = found.events;
    told.declined = found.declined;
    told.is_fork = found.is_fork;
    memcpy(told.origin, found.origin, sizeof told.origin);
    memcpy(told.hash, found.standing.hash, sizeof told.hash);
    text_copy(told.version, sizeof told.version, found.version);
    text_copy(told.problem, sizeof told.problem, found.problem);
    copy_out(verdict, &told, sizeof told);
    return give_answer(&out, answer, size);
}

int32_t fleet_confirm(const kinmu_host *host, const kinmu_fleet_verdict *verdict, const char *rules,
                      const char *certificate, void *answer, uint32_t *size) {
    const node *n = node_of(host);
    fleet_verdict found = {0};
    buffer out = {0};
    found.standing.chain = verdict->chain;
    found.standing.sequence = verdict->sequence;
    memcpy(found.standing.hash, verdict->hash, sizeof found.standing.hash);
    memcpy(found.origin, verdict->origin, sizeof found.origin);
    int32_t status = fleet_receiver_confirm(n->fleet->receiver, &found, rules, certificate, &out);
    if (status != KINMU_OK) {
        buffer_free(&out);
        return status;
    }
    return give_answer(&out, answer, size);
}

typedef struct contact_call {
    kinmu_fleet_contact_fn fn;
    void *user;
} contact_call;

static int32_t tell_contact(void *user, const journal_origin_row *row) {
    const contact_call *call = user;
    kinmu_fleet_contact contact = {.struct_size = sizeof contact,
                                   .chain = row->head.chain,
                                   .sequence = row->head.sequence,
                                   .unsent = row->contact.unsent,
                                   .received_ns = row->contact.received_unix_ns,
                                   .heard_ns = row->contact.heard_unix_ns};
    memcpy(contact.origin, row->origin, sizeof contact.origin);
    return contact.received_ns != 0 ? call->fn(call->user, &contact) : KINMU_OK;
}

int32_t fleet_contacts(const kinmu_host *host, kinmu_fleet_contact_fn fn, void *user) {
    contact_call call = {fn, user};
    return journal_origins(node_of(host)->data, tell_contact, &call, NULL);
}

/* 1 when a schema before that one is of the same purpose. */
static int32_t was_told(const schema_registry *schemas, uint32_t id) {
    const char *purpose = schema_registry_at(schemas, id)->schema->purpose;
    for (uint32_t i = 0; i < id; i++) {
        if (strcmp(schema_registry_at(schemas, i)->schema->purpose, purpose) == 0) {
            return 1;
        }
    }
    return 0;
}

int32_t fleet_purposes(const kinmu_host *host, kinmu_fleet_purpose_fn fn, void *user) {
    const node *n = node_of(host);
    uint32_t count = schema_registry_count(n->schemas);
    for (uint32_t id = 0; id < count; id++) {
        if (!was_told(n->schemas, id)) {
            const char *purpose = schema_registry_at(n->schemas, id)->schema->purpose;
            fn(user, purpose, bus_in_force(n->in, purpose));
        }
    }
    return KINMU_OK;
}
