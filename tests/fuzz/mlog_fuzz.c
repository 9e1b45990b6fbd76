/* mlog_fuzz.c - arbitrary bytes as an agent log of M: refused with a place, or read within bounds.
 *
 * Includes the parser, which needs jansson beside it (link -ljansson).
 */
#include "../../plugins/exporters/json/mlog.c"
#include "../../plugins/exporters/json/moment.c"

#define SECOND_NS INT64_C(1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    mlog *log = NULL;
    kinmu_err err = {"", ""};
    int32_t status = mlog_parse("in", (const char *)data, size, &log, &err);
    if (status != KINMU_OK) {
        int32_t has_place = strncmp(err.msg, "in:", 3) == 0;
        if (log != NULL || (status == KINMU_E_REJECT && !has_place)) {
            abort();
        }
        return 0;
    }
    for (size_t i = 0; i < log->count; i++) {
        const mlog_line *line = &log->lines[i];
        char printed[MOMENT_SIZE];
        moment_miteras(printed, line->local_s * SECOND_NS, 0);
        int64_t again = 0;
        size_t at = 0;
        if (moment_parse_miteras(printed, strlen(printed), &again, &at) != NULL ||
            again != line->local_s || *line->user == '\0' || line->keys > MLOG_COUNT_MAX) {
            abort();
        }
    }
    mlog_free(log);
    return 0;
}
