/* api/wire/cookie.c - see cookie.h. */
#include "wire/cookie.h"

#include <string.h>

const char *cookie_find(const char *header, const char *name, size_t *size) {
    size_t name_size = strlen(name);
    const char *found = NULL;
    while (*header != '\0') {
        header += strspn(header, "; \t");
        size_t pair = strcspn(header, ";");
        if (pair > name_size && strncmp(header, name, name_size) == 0 && header[name_size] == '=') {
            if (found != NULL) {
                return NULL;
            }
            found = header + name_size + 1;
            *size = pair - name_size - 1;
            while (*size > 0 && (found[*size - 1] == ' ' || found[*size - 1] == '\t')) {
                (*size)--;
            }
        }
        header += pair;
    }
    return found;
}
