/* host/frame.c - see frame.h. Writing is msgpack-c's; reading is a bounded cursor, one token at a
 * time, so that a hostile peer costs no allocation. */
#include "host/frame.h"

#include "base/text.h"
#include "schema/token.h"

#include <msgpack.h>
#include <string.h>

static int write_out(void *data, const char *bytes, size_t size) {
    buffer_append(data, bytes, size);
    return 0;
}

static msgpack_packer packer_for(buffer *out) {
    msgpack_packer packer;
    msgpack_packer_init(&packer, out, write_out);
    return packer;
}

static void put_u32(uint8_t *to, uint32_t number) {
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(number >> 8 * i);
    }
}

static uint32_t get_u32(const uint8_t *from) {
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

size_t frame_begin(buffer *out, uint32_t type, uint32_t instance) {
    uint8_t head[FRAME_HEAD_SIZE] = {0};
    put_u32(head + 4, type | instance << 16);
    size_t begin = out->size;
    buffer_append(out, head, sizeof head);
    return begin;
}

void frame_end(buffer *out, size_t begin) {
    if (out->failed == KINMU_OK) {
        put_u32(out->data + begin, (uint32_t)(out->size - begin - FRAME_HEAD_SIZE));
    }
}

void frame_u64(buffer *out, uint64_t number) {
    msgpack_packer packer = packer_for(out);
    msgpack_pack_uint64(&packer, number);
}

void frame_i64(buffer *out, int64_t number) {
    msgpack_packer packer = packer_for(out);
    msgpack_pack_int64(&packer, number);
}

void frame_text(buffer *out, const char *text) {
    msgpack_packer packer = packer_for(out);
    if (text == NULL) {
        msgpack_pack_nil(&packer);
        return;
    }
    msgpack_pack_str(&packer, strlen(text));
    msgpack_pack_str_body(&packer, text, strlen(text));
}

void frame_bytes(buffer *out, const void *data, size_t size) {
    msgpack_packer packer = packer_for(out);
    msgpack_pack_bin(&packer, size);
    buffer_append(out, data, size);
}

/* A value travels as two tokens, its type and its content, because TIME and I64 look alike. */
static void frame_value(buffer *out, const kinmu_value *value) {
    msgpack_packer packer = packer_for(out);
    msgpack_pack_uint32(&packer, value->type);
    if (value->type == KINMU_TYPE_TEXT) {
        msgpack_pack_str(&packer, value->size);
        buffer_append(out, value->as.text, value->size);
    } else if (value->type == KINMU_TYPE_BYTES) {
        frame_bytes(out, value->as.bytes, value->size);
    } else if (value->type == KINMU_TYPE_F64) {
        msgpack_pack_double(&packer, value->as.f64);
    } else if (value->type != KINMU_TYPE_NULL) {
        msgpack_pack_int64(&packer, value->as.i64);
    }
}

void frame_values(buffer *out, const kinmu_value *values, uint32_t count) {
    frame_u64(out, count);
    for (uint32_t i = 0; i < count; i++) {
        frame_value(out, &values[i]);
    }
}

void frame_event(buffer *out, const kinmu_event *event) {
    frame_u64(out, event->schema);
    frame_u64(out, event->flags);
    frame_i64(out, event->unix_ns);
    frame_u64(out, event->mono_ns);
    frame_i64(out, event->utc_offset_s);
    frame_text(out, event->subject);
    frame_values(out, event->values, event->value_count);
}

int64_t frame_whole(const uint8_t *data, size_t size, uint32_t *type, uint32_t *instance,
                    frame_reader *body) {
    if (size < FRAME_HEAD_SIZE) {
        return 0;
    }
    uint32_t body_size = get_u32(data);
    uint32_t word = get_u32(data + 4);
    if (body_size > FRAME_BODY_MAX) {
        return KINMU_E_REJECT;
    }
    if (size - FRAME_HEAD_SIZE < body_size) {
        return 0;
    }
    *type = word & 0xFFFF;
    *instance = word >> 16;
    *body = (frame_reader){data + FRAME_HEAD_SIZE, body_size, 0, 0};
    return (int64_t)FRAME_HEAD_SIZE + body_size;
}

static token take(frame_reader *reader, int32_t kind) {
    token none = {TOKEN_BAD, 0, 0, 0, NULL};
    if (reader->failed) {
        return none;
    }
    token t = token_take(reader->data, reader->size, &reader->offset);
    if (t.kind != kind && !(kind == TOKEN_TEXT && t.kind == TOKEN_NIL)) {
        reader->failed = 1;
        return none;
    }
    return t;
}

uint64_t frame_read_u64(frame_reader *reader) {
    return (uint64_t)take(reader, TOKEN_INT).number;
}

int64_t frame_read_i64(frame_reader *reader) {
    return take(reader, TOKEN_INT).number;
}

void frame_read_text(frame_reader *reader, char *to, size_t to_size) {
    token t = take(reader, TOKEN_TEXT);
    size_t size = t.kind == TOKEN_TEXT ? t.size : 0;
    if (size >= to_size || (size > 0 && !text_is_utf8((const char *)t.bytes, size))) {
        reader->failed = 1;
        size = 0;
    }
    if (size > 0) {
        memcpy(to, t.bytes, size);
    }
    to[size] = '\0';
}

const uint8_t *frame_read_bytes(frame_reader *reader, size_t *size) {
    token t = take(reader, TOKEN_BIN);
    *size = t.kind == TOKEN_BIN ? t.size : 0;
    return t.bytes;
}

static void read_value(frame_reader *reader, kinmu_value *value) {
    uint64_t type = frame_read_u64(reader);
    memset(value, 0, sizeof *value);
    value->type = (uint32_t)type;
    if (type == KINMU_TYPE_TEXT || type == KINMU_TYPE_BYTES) {
        token t = take(reader, type == KINMU_TYPE_TEXT ? TOKEN_TEXT : TOKEN_BIN);
        value->size = t.size;
        value->as.bytes = t.bytes;
    } else if (type == KINMU_TYPE_F64) {
        value->as.f64 = take(reader, TOKEN_FLOAT).real;
    } else if (type != KINMU_TYPE_NULL) {
        value->as.i64 = frame_read_i64(reader);
        reader->failed |= type > KINMU_TYPE_TIME;
    }
}

uint32_t frame_read_values(frame_reader *reader, kinmu_value *values) {
    uint64_t count = frame_read_u64(reader);
    if (count > KINMU_FIELDS_MAX) {
        reader->failed = 1;
        return 0;
    }
    for (uint64_t i = 0; i < count; i++) {
        read_value(reader, &values[i]);
    }
    return reader->failed ? 0 : (uint32_t)count;
}

int32_t frame_read_event(frame_reader *reader, kinmu_event *event, char *subject,
                         kinmu_value *values) {
    memset(event, 0, sizeof *event);
    event->schema = (uint32_t)frame_read_u64(reader);
    event->flags = (uint32_t)frame_read_u64(reader);
    event->unix_ns = frame_read_i64(reader);
    event->mono_ns = frame_read_u64(reader);
    event->utc_offset_s = (int32_t)frame_read_i64(reader);
    size_t before = reader->offset;
    int32_t has_subject = before < reader->size && reader->data[before] != 0xc0;
    frame_read_text(reader, subject, 256);
    event->subject = has_subject ? subject : NULL;
    event->value_count = frame_read_values(reader, values);
    event->values = values;
    return reader->failed ? KINMU_E_REJECT : KINMU_OK;
}

int32_t frame_read_events(frame_reader *reader, uint64_t count, arena *memory,
                          kinmu_event **events) {
    kinmu_value values[KINMU_FIELDS_MAX];
    char subject[256];
    if (count == 0 || count > reader->size) { /* an event takes more than a byte */
        return KINMU_E_REJECT;
    }
    *events = arena_get(memory, count * sizeof **events);
    int32_t status = *events != NULL ? KINMU_OK : KINMU_E_NOMEM;
    for (uint64_t i = 0; status == KINMU_OK && i < count; i++) {
        kinmu_event *event = &(*events)[i];
        status = frame_read_event(reader, event, subject, values);
        kinmu_value *kept = arena_get(memory, (event->value_count + 1) * sizeof *kept);
        const char *name =
            event->subject != NULL ? arena_text(memory, subject, strlen(subject)) : NULL;
        if (status == KINMU_OK && (kept == NULL || (event->subject != NULL && name == NULL))) {
            status = KINMU_E_NOMEM;
        } else if (status == KINMU_OK) {
            memcpy(kept, values, event->value_count * sizeof *kept);
            event->values = kept;
            event->subject = name;
        }
    }
    return status;
}
