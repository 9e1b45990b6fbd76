/* session/keeper.c - see keeper.h. */
#include "keeper.h"

#include <stdlib.h>
#include <string.h>

void keeper_init(keeper *self, const kinmu_host *host, const kinmu_kv *kv, const kinmu_work *work,
                 void (*on_stored)(void *user, int32_t status), void *user) {
    memset(self, 0, sizeof *self);
    self->host = host;
    self->kv = kv;
    self->work = work;
    self->on_stored = on_stored;
    self->user = user;
    atomic_flag_clear(&self->guard);
}

void keeper_finish(keeper *self) {
    free(self->next);
    self->next = NULL;
}

static void enter(keeper *self) {
    while (atomic_flag_test_and_set_explicit(&self->guard, memory_order_acquire)) {
    }
}

static void leave(keeper *self) {
    atomic_flag_clear_explicit(&self->guard, memory_order_release);
}

static void write_newest(void *user) {
    keeper *self = user;
    for (;;) {
        enter(self);
        uint8_t *data = self->next;
        size_t size = self->next_size;
        uint64_t number = self->next_number;
        self->next = NULL;
        if (data == NULL) {
            self->is_writing = 0;
            leave(self);
            return;
        }
        leave(self);
        int32_t status = self->kv->put(self->host, KEEPER_KEY, data, (uint32_t)size);
        free(data);
        enter(self);
        self->status = status;
        if (status == KINMU_OK) {
            self->written = number;
        }
        leave(self);
    }
}

static void on_written(void *user, int32_t status) {
    keeper *self = user;
    enter(self);
    if (status != KINMU_OK) {
        self->is_writing = 0; /* it never ran */
    }
    int32_t result = status != KINMU_OK ? status : self->status;
    self->stored = self->written;
    leave(self);
    self->on_stored(self->user, result);
}

void keeper_store(keeper *self, const ledger *book) {
    uint8_t *encoded = malloc(LEDGER_ENCODED_BYTES_MAX);
    if (encoded == NULL) {
        self->on_stored(self->user, KINMU_E_NOMEM);
        return;
    }
    size_t size = ledger_encode(book, encoded);
    uint8_t *fitting = realloc(encoded, size);
    uint8_t *data = fitting != NULL ? fitting : encoded;
    enter(self);
    uint8_t *older = self->next;
    self->next = data;
    self->next_size = size;
    self->next_number = ++self->handed;
    int32_t must_submit = self->is_writing == 0;
    self->is_writing = 1;
    leave(self);
    free(older);
    if (must_submit != 0 &&
        self->work->submit(self->host, write_newest, on_written, self) != KINMU_OK) {
        enter(self);
        self->is_writing = 0; /* the next heartbeat tries again */
        leave(self);
        self->on_stored(self->user, KINMU_E_BUSY);
    }
}

int32_t keeper_is_writing(keeper *self) {
    enter(self);
    int32_t is_writing = self->is_writing;
    leave(self);
    return is_writing;
}

int32_t keeper_load(const keeper *self, ledger *book) {
    uint32_t size = LEDGER_ENCODED_BYTES_MAX;
    uint8_t *data = malloc(size);
    if (data == NULL) {
        return KINMU_E_NOMEM;
    }
    int32_t status = self->kv->get(self->host, KEEPER_KEY, data, &size);
    if (status == KINMU_OK && ledger_decode(book, data, size) != 0) {
        status = KINMU_E_REJECT;
    }
    free(data);
    return status;
}
