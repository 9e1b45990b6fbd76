/* host/frame.h - messages between the core and a runner or the command line.
 *
 * A frame is [u32 size][u16 type][u16 instance][body], little-endian, size counting the body.
 * Bodies are MessagePack written by frame_* below. Nobody trusts a frame: sizes, types and
 * instances are checked on both sides.
 */
#ifndef HOST_FRAME_H
#define HOST_FRAME_H

#include "base/arena.h"
#include "base/buffer.h"
#include <kinmu/value.h>

#define FRAME_HEAD_SIZE 8u
#define FRAME_BODY_MAX ((uint32_t)4 << 20)

/* core -> runner */
#define FRAME_LOAD                                                                                 \
    1u /* file, kind, name, instance, node, account, options as YAML, decision, for accept-any     \
          plugins all schemas */
#define FRAME_START 2u
#define FRAME_STOP 3u
#define FRAME_RECONFIGURE 4u /* options as YAML */
#define FRAME_EVENTS 5u      /* batch number, decision, block head, payload */
#define FRAME_DURABLE 6u     /* local ticket */
#define FRAME_CALL 7u        /* id, command index, caller, rights, values */
#define FRAME_REPLY 8u       /* request id, status, size, bytes: answers FRAME_REQUEST */
#define FRAME_DECIDED 9u     /* token, status, number */
#define FRAME_PING 10u
#define FRAME_ROW                                                                                  \
    11u /* request id, sequence, block, origin, boot id, zone, event: precedes FRAME_REPLY of a    \
           query */
#define FRAME_QUIT 12u
#define FRAME_WITHDRAWN 14u /* first and last local ticket that will never be durable */
#define FRAME_ANSWERED 13u  /* token, status, text, values: answers FRAME_SEND */
#define FRAME_ROUTE_REQUEST                                                                        \
    15u /* id, route, method, path, query, address, peer key, serial, body size, count of headers, \
           each: name, value */
#define FRAME_ROUTE_PART 16u    /* id, is last, bytes */
#define FRAME_ROUTE_DRAINED 17u /* id, bytes the system has taken */
#define FRAME_ROUTE_GONE 18u    /* id, is complete */

/* runner -> core */
#define FRAME_DONE 32u    /* what (LOAD START STOP RECONFIGURE), status, key, text */
#define FRAME_PUBLISH 33u /* local ticket, events */
#define FRAME_HANDLED 34u /* batch number, status, text */
#define FRAME_HEALTH 35u  /* state, text */
#define FRAME_LOG 36u     /* level, text */
#define FRAME_METRIC 37u  /* index, is_set, number */
#define FRAME_REQUEST 38u /* request id, FRAME_ASK_*, arguments */
#define FRAME_ANSWER 39u  /* call id, status, text, values */
#define FRAME_DECIDE 40u  /* token, number, events */
#define FRAME_PONG 41u
#define FRAME_SEND 42u     /* token, instance, command, values */
#define FRAME_SESSIONS 43u /* count, each: id, account, count of texts, texts */
#define FRAME_SERVE 44u    /* count, each: method, path, flags, body limit */
#define FRAME_ROUTE_REPLY                                                                          \
    45u /* HOSTING_*, id, status, size, bytes, count of headers, each: name, value */

/* What a job in a runner asks for by FRAME_REQUEST. */
#define FRAME_ASK_KV_GET 0u    /* key, nothing */
#define FRAME_ASK_KV_PUT 1u    /* key, bytes */
#define FRAME_ASK_KV_REMOVE 2u /* key, nothing */
#define FRAME_ASK_SECRET 3u    /* handle, nothing */
#define FRAME_ASK_RECORDS 4u   /* schema, limit, offset, at_least, decision, order, filters */

#define FRAME_STAMP_SIZE 16u /* bytes of an origin or a boot id */

/* command line <-> daemon (door.c) */
#define FRAME_DOOR_ASK 64u    /* command, argument */
#define FRAME_DOOR_FILE 66u   /* before the question: name, or "" to go on, and bytes */
#define FRAME_DOOR_ANSWER 65u /* status, error text, answer bytes */
#define FRAME_NOTICE_ASK 66u  /* at notice.sock: word, notice, version, hash of what was read */

/* Starts a frame at the end of `out`; frame_end fills in its size. */
size_t frame_begin(buffer *out, uint32_t type, uint32_t instance);
void frame_end(buffer *out, size_t begin);
void frame_u64(buffer *out, uint64_t number);
void frame_i64(buffer *out, int64_t number);
void frame_text(buffer *out, const char *text); /* NULL = nil */
void frame_bytes(buffer *out, const void *data, size_t size);
void frame_values(buffer *out, const kinmu_value *values, uint32_t count);
/* An event as published: schema index, flags, time, offset, subject, values. */
void frame_event(buffer *out, const kinmu_event *event);

/* Reading: a cursor over one body. After a failure every further read fails too. */
typedef struct frame_reader {
    const uint8_t *data;
    size_t size;
    size_t offset;
    int32_t failed;
} frame_reader;

/* A whole frame at the start of `data`: its total size, 0 when more bytes are needed, or
 * KINMU_E_REJECT cast to int64_t when it is no frame. */
int64_t frame_whole(const uint8_t *data, size_t size, uint32_t *type, uint32_t *instance,
                    frame_reader *body);
uint64_t frame_read_u64(frame_reader *reader);
int64_t frame_read_i64(frame_reader *reader);
/* Text is NUL-terminated in `memory`-less form: copied into `to`. NULL text reads as "". */
void frame_read_text(frame_reader *reader, char *to, size_t to_size);
const uint8_t *frame_read_bytes(frame_reader *reader, size_t *size);
/* Up to KINMU_FIELDS_MAX values; texts and bytes point into the frame. */
uint32_t frame_read_values(frame_reader *reader, kinmu_value *values);
/* subject goes to `subject` (256 bytes); values to `values` (KINMU_FIELDS_MAX). */
/* `count` events into `memory`; texts and bytes point into the frame. */
int32_t frame_read_events(frame_reader *reader, uint64_t count, arena *memory,
                          kinmu_event **events);
int32_t frame_read_event(frame_reader *reader, kinmu_event *event, char *subject,
                         kinmu_value *values);

#endif
