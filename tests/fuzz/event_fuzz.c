/* event_fuzz.c - bytes that choose a schema and its values: what the check lets pass must come back
 * from a block, value by value; what it refuses must be told by schema and field. */
#include "fuzz.h"

#include "schema/block.h"

#define EVENTS_MAX 8

typedef struct source {
    const uint8_t *data;
    size_t left;
} source;

static uint64_t take(source *from, size_t size) {
    uint64_t number = 0;
    for (size_t i = 0; i < size && from->left > 0; i++, from->left--) {
        number = number << 8 | *from->data++;
    }
    return number;
}

/* Mostly the field's own type, so that events pass; a text is a piece of the input itself. */
static kinmu_value take_value(source *from, uint32_t type) {
    kinmu_value value = {0};
    uint64_t choice = take(from, 1);
    if (choice < 16) {
        return kinmu_null();
    }
    value.type = choice < 32 ? (uint32_t)take(from, 1) % (KINMU_TYPE_TIME + 2) : type;
    if (value.type == KINMU_TYPE_TEXT || value.type == KINMU_TYPE_BYTES) {
        size_t size = (size_t)take(from, choice < 40 ? 2 : 1);
        size = size < from->left ? size : from->left;
        value.size = (uint32_t)size;
        value.as.bytes = from->data;
        from->data += size;
        from->left -= size;
    } else {
        value.as.i64 = (int64_t)take(from, choice < 64 ? 8 : 1);
    }
    return value;
}

typedef struct taken {
    const schema_info *info;
    int64_t unix_ns;
    uint64_t mono_ns;
    uint32_t count;
    kinmu_value values[KINMU_FIELDS_MAX];
} taken;

static void check_back(const block_writer *writer, const taken *events, uint32_t count) {
    static block_reader reader;
    kinmu_event event;
    const schema_info *info = NULL;
    FUZZ_REQUIRE(block_open(&reader, fuzz_vocabulary(), writer->out.data, writer->out.size, NULL) ==
                 KINMU_OK);
    FUZZ_REQUIRE(strcmp(reader.subject, "alice") == 0 && reader.utc_offset_s == 32400);
    for (uint32_t i = 0; i < count; i++) {
        FUZZ_REQUIRE(block_next(&reader, &event, &info, NULL) == KINMU_OK);
        FUZZ_REQUIRE(info == events[i].info && event.unix_ns == events[i].unix_ns &&
                     event.mono_ns == events[i].mono_ns);
        for (uint32_t j = 0; j < info->field_count; j++) {
            static const kinmu_value null;
            const kinmu_value *was = j < events[i].count ? &events[i].values[j] : &null;
            const kinmu_value *is = j < event.value_count ? &event.values[j] : &null;
            FUZZ_REQUIRE(fuzz_same_value(was, is));
        }
    }
    FUZZ_REQUIRE(block_next(&reader, &event, &info, NULL) == KINMU_E_NOTFOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint8_t boot_id[16] = {1};
    static const block_stamp stamp = {"alice", "Asia/Tokyo", 32400, boot_id};
    static block_writer writer;
    static taken events[EVENTS_MAX];
    source from = {data, size};
    uint32_t count = 0;
    block_begin(&writer, &stamp, (int64_t)take(&from, 8), take(&from, 2));
    while (from.left > 0 && count < EVENTS_MAX) {
        taken *event = &events[count];
        event->info = schema_registry_at(fuzz_vocabulary(),
                                         (uint32_t)(take(&from, 1) % KINMU_VOCABULARY_COUNT));
        event->unix_ns = (int64_t)take(&from, 8);
        event->mono_ns = take(&from, 8);
        event->count = (uint32_t)take(&from, 1) % (event->info->field_count + 2);
        for (uint32_t i = 0; i < event->count; i++) {
            const kinmu_field *fields = event->info->fields;
            event->values[i] = take_value(&from, i < event->info->field_count ? fields[i].type : 0);
        }
        kinmu_err err = {{0}, {0}};
        if (schema_check_values(event->info, event->values, event->count, &err) != KINMU_OK) {
            FUZZ_REQUIRE(strncmp(err.msg, event->info->full_name, strlen(event->info->full_name)) ==
                         0);
            continue;
        }
        FUZZ_REQUIRE(block_add(&writer, event->info, event->unix_ns, event->mono_ns, event->values,
                               event->count) == KINMU_OK);
        count++;
    }
    FUZZ_REQUIRE(writer.out.failed == 0 && writer.event_count == count);
    check_back(&writer, events, count);
    return 0;
}
