/* zone_fuzz.c - arbitrary bytes as a TZif file: refused, or a zone whose answers agree. */
#include "../../plugins/shared/zone.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static zone out;
    if (zone_parse(data, size, &out) != NULL) {
        return 0;
    }
    if (out.count == 0 || out.count > ZONE_STEPS_MAX) {
        abort();
    }
    for (int64_t unix_s = 0; unix_s < INT64_C(9000000000); unix_s += 40000003) {
        int64_t local_s = unix_s + zone_offset_s(&out, unix_s);
        int64_t first_s = zone_moment_s(&out, local_s);
        if (first_s > unix_s || (!zone_is_second(&out, unix_s) && first_s + 2 * DAY_S < unix_s)) {
            abort();
        }
    }
    return 0;
}
