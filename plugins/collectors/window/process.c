/* process.c - the name and the rights of the process behind a window, read from /proc.
 *
 * The name is the kernel's command name: for a script it is the script's own name, where the
 * executable would only say "python3". The kernel cuts it at 15 bytes; the executable's base name
 * completes it when it begins with the same bytes. Rights come from the Uid line of status: the
 * owner of /proc/PID is root for every process that switched its core dumps off.
 */
#include "linux.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMM_BYTES_CUT 15
#define PROC_PATH_BYTES_MAX 64
#define PROC_STATUS_BYTES_MAX 1024 /* Uid stands within the first lines */
#define EXE_PATH_BYTES_MAX 4096

static size_t read_proc(int64_t pid, const char *file, char *out, size_t out_size) {
    char path[PROC_PATH_BYTES_MAX];
    snprintf(path, sizeof path, "/proc/%lld/%s", (long long)pid, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, out, out_size - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    size_t got = size > 0 ? (size_t)size : 0;
    out[got] = '\0';
    return got;
}

/* The executable's base name, "" when it belongs to somebody else. */
static void read_exe_name(int64_t pid, char *out, size_t out_size) {
    char path[PROC_PATH_BYTES_MAX];
    char target[EXE_PATH_BYTES_MAX];
    snprintf(path, sizeof path, "/proc/%lld/exe", (long long)pid);
    ssize_t size = readlink(path, target, sizeof target - 1);
    target[size > 0 ? size : 0] = '\0';
    const char *slash = strrchr(target, '/');
    const char *name = slash != NULL ? slash + 1 : target;
    size_t name_size = strlen(name);
    static const char deleted[] = " (deleted)"; /* replaced by an upgrade while it runs */
    size_t suffix = sizeof deleted - 1;
    if (name_size > suffix && strcmp(name + name_size - suffix, deleted) == 0) {
        name_size -= suffix;
    }
    window_text_utf8(out, out_size, name, name_size);
}

static int32_t read_elevated(int64_t pid) {
    char status[PROC_STATUS_BYTES_MAX];
    if (read_proc(pid, "status", status, sizeof status) == 0) {
        return WINDOW_UNKNOWN;
    }
    const char *line = strstr(status, "\nUid:");
    if (line == NULL) {
        return WINDOW_UNKNOWN;
    }
    /* "Uid:", the real one, then the effective one */
    char *real_end = NULL;
    char *end = NULL;
    const char *real = line + strlen("\nUid:");
    (void)strtoul(real, &real_end, 10);
    unsigned long effective_uid = strtoul(real_end, &end, 10);
    if (real_end == real || end == real_end) {
        return WINDOW_UNKNOWN;
    }
    return effective_uid == 0 && geteuid() != 0;
}

void window_process_facts(int64_t pid, window_facts *facts) {
    facts->process[0] = '\0';
    facts->elevated = WINDOW_UNKNOWN;
    if (pid <= 0) {
        return;
    }
    char comm[COMM_BYTES_CUT + 2]; /* with the line end */
    size_t size = read_proc(pid, "comm", comm, sizeof comm);
    if (size > 0 && comm[size - 1] == '\n') {
        size--;
    }
    window_text_utf8(facts->process, sizeof facts->process, comm, size);
    if (size == COMM_BYTES_CUT) {
        char exe[WINDOW_PROCESS_BYTES_MAX + 1];
        read_exe_name(pid, exe, sizeof exe);
        if (strncmp(exe, comm, COMM_BYTES_CUT) == 0) {
            memcpy(facts->process, exe, sizeof exe);
        }
    }
    facts->elevated = read_elevated(pid);
}
