/* api/access/factors.c - second factors as decisions. That a code is taken, and only once, is part
 * of the decision it is needed for: logging in, a new password, another factor or none. */
#include "access/book.h"
#include "access/factor.h"

#include <kinmu/events/access.h>
#include <kinmu/events/audit.h>

#include <string.h>

#define OBJECT "kinmu.access.factor/1"

static int32_t find_factor(desk_decision *d, const char *person, const kinmu_value **row) {
    return book_find(d, USE_FACTOR, KINMU_ACCESS_FACTOR_FIELDS, "person", person, row);
}

static void put_factor(desk_decision *d, const kinmu_value *values) {
    book_put(d, USE_FACTOR, table_text(values, KINMU_ACCESS_FACTOR_PERSON), values,
             KINMU_ACCESS_FACTOR_FIELDS);
}

static int32_t is_active(const kinmu_value *row) {
    return table_is(row, KINMU_ACCESS_FACTOR_STATE, "active");
}

static int32_t refuse_late(desk_call *call) {
    return book_refuse(call, KINMU_E_CONFLICT, "login.failed", "changed meanwhile");
}

int32_t factors_state(desk_decision *d, const char *person, int32_t *has) {
    const kinmu_value *row = NULL;
    int32_t status = find_factor(d, person, &row);
    *has = is_active(row);
    return status;
}

/* ---- a code is taken ---- */

/* The hashes without the one that was used; NULL: it is not among them, or no memory. */
static const uint8_t *without(desk_decision *d, const kinmu_value *hashes, const uint8_t *hash) {
    int32_t at = hashes->type == KINMU_TYPE_BYTES
                     ? factor_hash_find(hashes->as.bytes, hashes->size, hash)
                     : -1;
    uint8_t *left = at >= 0 ? memory_get(&d->memory, hashes->size) : NULL;
    if (left != NULL) {
        size_t before = (size_t)at * FACTOR_HASH_SIZE;
        memcpy(left, hashes->as.bytes, before);
        memcpy(left + before, (const uint8_t *)hashes->as.bytes + before + FACTOR_HASH_SIZE,
               hashes->size - before - FACTOR_HASH_SIZE);
    }
    return left;
}

static void audit_recovery(desk_decision *d, const char *person, uint32_t left,
                           const char *address) {
    const char *after = memory_print(&d->memory, "{\"recovery_codes\":%u}", left);
    if (after != NULL) {
        logins_audit_own(d, person, "update", OBJECT, person, address, after);
    }
}

int32_t factors_take(desk_decision *d, desk_call *call, const char *person,
                     const factor_taken *taken) {
    kinmu_value values[KINMU_ACCESS_FACTOR_FIELDS];
    const kinmu_value *row = NULL;
    int32_t is_step = desk_is_given(call, taken->step);
    if (!is_step && !desk_is_given(call, taken->recovery)) {
        return KINMU_OK; /* the generation says that he still has none */
    }
    int32_t status = find_factor(d, person, &row);
    if (status != KINMU_OK) {
        return status;
    }
    if (!is_active(row)) {
        return refuse_late(call);
    }
    memcpy(values, row, sizeof values);
    if (is_step) {
        int64_t step = desk_number(call, taken->step, -1);
        if (step <= table_number(row, KINMU_ACCESS_FACTOR_STEP)) {
            return refuse_late(call); /* somebody was faster with this code */
        }
        values[KINMU_ACCESS_FACTOR_STEP] = kinmu_i64(step);
    } else {
        const kinmu_value *hash = &call->values[taken->recovery];
        const kinmu_value *hashes = &row[KINMU_ACCESS_FACTOR_RECOVERY];
        const uint8_t *left =
            hash->size == FACTOR_HASH_SIZE ? without(d, hashes, hash->as.bytes) : NULL;
        if (left == NULL) {
            return refuse_late(call);
        }
        uint32_t size = hashes->size - FACTOR_HASH_SIZE;
        values[KINMU_ACCESS_FACTOR_RECOVERY] = kinmu_bytes(left, size);
        audit_recovery(d, person, size / FACTOR_HASH_SIZE, desk_text(call, taken->address));
    }
    put_factor(d, values);
    return KINMU_OK;
}

/* ---- one is set up ---- */

enum { OFFER_PERSON, OFFER_GENERATION, OFFER_SEALED, OFFER_STEP, OFFER_RECOVERY, OFFER_ADDRESS };

/* What he has stays until the new one is confirmed. */
int32_t factors_offer(desk_decision *d, desk_call *call) {
    static const factor_taken taken = {OFFER_STEP, OFFER_RECOVERY, OFFER_ADDRESS};
    kinmu_value values[KINMU_ACCESS_FACTOR_FIELDS] = {{0}};
    const char *person = desk_text(call, OFFER_PERSON);
    const kinmu_value *login = NULL;
    const kinmu_value *row = NULL;
    int32_t status = logins_same(d, call, person, desk_number(call, OFFER_GENERATION, -1), &login);
    status = status == KINMU_OK ? factors_take(d, call, person, &taken) : status;
    status = status == KINMU_OK ? find_factor(d, person, &row) : status;
    if (status != KINMU_OK) {
        return status;
    }
    if (row != NULL) {
        memcpy(values, row, sizeof values);
    } else {
        values[KINMU_ACCESS_FACTOR_PERSON] = kinmu_text(person);
        values[KINMU_ACCESS_FACTOR_STATE] = kinmu_text("none");
    }
    values[KINMU_ACCESS_FACTOR_OFFERED] = call->values[OFFER_SEALED];
    values[KINMU_ACCESS_FACTOR_OFFERED_NS] = kinmu_time(call->now_ns);
    put_factor(d, values);
    return KINMU_OK;
}

