/* bench/sample.c - see sample.h. */
#include "sample.h"

#include "journal/schemas.h"
#include "measure.h"
#include "schema/block.h"
#include "sql/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_NS 1795348800000000000LL /* 2026-11-22T12:00:00Z */

static uint64_t scatter(uint64_t n) { /* splitmix64 */
    n += 0x9e3779b97f4a7c15u;
    n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
    n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
    return n ^ (n >> 31);
}

void sample_fill(sample *s, uint64_t n) {
    static const char *const programs[] = {"chromium", "soffice.bin", "thunderbird", "xterm"};
    static const char *const causes[] = {"focus", "title", "focus", "title"};
    static const char *const titles[] = {
        "Weekly report of the sales team", "Minutes of the planning meeting",
        "Order form for office supplies",  "Inbox of the accounting desk",
        "Travel expenses, to be approved", "Draft of the annual budget",
        "Customer visit in Osaka, notes",  "Stock list of the warehouse"};
    uint64_t chance = scatter(n);
    int title = snprintf(s->title, sizeof s->title, "%s %u-%04u - Mozilla", titles[chance % 8],
                         (unsigned)(chance >> 3) % 100, (unsigned)(chance >> 10) % 10000);
    int url =
        snprintf(s->url, sizeof s->url, "https://portal.example.co.jp/work/items/%016llx?p=%02u",
                 (unsigned long long)scatter(chance), (unsigned)(chance >> 24) % 100);
    const char *cause = causes[(chance >> 40) % 4];
    const char *program = programs[(chance >> 44) % 4];
    s->values[0] = kinmu_i64((int64_t)n);
    s->values[1] = kinmu_text_n(program, strlen(program));
    s->values[2] = kinmu_text_n(s->title, (size_t)title);
    s->values[3] = kinmu_text_n(s->url, (size_t)url);
    s->values[4] = kinmu_text_n(cause, strlen(cause));
    s->values[5] = kinmu_i64((int64_t)(chance >> 48) % 60);
    s->values[6] = kinmu_i64((int64_t)(chance >> 54) % 1000);
    s->values[7] = kinmu_bool(0);
    memset(&s->event, 0, sizeof s->event);
    s->event.value_count = SAMPLE_FIELDS;
    s->event.values = s->values;
    s->event.unix_ns = FIRST_NS + (int64_t)n * 1000003;
    s->event.mono_ns = 1000000000u + n * 1000003u;
}

void sample_place(const char *folder) {
    const char *place = getenv("BENCH_POSTGRES");
    kinmu_err err = {"", ""};
    for (uint32_t tables = 0; place != NULL && tables < SQL_TABLES; tables++) {
        measure_must(sql_place_set(folder, tables, place, "bench", NULL, &err), place, err.msg);
    }
}

schema_registry *sample_registry(const schema_info **info) {
    schema_registry *registry = NULL;
    kinmu_err err = {"", ""};
    uint32_t count = 0;
    const kinmu_schema *own = journal_schemas(&count);
    measure_must(schema_registry_create(&registry), "registry", "no memory");
    measure_must(schema_registry_add(registry, &sample_schema, info, &err), "schema", err.msg);
    for (uint32_t i = 0; i < count; i++) {
        measure_must(schema_registry_add(registry, &own[i], NULL, &err), "schema", err.msg);
    }
    return registry;
}

void sample_encode(const schema_info *info, uint32_t count, buffer *out, size_t *offsets) {
    static const uint8_t boot_id[16];
    block_writer writer = {0};
    block_stamp stamp = {"alice", "Asia/Tokyo", 32400, boot_id};
    sample s;
    sample_fill(&s, 0);
    block_begin(&writer, &stamp, s.event.unix_ns, s.event.mono_ns);
    for (uint32_t i = 0; i < count; i++) {
        sample_fill(&s, i);
        offsets[i] = writer.out.size;
        measure_must(
            block_add(&writer, info, s.event.unix_ns, s.event.mono_ns, s.values, SAMPLE_FIELDS),
            "block_add", "failed");
    }
    offsets[count] = writer.out.size;
    *out = writer.out;
}
