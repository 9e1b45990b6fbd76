/* csv_fuzz.c - any bytes as a file to import: refused with a place inside the file, or records
 * within the limits whose cells are UTF-8 (X21). The first byte chooses the character set. */
#include "../../plugins/shared/encode.c"
#include "../../plugins/shared/encode_iconv.c"

#include "../../plugins/connectors/people/csv.c"
#include "../../plugins/shared/memory.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static decoding *of(uint32_t charset) {
    static decoding *made[3];
    kinmu_err err;
    if (made[charset] == NULL && decoding_create(charset, &made[charset], &err) != KINMU_OK) {
        abort();
    }
    return made[charset];
}

static void check_record(const csv_record *record, uint32_t lines) {
    if (record->count > CSV_CELLS_MAX || record->line < 1 || record->line > lines) {
        abort();
    }
    for (uint32_t c = 0; c < record->count; c++) {
        size_t length = strlen(record->cells[c]);
        for (size_t at = 0; at < length;) {
            if (encode_next(record->cells[c], length, &at) == ENCODE_BAD_CHARACTER) {
                abort();
            }
        }
        if (length > CSV_CELL_BYTES_MAX) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory m = {NULL, 0};
    csv_sheet sheet;
    csv_fault fault = {NULL, 0, 0};
    uint32_t lines = 1;
    if (size < 1) {
        return 0;
    }
    uint32_t charset = data[0] % 2 == 0 ? ENCODE_CP932 : ENCODE_UTF8_BOM;
    for (size_t i = 1; i < size; i++) {
        lines += data[i] == '\n';
    }
    (void)csv_refuse_bytes(data + 1, size - 1, charset);
    int32_t status = csv_read(&m, of(charset), data + 1, size - 1, &sheet, &fault);
    if (status == KINMU_OK) {
        check_record(&sheet.header, lines);
        for (uint32_t r = 0; r < sheet.count; r++) {
            check_record(&sheet.records[r], lines);
        }
    } else if (status == KINMU_E_REJECT &&
               (fault.code == NULL || fault.line < 1 || fault.line > lines || fault.column < 1)) {
        abort();
    }
    memory_free(&m);
    return 0;
}
