/* bench/tick_plugin.c - a collector that publishes one event every 97 ms, numbered, with the wall
 * clock as its time: how long it takes to wherever it is seen next. */
#include "sample_schema.h"

#include <kinmu/iface/bus.h>
#include <kinmu/iface/timer.h>
#include <kinmu/plugin.h>

#include <stdlib.h>

#define PERIOD_MS 97u /* no multiple of anything that flushes */

static const kinmu_schema_use schemas[] = {{&sample_schema, KINMU_EMITS, 0}};

typedef struct tick {
    const kinmu_host *host;
    const kinmu_bus *bus;
    const kinmu_timer *timer;
    int64_t number;
    uint64_t timer_id;
} tick;

static int32_t tick_create(const kinmu_host *host, const void *config, void **instance,
                           kinmu_err *err) {
    tick *self = calloc(1, sizeof *self);
    (void)config;
    (void)err;
    *instance = self;
    if (self == NULL) {
        return KINMU_E_NOMEM;
    }
    self->host = host;
    self->bus = host->iface(host, KINMU_BUS_1);
    self->timer = host->iface(host, KINMU_TIMER_1);
    return self->bus != NULL && self->timer != NULL ? KINMU_OK : KINMU_E_ABI;
}

static void on_time(void *user) {
    tick *self = user;
    kinmu_clock now;
    kinmu_value values[SAMPLE_FIELDS];
    for (uint32_t i = 0; i < SAMPLE_FIELDS; i++) {
        values[i] = kinmu_null();
    }
    self->timer->now(self->host, &now);
    values[0] = kinmu_i64(++self->number);
    values[4] = kinmu_text("focus");
    const kinmu_event event = {.unix_ns = now.unix_ns,
                               .mono_ns = now.mono_ns,
                               .subject = "tick",
                               .values = values,
                               .value_count = SAMPLE_FIELDS};
    (void)self->bus->publish(self->host, &event, 1, NULL);
}

static int32_t tick_start(void *instance, kinmu_err *err) {
    tick *self = instance;
    (void)err;
    return self->timer->start(self->host, PERIOD_MS, PERIOD_MS, on_time, self, &self->timer_id);
}

static int32_t tick_stop(void *instance, kinmu_err *err) {
    tick *self = instance;
    (void)err;
    self->timer->cancel(self->host, self->timer_id);
    self->timer_id = 0;
    return KINMU_OK;
}

static void tick_destroy(void *instance) {
    free(instance);
}

static const kinmu_plugin tick_plugin = {
    .struct_size = sizeof(kinmu_plugin),
    .kind = KINMU_COLLECTOR,
    .name = "bench.tick",
    .version = "1.0.0",
    .vendor = "Kinmu",
    .licence = "Apache-2.0",
    .doc = "Publishes the time, ten times a second.",
    .doc_ja = "時刻を 1 秒に 10 回発行する。",
    .schemas = KINMU_TABLE(schemas),
    .create = tick_create,
    .start = tick_start,
    .stop = tick_stop,
    .destroy = tick_destroy,
};

KINMU_MODULE(&tick_plugin);
