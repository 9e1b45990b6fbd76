/* shared/archive.h - a ZIP file that takes finished files one by one (EXP-04), by minizip.
 *
 * The same entries give the same bytes: no clock stands in it. Only one entry's buffer is in
 * memory. Says failures as errno numbers.
 */
#ifndef SHARED_ARCHIVE_H
#define SHARED_ARCHIVE_H

#include <stdint.h>

typedef struct archive archive;
/* Makes a new file; 0 or an errno. `is_utf8`: entry names are UTF-8 and marked so, else CP932. */
int archive_create(const char *path, int32_t is_utf8, archive **out);
/* Copies the file at `path` in under a name; 0 or an errno. */
int archive_take(archive *a, const char *path, const char *name);
/* Writes the table of contents and frees, also on failure; 0 or an errno. NULL is fine. */
int archive_close(archive *a);

#endif
