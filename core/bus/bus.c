/* bus/bus.c - see bus.h. */
#include "bus/bus.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/text.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Sets of up to this many events need no allocation: nearly every call. */
#define BUS_SMALL_EVENTS 4u

struct bus {
    journal *j;
    policy *rules;
    agreements answers;
    uv_rwlock_t lock; /* guards `rules` and `answers` */
    uint8_t hash_key[32];
};

/* The key that makes hashed titles comparable on this node and meaningless elsewhere. */
static int32_t load_hash_key(journal *j, uint8_t key[32]) {
    uint32_t size = 32;
    if (journal_state_get(j, "kinmu", "hash-key", key, &size) == KINMU_OK && size == 32) {
        return KINMU_OK;
    }
    int32_t status = crypto_random(key, 32);
    return status == KINMU_OK ? journal_state_put(j, "kinmu", "hash-key", key, 32) : status;
}

int32_t bus_create(journal *j, const config *conf, bus **out, kinmu_err *err) {
    bus *b = calloc(1, sizeof *b);
    *out = NULL;
    if (b == NULL) {
        return KINMU_E_NOMEM;
    }
    b->j = j;
    int32_t status = load_hash_key(j, b->hash_key);
    if (status == KINMU_OK) {
        status = policy_create(conf, b->hash_key, &b->rules, err);
    } else {
        error_set(err, status, "bus.key",
                  "bus: the key for hashed titles cannot be read or written");
    }
    if (status != KINMU_OK || uv_rwlock_init(&b->lock) != 0) {
        policy_destroy(b->rules);
        free(b);
        return status != KINMU_OK ? status : KINMU_E_NOMEM;
    }
    *out = b;
    return KINMU_OK;
}

void bus_destroy(bus *b) {
    if (b != NULL) {
        policy_destroy(b->rules);
        agreements_free(&b->answers);
        uv_rwlock_destroy(&b->lock);
        crypto_wipe(b->hash_key, sizeof b->hash_key);
        free(b);
    }
}

int32_t bus_reload(bus *b, const config *conf, kinmu_err *err) {
    policy *fresh = NULL;
    int32_t status = policy_create(conf, b->hash_key, &fresh, err);
    if (status == KINMU_OK) {
        uv_rwlock_wrlock(&b->lock);
        policy *old = b->rules;
        b->rules = fresh;
        uv_rwlock_wrunlock(&b->lock);
        policy_destroy(old);
    }
    return status;
}

int32_t bus_in_force(bus *b, const char *purpose) {
    uv_rwlock_rdlock(&b->lock);
    int32_t is = policy_in_force(b->rules, purpose);
    uv_rwlock_rdunlock(&b->lock);
    return is;
}

/* ---- notices ---- */

int32_t bus_agree(bus *b, const agreement_event *event) {
    uv_rwlock_wrlock(&b->lock);
    int32_t status = agreements_note(&b->answers, event);
    uv_rwlock_wrunlock(&b->lock);
    return status;
}

void bus_use_agreements(bus *b, agreements *fresh) {
    uv_rwlock_wrlock(&b->lock);
    agreements old = b->answers;
    b->answers = *fresh;
    uv_rwlock_wrunlock(&b->lock);
    memset(fresh, 0, sizeof *fresh);
    agreements_free(&old);
}

uint32_t bus_renew_agreements(bus *b, agreements *fresh) {
    uv_rwlock_rdlock(&b->lock);
    uint32_t gone = agreements_keep_known(fresh, &b->answers);
    uv_rwlock_rdunlock(&b->lock);
    bus_use_agreements(b, fresh);
    return gone;
}

int32_t bus_may_agree(bus *b, const char *account, const char *notice) {
    uv_rwlock_rdlock(&b->lock);
    int32_t has_room = agreements_has_room(&b->answers, account, notice);
    uv_rwlock_rdunlock(&b->lock);
    return has_room;
}

int32_t bus_agreement(bus *b, const char *account, const char *notice, agreement *out) {
    uv_rwlock_rdlock(&b->lock);
    const agreement *found = agreements_find(&b->answers, account, notice);
    if (found != NULL) {
        *out = *found;
    }
    uv_rwlock_rdunlock(&b->lock);
    return found != NULL;
}

int32_t bus_agreement_at(bus *b, uint32_t index, agreement *out) {
    uv_rwlock_rdlock(&b->lock);
    int32_t is_there = index < b->answers.count;
    if (is_there) {
        *out = b->answers.rows[index];
    }
    uv_rwlock_rdunlock(&b->lock);
    return is_there;
}

