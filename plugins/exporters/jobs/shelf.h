/* jobs/shelf.h - the finished files on the disk: a folder for each job, named by its number.
 *
 * All of it blocks: for jobs of work/1 only. Numbers and names come from outside; nothing but a
 * plain file within its job's folder is ever opened or removed, and no link is followed.
 */
#ifndef JOBS_SHELF_H
#define JOBS_SHELF_H

#include <kinmu/base.h>

#define SHELF_PATH_SIZE 4352u
#define SHELF_SHOWN_MAX 1000u /* names given one by one */

typedef int32_t (*shelf_file_fn)(void *user, const char *name, uint64_t bytes);

/* "ROOT/12"; KINMU_E_NOMEM when it does not fit. */
int32_t shelf_path(const char *root, int64_t job, char path[SHELF_PATH_SIZE]);
/* Every file of a job, in no order; KINMU_E_NOTFOUND without a folder. */
int32_t shelf_list(const char *root, int64_t job, shelf_file_fn fn, void *user);
/* A file as it lies there; a stamp is never given to two. */
#define SHELF_STAMP_SIZE 64u
typedef struct shelf_file {
    uint64_t bytes;
    char stamp[SHELF_STAMP_SIZE];
} shelf_file;

/* Reads up to *size bytes from an offset; *size becomes what there is. KINMU_E_NOTFOUND: no such
 * file. */
int32_t shelf_read(const char *root, int64_t job, const char *name, uint64_t offset, void *data,
                   uint32_t *size, shelf_file *about);
/* Removes the folders of all jobs but these. */
void shelf_sweep(const char *root, const int64_t *kept, uint32_t count);

#endif
