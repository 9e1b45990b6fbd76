/* host/erasure.c - erasure/1: what the connector for people may destroy and hand over. A runner has
 * none: it lives in the daemon with the keys. */
#include "host/node_internal.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/text.h"
#include <kinmu/iface/erasure.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who asked; found again by name and life, because it may be gone when the answer comes. */
typedef struct asker {
    char name[KINMU_NAME_BYTES_MAX * 2 + 2];
    uint64_t life;
    kinmu_erased done;
    void *user;
} asker;

static instance *instance_of(const kinmu_host *host) {
    return hosted_tag((const hosted *)(const void *)host);
}

static void on_erased(node *n, uint64_t token, int32_t status, const char *text,
                      const buffer *receipt) {
    asker *a = (asker *)(uintptr_t)token;
    const instance *i = instance_alive(n, a->name, a->life);
    if (i != NULL && i->local != NULL && i->state == INSTANCE_RUNNING) {
        const char *json = receipt != NULL ? buffer_string((buffer *)(uintptr_t)receipt) : "";
        a->done(a->user, status, json, text);
    }
    free(a);
}

static int32_t erase(const kinmu_host *host, const kinmu_span *wanted, uint32_t wanted_count,
                     const kinmu_span *spared, uint32_t spared_count, const char *note,
                     kinmu_erased done, void *user) {
    instance *i = instance_of(host);
    const journal_spans given[] = {{wanted, wanted_count}, {spared, spared_count}};
    kinmu_err err = {{0}, {0}};
    if (wanted_count == 0 || wanted_count > KINMU_ERASURE_SPANS_MAX ||
        spared_count > KINMU_ERASURE_SPANS_MAX) {
        return KINMU_E_REJECT;
    }
    for (uint32_t at = 0; at < wanted_count; at++) {
        const kinmu_span *span = &wanted[at];
        if (span->subject == NULL ? span->purpose == NULL : span->subject[0] == '\0') {
            return KINMU_E_REJECT; /* somebody's, or a purpose of everybody; not all there is */
        }
    }
    asker *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return KINMU_E_NOMEM;
    }
    text_copy(a->name, sizeof a->name, i->name);
    a->life = i->life;
    a->done = done;
    a->user = user;
    int32_t status = maintenance_erase_spans(i->owner, &given[0], &given[1], note, on_erased,
                                             (uint64_t)(uintptr_t)a, &err);
    if (status != KINMU_OK) {
        log_warn(i->name, "erasure refused: %s", err.msg);
        free(a);
    }
    return status;
}

static int32_t each(const kinmu_host *host, const char *const *names, uint32_t count,
                    kinmu_named_row row, void *user) {
    const instance *i = instance_of(host);
    store_reader *reader = NULL;
    kinmu_err err = {{0}, {0}};
    if (i->owner->tables == NULL) {
        return KINMU_E_STATE;
    }
    int32_t status = store_reader_open(i->owner->data, i->owner->schemas, &reader, &err);
    if (status == KINMU_OK) {
        status = store_named(reader, i->owner->schemas, names, count, row, user, &err);
    }
    store_reader_close(reader);
    if (status != KINMU_OK) {
        log_warn(i->name, "rows about somebody: %s", err.msg);
    }
    return status;
}

static int32_t is_new_purpose(const schema_registry *schemas, uint32_t id) {
    const char *purpose = schema_registry_at(schemas, id)->schema->purpose;
    for (uint32_t i = 0; i < id; i++) {
        if (strcmp(schema_registry_at(schemas, i)->schema->purpose, purpose) == 0) {
            return 0;
        }
    }
    return 1;
}

static void purposes(const kinmu_host *host, char *names, uint32_t size) {
    const schema_registry *schemas = instance_of(host)->owner->schemas;
    uint32_t used = 0;
    for (uint32_t i = 0; i < schema_registry_count(schemas); i++) {
        const char *purpose = schema_registry_at(schemas, i)->schema->purpose;
        if (is_new_purpose(schemas, i) && used + strlen(purpose) + 2 <= size) {
            used +=
                (uint32_t)snprintf(names + used, size - used, "%s%s", used > 0 ? ";" : "", purpose);
        }
    }
}

const kinmu_erasure erasure_table = {sizeof(kinmu_erasure), 0, erase, each, purposes};
