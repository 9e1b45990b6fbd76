/* host/descriptor.c - see descriptor.h. One description of each public struct (which member stands
 * where and what it is) drives copying, writing and reading, so the three cannot disagree. */
#include "host/descriptor.h"

#include "base/error.h"
#include "schema/token.h"

#include <msgpack.h>
#include <string.h>

enum { MEMBER_END, MEMBER_U32, MEMBER_I64, MEMBER_TEXT, MEMBER_TABLE, MEMBER_STRUCT };

typedef struct shape shape;
typedef struct member {
    uint32_t kind;
    uint32_t offset;
    const shape *rows;
} member;
struct shape {
    uint32_t size;
    const member *members;
};

#define U32(type, name)                                                                            \
    { MEMBER_U32, offsetof(type, name), NULL }
#define I64(type, name)                                                                            \
    { MEMBER_I64, offsetof(type, name), NULL }
#define TEXT(type, name)                                                                           \
    { MEMBER_TEXT, offsetof(type, name), NULL }
#define TABLE(type, name, shape)                                                                   \
    { MEMBER_TABLE, offsetof(type, name), shape }
#define END                                                                                        \
    { MEMBER_END, 0, NULL }

static const member field_members[] = {
    TEXT(kinmu_field, name),    U32(kinmu_field, type), U32(kinmu_field, flags),
    U32(kinmu_field, privacy),  U32(kinmu_field, role), TEXT(kinmu_field, unit),
    TEXT(kinmu_field, choices), TEXT(kinmu_field, doc), END};
static const shape field_shape = {sizeof(kinmu_field), field_members};

static const member schema_members[] = {U32(kinmu_schema, version),
                                        TEXT(kinmu_schema, name),
                                        U32(kinmu_schema, kind),
                                        TEXT(kinmu_schema, purpose),
                                        TEXT(kinmu_schema, owner),
                                        TEXT(kinmu_schema, indexes),
                                        TABLE(kinmu_schema, fields, &field_shape),
                                        TEXT(kinmu_schema, doc),
                                        END};
static const shape schema_shape = {sizeof(kinmu_schema), schema_members};

static const member use_members[] = {
    {MEMBER_STRUCT, offsetof(kinmu_schema_use, schema), &schema_shape},
    U32(kinmu_schema_use, flags),
    END};
static const shape use_shape = {sizeof(kinmu_schema_use), use_members};

static const shape option_shape;
static const member option_members[] = {TEXT(kinmu_option, name),
                                        U32(kinmu_option, type),
                                        U32(kinmu_option, flags),
                                        U32(kinmu_option, offset),
                                        TEXT(kinmu_option, default_text),
                                        I64(kinmu_option, min),
                                        I64(kinmu_option, max),
                                        TEXT(kinmu_option, choices),
                                        TABLE(kinmu_option, columns, &option_shape),
                                        U32(kinmu_option, row_size),
                                        TEXT(kinmu_option, doc),
                                        TEXT(kinmu_option, doc_ja),
                                        TEXT(kinmu_option, since),
                                        END};
static const shape option_shape = {sizeof(kinmu_option), option_members};

static const member command_members[] = {TEXT(kinmu_command, name),
                                         TEXT(kinmu_command, permission),
                                         TABLE(kinmu_command, input, &field_shape),
                                         TABLE(kinmu_command, output, &field_shape),
                                         TEXT(kinmu_command, doc),
                                         TEXT(kinmu_command, shell),
                                         END};
static const shape command_shape = {sizeof(kinmu_command), command_members};

static const member metric_members[] = {TEXT(kinmu_metric, name), U32(kinmu_metric, kind),
                                        U32(kinmu_metric, flags), TEXT(kinmu_metric, unit),
                                        TEXT(kinmu_metric, doc),  END};
static const shape metric_shape = {sizeof(kinmu_metric), metric_members};

/* Its function stays in this process, as all of a plugin's. */
static const member tool_members[] = {TEXT(kinmu_tool, name), TEXT(kinmu_tool, usage),
                                      TEXT(kinmu_tool, doc), END};
static const shape tool_shape = {sizeof(kinmu_tool), tool_members};

static const member title_members[] = {TEXT(kinmu_title, name), TEXT(kinmu_title, ja), END};
static const shape title_shape = {sizeof(kinmu_title), title_members};

static const member plugin_members[] = {U32(kinmu_plugin, kind),
                                        U32(kinmu_plugin, flags),
                                        U32(kinmu_plugin, config_size),
                                        TEXT(kinmu_plugin, name),
                                        TEXT(kinmu_plugin, version),
                                        TEXT(kinmu_plugin, vendor),
                                        TEXT(kinmu_plugin, licence),
                                        TEXT(kinmu_plugin, doc),
                                        TEXT(kinmu_plugin, doc_ja),
                                        TABLE(kinmu_plugin, options, &option_shape),
                                        TABLE(kinmu_plugin, schemas, &use_shape),
                                        TABLE(kinmu_plugin, commands, &command_shape),
                                        TABLE(kinmu_plugin, metrics, &metric_shape),
                                        TABLE(kinmu_plugin, tools, &tool_shape),
                                        TABLE(kinmu_plugin, titles, &title_shape),
                                        END};
