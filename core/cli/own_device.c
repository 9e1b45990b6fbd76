/* cli/own_device.c - see own_device.h. */
#include "cli/own_device.h"

#include "base/error.h"
#include "journal/files.h"

int32_t cli_own_device(const char *data, device *out, kinmu_err *err) {
    int32_t status = device_read(data, out, err);
    if (status != KINMU_E_NOTFOUND) {
        return status;
    }
    if (files_exist(data, FILES_JOURNAL)) {
        return error_set(err, KINMU_E_CONFIG, "journal.device-missing",
                         "\"%s\": device.key is missing beside journal.db; restore it from a "
                         "backup, or move the folder away to begin anew",
                         data);
    }
    return device_make(data, out, err);
}
