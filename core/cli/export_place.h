/* cli/export_place.h - where an export is written until it is whole: a folder of its own beside the
 * files, locked while its process lives. So a folder never shows half an export, and what a killed
 * one left is known and goes with the next. */
#ifndef CLI_EXPORT_PLACE_H
#define CLI_EXPORT_PLACE_H

#include "platform/platform.h"

#define EXPORT_PLACE_SIZE 4160u

typedef struct export_place {
    const char *directory; /* where the files go; the caller's */
    char working[EXPORT_PLACE_SIZE];
    platform_lock *lock;
} export_place;

/* Clears what dead exports left in the folder, and makes one for this. */
int32_t export_place_begin(export_place *p, const char *directory, kinmu_err *err);
/* Moves the files to their places, over those of the same names, durably. Where a folder stands in
 * a file's place none moves. */
int32_t export_place_commit(const export_place *p, kinmu_err *err);
/* Removes what is not moved; an empty place (all zero) is fine. */
void export_place_end(export_place *p);

#endif
