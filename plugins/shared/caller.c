/* shared/caller.c - see caller.h. */
#include "caller.h"

#include <stddef.h>
#include <string.h>

static int begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

const char *caller_channel(const char *caller) {
    return begins(caller, "os:")              ? "cli"
           : begins(caller, "plugin:console") ? "console"
           : begins(caller, "person:") || begins(caller, "token:") || begins(caller, "login:") ||
                   begins(caller, "plugin:api")
               ? "api"
               : "plugin";
}

const char *caller_person(const char *caller) {
    return begins(caller, "person:") ? caller + strlen("person:") : NULL;
}

const char *caller_name(const char *caller) {
    const char *person = caller_person(caller);
    return person != NULL ? person : caller;
}
