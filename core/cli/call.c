/* cli/call.c - `kinmu call`: one command to a plugin of the running daemon. */
#include "base/buffer.h"
#include "cli/cli.h"
#include "cli/data_folder.h"
#include "host/control.h"

#include <stdio.h>
#include <string.h>

const char cli_call_usage[] =
    "usage: kinmu call INSTANCE COMMAND [field=value …] [--data DIR] [--conf DIR]\n";

int cli_call(int argc, char **argv) {
    cli_places places;
    buffer answer = {0};
    buffer argument = {0};
    char data[4096];
    kinmu_err err = {{0}, {0}};
    if (cli_take_places(&argc, argv, &places) != CLI_OK) {
        return CLI_USAGE;
    }
    if (argc < 3) {
        fputs(cli_call_usage, stderr);
        return CLI_USAGE;
    }
    for (int i = 1; i < argc; i++) {
        if (strchr(argv[i], '\n') != NULL) {
            fprintf(stderr, "kinmu call: a value holds a line break\n");
            buffer_free(&argument);
            return CLI_USAGE;
        }
        buffer_printf(&argument, "%s%s", i > 1 ? "\n" : "", argv[i]);
    }
    int code = CLI_FAILED;
    int32_t status = cli_data_folder(&places, data, sizeof data, &err);
    if (status == KINMU_OK) {
        status = control_request(data, "call", buffer_string(&argument), &answer, &err);
    }
    if (answer.size > 0) { /* a refusal, too, may say more than its sentence */
        fputs(buffer_string(&answer), stdout);
    }
    if (status == KINMU_OK) {
        code = CLI_OK;
    } else {
        fprintf(stderr, "kinmu call: %s\n", err.msg);
    }
    buffer_free(&argument);
    buffer_free(&answer);
    return code;
}