/* ---- publishing ---- */

/* What the events of one call have in common, read once. */
typedef struct moment {
    const char *zone;
    const uint8_t *boot_id;
    int64_t unix_ns;
    uint64_t mono_ns;
    int64_t offset_slot; /* the quarter hour that offset_s is of */
    int32_t offset_s;
} moment;

/* One publish call in the making. */
typedef struct making {
    journal_entry *entries;
    kinmu_value *values; /* of all entries, one after another */
    uint32_t count;
    uint32_t value_count;
    uint32_t record_count;
    const schema_info *allowed;  /* whose purpose was last found to be in force */
    const config_notice *notice; /* of that purpose, NULL = none */
    moment now;
    arena scratch;
} making;

/* Offsets from UTC change at quarter hours only. */
#define OFFSET_SLOT_NS (900 * CLOCK_NS_PER_S)

static void read_moment(moment *now) {
    now->zone = clock_zone();
    now->boot_id = clock_boot_id();
    now->unix_ns = clock_unix_ns();
    now->mono_ns = clock_mono_ns();
    now->offset_slot = now->unix_ns / OFFSET_SLOT_NS;
    now->offset_s = clock_utc_offset_s(now->unix_ns);
}

static int32_t offset_at(moment *now, int64_t unix_ns) {
    if (unix_ns / OFFSET_SLOT_NS != now->offset_slot) {
        now->offset_slot = unix_ns / OFFSET_SLOT_NS;
        now->offset_s = clock_utc_offset_s(unix_ns);
    }
    return now->offset_s;
}

/* What events are meant for. */
enum { WAY_PUBLISH, WAY_DECIDE, WAY_DERIVE };

static int32_t check_event(bus_publisher *publisher, const kinmu_event *event, uint32_t way,
                           const schema_info **info, kinmu_err *err) {
    *info = event->schema < publisher->schema_count ? publisher->schemas[event->schema] : NULL;
    if (*info == NULL) {
        return error_set(
            err, KINMU_E_REJECT, "bus.undeclared",
            "%s: publishes schema number %u, which its plugin does not declare as emitted",
            publisher->instance, event->schema);
    }
    if (strcmp((*info)->full_name, AGREEMENT_SCHEMA) == 0) {
        return error_set(err, KINMU_E_DENIED, "bus.agreement",
                         "%s: no plugin writes %s, by which a person answers a notice himself",
                         publisher->instance, AGREEMENT_SCHEMA);
    }
    int32_t is_record = (*info)->schema->kind == KINMU_KIND_RECORD;
    if (is_record ? way == WAY_PUBLISH : way != WAY_PUBLISH && way != WAY_DECIDE) {
        return error_set(err, KINMU_E_REJECT, "bus.kind", "%s: %s is %s", publisher->instance,
                         (*info)->full_name,
                         is_record ? "a record: write it by append_if"
                                   : "a log: write it by publish");
    }
    const char *owner = (*info)->schema->owner;
    if (is_record && (owner == NULL || strcmp(owner, publisher->owner) != 0)) {
        return error_set(err, KINMU_E_DENIED, "bus.owner", "%s: only \"%s\" decides %s",
                         publisher->instance, owner != NULL ? owner : "nobody", (*info)->full_name);
    }
    if (event->subject != NULL && publisher->only_own_account &&
        strcmp(event->subject, publisher->account) != 0) {
        return error_set(err, KINMU_E_DENIED, "bus.subject",
                         "%s: serves the session of one account and published for another",
                         publisher->instance);
    }
    if (event->subject != NULL && (strlen(event->subject) > BUS_SUBJECT_BYTES_MAX ||
                                   !text_is_utf8(event->subject, strlen(event->subject)))) {
        return error_set(err, KINMU_E_REJECT, "bus.subject",
                         "%s: a subject is too long or not UTF-8", publisher->instance);
    }
    if ((event->flags & KINMU_EVENT_REMOVED) != 0 && way != WAY_DERIVE) {
        return error_set(err, KINMU_E_REJECT, "bus.removed", "%s: only a derived row is removed",
                         publisher->instance);
    }
    return schema_check_event(*info, event, err);
}

int32_t bus_check(bus_publisher *publisher, const kinmu_event *events, uint32_t count,
                  kinmu_err *err) {
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        const schema_info *info = NULL;
        status = check_event(publisher, &events[i], WAY_PUBLISH, &info, err);
    }
    if (status != KINMU_OK) {
        atomic_fetch_add(&publisher->rejected, 1);
    }
    return status;
}

