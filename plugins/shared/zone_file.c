/* shared/zone_file.c - see zone_file.h. */
#include "zone_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 1024

/* A name of the database, which cannot lead out of its folder. */
static int32_t is_name(const char *name) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t size = strlen(name);
    return size > 0 && size < ZONE_NAME_SIZE && strspn(name, letters) == size && name[0] != '/' &&
           name[0] != '+' && name[size - 1] != '/';
}

const char *zone_read(const char *folder, const char *name, zone *out) {
    char path[PATH_SIZE];
    if (!is_name(name)) {
        return "is no name of a zone";
    }
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) {
        return "lies in a folder whose name is too long";
    }
    FILE *in = fopen(path, "rb");
    uint8_t *data = in != NULL ? malloc(ZONE_BYTES_MAX) : NULL;
    size_t size = data != NULL ? fread(data, 1, ZONE_BYTES_MAX, in) : 0;
    const char *why = size == 0 ? "is no zone of this system" : zone_parse(data, size, out);
    if (in != NULL) {
        (void)fclose(in);
    }
    free(data);
    return why;
}
