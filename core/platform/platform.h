/* platform/platform.h - the only door to the operating system besides libuv, SQLite and OpenSSL.
 *
 * Every #ifdef of an operating system stands behind this header (posix/, linux/, windows/). All
 * functions return a KINMU_* status or a plain value; none logs. Paths are UTF-8.
 */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include <kinmu/base.h>

/* Clocks. mono goes on during sleep and is comparable within one boot. */
int64_t platform_unix_ns(void);
uint64_t platform_mono_ns(void);
int32_t platform_utc_offset_s(int64_t unix_ns);
/* IANA name of the zone in force, "" when unknown. */
void platform_zone_name(char *name, size_t size);
/* 16 bytes that change with every start of the machine. */
int32_t platform_boot_id(uint8_t id[16]);

/* Login account this process runs under, and the computer's name. */
void platform_account(char *name, size_t size);
void platform_computer_name(char *name, size_t size);

/* Account of the process at the other end of a local socket, as the system knows it: its number. */
int32_t platform_peer_number(intptr_t socket, uint32_t *uid);
/* Its name, or "#1001" where the number has none, which no account is called. It may ask a service
 * of the network and take its time. */
void platform_account_name(uint32_t uid, char *name, size_t size);

/* A login account's numbers and home folder; E_NOTFOUND when there is none. */
int32_t platform_find_account(const char *account, uint32_t *uid, uint32_t *gid, char *home,
                              size_t size);
int32_t platform_may_change_account(void); /* 1 when this process may start others' programs */

/* Files. */
int32_t platform_make_private_folder(const char *path, kinmu_err *err); /* 0700, parents too */
/* Writes a whole file so that after a power cut either the old or the new content is there. */
int32_t platform_write_file(const char *path, const void *data, size_t size, int32_t is_private,
                            kinmu_err *err);
int32_t platform_sync_folder(const char *path);
/* All that was written to the file system of a folder is on its disk: for many files at once. */
int32_t platform_sync_disk(const char *path);
/* 1 when somebody other than the owner (root or this user) may write the file or its folder. */
int32_t platform_writable_by_others(const char *path, kinmu_err *err);

/* Exclusive lock of a folder for the life of the process; E_BUSY with the holder's pid in err. */
typedef struct platform_lock platform_lock;
int32_t platform_lock_folder(const char *path, platform_lock **lock, kinmu_err *err);
void platform_unlock_folder(platform_lock *lock);

/* Shared libraries: resolved at once, local, never closed. */
void *platform_open_library(const char *path, kinmu_err *err);
void *platform_find_symbol(void *library, const char *name);
#define PLATFORM_LIBRARY_SUFFIX platform_library_suffix()
const char *platform_library_suffix(void); /* ".so", ".dll" */

/* Regular expressions (POSIX extended). */
typedef struct platform_pattern platform_pattern;
int32_t platform_pattern_compile(const char *expression, platform_pattern **pattern,
                                 kinmu_err *err);
/* 1 and the span of the first match at or after `from`, 0 no match, <0 error (treat as a match:
 * fail closed). */
int32_t platform_pattern_find(const platform_pattern *pattern, const char *text, size_t from,
                              size_t *start, size_t *end);
void platform_pattern_free(platform_pattern *pattern);

/* A peer that hangs up is an error of that write, not the end of the process. */
void platform_ignore_broken_pipes(void);

/* Files and connections this process may have open: made as many as wanted if that is allowed; what
 * it then is. */
uint32_t platform_allow_files(uint32_t wanted);

/* Files this process makes are its user's alone. */
void platform_private_files(void);

/* 1 when others than the owner (and, on POSIX, its group) may read the file. */
int32_t platform_readable_by_others(const char *path, kinmu_err *err);

/* A process that holds personal data: no core dumps, dies with its parent, gains no rights. */
void platform_harden_process(int32_t dies_with_parent);

/* A process that mostly waits: few memory pools, and few threads for jobs unless the environment
 * says otherwise. Called before the first thread starts. */
void platform_keep_small(void);
/* Gives memory that is not used now back to the system. */
void platform_trim_memory(void);

/* How this process is, to the service manager that started it, if one did. WORKING at least every
 * minute: one that says nothing for longer may be ended and started again. */
#define PLATFORM_READY "READY=1"
#define PLATFORM_WORKING "WATCHDOG=1"
#define PLATFORM_STOPPING "STOPPING=1"
void platform_tell_supervisor(const char *state);

/* Path of the running program. */
int32_t platform_program_path(char *path, size_t size);

#endif
