/* ledger.c - see ledger.h. */
#include "ledger.h"

#include "journal/schemas.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NOON 1795348800000000000LL /* 2026-11-22T12:00:00Z */

static const kinmu_field fields[] = {
    {"number", KINMU_TYPE_I64, KINMU_FIELD_REQUIRED, KINMU_PRIVACY_NONE, 0, "", NULL, "Once."},
    {"filler", KINMU_TYPE_BYTES, 0, KINMU_PRIVACY_NONE, 0, "", NULL, "Noise made of the number."},
};
static const kinmu_schema number_schema = {.struct_size = sizeof(kinmu_schema),
                                           .version = 1,
                                           .name = "test.number",
                                           .kind = KINMU_KIND_LOG,
                                           .purpose = "activity",
                                           .fields = KINMU_TABLE(fields),
                                           .doc = "A number."};

void ledger_prepare(ledger *l) {
    kinmu_err err = {{0}, {0}};
    uint32_t count;
    const kinmu_schema *own = journal_schemas(&count);
    memset(l, 0, sizeof *l);
    int32_t status = schema_registry_create(&l->schemas);
    for (uint32_t i = 0; status == KINMU_OK && i < count; i++) {
        status = schema_registry_add(l->schemas, &own[i], NULL, &err);
    }
    if (status != KINMU_OK ||
        schema_registry_add(l->schemas, &number_schema, &l->number, &err) != KINMU_OK) {
        die("schemas: %s", err.msg);
    }
}

void ledger_finish(ledger *l) {
    journal_close(l->j);
    l->j = NULL;
    schema_registry_destroy(l->schemas);
}

int32_t ledger_open(ledger *l, kinmu_err *err) {
    journal_settings settings = {.directory = l->directory,
                                 .flush_interval_ms = 60000,
                                 .unsafe_sync_off = l->unsafe_sync_off,
                                 .node = "test"};
    return journal_open(&settings, l->schemas, &l->j, err);
}

/* The same noise for the same number. */
static void fill(uint8_t *to, uint32_t size, uint32_t number) {
    uint32_t noise = number * 2654435761u + 1;
    for (uint32_t i = 0; i < size; i++) {
        noise = noise * 1664525u + 1013904223u;
        to[i] = (uint8_t)(noise >> 24);
    }
}

int32_t ledger_try_append(ledger *l, uint32_t number, uint32_t filler_size, uint64_t *ticket) {
    static uint8_t filler[LEDGER_FILLER_MAX];
    static const uint8_t boot_id[16] = {1};
    fill(filler, filler_size, number);
    const kinmu_value values[] = {kinmu_i64(number), kinmu_bytes(filler, filler_size)};
    journal_cursor cursor = {"test", number};
    journal_entry entry = {.schema = l->number,
                           .subject = number % 5 == 0 ? "hanako" : "taro",
                           .zone = "Asia/Tokyo",
                           .boot_id = boot_id,
                           .value_count = 2,
                           .unix_ns = NOON + number * 1000000LL,
                           .mono_ns = number,
                           .values = values};
    return journal_append(l->j, &entry, 1, number % 2 ? &cursor : NULL, ticket);
}

void ledger_append(ledger *l, uint32_t number, uint32_t filler_size, uint64_t *ticket) {
    if (ledger_try_append(l, number, filler_size, ticket) != KINMU_OK) {
        die("append refused");
    }
}

static int is_as_published(const ledger *l, const kinmu_event *event, const schema_info *info) {
    static uint8_t filler[LEDGER_FILLER_MAX];
    if (info != l->number || event->value_count != 2 || event->values[0].as.i64 < 0 ||
        event->values[0].as.i64 >= LEDGER_NUMBERS_MAX ||
        event->values[1].size > LEDGER_FILLER_MAX) {
        return 0;
    }
    uint32_t number = (uint32_t)event->values[0].as.i64;
    fill(filler, event->values[1].size, number);
    return strcmp(event->subject, number % 5 == 0 ? "hanako" : "taro") == 0 &&
           event->unix_ns == NOON + number * 1000000LL &&
           (event->values[1].size == 0 ||
            memcmp(filler, event->values[1].as.bytes, event->values[1].size) == 0);
}

static void read_block(const ledger *l, const journal_block *block, block_reader *payload,
                       ledger_content *content) {
    kinmu_event event;
    const schema_info *info;
    kinmu_err err = {{0}, {0}};
    content->blocks++;
    if (block->state != JOURNAL_BLOCK_LIVE ||
        block_open(payload, l->schemas, block->payload, block->payload_size, &err) != KINMU_OK) {
        content->damaged_blocks++;
        return;
    }
    int32_t status;
    while ((status = block_next(payload, &event, &info, &err)) == KINMU_OK) {
        content->events++;
        if (is_as_published(l, &event, info)) {
            content->seen[event.values[0].as.i64]++;
        } else {
            content->wrong_events++;
        }
    }
    content->damaged_blocks += status != KINMU_E_NOTFOUND;
}

void ledger_read(const ledger *l, ledger_content *content) {
    journal_reader *reader = NULL;
    journal_block block = {0};
    kinmu_err err = {{0}, {0}};
    block_reader *payload = calloc(1, sizeof *payload);
    memset(content, 0, sizeof *content);
    content->status =
        payload != NULL ? journal_reader_open(l->directory, &reader, &err) : KINMU_E_NOMEM;
    while (content->status == KINMU_OK) {
        content->status = journal_read(reader, block.position, &block, &err);
        if (content->status == KINMU_OK) {
            read_block(l, &block, payload, content);
        }
    }
    content->status = content->status == KINMU_E_NOTFOUND ? KINMU_OK : content->status;
    journal_reader_close(reader);
    free(payload);
}

int32_t ledger_verify(const ledger *l) {
    verify_report report;
    kinmu_err err = {{0}, {0}};
    return journal_verify(l->directory, NULL, &report, &err) == KINMU_OK ? report.verdict : -1;
}
