/* workday/facts/zones.c - see zones.h. */
#include "facts/zones.h"

#include "facts/list.h"
#include "zone_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 1024

typedef struct known_zone {
    char name[ZONE_NAME_SIZE];
    zone *zone;
} known_zone;

struct zones {
    char folder[PATH_SIZE - ZONE_NAME_SIZE - 1];
    char version[ZONES_VERSION_SIZE];
    list known;
};

/* What stands after `prefix` in the first line of a file. */
static int32_t read_version(zones *z, const char *file, const char *prefix) {
    char path[PATH_SIZE];
    char line[ZONES_VERSION_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", z->folder, file);
    FILE *in = fopen(path, "rb");
    int32_t is_read = in != NULL && fgets(line, sizeof line, in) != NULL &&
                      strncmp(line, prefix, strlen(prefix)) == 0;
    if (in != NULL) {
        (void)fclose(in);
    }
    if (is_read) {
        const char *version = line + strlen(prefix);
        (void)snprintf(z->version, sizeof z->version, "%.*s",
                       (int)strspn(version, "0123456789abcdefghijklmnopqrstuvwxyz.-"), version);
    }
    return is_read && z->version[0] != '\0';
}

zones *zones_create(const char *folder) {
    zones *z = calloc(1, sizeof *z);
    if (z == NULL) {
        return NULL;
    }
    z->known.size = sizeof(known_zone);
    (void)snprintf(z->folder, sizeof z->folder, "%s", folder != NULL ? folder : ZONE_FOLDER);
    if (!read_version(z, "tzdata.zi", "# version ") && !read_version(z, "+VERSION", "")) {
        (void)snprintf(z->version, sizeof z->version, "unknown");
    }
    return z;
}

void zones_destroy(zones *z) {
    if (z == NULL) {
        return;
    }
    known_zone *known = z->known.rows;
    for (uint32_t i = 0; i < z->known.count; i++) {
        free(known[i].zone);
    }
    list_free(&z->known);
    free(z);
}

const zone *zones_find(zones *z, const char *name, const char **why) {
    known_zone *known = z->known.rows;
    for (uint32_t i = 0; i < z->known.count; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].zone;
        }
    }
    zone *found = malloc(sizeof *found);
    *why = found != NULL ? zone_read(z->folder, name, found) : "out of memory";
    known_zone *row = *why == NULL ? list_add(&z->known) : NULL;
    if (row == NULL) {
        free(found);
        *why = *why != NULL ? *why : "out of memory";
        return NULL;
    }
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    row->zone = found;
    return found;
}

const char *zones_version(const zones *z) {
    return z->version;
}
