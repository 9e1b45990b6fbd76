/* shared/archive.h - a ZIP file that takes entries one by one (EXP-04), by minizip: finished files,
 * or what is written to an entry piece by piece.
 *
 * The same entries give the same bytes: no clock stands in it. Pieces are packed by a thread of the
 * archive's own while the caller makes the next ones; those on their way are few, so memory stays
 * flat. Only one thread at a time may call here. Says failures as errno numbers.
 */
#ifndef SHARED_ARCHIVE_H
#define SHARED_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

typedef struct archive archive;
typedef struct archive_entry archive_entry;

/* Makes a new file; 0 or an errno. `is_utf8`: entry names are UTF-8 and marked so, else CP932. */
int archive_create(const char *path, int32_t is_utf8, archive **out);
/* Copies the file at `path` in under a name; 0 or an errno. */
int archive_take(archive *a, const char *path, const char *name);

/* Begins an entry; several may be open. What is packed of it waits in a new file at `path`, which
 * is removed when the entry is in. 0 or an errno. */
int archive_begin(archive *a, const char *path, const char *name, archive_entry **out);
/* 0, or the errno of anything that failed in the archive so far. */
int archive_write(archive_entry *e, const void *bytes, size_t size);
/* Frees it. A wanted one stands behind those ended before it; what fails is told by archive_close.
 */
void archive_end(archive_entry *e, int32_t is_wanted);

/* Writes the table of contents and frees, also on failure; 0 or an errno. All entries are ended.
 * NULL is fine. */
int archive_close(archive *a);

#endif
