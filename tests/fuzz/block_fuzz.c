/* block_fuzz.c - any bytes as the payload of a journal block: read to its end or refused, never
 * past it, and what comes out has the types its schema gives. */
#include "fuzz.h"

#include "schema/block.h"

static void check_event(const block_reader *reader, const kinmu_event *event,
                        const schema_info *info) {
    FUZZ_REQUIRE(event->subject == reader->subject && event->zone == reader->zone);
    FUZZ_REQUIRE(memchr(event->subject, 0, sizeof reader->subject) != NULL);
    if (info == NULL) {
        return; /* values of an unknown schema are skipped */
    }
    FUZZ_REQUIRE(event->schema == info->id && event->value_count <= info->field_count);
    for (uint32_t i = 0; i < event->value_count; i++) {
        const kinmu_value *value = &event->values[i];
        FUZZ_REQUIRE(value->type == KINMU_TYPE_NULL || value->type == info->fields[i].type);
        fuzz_touch(value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static block_reader reader;
    kinmu_err err = {{0}, {0}};
    int32_t status = block_open(&reader, fuzz_vocabulary(), data, size, &err);
    size_t events = 0;
    while (status == KINMU_OK) {
        kinmu_event event;
        const schema_info *info = NULL;
        size_t before = reader.offset;
        status = block_next(&reader, &event, &info, &err);
        if (status == KINMU_OK) {
            check_event(&reader, &event, info);
            FUZZ_REQUIRE(reader.offset > before && reader.offset <= size && ++events <= size);
        }
    }
    FUZZ_REQUIRE(status == KINMU_E_NOTFOUND || (status == KINMU_E_REJECT && err.msg[0] != '\0'));
    return 0;
}
