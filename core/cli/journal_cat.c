/* cli/journal_cat.c - see journal_cat.h. */
#include "cli/journal_cat.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define FOLLOW_MS 200u

typedef struct printing {
    const cat_options *options;
    const schema_info *only; /* NULL = all */
    buffer line;
    uint64_t unknown; /* events of schemas no plugin here has */
    block_reader payload;
} printing;

static void write_bytes(buffer *out, const uint8_t *bytes, uint32_t size) {
    for (uint32_t i = 0; i < size; i++) {
        buffer_printf(out, "%02x", bytes[i]);
    }
}

static void write_value(buffer *out, const kinmu_value *value) {
    char moment[64];
    switch (value->type) {
    case KINMU_TYPE_BOOL:
        buffer_text(out, value->as.i64 != 0 ? "true" : "false");
        break;
    case KINMU_TYPE_I64:
        buffer_printf(out, "%" PRId64, value->as.i64);
        break;
    case KINMU_TYPE_F64:
        buffer_printf(out, "%.17g", value->as.f64);
        break;
    case KINMU_TYPE_TEXT:
        text_json(out, value->as.text, value->size);
        break;
    case KINMU_TYPE_BYTES:
        buffer_text(out, "\"");
        write_bytes(out, value->as.bytes, value->size);
        buffer_text(out, "\"");
        break;
    case KINMU_TYPE_TIME:
        text_time(moment, sizeof moment, value->as.i64, 0);
        buffer_printf(out, "\"%s\"", moment);
        break;
    default:
        buffer_text(out, "null");
        break;
    }
}

static void write_json(printing *p, const kinmu_event *event, const schema_info *info,
                       const journal_block *block, uint64_t sequence) {
    buffer *out = &p->line;
    char moment[64];
    text_time(moment, sizeof moment, event->unix_ns, event->utc_offset_s);
    buffer_printf(out, "{\"time\":\"%s\",\"schema\":\"%s\",\"subject\":", moment, info->full_name);
    text_json(out, event->subject, strlen(event->subject));
    buffer_text(out, ",\"zone\":");
    text_json(out, event->zone, strlen(event->zone));
    buffer_text(out, ",\"origin\":\"");
    write_bytes(out, block->origin, sizeof block->origin);
    buffer_printf(out, "\",\"sequence\":%" PRIu64 ",\"block\":%" PRIu64, sequence, block->position);
    if (block->decision != 0) {
        buffer_printf(out, ",\"decision\":%" PRIu64, block->decision);
    }
    buffer_text(out, ",\"values\":{");
    for (uint32_t i = 0; i < info->field_count; i++) {
        const kinmu_value missing = kinmu_null();
        buffer_printf(out, "%s\"%s\":", i > 0 ? "," : "", info->fields[i].name);
        write_value(out, i < event->value_count ? &event->values[i] : &missing);
    }
    buffer_text(out, "}}\n");
}

static void write_line(printing *p, const kinmu_event *event, const schema_info *info,
                       uint64_t sequence) {
    buffer *out = &p->line;
    char moment[64];
    text_time(moment, sizeof moment, event->unix_ns, event->utc_offset_s);
    buffer_printf(out, "%s %6" PRIu64 " %-12s %s", moment, sequence,
                  event->subject[0] != '\0' ? event->subject : "-", info->full_name);
    for (uint32_t i = 0; i < event->value_count; i++) {
        if (event->values[i].type != KINMU_TYPE_NULL) {
            buffer_printf(out, " %s=", info->fields[i].name);
            write_value(out, &event->values[i]);
        }
    }
    buffer_text(out, "\n");
}

static int32_t print_block(printing *p, const schema_registry *schemas, const journal_block *block,
                           kinmu_err *err) {
    kinmu_event event;
    const schema_info *info;
    uint64_t sequence = block->first_sequence;
    int32_t status = block_open(&p->payload, schemas, block->payload, block->payload_size, err);
    while (status == KINMU_OK &&
           (status = block_next(&p->payload, &event, &info, err)) == KINMU_OK) {
        buffer_clear(&p->line);
        if (info == NULL) {
            p->unknown++;
        } else if (p->only == NULL || info == p->only) {
            if (p->options->is_json) {
                write_json(p, &event, info, block, sequence);
            } else {
                write_line(p, &event, info, sequence);
            }
        }
        sequence++;
        if (p->line.size > 0 && fwrite(p->line.data, 1, p->line.size, stdout) != p->line.size) {
            return error_set(err, KINMU_E_RETRY, "cat.output", "the output cannot be written");
        }
    }
    return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
}

/* Erased and folded blocks have nothing to print; `kinmu journal stat` counts them. */
static int32_t print_all(printing *p, const schema_registry *schemas, journal_reader *reader,
                         kinmu_err *err) {
    journal_block block;
    uint64_t position = 0;
    for (;;) {
        int32_t status = journal_read(reader, position, &block, err);
        if (status == KINMU_E_NOTFOUND && p->options->follows && fflush(stdout) == 0) {
            uv_sleep(FOLLOW_MS);
            continue;
        }
        if (status != KINMU_OK) {
            return status == KINMU_E_NOTFOUND ? KINMU_OK : status;
        }
        position = block.position;
        if (block.state == JOURNAL_BLOCK_LIVE) {
            status = print_block(p, schemas, &block, err);
        }
        if (block.state == JOURNAL_BLOCK_CORRUPT || status == KINMU_E_REJECT) {
            fprintf(stderr, "kinmu journal cat: %s; skipped\n", err->msg);
        } else if (status != KINMU_OK) {
            return status;
        }
    }
}

int32_t cat_journal(const char *data, const schema_registry *schemas, const cat_options *options,
                    kinmu_err *err) {
    journal_reader *reader = NULL;
    printing *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return error_set(err, KINMU_E_NOMEM, "cat.memory", "out of memory");
    }
    p->options = options;
    int32_t status = KINMU_OK;
    if (options->schema != NULL) {
        p->only = schema_registry_find(schemas, options->schema, strlen(options->schema));
        if (p->only == NULL) {
            status =
                error_set(err, KINMU_E_NOTFOUND, "cat.schema",
                          "no plugin here knows the schema \"%s\"; kinmu plugin list shows them",
                          options->schema);
        }
    }
    if (status == KINMU_OK) {
        status = journal_reader_open(data, &reader, err);
    }
    if (status == KINMU_OK) {
        status = print_all(p, schemas, reader, err);
    }
    if (status == KINMU_OK && fflush(stdout) != 0) {
        status = error_set(err, KINMU_E_RETRY, "cat.output", "the output cannot be written");
    }
    if (p->unknown > 0) {
        fprintf(stderr,
                "kinmu journal cat: %" PRIu64
                " events of schemas no plugin here knows were left out; "
                "name their plugins with --plugins\n",
                p->unknown);
    }
    journal_reader_close(reader);
    buffer_wipe(&p->line);
    free(p);
    return status;
}