static void stamp_entry(const bus_publisher *publisher, const kinmu_event *event,
                        const schema_info *info, moment *now, journal_entry *entry) {
    entry->schema = info;
    entry->subject = event->subject != NULL ? event->subject : publisher->account;
    entry->unix_ns = event->unix_ns != 0 ? event->unix_ns : now->unix_ns;
    entry->mono_ns = event->mono_ns != 0 ? event->mono_ns : now->mono_ns;
    entry->zone = now->zone;
    entry->boot_id = now->boot_id;
    entry->utc_offset_s = (event->flags & KINMU_EVENT_OFFSET) != 0 ? event->utc_offset_s
                                                                   : offset_at(now, entry->unix_ns);
}

/* Its purpose is in force, and whom it is of has accepted the notice, if there is one. */
static int32_t is_collected(const bus *b, making *m, const schema_info *info,
                            const journal_entry *entry) {
    if (info != m->allowed) {
        if (!policy_allows(b->rules, info)) {
            return 0;
        }
        m->allowed = info;
        m->notice = policy_notice(b->rules, info);
    }
    return m->notice == NULL ||
           agreements_let_pass(&b->answers, m->notice, entry->subject, entry->unix_ns);
}

static int32_t make_entry(bus *b, bus_publisher *publisher, making *m, const kinmu_event *event,
                          uint32_t way, kinmu_err *err) {
    const schema_info *info = NULL;
    int32_t status = check_event(publisher, event, way, &info, err);
    int32_t is_removed = (event->flags & KINMU_EVENT_REMOVED) != 0; /* always allowed */
    if (status != KINMU_OK) {
        return status;
    }
    journal_entry *entry = &m->entries[m->count];
    stamp_entry(publisher, event, info, &m->now, entry);
    if (!is_removed && !is_collected(b, m, info, entry)) {
        atomic_fetch_add(&publisher->dropped_purpose, 1);
        return KINMU_OK;
    }
    m->record_count += info->schema->kind == KINMU_KIND_RECORD;
    if (!is_removed && policy_is_quiet(b->rules, info, entry->unix_ns, entry->utc_offset_s)) {
        atomic_fetch_add(&publisher->dropped_quiet, 1);
        return KINMU_OK;
    }
    kinmu_value *values = m->values + m->value_count;
    if (event->value_count > 0) {
        memcpy(values, event->values, event->value_count * sizeof *values);
        m->value_count += event->value_count;
    }
    entry->values = values;
    entry->value_count = event->value_count;
    status = policy_redact(b->rules, info, values, event->value_count, &m->scratch);
    m->count += status == KINMU_OK;
    return status;
}

static int32_t append(bus *b, bus_publisher *publisher, const making *m,
                      const journal_cursor *cursor, uint64_t *number, uint64_t *ticket) {
    uint64_t ignored;
    ticket = ticket != NULL ? ticket : &ignored;
    if (m->count == 0 && cursor == NULL && number == NULL) {
        *ticket = 0; /* all dropped: nothing to wait for */
        return KINMU_OK;
    }
    int32_t status = number != NULL
                         ? journal_append_if(b->j, *number, m->entries, m->count, ticket, number)
                         : journal_append(b->j, m->entries, m->count, cursor, ticket);
    if (status == KINMU_OK) {
        atomic_fetch_add(&publisher->published, m->count);
        if (m->count > 0) {
            atomic_store(&publisher->last_unix_ns, m->entries[m->count - 1].unix_ns);
        }
    } else if (status == KINMU_E_BUSY) {
        atomic_fetch_add(&publisher->busy, 1);
    }
    return status;
}

static int32_t make_all(bus *b, bus_publisher *publisher, making *m, const kinmu_event *events,
                        uint32_t count, uint32_t way, kinmu_err *err) {
    int32_t status = KINMU_OK;
    read_moment(&m->now);
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        status = make_entry(b, publisher, m, &events[i], way, err);
    }
    if (status == KINMU_OK && way == WAY_DECIDE && m->record_count == 0) {
        status = error_set(err, KINMU_E_REJECT, "bus.kind",
                           "%s: a decision without a record: write logs by publish",
                           publisher->instance);
    }
    if (status == KINMU_E_REJECT || status == KINMU_E_DENIED) {
        atomic_fetch_add(&publisher->rejected, 1);
    }
    return status;
}

