/* bus/agreements.c - see agreements.h. */
#include "bus/agreements.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16u

void agreements_free(agreements *a) {
    free(a->rows);
    memset(a, 0, sizeof *a);
}

const agreement *agreements_find(const agreements *a, const char *account, const char *notice) {
    for (uint32_t i = 0; i < a->count; i++) {
        if (strcmp(a->rows[i].account, account) == 0 && strcmp(a->rows[i].notice, notice) == 0) {
            return &a->rows[i];
        }
    }
    return NULL;
}

static agreement *add_row(agreements *a, const agreement_event *event) {
    if (a->count == a->capacity) {
        uint32_t capacity = a->capacity == 0 ? FIRST_CAPACITY : 2 * a->capacity;
        agreement *rows = realloc(a->rows, capacity * sizeof *rows);
        if (rows == NULL) {
            return NULL;
        }
        a->rows = rows;
        a->capacity = capacity;
    }
    agreement *row = &a->rows[a->count++];
    memset(row, 0, sizeof *row);
    text_copy(row->account, sizeof row->account, event->account);
    text_copy(row->notice, sizeof row->notice, event->notice);
    return row;
}

int32_t agreements_note(agreements *a, const agreement_event *event) {
    agreement *row = NULL;
    if (strlen(event->account) >= sizeof row->account ||
        strlen(event->notice) >= sizeof row->notice ||
        strlen(event->version) >= sizeof row->version) {
        return KINMU_E_REJECT;
    }
    row = (agreement *)(uintptr_t)agreements_find(a, event->account, event->notice);
    if (row == NULL && a->count == AGREEMENTS_MAX) {
        return KINMU_E_BUSY;
    }
    row = row == NULL ? add_row(a, event) : row;
    if (row == NULL) {
        return KINMU_E_NOMEM;
    }
    if (event->action == AGREEMENT_SHOWN) {
        row->is_shown = 1;
        memcpy(row->shown_sha256, event->sha256, sizeof row->shown_sha256);
        row->shown_block = event->block;
        return KINMU_OK;
    }
    row->answer = event->action;
    row->unix_ns = event->unix_ns;
    row->block = event->block;
    text_copy(row->version, sizeof row->version, event->version);
    memcpy(row->sha256, event->sha256, sizeof row->sha256);
    return KINMU_OK;
}

int32_t agreements_has_room(const agreements *a, const char *account, const char *notice) {
    return a->count < AGREEMENTS_MAX || agreements_find(a, account, notice) != NULL;
}

static int32_t is_same_answer(const agreement *a, const agreement *b) {
    return a->answer == b->answer && a->unix_ns == b->unix_ns &&
           strcmp(a->version, b->version) == 0 &&
           memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

/* The account of an answer that came up; NULL when there is none. */
static const char *find_stranger(const agreements *fresh, const agreements *before) {
    for (uint32_t i = 0; i < fresh->count; i++) {
        const agreement *row = &fresh->rows[i];
        const agreement *known = agreements_find(before, row->account, row->notice);
        if (row->answer != AGREEMENT_NONE && (known == NULL || !is_same_answer(row, known))) {
            return row->account;
        }
    }
    return NULL;
}

static void drop_account(agreements *a, const char *name) {
    char account[AGREEMENT_ACCOUNT_SIZE];
    uint32_t kept = 0;
    text_copy(account, sizeof account, name); /* it lies in a row */
    for (uint32_t i = 0; i < a->count; i++) {
        if (strcmp(a->rows[i].account, account) != 0) {
            a->rows[kept++] = a->rows[i];
        }
    }
    a->count = kept;
}

uint32_t agreements_keep_known(agreements *fresh, const agreements *before) {
    const char *stranger = NULL;
    uint32_t gone = 0;
    while ((stranger = find_stranger(fresh, before)) != NULL) {
        drop_account(fresh, stranger);
    }
    for (uint32_t i = 0; i < before->count; i++) {
        const agreement *row =
            agreements_find(fresh, before->rows[i].account, before->rows[i].notice);
        gone += row == NULL || !is_same_answer(row, &before->rows[i]) ||
                row->is_shown != before->rows[i].is_shown;
    }
    return gone;
}

static int32_t is_same(const agreement *newest, const config_notice *now) {
    return strcmp(newest->version, now->version) == 0 &&
           memcmp(newest->sha256, now->sha256, sizeof newest->sha256) == 0;
}

int32_t agreement_state(const agreement *newest, const config_notice *now) {
    return newest != NULL && (now->keeps || is_same(newest, now)) ? newest->answer : AGREEMENT_NONE;
}

int32_t agreement_may(const agreement *newest, const config_notice *now, int32_t action) {
    int32_t last = newest != NULL ? newest->answer : AGREEMENT_NONE;
    if (action == AGREEMENT_WITHDRAWN) {
        return last == AGREEMENT_ACCEPTED ? 1 : last == AGREEMENT_WITHDRAWN ? 0 : KINMU_E_REJECT;
    }
    if (action == AGREEMENT_DECLINED && agreement_state(newest, now) == AGREEMENT_ACCEPTED) {
        return KINMU_E_REJECT;
    }
    return newest == NULL || last != action || !is_same(newest, now);
}

int32_t agreements_let_pass(const agreements *a, const config_notice *now, const char *account,
                            int64_t unix_ns) {
    const agreement *newest = account[0] != '\0' ? agreements_find(a, account, now->name) : NULL;
    return agreement_state(newest, now) == AGREEMENT_ACCEPTED && unix_ns >= newest->unix_ns;
}