static const shape plugin_shape = {sizeof(kinmu_plugin), plugin_members};

/* ---- copy: `to` already holds a shallow, widened copy ---- */

static int32_t deepen(arena *memory, const shape *form, uint8_t *to, uint32_t depth,
                      kinmu_err *err);

static int32_t deepen_table(arena *memory, const shape *form, kinmu_table *table, uint32_t depth,
                            kinmu_err *err) {
    if (table->count == 0) {
        memset(table, 0, sizeof *table);
        return KINMU_OK;
    }
    if (table->rows == NULL || table->count > DESCRIPTOR_ROWS_MAX || table->stride == 0) {
        return error_set(err, KINMU_E_ABI, "plugin.table",
                         "a table has no rows, no stride or too many rows");
    }
    uint8_t *rows = arena_get(memory, (size_t)table->count * form->size);
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    size_t size = table->stride < form->size ? table->stride : form->size;
    for (uint32_t i = 0; i < table->count; i++) {
        uint8_t *row = rows + (size_t)i * form->size;
        memcpy(row, (const uint8_t *)table->rows + (size_t)i * table->stride, size);
        int32_t status = deepen(memory, form, row, depth + 1, err);
        if (status != KINMU_OK) {
            return status;
        }
    }
    table->rows = rows;
    table->stride = form->size;
    return KINMU_OK;
}

static int32_t deepen_text(arena *memory, const char **text, kinmu_err *err) {
    if (*text == NULL) {
        return KINMU_OK;
    }
    const char *end = memchr(*text, '\0', DESCRIPTOR_TEXT_MAX);
    if (end == NULL) {
        return error_set(err, KINMU_E_ABI, "plugin.text", "a text is longer than %u bytes",
                         DESCRIPTOR_TEXT_MAX);
    }
    *text = arena_text(memory, *text, (size_t)(end - *text));
    return *text != NULL ? KINMU_OK : KINMU_E_NOMEM;
}

/* Only kinmu_schema is reached by pointer; its struct_size says how much of it is there. */
static int32_t deepen_struct(arena *memory, const shape *form, const void **pointer, uint32_t depth,
                             kinmu_err *err) {
    if (*pointer == NULL) {
        return KINMU_OK;
    }
    uint8_t *copy = arena_get(memory, form->size);
    uint32_t size = 0;
    memcpy(&size, *pointer, sizeof size);
    if (copy == NULL) {
        return KINMU_E_NOMEM;
    }
    if (size < sizeof size) {
        return error_set(err, KINMU_E_ABI, "plugin.struct", "a struct_size is %u", size);
    }
    memcpy(copy, *pointer, size < form->size ? size : form->size);
    memcpy(copy, &form->size, sizeof form->size);
    *pointer = copy;
    return deepen(memory, form, copy, depth + 1, err);
}

static int32_t deepen(arena *memory, const shape *form, uint8_t *to, uint32_t depth,
                      kinmu_err *err) {
    int32_t status = KINMU_OK;
    if (depth > DESCRIPTOR_DEPTH_MAX) {
        return error_set(err, KINMU_E_ABI, "plugin.depth", "tables are nested too deeply");
    }
    for (const member *m = form->members; status == KINMU_OK && m->kind != MEMBER_END; m++) {
        void *at = to + m->offset;
        if (m->kind == MEMBER_TEXT) {
            status = deepen_text(memory, at, err);
        } else if (m->kind == MEMBER_TABLE) {
            status = deepen_table(memory, m->rows, at, depth, err);
        } else if (m->kind == MEMBER_STRUCT) {
            status = deepen_struct(memory, m->rows, at, depth, err);
        }
    }
    return status;
}

