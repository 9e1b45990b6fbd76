/* people/folder.h - folders that people make on the hub's disk. Blocks: in jobs only. */
#ifndef PEOPLE_FOLDER_H
#define PEOPLE_FOLDER_H

/* Makes one that only this account opens; one that is there already stays as it is. 0 or an errno.
 */
int folder_make(const char *path);
#define FOLDER_ARCHIVE "archive.zip" /* an archive of the others, on its way */

/* The same, empty and for one export alone until folder_drop: what a process that was killed left
 * of an export (index.html, *.ndjson, FOLDER_ARCHIVE) goes. One with anything else in it, another
 * account's, or a link stays as it is: EEXIST; another export's: EBUSY. */
int folder_take(const char *path, int *held);
/* Moves a file to a name that nothing has, durably. 0 or an errno; EEXIST. */
int folder_publish(const char *from, const char *to);
/* Removes a taken one when it is empty. */
void folder_drop(const char *path, int held);

#endif
