/* schema/block.c - see block.h. Writing packs straight into the block's buffer. Reading walks the
 * bytes token by token (token.h), because msgpack-c's unpacker allocates an object tree per event
 * and this is the path of a million events a second. */
#include "schema/block.h"

#include "base/error.h"
#include "base/text.h"
#include "schema/token.h"

#include <assert.h>
#include <msgpack.h>
#include <string.h>

/* Room is reserved for a whole event before it is packed, so that each of its pieces is a mere
 * copy. */
static int write_reserved(void *data, const char *bytes, size_t size) {
    buffer *out = data;
    assert(size <= out->capacity - out->size);
    memcpy(out->data + out->size, bytes, size);
    out->size += size;
    return 0;
}

#define TOKEN_SIZE_MAX 9u /* a MessagePack number, or what stands before a text */

static int32_t reserve_stamp(buffer *out, const block_stamp *stamp) {
    size_t texts = strlen(stamp->subject) + strlen(stamp->zone) + 16;
    return buffer_reserve(out, 8 * TOKEN_SIZE_MAX + texts) != NULL;
}

static int32_t reserve_event(buffer *out, const schema_info *info, const kinmu_value *values,
                             uint32_t count) {
    size_t size = TOKEN_SIZE_MAX * ((size_t)count + 4) + sizeof info->full_name;
    for (uint32_t i = 0; i < count; i++) {
        int32_t has_bytes = values[i].type == KINMU_TYPE_TEXT || values[i].type == KINMU_TYPE_BYTES;
        size += has_bytes ? values[i].size : 0;
    }
    return buffer_reserve(out, size) != NULL;
}

static void pack_text(msgpack_packer *packer, const char *text, size_t size) {
    msgpack_pack_str(packer, size);
    msgpack_pack_str_body(packer, text, size);
}

void block_begin(block_writer *writer, const block_stamp *stamp, int64_t unix_ns,
                 uint64_t mono_ns) {
    msgpack_packer packer;
    buffer_clear(&writer->out);
    writer->event_count = 0;
    writer->schema_count = 0;
    writer->last_unix_ns = unix_ns;
    writer->last_mono_ns = mono_ns;
    if (!reserve_stamp(&writer->out, stamp)) {
        return; /* writer->out.failed says so */
    }
    msgpack_packer_init(&packer, &writer->out, write_reserved);
    msgpack_pack_array(&packer, 7);
    msgpack_pack_int(&packer, 1);
    pack_text(&packer, stamp->subject, strlen(stamp->subject));
    pack_text(&packer, stamp->zone, strlen(stamp->zone));
    msgpack_pack_int32(&packer, stamp->utc_offset_s);
    msgpack_pack_bin(&packer, 16);
    msgpack_pack_bin_body(&packer, stamp->boot_id, 16);
    msgpack_pack_int64(&packer, unix_ns);
    msgpack_pack_uint64(&packer, mono_ns);
}

static void pack_value(msgpack_packer *packer, const kinmu_value *value) {
    switch (value->type) {
    case KINMU_TYPE_BOOL:
        if (value->as.i64 != 0) {
            msgpack_pack_true(packer);
        } else {
            msgpack_pack_false(packer);
        }
        return;
    case KINMU_TYPE_I64:
    case KINMU_TYPE_TIME:
        msgpack_pack_int64(packer, value->as.i64);
        return;
    case KINMU_TYPE_F64:
        msgpack_pack_double(packer, value->as.f64);
        return;
    case KINMU_TYPE_TEXT:
        pack_text(packer, value->as.text, value->size);
        return;
    case KINMU_TYPE_BYTES:
        msgpack_pack_bin(packer, value->size);
        msgpack_pack_bin_body(packer, value->as.bytes, value->size);
        return;
    default:
        msgpack_pack_nil(packer);
        return;
    }
}

static uint32_t schema_number(const block_writer *writer, uint32_t id) {
    uint32_t number = 0;
    while (number < writer->schema_count && writer->schemas[number] != id) {
        number++;
    }
    return number;
}

int32_t block_add(block_writer *writer, const schema_info *info, int64_t unix_ns, uint64_t mono_ns,
                  const kinmu_value *values, uint32_t count) {
    uint32_t number = schema_number(writer, info->id);
    if (number == BLOCK_SCHEMAS_MAX) {
        return KINMU_E_BUSY;
    }
    if (!reserve_event(&writer->out, info, values, count)) {
        writer->out.failed = KINMU_OK; /* the events before this one are whole */
        return KINMU_E_NOMEM;
    }
    msgpack_packer packer;
    msgpack_packer_init(&packer, &writer->out, write_reserved);
    msgpack_pack_array(&packer, 3 + (size_t)count);
    if (number == writer->schema_count) {
        pack_text(&packer, info->full_name, strlen(info->full_name));
    } else {
        msgpack_pack_uint32(&packer, number);
    }
    /* Differences wrap on purpose: two's complement brings any pair of moments back. */
    msgpack_pack_int64(&packer, (int64_t)((uint64_t)unix_ns - (uint64_t)writer->last_unix_ns));
    msgpack_pack_int64(&packer, (int64_t)(mono_ns - writer->last_mono_ns));
    for (uint32_t i = 0; i < count; i++) {
        pack_value(&packer, &values[i]);
    }
    if (number == writer->schema_count) {
        writer->schemas[writer->schema_count++] = info->id;
    }
    writer->last_unix_ns = unix_ns;
    writer->last_mono_ns = mono_ns;
    writer->event_count++;
    return KINMU_OK;
}

static token take(block_reader *reader) {
    return token_take(reader->data, reader->size, &reader->offset);
}