enum {
    CONFIRM_PERSON,
    CONFIRM_GENERATION,
    CONFIRM_SEALED,
    CONFIRM_STEP,
    CONFIRM_RECOVERY,
    CONFIRM_ADDRESS
};

int32_t factors_confirm(desk_decision *d, desk_call *call) {
    kinmu_value values[KINMU_ACCESS_FACTOR_FIELDS];
    const char *person = desk_text(call, CONFIRM_PERSON);
    const kinmu_value *sealed = &call->values[CONFIRM_SEALED];
    const kinmu_value *login = NULL;
    const kinmu_value *row = NULL;
    int32_t status =
        logins_same(d, call, person, desk_number(call, CONFIRM_GENERATION, -1), &login);
    status = status == KINMU_OK ? find_factor(d, person, &row) : status;
    if (status != KINMU_OK) {
        return status;
    }
    const kinmu_value *offered = row != NULL ? &row[KINMU_ACCESS_FACTOR_OFFERED] : NULL;
    if (offered == NULL || offered->type != KINMU_TYPE_BYTES || offered->size != sealed->size ||
        memcmp(offered->as.bytes, sealed->as.bytes, sealed->size) != 0) {
        return refuse_late(call); /* another one was offered since */
    }
    memcpy(values, row, sizeof values);
    values[KINMU_ACCESS_FACTOR_STATE] = kinmu_text("active");
    values[KINMU_ACCESS_FACTOR_SEALED] = *sealed;
    values[KINMU_ACCESS_FACTOR_OFFERED] = kinmu_null();
    values[KINMU_ACCESS_FACTOR_OFFERED_NS] = kinmu_null();
    values[KINMU_ACCESS_FACTOR_STEP] = call->values[CONFIRM_STEP];
    values[KINMU_ACCESS_FACTOR_RECOVERY] = call->values[CONFIRM_RECOVERY];
    values[KINMU_ACCESS_FACTOR_SINCE_NS] = kinmu_time(call->now_ns);
    put_factor(d, values);
    logins_audit_own(d, person, is_active(row) ? "update" : "create", OBJECT, person,
                     desk_text(call, CONFIRM_ADDRESS), NULL);
    desk_answer(call, kinmu_i64(logins_end_sessions(d, login)));
    return KINMU_OK;
}

/* ---- it goes ---- */

static void drop(desk_decision *d, const char *person) {
    kinmu_value values[KINMU_ACCESS_FACTOR_FIELDS] = {{0}};
    values[KINMU_ACCESS_FACTOR_PERSON] = kinmu_text(person);
    values[KINMU_ACCESS_FACTOR_STATE] = kinmu_text("none");
    put_factor(d, values);
}

/* Nobody gets around his own, or a session that was stolen would be worth a code. */
static int32_t refuse_own(desk_call *call, const char *person) {
    if (strncmp(call->caller, "person:", 7) != 0 || strcmp(call->caller + 7, person) != 0) {
        return KINMU_OK;
    }
    return book_refuse(call, KINMU_E_DENIED, "factor.own",
                       "自分の二要素認証は POST me/second_factor/remove で外します / one's own "
                       "is removed by POST me/second_factor/remove");
}

int32_t factors_drop(desk_decision *d, desk_call *call, const char *person) {
    const kinmu_value *row = NULL;
    int32_t status = find_factor(d, person, &row);
    status = status == KINMU_OK && is_active(row) ? refuse_own(call, person) : status;
    if (status == KINMU_OK && row != NULL) {
        drop(d, person);
    }
    return status;
}

enum { REMOVE_PERSON, REMOVE_GENERATION, REMOVE_STEP, REMOVE_RECOVERY, REMOVE_ADDRESS };

int32_t factors_remove(desk_decision *d, desk_call *call) {
    static const factor_taken taken = {REMOVE_STEP, REMOVE_RECOVERY, REMOVE_ADDRESS};
    const char *person = desk_text(call, REMOVE_PERSON);
    const kinmu_value *login = NULL;
    int32_t status = logins_same(d, call, person, desk_number(call, REMOVE_GENERATION, -1), &login);
    status = status == KINMU_OK ? factors_take(d, call, person, &taken) : status;
    if (status != KINMU_OK) {
        return status;
    }
    drop(d, person);
    logins_audit_own(d, person, "delete", OBJECT, person, desk_text(call, REMOVE_ADDRESS), NULL);
    desk_answer(call, kinmu_i64(logins_end_sessions(d, login)));
    return KINMU_OK;
}

enum { CLEAR_PERSON, CLEAR_REASON };

/* For who lost what makes his codes. */
int32_t factors_clear(desk_decision *d, desk_call *call) {
    const char *person = desk_text(call, CLEAR_PERSON);
    const kinmu_value *login = NULL;
    const kinmu_value *row = NULL;
    int32_t status = find_factor(d, person, &row);
    status = status == KINMU_OK ? logins_find(d, person, &login) : status;
    if (status != KINMU_OK) {
        return status;
    }
    status = refuse_own(call, person);
    if (status != KINMU_OK) {
        return status;
    }
    if (!is_active(row)) {
        return book_refuse(call, KINMU_E_NOTFOUND, "factor.none",
                           "「%s」は二要素認証を使っていません / \"%s\" has no second factor",
                           person, person);
    }
    drop(d, person);
    if (login != NULL) {
        (void)logins_end_sessions(d, login);
    }
    desk_audit(d, call, person, OBJECT, person, desk_text(call, CLEAR_REASON));
    desk_answer(call, kinmu_text(person));
    desk_answer(call, kinmu_text("none"));
    return KINMU_OK;
}
