/* cli/journal_cat.c - see journal_cat.h. */
#include "cli/journal_cat.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/journal.h"
#include "schema/event_json.h"

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
    uint64_t unknown;  /* events of schemas no plugin here has */
    uint64_t withheld; /* of the purpose access */
    block_reader payload;
} printing;

static void write_json(printing *p, const kinmu_event *event, const schema_info *info,
                       const journal_block *block, uint64_t sequence) {
    const event_place place = {block->origin, sequence, "block", block->position, block->decision};
    event_json(&p->line, event, info, &place);
    buffer_text(&p->line, "\n");
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
            event_json_value(out, &event->values[i]);
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
        } else if (schema_is_access(info->schema->purpose)) {
            p->withheld++;
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
    if (p->withheld > 0) {
        fprintf(stderr,
                "kinmu journal cat: %" PRIu64
                " events of the purpose \"access\" (passwords' hashes, sessions) are not shown\n",
                p->withheld);
    }
    journal_reader_close(reader);
    buffer_wipe(&p->line);
    free(p);
    return status;
}
