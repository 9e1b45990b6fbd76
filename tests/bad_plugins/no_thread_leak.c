/* no_thread_leak.c - starts a thread that nobody ends. Only so many that the memory of threads does
 * not look like a leak of its own. */
#include "good.h"

#include <pthread.h>
#include <unistd.h>

static uint32_t bad_threads;

static void *bad_wait(void *nothing) {
    (void)nothing;
    for (;;) {
        (void)pause();
    }
    return NULL;
}

static int32_t bad_start(void *instance, kinmu_err *err) {
    pthread_t thread;
    if (bad_threads++ < 25 && pthread_create(&thread, NULL, bad_wait, NULL) == 0) {
        (void)pthread_detach(thread);
    }
    return good_start(instance, err);
}

static const kinmu_plugin bad = {GOOD_TABLE, .start = bad_start};

KINMU_MODULE(&bad);
