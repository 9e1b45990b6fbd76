/* cli/export_files.h - which files of a folder are new or changed since it was looked at before. */
#ifndef CLI_EXPORT_FILES_H
#define CLI_EXPORT_FILES_H

#include <kinmu/base.h>

#define EXPORT_FILES_MAX 100000u

typedef struct export_file {
    char *name;
    uint64_t size;
    int64_t changed_s;
    int64_t changed_ns;
    uint64_t inode; /* a file put in place by renaming is another one */
} export_file;

typedef struct export_files {
    char directory[4096]; /* absolute */
    export_file *files;   /* sorted by name */
    uint32_t count;
} export_files;

/* Makes the folder (0700) when missing and notes what is in it. Free in any case. */
int32_t export_files_look(const char *directory, export_files *before, kinmu_err *err);
void export_files_free(export_files *files);
/* Prints a line for each file written since, in both languages; gives their number. */
uint32_t export_files_print(const export_files *before);

#endif
