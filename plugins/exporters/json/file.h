/* json/file.h - the few file operations the exporter needs, behind which each system has its own.
 *
 * Numbers returned are 0 or an errno. Files hold personal data and are made readable by their owner
 * only. All of it may block: call it in jobs.
 */
#ifndef JSON_FILE_H
#define JSON_FILE_H

#include <stddef.h>
#include <stdint.h>

typedef struct file file;

#define FILE_KEEP 0u      /* opens what is there, or makes it */
#define FILE_EXCLUSIVE 1u /* makes it; fails where something is, follows no link */
#define FILE_READ 2u      /* opens what is there, for reading */

int file_open(const char *path, uint32_t how, file **out, uint64_t *size);
void file_close(file *f); /* NULL is fine */
/* Reads or writes exactly `size` bytes at `offset`. */
int file_read(file *f, uint64_t offset, void *data, size_t size);
int file_write(file *f, uint64_t offset, const void *data, size_t size);
int file_truncate(file *f, uint64_t size);
int file_sync(file *f);
/* Replaces what stands at `to`. */
int file_rename(const char *from, const char *to);
int file_remove(const char *path);
/* Makes renames and new files in the folder of `path` durable. */
int file_sync_folder(const char *path);

#endif
