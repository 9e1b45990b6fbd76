/* lossy_vfs.h - a disk below SQLite that forgets what was not synced when its power is cut.
 *
 * Every write goes to the real file, so that the program under test sees nothing unusual, and is
 * also kept in a list until the file's next xSync. A cut takes the contents at the last sync and
 * adds an arbitrary part of the list: sectors of 512 bytes, in any choice, as a disk may have
 * written them out of order; then the same for truncations and deletions. Deterministic from its
 * seed. Files that SQLite does not write are not its business. */
#ifndef CRASH_LOSSY_VFS_H
#define CRASH_LOSSY_VFS_H

#include <stdint.h>

/* Makes it SQLite's default. */
void lossy_install(void);

/* Called at the moment of the cut, in the thread that writes. */
typedef void (*lossy_cut_fn)(void *user);

/* Forgets what it knows of files (all closed now) and cuts at the n-th change from here on;
 * UINT64_MAX: never by itself. */
void lossy_begin(uint64_t seed, uint64_t cut_after, lossy_cut_fn fn, void *user);
int lossy_is_cut(void);
void lossy_cut(void); /* now, if not yet */
/* Puts what survived in place of the files, which must be closed. */
void lossy_restore(void);

#endif