/* Room for all values; an event that has too many is refused later, by its schema. */
static size_t count_values(const kinmu_event *events, uint32_t count) {
    size_t values = 1;
    for (uint32_t i = 0; i < count; i++) {
        values += events[i].value_count <= KINMU_FIELDS_MAX ? events[i].value_count : 0;
    }
    return values;
}

int32_t bus_publish(bus *b, bus_publisher *publisher, const kinmu_event *events, uint32_t count,
                    const journal_cursor *cursor, uint64_t *number, uint64_t *ticket,
                    kinmu_err *err) {
    journal_entry few_entries[BUS_SMALL_EVENTS];
    kinmu_value few_values[BUS_SMALL_EVENTS * KINMU_FIELDS_MAX];
    making m = {.entries = few_entries, .values = few_values};
    if (count > BUS_EVENTS_MAX) {
        return error_set(err, KINMU_E_REJECT, "bus.many", "%s: more than %u events in one call",
                         publisher->instance, BUS_EVENTS_MAX);
    }
    if (count > BUS_SMALL_EVENTS) {
        m.entries = malloc(count * sizeof *m.entries);
        m.values = malloc(count_values(events, count) * sizeof *m.values);
    }
    int32_t status = m.entries != NULL && m.values != NULL ? KINMU_OK : KINMU_E_NOMEM;
    if (status == KINMU_OK) {
        uv_rwlock_rdlock(&b->lock);
        status = make_all(b, publisher, &m, events, count,
                          number != NULL ? WAY_DECIDE : WAY_PUBLISH, err);
        uv_rwlock_rdunlock(&b->lock);
    }
    if (status == KINMU_OK) {
        status = append(b, publisher, &m, cursor, number, ticket);
    }
    arena_free(&m.scratch);
    if (count > BUS_SMALL_EVENTS) {
        free(m.entries);
        free(m.values);
    }
    return status;
}

/* ---- derived rows ---- */

static int32_t keep_value(arena *memory, kinmu_value *value) {
    if (value->type == KINMU_TYPE_TEXT || value->type == KINMU_TYPE_BYTES) {
        value->as.text = arena_text(memory, value->size > 0 ? value->as.text : "", value->size);
        return value->as.text != NULL ? KINMU_OK : KINMU_E_NOMEM;
    }
    return KINMU_OK;
}

/* What the entry points to is the caller's, or scratch: copied. */
static int32_t keep_entry(arena *memory, journal_entry *entry) {
    kinmu_value *values = arena_get(memory, (entry->value_count + 1u) * sizeof *values);
    uint8_t *boot_id = arena_get(memory, 16);
    entry->subject = arena_text(memory, entry->subject, strlen(entry->subject));
    entry->zone = arena_text(memory, entry->zone, strlen(entry->zone));
    if (values == NULL || boot_id == NULL || entry->subject == NULL || entry->zone == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(boot_id, entry->boot_id, 16);
    entry->boot_id = boot_id;
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < entry->value_count; i++) {
        values[i] = entry->values[i];
        status = keep_value(memory, &values[i]);
    }
    entry->values = values;
    return status;
}

int32_t bus_derive(bus *b, bus_publisher *publisher, const kinmu_event *events, uint32_t count,
                   arena *memory, store_derived **rows, uint32_t *row_count, kinmu_err *err) {
    kinmu_value values[KINMU_FIELDS_MAX];
    store_derived *made = arena_get(memory, ((size_t)count + 1) * sizeof *made);
    making m = {.values = values};
    int32_t status = made != NULL ? KINMU_OK : KINMU_E_NOMEM;
    *row_count = 0;
    uv_rwlock_rdlock(&b->lock);
    read_moment(&m.now);
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        store_derived *row = &made[*row_count];
        m.entries = &row->row;
        m.count = 0;
        m.value_count = 0;
        status = make_entry(b, publisher, &m, &events[i], WAY_DERIVE, err);
        if (status == KINMU_OK && m.count > 0) {
            row->is_removed = (events[i].flags & KINMU_EVENT_REMOVED) != 0;
            status = keep_entry(memory, &row->row);
            ++*row_count;
        }
    }
    uv_rwlock_rdunlock(&b->lock);
    arena_free(&m.scratch);
    if (status == KINMU_E_REJECT || status == KINMU_E_DENIED) {
        atomic_fetch_add(&publisher->rejected, 1);
    }
    *rows = made;
    return status;
}
