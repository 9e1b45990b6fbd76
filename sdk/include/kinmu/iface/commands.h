/* kinmu/iface/commands.h - which commands there are, and sending them in somebody's name.
 *
 * Only for Kinmu's own exporter `api`, and only where it runs in the daemon: a runner has no such
 * service. Who uses it has made sure who asks, by a token or a login, and says so; the host checks
 * the command's permission against the rights given and tells the plugin both.
 */
#ifndef KINMU_IFACE_COMMANDS_H
#define KINMU_IFACE_COMMANDS_H

#include <kinmu/iface/calls.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINMU_COMMANDS_1 "kinmu.commands/1"
#define KINMU_CALLER_BYTES_MAX 127u

/* Whose call it is. The caller sets struct_size. */
typedef struct kinmu_behalf {
    uint32_t struct_size;
    uint32_t rights;    /* KINMU_RIGHT_* */
    const char *caller; /* "person:ID" or "token:ID" */
} kinmu_behalf;

typedef struct kinmu_commands {
    uint32_t struct_size;
    uint32_t reserved;

    /* Tells command number `index` of all running instances, in no particular order. `*instance` is
     * valid in this turn, what `command` points to as long as the instance runs. E_NOTFOUND: there
     * are no more. [turn] Since 1.0 */
    int32_t (*at)(const kinmu_host *host, uint32_t index, const char **instance,
                  kinmu_command *command);

    /* Sends a command as calls/1 does. E_DENIED, at once or in the answer, when the rights do not
     * reach. E_REJECT: a caller of another form. [turn] Since 1.0 */
    int32_t (*send)(const kinmu_host *host, const kinmu_behalf *whose, const char *instance,
                    const char *command, const kinmu_value *values, uint32_t count,
                    kinmu_answer_fn answer, void *user);

    /* Tells the folder for files that commands are given, below the data folder and for the
     * daemon's account alone. Makes it, and removes the files that lie in it. E_NOMEM: it does not
     * fit; E_RETRY: it cannot be made. [job] Since 1.0 */
    int32_t (*folder)(const kinmu_host *host, char *path, uint32_t size);
} kinmu_commands;

#ifdef __cplusplus
}
#endif
#endif
