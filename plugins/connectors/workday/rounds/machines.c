/* workday/rounds/machines.c - see machines.h. */
#include "rounds/machines.h"

#include <string.h>

#define SPARE_NS INT64_C(864000000000000) /* ten days more than needed are not cut off at once */

enum { KIND_GAP = -1 }; /* else CHANGE_* */

typedef struct machine_row {
    int64_t unix_ns, from_ns, to_ns;
    uint32_t device;
    uint32_t before; /* another one of the device, + 1 */
    int32_t kind;
    int32_t is_sure; /* of a change: exact; of a gap: it counts */
} machine_row;

void machines_init(machines *m) {
    *m = (machines){LIST_OF(machine_row), LIST_OF(uint32_t), INT64_MAX, INT64_MAX, 0};
}

void machines_free(machines *m) {
    list_free(&m->rows);
    list_free(&m->newest);
    m->since_ns = m->stale_ns = INT64_MAX;
    m->refused = 0;
}

void machines_renew(machines *m, int64_t unix_ns) {
    m->stale_ns = unix_ns < m->stale_ns ? unix_ns : m->stale_ns;
}

/* ---- reading ---- */

static int32_t link(machines *m, machine_row *row, uint32_t place) {
    while (m->newest.count <= row->device) {
        if (list_add(&m->newest) == NULL) {
            return 0;
        }
    }
    uint32_t *newest = (uint32_t *)m->newest.rows + row->device;
    row->before = *newest;
    *newest = place + 1;
    return 1;
}

/* Forgets those not in [from_ns, to_ns). */
static int32_t keep(machines *m, int64_t from_ns, int64_t to_ns) {
    machine_row *rows = m->rows.rows;
    uint32_t count = m->rows.count;
    m->rows.count = m->newest.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i].unix_ns >= from_ns && rows[i].unix_ns < to_ns) {
            rows[m->rows.count] = rows[i];
            if (!link(m, &rows[m->rows.count], m->rows.count)) {
                return 0;
            }
            m->rows.count++;
        }
    }
    return 1;
}

static int32_t add(machines *m, texts *devices, const char *device, machine_row one) {
    one.device = texts_id(devices, device, strlen(device));
    machine_row *row = one.device != TEXT_NONE ? list_add(&m->rows) : NULL;
    if (row == NULL) {
        return 0;
    }
    *row = one;
    return link(m, row, m->rows.count - 1);
}

static int32_t add_fresh(machines *m, const logs *fresh, const texts *names, texts *devices) {
    const change_row *changes = fresh->rows[LOG_CHANGE].rows;
    const gap_row *gaps = fresh->rows[LOG_GAP].rows;
    int32_t ok = 1;
    for (uint32_t i = 0; ok && i < fresh->rows[LOG_CHANGE].count; i++) {
        machine_row one = {.unix_ns = changes[i].log.unix_ns,
                           .kind = changes[i].kind,
                           .is_sure = !changes[i].is_estimated};
        ok = add(m, devices, texts_at(names, changes[i].log.device), one);
    }
    for (uint32_t i = 0; ok && i < fresh->rows[LOG_GAP].count; i++) {
        machine_row one = {.unix_ns = gaps[i].log.unix_ns,
                           .from_ns = gaps[i].from_ns,
                           .to_ns = gaps[i].to_ns,
                           .kind = KIND_GAP,
                           .is_sure = gaps[i].is_counted};
        ok = add(m, devices, texts_at(names, gaps[i].log.device), one);
    }
    return ok;
}

/* Those that are in the future now are read, too: they need not be read again then. */
static int32_t read_fresh(machines *m, stored *source, texts *devices, int64_t from_ns) {
    logs fresh;
    stored s = *source;
    logs_init(&fresh);
    s.intake.logs = &fresh;
    s.intake.now_ns = INT64_MAX;
    s.refused = 0;
    stored_logs(&s, "", from_ns);
    m->refused += s.refused;
    source->status = s.status;
    int32_t ok = s.status != KINMU_OK || add_fresh(m, &fresh, s.intake.texts, devices);
    logs_finish(&fresh);
    return ok;
}

int32_t machines_read(machines *m, stored *source, texts *devices, int64_t since_ns) {
    int64_t from_ns = since_ns < m->since_ns ? since_ns : m->stale_ns;
    if (from_ns == INT64_MAX) {
        return 1;
    }
    m->since_ns = since_ns < m->since_ns ? since_ns : m->since_ns;
    from_ns = from_ns > m->since_ns ? from_ns : m->since_ns;
    m->stale_ns = from_ns; /* until they are read */
    if (!keep(m, m->since_ns, from_ns) || !read_fresh(m, source, devices, from_ns)) {
        machines_free(m);
        return 0;
    }
    m->stale_ns = source->status == KINMU_OK ? INT64_MAX : from_ns;
    return 1;
}

/* ---- giving ---- */

static int32_t give_row(const machine_row *one, logs *to, uint32_t number) {
    if (one->kind == KIND_GAP) {
        gap_row *gap = logs_add(to, LOG_GAP, one->unix_ns, 0, number);
        if (gap != NULL) {
            gap->from_ns = one->from_ns;
            gap->to_ns = one->to_ns;
            gap->is_counted = one->is_sure;
        }
        return gap != NULL;
    }
    change_row *change = logs_add(to, LOG_CHANGE, one->unix_ns, 0, number);
    if (change != NULL) {
        change->kind = one->kind;
        change->is_estimated = !one->is_sure;
    }
    return change != NULL;
}

int32_t machines_give(const machines *m, uint32_t device, int64_t from_ns, int64_t now_ns, logs *to,
                      uint32_t number) {
    const machine_row *rows = m->rows.rows;
    const uint32_t *newest = m->newest.rows;
    for (uint32_t at = device < m->newest.count ? newest[device] : 0; at != 0;
         at = rows[at - 1].before) {
        const machine_row *one = &rows[at - 1];
        if (one->unix_ns < from_ns || one->unix_ns > now_ns) {
            continue;
        }
        if (!logs_hear(to, number, one->unix_ns) || !give_row(one, to, number)) {
            return 0;
        }
    }
    return 1;
}

void machines_rest(machines *m, int64_t since_ns) {
    if (m->rows.count > MACHINE_ROWS_MAX) {
        machines_free(m);
    } else if (m->since_ns < since_ns - SPARE_NS) {
        m->since_ns = since_ns;
        if (!keep(m, since_ns, INT64_MAX)) {
            machines_free(m);
        }
    }
}