static int32_t take_name(block_reader *reader, char *name, size_t size) {
    token t = take(reader);
    if (t.kind != TOKEN_TEXT || t.size >= size || !text_is_utf8((const char *)t.bytes, t.size)) {
        return 0;
    }
    memcpy(name, t.bytes, t.size);
    name[t.size] = '\0';
    return 1;
}

static int32_t damaged(const block_reader *reader, kinmu_err *err) {
    return error_set(err, KINMU_E_REJECT, "block.damaged",
                     "block payload is damaged at byte %zu of %zu", reader->offset, reader->size);
}

int32_t block_open(block_reader *reader, const schema_registry *registry, const void *data,
                   size_t size, kinmu_err *err) {
    reader->data = data;
    reader->size = size;
    reader->offset = 0;
    reader->registry = registry;
    reader->schema_count = 0;
    token head = take(reader);
    if (head.kind != TOKEN_ARRAY || head.size != 7) {
        return damaged(reader, err);
    }
    token version = take(reader);
    if (version.kind != TOKEN_INT || version.number != 1) {
        return error_set(err, KINMU_E_REJECT, "block.version",
                         "block payload has another format version; update Kinmu");
    }
    if (!take_name(reader, reader->subject, sizeof reader->subject) ||
        !take_name(reader, reader->zone, sizeof reader->zone)) {
        return damaged(reader, err);
    }
    token offset = take(reader);
    token boot = take(reader);
    token unix_ns = take(reader);
    token mono_ns = take(reader);
    if (offset.kind != TOKEN_INT || offset.number < -86400 || offset.number > 86400 ||
        boot.kind != TOKEN_BIN || boot.size != 16 || unix_ns.kind != TOKEN_INT ||
        mono_ns.kind != TOKEN_INT) {
        return damaged(reader, err);
    }
    reader->utc_offset_s = (int32_t)offset.number;
    memcpy(reader->boot_id, boot.bytes, 16);
    reader->unix_ns = unix_ns.number;
    reader->mono_ns = (uint64_t)mono_ns.number;
    return KINMU_OK;
}

/* The schema of the next event: a number already given, or a name that gets the next number. */
static int32_t take_schema(block_reader *reader, const schema_info **info) {
    token t = take(reader);
    if (t.kind == TOKEN_INT && t.number >= 0 && t.number < reader->schema_count) {
        *info = reader->schemas[t.number];
        return 1;
    }
    if (t.kind != TOKEN_TEXT || reader->schema_count == BLOCK_SCHEMAS_MAX) {
        return 0;
    }
    *info = schema_registry_find(reader->registry, (const char *)t.bytes, t.size);
    reader->schemas[reader->schema_count++] = *info;
    return 1;
}

static int32_t take_value(block_reader *reader, uint32_t type, kinmu_value *value) {
    token t = take(reader);
    value->type = type;
    value->size = 0;
    value->as.i64 = t.number;
    switch (t.kind) {
    case TOKEN_NIL:
        value->type = KINMU_TYPE_NULL;
        value->as.i64 = 0;
        return 1;
    case TOKEN_BOOL:
        return type == KINMU_TYPE_BOOL;
    case TOKEN_INT:
        return type == KINMU_TYPE_I64 || type == KINMU_TYPE_TIME;
    case TOKEN_FLOAT:
        value->as.f64 = t.real;
        return type == KINMU_TYPE_F64;
    case TOKEN_TEXT:
        value->size = t.size;
        value->as.text = (const char *)t.bytes;
        return type == KINMU_TYPE_TEXT && text_is_utf8(value->as.text, t.size);
    case TOKEN_BIN:
        value->size = t.size;
        value->as.bytes = t.bytes;
        return type == KINMU_TYPE_BYTES;
    default:
        return 0;
    }
}

static int32_t skip_value(block_reader *reader) {
    token t = take(reader);
    return t.kind != TOKEN_BAD && t.kind != TOKEN_ARRAY;
}

int32_t block_next(block_reader *reader, kinmu_event *event, const schema_info **info,
                   kinmu_err *err) {
    if (reader->offset == reader->size) {
        return KINMU_E_NOTFOUND;
    }
    token head = take(reader);
    if (head.kind != TOKEN_ARRAY || head.size < 3 || head.size > 3 + KINMU_FIELDS_MAX ||
        !take_schema(reader, info)) {
        return damaged(reader, err);
    }
    token unix_ns = take(reader);
    token mono_ns = take(reader);
    if (unix_ns.kind != TOKEN_INT || mono_ns.kind != TOKEN_INT) {
        return damaged(reader, err);
    }
    reader->unix_ns = (int64_t)((uint64_t)reader->unix_ns + (uint64_t)unix_ns.number);
    reader->mono_ns += (uint64_t)mono_ns.number;
    uint32_t count = head.size - 3;
    uint32_t known = *info == NULL ? 0 : (*info)->field_count;
    for (uint32_t i = 0; i < count; i++) {
        /* Fields beyond those known here come from a newer, appended version: skipped. */
        if (i < known ? !take_value(reader, (*info)->fields[i].type, &reader->values[i])
                      : !skip_value(reader)) {
            return damaged(reader, err);
        }
    }
    memset(event, 0, sizeof *event);
    event->schema = *info != NULL ? (*info)->id : UINT32_MAX;
    event->value_count = count < known ? count : known;
    event->unix_ns = reader->unix_ns;
    event->mono_ns = reader->mono_ns;
    event->boot_id = reader->boot_id;
    event->subject = reader->subject;
    event->zone = reader->zone;
    event->utc_offset_s = reader->utc_offset_s;
    event->values = reader->values;
    return KINMU_OK;
}
