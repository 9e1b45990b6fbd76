/* jobs/steps.c - what is done one after the other, each step in a job of work/1: read the queue of
 * before, keep it (kv/1), clear away folders nobody needs, look at finished files. An order is
 * answered once it is kept, so that a restart loses none; what was being made then is made anew.
 */
#include "jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "queue"
#define RETRY_MS 5000u
#define NS_PER_HOUR INT64_C(3600000000000)
#define HOURS_MAX 12 /* an export that takes longer is ended */

enum { STEP_LOAD, STEP_KEEP, STEP_SWEEP, STEP_LOOK };

static void answer_text(const jobs *self, uint64_t call, int32_t status, const char *text) {
    (void)self->calls->answer(self->host, call, status, NULL, 0, text);
}

static void answer_state(const jobs *self, const asked *one) {
    const json_t *job = queue_find(&self->queue, one->job);
    const kinmu_value values[] = {kinmu_i64(one->job),
                                  kinmu_text(job != NULL ? queue_word(job, "state") : "removed"),
                                  kinmu_i64(queue_place(&self->queue, one->job))};
    (void)self->calls->answer(self->host, one->call, KINMU_OK, values,
                              sizeof values / sizeof values[0], NULL);
}

/* ---- the steps, in a job ---- */

static int32_t count_file(void *user, const char *name, uint64_t bytes) {
    jobs *self = user;
    (void)name;
    self->files++;
    self->bytes += bytes;
    return KINMU_OK;
}

static void run_step(void *user) {
    jobs *self = user;
    uint32_t size = KINMU_KV_VALUE_BYTES_MAX;
    switch (self->step) {
    case STEP_LOAD:
        self->step_status = self->kv->get(self->host, KEY, self->text, &size);
        self->text_size = size;
        break;
    case STEP_KEEP:
        self->step_status = self->kv->put(self->host, KEY, self->text, self->text_size);
        break;
    case STEP_SWEEP:
        shelf_sweep(self->root, self->kept, self->kept_count);
        break;
    default:
        self->files = 0;
        self->bytes = 0;
        self->step_status = shelf_list(self->root, self->looked_at, count_file, self);
        break;
    }
}

/* ---- after a step, in a turn ---- */

static void after_load(jobs *self) {
    if (self->step_status == KINMU_OK) {
        self->step_status = queue_read(&self->queue, self->text, self->text_size);
    } else if (self->step_status == KINMU_E_NOTFOUND) {
        self->step_status = KINMU_OK;
    }
    if (self->step_status != KINMU_OK) {
        self->is_broken = 1;
        self->host->health(self->host, KINMU_HEALTH_FAILED,
                           "the jobs of before cannot be read; see the log, then start again");
        return;
    }
    self->is_loaded = 1;
    self->must_sweep = 1;
    self->host->health(self->host, KINMU_HEALTH_OK, "ready: kinmu job create orders an export");
}

static void on_retry(void *user) {
    jobs *self = user;
    self->must_keep = 1;
    steps_go_on(self);
}

/* What could not be kept was never ordered; what was removed stays removed, kept later. */
static void after_keep(jobs *self) {
    uint64_t timer = 0;
    for (uint32_t i = 0; i < self->keeping.count; i++) {
        const asked *one = &self->keeping.items[i];
        if (self->step_status == KINMU_OK) {
            answer_state(self, one);
            continue;
        }
        if (one->is_order) {
            queue_remove(&self->queue, one->job);
        }
        answer_text(self, one->call, KINMU_E_RETRY,
                    "jobs: cannot be kept now; free space on the disk, then ask again");
    }
    self->keeping.count = 0;
    if (self->step_status != KINMU_OK) {
        (void)self->timer->start(self->host, RETRY_MS, 0, on_retry, self, &timer);
    }
}

static void finish(jobs *self, json_int_t id, const char *problem) {
    json_t *job = queue_find(&self->queue, id);
    int64_t now = jobs_now_ns(self);
    char text[QUEUE_PROBLEM_SIZE];
    (void)snprintf(text, sizeof text, "%.280s", problem);
    for (char *at = text; *at != '\0'; at++) {
        *at = (uint8_t)*at < ' ' ? ' ' : *at;
    }
    if (job != NULL) { /* else it was removed meanwhile */
        queue_end(job, text, self->files, self->bytes, now, now + self->keep_ns);
    }
    self->must_keep = 1;
    self->must_sweep |= job == NULL || problem[0] != '\0';
}

static void after_step(void *user, int32_t status) {
    jobs *self = user;
    uint32_t step = self->step;
    int32_t is_now = self->is_started && self->step_life == self->life;
    self->is_stepping = 0;
    self->step_status = status != KINMU_OK ? status : self->step_status;
    if (!is_now) {
        self->keeping.count = 0; /* of a life before: nobody waits for it */
    } else if (step == STEP_LOAD) {
        after_load(self);
    } else if (step == STEP_KEEP) {
        after_keep(self);
    } else if (step == STEP_LOOK) {
        json_int_t id = self->looked_at;
        self->looked_at = 0;
        finish(self, id, self->step_status == KINMU_OK ? "" : "its files are gone");
    }
    free(self->text);
    self->text = NULL;
    steps_go_on(self);
}

