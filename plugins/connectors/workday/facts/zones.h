/* workday/facts/zones.h - the system's time-zone data: which zones there are and which version. The
 * one file of this plugin that reads other files than those it is given. */
#ifndef WORKDAY_ZONES_H
#define WORKDAY_ZONES_H

#include "zone.h"

#define ZONES_VERSION_SIZE 32

typedef struct zones zones;

/* folder NULL: the system's. NULL when out of memory. */
zones *zones_create(const char *folder);
void zones_destroy(zones *z);
/* NULL, with *why, when there is no such zone. The zone lives as long as z. */
const zone *zones_find(zones *z, const char *name, const char **why);
/* "2025b"; "unknown" where the system does not say. */
const char *zones_version(const zones *z);

#endif
