/* kinmu/value.h - values and events as they cross the plugin boundary.
 *
 * Both structs stand in hot arrays and are frozen: they never grow. Text is UTF-8 with an explicit
 * size and need not be NUL-terminated; the host copies whatever it keeps before a call returns.
 */
#ifndef KINMU_VALUE_H
#define KINMU_VALUE_H

#include <kinmu/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_TYPE_NULL 0u
#define KINMU_TYPE_BOOL 1u  /* as.i64 is 0 or 1 */
#define KINMU_TYPE_I64 2u   /* as.i64 */
#define KINMU_TYPE_F64 3u   /* as.f64, finite */
#define KINMU_TYPE_TEXT 4u  /* as.text, `size` bytes of valid UTF-8 without NUL */
#define KINMU_TYPE_BYTES 5u /* as.bytes, `size` bytes */
#define KINMU_TYPE_TIME 6u  /* as.i64, nanoseconds since 1970-01-01T00:00:00Z */

typedef struct kinmu_value {
    uint32_t type;
    uint32_t size; /* bytes of text or bytes, else 0 */
    union {
        int64_t i64;
        double f64;
        const char *text;
        const uint8_t *bytes;
    } as;
} kinmu_value;

/* One event. Publishing: `schema` indexes the plugin's own schema table; values stand in the order
 * of the schema's fields, missing last ones are null; unix_ns 0 means now; subject NULL means the
 * account of the session the instance serves. origin, sequence, zone, boot_id and block are
 * filled by the host and ignored when publishing.
 * Delivery: everything is filled; pointers live until the call returns. */
typedef struct kinmu_event {
    uint32_t schema;
    uint32_t value_count;
    int64_t unix_ns;        /* wall time, UTC */
    uint64_t mono_ns;       /* monotonic time since boot_id began; 0 = unknown or now */
    uint64_t sequence;      /* number of this event in the history of its origin, from 1 */
    uint64_t block;         /* position of its block in this node's journal, from 1 */
    const uint8_t *origin;  /* 16 bytes: the device */
    const uint8_t *boot_id; /* 16 bytes */
    const char *subject;    /* login account as seen on the device; "" = the device itself */
    const char *zone;       /* IANA zone name in force, "Asia/Tokyo"; "" = unknown */
    int32_t utc_offset_s;   /* offset of local time in force, seconds east of UTC */
    uint32_t flags;         /* KINMU_EVENT_* */
    const kinmu_value *values;
} kinmu_event;

#define KINMU_EVENT_OFFSET 1u  /* publishing: utc_offset_s is given, not the host's now */
#define KINMU_EVENT_REMOVED 2u /* bus/1 derive: the row of these key fields goes */

/* A batch of committed events, in the order of the journal or, in an export, of (subject, time). */
typedef struct kinmu_batch {
    uint32_t struct_size;
    uint32_t count;
    const kinmu_event *events;
    uint64_t decision; /* number of the last decision before or in this batch */
} kinmu_batch;

static inline kinmu_value kinmu_null(void) {
    kinmu_value value = {KINMU_TYPE_NULL, 0, {0}};
    return value;
}

static inline kinmu_value kinmu_i64(int64_t number) {
    kinmu_value value = {KINMU_TYPE_I64, 0, {0}};
    value.as.i64 = number;
    return value;
}

static inline kinmu_value kinmu_bool(int32_t truth) {
    kinmu_value value = {KINMU_TYPE_BOOL, 0, {0}};
    value.as.i64 = truth != 0;
    return value;
}

static inline kinmu_value kinmu_time(int64_t unix_ns) {
    kinmu_value value = {KINMU_TYPE_TIME, 0, {0}};
    value.as.i64 = unix_ns;
    return value;
}

static inline kinmu_value kinmu_f64(double number) {
    kinmu_value value = {KINMU_TYPE_F64, 0, {0}};
    value.as.f64 = number;
    return value;
}

static inline kinmu_value kinmu_text_n(const char *text, size_t size) {
    kinmu_value value = {KINMU_TYPE_TEXT, 0, {0}};
    value.size = (uint32_t)size;
    value.as.text = text;
    return value;
}

static inline kinmu_value kinmu_text(const char *text) {
    size_t size = 0;
    while (text[size] != '\0') {
        size++;
    }
    return kinmu_text_n(text, size);
}

static inline kinmu_value kinmu_bytes(const uint8_t *bytes, size_t size) {
    kinmu_value value = {KINMU_TYPE_BYTES, 0, {0}};
    value.size = (uint32_t)size;
    value.as.bytes = bytes;
    return value;
}

#ifdef __cplusplus
}
#endif
#endif
