/* cli/look.c - see look.h. */
#include "cli/look.h"

#include "base/buffer.h"
#include "base/error.h"
#include "host/control.h"

#include <string.h>

int32_t cli_look(const char *data, const char *what, const char *person, kinmu_err *err) {
    buffer argument = {0};
    buffer answer = {0};
    buffer_printf(&argument, "%s%c%s", what, CONTROL_SEPARATOR, person);
    int32_t status = control_request(data, "look", buffer_string(&argument), &answer, err);
    buffer_free(&argument);
    buffer_free(&answer);
    return status == KINMU_E_NOTFOUND && strcmp(err->key, "door.closed") == 0 ? KINMU_OK : status;
}
