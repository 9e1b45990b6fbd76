/* host/callers.c - see callers.h. */
#include "host/callers.h"

#include "base/text.h"
#include "platform/platform.h"

#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 256

typedef struct kept {
    uint32_t uid;
    uint64_t until_ms; /* 0 = free */
    char name[NAME_SIZE];
} kept;

struct callers {
    uv_loop_t *loop;
    void (*found)(void *user);
    void *user;
    kept names[CALLERS_MAX];
    int32_t is_closed;
    /* The look-up; in between its thread's. */
    uv_work_t work;
    int32_t is_looking;
    uint32_t uid;
    char name[NAME_SIZE];
};

callers *callers_open(uv_loop_t *loop, void (*found)(void *user), void *user) {
    callers *c = calloc(1, sizeof *c);
    if (c != NULL) {
        c->loop = loop;
        c->found = found;
        c->user = user;
        c->work.data = c;
    }
    return c;
}

void callers_close(callers *c) {
    if (c != NULL && c->is_looking) {
        c->is_closed = 1;
    } else {
        free(c);
    }
}

const char *callers_name(callers *c, uint32_t uid) {
    for (uint32_t i = 0; i < CALLERS_MAX; i++) {
        if (c->names[i].until_ms > uv_now(c->loop) && c->names[i].uid == uid) {
            return c->names[i].name;
        }
    }
    return NULL;
}

static void keep(callers *c) {
    kept *oldest = &c->names[0];
    for (uint32_t i = 0; i < CALLERS_MAX; i++) {
        if (c->names[i].uid == c->uid && c->names[i].until_ms != 0) {
            oldest = &c->names[i];
            break;
        }
        oldest = c->names[i].until_ms < oldest->until_ms ? &c->names[i] : oldest;
    }
    oldest->uid = c->uid;
    oldest->until_ms = uv_now(c->loop) + CALLERS_KEEP_MS;
    text_copy(oldest->name, sizeof oldest->name, c->name);
}

static void look(uv_work_t *work) {
    callers *c = work->data;
    platform_account_name(c->uid, c->name, sizeof c->name);
}

static void on_looked(uv_work_t *work, int status) {
    callers *c = work->data;
    c->is_looking = 0;
    if (c->is_closed) {
        free(c);
        return;
    }
    if (status == 0) {
        keep(c);
    }
    c->found(c->user);
}

int32_t callers_look(callers *c, uint32_t uid) {
    if (c->is_looking) {
        return 1;
    }
    c->uid = uid;
    c->is_looking = uv_queue_work(c->loop, &c->work, look, on_looked) == 0;
    return c->is_looking;
}
