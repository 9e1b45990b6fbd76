/* ingest/states.c - which devices may push, and who changes that: people revoke and readmit, the
 * hub quarantines a device whose chain forked. */
#include "ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX_MIN 4u

typedef struct state_change {
    change c; /* first */
    uint8_t key[ROWS_KEY_SIZE];
    int32_t state;
    char who[ROWS_WHO_SIZE];
    char reason[ROWS_REASON_SIZE];
    state_told told;
    void *user;
} state_change;

int32_t device_may_push(const device_row *row, kinmu_err *err) {
    if (row == NULL) {
        return ingest_fail(err, KINMU_E_DENIED, "device.unknown",
                           "this hub does not know this device; enrol it again");
    }
    if (row->state == DEVICE_REVOKED) {
        return ingest_fail(err, KINMU_E_DENIED, "device.revoked",
                           "this device was revoked on the hub%s%s; ask for kinmu hub readmit",
                           row->reason[0] != '\0' ? ": " : "", row->reason);
    }
    if (row->state == DEVICE_QUARANTINED) {
        return ingest_fail(err, KINMU_E_DENIED, "device.quarantined",
                           "the hub holds this device off%s%s; if it is a copy of another PC, "
                           "remove its data folder and enrol it anew",
                           row->reason[0] != '\0' ? ": " : "", row->reason);
    }
    return KINMU_OK;
}

const device_row *device_twin(const ingest *in, const device_row *row) {
    for (uint32_t i = 0; i < in->devices.count; i++) {
        const device_row *other = in->devices.items[i];
        if (strcmp(other->name, row->name) == 0 &&
            memcmp(other->public_key, row->public_key, ROWS_KEY_SIZE) != 0) {
            return other;
        }
    }
    return NULL;
}

const device_row *device_by_word(const ingest *in, const char *word, kinmu_err *err) {
    const device_row *found = NULL;
    char list[200] = "";
    uint32_t count = 0;
    size_t size = strlen(word);
    for (uint32_t i = 0; i < in->devices.count; i++) {
        const device_row *row = in->devices.items[i];
        char origin[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
        rows_hex(origin, row->origin, ROWS_ORIGIN_SIZE);
        int32_t is_id = size >= PREFIX_MIN && strncmp(origin, word, size) == 0;
        if (is_id || strcmp(row->name, word) == 0) {
            size_t used = strlen(list);
            snprintf(list + used, sizeof list - used, "%s%s", count > 0 ? ", " : "", origin);
            found = row;
            count++;
        }
    }
    if (count == 1) {
        return found;
    }
    if (count == 0) {
        ingest_fail(err, KINMU_E_NOTFOUND, "device.unknown",
                    "there is no device \"%s\"; see kinmu hub devices", word);
    } else {
        ingest_fail(err, KINMU_E_REJECT, "device.several",
                    "%u devices are called \"%s\"; give the id: %s", count, word, list);
    }
    return NULL;
}

static int32_t judge(ingest *in, change *c, kinmu_err *err) {
    const state_change *s = (const state_change *)(const void *)c;
    const device_row *known = decide_device(in, s->key);
    if (known == NULL) {
        return ingest_fail(err, KINMU_E_NOTFOUND, "device.unknown", "there is no such device");
    }
    if (known->state == s->state) {
        return ingest_fail(err, KINMU_E_REJECT, "device.state", "\"%s\" is %s already", known->name,
                           rows_device_state(s->state));
    }
    device_row next = *known;
    next.state = s->state;
    memcpy(next.changed_by, s->who, sizeof next.changed_by);
    memcpy(next.reason, s->reason, sizeof next.reason);
    decide_put_device(in, &next);
    return KINMU_OK;
}

static void on_decided(ingest *in, change *c, int32_t status, const kinmu_err *err) {
    state_change *s = (state_change *)(void *)c;
    const device_row *row = status == KINMU_OK ? sorted_find(&in->devices, s->key) : NULL;
    if (row != NULL) {
        char origin[ROWS_HEX_SIZE(ROWS_ORIGIN_SIZE)];
        char line[512];
        rows_hex(origin, row->origin, ROWS_ORIGIN_SIZE);
        snprintf(line, sizeof line, "device %s (\"%s\") is %s now, by %s", origin, row->name,
                 rows_device_state(row->state), row->changed_by);
        in->host->log(in->host, KINMU_LOG_WARN, line);
    }
    if (s->told != NULL) {
        s->told(in, s->user, status, row, err);
    }
    free(s);
}

void device_set_state(ingest *in, const uint8_t key[ROWS_KEY_SIZE], int32_t state, const char *who,
                      const char *reason, state_told told, void *user) {
    state_change *s = calloc(1, sizeof *s);
    if (s == NULL) {
        kinmu_err err;
        ingest_fail(&err, KINMU_E_NOMEM, "memory", "no memory");
        if (told != NULL) {
            told(in, user, KINMU_E_NOMEM, NULL, &err);
        }
        return;
    }
    memcpy(s->key, key, ROWS_KEY_SIZE);
    s->state = state;
    s->told = told;
    s->user = user;
    rows_copy(s->who, sizeof s->who, who, strlen(who));
    rows_copy(s->reason, sizeof s->reason, reason, strlen(reason));
    s->c.judge = judge;
    s->c.done = on_decided;
    decide(in, &s->c);
}
