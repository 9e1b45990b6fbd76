/* people/folder.h - folders that people make on the hub's disk. Blocks: in jobs only. */
#ifndef PEOPLE_FOLDER_H
#define PEOPLE_FOLDER_H

/* Makes one that only this account opens; one that is there already stays as it is. 0 or an errno.
 */
int folder_make(const char *path);
/* Removes one that is empty. */
void folder_remove(const char *path);

#endif
