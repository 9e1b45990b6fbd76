/* workday/zones.c - see zones.h. */
#include "zones.h"

#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/usr/share/zoneinfo"
#define NAME_SIZE 64
#define PATH_SIZE 1024

typedef struct known_zone {
    char name[NAME_SIZE];
    zone *zone;
} known_zone;

struct zones {
    char folder[PATH_SIZE - NAME_SIZE - 1];
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
    (void)snprintf(z->folder, sizeof z->folder, "%s", folder != NULL ? folder : FOLDER);
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

/* A name of the database, which cannot lead out of its folder. */
static int32_t is_name(const char *name) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t size = strlen(name);
    return size > 0 && size < NAME_SIZE && strspn(name, letters) == size && name[0] != '/' &&
           name[0] != '+' && name[size - 1] != '/';
}

static const char *read_zone(const zones *z, const char *name, zone *out) {
    static const char missing[] = "is no zone of this system";
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "%s/%s", z->folder, name);
    FILE *in = fopen(path, "rb");
    uint8_t *data = in != NULL ? malloc(ZONE_BYTES_MAX) : NULL;
    size_t size = data != NULL ? fread(data, 1, ZONE_BYTES_MAX, in) : 0;
    const char *why = size == 0 ? missing : zone_parse(data, size, out);
    if (in != NULL) {
        (void)fclose(in);
    }
    free(data);
    return why;
}

const zone *zones_find(zones *z, const char *name, const char **why) {
    known_zone *known = z->known.rows;
    for (uint32_t i = 0; i < z->known.count; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].zone;
        }
    }
    *why = "is no name of a zone";
    if (!is_name(name)) {
        return NULL;
    }
    zone *found = malloc(sizeof *found);
    *why = found != NULL ? read_zone(z, name, found) : "out of memory";
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