/* ---- which step is next ---- */

static int32_t begin_step(jobs *self, uint32_t step) {
    self->step = step;
    self->step_life = self->life;
    self->step_status = KINMU_OK;
    self->is_stepping = self->work->submit(self->host, run_step, after_step, self) == KINMU_OK;
    return self->is_stepping;
}

static void begin_load(jobs *self) {
    self->text = malloc(KINMU_KV_VALUE_BYTES_MAX);
    if (self->text == NULL || !begin_step(self, STEP_LOAD)) {
        free(self->text); /* the next tick tries again */
        self->text = NULL;
    }
}

static void begin_keep(jobs *self) {
    self->text = queue_text(&self->queue);
    self->text_size = self->text != NULL ? (uint32_t)strlen(self->text) : 0;
    self->keeping = self->asked;
    if (self->text == NULL || !begin_step(self, STEP_KEEP)) {
        free(self->text); /* the next tick tries again */
        self->text = NULL;
        return;
    }
    self->must_keep = 0;
    self->asked.count = 0;
}

static void begin_sweep(jobs *self) {
    size_t index = 0;
    const json_t *job = NULL;
    self->kept_count = 0;
    json_array_foreach(self->queue.jobs, index, job) {
        if (queue_is(job, "done") || queue_is(job, "running")) {
            self->kept[self->kept_count++] = queue_id(job);
        }
    }
    self->must_sweep = !begin_step(self, STEP_SWEEP);
}

static void on_made(void *user, int32_t status, const char *text) {
    jobs *self = user;
    json_int_t id = self->made;
    self->made = 0;
    if (!self->is_started) {
        return;
    }
    if (status == KINMU_OK) {
        self->looked_at = id;
    } else {
        finish(self, id, status == KINMU_E_STATE ? "it took too long and was ended" : text);
    }
    steps_go_on(self);
}

/* The lines of the options as words of an order; they stay in `copy`. */
static uint32_t split_options(char *copy, const char *words[KINMU_EXPORTING_OPTIONS_MAX]) {
    uint32_t count = 0;
    for (char *at = copy; *at != '\0' && count < KINMU_EXPORTING_OPTIONS_MAX;) {
        size_t length = strcspn(at, "\n");
        char *next = at + length + (at[length] == '\n');
        at[length] = '\0';
        if (length > 0) {
            words[count++] = at;
        }
        at = next;
    }
    return count;
}

static void begin_export(jobs *self, json_t *job) {
    char directory[SHELF_PATH_SIZE];
    char copy[QUEUE_OPTIONS_BYTES_MAX + 1];
    const char *words[KINMU_EXPORTING_OPTIONS_MAX];
    (void)snprintf(copy, sizeof copy, "%s", queue_word(job, "options"));
    const kinmu_export_order order = {.struct_size = sizeof order,
                                      .option_count = split_options(copy, words),
                                      .exporter = queue_word(job, "exporter"),
                                      .from_date = queue_word(job, "from_date"),
                                      .to_date = queue_word(job, "to_date"),
                                      .directory = directory,
                                      .options = words};
    int32_t status = shelf_path(self->root, queue_id(job), directory);
    if (status == KINMU_OK) {
        status = self->exporting->begin(self->host, &order, on_made, self);
    }
    if (status == KINMU_E_BUSY) {
        return; /* of a life before; the next tick tries again */
    }
    self->begun_ns = jobs_now_ns(self);
    queue_begin(job, self->begun_ns);
    if (status == KINMU_OK) {
        self->made = queue_id(job);
    } else {
        finish(self, queue_id(job),
               status == KINMU_E_STATE ? "this node keeps no store; export on the hub"
                                       : "its process or folder cannot be made; see the log");
    }
}

/* Orders are answered first, then folders cleared, then the next one begins. */
void steps_go_on(jobs *self) {
    if (!self->is_started || self->is_stepping || self->is_broken) {
        return;
    }
    if (!self->is_loaded) {
        begin_load(self);
        return;
    }
    json_t *waiting = queue_first(&self->queue, "waiting");
    if (self->must_keep) {
        begin_keep(self);
    } else if (self->looked_at != 0) {
        (void)begin_step(self, STEP_LOOK);
    } else if (self->must_sweep) {
        begin_sweep(self);
    } else if (self->made == 0 && waiting != NULL) {
        begin_export(self, waiting);
        if (self->must_keep) {
            begin_keep(self);
        }
    }
}

void steps_tick(void *user) {
    jobs *self = user;
    int64_t now = jobs_now_ns(self);
    if (self->is_loaded && queue_expire(&self->queue, now)) {
        self->must_keep = 1;
        self->must_sweep = 1;
    }
    if (self->made != 0 && now - self->begun_ns > HOURS_MAX * NS_PER_HOUR) {
        self->exporting->cancel(self->host);
    }
    steps_go_on(self);
}
