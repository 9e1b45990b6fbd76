/* jobs/queue.h - the jobs: what was ordered, by whom, and where it stands. Pure: no I/O, no clock.
 *
 * waiting → running → done → expired, or running → failed. A running one that is read back from its
 * text waits again: the daemon ended before it was over. Bounded: the oldest ones that are over
 * make room.
 */
#ifndef JOBS_QUEUE_H
#define JOBS_QUEUE_H

#include <jansson.h>
#include <kinmu/base.h>

#define QUEUE_JOBS_MAX 32u /* their text fits one value of kv/1 */
#define QUEUE_OPTIONS_BYTES_MAX 256u
#define QUEUE_PROBLEM_SIZE 300u
#define QUEUE_ASKER_BYTES_MAX 160u
#define QUEUE_EXPORTER_BYTES_MAX 130u

typedef struct queue {
    json_t *jobs; /* array of objects, oldest first: as answered, and as kept */
    json_int_t next;
} queue;

typedef struct queue_order {
    const char *exporter, *from_date, *to_date, *options, *asked_by;
} queue_order;

/* KINMU_E_REJECT: the text is none that queue_text gave. */
int32_t queue_read(queue *q, const char *text, size_t size);
void queue_free(queue *q);
char *queue_text(const queue *q); /* malloc; NULL without memory */

/* The new job; NULL: all of them wait, or no memory. */
json_t *queue_add(queue *q, const queue_order *order, int64_t now_ns);
json_t *queue_find(const queue *q, json_int_t id); /* NULL: there is none */
json_t *queue_first(const queue *q, const char *state);
void queue_remove(queue *q, json_int_t id);
/* 0: runs or is over; 1: next. */
json_int_t queue_place(const queue *q, json_int_t id);

int32_t queue_is(const json_t *job, const char *state);
json_int_t queue_id(const json_t *job);
const char *queue_word(const json_t *job, const char *field); /* "" without one */
void queue_begin(json_t *job, int64_t now_ns);
/* `problem` "" : done, with so many files and bytes, until expires_ns. */
void queue_end(json_t *job, const char *problem, uint64_t files, uint64_t bytes, int64_t now_ns,
               int64_t expires_ns);
/* Done jobs whose time is over expire; 1 when there was one. */
int32_t queue_expire(queue *q, int64_t now_ns);

#endif