int32_t descriptor_copy(arena *memory, const kinmu_plugin *from, const kinmu_plugin **out,
                        kinmu_err *err) {
    kinmu_plugin *plugin = arena_get(memory, sizeof *plugin);
    if (plugin == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(plugin, from, from->struct_size < sizeof *plugin ? from->struct_size : sizeof *plugin);
    plugin->struct_size = (uint32_t)sizeof *plugin;
    *out = plugin;
    return deepen(memory, &plugin_shape, (uint8_t *)plugin, 0, err);
}

/* ---- write: each struct is an array of its members ---- */

static int write_out(void *data, const char *bytes, size_t size) {
    buffer_append(data, bytes, size);
    return 0;
}

static void write_struct(msgpack_packer *packer, const shape *form, const uint8_t *from) {
    uint32_t count = 0;
    while (form->members[count].kind != MEMBER_END) {
        count++;
    }
    msgpack_pack_array(packer, count);
    for (const member *m = form->members; m->kind != MEMBER_END; m++) {
        const void *at = from + m->offset;
        if (m->kind == MEMBER_U32) {
            msgpack_pack_uint32(packer, *(const uint32_t *)at);
        } else if (m->kind == MEMBER_I64) {
            msgpack_pack_int64(packer, *(const int64_t *)at);
        } else if (m->kind == MEMBER_TABLE) {
            const kinmu_table *table = at;
            msgpack_pack_array(packer, table->count);
            for (uint32_t i = 0; i < table->count; i++) {
                write_struct(packer, m->rows,
                             (const uint8_t *)table->rows + (size_t)i * table->stride);
            }
        } else if (*(const void *const *)at == NULL) {
            msgpack_pack_nil(packer);
        } else if (m->kind == MEMBER_TEXT) {
            const char *text = *(const char *const *)at;
            msgpack_pack_str(packer, strlen(text));
            msgpack_pack_str_body(packer, text, strlen(text));
        } else {
            write_struct(packer, m->rows, *(const uint8_t *const *)at);
        }
    }
}

void descriptor_write(const kinmu_plugin *plugin, buffer *out) {
    msgpack_packer packer;
    msgpack_packer_init(&packer, out, write_out);
    write_struct(&packer, &plugin_shape, (const uint8_t *)plugin);
}

/* ---- read: token by token, because msgpack-c's unpacker makes room for whatever size a message
 * claims before it has seen the content ---- */

typedef struct reading {
    arena *memory;
    const uint8_t *data;
    size_t size;
    size_t offset;
    uint32_t depth;
} reading;

static int32_t read_struct(reading *from, const shape *form, token head, uint8_t *to);

static token take(reading *from) {
    return token_take(from->data, from->size, &from->offset);
}

static int32_t read_table(reading *from, const shape *form, token head, kinmu_table *table) {
    if (head.kind != TOKEN_ARRAY || head.size > DESCRIPTOR_ROWS_MAX ||
        head.size > from->size - from->offset) {
        return KINMU_E_REJECT;
    }
    uint8_t *rows = arena_get(from->memory, (size_t)head.size * form->size + 1);
    if (rows == NULL) {
        return KINMU_E_NOMEM;
    }
    *table = (kinmu_table){head.size > 0 ? rows : NULL, head.size, form->size};
    int32_t status = KINMU_OK;
    for (uint32_t i = 0; status == KINMU_OK && i < head.size; i++) {
        status = read_struct(from, form, take(from), rows + (size_t)i * form->size);
    }
    return status;
}

static int32_t read_pointed(reading *from, const shape *form, token head, void **to) {
    uint8_t *copy = arena_get(from->memory, form->size);
    if (copy == NULL) {
        return KINMU_E_NOMEM;
    }
    memcpy(copy, &form->size, sizeof form->size); /* its struct_size */
    *to = copy;
    return read_struct(from, form, head, copy);
}

static int32_t read_member(reading *from, const member *m, void *at) {
    token t = take(from);
    if (m->kind == MEMBER_TABLE) {
        return read_table(from, m->rows, t, at);
    }
    if (m->kind == MEMBER_U32 && t.kind == TOKEN_INT && t.number >= 0 && t.number <= UINT32_MAX) {
        *(uint32_t *)at = (uint32_t)t.number;
        return KINMU_OK;
    }
    if (m->kind == MEMBER_I64 && t.kind == TOKEN_INT) {
        *(int64_t *)at = t.number;
        return KINMU_OK;
    }
    if ((m->kind == MEMBER_TEXT || m->kind == MEMBER_STRUCT) && t.kind == TOKEN_NIL) {
        return KINMU_OK;
    }
    if (m->kind == MEMBER_TEXT && t.kind == TOKEN_TEXT && t.size <= DESCRIPTOR_TEXT_MAX) {
        *(const char **)at = arena_text(from->memory, (const char *)t.bytes, t.size);
        return *(const char **)at != NULL ? KINMU_OK : KINMU_E_NOMEM;
    }
    return m->kind == MEMBER_STRUCT ? read_pointed(from, m->rows, t, at) : KINMU_E_REJECT;
}

static int32_t read_struct(reading *from, const shape *form, token head, uint8_t *to) {
    if (head.kind != TOKEN_ARRAY || from->depth > DESCRIPTOR_DEPTH_MAX) {
        return KINMU_E_REJECT;
    }
    from->depth++;
    uint32_t count = 0;
    int32_t status = KINMU_OK;
    for (const member *m = form->members; status == KINMU_OK && m->kind != MEMBER_END; m++) {
        status = count++ < head.size ? read_member(from, m, to + m->offset) : KINMU_E_REJECT;
    }
    from->depth--;
    return status == KINMU_OK && count != head.size ? KINMU_E_REJECT : status;
}

int32_t descriptor_read(arena *memory, const uint8_t *data, size_t size, size_t *used,
                        const kinmu_plugin **out, kinmu_err *err) {
    reading from = {memory, data, size, 0, 0};
    kinmu_plugin *plugin = arena_get(memory, sizeof *plugin);
    int32_t status = KINMU_E_NOMEM;
    if (plugin != NULL) {
        plugin->struct_size = (uint32_t)sizeof *plugin;
        status = read_struct(&from, &plugin_shape, take(&from), (uint8_t *)plugin);
    }
    *used = from.offset;
    *out = plugin;
    return status == KINMU_OK
               ? status
               : error_set(err, status, "plugin.descriptor", "a plugin descriptor is damaged");
}
