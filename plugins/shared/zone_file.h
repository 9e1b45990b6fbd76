/* shared/zone_file.h - a zone of the system's time-zone data. */
#ifndef SHARED_ZONE_FILE_H
#define SHARED_ZONE_FILE_H

#include "zone.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_NAME_SIZE 64

/* Reads the zone of that name ("Asia/Tokyo") from the folder. NULL, or why not. [job] */
const char *zone_read(const char *folder, const char *name, zone *out);

#endif
