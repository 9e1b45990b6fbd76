/* jobs/queue.c - see queue.h. */
#include "queue.h"

#include <kinmu/civil.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_SIZE 32

static void set_text(json_t *job, const char *field, const char *text) {
    (void)json_object_set_new(job, field, json_string(text));
}

/* "2026-11-22T01:02:03Z": equal lengths, so that texts compare as moments do. */
static void set_time(json_t *job, const char *field, int64_t unix_ns) {
    kinmu_civil c = kinmu_civil_from(unix_ns, 0);
    char text[TIME_SIZE * 3];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day,
                   c.hour, c.minute, c.second);
    set_text(job, field, text);
}

const char *queue_word(const json_t *job, const char *field) {
    const char *word = json_string_value(json_object_get(job, field));
    return word != NULL ? word : "";
}

int32_t queue_is(const json_t *job, const char *state) {
    return strcmp(queue_word(job, "state"), state) == 0;
}

json_int_t queue_id(const json_t *job) {
    return json_integer_value(json_object_get(job, "job"));
}

int32_t queue_read(queue *q, const char *text, size_t size) {
    json_t *read = json_loadb(text, size, 0, NULL);
    json_t *jobs = json_object_get(read, "jobs");
    size_t index = 0;
    json_t *job = NULL;
    if (!json_is_array(jobs)) {
        json_decref(read);
        return KINMU_E_REJECT;
    }
    json_array_foreach(jobs, index, job) {
        if (queue_is(job, "running")) {
            set_text(job, "state", "waiting");
        }
    }
    queue_free(q);
    q->jobs = json_incref(jobs);
    q->next = json_integer_value(json_object_get(read, "next"));
    json_decref(read);
    return KINMU_OK;
}

void queue_free(queue *q) {
    json_decref(q->jobs);
    q->jobs = NULL;
}

char *queue_text(const queue *q) {
    json_t *all = json_pack("{s:I, s:O}", "next", q->next, "jobs", q->jobs);
    char *text = all != NULL ? json_dumps(all, JSON_COMPACT) : NULL;
    json_decref(all);
    return text;
}

/* Forgets the oldest that is over; 0 when all wait or run. */
static int32_t make_room(queue *q) {
    for (size_t i = 0; i < json_array_size(q->jobs); i++) {
        const json_t *job = json_array_get(q->jobs, i);
        if (!queue_is(job, "waiting") && !queue_is(job, "running")) {
            (void)json_array_remove(q->jobs, i);
            return 1;
        }
    }
    return 0;
}

json_t *queue_add(queue *q, const queue_order *order, int64_t now_ns) {
    if (json_array_size(q->jobs) >= QUEUE_JOBS_MAX && !make_room(q)) {
        return NULL;
    }
    json_t *job =
        json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "job", q->next + 1, "state", "waiting",
                  "exporter", order->exporter, "from_date", order->from_date, "to_date",
                  order->to_date, "options", order->options, "asked_by", order->asked_by);
    if (job == NULL || json_array_append_new(q->jobs, job) != 0) {
        return NULL;
    }
    q->next++;
    set_time(job, "asked", now_ns);
    return job;
}

json_t *queue_find(const queue *q, json_int_t id) {
    size_t index = 0;
    json_t *job = NULL;
    json_array_foreach(q->jobs, index, job) {
        if (queue_id(job) == id) {
            return job;
        }
    }
    return NULL;
}

json_t *queue_first(const queue *q, const char *state) {
    size_t index = 0;
    json_t *job = NULL;
    json_array_foreach(q->jobs, index, job) {
        if (queue_is(job, state)) {
            return job;
        }
    }
    return NULL;
}

void queue_remove(queue *q, json_int_t id) {
    for (size_t i = 0; i < json_array_size(q->jobs); i++) {
        if (queue_id(json_array_get(q->jobs, i)) == id) {
            (void)json_array_remove(q->jobs, i);
            return;
        }
    }
}

json_int_t queue_place(const queue *q, json_int_t id) {
    size_t index = 0;
    json_int_t place = 0;
    const json_t *job = NULL;
    json_array_foreach(q->jobs, index, job) {
        place += queue_is(job, "waiting");
        if (queue_id(job) == id) {
            return queue_is(job, "waiting") ? place : 0;
        }
    }
    return 0;
}

void queue_begin(json_t *job, int64_t now_ns) {
    set_text(job, "state", "running");
    set_time(job, "started", now_ns);
}

void queue_end(json_t *job, const char *problem, uint64_t files, uint64_t bytes, int64_t now_ns,
               int64_t expires_ns) {
    set_time(job, "ended", now_ns);
    if (problem[0] != '\0') {
        set_text(job, "state", "failed");
        set_text(job, "problem", problem);
        return;
    }
    set_text(job, "state", "done");
    (void)json_object_set_new(job, "files", json_integer((json_int_t)files));
    (void)json_object_set_new(job, "bytes", json_integer((json_int_t)bytes));
    set_time(job, "expires", expires_ns);
}

int32_t queue_expire(queue *q, int64_t now_ns) {
    json_t *now = json_object();
    size_t index = 0;
    json_t *job = NULL;
    int32_t is_any = 0;
    set_time(now, "now", now_ns);
    json_array_foreach(q->jobs, index, job) {
        if (queue_is(job, "done") &&
            strcmp(queue_word(job, "expires"), queue_word(now, "now")) <= 0) {
            set_text(job, "state", "expired");
            is_any = 1;
        }
    }
    json_decref(now);
    return is_any;
}
