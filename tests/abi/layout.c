/* The layout of every struct that crosses the plugin boundary, as numbers: a plugin binary built
 * years ago has these offsets compiled in. Compiling this file is the test, on Linux and for
 * Windows.
 *
 * FROZEN structs stand in hot arrays and never change. The others may grow at their end: then SIZE
 * is raised and lines are added here, never changed. Both systems have 64-bit pointers; others are
 * not supported. */
#include <kinmu/iface/bus.h>
#include <kinmu/iface/calls.h>
#include <kinmu/iface/erasure.h>
#include <kinmu/iface/http.h>
#include <kinmu/iface/kv.h>
#include <kinmu/iface/metrics.h>
#include <kinmu/iface/poll.h>
#include <kinmu/iface/records.h>
#include <kinmu/iface/schemas.h>
#include <kinmu/iface/secret.h>
#include <kinmu/iface/timer.h>
#include <kinmu/iface/work.h>

#define AT(type, member, offset)                                                                   \
    _Static_assert(offsetof(type, member) == (offset), #type "." #member " moved");
#define FROZEN(type, size) _Static_assert(sizeof(type) == (size), #type " is frozen");
#define SIZE(type, size)                                                                           \
    _Static_assert(sizeof(type) == (size), #type " grew: add its new members here");

/* base.h */
AT(kinmu_err, key, 0)
AT(kinmu_err, msg, 64)
SIZE(kinmu_err, 512)

AT(kinmu_table, rows, 0)
AT(kinmu_table, count, 8)
AT(kinmu_table, stride, 12)
SIZE(kinmu_table, 16)

/* option.h */
AT(kinmu_option, name, 0)
AT(kinmu_option, type, 8)
AT(kinmu_option, flags, 12)
AT(kinmu_option, offset, 16)
AT(kinmu_option, reserved, 20)
AT(kinmu_option, default_text, 24)
AT(kinmu_option, min, 32)
AT(kinmu_option, max, 40)
AT(kinmu_option, choices, 48)
AT(kinmu_option, columns, 56)
AT(kinmu_option, row_size, 72)
AT(kinmu_option, reserved2, 76)
AT(kinmu_option, doc, 80)
AT(kinmu_option, doc_ja, 88)
AT(kinmu_option, since, 96)
SIZE(kinmu_option, 104)

AT(kinmu_text_list, items, 0)
AT(kinmu_text_list, count, 8)
AT(kinmu_text_list, reserved, 12)
SIZE(kinmu_text_list, 16)

AT(kinmu_rows, rows, 0)
AT(kinmu_rows, count, 8)
AT(kinmu_rows, reserved, 12)
SIZE(kinmu_rows, 16)

/* value.h */
AT(kinmu_value, type, 0)
AT(kinmu_value, size, 4)
AT(kinmu_value, as, 8)
FROZEN(kinmu_value, 16)

AT(kinmu_event, schema, 0)
AT(kinmu_event, value_count, 4)
AT(kinmu_event, unix_ns, 8)
AT(kinmu_event, mono_ns, 16)
AT(kinmu_event, sequence, 24)
AT(kinmu_event, block, 32)
AT(kinmu_event, origin, 40)
AT(kinmu_event, boot_id, 48)
AT(kinmu_event, subject, 56)
AT(kinmu_event, zone, 64)
AT(kinmu_event, utc_offset_s, 72)
AT(kinmu_event, flags, 76)
AT(kinmu_event, values, 80)
FROZEN(kinmu_event, 88)

AT(kinmu_batch, struct_size, 0)
AT(kinmu_batch, count, 4)
AT(kinmu_batch, events, 8)
AT(kinmu_batch, decision, 16)
SIZE(kinmu_batch, 24)

/* schema.h */
AT(kinmu_field, name, 0)
AT(kinmu_field, type, 8)
AT(kinmu_field, flags, 12)
AT(kinmu_field, privacy, 16)
AT(kinmu_field, role, 20)
AT(kinmu_field, unit, 24)
AT(kinmu_field, choices, 32)
AT(kinmu_field, doc, 40)
SIZE(kinmu_field, 48)

AT(kinmu_schema, struct_size, 0)
AT(kinmu_schema, version, 4)
AT(kinmu_schema, name, 8)
AT(kinmu_schema, kind, 16)
AT(kinmu_schema, reserved, 20)
AT(kinmu_schema, purpose, 24)
AT(kinmu_schema, owner, 32)
AT(kinmu_schema, indexes, 40)
AT(kinmu_schema, fields, 48)
AT(kinmu_schema, doc, 64)
SIZE(kinmu_schema, 72)

AT(kinmu_schema_use, schema, 0)
AT(kinmu_schema_use, flags, 8)
AT(kinmu_schema_use, reserved, 12)
SIZE(kinmu_schema_use, 16)

/* plugin.h */
AT(kinmu_host, struct_size, 0)
AT(kinmu_host, abi_minor, 4)
AT(kinmu_host, instance, 8)
AT(kinmu_host, node, 16)
AT(kinmu_host, account, 24)
AT(kinmu_host, iface, 32)
AT(kinmu_host, log, 40)
AT(kinmu_host, health, 48)
SIZE(kinmu_host, 56)

AT(kinmu_command, name, 0)
AT(kinmu_command, permission, 8)
AT(kinmu_command, input, 16)
AT(kinmu_command, output, 32)
AT(kinmu_command, doc, 48)
AT(kinmu_command, shell, 56)
SIZE(kinmu_command, 64)

AT(kinmu_metric, name, 0)
AT(kinmu_metric, kind, 8)
AT(kinmu_metric, flags, 12)
AT(kinmu_metric, unit, 16)
AT(kinmu_metric, doc, 24)
SIZE(kinmu_metric, 32)

AT(kinmu_tool, name, 0)
AT(kinmu_tool, usage, 8)
AT(kinmu_tool, doc, 16)
AT(kinmu_tool, run, 24)
SIZE(kinmu_tool, 32)

AT(kinmu_title, name, 0)
AT(kinmu_title, ja, 8)
SIZE(kinmu_title, 16)

AT(kinmu_call, struct_size, 0)
AT(kinmu_call, command, 4)
AT(kinmu_call, id, 8)
AT(kinmu_call, caller, 16)
AT(kinmu_call, values, 24)
AT(kinmu_call, value_count, 32)
AT(kinmu_call, rights, 36)
SIZE(kinmu_call, 40)

AT(kinmu_export, struct_size, 0)
AT(kinmu_export, reserved, 4)
AT(kinmu_export, from_ns, 8)
AT(kinmu_export, to_ns, 16)
AT(kinmu_export, from_date, 24)
AT(kinmu_export, to_date, 32)
AT(kinmu_export, directory, 40)
SIZE(kinmu_export, 48)

AT(kinmu_plugin, struct_size, 0)
AT(kinmu_plugin, kind, 4)
AT(kinmu_plugin, flags, 8)
AT(kinmu_plugin, config_size, 12)
AT(kinmu_plugin, name, 16)
AT(kinmu_plugin, version, 24)
AT(kinmu_plugin, vendor, 32)
AT(kinmu_plugin, licence, 40)
AT(kinmu_plugin, doc, 48)
AT(kinmu_plugin, doc_ja, 56)
AT(kinmu_plugin, options, 64)
AT(kinmu_plugin, schemas, 80)
AT(kinmu_plugin, commands, 96)
AT(kinmu_plugin, metrics, 112)
AT(kinmu_plugin, create, 128)
AT(kinmu_plugin, start, 136)
AT(kinmu_plugin, stop, 144)
AT(kinmu_plugin, destroy, 152)
AT(kinmu_plugin, reconfigure, 160)
AT(kinmu_plugin, events, 168)
AT(kinmu_plugin, call, 176)
AT(kinmu_plugin, export_open, 184)
AT(kinmu_plugin, export_events, 192)
AT(kinmu_plugin, export_close, 200)
AT(kinmu_plugin, tools, 208)
AT(kinmu_plugin, titles, 224)
SIZE(kinmu_plugin, 240)

AT(kinmu_module, struct_size, 0)
AT(kinmu_module, abi_minor, 4)
AT(kinmu_module, abi_minor_needed, 8)
AT(kinmu_module, reserved, 12)
AT(kinmu_module, plugins, 16)
SIZE(kinmu_module, 32)

/* iface/bus.h */
AT(kinmu_bus, struct_size, 0)
AT(kinmu_bus, reserved, 4)
AT(kinmu_bus, publish, 8)
AT(kinmu_bus, durable, 16)
AT(kinmu_bus, when_durable, 24)
AT(kinmu_bus, head, 32)
AT(kinmu_bus, append_if, 40)
AT(kinmu_bus, derive, 48)
SIZE(kinmu_bus, 56)

/* iface/timer.h */
AT(kinmu_clock, unix_ns, 0)
AT(kinmu_clock, mono_ns, 8)
AT(kinmu_clock, utc_offset_s, 16)
AT(kinmu_clock, reserved, 20)
SIZE(kinmu_clock, 24)

AT(kinmu_timer, struct_size, 0)
AT(kinmu_timer, reserved, 4)
AT(kinmu_timer, now, 8)
AT(kinmu_timer, start, 16)
AT(kinmu_timer, cancel, 24)
SIZE(kinmu_timer, 32)

/* iface/poll.h */
AT(kinmu_poll, struct_size, 0)
AT(kinmu_poll, reserved, 4)
AT(kinmu_poll, add, 8)
AT(kinmu_poll, modify, 16)
AT(kinmu_poll, remove, 24)
SIZE(kinmu_poll, 32)

/* iface/work.h */
AT(kinmu_work, struct_size, 0)
AT(kinmu_work, reserved, 4)
AT(kinmu_work, submit, 8)
SIZE(kinmu_work, 16)

/* iface/kv.h */
AT(kinmu_kv, struct_size, 0)
AT(kinmu_kv, reserved, 4)
AT(kinmu_kv, get, 8)
AT(kinmu_kv, put, 16)
AT(kinmu_kv, remove, 24)
SIZE(kinmu_kv, 32)

/* iface/secret.h */
AT(kinmu_secret, struct_size, 0)
AT(kinmu_secret, reserved, 4)
AT(kinmu_secret, get, 8)
SIZE(kinmu_secret, 16)

/* iface/records.h */
AT(kinmu_filter, field, 0)
AT(kinmu_filter, compare, 8)
AT(kinmu_filter, reserved, 12)
AT(kinmu_filter, value, 16)
SIZE(kinmu_filter, 32)

AT(kinmu_query, struct_size, 0)
AT(kinmu_query, schema, 4)
AT(kinmu_query, filters, 8)
AT(kinmu_query, filter_count, 16)
AT(kinmu_query, limit, 20)
AT(kinmu_query, order, 24)
AT(kinmu_query, offset, 32)
AT(kinmu_query, at_least, 40)
AT(kinmu_query, decision, 48)
SIZE(kinmu_query, 56)

AT(kinmu_records, struct_size, 0)
AT(kinmu_records, reserved, 4)
AT(kinmu_records, query, 8)
SIZE(kinmu_records, 16)

/* iface/calls.h */
AT(kinmu_calls, struct_size, 0)
AT(kinmu_calls, reserved, 4)
AT(kinmu_calls, send, 8)
AT(kinmu_calls, answer, 16)
SIZE(kinmu_calls, 24)

/* iface/erasure.h */
AT(kinmu_span, subject, 0)
AT(kinmu_span, purpose, 8)
AT(kinmu_span, from_ns, 16)
AT(kinmu_span, to_ns, 24)
AT(kinmu_span, why, 32)
FROZEN(kinmu_span, 40)

AT(kinmu_erasure, struct_size, 0)
AT(kinmu_erasure, reserved, 4)
AT(kinmu_erasure, erase, 8)
AT(kinmu_erasure, each, 16)
AT(kinmu_erasure, purposes, 24)
SIZE(kinmu_erasure, 32)

/* header.h */
AT(kinmu_header, name, 0)
AT(kinmu_header, value, 8)
FROZEN(kinmu_header, 16)

/* iface/http.h */
AT(kinmu_http_request, struct_size, 0)
AT(kinmu_http_request, flags, 4)
AT(kinmu_http_request, method, 8)
AT(kinmu_http_request, url, 16)
AT(kinmu_http_request, headers, 24)
AT(kinmu_http_request, header_count, 32)
AT(kinmu_http_request, trust, 36)
AT(kinmu_http_request, authority, 40)
AT(kinmu_http_request, pin, 48)
AT(kinmu_http_request, secret, 56)
AT(kinmu_http_request, secret_header, 64)
AT(kinmu_http_request, secret_scheme, 72)
AT(kinmu_http_request, body, 80)
AT(kinmu_http_request, body_size, 88)
AT(kinmu_http_request, timeout_ms, 92)
AT(kinmu_http_request, answer_bytes_max, 96)
AT(kinmu_http_request, retries_max, 104)
AT(kinmu_http_request, reserved, 108)
AT(kinmu_http_request, part, 112)
SIZE(kinmu_http_request, 120)

AT(kinmu_http_response, struct_size, 0)
AT(kinmu_http_response, status, 4)
AT(kinmu_http_response, code, 8)
AT(kinmu_http_response, header_count, 12)
AT(kinmu_http_response, headers, 16)
AT(kinmu_http_response, body, 24)
AT(kinmu_http_response, body_size, 32)
AT(kinmu_http_response, attempts, 36)
AT(kinmu_http_response, text, 40)
SIZE(kinmu_http_response, 48)

AT(kinmu_http, struct_size, 0)
AT(kinmu_http, send, 8)
AT(kinmu_http, cancel, 16)
AT(kinmu_http, resume, 24)
SIZE(kinmu_http, 32)

/* iface/metrics.h */
AT(kinmu_metrics, struct_size, 0)
AT(kinmu_metrics, reserved, 4)
AT(kinmu_metrics, add, 8)
AT(kinmu_metrics, set, 16)
SIZE(kinmu_metrics, 24)

/* iface/schemas.h */
AT(kinmu_schemas, struct_size, 0)
AT(kinmu_schemas, reserved, 4)
AT(kinmu_schemas, find, 8)
SIZE(kinmu_schemas, 16)

int abi_layout_checked(void);

int abi_layout_checked(void) {
    return 1;
}
